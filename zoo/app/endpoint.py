"""One function for each action: what gradio calls, names as endpoint and tool, and documents."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import inspect
import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import gradio as gr

from zoo import isolation, registry
from zoo.action import Action
from zoo.app import components
from zoo.app.api import ACTIONS
from zoo.app.lanes import Lanes, Turn
from zoo.errors import ZooError
from zoo.method import Method
from zoo.progress import Progress

log = logging.getLogger("zoo.app")

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
"""What a disk answers that takes no more."""
LANES = Lanes()
MANY = 32
"""Requests for actions that wait or work at once; gradio's queue keeps the others."""


def api_name(slug: str, action: str) -> str:
    """The stable name of an endpoint and tool: ``vc_inr_compress_image``."""
    return f"{slug}_{action}".replace("-", "_")


class _PageProgress(Progress):
    """Passes an action's progress on to gradio's bar, and ends an action that takes too long."""

    def __init__(self, bar: gr.Progress, turn: Turn) -> None:
        self._bar, self._turn = bar, turn

    def __call__(self, fraction: float, text: str = "") -> None:
        in_time(self._turn)
        self._bar(min(max(fraction, 0.0), 1.0), desc=text or None)


def in_time(turn: Turn) -> None:
    """Go on, unless the action has taken too long.

    Raises:
        MethodError: it has.
    """
    if turn.seconds > isolation.SECONDS:
        raise isolation.took_too_long(registry.find(turn.slug).title)


def endpoint(
    slug: str, action: Action, folder: Path, load: Callable[[str], Method] = isolation.load
) -> Callable[..., Any]:
    """The function behind one action's button, endpoint and tool.

    Args:
        slug: whose action.
        action: which.
        folder: where result files may be written.
        load: from the slug to the object that acts.
    """

    def call(values: tuple[Any, ...], turn: Turn) -> Any:
        *inputs, bar = values
        given = {
            param.name: components.from_gradio(param, raw)
            for param, raw in zip(action.params, inputs, strict=True)
        }
        return getattr(load(slug), action.name)(**given, progress=_PageProgress(bar, turn))

    def show(result: Any) -> Any:
        shown = [components.to_gradio(field, getattr(result, field.name), folder) for field in action.results]
        return shown[0] if len(shown) == 1 else tuple(shown)

    def turn(values: tuple[Any, ...]) -> AbstractContextManager[Turn]:
        return LANES.turn(slug, action.name, lambda: values[-1](0.0, desc="waits for its turn"))

    def run(*values: Any) -> Any:
        try:
            with turn(values) as mine:
                return show(call(values, mine))
        except Exception as error:
            raise _told(error, slug) from None

    def stream(*values: Any) -> Any:
        try:
            with turn(values) as mine, contextlib.closing(call(values, mine)) as results:
                for result in results:
                    yield show(result)
                    in_time(mine)
        except Exception as error:
            raise _told(error, slug) from None

    ACTIONS[api_name(slug, action.name)] = action
    return _lend_gpu(_documented(stream if action.streams else run, slug, action), action)


def _lend_gpu(function: Callable[..., Any], action: Action) -> Callable[..., Any]:
    """On a ZeroGPU Space a call that wants a GPU is lent one; elsewhere the function stays as it is."""
    if action.gpu_seconds is None or importlib.util.find_spec("spaces") is None:
        return function
    import spaces

    return spaces.GPU(duration=action.gpu_seconds)(function)


def _told(error: Exception, slug: str) -> gr.Error:
    """An error as the visitor reads it; what only the host may read goes to the log under a number."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, ZooError):
        return gr.Error(str(error), title="This cannot be used", duration=12, print_exception=False)
    if isinstance(error, ModuleNotFoundError):
        text = f"This method needs the package {error.name}, which is not installed here."
        return gr.Error(text, title="Not available here", duration=12, print_exception=False)
    if isinstance(error, OSError) and error.errno in FULL:
        log.error("the disk is full: %s", error)
        text = "The host has no room left for results; try again later."
        return gr.Error(text, title="Not available now", duration=12, print_exception=False)
    number = secrets.token_hex(4)
    log.error("%s failed (%s)", slug, number, exc_info=error)
    text = f"Something went wrong inside this method; the host finds it in the log as {number}."
    return gr.Error(text, title="Sorry", duration=12, print_exception=False)


def _documented(function: Callable[..., Any], slug: str, action: Action) -> Callable[..., Any]:
    """Give a function the name, signature and docstring that gradio shows to HTTP and MCP clients."""
    parameters: list[inspect.Parameter] = []
    for param in action.params:
        # A keyword-only input may be required after one that is not; the contract tells when it is missing.
        required = param.required and not (
            parameters and parameters[-1].default is not inspect.Parameter.empty
        )
        default = inspect.Parameter.empty if required else None if param.required else param.default
        parameters.append(
            inspect.Parameter(param.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
        )
    progress = inspect.Parameter("progress", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=gr.Progress())
    function.__signature__ = inspect.Signature([*parameters, progress])  # type: ignore[attr-defined]
    function.__annotations__ = {}
    function.__name__ = function.__qualname__ = api_name(slug, action.name)
    lines = [action.description, "", "Args:"]
    for param in action.params:
        default = "" if param.required or param.default in (None, "") else f" Default {param.default}."
        help = param.help.rstrip(".") or param.title
        lines.append(f"    {param.name}: {help} ({param.accepts}).{default}")
    function.__doc__ = "\n".join(lines)
    return function
