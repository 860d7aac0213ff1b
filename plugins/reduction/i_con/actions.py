"""What the actions do."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn import cluster, datasets
from sklearn.decomposition import PCA

from zoo.blocks import affinities, map_quality, map_rows, replay, verdicts
from zoo.blocks.atlas import atlas
from zoo.errors import InputError
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Arranged, figures, model

MOST, COUNT, MANY, STEPS = 1000, 15, 8, 200  # rows; neighbours counted; clusters without classes; of training
Ways = dict[str, model.Array]


def table(method: Method, data: str, points: int, seed: int, **asked: Any) -> Arranged:
    """See ``ICon.table``."""
    known, title = (datasets.load_wine(), "grower") if data == "wine" else (datasets.load_digits(), "digit")
    part = np.sort(np.random.default_rng(seed).permutation(len(known.target))[:points])
    columns = {f"pixel {place}": values for place, values in enumerate(known.data[part].T)}
    words = [f"{title} {label}" for label in known.target[part]]
    return own(method, Table.of({title: words, **columns}), title, groups=0, seed=seed, **asked)


def own(
    method: Method, table: Table, colour: str, row: str, column: str, doubt: float, neighbours: int, groups: int,
    seed: int, progress: Progress,
) -> Arranged:  # fmt: skip
    """See ``ICon.own``."""
    given, axes = map_rows.of_table(table, colour, MOST), model.COLUMNS[column][1]
    classes, supervised = given.colouring.groups, "class" in row + column
    if supervised and classes is None:
        raise InputError("that cell needs classes; choose a column of words as the colour.")
    of = given.names if classes is None else classes
    labels = np.unique(np.array(of, str), return_inverse=True)[1]
    groups = min(groups or (MANY if classes is None else int(labels.max()) + 1), len(labels) - 1)
    rows = (given.values - given.values.mean(axis=0)) / max(float(given.values.std()), 1e-300)
    p = model.ROWS[row](rows, neighbours, labels, seed)
    ours, *_ = figures.KNOWN.get((row, column), ("this loss",))
    doubts = {ours: doubt} | ({"without doubt": 0.0} if doubt else {})
    kept, losses, journey, ways = replay.kept(STEPS), [], Ways(), Ways()

    def watch(step: int, places: torch.Tensor, loss: float) -> None:
        if not ways:
            losses.append(loss)
            journey.update({f"step {step}": places.double().numpy()} if step in kept else {})
        progress(0.05 + 0.85 * (len(ways) + step / STEPS) / len(doubts), f"step {step} of {STEPS}")

    for way, share in doubts.items():
        ways[way] = model.fitted(rows, p, column, labels, groups, doubt=share, seed=seed, watch=watch)
    journey[f"step {STEPS}"] = last = ways[ours]
    plain = "principal components" if axes else "k-means"
    if axes:
        ways[plain] = np.pad(PCA(min(2, *rows.shape)).fit_transform(rows), ((0, 0), (0, 2)))[:, :2]
    else:  # each group of k-means stands where that of ours does which shares most of its points
        means = cluster.KMeans(last.shape[1], n_init=10, random_state=0).fit_predict(rows)
        ways[plain] = 20 * np.eye(last.shape[1])[model.shared(means, last.argmax(axis=1))[0][means]]
    scores, what = scored(rows, ways, None if classes is None else labels, axes)
    text = verdicts.beside(ours, scores[ours], f"the plain way ({plain})", scores[plain], "%", what=what)
    aside = f" Without doubt it reaches {scores['without doubt']:.4g} %." if doubt else ""
    drawn = {way: figures.flat(rows, at, axes) for way, at in ways.items()}
    places = drawn.pop(ours)
    journey = {moment: figures.flat(rows, at, axes) for moment, at in journey.items()}
    metrics = [(f"{what} | {way}", score, "%") for way, score in scores.items()]
    metrics += [("loss | at the start", losses[0], "nats"), ("loss | at the end", losses[-1], "nats")]
    return Arranged(
        text + aside + " It was told the classes." * supervised,
        atlas(places, given.colouring, given.names, pictures=given.pictures, journey=journey),
        figures.compared(drawn, given.colouring),
        figures.cells(row, column),
        Metrics(metrics),
        Table.of({"name": given.names, "x": places[:, 0], "y": places[:, 1]}),
    )


def scored(rows: model.Array, ways: Ways, labels: model.Labels | None, axes: int) -> tuple[Any, str]:
    """What every way reaches in per cent, and what that is: of maps `(n, axes)`, or of scores `(n, groups)`."""
    if axes:
        kept = {way: 100 * map_quality.recall(rows, at, COUNT) for way, at in ways.items()}
        return kept, "neighbours kept"
    groups = {way: at.argmax(axis=1) for way, at in ways.items()}
    if labels is not None:
        return {way: 100 * model.shared(at, labels)[1] for way, at in groups.items()}, "accuracy"
    near, _ = affinities.nearest(rows, map_quality.counted(len(rows), COUNT))
    same = {way: 100 * float((at[near] == at[:, None]).mean()) for way, at in groups.items()}
    return same, "neighbours in the same group"
