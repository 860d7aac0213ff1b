"""Encoders of small pictures, trained by plain InfoNCE or by its decomposition.

x and y are two views of a picture, x' a quarter cut out of x. Keys of y come from a network that follows slowly, and
wait in a queue as negatives (MoCo v2). ψ compares the projection of x' with a key, and so does the plain critic with
x; φ projects the features of x and of x' together. What is maximised is

    I_NCE(x; y) + I_NCE(x'; y) + I_IS(x; y | x')

and I_NCE(x; y) alone for the rival. The control replaces the last by I_NCE of the same φ, with all negatives alike.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.contrast import Queue, follow

from . import bounds

SIDE, QUARTER = 32, 16
"""Pixels of a view, and of what is cut out of it."""
TEMPERATURE = 0.2
WIDTHS = (16, 32, 40, 56)
Arm = Literal["infonce", "demi", "control"]


class Encoder(nn.Module):
    """timm's ResNet of basic blocks, narrow, without its early pooling: features have an eighth of the resolution.

    Groups of channels are normalised, not batches, which would tell which key belongs to which query.

    Args:
        widths: channels of the four stages.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        from timm.layers import GroupNorm
        from timm.models.resnet import BasicBlock, ResNet

        self.trunk = ResNet(
            BasicBlock, (1, 1, 1, 1), num_classes=0, global_pool="", output_stride=16, channels=tuple(widths),
            stem_type="deep", stem_width=widths[0] // 2, norm_layer=partial(GroupNorm, num_groups=8),
        )  # fmt: skip
        self.trunk.maxpool = nn.Identity()
        self.channels = widths[-1]

    def forward(self, views: Tensor) -> Tensor:
        """Features (n, channels, h / 8, w / 8) of views (n, 3, h, w)."""
        return self.trunk.forward_features(views)

    def pooled(self, views: Tensor) -> Tensor:
        """Their mean over places, (n, channels)."""
        return self.forward(views).mean((2, 3))


class Projections(nn.Module):
    """From features to directions that critics compare.

    Args:
        channels: of the features.
        hidden: numbers between the two layers of each.
        size: numbers of a direction.
    """

    def __init__(self, channels: int, hidden: int = 128, size: int = 64) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, size))
        self.both = nn.Sequential(nn.Linear(2 * channels, hidden), nn.ReLU(), nn.Linear(hidden, size))

    def alone(self, features: Tensor) -> Tensor:
        """Of x, x' or y alone, (n, size) of length 1."""
        return F.normalize(self.one(features), dim=1)

    def together(self, whole: Tensor, part: Tensor) -> Tensor:
        """Of x and x' for φ, (n, size) of length 1."""
        return F.normalize(self.both(torch.cat([whole, part], 1)), dim=1)


def cut_out(views: Tensor, rng: np.random.Generator) -> Tensor:
    """x': a square of `QUARTER` pixels at random from each of views (n, 3, SIDE, SIDE)."""
    rows, columns = (torch.from_numpy(rng.integers(SIDE - QUARTER + 1, size=len(views))) for _ in range(2))
    steps = torch.arange(QUARTER)
    return views[
        torch.arange(len(views))[:, None, None, None],
        torch.arange(3)[:, None, None],
        (rows[:, None] + steps)[:, None, :, None],
        (columns[:, None] + steps)[:, None, None, :],
    ]


class Critic(nn.Module):
    """An encoder with its projections: all that answers, without what only training needs.

    Args:
        widths: channels of the encoder's stages.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(widths)
        self.projections = Projections(self.encoder.channels)

    def keys(self, views: Tensor) -> Tensor:
        """Directions of y, (n, size)."""
        return self.projections.alone(self.encoder.pooled(views))


def scores(queries: Tensor, keys: Tensor) -> Tensor:
    """Each query (n, size) with each key (k, size), (n, k)."""
    return queries @ keys.T / TEMPERATURE


class Contrast(nn.Module):
    """An arm of the training.

    Args:
        critic: begins as it is.
        arm: "demi", "infonce" for I_NCE(x; y) alone, "control" for φ without conditional negatives.
        queue: negatives.
        momentum: of what follows.
    """

    def __init__(self, critic: Critic, arm: Arm = "demi", queue: int = 1024, momentum: float = 0.99) -> None:
        super().__init__()
        self.arm, self.momentum = arm, momentum
        self.critic, self.slow = critic, copy.deepcopy(critic)
        for parameter in self.slow.parameters():
            parameter.requires_grad_(False)
        self.queue = Queue(queue, critic.projections.one[2].out_features)

    def loss(self, x: Tensor, y: Tensor, part: Tensor) -> Tensor:
        """Minus the bounds of views x and y (n, 3, SIDE, SIDE) and x' (n, 3, QUARTER, QUARTER); moves the slow side."""
        follow(self.slow, self.critic, self.momentum)
        with torch.no_grad():
            keys = self.slow.keys(y)
        negatives, projections = self.queue.negatives(), self.critic.projections
        whole = self.critic.encoder.pooled(x)

        def scored(queries: Tensor) -> tuple[Tensor, Tensor]:
            return (queries * keys).sum(1) / TEMPERATURE, scores(queries, negatives)

        bound = bounds.contrast(*scored(projections.alone(whole)))
        if self.arm != "infonce":
            quarter = self.critic.encoder.pooled(part)
            first, first_others = scored(projections.alone(quarter))
            true, others = scored(projections.together(whole, quarter))
            bound = bound + bounds.contrast(first, first_others)
            if self.arm == "demi":
                bound = bound + bounds.importance(true, others, bounds.weights(first_others))
            else:
                bound = bound + bounds.contrast(true, others)
        self.queue.add(keys)
        return -bound.mean()
