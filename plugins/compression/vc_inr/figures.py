"""VC-INR's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks.figures import COLOURS, axis, chart, line
from zoo.blocks.sheets import enlarge, grid, heat
from zoo.types import Figure, Image

Curve = tuple[Sequence[float], Sequence[float]]

LONGEST = 480
"""Pixels of a map's longer side, about."""


def rate_distortion(
    item: str,
    measure: str,
    ours: Curve,
    rivals: Mapping[str, Curve],
    chosen: int | None = None,
) -> Figure:
    """Quality against whole files' bits, beside the standard codecs; the chosen level is filled."""
    lines = [
        line(*curve, name, colour, width=1.5, marks=5)
        for (name, curve), colour in zip(rivals.items(), COLOURS[1:], strict=False)
    ]
    levels = range(len(ours[0]))
    marker = {
        "size": [13 if level == chosen else 8 for level in levels],
        "symbol": ["circle" if level == chosen else "circle-open" for level in levels],
    }
    lines.append(line(*ours, "VC-INR", width=3) | {"mode": "lines+markers", "marker": marker})
    rates = [rate for curve in (ours, *rivals.values()) for rate in curve[0]]
    low, high = np.log10(min(rates)), np.log10(max(rates))
    ticks = {"tickformat": "~g", "dtick": "D2" if high - low < 2.5 else 1}
    across = axis(f"bits per {item}, whole file", log=True, span=(low - 0.05, high + 0.05), **ticks)
    return chart(lines, across, measure)


def maps(values: Sequence[np.ndarray], low: float, high: float) -> Image:
    """Maps (latitude, longitude) one beside or above the other in one colour scale, grey where there are no values."""
    panels = [enlarge(heat(field, low, high), fit=LONGEST)[:2048, :2048] for field in values]
    tall = panels[0].shape[1] > panels[0].shape[0]
    return Image(grid([[panel] for panel in panels] if tall else [panels], gap=8, edge=False))
