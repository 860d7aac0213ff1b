"""Contrast with a momentum encoder: the loss, the queue of negatives, and the encoder that follows slowly.

    loss = info_nce(queries, keys, queue.negatives(), temperature=0.2)
    follow(slow, fast, momentum=0.99)
    queue.add(keys)

Users: demi, densecl; made for every method that learns from two views.

References:
    [1] He, Fan, Wu, Xie, Girshick. Momentum Contrast for Unsupervised Visual Representation Learning. CVPR 2020.
    [2] van den Oord, Li, Vinyals. Representation Learning with Contrastive Predictive Coding. arXiv 1807.03748, 2018.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def info_nce(queries: Tensor, positives: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of telling each query's positive from all negatives; [2] with the queue of [1].

    -log( exp(q·p/τ) / (exp(q·p/τ) + Σ_n exp(q·n/τ)) ), mean over the queries.

    Args:
        queries: (n, d), of length 1 where cosines are meant.
        positives: (n, d), one for each query.
        negatives: (k, d), the same for all.
        temperature: τ.
    """
    alike = (queries * positives).sum(1, keepdim=True)
    logits = torch.cat([alike, queries @ negatives.T], 1) / temperature
    return F.cross_entropy(logits, logits.new_zeros(len(logits), dtype=torch.long))


class Queue(nn.Module):
    """The latest keys, first in first out, of length 1. Full from the start: with random directions.

    Args:
        length: how many are kept, a multiple of every batch that is added.
        size: numbers of each.
    """

    keys: Tensor
    place: Tensor

    def __init__(self, length: int, size: int) -> None:
        super().__init__()
        self.register_buffer("keys", F.normalize(torch.randn(length, size), dim=1))
        self.register_buffer("place", torch.zeros((), dtype=torch.long))

    def negatives(self) -> Tensor:
        """A copy of all keys, (length, size), so that others may be added before gradients are taken."""
        return self.keys.clone()

    @torch.no_grad()
    def add(self, keys: Tensor) -> None:
        """Keys (n, size) in the place of the oldest.

        Raises:
            ValueError: the queue's length is no multiple of n.
        """
        if len(self.keys) % len(keys):
            raise ValueError(f"a queue of {len(self.keys)} does not hold whole batches of {len(keys)}")
        begin = int(self.place)
        self.keys[begin : begin + len(keys)] = keys
        self.place.fill_((begin + len(keys)) % len(self.keys))


@torch.no_grad()
def follow(slow: nn.Module, fast: nn.Module, momentum: float) -> None:
    """Move the parameters of `slow` a step towards those of `fast`: s ← m s + (1 − m) f, and copy its buffers [1]."""
    for ours, theirs in zip(slow.parameters(), fast.parameters(), strict=True):
        ours.lerp_(theirs, 1 - momentum)
    for own, other in zip(slow.buffers(), fast.buffers(), strict=True):
        own.copy_(other)
