"""What the actions do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from zoo.blocks import replay
from zoo.method import Method, Progress
from zoo.types import Metrics

from . import Recognised, Watched, data, figures, model
from .model import ADJUSTED, CROSS_ENTROPY, OURS, PLUGGED, PULL_ALONE, Moment

MOMENTS = 33


def watch(
    method: Method, imbalance: float, pull: float, apart: float, adjust: float, distance: float, steps: int,
    seed: int, progress: Progress,
) -> Watched:  # fmt: skip
    """See ``NeuralCollapseTail.watch``."""
    split = data.clouds(400, imbalance, seed, distance)
    base = replace(model.PLANE, steps=steps, adjust=adjust)
    settings = {CROSS_ENTROPY: base, OURS: replace(base, pull=pull, apart=apart)}
    kept = replay.kept(steps + 1, MOMENTS, early=False)
    histories: dict[str, list[Moment]] = {}
    for place, (name, setting) in enumerate(settings.items()):
        progress(place / 2, name)
        histories[name] = list(model.train(*split.train, setting, seed, kept))
    angles = {name: [_smallest(moment, split) for moment in moments] for name, moments in histories.items()}
    shares = {
        name: [model.recalls(moment.network.answer(split.test[0]), split.test[1]) for moment in moments]
        for name, moments in histories.items()
    }
    titles = [
        f"smallest angle {a:.0f}° and {b:.0f}°; rare class recognised {c[-1]:.0%} and {d[-1]:.0%}"
        for a, b, c, d in zip(*angles.values(), *shares.values(), strict=True)
    ]
    plain, ours = (np.array(shares[name][-1]) for name in settings)
    text = (
        f"The smallest angle between class means is {angles[OURS][-1]:.0f}° with both penalties and"
        f" {angles[CROSS_ENTROPY][-1]:.0f}° with cross-entropy alone; a simplex has 120°. Of the rare class"
        f" {ours[-1]:.0%} are recognised against {plain[-1]:.0%}, of all classes {ours.mean():.1%} against"
        f" {plain.mean():.1%}."
    )
    rows: list[Any] = [
        ("training points", " / ".join(map(str, np.bincount(split.train[1]))), "of each class")
    ]
    for name, moments in histories.items():
        h, recall = moments[-1].network.embed(split.train[0]), shares[name][-1]
        rows += [
            (f"balanced accuracy, {name}", float(recall.mean()), "new points, as many of each class"),
            (f"rare class recognised, {name}", float(recall[-1]), "share of new points"),
            (f"smallest angle, {name}", angles[name][-1], "degrees"),
            (f"scatter, {name}", model.scatter(h, split.train[1]), "0 is collapse"),
        ]
    planes = figures.planes(histories, split.train, split.test, split.names, titles)
    rare = {name: [float(recall[-1]) for recall in recalls] for name, recalls in shares.items()}
    return Watched(text, planes, figures.courses(kept, angles, rare), Metrics(rows))


def _smallest(moment: Moment, split: data.Split) -> float:
    """The smallest angle between the class means of training features, degrees."""
    means = model.centred(moment.network.embed(split.train[0]), split.train[1])
    return float(np.degrees(np.arccos(model.cosines(means).max().clip(-1, 1))))


def clothes(
    method: Method, imbalance: float, most: int, pull: float, apart: float, seed: int, progress: Progress
) -> Recognised:
    """See ``NeuralCollapseTail.clothes``."""
    split = data.tail(*data.sheet(), most, imbalance, seed)
    (x, y), (new, truth) = split.train, split.test
    scores, directions = {}, {}
    rows: list[Any] = [("training pictures", " / ".join(map(str, np.bincount(y))), "of each class")]
    for place, (name, tuned) in enumerate(model.CONTESTANTS.items()):
        progress(place / len(model.CONTESTANTS), name)
        setting = replace(tuned, steps=600)
        if name in (OURS, PULL_ALONE, PLUGGED):
            setting = replace(setting, pull=pull, apart=0 if name == PULL_ALONE else apart)
        net = model.trained(x, y, setting, seed)
        scores[name], h = model.recalls(net.answer(new), truth), net.embed(x)
        directions[name] = model.centred(h, y)
        rows += [
            (f"balanced accuracy, {name}", float(scores[name].mean()), "new pictures, 100 of each class"),
            (f"off the simplex, {name}", model.off_simplex(directions[name]), "cosine"),
        ]
    parts = thirds(len(split.names))
    mean = {name: float(values.mean()) for name, values in scores.items()}
    text = (
        f"Balanced accuracy is {mean[OURS]:.1%} with both penalties, {mean[CROSS_ENTROPY]:.1%} with cross-entropy,"
        f" {mean[ADJUSTED]:.1%} with logit adjustment and {mean[PLUGGED]:.1%} with all three; cosines of class means"
        f" are {model.off_simplex(directions[OURS]):.2f} off the simplex against"
        f" {model.off_simplex(directions[CROSS_ENTROPY]):.2f}."
    )
    shown = {name: directions[name] for name in (CROSS_ENTROPY, OURS)}
    return Recognised(text, figures.thirds(scores, parts), figures.pairs(shown, split.names), Metrics(rows))


def thirds(classes: int) -> list[np.ndarray]:
    """The frequent, the middle and the rare classes, `(C,)` each; of ten they are three, four and three."""
    place, third = np.arange(classes), round(classes / 3)
    return [place < third, (place >= third) & (place < classes - third), place >= classes - third]
