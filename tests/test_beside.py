"""Benchmarks beside peers: the ratio is theirs over ours, and a peer that answers otherwise is seen."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import readme
from benchmarks.beside import Beside, difference, measure


def test_a_peer_that_does_twice_the_work_and_errs():
    numbers = np.random.default_rng(0).random(200_000)
    one = Beside("Sorting", lambda: np.sort(numbers), {
        "four times": lambda: max((np.sort(numbers) for _ in range(4)), key=len),
        "wrong": lambda: -np.sort(numbers),
    })  # fmt: skip
    rows = {row["peer"]: row for row in measure(one, 3)}
    assert rows["four times"]["difference"] == 0
    assert rows["wrong"]["difference"] == pytest.approx(2)
    assert rows["four times"]["low"] <= rows["four times"]["ratio"] <= rows["four times"]["high"]
    assert rows["four times"]["ratio"] > rows["wrong"]["ratio"]


def test_answers_that_are_not_meant_to_agree_are_not_compared():
    (row,) = measure(Beside("Work", lambda: 1, {"peer": lambda: "text"}, apart=None), 1)
    assert row["difference"] is None


def test_difference_is_relative_to_theirs():
    assert difference([3.0, 4.0], [0.0, 5.0]) == pytest.approx(np.sqrt(10) / 5)
    assert difference([0.0], [0.0]) == 0


def test_the_readme_shows_what_was_measured():
    text = (readme.ROOT / "README.md").read_text()
    assert readme.written(text) == text
