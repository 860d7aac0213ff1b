"""What FINOLA claims, measured: see the `@claim` methods of `Finola`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from scipy.fft import dctn, idctn
from torch import Tensor, nn

from zoo import data
from zoo.method import Evidence, Progress
from zoo.training import cosine

from . import model as finola
from . import train

LENGTHS = (8, 16, 32, 64, 128)
PARTS = 10
SHORT = 64
"""Numbers in the code of the networks that are trained for a claim."""

RATE = 2e-3
"""Their peak learning rate."""


def beats_components(network: finola.Finola, quick: bool, progress: Progress) -> Evidence:
    """PSNR of every test picture from k numbers, and from k principal components; means of ten parts."""
    pictures = test_pictures(1000 if quick else 10_000)
    ours = code_quality(network, len(pictures))
    with torch.inference_mode():
        coefficients = network.project(pictures)
        theirs = [quality(network.unproject(coefficients[:, :k]), pictures) for k in LENGTHS]
    return _evidence(ours, theirs, "principal components")


def beats_cosines(network: finola.Finola, quick: bool, progress: Progress) -> Evidence:
    """The same beside the k cosine coefficients of largest variance over the training pictures."""
    pictures = test_pictures(1000 if quick else 10_000)
    training = train.as_input(torch.from_numpy(data.load("cifar10", split="train").images[:10_000].copy()))
    ours = code_quality(network, len(pictures))
    mean = cosines(training).mean(0)
    order = np.argsort(-cosines(training).var(0), kind="stable")
    spectrum = cosines(pictures)
    theirs = []
    for k in LENGTHS:
        kept = np.tile(mean, (len(pictures), 1))
        kept[:, order[:k]] = spectrum[:, order[:k]]
        theirs.append(quality(from_cosines(kept), pictures))
    return _evidence(ours, theirs, "cosine coefficients")


def _evidence(ours: list[Tensor], theirs: list[Tensor], rival: str) -> Evidence:
    def parts(values: Tensor) -> tuple[float, ...]:
        return tuple(part.mean().item() for part in values.chunk(PARTS))

    series = {"FINOLA": ours, rival: theirs}
    curve = {
        "x": list(LENGTHS),
        "series": {name: [one.mean().item() for one in values] for name, values in series.items()},
        "x_title": "numbers in the code",
        "y_title": "PSNR (dB)",
    }
    return Evidence(
        ours=tuple(map(parts, ours)),
        baseline=tuple(map(parts, theirs)),
        conditions=tuple(f"{k} numbers" for k in LENGTHS),
        curves={"CIFAR-10 test pictures": curve},
    )


def test_pictures(count: int) -> Tensor:
    """The first test pictures of CIFAR-10, (count, 3, 32, 32) in [-1, 1]."""
    return train.as_input(torch.from_numpy(data.load("cifar10", split="test").images[:count].copy()))


def quality(decoded: Tensor, pictures: Tensor) -> Tensor:
    """PSNR of each picture, (batch,), in dB."""
    return finola.decibels((decoded.clamp(-1, 1) - pictures).square().mean((1, 2, 3)))


@lru_cache(maxsize=2)
def code_quality(network: finola.Finola, count: int) -> list[Tensor]:
    """PSNR of each of the first ``count`` test pictures at every code length."""
    results: list[list[Tensor]] = [[] for _ in LENGTHS]
    with torch.inference_mode():
        for pictures in test_pictures(count).split(500):
            codes = network.encode(pictures)
            for k, result in zip(LENGTHS, results, strict=True):
                result.append(quality(network.decode(codes[:, :k]), pictures))
    return [torch.cat(result) for result in results]


BRIGHTNESS = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
"""Orthonormal brightness, red against blue, and green against both."""


def cosines(pictures: Tensor) -> np.ndarray:
    """Orthonormal cosine coefficients (batch, 3072) of brightness and two colours."""
    planes = np.einsum("pc,bcyx->bpyx", BRIGHTNESS, pictures.numpy())
    return dctn(planes, axes=(2, 3), norm="ortho").reshape(len(pictures), -1)


def from_cosines(coefficients: np.ndarray) -> Tensor:
    """Pictures (batch, 3, 32, 32) of ``cosines``."""
    planes = coefficients.reshape(-1, 3, finola.PIXELS, finola.PIXELS)
    pixels = np.einsum("pc,bpyx->bcyx", BRIGHTNESS, idctn(planes, axes=(2, 3), norm="ortho"))
    return torch.from_numpy(pixels).float()


# ---------------------------------------------------------------------------------------------------------
# Ablations: small networks, trained side by side


class Repeating(finola.Finola):
    """q repeated in every cell, plus a learned position, through a network as large as the four matrices."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        channels = self.centre.out_features
        del self.right, self.left, self.down, self.up
        hidden = 2 * channels - self.size**2 // 2
        self.position = nn.Parameter(torch.randn(self.size, self.size, channels))
        self.inner = nn.Linear(channels, hidden, bias=False)
        self.outer = nn.Linear(hidden, channels, bias=False)

    def grow(self, q: Tensor) -> Tensor:
        """As ``Finola.grow``, every cell by itself."""
        z = q[:, None, None] + self.position
        return z + self.outer(F.gelu(self.inner(finola.normalise(z)))).to(z.dtype)


class Linear(finola.Finola):
    """The recursion without normalising."""

    def grow(self, q: Tensor) -> Tensor:
        """As ``Finola.grow``, with z + M z for a step."""
        return finola.grow(q, self.right, self.left, self.down, self.up, self.size, _linear_step)


def _linear_step(z: Tensor, matrix: Tensor) -> Tensor:
    return z + F.linear(z, matrix).to(z.dtype)


def beats_repeating(quick: bool, progress: Progress) -> Evidence:
    """Mean test PSNR at 64 numbers: growing from a random start and from plane waves, against repeating."""
    variants = (("random", finola.Finola), ("waves", finola.Finola), ("random", Repeating))
    random, waves, repeated = _train_all(variants, quick, progress)
    return Evidence(
        ours=(random, waves),
        baseline=(repeated, repeated),
        conditions=("random start", "start from plane waves"),
    )


def needs_normalising(quick: bool, progress: Progress) -> Evidence:
    """Mean test PSNR at 64 numbers, with and without normalising, from either start."""
    variants = (
        ("random", finola.Finola), ("waves", finola.Finola), ("random", Linear), ("waves", Linear),
    )  # fmt: skip
    random, waves, linear_random, linear_waves = _train_all(variants, quick, progress)
    return Evidence(
        ours=(random, waves),
        baseline=(linear_random, linear_waves),
        conditions=("random start", "start from plane waves"),
    )


def _train_all(
    variants: tuple[tuple[str, type[finola.Finola]], ...], quick: bool, progress: Progress
) -> list[tuple[float, ...]]:
    seeds, steps, count = (2, 60, 5_000) if quick else (3, 600, 50_000)
    results = []
    for index, (begin, kind) in enumerate(variants):
        scores = []
        for seed in range(seeds):
            progress((index * seeds + seed) / (len(variants) * seeds), f"{kind.__name__}, seed {seed}")
            scores.append(trained_quality(kind, begin, count, seed, steps))
        results.append(tuple(scores))
    return results


@lru_cache(maxsize=32)
def trained_quality(kind: type[finola.Finola], begin: str, count: int, seed: int, steps: int) -> float:
    """Mean test PSNR of a small network after so many steps; every kind sees the same batches.

    Args:
        kind: which network.
        begin: ``random``, or ``waves`` as in ``train.start_waves``; the linear code is the same for both.
        count: training pictures.
        seed: of weights and batches.
        steps: of 64 pictures.
    """
    pictures = data.load("cifar10", split="train").images[:count]
    mean, variance, components = _components(count)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = kind(code_length=SHORT, channels=192, width=32, encoder_widths=(16, 32, 32))
    train.start_code(network, mean, variance, components)
    if begin == "waves":
        train.start_waves(network, variance, seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine(step / steps))
    unexplained = variance[SHORT:].sum()
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        batch = train.as_input(torch.from_numpy(pictures[rng.integers(count, size=64)]))
        with torch.autocast("cpu", torch.bfloat16):
            decoded = network.decode(network.encode(batch))
        loss = (decoded.float() - batch).square().sum((1, 2, 3)).mean() / unexplained
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    with torch.inference_mode():
        tests = test_pictures(1000)
        return quality(network.decode(network.encode(tests)), tests).mean().item()


@lru_cache(maxsize=1)
def _components(count: int) -> tuple[Tensor, Tensor, Tensor]:
    return train.principal_components(data.load("cifar10", split="train").images[:count])
