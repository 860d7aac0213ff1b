"""What each way to look at a pruned network says about it: the predictors that the paper compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from . import ramanujan
from .encodings import Graph, Layer, Plan, multipartite, rolled, rolled_channel
from .metrics import topometrics
from .vocabulary import VIEWS


def features(plan: Plan) -> dict[str, dict[str, float]]:
    """All predictors of a pruned network by view and name; NaN where a metric does not exist."""
    graph = multipartite(plan)
    return {
        "multipartite": topometrics(graph),
        "rolled": _layer_means(plan, rolled),
        "rolled-channel": _layer_means(plan, rolled_channel),
        "Ramanujan": _ramanujan(plan),
        "layer density": {"mean layer density": float(np.mean([layer.density for layer in plan.layers]))},
        "edges": {"logarithm of the edges": float(np.log(max(graph.edges, 1)))},
    }


def _layer_means(plan: Plan, encode: Callable[[Layer], Graph]) -> dict[str, float]:
    """Metrics of a layer-wise encoding, means over the layers."""
    return _means([topometrics(encode(layer)) for layer in plan.layers])


def _ramanujan(plan: Plan) -> dict[str, float]:
    rows = []
    for layer in plan.layers:
        graph = rolled(layer)
        bound, gap = ramanujan.iterative(graph)
        scores = ramanujan.difference_of_bound(graph), bound, gap
        rows.append(dict(zip(VIEWS["Ramanujan"], scores, strict=True)))
    return _means(rows)


def _means(rows: list[Mapping[str, float]]) -> dict[str, float]:
    """Means over the rows in which a number exists."""
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return {
        name: float(np.nanmean(column)) if np.isfinite(column).any() else float("nan")
        for name, column in columns.items()
    }
