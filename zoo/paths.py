"""Where the project's own files are: in a checkout (or a Space), or inside the installed wheel."""

from __future__ import annotations

import functools
import os
import tomllib
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


@functools.cache
def checkout() -> Path | None:
    """The root of the checkout this package runs from, or None where it is installed as a wheel."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "plugins").is_dir() else None


@functools.cache
def root() -> Path:
    """The folder that holds ``cards/`` and ``weights/``."""
    return checkout() or PACKAGE / "bundle"


@functools.cache
def pyproject() -> dict[str, Any]:
    """The checkout's ``pyproject.toml``; empty outside a checkout."""
    folder = checkout()
    return tomllib.loads((folder / "pyproject.toml").read_text()) if folder else {}


def cache() -> Path:
    """The folder for what can be made again: ``$XDG_CACHE_HOME/latent-zoo`` or ``~/.cache/latent-zoo``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "latent-zoo"
