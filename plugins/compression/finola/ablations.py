"""Networks that lack a part of FINOLA, or have another in its place, with as many parameters; trained side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo import data
from zoo.blocks.seeded import seeded
from zoo.evidence.tasks import image_from_numbers
from zoo.training import cosine

from . import model as finola
from . import train
from .muon import Muon

SHORT = 64
"""Numbers in the code of all networks here."""


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
        return z + self.outer(F.gelu(self.inner(finola.normalise(z))))


class Linear(finola.Finola):
    """The recursion without normalising."""

    def grow(self, q: Tensor) -> Tensor:
        """As ``Finola.grow``, with z + M z for a step."""
        return finola.grow(q, self.right, self.left, self.down, self.up, self.size, linear_step)


def linear_step(z: Tensor, matrix: Tensor) -> Tensor:
    """``model.step`` without normalising."""
    return z + F.linear(z, matrix)


class Calm(Linear):
    """Without normalising, from matrices a tenth as large, which grow no faster than normalised ones at first."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        with torch.no_grad():
            for matrix in (self.right, self.left, self.down, self.up):
                matrix.mul_(0.1)


class Two(finola.Finola):
    """A and B alone: the ways back are the same steps taken off, so that z_x = A norm(z) holds in both directions."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        del self.left, self.up

    def grow(self, q: Tensor) -> Tensor:
        """As ``Finola.grow``, with -A and -B to the left and upwards."""
        return finola.grow(q, self.right, -self.right, self.down, -self.down, self.size)


class Centred(finola.Finola):
    """q less its mean over pictures, and every channel of variance 1: the deviation of a cell differs by picture."""

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        self.uncommon = nn.BatchNorm1d(self.centre.out_features, affine=False)

    def q(self, code: Tensor) -> Tensor:
        """As ``Finola.q``, without what all pictures have in common."""
        return self.uncommon(super().q(code))


class FromComponents(finola.Finola):
    """No encoder and no recursion: principal components, a linear map to all cells, and FINOLA's decoder.

    The linear map has about as many parameters as FINOLA's encoder, q and matrices together.
    """

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        width = self.decoder.inner.out_features
        spent = sum(p.numel() for p in self.parameters()) - sum(p.numel() for p in self.decoder.parameters())
        channels = round(spent / (self.size**2 * (self.code_length + 1)))
        del self.encoder, self.right, self.left, self.down, self.up
        self.centre = nn.Linear(self.code_length, self.size**2 * channels)
        self.decoder = finola.Decoder(channels, width, self.pixels // self.size)
        self.rival, self.scale = components()

    def encode(self, images: Tensor) -> Tensor:
        """The leading principal components, over the deviation of the first."""
        return self.rival.project(images)[:, : self.code_length] / self.scale

    def grow(self, q: Tensor) -> Tensor:
        """All cells as they come from the linear map."""
        return q.unflatten(1, (self.size, self.size, -1))


def _channels_first(flat: Tensor) -> Tensor:
    """Pictures (..., height * width * channels) as (..., channels * height * width)."""
    return flat.unflatten(-1, (finola.PIXELS, finola.PIXELS, 3)).movedim(-1, -3).flatten(-3)


@lru_cache(maxsize=1)
def components() -> tuple[finola.Components, float]:
    """Principal components of the training pictures, those of the task, and the deviation of the first."""
    rival = finola.Components(SHORT)
    mean, leading = (torch.from_numpy(part.copy()) for part in image_from_numbers.components())
    rival.mean.copy_(_channels_first(mean / 127.5 - 1))
    rival.components.copy_(_channels_first(leading[:SHORT]))
    pictures = data.load("cifar10", split="train").images[:1_000]
    sample = rival.project(train.as_input(torch.from_numpy(pictures.copy())))
    return rival.requires_grad_(False), sample[:, 0].std().item()


@dataclass(frozen=True)
class Arm:
    """One network of a comparison, and how it is trained.

    Attributes:
        kind: which network.
        size: cells on a side of the map.
        rate: peak learning rate.
        steps: of ``batch`` pictures.
        batch: pictures a step.
        channels: of a cell.
        width: of the decoder.
        judged: how many test pictures its quality is measured on.
    """

    kind: type[finola.Finola]
    size: int = 8
    rate: float = 0.02
    steps: int = 2_000
    batch: int = 32
    channels: int = 96
    width: int = 32
    judged: int = 1_000

    def network(self, seed: int) -> finola.Finola:
        """It, untrained."""
        with seeded(seed):
            return self.kind(
                code_length=SHORT,
                channels=self.channels,
                size=self.size,
                width=self.width,
                encoder_width=32,
                heads=16,
            )

    def short(self) -> Arm:
        """The same with a few steps, judged on a few pictures."""
        return replace(self, steps=5, judged=100)


@lru_cache(maxsize=64)
def trained(arm: Arm, seed: int) -> finola.Finola:
    """The network of an arm after training; arms of one batch size and seed see the same batches."""
    pictures = data.load("cifar10", split="train").images[: -train.VALIDATION]
    network = arm.network(seed).to(memory_format=torch.channels_last)

    def loss(batch: Tensor) -> Tensor:
        return (network.decode(network.encode(batch)) - batch).square().mean()

    parameters = [p for p in network.parameters() if p.requires_grad]
    descend(parameters, loss, pictures, arm.steps, arm.rate, seed, arm.batch)
    return network.eval()


def descend(
    parameters: list[nn.Parameter],
    loss: Callable[[Tensor], Tensor],
    pictures: np.ndarray,
    steps: int,
    rate: float,
    seed: int,
    batch: int = 64,
) -> None:
    """Minimise a loss over random batches; whoever is given the same seed sees the same ones.

    Training ends early where the loss is no longer finite: what is left is scored as it is.
    """
    optimizer = Muon(parameters, lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine(step / steps))
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        images = train.as_input(torch.from_numpy(pictures[rng.integers(len(pictures), size=batch)]))
        value = loss(images)
        if not value.isfinite():
            return
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
