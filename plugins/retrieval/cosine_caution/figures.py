"""The dial, and trainings beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, neighbours
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
    names, own, steps = [figures.short(items[place]) for place in shown], figures.short(items[mine]), []
    for place, cosine, moved in turns:
        near = neighbours.ranked(cosine, rows=np.array([mine]))[0]
        new = ~np.isin(near, known)
        bars = [f"{rank}. {figures.short(items[item])}" for rank, item in enumerate(near, 1)]
        z, x = cosine[np.ix_(shown, shown)].round(3), cosine[mine, near].round(4)
        colours = [figures.COLOURS[int(fresh)] for fresh in new]
        words = {"z": [z, None], "x": [names, x], "y": [names, bars], "marker.color": [None, colours]}
        title = (
            f"predictions changed: {moved:.4f}<br>most similar to {own} changed: {new.sum()} of {len(near)}"
        )
        steps.append({"label": f"{place:g}", "method": "update", "args": [words, {"title.text": title}]})
    start = min(range(len(steps)), key=lambda number: abs(float(steps[number]["label"]) - t))
    words, title = steps[start]["args"]
    plot = figures.heat(words["z"][0], names, names, low=0, high=1, height=820).plot
    look = {"colour": words["marker.color"][1], "across": True, "xaxis": "x2", "yaxis": "y2"}
    plot.add_trace(figures.bars(words["y"][1], words["x"][1], **look))
    plot.update_layout(
        title={"text": title["title.text"], "font": {"size": 14}},
        xaxis={"showticklabels": False, "anchor": "y"},
        yaxis={"domain": [0.4, 1], "showticklabels": False},
        xaxis2={"title": {"text": "cosine; orange: not among the ten as trained"}, "anchor": "y2"},
        yaxis2={"domain": [0, 0.34], "autorange": "reversed", "automargin": True, "anchor": "x2"},
        sliders=[
            {"active": start, "steps": steps, "currentvalue": {"prefix": "dial t = "}, "pad": {"t": 60}}
        ],
    )
    return Figure(plot)


def trainings(cosines: Mapping[str, NDArray], shown: NDArray, items: Sequence[str]) -> Figure:
    """Cosines of the items `shown` after several trainings."""
    names, panels = [figures.short(items[place]) for place in shown], []
    bare = figures.axis(bare=True, type="category")
    for title, each in cosines.items():
        heat = figures.heat(
            each[np.ix_(shown, shown)].round(3), names, names, low=-1, high=1, showscale=False
        ).plot
        panels.append(figures.Panel(heat.to_dict()["data"], bare, bare | {"autorange": "reversed"}, title))
    return figures.beside(panels, height=300)
