"""What every page has: names of families, addresses of pages and of assets."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"

FAMILY_NAMES = {
    "selfsupervised": "Self-supervised",
    "reduction": "Dimension reduction",
    "broken": "Needs mending",
}


COMPARE, DUELS, LEADERBOARDS, WANTED = "compare", "duels", "leaderboards", "wanted"
"""Addresses of pages that belong to no method."""


LINE = "Runnable papers on representation learning: try each on your own data, beside the baseline it says it beats."


@dataclass(frozen=True)
class Head:
    """A page's title, what it is in a sentence, and where its picture and its icon are below the app's root."""

    title: str
    line: str = LINE
    picture: str = ""
    icon: str = ""


def compare_path(slug: str) -> str:
    """The page on which a task's contestants are tried on a visitor's input."""
    return f"{COMPARE}-{slug}"


def family_name(family: str) -> str:
    """A family as people read it."""
    return FAMILY_NAMES.get(family, family.capitalize())


@functools.cache
def asset(name: str) -> str:
    """The address of an asset, with its content's hash so that browsers may keep it for ever."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:10]
    return f"./zoo/assets/{name}?v={digest}"
