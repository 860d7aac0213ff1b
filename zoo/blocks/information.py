"""Variational bounds on mutual information, of a critic's scores of pairs; all in nats.

    scores[i, j] = critic(x_i, y_j)        # pairs on the diagonal, strangers beside it
    value = info_nce_bound(scores)

Each is a function of the matrix alone, differentiable, and is maximised to train the critic, but for ``smile`` and
``gan_dime``: those are read from a critic that maximises ``jensen_shannon``.

Users: demi; made for every method that estimates or maximises mutual information.

References:
    [1] van den Oord, Li, Vinyals. Representation Learning with Contrastive Predictive Coding. arXiv 1807.03748, 2018.
    [2] Nguyen, Wainwright, Jordan. Estimating divergence functionals ... IEEE Transactions on Information Theory, 2010.
    [3] Poole, Ozair, van den Oord, Alemi, Tucker. On Variational Bounds of Mutual Information. ICML 2019.
    [4] Song, Ermon. Understanding the Limitations of Variational Mutual Information Estimators. ICLR 2020.
    [5] Letizia, Novello, Tonello. Mutual Information Estimation via f-Divergence and Data Derangements. NeurIPS 2024.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def info_nce_bound(scores: Tensor) -> Tensor:
    """Contrast of each pair with all of its row [1]; at most log n.

    Args:
        scores: (n, n).
    """
    return (scores.diagonal() - scores.logsumexp(1)).mean() + math.log(len(scores))


def tuba(scores: Tensor, log_baseline: Tensor) -> Tensor:
    """The unnormalised bound of Barber and Agakov made tractable [3], with a baseline a(x) of its own.

    1 + E[f - log a] - E[e^f / a], the last over strangers.

    Args:
        scores: (n, n).
        log_baseline: log a(x), (n,).
    """
    shifted = scores - log_baseline[:, None]
    return 1 + shifted.diagonal().mean() - log_mean_of_strangers(shifted).exp()


def nwj(scores: Tensor) -> Tensor:
    """The bound of [2]: ``tuba`` whose baseline is e."""
    return tuba(scores, torch.ones_like(scores[0]))


def jensen_shannon(scores: Tensor) -> Tensor:
    """How well pairs are told from strangers, as a discriminator's log likelihood [4]; no estimate of information."""
    n = len(scores)
    strangers = F.softplus(scores).sum() - F.softplus(scores.diagonal()).sum()
    return -F.softplus(-scores.diagonal()).mean() - strangers / (n * (n - 1))


def smile(scores: Tensor, clip: float) -> Tensor:
    """Donsker and Varadhan's estimate with scores of strangers kept within ±clip in the sum [4].

    Args:
        scores: (n, n), of a critic that maximises ``jensen_shannon``.
        clip: in nats; infinite for Donsker and Varadhan's own.
    """
    return scores.diagonal().mean() - log_mean_of_strangers(scores.clamp(-clip, clip))


def gan_dime(scores: Tensor) -> Tensor:
    """The mean log odds of pairs [5], of a critic that maximises ``jensen_shannon``. No bound; nothing is summed."""
    return scores.diagonal().mean()


def log_mean_of_strangers(scores: Tensor) -> Tensor:
    """log of the mean of e^score beside the diagonal of (n, n)."""
    n = len(scores)
    beside = scores.masked_fill(torch.eye(n, dtype=torch.bool, device=scores.device), -math.inf)
    return beside.flatten().logsumexp(0) - math.log(n * (n - 1))


class Separable(nn.Module):
    """A critic ⟨f(x), g(y)⟩ of two networks with two hidden layers each, whose scores of a batch are one product.

    Args:
        of_x: numbers of x.
        of_y: numbers of y.
        hidden: units of each layer.
        size: numbers of f(x) and g(y).
    """

    def __init__(self, of_x: int, of_y: int, hidden: int = 64, size: int = 32) -> None:
        super().__init__()
        self.f, self.g = (_network(side, hidden, size) for side in (of_x, of_y))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Scores (n, k) of each x (n, of_x) with each y (k, of_y)."""
        return self.f(x) @ self.g(y).T


def _network(inputs: int, hidden: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    )
