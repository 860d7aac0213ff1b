"""A tree laid out in the Poincaré disk without training, and points recovered from hyperbolic distances.

Source: Sala, De Sa, Gu and Ré 2018, arXiv 1804.03329: the combinatorial construction (after Sarkar) and h-MDS. How
h-MDS picks its eigenvectors, by modulus and then by sign, is the authors' code.

Places near the rim need more digits than a double has. They are whole numbers here, of any length, in units of
2^-bits: Python's own integers are exact, and none of what follows needs more than +, ×, ÷ and square roots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.trees import Tree

Array = NDArray[np.float64]
Complex = tuple[int, int]
"""A complex number in units of 2^-bits."""
SPARE = 60
"""Bits beyond twice those that the farthest node needs, so that what is rounded on the way is not seen."""
GIVEN = 53
"""Bits of a double."""
RIM = 1 - 1e-6
"""No node is drawn farther out."""


def scale_for(most: int, excess: float) -> float:
    """The scale τ at which no distance is off by more than a factor of 1 + excess.

    Section 3 as the authors' code has it: cones of an angle β = π / 1.2 deg around the branches do not meet.

    Args:
        most: the largest number of neighbours of a node.
        excess: ε.
    """
    beta = math.pi / (1.2 * max(most, 2))
    alpha = 2 * math.pi / max(most, 2) - 2 * beta
    apart = -2 * math.log(math.tan(beta / 2))
    return max((1 + excess) / excess * apart, -2 * math.log(math.tan(alpha / 2)))


def most_neighbours(tree: Tree) -> int:
    """The largest number of neighbours that a node has."""
    return int(np.bincount(tree.edges.ravel()).max())


def ways(tree: Tree, growth: float = 1.0) -> list[tuple[int, int, float]]:
    """Node, the node before it and the length of the edge between them, outwards from the tree's centre.

    An edge is growth^k long if k edges lie above it; of a node with two parents the first counts.
    """
    beside: list[list[int]] = [[] for _ in range(len(tree))]
    for child, above in enumerate(tree.parents):
        for parent in above[:1]:
            beside[child].append(parent)
            beside[parent].append(child)
    order: list[tuple[int, int, float]] = [(tree.centre, -1, 0.0)]
    for node, before, _ in order:
        for other in beside[node]:
            if other != before:
                length = growth ** float(min(tree.depth[node], tree.depth[other]))
                order.append((other, node, length))
    return order


def bits_needed(tree: Tree, tau: float, growth: float = 1.0) -> float:
    """τ l / ln 2, with l the length from the centre to the farthest node: 1 - |z| of that is about 2 exp(-τ l)."""
    far = {-1: 0.0}
    for node, before, length in ways(tree, growth):
        far[node] = far[before] + length
    return tau * max(far.values()) / math.log(2)


def moved(z: Complex, to: Complex, bits: int) -> Complex:
    """The isometry z ↦ (z + a) / (1 + ā z), which takes the middle of the disk to a."""
    (x, y), (a, b) = z, to
    up, across = x + a, y + b
    below, beside = (1 << bits) + ((a * x + b * y) >> bits), (a * y - b * x) >> bits
    size = below * below + beside * beside
    return ((up * below + across * beside) << bits) // size, ((across * below - up * beside) << bits) // size


def _unit(x: int, y: int, bits: int) -> Complex:
    """A direction, of length one."""
    length = math.isqrt(x * x + y * y)
    return (x << bits) // length, (y << bits) // length


def _turned(direction: Complex, turn: float, bits: int) -> Complex:
    """A direction turned by a share of the full circle; of length one however few digits a cosine has."""
    c, s = (round(part * 2.0**GIVEN) for part in (math.cos(math.tau * turn), math.sin(math.tau * turn)))
    x, y = direction
    return _unit((x * c - y * s) >> GIVEN, (x * s + y * c) >> GIVEN, bits)


def _radius(length: float, bits: int) -> int:
    """tanh(length / 2) = (1 - e) / (1 + e) with e = exp(-length), which may be far below what a double can tell."""
    whole, part = divmod(length / math.log(2), 1)
    small = (round(2.0 ** (GIVEN - part)) << (bits - GIVEN)) >> int(whole)
    unit = 1 << bits
    return ((unit - small) << bits) // (unit + small)


@dataclass(frozen=True)
class Places:
    """Nodes in the disk.

    Attributes:
        x: `(n,)`, whole numbers in units of 2^-bits.
        y: likewise.
        bits: behind the point.
    """

    x: NDArray[np.object_]
    y: NDArray[np.object_]
    bits: int

    def rounded(self, bits: int) -> Places:
        """The same with fewer bits, rounded towards the middle, so that nobody falls off the rim."""
        if bits >= self.bits:
            return self
        cut = self.bits - bits
        x, y = (
            np.array([-(-k >> cut) if k < 0 else k >> cut for k in side], object) for side in (self.x, self.y)
        )
        return Places(x, y, bits)

    def distances(self) -> Array:
        """arcosh(1 + 2 |u - v|² / ((1 - |u|²)(1 - |v|²))) between all, `(n, n)`; exact up to the last logarithm."""
        x, y, two = self.x, self.y, math.log(2)
        rim = _log((1 << 2 * self.bits) - x * x - y * y)
        all_ = np.zeros((len(x), len(x)))
        for row in range(len(x) - 1):
            across, up = x[row + 1 :] - x[row], y[row + 1 :] - y[row]
            log = _log(across * across + up * up) + (1 + 2 * self.bits) * two - rim[row] - rim[row + 1 :]
            over = np.exp(np.minimum(log, 40))
            all_[row, row + 1 :] = np.where(log < 40, np.log1p(over + np.sqrt(over * (over + 2))), log + two)
        return all_ + all_.T

    def seen_from(self, place: Complex, bits: int) -> Array:
        """The disk moved so that a place is in its middle, `(n, 2)`; the place is in units of 2^-bits, of more bits."""
        up, away = bits - self.bits, (-place[0], -place[1])
        seen = np.zeros((len(self.x), 2))
        for node, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            at = moved((x << up, y << up), away, bits)
            seen[node] = [(part >> (bits - GIVEN)) / 2.0**GIVEN for part in at]
        return seen * np.minimum(1, RIM / np.maximum(np.linalg.norm(seen, axis=1), 1e-300))[:, None]


def _log(numbers: NDArray[np.object_]) -> Array:
    return np.array([math.log(number) if number else -np.inf for number in numbers])


def lay_out(
    tree: Tree,
    tau: float,
    growth: float = 1.0,
    *,
    turns: np.random.Generator | None = None,
    isometry: bool = True,
) -> Places:
    """Every node's branches at equal angles, an edge of length w at the distance τ w, from the centre outwards.

    Args:
        tree: of n nodes.
        tau: the scale τ.
        growth: see ``ways``.
        turns: draws angles at random in place of equal ones; a control.
        isometry: whether a node is moved to the middle while its branches are placed; False, the other control, puts
            them into what is left of the disk, at angles and lengths as they look.
    """
    bits = math.ceil(2 * bits_needed(tree, tau, growth)) + SPARE + GIVEN
    order = ways(tree, growth)
    beyond: list[list[tuple[int, float]]] = [[] for _ in range(len(tree))]
    for node, before, length in order[1:]:
        beyond[before].append((node, length))
    at: dict[int, Complex] = {tree.centre: (0, 0)}
    for node, before, _ in order:
        count = len(beyond[node]) + (before >= 0)
        back: Complex = (1 << bits, 0)  # towards the node before
        if before >= 0:
            (x, y), (a, b) = at[node], at[before]
            back = _unit(*(moved((a, b), (-x, -y), bits) if isometry else (a - x, b - y)), bits)
        for k, (other, length) in enumerate(beyond[node], 1):
            turn = k / count if turns is None else float(turns.random())
            way, radius = _turned(back, turn, bits), _radius(tau * length, bits)
            place = (way[0] * radius >> bits, way[1] * radius >> bits)
            at[other] = moved(place, at[node], bits) if isometry else _shrunk(place, at[node], bits)
    x, y = (np.array([at[node][side] for node in range(len(tree))], object) for side in (0, 1))
    return Places(x, y, bits)


def _shrunk(z: Complex, to: Complex, bits: int) -> Complex:
    """The place z of the disk in the largest disk around a that fits in."""
    room = (1 << bits) - math.isqrt(to[0] * to[0] + to[1] * to[1])
    return to[0] + (z[0] * room >> bits), to[1] + (z[1] * room >> bits)


def worst(truth: Array, distances: Array) -> float:
    """The largest expansion times the largest contraction of distances `(n, n)`; infinite where two nodes meet."""
    above = np.triu_indices(len(truth), 1)
    ratio = distances[above] / truth[above]
    return float(ratio.max() / ratio.min()) if ratio.min() > 0 else math.inf


# ---------------------------------------------------------------------------------------------------------
# h-MDS


def recover(distances: Array, dimensions: int, scale: float = 1.0) -> Array:
    """Points of the hyperboloid whose distances are those given, as far as they can be.

    Y = cosh(scale d) is u uᵀ - X Xᵀ for points (u, x) of the hyperboloid, and for those whose u is orthogonal to every
    column of X, as some isometry makes it, -Y has X Xᵀ as its positive part. Its largest eigenvalue by modulus is u's,
    which is negative. So of the `dimensions` + 1 of largest modulus those that are positive are kept.

    Args:
        distances: `(n, n)`.
        dimensions: at most so many coordinates.
        scale: what distances are multiplied by; the curvature is -scale².

    Returns:
        X, `(n, dimensions)`; coordinates that no positive eigenvalue was left for are 0.

    Raises:
        OverflowError: a distance times the scale is above 700, whose cosh no double holds.
    """
    if scale * distances.max() > 700:
        raise OverflowError("a scaled distance is above 700.")
    values, vectors = np.linalg.eigh(-np.cosh(scale * distances))
    kept = np.argsort(-np.abs(values))[: dimensions + 1]
    kept = kept[values[kept] > 0]
    coordinates = np.zeros((len(distances), dimensions))
    coordinates[:, : len(kept)] = vectors[:, kept] * np.sqrt(values[kept])
    return coordinates


def between(x: Array, scale: float = 1.0) -> Array:
    """Distances between points of the hyperboloid, of curvature -scale², given by X, `(n, r)`; `(n, n)`.

    By their places X / (1 + u) in the Poincaré ball, where near points lose no digits.
    """
    from scipy.spatial.distance import cdist

    u = np.sqrt(1 + np.square(x).sum(axis=1))
    ball = x / (1 + u)[:, None]
    over = cdist(ball, ball, "sqeuclidean") * (1 + u)[:, None] * (1 + u) / 2
    return np.log1p(over + np.sqrt(over * (over + 2))) / scale


def disc(count: int, radius: float, seed: int) -> Array:
    """Points of a disc of the hyperbolic plane, as X, `(count, 2)`; any distance from the middle is as likely.

    Spread evenly nearly all would lie at the rim and far from each other; near pairs are what is hard to recover.
    """
    rng = np.random.default_rng(seed)
    far = radius * rng.random(count)
    turn = rng.uniform(0, math.tau, count)
    return np.sinh(far)[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
