"""What a measurement records of its origin, and that a broken file counts as none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from zoo import paths
from zoo.evidence import records


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
    clean = records.commit()
    assert len(clean) == 40
    (checkout / "new.txt").write_text("no code")
    assert records.commit() == clean
    (checkout / "zoo" / "code.py").write_text("one = 2\n")
    assert records.commit() == clean + "+"


def test_without_git_or_checkout_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))  # as on a machine that only trains
    assert records.commit() == ""
    monkeypatch.undo()
    monkeypatch.setattr(paths, "checkout", lambda: None)
    assert records.commit() == ""


def test_what_is_written_is_read_and_what_is_broken_is_not(tmp_path: Path) -> None:
    path = records.write(tmp_path / "cost" / "a.json", {"name": "ℓ", "values": [1.5]})
    assert records.read(path) == {"name": "ℓ", "values": [1.5]}
    path.write_text("{")
    assert records.read(path) is None
    assert records.read(tmp_path / "none.json") is None
