"""What linear-mda claims, measured: see the `@claim` methods of `LinearMda`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import linalg
from scipy.spatial.distance import pdist, squareform

from zoo.blocks.svd import Array, Solver, svd
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


def spectra(rows: int, columns: int, seed: int) -> Iterator[tuple[str, Array]]:
    """Tables `(rows, columns)` whose singular values fall off slowly and quickly, and pure noise."""
    rng = np.random.default_rng(seed)
    side = min(rows, columns)
    left = linalg.qr(rng.standard_normal((rows, side)), mode="economic")[0]
    right = linalg.qr(rng.standard_normal((columns, side)), mode="economic")[0]
    place = np.arange(1, side + 1)
    yield "singular values 1/j", (left / place) @ right.T
    yield "singular values 0.9^j", (left * 0.9**place) @ right.T
    yield "noise, no structure at all", rng.standard_normal((rows, columns))


@claim(
    "The randomised decomposition comes within 1 % of the smallest possible error",
    paper="random projection, after Halko et al. 2011",
    unit="times the smallest error",
    baseline="1.01, a loss of 1 %",
)
def near_optimal(quick: bool, progress: Progress) -> Evidence:
    """Error of the randomised rank-10 approximation in units of the smallest possible one."""
    excess: dict[str, list[float]] = {}
    seeds = 5 if quick else 20
    for seed in range(seeds):
        progress(seed / seeds, "randomised against optimal")
        for name, table in spectra(600, 300, seed):
            best = np.sqrt(np.square(linalg.svdvals(table)[RANK:]).sum())
            answer = svd(table, RANK, solver="randomised", seed=seed)
            error = np.linalg.norm(table - (answer.left * answer.values) @ answer.right.T)
            excess.setdefault(name, []).append(float(error / best))
    return Evidence(
        ours=tuple(tuple(values) for values in excess.values()),
        baseline=tuple((BUDGET,) * len(values) for values in excess.values()),
        conditions=tuple(excess),
        better="lower",
    )


@claim(
    "The randomised decomposition takes less time than the exact one",
    paper="random projection, after Halko et al. 2011",
    unit="CPU seconds",
    baseline="the exact solver of the same core",
    timed=True,
)
def faster(quick: bool, progress: Progress) -> Evidence:
    """CPU seconds of the randomised and the exact solver on the same tables, alternating."""
    sizes = [(6000, 1000), (1200, 1200)] if quick else [(50_000, 1000), (4000, 2000), (2500, 2500)]
    seeds = 3 if quick else 5
    ours: list[tuple[float, ...]] = []
    exact: list[tuple[float, ...]] = []
    for place, (rows, columns) in enumerate(sizes):
        pairs = []
        for seed in range(seeds):
            progress((place + seed / seeds) / len(sizes), f"{rows:,} x {columns:,}")
            table = np.random.default_rng(seed).standard_normal((rows, columns))
            pairs.append((seconds(table, "randomised"), seconds(table, "exact")))
        ours.append(tuple(pair[0] for pair in pairs))
        exact.append(tuple(pair[1] for pair in pairs))
    return Evidence(
        ours=tuple(ours),
        baseline=tuple(exact),
        conditions=tuple(f"{rows:,} x {columns:,}, {RANK} axes" for rows, columns in sizes),
        better="lower",
    )


def seconds(table: Array, solver: Solver) -> float:
    """CPU seconds of ten axes, which other programs on the machine disturb less than the clock."""
    start = time.process_time()
    svd(table, RANK, solver=solver)
    return time.process_time() - start
