"""The suite about itself: which method a test belongs to, what a change touches, what is counted, who is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import budget
import changed
import pytest
import suite
from own_methods import TARGETS, family, folder
from places import ROOT


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit of three files, the first of which differs from it since."""
    for name in ("first.py", "second.py", "third.py"):
        (tmp_path / name).write_text("x = 1\n")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -qm one"):
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    (tmp_path / "first.py").write_text("x = 2\n")
    return tmp_path


def test_changes_are_seen_before_and_after_they_are_committed(repository: Path) -> None:
    (repository / "new.py").write_text("")
    assert changed.files_since("HEAD", repository) == {"first.py", "new.py"}
    for words in ("add .", "-c user.name=a -c user.email=a@b commit -qm two"):
        subprocess.run(["git", *words.split()], cwd=repository, check=True)
    assert changed.files_since("HEAD", repository) == set()
    assert changed.files_since("HEAD~1", repository) == {"first.py", "new.py"}
    with pytest.raises(pytest.UsageError, match="no-such-commit"):
        changed.files_since("no-such-commit", repository)


@pytest.mark.parametrize("slug", TARGETS)
def test_a_change_of_what_belongs_to_a_method_touches_it_alone(slug: str) -> None:
    name = slug.replace("-", "_")
    for file in (
        f"{folder(slug)}/model.py", f"{folder(slug)}/examples/a.csv", f"cards/{slug}.md", f"cards/{slug}.webp",
        f"cards/evidence/{slug}.json", f"weights/{slug}/lock.json", f"tests/methods/test_{name}.py",
        f"tests/methods/test_{name}_model.py", f"benchmarks/peers_{name}.py",
    ):  # fmt: skip
        assert changed.methods([file]) == {slug}, file


@pytest.mark.parametrize(
    "file", ["zoo/method.py", "zoo/testing/battery.py", "requirements.txt", "pyproject.toml"]
)
def test_a_change_of_the_core_touches_one_method_of_each_family(file: str) -> None:
    assert sorted(map(family, changed.methods([file]))) == sorted(set(map(family, TARGETS)))
    slug = next(slug for slug in TARGETS if slug not in changed.canaries())
    assert changed.methods([file, f"{folder(slug)}/model.py"]) == changed.canaries() | {slug}


@pytest.mark.parametrize(
    "file", ["README.md", "docs/ARCHITECTURE.md", "cards/leaderboards/image-coding.json"]
)
def test_a_change_of_a_text_touches_no_method(file: str) -> None:
    assert changed.methods([file]) == set()


def test_every_module_of_method_tests_has_its_method() -> None:
    for path in (ROOT / "tests" / "methods").glob("test_*.py"):
        assert suite.module_slug(path), path.name


INNER = """
import subprocess, sys
import pytest

@pytest.fixture(scope="module")
def shared():
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.6: pass"])

@pytest.mark.parametrize("slug", ["finola", "imaml", "nobody"])
def test_it(slug, shared):
    if slug == "imaml":
        subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.5: pass"])
"""


@pytest.fixture(scope="module")
def inner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of three tests of which one works for half a second, in a process of its own."""
    base = tmp_path_factory.mktemp("inner")
    (base / "test_conformance.py").write_text(INNER)
    (base / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    return base


def run_inner(inner: Path, *words: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(inner), *words, str(inner)],
        capture_output=True, text=True, cwd=inner, env={**os.environ, "PYTHONPATH": path}, timeout=300,
    )  # fmt: skip


def test_work_is_counted_for_the_method_whose_test_does_it(inner: Path) -> None:
    done = run_inner(inner, "--cpu", "cpu.json", "-n", "1", "--dist", "loadgroup")
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    seconds = {(slug, stage): value for slug, stage, value in json.loads((inner / "cpu.json").read_text())}
    assert 0.45 < seconds["imaml", "conformance"] < 0.9
    assert seconds["finola", "conformance"] < 0.2
    assert seconds["core", "conformance"] < 0.2
    assert seconds["core", "imports, collection, shared fixtures"] > 0.6


def test_methods_that_did_not_change_are_left_out(inner: Path) -> None:
    done = run_inner(inner, "--changed-since", "HEAD", "--collect-only", "-p", "no:xdist")
    kept = changed.methods(changed.files_since("HEAD", ROOT)) & {"finola", "imaml"}
    listed = {name for name in ("finola", "imaml", "nobody") if f"[{name}]" in done.stdout}
    assert listed == kept | {"nobody"}, done.stdout + done.stderr


def test_the_table_says_who_is_over_budget(tmp_path: Path) -> None:
    budget.write(
        tmp_path / "a.json", [("heavy", "browser", 12.0), ("light", "browser", 3.0), ("core", "core", 9.0)]
    )
    budget.write(tmp_path / "b.json", [("heavy", "evidence", 8.5)])
    lines = list(
        budget.table(budget.read([tmp_path / "a.json", tmp_path / "b.json", tmp_path / "none.json"]))
    )
    assert lines[1].split() == ["heavy", "0.0", "0.0", "0.0", "12.0", "0.0", "8.5", "20.5", "over", "20"]
    assert lines[2].split()[-1] == "3.0"
    assert lines[3] == "2 methods: 24 s, 11.8 s each, 1 over budget"
    assert lines[-1] == "in all: 32 CPU s"


def test_evidence_is_checked_and_counted_by_method(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert budget.check_evidence(["no-such-method", "nor-this-one"], tmp_path / "evidence.json", []) == 1
    assert "no-such-method" in capfd.readouterr().err
    rows = budget.read([tmp_path / "evidence.json"])
    assert [(slug, stage) for slug, stage, _ in rows] == [
        ("no-such-method", "evidence"),
        ("nor-this-one", "evidence"),
    ]
    assert all(0.02 < seconds < 30 for *_, seconds in rows)


def test_a_process_that_ends_while_it_is_looked_at_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(path: str) -> list[str]:
        raise ProcessLookupError(path)

    monkeypatch.setattr(budget.os, "listdir", ended)
    assert budget._living(os.getpid()) > 0  # its own, without its children's


def test_processor_time_of_a_child_counts_while_it_lives() -> None:
    work = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    before = budget.cpu_seconds()
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        assert 0.4 < budget.cpu_seconds() - before < 1.5
        child.communicate(b"\n")
    assert 0.4 < budget.cpu_seconds() - before < 1.5


def test_an_installed_distribution_is_none_of_ours(third_parties: dict[str, Path]) -> None:
    """Whatever somebody has installed, the tests of methods look at the checkout's own."""
    code = "import own_methods, changed; print(sorted(own_methods.real()), len(own_methods.tested()))"
    path = os.pathsep.join(map(str, [*third_parties.values(), ROOT / "tests", ROOT]))
    for guests, wanted in (("", sorted(TARGETS)), ("sampler", sorted([*TARGETS, "sampler"]))):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, "ZOO_TEST_GUESTS": guests},
        )  # fmt: skip
        assert done.stdout.strip() == f"{wanted} {len(wanted) + 1}", done.stderr
