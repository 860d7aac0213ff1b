"""LargeVis: a graph of friends, and a map that settles one friendship and a few non-friendships at a time.

Tang, Liu, Zhang and Mei, "Visualizing Large-scale and High-dimensional Data" (WWW 2016). Two points of the map are
friends with probability f(r) = 1 / (1 + r²). Over edges (i, j) drawn by their weight wᵢⱼ, and M strangers k drawn by
degree^¾, the map climbs log f(|yᵢ - yⱼ|) + γ Σₖ log(1 - f(|yᵢ - yₖ|)) by stochastic gradient ascent. Clipping, rates
and the 0.1 that keeps a push finite are those of the authors' code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import mode

from zoo.blocks import affinities

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Plane = NDArray[np.complex128]
"""Points of the map, their two axes as real and imaginary part."""

SOFT, CLIP = 0.1, 5.0
"""What is added to r² where a push is divided by it; and the longest step of a term along an axis, over the rate."""
LEAST_RATE, START, POWER = 1e-4, 2.5e-5, 0.75
SHARE = 8
"""A batch has an eighth as many handshakes as there are points."""


def scaled(rows: Array) -> Array:
    """Rows `(n, d)` less their mean, over the largest absolute entry."""
    centred = rows - rows.mean(axis=0)
    return centred / max(float(np.abs(centred).max()), 1e-300)


def leaves(rows: Array, size: int, rng: np.random.Generator) -> Iterator[Places]:
    """Leaves of a random-projection tree over rows `(n, d)`: halves between two random ones, down to `size` at most."""
    parts = [np.arange(len(rows))]
    while parts:
        part = parts.pop()
        if len(part) <= size:
            yield part
        else:
            first, second = rows[rng.choice(part, 2, replace=False)]
            nearer = (rows[part] - (first + second) / 2) @ (first - second) > 0
            if nearer.all() or not nearer.any():  # rows that are the same
                nearer = rng.permutation(len(part)) < len(part) // 2
            parts += [part[nearer], part[~nearer]]


def nearest_of(rows: Array, known: csr_matrix, count: int) -> tuple[Places, Array]:
    """The nearest others that each row `(n, d)` looks at (`known`, `(n, n)`): places and distances `(n, count)`."""
    squares = np.square(rows).sum(axis=1)
    far = squares[:, None] + squares - 2 * rows @ rows.T
    far[known.toarray() == 0] = np.inf
    np.fill_diagonal(far, np.inf)
    places = np.argpartition(far, count - 1, axis=1)[:, :count]
    apart = np.take_along_axis(far, places, 1)
    order = apart.argsort(axis=1)
    places, apart = (np.take_along_axis(each, order, 1) for each in (places, apart))
    return places, np.sqrt(np.maximum(apart, 0))


def knowing(places: Places) -> csr_matrix:
    """Who has whom for a friend, `(n, n)`, of places `(n, k)`."""
    count, near = places.shape
    starts = np.arange(0, count * near + 1, near)
    return csr_matrix((np.ones(count * near, np.float32), places.ravel(), starts), (count, count))


def befriended(
    rows: Array, count: int, trees: int, rounds: int, seed: int
) -> Iterator[tuple[Places, Array, int]]:  # fmt: skip
    """Friends by random-projection trees, then round by round the nearest of friends and friends of friends.

    A row whose leaves are too small also looks at those that follow it in a random order.
    Rows are `(n, d)`. Each round yields places and distances, both `(n, count)`, nearest first, and how many distances
    were looked at.
    """
    rng, size = np.random.default_rng(seed), len(rows)
    order, after = rng.permutation(size), np.empty((size, count), np.intp)
    after[order] = order[(np.arange(size)[:, None] + np.arange(1, count + 1)) % size]
    known = knowing(after)
    for _ in range(trees):
        of = np.empty((size, 1), np.intp)
        for number, leaf in enumerate(leaves(rows, 2 * count, rng)):
            of[leaf] = number
        known = known + knowing(of) @ knowing(of).T
    for _ in range(rounds + 1):
        places, apart = nearest_of(rows, known, count)
        yield places, apart, int(known.nnz)
        known = knowing(places) + knowing(places) @ knowing(places)


def joint_of(places: Places, apart: Array) -> csr_matrix:
    """Weights of friendships `(n, n)`, symmetric, of friends `(n, k)`, at a perplexity of a third of k."""
    return affinities.joint(places, affinities.perplexed(apart, places.shape[1] / 3))


@dataclass(frozen=True)
class Drawing:
    """Walker's alias table: how probably a slot gives its own number, and which it gives else, `(n,)` each."""

    keep: Array
    other: Places

    @classmethod
    def by(cls, weights: Array) -> Drawing:
        """The table of weights `(n,)`: heavy slots fill what light ones lack, in order, by sums along both."""
        share = weights * (len(weights) / weights.sum())
        light, heavy = np.flatnonzero(share < 1), np.flatnonzero(share >= 1)
        keep, other = np.ones(len(share)), np.arange(len(share))
        lacking, excess = np.cumsum(1 - share[light]), np.cumsum(share[heavy] - 1)
        filled = np.searchsorted(excess, lacking - (1 - share[light]), "right")
        keep[light], other[light] = share[light], heavy[np.minimum(filled, len(heavy) - 1)]
        spent = np.searchsorted(lacking, excess)  # the light slot at which a heavy one falls below 1
        falls = spent < len(light)
        keep[heavy[falls]] = 1 + excess[falls] - lacking[spent[falls]]
        other[heavy[:-1]] = heavy[1:]
        return cls(keep, other)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Places:
        """Numbers of this shape."""
        at = rng.random(shape) * len(self.keep)
        slot = at.astype(np.intp)
        return np.where(at - slot < self.keep[slot], slot, self.other[slot])


def slopes(gaps: Plane, push: float, soft: float = SOFT) -> Plane:
    """Gradients at the head, from `gaps` y_head - y_other `(1 + m, b)`, row 0 of friends, the others of strangers."""
    squares = gaps.real**2 + gaps.imag**2
    factors = 1 / (1 + squares)
    factors[0] *= -2
    factors[1:] *= 2 * push / (soft + squares[1:])
    return gaps * factors


def shaken(places: Plane, heads: Places, tails: Places, strangers: Places, push: float, rate: float) -> Plane:
    """Places `(n,)` after b handshakes that all begin from the same; of strangers `(m, b)` the tail is passed over."""
    others = np.concatenate([tails[None], strangers])
    steps = slopes(places[heads] - places[others], push)
    steps[1:][strangers == tails] = 0
    parts = steps.view(np.float64)
    np.clip(parts, -CLIP, CLIP, out=parts)
    moved, count = np.concatenate([heads, others.ravel()]), len(places)
    by = rate * np.concatenate([steps.sum(axis=0), -steps.ravel()])
    return places + (np.bincount(moved, by.real, count) + 1j * np.bincount(moved, by.imag, count))


def unfold(
    joint: csr_matrix, handshakes: int, *, strangers: int = 5, push: float = 7.0, power: float = POWER,
    falling: bool = True, batch: int | None = None, seed: int = 0,
) -> Iterator[tuple[int, Array]]:  # fmt: skip
    """Stochastic gradient ascent from a ball of dust: handshakes so far and places `(n, 2)`, batch by batch.

    Args:
        joint: weights of friendships, `(n, n)`, symmetric.
        handshakes: in all, at least.
        strangers, push, power: M, γ, and that of the degree by which strangers are drawn; 0 draws all alike.
        falling: whether the rate falls with the share of handshakes that are over.
        batch: handshakes that begin from the same places; `SHARE` of the points if None.
        seed: draws the start, friends and strangers.
    """
    rng, edges, count = np.random.default_rng(seed), joint.tocoo(), joint.shape[0]
    friends, noise = Drawing.by(edges.data), Drawing.by(np.asarray(joint.sum(axis=1)).ravel() ** power)
    places = rng.uniform(-START, START, 2 * count).view(np.complex128)
    size, over = batch or max(1, count // SHARE), 0
    ahead = max(1, 20_000 // size)  # batches drawn at once
    while over < handshakes:
        drawn, others = friends.draw((ahead, size), rng), noise.draw((ahead, strangers, size), rng)
        for edge, some in zip(drawn, others, strict=True):
            yield over, places.view(np.float64).reshape(-1, 2)
            rate = max(1 - over / handshakes, LEAST_RATE) if falling else 1.0
            places = shaken(places, edges.row[edge], edges.col[edge], some, push, rate)
            over += size
            if over >= handshakes:
                break
    yield over, places.view(np.float64).reshape(-1, 2)


def accuracy(places: Array, labels: NDArray, count: int = 5) -> float:
    """Percent of places `(n, 2)` whose label `(n,)` is the commonest of their nearest others; of equals the least."""
    near, _ = affinities.nearest(places, count)
    return 100 * float((mode(labels[near], axis=1).mode == labels).mean())
