"""Tables and points as other programs write them: R, Excel, LibreOffice, pandas, NumPy, and people."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zoo.errors import InputError
from zoo.testing import samples
from zoo.testing.battery import check_sentence
from zoo.types import Points, Table

NAN = float("nan")


def read(text: str | bytes) -> Table:
    return Table.decode(text.encode() if isinstance(text, str) else text)


def holds(table: Table, columns: dict[str, list], rows: list[str] | None = None) -> None:
    index = pd.RangeIndex(len(table.frame)) if rows is None else pd.Index(rows)
    pd.testing.assert_frame_equal(table.frame, pd.DataFrame(columns, index=index), check_dtype=False)
    assert isinstance(table.frame.index, pd.RangeIndex) == (rows is None)


# ---------------------------------------------------------------------------------------------------------
# Numbers as people write them


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('a,b\n"1,100",x\n"850",y\n', {"a": [1100, 850]}),
        ('a,b\n"1,234.50",x\n3,y\n', {"a": [1234.5, 3]}),
        ('a,b\n"1,234,567",x\n3,y\n', {"a": [1234567, 3]}),
        ('a,b\n"1,5",x\n3,y\n', {"a": [1.5, 3]}),
        ("a;b\n1.234,56;x\n3,5;y\n", {"a": [1234.56, 3.5]}),
        ("a;b\n1.100;2,5\n850;3\n", {"a": [1100, 850], "b": [2.5, 3]}),
        ("a;b\n1.125;2,5\n0.850;3\n", {"a": [1.125, 0.85], "b": [2.5, 3]}),
        ("a;b\n1,100;2,5\n1,200;3\n", {"a": [1.1, 1.2], "b": [2.5, 3]}),
        ("a;b\n1,100;2.5\n1,200;3\n", {"a": [1100, 1200], "b": [2.5, 3]}),
        ("a;b\n1 234;x\n850;y\n", {"a": [1234, 850]}),
        ("a;b\n1\u202f234,5;x\n850;y\n", {"a": [1234.5, 850]}),
        ("a;b\n1'234.5;x\n850;y\n", {"a": [1234.5, 850]}),
        ("a;b\n45 %;−2\n7,5%;3\n", {"a": [0.45, 0.075], "b": [-2, 3]}),
        ("a;b\n1,5E3;+2\n2;-,5\n", {"a": [1500, 2], "b": [2, -0.5]}),
        ('a,b\n"$1,100",x\n$850,y\n', {"a": [1100, 850]}),
        ("date;v\n01.02.2024;1,5\n02.02.2024;2\n", {"date": ["01.02.2024", "02.02.2024"], "v": [1.5, 2]}),
        ("x\n1,5\n2,5\n", {"x": [1.5, 2.5]}),
        ("a\tb\n1,5\tx\n2\ty\n", {"a": [1.5, 2]}),
    ],
)  # fmt: skip
def test_marks_in_numbers(text: str, columns: dict[str, list]) -> None:
    table = read(text)
    for name, values in columns.items():
        assert table.frame[name].tolist() == values
    assert table.remarks


@pytest.mark.parametrize(
    "words", [["1:30", "2:45"], ["12-05", "13-06"], ["1.2.3", "1.2.4"], ["3 Main St", "4 High St"]]
)
def test_what_only_looks_like_numbers_stays_words(words: list[str]) -> None:
    assert read("\n".join(["a;b", *(f"{word};1" for word in words)])).frame["a"].tolist() == words


def test_numbers_with_units_are_words_and_it_is_said() -> None:
    table = read("w,x\n4 kg,1\n5 kg,2\n")
    assert table.reading.columns[0].kind == "words"
    assert "“w” is taken as words, such as “4 kg”" in table.remarks[0]


def test_missing_words_count_in_numbers_alone() -> None:
    table = read("country,code,said,v\nNamibia,NA,None,NA\nFrance,FR,yes,2\nPeru,PE,,3\n")
    assert table.frame["code"].tolist() == ["NA", "FR", "PE"]
    assert table.frame["said"].tolist()[:2] == ["None", "yes"]
    assert table.frame["v"].isna().tolist() == [True, False, False]
    assert table.reading.missing == 2
    assert table.remarks == ("2 cells missing.",)


# ---------------------------------------------------------------------------------------------------------
# What stands between, above and before


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("sep=;\na;b\n1,5;2\n", {"a": [1.5], "b": [2]}),
        ("# made by a machine\n# at 3, or so\na,b\n1,2\n", {"a": [1], "b": [2]}),
        ("% by Matlab, 3\n% more\na,b\n1,2\n", {"a": [1], "b": [2]}),
        ("// by hand, 3\na;b\n1;2\n", {"a": [1], "b": [2]}),
        ("% fat,salt\n1,2\n", {"% fat": [1], "salt": [2]}),
        ("#,name,v\n4,a,2\n5,b,3\n", {"#": [4, 5], "name": ["a", "b"], "v": [2, 3]}),
        ("# x y\n1 2\n3 4\n", {"x": [1, 3], "y": [2, 4]}),
        ("Report of 3 May, 2024\n\na;b\n1;2\n3;4\n", {"a": [1, 3], "b": [2, 4]}),
        ("Report,,\n,,\na,b,c\n1,2,3\n", {"a": [1], "b": [2], "c": [3]}),
        (
            "name,h,w\n,cm,kg\nann,170,60\nbob,180,70\n",
            {"name": ["ann", "bob"], "h": [170, 180], "w": [60, 70]},
        ),
        ("A,,B,\nx,y,x,y\n1,2,3,4\n", {"A x": [1], "A y": [2], "B x": [3], "B y": [4]}),
        ("city\nNew York\nLos Angeles\n", {"city": ["New York", "Los Angeles"]}),
        ("name,tags\nann,x;y\nbob,z;w\n", {"name": ["ann", "bob"], "tags": ["x;y", "z;w"]}),
        (" a , b \n1,2\n", {"a": [1], "b": [2]}),
        ("a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
        ("y,y,y.1\n1,2,3\n", {"y": [1], "y.2": [2], "y.1": [3]}),
    ],
)
def test_headers(text: str, columns: dict[str, list]) -> None:
    holds(read(text), columns)


R_DEFAULT = '"a" "b"\n"r1" 1 "x y"\n"r2" 2.5 NA\n'
"""What R's `write.table(frame)` writes."""


@pytest.mark.parametrize(
    "text",
    [
        R_DEFAULT,
        R_DEFAULT.replace('" "', '"\t"').replace('" 1 "', '"\t1\t"').replace('" 2.5 N', '"\t2.5\tN'),
        '"","a","b"\n"r1",1,"x y"\n"r2",2.5,NA\n',
        '"";"a";"b"\n"r1";1;"x y"\n"r2";2,5;NA\n',
        "Unnamed: 0,a,b\nr1,1,x y\nr2,2.5,NA\n",
        "...1\ta\tb\nr1\t1\tx y\nr2\t2.5\tNA\n",
    ],
    ids=["write.table", "tabs", "write.csv", "write.csv2", "pandas again", "readr"],
)
def test_a_first_column_without_a_name_names_the_rows(text: str) -> None:
    table = read(text)
    holds(table, {"a": [1, 2.5], "b": ["x y", "NA"]}, ["r1", "r2"])
    assert table.reading.row_names == "the first column"
    holds(read(table.encode()), {"a": [1, 2.5], "b": ["x y", "NA"]}, ["r1", "r2"])


@pytest.mark.parametrize("text", ['"a" "b"\n"1" 5 6\n"2" 7 8\n', ",a,b\n0,5,6\n1,7,8\n"])
def test_a_first_column_that_counts_the_rows_is_left_out(text: str) -> None:
    holds(read(text), {"a": [5, 7], "b": [6, 8]})
    assert "counts the rows" in read(text).remarks[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("姓名,身高\n张三,175\n李四,180\n", "gbk"),
        ("城市;人口\n北京;21,5\n上海;24\n", "gb18030"),
        ("имя;рост\nИван;1,80\nМария;1,65\n", "cp1251"),
        ("имя;рост\nИван;1,80\nМария;1,65\n", "koi8-r"),
        ("name;größe\nJürgen;1,5\n", "cp1252"),
        ("soupe,prix €\nbœuf,5\n", "cp1252"),
        ("temp °C,µm\nx,2\n", "cp1252"),
        ("imię,miasto\nŁukasz,Łódź\n", "cp1250"),
        ("isim,şehir\nAyşe,İstanbul\n", "cp1254"),
        ("όνομα,ύψος\nΓιώργος,180\nΕλένη,165\n", "cp1253"),
        ("名前,身長\n山田,170\nたなか,150\n", "cp932"),
        ("이름,키\n김철수,170\n이영희,165\n", "cp949"),
        ("a,b\nö,2\n", "utf-16-le"),
    ],
)
def test_older_encodings(text: str, encoding: str) -> None:
    table = read(text.encode(encoding))
    assert ",".join(table.frame.columns) == text.partition("\n")[0].replace(";", ",")
    assert table.frame.iloc[0, 0] == text.splitlines()[1].replace(";", ",").partition(",")[0]
    assert table.reading.encoding


@pytest.mark.parametrize(
    "data", ["name,größe\nünal,2\n".encode("cp437"), "größe,ö\nü,1\n".encode() + "größe,2\n".encode("cp1252")]
)
def test_letters_that_cannot_be_told_are_refused_with_the_cure(data: bytes) -> None:
    with pytest.raises(InputError, match="UTF-8") as refusal:
        read(data)
    check_sentence(str(refusal.value))


# ---------------------------------------------------------------------------------------------------------
# The same table in several files


cells = st.one_of(
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4)), st.integers(-(10**6), 10**6)
)
words = st.sampled_from(["ann", "bob", "NA", "None", "1 kg", "ö;,", "x y", "true-ish"])
columns = st.one_of(
    st.lists(st.one_of(cells, st.just(NAN)), min_size=3, max_size=3),
    st.lists(words, min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.sampled_from(["1,5", "2,25", "0,75"]), min_size=3, max_size=3),
    st.lists(st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(pd.Timestamp), min_size=3, max_size=3),
)
names = st.sampled_from(["a", "b", "A", "T", "t", "weight, kg", "y.1", "y"])


@settings(max_examples=60, phases=[Phase.generate], deadline=None, derandomize=True)
@given(
    st.dictionaries(names, columns, min_size=2, max_size=4),
    st.sampled_from([None, ["p", "q", "r"], [3, 7, 5]]),
    st.sampled_from([",", ";", "\t"]),
)
def test_csv_excel_and_a_frame_of_the_same_table_agree(data: dict, rows: list | None, separator: str) -> None:
    frame = pd.DataFrame(data, index=rows)
    if frame.isna().all(axis=1).any() or frame.isna().all().any():
        return
    expected = Table.of(frame).frame
    workbook = io.BytesIO()
    frame.to_excel(workbook, index=rows is not None, engine="xlsxwriter" if len(data) > 2 else "openpyxl")
    for file in (frame.to_csv(sep=separator, index=rows is not None).encode(), workbook.getvalue()):
        pd.testing.assert_frame_equal(
            Table.decode(file).frame, expected, check_dtype=False, check_index_type=False
        )


def test_a_workbook_with_titles_percents_and_missing_cells() -> None:
    table = Table.decode(
        samples.excel([["Report 2024"], [], ["name", "share", "n"], ["x", 0.45, 1], ["y", "50%", "NA"]])
    )
    holds(table, {"name": ["x", "y"], "share": [0.45, 0.5], "n": [1, NAN]})


COVER = [["Growth of beans"], ["Author", "A. Nobody"], ["Version", 2]]
GROUPED = [
    ["plant", "wet", None, "dry"],
    [None, "mass", "leaves", "mass"],
    ["p", 1.5, 3, 2],
    ["q", 2.5, 4, 3],
]
GROUPS = {"plant": ["p", "q"], "wet mass": [1.5, 2.5], "wet leaves": [3, 4], "dry mass": [2, 3]}


def test_a_cover_before_the_data_is_passed_over_and_two_lines_of_names_are_joined() -> None:
    table = Table.decode(samples.excel(COVER, GROUPED, [["note"], ["none"]]))
    holds(table, GROUPS)
    said = table.reading.sentence()
    assert said.startswith("Of 3 sheets “Sheet2” is read, for those before it hold no table")
    assert "two lines of names are joined" in said


def test_the_first_sheet_with_a_table_is_read_and_said() -> None:
    table = Table.decode(samples.excel([["a", "b", "c"], ["x", "y", "z"]], GROUPED))
    holds(table, {"a": ["x"], "b": ["y"], "c": ["z"]})
    assert table.reading.sentence() == "Of 2 sheets “Sheet1” is read."
    narrow = Table.decode(samples.excel([["n"], [1], [2]], GROUPED))
    holds(narrow, {"n": [1, 2]})


def test_a_blank_sheet_is_passed_over_and_a_workbook_of_covers_gives_its_first() -> None:
    holds(Table.decode(samples.excel([], GROUPED)), GROUPS)
    holds(Table.decode(samples.excel([["word"], ["yes"], ["no"]], [["b"], ["x"]])), {"word": ["yes", "no"]})


# ---------------------------------------------------------------------------------------------------------
# Points


@pytest.mark.parametrize(
    "text",
    [
        "1,5;2,5\n3;4\n", "1.5\t2.5\n3\t4\n", "1.5 2.5\n3 4\n", "1.5;2.5\n3;4\n", "1.5,2.5\n3,4\n", "1.5|2.5\n3|4\n",
        '"1,5","2,5"\n"3","4"\n', " 1.5   2.5\n 3      4\n", "sep=;\n1,5;2,5\n3;4\n", "1,5\t2,5\n3\t4\n",
        ",x,y\n0,1.5,2.5\n1,3,4\n", '"x" "y"\n"1" 1.5 2.5\n"2" 3 4\n', "id,x,y\n9,1.5,2.5\n8,3,4\n",
        "a 1.5 2.5\nb 3 4\n", "# x y\n1.5 2.5\n3 4\n", "0,1.5,2.5\n1,3,4\n", "y;x;z\n2,5;1,5;7\n4;3;7\n",
        "1.5;2.5;\n3;4;\n",
    ],
)  # fmt: skip
def test_points_follow_the_rules_of_tables(text: str) -> None:
    assert Points.decode(text.encode()).xy.tolist() == [[1.5, 2.5], [3, 4]]


def test_points_from_a_workbook_and_a_frame() -> None:
    frame = pd.DataFrame({"x": [1.5, 3], "y": [2.5, 4]})
    workbook = io.BytesIO()
    frame.to_excel(workbook)
    for points in (Points.decode(workbook.getvalue()), Points.of(frame)):
        assert np.array_equal(points.xy, [[1.5, 2.5], [3, 4]])


def test_a_name_that_begins_like_a_comment_is_a_name():
    """Where all cells are words, the line of names is known by its number of cells."""
    table = Table.decode(b'%,share\n"a,\nb",w\nc,w\n')
    assert list(table.frame.columns) == ["%", "share"]
    assert table.frame["%"].tolist() == ["a,\nb", "c"]
    assert list(Table.decode(b"% made by a machine\nname,share\na,1\n").frame.columns) == ["name", "share"]
