"""Maps in two dimensions: which neighbours they keep, and whether far is far on them."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zoo.blocks import map_quality
from zoo.blocks.map_rows import standard
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score
from zoo.evidence.tasks.dimension_reduction import DimensionReduction
from zoo.types import Figure, Table

COUNT = 15


@dataclass(frozen=True)
class Cloud:
    """Points of many coordinates, and how far they are from each other in truth.

    Attributes:
        rows: `(n, d)`.
        distances: `(n, n)`: along the surface that they were drawn from, or between the rows where there is none.
    """

    rows: np.ndarray
    distances: np.ndarray


class Maps(DimensionReduction):
    """A map in two dimensions: rows that are near stay near, and far stays far.

    Every contestant is given the same rows and the number of neighbours that a point holds on to, which is the
    perplexity of t-SNE, and leaves all else as its package has it. The rolled-up sheet and the tree are noisy, and
    their true distances are those along the clean sheet and the clean branches.
    """

    title = "Maps in two dimensions"
    data = "1,000 of scikit-learn's digits, wine, a noisy rolled-up sheet and a noisy tree"
    dial = Dial("neighbours", "Neighbours", "", (10, 30), 30, whole=True)
    scores = (
        Score("recall", "Nearest neighbours kept", f"% of {COUNT}", "higher"),
        Score("trustworthiness", "Trustworthiness", f"of 1, {COUNT} neighbours", "higher"),
        Score("far", "Rank correlation with true distances", "of 1", "higher"),
    )
    beside = "t-SNE (scikit-learn)"

    def baselines(self) -> Mapping[str, Run]:
        """Maps of scikit-learn, and those of other packages that are installed here (the extra ``maps``)."""
        others = {
            "t-SNE (openTSNE)": ("openTSNE", _opentsne),
            "UMAP (umap-learn)": ("umap", _umap),
            "PHATE (phate)": ("phate", _phate),
            "PaCMAP (pacmap)": ("pacmap", _pacmap),
        }
        return {
            "PCA (scikit-learn)": _pca,
            "Isomap (scikit-learn)": _isomap,
            "t-SNE (scikit-learn)": _tsne,
            **{name: run for name, (module, run) in others.items() if importlib.util.find_spec(module)},
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Four clouds; the sheet alone, with fewer points, if ``quick``."""
        from sklearn import datasets

        yield Item("rolled-up sheet", rolled(120 if quick else 700, noise=0.5, seed=0))
        if not quick:
            yield Item("tree", tree(700, noise=0.5, seed=0))
            digits = datasets.load_digits().data
            chosen = np.random.default_rng(0).choice(len(digits), 1000, replace=False)
            yield Item("digits", plain(digits[np.sort(chosen)]))
            yield Item("wine", plain(standard(datasets.load_wine().data)))

    def item(self, value: Table) -> Cloud:  # type: ignore[override]
        """The numeric columns of a visitor's table; far is then what is far between its rows."""
        return plain(super().item(value))

    def judge(self, given: Cloud, outcome: Outcome) -> dict[str, float]:  # type: ignore[override]
        """Scores of places `(n, 2)`."""
        from scipy.spatial.distance import cdist

        places = np.asarray(outcome.made, float)
        return {
            "recall": 100 * map_quality.recall(given.rows, places, COUNT),
            "trustworthiness": map_quality.trustworthiness(given.rows, places, COUNT),
            "far": map_quality.far_is_far(given.distances, cdist(places, places)),
        }

    def drawn(self, value: Table, given: Cloud, outcomes: Mapping[str, Outcome]) -> Figure:  # type: ignore[override]
        """Coloured by the table's own classes, where it has some."""
        return super().drawn(value, given.rows, outcomes)

    def show(self, given: Cloud, outcomes: Mapping[str, Outcome]) -> Figure:  # type: ignore[override]
        """Coloured by the first principal component."""
        return super().show(given if isinstance(given, np.ndarray) else given.rows, outcomes)


def plain(rows: np.ndarray) -> Cloud:
    """A cloud whose true distances are those between its rows."""
    from scipy.spatial.distance import cdist

    return Cloud(rows, cdist(rows, rows))


def rolled(count: int, noise: float, seed: int) -> Cloud:
    """A sheet rolled up in three dimensions, with noise; distances are along the clean sheet.

    The length along the roll from angle 0 to t is (t √(1 + t²) + asinh t) / 2.
    """
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(seed)
    t, across = rng.uniform(1.5 * np.pi, 4.5 * np.pi, count), rng.uniform(0, 20, count)
    rows = np.column_stack([t * np.cos(t), across, t * np.sin(t)]) + noise * rng.standard_normal((count, 3))
    sheet = np.column_stack([(t * np.sqrt(1 + t**2) + np.arcsinh(t)) / 2, across])
    return Cloud(rows, cdist(sheet, sheet))


def tree(
    count: int, noise: float, seed: int, branches: int = 7, axes: int = 10, length: float = 20.0
) -> Cloud:
    """Straight branches in ten dimensions, each from the tip of an earlier one, with noise.

    Distances are along the clean branches.
    """
    rng = np.random.default_rng(seed)
    start, parent = np.zeros((branches, axes)), np.full(branches, -1)
    ways = np.linalg.qr(rng.standard_normal((axes, branches)))[0].T
    for branch in range(1, branches):
        parent[branch] = rng.integers(branch)
        start[branch] = start[parent[branch]] + length * ways[parent[branch]]
    on, along = rng.integers(branches, size=count), rng.uniform(0, length, count)
    rows = start[on] + along[:, None] * ways[on] + noise * rng.standard_normal((count, axes))

    def line_of(branch: int) -> list[int]:
        """A branch and those that lead to it from the root, the root's first."""
        return ([*line_of(parent[branch]), branch]) if branch >= 0 else []

    lines = [line_of(branch) for branch in range(branches)]
    depth = np.array([length * (len(line) - 1) for line in lines])
    distances = np.zeros((count, count))
    for mine in range(branches):
        for other in range(branches):
            rows_of, columns_of = on == mine, on == other
            heights = depth[mine] + along[rows_of], depth[other] + along[columns_of]
            if mine == other:
                apart = np.abs(heights[0][:, None] - heights[1][None])
            else:
                shared = [a for a, b in zip(lines[mine], lines[other], strict=False) if a == b]
                fork = length * len(shared)  # where the two lines part: at the tip of what they share
                low = np.minimum.outer(heights[0], heights[1])
                meet = (
                    np.minimum(fork, low) if mine in shared or other in shared else np.full(low.shape, fork)
                )
                apart = heights[0][:, None] + heights[1][None] - 2 * meet
            distances[np.ix_(rows_of, columns_of)] = apart
    return Cloud(rows, distances)


def _neighbours(given: Cloud, dial: float) -> int:
    return min(int(dial), len(given.rows) - 1)


def _perplexity(given: Cloud, dial: float) -> float:
    return min(float(dial), (len(given.rows) - 1) / 3)


def _pca(given: Cloud, dial: float) -> Outcome:
    from sklearn.decomposition import PCA

    return Outcome(PCA(2).fit_transform(given.rows))


def _isomap(given: Cloud, dial: float) -> Outcome:
    from sklearn.manifold import Isomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a neighbourhood graph in pieces, which scikit-learn then joins
        return Outcome(Isomap(n_neighbors=_neighbours(given, dial)).fit_transform(given.rows))


def _tsne(given: Cloud, dial: float) -> Outcome:
    from sklearn.manifold import TSNE

    places = TSNE(perplexity=_perplexity(given, dial), init="pca", random_state=0).fit_transform(given.rows)
    return Outcome(places)


def _opentsne(given: Cloud, dial: float) -> Outcome:
    from openTSNE import TSNE

    return Outcome(np.asarray(TSNE(perplexity=_perplexity(given, dial), random_state=0).fit(given.rows)))


def _umap(given: Cloud, dial: float) -> Outcome:
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the one thread that a fixed seed needs
        return Outcome(UMAP(n_neighbors=_neighbours(given, dial), random_state=0).fit_transform(given.rows))


def _phate(given: Cloud, dial: float) -> Outcome:
    from phate import PHATE

    places = PHATE(knn=_neighbours(given, dial), random_state=0, verbose=0, n_jobs=1).fit_transform(
        given.rows
    )
    return Outcome(places)


def _pacmap(given: Cloud, dial: float) -> Outcome:
    from pacmap import PaCMAP

    places = PaCMAP(n_neighbors=_neighbours(given, dial), random_state=0).fit_transform(
        given.rows.astype("f4")
    )
    return Outcome(places)
