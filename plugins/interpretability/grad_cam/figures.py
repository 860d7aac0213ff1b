"""Grad-CAM's pictures: heat over scenes, how much lies where, and which layers point rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, axis, bars, beside, chart, line
from zoo.blocks.scene_pictures import overlay
from zoo.blocks.two_objects import Scenes
from zoo.types import Figure, Image, Pictures

SIGNS = {"its digit": "✓", "the other digit": "✗", "neither": "–", "nothing": "∅"}


def overlays(
    shown: Scenes, side: int, maps: Mapping[str, NDArray], marks: Mapping[str, str],
    before: Mapping[str, NDArray] | None,
) -> tuple[Pictures, Pictures]:  # fmt: skip
    """The scene and the first four maps over it, and the others; of a scrambled network beside the trained one's."""

    def drawn(values: NDArray | None) -> NDArray[np.uint8]:
        return overlay(shown.images[0], values, shown.boxes[0], side)

    rows = [] if before else [("the scene", Image(drawn(None)))]
    for title, values in maps.items():
        if before is None:
            rows.append((f"{title} {SIGNS[marks[title]]}", Image(drawn(values))))
        else:
            pair = sheets.grid([[drawn(before[title]), drawn(values)]], gap=8, edge=False)
            rows.append((f"{title}: trained, scrambled", Image(pair)))
    return Pictures(tuple(rows[:-4])), Pictures(tuple(rows[-4:]))


def shares(own: Mapping[str, float], other: Mapping[str, float], digits: Sequence[str]) -> Figure:
    """Bars: how much of each map lies within the box of its digit, and within the other's."""
    titles = list(own)[::-1]
    traces = [
        bars(titles, [part[title] for title in titles], f"in the box of {digit}", colour, across=True)
        for part, digit, colour in ((own, digits[0], COLOURS[0]), (other, digits[1], COLOURS[1]))
    ]
    across = axis("share of the map (%)", rangemode="tozero")
    return chart(traces, across, axis(automargin=True), height=400, barmode="group")


def scoreboard(
    right: Mapping[tuple[str, str], float],
    wrong: Mapping[tuple[str, str], float],
    titles: Sequence[str],
    layers: Sequence[str],
) -> Figure:
    """How often maps point at their digit, and into the other's box, layer by layer."""
    colours = dict(zip(titles, (*COLOURS[:2], NEUTRAL), strict=False))
    places = [str(place + 1) for place in range(len(layers))]
    panels = [
        Panel(
            [
                line(places, [score[title, name] for name in layers], title, colours[title], marks=7)
                for title in titles
            ],
            axis("layer", type="category"),
            axis("scenes (%)" if not number else "", span=(-4, 104)),
            heading,
        )
        for number, (score, heading) in enumerate(((right, "at its digit"), (wrong, "into the other's box")))
    ]
    return beside(panels, height=360, equal=False)
