"""Streams of tasks: characters to tell apart, and sinusoids to fit."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .model import Tasks


class Characters:
    """Pictures by class, from which tasks are drawn.

    Args:
        pictures: uint8 `(n, 28, 28)`, 0 for paper and 255 for ink.
        labels: int64 `(n,)`.
        least: classes with fewer pictures than this are left out.
    """

    def __init__(self, pictures: np.ndarray, labels: np.ndarray, least: int = 2) -> None:
        self.pictures = pictures
        order = np.argsort(labels, kind="stable")
        _, first, count = np.unique(labels[order], return_index=True, return_counts=True)
        self.order, self.first, self.count = order, first[count >= least], count[count >= least]

    def __len__(self) -> int:
        return len(self.count)

    def draw(
        self, rng: np.random.Generator, tasks: int, classes: int, shots: int, queries: int, *, turn: bool
    ) -> Tasks:
        """Draw tasks, each of new classes; a picture is never in support and query at once where its
        class has enough, and every picture is drawn anew by `redrawn`.

        Args:
            rng: the source of all chance.
            tasks: how many.
            classes: of each task.
            shots: support pictures of a class.
            queries: query pictures of a class.
            turn: whether a class may be turned by quarters and mirrored, which makes eight of it.

        Returns:
            `support` float32 `(tasks, classes * shots, 1, 28, 28)`, class after class, and the like.
        """
        each = shots + queries
        chosen = np.argsort(rng.random((tasks, len(self))), axis=1)[:, :classes]
        count = self.count[chosen]
        keys = rng.random((tasks, classes, max(each, int(count.max()))))
        keys[np.arange(keys.shape[2]) >= count[..., None]] = np.inf
        place = np.argsort(keys, axis=2)[..., :each]
        # a class with too few pictures repeats them in the shuffled order
        place = np.take_along_axis(place, np.arange(each) % count[..., None], axis=2)
        pictures = self.pictures[self.order[self.first[chosen][..., None] + place]]
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        ink = torch.from_numpy(pictures).float().div(255).view(-1, each, 28, 28)
        if turn:
            ink = turned(ink, generator)
        ink = redrawn(ink.reshape(-1, 28, 28), generator).view(tasks, classes, each, 1, 28, 28)
        names = torch.arange(classes).expand(tasks, -1)
        return Tasks(
            ink[:, :, :shots].flatten(1, 2),
            names.repeat_interleave(shots, 1),
            ink[:, :, shots:].flatten(1, 2),
            names.repeat_interleave(queries, 1),
        )


def turned(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Turn and mirror each class by chance: `(classes, n, 28, 28)` -> the same shape."""
    quarters, mirror = (
        torch.randint(4, (len(ink),), generator=generator),
        torch.rand(len(ink), generator=generator),
    )
    ink = torch.where(mirror[:, None, None, None] < 0.5, ink.flip(-1), ink)
    every = torch.stack([ink.rot90(k, (-2, -1)) for k in range(4)])
    return every[quarters, torch.arange(len(ink))]


def redrawn(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture as another hand might draw it: `(n, 28, 28)` -> the same shape.

    Slant, size and place change, strokes wobble and grow thicker or thinner.
    """
    n = len(ink)

    def chance(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    angle, slant = chance(-0.2, 0.2), chance(-0.3, 0.3)
    wide, high = chance(0.85, 1.2), chance(0.85, 1.2)
    affine = torch.stack(
        [
            torch.stack([wide * angle.cos(), wide * (slant - angle.sin()), chance(-0.1, 0.1)], 1),
            torch.stack([high * angle.sin(), high * angle.cos(), chance(-0.1, 0.1)], 1),
        ],
        1,
    )
    grid = F.affine_grid(affine, [n, 1, 28, 28], align_corners=False)
    wobble = torch.randn(n, 2, 5, 5, generator=generator) * chance(0.0, 0.06, 1, 1, 1)
    wobble = F.interpolate(wobble, size=(28, 28), mode="bicubic", align_corners=True)
    bent = F.grid_sample(ink[:, None], grid + wobble.permute(0, 2, 3, 1), align_corners=False)
    weight = chance(-0.6, 0.8, 1, 1, 1)
    thick = F.max_pool2d(bent, 3, stride=1, padding=1)
    thin = -F.max_pool2d(-bent, 3, stride=1, padding=1)
    return torch.where(weight > 0, bent.lerp(thick, weight), bent.lerp(thin, -weight))[:, 0]


def sinusoids(rng: np.random.Generator, tasks: int, shots: int, queries: int) -> Tasks:
    """The sinusoids of MAML: amplitude 0.1 to 5, phase 0 to π, x from -5 to 5."""
    amplitude, phase = rng.uniform(0.1, 5, (tasks, 1, 1)), rng.uniform(0, np.pi, (tasks, 1, 1))
    x = rng.uniform(-5, 5, (tasks, shots + queries, 1))
    y = amplitude * np.sin(x - phase)
    x, y = torch.from_numpy(x).float(), torch.from_numpy(y).float()
    return Tasks(x[:, :shots], y[:, :shots], x[:, shots:], y[:, shots:])
