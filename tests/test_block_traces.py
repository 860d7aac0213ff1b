"""Traces that figures share, and rows that visitors send."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import figures, sent_rows, traces
from zoo.errors import InputError
from zoo.types import Table
from zoo.types.base import hearing


def test_cells_have_a_scale_only_where_it_is_asked_for() -> None:
    bare = traces.cells([[0, None], [1, 2]], high=2, gap=0)
    assert bare["showscale"] is False
    assert "x" not in bare
    assert (bare["zmin"], bare["zmax"], bare["xgap"]) == (0, 2, 0)
    scaled = traces.cells(np.eye(2), "ab", "cd", bar={"tickformat": ".0%"})
    assert (scaled["x"], scaled["y"]) == (["c", "d"], ["a", "b"])
    assert scaled["colorbar"]["tickformat"] == ".0%"
    plot = figures.chart([scaled]).plot
    assert plot.data[0].colorscale[0][1] == figures.SHADES[0][1]


def test_strokes_are_one_trace_with_gaps() -> None:
    drawn = traces.strokes([((0, 1), np.array([2.0, 3.0])), ((4,), (5,))], "name", width=3)
    assert drawn["x"] == [0, 1, None, 4, None]
    assert drawn["y"] == [2.0, 3.0, None, 5, None]
    assert drawn["line"]["width"] == 3


def test_marks_are_on_their_curves() -> None:
    curves = [
        figures.line([0, 1, 2], np.array([3.0, 4, 5]), colour="red"),
        figures.line([0, 1, 2], [6, 7, 8]),
    ]
    marks = traces.now(curves, 1, size=9)
    assert marks["x"] == [1, 1]
    assert marks["y"] == [4.0, 7]
    assert marks["marker"]["color"] == ["red", figures.COLOURS[0]]


FRAME = Table.of({"a": np.arange(10.0) ** 2, "b": np.arange(10.0) + 0.5}).frame


@pytest.mark.parametrize(
    ("rng", "said"), [(None, "the first 4 are used"), (0, "4 are used, drawn at random")]
)
def test_of_too_many_rows_some_are_used_and_it_is_said(rng: int | None, said: str) -> None:
    heard: list[str] = []
    with hearing(heard):
        read = sent_rows.numbers(FRAME, 4, None if rng is None else np.random.default_rng(rng))
    assert any(said in sentence for sentence in heard)
    assert len(read.values) == len(read.rows) == 4
    np.testing.assert_array_equal(read.values, FRAME.to_numpy()[read.kept])
    assert (np.diff(read.kept) > 0).all()


def test_few_rows_are_used_as_they_are() -> None:
    heard: list[str] = []
    with hearing(heard):
        assert len(sent_rows.numbers(FRAME, 10).values) == 10
    assert not heard
    with pytest.raises(InputError, match="at least 20"):
        sent_rows.numbers(FRAME, 10, fewest_rows=20)
