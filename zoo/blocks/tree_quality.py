"""How well distances between nodes say what a tree is.

Users: h-mds, poincare-embeddings, and the task ``trees``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.trees import Tree

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """Where the ancestors of a node stand among all that are no ancestors of it, nearest first.

    M. Nickel and D. Kiela, "Poincaré Embeddings", 2017, section 4.1.

    Attributes:
        rank: of an ancestor among the non-ancestors, mean over all pairs; 1 is best.
        precision: average precision, mean over all nodes that have ancestors; 1 is best.
    """

    rank: float
    precision: float


def ranked(tree: Tree, distances: Array, seed: int = 0) -> Ranked:
    """Ranks of ancestors by distance; ties are broken at random, and a node itself is left out.

    Args:
        tree: of n nodes.
        distances: `(n, n)`, from the rows.
        seed: of the ties.
    """
    wanted = tree.ancestors
    gaps = np.array(distances, float)
    np.fill_diagonal(gaps, np.inf)
    order = np.lexsort((np.random.default_rng(seed).random(gaps.shape), gaps), axis=1)
    hit = np.take_along_axis(wanted, order, axis=1)
    place = np.arange(1, len(gaps) + 1)
    count = hit.cumsum(axis=1)
    among_others = place - count + 1
    has = wanted.any(axis=1)
    precision = np.where(hit, count / place, 0).sum(axis=1)[has] / wanted.sum(axis=1)[has]
    return Ranked(float(among_others[hit].mean()), float(precision.mean()))


def neighbours(tree: Tree, distances: Array) -> float:
    """Mean average precision over direct neighbours, parents and children; 1 is best.

    For each neighbour, the share of neighbours among all nodes that are no farther. F. Sala, C. De Sa, A. Gu and
    C. Ré, "Representation Tradeoffs for Hyperbolic Embeddings", 2018, section 2.
    """
    gaps = np.array(distances, float)
    np.fill_diagonal(gaps, np.inf)
    near = tree.distances == 1
    scores = []
    for row, beside in zip(gaps, near, strict=True):
        all_, own = np.sort(row), np.sort(row[beside])
        within = np.searchsorted(all_, own, side="right")
        scores.append(np.mean(np.searchsorted(own, own, side="right") / within))
    return float(np.mean(scores))


def distortion(tree: Tree, distances: Array) -> float:
    """Mean of |s d' - d| / d over all pairs, for the scale s that makes it least; 0 is best.

    With ratios r = d' / d it is the mean of r |s - 1 / r|, least at the median of 1 / r weighted by r.
    """
    above = np.triu_indices(len(tree), 1)
    ratio = np.asarray(distances, float)[above] / tree.distances[above]
    ratio = np.maximum(ratio, 1e-300)
    order = np.argsort(-ratio)
    half = np.searchsorted(np.cumsum(ratio[order]), ratio.sum() / 2)
    scale = 1 / ratio[order][min(half, len(ratio) - 1)]
    return float(np.abs(scale * ratio - 1).mean())
