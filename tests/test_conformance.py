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
from pydantic import Field

from zoo.method import InputError, Method, Paper, Progress, action
from zoo.registry import Entry
from zoo.types import File, Image, Metrics

ENTRIES = battery.entries()
CASES = battery.cases(ENTRIES)
EXAMPLES = battery.examples(ENTRIES)
BAD = [bad for case in CASES for bad in battery.bad_inputs(case)]
ODD = [odd for case in CASES for odd in battery.odd_inputs(case)]
TEXTS = [(case, param.name) for case in CASES for param in case.spec.params if param.kind in ("str", "text")]

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_example = pytest.mark.parametrize("case", EXAMPLES, ids=str)


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


@every_example
def test_deterministic(case: Case):
    battery.check_deterministic(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.spec.streams], ids=str)
def test_stream_can_be_stopped(case: Case):
    battery.check_stops(case)


@every_case
def test_weights_round_trip(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    battery.check_weights_round_trip(case, tmp_path, monkeypatch)


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_input_gets_its_sentence(bad: BadInput, tmp_path: Path):
    battery.check_refused(bad, tmp_path)


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_input_gets_an_answer_or_a_sentence(odd: BadInput, tmp_path: Path):
    battery.check_answered(odd, tmp_path)


@every_case
def test_next_request_is_unharmed(case: Case, tmp_path: Path):
    battery.check_unharmed(case, tmp_path)


@every_case
def test_too_many_inputs(case: Case):
    battery.check_positional(case)


@every_case
def test_unicode_file_name(case: Case, tmp_path: Path):
    battery.check_unicode_name(case, tmp_path)


@pytest.mark.parametrize(("case", "param"), TEXTS, ids=lambda part: str(part))
def test_path_in_a_text_field_is_not_opened(case: Case, param: str, tmp_path: Path):
    battery.check_text_is_text(case, param, tmp_path)


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
