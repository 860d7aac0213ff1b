"""The app as a whole: one ``gr.Blocks`` with a page a method, and the files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from zoo import card, idea, registry
from zoo.action import Param
from zoo.app import api, duels, frame, mcp
from zoo.app.access import Access
from zoo.app.answers import answered
from zoo.app.compare import compare_index, compare_page, comparisons
from zoo.app.frame import COMPARE, DUELS, LEADERBOARDS, WANTED, Head, compare_path
from zoo.app.gallery import gallery
from zoo.app.gradio_parts import answer_every_request, own_heads, results_folder
from zoo.app.gradio_start import without_collector
from zoo.app.heads import icon, method_head, written
from zoo.app.lanes import AT_ONCE
from zoo.app.leaderboards import leaderboards
from zoo.app.lost import lost
from zoo.app.method_page import broken_page, method_page, still
from zoo.app.pages import address, many_pages, page
from zoo.app.runs import stopped
from zoo.app.scripts import on_load
from zoo.app.search import searched
from zoo.app.templates import render
from zoo.app.wanted import listed, wanted
from zoo.errors import InputError
from zoo.method import Method
from zoo.registry import Entry

LEADERBOARDS_LINE = "Who does a task best: methods and baselines on the same data, measured in one run."
COMPARE_LINE = (
    "Give methods and baselines the same input of yours, and see side by side what each makes of it."
)
DUELS_LINE = "Two ways to do the same thing, the question between them, and what measured claims answer."
WANTED_LINE = "Papers on representation learning that wait to run: what they claim, and what a page would be."

KEEP = 31_536_000
"""Seconds that browsers may keep an asset, whose address holds its hash."""


def build(folder: Path | None = None) -> gr.Blocks:
    """The app, not yet started.

    Args:
        folder: where result files may be written; by default one that gradio empties of what is a day old.
    """
    folder = folder or results_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Results cannot be kept in {folder} ({error.strerror}); set GRADIO_TEMP_DIR to a folder that can be"
            " written."
        ) from None
    own_heads(written)
    entries = list(registry.entries().values())
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(entry.family, []).append(entry)
    queue = {"max_size": 64, "default_concurrency_limit": AT_ONCE}
    with many_pages(
        queue,
        describe=api.described,
        title="Latent Zoo",
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(3600, 86_400),
    ) as demo:
        gr.HTML(gallery(entries), apply_default_css=False, js_on_load=on_load("gallery"))
        with page(demo, LEADERBOARDS, "Leaderboards", Head("Leaderboards · Latent Zoo", LEADERBOARDS_LINE)):
            still(leaderboards())
        with page(demo, DUELS, "Duels", Head("Duels · Latent Zoo", DUELS_LINE)):
            still(duels.page())
        with page(demo, WANTED, "Wanted", Head("Wanted · Latent Zoo", WANTED_LINE)):
            gr.HTML(wanted(), apply_default_css=False, js_on_load=on_load("wanted"))
        compared = comparisons()
        with page(demo, COMPARE, "Compare", Head("Compare · Latent Zoo", COMPARE_LINE)):
            still(compare_index(compared))
        for name, task in compared.tasks.items():
            title = f"Compare: {task.title}"
            with page(demo, compare_path(task.slug), title, Head(f"{title} · Latent Zoo", task.summary())):
                compare_page(compared, name, folder)
        for entry in entries:
            with page(demo, address(entry.slug), entry.title, method_head(entry)):
                if entry.error:
                    broken_page(entry)
                else:
                    method_page(entry, families[entry.family], folder)
    return demo


def theme() -> gr.themes.Base:
    """Gradio's own components in the zoo's colours; ``assets/style.css`` does the rest."""
    return gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="slate",
        font=["Inter", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
        radius_size="md",
    )


def _thumbnail(request: Request) -> Response:
    entry = registry.entries().get(request.path_params["slug"])
    picture = None if entry is None or entry.error else card.read(entry.method).thumbnail
    if picture is None:
        return PlainTextResponse("There is no such picture.", 404)
    return FileResponse(picture, media_type="image/webp", headers={"Cache-Control": "max-age=86400"})


def _idea(request: Request) -> Response:
    """The drawing of a method's idea, of which pages use the shapes; by itself it may load and run nothing."""
    entry = registry.entries().get(request.path_params["slug"])
    try:
        if entry is None or entry.error:
            raise card.CardError("there is no such method.")
        drawn = idea.read(entry.method).drawing
    except card.CardError:
        return PlainTextResponse("There is no such drawing.", 404)
    headers = {"Cache-Control": "max-age=3600", "Content-Security-Policy": "default-src 'none'"}
    return Response(drawn.svg, media_type="image/svg+xml", headers=headers)


def _method(slug: str) -> type[Method] | None:
    """The method of a slug, the comparisons among them, if it works."""
    if slug == COMPARE:
        return comparisons()
    entry = registry.entries().get(slug)
    return None if entry is None or entry.error else entry.method


def _example(request: Request) -> Response:
    """The picture of an example; only files that an example names can be asked for."""
    missing = PlainTextResponse("There is no such example.", 404)
    method = _method(request.path_params["slug"])
    action = method.actions().get(request.path_params["action"]) if method else None
    number = request.path_params["number"]
    if method is None or action is None or number >= len(action.examples):
        return missing
    values = method.example(action, number)
    for param in action.params:
        if param.is_picture and isinstance(values.get(param.name), str):
            path = Path(values[param.name])
            if path.is_file():
                return FileResponse(path, headers={"Cache-Control": "max-age=86400"})
    return missing


def _example_file(request: Request) -> Response:
    """A file that an example names; no other can be asked for."""
    method = _method(request.path_params["slug"])
    action = method.actions().get(request.path_params["action"]) if method else None
    number = request.path_params["number"]
    if method is not None and action is not None and number < len(action.examples):
        values = method.example(action, number)
        for param in action.params:
            value = values.get(param.name) if param.is_file else None
            for name in value if isinstance(value, list | tuple) else [value]:
                path = Path(name or "")
                if name and path.name == request.path_params["name"] and path.is_file():
                    return FileResponse(path, filename=path.name)
    return PlainTextResponse("There is no such file.", 404)


def _inputs(request: Request) -> Response:
    """What the inputs of a page's actions are, by which the browser reads and writes the page's address."""
    path = request.path_params["page"]
    entries = (entry for slug, entry in registry.entries().items() if address(slug) == path)
    entry = next(entries, None)
    if entry is None or entry.error:
        return JSONResponse(None)
    actions = {
        name: {"title": action.title, "inputs": [_input(param) for param in action.params]}
        for name, action in entry.method.actions().items()
    }
    return JSONResponse({"slug": entry.slug, "actions": actions}, headers={"Cache-Control": "max-age=600"})


def _input(param: Param) -> dict[str, Any]:
    """An input as JSON; of a value that comes as a file, no more than that."""
    if param.value_type is not None:
        return {"name": param.name, "file": True}
    row: dict[str, Any] = {"name": param.name, "title": param.title, "kind": param.kind}
    if not param.required:
        row["default"] = param.default
    bounds = {"low": param.low, "high": param.high, "choices": list(param.choices) or None}
    return {
        **row,
        "open_ends": param.open_ends,
        **{key: end for key, end in bounds.items() if end is not None},
    }


def _health(request: Request) -> Response:
    return PlainTextResponse("ok")


def _asset(request: Request) -> Response:
    """A style sheet, script or typeface; its address changes with its content, so it may be kept."""
    path = frame.ASSETS / Path(request.path_params["name"]).name
    if not path.is_file():
        return PlainTextResponse("There is no such file.", 404)
    return FileResponse(path, headers={"Cache-Control": f"public, max-age={KEEP}, immutable"})


def routes() -> list[Any]:
    """What the app serves beside gradio: assets, thumbnails, pictures of examples, and a health check."""
    return [
        Route("/zoo/assets/{name}", _asset),
        Route("/zoo/thumbs/{slug}.webp", _thumbnail),
        Route("/zoo/ideas/{slug}.svg", _idea),
        Route("/zoo/icons/{slug}.png", icon),
        Route("/zoo/examples/{slug}/{action}/{number:int}", _example),
        Route("/zoo/examples/{slug}/{action}/{number:int}/{name}", _example_file),
        Route("/zoo/answers/{slug}/{action}/{number:int}", answered),
        Route("/zoo/inputs/{page}", _inputs),
        Route("/zoo/search.json", searched),
        Route("/zoo/wanted.json", listed),
        Route("/zoo/stop", stopped, methods=["POST"]),
        Route("/zoo/health", _health),
    ]


def launch(host: str = "127.0.0.1", port: int = 7860, wait: bool = True) -> gr.Blocks:
    """Start the app.

    Args:
        host: address to listen on.
        port: port to listen on.
        wait: whether to serve until interrupted, or return at once.
    """
    mcp.repair()
    answer_every_request()
    with without_collector():
        demo = build()
        demo.launch(
            server_name=host,
            server_port=port,
            theme=theme(),
            head=str(render("head")),
            mcp_server=True,
            max_file_size=64 * 2**20,
            show_error=False,
            ssr_mode=False,
            share=False,
            quiet=True,
            footer_links=[],
            # Gradio drops the sessions of further visitors; the app keeps nothing in a session, so nothing is lost.
            state_session_capacity=512,
            favicon_path=str(frame.ASSETS / "icon.svg"),
            app_kwargs={
                "routes": routes(),
                "exception_handlers": {404: lost},
                "middleware": [Middleware(Access)],
            },
            prevent_thread_lock=True,
        )
    print(f"Latent Zoo is at {demo.local_url}", flush=True)
    if wait:
        demo.block_thread()
    return demo
