"""Grids of conditions and seeds: pairing, the choice of a rival, curves, and going on after an interruption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zoo.evidence.grid import kept_in, paired

CALLS: list[tuple[int, int]] = []


def measure(size: int, seed: int) -> dict[str, float]:
    CALLS.append((size, seed))
    return {"ours": size + seed / 10, "near": size - 1.0 + seed / 10, "far": 10.0 - size}


@pytest.fixture(autouse=True)
def _no_calls():
    CALLS.clear()


def test_numbers_of_a_row_come_from_one_condition_and_seed():
    heard: list[float] = []

    def progress(fraction: float, text: str = "") -> None:
        heard.append(fraction)

    runs = paired({"small": 1, "large": 8}, range(3), measure, progress)  # type: ignore[arg-type]
    assert runs.conditions == ("small", "large")
    assert runs.values["ours"] == pytest.approx(np.array([[1, 1.1, 1.2], [8, 8.1, 8.2]]))
    assert heard == pytest.approx([place / 6 for place in range(6)])


def test_the_rival_is_one_the_best_of_several_or_a_limit():
    runs = paired((1, 8), range(2), measure)
    assert runs.evidence("ours", "near").baseline == ((0.0, 0.1), (7.0, 7.1))
    best = runs.evidence("ours", ("near", "far"))
    assert best.baseline == ((9.0, 9.0), (7.0, 7.1))
    least = runs.evidence("ours", ("near", "far"), better="lower", margin=0.5, reason="why")
    assert least.baseline == ((0.0, 0.1), (2.0, 2.0))
    assert (least.better, least.margin, least.reason, least.conditions) == ("lower", 0.5, "why", ("1", "8"))
    assert runs.evidence("ours", 3.0).baseline == ((3.0, 3.0), (3.0, 3.0))


def test_curves_are_means_over_seeds():
    runs = paired((1, 8), range(2), measure)
    curve = runs.curve("size", "score", x=[1, 8], names={"ours, so called": "ours"})
    assert curve == {
        "x": [1, 8], "series": {"ours, so called": [1.05, 8.05]}, "x_title": "size", "y_title": "score",
    }  # fmt: skip
    assert list(runs.curve("size", "score")["series"]) == ["ours", "near", "far"]


def test_an_interrupted_grid_goes_on_where_it_was(tmp_path: Path):
    with kept_in(tmp_path / "cells"):
        first = paired((1,), range(2), measure)
        again = paired((1, 8), range(2), measure)
    assert CALLS == [(1, 0), (1, 1), (8, 0), (8, 1)]
    assert again.values["ours"][:1] == pytest.approx(first.values["ours"])
    shift = 5
    with kept_in(tmp_path / "cells"):  # what a closure computes cannot be told from its name
        closed = paired((1,), range(1), lambda size, seed: {"ours": float(size + shift)})
    assert closed.values["ours"] == 6.0
