"""What linear-mda claims, measured: see the `@claim` methods of `LinearMda`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import linalg
from scipy.sparse.linalg import svds
from scipy.spatial.distance import pdist, squareform

from zoo.blocks.svd import Array, Pretreated, Svd, svd
from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import model

EXAMPLES = Path(__file__).parent / "examples"
TOLERANCE = 1e-8
BUDGET = 1.01
RANK = 10


def numbers(name: str, text: int) -> Array:
    """An example table without its first `text` columns."""
    return pd.read_csv(EXAMPLES / name).iloc[:, text:].to_numpy(np.float64)


def gap(ours: Array, theirs: Array) -> float:
    """Largest absolute difference of matching columns `(n, k)` up to sign, over the largest entry."""
    signs = np.where((ours * theirs).sum(axis=0) < 0, -1.0, 1.0)
    return float(np.abs(ours - signs * theirs).max() / np.abs(ours).max())


def differences() -> Iterator[tuple[str, float]]:
    """Analysis and largest difference to another road to the same components, for two tables each.

    The other roads share no code with the SVD core: scikit-learn, regression, eigenvectors of
    covariances, reciprocal averaging.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.manifold import ClassicalMDS

    penguins, wine, diet = numbers("penguins.csv", 3), numbers("wine.csv", 1), numbers("penguin_diet.csv", 1)
    states = numbers("states_2009.csv", 1)
    for table in (penguins, wine):
        ours = model.pca(table).rows
        yield "PCA", gap(ours, PCA(svd_solver="full").fit_transform(table))

        weights = np.random.default_rng(0).uniform(0.5, 2, len(table))
        metric = np.random.default_rng(1).uniform(0.5, 2, table.shape[1])
        analysis = model.pca(table, row_weights=weights, column_weights=metric)
        covariance = np.cov(table.T, aweights=weights, ddof=0) * np.sqrt(np.outer(metric, metric))
        vectors = np.linalg.eigh(covariance)[1][:, ::-1] * np.sqrt(metric)[:, None]
        centred = table - np.average(table, axis=0, weights=weights)
        yield "PCA with metrics", gap(analysis.rows, centred @ vectors)

    hair, votes = numbers("hair_eyes.csv", 1), numbers("bundestag_2005.csv", 1)
    animals = pd.read_csv(EXAMPLES / "zoo_animals.csv").iloc[:, 2:].astype(str)
    codes = np.column_stack([pd.factorize(animals[name], sort=True)[0] for name in animals])
    for counts in (hair, votes):
        yield "Correspondence analysis", averaging_gap(model.coa(counts), counts)
    for questions in (16, 9):
        indicators = pd.get_dummies(animals.iloc[:, :questions]).to_numpy(float)
        yield "Multiple correspondence", averaging_gap(model.mca(codes[:, :questions]), indicators)

    for first, second in ((diet[:, :4], diet[:, 4:]), (states[:, 2:], states[:, :2])):
        ours = model.pca_iv(first, second).analysis.rows
        fitted = LinearRegression().fit(second, first).predict(second)
        yield "PCA-IV", gap(ours, PCA(svd_solver="full").fit_transform(fitted)[:, : ours.shape[1]])

        pairs = model.cca(first, second)
        joint = np.cov(np.hstack([first, second]).T, ddof=0)
        p = first.shape[1]
        within = linalg.block_diag(joint[:p, :p], joint[p:, p:])
        weights = linalg.eigh(joint - within, within)[1][:, ::-1][:p, :2]
        left = (first - first.mean(axis=0)) @ weights
        yield "Canonical correlation", gap(pairs.first, left / left.std(axis=0))

    for distances in (numbers("european_roads.csv", 1), squareform(pdist(wine))):
        # Beyond the first axes the eigenvalues of exact distances are rounding in both programs.
        ours = model.mds(distances, solver="exact").points[:, :6]
        peer = ClassicalMDS(n_components=6, metric="precomputed").fit(distances)
        yield "Classical MDS", gap(ours, peer.embedding_)


def averaging(counts: Array, axes: int) -> tuple[Array, Array]:
    """Correspondence analysis as the fixed points of reciprocal averaging (Hill 1973).

    Returns:
        Eigenvalues `(axes,)` and row scores in principal coordinates `(n, axes)`.
    """
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    back_and_forth = (counts.T / columns[:, None]) @ (counts / rows[:, None])
    # Averages of averages, made symmetric by the column margins; 1 belongs to the constant score.
    root = np.sqrt(columns)
    values, vectors = np.linalg.eigh(root[:, None] * back_and_forth / root)
    values, vectors = values[::-1][1 : axes + 1], vectors[:, ::-1][:, 1 : axes + 1]
    scores = np.sqrt(columns.sum()) * vectors / root[:, None]
    return values, (counts / rows[:, None]) @ scores


def averaging_gap(analysis: model.Analysis, counts: Array) -> float:
    """Largest difference to reciprocal averaging: eigenvalues, two axes, and all inner products."""
    values, rows = averaging(counts, len(analysis.eigenvalues))
    return max(
        gap(analysis.eigenvalues[:, None], values[:, None]),
        gap(analysis.rows[:, :2], rows[:, :2]),
        gap(analysis.rows @ analysis.rows.T, rows @ rows.T),
    )


@claim(
    "Seven analyses through one singular value decomposition agree with independent programs",
    paper="one core for all analyses",
    unit="largest difference",
    baseline="a tolerance of 1e-8",
    tuning="nothing to tune: a limit set beforehand",
)
def agreement(quick: bool, progress: Progress) -> Evidence:
    """Largest differences of the seven analyses to independent roads, against a tolerance."""
    gaps: dict[str, list[float]] = {}
    for place, (name, value) in enumerate(differences()):
        gaps.setdefault(name, []).append(value)
        progress(min(1.0, (place + 1) / 14), name)
    ours = tuple(tuple(values) for values in gaps.values())
    return Evidence(
        ours=ours,
        baseline=tuple((TOLERANCE,) * len(values) for values in ours),
        conditions=tuple(gaps),
        better="lower",
    )


SPECTRA = ("singular values 1/j", "singular values 0.9^j", "noise, no structure at all")


def spectrum(name: str, rows: int, columns: int, seed: int) -> Array:
    """A table `(rows, columns)` whose singular values fall off slowly or quickly, or pure noise."""
    rng = np.random.default_rng(seed)
    side = min(rows, columns)
    left = linalg.qr(rng.standard_normal((rows, side)), mode="economic")[0]
    right = linalg.qr(rng.standard_normal((columns, side)), mode="economic")[0]
    place = np.arange(1, side + 1)
    if name == SPECTRA[2]:
        return rng.standard_normal((rows, columns))
    return (left * (1 / place if name == SPECTRA[0] else 0.9**place)) @ right.T


def excess(name: str, seed: int) -> dict[str, float]:
    """Error of the randomised approximation of rank ``RANK`` in units of the smallest possible one."""
    table = spectrum(name, 600, 300, seed)
    best = np.sqrt(np.square(linalg.svdvals(table)[RANK:]).sum())
    answer = svd(table, RANK, solver="randomised", seed=seed)
    return {
        "randomised": float(np.linalg.norm(table - (answer.left * answer.values) @ answer.right.T) / best)
    }


@claim(
    "The randomised decomposition comes within 1 % of the smallest possible error",
    paper="random projection, after Halko et al. 2011",
    unit="times the smallest error",
    baseline="1.01, a loss of 1 %",
    tuning="nothing to tune: a limit set beforehand",
)
def near_optimal(quick: bool, progress: Progress) -> Evidence:
    """Error of the randomised rank-10 approximation against the smallest possible one."""
    runs = paired(SPECTRA, range(5 if quick else 20), excess, progress)
    return runs.evidence("randomised", BUDGET, better="lower")


NOTICED = 0.2
"""Seconds: a shorter wait hardly seems one to who asked for it."""


@claim(
    "The randomised decomposition takes less time than the fastest exact one",
    paper="random projection, after Halko et al. 2011",
    unit="CPU seconds",
    baseline="the fastest of three exact solvers",
    tuning="of the Gram matrix and its ten eigenvectors, ARPACK and LAPACK's whole decomposition, each asked for ten"
    " axes on one thread, the fastest at each size counts",
    timed=True,
)
def faster(quick: bool, progress: Progress) -> Evidence:
    """CPU seconds of the randomised and of three exact solvers on the same tables of noise, in turn."""
    sizes = [(3000, 500), (700, 700)] if quick else [(20_000, 1000), (3000, 1500), (2000, 2000)]
    named = {f"{rows:,} x {columns:,}, {RANK} axes": (rows, columns) for rows, columns in sizes}
    runs = paired(named, range(2 if quick else 4), clocked, progress)
    exact = tuple(solver.__name__.replace("_", " ") for solver in EXACT)
    curves = {"Time of every solver": runs.curve("table", "CPU seconds")}
    margin = 0.0 if quick else NOTICED  # the small tables of the quick version are done in less
    return runs.evidence("randomised", exact, better="lower", margin=margin, curves=curves)


def clocked(size: tuple[int, int], seed: int) -> dict[str, float]:
    """CPU seconds of each solver, which other programs on the machine disturb less than the clock."""
    table = np.random.default_rng(seed).standard_normal(size)
    seconds = {}
    for solver in (randomised, *EXACT):
        start = time.process_time()
        solver(table)
        seconds[solver.__name__.replace("_", " ")] = time.process_time() - start
    return seconds


def randomised(table: Array) -> Svd:
    """Ours."""
    return svd(table, RANK, solver="randomised")


def gram_matrix(table: Array) -> Svd:
    """Ten eigenvectors of the smaller matrix of inner products; half the digits, which suffice for noise."""
    whole = Pretreated(table)
    gram, _ = whole.gram()
    squares, right = linalg.eigh(gram, subset_by_index=(len(gram) - RANK, len(gram) - 1))
    values, right = np.sqrt(squares[::-1]), right[:, ::-1]
    return Svd(whole.times(right) / values, values, right)


def arpack(table: Array) -> Svd:
    """Lanczos iterations to the last digit."""
    left, values, right = svds(table, RANK, rng=0)
    return Svd(left[:, ::-1], values[::-1], right[::-1].T)


def whole_decomposition(table: Array) -> Svd:
    """LAPACK's divide and conquer, all axes."""
    left, values, right = linalg.svd(table, full_matrices=False)
    return Svd(left[:, :RANK], values[:RANK], right[:RANK].T)


EXACT = (gram_matrix, arpack, whole_decomposition)
