"""ZeroGPU: an action that wants a GPU is wrapped where the package ``spaces`` is, and nowhere else."""

from __future__ import annotations

import copy
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from conformance import SAMPLER

from zoo.app.endpoint import endpoint


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """A stand-in for ``spaces`` that notes what it lends to whom."""
    notes: list[tuple[int, str]] = []

    def lend(duration: int):
        def wrap(function):
            notes.append((duration, function.__name__))
            return function

        return wrap

    spaces = ModuleType("spaces")
    spaces.GPU = lend  # type: ignore[attr-defined]
    spaces.__spec__ = ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    return notes


@pytest.mark.parametrize("name", SAMPLER.method.actions())
def test_only_who_wants_a_gpu_borrows_one(lent, tmp_path: Path, name: str) -> None:
    action = copy.copy(SAMPLER.method.actions()[name])
    plain = endpoint("sampler", action, tmp_path)
    assert lent == []
    action.gpu_seconds = 30
    wrapped = endpoint("sampler", action, tmp_path)
    assert lent == [(30, f"sampler_{name}")]
    assert (wrapped.__name__, wrapped.__doc__) == (plain.__name__, plain.__doc__)


def test_without_the_package_nothing_is_wrapped(tmp_path: Path) -> None:
    action = copy.copy(next(iter(SAMPLER.method.actions().values())))
    action.gpu_seconds = 30
    assert "spaces" not in sys.modules
    assert callable(endpoint("sampler", action, tmp_path))
