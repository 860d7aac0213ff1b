"""The tab "Use it": code with the current settings, that of the action in sight first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import gradio as gr

from zoo.action import Action, Param
from zoo.app import components, scripts
from zoo.app.templates import render


@dataclass(frozen=True)
class Use:
    """An action on a page, its components, and what writes code for it.

    Attributes:
        slug: whose action.
        action: which.
        inputs: its components.
        write: from the settings by name and the app's address to code by title.
    """

    slug: str
    action: Action
    inputs: list[Any]
    write: Callable[[dict[str, Any], str], dict[str, str]]


def use_tab(tab: gr.Tab, uses: list[Use]) -> None:
    """Code with the current settings, written when the tab is opened.

    Args:
        tab: the tab, in whose context this is called.
        uses: the actions of the page.
    """
    box = gr.HTML("", apply_default_css=False, js_on_load=None)

    def show(request: gr.Request, current: Any, *values: Any) -> str:
        root, parts, rest = root_of(request), [], list(values)
        for use in uses:
            raw, rest = rest[: len(use.inputs)], rest[len(use.inputs) :]
            parts.append(_part(use, raw, root))
        parts.sort(key=lambda part: part["title"] != current)
        return render("snippets", parts=parts)

    # Gradio looks for the class itself, and compiles every annotation that is a text.
    show.__annotations__ = {"request": gr.Request}
    inputs = [component for use in uses for component in use.inputs]
    tab.select(
        show, inputs=[box, *inputs], outputs=box, js=scripts.call("usedAction"), preprocess=False,
        api_visibility="private", show_progress="hidden", queue=False,
    )  # fmt: skip


def _part(use: Use, raw: list[Any], root: str) -> dict[str, Any]:
    """The code of an action, and where the files are that it reads."""
    settings, files = {}, []
    for param, sent in zip(use.action.params, raw, strict=True):
        settings[param.name] = components.component_of(param).setting(sent)
        if param.is_file:
            if settings[param.name] is None and not param.optional:
                settings[param.name] = _example(use.action, param)
            files += _files(use, param, settings[param.name], sent)
    return {"title": use.action.title, "codes": use.write(settings, root), "files": files}


def _example(action: Action, param: Param) -> Any:
    """The file of an action's first example that has one; None where none has."""
    named = (example[param.name] for example in action.examples if example.get(param.name) is not None)
    value = next(named, None)
    return tuple(value) if isinstance(value, list) else value


def _files(use: Use, param: Param, value: Any, sent: Any) -> list[tuple[str, str]]:
    """Names of an input's files, and where each can be had: what the visitor sees, or what an example names."""
    if value is None:
        return []
    names = [str(name) for name in (value if isinstance(value, list | tuple) else [value])]
    parts = sent if isinstance(sent, list) else [sent]
    rows = []
    for number, name in enumerate(names):
        part = parts[number] if number < len(parts) else None
        part = part.get("image", part) if isinstance(part, dict) else part
        if isinstance(part, dict) and part.get("path"):
            rows.append((name, f"./gradio_api/file={quote(part['path'])}"))
        elif isinstance(part, str) and part.startswith("data:image/") and len(part) < 200_000:
            rows.append((name, part))
        elif place := _place(use, param, name):
            rows.append((name, place))
    return rows


def _place(use: Use, param: Param, name: str) -> str:
    """Where a file of an example is served; empty if no example names it."""
    for number, example in enumerate(use.action.examples):
        value = example.get(param.name)
        if name in (value if isinstance(value, list | tuple) else [value]):
            return f"./zoo/examples/{use.slug}/{use.action.name}/{number}/{quote(name)}"
    return ""


def root_of(request: gr.Request) -> str:
    """The address under which the visitor reaches the app, ending in a slash; the page itself says it."""
    page = request.headers.get("referer") or "http://127.0.0.1:7860/"
    return page.split("?")[0].split("#")[0].rpartition("/")[0] + "/"
