"""Many pages in one ``gr.Blocks``, configured once.

``Blocks.route`` rebuilds everything built so far for every page, which takes minutes at 300 pages. Filling all
pages inside one context takes seconds. This needs attributes of gradio 6.31 that are not documented (``pages``,
``current_page``, ``get_config_file``). Therefore no other module uses them, gradio is pinned, and
``tests/test_app_pages.py`` tests what we rely on.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import gradio.blocks
import gradio.routes
from gradio.routes import INTERNAL_ROUTES
from gradio.state_holder import SessionState

from zoo.app.frame import COMPARE, DUELS, LEADERBOARDS, WANTED, Head, compare_path
from zoo.app.gradio_start import api_info, describe_once, remember
from zoo.evidence import task

TAKEN = {
    *INTERNAL_ROUTES, "zoo", "queue", "gradio_api", COMPARE, DUELS, LEADERBOARDS, WANTED,
    *map(compare_path, task.targets()),
}  # fmt: skip
"""First parts of addresses that are not free for a method."""


def address(slug: str) -> str:
    """The page of a slug, below the app's root."""
    return f"{slug}-method" if slug in TAKEN else slug


@contextmanager
def many_pages(
    queue: dict[str, Any], describe: Callable[[dict[str, Any]], dict[str, Any]] = dict, **settings: Any
) -> Iterator[gr.Blocks]:
    """A ``gr.Blocks`` to be filled with pages, which is configured when it is launched and not before.

    Gradio describes every component and mounts every page on a temporary server, once when the context is left and
    once when the queue is set up. This function lets it see the empty app at both times.

    Args:
        queue: arguments of ``Blocks.queue``.
        describe: from what gradio tells clients of the endpoints to what they are told.
        settings: arguments of ``gr.Blocks``.
    """
    remember()
    _send_one_page()
    _open_sessions_empty()
    demo = gr.Blocks(**settings)
    empty = demo.get_config_file()
    with demo:
        yield demo
        pages, demo.pages = demo.pages, demo.pages[:1]
        demo.get_config_file = lambda: copy.deepcopy(empty)  # type: ignore[method-assign]
    demo.queue(**queue)
    demo.pages = pages
    describe_once(demo)
    demo.get_config_file = functools.partial(_config, demo)  # type: ignore[assignment]
    demo.get_api_info = lambda *args, **kwargs: describe(api_info(demo, *args, **kwargs))  # type: ignore[method-assign, assignment]


class _Pages(dict[str, Any]):
    """The layouts of all pages, which no copy of a configuration takes along.

    Gradio copies and searches them for every visit of a page. ``_of_one_page`` adds what the page itself needs.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {}


def _config(demo: gr.Blocks) -> dict[str, Any]:
    config = gr.Blocks.get_config_file(demo)
    return {**config, "page": _Pages(config["page"])}


def _send_one_page() -> None:
    """Let a page's HTML hold the layout of that page alone.

    Gradio writes into each page the layout of every page (a megabyte at 600 methods) and the API's description, which
    clients get at ``/gradio_api/info``. The browser reads neither.
    """
    filters = gradio.routes.templates.env.filters
    as_json = getattr(filters["toorjson"], "of_gradio", filters["toorjson"])

    def toorjson(value: Any) -> Any:
        if isinstance(value, dict) and "current_page" in value:
            value = _of_one_page(value)
        elif isinstance(value, dict) and "named_endpoints" in value:
            value = _without_prose(value)
        return as_json(value)

    toorjson.of_gradio = as_json  # type: ignore[attr-defined]
    filters["toorjson"] = toorjson


def _without_prose(value: Any) -> Any:
    """An API's description without its texts: ``/gradio_api/info`` has them, and the page does not show them."""
    if isinstance(value, dict):
        prose = ("description", "additional_description", "title")
        return {
            key: _without_prose(part)
            for key, part in value.items()
            if not (key in prose and isinstance(part, str))
        }
    return [_without_prose(part) for part in value] if isinstance(value, list) else value


def _of_one_page(config: dict[str, Any]) -> dict[str, Any]:
    """A page's configuration without the other pages and without the API's descriptions of components."""
    current = config["current_page"]
    return {
        **config,
        "title": head_of(current, config.get("title") or "").title,
        "page": {
            current: {
                "layout": config.get("layout"),
                "components": [component["id"] for component in config.get("components", [])],
                "dependencies": [event["id"] for event in config.get("dependencies", [])],
            }
        },
        "pages": [page for page in config.get("pages", []) if page[0] in ("", current)],
        "components": [_of_the_browser(component) for component in config.get("components", [])],
        "dependencies": [
            {key: value for key, value in event.items() if key not in SERVERS and value is not None}
            for event in config.get("dependencies", [])
        ],
    }


HEADS: dict[str, Head] = {}
"""What each page says of itself, by its path."""


def head_of(path: str, title: str = "Latent Zoo") -> Head:
    """What a page says of itself."""
    return HEADS.get(path) or Head(title)


SERVERS = {"api_description", "batch", "max_batch_size", "stream_every", "collects_event_data"}
"""What is said of an event that the browser does not ask for; a third of what a page would weigh."""


def _of_the_browser(component: dict[str, Any]) -> dict[str, Any]:
    """A component without what gradio's JavaScript never reads of it."""
    own = {
        key: value
        for key, value in component.items()
        if not key.startswith("api_info") and key not in ("example_inputs", "skip_api")
    }
    if own["component_class_id"] in _built_in():  # which the browser finds by their type
        own["component_class_id"] = own["type"]
    return {**own, "props": {key: value for key, value in own["props"].items() if key != "preserved_by_key"}}


@functools.cache
def _built_in() -> set[str]:
    """What gradio calls its own components and layouts: 64 letters each."""
    members = [*vars(gr.components).values(), *vars(gr.layouts).values()]
    return {
        member.get_component_class_id()
        for member in members
        if isinstance(member, type) and issubclass(member, gradio.blocks.Block)
    }


def _open_sessions_empty() -> None:
    """Let a session describe a component when the visitor has changed it, not every component of every page at once.

    Gradio describes all of them for links to the state of a page, which the app makes in its own way. At 300 methods
    this takes ten megabytes and a second for each visitor.
    """
    describe_all = getattr(SessionState.__init__, "of_gradio", SessionState.__init__)

    def describe_none(self: SessionState, blocks: gr.Blocks) -> None:
        describe_all(self, types.SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    describe_none.of_gradio = describe_all  # type: ignore[attr-defined]
    SessionState.__init__ = describe_none  # type: ignore[method-assign]


@contextmanager
def page(demo: gr.Blocks, path: str, title: str, head: Head | None = None) -> Iterator[None]:
    """Components and events made inside belong to the page at ``path``, which says of itself what ``head`` does."""
    HEADS[path] = head or Head(f"{title} · Latent Zoo")
    demo.pages.append((path, title, False))
    demo.current_page = path
    # Gradio looks through all events there are for the name of each new one, and for each one that it may cancel.
    events, demo.default_config.fns = demo.default_config.fns, {}
    try:
        yield
    finally:
        demo.current_page = ""
        events |= demo.default_config.fns
        demo.default_config.fns = events
