"""Estimates that grow, and candidates that are left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import figures, replay, sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel
from zoo.blocks.two_views import DEVIATION, MEAN
from zoo.types import Figure, Image

from .encoders import QUARTER
from .gaussian import KINDS, Moment

SIDES = {"InfoNCE": NEUTRAL, **dict(zip(KINDS, COLOURS, strict=False))}
PIECES = (COLOURS[6], COLOURS[8], COLOURS[5], COLOURS[9])
SHOWN, TILE, GAP, ROW, TOP = 8, 124, 10, 176, 44
"""Candidates in a row; pixels from one to the next, between them, from row to row, and above for the page's label."""


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
        figures.line(ends, (truth, truth), "truth", NEUTRAL, width=1.5, dash="dash"),
        figures.line(ends, (ceiling, ceiling), "log K", NEUTRAL, width=1.5, dash="dot"),
    ]
    low = min(sum(min(term, 0.0) for term in terms) for moment in moments for terms in moment.terms.values())
    up = figures.axis("nats", span=(1.1 * low, top))
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
    for height, dash in ((truth, "dash"), (ceiling, "dot")):
        traces.append(figures.line(names, [height] * len(names), "", NEUTRAL, width=1.5, dash=dash))
    return traces


def nats(of_quarter: float, of_rest: float, alone: float, candidates: int) -> Figure:
    """What the quarter tells, what the rest adds, and what InfoNCE says, in nats."""
    names, ceiling = ["DEMI", "InfoNCE"], math.log(candidates)
    traces = [
        figures.bars(["DEMI"], [round(of_quarter, 3)], "the quarter tells", PIECES[0], across=True),
        figures.bars(["DEMI"], [round(of_rest, 3)], "the rest adds", PIECES[1], across=True),
        figures.bars(["InfoNCE"], [round(alone, 3)], "the picture, InfoNCE", NEUTRAL, across=True),
        figures.line([ceiling, ceiling], names, "log K", NEUTRAL, width=1.5, dash="dot"),
    ]
    return figures.chart(traces, "nats", figures.axis(autorange="reversed"), height=230, barmode="relative")


def sheet(
    pixels: NDArray[np.uint8], corner: tuple[int, int], own: Tensor, strangers: Tensor,
    said: Mapping[str, tuple[Tensor, Tensor]],
) -> Image:  # fmt: skip
    """A row for each way to look: what asks, the view that is sought, and the likeliest candidates.

    Args:
        pixels: the picture, (h, w, 3).
        corner: left and upper edge of its quarter, which asks in the first row.
        own: the other view, (3, h, w).
        strangers: (K - 1, 3, h, w).
        said: by name, scores of own views (v,), of which the first is meant, and of the strangers beside each.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    left, top = corner
    inside = np.zeros(pixels.shape[:2], bool)
    inside[top : top + QUARTER, left : left + QUARTER] = True
    alone = np.where(inside[..., None], pixels, np.array(sheets.GREY, np.uint8))
    page = Pillow.new("RGB", ((SHOWN + 2) * TILE + 3 * GAP, TOP + len(said) * ROW), sheets.WHITE)
    pen, font, side = ImageDraw.Draw(page), ImageFont.load_default(19), TILE - GAP
    views = torch.cat([own[None], strangers])
    for down, (name, scores) in enumerate(said.items()):
        chances = torch.cat([scores[0][:1], scores[1][0]]).softmax(0)
        order = chances.argsort(descending=True)[:SHOWN].tolist()
        tiles = [
            ("asks", pixels if down else alone, False),
            (f"sought, {_percent(chances[0])}", _pixels(own), True),
        ]
        tiles += [(_percent(chances[place]), _pixels(views[place]), place == 0) for place in order]
        pen.text((GAP, TOP + down * ROW), name, "#1c2024", font)
        for across, (caption, tile, sought) in enumerate(tiles):
            x, y = GAP + across * TILE + 2 * GAP * (across > 1), TOP + down * ROW + 27
            page.paste(Pillow.fromarray(tile).resize((side, side), Pillow.Resampling.NEAREST), (x, y))
            if sought:
                pen.rectangle((x - 2, y - 2, x + side + 1, y + side + 1), outline=COLOURS[1], width=4)
            pen.text((x, y + side + 3), caption, "#1c2024", font)
    return Image(np.asarray(page))


def _percent(chance: Tensor) -> str:
    percent = 100 * float(chance)
    return "<0.1 %" if percent < 0.1 else f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def _pixels(view: Tensor) -> NDArray[np.uint8]:
    """A standardised view (3, h, w) as uint8 (h, w, 3)."""
    mean, deviation = (torch.tensor(part)[:, None, None] for part in (MEAN, DEVIATION))
    return ((view * deviation + mean).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
