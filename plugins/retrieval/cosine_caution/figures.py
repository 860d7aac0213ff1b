"""The dial, and trainings beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, neighbours, replay
from zoo.types import Figure


def dial(
    turns: Iterable[tuple[float, NDArray, float]],
    known: NDArray,
    shown: NDArray,
    items: Sequence[str],
    mine: int,
    t: float,
) -> Figure:
    """Cosines of the items `shown` and the nearest to `mine`, blue where `known`, at every t, for every place at once.

    A turn is t, cosines `(p, p)`, and the largest change of a prediction; the dial starts at `t`.
    """
    names, own = [figures.short(items[place]) for place in shown], figures.short(items[mine])
    look = {"across": True, "xaxis": "x2", "yaxis": "y2"}
    moments, titles = {}, []
    for place, cosine, moved in turns:
        near = neighbours.ranked(cosine, rows=np.array([mine]))[0]
        new = ~np.isin(near, known)
        bars = [f"{rank}. {figures.short(items[item])}" for rank, item in enumerate(near, 1)]
        colours = [figures.COLOURS[int(fresh)] for fresh in new]
        heat = {"z": cosine[np.ix_(shown, shown)].round(3)}
        row = figures.bars(bars, cosine[mine, near].round(4), colour=colours, **look)
        moments[f"{place:g}"] = [heat, row]
        changed = f"most similar to {own} changed: {new.sum()} of {len(near)}"
        titles.append(f"predictions changed: {moved:.4f}<br>{changed}")
    start = min(range(len(moments)), key=lambda number: abs(float(list(moments)[number]) - t))
    heat, bar = list(moments.values())[start]
    drawn = figures.heat(heat["z"], names, names, low=0, high=1, height=820)
    drawn.plot.add_trace(bar)
    drawn.plot.update_layout(
        xaxis={"showticklabels": False, "anchor": "y"},
        yaxis={"domain": [0.4, 1], "showticklabels": False},
        xaxis2={"title": {"text": "cosine; orange: not among the ten as trained"}, "anchor": "y2"},
        yaxis2={"domain": [0, 0.34], "autorange": "reversed", "automargin": True, "anchor": "x2"},
    )
    return replay.slide(drawn, moments, titles=titles, shown=start, prefix="dial t = ")


def trainings(cosines: Mapping[str, NDArray], shown: NDArray, items: Sequence[str]) -> Figure:
    """Cosines of the items `shown` after several trainings."""
    names, panels = [figures.short(items[place]) for place in shown], []
    bare = figures.axis(bare=True, type="category")
    for title, each in cosines.items():
        cells = each[np.ix_(shown, shown)].round(3)
        heat = figures.heat(cells, names, names, low=-1, high=1, showscale=False).plot
        panels.append(figures.Panel(heat.to_dict()["data"], bare, bare | {"autorange": "reversed"}, title))
    return figures.beside(panels, height=300)
