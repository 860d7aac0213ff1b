"""Floors of a half-space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.blocks import figures
from zoo.blocks.figures import Colouring, Panel
from zoo.types import Figure

from .model import Array


def floors(
    points: Sequence[Array], names: Sequence[str], colouring: Colouring, glow: tuple[Array, Array] | None = None
) -> Figure:  # fmt: skip
    """Every floor at its height: points `(n, n + 1)` by the main direction of their roots.

    Names and colouring are of the n points. Drawn beside is what `glow` says: places in an order, `(n,)`, and the
    densities of a walk from one point, `(K, n)`.
    """
    across: list[Array] = []
    for floor in points:
        roots = floor[:, :-1] - floor[:, :-1].mean(axis=0)
        main = roots @ np.linalg.svd(roots, full_matrices=False)[2][0]
        across.append(main * (-1 if across and main @ across[-1] < 0 else 1))
    count, heights = len(points), [float(floor[0, -1]) for floor in points]
    y = np.repeat(heights, len(names))
    both = [side if side is None else np.tile(side, count) for side in (colouring.groups, colouring.values)]
    look = {"hovertext": [figures.short(name, 40) for name in names] * count, "hoverinfo": "text"}
    dots = figures.coloured(
        np.column_stack([np.concatenate(across), y]).round(4), Colouring(colouring.title, *both),
        details={"hovertext": look["hovertext"]}, size=6, hoverinfo="text",
    )  # fmt: skip
    times = [f"t = {2.0**-k:.3g}" for k in range(count)]
    up = figures.axis(span=(0, 1.1 * heights[-1]), tickvals=heights, ticktext=times)
    panels = [Panel(dots, figures.axis("main direction of the floor", showticklabels=False), up, "by branch")]
    if glow:
        shades = {"colorscale": figures.SHADES, "cmin": -6, "cmax": 0, "showscale": False, "symbol": "square"}
        light = np.log10(np.maximum(glow[1], 1e-6)).ravel().round(2)
        lit = figures.dots(np.tile(glow[0], count), y, "", light, size=13, opacity=1, marker=shades, **look)
        along = figures.axis("order of the true tree", bare=True)
        panels.append(Panel([lit], along, up | {"showticklabels": False}, "a walk from one point"))
    return figures.beside(panels, equal=False, height=440, legend=figures.ABOVE | {"y": 1.09})
