"""The Poincaré disk to look at: a tree whose nodes one drags, taps and finds, beside a flat map of the same tree.

    figure = disk(places, tree.edges, tree.names, colouring, journey={"epoch 1": …, "epoch 50": places})

The page (``disk`` in ``zoo.js``) draws it on a canvas: a drag moves all points by the isometry that takes what was
under the pointer to where the pointer is, a double tap brings a node to the centre. Nothing of it asks the server.
Elsewhere it is a plain Plotly figure.

Users: h-mds, poincare-embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import Colouring, Panel, Trace
from zoo.types import Figure

Array = NDArray[np.float64]
MOST_NUMBERS = 24_000
"""Coordinates in all moments of a journey: some hundred kilobytes."""
MOST_GROUPS = 9
ARC = 8
"""Straight pieces of an edge, where no canvas draws it."""
RIM = 1 - 1e-7


@dataclass(frozen=True)
class Flat:
    """A map in the plane that stands beside the disk.

    Attributes:
        title: above it.
        places: `(n, 2)`, at any scale.
        journey: places at earlier moments, by the names that the disk's moments have.
    """

    title: str
    places: Array
    journey: Mapping[str, Array] = field(default_factory=dict)

    def within(self, places: Array) -> Array:
        """Places brought into the unit disk as those at the end are."""
        middle = (self.places.max(axis=0) + self.places.min(axis=0)) / 2
        size = max(float(np.linalg.norm(self.places - middle, axis=1).max()), 1e-300)
        return (places - middle) / (1.05 * size)


def moved(places: ArrayLike, to: complex) -> NDArray[np.complex128]:
    """The isometry z ↦ (z + a) / (1 + ā z) of the disk, which takes the centre to a.

    Args:
        places: complex, within the unit disk.
        to: a.
    """
    z = np.asarray(places, complex)
    return (z + to) / (1 + np.conj(to) * z)


def geodesic(start: complex, end: complex, count: int = ARC) -> NDArray[np.complex128]:
    """Points along the shortest way between two points of the disk, evenly spaced in it, `(count + 1,)`."""
    far = complex(moved(end, -start))
    length = abs(far)
    if length < 1e-12:
        return np.full(count + 1, start)
    reach = np.tanh(np.linspace(0, 1, count + 1) * np.arctanh(min(length, RIM)))
    return moved(reach * far / length, start)


def disk(
    places: Array,
    edges: ArrayLike,
    names: Sequence[str],
    colouring: Colouring,
    *,
    journey: Mapping[str, Array] | None = None,
    twin: Flat | None = None,
    title: str = "",
    height: int = 500,
) -> Figure:
    """A tree in the Poincaré disk.

    Args:
        places: `(n, 2)`, within the unit disk.
        edges: child and parent, `(e, 2)`.
        names: what each is called, `n`.
        colouring: groups of all n.
        journey: places at earlier moments, `(n, 2)` each, by the name of the moment, the last as `places`.
        twin: the same nodes on a flat map.
        title: above the disk.
        height: in pixels.

    Raises:
        ValueError: a place lies on the rim or beyond, or the colouring is no groups.
    """
    if np.linalg.norm(places, axis=1).max() >= 1:
        raise ValueError("every place of a Poincaré disk lies within the unit disk.")
    if colouring.groups is None:
        raise ValueError("nodes of a disk are coloured by groups.")
    edges = np.asarray(edges, int).reshape(-1, 2)
    panels = [_panel(title, np.round(places, 7), edges, names, colouring, bent=True)]
    if twin:
        panels.append(_panel(twin.title, np.round(twin.within(twin.places), 4), edges, names, colouring))
    about = {
        "edges": edges.ravel().tolist(),
        "titles": [panel.title for panel in panels],
        "traces": len(panels[0].traces),
    }
    drawn = figures.beside(
        panels, height=height, meta={"disk": about}, legend=figures.ABOVE | {"y": 1.06}, uirevision="disk"
    )
    if journey:
        _slide(drawn, panels, journey, twin)
    return drawn


def _panel(
    title: str, places: Array, edges: NDArray, names: Sequence[str], colouring: Colouring, bent: bool = False
) -> Panel:
    """The edges, and the nodes by groups; beneath a disk its rim."""
    at = places[:, 0] + 1j * places[:, 1]
    ways = [
        np.append(geodesic(at[child], at[parent]) if bent else at[[child, parent]], np.nan)
        for child, parent in edges
    ]
    lines = np.concatenate(ways) if ways else np.array([], complex)
    strokes = figures.line(
        np.round(lines.real, 3), np.round(lines.imag, 3), colour=figures.FAINT, width=1, hoverinfo="skip"
    )
    round_ = np.exp(2j * np.pi * np.linspace(0, 1, 121)) * (1 if bent else 0)
    rim = figures.line(np.round(round_.real, 4), np.round(round_.imag, 4), colour=figures.NEUTRAL, width=1)
    details: dict[str, Sequence[Any]] = {
        "hovertext": [figures.short(name, 60) for name in names],
        "customdata": range(len(names)),
    }
    nodes = figures.coloured(
        places,
        colouring,
        most=MOST_GROUPS,
        details=details,
        size=5 if len(names) > 300 else 7,
        hoverinfo="text",
    )
    bare = figures.axis(bare=True, showgrid=False, span=(-1.04, 1.04))
    return Panel([rim | {"hoverinfo": "skip"}, strokes, *nodes], bare, bare, title)


def _slide(drawn: Figure, panels: Sequence[Panel], journey: Mapping[str, Array], twin: Flat | None) -> None:
    """A slider through the moments; edges are drawn at the last alone, but for the canvas, which draws its own."""
    count = sum(len(trace["x"]) for panel in panels for trace in panel.traces[2:])
    most = min(replay.MOST_MOMENTS, max(2, MOST_NUMBERS // (2 * count)))
    shown = [list(journey)[place] for place in replay.kept(len(journey), most)]
    slides: dict[str, list[Trace]] = {}
    for name in shown:
        last = name == shown[-1]
        slides[name] = _moment(panels[0], np.round(journey[name], 7 if last else 4), last)
        if twin:
            places = twin.places if last else twin.journey.get(name, twin.places)
            slides[name] += _moment(panels[1], np.round(twin.within(places), 4), last)
    replay.slide(drawn, slides)


def _moment(panel: Panel, places: Array, last: bool) -> list[Trace]:
    order = [np.asarray(trace["customdata"]) for trace in panel.traces[2:]]
    return [{}, {"visible": last}, *({"x": places[part, 0], "y": places[part, 1]} for part in order)]
