"""Many pages in one ``gr.Blocks``.

``Blocks.route`` rebuilds everything built so far for every page, which takes minutes at 300 pages. Filling all
pages inside one context takes seconds. This rests on two plain attributes of gradio 6.31, ``pages`` and
``current_page``, so it lives here alone, gradio is pinned, and ``tests/test_app_pages.py`` holds what we rely on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from gradio.routes import INTERNAL_ROUTES

TAKEN = {*INTERNAL_ROUTES, "zoo", "queue", "gradio_api"}
"""First parts of addresses that are not free for a method."""


def address(slug: str) -> str:
    """The page of a slug, below the app's root."""
    return f"{slug}-method" if slug in TAKEN else slug


@contextmanager
def page(demo: gr.Blocks, path: str, title: str) -> Iterator[None]:
    """Components and events made inside belong to the page at ``path``."""
    demo.pages.append((path, title, False))
    demo.current_page = path
    try:
        yield
    finally:
        demo.current_page = ""
