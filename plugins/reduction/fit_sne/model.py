"""t-SNE whose repulsion is summed on a grid, with Fourier transforms.

Linderman, Rachh, Hoskins, Steinerberger and Kluger, "Efficient algorithms for t-distributed stochastic neighborhood
embedding" (2017). Every point pushes every other; sums over all pairs of the kernel (1 + r²)⁻² are interpolated from
the nodes of a grid, where the kernel depends on differences alone and a sum over all nodes is a convolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Sums = Callable[[Array], tuple[Array, float]]
"""From places `(n, 2)` to Σⱼ (yᵢ - yⱼ) wᵢⱼ², `(n, 2)`, and Z, the sum of all wᵢⱼ; w = 1 / (1 + r²)."""

FEWEST_BOXES = 50
"""Boxes along a side of the grid, if it is small; a larger one has boxes of length 1 (the authors' code)."""
EARLY, EARLY_STEPS = 12.0, 250
"""How much stronger neighbours attract at first, and for how many steps."""
LONGEST_STEP = 5.0
LEAST_RATE = 50.0
"""Of descent, or n / (4 `EARLY`): the authors' 200 and n / `EARLY`, whose gradient lacks the factor 4."""


@dataclass(frozen=True)
class Grid:
    """Equally spaced nodes over the square that holds all points, some in each box.

    Attributes:
        low: of the square, along both axes.
        width: of a box.
        boxes: along a side.
        nodes: in a box, along a side.
    """

    low: float
    width: float
    boxes: int
    nodes: int

    @property
    def side(self) -> int:
        """Nodes along a side of the grid."""
        return self.boxes * self.nodes

    @classmethod
    def over(cls, places: Array, nodes: int = 3, boxes: int | None = None) -> Grid:
        """The grid for points: boxes of length 1, at least `FEWEST_BOXES` a side, as many as suit a fast transform.

        Args:
            places: `(n, 2)`.
            nodes: of interpolation, in a box along a side.
            boxes: along a side, if not as above.
        """
        low, high = float(places.min()), float(places.max())
        extent = max(high - low, 1e-12) * (1 + 1e-9)
        if boxes is None:
            boxes = max(FEWEST_BOXES, int(np.ceil(extent)))
            boxes = fft.next_fast_len(boxes, real=True)
        return cls(low, extent / boxes, boxes, nodes)

    def weights(self, places: Array) -> tuple[NDArray[np.intp], Array]:
        """Nodes of each point's box, numbered row by row, and Lagrange's weights of each, both `(n, nodes²)`."""
        inside = (places - self.low) / self.width
        box = np.minimum(inside.astype(np.intp), self.boxes - 1)
        at = inside - box  # within the box, 0 to 1
        nodes = (np.arange(self.nodes) + 0.5) / self.nodes
        bases = np.ones((*places.shape, self.nodes))
        for k in range(self.nodes):
            for other in range(self.nodes):
                if other != k:
                    bases[..., k] *= (at - nodes[other]) / (nodes[k] - nodes[other])
        first = box * self.nodes
        across, up = (first[:, axis, None] + np.arange(self.nodes) for axis in (0, 1))
        numbers = (up[:, :, None] * self.side + across[:, None, :]).reshape(len(places), -1)
        shares = (bases[:, 1, :, None] * bases[:, 0, None, :]).reshape(len(places), -1)
        return numbers, shares

    def spread(self, numbers: NDArray[np.intp], shares: Array, charges: Array) -> Array:
        """Charges of points `(n, c)` laid on the nodes, `(c, side, side)`."""
        laid = [
            np.bincount(numbers.ravel(), (shares * charge[:, None]).ravel(), self.side**2)
            for charge in charges.T
        ]
        return np.reshape(laid, (-1, self.side, self.side))

    def kernel(self) -> Array:
        """The transform of (1 + r²)⁻² between nodes, on a circle of twice the length so that nothing wraps round."""
        step = self.width / self.nodes
        around = np.minimum(np.arange(2 * self.side), 2 * self.side - np.arange(2 * self.side)) * step
        return fft.rfft2((1 + around[:, None] ** 2 + around[None, :] ** 2) ** -2.0)

    def potentials(self, laid: Array) -> Array:
        """Sums of the kernel times charges over all nodes, at every node, `(c, side, side)`.

        The grid is padded to twice its side; rows that are padding alone are not transformed.
        """
        side, both = self.side, 2 * self.side
        rows = fft.rfft(laid, both, axis=2)
        turned = fft.fft(rows, both, axis=1)
        turned *= self.kernel()
        rows = fft.ifft(turned, axis=1, overwrite_x=True)[:, :side]
        return fft.irfft(rows, both, axis=2)[:, :, :side]


def by_grid(nodes: int = 3, boxes: int | None = None) -> Sums:
    """Sums interpolated on a grid: four convolutions, whatever the number of points.

    With charges 1, y and |y|² the one kernel K = w² gives both: the force is yᵢ φ₁ - φ_y, and since w = (1 + r²) w²,
    Z = Σ (1 + |yᵢ|²) φ₁ - 2 yᵢ·φ_y + φ_|y|² - n, less n for each point's own 1.

    Args:
        nodes: of interpolation, in a box along a side.
        boxes: along a side of the grid, if not as `Grid.over`.
    """

    def sums(places: Array) -> tuple[Array, float]:
        places = places - places.mean(axis=0)  # differences of large numbers would lose digits
        grid = Grid.over(places, nodes, boxes)
        numbers, shares = grid.weights(places)
        squares = np.square(places).sum(axis=1)
        charges = np.column_stack([np.ones(len(places)), places, squares])
        potentials = grid.potentials(grid.spread(numbers, shares, charges)).reshape(4, -1)
        unit, across, up, square = (
            np.einsum("ij,ij->i", shares, potential[numbers]) for potential in potentials
        )
        forces = places * unit[:, None] - np.column_stack([across, up])
        whole = (1 + squares) @ unit - 2 * (places[:, 0] @ across + places[:, 1] @ up) + square.sum()
        return forces, float(whole - len(places))

    return sums


def by_pairs(places: Array, block: int = 1000) -> tuple[Array, float]:
    """The same sums over all pairs, one after the other: what the grid stands in for.

    Args:
        places: `(n, 2)`.
        block: rows whose pairs are held at once.
    """
    forces, whole = np.empty_like(places), 0.0
    for start in range(0, len(places), block):
        part = places[start : start + block]
        across, up = (part[:, None, axis] - places[None, :, axis] for axis in (0, 1))
        near = 1 / (1 + across**2 + up**2)
        whole += float(near.sum()) - len(part)
        near *= near
        forces[start : start + block] = part * near.sum(axis=1)[:, None] - near @ places
    return forces, whole


def by_sample(count: int, seed: int) -> Sums:
    """The obvious simple thing: push from a random choice of points alone, as many as `count`, scaled up."""
    rng = np.random.default_rng(seed)

    def sums(places: Array) -> tuple[Array, float]:
        some = places[rng.choice(len(places), min(count, len(places)), replace=False)]
        gap = places[:, None, :] - some[None, :, :]
        near = 1 / (1 + np.square(gap).sum(axis=2))
        times = len(places) / len(some)
        forces = times * np.einsum("ij,ijk->ik", near**2, gap)
        return forces, float(times * near.sum() - len(places))

    return sums


def pull(places: Array, joint: csr_matrix) -> Array:
    """Sums of pᵢⱼ wᵢⱼ (yᵢ - yⱼ) over neighbours, `(n, 2)`."""
    pulled = csr_matrix((joint.data / _far(places, joint), joint.indices, joint.indptr), joint.shape)
    return places * np.asarray(pulled.sum(axis=1)) - pulled @ places


def _far(places: Array, joint: csr_matrix) -> Array:
    """1 + r² of each pair that has a probability."""
    counts, squares = np.diff(joint.indptr), 1.0
    for axis in places.T:
        gap = np.repeat(axis, counts) - axis[joint.indices]
        squares = squares + gap * gap
    return np.asarray(squares)


def gradient(places: Array, joint: csr_matrix, sums: Sums, exaggeration: float = 1.0) -> Array:
    """The gradient of ``divergence``, `(n, 2)`.

    Args:
        places: `(n, 2)`.
        joint: probabilities of pairs in the data, symmetric, of sum 1.
        sums: how repulsion is summed.
        exaggeration: what attraction is multiplied by.
    """
    pushes, whole = sums(places)
    return 4 * (exaggeration * pull(places, joint) - pushes / whole)


def divergence(places: Array, joint: csr_matrix, sums: Sums) -> float:
    """How far the map's probabilities of pairs are from those of the data: their divergence, in nats.

    Args:
        places: `(n, 2)`.
        joint: probabilities of pairs in the data, `(n, n)`, symmetric, of sum 1.
        sums: how Z is summed.
    """
    known = float(joint.data @ np.log(joint.data * _far(places, joint)))
    return known + float(np.log(sums(places)[1]))


@dataclass(frozen=True)
class Moment:
    """A step of the map's unfolding.

    Attributes:
        step: how many steps were taken.
        places: `(n, 2)`.
    """

    step: int
    places: Array


def unfold(
    joint: csr_matrix, start: Array, sums: Sums, *, steps: int = 750, late: float = 1.0, speed: float = 1.0
) -> Iterator[Moment]:
    """Gradient descent with momentum and gains (the authors' settings), a moment a step.

    Args:
        joint: probabilities of pairs in the data, `(n, n)`.
        start: `(n, 2)`.
        sums: how repulsion is summed.
        steps: in all; the first `EARLY_STEPS`, or a third of fewer, attract `EARLY` times as much.
        late: what attraction is multiplied by after those ("late exaggeration").
        speed: what the rate is multiplied by.
    """
    early = min(EARLY_STEPS, steps // 3)
    rate = speed * max(LEAST_RATE, len(start) / (4 * EARLY))
    places, motion, gains = start.copy(), np.zeros_like(start), np.ones_like(start)
    for step in range(steps):
        yield Moment(step, places)
        slope = gradient(places, joint, sums, EARLY if step < early else late)
        against = np.sign(slope) != np.sign(motion)
        gains = np.maximum(np.where(against, gains + 0.2, gains * 0.8), 0.01)
        motion = (0.5 if step < early else 0.8) * motion - rate * gains * slope
        length = np.linalg.norm(motion, axis=1, keepdims=True)
        motion *= np.minimum(1, LONGEST_STEP / np.maximum(length, 1e-300))
        places = places + motion - (places + motion).mean(axis=0)
    yield Moment(steps, places)


def principal(rows: Array, size: float = 1e-4) -> Array:
    """The first two principal components, `(n, 2)`, the first of this standard deviation; signs by the largest row."""
    centred = rows - rows.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(rows), 2))
    places[:, : min(2, len(scale))] = left[:, :2] * scale[:2]
    largest = places[np.abs(places).argmax(axis=0), [0, 1]]
    places *= np.where(largest < 0, -1, 1)
    return places * (size / max(float(places[:, 0].std()), 1e-300))
