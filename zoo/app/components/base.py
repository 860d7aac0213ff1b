"""What a component does for its kind of value, and where it is found."""

from __future__ import annotations

import functools
import importlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from zoo.action import Param, Result
from zoo.app.scripts import on_load
from zoo.app.templates import render
from zoo.errors import InputError
from zoo.types import KINDS, Value

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
"""What events have in common that only the page itself needs."""


class Component:
    """How one kind of value stands on a page, both ways.

    As it is, it uploads and downloads files, so a kind of one file needs nothing else. Inputs reach it as
    gradio's raw JSON (``preprocess=False``), so that the contract alone decides what is accepted.
    """

    side_by_side: ClassVar[bool] = False
    """Whether inputs that follow one another stand in a row."""
    arrives: ClassVar[tuple[str, str]] = ("filepath", "a file")
    """What a client gets of a result: its type in Python, and what it is in words."""

    def input(self, param: Param, label: str) -> gr.components.Component:
        """What a visitor fills in."""
        suffixes = param.value_type.suffixes if param.value_type else ()
        return gr.File(label=label, file_types=list(suffixes) or None, height=120)

    def receive(self, param: Param, raw: Any) -> Any:
        """The value for gradio's raw JSON; None where nothing was sent.

        Raises:
            InputError: it cannot be used.
        """
        assert param.value_type is not None
        return None if raw is None else param.value_type.open(uploaded(param, raw))

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """An example's value as the input shows it: a file as a copy in ``folder``.

        Gradio serves files from temporary folders only, and a plugin's own folder is none of a visitor's business.
        """
        return shutil.copy(value, tempfile.mkdtemp(dir=folder)) if isinstance(value, str) else value

    def setting(self, raw: Any) -> Any:
        """The current input as code shows it: of an upload its name."""
        return raw.get("orig_name") if isinstance(raw, dict) else raw

    def source(self, param: Param, value: Any) -> str:
        """The Python expression by which the HTTP client sends a value."""
        return f"handle_file({value!r})"

    def connect(self, param: Param, own: Any, other: Param, others: Any) -> None:
        """Let an input follow the one that it is about; both stand on the page already."""

    def beneath(self, param: Param, own: Any) -> None:
        """Put what shows more of an input beneath it, within a page."""

    def output(self, result: Result) -> gr.components.Component:
        """What shows one field of a result."""
        return gr.File(label=result.title, interactive=False, height=90)

    def show(self, result: Result, value: Any, folder: Path) -> Any:
        """A value as ``output`` takes it; files are written into ``folder``."""
        return written(value, result.name + value.suffix, folder)

    def extend(self, result: Result, own: Any, folder: Path) -> None:
        """Put what else belongs to a result beneath it, such as buttons for downloading."""


_COMPONENTS: dict[str, Component] = {}


def component(*kinds: type[Value] | str) -> Callable[[type[Component]], type[Component]]:
    """Register a class of components for kinds of values, or for plain kinds by name."""

    def register(cls: type[Component]) -> type[Component]:
        for kind in kinds:
            _COMPONENTS[kind if isinstance(kind, str) else kind.kind] = cls()
        return cls

    return register


def component_of(item: Param | Result) -> Component:
    """The component of an input or of a field of a result."""
    kind = KINDS.get(item.kind)
    if item.kind not in _COMPONENTS and kind is not None and kind.page:
        importlib.import_module(kind.page)
    if item.kind not in _COMPONENTS:
        if kind is None:
            raise TypeError(f"no component shows a {item.kind}")
        _COMPONENTS[item.kind] = Component()
    return _COMPONENTS[item.kind]


# ---------------------------------------------------------------------------------------------------------
# Parts of components


def uploaded(param: Param, raw: Any) -> str:
    """The path of an upload; gradio has already refused any path outside its uploads.

    Raises:
        InputError: it is no upload.
    """
    path = raw.get("path") if isinstance(raw, dict) else None
    if not isinstance(path, str):
        raise InputError(f"no file was sent; send {param.accepts}.")
    return path


@functools.lru_cache(maxsize=4)
def _read(kind: type[Value], path: str) -> Value | None:
    try:
        return kind.open(path)
    except InputError:  # which Run will tell
        return None


def read_again(param: Param, raw: Any) -> Any:
    """An upload as a value for what stands around its input, or None; several that ask read it once."""
    path = raw.get("path") if isinstance(raw, dict) else None
    kind: Any = param.value_type
    return _read(kind, path) if isinstance(path, str) and kind else None


def written(value: Value, name: str, folder: Path) -> str:
    """The path of a value's file; each answer has a folder of its own, however equal two answers are."""
    folder.mkdir(parents=True, exist_ok=True)  # it may have been emptied since the app began
    path = Path(tempfile.mkdtemp(dir=folder)) / (name if name not in ("", "..") else "result")
    value.save(path)
    return str(path)


def caption(result: Result) -> str:
    """A result's title with what it shows: ``Scree: share of the inertia along each axis``."""
    return f"{result.title}: {result.help.rstrip('.')}" if result.help else result.title


def filled_by_script(label: str, template: str, values: dict[str, Any], **options: Any) -> gr.HTML:
    """A ``gr.HTML`` of the template of that name, which the function of that name in ``assets/zoo.js`` fills."""
    return gr.HTML(
        None,
        label=label,
        html_template=render(template, **values),
        apply_default_css=False,
        js_on_load=on_load(template),
        **options,
    )


def connect(params: Sequence[Param], inputs: Sequence[Any]) -> None:
    """Let inputs follow those that they are about, once all of them stand on the page."""
    by_name = {param.name: (param, own) for param, own in zip(params, inputs, strict=True)}
    for param, own in by_name.values():
        if param.reference is not None:
            component_of(param).connect(param, own, *by_name[param.reference.source])
