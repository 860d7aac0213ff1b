"""DEMI's bounds, of scores of a true candidate and of K - 1 others.

Sordoni et al., "Decomposed Mutual Information Estimation for Contrastive Representation Learning" (arXiv 2106.13401).
With x' a function of x, the chain rule splits what two views share into two smaller pieces:

    I(x; y) = I(x'; y) + I(x; y | x')

Each is bounded from below by a contrast of its own, at most log K; the sum reaches 2 log K. The second contrast asks
among candidates of p(y | x'). Where those cannot be drawn, candidates of p(y) are weighed by the first critic ψ(x', y)
(importance), or a second critic φ learns what is missing on top of the first (boosted). All in nats.

The abstract is the paper's; bounds were checked against public code that cites its proposition 3.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def contrast(true: Tensor, others: Tensor) -> Tensor:
    """I_NCE of scores (n,) of the true candidates and (n, K - 1) of others, per row, (n,).

    Others drawn from p(y) bound I(x; y); drawn from p(y | x'), the same formula bounds I(x; y | x'), as I_CNCE.
    """
    scores = torch.cat([true[:, None], others], 1)
    return true - scores.logsumexp(1) + math.log(scores.shape[1])


def weights(others: Tensor) -> Tensor:
    """log w_k: how likely x' alone finds each other candidate, (n, K - 1); no gradient runs through."""
    return others.detach().log_softmax(1)


def importance(true: Tensor, others: Tensor, log_weights: Tensor) -> Tensor:
    """I_IS, per row, (n,): candidates of p(y) in the place of those of p(y | x').

    log e^φ₁ / ((1/K) (e^φ₁ + (K - 1) Σ_k w_k e^φ_k)). A bound as K grows; at finite K it may pass the truth.

    Args:
        true: φ(x', x, y₁), (n,).
        others: φ(x', x, y_k), (n, K - 1).
        log_weights: of ``weights`` of ψ(x', y_k), (n, K - 1).
    """
    count = others.shape[1]
    return contrast(true, others + log_weights + math.log(count))


def boosted(first: Tensor, first_others: Tensor, true: Tensor, others: Tensor) -> Tensor:
    """I_BO, per row, (n,): InfoNCE of ψ + φ, of which φ alone is trained. A bound of all of I(x; y), up to log K.

    Args:
        first: ψ(x', y₁), (n,).
        first_others: ψ(x', y_k), (n, K - 1).
        true: φ(x', x, y₁), (n,).
        others: φ(x', x, y_k), (n, K - 1).
    """
    return contrast(first.detach() + true, first_others.detach() + others)
