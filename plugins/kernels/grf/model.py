"""Graph random features (Choromanski, 2023; Reid, Choromanski, Berger and Weller, 2024): kernels from walks that end.

A kernel of a graph is a power series of U = c D^-1/2 A D^-1/2, whose rows walkers can feel out: one starts at a node
with the load 1, drops part of its load at every node that it comes to, ends with the chance p, and else goes to a
random neighbour, its load corrected for how likely that step was. What m walkers dropped is the node's signature; the
product of two nodes' signatures, from walks that know nothing of each other, is on average the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, sparse

Array = NDArray[np.float64]
LONGEST = 2000
"""Terms of a series and steps of a walk: with a chance of 0.02 to end none of 10^17 walks is longer."""


@dataclass(frozen=True)
class Series:
    """A kernel K = sum_k alpha_k U^k, and the f of walks whose products give it: sum_(a+b=k) f_a f_b = alpha_k.

    Attributes:
        name: as visitors choose it.
        alpha: coefficient of U^k.
        modulation: f, of the deposit at step k.
        radius: within which the series of f converges.
    """

    name: str
    alpha: Callable[[int], float]
    modulation: Callable[[int], float]
    radius: float = math.inf

    def terms(self, c: float, tolerance: float = 1e-12) -> list[float]:
        """Coefficients up to where what is left is below `tolerance`, for a U whose largest eigenvalue is c."""
        kept = [self.alpha(0)]
        for step in range(1, LONGEST):
            kept.append(self.alpha(step))
            if step > 8 and max(abs(x) * c ** (step - 1) for x in kept[-3:]) < tolerance * (1 - c):
                break
        return kept

    def times(self, U: Any, columns: Array, c: float, tolerance: float = 1e-12) -> Array:
        """The kernel times columns `(n, k)` by Horner's rule; U dense or sparse."""
        total = np.zeros_like(columns)
        for coefficient in reversed(self.terms(c, tolerance)):
            total = U @ total + coefficient * columns
        return total


def _half(step: int) -> float:
    """(2k-1)!! / (2k)!!, the series of (1-u)^-1/2."""
    return math.exp(math.lgamma(2 * step + 1) - 2 * math.lgamma(step + 1) - step * math.log(4))


ONCE = Series("(I − U)⁻¹", lambda step: 1.0, _half, 1.0)
TWICE = Series("(I − U)⁻²", lambda step: step + 1.0, lambda step: 1.0, 1.0)
HEAT = Series(
    "exp U",
    lambda step: math.exp(-math.lgamma(step + 1)),
    lambda step: math.exp(-step * math.log(2) - math.lgamma(step + 1)),
)
SHORT = Series(
    "(I + U)²", lambda step: (1.0, 2.0, 1.0)[step] if step < 3 else 0.0, lambda step: float(step < 2)
)
SERIES = {each.name: each for each in (TWICE, ONCE, HEAT, SHORT)}
"""The regularised Laplacian kernels of d = 2 and d = 1, diffusion, and two steps of a walk."""


def of_coefficients(alpha: Sequence[float]) -> Series:
    """Any power series (Reid et al., 2024): f_0 = sqrt alpha_0, then one term after the other.

    Args:
        alpha: coefficients of U^0, U^1, …; the first above 0, the rest of the series is 0.

    Raises:
        ValueError: the first coefficient is not above 0.
    """
    if not len(alpha) or not alpha[0] > 0:
        raise ValueError("the first coefficient is above 0.")
    terms = [math.sqrt(alpha[0])]
    for k in range(1, LONGEST // 4):
        inner = sum(terms[a] * terms[k - a] for a in range(1, k))
        terms.append(((alpha[k] if k < len(alpha) else 0.0) - inner) / (2 * terms[0]))

    ends = len(alpha) <= len(terms) and max(map(abs, terms[len(alpha) :]), default=0.0) < 1e-12
    zeros = np.abs(np.roots(np.trim_zeros(np.array(alpha[::-1], float), "f")))
    radius = math.inf if ends or not len(zeros) else float(zeros.min())

    def coefficient(step: int) -> float:
        return float(alpha[step]) if step < len(alpha) else 0.0

    return Series("your series", coefficient, lambda step: terms[step] if step < len(terms) else 0.0, radius)


def exact(series: Series, U: sparse.csr_array, c: float) -> Array:
    """The kernel, dense `(n, n)`: inverses and the exponential by LAPACK and scipy, other series term by term."""
    dense = U.toarray()
    if series in (ONCE, TWICE):
        inverse = np.linalg.inv(np.eye(len(dense)) - dense)
        return inverse if series is ONCE else inverse @ inverse
    return linalg.expm(dense) if series is HEAT else series.times(dense, np.eye(len(dense)), c)


def normalised(adjacency: sparse.csr_array, c: float) -> sparse.csr_array:
    """U = c D^-1/2 A D^-1/2, `(n, n)`; its largest eigenvalue is c. Nodes without edges have rows of zeros.

    With c = s² / (1 + s²), (1 + s²)^-d (I - U)^-d is the regularised Laplacian kernel (I + s² L)^-d.
    """
    strength = adjacency.sum(axis=1)
    scale = np.sqrt(np.divide(1.0, strength, out=np.zeros_like(strength), where=strength > 0))
    return sparse.csr_array(c * sparse.diags_array(scale) @ adjacency @ sparse.diags_array(scale))


def spread(U: sparse.csr_array, p: float) -> float:
    """By how much the mean square of a walker's load grows with a step, in the long run; above 1 it has no bound.

    A step from v to w multiplies the load by U_vw deg(v) / (1-p) and is taken with the chance (1-p) / deg(v). Of a
    graph without weights it is c² / (1-p).
    """  # fmt: skip
    squares = sparse.diags_array(np.diff(U.indptr) / (1 - p)) @ U.multiply(U)
    at, size = np.ones(U.shape[0]), 0.0
    for _ in range(
        300
    ):  # a power iteration of a matrix without negative numbers; two steps, as of a bipartite graph
        after = squares @ (squares @ at)
        size, before = math.sqrt(float(np.linalg.norm(after) / max(np.linalg.norm(at), 1e-300))), size
        if abs(size - before) < 1e-9:
            break
        at = after / max(float(np.linalg.norm(after)), 1e-300)
    return size


def growth(U: sparse.csr_array, series: Series, p: float) -> float:
    """By how much the mean square of a crumb grows with a step, in the long run; from 1 on no number helps."""
    return 0.0 if math.isinf(series.radius) else spread(U, p) / series.radius**2


@dataclass(frozen=True)
class Steps:
    """Walkers, step by step: who still walks after k steps, where, and with which load."""

    walkers: NDArray[np.int64]
    at: NDArray[np.int64]
    load: Array


def walked(U: sparse.csr_array, starts: NDArray[np.int64], p: float, rng: np.random.Generator) -> list[Steps]:
    """Walks from `starts` `(walkers,)` along U `(n, n)` until each has ended, all walkers at once.

    Returns:
        one entry for each number of steps, the first with all walkers at their starts and the load 1.
    """
    degrees = np.diff(U.indptr)
    now = Steps(np.arange(len(starts)), np.asarray(starts), np.ones(len(starts)))
    steps = [now]
    while len(now.walkers) and len(steps) < LONGEST:
        goes = (rng.random(len(now.walkers)) >= p) & (degrees[now.at] > 0)
        at, load, walkers = now.at[goes], now.load[goes], now.walkers[goes]
        edge = U.indptr[at] + (rng.random(len(at)) * degrees[at]).astype(np.int64)
        load = load * U.data[edge] * degrees[at] / (1 - p)
        now = Steps(walkers, U.indices[edge].astype(np.int64), load)
        steps.append(now)
    return steps


def paths(steps: Sequence[Steps], most: int) -> list[list[int]]:
    """Where each walker went, at most so many nodes."""
    ways: list[list[int]] = [[] for _ in steps[0].walkers]
    for now in steps[:most]:
        for walker, node in zip(now.walkers.tolist(), now.at.tolist(), strict=True):
            ways[walker].append(node)
    return ways


@dataclass(frozen=True)
class Crumbs:
    """All that walkers dropped: whose, where, how much, and by which of its node's walkers.

    Attributes:
        owners: nodes that the walkers started from.
        places: nodes where something was dropped.
        amounts: modulation times load.
        walkers: number of the walker among those of its node.
        size: nodes of the graph.
    """

    owners: NDArray[np.int64]
    places: NDArray[np.int64]
    amounts: Array
    walkers: NDArray[np.int64]
    size: int

    def features(self, walks: int) -> sparse.csr_array:
        """Signatures of all nodes by their first `walks` walkers, `(n, n)`, mostly zeros.

        The mean of row i is row i of sum_k f_k U^k.
        """
        part = self.walkers < walks
        entries = self.amounts[part] / walks, (self.owners[part], self.places[part])
        return sparse.csr_array(sparse.coo_array(entries, shape=(self.size, self.size)))


def dropped(
    U: sparse.csr_array,
    series: Series,
    walks: int,
    p: float,
    rng: np.random.Generator,
    nodes: NDArray[np.int64] | None = None,
) -> Crumbs:
    """Crumbs of `walks` walkers from each node, or from each of `nodes` `(k,)`; U is `(n, n)`."""
    size = U.shape[0]
    starts = np.repeat(np.arange(size) if nodes is None else nodes, walks)
    parts = [
        (starts[now.walkers], now.at, share * now.load, now.walkers % walks)
        for step, now in enumerate(walked(U, starts, p, rng))
        if (share := series.modulation(step)) != 0
    ]
    owners, places, amounts, walkers = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Crumbs(owners, places, amounts, walkers, size)


def features(
    U: sparse.csr_array, series: Series, walks: int, p: float, rng: np.random.Generator
) -> sparse.csr_array:
    """Signatures of all nodes, `(n, n)`; see ``Crumbs.features``."""
    return dropped(U, series, walks, p, rng).features(walks)


def estimated(
    U: sparse.csr_array, series: Series, walks: int, p: float, rng: np.random.Generator, sets: int = 2
) -> sparse.csr_array:
    """The kernel by walks: signatures times signatures of walks of their own.

    With ``sets`` = 1, wrongly, times themselves: then the diagonal is too large by the variance of a signature.
    """
    left = features(U, series, walks, p, rng)
    right = features(U, series, walks, p, rng) if sets == 2 else left
    return sparse.csr_array(left @ right.T)


def projected(U: sparse.csr_array, series: Series, columns: int, c: float, rng: np.random.Generator) -> Array:
    """The rival: sqrt K times random signs (Johnson and Lindenstrauss), features `(n, columns)` by Horner's rule."""
    root = Series("root", series.modulation, series.modulation)
    signs = rng.choice((-1.0, 1.0), (U.shape[0], columns)) / math.sqrt(columns)
    return root.times(U, signs, c, 1e-3)


def off(kernel: Array | sparse.csr_array, exact: Array) -> float:
    """Relative error of a kernel `(n, n)` in the norm of Frobenius."""
    dense = kernel.toarray() if sparse.issparse(kernel) else kernel
    return float(np.linalg.norm(dense - exact) / np.linalg.norm(exact))


def slope(walks: Sequence[int], errors: Sequence[float]) -> float:
    """Of log error against log walks, by least squares."""
    return float(np.polyfit(np.log(walks), np.log(errors), 1)[0])


Product = Callable[[Array], Array]
"""A kernel times columns `(n, k)`."""


def clustered(
    times: Product, diagonal: Array, count: int, rng: np.random.Generator, starts: int = 5
) -> NDArray:
    """Kernel k-means by products alone (Dhillon et al., 2004), the best of several starts, int64 `(n,)`.

    A node is as far from a cluster as K_ii - 2 sum_j K_ij / s + sum_jl K_jl / s², s its nodes.
    """
    best, least = np.zeros(len(diagonal), np.int64), math.inf
    for _ in range(starts):
        labels = rng.integers(count, size=len(diagonal))
        for _ in range(50):
            members = np.eye(count)[labels]
            sizes = np.maximum(members.sum(axis=0), 1)
            products = times(members) / sizes
            inner = (members * products).sum(axis=0) / sizes
            far = inner - 2 * products
            after = far.argmin(axis=1)
            if (after == labels).all():
                break
            labels = after
        loss = float((diagonal + far[np.arange(len(labels)), labels]).sum())
        if loss < least:
            best, least = labels, loss
    return best


def by_walks(left: sparse.csr_array, right: sparse.csr_array) -> tuple[Product, Array]:
    """Products of the kernel that two sets of signatures give, without the kernel itself; and its diagonal."""
    diagonal = np.asarray(left.multiply(right).sum(axis=1)).ravel()

    def times(columns: Array) -> Array:
        return (left @ (right.T @ columns) + right @ (left.T @ columns)) / 2

    return times, diagonal


def by_kernel(kernel: Array) -> tuple[Product, Array]:
    """Products of a dense kernel `(n, n)`, and its diagonal `(n,)`."""
    return lambda columns: kernel @ columns, np.diag(kernel).copy()


def matched(labels: NDArray, to: NDArray) -> NDArray:
    """The same clusters `(n,)` under the numbers by which most nodes agree with `to`, `(n,)`."""
    count = int(max(labels.max(), to.max())) + 1
    shared = np.zeros((count, count))
    np.add.at(shared, (labels, to), 1)
    rows, columns = optimize.linear_sum_assignment(-shared)
    return columns[np.argsort(rows)][labels]
