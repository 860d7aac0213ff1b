"""Dimension reduction: the rows of a table as points of few coordinates."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from zoo.blocks.map_rows import standard
from zoo.claim import Outcome
from zoo.errors import InputError
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Figure, Table

MOST_ROWS, MOST_COLUMNS = 2000, 1000
"""Of a visitor's table; trustworthiness compares every pair of rows."""
NEIGHBOURS = 10


class DimensionReduction(Task):
    """The rows of a table as points of few coordinates, close where the rows are close.

    Every contestant is given the same table, each column brought to mean 0 and variance 1, and returns as many
    coordinates a row as the dial says.
    """

    title = "Dimension reduction"
    family = "reduction"
    data = "digits, breast cancer, wine and diabetes, as scikit-learn carries them"
    dial = Dial("axes", "Axes", "", (1, 2, 3, 5, 10), 2, whole=True)
    scores = (
        Score("trustworthiness", "Trustworthiness", f"of 1, {NEIGHBOURS} neighbours", "higher"),
        Score("explained", "Variance a linear map of the coordinates explains", "%", "higher"),
        Score("correlation", "Correlation of distances before and after", "of 1", "higher"),
    )
    given = Table
    examples = ("wine.csv", "penguins.csv")
    beside = "t-SNE (scikit-learn)"

    def baselines(self) -> Mapping[str, Run]:
        """Linear and non-linear maps of scikit-learn, and a random projection."""
        return {
            "PCA (scikit-learn)": _pca,
            "Isomap (scikit-learn)": _isomap,
            "t-SNE (scikit-learn)": _tsne,
            "Spectral embedding (scikit-learn)": _spectral,
            "Random projection": _random,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Four tables; the two small ones if ``quick``."""
        from sklearn import datasets

        yield Item("wine", standard(datasets.load_wine().data))
        yield Item("diabetes", standard(datasets.load_diabetes(scaled=False).data))
        if not quick:
            yield Item("breast cancer", standard(datasets.load_breast_cancer().data))
            yield Item("digits", standard(datasets.load_digits().data))

    def item(self, value: Table) -> np.ndarray:
        """The numeric columns of a visitor's table; rows with a missing number are left out."""
        frame = _numbers(value)
        if frame.shape[1] < 3 or len(frame) <= NEIGHBOURS * 2:
            raise InputError(
                f"the table has {len(frame)} complete rows and {frame.shape[1]} columns of numbers; send at least"
                f" {NEIGHBOURS * 2 + 1} rows and 3 columns."
            )
        if len(frame) > MOST_ROWS or frame.shape[1] > MOST_COLUMNS:
            raise InputError(
                f"the table has {len(frame)} rows and {frame.shape[1]} columns of numbers; at most {MOST_ROWS} rows"
                f" and {MOST_COLUMNS} columns are compared."
            )
        return standard(frame.to_numpy(float))

    def judge(self, given: np.ndarray, outcome: Outcome) -> dict[str, float]:
        """Scores of coordinates (n, axes) for a table (n, columns)."""
        from scipy.spatial.distance import pdist
        from sklearn.manifold import trustworthiness

        points = np.asarray(outcome.made, float)
        centred = points - points.mean(0)
        fitted = centred @ np.linalg.lstsq(centred, given, rcond=None)[0]
        return {
            "trustworthiness": float(trustworthiness(given, points, n_neighbors=NEIGHBOURS)),
            "explained": float(100 * (1 - ((given - fitted) ** 2).sum() / (given**2).sum())),
            "correlation": float(np.corrcoef(pdist(given), pdist(points))[0, 1]),
        }

    def drawn(self, value: Table, given: np.ndarray, outcomes: Mapping[str, Outcome]) -> Figure:
        """Coloured by the table's own classes, where it has some."""
        name, words = classes(value)
        return self._figure(given, outcomes, words, name) if words is not None else self.show(given, outcomes)

    def show(self, given: np.ndarray, outcomes: Mapping[str, Outcome]) -> Figure:
        """The first two coordinates of each, coloured alike: by the first principal component."""
        return self._figure(given, outcomes, None)

    def _figure(
        self, given: np.ndarray, outcomes: Mapping[str, Outcome], words: np.ndarray | None, name: str = ""
    ) -> Figure:
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots

        figure = make_subplots(1, len(outcomes), subplot_titles=list(outcomes), horizontal_spacing=0.05)
        for column, outcome in enumerate(outcomes.values(), 1):
            points = np.asarray(outcome.made, float)
            down = points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
            for label, rows, marks in _marks(given, words):
                figure.add_trace(
                    go.Scatter(
                        x=points[rows, 0], y=down[rows], mode="markers", name=label, legendgroup=label,
                        showlegend=bool(label) and column == 1, marker={"size": 6, "opacity": 0.8, **marks},
                        text=[f"row {number + 1}{label and f': {label}'}" for number in rows], hoverinfo="text",
                    ),
                    1, column,
                )  # fmt: skip
        figure.update_xaxes(showticklabels=False, zeroline=False)
        figure.update_yaxes(showticklabels=False, zeroline=False)
        figure.update_layout(height=420, legend_title_text=name)
        return Figure(figure)


MOST_CLASSES = 10
COLOURS = (
    "#5b5bd6",
    "#e5484d",
    "#12a594",
    "#f76b15",
    "#8e4ec6",
    "#0090ff",
    "#ad7f58",
    "#d6409f",
    "#978365",
    "#46a758",
)


def _numbers(table: Table) -> Any:
    """The columns of numbers; rows with a missing number are left out."""
    return table.frame.select_dtypes("number").dropna(axis=1, how="all").dropna()


def classes(table: Table) -> tuple[str, np.ndarray | None]:
    """The first column of words with two to ten different ones, each at least twice; its name and words (rows,).

    The rows are those that are compared; where there is no such column, the words are None.
    """
    rows = _numbers(table).index
    for name in table.frame.select_dtypes(exclude="number"):
        words = table.frame.loc[rows, name].fillna("missing").astype(str)
        counts = words.value_counts()
        if 2 <= len(counts) <= MOST_CLASSES and counts.min() > 1:
            return str(name), words.to_numpy()
    return "", None


def _marks(given: np.ndarray, words: np.ndarray | None) -> Iterator[tuple[str, np.ndarray, dict[str, Any]]]:
    """Names, rows and markers of what is drawn: a class each, or all rows by their first principal component."""
    if words is None:
        colour = given @ np.linalg.svd(given, full_matrices=False)[2][0]
        yield "", np.arange(len(given)), {"color": colour, "colorscale": "Viridis"}
        return
    for label, colour in zip(sorted(set(words)), COLOURS, strict=False):
        yield label, np.flatnonzero(words == label), {"color": colour}


def _axes(given: np.ndarray, dial: float) -> int:
    if dial > min(given.shape) - 1:
        raise InputError(f"{dial:g} axes are too many for {given.shape[1]} columns that vary.")
    return int(dial)


def _pca(given: np.ndarray, dial: float) -> Outcome:
    from sklearn.decomposition import PCA

    return Outcome(PCA(_axes(given, dial)).fit_transform(given))


def _isomap(given: np.ndarray, dial: float) -> Outcome:
    from sklearn.manifold import Isomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a neighbourhood graph in pieces, which scikit-learn then joins
        return Outcome(Isomap(n_neighbors=NEIGHBOURS, n_components=_axes(given, dial)).fit_transform(given))


def _tsne(given: np.ndarray, dial: float) -> Outcome:
    from sklearn.manifold import TSNE

    if dial > 3:
        raise InputError("t-SNE draws one to three axes.")
    perplexity = min(30.0, (len(given) - 1) / 3)
    return Outcome(
        TSNE(_axes(given, dial), perplexity=perplexity, init="pca", random_state=0).fit_transform(given)
    )


def _spectral(given: np.ndarray, dial: float) -> Outcome:
    from sklearn.manifold import SpectralEmbedding

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a graph in pieces
        embedding = SpectralEmbedding(_axes(given, dial), n_neighbors=NEIGHBOURS, random_state=0)
        return Outcome(embedding.fit_transform(given))


def _random(given: np.ndarray, dial: float) -> Outcome:
    rng = np.random.default_rng(0)
    return Outcome(given @ rng.standard_normal((given.shape[1], _axes(given, dial))))
