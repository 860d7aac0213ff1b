"""Which column is meant, and which rows belong together: the same rule in every input and method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import zoo
from zoo.blocks.tables import aligned
from zoo.errors import InputError
from zoo.testing.battery import check_sentence
from zoo.types import ColumnOf, Table
from zoo.types.columns import column_of, columns_of, parts_of

NAMES = ["T", "t", "weight, kg", "y", "y.1", 'say "hi"', "Height"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("T, t", ["T", "t"]),
        ("t;T;t", ["t", "T"]),
        ("weight, kg", ["weight, kg"]),
        ('"weight, kg", y', ["weight, kg", "y"]),
        ("“weight, kg”; y.1", ["weight, kg", "y.1"]),
        ("  height ,y ", ["Height", "y"]),
        ('"say ""hi""", T', ['say "hi"', "T"]),
        (" ", []),
    ],
)
def test_lists_of_names(text: str, meant: list[str]) -> None:
    assert columns_of(text, NAMES) == meant


def test_a_name_that_several_columns_may_have_is_told() -> None:
    with pytest.raises(InputError, match="“TEMP” may mean the columns “Temp”, “temp”") as refusal:
        column_of("TEMP", ["Temp", "temp", "x"])
    check_sentence(str(refusal.value))
    with pytest.raises(InputError, match="may mean"):
        ColumnOf("table").resolve("TEMP", Table.of({"Temp": [1], "temp": [2]}))
    both = Table.of({"Temp": [1], "temp": [2]})
    assert ColumnOf("table").resolve(["temp", "Temp"], both) == ["temp", "Temp"]


@pytest.mark.parametrize("target", [{}, {"target": None}, {"target": ""}, {"target": "  "}])
def test_a_column_that_is_not_chosen_is_asked_for_by_the_names_that_there_are(target: dict[str, str]) -> None:
    table = {"weight, kg": [1.0, 2.0], "height": [2.0, 3.0]}
    with pytest.raises(InputError) as refusal:
        zoo.load("l1l2-interpolation").run("your_table", table=table, **target)
    assert str(refusal.value) == "Target is missing; choose from the columns “weight, kg”, “height”."
    check_sentence(str(refusal.value))


def test_a_column_that_nobody_has_to_choose_may_be_blank() -> None:
    frame = pd.DataFrame(np.random.default_rng(2).standard_normal((12, 3)), columns=["a", "b", "c"])
    method = zoo.load("linear-mda")
    blank, none = (method.components(table=frame, colour=colour) for colour in (" ", ""))
    assert blank.metrics.rows == none.metrics.rows


def test_parts_stand_between_marks_outside_of_quotes() -> None:
    assert parts_of('"a, b"=2; c=1,,') == ['"a, b"=2', "c=1"]


RNG = np.random.default_rng(0)
FIRST = pd.DataFrame(RNG.standard_normal((12, 2)), columns=["a", "b"])
SECOND = pd.DataFrame({"c": FIRST["a"] + 0.1 * RNG.standard_normal(12), "d": RNG.standard_normal(12)})
ITEMS = [f"item {letter}" for letter in "abcdefghijkl"]
MIXED = RNG.permutation(12)


@pytest.mark.parametrize("names", ["a column", "the index", "numbers"])
def test_paired_tables_are_aligned_by_name_and_it_is_said(names: str) -> None:
    labels = list(range(100, 112)) if names == "numbers" else ITEMS
    first, second = FIRST.assign(item=labels), SECOND.assign(item=labels)
    if names == "the index":
        first, second = (part.set_index("item").rename_axis(None) for part in (first, second))
    paired = zoo.load("linear-mda").paired_tables
    straight = paired(table=first, other=second)
    turned = paired(table=first, other=second.iloc[MIXED])
    assert straight.metrics.rows == turned.metrics.rows
    assert "in the order of the first" in turned.reading
    assert "in the order of the first" not in straight.reading


def test_paired_tables_of_different_items_are_refused_and_unrelated_names_are_no_names() -> None:
    first = FIRST.assign(item=ITEMS)
    with pytest.raises(InputError, match="different items, such as “new”"):
        aligned(first, SECOND.assign(item=[*ITEMS[1:], "new"]))
    other = SECOND.assign(code=[f"x{k}" for k in range(12)])
    same, keys, said = aligned(first, other)
    assert same is other
    assert not keys
    assert not said


def test_two_columns_of_one_name_are_no_honest_name_with_a_number(tmp_path: Path) -> None:
    values = np.random.default_rng(1).standard_normal((20, 30)).round(3)
    names = [f"x{k}" for k in range(28)]
    method = zoo.load("l1l2-interpolation")
    pd.DataFrame(values, columns=[*names, "y", "y.1"]).to_csv(tmp_path / "honest.csv", index=False)
    assert next(method.your_table(table=tmp_path / "honest.csv", target="y")).metrics.rows
    pd.DataFrame(values, columns=[*names, "y", "y"]).to_csv(tmp_path / "twice.csv", index=False)
    with pytest.raises(InputError, match="name of its own"):
        next(method.your_table(table=tmp_path / "twice.csv", target="y"))


def test_names_of_rows_are_no_variable_in_any_method(tmp_path: Path) -> None:
    frame = pd.DataFrame(RNG.standard_normal((12, 3)).round(3), columns=["a", "b", "c"])
    named = tmp_path / "named.csv"
    frame.set_axis(ITEMS).to_csv(named)
    counted = tmp_path / "counted.csv"
    frame.to_csv(counted)
    plain = tmp_path / "plain.csv"
    frame.to_csv(plain, index=False)
    for path in (named, counted, plain):
        result = zoo.load("linear-mda").components(table=path)
        assert set(result.variables.frame["variable"]) == {"a", "b", "c"}
        assert (result.items.frame["item"].iloc[0] in ITEMS) == (path == named)
    filled = [
        zoo.load("velocity-fields").run("impute", table=path, hide=0.1, steps=5) for path in (named, plain)
    ]
    assert list(filled[0].table.frame.columns) == ["a", "b", "c"]
    np.testing.assert_array_equal(filled[0].table.frame.to_numpy(), filled[1].table.frame.to_numpy())
    assert list(filled[0].table.frame.index) == ITEMS
