"""Benchmarks beside peers: the ratio is theirs over ours, and a peer that answers otherwise is seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks import beside, tables
from benchmarks.beside import Beside, difference, measure
from zoo import registry


class Work:
    """A call that answers at once and says how many seconds it took."""

    def __init__(self, answer: list[float], *seconds: float) -> None:
        self.answer, self.seconds = answer, itertools.cycle(seconds)

    def __call__(self) -> list[float]:
        return self.answer


def test_the_ratio_is_theirs_over_ours_and_a_wrong_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "cpu_seconds", lambda call, times: next(call.seconds))
    slow, wrong = Work([1.0, 2.0], 4.0, 2.0, 6.0, 4.0), Work([-1.0, -2.0], 0.5)
    rows = measure(Beside("Work", Work([1.0, 2.0], 1.0), {"slow": slow, "wrong": wrong}), 3)
    assert [(row["peer"], row["ratio"], row["low"], row["high"]) for row in rows] == [
        ("slow", 4, 2, 6),
        ("wrong", 0.5, 0.5, 0.5),
    ]
    assert [row["difference"] for row in rows] == [0, pytest.approx(2)]
    assert (rows[0]["ours_s"], rows[0]["theirs_s"]) == (1, 4)


def test_answers_that_are_not_meant_to_agree_are_not_compared():
    (row,) = measure(Beside("Work", lambda: 1, {"peer": lambda: "text"}, apart=None), 1)
    assert row["difference"] is None


def test_difference_is_relative_to_theirs():
    assert difference([3.0, 4.0], [0.0, 5.0]) == pytest.approx(np.sqrt(10) / 5)
    assert difference([0.0], [0.0]) == 0


@pytest.mark.parametrize("page", tables.PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_was_measured(page):
    assert tables.written(page.read_text()) == page.read_text()


def test_the_readme_lists_the_methods_of_the_checkout_alone(monkeypatch):
    """However many strangers' methods are installed."""
    before = tables.methods()
    stranger = registry.Entry("stranger", "no_such_module:Stranger", "somebody", "1")
    known = {**registry.entries(), "stranger": stranger}
    monkeypatch.setattr(registry, "entries", lambda: known)
    assert tables.methods() == before
    assert "[FINOLA](" in before


def test_the_readme_fits_on_one_screen_before_its_table():
    text = tables.PAGES[0].read_text().split("---", 2)[2]
    assert len(text[: text.index("<!-- methods")].strip().splitlines()) <= 50
