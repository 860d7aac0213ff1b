"""The unfolding cloud beside another map, and the friends and strangers of some points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, Colouring, Panel, Trace
from zoo.types import Figure

Array = NDArray[np.float64]
Places = NDArray[np.intp]
BARE = figures.axis(bare=True, showgrid=False, span=(-1.06, 1.06))
LOOK = {"title": {"y": 0.985, "yanchor": "top"}, "margin": figures.MARGIN | {"t": 110}}


def spread(places: Array) -> Array:
    """Places of which the farthest is 1 from the middle, to three digits."""
    centred = places - (places.min(axis=0) + places.max(axis=0)) / 2
    return np.round(centred / max(float(np.abs(centred).max()), 1e-300), 3)  # type: ignore[no-any-return]


def words(handshakes: float) -> str:
    """A number of handshakes: 950, 62 thousand, 3.00 million."""
    if handshakes < 1e3:
        return f"{handshakes:.0f}"
    return f"{handshakes / 1e3:.0f} thousand" if handshakes < 1e6 else f"{handshakes / 1e6:.2f} million"


def unfolding(
    moments: Mapping[str, Array], said: Sequence[str], rival: Array, colouring: Colouring
) -> Figure:
    """Places `(n, 2)` by moment, with a line about each, beside a rival's `(n, 2)` of the same points."""
    panels = {}
    for name, places in moments.items():
        both = [
            figures.coloured(spread(at), colouring, most=len(COLOURS), size=6, opacity=0.85, hoverinfo="skip")
            for at in (places, rival)
        ]
        ways = zip(both, ("LargeVis", "FFT t-SNE"), strict=True)
        panels[name] = [Panel(cloud, BARE, BARE, way) for cloud, way in ways]
    return replay.replay(panels, titles=said, prefix="handshakes: ", height=520, equal=True, **LOOK)  # type: ignore[arg-type]


def friends(
    places: Array, labels: Places, chosen: Sequence[int], near: Places, strangers: Places, first: int
) -> Figure:  # fmt: skip
    """The map `(n, 2)` with a point's friends and the strangers of one handshake, and a slider through some points.

    Args:
        places: `(n, 2)`.
        labels: `(n,)`.
        chosen: the points.
        near: their friends, `(points, k)`.
        strangers: drawn for each, `(points, m)`.
        first: the point that is shown first.
    """
    at, moments, titles = spread(places), dict[str, list[Trace]](), []
    cloud = figures.dots(
        at[:, 0], at[:, 1], "", [COLOURS[label] for label in labels], size=4, opacity=0.3, hoverinfo="text",
        hovertext=[f"digit {place}, a {label}" for place, label in enumerate(labels)],
    )  # fmt: skip
    for point, mine, others in zip(chosen, near, strangers, strict=True):
        away = [(at[[point, other], 0], at[[point, other], 1]) for other in others]
        moments[f"{point}"] = [
            {},
            traces.strokes(away, "", COLOURS[1], width=1.5, dash="dot"),
            figures.dots(at[mine, 0], at[mine, 1], "friends", COLOURS[0]),
            figures.dots(
                at[others, 0], at[others, 1], "strangers of one handshake", COLOURS[1], size=10, symbol="x"
            ),
            figures.dots(
                at[[point], 0], at[[point], 1], "the digit", "#35a853", size=15, symbol="star", opacity=1
            ),
        ]
        same = int((labels[mine] == labels[point]).sum())
        titles.append(
            f"Digit {point}, a {labels[point]}: {same} of {len(mine)} friends are {labels[point]}s;"
            f" strangers are {', '.join(map(str, labels[others]))}"
        )
    shown = list(chosen).index(first)
    drawn = figures.chart([cloud, *moments[f"{first}"][1:]], BARE, BARE, height=580, equal=True, **LOOK)
    return replay.slide(drawn, moments, titles=titles, shown=shown, prefix="digit number ")
