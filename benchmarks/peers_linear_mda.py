"""linear-mda beside prince, scikit-learn and pydiodon: the same tables, the same answers, and how fast.

    python -m benchmarks.peers_linear_mda

Agreement on the example tables is the largest absolute difference of coordinates, signs aligned, in units of the
largest coordinate. Speed is that of the principal components of one large table.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.reduction.linear_mda import model

EXAMPLES = Path(model.__file__).parent / "examples"
ROWS, COLUMNS, RANK, POWER = 100_000, 500, 10, 7


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest absolute difference of matching columns `(n, k)` up to sign, over the largest entry."""
    ours, theirs = (
        np.asarray(columns, dtype=np.float64).reshape(len(columns), -1) for columns in (ours, theirs)
    )
    width = min(ours.shape[1], theirs.shape[1])
    ours, theirs = ours[:, :width], theirs[:, :width]
    signs = np.where((ours * theirs).sum(axis=0) < 0, -1.0, 1.0)
    return float(np.abs(ours - signs * theirs).max() / np.abs(ours).max())


def unit(columns: np.ndarray) -> np.ndarray:
    """Columns centred and of length 1: what is left of variates once their scale is set aside."""
    centred = columns - columns.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=0)


def read(name: str, text: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An example table as its first `text` columns and the rest."""
    frame = pd.read_csv(EXAMPLES / f"{name}.csv")
    return frame.iloc[:, :text], frame.iloc[:, text:]


Agreement = tuple[str, str, str, float]
"""Analysis, table, library, largest difference."""


def agreements() -> Iterator[Agreement]:
    """Every analysis of every example table beside every library."""
    for analysis in (components, correspondence, multiple_correspondence, instrumental, canonical, distances):
        yield from analysis()


def components() -> Iterator[Agreement]:
    """Principal components."""
    import prince
    from sklearn.decomposition import PCA

    with quiet():
        import pydiodon

    for name, text in (("penguins", 3), ("wine", 1)):
        _, frame = read(name, text)
        table = frame.to_numpy(float)
        n, p = table.shape
        centred, standard = model.pca(table), model.pca(table, scaling="standard")
        peer = PCA(svd_solver="full").fit(table)
        yield "PCA", name, "scikit-learn", difference(centred.rows, peer.transform(table))
        yield (
            "PCA",
            name,
            "scikit-learn",
            difference(centred.eigenvalues * n / (n - 1), peer.explained_variance_),
        )
        peer = prince.PCA(n_components=p, engine="scipy").fit(frame)
        yield "PCA, standard", name, "prince", difference(standard.rows, peer.row_coordinates(frame))
        yield "PCA, standard", name, "prince", difference(standard.eigenvalues, peer.eigenvalues_)
        yield "PCA, standard", name, "prince", difference(standard.columns, peer.column_correlations)
        with quiet():
            rows, values, _ = pydiodon.pca(table.copy())
        yield "PCA, standard", name, "pydiodon", difference(standard.rows / np.sqrt(n), rows)
        yield "PCA, standard", name, "pydiodon", difference(standard.eigenvalues, values)
        weights = np.random.default_rng(0).uniform(0.5, 2, n)
        metric = np.random.default_rng(1).uniform(0.5, 2, p)
        ours = model.pca(table, scaling="standard", row_weights=weights, column_weights=metric)
        peer = prince.PCA(n_components=p, engine="scipy").fit(
            frame, sample_weight=weights, column_weight=metric
        )
        yield "PCA with metrics", name, "prince", difference(ours.rows, peer.row_coordinates(frame))
        yield "PCA with metrics", name, "prince", difference(ours.eigenvalues, peer.eigenvalues_)


def correspondence() -> Iterator[Agreement]:
    """Correspondence analysis."""
    import prince

    with quiet():
        import pydiodon

    for name in ("hair_eyes", "bundestag_2005"):
        _, counts = read(name, 1)
        ours = model.coa(counts.to_numpy(float))
        k = len(ours.eigenvalues)
        peer = prince.CA(n_components=k, engine="scipy").fit(counts)
        for mine, theirs in (
            (ours.rows, peer.row_coordinates(counts)),
            (ours.columns, peer.column_coordinates(counts)),
            (ours.eigenvalues, peer.eigenvalues_),
            (ours.row_contributions, peer.row_contributions_),
            (ours.row_cos2, peer.row_cosine_similarities(counts)),
        ):
            yield "Correspondence analysis", name, "prince", difference(mine, theirs)
        with quiet():
            values, rows, columns = pydiodon.coa(counts.to_numpy(float))
        for mine, theirs in ((ours.rows, rows), (ours.columns, columns), (ours.eigenvalues, values[:k])):
            yield "Correspondence analysis", name, "pydiodon", difference(mine, theirs)


def multiple_correspondence() -> Iterator[Agreement]:
    """Multiple correspondence analysis."""
    import prince

    _, answers = read("zoo_animals", 2)
    answers = answers.astype(str)
    codes = np.column_stack([pd.factorize(answers[column], sort=True)[0] for column in answers])
    ours = model.mca(codes)
    k = len(ours.eigenvalues)
    peer = prince.MCA(n_components=k, engine="scipy").fit(answers)
    yield "Multiple CA", "zoo_animals", "prince", difference(ours.rows, peer.row_coordinates(answers))
    yield "Multiple CA", "zoo_animals", "prince", difference(ours.columns, peer.column_coordinates(answers))
    yield "Multiple CA", "zoo_animals", "prince", difference(ours.eigenvalues, peer.eigenvalues_)
    peer = prince.MCA(n_components=k, engine="scipy", correction="greenacre").fit(answers)
    above, base = model.adjusted(ours.eigenvalues, codes.shape[1], len(ours.columns))
    yield "Multiple CA", "zoo_animals", "prince", difference(100 * above / base, peer.percentage_of_variance_)


def diet() -> tuple[np.ndarray, np.ndarray]:
    """Two tables of the same penguins."""
    frame = pd.read_csv(EXAMPLES / "penguin_diet.csv").iloc[:, 1:]
    return frame.iloc[:, :4].to_numpy(float), frame.iloc[:, 4:].to_numpy(float)


def instrumental() -> Iterator[Agreement]:
    """Principal components of what a second table explains."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression

    with quiet():
        import pydiodon

    first, second = diet()
    ours = model.pca_iv(first, second)
    k = len(ours.analysis.eigenvalues)
    fitted = LinearRegression().fit(second, first).predict(second)
    fits = PCA(svd_solver="full").fit_transform(fitted)
    yield "PCA-IV", "penguin_diet", "scikit-learn", difference(ours.analysis.rows, fits[:, :k])
    with quiet():
        # Its pca_iv does not run (0.1.0: its own steps answer with pairs); these are its parts.
        projector, _ = pydiodon.project_on(pydiodon.center_col(second.copy())[0])
        rows, values, _ = pydiodon.pca_core(projector @ pydiodon.center_col(first.copy())[0])
    yield "PCA-IV", "penguin_diet", "pydiodon", difference(ours.analysis.rows, rows[:, :k])
    yield "PCA-IV", "penguin_diet", "pydiodon", difference(ours.analysis.eigenvalues * len(first), values[:k])


def canonical() -> Iterator[Agreement]:
    """Canonical correlation analysis."""
    from sklearn.cross_decomposition import CCA

    first, second = diet()
    pairs = model.cca(first, second)
    peer = CCA(n_components=2, scale=True, max_iter=100_000, tol=1e-15).fit(first, second)
    left, right = peer.transform(first, second)
    yield "Canonical correlation", "penguin_diet", "scikit-learn", difference(unit(pairs.first), unit(left))
    yield "Canonical correlation", "penguin_diet", "scikit-learn", difference(unit(pairs.second), unit(right))


def distances() -> Iterator[Agreement]:
    """Classical scaling."""
    from sklearn.manifold import ClassicalMDS

    with quiet():
        import pydiodon

    _, frame = read("european_roads", 1)
    table = frame.to_numpy(float)
    ours = model.mds(table)
    k = len(ours.eigenvalues)
    peer = ClassicalMDS(n_components=k, metric="precomputed").fit(table)
    yield "Classical MDS", "european_roads", "scikit-learn", difference(ours.points, peer.embedding_)
    with quiet():
        points, _ = pydiodon.mds(table.copy(), k=4)
    yield "Classical MDS", "european_roads", "pydiodon", difference(ours.points[:, :4], points)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """pydiodon prints as it goes."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def spectrum_table(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Fifty decaying factors in noise, far from the origin, `(rows, columns)`."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((50, columns)) * np.exp(-np.arange(50) / 10)[:, None]
    return rng.standard_normal((rows, 50)) @ factors + 0.3 * rng.standard_normal((rows, columns)) + 5


def comparisons() -> Iterator[Beside]:
    """Centred components of one large table, each solver at the settings of its peers; pydiodon has none to set.

    Answers are compared by their eigenvalues: two randomised solvers differ by as much as either errs.
    """
    import prince
    from sklearn.decomposition import PCA
    from sklearn.utils.extmath import randomized_svd

    with quiet():
        import pydiodon

    table = spectrum_table(ROWS, COLUMNS)
    frame = pd.DataFrame(table, copy=False, columns=[f"v{j}" for j in range(COLUMNS)])

    def ours(solver: str, extra: int = 10, iterations: int = POWER) -> np.ndarray:
        analysis = model.pca(table, RANK, solver=solver, oversampling=extra, power_iterations=iterations)
        return analysis.eigenvalues * ROWS

    def sklearn_pca(solver: str) -> np.ndarray:
        peer = PCA(RANK, svd_solver=solver, iterated_power=POWER, n_oversamples=10, random_state=0)
        peer.fit_transform(table)
        return np.square(peer.singular_values_)

    def sklearn_svd() -> np.ndarray:
        centred = table - table.mean(axis=0)
        left, values, _ = randomized_svd(centred, RANK, n_oversamples=10, n_iter=POWER, random_state=0)
        _ = left * values
        return np.square(values)

    def prince_pca() -> np.ndarray:
        peer = prince.PCA(n_components=RANK, rescale_with_std=False, n_iter=POWER, random_state=0).fit(frame)
        peer.row_coordinates(frame)
        return np.asarray(peer.eigenvalues_) * ROWS

    def pydiodon_grp() -> np.ndarray:
        np.random.seed(0)  # pydiodon draws from the global generator
        with quiet():
            return pydiodon.pca_core(table - table.mean(axis=0), k=RANK, meth="grp")[1]

    of = f"{RANK} components of {ROWS:,} x {COLUMNS}"
    yield Beside(
        f"{of}, exact",
        lambda: ours("exact"),
        {"scikit-learn, covariance_eigh": lambda: sklearn_pca("covariance_eigh")},
    )
    yield Beside(
        f"{of}, oversampling 10, {POWER} power iterations",
        lambda: ours("randomised"),
        {
            "scikit-learn PCA": lambda: sklearn_pca("randomized"),
            "scikit-learn randomized_svd": sklearn_svd,
            "prince": prince_pca,
        },
    )
    yield Beside(f"{of}, one pass", lambda: ours("randomised", 0, 0), {"pydiodon, grp": pydiodon_grp})


def agreement() -> list[dict[str, str | float]]:
    """The largest difference for each analysis, table and library, printed too."""
    worst: dict[tuple[str, str, str], float] = {}
    for analysis, table, library, value in agreements():
        key = analysis, table, library
        worst[key] = max(value, worst.get(key, 0.0))
    rows: list[dict[str, str | float]] = [
        {"analysis": analysis, "table": table, "library": library, "difference": value}
        for (analysis, table, library), value in worst.items()
    ]
    for row in rows:
        print(f"{row['analysis']} of {row['table']} beside {row['library']}: {row['difference']:.1e}")
    return rows


def main() -> None:
    """Measure, print and store."""
    beside.main("linear-mda", __doc__, comparisons, agreement=agreement)


if __name__ == "__main__":
    main()
