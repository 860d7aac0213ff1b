"""Policies on their way, how far they are from the star, and how often a visitor's mix wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
        habit: the logarithm of the reference, `(K,)`.
        ways: every learner's logarithms by its name, `(steps + 1, K)`.
    """

    names: list[str]
    star: NDArray
    fair: NDArray
    habit: NDArray
    ways: Mapping[str, NDArray]

    @property
    def steps(self) -> int:
        """Of learning."""
        return len(next(iter(self.ways.values()))) - 1

    def places(self, count: int) -> list[int]:
        """At most `count` + 1 steps, the closer together the earlier: most ways turn sharply at the beginning."""
        return sorted({round(self.steps * (place / count) ** 2) for place in range(count + 1)})


def watch(scene: Scene, tau: float) -> Figure:
    """Policies and their distances from the star, step by step."""
    triangle = len(scene.names) == len(CORNERS)
    left = _triangle if triangle else _bars
    fixed = _fixed_in_triangle(scene) if triangle else []
    curves, sides = _distances(scene, tau), _distance_sides(scene)
    shown = {}
    for moment in scene.places(MOMENTS):
        heads = [
            figures.dots([moment + 1], [_away(scene, way[moment])], "", COLOUR[name], size=9, **_group(name))
            for name, way in scene.ways.items()
        ]
        shown[f"{moment}"] = [
            left(scene, moment, fixed),
            Panel([*curves, *heads], *sides, "KL from the star"),
        ]
    return replay.replay(shown, prefix="step ", height=500, barmode="group")


def _group(name: str) -> dict[str, str]:
    """What hides a trace without a name together with its learner."""
    return {"legendgroup": name} | ({"visible": "legendonly"} if name == HIDDEN else {})


# ---------------------------------------------------------------------------------------------------------
# Where policies are


def _at(policies: NDArray) -> NDArray:
    """Places in the triangle, `(n, 2)`, of policies `(n, 3)`."""
    return np.round(np.atleast_2d(policies) @ CORNERS, 4)


def _fixed_in_triangle(scene: Scene) -> list[Trace]:
    """The triangle, its corners' names, whole ways, the star, the fair mix and the habit."""
    edge = CORNERS[[0, 1, 2, 0]]
    names = [figures.short(name) for name in scene.names]
    corners = figures.dots(
        *CORNERS.T, "", NEUTRAL, size=5, mode="markers+text", text=names,
        textposition=["bottom right", "bottom left", "top center"], hoverinfo="skip",
    )  # fmt: skip
    traces = [figures.line(*edge.T, "", NEUTRAL, width=1, hoverinfo="skip"), corners]
    drawn = scene.places(DRAWN)
    for name, way in scene.ways.items():
        places = _at(np.exp(way[drawn]))
        traces.append(
            figures.line(*places.T, "", COLOUR[name], width=1, opacity=0.35, hoverinfo="skip", **_group(name))
        )
    marks = (
        ("the star: where Nash-MD should end", np.exp(scene.star), "star-open", 22),
        ("fair mix, without habit", scene.fair, "diamond-open", 11),
        ("habit: where all begin", np.exp(scene.habit), "x", 9),
    )
    for name, policy, symbol, size in marks:
        traces.append(figures.dots(*_at(policy).T, name, NEUTRAL, size=size, symbol=symbol, opacity=1))
    return traces


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
    traces = [
        figures.bars(names, np.exp(way[moment]).round(4), name, COLOUR[name], **_group(name))
        for name, way in scene.ways.items()
    ]
    for name, policy, symbol in (
        ("the star: where Nash-MD should end", np.exp(scene.star), "star"),
        ("habit: where all begin", np.exp(scene.habit), "x"),
    ):
        traces.append(figures.dots(names, policy.round(4), name, NEUTRAL, size=11, symbol=symbol, opacity=1))
    across = figures.axis(type="category", showgrid=False)
    return Panel([*fixed, *traces], across, figures.axis("share", span=(0, 1.02)), "policies")


# ---------------------------------------------------------------------------------------------------------
# How far they are from the star


def _away(scene: Scene, log: NDArray) -> float:
    return float(np.maximum(model.divergence(scene.star, log), 10.0**LOWEST))


def _distances(scene: Scene, tau: float) -> list[Trace]:
    """KL from the star for every learner, and what the theorem allows Nash-MD."""
    drawn = np.array(scene.places(DRAWN // 2))
    traces = []
    for name, way in scene.ways.items():
        away = np.maximum(model.divergence(scene.star, way[drawn]), 10.0**LOWEST)
        values = [float(f"{value:.3g}") for value in away]
        traces.append(figures.line(drawn + 1, values, "", COLOUR[name], **_group(name)))
    allowed = model.bound(tau, drawn)
    return [*traces, figures.line(drawn + 1, allowed, "bound of the theorem", NEUTRAL, dash="dot")]


def _distance_sides(scene: Scene) -> tuple[dict, dict]:
    """The two axes of distances."""
    across = figures.axis("step + 1", log=True, span=(0, np.log10(scene.steps + 1) + 0.05))
    return across, figures.axis(log=True, span=(LOWEST, 4), dtick=2)


def rates(yours: Mapping[str, float], best: Mapping[str, float], replies: Mapping[str, str]) -> Figure:
    """How often a visitor's mix wins against every policy, and how often the best reply does, whose name it bears."""
    names = list(yours)
    traces = [
        figures.bars(names, [round(yours[name], 4) for name in names], "your mix", COLOURS[0]),
        figures.bars(
            names, [round(best[name], 4) for name in names], "best reply", COLOURS[1],
            text=[figures.short(replies[name], 14) for name in names], textposition="outside",
        ),
        figures.line(names, [0.5] * len(names), "even", NEUTRAL, dash="dot"),
    ]  # fmt: skip
    up = figures.axis("share of wins", span=(0, 1.08), tickformat=".0%")
    return figures.chart(traces, figures.axis(type="category"), up, barmode="group")
