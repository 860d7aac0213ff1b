"""An address that leads nowhere gets a page with a way back."""

from __future__ import annotations

import difflib
from typing import Any

from fastapi.exception_handlers import http_exception_handler
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from zoo import catalogue, registry
from zoo.app.frame import COMPARE, DUELS, LEADERBOARDS, WANTED
from zoo.app.pages import address
from zoo.app.templates import render


async def lost(request: Request, error: Any) -> Response:
    """For people a page, for programs what they get of any server."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    return HTMLResponse(lost_page(request.url.path, request.scope.get("root_path", "")), 404)


def lost_page(path: str, root: str) -> str:
    """The page as HTML.

    Args:
        path: what was asked for.
        root: the path under which the app is reached, without a slash at its end.
    """
    asked = path.removeprefix(root).strip("/").split("/")[0][:60]
    paper = catalogue.papers().get(asked)
    return render("lost", root=f"{root}/", asked=asked, near=_near(asked), paper=paper)


def _near(asked: str) -> list[tuple[str, str]]:
    """Titles and addresses of pages that are called much the same."""
    pages = {address(slug): entry.title for slug, entry in registry.entries().items() if not entry.error}
    pages |= {COMPARE: "Compare", DUELS: "Duels", LEADERBOARDS: "Leaderboards", WANTED: "Wanted"}
    return [(pages[name], name) for name in difflib.get_close_matches(asked.lower(), pages, n=3, cutoff=0.55)]
