"""Replays: every moment is what was recorded, and only what differs is stored."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import figures, replay
from zoo.blocks.figures import Panel


def moment(step: int) -> list[Panel]:
    fixed = figures.line([0, 1, 2], [3, 4, 5], "fixed")
    moving = figures.dots(np.array([step]), np.array([step**2]), "moving", size=4 + step)
    return [
        Panel([fixed, moving], figures.axis("x"), figures.axis("y"), "left"),
        Panel([figures.dots([0], [step], "moving")], figures.axis(), figures.axis(), "right"),
    ]


MOMENTS = {f"{step}": moment(step) for step in range(5)}


def at(plot: object, place: int) -> list[dict]:
    """The traces after the slider went to a place, as Plotly's update applies it."""
    traces = [dict(trace) for trace in plot.to_dict()["data"]]
    words, _, numbers = plot.layout.sliders[0].steps[place].args
    for key, values in words.items():
        for number, value in zip(numbers, values, strict=True):
            target, *inner = key.split(".")
            if inner:
                traces[number].setdefault(target, {})[inner[0]] = value
            else:
                traces[number][target] = value
    return traces


@pytest.mark.parametrize("place", [0, 2, 4])
def test_every_moment_is_what_was_recorded(place: int) -> None:
    plot = replay.replay(MOMENTS, prefix="step ").plot
    traces = at(plot, place)
    assert list(traces[1]["x"]) == [place]
    assert list(traces[1]["y"]) == [place**2]
    assert traces[1]["marker"]["size"] == 4 + place
    assert list(traces[2]["y"]) == [place]


def test_only_what_differs_is_stored_and_the_last_moment_is_shown() -> None:
    plot = replay.replay(MOMENTS).plot
    words, _, numbers = plot.layout.sliders[0].steps[0].args
    assert list(numbers) == [1, 2]
    assert set(words) == {"x", "y", "marker.size"}
    assert list(plot.data[1].x) == [4]
    assert plot.layout.sliders[0].active == 4


def test_names_stand_in_the_legend_once() -> None:
    shown = [trace.name for trace in replay.replay(MOMENTS).plot.data if trace.showlegend]
    assert shown == ["fixed", "moving"]


def test_titles_go_with_the_moments() -> None:
    titles = [f"at {step}" for step in range(5)]
    plot = replay.replay(MOMENTS, titles=titles, shown=1).plot
    assert plot.layout.title.text == "at 1"
    assert plot.layout.sliders[0].steps[3].args[1] == {"title.text": "at 3"}


def test_moments_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="same traces"):
        replay.replay(MOMENTS | {"odd": moment(1)[:1]})
    with pytest.raises(ValueError, match="moments"):
        replay.replay({})


@pytest.mark.parametrize("early", [True, False])
def test_kept_steps_have_both_ends(early: bool) -> None:
    steps = replay.kept(1001, 30, early=early)
    assert steps[0] == 0
    assert steps[-1] == 1000
    assert 20 <= len(steps) <= 30
    assert replay.kept(5) == [0, 1, 2, 3, 4]


def test_what_a_moment_does_not_say_stays_as_it_is_drawn() -> None:
    drawn = figures.heat(np.eye(2), ["a", "b"], ["c", "d"], low=0, high=1)
    drawn.plot.add_trace(figures.bars(["a"], [1]))
    moments = {f"{k}": [{"z": k * np.eye(2)}, figures.bars(["a"], [k])] for k in (1, 2)}
    plot = replay.slide(drawn, moments, shown=0).plot
    assert set(plot.layout.sliders[0].steps[1].args[0]) == {"y", "z"}
    heat, bar = at(plot, 1)
    assert (list(heat["y"]), list(heat["x"])) == (["a", "b"], ["c", "d"])
    assert np.array_equal(heat["z"], 2 * np.eye(2))
    assert list(bar["y"]) == [2]
