"""One singular value decomposition for every linear analysis, exact or randomised.

The tables of linear dimension reduction are a given matrix that was centred and weighted:

    T = diag(r) (A - U V^T) diag(c)

with `U V^T` of very low rank (a column mean, the product of two margins). `Pretreated` keeps `A`
as it came and applies the rest inside each product, so that a table of gigabytes is never copied.

References:
    [1] Halko, Martinsson, Tropp. Finding structure with randomness. SIAM Review 53(2), 2011.
    [2] Franc. Linear dimensionality reduction. arXiv 2209.13597, 2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.linalg import blas

Array = NDArray[np.float64]
Solver = Literal["auto", "exact", "randomised"]

# A block of this many numbers (1 MB) stays in cache while it is centred and multiplied by a square
# matrix; by a narrow one, OpenBLAS is up to twice as fast on small blocks (256 kB).
BLOCK, NARROW_BLOCK = 1 << 17, 1 << 15
# The Gram matrix squares the condition number: down to this share of the first, singular values and
# vectors keep eleven digits; where smaller ones are asked for, LAPACK decomposes the table itself.
GRAM_TRUST = 1e-2


class Options(TypedDict, total=False):
    """How `svd` and `eigen` are to be computed; their own arguments, passed on by an analysis."""

    solver: Solver
    oversampling: int
    power_iterations: int
    seed: int


@dataclass(frozen=True)
class Svd:
    """`T ~ left @ diag(values) @ right.T`, largest singular value first.

    Attributes:
        left: orthonormal columns, `(n, k)`.
        values: singular values, `(k,)`.
        right: orthonormal columns, `(p, k)`; the largest entry of each is positive.
        squares: sums of squares of T along each row, `(n,)`, and each column, `(p,)`, where the solver
            met them on its way; see `Pretreated.squares`.
    """

    left: Array
    values: Array
    right: Array
    squares: tuple[Array, Array] | None = None


@dataclass(frozen=True)
class Pretreated:
    """`diag(rows) (matrix - offset[0] @ offset[1].T) diag(columns)`, never formed as a whole.

    Attributes:
        matrix: any real dtype, `(n, p)`; converted to float64 block by block.
        rows: `(n,)`, or None for ones.
        columns: `(p,)`, or None for ones.
        offset: what is subtracted, as the factors `(n, q)` and `(p, q)` of a product; None for nothing.
    """

    matrix: NDArray
    rows: Array | None = None
    columns: Array | None = None
    offset: tuple[Array, Array] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of T."""
        return self.matrix.shape

    @property
    def T(self) -> Pretreated:
        """The transposed table, not copied either."""
        flipped = None if self.offset is None else self.offset[::-1]
        return Pretreated(self.matrix.T, self.columns, self.rows, flipped)

    def slices(self, size: int = BLOCK) -> Iterator[slice]:
        """Consecutive row ranges of about `size` numbers each."""
        n, p = self.shape
        step = max(1, size // max(1, p))
        return (slice(start, min(start + step, n)) for start in range(0, n, step))

    def centred(self, size: int = BLOCK) -> Iterator[tuple[slice, Array]]:
        """Row ranges and the matrix less its offset there, in a buffer that the next
        block overwrites: fresh memory would cost as much as the arithmetic."""
        buffer = np.empty((0, 0))
        mean = self._same_for_all_rows()
        for part in self.slices(size):
            count = part.stop - part.start
            if len(buffer) < count:
                buffer = np.empty((count, self.shape[1]))
            block = buffer[:count]
            if self.offset is None:
                block[:] = self.matrix[part]
            elif mean is not None:
                np.subtract(self.matrix[part], mean, out=block)
            else:
                np.matmul(self.offset[0][part], self.offset[1].T, out=block)
                np.subtract(self.matrix[part], block, out=block)
            yield part, block

    def _same_for_all_rows(self) -> Array | None:
        """What is subtracted from every row, `(p,)`, if that is the same: half the work of a product."""
        if self.offset is None or self.offset[0].shape[1] != 1 or np.ptp(self.offset[0]) != 0:
            return None
        return self.offset[0][0, 0] * self.offset[1][:, 0]

    def dense(self) -> Array:
        """T itself, `(n, p)`."""
        for _, block in self.centred(size=max(1, self.matrix.size)):
            if self.rows is not None:
                block *= self.rows[:, None]
            if self.columns is not None:
                block *= self.columns
            return block
        return np.empty(self.shape)

    def squares(self) -> tuple[Array, Array]:
        """Sums of squares of T along each row, `(n,)`, and each column, `(p,)`."""
        rows, columns = np.empty(self.shape[0]), np.zeros(self.shape[1])
        for part, block in self.centred():
            if self.rows is not None:
                block *= self.rows[part, None]
            if self.columns is not None:
                block *= self.columns
            rows[part] = np.einsum("ij,ij->i", block, block)
            columns += np.einsum("ij,ij->j", block, block)
        return rows, columns

    def gram(self) -> tuple[Array, Array]:
        """`T^T T`, `(p, p)`, and the sums of squares of T along each row, `(n,)`, from one pass.

        Blocks are centred before they are multiplied, so that a mean far from zero does not cancel
        against itself.
        """
        n, p = self.shape
        upper, rows = np.zeros((p, p), order="F"), np.empty(n)
        # Equal weights, the common case, wait for the small matrix.
        unequal = None if self.rows is None or np.ptp(self.rows) == 0 else self.rows
        heights = None if self.columns is None else np.square(self.columns)
        for part, block in self.centred():
            if unequal is not None:
                block *= unequal[part, None]
            # Half the products of a square matrix: the other half mirrors them.
            upper = blas.dsyrk(1.0, block.T, beta=1.0, c=upper, overwrite_c=True)
            if heights is None:
                rows[part] = np.einsum("ij,ij->i", block, block)
            else:
                rows[part] = np.square(block, out=block) @ heights
        gram = upper + np.triu(upper, 1).T
        if self.rows is not None and unequal is None:
            gram *= np.square(self.rows[0])
            rows *= np.square(self.rows[0])
        return gram if self.columns is None else self.columns[:, None] * gram * self.columns, rows

    def times(self, right: Array) -> Array:
        """`T @ right`, `(n, k)` for `right` of `(p, k)`."""
        scaled = right if self.columns is None else self.columns[:, None] * right
        product = np.empty((self.shape[0], right.shape[1]))
        for part in self.slices(NARROW_BLOCK):
            product[part] = np.asarray(self.matrix[part], dtype=np.float64) @ scaled
        if self.offset is not None:
            product -= self.offset[0] @ (self.offset[1].T @ scaled)
        return product if self.rows is None else self.rows[:, None] * product

    def transposed_times(self, left: Array) -> Array:
        """`T^T @ left`, `(p, k)` for `left` of `(n, k)`."""
        scaled = left if self.rows is None else self.rows[:, None] * left
        # `left.T @ A` runs at twice the speed of `A.T @ left` where A lies row by row.
        total = np.zeros((left.shape[1], self.shape[1]))
        for part in self.slices():
            total += scaled[part].T @ np.asarray(self.matrix[part], dtype=np.float64)
        if self.offset is not None:
            total -= (scaled.T @ self.offset[0]) @ self.offset[1].T
        return total.T if self.columns is None else self.columns[:, None] * total.T

    def normal_times(self, right: Array) -> Array:
        """`T^T T @ right`, `(p, k)`, in one pass over the matrix instead of two."""
        scaled = right if self.columns is None else self.columns[:, None] * right
        total = np.zeros((right.shape[1], self.shape[1]))
        if self.offset is not None:
            shift = self.offset[1].T @ scaled
            drift = np.zeros(shift.T.shape)
        for part in self.slices(NARROW_BLOCK):
            block = np.asarray(self.matrix[part], dtype=np.float64)
            product = block @ scaled
            if self.offset is not None:
                product -= self.offset[0][part] @ shift
            if self.rows is not None:
                product *= np.square(self.rows[part, None])
            total += product.T @ block
            if self.offset is not None:
                drift += product.T @ self.offset[0][part]
        if self.offset is not None:
            total -= drift @ self.offset[1].T
        return total.T if self.columns is None else self.columns[:, None] * total.T


def svd(
    table: Pretreated | NDArray,
    rank: int | None = None,
    *,
    solver: Solver = "auto",
    oversampling: int = 10,
    power_iterations: int = 4,
    seed: int = 0,
) -> Svd:
    """The leading singular triplets of a table.

    Args:
        table: `(n, p)`.
        rank: how many; all `min(n, p)` by default.
        solver: `exact` is correct to rounding; `randomised` follows [1] and is faster where
            `rank` is far below both sides; `auto` takes the cheaper of the two.
        oversampling: extra random directions of the randomised solver.
        power_iterations: how often it multiplies by `T^T T`; more for a flat spectrum.
        seed: of the randomised solver.

    Raises:
        ValueError: the table is empty or `rank` is below 1.
    """
    if isinstance(table, np.ndarray):
        table = Pretreated(table)
    sides = min(table.shape)
    rank = sides if rank is None else min(rank, sides)
    if rank < 1:
        raise ValueError("the table needs at least one row and one column, and rank at least 1")
    if table.shape[0] < table.shape[1]:
        wide = svd(
            table.T,
            rank,
            solver=solver,
            oversampling=oversampling,
            power_iterations=power_iterations,
            seed=seed,
        )
        return _signed(wide.right, wide.values, wide.left, wide.squares and wide.squares[::-1])
    width = rank + oversampling
    if solver == "auto":
        # Flops per row: p^2 for the Gram matrix against 4 p width for each pass of [1].
        solver = "exact" if sides <= 4 * width * (power_iterations + 2) else "randomised"
    if solver == "randomised" and width < sides:
        return _randomised(table, rank, width, power_iterations, seed)
    return _exact(table, rank)


def eigen(
    matrix: Array,
    rank: int | None = None,
    *,
    solver: Solver = "auto",
    oversampling: int = 10,
    power_iterations: int = 4,
    seed: int = 0,
) -> tuple[Array, Array]:
    """Eigenvalues `(k,)`, largest first, and eigenvectors `(n, k)` of a symmetric matrix `(n, n)`.

    The same decomposition with its signs kept: |eigenvalues| are the singular values. The
    randomised solver turns inside the leading singular space (Rayleigh-Ritz), which also tells
    apart an eigenvalue from its negative.
    """
    n = len(matrix)
    width = n if rank is None else min(n, rank + oversampling)
    if solver == "exact" or (solver == "auto" and n <= 20 * width) or width == n:
        values, vectors = linalg.eigh(matrix)
    else:
        basis = _randomised(Pretreated(matrix), width, width, power_iterations, seed).left
        values, turn = linalg.eigh(basis.T @ matrix @ basis)
        vectors = basis @ turn
    vectors = vectors[:, ::-1][:, :rank]
    return values[::-1][:rank], vectors * _signs(vectors)


def _exact(table: Pretreated, rank: int) -> Svd:
    n, p = table.shape
    if n >= 4 * p:
        gram, row_squares = table.gram()
        squares, right = linalg.eigh(gram, subset_by_index=(p - rank, p - 1))
        values = np.sqrt(np.maximum(squares[::-1], 0.0))
        if values[-1] > GRAM_TRUST * values[0]:
            right = right[:, ::-1]
            return _signed(table.times(right) / values, values, right, (row_squares, np.diag(gram).copy()))
    left, values, right = linalg.svd(table.dense(), full_matrices=False, overwrite_a=True)
    return _signed(left[:, :rank], values[:rank], right[:rank].T)


def _randomised(table: Pretreated, rank: int, width: int, iterations: int, seed: int) -> Svd:
    """Algorithms 4.4 and 5.1 of [1]. The normal equations halve the passes of the power scheme,
    and only matrices of `p` rows are ever orthonormalised on the way."""
    basis = np.random.default_rng(seed).standard_normal((table.shape[1], width))
    for _ in range(iterations):
        basis = linalg.qr(table.normal_times(basis), mode="economic")[0]
    span = linalg.qr(table.times(basis), mode="economic", overwrite_a=True)[0]
    right, values, turn = linalg.svd(table.transposed_times(span), full_matrices=False)
    return _signed(span @ turn[:rank].T, values[:rank], right[:, :rank])


def _signs(vectors: Array) -> Array:
    peak = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)[0]
    return np.where(peak < 0, -1.0, 1.0)


def _signed(left: Array, values: Array, right: Array, squares: tuple[Array, Array] | None = None) -> Svd:
    signs = _signs(right)
    return Svd(left * signs, values, right * signs, squares)
