"""Linear dimension reduction: seven analyses, one singular value decomposition.

Each analysis says what table `R` is decomposed and how its factors are read back; `zoo.blocks.svd`
does the rest. Notation of the notes: `A` table of `n` items (rows) and `p` variables (columns), `N`
and `P` the metrics (weights) of rows and columns, `Y` components, `L` eigenvalues, `V` axes.

Reference: A. Franc. Linear dimensionality reduction. arXiv 2209.13597, 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from zoo.blocks.svd import Array, Options, Pretreated, eigen, svd

Scaling = Literal["none", "centre", "standard", "bicentre"]

# Singular values below this share of the table's own scale are rounding, not structure.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Analysis:
    """Items and variables on the principal axes, largest first.

    Every analysis fills it in the same way: with metrics `N` and `P`, `sum(N Y^2) = L` and
    `sum(P G^2) = L` on each axis, and `Y = R P V`, `G = sqrt(L) V`.

    Attributes:
        eigenvalues: inertia along each axis, `(k,)`.
        inertia: total inertia of the table, the sum of all its eigenvalues.
        rows: components `Y`, `(n, k)`.
        columns: coordinates `G` of the variables, `(p, k)`; with standard scaling their
            correlations with the axes.
        row_weights: diagonal of `N`, `(n,)`.
        column_weights: diagonal of `P`, `(p,)`.
        row_norms: squared distance of each item to the origin over all axes, `(n,)`.
        column_norms: squared length of each variable over all axes, `(p,)`.
    """

    eigenvalues: Array
    inertia: float
    rows: Array
    columns: Array
    row_weights: Array
    column_weights: Array
    row_norms: Array
    column_norms: Array

    @property
    def axes(self) -> Array:
        """The axes `V`, orthonormal for the metric `P`, `(p, k)`."""
        return self.columns / np.sqrt(self.eigenvalues)

    @property
    def shares(self) -> Array:
        """Share of the inertia along each axis, `(k,)`."""
        return self.eigenvalues / self.inertia

    @property
    def row_contributions(self) -> Array:
        """Share of each axis that an item makes, `(n, k)`; every column sums to 1."""
        return self.row_weights[:, None] * np.square(self.rows) / self.eigenvalues

    @property
    def column_contributions(self) -> Array:
        """Share of each axis that a variable makes, `(p, k)`; every column sums to 1."""
        return self.column_weights[:, None] * np.square(self.columns) / self.eigenvalues

    @property
    def row_cos2(self) -> Array:
        """How much of an item each axis shows, squared cosine, `(n, k)`."""
        return _ratio(np.square(self.rows), self.row_norms)

    @property
    def column_cos2(self) -> Array:
        """How much of a variable each axis shows, squared cosine, `(p, k)`."""
        return _ratio(np.square(self.columns), self.column_norms)


def _ratio(squares: Array, norms: Array) -> Array:
    """Squares over squared norms; an item at the origin is shown by no axis."""
    tiny = np.finfo(float).tiny
    return np.where(norms[:, None] > tiny, squares / np.maximum(norms, tiny)[:, None], 0.0)


def pretreat(
    table: NDArray,
    scaling: Scaling = "centre",
    row_weights: Array | None = None,
    column_weights: Array | None = None,
) -> Pretreated:
    """Centre a table and give it its metrics: `R = N^1/2 (A - M) P^1/2`, without forming it.

    Args:
        table: `(n, p)`.
        scaling: `centre` takes the weighted mean off each column; `standard` also divides by its
            standard deviation, so that the inertia is `p`; `bicentre` takes off row and column
            means; `none` leaves the table as it is.
        row_weights: `(n,)`, made to sum to 1; equal by default.
        column_weights: `(p,)`; ones by default.

    Raises:
        ValueError: a weight is not positive, or a column is constant under `standard`.
    """
    n, p = table.shape
    weights = normalised(row_weights, n)
    metric = np.ones(p) if column_weights is None else np.asarray(column_weights, dtype=np.float64)
    if metric.min() <= 0:
        raise ValueError("column weights must be positive")
    rows, columns = np.sqrt(weights), np.sqrt(metric)
    if scaling == "none":
        return Pretreated(table, rows, columns)
    mean = weights @ table
    if scaling == "bicentre":
        share = metric / metric.sum()
        offset_rows = np.column_stack([np.ones(n), table @ share - mean @ share])
        offset_columns = np.column_stack([mean, np.ones(p)])
        return Pretreated(table, rows, columns, (offset_rows, offset_columns))
    offset = np.ones((n, 1)), mean[:, None]
    if scaling == "centre":
        return Pretreated(table, rows, columns, offset)
    deviation = np.sqrt(Pretreated(table, rows, None, offset).squares()[1])
    if (deviation <= ROUNDING * np.abs(mean)).any() or not deviation.all():
        raise ValueError("a constant column cannot be standardised")
    return Pretreated(table, rows, columns / deviation, offset)


def normalised(weights: Array | None, n: int) -> Array:
    """Weights that sum to 1, `(n,)`.

    Raises:
        ValueError: a weight is not positive.
    """
    if weights is None:
        return np.full(n, 1 / n)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.min() <= 0:
        raise ValueError("row weights must be positive")
    return weights / weights.sum()


def pca_core(
    table: Pretreated,
    row_weights: Array,
    column_weights: Array,
    rank: int | None = None,
    *,
    scale: float | None = None,
    **options: Unpack[Options],
) -> Analysis:
    """The core that every analysis calls: SVD of `R`, then `Y = N^-1/2 U S` and `G = P^-1/2 V S`.

    Args:
        table: `R`, `(n, p)`, with the metrics already in it.
        row_weights: diagonal of `N`, `(n,)`.
        column_weights: diagonal of `P`, `(p,)`.
        rank: axes to keep; axes that hold only rounding error are always left out.
        scale: singular value against which rounding is judged; the largest by default.
        options: solver, oversampling, power_iterations and seed of `zoo.blocks.svd.svd`.

    Raises:
        ValueError: the table has no inertia at all.
    """
    factors = svd(table, rank, **options)
    kept = factors.values > ROUNDING * (factors.values[0] if scale is None else scale)
    if not kept.any():
        raise ValueError("the table has no inertia: nothing varies")
    values = factors.values[kept]
    row_squares, column_squares = factors.squares or table.squares()
    return Analysis(
        eigenvalues=np.square(values),
        inertia=float(row_squares.sum()),
        rows=factors.left[:, kept] * values / np.sqrt(row_weights)[:, None],
        columns=factors.right[:, kept] * values / np.sqrt(column_weights)[:, None],
        row_weights=row_weights,
        column_weights=column_weights,
        row_norms=row_squares / row_weights,
        column_norms=column_squares / column_weights,
    )


def pca(
    table: NDArray,
    rank: int | None = None,
    *,
    scaling: Scaling = "centre",
    row_weights: Array | None = None,
    column_weights: Array | None = None,
    **options: Unpack[Options],
) -> Analysis:
    """Principal component analysis with weights on rows and columns (the notes' diagonal metrics).

    With equal weights the eigenvalues are variances over `n`. See `pretreat` for the arguments.
    """
    prepared = pretreat(table, scaling, row_weights, column_weights)
    metric = np.ones(table.shape[1]) if column_weights is None else np.asarray(column_weights, float)
    return pca_core(prepared, np.square(prepared.rows), metric, rank, **options)


def pca_metric(
    table: Array, row_metric: Array, column_metric: Array, rank: int | None = None, **options: Unpack[Options]
) -> tuple[Array, Array, Array]:
    """PCA with full metrics: `R = N^1/2 A P^1/2`, `Y = N^-1/2 Z`, `V = P^-1/2 X`.

    Args:
        table: `A`, `(n, p)`, as it is to be decomposed.
        row_metric: `N`, symmetric positive definite, `(n, n)`, or its diagonal `(n,)`.
        column_metric: `P`, `(p, p)`, or its diagonal `(p,)`.

    Returns:
        Components `Y` `(n, k)` with `Y^T N Y = diag(L)`, eigenvalues `L` `(k,)`, and axes `V`
        `(p, k)` with `V^T P V = I`.

    Raises:
        ValueError: a metric is not positive definite.
    """
    row_root, row_back = metric_roots(row_metric)
    column_root, column_back = metric_roots(column_metric)
    factors = svd(row_root @ table @ column_root, rank, **options)
    return row_back @ (factors.left * factors.values), np.square(factors.values), column_back @ factors.right


def metric_roots(metric: Array) -> tuple[Array, Array]:
    """Symmetric square root of a metric and its inverse, both `(n, n)`.

    Raises:
        ValueError: the metric is not positive definite.
    """
    values, vectors = linalg.eigh(np.diag(metric) if metric.ndim == 1 else metric)
    if values[0] <= ROUNDING * values[-1]:
        raise ValueError("a metric must be positive definite")
    roots = np.sqrt(values)
    return (vectors * roots) @ vectors.T, (vectors / roots) @ vectors.T


def coa(counts: NDArray, rank: int | None = None, **options: Unpack[Options]) -> Analysis:
    """Correspondence analysis: PCA of `f_ij / (r_i c_j) - 1` with the margins as metrics.

    The inertia is chi-square / N. Rows and columns are both in principal coordinates, tied by the
    transition formula `Y = D_r^-1 F G / sqrt(L)`.

    Args:
        counts: non-negative, no empty row or column, `(n, p)`.

    Raises:
        ValueError: a count is negative, a margin is zero, or rows and columns are independent.
    """
    if counts.min() < 0:
        raise ValueError("counts must not be negative")
    total = float(counts.sum(dtype=np.float64))
    rows = counts.sum(axis=1, dtype=np.float64) / (total or 1)
    columns = counts.sum(axis=0, dtype=np.float64) / (total or 1)
    if rows.min() <= 0 or columns.min() <= 0:
        raise ValueError("every row and column needs at least one count")
    residuals = Pretreated(
        counts, 1 / np.sqrt(rows) / total, 1 / np.sqrt(columns), (total * rows[:, None], columns[:, None])
    )
    return pca_core(residuals, rows, columns, rank, scale=1.0, **options)


def indicators(codes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Disjunctive table of categories: codes `(n, q)` from 0 to ones and zeros, `(n, sum of levels)`."""
    levels = codes.max(axis=0) + 1
    starts = np.concatenate([[0], np.cumsum(levels)[:-1]])
    table = np.zeros((len(codes), int(levels.sum())), dtype=np.uint8)
    np.put_along_axis(table, codes + starts, 1, axis=1)
    return table


def mca(codes: NDArray[np.int64], rank: int | None = None, **options: Unpack[Options]) -> Analysis:
    """Multiple correspondence analysis: correspondence analysis of the indicator table.

    The inertia is (categories / questions) - 1 whatever the answers, which makes the shares look
    small; see `adjusted`.

    Args:
        codes: category of each item on each question, from 0 with none unused, `(n, questions)`.
    """
    return coa(indicators(codes), rank, **options)


def correlation_ratios(analysis: Analysis, levels: list[int]) -> Array:
    """Share of each axis of an MCA that each question explains (eta squared), `(questions, k)`.

    Args:
        levels: number of categories of each question, in the order of the columns.
    """
    starts = np.concatenate([[0], np.cumsum(levels)[:-1]]).astype(int)
    masses = analysis.column_weights[:, None] * np.square(analysis.columns)
    return len(levels) * np.add.reduceat(masses, starts, axis=0)


def adjusted(eigenvalues: Array, questions: int, categories: int) -> tuple[Array, float]:
    """Benzecri's eigenvalues of an MCA and Greenacre's average off-diagonal inertia, their base.

    An axis below 1 / questions shows less than a question shows of itself, and counts as nothing.

    Args:
        eigenvalues: all of them, `(k,)`.

    Returns:
        Adjusted eigenvalues `(k,)` and the inertia that they are shares of.
    """
    if questions < 2:
        return eigenvalues, float(eigenvalues.sum())
    ratio = questions / (questions - 1)
    above = np.square(ratio * np.maximum(eigenvalues - 1 / questions, 0.0))
    base = ratio * (np.square(eigenvalues).sum() - (categories - questions) / questions**2)
    return above, float(base)


@dataclass(frozen=True)
class Explained:
    """PCA of what one table explains of another.

    Attributes:
        analysis: PCA of the projected table `Pi A`.
        share: `||Pi A||^2 / ||A||^2`.
        regressors: correlation of the explaining variables with the axes, `(q, k)`.
    """

    analysis: Analysis
    share: float
    regressors: Array


def span(table: Array) -> Array:
    """Orthonormal basis of the centred columns, `(n, rank)`; dependent columns do no harm.

    Raises:
        ValueError: every column is constant.
    """
    centred = table - table.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    varies = norms > ROUNDING * np.linalg.norm(table, axis=0)
    if not varies.any():
        raise ValueError("no column of the table varies")
    # Columns of unit length first, so that the rank does not depend on the units of a variable.
    factors = svd(centred[:, varies] / norms[varies], solver="exact")
    return factors.left[:, factors.values > 1e-10 * factors.values[0]]


def pca_iv(
    table: Array,
    explaining: Array,
    rank: int | None = None,
    *,
    scaling: Literal["centre", "standard"] = "centre",
    **options: Unpack[Options],
) -> Explained:
    """PCA with instrumental variables: PCA of `Pi A`, `Pi` the projection on the centred `B`.

    Args:
        table: `A`, `(n, p)`.
        explaining: `B`, `(n, q)`; class indicators give the between-class analysis.
        scaling: pretreatment of `A`.
    """
    n = len(table)
    whole = pretreat(table, scaling)
    basis = span(explaining)
    # `basis @ small` has the singular values and right vectors of `small`, which has few rows.
    small = whole.transposed_times(basis).T
    core = pca_core(Pretreated(small), np.ones(len(small)), np.ones(table.shape[1]), rank, **options)
    rows = np.sqrt(n) * basis @ core.rows
    projected = np.sqrt(n) * basis @ small
    analysis = Analysis(
        core.eigenvalues,
        core.inertia,
        rows,
        core.columns,
        np.full(n, 1 / n),
        np.ones(table.shape[1]),
        np.square(projected).sum(axis=1),
        core.column_norms,
    )
    total = float(whole.squares()[0].sum())
    return Explained(analysis, core.inertia / total, correlations(explaining, rows))


def correlations(variables: Array, components: Array, weights: Array | None = None) -> Array:
    """Correlation of variables `(n, q)` with components `(n, k)`, as `(q, k)`; 0 for a constant."""
    weights = normalised(weights, len(variables))
    centred = variables - weights @ variables
    moved = components - weights @ components
    spread = np.sqrt(np.outer(weights @ np.square(centred), weights @ np.square(moved)))
    return np.divide(
        (weights[:, None] * centred).T @ moved, spread, out=np.zeros_like(spread), where=spread > 0
    )


@dataclass(frozen=True)
class Canonical:
    """Directions of two tables that agree most.

    Attributes:
        correlations: canonical correlations, `(k,)`.
        first: variates of the first table, mean 0 and variance 1 (over `n`), `(n, k)`.
        second: variates of the second table, `(n, k)`.
        first_structure: correlation of the first table's variables with its variates, `(p, k)`.
        second_structure: the same for the second table, `(q, k)`.
    """

    correlations: Array
    first: Array
    second: Array
    first_structure: Array
    second_structure: Array


def cca(first: Array, second: Array, rank: int | None = None, **options: Unpack[Options]) -> Canonical:
    """Canonical correlation analysis: SVD of `Q_A^T Q_B`, orthonormal bases of the two tables.

    Unchanged by any invertible map of the columns of either table.

    Args:
        first: `A`, `(n, p)`.
        second: `B`, `(n, q)`.
    """
    basis, other = span(first), span(second)
    factors = svd(basis.T @ other, rank, **options)
    variates = np.sqrt(len(first)) * basis @ factors.left
    answers = np.sqrt(len(first)) * other @ factors.right
    structure = correlations(first, variates)
    # Bases differ from machine to machine; the variable that goes along most with a variate goes along with it upwards.
    strongest = np.take_along_axis(structure, np.abs(structure).argmax(0)[None], 0)[0]
    signs = np.where(strongest < 0, -1.0, 1.0)
    return Canonical(
        np.minimum(factors.values, 1.0),
        variates * signs,
        answers * signs,
        structure * signs,
        correlations(second, answers) * signs,
    )


@dataclass(frozen=True)
class Scaled:
    """Points whose distances are close to given ones.

    Attributes:
        points: coordinates `Y`, `(n, k)`.
        eigenvalues: of the Gram matrix, positive ones only, `(k,)`.
        spectrum: every computed eigenvalue, negative ones too.
    """

    points: Array
    eigenvalues: Array
    spectrum: Array


def gram_from_distances(distances: Array) -> Array:
    """Gower's centring, `G = -1/2 J D^2 J`, `(n, n)`."""
    squares = np.square(distances, dtype=np.float64)
    mean = squares.mean(axis=0)
    return -0.5 * (squares - mean - mean[:, None] + mean.mean())


def mds(distances: Array, rank: int | None = None, **options: Unpack[Options]) -> Scaled:
    """Classical multidimensional scaling: `G = U L U^T`, `Y = U L^1/2` over positive eigenvalues.

    Args:
        distances: symmetric with a zero diagonal, `(n, n)`; not squared.

    Raises:
        ValueError: all distances are zero.
    """
    values, vectors = eigen(gram_from_distances(distances), rank, **options)
    kept = values > ROUNDING * len(values) * np.abs(values).max()
    if not kept.any():
        raise ValueError("all distances are zero")
    return Scaled(vectors[:, kept] * np.sqrt(values[kept]), values[kept], values)
