"""The contract: one signature read alike by every outlet."""

from __future__ import annotations

import dataclasses
import importlib
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from zoo.action import READ_AS
from zoo.errors import brief
from zoo.method import Evidence, InputError, Method, Paper, Progress, Unit, action, claim
from zoo.testing.battery import check_sentence
from zoo.types import Image, Metrics, Text


@dataclass(frozen=True)
class Echo:
    """What was sent.

    Attributes:
        count: the number,
            explained on two lines.
        metrics: all of it.
    """

    count: int
    metrics: Metrics


class Shelf(Method):
    """Puts things on a shelf,
    one by one.

    More about shelves.

    And more.
    """

    title, family = "Shelf", "retrieval"
    paper = Paper("On shelves", ("A. Carpenter",), 1999, "Wood", "https://example.org")

    @action(title="Put", examples=[{"count": 3, "picture": "picture.png"}, {"label": "picture.png"}])
    def put(
        self,
        count: Annotated[int, Field(ge=1, le=9), Unit("books")] = 2,
        pages: Annotated[int, Field(ge=2, le=8, multiple_of=2)] = 2,
        weight: Annotated[float, Field(gt=0)] = 1.5,
        share: Annotated[float | None, Field(le=1)] = None,
        wood: Literal["oak", "ash"] = "oak",
        width: Literal[8, 16] = 8,
        dusty: bool = False,
        label: Annotated[str, Field(max_length=10)] = "",
        note: Text = "",
        picture: Image | None = None,
        progress: Progress = Progress(),
    ) -> Echo:
        """Put books on the shelf.

        In order of height.

        Args:
            count: how many,
                at once.
            weight: of each.
        """
        progress(1.0, "done")
        return Echo(count, Metrics([("wood", wood, ""), ("width", width, ""), ("share", share or 0, "")]))

    @action(title="Count")
    def count_up(self, top: Annotated[int, Field(ge=0, le=9)]) -> Iterator[Echo]:
        """Count."""
        for number in range(top):
            yield Echo(number, Metrics([("n", number, "")]))

    @claim("Holds more", paper="Table 1", unit="books", baseline="a box")
    def holds_more(self) -> Evidence:
        """Count."""
        return Evidence(ours=((3.0, 4.0),), baseline=((1.0, 2.0),))


class Annexe(Shelf):
    """A second shelf."""

    @action(title="Take")
    def take(self) -> Echo:
        """Take."""
        return Echo(0, Metrics([("taken", 0, "")]))


PUT = Shelf.actions()["put"]
PARAMS = {param.name: param for param in PUT.params}


def test_params_are_read_off_the_signature():
    assert list(PARAMS) == [
        "count",
        "pages",
        "weight",
        "share",
        "wood",
        "width",
        "dusty",
        "label",
        "note",
        "picture",
    ]
    kinds = ["int", "int", "float", "float", "choice", "choice", "bool", "str", "text", "image"]
    assert [param.kind for param in PARAMS.values()] == kinds
    count = PARAMS["count"]
    assert (count.low, count.high, count.step, count.unit, count.default) == (1, 9, None, "books", 2)
    assert PARAMS["pages"].step == 2
    assert count.help == "how many, at once."
    assert PARAMS["wood"].choices == ("oak", "ash")
    assert PARAMS["picture"].value_type is Image
    assert [name for name, param in PARAMS.items() if param.optional] == ["share", "picture"]
    assert not any(param.required for param in PARAMS.values())
    assert Shelf.actions()["count_up"].params[0].required


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("count", "a whole number from 1 to 9 books"),
        ("weight", "a number of at least 0"),
        ("share", "a number of at most 1"),
        ("wood", "one of oak, ash"),
        ("dusty", "true or false"),
        ("label", "text of at most 10 characters"),
        ("note", "text of at most 20000 characters"),
        ("picture", Image.accepts),
    ],
)
def test_accepts(name: str, words: str):
    if name == "weight":
        assert PARAMS[name].accepts in ("a number above 0", "a number greater than 0"), "0 itself is refused"
    else:
        assert PARAMS[name].accepts.replace(",000", "000") == words.replace(",000", "000")


def test_results_and_texts():
    assert [(item.name, item.kind, item.help) for item in PUT.results] == [
        ("count", "int", "the number, explained on two lines."),
        ("metrics", "metrics", "all of it."),
        (READ_AS.name, "str", READ_AS.help),
    ]
    assert PUT.result_type is Echo
    assert PUT.summary == "Put books on the shelf."
    assert PUT.description == "Put books on the shelf.\n\nIn order of height."
    assert Shelf.summary() == "Puts things on a shelf, one by one."
    assert Shelf.description() == "More about shelves.\n\nAnd more."
    assert PARAMS["count"].title == "Count"


def test_actions_and_claims_are_found_in_order_and_inherited():
    assert list(Shelf.actions()) == ["put", "count_up"]
    assert list(Annexe.actions()) == ["put", "count_up", "take"]
    assert Annexe.claims()["holds_more"].statement == "Holds more"
    assert [one.streams for one in Shelf.actions().values()] == [False, True]
    assert [one.reports_progress for one in Shelf.actions().values()] == [True, False]


def test_calling_checks_and_converts():
    echo = Shelf().put(4, wood="ash", width=16)
    assert (echo.count, echo.metrics.rows[0][1]) == (4, "ash")
    assert Shelf().put(count="4").count == 4
    assert Shelf().put().count == 2


def test_a_choice_of_numbers_may_come_as_text():
    """The command line has nothing but text."""
    assert Shelf().put(width="16").metrics.rows[1][1] == 16


def test_bad_input_is_told_when_the_stream_is_asked_for():
    with pytest.raises(InputError, match="from 0 to 9"):
        Shelf().count_up(99)


def test_run_gives_the_last_of_a_stream():
    assert Shelf().run("count_up", top=3).count == 2
    heard = []

    class Ear(Progress):
        def __call__(self, fraction: float, text: str = "") -> None:
            heard.append(fraction)

    assert Shelf().run("put", progress=Ear(), count=6).count == 6
    assert Shelf().run("count_up", progress=Ear(), top=1).count == 0
    assert heard == [1.0]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"count": 10}, "Count must be a whole number from 1 to 9 books; got 10."),
        ({"pages": 3}, "Pages must be a whole number from 2 to 8, a multiple of 2; got 3."),
        ({"count": "many"}, "Count must be a whole number from 1 to 9 books; got 'many'."),
        ({"count": None}, "Count is missing; send a whole number from 1 to 9 books."),
        ({"weight": 0}, "Weight must be a number"),
        ({"weight": float("nan")}, "Weight must be a number"),
        ({"share": float("-inf")}, "Share must be a number"),
        ({"wood": "elm"}, "Wood must be one of oak, ash; got 'elm'."),
        ({"dusty": "very"}, "Dusty must be true or false; got 'very'."),
        ({"label": "x" * 11}, "Label must be text of at most 10 characters; got 'xxxxxxxxxxx'."),
        ({"ladder": 1}, "there is no input 'ladder'; the inputs are count, pages, weight, share, wood, width, dusty,"),
        ({"picture": 7}, "Picture: 7 cannot be used; send a PNG"),
    ],
)  # fmt: skip
def test_sentences(inputs: dict[str, Any], sentence: str):
    with pytest.raises(InputError) as caught:
        Shelf().put(**inputs)
    check_sentence(str(caught.value))
    assert sentence in str(caught.value)


def test_an_input_given_twice_is_told():
    with pytest.raises(InputError) as caught:
        Shelf().put(4, count=6)
    check_sentence(str(caught.value))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(list(PARAMS)),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=300), st.binary(max_size=30),
        st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        st.just(object()), st.just(np.zeros(3)), st.just(Path("/nowhere/secret.png")), st.complex_numbers(),
    ),
)  # fmt: skip
def test_whatever_is_sent_there_is_an_answer_or_a_sentence(name: str, value: Any):
    try:
        echo = Shelf().put(**{name: value})
    except InputError as error:
        check_sentence(str(error).replace(repr(value), ""))
    else:
        assert 1 <= echo.count <= 9


class Grumpy(Image):
    """A picture whose decoder fails in a way nobody foresaw."""

    @classmethod
    def open(cls, path: Any) -> Any:
        raise {"v": ValueError, "o": OSError, "k": KeyError, "m": MemoryError, "t": TypeError}[
            Path(path).name[0]
        ]("inside")


class Fragile(Method):
    """Takes a grumpy picture."""

    @action(title="Look")
    def look(self, picture: Grumpy) -> Echo:
        """Look."""
        return Echo(0, Metrics([("seen", 1, "")]))


@pytest.mark.parametrize("first", "vokmt")
def test_an_unforeseen_failure_of_a_decoder_is_a_sentence_without_the_path(first: str):
    with pytest.raises(InputError) as caught:
        Fragile().look(f"/srv/uploads/{first}.png")
    check_sentence(str(caught.value))
    assert "/srv/uploads" not in str(caught.value)


def test_a_text_that_is_cut_keeps_its_quotes():
    assert brief("x" * 100) == "'" + "x" * 37 + "…'"
    assert brief([1] * 100)[-1] == "…"


def test_a_huge_input_is_told_briefly():
    with pytest.raises(InputError) as caught:
        Shelf().put(count="x" * 10_000_000)
    assert len(str(caught.value)) < 200


class Wordy(Method):
    """Takes words without a limit of its own."""

    @action(title="Say")
    def say(self, words: str) -> Echo:
        """Say."""
        return Echo(len(words), Metrics([("said", 1, "")]))


def test_plain_text_has_a_limit_too():
    assert Wordy().say("x" * 200).count == 200
    with pytest.raises(InputError, match="characters"):
        Wordy().say("x" * 10_000_000)


class Shadow(Method):
    """Names inputs as pydantic names its methods."""

    @action(title="Try")
    def attempt(
        self, copy: int = 1, json: int = 2, model_size: int = 3, schema: int = 4, dict: int = 5
    ) -> Echo:
        """Try."""
        return Echo(copy + json + model_size + schema + dict, Metrics([("n", 1, "")]))


def test_names_of_pydantic_are_names_like_others(recwarn):
    assert Shadow().attempt(copy=10).count == 24
    assert not list(recwarn)


@pytest.mark.parametrize("annotation", [dict, list[int], int | str, Any, tuple, bytes, complex, np.ndarray])
def test_types_that_no_outlet_can_show_are_refused(annotation: Any):
    def act(self, anything) -> Echo:
        """Act."""

    act.__annotations__ = {"anything": annotation, "return": Echo}
    with pytest.raises(TypeError, match=r"zoo\.types|joins several"):
        _ = action(title="Act")(act).action.params


@pytest.mark.parametrize("annotation", [str, dict, None, Iterator[str]])
def test_a_result_must_be_a_dataclass(annotation: Any):
    def act(self) -> Echo:
        """Act."""

    act.__annotations__ = {"return": annotation}
    with pytest.raises(TypeError, match="frozen dataclass"):
        _ = action(title="Act")(act).action.result_type


def test_a_result_must_be_frozen():
    @dataclass
    class Loose:
        count: int

    def act(self) -> Echo:
        """Act."""

    act.__annotations__ = {"return": Loose}
    with pytest.raises(TypeError, match="frozen dataclass"):
        _ = action(title="Act")(act).action.result_type


def test_examples_are_completed_to_paths_where_a_file_is_meant():
    given = Shelf.example(PUT, 0)
    assert given == {"count": 3, "picture": str(Path(__file__).parent / "examples" / "picture.png")}
    assert Shelf.example(PUT, 1) == {"label": "picture.png"}
    assert PUT.examples[0]["picture"] == "picture.png", "the declared example is left as it is"


def test_default_progress_is_silent():
    Progress()(0.5, "half")


@pytest.mark.parametrize(
    ("ours", "baseline", "conditions"),
    [
        ((), (), ()),
        (((1.0,),), (((1.0, 2.0)),), ("",)),
        (((),), ((),), ("",)),
        (((1.0,), (2.0,)), ((1.0,), (2.0,)), ("",)),
        (((1.0,),), ((1.0,), (2.0,)), ("",)),
    ],
)
def test_evidence_is_paired(ours, baseline, conditions):
    with pytest.raises((ValueError, TypeError)):
        Evidence(ours=ours, baseline=baseline, conditions=conditions)


def test_evidence_counts_its_seeds():
    evidence = Shelf().holds_more()
    assert evidence.seeds == 2
    assert dataclasses.is_dataclass(evidence)


class Library(Shelf):
    """A shelf whose books are lent by another module."""

    @action(title="Lend", by="lending")
    def lend(self, count: int = 2, progress: Progress = Progress()) -> Iterator[Echo]:
        """Lend books."""


def test_the_work_of_an_action_may_stand_in_a_module_of_its_name(monkeypatch: pytest.MonkeyPatch):
    """It is given the method and the checked inputs, when it is called; defaults and progress too."""
    shelf, given = Library(), []

    def lend(method: Method, count: int, progress: Progress) -> Iterator[Echo]:
        given.append(method)
        progress(1.0)
        for number in range(count):
            yield Echo(number, Metrics([("n", number, "")]))

    lending = types.ModuleType("lending")
    lending.lend = lend  # type: ignore[attr-defined]
    monkeypatch.setattr(importlib, "import_module", lambda name, package: {".lending": lending}[name])
    assert Library.actions()["lend"].streams
    assert [echo.count for echo in shelf.lend()] == [0, 1]
    assert [echo.count for echo in shelf.lend(count="3")] == [0, 1, 2]
    assert given == [shelf, shelf]
    with pytest.raises(InputError, match="Count must be a whole number"):
        shelf.lend(count="many")
