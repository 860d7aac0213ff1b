"""Walks of the second order, and vectors by whom they bump into.

A walker that came from t to v goes on to x with weight w(v, x) α: α = 1/p where x is t, 1 where x is joined to t,
1/q elsewhere (section 3.2.2). Its state is the directed edge (t, v); all walkers step at once, by one search in the
cumulated weights of all states. Vectors are those of skip-gram with negative sampling (section 3.1): log σ(u·v) for
each pair that meets along walks, against log σ(-u·v) for k neighbours drawn by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from zoo.errors import InputError

Array = NDArray[np.float64]
Nodes = NDArray[np.int64]

MOST_STATES = 12_000_000
"""Ways on from all directed edges, the sum of all squared degrees; some hundreds of megabytes."""
WALKS, LENGTH, WINDOW, NEGATIVES = 10, 80, 10, 5
"""Walks from each node, nodes of a walk, reach of a context, chance neighbours for each true: the authors'."""
NOISE = 0.75
"""Chance neighbours are drawn in proportion to this power of how often a node is met, as word2vec draws them."""
RATE, ROUNDS = 0.1, 120
BACK, NEAR, FAR = 0, 1, 2


@dataclass(frozen=True)
class Ways:
    """Where a walker may go from each directed edge, whatever p and q are.

    Attributes:
        near: weights of edges, `(n, n)`, symmetric, without loops.
        source: node that each directed edge comes from, `(e,)`; edges are those of `near`, row by row.
        first: of the ways on from each edge, `(e + 1,)`; the ways are flat arrays of s places.
        onward: directed edge that each way goes on to, `(s,)`.
        kind: BACK, NEAR or FAR: where it leads, seen from where the walker came from, `(s,)`.
    """

    near: sparse.csr_array
    source: Nodes
    first: Nodes
    onward: Nodes
    kind: NDArray[np.int8]

    @classmethod
    def of(cls, near: sparse.csr_array) -> Ways:
        """All ways of a graph.

        Raises:
            InputError: it has no edge, a weight that is not above 0, or too many ways.
        """
        near = sparse.csr_array(near, copy=True)
        near.sort_indices()
        if not near.nnz:
            raise InputError("a walk needs edges; this graph has none.")
        if near.data.min() <= 0:
            raise InputError("weights of edges are chances of a walk: send weights above 0.")
        degrees = np.diff(near.indptr).astype(np.int64)
        if (degrees**2).sum() > MOST_STATES:
            raise InputError(f"the graph is too dense: its squared degrees add up to over {MOST_STATES:,}.")
        size, target = near.shape[0], near.indices.astype(np.int64)
        source = np.repeat(np.arange(size), degrees)
        counts = degrees[target]
        first = np.concatenate([[0], np.cumsum(counts)])
        state = np.repeat(np.arange(len(target)), counts)
        onward = np.arange(first[-1]) - first[state] + near.indptr[target[state]]
        keys = source * size + target  # sorted, for rows and their columns are
        asked = source[state] * size + target[onward]
        found_at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        kind = np.where(keys[found_at] == asked, NEAR, FAR).astype(np.int8)
        kind[target[onward] == source[state]] = BACK
        return cls(near, source, first, onward, kind)

    def chances(self, p: float, q: float) -> Array:
        """Chance of each way, `(s,)`; those on from a directed edge add up to 1."""
        scale = np.array([1 / p, 1.0, 1 / q])
        weights = self.near.data[self.onward] * scale[self.kind]
        return weights / np.repeat(np.add.reduceat(weights, self.first[:-1]), np.diff(self.first))


def walks(ways: Ways, p: float, q: float, starts: Nodes, length: int, seed: int) -> Nodes:
    """Nodes in the order in which walkers come to them, `(starts, length)`; -1 after a start without edges."""
    rng = np.random.default_rng(seed)
    near = ways.near
    target, degrees = near.indices.astype(np.int64), np.diff(near.indptr)
    on = _cumulated(ways.chances(p, q), ways.first)
    away = np.flatnonzero(degrees[starts])
    path = np.full((length, len(starts)), -1)
    path[0] = starts
    if length == 1 or not len(away):
        return path.T
    row = near.data / np.repeat(near.sum(axis=1)[degrees > 0], degrees[degrees > 0])
    begin = np.asarray(near.indptr, np.int64)
    edge = _drawn(_cumulated(row, begin), begin, starts[away], rng)
    path[1, away] = target[edge]
    for step in range(2, length):
        edge = ways.onward[_drawn(on, ways.first, edge, rng)]
        path[step, away] = target[edge]
    return path.T


def _cumulated(chances: Array, first: Nodes) -> Array:
    """Cumulated chances of each group of flat places, the number of the group added, so that all ascend."""
    sums = np.concatenate([[0.0], np.cumsum(chances)])
    return np.repeat(np.arange(len(first) - 1) - sums[first[:-1]], np.diff(first)) + sums[1:]


def _drawn(cumulated: Array, first: Nodes, groups: Nodes, rng: np.random.Generator) -> Nodes:
    """A flat place of each of these groups, by its chance."""
    places = np.searchsorted(cumulated, groups + rng.random(len(groups)), side="right")
    return np.clip(places, first[groups], first[groups + 1] - 1)  # sums of chances miss 1 by rounding


def met(paths: Nodes, size: int, window: int = WINDOW) -> NDArray[np.float32]:
    """How often each node meets each other along walks `(w, length)`, symmetric, float32 `(n, n)`.

    Skip-gram draws the reach of each context from 1 to `window`; a pair at distance d counts as often as it then is
    in reach, (window - d + 1) / window on average.
    """
    counts = np.zeros(size * size)
    for distance in range(1, min(window, paths.shape[1] - 1) + 1):
        start, end = paths[:, :-distance].ravel(), paths[:, distance:].ravel()
        both = end >= 0
        pairs = np.bincount(start[both] * size + end[both], minlength=size * size)
        counts += pairs * ((window - distance + 1) / window)
    square = counts.reshape(size, size)
    return (square + square.T).astype(np.float32)


def noise_of(counts: NDArray, negatives: float = NEGATIVES) -> NDArray[np.float32]:
    """How often each pair is drawn as chance neighbours, on average, `(n, n)`."""
    often = counts.sum(axis=1)
    drawn = often**NOISE
    return (negatives * np.outer(often, drawn / max(float(drawn.sum()), 1e-300))).astype(np.float32)


def skip_gram(
    counts: NDArray,
    axes: int,
    seed: int,
    *,
    negatives: float = NEGATIVES,
    rounds: int = ROUNDS,
    rate: float = RATE,
) -> Array:
    """Vectors of nodes, `(n, axes)`, that make Σ #(a, b) log σ(u_a·v_b) + Σ noise(a, b) log σ(-u_a·v_b) large.

    All pairs at once, and chance neighbours as often as they are drawn on average, by Adam from a seeded start.

    Args:
        counts: how often nodes meet, `(n, n)`.
        axes: of a vector.
        seed: of the start.
        negatives: chance neighbours for each true.
        rounds: of descent.
        rate: of Adam at the start; it falls to zero on a straight line.
    """
    left, _ = both_sides(counts, axes, seed, negatives=negatives, rounds=rounds, rate=rate)
    return left


def both_sides(
    counts: NDArray, axes: int, seed: int, *, negatives: float, rounds: int, rate: float
) -> tuple[Array, Array]:
    """Vectors of nodes and vectors of neighbours, `(n, axes)` each; see ``skip_gram``."""
    import torch

    true = torch.from_numpy(np.asarray(counts, np.float32))
    both = true + torch.from_numpy(noise_of(counts, negatives))
    scale = 1 / both.mean().clamp(min=1e-12)
    true, both = true * scale, both * scale
    generator = torch.Generator().manual_seed(seed)
    sides = [torch.randn(len(counts), axes, generator=generator) / axes for _ in range(2)]
    first, second = ([torch.zeros_like(side) for side in sides] for _ in range(2))
    for number in range(1, rounds + 1):
        gap = torch.sigmoid(sides[0] @ sides[1].T).mul_(both).neg_().add_(true)
        slopes = gap @ sides[1], gap.T @ sides[0]
        pace = rate * (1 - (number - 1) / rounds) * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        for side, slope, mean, square in zip(sides, slopes, first, second, strict=True):
            mean.mul_(0.9).add_(slope, alpha=0.1)
            square.mul_(0.999).addcmul_(slope, slope, value=0.001)
            side.addcdiv_(mean, square.sqrt().add_(1e-8), value=float(pace))
    return sides[0].double().numpy(), sides[1].double().numpy()


def embedding(
    ways: Ways, p: float, q: float, axes: int, seed: int, *, length: int = LENGTH, count: int = WALKS
) -> Array:
    """Vectors of all nodes `(n, axes)` by `count` walks from each; nodes without edges lie at 0."""
    size = ways.near.shape[0]
    paths = walks(ways, p, q, np.tile(np.arange(size), count), length, seed)
    vectors = skip_gram(met(paths, size), axes, seed)
    vectors[np.diff(ways.near.indptr) == 0] = 0
    return vectors


def netmf(near: sparse.csr_array, axes: int, window: int = WINDOW, negatives: float = 1.0) -> Array:
    """Qiu and others (2018): what skip-gram on endless first-order walks factorises, by its singular vectors.

    log max(1, vol / (k T) Σ_r (D^-1 A)^r D^-1), `(n, axes)`, singular vectors times the roots of their values.
    """
    degrees = np.maximum(np.asarray(near.sum(axis=1)), 1e-12)
    step = near.toarray() / degrees[:, None]
    power, sums = step.copy(), step.copy()
    for _ in range(window - 1):
        power = power @ step
        sums += power
    logs = np.log(np.maximum(degrees.sum() / (negatives * window) * sums / degrees[None, :], 1))
    left, values, _ = np.linalg.svd(logs)
    return left[:, :axes] * np.sqrt(values[:axes])
