"""Where a network stands among the pre-measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go

from . import population
from .prediction import Row
from .vocabulary import PRUNERS, SMALL_NETS, UNITS, Metric

# Strokes that read on white and on black alike; one colour a pruner, everywhere.
COLOURS = dict(
    zip(
        PRUNERS,
        ("#8b8d98", "#0090ff", "#5b5bd6", "#ad7f58", "#ffb224", "#e5484d", "#8e4ec6", "#12a594", "#e93d82"),
        strict=True,
    )
)
SYMBOLS = dict(zip(SMALL_NETS, ("circle", "square", "diamond"), strict=True))
HERE = "#f76b15"


@lru_cache(maxsize=1)
def members() -> list[Row]:
    """The population without its dense networks."""
    return [row for row in population.load() if row["pruner"] != "dense"]


def peers(sparsity: float) -> list[Row]:
    """Members of the sparsity that is nearest to the one given."""
    nearest = min({row["sparsity"] for row in members()}, key=lambda one: abs(one - sparsity))
    return [row for row in members() if row["sparsity"] == nearest]


def known(network: str, pruner: str, sparsity: float, seed: int) -> Row | None:
    """The member with just these settings, if there is one."""
    wanted = network, pruner, sparsity, seed
    found = (
        row for row in members() if (row["network"], row["pruner"], row["sparsity"], row["seed"]) == wanted
    )
    return next(found, None)


def plot(rows: Sequence[Row], metric: Metric, value: float, accuracy: float | None) -> go.Figure:
    """Accuracy against a metric, and a line at the value of the network that is looked at."""
    traces = []
    for pruner in PRUNERS:
        part = [row for row in rows if row["pruner"] == pruner]
        traces.append(
            go.Scatter(
                x=[row["features"]["multipartite"][metric] for row in part],
                y=[row["accuracy"] for row in part],
                text=[f"{row['network']}, seed {row['seed']}" for row in part],
                name=pruner,
                mode="markers",
                marker={
                    "size": 9,
                    "color": COLOURS[pruner],
                    "symbol": [SYMBOLS[row["network"]] for row in part],
                },
            )
        )
    if accuracy is not None:
        star = {"size": 17, "symbol": "star", "color": HERE, "line": {"width": 1, "color": "white"}}
        traces.append(go.Scatter(x=[value], y=[accuracy], name="this network", mode="markers", marker=star))
    unit = UNITS[metric]
    layout = {
        "height": 470,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
        "xaxis": {"title": f"{metric} ({unit})" if unit else metric},
        "yaxis": {"title": f"test accuracy at sparsity {rows[0]['sparsity']:g}"},
    }
    figure = go.Figure(data=traces, layout=layout)
    if np.isfinite(value):
        figure.add_vline(x=value, line={"color": HERE, "dash": "dash", "width": 1.5})
    return figure


def below(rows: Sequence[Row], metric: Metric, value: float) -> float:
    """Share of the members whose metric is lower."""
    return float(np.mean([row["features"]["multipartite"][metric] < value for row in rows]))
