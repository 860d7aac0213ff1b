"""What an action returns is checked once, in the contract: a sentence instead of a fault of whoever shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.commands import run
from zoo.errors import PluginError
from zoo.method import Method, action
from zoo.testing.battery import check_sentence
from zoo.types import File, Image, Metrics, Points, Table


@dataclass(frozen=True)
class Grown:
    """What grew.

    Attributes:
        picture: a picture.
        ratio: a number.
        count: a whole number.
        ready: whether it is done.
        note: a few words.
        metrics: numbers.
        points: places.
        table: cells, of which one is missing.
        later: left out until the end.
    """

    picture: Image = Image(np.zeros((2, 2, 3), "u1"))  # noqa: RUF009 - frozen
    ratio: float = 0.5
    count: int = 3
    ready: bool = True
    note: str = "grown"
    metrics: Metrics = Metrics([("size", 1.5, "m")])  # noqa: RUF009
    points: Points = Points.of([[0, 1], [2, 3]])  # noqa: RUF009
    table: Table = Table.of({"a": [1.0, float("nan")]})  # noqa: RUF009
    later: Image | None = None


class Garden(Method):
    """Grows whatever it is told."""

    gives: Any = Grown()
    ended = False

    @action(title="Grow")
    def regrow(self) -> Grown:
        """Grow."""
        return self.gives

    @action(title="Grow slowly")
    def grow(self) -> Iterator[Grown]:
        """Grow."""
        try:
            yield from self.gives
        finally:
            self.ended = True


def garden(gives: Any) -> Garden:
    grower = Garden()
    grower.gives = gives
    return grower


NAN_POINTS = Points.of([[0, 1], [2, 3]])
object.__setattr__(NAN_POINTS, "xy", np.array([[0, np.nan]]))


def test_what_was_promised_comes_through_as_it_is():
    grown = Grown()
    assert garden(grown).regrow() is grown
    assert garden(dataclasses.replace(grown, ratio=1)).regrow().ratio == 1, "a whole number is a number"
    assert list(garden([grown, grown]).grow()) == [grown, grown]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"picture": np.zeros((2, 2, 3))}, "Grown.picture as ndarray, promised Image"),
        ({"picture": None}, "Grown.picture as None"),
        ({"ratio": float("nan")}, "Grown.ratio as nan"),
        ({"ratio": np.float32(1)}, "Grown.ratio as numpy.float32, promised float: write float(…)"),
        ({"count": np.int64(1)}, "promised int: write int(…)"),
        ({"count": True}, "Grown.count as bool, promised int"),
        ({"ready": 1}, "Grown.ready as int, promised bool"),
        ({"note": 7}, "Grown.note as int, promised str"),
        ({"metrics": Metrics([("size", 1, ""), ("loss", float("inf"), "")])}, "'loss' as inf"),
        ({"metrics": Metrics([])}, "Grown.metrics without a row"),
        ({"points": NAN_POINTS}, "Grown.points with NaN or infinite numbers among its xy"),
    ],
)
def test_a_field_that_is_not_as_promised_is_one_sentence(changes: dict[str, Any], words: str):
    broken = dataclasses.replace(Grown(), **changes)
    for work in (garden(broken).regrow, lambda: list(garden([Grown(), broken]).grow())):
        with pytest.raises(PluginError) as caught:
            work()
        check_sentence(str(caught.value))
        assert words in str(caught.value)


@pytest.mark.parametrize(("gives", "words"), [("a text", "str"), (None, "nothing"), (Garden(), "Garden")])
def test_another_type_than_promised_is_one_sentence(gives: Any, words: str):
    with pytest.raises(PluginError, match=f"regrow returned {words}, promised Grown"):
        garden(gives).regrow()


def test_a_stream_without_a_result_is_one_sentence():
    with pytest.raises(PluginError, match="grow yielded nothing, promised Grown"):
        list(garden([]).grow())


def test_a_stream_that_is_stopped_ends_its_work_at_once():
    slow = garden([Grown(), Grown()])
    stream = slow.grow()
    next(stream)
    stream.close()
    assert slow.ended


def test_an_action_says_what_it_returns():
    def act(self):
        """Act."""

    with pytest.raises(TypeError, match="frozen dataclass"):
        _ = action(title="Act")(act).action.result_type


@dataclass(frozen=True)
class Cleaned:
    """Two files.

    Attributes:
        cleaned: the first.
        other: the second.
    """

    cleaned: File
    other: File


def test_a_file_that_is_called_like_its_field_keeps_its_name(tmp_path: Path):
    files = run.write_results(Cleaned(File("cleaned.csv", b"1"), File("cleaned.txt", b"2")), tmp_path)
    assert [Path(path).name for path in files.values()] == ["cleaned.csv", "other-cleaned.txt"]
