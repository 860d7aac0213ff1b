"""Every method passes the battery, and the battery can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import conformance as battery
import numpy as np
import pytest
from conformance import BadInput, Case
from own_methods import SAMPLER
from pydantic import Field

from zoo.method import InputError, Method, Paper, Progress, action
from zoo.registry import Entry
from zoo.types import File, Image, Metrics

ENTRIES = battery.entries()
CASES = battery.cases(ENTRIES)
EXAMPLES = battery.examples(ENTRIES)
OWN = battery.cases([SAMPLER])
ODD = [case for case in CASES if battery.odd_inputs(case)]
TEXTS = [case for case in CASES if any(param.kind in ("str", "text") for param in case.spec.params)]

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_example = pytest.mark.parametrize("case", EXAMPLES, ids=str)
every_own_case = pytest.mark.parametrize("case", OWN, ids=str)
"""For what the contract does for every method alike."""


@every_entry
def test_is_offered(entry: Entry):
    assert entry.error == ""


@every_entry
def test_entry_module_is_light(entry: Entry):
    battery.check_light(entry)


@every_entry
def test_texts_are_complete(entry: Entry):
    battery.check_texts(entry)


@every_entry
def test_card_is_valid(entry: Entry):
    battery.check_card(entry)


@every_example
def test_example_runs_and_its_results_save_and_open(case: Case, tmp_path: Path):
    battery.check_example(case, tmp_path)


@every_example
def test_progress_is_monotone(case: Case):
    battery.check_progress(case)


@every_case
def test_bad_inputs_get_their_sentences_and_the_next_request_its_answer(
    case: Case, tmp_path: Path, subtests: pytest.Subtests
):
    for number, bad in enumerate(battery.bad_inputs(case)):
        with subtests.test(str(bad)):
            folder = tmp_path / str(number)
            folder.mkdir()
            battery.check_refused(bad, folder)
    battery.check_answers_again(case)


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_inputs_get_an_answer_or_a_sentence(case: Case, tmp_path: Path, subtests: pytest.Subtests):
    for number, odd in enumerate(battery.odd_inputs(case)):
        with subtests.test(str(odd)):
            folder = tmp_path / str(number)
            folder.mkdir()
            battery.check_answered(odd, folder)


@pytest.mark.parametrize("case", [case for case in CASES if case.spec.streams], ids=str)
def test_stream_can_be_stopped(case: Case):
    battery.check_stops(case)


@every_entry
def test_weights_round_trip(entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    battery.check_weights_round_trip(entry, tmp_path, monkeypatch)


@pytest.mark.parametrize("case", TEXTS, ids=str)
def test_path_in_a_text_field_is_not_opened(case: Case, tmp_path: Path, subtests: pytest.Subtests):
    for param in case.spec.params:
        if param.kind in ("str", "text"):
            with subtests.test(param.name):
                battery.check_text_is_text(case, param.name, tmp_path)


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


def test_battery_passes_what_is_fine():
    faulty("")


@pytest.mark.parametrize("fault", ["dtype", "nan", "litter", "silence"])
def test_battery_finds_a_bad_result(fault: str):
    with pytest.raises(AssertionError):
        faulty(fault)


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
    with pytest.raises(pytest.fail.Exception):
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
