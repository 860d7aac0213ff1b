"""Patches to bytes and back.

A stream holds the symbols of all patches of one modality at one level, coded by a range coder whose tables are
integers kept with the weights. No float touches the entropy path, so a stream gives the same symbols on every
machine. How many patches there are, and of which modality and level, is not in the stream: a container says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from plugins.compression.vc_inr.model import VcInr

Progress = Callable[[float], None]
"""Told the part that is done, 0 to 1."""


def levels(modality: str) -> int:
    """How many rates there are, level 0 being the smallest."""
    raise NotImplementedError


def latents(model: VcInr, modality: str, patches: np.ndarray, progress: Progress | None = None) -> np.ndarray:
    """The latents (n, latent), float32, of patches (n, *patch, channels) in [-1, 1]: the inner loop's result."""
    raise NotImplementedError


def encode_latents(model: VcInr, modality: str, latent: np.ndarray, level: int) -> bytes:
    """The stream of latents (n, latent) at one level."""
    raise NotImplementedError


def encode(
    model: VcInr, modality: str, patches: np.ndarray, level: int, progress: Progress | None = None
) -> bytes:
    """The stream of patches (n, *patch, channels) in [-1, 1] at one level."""
    return encode_latents(model, modality, latents(model, modality, patches, progress), level)


def encode_levels(
    model: VcInr, modality: str, patches: np.ndarray, progress: Progress | None = None
) -> list[bytes]:
    """The streams of patches at every level, for which latents are computed once."""
    latent = latents(model, modality, patches, progress)
    return [encode_latents(model, modality, latent, level) for level in range(levels(modality))]


def decode(
    model: VcInr,
    modality: str,
    data: bytes,
    count: int,
    level: int,
    progress: Progress | None = None,
) -> np.ndarray:
    """The patches (count, *patch, channels), float32 in [-1, 1], of a stream.

    Raises:
        InputError: the stream is damaged, or is not of so many patches.
    """
    raise NotImplementedError


def reconstruct(
    model: VcInr, modality: str, latent: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """The patches of latents as they are, without any code: what a stream without loss would give."""
    raise NotImplementedError


def rate(model: VcInr, modality: str, patches: np.ndarray, level: int) -> np.ndarray:
    """Bits of each patch (n,), float64: the ideal code length under the coder's own tables."""
    raise NotImplementedError
