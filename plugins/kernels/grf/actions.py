"""What the actions do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from zoo.blocks import graph_sets
from zoo.errors import InputError
from zoo.method import Method, Progress
from zoo.types import Graph, Metrics, Table

from . import Crumbs, Kernel, figures, model

FEWEST, MOST = 3, 1500
"""Nodes: the exact kernel that stands beside the walks is dense."""
TRIALS = 8
"""Times that walks are drawn anew, for the curve of errors."""
SHOWN = 60
"""Steps of a walker that are drawn."""


def crumbs(
    method: Method, graph: Graph, node: str, kernel: str, reach: float, ending: float, walks: int,
    coefficients: str, seed: int, progress: Progress,
) -> Crumbs:  # fmt: skip
    """See ``Grf.crumbs``."""
    U, series = _given(graph, kernel, reach, coefficients)
    start = graph_sets.start_of(graph, node, "node")
    progress(0.1, "the exact kernel")
    whole = model.exact(series, U, reach)
    row = whole[start]
    counts = [count for count in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if count < walks] + [walks]
    errors = np.zeros((TRIALS, len(counts)))
    biased = np.zeros(TRIALS)
    rows: dict[int, NDArray] = {}
    for trial in range(TRIALS):
        progress(0.2 + 0.7 * trial / TRIALS, f"walks drawn {trial + 1} times of {TRIALS}")
        rng = np.random.default_rng([seed, trial])
        left, right = (
            model.dropped(U, series, walks, ending, rng, nodes) for nodes in (np.array([start]), None)
        )
        for place, count in enumerate(counts):
            signature = left.features(count)[[start]]
            estimate = (signature @ right.features(count).T).toarray()[0]
            errors[trial, place] = np.linalg.norm(estimate - row) / np.linalg.norm(row)
            rows.setdefault(count, estimate)
        own = left.features(walks)[[start]]
        biased[trial] = float((own @ own.T).toarray()[0, 0]) / row[start]
    error, several = 100 * float(errors[0, -1]), 100 * float(np.sqrt((errors[:, -1] ** 2).mean()))
    growth = model.growth(U, series, ending)
    rng = np.random.default_rng([seed, TRIALS])
    paths = model.paths(model.walked(U, np.full(3, start), ending, rng), SHOWN)
    table = [
        ("error of this row", error, "%"),
        (f"error of this row, drawn {TRIALS} times", several, "%"),
        (
            "nearness of the node to itself by one set of walks",
            100 * float(biased.mean()),
            "% of the exact one",
        ),
        ("mean steps of a walker", (1 - ending) / ending, "steps"),
        ("mean square of a load, by step", growth, "times"),
    ]
    text = (
        f"After {walks} walks a node the crumbs of {graph.nodes[start]} are {error:.2g}% off the exact kernel"
    )
    text += (
        ", and more walks would help little: they end too soon, and their loads have no bound."
        if growth >= 1
        else f"; four times the walks would halve that ({several:.2g}% when drawn {TRIALS} times)."
    )
    return Crumbs(
        text,
        figures.walkers(graph, paths),
        figures.nearness(graph, start, rows, row),
        figures.errors(counts, {"by walks": errors}, "error of the row, %"),
        Metrics(table),
    )


def cluster(
    method: Method, graph: Graph, clusters: int, kernel: str, reach: float, ending: float, walks: int,
    coefficients: str, seed: int, progress: Progress,
) -> Kernel:  # fmt: skip
    """See ``Grf.cluster``."""
    from sklearn.metrics import adjusted_rand_score

    U, series = _given(graph, kernel, reach, coefficients)
    if clusters >= len(graph.nodes):
        raise InputError(f"clusters: {clusters} clusters need more than {len(graph.nodes)} nodes.")
    rng = np.random.default_rng(seed)
    began = time.process_time()
    left, right = (model.features(U, series, walks, ending, rng) for _ in range(2))
    by_walks = model.clustered(*model.by_walks(left, right), clusters, np.random.default_rng(seed))
    middle = time.process_time()
    progress(0.3, "the exact kernel")
    whole = model.exact(series, U, reach)
    by_kernel = model.clustered(*model.by_kernel(whole), clusters, np.random.default_rng(seed))
    spent = {"by walks": middle - began, "by the exact kernel": time.process_time() - middle}
    by_walks = model.matched(by_walks, by_kernel)
    counts = [count for count in (4, 8, 16, 32, 64, 128) if count < walks] + [walks]
    errors = {"by walks": np.zeros((3, len(counts))), "by random projections": np.zeros((3, len(counts)))}
    for trial in range(3):
        for place, count in enumerate(counts):
            progress(0.4 + 0.6 * (trial * len(counts) + place) / (3 * len(counts)), f"{count} walks")
            drawn = np.random.default_rng([seed, trial, count])
            errors["by walks"][trial, place] = model.off(
                model.estimated(U, series, count, ending, drawn), whole
            )
            rival = model.projected(U, series, count, reach, drawn)
            errors["by random projections"][trial, place] = model.off(rival @ rival.T, whole)
    alike = float(adjusted_rand_score(by_kernel, by_walks))
    off = 100 * errors["by walks"].mean(axis=0)
    projections = 100 * float(errors["by random projections"].mean(axis=0)[-1])
    table = [
        ("agreement of clusters", alike, "adjusted Rand index"),
        ("error of the kernel | by walks", float(off[-1]), "%"),
        ("error of the kernel | by random projections", projections, "%"),
        ("slope of error", model.slope(counts, off), "of its logarithm against that of walks"),
        ("features that are not zero", 100 * left.nnz / left.shape[0] ** 2, "%"),
        *((f"CPU time | {name}", 1000 * seconds, "ms") for name, seconds in spent.items()),
    ]  # fmt: skip
    text = (
        f"With {walks} walks a node the kernel is {off[-1]:.2g}% off the exact kernel, and the clusters agree by"
        f" {alike:.2f} (adjusted Rand index; 1 is the same clusters)."
    )
    names = Table.as_is(
        {"node": list(graph.nodes), "by walks": by_walks + 1, "by the exact kernel": by_kernel + 1}
    )
    return Kernel(
        text,
        figures.groups(graph, by_walks, by_kernel),
        figures.errors(counts, errors, "error of the kernel, %"),
        Metrics(table),
        names,
    )


def _given(
    graph: Graph, kernel: str, reach: float, coefficients: str
) -> tuple[sparse.csr_array, model.Series]:
    """The graph's matrix and the series that was asked for.

    Raises:
        InputError: the graph is too small, too large or without edges, or the series is none that walks can feel.
    """
    if not FEWEST <= len(graph.nodes) <= MOST:
        raise InputError(f"the graph has {len(graph.nodes):,} nodes; send one of {FEWEST} to {MOST:,}.")
    U = model.normalised(graph_sets.adjacency(graph), reach)
    if not U.nnz:
        raise InputError("the graph has no edges to walk along; send one with edges between different nodes.")
    if U.data.min() < 0:
        raise InputError("the graph has weights below 0; walks need weights above it.")
    if not coefficients.strip():
        return U, model.SERIES[kernel]
    try:
        alpha = [float(word) for word in re.split(r"[\s,;]+", coefficients.strip(" ,;"))]
    except ValueError as error:
        raise InputError("coefficients: send numbers such as 1, 0.5, 0.25.") from error
    if not np.isfinite(alpha).all() or not alpha[0] >= 1e-6 or max(map(abs, alpha)) > 1e6 or len(alpha) > 40:
        raise InputError("coefficients: send at most 40 numbers, the first above 0, none beyond a million.")
    series = model.of_coefficients(alpha)
    if series.radius <= reach:
        raise InputError(
            f"coefficients: the series is 0 at a distance of {series.radius:.2g} from 0, so its root has no series up"
            f" to the reach of {reach:g}; choose a reach below {series.radius:.2g}."
        )
    return U, series


def walking(size: int) -> Callable[[], object]:
    """Features of 20 walks a node on a ring whose nodes know the five nearest on either side."""
    U = model.normalised(graph_sets.ring(size), 0.8)
    return lambda: model.features(U, model.TWICE, 20, 0.1, np.random.default_rng(0))
