"""Patches to bytes and back.

A stream holds the symbols of all patches of one modality at one level, coded by a range coder whose tables are
integers kept with the weights. No float touches the entropy path, so a stream gives the same symbols on every
machine. How many patches there are, and of which modality and level, is not in the stream: a container says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from plugins.compression.vc_inr.modalities import MODALITIES, STEPS
from zoo.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from plugins.compression.vc_inr.model import VcInr

Progress = Callable[[float], None]
"""Told the part that is done, 0 to 1."""


BATCH = 16
"""Patches at a time."""

MOST_PATCHES = 2**20
"""Patches of one stream."""


def levels(modality: str) -> int:
    """How many rates there are, level 0 being the smallest."""
    return len(STEPS[modality])


def latents(model: VcInr, modality: str, patches: np.ndarray, progress: Progress | None = None) -> np.ndarray:
    """The latents (n, latent), float32, of patches (n, *patch, channels) in [-1, 1]: the inner loop's result."""
    import torch

    kind, representation = MODALITIES[modality], model[modality].representation
    values = np.asarray(patches, np.float32).reshape(-1, kind.points, kind.channels)
    signals = torch.from_numpy(np.ascontiguousarray(values.swapaxes(1, 2)))
    fitted = [representation.fit(part) for part in _told(signals.split(BATCH), progress)]
    return torch.cat(fitted).numpy() if len(signals) else np.zeros((0, kind.latent), np.float32)


def encode_latents(model: VcInr, modality: str, latent: np.ndarray, level: int) -> bytes:
    """The stream of latents (n, latent) at one level."""
    import torch

    part = model[modality]
    symbols = part.symbols(torch.from_numpy(latent), level)
    return part.tables(level).encode(symbols, part.side(symbols, level))


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
    if not 0 <= level < levels(modality) or not 0 <= count <= MOST_PATCHES:
        raise InputError("the stream is of no level or size that this decoder knows.")
    part = model[modality]
    symbols = part.tables(level).decode(data, count)
    return reconstruct(model, modality, part.latents(symbols, level).numpy(), progress)


def reconstruct(
    model: VcInr, modality: str, latent: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """The patches of latents as they are, without any code: what a stream without loss would give."""
    import torch

    kind, representation = MODALITIES[modality], model[modality].representation
    values = np.empty((len(latent), kind.points, kind.channels), np.float32)
    done = 0
    with torch.inference_mode():
        for part in _told(torch.from_numpy(latent).split(BATCH), progress):
            values[done : done + len(part)] = representation.decode(part).mT.clamp(-1, 1).numpy()
            done += len(part)
    return values.reshape(-1, *kind.patch, kind.channels)


def rate(model: VcInr, modality: str, patches: np.ndarray, level: int) -> np.ndarray:
    """Bits of each patch (n,), float64: the ideal code length under the coder's own tables."""
    import torch

    part = model[modality]
    latent = torch.from_numpy(latents(model, modality, patches))
    symbols = part.symbols(latent, level)
    return part.tables(level).bits(symbols, part.side(symbols, level))


def _told(parts: Sequence[Tensor], progress: Progress | None) -> Iterator[Tensor]:
    """The parts that hold anything, progress being told after each."""
    for number, part in enumerate(parts):
        if len(part):
            yield part
        if progress is not None:
            progress((number + 1) / len(parts))
