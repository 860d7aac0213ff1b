"""Dye on a cloud, true against measured distances, and maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.atlas import atlas
from zoo.blocks.figures import COLOURS, NEUTRAL, SHADES, Panel
from zoo.blocks.map_rows import Rows
from zoo.types import Figure

Array = NDArray[np.float64]
MOST_PAIRS = 2500
FAINTEST = -6
"""Power of ten of the heat that is drawn darkest."""


def dye(
    flat: Array, true: Array, moments: Mapping[float, tuple[Array, Array, str]], source: int, cloud: str
) -> Figure:
    """Heat of every point and its measured distance from the spot, at each time.

    Args:
        flat: where points are drawn, `(n, 2)`.
        true: distances from the spot, `(n,)`.
        moments: heat, measured distances `(n,)` and a title, by time.
        source: which point the spot is.
        cloud: its name.
    """
    others = np.arange(len(true)) != source
    seen = np.round(flat, 2)
    bare = figures.axis(bare=True, showgrid=False)
    look = {"colorscale": SHADES, "cmin": FAINTEST, "cmax": 0, "showscale": False}
    shown: dict[str, Sequence[Panel]] = {}
    for time, (heat, measured, _) in moments.items():
        levels = np.round(np.log10(np.maximum(heat, 10.0**FAINTEST)), 2)
        ruler = np.round(measured / max(float(measured.max()), 1e-300), 3)
        points = figures.dots(
            seen[:, 0], seen[:, 1], "", levels, size=6, opacity=0.95, marker=look, hoverinfo="skip"
        )
        spot = figures.dots(
            seen[[source], 0],
            seen[[source], 1],
            "the spot",
            COLOURS[1],
            size=13,
            symbol="x",
            hoverinfo="skip",
        )
        read = figures.dots(
            np.round(true[others], 1),
            ruler[others],
            "a point",
            COLOURS[0],
            size=5,
            opacity=0.6,
            hoverinfo="skip",
        )
        sheet = "seen from its end" if cloud == "rolled-up sheet" else "laid flat"
        left = Panel([points, spot], bare, bare | {"scaleanchor": "x"}, f"dye, {sheet}")
        far = figures.axis("true distance", rangemode="tozero")
        right = Panel([read], far, figures.axis(span=(0, 1.05)), "distance by heat")
        shown[f"{time:.3g}"] = [left, right]
    titles = [title for _, _, title in moments.values()]
    return replay.replay(shown, titles=titles, prefix="time ", height=440)


def pairs(true: Array, ours: Array, walked: Array, scores: Mapping[str, float]) -> Figure:
    """True against measured distances of some pairs, by heat and by Isomap; each in units of its longest."""
    first, second = np.triu_indices(len(true), 1)
    part = figures.sample(len(first), MOST_PAIRS)
    at = first[part], second[part]
    panels = []
    for name, table, colour in (("heat", ours, COLOURS[0]), ("Isomap", walked, NEUTRAL)):
        ruler = np.round(table[at] / max(float(table.max()), 1e-300), 3)
        trace = figures.dots(np.round(true[at], 1), ruler, "", colour, size=4, opacity=0.45, hoverinfo="skip")
        x = figures.axis("true distance", rangemode="tozero")
        panels.append(Panel([trace], x, figures.axis(span=(0, 1.05)), f"{name}: {scores[name]:.3f}"))
    return figures.beside(panels, height=360, equal=False, margin=figures.MARGIN)


def unfolded(rows: Rows, places: Array, journey: Mapping[str, Array]) -> Figure:
    """The map, with a slider from classical scaling to the end."""
    return atlas(places, rows.colouring, rows.names, pictures=rows.pictures, journey=journey)
