"""Poincaré embeddings: places in a ball whose distances say who is whose ancestor.

Equations are those of M. Nickel and D. Kiela, "Poincaré Embeddings for Learning Hierarchical Representations", 2017;
what the text leaves open is as in the authors' released program. Runs of several rates and seeds are trained as one:
a table with the nodes of all of them, in which no run meets another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.trees import Tree

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Energy = Literal["poincare", "distance", "squared"]
"""What stands for distance in the loss: that of the ball, the Euclidean one, or its square."""

RIM = 1 - 1e-5
"""Places are drawn back to this radius."""
CLIP = 5.0
"""The longest step before the rate, by its Euclidean length."""
START = 1e-4
"""Places begin within a cube of this half side."""
COOL = 0.01
"""What the rate is multiplied by in the burn-in."""
DAMPED = 0.75
"""Negatives are drawn like ancestors' counts to this power in the burn-in, evenly afterwards."""
TINY = 1e-14


@dataclass(frozen=True)
class Setting:
    """How places are found.

    Attributes:
        energy: hyperbolic distance, or the Euclidean one, or its square.
        dimensions: of the space.
        epochs: each sees all pairs once; the burn-in is among them.
        negatives: non-ancestors beside each ancestor.
        batch: pairs of a step.
        burn_in: first epochs at a hundredth of the rate, at most a fifth of all.
        metric: whether gradients are scaled by the ball's metric, which is what makes a step Riemannian.
    """

    energy: Energy = "poincare"
    dimensions: int = 2
    epochs: int = 100
    negatives: int = 20
    batch: int = 32
    burn_in: int = 10
    metric: bool = True


def distances(places: Array, energy: Energy = "poincare") -> Array:
    """Between all places, `(n, n)`: arcosh(1 + 2 |u - v|² / ((1 - |u|²)(1 - |v|²))), equation 1, or the energy."""
    from scipy.spatial.distance import cdist

    gaps = cdist(places, places, "sqeuclidean")
    if energy != "poincare":
        return np.sqrt(gaps) if energy == "distance" else gaps
    room = 1 - _squared(places)
    above = 2 * gaps / (room[:, None] * room)
    return np.log1p(above + np.sqrt(above * (above + 2)))


def _squared(vectors: Array) -> Array:
    """Squared lengths along the last axis, which is too short for ``sum`` to be quick."""
    return np.einsum("...d,...d->...", vectors, vectors)


def energies(own: Array, other: Array, energy: Energy) -> tuple[Array, Array, Array, Array]:
    """Distances d(u, v), and what their gradients are put together from.

    ∂d/∂u = slope (stretch u - v): of the ball, slope = 4 / ((1 - |u|²)(1 - |v|²) √(γ² - 1)) and
    stretch = 1 + |u - v|² / (1 - |u|²), with γ the argument of arcosh; which is equation 4.

    Args:
        own: u, `(b, d)`.
        other: v, `(b, k, d)`.
        energy: what d is.

    Returns:
        d, the slope, the stretch of u and that of v, `(b, k)` each.
    """
    gaps = _squared(own[:, None] - other)
    flat = np.ones_like(gaps)
    if energy == "squared":
        return gaps, 2 * flat, flat, flat
    if energy == "distance":
        far = np.sqrt(gaps + TINY)
        return far, 1 / far, flat, flat
    mine, others = 1 - _squared(own)[:, None], 1 - _squared(other)
    above = np.maximum(2 * gaps / (mine * others), TINY)
    root = np.sqrt(above * (above + 2))  # √(γ² - 1), without losing digits where γ is near 1
    return np.log1p(above + root), 4 / (mine * others * root), 1 + gaps / mine, 1 + gaps / others


def gradient(
    places: Array, left: Index, right: Index, energy: Energy, dropped: Flags | None = None
) -> tuple[Array, Array]:
    """The loss of pairs, and the gradient of its sum by all places.

    A pair of u and its ancestor v costs d(u, v) + log Σ exp(-d(u, v')), over v and the negatives (equation 5).

    Args:
        places: `(n, d)`.
        left: u of each pair, `(b,)`.
        right: its ancestor and then its negatives, `(b, 1 + k)`.
        energy: what d is.
        dropped: negatives that do not count, `(b, 1 + k)`.

    Returns:
        `(b,)` and `(n, d)`.
    """
    from scipy.sparse import csr_array

    count, many = right.shape
    size, own = len(places), places[left]
    far, slope, stretch_own, stretch_other = energies(own, places[right], energy)
    logit = -far if dropped is None else np.where(dropped, -np.inf, -far)
    top = logit.max(axis=1, keepdims=True)
    share = np.exp(logit - top)
    whole = share.sum(axis=1, keepdims=True)
    force = -share / whole
    force[:, 0] += 1
    force *= slope
    # Every term is force (stretch x itself - the other): sums over pairs are products with one sparse matrix.
    pairs = csr_array((force.ravel(), right.ravel(), np.arange(count + 1) * many), shape=(count, size))
    weight = np.bincount(left, (force * stretch_own).sum(axis=1), size)
    weight += np.bincount(right.ravel(), (force * stretch_other).ravel(), size)
    total = weight[:, None] * places - pairs.T @ own
    np.subtract.at(total, left, pairs @ places)
    return far[:, 0] + (top + np.log(whole))[:, 0], total


def step(places: Array, slope: Array, rates: Array | float, energy: Energy, metric: bool = True) -> Array:
    """Places after a step down: the gradient times (1 - |u|²)² / 4 (equation 3), clipped, and drawn back into the ball.

    Args:
        places: `(n, d)`.
        slope: the gradient, `(n, d)`; clipped for all energies.
        rates: of each node, `(n, 1)`, or of all.
        energy: the ball's, or a flat one.
        metric: whether the ball's metric scales.
    """
    if energy == "poincare" and metric:
        slope = slope * (np.square(1 - _squared(places)) / 4)[:, None]
    length = np.sqrt(_squared(slope))[:, None]
    places = places - rates * slope * np.minimum(1, CLIP / np.maximum(length, TINY))
    if energy != "poincare":
        return places
    radius = np.sqrt(_squared(places))[:, None]
    return places * np.minimum(1, RIM / np.maximum(radius, TINY))


@dataclass(frozen=True)
class Moment:
    """All runs after some epochs.

    Attributes:
        epoch: how many.
        losses: mean over the pairs of the last epoch, `(runs,)`; NaN before the first.
        places: `(runs, n, dimensions)`.
    """

    epoch: int
    losses: Array
    places: Array


def train(tree: Tree, setting: Setting, rates: Sequence[float], seeds: Sequence[int]) -> Iterator[Moment]:
    """Places of a tree's nodes before the first and after each epoch over its closure, a run for each rate and seed.

    Args:
        tree: of n nodes.
        setting: of all runs.
        rates: of each run.
        seeds: of each run; runs of one seed have the same start, order and negatives.
    """
    count, runs = len(tree), len(rates)
    often = np.bincount(tree.closure[:, 1], minlength=count) ** DAMPED
    damped = np.cumsum(often / often.sum())
    draws = {seed: np.random.default_rng(seed) for seed in dict.fromkeys(seeds)}
    starts = {seed: rng.uniform(-START, START, (count, setting.dimensions)) for seed, rng in draws.items()}
    places = np.concatenate([starts[seed] for seed in seeds])
    own, shift = np.repeat(rates, count)[:, None], count * np.arange(runs)
    burn_in = min(setting.burn_in, setting.epochs // 5)
    yield Moment(0, np.full(runs, np.nan), places.reshape(runs, count, -1))
    for epoch in range(setting.epochs):
        early = epoch < burn_in
        dealt = {seed: deal(tree, setting, damped if early else None, rng) for seed, rng in draws.items()}
        left = np.stack([dealt[seed][0] for seed in seeds]) + shift[:, None]
        right = np.stack([dealt[seed][1] for seed in seeds]) + shift[:, None, None]
        dropped = np.stack([dealt[seed][2] for seed in seeds])
        losses = np.zeros(runs)
        for start in range(0, left.shape[1], setting.batch):
            part = (slice(None), slice(start, start + setting.batch))
            some, beside = left[part].ravel(), right[part].reshape(-1, right.shape[2])
            cost, slope = gradient(places, some, beside, setting.energy, dropped[part].reshape(beside.shape))
            losses += cost.reshape(runs, -1).sum(axis=1)
            places = step(places, slope, own * (COOL if early else 1), setting.energy, setting.metric)
        yield Moment(epoch + 1, losses / left.shape[1], places.reshape(runs, count, -1))


def deal(
    tree: Tree, setting: Setting, weights: Array | None, rng: np.random.Generator
) -> tuple[Index, Index, Flags]:
    """The pairs of an epoch in a new order, each with negatives: nodes that are neither ancestors of u nor u itself.

    Args:
        tree: of n nodes and m pairs.
        setting: how many negatives.
        weights: cumulative, of each node, `(n,)`; the last is 1; None if all are alike.
        rng: draws.

    Returns:
        u, `(m,)`; its ancestor and negatives, `(m, 1 + k)`; and which of these are still barred after five more draws,
        as happens where nearly all nodes are ancestors.
    """
    left, ancestor = tree.closure[rng.permutation(len(tree.closure))].T
    barred = tree.ancestors | np.eye(len(tree), dtype=bool)

    def draw(many: int) -> Index:
        if weights is None:
            return rng.integers(len(tree), size=many)
        return np.minimum(np.searchsorted(weights, rng.random(many), side="right"), len(tree) - 1)

    nodes = draw(len(left) * setting.negatives).reshape(len(left), -1)
    for _ in range(5):
        wrong = barred[left[:, None], nodes]
        nodes[wrong] = draw(int(wrong.sum()))
    right = np.column_stack([ancestor, nodes])
    dropped = barred[left[:, None], right]
    dropped[:, 0] = False
    return left, right, dropped


def factorised(tree: Tree, dimensions: int, information: bool) -> Array:
    """Minus the scores of a truncated singular value decomposition of the closure, in the place of distances, `(n, n)`.

    Args:
        tree: of n nodes.
        dimensions: singular values that are kept; a node has as many numbers as a child, and as many as an ancestor.
        information: whether entries are the positive pointwise mutual information of the pairs; else 0 and 1.
    """
    from scipy.sparse.linalg import svds

    table = tree.ancestors.astype(float)
    if information:
        expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
        table = np.where(table > 0, np.log(np.maximum(table / np.maximum(expected, TINY), 1)), 0)
    left, values, right = svds(table, k=min(dimensions, len(tree) - 2), v0=np.ones(len(tree)))
    return -(left * values) @ right
