"""What the actions do."""

from __future__ import annotations

import numpy as np

from zoo.blocks import affinities, map_quality, map_rows, verdicts
from zoo.method import Method, Progress
from zoo.types import Images, Metrics, Table, note

from . import Drawn, Pushed, data, figures, model

COUNT = 15
"""Neighbours of which a map should keep as many as it can."""


def draw(
    method: Method,
    table: Table,
    colour: str,
    perplexity: float,
    late_exaggeration: float,
    steps: int,
    nodes: int,
    progress: Progress,
) -> Drawn:
    """See ``FitSne.draw``."""
    return _drawn(map_rows.of_table(table, colour), perplexity, late_exaggeration, steps, nodes, progress)


def pictures(
    method: Method,
    pictures: Images,
    perplexity: float,
    late_exaggeration: float,
    steps: int,
    nodes: int,
    progress: Progress,
) -> Drawn:
    """See ``FitSne.pictures``."""
    return _drawn(map_rows.of_pictures(pictures), perplexity, late_exaggeration, steps, nodes, progress)


def mapped(rows: np.ndarray, perplexity: float) -> np.ndarray:
    """The map of rows `(n, d)` after the usual number of steps, `(n, 2)`."""
    joint = affinities.joint_of(rows, min(perplexity, (len(rows) - 1) / 3))
    *_, last = model.unfold(joint, model.principal(rows), model.by_grid())
    return last.places


def _drawn(
    rows: map_rows.Rows, perplexity: float, late: float, steps: int, nodes: int, progress: Progress
) -> Drawn:
    count = len(rows.values)
    if perplexity > (count - 1) / 3:
        perplexity = (count - 1) / 3
        note(f"{count} rows allow a perplexity of {perplexity:.3g} at most, which was used.")
    progress(0.02, "finding neighbours")
    joint, start = affinities.joint_of(rows.values, perplexity), model.principal(rows.values)
    sums, journey = model.by_grid(nodes), {}
    for moment in model.unfold(joint, start, sums, steps=steps, late=late):
        progress(0.05 + 0.9 * moment.step / steps, f"step {moment.step} of {steps}")
        if moment.step % max(1, steps // 60) == 0 or moment.step == steps:
            journey[f"step {moment.step}"] = moment.places
    places = moment.places
    ways = {"FIt-SNE": places, "principal components": start}
    metrics = map_quality.metrics(rows.values, ways, COUNT)
    kept, plain = (100 * map_quality.recall(rows.values, at, COUNT) for at in ways.values())
    forces, _ = sums(places)
    pairs, _ = model.by_pairs(places)
    off = float(np.linalg.norm(forces - pairs) / np.linalg.norm(pairs))
    ends = [model.divergence(at, joint, sums) for at in (start, places)]
    metrics += [
        ("divergence", ends[1], f"nats; {ends[0]:.3g} at the start"),
        ("the grid is off by", 100 * off, "% of the push of all pairs"),
    ]
    what = f"the share of the {map_quality.counted(count, COUNT)} nearest neighbours that it keeps"
    return Drawn(
        verdicts.beside("FIt-SNE", kept, "principal components", plain, "%", what=what),
        figures.unfolded(rows, places, journey),
        figures.grid(places, nodes),
        Metrics(metrics),
        Table.of({"name": rows.names, "x": places[:, 0], "y": places[:, 1]}),
    )


def push(method: Method, points: int, nodes: int, boxes: int, shape: str, seed: int) -> Pushed:
    """See ``FitSne.push``."""
    places = data.shaped(shape, points, seed)
    truth, _ = model.by_pairs(places)

    def off(sums: model.Sums) -> float:
        return 100 * float(np.linalg.norm(sums(places)[0] - truth) / np.linalg.norm(truth))

    by_nodes = {many: off(model.by_grid(many, boxes)) for many in range(1, 8)}
    works = {many: figures.work(points, many, boxes) for many in by_nodes}
    some = int(np.clip(works[nodes] / points, 1, points))
    choices = sorted({*np.geomspace(1, points, 9).astype(int).tolist(), some})
    by_choice = {many: off(model.by_sample(many, seed)) for many in choices}
    grid, chosen = by_nodes[nodes], by_choice[some]
    pairs = points * (points - 1)
    metrics = [
        ("off by | grid", grid, "% of the push of all pairs"),
        ("off by | random choice", chosen, "% of the push of all pairs"),
        ("terms | grid", float(works[nodes]), "computed"),
        ("terms | random choice", float(some * points), "computed"),
        ("terms | all pairs", float(pairs), "computed"),
    ]
    what = "off the push of all pairs"
    text = (
        f"With {nodes * nodes} node{'' if nodes == 1 else 's'} in each of {boxes**2:,} boxes the grid is {grid:.2g}%"
        f" {what}, a random choice of {some} points, which computes as much, {chosen:.2g}%."
    )
    return Pushed(
        text,
        figures.pushes(places, truth, nodes, boxes),
        figures.errors(by_nodes, works, by_choice, points),
        Metrics(metrics),
    )
