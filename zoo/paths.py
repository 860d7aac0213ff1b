"""Where the project's own files are: in a checkout (or a Space), or inside the installed wheel."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from zoo.errors import InputError

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


def is_guest(plugin: Path) -> bool:
    """Whether a plugin's folder is a third party's, which keeps its card, weights and numbers beside its module.

    The zoo's own keep them under ``root()``.
    """
    own = checkout() or PACKAGE.parent / "plugins"
    return (plugin / "card.md").is_file() or not plugin.is_relative_to(own)


def may_write(path: Path, slug: str) -> Path:
    """The same path, if it lies in somebody's sources and not in an installed copy of them.

    Raises:
        InputError: it is in site-packages, where what is written is lost with the next installation.
    """
    if {"site-packages", "dist-packages"} & set(path.resolve().parts):
        raise InputError(
            f"{slug} is installed as a copy, which keeps nothing: install its sources with pip install -e first."
        )
    return path


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file whole or not at all: whoever reads it meanwhile, or after a sudden end, finds the old one.

    Raises:
        OSError: it cannot be written; the old one stands.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def cache() -> Path:
    """The folder for what can be made again: ``$XDG_CACHE_HOME/latent-zoo`` or ``~/.cache/latent-zoo``.

    A user without a home, as in many containers, has one under the folder for temporary files.
    """
    base: Path | str | None = os.environ.get("XDG_CACHE_HOME")
    if not base:
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            base = Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
    return Path(base) / "latent-zoo"
