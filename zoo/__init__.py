"""Latent Zoo: runnable papers on representation learning.

    import zoo

    zoo.methods()                                   # classes by slug
    zoo.load("finola").regrow(image="photo.jpg")    # runs a method

Names are imported when they are first used, so that a training machine needs no more than torch, numpy and
safetensors to import ``zoo.training``.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from zoo import neighbours, torchvision_guard

if TYPE_CHECKING:
    from zoo.errors import InputError, PluginError, WeightsError
    from zoo.registry import load, methods

__all__ = ["InputError", "PluginError", "WeightsError", "load", "methods"]

_HOMES = {
    "load": "zoo.registry",
    "methods": "zoo.registry",
    "InputError": "zoo.errors",
    "PluginError": "zoo.errors",
    "WeightsError": "zoo.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


# Threads of one product that wait for each other keep their cores busy: where several actions work, that takes up to
# sixty times as long. Torch's threads sleep instead; NumPy's, which cannot, are one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
neighbours.install()
torchvision_guard.install()
