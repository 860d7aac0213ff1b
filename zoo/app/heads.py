"""What each page says of itself to search engines, to whoever is sent its link, and in the browser's tab."""

from __future__ import annotations

import functools
import io
from typing import Any

from markupsafe import Markup
from PIL import Image, ImageOps
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from zoo import card, registry
from zoo.app.frame import Head, asset
from zoo.app.pages import head_of
from zoo.app.templates import render

SIDE = 64
"""Pixels of a page's icon."""


def method_head(entry: registry.Entry) -> Head:
    """The head of a method's page."""
    title = f"{entry.title} · Latent Zoo"
    if entry.error:
        return Head(title, entry.error)
    line = f"{entry.method.summary()} {entry.method.paper.title}, {entry.method.paper.year}."
    if card.read(entry.method).thumbnail is None:
        return Head(title, line)
    return Head(title, line, f"zoo/thumbs/{entry.slug}.webp", f"zoo/icons/{entry.slug}.png")


def written(page: str, root: str) -> Markup:
    """A page's head as HTML.

    Args:
        page: its path.
        root: the address under which the visitor reaches the app.
    """
    head = head_of(page)
    icon = f"./{head.icon}" if head.icon else asset("icon.svg")
    return render("page_head", head=head, root=root.rstrip("/"), page=page, icon=icon)


def icon(request: Request) -> Response:
    """The middle of a method's thumbnail as a small square."""
    picture = _square(request.path_params["slug"])
    if picture is None:
        return PlainTextResponse("There is no such picture.", 404)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "max-age=86400"})


@functools.lru_cache(maxsize=1024)
def _square(slug: str) -> bytes | None:
    entry = registry.entries().get(slug)
    path = None if entry is None or entry.error else card.read(entry.method).thumbnail
    if path is None:
        return None
    out: Any = io.BytesIO()
    with Image.open(path) as picture:
        ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE)).save(out, "png")
    return out.getvalue()
