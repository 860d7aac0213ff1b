"""Maps while they unfold, trees on them, and their bars."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring, Panel, Trace
from zoo.types import Figure

from . import model
from .data import INNER

Array = NDArray[np.float64]
LOOKS = (("data's tree alone", COLOURS[6]), ("map's tree alone", COLOURS[1]), ("both trees", "#35a853"))
BARE = figures.axis(bare=True, showgrid=False, span=(-1.08, 1.08))


def _spheres(places: Array, of: NDArray[np.intp], size: float) -> list[Trace]:
    """Points of the large sphere in grey, and of each small one in a colour."""
    drawn = []
    for number in (INNER, *range(INNER)):
        x, y = places[of == number].T
        name, colour = ("the large sphere", NEUTRAL) if number == INNER else ("", COLOURS[number])
        drawn.append(
            figures.dots(x, y, name, colour, size=size, opacity=0.6 if name else 0.9, hoverinfo="skip")
        )
    return drawn


def _scaled(places: Array) -> Array:
    """Places of which the farthest is 1 from the middle, to three digits: only shapes are compared."""
    centred = places - (places.min(axis=0) + places.max(axis=0)) / 2
    return np.round(centred / max(float(np.abs(centred).max()), 1e-12), 3)  # type: ignore[no-any-return]


def unfolding(moments: Mapping[int, Array], of: NDArray[np.intp], names: tuple[str, str]) -> Figure:
    """Two maps while they were trained: places `(2, n, 2)` by step, and the sphere of each point, `(n,)`."""
    shown = {
        str(step): [
            Panel(_spheres(_scaled(places), of, 5), BARE, BARE, name)
            for places, name in zip(both, names, strict=True)
        ]
        for step, both in moments.items()
    }
    return replay.replay(shown, prefix="step ", height=470, equal=True)


def trees(
    batch: Mapping[str, tuple[Array, Array]], data: Array, of: NDArray[np.intp], shown: str
) -> Figure:  # fmt: skip
    """The trees of a batch on the map of each network, their bars beside, and a slider through the networks.

    Args:
        batch: by network, places `(n, 2)` and distances over the scale `(n, n)`.
        data: distances of the rows, `(n, n)`.
        of: which sphere a point is of, `(n,)`.
        shown: the network that is shown first.
    """
    moments, titles, (first, *_) = {}, [], model.trees(data[None])
    known = {tuple(edge) for edge in first.tolist()}
    for name, (places, apart) in batch.items():
        at, there = _scaled(places), {tuple(edge) for edge in model.trees(apart[None])[0].tolist()}
        parts = (known - there, there - known, known & there)
        lines = [
            traces.strokes([tuple(at[list(edge)].T) for edge in sorted(edges)], label, colour, width=2)
            for edges, (label, colour) in zip(parts, LOOKS, strict=True)
        ]
        bars = [
            traces.strokes(
                [([0, end], [place + shift] * 2) for place, end in enumerate(np.round(model.deaths(table), 4))],
                colour=LOOKS[shift < 0][1], width=2,
            )
            for table, shift in ((data, 0.2), (apart, -0.2))
        ]  # fmt: skip
        ends = figures.axis("length of a bar", rangemode="tozero")
        moments[name] = [
            Panel([*lines, *_spheres(at, of, 6)], BARE, BARE | {"scaleanchor": "x"}, "trees on the map"),
            Panel(bars, ends, figures.axis(bare=True, showgrid=False), "bars"),
        ]
        titles.append(f"{name}: {len(parts[2])} of {len(known)} edges are in both trees")
    place, above = list(batch).index(shown), {"y": 0.985, "yanchor": "top"}
    look = {"legend": figures.ABOVE | {"y": 1.08}, "margin": figures.MARGIN | {"t": 120}, "title": above}
    return replay.replay(moments, titles=titles, shown=place, height=560, **look)


def compared(ways: Mapping[str, Array], colouring: Colouring) -> Figure:
    """Other maps of the same rows side by side, in the same colours."""
    panels: list[Panel] = []
    for name, places in ways.items():
        parts = figures.coloured(_scaled(places), colouring, most=len(COLOURS), size=5)
        if panels:  # one bar of colours is enough
            parts = [part | {"marker": part["marker"] | {"showscale": False}} for part in parts]
        panels.append(Panel(parts, BARE, BARE, name))
    return figures.beside(panels, height=420, legend=figures.ABOVE | {"y": 1.09})
