"""Leaderboards, comparisons and charts, and the command ``zoo rank``."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from app_server import App
from hypothesis import given
from hypothesis import strategies as st

from zoo import cli, paths, registry
from zoo.app import evidence, leaderboards, svg_chart, templates
from zoo.app.compare import PLACES, comparisons
from zoo.app.compare import _code as compare_code
from zoo.app.numbers import format_seconds
from zoo.app.pages import TAKEN, address
from zoo.app.scores import Scores
from zoo.app.svg_chart import Axis, Point, Series
from zoo.errors import InputError
from zoo.evidence import task
from zoo.evidence.records import ClaimRecord, ConditionRecord, EvidenceRecord, Interval, LeaderboardRecord
from zoo.evidence.task import SECONDS, Dial, Item, Run, Score, Task
from zoo.evidence.tasks.dimension_reduction import classes
from zoo.method import Outcome
from zoo.types import Table

pytest_plugins = ["app_server"]

WINE = str(Path(task.__file__).parent / "tasks" / "examples" / "wine.csv")


class Guessing(Task):
    """Guess `a number` <within> bounds. It serves the tests.

    Of no use to anybody else.
    """

    title = "Guessing <numbers>"
    family = "robustness"
    data = "the numbers of `nobody`"
    dial = Dial("tries", "Tries", "", (1, 2), 1, whole=True)
    scores = (Score("error", "Error", "units", "lower"),)

    def baselines(self) -> Mapping[str, Run]:
        """One that is right, one that is off, and one that cannot do two tries."""

        def hesitant(given: float, dial: float) -> Outcome:
            if dial > 1:
                raise InputError("one try only.")
            return Outcome(given + 3)

        return {
            "off <by> two": lambda given, dial: Outcome(given + 2 + given / 10),
            "right": lambda given, dial: Outcome(given),
            "hesitant": hesitant,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Two numbers, or four."""
        for number in range(2 if quick else 4):
            yield Item("numbers", float(number))

    def judge(self, given: float, outcome: Outcome) -> dict[str, float]:
        """How far off it is."""
        return {"error": abs(outcome.made - given)}


@pytest.fixture
def guessing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The only task, whose leaderboard is kept in a folder of the test."""
    monkeypatch.setattr(task, "targets", lambda: {"guessing": f"{__name__}:Guessing"})
    monkeypatch.setattr(task, "path_of", lambda slug: tmp_path / "boards" / f"{slug}.json")
    return "guessing"


# ---------------------------------------------------------------------------------------------------------
# zoo rank


def test_rank_prints_the_order_and_stores_nothing_unasked(guessing: str, capsys: Any) -> None:
    assert cli.main(["rank"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Guessing <numbers>: Error (units), 4 items"
    assert [line.split(":")[0] for line in lines[1:]] == ["  1. right", "  2. off <by> two", "  3. hesitant"]
    assert task.read(guessing) is None


def test_rank_writes_what_the_page_shows(guessing: str, capsys: Any) -> None:
    assert cli.main(["rank", guessing, "--write", "--json"]) == 0
    said = capsys.readouterr()
    record = task.read(guessing)
    assert record is not None
    assert json.loads(said.out) == json.loads(json.dumps([record.model_dump()]))
    assert said.err.startswith("Guessing")
    (off,) = [placed for placed in record.contestants if placed.name == "off <by> two"]
    assert off.overall is not None
    assert off.overall.values == pytest.approx([2, 2.1, 2.2, 2.3])
    assert off.overall.mean == pytest.approx(2.15)
    (hesitant,) = [placed for placed in record.contestants if placed.name == "hesitant"]
    assert hesitant.points[1] == {"error": None, "seconds": None}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rank", "nonsense"], "zoo: there is no task 'nonsense'; the tasks are guessing."),
        (["rank", "--quick", "--write"], "zoo: a quick ranking is not stored; leave out --quick or --write."),
    ],
)
def test_rank_refuses_with_one_sentence(guessing: str, words: list[str], says: str, capsys: Any) -> None:
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert said.err.strip() == says
    assert said.out == ""
    assert task.read(guessing) is None


# ---------------------------------------------------------------------------------------------------------
# Leaderboards


def test_a_task_that_was_never_measured_says_so(guessing: str) -> None:
    page = leaderboards.leaderboards()
    assert "Not measured yet" in page
    assert "zoo rank guessing --write" in page
    assert "<svg" not in page
    assert "compare-guessing" not in page, "it takes no input of a visitor"


def test_a_leaderboard_shows_the_record_and_nothing_else(guessing: str) -> None:
    record = task.rank(guessing)
    task.write(record)
    page = leaderboards.leaderboards()
    section = page[page.index('id="guessing"') :]
    assert re.findall(r'<th scope="row">([^<]+)<?', section) == ["right ", "off &lt;by&gt; two ", "hesitant "]
    assert section.count("baseline</span>") == 3
    assert "<td>2.15</td>" in section
    assert record.commit[:10] in section
    assert record.date in section
    assert "Guessing &lt;numbers&gt;" in section
    assert "<code>a number</code> &lt;within&gt;" in section
    assert "<numbers>" not in page
    assert "<by>" not in page
    assert section.count('class="z-dot"') == 5, "the hesitant one has one point"


def test_a_contestant_that_cannot_be_ranked_has_no_place(guessing: str) -> None:
    record = task.rank(guessing)
    unranked = [
        placed.model_copy(update={"overall": None}) if placed.name == "hesitant" else placed
        for placed in record.contestants
    ]
    task.write(record.model_copy(update={"contestants": tuple(unranked)}))
    row = leaderboards.leaderboards().partition("hesitant")
    assert row[0].endswith('<tr><td>–</td><th scope="row">')
    assert "not ranked" in row[2]


def test_methods_link_to_their_pages_and_their_pages_to_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    entrants = {
        slug: names
        for slug, method in registry.methods().items()
        if (names := task.entered(method, "dimension-reduction"))
    }
    assert "linear-mda" in entrants
    points = [{score.key: None for score in (*task.load("dimension-reduction").scores, SECONDS)}]
    score = {"mean": 0.5, "interval": [0.4, 0.6], "values": [0.5]}
    fields = {
        "task": "dimension-reduction", "commit": "abc", "device": "a loom", "date": "2026-01-01", "items": ["wine"],
        "dial": [2], "seconds": 1.0, "quick": False,
        "contestants": [
            {"name": name, "slug": "linear-mda", "overall": score, "points": points}
            for name in entrants["linear-mda"]
        ],
    }  # fmt: skip
    record = LeaderboardRecord.model_validate(fields)
    monkeypatch.setattr(task, "read", lambda slug: record if slug == "dimension-reduction" else None)
    page = leaderboards.leaderboards()
    assert '<a href="./linear-mda">' in page
    tab = evidence.evidence(registry.methods()["linear-mda"])
    assert '<a href="./leaderboards#dimension-reduction">leaderboard</a>' in tab
    assert '<a href="./compare-dimension-reduction">compare</a>' in tab
    assert f"is 1 of {len(entrants['linear-mda'])}" in tab


def test_addresses_of_these_pages_are_not_free_for_methods() -> None:
    for path in ("compare", "duels", "leaderboards", "compare-image-coding"):
        assert path in TAKEN
        assert address(path) != path


# ---------------------------------------------------------------------------------------------------------
# Charts

NUMBERS = st.floats(-1e12, 1e12, allow_subnormal=False)


def svg(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(
        re.search(r"<svg role.*?</svg></div>", page, re.S)[0].removesuffix("</div>")
    )


def percentages(page: str, kind: str, *names: str) -> list[float]:
    found = [one.get(name) for one in svg(page).iter(kind) for name in names]
    return [float(value[:-1]) for value in found if value and value.endswith("%")]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_every_point_lies_within_the_plot(points: list[tuple[float, float]]) -> None:
    page = svg_chart.lines("t", [Series("one", [Point(x, y, y, y + 1) for x, y in points])], "x", "y")
    places = percentages(page, "line", "x1", "x2", "y1", "y2") + percentages(page, "svg", "x", "y")
    assert all(-0.01 <= place <= 100.01 for place in places)
    assert page.count('class="z-dot"') == len(points)
    drawn = [svg(page).find(".//polyline").get("points"), svg(page).find(".//svg/polyline/../path").get("d")]
    stretched = [float(number) for text in drawn for number in re.findall(r"[-+.\de]+", text)]
    assert len(stretched) >= 4 * len(points) or any(y + 1 == y for _, y in points)
    assert all(-0.01 <= place <= 100.01 for place in stretched)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(3, 7))
def test_ticks_are_few_and_in_order(values: list[float], marks: int) -> None:
    axis = Axis(values, marks)
    assert 2 <= len(axis.ticks) <= 9 or axis.by_powers
    assert axis.ticks == sorted(set(axis.ticks))
    assert all(-0.01 <= axis.place(tick) <= 100.01 for tick in axis.ticks)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ([28.3, 41.2], ["30", "32.5", "35", "37.5", "40"]),
        ([1, 2, 4, 64], ["1", "3", "10", "30"]),
        ([1e-4, 10], ["0.0001", "0.001", "0.01", "0.1", "1", "10"]),
        ([5, 5], ["3", "4", "5", "6", "7"]),
        ([0, 0], ["-0.4", "-0.2", "0", "0.2", "0.4"]),
    ],
    ids=str,
)
def test_ticks_are_round(values: list[float], texts: list[str]) -> None:
    axis = Axis(values, 6 if max(values) < 60 else 5)
    assert [axis.text(tick) for tick in axis.ticks] == texts


def test_a_wide_range_is_drawn_in_powers_of_ten() -> None:
    axis = Axis([1, 10, 100], 5)
    assert axis.by_powers
    assert axis.place(10) == pytest.approx(50)
    assert not Axis([0, 100], 5).by_powers


def test_a_chart_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    one = Series("<a>", [Point(1, 2, tip="x & y"), Point(2, math.nan), Point(3, 4)])
    page = svg_chart.lines("<t>", [one, Series("base", [Point(1, 1)], quiet=True)], "rate", "dB")
    drawn = svg(page)
    assert drawn.get("role") == "img"
    assert drawn.get("aria-label") == "<t>"
    assert drawn.find("desc").text == "dB against rate of <a>, base."
    assert [one.get("data-tip") for one in drawn.findall("g")] == ["<a>", "base"]
    dots = drawn.findall(".//svg[@class='z-dot']")
    assert [dot.get("data-tip") for dot in dots] == ["x & y", "3: 4", "1: 1"]
    assert page.count("<li ") == 2
    assert "<a>" not in page
    groups = [group.get("class") for group in drawn.findall("g")]
    assert groups == ["z-c0", "z-c1 z-quiet"]
    assert {dot.find("path").get("d") for dot in dots} == set(svg_chart.MARKS[:2]), "not by colour alone"


def test_no_chart_without_points() -> None:
    assert svg_chart.lines("t", [], "x", "y") == ""
    assert svg_chart.lines("t", [Series("one", [Point(1, math.nan)])], "x", "y") == ""


def test_words_stand_side_by_side() -> None:
    page = svg_chart.lines(
        "t", [Series("one", [Point(0, 2), Point(2, 3)])], "problem", "y", ["a", "b", "<c>"]
    )
    assert [one.text for one in svg(page).iter("text")][-3:] == ["a", "b", "<c>"]


@pytest.mark.parametrize(
    ("value", "interval", "margin", "kind"),
    [
        (2, (1, 3), 0.0, "z-passed"),
        (2, (1, 3), 1.5, ""),
        (-2, (-3, -1), 0.0, "z-failed"),
        (1, (-1, 3), 0.0, ""),
    ],
)
def test_a_whisker_tells_on_which_side_of_its_line_it_lies(
    value: float, interval: tuple[float, float], margin: float, kind: str
) -> None:
    drawn = ElementTree.fromstring(svg_chart.whisker(value, interval, (-4, 4), margin))
    assert drawn.get("class").split()[1:] == ([kind] if kind else [])
    assert drawn.find("circle").get("cx") == f"{100 * (value + 4) / 8:.4g}%"
    assert drawn.get("aria-label") == f"{value}, interval {interval[0]} to {interval[1]}"


def test_no_whisker_of_what_is_not_finite() -> None:
    assert svg_chart.whisker(math.nan, (0, 1), (0, 1)) == ""
    assert svg_chart.whisker(0, (-math.inf, 1), (0, 1)) == ""


def test_the_evidence_tab_draws_curves_and_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    method = registry.methods()["l1l2-interpolation"]
    condition = ConditionRecord(
        name="n = <9>", ours=1.0, baseline=2.0, advantage=1.0, interval=Interval(0.5, 1.5), seeds=3, holds=True,
        ours_runs=(1.0,) * 3, baseline_runs=(2.0,) * 3,
    )  # fmt: skip
    curves = {
        "By <size>": {"x": [1, 2], "x_title": "size", "series": {"ours": [1, None], "theirs": [2, 3]}},
        "By problem": {"x": ["a", "b"], "series": {"ours": [1.0, 2.0]}},
        "By rate": {
            "series": {"ours": {"x": [0.1, 0.2], "y": [1.0, 2.0]}, "theirs": {"x": [0.15], "y": [1.5]}}
        },
    }
    first = ClaimRecord(
        id="first", statement="Is <smaller>", paper="1", unit="cm", against="theirs", better="lower", margin=0.0,
        ours=1.0, baseline=2.0, interval=Interval(0.5, 1.5), seeds=3, seconds=1.0, verdict="holds",
        conditions=(condition, condition), curves=curves,
    )  # fmt: skip
    second = first.model_copy(update={"id": "second", "reason": "Chance.", "tuning": "width on <seed> 9"})
    stored = EvidenceRecord(slug=method.slug, claims=(first, second))
    monkeypatch.setattr(
        evidence.records, "read", lambda path, form: stored if path.parent.name == "evidence" else None
    )
    monkeypatch.setattr(method, "claims", lambda: pytest.fail("the record says it all"))
    page = evidence.evidence(method)
    assert page.count("Its curves are among those above.") == 1
    assert page.count("Chance.") == 1
    assert page.count('class="z-chart"') == 3
    assert page.count("z-dash z-passed") == 4
    assert page.count("holds, 2 of 2") == 2
    assert page.count("all conditions together") == 2
    assert page.count("baseline not tuned") == 1
    assert "baseline tuned: width on &lt;seed&gt; 9" in page
    assert "<smaller>" not in page
    assert page.count('class="z-dot"') == 8
    assert 'data-tip="0.15: 1.5"' in page
    assert "<size>" not in page
    assert "<9>" not in page


@pytest.mark.parametrize(
    "path", sorted((paths.root() / "cards" / "evidence").glob("*.json")), ids=lambda one: one.stem
)
def test_every_stored_curve_can_be_drawn(path: Path) -> None:
    for row in json.loads(path.read_text())["claims"]:
        for title, curve in row["curves"].items():
            assert 'class="z-dot"' in evidence._curve(title, curve), f"{row['id']}: {title}"


# ---------------------------------------------------------------------------------------------------------
# Comparisons

COMPARED = comparisons()
REDUCTION = COMPARED.actions()["dimension_reduction"]
PAIR = {"first": "PCA (scikit-learn)", "second": "Random projection"}


def compare(**inputs: Any) -> Any:
    return COMPARED().run("dimension_reduction", **inputs)


def test_a_comparison_is_an_action_like_any_other() -> None:
    kinds = {param.name: param.kind for param in REDUCTION.params}
    assert kinds == {"table": "table", **dict.fromkeys(PLACES, "choice"), "axes": "int"}
    assert [param.name for param in REDUCTION.params if param.required] == ["table"]
    names = tuple(task.contestants(task.load("dimension-reduction")))
    for param in REDUCTION.params:
        assert param.help
        if param.kind == "choice":
            assert param.choices == names
            assert param.optional == (param.name in ("third", "fourth"))
    assert [field.kind for field in REDUCTION.results] == ["figure", "scores", "str"]
    assert [field.kind for field in COMPARED.actions()["image_coding"].results] == [
        "pictures",
        "scores",
        "str",
    ]


def test_only_tasks_that_take_an_input_are_compared() -> None:
    wanted = {slug for slug in task.names() if task.load(slug).given is not None}
    assert {one.slug for one in COMPARED.tasks.values()} == wanted
    assert set(COMPARED.actions()) == set(COMPARED.tasks)
    for name, action in COMPARED.actions().items():
        for number in range(len(action.examples)):
            given = COMPARED.tasks[name].given
            assert given.open(COMPARED.example(action, number)[given.kind])


def test_contestants_are_scored_on_the_same_input() -> None:
    found = compare(table=WINE, **PAIR, axes=3)
    names = [name for name, _, _ in found.scores.rows]
    assert names == list(PAIR.values())
    assert [title.text for title in found.side_by_side.plot.layout.annotations] == names
    from sklearn.decomposition import PCA

    from zoo.evidence.tasks.dimension_reduction import standard

    given = standard(Table.open(WINE).frame.select_dtypes("number").to_numpy(float))
    share = 100 * PCA(3).fit(given).explained_variance_ratio_.sum()
    assert found.scores.rows[0][2]["explained"] == pytest.approx(share)


def test_a_comparison_opens_with_two_that_differ() -> None:
    first, second = (param.default for param in REDUCTION.params[1:3])
    assert first.startswith("PCA")
    assert not second.startswith("PCA")
    for spec in comparisons().actions().values():
        defaults = {param.name: param.default for param in spec.params}
        assert defaults["first"] != defaults["second"]


def test_points_are_coloured_by_the_tables_own_classes() -> None:
    plot = compare(table=WINE, **PAIR).side_by_side.plot
    names = [trace.name for trace in plot.data]
    assert names == 2 * ["cultivar 1", "cultivar 2", "cultivar 3"]
    assert sum(len(trace.x) for trace in plot.data) == 2 * 178
    assert [trace.showlegend for trace in plot.data] == 3 * [True] + 3 * [False]
    plain = Table.open(WINE).frame.select_dtypes("number")
    assert len(compare(table=Table(plain), **PAIR).side_by_side.plot.data) == 2
    names = plain.assign(name=[f"wine {number}" for number in range(len(plain))])
    assert classes(Table(names)) == ("", None), "names of rows are no classes"


def test_the_python_of_a_comparison_runs(capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"table": WINE, **PAIR, "third": None, "fourth": None, "axes": 2}
    code = compare_code(task.load("dimension-reduction"), REDUCTION, settings, "http://x/")["Python"]
    exec(code, {})
    scores = capsys.readouterr().out
    assert all(name in scores for name in PAIR.values())


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({}, "Table is missing; send "),
        ({"table": WINE, "second": "PCA (scikit-learn)", "first": "PCA (scikit-learn)"}, "choose two to"),
        ({"table": WINE, "first": "Nobody"}, "First must be one of PCA"),
        ({"table": WINE, "third": "Nobody"}, "Third must be one of PCA"),
        ({"table": WINE, "axes": 11}, "Axes must be a whole number from 1 to 10; got 11."),
        ({"table": WINE, "axes": 2.5}, "Axes must be a whole number from 1 to 10; got 2.5."),
        ({"table": WINE, "axes": 4, "third": "t-SNE (scikit-learn)"}, "t-SNE draws one to three axes."),
        ({"table": {"a": [1, 2, 3]}}, "the table has 3 complete rows and 1 columns of numbers; send at least"),
        ({"table": {"a": ["x"] * 30}}, "the table has "),
        ({"table": WINE, "nobody": 1}, "there is no input 'nobody'; the inputs are table, first, "),
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_gets_one_sentence(inputs: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refusal:
        compare(**{**PAIR, **inputs})
    assert str(refusal.value).startswith(says)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_best_of_a_column_is_marked_and_ties_are_all_best() -> None:
    columns = (
        Score("up", "Up", "", "higher"),
        Score("down", "Down", "", "lower"),
        Score("same", "Same", "", "lower"),
    )
    rows = (
        ("a", "page", {"up": 1.00001, "down": 2.0, "same": 3.0}),
        ("b", "", {"up": 1.00002, "down": 1.0, "same": 3.0}),
        ("c", "", {"up": 0.5, "down": math.nan, "same": 3.0}),
    )
    table = Scores(columns, rows).table()
    best = {key: [row["scores"][key]["best"] for row in table["rows"]] for key in ("up", "down", "same")}
    assert best == {"up": [True, True, False], "down": [False, True, False], "same": [False] * 3}
    assert table["rows"][2]["scores"]["down"]["value"] is None
    json.dumps(table, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 µs"),
        (3.2e-6, "3.2 µs"),
        (0.00019764, "198 µs"),
        (0.0482, "48.2 ms"),
        (1.5, "1.5 s"),
        (1234.5, "1,234 s"),
    ],
)
def test_times_have_their_unit(value: float, text: str) -> None:
    assert format_seconds(value) == text


def test_every_page_links_the_others(app: App) -> None:
    for path, here in (
        ("", "Gallery"),
        ("compare", "Compare"),
        ("duels", "Duels"),
        ("leaderboards", "Leaderboards"),
        ("linear-mda", None),
    ):
        bar = app.config(path)["components"][0]["props"]["value"]
        assert re.findall(r'<a href="\./(\w*)"[^>]*>(Gallery|Compare|Duels|Leaderboards)</a>', bar) == [
            ("", "Gallery"), ("compare", "Compare"), ("duels", "Duels"), ("leaderboards", "Leaderboards"),
        ]  # fmt: skip
        assert re.findall(r"aria-current=page>(\w+)<", bar) == ([here] if here else [])


def test_a_comparison_answers_over_http_and_mcp_alike(app: App, tmp_path: Path) -> None:
    from gradio_client import handle_file
    from test_outlets import call_tool, data_address

    wanted = compare(table=WINE, **PAIR, axes=3).scores.table()
    client = app.client(tmp_path)
    figure, scores, _ = client.predict(
        table=handle_file(WINE), **PAIR, axes=3, api_name="/compare_dimension_reduction"
    )
    assert figure["type"] == "plotly"
    contents = call_tool(app, "compare_dimension_reduction", {"table": data_address(WINE), **PAIR, "axes": 3})
    for got in (scores, json.loads(contents[1].text)):
        assert got["columns"] == wanted["columns"]
        for row, other in zip(got["rows"], wanted["rows"], strict=True):
            assert row["name"] == other["name"]
            for key in ("trustworthiness", "explained", "correlation"):
                assert row["scores"][key] == other["scores"][key]


def test_a_refused_comparison_says_the_same_over_http_and_mcp(app: App, tmp_path: Path) -> None:
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError
    from test_outlets import Refused, call_tool, data_address

    sent = {"first": "Random projection", "second": "Random projection"}
    with pytest.raises(AppError, match=r"^choose two to four different contestants\.$"):
        app.client(tmp_path).predict(
            table=handle_file(WINE), **sent, axes=2, api_name="/compare_dimension_reduction"
        )
    with pytest.raises(Refused, match="choose two to four different contestants"):
        call_tool(app, "compare_dimension_reduction", {"table": data_address(WINE), **sent})


def test_tools_describe_contestants(app: App) -> None:
    said = app.get("gradio_api/info").json()["named_endpoints"]["/compare_dimension_reduction"]
    named = {one["parameter_name"]: one for one in said["parameters"]}
    assert list(named) == ["table", *PLACES, "axes"]
    names = list(task.contestants(task.load("dimension-reduction")))
    assert named["first"]["type"]["enum"] == names
    assert named["axes"]["parameter_default"] == 2


def test_pictures_of_examples_are_served(app: App) -> None:
    answer = app.get("zoo/examples/compare/image_coding/0")
    assert answer.headers["content-type"].startswith("image/")
    assert app.get("zoo/examples/compare/image_coding/99").status_code == 404
    assert app.get("zoo/examples/compare/nothing/0").status_code == 404


def test_backticks_become_code_and_nothing_else_does() -> None:
    assert templates.coded("`a` <b> `c") == "<code>a</code> &lt;b&gt; `c"
