"""What happened, recorded: one figure whose slider goes through its moments, in the browser and without the server.

    moments = {f"step {step}": [curves_at(step), weights_at(step)] for step in kept}
    figure = replay.replay(moments, height=360)

Every moment has the same panels with the same traces; only what differs between moments is stored for each of them, so
that sixty moments of two curves take some tens of kilobytes. The page gives the slider a play button (``zoo.js``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.blocks import figures
from zoo.blocks.figures import Panel, Trace
from zoo.types import Figure

MOST_MOMENTS = 80
"""Moments of a replay; more are neither seen nor worth their bytes."""


def kept(count: int, most: int = 40, *, early: bool = True) -> list[int]:
    """Which of `count` recorded steps are shown, the first and the last among them.

    Args:
        count: recorded steps.
        most: shown steps.
        early: closer together at the beginning, where most trainings change most.
    """
    if count <= most:
        return list(range(count))
    places = np.geomspace(1, count, most) - 1 if early else np.linspace(0, count - 1, most)
    return sorted({int(place) for place in places.round()})


def replay(
    moments: Mapping[str, Sequence[Panel]],
    *,
    titles: Sequence[str] | None = None,
    shown: int = -1,
    prefix: str = "",
    height: int = 420,
    equal: bool = False,
    **layout: Any,
) -> Figure:
    """Panels side by side at the moment `shown`, with a slider through all moments.

    Args:
        moments: the panels of each moment by its name on the slider; axes and titles are those of the first.
        titles: a line above the plot for each moment; none if None.
        shown: place of the moment that the figure opens with; the last by default.
        prefix: what the slider says before a moment's name.
        height: in pixels.
        equal: whether units are as long on both axes of each panel.
        layout: in Plotly's words.

    Raises:
        ValueError: no moment, more than ``MOST_MOMENTS``, or moments of different numbers of traces.
    """
    traces = {name: [trace for panel in panels for trace in panel.traces] for name, panels in moments.items()}
    _check(traces)
    look = {"legend": figures.ABOVE | {"y": 1.09}} | layout  # above the titles of panels
    drawn = figures.beside(list(moments.values())[shown], height=height, equal=equal, **look)
    return slide(drawn, traces, titles=titles, shown=shown, prefix=prefix)


def slide(
    drawn: Figure,
    moments: Mapping[str, Sequence[Trace]],
    *,
    titles: Sequence[str] | None = None,
    shown: int = -1,
    prefix: str = "",
) -> Figure:
    """A figure of any layout, with a slider through what its traces are at other moments.

    Args:
        drawn: the figure at the moment `shown`; it is changed.
        moments: its traces, in its order, at each moment by its name on the slider; what a trace does not say stays as
            it is drawn.
        titles, shown, prefix: as ``replay``.

    Raises:
        ValueError: as ``replay``.
    """
    _check(moments)
    base = [_flat(trace.to_plotly_json()) for trace in drawn.plot.data]
    flat = [[_flat(trace) for trace in traces] for traces in moments.values()]
    place = shown % len(flat)
    changes, traces = _changes(flat)
    steps = []
    for number, name in enumerate(moments):
        words = {
            key: [flat[number][trace].get(key, base[trace].get(key)) for trace in traces] for key in changes
        }
        title = {"title.text": titles[number]} if titles else {}
        steps.append({"label": name, "method": "update", "args": [words, title, traces]})
    slider = {"active": place, "steps": steps, "currentvalue": {"prefix": prefix}, "pad": {"t": 56}}
    drawn.plot.update_layout(sliders=[slider])
    if titles:
        drawn.plot.update_layout(title={"text": titles[place], "font": {"size": 14}})
    return drawn


def _check(moments: Mapping[str, Sequence[Trace]]) -> None:
    if not 1 <= len(moments) <= MOST_MOMENTS:
        raise ValueError(f"a replay has 1 to {MOST_MOMENTS} moments, not {len(moments)}.")
    if len({len(traces) for traces in moments.values()}) > 1:
        raise ValueError("every moment of a replay has the same traces.")


def _flat(words: Mapping[str, Any], above: str = "") -> Trace:
    """Plotly's words by their dotted names, arrays as lists."""
    flat: Trace = {}
    for key, value in words.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{above}{key}.")
        else:
            value = value.tolist() if isinstance(value, np.ndarray) else value
            flat[above + key] = list(value) if isinstance(value, tuple) else value
    return flat


def _changes(flat: Sequence[Sequence[Trace]]) -> tuple[list[str], list[int]]:
    """Names that differ between moments, and the traces that have them."""
    pairs = set(_differing(flat))
    traces = sorted({trace for trace, _ in pairs})
    return sorted({key for _, key in pairs}), traces


def _differing(flat: Sequence[Sequence[Trace]]) -> Iterator[tuple[int, str]]:
    first = flat[0]
    for moment in flat[1:]:
        for trace, (words, before) in enumerate(zip(moment, first, strict=True)):
            for key in words.keys() | before.keys():
                if words.get(key) != before.get(key):
                    yield trace, key
