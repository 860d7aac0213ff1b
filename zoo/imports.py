"""Which packages are there."""

from __future__ import annotations

import importlib.util


def importable(name: str) -> bool:
    """Whether a package or module can be found, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # a package around it is missing
        return False
