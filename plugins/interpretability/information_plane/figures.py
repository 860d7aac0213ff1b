"""Two information planes above what else happens, at every moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Axis, Panel, Trace
from zoo.types import Figure

from .model import Array, Moment

SIDES = {"tanh": COLOURS[0], "ReLU": COLOURS[1]}
LAYERS = (COLOURS[5], COLOURS[8], COLOURS[2], COLOURS[6], COLOURS[7], COLOURS[9])
"""Of hidden layers, from the first."""
TOP, BOTTOM = (0.42, 1.0), (0.0, 0.27)
"""Heights of the planes and of what stands below them."""
ZERO = 0.6
"""Where epoch 0 stands on a logarithmic axis."""


def watched(
    planes: Mapping[str, Array], moments: Mapping[str, Sequence[Moment]], hidden: Sequence[int], grows: bool
) -> Figure:
    """Layers on their way through both planes; below, losses and drift over diffusion of the last hidden layer.

    Args:
        planes: of each kind, `(moments, layers, 2)` in bits.
        moments: of each kind.
        hidden: units of the hidden layers.
        grows: whether nothing is learned and weights grow.
    """
    any_side = next(iter(moments.values()))
    times = [max(moment.epoch, ZERO) for moment in any_side]
    curves: list[Trace] = []
    for kind, colour in SIDES.items():
        losses = [max(moment.losses[0], 1e-4) for moment in moments[kind]]
        curves.append(figures.line(times, np.round(losses, 5), f"loss, {kind}", colour, width=3))
        if not grows:
            drift = [moment.drift[len(hidden) - 1] for moment in moments[kind]]
            name = f"drift / diffusion, {kind}"
            curves.append(figures.line(times, np.round(drift, 4), name, colour, width=1.5, dash="dot"))
    time = _growth() if grows else _epochs(times)
    what = "loss, bits" if grows else "loss; drift / diffusion"
    shown = {}
    for place, moment in enumerate(any_side):
        below = Panel(
            [*curves, traces.now(curves, place, size=9)], time, figures.axis(what, log=True, dtick=1), ""
        )
        parts = {kind: measured[: place + 1] for kind, measured in planes.items()}
        shown[f"{moment.epoch:.3g}" if grows else f"{moment.epoch:.0f}"] = _panels(
            planes, parts, hidden, below
        )
    return _drawn(shown, "weights times " if grows else "epoch ", -1)


def ruled(
    sweeps: Mapping[str, Sequence[Array]], widths: Sequence[float], forgotten: Mapping[str, Sequence[float]],
    hidden: Sequence[int], shown_at: int,
) -> Figure:  # fmt: skip
    """Whole paths at every width of the bins; below, what hidden layers forget against the width.

    Args:
        sweeps: of each kind, for each width `(moments, layers, 2)` in bits.
        widths: of the bins.
        forgotten: bits, of each kind, for each width.
        hidden: units of the hidden layers.
        shown_at: place of the width that is shown first.
    """
    curves = [
        figures.line(widths, np.round(forgotten[kind], 3), f"forgotten, {kind}", colour, width=3, marks=5)
        for kind, colour in SIDES.items()
    ]
    at = figures.axis("width of the bins", **_ticks(0.01, 0.03, 0.1, 0.3, 1, 2))
    shown = {}
    for place, width in enumerate(widths):
        below = Panel(
            [*curves, traces.now(curves, place, size=12)],
            at,
            figures.axis("bits forgotten", rangemode="tozero"),
            "",
        )
        parts = {kind: measured[place] for kind, measured in sweeps.items()}
        shown[f"{width:.2g}"] = _panels(parts, parts, hidden, below)
    return _drawn(shown, "bins of width ", shown_at)


def _ticks(*values: float) -> Axis:
    return {"type": "log", "tickvals": list(values), "ticktext": [f"{value:g}" for value in values]}


def _growth() -> Axis:
    return figures.axis("weights of the start times", **_ticks(1, 2, 5, 10, 20, 30))


def _epochs(times: Sequence[float]) -> Axis:
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if tick <= times[-1]]
    text = ["0", *map(str, ticks)]
    return figures.axis("epoch", log=True, tickvals=[ZERO, *ticks], ticktext=text)


def _panels(
    whole: Mapping[str, Array], parts: Mapping[str, Array], hidden: Sequence[int], below: Panel
) -> list[Panel]:
    """A plane for each kind, with paths that end in dots; axes hold whatever `whole` holds."""
    names = [f"layer {place + 1}, {units} units" for place, units in enumerate(hidden)] + ["softmax"]
    colours = [*LAYERS[: len(hidden)], NEUTRAL]
    tops = [max(float(measured[:, :, which].max()) for measured in whole.values()) for which in (0, 1)]
    right, top = (max(12.0, tops[0]) if tops[0] > 8 else tops[0]), max(1.0, tops[1])
    dashes = ["solid"] * len(hidden) + ["dot"]
    across = figures.axis("I(X;T), bits", span=(-0.04 * right, 1.04 * right), zeroline=False)
    panels = []
    for kind, measured in parts.items():
        layers = measured.round(3).swapaxes(0, 1)
        paths = [
            figures.line(*path.T, name, colour, dash=dash)
            for path, name, colour, dash in zip(layers, names, colours, dashes, strict=True)
        ]
        ends = figures.dots(*layers[:, -1].T, "", colours, size=12, opacity=1.0, text=names)
        said = "" if panels else "I(T;Y), bits"
        up = figures.axis(said, span=(-0.04 * top, 1.06 * top), zeroline=False)
        panels.append(Panel([*paths, ends], across, up, kind))
    return [*panels, below]


def _drawn(shown: Mapping[str, Sequence[Panel]], prefix: str, first: int) -> Figure:
    """Two panels above one that is as wide as both."""
    panels = list(shown.values())[first]
    drawn = figures.beside(
        panels, height=720, equal=False, legend=figures.ABOVE | {"y": 1.07}, margin=figures.MARGIN
    )
    layout = drawn.plot.layout
    for number, across in (("", (0.0, 0.47)), ("2", (0.53, 1.0)), ("3", (0.0, 1.0))):
        layout[f"xaxis{number}"].domain = across
        layout[f"yaxis{number}"].domain = BOTTOM if number == "3" else TOP
    for title, middle in zip(layout.annotations, (0.235, 0.765, 0.5), strict=True):
        title.x = middle
    traces = {name: [trace for panel in each for trace in panel.traces] for name, each in shown.items()}
    return replay.slide(drawn, traces, shown=first, prefix=prefix)
