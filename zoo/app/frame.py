"""What every page has: its head, the bar at the top, and small pieces of HTML."""

from __future__ import annotations

import functools
import hashlib
import html
import re
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"

FAMILY_NAMES = {
    "selfsupervised": "Self-supervised",
    "reduction": "Dimension reduction",
    "broken": "Needs mending",
}


COMPARE, LEADERBOARDS = "compare", "leaderboards"
"""Addresses of pages that belong to no method."""


def compare_path(slug: str) -> str:
    """The page on which a task's contestants are tried on a visitor's input."""
    return f"{COMPARE}-{slug}"


def family_name(family: str) -> str:
    """A family as people read it."""
    return FAMILY_NAMES.get(family, family.capitalize())


def escape(text: object) -> str:
    """Text made safe for HTML, attributes included; plugins and uploads are strangers."""
    return html.escape(str(text), quote=True)


def coded(text: str) -> str:
    """Text as HTML, with what stands between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


@functools.cache
def asset(name: str) -> str:
    """The address of an asset, with its content's hash so that browsers may keep it for ever."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:10]
    return f"./zoo/assets/{name}?v={digest}"


def head() -> str:
    """The elements that go into the ``<head>`` of every page."""
    return (
        f'<link rel="stylesheet" href="{asset("style.css")}">'
        f'<script src="{asset("zoo.js")}"></script>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    )


def bar(crumbs: list[tuple[str, str]], here: str | None = None) -> str:
    """The top of a page: the zoo's name, where one is, the other pages, and the light switch.

    Args:
        crumbs: (text, address) of every step below the gallery.
        here: the address of this page if it is one of those that every page links.
    """
    steps = [("Latent Zoo", "./"), *crumbs]
    parts = [
        f'<a href="{escape(address)}">{escape(text)}</a>' if address else f"<span>{escape(text)}</span>"
        for text, address in steps
    ]
    links = "".join(
        f'<a href="./{path}"{" aria-current=page" if path == here else ""}>{text}</a>'
        for path, text in (("", "Gallery"), (COMPARE, "Compare"), (LEADERBOARDS, "Leaderboards"))
    )
    return (
        '<header class="z-bar"><nav aria-label="Where you are">'
        + '<i aria-hidden="true">/</i>'.join(parts)
        + f'</nav><nav aria-label="Pages">{links}</nav><button type="button" class="z-theme" data-zoo="theme"'
        ' aria-label="Switch between light and dark">◐</button></header>'
    )


def chip(text: str, kind: str = "") -> str:
    """A small label."""
    return f'<span class="z-chip {kind}">{escape(text)}</span>'
