"""Every method passes the battery, and the battery can fail."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated
from unittest import mock

import numpy as np
import own_methods
import pytest
import torch
from pydantic import Field

from zoo import testing
from zoo.blocks.seeded import seeded
from zoo.errors import PluginError
from zoo.method import InputError, Method, Paper, Progress, action
from zoo.registry import Entry
from zoo.testing import battery
from zoo.testing.battery import BadInput, Case
from zoo.types import Figure, File, Image, Metrics

ENTRIES = own_methods.tested()
OWN = battery.cases([own_methods.SAMPLER])
SUMMED = [case for case in battery.examples(ENTRIES) if case.entry.slug in own_methods.real()]

every_own_case = pytest.mark.parametrize("case", OWN, ids=str)
"""For what the contract does for every method alike."""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
def test_is_offered_with_a_card(entry: Entry):
    assert entry.error == ""
    battery.check_card(entry)


@pytest.mark.parametrize("check", [check for entry in ENTRIES for check in testing.checks(entry)], ids=str)
def test_keeps_the_contract(check: testing.Check):
    check()


@pytest.mark.parametrize("case", SUMMED, ids=str)
def test_a_result_says_in_a_line_what_came_out_and_names_its_baseline(case: Case):
    battery.check_summary(case)


@pytest.mark.parametrize("case", SUMMED, ids=str)
def test_an_example_has_a_title_that_a_person_would_give(case: Case):
    title = case.spec.example_titles[case.example]
    assert 3 < len(title) <= 45, title
    assert title[0].isupper() or not title[0].isalpha()
    settings = {param.title.lower() for param in case.spec.params if param.value_type is None}
    assert not any(title.lower().startswith(f"{name} ") for name in settings), "not a dump of settings"


@pytest.mark.parametrize("case", [case for case in SUMMED if not case.example], ids=str)
def test_the_page_opens_with_what_the_example_gives_today(case: Case):
    battery.check_opening(case)


@pytest.mark.parametrize("case", [case for case in SUMMED if not case.example], ids=str)
def test_a_figure_leaves_its_title_to_the_caption_unless_it_changes_with_a_slider(case: Case):
    for value in vars(battery.kept(case).result).values():
        if isinstance(value, Figure) and not value.plot.layout.sliders:
            assert not value.plot.layout.title.text


@every_own_case
def test_too_many_inputs(case: Case):
    battery.check_positional(case)


@every_own_case
def test_unicode_file_name(case: Case, tmp_path: Path):
    battery.check_unicode_name(case, tmp_path)


# ---------------------------------------------------------------------------------------------------------
# The battery can fail: a method with one fault of each kind


@dataclass(frozen=True)
class Faulty:
    """A result.

    Attributes:
        picture: a picture.
        metrics: some numbers.
    """

    picture: Image
    metrics: Metrics
    download: File


class Faults(Method):
    """Does everything wrong"""

    title = "Faults"
    family = "vision"
    paper = Paper("Nothing", ("A. Nobody",), 2024, "nowhere", "example.org")
    level = 0

    @action(title="Fail", examples=[{}])
    def fail(
        self,
        fault: str = "",
        size: Annotated[int, Field(ge=1)] = 4,
        progress: Progress = Progress(),
    ) -> Iterator[Faulty]:
        """Fail in the way asked for.

        Args:
            fault: which.
            ghost: not an input.
        """
        pixels = np.zeros((size, size, 3), "u1")
        number = 1.0
        if fault == "global randomness":
            pixels += np.random.randint(0, 255, pixels.shape, dtype="u1")
        if fault == "dtype":
            pixels = pixels.astype("f4")
        if fault == "nan":
            number = float("nan")
        if fault == "pickle":
            number = float(pickle.loads(pickle.dumps(Fraction(1, 2))))
        if fault == "torch's randomness":
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(3)
                number = float(sum(torch.rand(8).sum() for _ in range(3000)))
        if fault == "a start for nothing":
            torch.nn.Linear(2, 2)
        if fault == "own randomness":
            with seeded(3):
                number = float(sum(torch.rand(8).sum() for _ in range(3000)))
        if fault == "litter":
            Path("litter.txt").write_text("left behind")
        if fault == "crash":
            raise KeyError("crash")
        if fault == "two lines":
            raise InputError("one line.\nAnother line.")
        if fault == "leak":
            raise InputError(f"{__file__} is not a picture.")
        if fault.endswith("secret.txt") and Path(fault).is_file():
            Path(fault).read_text()
        if fault != "silence":
            yield Faulty(Image(pixels), Metrics([("number", number, "")]), File("fine.txt", b""))


FAULTS = Case(Entry("faults", "test_conformance:Faults", "tests", "0"), "fail")


# Offered although it has no card.
Faults.slug = "faults"
vars(FAULTS.entry)["_outcome"] = (Faults, "")


def faulty(fault: str) -> None:
    battery.run(FAULTS, {"fault": fault})


def test_a_column_that_has_to_be_named_is_refused_as_a_column(tmp_path: Path):
    case = Case(own_methods.KIND, "pick_columns")
    wrong = [bad for bad in battery.bad_inputs(case) if bad.param == "label"]
    assert {bad.what for bad in wrong} >= {"missing", "number", "long"}
    battery._check_each(wrong, battery.check_refused, tmp_path)


def test_a_method_of_the_tree_says_what_came_out_and_its_page_opens_with_it(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(AssertionError, match="fail needs one field such as verdict"):
        battery.check_summary(FAULTS)
    with pytest.raises(AssertionError, match=r"not stored; run zoo answers faults\.fail --write"):
        battery.check_opening(FAULTS)
    monkeypatch.setattr(battery.answers, "read", lambda method, spec: {"picture": 1})
    monkeypatch.setattr(battery.answers, "differences", lambda spec, stored, result: ["picture"])
    monkeypatch.setattr(battery.answers, "is_of_this_code", lambda method, spec: False)
    with pytest.raises(AssertionError, match="picture: the stored answer is of other code"):
        battery.check_opening(FAULTS)
    monkeypatch.setattr(battery.answers, "is_of_this_code", lambda method, spec: True)
    battery.check_opening(FAULTS)  # another machine


def test_battery_passes_what_is_fine():
    faulty("")


@pytest.mark.parametrize(
    ("fault", "finding"),
    [("dtype", AssertionError), ("nan", PluginError), ("litter", AssertionError), ("silence", PluginError)],
)
def test_battery_finds_a_bad_result(fault: str, finding: type[Exception]):
    with pytest.raises(finding):
        faulty(fault)


def test_every_check_of_a_faulty_method_says_what_is_wrong():
    """As ``zoo check`` prints it, also where pytest does not rewrite assertions."""
    faults = {}
    for check in testing.checks(FAULTS.entry):
        try:
            check()
        except Exception as error:
            faults[check.name] = battery.reason(error)
    assert faults.keys() == {
        "is light", "explains itself", "says its idea", "explains its numbers", "fail opens no fault",
    }  # fmt: skip
    assert "import" in faults["is light"]
    assert "sentence" in faults["explains itself"]
    assert "addresses" in faults["fail opens no fault"] or "paths" in faults["fail opens no fault"]


def asked(fault: str) -> Case:
    """A case that is no example's."""
    case = mock.create_autospec(Case, instance=True)
    case.entry, case.action, case.spec, case.inputs = FAULTS.entry, "fail", FAULTS.spec, {"fault": fault}
    return case


def test_battery_finds_what_unpickles():
    with pytest.raises(AssertionError, match=r"unpickles fractions\.Fraction"):
        battery.check_unpickles_nothing(asked("pickle"))


def test_battery_finds_random_numbers_that_others_disturb():
    with pytest.raises(AssertionError):
        battery.check_answers_again(asked("torch's randomness"))
    with pytest.raises(AssertionError, match="draws from torch's shared random numbers"):
        battery.check_answers_again(asked("a start for nothing"))
    battery.check_answers_again(asked("own randomness"))


def test_battery_finds_global_randomness():
    battery._scramble_global_randomness()
    first = battery.run(FAULTS, {"fault": "global randomness"}).fingerprints()
    assert battery.run(FAULTS, {"fault": "global randomness"}).fingerprints() != first


@pytest.mark.parametrize(
    ("fault", "finding"), [("crash", KeyError), ("two lines", AssertionError), ("leak", AssertionError)]
)
def test_battery_finds_a_bad_refusal(fault: str, finding: type[Exception], tmp_path: Path):
    with pytest.raises(finding):
        battery.check_answered(BadInput(FAULTS, "fault", fault, lambda folder: fault), tmp_path)


def test_battery_finds_an_input_that_is_not_refused(tmp_path: Path):
    with pytest.raises(AssertionError, match="not refused"):
        battery.check_refused(BadInput(FAULTS, "size", "fine", lambda folder: 3), tmp_path)


def test_battery_finds_an_opened_path(tmp_path: Path):
    with pytest.raises(AssertionError):
        battery.check_text_is_text(FAULTS, "fault", tmp_path)


def test_battery_finds_incomplete_texts():
    with pytest.raises(AssertionError):
        battery.check_texts(FAULTS.entry)


def test_battery_finds_a_heavy_import():
    with pytest.raises(AssertionError, match="pandas"):
        battery.check_light(Entry("heavy", "pandas:DataFrame", "tests", "0"))


def test_battery_finds_a_slow_import():
    with pytest.raises(AssertionError, match="CPU"):
        battery.check_light(Entry("heavy", "asyncio:Task", "tests", "0"), seconds=0.0, attempts=1)


def test_battery_finds_a_missing_card(tmp_path: Path):
    with pytest.raises(battery.card.CardError):
        battery.check_card(FAULTS.entry)
