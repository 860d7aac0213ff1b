"""Maps, the hidden grid, and how far each way to sum is from all pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, traces
from zoo.blocks.atlas import atlas
from zoo.blocks.figures import COLOURS, NEUTRAL
from zoo.blocks.map_rows import Rows
from zoo.types import Figure

from . import model

Array = NDArray[np.float64]
MOST_ARROWS = 60
CELLS = 50
"""Cells along a side in which the grid is drawn, at most."""


def unfolded(rows: Rows, places: Array, journey: Mapping[str, Array]) -> Figure:
    """The map, with a slider from its start to its end."""
    return atlas(places, rows.colouring, rows.names, pictures=rows.pictures, journey=journey)


def _heat(places: Array, nodes: int, boxes: int | None) -> tuple[model.Grid, figures.Trace]:
    """How crowded each box is, by a charge of one a point, as a heat map of at most `CELLS` cells a side."""
    grid = model.Grid.over(places, nodes, boxes)
    numbers, shares = grid.weights(places)
    felt = grid.potentials(grid.spread(numbers, shares, np.ones((len(places), 1))))[0]
    step = -(-grid.side // CELLS)
    cut = grid.side // step * step
    cells = felt[:cut, :cut].reshape(cut // step, step, cut // step, step).mean(axis=(1, 3))
    at = np.round(grid.low + (np.arange(len(cells)) + 0.5) * step * grid.width / grid.nodes, 3)
    most, bar = float(cells.max()), {"title": {"text": "crowding"}}
    said = "crowding %{z:.3g}"
    return grid, traces.cells(np.round(cells, 3), at, at, high=most, bar=bar, said=said, gap=0, opacity=0.75)


def _dots(places: Array) -> figures.Trace:
    part = np.round(places[:: -(-len(places) // 600)], 3)
    return figures.dots(part[:, 0], part[:, 1], "points", "#1c1f33", size=3, opacity=0.6, hoverinfo="skip")


def grid(places: Array, nodes: int) -> Figure:
    """The grid at the end of a map: what it feels of all points at once."""
    _, heat = _heat(places - places.mean(axis=0), nodes, None)
    bare = figures.axis(bare=True, showgrid=False)
    return figures.chart([heat, _dots(places - places.mean(axis=0))], bare, bare, height=460, equal=True)


def pushes(places: Array, truth: Array, nodes: int, boxes: int) -> Figure:
    """The grid, and what some points feel by all pairs and by the grid."""
    places = places - places.mean(axis=0)
    near, heat = _heat(places, nodes, boxes)
    felt, _ = model.by_grid(nodes, boxes)(places)
    part = np.arange(0, len(places), -(-len(places) // MOST_ARROWS))
    longest = np.linalg.norm(truth[part], axis=1).max()
    length = 0.12 * near.width * near.boxes / max(float(longest), 1e-300)
    arrows = [
        traces.strokes(_ends(places[part], forces[part] * length), name, colour, width=width)
        for name, forces, colour, width in (
            ("all pairs", truth, "#c9cbd6", 5), (f"grid, {nodes} x {nodes} nodes a box", felt, COLOURS[1], 2),
        )
    ]  # fmt: skip
    bare = figures.axis(bare=True, showgrid=False)
    return figures.chart([heat, _dots(places), *arrows], bare, bare, height=520, equal=True)


def _ends(start: Array, motion: Array) -> Array:
    """Straight strokes as x and y of both ends, `(n, 2, 2)`."""
    return np.round(np.stack([start, start + motion], axis=2), 3)


def work(points: int, nodes: int, boxes: int) -> int:
    """Weights that lay four charges and read them off, and butterflies of transforms on a grid of twice the side.

    A transform of m x m real numbers has m² log₂(m) / 2, three quarters of them where half of the rows are padding;
    four charges go there and back, the kernel there.
    """
    both = 2 * nodes * boxes
    return round(8 * points * nodes**2 + (8 * 3 / 8 + 1 / 2) * both**2 * np.log2(both))


def errors(
    by_nodes: Mapping[int, float], works: Mapping[int, int], by_choice: Mapping[int, float], points: int
) -> Figure:
    """How far the grid and random choices are off, against what they compute."""
    grid = figures.line(
        [works[many] for many in by_nodes], list(by_nodes.values()), "grid, 1 to 7 nodes a box", COLOURS[0], marks=8,
        hovertext=[f"{many} x {many} nodes" for many in by_nodes],
    )  # fmt: skip
    some = [many for many in by_choice if by_choice[many] > 1e-9]
    choice = figures.line(
        [many * points for many in some], [by_choice[many] for many in some], "random choice of points", NEUTRAL,
        marks=6, hovertext=[f"{many} points" for many in some],
    )  # fmt: skip
    x = figures.axis("terms that are computed", log=True)
    return figures.chart([grid, choice], x, figures.axis("off all pairs (%)", log=True), height=380)
