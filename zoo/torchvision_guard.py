"""Lets torchvision be imported beside a CPU build of torch.

PyPI's torchvision is linked against CUDA. Beside a CPU torch its operators cannot be loaded; it goes on without
them, but then describes two that do not exist, and ``import torchvision``, and with it timm and diffusers, ends
in "operator torchvision::nms does not exist". Declaring those two beforehand is enough. Their names are then
known and calling them still fails, which nothing here does.

``install`` costs nothing until torchvision is imported, and does nothing where its operators load.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
"""The operators that torchvision describes at import, as its C++ sources declare them."""

_declared: list[object] = []  # torch forgets a library's operators when the object goes


def declare_missing_operators(folder: Path) -> bool:
    """Declare torchvision's operators if its compiled ones cannot be loaded.

    Args:
        folder: of the torchvision package.

    Returns:
        Whether they were declared; False where torchvision's own load.
    """
    import torch

    for library in folder.glob("_C*.so"):
        try:
            torch.ops.load_library(library)
            return False
        except OSError:
            continue
    if not _declared:
        fragment = torch.library.Library("torchvision", "FRAGMENT")
        for schema in SCHEMAS:
            fragment.define(schema)
        _declared.append(fragment)
    return True


class _Finder:
    """Stands first in ``sys.meta_path`` until torchvision is looked for, then steps aside."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "torchvision":
            return None
        sys.meta_path.remove(cls)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            declare_missing_operators(Path(spec.origin).parent)
        return spec


def install() -> None:
    """Be ready for the first import of torchvision in this process."""
    if "torchvision" not in sys.modules and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
