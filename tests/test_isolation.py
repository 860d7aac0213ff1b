"""Strangers' methods that hang, leak, exit or crash, at import and at work: they are named, and all else goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import install
from places import ROOT, THIRD_PARTY, Command

from zoo import isolation, registry
from zoo.errors import InputError, MethodError
from zoo.progress import Progress


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the stubborn distribution is installed."""
    target = tmp_path_factory.mktemp("stubborn")
    install(THIRD_PARTY / "stubborn", target)
    sys.path.insert(0, str(target))
    yield target
    sys.path.remove(str(target))


@pytest.fixture(scope="module")
def stubborn(folder: Path) -> Iterator[Any]:
    """The method, at work in a process of its own; its neighbours, which hang at import, are not asked."""
    entries = registry.entries()
    for slug in ("hangs", "leaves", "interrupts"):
        entries.pop(slug, None)
    registry.add(registry.Entry("stubborn", "zoo_method_stubborn:Stubborn", "zoo-method-stubborn", "0.1"))
    yield isolation.load("stubborn")
    isolation.stop()
    del entries["stubborn"]


def process(result: Any) -> int:
    """Which process has done it."""
    return int(result.metrics.rows[0][1])


def test_modules_that_end_the_program_or_hang_are_named_and_the_rest_is_listed(
    folder: Path, zoo_command: Command
) -> None:
    only = {"ZOO_ONLY": "stubborn,hangs,leaves,interrupts,cosine-caution", "ZOO_IMPORT_SECONDS": "8"}
    for _ in range(2):  # the second time it is remembered
        done = zoo_command("list", "--json", path=(folder,), **only)
        rows = {row["slug"]: row for row in json.loads(done.stdout)}
        assert not any("error" in rows[slug] for slug in ("cosine-caution", "stubborn"))
        assert (
            "zoo_method_stubborn.hangs of zoo-method-stubborn 0.1 is not done after 8"
            in rows["hangs"]["error"]
        )
        assert (
            "zoo_method_stubborn.leaves of zoo-method-stubborn 0.1 ends the whole" in rows["leaves"]["error"]
        )
        assert "ends the whole program, so it is left out" in rows["interrupts"]["error"]


def test_a_strangers_action_runs_elsewhere_and_its_process_is_kept(stubborn: Any) -> None:
    first, second = (process(stubborn.misbehave()) for _ in range(2))
    assert first == second != os.getpid()


def test_results_and_progress_arrive_as_they_are_made(stubborn: Any) -> None:
    said: list[tuple[float, str]] = []

    class Heard(Progress):
        def __call__(self, fraction: float, text: str = "") -> None:
            said.append((fraction, text))

    began, times = time.monotonic(), []
    steps = []
    for result in stubborn.count(steps=4, progress=Heard()):
        steps.append(int(result.metrics.rows[1][1]))
        times.append(time.monotonic() - began)
    assert steps == [1, 2, 3, 4]
    assert times[-1] - times[0] > 0.4  # not all at the end
    assert (0.25, "step 1") in said


def test_who_stops_listening_stops_the_action_and_the_process_is_kept(stubborn: Any) -> None:
    results = stubborn.count(steps=1000)
    first = process(next(results))
    results.close()
    assert process(stubborn.misbehave()) == first


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ("refuse", InputError, "the mule stands still; pull harder"),
        ("crash", isolation.Crashed, "a hoof in the works"),
        ("exit", MethodError, "Stubborn tried to end the whole program .SystemExit."),
        ("interrupt", MethodError, "Stubborn tried to end the whole program .KeyboardInterrupt."),
        ("lack", ModuleNotFoundError, None),
    ],
)
def test_what_fails_is_told_as_it_would_be_here_and_the_process_is_kept(
    stubborn: Any, how: str, error: type[Exception], says: str | None
) -> None:
    before = process(stubborn.misbehave())
    with pytest.raises(error, match=says) as caught:
        stubborn.misbehave(how=how)
    if error is ModuleNotFoundError:
        assert caught.value.name == "zoo_method_that_is_not_there"
    assert process(stubborn.misbehave()) == before


def test_a_process_that_ended_itself_is_named_and_begun_anew(stubborn: Any) -> None:
    before = process(stubborn.misbehave())
    with pytest.raises(MethodError, match="Stubborn ended its own process; it begins anew"):
        stubborn.misbehave(how="leave")
    assert process(stubborn.misbehave()) != before


def test_what_hangs_is_stopped_while_others_work(stubborn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn.misbehave()
    monkeypatch.setattr(isolation, "SECONDS", 1.5)
    with pytest.raises(MethodError, match=r"Stubborn was stopped after 1.5 seconds.*ask for less"):
        stubborn.misbehave(how="hang")
    monkeypatch.undo()
    assert process(stubborn.misbehave())


def test_memory_has_a_bound_and_what_is_kept_goes_with_the_process(
    folder: Path, stubborn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation.stop()
    monkeypatch.setattr(isolation, "MEGABYTES", 900)
    with pytest.raises(MethodError, match="Stubborn asked for more memory than the 900 MB"):
        stubborn.misbehave(how="leak")
    after = process(stubborn.misbehave())  # it had too much, so it was replaced
    stubborn.misbehave(how="keep")
    stubborn.misbehave(how="keep")
    assert process(stubborn.misbehave()) != after
    isolation.stop()


def test_what_is_printed_is_none_of_the_results(stubborn: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert process(stubborn.misbehave(how="print"))
    assert "hee-haw" not in capfd.readouterr().out


def test_calls_of_two_visitors_wait_for_each_other(stubborn: Any) -> None:
    steps: list[int] = []

    def count() -> None:
        steps.extend(int(result.metrics.rows[1][1]) for result in stubborn.count(steps=3))

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(steps) == [1, 1, 2, 2, 3, 3]


def test_a_folder_for_temporary_files_may_have_a_long_name(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / ("long" * 20)
    place.mkdir()
    script = (
        "from zoo import isolation, registry\n"
        "if __name__ == '__main__':\n"
        "    print(isolation.load('stubborn').misbehave().metrics.rows[0][1])\n"
        "    isolation.stop()\n"
    )
    (tmp_path / "script.py").write_text(script)
    variables = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], env={**variables, "ZOO_IMPORT_SECONDS": "0"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip().isdecimal(), done.stderr


def test_workers_beyond_the_most_that_are_kept_go(stubborn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "AT_ONCE", 1)
    before = process(stubborn.misbehave())
    isolation._worker_of("another", "Another")
    assert process(stubborn.misbehave()) != before


@pytest.mark.parametrize(
    ("whom", "strange", "slug", "isolated"),
    [
        ("strangers", True, "a", True),
        ("strangers", False, "a", False),
        ("none", True, "a", False),
        ("all", False, "a", True),
        ("fin*, other", False, "finola", True),
        ("fin*, other", True, "a", False),
    ],
)
def test_whose_actions_run_elsewhere(
    whom: str, strange: bool, slug: str, isolated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "WHOM", whom)
    entry = registry.Entry(slug, "m:C", "somebody" if strange else registry.OWN, "1")
    assert isolation.is_isolated(entry) == isolated
