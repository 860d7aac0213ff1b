"""What the actions do."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist, squareform

from zoo.blocks import flat_maps, map_quality, map_rows, verdicts
from zoo.errors import InputError
from zoo.evidence.tasks import maps
from zoo.method import Method, Progress
from zoo.types import Metrics, Table, note

from . import Drawn, Measured, figures, model

CLOUDS = {"rolled-up sheet": maps.rolled, "tree": maps.tree}
FIRST, MOMENTS = 0.5, 16
"""The earliest time of a replay, and how many times it has."""
COUNT, STEPS = 15, 40
"""Neighbours of which a map should keep as many as it can, and steps of scaling."""
NONE = "no heat reached any other point; send more neighbours or a longer time."


def measure(
    method: Method, cloud: str, noise: float, time: float, harnack: float, neighbours: int, points: int,
    laplacian: model.Kind, seed: int, progress: Progress,
) -> Measured:  # fmt: skip
    """See ``HeatGeodesic.measure``."""
    drawn = CLOUDS[cloud](points, noise, seed)
    rows, true = drawn.rows, drawn.distances
    flat = rows[:, [0, 2]] if cloud == "rolled-up sheet" else flat_maps.classical(true)
    source = int(np.argmin(true.max(axis=1)) if cloud == "tree" else np.argmin(np.abs(rows).sum(axis=1)))
    heat = model.Heat.on(model.graph(rows, neighbours), laplacian)
    walked = model.paths(rows, neighbours)
    apart = map_quality.far_is_far(true, walked)
    moments = {}
    for number, moment in enumerate(np.geomspace(FIRST, time, MOMENTS)):
        progress(0.1 + 0.8 * number / MOMENTS, f"time {moment:.3g}")
        kernel = heat.kernel(moment)
        ours = model.measured(kernel, moment, harnack)
        title = f"rank correlation {map_quality.far_is_far(true, ours):.3f}, Isomap's {apart:.3f}"
        moments[moment] = kernel[source], ours[source], title
    kernel = heat.kernel(time)
    ours, straight = model.measured(kernel, time, harnack), cdist(rows, rows)
    if not squareform(ours, checks=False).any():
        raise InputError(NONE)
    ways = {
        "heat": ours,
        "heat, no Harnack term": model.measured(kernel, time, 0),
        "diffusion distance": heat.walk(time),
        "Isomap": walked,
        "straight lines": straight,
    }
    scores = {name: map_quality.far_is_far(true, table) for name, table in ways.items()}
    what = "rank correlation with true distances"
    text = verdicts.beside("heat", scores["heat"], "Isomap", scores["Isomap"], "", what=what)
    best = max(("diffusion distance", "straight lines"), key=scores.__getitem__)
    if scores[best] > max(scores["heat"], scores["Isomap"]):
        text += f" Here the best is {best}, with {scores[best]:.4g}."
    rows_of_metrics = [
        (f"far is far | {name}", value, "Spearman, all pairs") for name, value in scores.items()
    ]
    rows_of_metrics += [
        (f"in proportion | {name}", model.aligned(true, ways[name]), "Pearson, all pairs") for name in ways
    ]
    return Measured(
        text,
        figures.dye(flat, true[source], moments, source, cloud),
        figures.pairs(true, ours, walked, scores),
        Metrics([*rows_of_metrics, ("pairs without heat", 100 * model.tied(kernel), "% of all")]),
    )


def draw(
    method: Method, table: Table, colour: str, time: float, harnack: float, neighbours: int, laplacian: model.Kind,
    progress: Progress,
) -> Drawn:  # fmt: skip
    """See ``HeatGeodesic.draw``."""
    rows = map_rows.of_table(table, colour)
    count = len(rows.values)
    if neighbours > count - 1:
        note(f"{count} rows have {count - 1} neighbours each at most, which were used.")
    neighbours = min(neighbours, count - 1)
    progress(0.05, "letting heat spread")
    heat = model.Heat.on(model.graph(rows.values, neighbours), laplacian)
    kernel = heat.kernel(time)
    ours = model.measured(kernel, time, harnack)
    if not ours.any():
        raise InputError(NONE)
    lost = model.tied(kernel)
    if lost > 0.5:
        note(f"{lost:.0%} of pairs got no heat; more neighbours or a longer time would tell them apart.")
    journey = {}
    for step, places in enumerate(model.scaled(ours, STEPS)):
        progress(0.3 + 0.5 * step / STEPS, f"step {step} of {STEPS}")
        journey[f"step {step}"] = places
    progress(0.85, "Isomap's map")
    rival = flat_maps.classical(model.paths(rows.values, neighbours))
    ways = {"heat": places, "Isomap": rival}
    kept, theirs = (100 * map_quality.recall(rows.values, at, COUNT) for at in ways.values())
    metrics = map_quality.metrics(rows.values, ways, COUNT)
    metrics.append(("pairs without heat", 100 * lost, "% of all"))
    what = f"the share of the {map_quality.counted(count, COUNT)} nearest neighbours that the map keeps"
    return Drawn(
        verdicts.beside("heat", kept, "Isomap", theirs, "%", what=what),
        figures.unfolded(rows, places, journey),
        Metrics(metrics),
        Table.of({"name": rows.names, "x": places[:, 0], "y": places[:, 1]}),
    )


def mapped(rows: np.ndarray, neighbours: float) -> np.ndarray:
    """The map of rows `(n, d)` as the page draws it, `(n, 2)`."""
    *_, places = model.scaled(model.distances(rows, min(int(neighbours), len(rows) - 1)), STEPS)
    return places
