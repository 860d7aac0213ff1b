"""Sheets of emoji, cosines, both modalities in the plane, and the curves of the theorem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, axis, bars, beside, chart, dots, line
from zoo.types import Figure, Image, Pictures

PLAIN = "L_Con alone"
RIGHT, OTHER = (43, 154, 102), (225, 225, 225)
"""Frames of pictures that are called so, and of others."""


def colour(name: str) -> str:
    """Of an arm, or of the rival."""
    return COLOURS[1] if name == PLAIN else COLOURS[0]


def framed(picture: NDArray[np.uint8], right: bool, side: int = 96) -> NDArray[np.uint8]:
    """A picture at so many pixels, in a frame whose colour says whether it is called so."""
    from PIL import Image as Pillow

    sheet = np.empty((side + 8, side + 8, 3), np.uint8)
    sheet[:] = RIGHT if right else OTHER
    resized = Pillow.fromarray(picture).resize((side, side), Pillow.Resampling.LANCZOS)
    sheet[4:-4, 4:-4] = np.asarray(resized)
    return sheet


def sheet(pictures: Sequence[NDArray[np.uint8]], right: Sequence[bool], across: int = 4) -> Image:
    """Pictures in rows, best first."""
    cells = [framed(picture, good) for picture, good in zip(pictures, right, strict=True)]
    return Image(sheets.grid([cells[k : k + across] for k in range(0, len(cells), across)], gap=6))


def falling(
    cosines: Mapping[str, NDArray], right: Mapping[str, NDArray], names: Mapping[str, Sequence[str]]
) -> Figure:
    """The largest cosines in their order, as far above the mean of all; full marks are called so."""
    traces = []
    for name, values in cosines.items():
        rank = np.arange(1, len(values) + 1)
        traces.append(line(rank, values, name, colour(name), text=list(names[name]), hoverinfo="text+y"))
        good = right[name]
        traces.append(dots(rank[good], values[good], "", colour(name), size=9, hoverinfo="skip"))
    return chart(traces, "place in the ranking", "cosine above the mean of all", height=320)


def named(names: Mapping[str, Sequence[str]], cosines: Mapping[str, NDArray]) -> Figure:
    """The names most like a picture, best on top, a panel for each arm."""
    panels = []
    for arm, values in cosines.items():
        rows = [f"{place}. {name}" for place, name in enumerate(names[arm], 1)]
        trace = bars(
            rows[::-1], values[::-1], "", colour(arm), across=True, text=rows[::-1], textposition="inside"
        )
        low = min(0.0, float(values.min()))
        panels.append(
            Panel([trace], axis("cosine", span=(low, 1)), axis(showticklabels=False, type="category"), arm)
        )
    return beside(panels, height=420, equal=False)


@dataclass(frozen=True)
class Plane:
    """Both modalities in two directions.

    Attributes:
        pictures: (n, 2).
        texts: (n, 2).
        bridge: where the bridge is expected, from the words to the picture, (m, 2).
        mine: which pair is the visitor's.
        title: above the panel.
    """

    pictures: NDArray
    texts: NDArray
    bridge: NDArray
    mine: int
    title: str


def planes(parts: Sequence[Plane], names: Sequence[str]) -> Figure:
    """Side by side, in the same units."""
    reach = 1.05 * max(np.abs(rows).max() for part in parts for rows in (part.pictures, part.texts))
    panels = []
    for part in parts:
        ends = np.stack([part.texts, part.pictures, np.full_like(part.texts, np.nan)], 1).reshape(-1, 2)
        pair = np.array([part.texts[part.mine], part.pictures[part.mine]])
        look: dict[str, Any] = {"text": list(names), "hoverinfo": "text"}
        traces = [
            line(ends[:, 0], ends[:, 1], "", NEUTRAL, width=0.5, hoverinfo="skip", opacity=0.5),
            dots(part.pictures[:, 0], part.pictures[:, 1], "pictures", COLOURS[0], size=5, **look),
            dots(part.texts[:, 0], part.texts[:, 1], "words", COLOURS[1], size=5, symbol="diamond", **look),
            line(part.bridge[:, 0], part.bridge[:, 1], "bridge of your pair", COLOURS[2], width=4),
            dots(pair[:, 0], pair[:, 1], "", COLOURS[2], size=11, hoverinfo="skip"),
        ]
        panels.append(
            Panel(
                traces,
                axis("along the gap", span=(-reach, reach)),
                axis("main direction across it", span=(-reach, reach)),
                part.title,
            )
        )
    return beside(panels, height=470, legend={"orientation": "h", "y": -0.16})


def strips(rows: Mapping[str, Sequence[NDArray[np.uint8]]]) -> Pictures:
    """What lies next to the bridge, from left to right, for each arm."""
    made_of = [
        (name, Image(sheets.grid([[framed(picture, False, 64) for picture in row]], gap=4)))
        for name, row in rows.items()
    ]
    return Pictures(tuple(made_of))


def bound(strengths: NDArray, excess: NDArray, gap: NDArray, mark: float, height: float) -> Figure:
    """What alignment costs against how much only the picture shows; a dot where the dials stand."""
    traces = [
        line(strengths, excess, "loss of a perfectly aligned code", COLOURS[1]),
        line(strengths, gap, "information gap Δp, the theorem's bound", COLOURS[0], dash="dash"),
        line(strengths, np.zeros_like(gap), "loss of separate parts", COLOURS[2]),
        dots([mark], [height], "", COLOURS[1], size=12),
    ]
    return chart(
        traces,
        "how much the coin counts that only the picture shows (log odds)",
        "nats above the least",
        height=380,
    )
