"""From the contract's types to gradio's components: one class a kind, registered by ``component``.

A third party's kind names the module of its own component in ``Value.page``; one without a component is
uploaded and downloaded as a file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr

from zoo.action import Param, Result
from zoo.app.components import media, pictures, plain, results
from zoo.app.components.base import (
    Component,
    caption,
    component,
    component_of,
    connect,
    filled_by_script,
)
from zoo.app.components.plain import slider_step
from zoo.errors import InputError

__all__ = [
    "Component", "beneath", "caption", "component", "component_of", "connect", "extend", "filled_by_script",
    "from_gradio",
    "input_component", "media", "output_component", "pictures", "plain", "results",
    "slider_step", "to_gradio", "to_gradio_input",
]  # fmt: skip


def input_component(param: Param) -> gr.components.Component:
    """The component a visitor fills in for one input."""
    label = param.title if _says_unit(param) else f"{param.title} ({param.unit})"
    if param.optional:
        label += ", optional"
    return component_of(param).input(param, label)


def _says_unit(param: Param) -> bool:
    """Whether there is no unit, or it stands in the title or the help already."""
    words = re.escape(param.unit).replace("\\ ", r"\s+")
    return not param.unit or bool(re.search(rf"\b{words}(?!\w)", f"{param.title}; {param.help}", re.I))


def beneath(param: Param, own: Any) -> None:
    """Put what shows more of an input beneath its component, within a page."""
    component_of(param).beneath(param, own)


def from_gradio(param: Param, raw: Any) -> Any:
    """What the contract is given for gradio's raw JSON of one input.

    Files become values here, so that an upload's name can never reach a text field's meaning, nor a text a
    file's.

    Raises:
        InputError: the file cannot be used.
    """
    try:
        return component_of(param).receive(param, raw)
    except InputError as error:
        raise InputError(f"{param.title}: {error}") from None


def to_gradio_input(param: Param, value: Any, folder: Path) -> Any:
    """An example's value as the component shows it; files are copied into ``folder``."""
    return component_of(param).fill(param, value, folder)


def output_component(result: Result) -> gr.components.Component:
    """The component that shows one field of a result."""
    return component_of(result).output(result)


def extend(result: Result, own: Any, folder: Path) -> None:
    """Put what else belongs to a result beneath its component, within a page."""
    component_of(result).extend(result, own, folder)


def to_gradio(result: Result, value: Any, folder: Path) -> Any:
    """One field of a result as its component takes it; files are written into ``folder``."""
    return None if value is None else component_of(result).show(result, value, folder)
