"""Traces that figures of several methods share: shaded cells, many lines at once, and marks of the present moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zoo.blocks.figures import COLOURS, SHADES, Trace, dots, line


def cells(
    values: Any,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    *,
    low: float = 0.0,
    high: float = 1.0,
    shades: Iterable[tuple[float, str]] = SHADES,
    bar: Mapping[str, Any] | None = None,
    said: str = "%{y}, %{x}: %{z:.2f}",
    gap: int = 1,
    **more: Any,
) -> Trace:
    """A table of numbers as shaded cells, to stand in a panel or below marks.

    Users: dselect-k, fit-sne, icl-gradient-descent, looped-transformer and others.

    Args:
        values: `(rows, columns)`; nothing is drawn where one is None.
        rows: names down the side.
        columns: names below.
        low: the number of the first shade.
        high: the number of the last shade.
        shades: of shares 0 to 1 of the way.
        bar: the scale beside the plot, in Plotly's words; none if None.
        said: what pointing at a cell says, in Plotly's words.
        gap: pixels between cells.
        more: in Plotly's words.
    """
    names = {"x": columns, "y": rows}
    return {
        "type": "heatmap", "z": values, "zmin": low, "zmax": high, "xgap": gap, "ygap": gap,
        "colorscale": [list(stop) for stop in shades], "hovertemplate": f"{said}<extra></extra>",
        **{side: list(words) for side, words in names.items() if words is not None},
        **({"colorbar": {"thickness": 12, "outlinewidth": 0, **bar}} if bar else {"showscale": False}), **more,
    }  # fmt: skip


def strokes(
    paths: Iterable[tuple[ArrayLike, ArrayLike]], name: str = "", colour: str = COLOURS[0], **look: Any
) -> Trace:
    """Many lines as one trace with gaps, which says nothing where one points at it.

    Users: dselect-k, fit-sne, inducing-nc-longtail and others.

    Args:
        paths: x `(n,)` and y `(n,)` of each line.
        name: in the legend.
        colour: of all.
        look: as ``figures.line``.
    """
    x: list[Any] = []
    y: list[Any] = []
    for across, up in paths:
        x += [*np.asarray(across).tolist(), None]
        y += [*np.asarray(up).tolist(), None]
    return line(x, y, name, colour, hoverinfo="skip", **look)


def now(curves: Sequence[Trace], place: int, *, size: float = 11, **look: Any) -> Trace:
    """Marks on curves at the moment that is shown, in their colours.

    Users: icl-gradient-descent, information-plane, level-set-boosting, xor-grokking.

    Args:
        curves: of ``figures.line``, all of them over the moments.
        place: of the moment.
        size: in pixels.
        look: as ``figures.dots``.
    """
    x, y = ([curve[side][place] for curve in curves] for side in ("x", "y"))
    return dots(x, y, "", [curve["line"]["color"] for curve in curves], size=size, **look)
