"""Parts of compressai, from its wheel: the package as a whole wants an older NumPy than we run on."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from zoo import paths
from zoo.blocks.entropy_coding import FactorisedDensity
from zoo.data import packages

WHEEL = packages.pip(
    "compressai",
    "1.2.8",
    "65ad37fa12848bf11a597e37c4e527b993fc5ba736974a02137ab1026636c535",
    0.45,
    "--python-version=3.11",
    "--platform=manylinux_2_34_x86_64",
)


@contextlib.contextmanager
def compressai() -> Iterator[types.ModuleType]:
    """Its ``entropy_models``, for as long as the block lasts; a stand-in takes the place of the package itself.

    Raises:
        DataError: the wheel cannot be fetched.
    """
    archive = WHEEL.fetched(paths.cache() / "packages")
    with (
        tempfile.TemporaryDirectory(prefix="compressai-") as scratch,
        packages.unpacked(archive, Path(scratch)) as folder,
    ):
        package = types.ModuleType("compressai")
        package.__path__ = [str(folder / "compressai")]
        package.available_entropy_coders = lambda: ["ans"]  # type: ignore[attr-defined]
        package.get_entropy_coder = lambda: "ans"  # type: ignore[attr-defined]
        sys.modules["compressai"] = package
        try:
            from compressai import entropy_models

            yield entropy_models
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "compressai"]:
                del sys.modules[name]


def same_density(theirs: Any, ours: FactorisedDensity) -> None:
    """Give an ``EntropyBottleneck`` the parameters of our density, whose unit must be 1 for all channels."""
    with torch.no_grad():
        for layer, (matrix, bias) in enumerate(zip(ours.matrices, ours.biases, strict=True)):
            theirs.matrices[layer].copy_(matrix)
            theirs.biases[layer].copy_(bias)
            if layer < len(theirs.factors):
                theirs.factors[layer].copy_(ours.bends[layer])
