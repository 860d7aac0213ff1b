"""Visitors' tables: every rule, and the sentence where it is broken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zoo.blocks import tables
from zoo.errors import InputError
from zoo.types import ColumnOf, Table
from zoo.types.columns import column_of

FRAME = pd.DataFrame(
    {
        "Name": ["ada", "bo", "cy", "di"],
        "a": [1.0, 2.0, 3.0, 4.0],
        "A": [5, 6, 7, 8],
        "weight, kg": ["1,5", "2", "3.5", "4"],
        "kind": ["x", "y", "x", "y"],
    }
)


def test_the_exact_name_comes_first_and_capitals_do_not_matter_else() -> None:
    names = list(FRAME.columns)
    assert column_of("A", names) == "A"
    assert column_of("a", names) == "a"
    assert column_of(" NAME ", names) == "Name"
    table, several = Table.of(FRAME), ColumnOf("table")
    assert several.resolve(["A; kind", "A"], table) == ["A", "kind"]
    assert several.resolve(("weight, kg",), table) == ("weight, kg",)
    assert several.resolve((" ",), table) == ()
    assert several.resolve("Kind", table) == "kind"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("Kidn", r"no column “Kidn”; the nearest is “kind”\."),
        ("zzz", r"no column “zzz”; the columns are “Name”, “a”"),
        ("", "no column “”"),
    ],
)
def test_a_name_that_is_not_there_gets_the_nearest(asked: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        column_of(asked, list(FRAME.columns))


def test_numbers_take_decimal_commas_and_leave_words() -> None:
    table = tables.numbers(FRAME)
    assert table.columns == ["a", "A", "weight, kg"]
    assert table.rows == ["ada", "bo", "cy", "di"]
    assert table.named
    np.testing.assert_array_equal(table.values[:, 2], [1.5, 2, 3.5, 4])
    assert tables.numbers(FRAME, aside={"a"}).columns == ["A", "weight, kg"]
    assert not tables.numbers(FRAME[["a", "A"]]).named


def test_holes_are_refused_dropped_filled_or_kept() -> None:
    holed = FRAME.assign(a=[1.0, np.nan, 3.0, 5.0])
    with pytest.raises(
        InputError, match=r"1 empty cell among the numbers, the first in row 2 of “a”; fill them"
    ):
        tables.numbers(holed)
    dropped = tables.numbers(holed, missing="drop the row")
    assert dropped.rows == ["ada", "cy", "di"]
    assert dropped.kept.tolist() == [0, 2, 3]
    assert dropped.notes == ("“kind” holds words and is left out.", "1 row with empty cells left out.")
    assert tables.numbers(holed, missing="fill with the mean").values[1, 0] == 3
    assert np.isnan(tables.numbers(holed, missing="keep").values[1, 0])


@pytest.mark.parametrize(
    ("frame", "names", "says"),
    [
        (FRAME, ["a", "kind"], "“kind” holds words, not all numbers"),
        (FRAME[["a", "kind"]], [], "1 column of numbers"),
        (FRAME.assign(a=np.nan), [], "“a” is empty and holds no number"),
        (FRAME.assign(a=[1, 2, np.inf, 3]), [], "row 3 of “a” is infinite"),
        (FRAME.assign(a=[1, 2, 1e300, 3]), [], "beyond 1e120"),
        (FRAME.assign(a=["1", "2", "3", "4 kg"]), [], "mixes numbers with text such as “4 kg”"),
        (FRAME.head(2), [], "2 usable rows; at least 3"),
        (FRAME.assign(a=np.array([1j, 2, 3, 4])), ["a", "A"], "words"),
    ],
)
def test_what_is_no_table_of_numbers_gets_one_sentence(
    frame: pd.DataFrame, names: list[str], says: str
) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        tables.numbers(frame, names)
    assert str(refusal.value).endswith(".")


def test_the_row_that_is_named_is_the_visitors() -> None:
    frame = FRAME.assign(a=[np.nan, 2.0, np.inf, 3.0])
    frame = pd.concat([frame, frame.assign(Name=list("efgh"), a=1.0)], ignore_index=True)
    with pytest.raises(InputError, match="row 3 of “a” is infinite"):
        tables.numbers(frame, missing="drop the row")
    with pytest.raises(InputError, match="row 3 of “a” is infinite"):
        tables.numbers(frame, missing="fill with the mean")


def test_names_of_rows_are_distinct_words_not_in_use() -> None:
    assert tables.row_names(FRAME, {"Name"}) == (["1", "2", "3", "4"], False)
    indexed = pd.DataFrame({"a": [1, 2, 3], "word": ["x", "y", "z"]}, index=["7", "8", "9"])
    assert tables.row_names(indexed) == (["x", "y", "z"], True)
    assert tables.row_names(indexed, {"word"}) == (["7", "8", "9"], True)
    assert tables.row_names(indexed.set_axis(["p", "q", "q"])) == (["p", "q", "q"], True)


def test_colours_come_from_words_or_from_many_numbers() -> None:
    assert tables.colour_column(FRAME, "") == "kind"
    assert tables.colour_column(FRAME, "", {"kind"}) is None
    words = tables.colouring(FRAME, "kind", np.array([0, 3]))
    assert words.groups.tolist() == ["x", "y"]
    many = pd.DataFrame({"t": np.arange(20.0)})
    assert tables.colouring(many, "t").values.tolist() == list(range(20))
    assert tables.colouring(many, None) is None


def test_words_in_sentences() -> None:
    assert tables.quoted("a\n b" + "c" * 50) == "“a b" + "c" * 36 + "…”"
    assert [tables.counted(k, "row") for k in (0, 1, 2000)] == ["no rows", "1 row", "2,000 rows"]
    assert tables.several(list("abcd"), 2) == "“a”, “b” and 2 more"
