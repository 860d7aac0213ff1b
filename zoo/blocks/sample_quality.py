"""How near drawn samples are to real ones: kernel and Frechet distance, precision and recall, energy distance.

Features are those of a classifier of ours (`picture_features`), so a number compares samplers here and is no FID of a
paper.

[1] M. Binkowski et al., Demystifying MMD GANs, ICLR 2018: KID, equation 4, with the kernel of section 3.2.
[2] M. Heusel et al., GANs Trained by a Two Time-Scale Update Rule, NeurIPS 2017: Frechet distance, equation 6.
[3] T. Kynkäänniemi et al., Improved Precision and Recall Metric, NeurIPS 2019, equations 1 and 2.
[4] G. Székely and M. Rizzo, Energy Statistics, J. Stat. Plan. Inference 2013.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating]


def kernel_distance(drawn: Rows, real: Rows) -> float:
    """KID [1]: the squared maximum mean discrepancy with the kernel (x'y / d + 1)^3, unbiased; may be below 0.

    Args:
        drawn: features of drawn samples `(n, d)`, two at least.
        real: and of real ones `(m, d)`.
    """
    x, y = np.asarray(drawn, np.float64), np.asarray(real, np.float64)

    def kernel(a: Rows, b: Rows) -> Rows:
        return (a @ b.T / a.shape[1] + 1) ** 3

    def others(a: Rows) -> float:
        """Mean of the kernel over pairs of different rows."""
        values = kernel(a, a)
        return (values.sum() - np.trace(values)) / (len(a) * (len(a) - 1))

    return float(others(x) + others(y) - 2 * kernel(x, y).mean())


def frechet_distance(drawn: Rows, real: Rows) -> float:
    """Frechet distance of the two Gaussians that have the features' means and covariances [2]; grows as n falls."""
    x, y = np.asarray(drawn, np.float64), np.asarray(real, np.float64)
    first, second = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    # the trace of sqrt(first second) is that of the symmetric sqrt(root second root)
    crossed = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    apart = np.square(x.mean(0) - y.mean(0)).sum()
    return float(apart + np.trace(first) + np.trace(second) - 2 * crossed)


def precision_recall(drawn: Rows, real: Rows, neighbours: int = 3) -> tuple[float, float]:
    """How many drawn samples lie among real ones, and how many real ones among drawn ones, 0..1 each [3].

    A point lies among others if it is no farther from one of them than that one's k-th neighbour of its kind.
    """
    return _covered(drawn, real, neighbours), _covered(real, drawn, neighbours)


def _covered(points: Rows, ground: Rows, neighbours: int) -> float:
    from scipy.spatial.distance import cdist

    within = cdist(ground, ground)
    radii = np.partition(within, neighbours, axis=1)[:, neighbours]  # a point itself is nearest
    return float((cdist(points, ground) <= radii).any(1).mean())


def energy_distance(drawn: Rows, real: Rows) -> float:
    """2 E|x - y| - E|x - x'| - E|y - y'| over different rows [4]; unbiased, so it may be below 0."""
    from scipy.spatial.distance import cdist, pdist

    return float(2 * cdist(drawn, real).mean() - pdist(drawn).mean() - pdist(real).mean())
