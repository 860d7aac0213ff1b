"""Where a network stands among the pre-measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from zoo.blocks.figures import COLOURS, NEUTRAL, axis, chart, dots
from zoo.types import Figure

from . import population
from .prediction import Row
from .vocabulary import PRUNERS, SMALL_NETS, UNITS, Metric

HERE, *REST = COLOURS[1], NEUTRAL, COLOURS[0], *COLOURS[2:]
PRUNER_COLOURS = dict(zip(PRUNERS, REST, strict=False))
SYMBOLS = dict(zip(SMALL_NETS, ("circle", "square", "diamond"), strict=True))


@lru_cache(maxsize=1)
def members() -> list[Row]:
    """The population without its dense networks."""
    return [row for row in population.load() if row["pruner"] != "dense"]


def peers(sparsity: float) -> list[Row]:
    """Members of the sparsity that is nearest to the one given."""
    nearest = min({row["sparsity"] for row in members()}, key=lambda candidate: abs(candidate - sparsity))
    return [row for row in members() if row["sparsity"] == nearest]


def known(network: str, pruner: str, sparsity: float, seed: int) -> Row | None:
    """The member with just these settings, if there is one."""
    wanted = network, pruner, sparsity, seed
    equals = (
        row for row in members() if (row["network"], row["pruner"], row["sparsity"], row["seed"]) == wanted
    )
    return next(equals, None)


def plot(rows: Sequence[Row], metric: Metric, value: float, accuracy: float | None) -> Figure:
    """Accuracy against a metric, and a line at the value of the network that is looked at."""
    traces = []
    for pruner in PRUNERS:
        part = [row for row in rows if row["pruner"] == pruner]
        traces.append(
            dots(
                [row["features"]["multipartite"][metric] for row in part],
                [row["accuracy"] for row in part],
                pruner,
                PRUNER_COLOURS[pruner],
                size=9,
                opacity=1,
                symbol=[SYMBOLS[row["network"]] for row in part],
                text=[f"{row['network']}, seed {row['seed']}" for row in part],
            )
        )
    if accuracy is not None:
        star = {"line": {"width": 1, "color": "white"}}
        traces.append(
            dots([value], [accuracy], "this network", HERE, size=17, opacity=1, symbol="star", marker=star)
        )
    across = axis(f"{metric} ({UNITS[metric]})" if UNITS[metric] else metric)
    figure = chart(traces, across, f"test accuracy at sparsity {rows[0]['sparsity']:g}", height=470)
    if np.isfinite(value):
        figure.plot.add_vline(x=value, line={"color": HERE, "dash": "dash", "width": 1.5})
    return figure


def below(rows: Sequence[Row], metric: Metric, value: float) -> float:
    """Share of the members whose metric is lower."""
    return float(np.mean([row["features"]["multipartite"][metric] < value for row in rows]))
