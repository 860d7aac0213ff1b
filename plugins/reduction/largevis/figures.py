"""The unfolding cloud beside another map, and the friends and strangers of some points."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, Colouring, Panel, Trace
from zoo.types import Figure

Array = NDArray[np.float64]
Places = NDArray[np.intp]
BARE = figures.axis(bare=True, showgrid=False, span=(-1.06, 1.06))
LOOK = {"title": {"y": 0.985, "yanchor": "top"}, "margin": {"l": 16, "r": 16, "t": 104, "b": 56}}


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
    look, panels = {"most": len(COLOURS), "size": 6, "opacity": 0.85, "hoverinfo": "skip"}, {}
    for name, places in moments.items():
        both = [figures.coloured(spread(at), colouring, **look) for at in (places, rival)]  # type: ignore[arg-type]
        panels[name] = [Panel(both[0], BARE, BARE, "LargeVis"), Panel(both[1], BARE, BARE, "FFT t-SNE")]
    return replay.replay(panels, titles=said, prefix="handshakes: ", height=480, equal=True, **LOOK)  # type: ignore[arg-type]


def friends(
    places: Array, labels: Places, chosen: Sequence[int], near: Places, strangers: Places, first: int
) -> Figure:  # fmt: skip
    """The map `(n, 2)` with a point's friends and the strangers of one handshake, and a slider through some points.

    Of the chosen points near are their friends, `(points, k)`, and strangers drawn for each, `(points, m)`.
    """
    at, moments, titles = spread(places), dict[str, list[Trace]](), []
    cloud = figures.dots(
        at[:, 0], at[:, 1], "", [COLOURS[label] for label in labels], size=4, opacity=0.3, hoverinfo="text",
        hovertext=[f"digit {place}, a {label}" for place, label in enumerate(labels)],
    )  # fmt: skip
    for point, mine, others in zip(chosen, near, strangers, strict=True):
        away = [(at[[point, other], 0], at[[point, other], 1]) for other in others]
        moments[f"{point}"] = [
            {}, traces.strokes(away, "", COLOURS[1], width=1.5, dash="dot"),
            figures.dots(at[mine, 0], at[mine, 1], "friends", COLOURS[0]),
            figures.dots(at[others, 0], at[others, 1], "strangers", COLOURS[1], size=10, symbol="x"),
            figures.dots(at[[point], 0], at[[point], 1], "the digit", "#35a853", size=15, symbol="star", opacity=1),
        ]  # fmt: skip
        same = int((labels[mine] == labels[point]).sum())
        titles.append(f"A {labels[point]}: {same} of {len(mine)} friends are {labels[point]}s too")
    drawn = figures.chart([cloud, *moments[f"{first}"][1:]], BARE, BARE, height=600, equal=True, **LOOK)
    return replay.slide(
        drawn, moments, titles=titles, shown=list(chosen).index(first), prefix="digit number "
    )
