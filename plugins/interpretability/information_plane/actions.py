"""What the actions do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from zoo.blocks import replay
from zoo.blocks.tables import counted
from zoo.method import Method, Progress
from zoo.types import Metrics, Table, note

from . import Ruled, Watched, data, figures, model
from .model import Array, Moment, Setting, Work

MOMENTS, SWEPT = 40, 18
GROWTH = tuple(np.geomspace(1, 30, MOMENTS).tolist())
"""What the weights of an untrained network are multiplied by."""
WIDTHS = (0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0)
GROWS, LOT = "weights only grow", "labels drawn by lot"
SPLIT = {"10-7-5-4-3": model.HIDDEN, "10-8-6-4": (10, 8, 6, 4), "8-4": (8, 4), "3": (3,)}
_KEPT: dict[Any, list[Moment]] = {}
"""Trainings that were asked for last; another ruler needs none anew."""
MOST_KEPT = 32


def watch(
    method: Method, how: str, ruler: str, width: float, layers: str, epochs: int, rate: float, seed: int,
    progress: Progress,
) -> Watched:  # fmt: skip
    """See ``InformationPlane.watch``."""
    work = data.lamps(seed, how == LOT)
    return _watched(work, how, ruler, width, _settings(layers, epochs, rate), seed, (how, seed), progress)


def your_table(
    method: Method, table: Table, label: str, ruler: str, width: float, layers: str, epochs: int, seed: int,
    progress: Progress,
) -> Watched:  # fmt: skip
    """See ``InformationPlane.your_table``."""
    work = data.of_table(table, label, seed)
    return _watched(work, "", ruler, width, _settings(layers, epochs, 3e-3), seed, None, progress)


def measure(
    method: Method, how: str, layers: str, epochs: int, rate: float, seed: int, progress: Progress
) -> Ruled:
    """See ``InformationPlane.measure``."""
    work, settings = data.lamps(seed, how == LOT), _settings(layers, epochs, rate)
    moments = _recorded(work, how, settings, seed, (how, seed), progress)
    some = replay.kept(len(moments["tanh"]), SWEPT, early=False)
    sweeps: dict[str, list[Array]] = {kind: [] for kind in settings}
    for place, width in enumerate(WIDTHS):
        progress(0.5 + 0.5 * place / len(WIDTHS), f"bins of width {width:g}")
        for kind, setting in settings.items():
            net, recorded = model.network(work, setting), [moments[kind][number] for number in some]
            sweeps[kind].append(model.plane(net, work, recorded, model.WIDTHS, width))
    lost = {kind: [_most(each).bits for each in swept] for kind, swept in sweeps.items()}
    fine, last = WIDTHS.index(0.07), len(WIDTHS) - 1
    text = (
        f"Here tanh forgets {lost['tanh'][fine]:.2f} bits by bins of {WIDTHS[fine]:g} and {lost['tanh'][last]:.2f} by"
        f" bins of {WIDTHS[last]:g}; ReLU forgets {lost['ReLU'][fine]:.2f} and {lost['ReLU'][last]:.2f}."
    )
    rows = [
        (f"bits forgotten, bins of {width:g} | {kind}", lost[kind][place], "")
        for place, width in enumerate(WIDTHS)
        for kind in sweeps
    ]
    shown = figures.ruled(sweeps, WIDTHS, lost, settings["tanh"].hidden, fine)
    return Ruled(text, shown, Metrics(rows))


def _settings(layers: str, epochs: int, rate: float) -> dict[str, Setting]:
    return {kind: Setting(kind, SPLIT[layers], epochs, rate) for kind in figures.SIDES}  # type: ignore[arg-type]


def _recorded(
    work: Work, how: str, settings: Mapping[str, Setting], seed: int, key: Any, progress: Progress
) -> dict[str, list[Moment]]:
    """The moments of both kinds; trained anew unless the same was asked before, `key` naming the work."""
    every = {}
    for side, (kind, setting) in enumerate(settings.items()):
        moments = _KEPT.get((setting, key)) if key else None
        if moments is None:
            times, moments = replay.kept(setting.epochs + 1, MOMENTS), []
            trained = model.train(work, setting, seed, times)
            for moment in model.grown(work, setting, seed, GROWTH) if how == GROWS else trained:
                moments.append(moment)
                done = len(moments) / MOMENTS if how == GROWS else moment.epoch / setting.epochs
                progress((side + done) / 4, f"{kind}, moment {len(moments)} of {MOMENTS}")
        if key:
            _KEPT[setting, key] = moments
            for old in list(_KEPT)[:-MOST_KEPT]:
                _KEPT.pop(old, None)
        every[kind] = moments
    return every


class Most(NamedTuple):
    """Of the hidden layer that forgets most: how many bits, its place, and the place of the moment of its peak."""

    bits: float
    layer: int
    peak: int


def _most(measured: Array) -> Most:
    lost = model.forgotten(measured)[:-1]
    layer = int(lost.argmax())
    return Most(float(lost[layer]), layer, int(measured[:, layer, 0].argmax()))


def _watched(
    work: Work, how: str, ruler: str, width: float, settings: dict[str, Setting], seed: int, key: Any,
    progress: Progress,
) -> Watched:  # fmt: skip
    moments = _recorded(work, how, settings, seed, key, progress)
    planes = {}
    for side, (kind, setting) in enumerate(settings.items()):
        progress(0.5 + side / 4, f"measuring {kind}")
        planes[kind] = model.plane(model.network(work, setting), work, moments[kind], ruler, width)
    most = {kind: _most(measured) for kind, measured in planes.items()}
    hidden, (bits, layer, peak) = settings["tanh"].hidden, most["tanh"]
    at = moments["tanh"][peak].epoch
    when = f"its weights have grown {at:.2g} times" if how == GROWS else f"epoch {at:.0f}"
    text = (
        f"Here the tanh layer of {counted(hidden[layer], 'unit')} forgets {bits:.2f} bits about the input after {when};"
        f" with ReLU no hidden layer forgets more than {most['ReLU'].bits:.2f}."
    )
    rows: list[tuple[str, float, str]] = []
    for kind, (bits, layer, peak) in most.items():
        then, end = moments[kind][peak], moments[kind][-1]
        net = model.network(work, settings[kind])
        last = net.activations(net.layers(end.weights), work.x)[-2]
        if (last == last[0]).all() and how != GROWS:
            note(f"The network of {kind} died: it says the same to every input. Another seed may live.")
        rows += [
            (f"bits forgotten | {kind}", bits, "by the hidden layer that forgets most"),
            (f"its units | {kind}", hidden[layer], ""),
            (f"bits at the peak | {kind}", float(planes[kind][peak, layer, 0]), "I(X;T) of that layer"),
            (
                f"bits about the label, end | {kind}",
                float(planes[kind][-1, layer, 1]),
                "I(T;Y) of that layer",
            ),
            (f"{'growth' if how == GROWS else 'epoch'} of the peak | {kind}", then.epoch, ""),
            (f"wrong at the peak | {kind}", then.errors[0], "share of training rows"),
            (f"wrong at the end | {kind}", end.errors[0], "share of training rows"),
            (f"wrong on other rows | {kind}", end.errors[1], "at the end"),
            (f"beyond 0.9 | {kind}", float((abs(last) > 0.9).mean()), "activations of the last hidden layer"),
        ]
    shown = figures.watched(planes, moments, hidden, how == GROWS)
    return Watched(text, shown, Metrics(rows))
