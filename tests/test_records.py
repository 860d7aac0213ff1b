"""What a measurement records of its origin, and that a broken file counts as none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from zoo import paths
from zoo.errors import ZooError
from zoo.evidence import origin, records


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one committed file of code."""
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "code.py").write_text("one = 1\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_the_commit_is_marked_where_code_differs_from_it(checkout: Path) -> None:
    clean = origin.commit()
    assert len(clean) == 40
    (checkout / "new.txt").write_text("no code")
    assert origin.commit() == clean
    (checkout / "zoo" / "new.py").write_text("two = 2\n")
    assert origin.commit() == clean + "+"
    (checkout / "zoo" / "new.py").unlink()
    (checkout / "zoo" / "code.py").write_text("one = 2\n")
    assert origin.commit() == clean + "+"


def test_a_third_party_has_the_commit_of_its_own_repository(checkout: Path, tmp_path: Path) -> None:
    project = tmp_path / "theirs"
    plugin = project / "zoo_method_theirs"
    plugin.mkdir(parents=True)
    (plugin / "card.md").write_text("")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    theirs = origin.commit(plugin)
    assert len(theirs) == 40
    assert theirs != origin.commit()
    (plugin / "__init__.py").write_text("")
    assert origin.commit(plugin) == theirs + "+"


def test_without_git_or_checkout_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))  # as on a machine that only trains
    assert origin.commit() == ""
    monkeypatch.undo()
    monkeypatch.setattr(paths, "checkout", lambda: None)
    assert origin.commit() == ""


def test_what_is_written_is_read_and_what_is_broken_is_not(tmp_path: Path) -> None:
    nothing = records.CostRecord(slug="ℓ", costs=())
    path = records.write(tmp_path / "cost" / "a.json", nothing)
    assert records.read(path, records.CostRecord) == nothing
    assert records.read(tmp_path / "none.json", records.CostRecord) is None
    for broken in ("{", "[]", '{"slug": "a"}', '{"slug": "a", "costs": [], "more": 1}'):
        path.write_text(broken)
        with pytest.raises(ZooError, match=r"cost/a.json is not a record"):
            records.read(path, records.CostRecord)


def test_numbers_that_are_not_finite_survive(tmp_path: Path) -> None:
    size = records.SizeRecord(size=1, seconds=float("nan"), megabytes=float("inf"))
    again = records.read(records.write(tmp_path / "a.json", size), records.SizeRecord)
    assert again is not None
    assert again.megabytes == float("inf")
    assert again.seconds != again.seconds
