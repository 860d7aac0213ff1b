"""Which tests belong to which method, so that they run in one process, can be left out, and are counted together.

A test belongs to the method that it is parametrised with (an ``entry``, a ``case`` or a ``slug``), or whose mathematics
its module ``tests/methods/test_<slug>.py`` tests. All others belong to the core, also those of the tests' own methods.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from own_methods import TARGETS, guest

CORE = "core"
STAGES = {
    "test_conformance": "conformance",
    "test_outlets": "outlets",
    "test_app_pages": "outlets",
    "test_app_browser": "browser",
    "test_app_browser_runs": "browser",
}
"""Stages by test module; what is under ``tests/methods`` is the stage ``method tests``, all others are ``core``."""


def _is_method(slug: Any) -> bool:
    return isinstance(slug, str) and (slug in TARGETS or guest(slug))


def module_slug(path: Path) -> str | None:
    """The method that a module in ``tests/methods`` tests; ``test_vc_inr_model.py`` is one of vc-inr's."""
    if path.parent.name != "methods":
        return None
    words = path.stem.removeprefix("test_").split("_")
    names = ["-".join(words[:count]) for count in range(len(words), 0, -1)]
    return next((name for name in names if _is_method(name)), None)


def slug(item: pytest.Item) -> str:
    """The method that a test belongs to, or ``core``."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    for value in params.values():
        entry = getattr(value, "entry", value)
        names = [getattr(entry, "slug", entry)]
        if isinstance(value, Path):  # a folder of weights, a file of evidence, a training script
            names = [value.stem, value.parent.name.replace("_", "-")]
        for name in filter(_is_method, names):
            return name
    return module_slug(item.path) or CORE


def stage(item: pytest.Item) -> str:
    """The stage of the suite that a test is part of."""
    return "method tests" if item.path.parent.name == "methods" else STAGES.get(item.path.stem, "core")


def group(item: pytest.Item) -> str:
    """Tests of one group run in one process, one after another.

    The browser's tests stay together, since they share a browser; a method's others share its kept runs; those of a
    module of the core share what it prepares.
    """
    name = slug(item)
    return item.path.stem if name == CORE or stage(item) == "browser" else name
