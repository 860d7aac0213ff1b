"""DenseCL: contrast of pictures and, on the same encoder, of places.

The mathematics of Wang et al., "Dense Contrastive Learning for Self-Supervised Visual Pre-Training" (arXiv
2011.09157), with the choices of the authors' code. An encoder maps a view to features F of S x S places; two heads
project them, the mean of all places to q and every place i to r_i. A second encoder follows the first slowly and gives
keys of the other view: k, and t_j for every place. Then

    L_global = InfoNCE(q, k; queue of k)                      MoCo v2
    L_dense  = mean over i of InfoNCE(r_i, t_c(i); queue of the mean of t)
    c(i)     = argmax_j cos(F_i of this view, F_j of the other)
    L        = (1 - λ) L_global + λ L_dense

λ = 0 is MoCo v2. Which place answers which is decided by the encoder's features, not by the projected ones.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.contrast import Queue, follow, info_nce

TEMPERATURE = 0.2
Matching = Literal["similar", "random"]


class Encoder(nn.Module):
    """timm's ResNet of basic blocks, narrow, whose features have an eighth of the view's resolution.

    Groups of channels are normalised, not batches: on a single machine batches would tell which key belongs to which
    query.

    Args:
        widths: channels of the four stages.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 80)) -> None:
        super().__init__()
        from timm.layers import GroupNorm
        from timm.models.resnet import BasicBlock, ResNet

        self.trunk = ResNet(
            BasicBlock, (1, 1, 1, 1), num_classes=0, global_pool="", output_stride=8, channels=tuple(widths),
            stem_type="deep", stem_width=widths[0] // 2, norm_layer=partial(GroupNorm, num_groups=8),
        )  # fmt: skip
        self.channels = widths[-1]

    def forward(self, views: Tensor) -> Tensor:
        """Features (n, channels, h / 8, w / 8) of views (n, 3, h, w)."""
        return self.trunk.forward_features(views)


class Heads(nn.Module):
    """The projections: of the mean of all places, and of every place by itself.

    Args:
        channels: of the features.
        hidden: channels between the two layers of each.
        size: numbers of a projection.
    """

    def __init__(self, channels: int, hidden: int = 256, size: int = 64) -> None:
        super().__init__()
        self.whole = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, size))
        self.dense = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, size, 1))

    def pooled(self, features: Tensor) -> Tensor:
        """q: (n, size) of length 1."""
        return F.normalize(self.whole(features.mean((2, 3))), dim=1)

    def places(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """r of every place (n, S², size), and of their mean (n, size); both of length 1."""
        projected = self.dense(features).flatten(2)
        return F.normalize(projected.transpose(1, 2), dim=2), F.normalize(projected.mean(2), dim=1)


def directions(features: Tensor) -> Tensor:
    """Features (n, c, h, w) as unit vectors of every place, (n, h w, c)."""
    return F.normalize(features.flatten(2).transpose(1, 2), dim=2)


def correspondence(ours: Tensor, theirs: Tensor) -> Tensor:
    """c: the place of the other view whose features are most like those of each of ours.

    Args:
        ours: features (n, c, h, w).
        theirs: alike, of the other views.

    Returns:
        int64 (n, h w).
    """
    return (directions(ours) @ directions(theirs).transpose(1, 2)).argmax(2)


class Contrast(nn.Module):
    """An encoder with its heads, those that follow it, and two queues; what is trained.

    Args:
        encoder: begins as it is.
        share: λ, the weight of the dense term; 0 for MoCo v2, which then computes no dense term.
        matching: "similar" as the paper; "random" puts random places in their stead, a control.
        queue: keys in each queue.
        momentum: of what follows.
        hidden: channels within the heads.
        size: numbers of a projection.
    """

    def __init__(
        self,
        encoder: Encoder,
        share: float = 0.5,
        matching: Matching = "similar",
        queue: int = 1024,
        momentum: float = 0.99,
        hidden: int = 256,
        size: int = 64,
    ) -> None:
        super().__init__()
        self.share, self.matching, self.momentum = share, matching, momentum
        self.encoder, self.heads = encoder, Heads(encoder.channels, hidden, size)
        self.slow_encoder, self.slow_heads = copy.deepcopy(encoder), copy.deepcopy(self.heads)
        for parameter in (*self.slow_encoder.parameters(), *self.slow_heads.parameters()):
            parameter.requires_grad_(False)
        self.queue, self.dense_queue = Queue(queue, size), Queue(queue, size)

    def loss(self, first: Tensor, second: Tensor) -> Tensor:
        """L of views (n, 3, h, w) and the other views of the same pictures; moves the slow side and the queues."""
        follow(self.slow_encoder, self.encoder, self.momentum)
        follow(self.slow_heads, self.heads, self.momentum)
        with torch.no_grad():
            theirs = self.slow_encoder(second)
            keys = self.slow_heads.pooled(theirs)
        ours = self.encoder(first)
        loss = (1 - self.share) * info_nce(self.heads.pooled(ours), keys, self.queue.negatives(), TEMPERATURE)
        if self.share:
            loss = loss + self.share * self.dense_loss(ours, theirs)
        self.queue.add(keys)
        return loss

    def dense_loss(self, ours: Tensor, theirs: Tensor) -> Tensor:
        """L_dense of features (n, c, S, S) of both views; moves its queue."""
        with torch.no_grad():
            keys, pooled = self.slow_heads.places(theirs)
            chosen = self.matched(ours, theirs)
            positives = keys.gather(1, chosen[..., None].expand(-1, -1, keys.shape[2]))
        queries, _ = self.heads.places(ours)
        loss = info_nce(
            queries.flatten(0, 1), positives.flatten(0, 1), self.dense_queue.negatives(), TEMPERATURE
        )
        self.dense_queue.add(pooled)
        return loss

    def matched(self, ours: Tensor, theirs: Tensor) -> Tensor:
        """Which place of the other view is each one's positive, int64 (n, S²)."""
        if self.matching == "random":
            places = ours.shape[2] * ours.shape[3]
            return torch.randint(places, (len(ours), places), device=ours.device)
        return correspondence(ours, theirs)
