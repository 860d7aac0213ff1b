"""Keeps gradio from rewriting its type stubs at every import.

``import gradio`` parses its own sources and writes ``.pyi`` files into site-packages for each of its components:
about 40 % of the import's time, and writes outside the zoo's own folders, which a host may forbid. Editors need
those stubs; a running app does not. ``tests/test_app_pages.py`` holds that nothing is written.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

MODULE = "gradio.component_meta"


class _Loader(importlib.abc.Loader):
    """Runs the module as it is, then takes the writing out of it."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        module.create_or_modify_pyi = lambda *_: None  # type: ignore[attr-defined]


class _Finder:
    """Stands first in ``sys.meta_path`` until gradio's module is looked for, then steps aside."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != MODULE:
            return None
        sys.meta_path.remove(cls)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


def leave_alone() -> None:
    """Be ready for the first import of gradio in this process."""
    if MODULE not in sys.modules and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
