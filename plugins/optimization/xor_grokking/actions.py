"""What the actions do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from zoo.blocks import figures as shared
from zoo.blocks import replay
from zoo.errors import InputError
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Mapped, Watched, data, figures, model
from .model import Clouds, Setting

TESTS, MOMENTS = 500, 44
LINEAR, TOLD = "least-norm linear classifier", "told the means"
REGION, UNFITTED = "□ the theorem's region", "× not memorised in one step"
"""Marks of the map by their looks, which are white as cells are dark, so that a legend cannot show them."""
CELL = Setting(n=100, p=1e6, signal=5.0, width=100, equal=True)
"""Of a map, where neither of its axes changes it."""
AXES: dict[str, tuple[str, str, tuple[float, ...]]] = {
    "dimension": ("p", "dimension, ten to the power", (2.5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)),
    "signal": ("signal", "signal μ² / √p", (0.5, 1, 2, 4, 8, 12, 16, 32)),
    "flips": ("flips", "share of lies", (0, 0.1, 0.2, 0.3, 0.4, 0.45)),
    "neurons": ("width", "neurons", (10, 20, 40, 80, 160, 320)),
    "start": ("start", "start, ten to the power", (-2, -1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5)),
}
"""Of each quantity: the setting, its name on an axis, and its values."""


def watch(
    method: Method, dimension: float, signal: float, flips: float, neurons: int, start: float, points: int,
    steps: int, equal: bool, seed: int, progress: Progress,
) -> Watched:  # fmt: skip
    """See ``XorGrokking.watch``."""
    setting = Setting(points, 10.0**dimension, signal, flips, neurons, 10.0**start, equal=equal)
    return _watched(setting, model.CROSS, steps, seed, progress)


def hide(
    method: Method, table: Table, label: str, dimension: float, signal: float, flips: float, steps: int,
    seed: int, progress: Progress,
) -> Watched:  # fmt: skip
    """See ``XorGrokking.hide``."""
    clouds = data.clouds(table, label)
    setting = Setting(200, 10.0**dimension, signal, flips, 400, 1.0, equal=True)
    return _watched(setting, clouds, steps, seed, progress)


def _watched(setting: Setting, clouds: Clouds, steps: int, seed: int, progress: Progress) -> Watched:
    if setting.p < setting.n + 10:
        raise InputError(
            f"{setting.n} points need {setting.n + 10} dimensions or more; send fewer points or more dimensions."
        )
    drawn = model.draw(setting, seed, TESTS, clouds)
    moments, scores = [], []
    for moment in model.train(drawn, setting.alpha, steps, replay.kept(steps + 1, MOMENTS)):
        progress(moment.step / steps, f"step {moment.step}")
        moments.append(moment)
        scores.append(model.scores(moment, drawn))
    linear = model.right(model.least_norm(drawn), drawn.truth)
    levels = {LINEAR: linear, TOLD: model.right(model.nearest(drawn, setting, clouds), drawn.truth)}
    once, end = (scores[place] for place in (1, -1))
    text = (
        f"One step memorises {once[0]:.0%} of the labels and gets {once[2]:.0%} of new points right; {steps} steps"
        f" get {end[2]:.0%}, with {end[0]:.0%} of the labels still fitted. The least-norm linear classifier"
        f" gets {linear:.0%}."
    )
    shown = figures.training(drawn, moments, scores, levels)
    rows = _rows(setting, moments, scores, levels)
    if clouds is model.CROSS:
        n, p = setting.n, setting.p
        asked = (
            ("μ² ≥ n^0.51 √p", setting.signal >= n**0.51, "the theorem asks for it, and for"),
            ("p ≥ n² μ²", p >= n**2 * setting.mu**2, "both together need p ≥ n⁵"),
        )
        rows += [(what, "yes" if met else "no", why) for what, met, why in asked]
    return Watched(text, shown, Metrics(rows))


def _rows(
    setting: Setting, moments: list[model.Moment], scores: list[figures.Scores], levels: dict[str, float]
) -> list[Any]:
    once, end = (scores[place] for place in (1, -1))
    good = [str(at.step) for at, each in zip(moments, scores, strict=True) if each[2] >= 0.95]
    n, p, mu = setting.n, setting.p, setting.mu
    return [
        ("training accuracy, step 1", once[0], "labels as given"),
        ("test accuracy, step 1", once[2], "new points, true labels"),
        (f"test accuracy, step {moments[-1].step}", end[2], ""),
        ("lies repeated at the end", end[1], "share of the flipped labels"),
        ("test accuracy of 95 %", [*good, "not yet"][0], "first step shown that has it"),
        *((f"test accuracy, {name}", value, "") for name, value in levels.items()),
        ("dimensions", f"{p:,.0f}", f"of which training can tell {n + 2}"),
        ("length of the means", mu, f"beside noise of length {np.sqrt(p):,.0f}"),
        ("step size α", setting.alpha, f"{setting.rate:g} n / p"),
        ("standard deviation ω of the start", setting.omega, ""),
    ]


def chart(
    method: Method, across: str, up: str, steps: int, start: float, flips: float, seed: int, progress: Progress
) -> Mapped:  # fmt: skip
    """See ``XorGrokking.chart``."""
    if across == up:
        raise InputError("the map needs two different quantities; choose another for one of its sides.")
    base = replace(CELL, start=10.0**start, flips=flips)
    problems = [[_at(_at(base, across, left), up, high) for left in AXES[across][2]] for high in AXES[up][2]]
    cells = []
    for row, settings in enumerate(problems):
        progress(row / len(problems), f"row {row + 1} of {len(problems)}")
        cells.append([_cell(setting, steps, seed) for setting in settings])
    memorised, once, end, linear = np.moveaxis(np.array(cells), 2, 0)
    later = (memorised == 1) & (once < 0.65) & (end >= 0.9)
    region = np.array([[setting.promised for setting in settings] for settings in problems])
    text = (
        f"In {later.sum()} of {later.size} problems one step memorises everything, new points are near chance, and"
        f" {steps} steps get 90 % of them right or more; {region.sum()} lie in the theorem's region. The least-norm"
        f" linear classifier gets {linear.max():.0%} at its best."
    )
    rows = [
        ("problems", later.size, ""),
        ("memorised in one step", int((memorised == 1).sum()), ""),
        ("understood at the end", int((end >= 0.9).sum()), "90 % of new points or more"),
        ("understood later than memorised", int(later.sum()), "below 65 % after one step"),
        (
            "in the theorem's region",
            int(region.sum()),
            "as to the points; it asks for a smaller step and start",
        ),
    ]
    x, y = ((shared.axis(AXES[name][1]), AXES[name][2]) for name in (across, up))
    marks = {REGION: region, UNFITTED: memorised < 1}
    shown = figures.chart(end, x, y, marks, f"new points right after {steps} steps")
    return Mapped(text, shown, Metrics(rows))


def _at(setting: Setting, quantity: str, value: float) -> Setting:
    """The setting with a quantity as it stands on the map's axis."""
    value = 10.0**value if quantity in ("dimension", "start") else value
    return replace(setting, **{AXES[quantity][0]: value})


def _cell(setting: Setting, steps: int, seed: int) -> tuple[float, float, float, float]:
    """Training accuracy after a step, test accuracy then and at the end, and that of the linear classifier."""
    drawn = model.draw(setting, seed, 300)
    moments = model.train(drawn, setting.alpha, steps, (1, steps))
    once, end = (model.scores(moment, drawn) for moment in moments)
    return once[0], once[2], end[2], model.right(model.least_norm(drawn), drawn.truth)
