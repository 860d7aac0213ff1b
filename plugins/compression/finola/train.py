"""How the weights were made: from random starts, prefixes of random length, squared error.

Everything is trained end to end. The network for 64 pixels begins as the one for 32 between averaging and repeating
pixels, and all of it is trained on. Principal components are computed here because they are the rival; no network
knows them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image as Pillow
from torch import Tensor

from plugins.compression.finola.masked import CORNERS, Masked
from plugins.compression.finola.model import Components, Finola, decibels
from plugins.compression.finola.muon import Muon
from plugins.compression.finola.networks import Networks
from zoo import data
from zoo.training import Run

SHORTEST = 8
"""Numbers in the shortest code trained for."""

VALIDATION = 2_000
"""The last so many training pictures are only for choosing settings."""

CROPS = 20_000
"""Squares cut from the training photographs."""

BATCH = 64

STEPS = {"model": 40_000, "photographs": 20_000, "masked": 40_000}
"""More than fit into the time that the shipped weights were given; see their recipe."""


def train(run: Run) -> None:
    """Train the three networks that are shipped together."""
    pictures = data.load("cifar10", split="train").images
    squares = photographs(data.load("photos", split="train").images, CROPS, run.seed)
    networks = Networks()
    small, large = networks.small, networks.large
    fit(run, small, pictures[:-VALIDATION], "model", rate=0.02, share=0.4)
    enlarge(large, small)
    fit(run, large, squares[:-VALIDATION], "photographs", rate=0.01, share=0.3)
    fit_masked(run, networks.masked, pictures[:-VALIDATION], share=0.3)
    learn(networks.small_rival, pictures[:-VALIDATION])
    learn(networks.large_rival, squares[:-VALIDATION])
    networks.half().float()
    measured = {
        "small": validated(small, networks.small_rival, pictures[-VALIDATION:]),
        "large": validated(large, networks.large_rival, squares[-VALIDATION:]),
    }
    run.save(networks.half(), **measured)


def fit(run: Run, model: Finola, pictures: np.ndarray, stage: str, rate: float, share: float) -> Finola:
    """Minimise the weighted squared error over prefixes; see ``weighted_error``.

    A quarter of the pictures keep the whole code, which is the hardest to learn.
    """
    longest = model.code_length

    def batch(rng: np.random.Generator) -> dict[str, np.ndarray]:
        length = np.exp(rng.uniform(np.log(SHORTEST), np.log(longest + 1), size=BATCH)).astype(int)
        length[: BATCH // 4] = longest
        return {"images": some(pictures, rng), "length": length.clip(SHORTEST, longest)}

    def loss(model: Finola, batch: dict[str, Tensor]) -> Tensor:
        return weighted_error(model, as_input(batch["images"]), batch["length"])

    model = model.to(memory_format=torch.channels_last)
    return run.fit(
        model, batch, loss, steps=STEPS[stage], lr=rate, optimizer=Muon, clip=1.0, ema=0.995, stage=stage,
        share=share,
    )  # fmt: skip


def weighted_error(model: Finola, images: Tensor, length: Tensor) -> Tensor:
    """Mean squared error of pictures from the first ``length`` (batch,) numbers of their codes, times its root.

    The error that a code of k numbers leaves falls about as 1/√k, so that short and long codes count alike.
    """
    kept = torch.arange(model.code_length, device=length.device) < length[:, None]
    error = (model.decode(model.encode(images) * kept) - images).square().mean((1, 2, 3))
    return (error * length.sqrt()).mean()


@torch.no_grad()
def enlarge(large: Finola, small: Finola) -> None:
    """Let ``large`` see its pictures averaged to the pixels of ``small``, and repeat what that one decodes."""
    times = large.pixels // small.pixels
    weights = dict(small.state_dict())
    for name, axis, factor in (
        ("encoder.layers.1.weight", 1, times**-2),
        ("decoder.out.weight", 0, 1.0),
        ("decoder.out.bias", 0, 1.0),
    ):
        side = math.isqrt(weights[name].shape[axis] // 3)
        pixels = weights[name].unflatten(axis, (3, side, side))
        for place in (axis + 1, axis + 2):
            pixels = pixels.repeat_interleave(times, place)
        weights[name] = factor * pixels.flatten(axis, axis + 2)
    large.load_state_dict(weights)


def learn(rival: Components, pictures: np.ndarray) -> None:
    """Set ``rival`` to the principal components of ``pictures``."""
    mean, _, components = principal_components(pictures, rival.lowest)
    rival.mean.copy_(mean)
    rival.components.copy_(components[: len(rival.components)])


def fit_masked(run: Run, model: Masked, pictures: np.ndarray, share: float) -> Masked:
    """Minimise the error over what is hidden, with one quadrant a batch."""

    def batch(rng: np.random.Generator) -> dict[str, Any]:
        return {"images": some(pictures, rng), "corner": CORNERS[rng.integers(len(CORNERS))]}

    def loss(model: Masked, batch: dict[str, Any]) -> Tensor:
        return model.error(as_input(batch["images"]), batch["corner"])

    return run.fit(
        model, batch, loss, steps=STEPS["masked"], lr=0.01, optimizer=Muon, clip=1.0, ema=0.995,
        stage="masked", share=share,
    )  # fmt: skip


def some(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A batch of pictures, each mirrored or not."""
    chosen = pictures[rng.integers(len(pictures), size=BATCH)]
    return np.where(rng.random((BATCH, 1, 1, 1)) < 0.5, chosen, chosen[:, :, ::-1])


def photographs(images: Sequence[np.ndarray], count: int, seed: int, side: int = 64) -> np.ndarray:
    """Squares cut from large photographs and reduced, uint8 (count, side, side, 3).

    Each square is as likely to be small as large, by ratio, from ``side`` pixels to the whole of the shorter side,
    and lies anywhere.
    """
    rng = np.random.default_rng(seed)
    squares = np.empty((count, side, side, 3), np.uint8)
    owners = rng.integers(len(images), size=count)
    for owner, image in enumerate(images):
        photograph = Pillow.fromarray(np.asarray(image))
        # halved again and again, so that no square is reduced from much more than it needs
        levels = [photograph]
        while min(levels[-1].size) >= 2 * side:
            levels.append(levels[-1].reduce(2))
        for place in np.flatnonzero(owners == owner):
            shorter = min(photograph.size)
            length = side * (shorter / side) ** rng.random()
            level = min(int(math.log2(length / side)), len(levels) - 1)
            whole = levels[level]
            length = min(length / 2**level, *whole.size)
            left, top = (rng.uniform(0, extent - length) for extent in whole.size)
            box = (left, top, left + length, top + length)
            squares[place] = np.asarray(whole.resize((side, side), Pillow.Resampling.BICUBIC, box))
    return squares


@torch.inference_mode()
def validated(model: Finola, rival: Components, pictures: np.ndarray) -> dict[str, list[float]]:
    """Mean PSNR of held-out training pictures, ours and the components', at code lengths of 8, 16, 32 ..."""
    images = as_input(torch.from_numpy(pictures.copy()))
    codes, components = model.encode(images), rival.project(images)
    lengths = [2**power for power in range(3, 12) if 2**power <= model.code_length]

    def mean(decoded: Tensor) -> float:
        return round(decibels((decoded.clamp(-1, 1) - images).square().mean((1, 2, 3))).mean().item(), 3)

    return {
        "code_lengths": lengths,
        "validation_psnr": [mean(model.decode(codes[:, :k])) for k in lengths],
        "validation_psnr_of_components": [mean(rival.unproject(components[:, :k])) for k in lengths],
    }


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (batch, 32, 32, 3) to what the network takes: float32 (batch, 3, 32, 32) in [-1, 1]."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def principal_components(
    pictures: np.ndarray, reduce: Callable[[Tensor], Tensor] = Tensor.float
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (n,), variances (n,), largest first, and components (n, n) of pictures reduced to n numbers, float64."""
    total, products = torch.zeros(()), torch.zeros(())
    for part in np.array_split(np.arange(len(pictures)), max(1, len(pictures) // 5000)):
        flat = reduce(as_input(torch.from_numpy(np.asarray(pictures[part])))).flatten(1)
        total = total + flat.sum(0, dtype=torch.float64)
        products = products + (flat.T @ flat).double()
    mean = total / len(pictures)
    variance, vectors = torch.linalg.eigh(products / len(pictures) - torch.outer(mean, mean))
    return mean, variance.flip(0).clamp_min(0), vectors.flip(1).T
