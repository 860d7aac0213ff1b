"""linear-mda beside prince, scikit-learn and pydiodon: the same tables, the same answers, and how fast.

    python benchmarks/peers_linear_mda.py   # prints two tables, writes results/peers-linear-mda.json
    python benchmarks/peers_linear_mda.py --rows 20000 --rounds 3

Agreement is the largest absolute difference of coordinates, signs aligned, in units of the largest
coordinate. Times are CPU seconds of alternating runs in one process, on one thread unless
OMP_NUM_THREADS says otherwise: medians of the rounds, and for each round how many times ours.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.running import alternate, write  # noqa: E402
from plugins.reduction.linear_mda import model  # noqa: E402

EXAMPLES = ROOT / "plugins/reduction/linear_mda/examples"


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest absolute difference of matching columns `(n, k)` up to sign, over the largest entry."""
    ours, theirs = (np.asarray(one, dtype=np.float64).reshape(len(one), -1) for one in (ours, theirs))
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


def agreements() -> Iterator[tuple[str, str, str, float]]:
    """Analysis, table, library, largest difference."""
    import prince
    from sklearn.cross_decomposition import CCA
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.manifold import ClassicalMDS

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
            components, values, _ = pydiodon.pca(table.copy())
        yield "PCA, standard", name, "pydiodon", difference(standard.rows / np.sqrt(n), components)
        yield "PCA, standard", name, "pydiodon", difference(standard.eigenvalues, values)
        weights = np.random.default_rng(0).uniform(0.5, 2, n)
        metric = np.random.default_rng(1).uniform(0.5, 2, p)
        ours = model.pca(table, scaling="standard", row_weights=weights, column_weights=metric)
        peer = prince.PCA(n_components=p, engine="scipy").fit(
            frame, sample_weight=weights, column_weight=metric
        )
        yield "PCA with metrics", name, "prince", difference(ours.rows, peer.row_coordinates(frame))
        yield "PCA with metrics", name, "prince", difference(ours.eigenvalues, peer.eigenvalues_)

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

    frame = pd.read_csv(EXAMPLES / "penguin_diet.csv").iloc[:, 1:]
    first, second = frame.iloc[:, :4].to_numpy(float), frame.iloc[:, 4:].to_numpy(float)
    ours = model.pca_iv(first, second)
    k = len(ours.analysis.eigenvalues)
    fitted = LinearRegression().fit(second, first).predict(second)
    components = PCA(svd_solver="full").fit_transform(fitted)
    yield "PCA-IV", "penguin_diet", "scikit-learn", difference(ours.analysis.rows, components[:, :k])
    with quiet():
        # Its pca_iv does not run (0.1.0: its own steps answer with pairs); these are its parts.
        projector, _ = pydiodon.project_on(pydiodon.center_col(second.copy())[0])
        components, values, _ = pydiodon.pca_core(projector @ pydiodon.center_col(first.copy())[0])
    yield "PCA-IV", "penguin_diet", "pydiodon", difference(ours.analysis.rows, components[:, :k])
    yield "PCA-IV", "penguin_diet", "pydiodon", difference(ours.analysis.eigenvalues * len(first), values[:k])

    pairs = model.cca(first, second)
    peer = CCA(n_components=2, scale=True, max_iter=100_000, tol=1e-15).fit(first, second)
    left, right = peer.transform(first, second)
    yield "Canonical correlation", "penguin_diet", "scikit-learn", difference(unit(pairs.first), unit(left))
    yield "Canonical correlation", "penguin_diet", "scikit-learn", difference(unit(pairs.second), unit(right))

    _, frame = read("european_roads", 1)
    distances = frame.to_numpy(float)
    ours = model.mds(distances)
    k = len(ours.eigenvalues)
    peer = ClassicalMDS(n_components=k, metric="precomputed").fit(distances)
    yield "Classical MDS", "european_roads", "scikit-learn", difference(ours.points, peer.embedding_)
    with quiet():
        points, _ = pydiodon.mds(distances.copy(), k=4)
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


def speeds(rows: int, columns: int, rank: int, rounds: int) -> list[dict[str, float | str]]:
    """Centred PCA of one large table, components included: CPU seconds and error of each library.

    Libraries are compared at the same settings; pydiodon's randomised solver has none to set. An error
    is the largest relative one of the eigenvalues asked for.
    """
    import prince
    from sklearn.decomposition import PCA
    from sklearn.utils.extmath import randomized_svd

    with quiet():
        import pydiodon

    table = spectrum_table(rows, columns)
    frame = pd.DataFrame(table, copy=False, columns=[f"v{j}" for j in range(columns)])
    power = 7

    def ours(solver: str, extra: int = 10, iterations: int = power) -> tuple[np.ndarray, np.ndarray]:
        found = model.pca(table, rank, solver=solver, oversampling=extra, power_iterations=iterations)
        return found.eigenvalues * rows, found.rows

    def sklearn_pca(solver: str) -> tuple[np.ndarray, np.ndarray]:
        peer = PCA(rank, svd_solver=solver, iterated_power=power, n_oversamples=10, random_state=0)
        components = peer.fit_transform(table)
        return np.square(peer.singular_values_), components

    def sklearn_svd() -> tuple[np.ndarray, np.ndarray]:
        left, values, _ = randomized_svd(
            table - table.mean(axis=0), rank, n_oversamples=10, n_iter=power, random_state=0
        )
        return np.square(values), left * values

    def prince_pca() -> tuple[np.ndarray, np.ndarray]:
        peer = prince.PCA(n_components=rank, rescale_with_std=False, n_iter=power, random_state=0).fit(frame)
        return np.asarray(peer.eigenvalues_) * rows, peer.row_coordinates(frame).to_numpy()

    def pydiodon_grp() -> tuple[np.ndarray, np.ndarray]:
        np.random.seed(0)  # pydiodon draws from the global generator
        with quiet():
            components, values, _ = pydiodon.pca_core(table - table.mean(axis=0), k=rank, meth="grp")
        return values, components

    same, none, full = (
        f"oversampling 10, {power} power iterations",
        "no oversampling, no power iterations",
        "exact",
    )
    runs: dict[tuple[str, str], Callable[[], tuple[np.ndarray, np.ndarray]]] = {
        (same, "linear-mda"): lambda: ours("randomised"),
        (same, "scikit-learn PCA"): lambda: sklearn_pca("randomized"),
        (same, "scikit-learn randomized_svd"): sklearn_svd,
        (same, "prince PCA"): prince_pca,
        (none, "linear-mda"): lambda: ours("randomised", 0, 0),
        (none, "pydiodon grp"): pydiodon_grp,
        (full, "linear-mda"): lambda: ours("exact"),
        (full, "scikit-learn PCA, covariance_eigh"): lambda: sklearn_pca("covariance_eigh"),
    }
    centred = table - table.mean(axis=0)
    exact = np.linalg.eigvalsh(centred.T @ centred)[::-1][:rank]
    del centred
    worst: dict[tuple[str, str], float] = {}

    def timed(key: tuple[str, str]) -> Callable[[], float]:
        def run() -> float:
            start = time.process_time()
            values, _ = runs[key]()
            taken = time.process_time() - start
            worst[key] = float(np.abs(values[:rank] / exact - 1).max())
            return taken

        return run

    seconds = alternate({key: timed(key) for key in runs}, rounds)
    rows_of = []
    for (settings, library), taken in seconds.items():
        ratios = [theirs / mine for theirs, mine in zip(taken, seconds[settings, "linear-mda"], strict=True)]
        rows_of.append(
            {
                "settings": settings,
                "library": library,
                "seconds": round(statistics.median(taken), 3),
                "times ours": round(statistics.median(ratios), 2),
                "least": round(min(ratios), 2),
                "most": round(max(ratios), 2),
                "eigenvalue error": worst[settings, library],
            }
        )
    return rows_of


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=500)
    parser.add_argument("--rank", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()

    worst: dict[tuple[str, str, str], float] = {}
    for analysis, table, library, value in agreements():
        key = analysis, table, library
        worst[key] = max(value, worst.get(key, 0.0))
    print(f"{'analysis':<24}{'table':<16}{'library':<14}largest difference")
    for (analysis, table, library), value in worst.items():
        print(f"{analysis:<24}{table:<16}{library:<14}{value:.1e}")
    print(f"largest of all: {max(worst.values()):.1e}\n")

    timing = speeds(asked.rows, asked.columns, asked.rank, asked.rounds)
    print(
        f"PCA of {asked.rows:,} x {asked.columns}, {asked.rank} axes, median of {asked.rounds} alternating runs"
    )
    print(f"{'settings':<40}{'library':<36}CPU s   x ours  (least, most)  error")
    for row in timing:
        print(
            f"{row['settings']:<40}{row['library']:<36}{row['seconds']:<8}{row['times ours']:<8}"
            f"({row['least']}, {row['most']})  {row['eigenvalue error']:.0e}"
        )
    agreement = [
        {"analysis": analysis, "table": name, "library": library, "difference": value}
        for (analysis, name, library), value in worst.items()
    ]
    asked_for = {"rows": asked.rows, "columns": asked.columns, "rank": asked.rank, "rounds": asked.rounds}
    threads = os.environ["OMP_NUM_THREADS"]
    write(
        "peers-linear-mda", {**asked_for, "threads": threads, "agreement": agreement, "CPU seconds": timing}
    )


if __name__ == "__main__":
    main()
