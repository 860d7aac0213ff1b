"""Rounds of boosting: groups on their way to the diagonal, and the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel
from zoo.types import Figure

CELLS, MOST_GROUPS = 10, 6


def rounds(
    stages: Sequence[NDArray],
    y: NDArray,
    groups: Mapping[str, NDArray[np.bool_]],
    low: float,
    unit: float,
    rivals: Mapping[str, float],
) -> Figure:
    """Mean truth against mean prediction in tenths of each group, and the error, after every round.

    Args:
        stages: predictions `(n,)` before the first round and after each, between 0 and 1.
        y: the truth, `(n,)`.
        groups: rows of each group.
        low: what 0 is in the target's unit.
        unit: how much more 1 is.
        rivals: errors of others, in the target's unit.
    """
    shown = dict(list(groups.items())[:MOST_GROUPS])
    errors = [float(np.mean((y - f) ** 2)) ** 0.5 * unit for f in stages]
    means = np.concatenate([np.ravel(_means(stages[0][rows], y[rows])) for rows in shown.values()])
    ends = low + unit * float(means.min() - 0.05), low + unit * float(means.max() + 0.05)
    diagonal = figures.line(ends, ends, "right on average", NEUTRAL, dash="dot")
    steps = list(range(len(stages)))
    curve = figures.line(steps, errors, "level-set boosting", COLOURS[0], width=3)
    colours = dict(zip(rivals, COLOURS[1:], strict=False))
    levels = figures.levels((0, max(len(steps) - 1, 1)), rivals, colours, dict.fromkeys(rivals, "dash"))
    sides = figures.axis("round", dtick=1 + len(steps) // 8), figures.axis("error")
    moments = {}
    for step, f in enumerate(stages):
        dots = [
            figures.dots(
                *(low + unit * _means(f[rows], y[rows])), name, COLOURS[place + 4], size=9, symbol=place
            )
            for place, (name, rows) in enumerate(shown.items())
        ]
        moments[f"{step}"] = [
            Panel([diagonal, *dots], figures.axis("predicted"), figures.axis("true mean"), "groups"),
            Panel([curve, *levels, traces.now([curve], step, size=12)], *sides, "error on new rows"),
        ]
    return replay.replay(moments, prefix="round ", height=470)


def _means(f: NDArray, y: NDArray) -> NDArray:
    """Means of predictions and truths in parts of equal numbers, in the order of the predictions; `(2, parts)`."""
    order = np.array_split(np.argsort(f, kind="stable"), CELLS)
    return np.array([[side[part].mean() for part in order if len(part)] for side in (f, y)]).round(4)
