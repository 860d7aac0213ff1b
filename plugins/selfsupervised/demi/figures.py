"""Estimates that grow, and candidates that are left."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import figures, replay, sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel
from zoo.blocks.two_views import DEVIATION, MEAN
from zoo.types import Figure, Image, Pictures

from .gaussian import KINDS, Moment
from .pictures import QUARTER

SIDES = {"InfoNCE": NEUTRAL, **dict(zip(KINDS, COLOURS, strict=False))}
PIECES = (COLOURS[6], COLOURS[8], COLOURS[5], COLOURS[9])
ZOOM = 6


def learning(moments: Sequence[Moment], truth: float, candidates: int) -> Figure:
    """All estimates while critics learn, and what each is made of at a moment.

    Args:
        moments: of the training.
        truth: I(x; y) in nats.
        candidates: K.
    """
    steps = [moment.step for moment in moments]
    series = {"InfoNCE": [moment.others["InfoNCE"] for moment in moments]}
    series |= {kind: [sum(moment.terms[kind]) for moment in moments] for kind in KINDS}
    ends, ceiling = (steps[0], steps[-1]), math.log(candidates)
    top = 1.08 * max(truth, *map(max, series.values()))
    curves = [
        figures.line(steps, np.round(values, 3), name, SIDES[name], width=2.5)
        for name, values in series.items()
    ]
    curves += [
        figures.line(ends, (truth, truth), "truth", NEUTRAL, width=1.5),
        figures.line(ends, (ceiling, ceiling), "log K", NEUTRAL, width=1.5, dash="dot"),
    ]
    up = figures.axis("nats", span=(0, top))
    shown = {}
    for place, moment in enumerate(moments):
        heights = [values[place] for values in series.values()]
        now = figures.dots([moment.step] * len(series), heights, "", list(SIDES.values()), size=9)
        left = Panel([*curves, now], figures.axis("step of training"), up, "while critics learn")
        right = Panel(_made_of(moment, truth, ceiling), figures.axis(), up, "made of")
        shown[str(moment.step)] = [left, right]
    return replay.replay(shown, prefix="step ", height=440, barmode="relative")


def _made_of(moment: Moment, truth: float, ceiling: float) -> list[figures.Trace]:
    names, pieces = list(SIDES), len(next(iter(moment.terms.values())))
    traces = [figures.bars(["InfoNCE"], [moment.others["InfoNCE"]], "", NEUTRAL)]
    for place in range(pieces):
        name = "first piece" if place == 0 else f"piece {place + 1}, given those before"
        heights = np.round([moment.terms[kind][place] for kind in KINDS], 3)
        traces.append(figures.bars(list(KINDS), heights, name, PIECES[place]))
    for height, dash in ((truth, "solid"), (ceiling, "dot")):
        traces.append(figures.line(names, [height] * len(names), "", NEUTRAL, width=1.5, dash=dash))
    return traces


def nats(told: float, added: float, alone: float, candidates: int) -> Figure:
    """What the quarter tells, what the rest adds, and what InfoNCE says, in nats."""
    names, ceiling = ["DEMI", "InfoNCE"], math.log(candidates)
    traces = [
        figures.bars(["DEMI"], [round(told, 3)], "the quarter tells", PIECES[0], across=True),
        figures.bars(["DEMI"], [round(added, 3)], "the rest adds", PIECES[1], across=True),
        figures.bars(["InfoNCE"], [round(alone, 3)], "the picture, InfoNCE", NEUTRAL, across=True),
        figures.line([ceiling, ceiling], names, "log K", NEUTRAL, width=1.5, dash="dot"),
    ]
    return figures.chart(traces, "nats", figures.axis(autorange="reversed"), height=230, barmode="relative")


def seen(pixels: NDArray[np.uint8], corner: tuple[int, int], other: Tensor) -> Pictures:
    """The picture with its quarter framed, the quarter on grey, and the other view."""
    left, top = corner
    inside = np.zeros(pixels.shape[:2], bool)
    inside[top : top + QUARTER, left : left + QUARTER] = True
    alone = np.where(inside[..., None], pixels, np.array(sheets.GREY, np.uint8))
    rows = (("your picture", pixels), ("a quarter", alone), ("its other view", _pixels(other)))
    return Pictures(tuple((name, Image(sheets.enlarge(each, ZOOM))) for name, each in rows))


def taken(own: Tensor, strangers: Tensor, scores: tuple[Tensor, Tensor], count: int) -> Pictures:
    """The likeliest candidates, each with its chance; the own view is named.

    Args:
        own: the other view, (3, h, w).
        strangers: (K - 1, 3, h, w).
        scores: of own views (v,), of which the first is meant, and of the strangers beside each, (v, K - 1).
        count: how many are shown.
    """
    every = torch.cat([scores[0][:1], scores[1][0]]).softmax(0)
    rows = []
    for place in every.argsort(descending=True)[:count].tolist():
        picture = own if place == 0 else strangers[place - 1]
        name = f"{100 * float(every[place]):.2g} %"
        rows.append((f"yours, {name}" if place == 0 else name, Image(sheets.enlarge(_pixels(picture), ZOOM))))
    return Pictures(tuple(rows))


def _pixels(view: Tensor) -> NDArray[np.uint8]:
    """A standardised view (3, h, w) as uint8 (h, w, 3)."""
    mean, deviation = (torch.tensor(part)[:, None, None] for part in (MEAN, DEVIATION))
    return ((view * deviation + mean).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
