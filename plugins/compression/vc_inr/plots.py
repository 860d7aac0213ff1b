"""VC-INR's figures; colours of text and background are left to the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from zoo.types import Figure, Image

OURS = "#f97316"
RIVALS = ("#0ea5e9", "#16a34a", "#a855f7", "#64748b")

Curve = tuple[Sequence[float], Sequence[float]]


def rate_distortion(
    title: str,
    item: str,
    measure: str,
    ours: Curve,
    rivals: Mapping[str, Curve],
    chosen: int | None = None,
) -> Figure:
    """Quality against whole files' bits, beside the standard codecs; the chosen level is filled."""
    figure = go.Figure()
    for (name, (rates, qualities)), colour in zip(rivals.items(), RIVALS, strict=False):
        figure.add_scatter(
            x=list(rates),
            y=list(qualities),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 1.5},
            marker_size=5,
        )
    figure.add_scatter(
        x=list(ours[0]),
        y=list(ours[1]),
        name="VC-INR",
        mode="lines+markers",
        line={"color": OURS, "width": 3},
        marker={
            "size": [13 if level == chosen else 8 for level in range(len(ours[0]))],
            "symbol": ["circle" if level == chosen else "circle-open" for level in range(len(ours[0]))],
        },
    )
    rates = [rate for curve in (ours, *rivals.values()) for rate in curve[0]]
    low, high = np.log10(min(rates)), np.log10(max(rates))
    figure.update_layout(
        title=title,
        xaxis={
            "title": f"bits per {item}, whole file",
            "type": "log",
            "range": [low - 0.05, high + 0.05],
            "tickformat": "~g",
            "dtick": "D2" if high - low < 2.5 else 1,
        },
        yaxis_title=measure,
        legend={"orientation": "h", "y": -0.25},
    )
    return Figure(figure)


_MAP = np.array(
    [(48, 18, 59), (70, 107, 227), (40, 187, 235), (50, 242, 152), (164, 252, 60), (238, 207, 58),
     (251, 126, 33), (209, 47, 5), (122, 4, 3)]
) / 255  # fmt: skip
"""Nine stops of the colour map turbo (Mikhailov, 2019, Apache-2.0)."""

_LAND = np.array([0.82, 0.82, 0.82])


def maps(values: Sequence[np.ndarray], low: float, high: float, longest: int = 480) -> Image:
    """Maps (latitude, longitude) side by side in one colour scale, grey where there are no values."""
    panels = []
    for one in values:
        share = np.nan_to_num((one - low) / ((high - low) or 1)).clip(0, 1) * (len(_MAP) - 1)
        stop = np.minimum(share.astype(int), len(_MAP) - 2)
        part = (share - stop)[..., None]
        colours = _MAP[stop] * (1 - part) + _MAP[stop + 1] * part
        colours[np.isnan(one)] = _LAND
        factor = max(1, longest // max(one.shape))
        enlarged = colours.repeat(factor, 0).repeat(factor, 1)[:2048, :2048]
        panels.append(np.pad(enlarged, [(4, 4), (4, 4), (0, 0)], constant_values=1.0))
    tall = panels[0].shape[1] > panels[0].shape[0]
    return Image((np.concatenate(panels, axis=0 if tall else 1) * 255).round().astype(np.uint8))
