"""Policies on their way, how far they are from the star, and how often a visitor's mix wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, Trace
from zoo.types import Figure

from . import model

MOMENTS, DRAWN, TAIL = 40, 400, 24
"""Moments of the replay, points of a whole way, and points of its bright end."""
LOWEST = -12
"""The power of ten below which a distance is nothing."""
STAR, HABIT = "the star: where Nash-MD should end", "habit: where all begin"
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
COLOUR = dict(zip([*model.LEARNERS, model.TOGETHER], COLOURS, strict=False))
HIDDEN = "optimistic self-play"
"""Shown when its name in the legend is clicked: six ways at once are many."""
SIZE = {"Nash-MD": 9.0, "regularised mirror descent": 16.0}
"""Of a policy's dot, in pixels, 12 of the others: where two end in the same place, both are seen."""


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    Attributes:
        names: of the K choices.
        star: the logarithm of the regularised equilibrium, `(K,)`.
        fair: the equilibrium without regularisation, `(K,)`.
        habit: the reference, `(K,)`.
        ways: every learner's logarithms by its name, `(steps + 1, K)`.
    """

    names: list[str]
    star: NDArray
    fair: NDArray
    habit: NDArray
    ways: Mapping[str, NDArray]

    def places(self, count: int) -> list[int]:
        """At most `count` + 1 steps, the closer together the earlier: most ways turn sharply at the beginning."""
        steps = len(next(iter(self.ways.values()))) - 1
        return sorted({round(steps * (place / count) ** 2) for place in range(count + 1)})


def watch(scene: Scene, tau: float) -> Figure:
    """Policies and how far they are from the star, step by step, with what the theorem allows Nash-MD."""
    triangle = len(scene.names) == len(CORNERS)
    left, fixed = (_triangle, _fixed_in_triangle(scene)) if triangle else (_bars, [])
    away = {
        name: np.maximum(model.divergence(scene.star, way), 10.0**LOWEST) for name, way in scene.ways.items()
    }
    drawn = np.array(scene.places(DRAWN // 2))
    curves = [
        figures.line(drawn + 1, _brief(values[drawn]), "", COLOUR[name], **_group(name))
        for name, values in away.items()
    ]
    curves.append(
        figures.line(drawn + 1, model.bound(tau, drawn), "bound of the theorem", NEUTRAL, dash="dot")
    )
    across = figures.axis("step + 1", log=True, span=(0, np.log10(drawn[-1] + 1) + 0.05))
    up = figures.axis(log=True, span=(LOWEST, 4), dtick=2)
    shown = {}
    for moment in scene.places(MOMENTS):
        heads = [
            figures.dots([moment + 1], [float(values[moment])], "", COLOUR[name], size=9, **_group(name))
            for name, values in away.items()
        ]
        shown[f"{moment}"] = [
            left(scene, moment, fixed),
            Panel([*curves, *heads], across, up, "KL from the star"),
        ]
    return replay.replay(shown, prefix="step ", height=500, barmode="group")


def _brief(values: NDArray) -> list[float]:
    """Numbers of three digits, for a smaller page."""
    return [float(f"{value:.3g}") for value in values]


def _group(name: str) -> dict[str, Any]:
    """What hides a trace without a name together with its learner."""
    return {"legendgroup": name} | ({"visible": "legendonly"} if name == HIDDEN else {})


def _at(policies: NDArray) -> NDArray:
    """Places in the triangle, `(n, 2)`, of policies `(n, 3)`."""
    return np.round(np.atleast_2d(policies) @ CORNERS, 4)


def _fixed_in_triangle(scene: Scene) -> list[Trace]:
    """The triangle, its corners' names, whole ways, the star, the fair mix and the habit."""
    edge = figures.line(*CORNERS[[0, 1, 2, 0]].T, "", NEUTRAL, width=1, hoverinfo="skip")
    corners = figures.dots(
        *CORNERS.T, "", NEUTRAL, size=5, mode="markers+text", text=[figures.short(name) for name in scene.names],
        textposition=["bottom right", "bottom left", "top center"], hoverinfo="skip",
    )  # fmt: skip
    faint: dict[str, Any] = {"width": 1, "opacity": 0.35, "hoverinfo": "skip"}
    drawn = scene.places(DRAWN)
    ways = [
        figures.line(*_at(np.exp(way[drawn])).T, "", COLOUR[name], **faint, **_group(name))
        for name, way in scene.ways.items()
    ]
    marks = (
        (STAR, np.exp(scene.star), "star-open", 22),
        ("fair mix, without habit", scene.fair, "diamond-open", 11),
        (HABIT, scene.habit, "x", 9),
    )
    still = [
        figures.dots(*_at(policy).T, name, NEUTRAL, size=size, symbol=symbol, opacity=1)
        for name, policy, symbol, size in marks
    ]
    return [edge, corners, *ways, *still]


def _triangle(scene: Scene, moment: int, fixed: list[Trace]) -> Panel:
    """The bright ends of all ways at one moment."""
    drawn = [place for place in scene.places(DRAWN) if place <= moment][-TAIL:]
    traces = list(fixed)
    for name, way in sorted(scene.ways.items(), key=lambda item: -SIZE.get(item[0], 12)):
        places, colour = _at(np.exp(way[[*drawn, moment]])), COLOUR[name]
        traces += [
            figures.line(*places.T, "", colour, width=3, hoverinfo="skip", **_group(name)),
            figures.dots(*places[-1:].T, name, colour, size=SIZE.get(name, 12), opacity=1, **_group(name)),
        ]
    across = figures.axis(bare=True, showgrid=False, span=(-0.12, 1.12))
    up = figures.axis(bare=True, showgrid=False, span=(-0.1, 0.98), scaleanchor="x")
    return Panel(traces, across, up, "policies")


def _bars(scene: Scene, moment: int, fixed: list[Trace]) -> Panel:
    """Policies over more or fewer than three choices at one moment."""
    names = [figures.short(name, 14) for name in scene.names]
    bars = [
        figures.bars(names, np.exp(way[moment]).round(4), name, COLOUR[name], **_group(name))
        for name, way in scene.ways.items()
    ]
    still = [
        figures.dots(names, policy.round(4), name, NEUTRAL, size=11, symbol=symbol, opacity=1)
        for name, policy, symbol in ((STAR, np.exp(scene.star), "star"), (HABIT, scene.habit, "x"))
    ]
    across = figures.axis(type="category", showgrid=False)
    return Panel([*fixed, *bars, *still], across, figures.axis("share", span=(0, 1.02)), "policies")


def rates(yours: Mapping[str, float], best: Mapping[str, float], replies: Mapping[str, str]) -> Figure:
    """How often a visitor's mix wins against every policy, and how often the best reply does, whose name it bears."""
    names = list(yours)
    said: dict[str, Any] = {
        "text": [figures.short(reply, 14) for reply in replies.values()],
        "textposition": "outside",
    }
    traces = [
        figures.bars(names, np.round([*yours.values()], 4), "your mix", COLOURS[0]),
        figures.bars(names, np.round([*best.values()], 4), "best reply", COLOURS[1], **said),
        figures.line(names, [0.5] * len(names), "even", NEUTRAL, dash="dot"),
    ]  # fmt: skip
    up = figures.axis("share of wins", span=(0, 1.08), tickformat=".0%")
    return figures.chart(traces, figures.axis(type="category"), up, barmode="group")
