"""What gradio 6.31 works out again for every page as it starts, and for every endpoint, worked out once.

An app of two pages does not feel it; at 300 pages the start takes three times as long, and every request is compared
with the addresses of 600 routes. None of this is documented, so this file belongs to those to look at where gradio
changes; ``tests/test_app_pages.py`` holds that what comes out is what gradio alone would make.
"""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import os
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import gradio.blocks
import gradio.component_meta
import gradio.components.base
import gradio.routes
import gradio.utils
from gradio.data_classes import GradioModel, GradioRootModel
from gradio.mcp import GradioMCPServer
from gradio.utils import get_positional_input_parameters, get_upload_folder
from pydantic import BaseModel
from starlette.requests import Request


def remember() -> None:
    """Let gradio remember what it otherwise works out again for every component, page and endpoint."""
    _signatures()
    _schemas()
    _server_functions()
    gradio.utils.get_positional_input_parameters = _inputs_of
    gradio.blocks.get_upload_folder = lambda: _uploads(os.environ.get("GRADIO_TEMP_DIR"))
    GradioMCPServer.get_block_fn_from_endpoint_name = _event_of  # type: ignore[method-assign]
    gradio.routes.App.get = _one_route_for_pages  # type: ignore[method-assign, assignment]


@contextmanager
def without_collector() -> Iterator[None]:
    """Build the app without looking for garbage among its components, none of which ever is.

    Python's collector would go through all there are so far again and again, and through them all for ever after.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _signatures() -> None:
    """The signature of a component's class, which gradio reads for each component."""
    remembering = types.ModuleType("inspect")
    vars(remembering).update(vars(inspect))
    remembering.signature = functools.cache(inspect.signature)  # type: ignore[attr-defined]
    remembering.getfullargspec = functools.cache(inspect.getfullargspec)  # type: ignore[attr-defined]
    gradio.blocks.inspect = remembering  # type: ignore[assignment]
    gradio.component_meta.inspect = remembering  # type: ignore[assignment]


@functools.cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return BaseModel.model_json_schema.__func__(model)  # type: ignore[attr-defined]


def _schemas() -> None:
    """The JSON schema of a data class, which gradio makes for each component."""

    def model_json_schema(cls: type[BaseModel], *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args or kwargs:
            return BaseModel.model_json_schema.__func__(cls, *args, **kwargs)  # type: ignore[attr-defined]
        return copy.deepcopy(_schema(cls))

    for model in (GradioModel, GradioRootModel):
        model.model_json_schema = classmethod(model_json_schema)  # type: ignore[assignment]


def _server_functions() -> None:
    """Which functions of a component browsers may call: gradio asks each of a component's 150 names three things."""

    @functools.cache
    def called_by_browsers(cls: type) -> list[str]:
        return [name for name in dir(cls) if getattr(getattr(cls, name, None), "_is_server_fn", False)]

    gradio.components.base.dir = called_by_browsers  # type: ignore[attr-defined]


@functools.lru_cache(maxsize=64)
def _inputs_of(function: Any) -> list[inspect.Parameter]:
    """The inputs of an event's function, for which gradio asks three times."""
    return get_positional_input_parameters(function)


@functools.cache
def _uploads(chosen: str | None) -> str:
    return get_upload_folder()


def _event_of(self: GradioMCPServer, endpoint_name: str) -> Any:
    """The event behind an endpoint's name."""
    events = self.blocks.fns
    known: dict[str, Any] = self.__dict__.setdefault("events_by_name", {})
    if self.__dict__.get("events_counted") != len(events):
        for event in reversed(events.values()):  # of several of one name the first counts
            known[str(event.api_name)] = event
        self.__dict__["events_counted"] = len(events)
    return known.get(endpoint_name.lstrip("/"))


def describe_once(demo: gr.Blocks) -> None:
    """Let gradio, which asks for the description of all components twice as it starts, work it out once."""
    describe = demo.default_config.get_config
    kept: list[Any] = []

    def get_config(renderable: Any = None) -> Any:
        if renderable is not None:
            return describe(renderable)
        if not kept:
            kept.append(describe())
        return kept[0]

    demo.default_config.get_config = get_config  # type: ignore[method-assign]


def api_info(demo: gr.Blocks, all_endpoints: bool = False, page: str | None = None) -> Any:
    """What ``Blocks.get_api_info`` says, asked page by page.

    Gradio looks for each input of each endpoint in the list of all components, and for the endpoints of a page among
    all events, which is quadratic in the number of methods. In the lists of a single page the search is short.
    """
    by_id = {component["id"]: component for component in demo.config["components"]}
    info: dict[str, Any] = {"named_endpoints": {}, "unnamed_endpoints": {}}
    for path in [page] if page is not None else demo.config["page"]:
        view, own = copy.copy(demo), demo.config["page"][path]
        components = [by_id[number] for number in own["components"]]
        events = {number: demo.fns[number] for number in own["dependencies"]}
        view.config = {**demo.config, "components": components}  # type: ignore[typeddict-item]
        view.default_config = types.SimpleNamespace(fns=events, blocks=demo.blocks)  # type: ignore[assignment]
        of_page = gr.Blocks.get_api_info(view, all_endpoints=all_endpoints, page=path)
        for kind, endpoints in info.items():
            endpoints.update(of_page[kind])  # type: ignore[literal-required]
    return info


PAGE_ROUTES = {"page_route": "/{page}", "page_redirect": "/{page}/"}
"""What gradio calls the functions behind a page's address, and the address that stands for those of all pages."""

_get = gradio.routes.App.get


def _one_route_for_pages(app: gradio.routes.App, path: str, **settings: Any) -> Callable[[Any], Any]:
    """``App.get``, by which gradio adds two routes for each page; here all pages share two."""

    def add(function: Any) -> Any:
        shared = PAGE_ROUTES.get(function.__name__)
        if shared is None:
            return _get(app, path, **settings)(function)
        routes: dict[str, dict[str, Any]] = app.__dict__.setdefault("pages_by_route", {})
        if shared not in routes:
            routes[shared] = {}
            _get(app, shared, **settings)(_page_asked(function, routes[shared]))
            _only_for(routes[shared], app.router.routes[-1])
        routes[shared][path.strip("/")] = function
        return function

    return add


def _page_asked(example: Any, pages: dict[str, Any]) -> Callable[..., Any]:
    """A function with the inputs of ``example`` that answers for the page that a request asks for."""

    own = inspect.signature(example, eval_str=True).parameters

    def answer(request: Request, **given: Any) -> Any:
        if "request" in own:
            given["request"] = request
        return pages[request.path_params["page"]](**given)

    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    inputs = {**own, "request": request}.values()
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [param.replace(kind=inspect.Parameter.KEYWORD_ONLY) for param in inputs]
    )
    return answer


def _only_for(pages: dict[str, Any], route: Any) -> None:
    """Let a route stand aside where the address is no page's."""
    plain = route.matches

    def matches(scope: Any) -> Any:
        match, child = plain(scope)
        named = child.get("path_params", {}).get("page") if child else None
        return (match, child) if named in pages else (type(match).NONE, {})

    route.matches = matches
