"""Measurements over a local Ray cluster: the numbers of one machine, also when a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.evidence import grid
from zoo.evidence.spread import over_ray


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with over_ray(2):
        yield


@pytest.fixture(autouse=True)
def _on_the_cluster(cluster: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """A module's fixture sets the engine in another context than its tests have."""
    from zoo.evidence import spread

    token = grid.engine.set(spread._by_ray)
    yield
    grid.engine.reset(token)


def measure(folder: Path, condition: float, seed: int) -> dict[str, float]:
    """Numbers of two contenders; the first time, the fifth seed kills its worker."""
    with (folder / f"{condition}-{seed}").open("a") as calls:
        calls.write(f"{os.getpid()}\n")
    if seed == 4 and len((folder / f"{condition}-{seed}").read_text().splitlines()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    drawn = np.random.default_rng(seed).normal(condition, size=2)
    return {"ours": float(drawn[0]), "rival": float(drawn[1])}


def test_each_cell_is_measured_though_a_worker_dies_and_numbers_are_those_of_one_machine(
    tmp_path: Path,
) -> None:
    conditions, seeds = {"near": 1.0, "far": 9.0}, range(8)
    spread = grid.paired(conditions, seeds, partial(measure, tmp_path))
    calls = {path.name: path.read_text().splitlines() for path in tmp_path.iterdir()}
    assert {name: len(rows) for name, rows in calls.items()} == {
        f"{condition}-{seed}": 2 if seed == 4 else 1 for condition in (1.0, 9.0) for seed in seeds
    }
    assert str(os.getpid()) not in {row for rows in calls.values() for row in rows}
    token = grid.engine.set(grid.in_turn)
    alone = grid.paired(conditions, seeds, partial(measure, tmp_path))
    grid.engine.reset(token)
    for name in ("ours", "rival"):
        np.testing.assert_array_equal(spread.values[name], alone.values[name])


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for _ in range(2):
        with grid.kept_in(tmp_path / "cells"):
            grid.paired([2.0], range(3), partial(measure, calls))
    assert [len(path.read_text().splitlines()) for path in calls.iterdir()] == [1, 1, 1]


def test_what_goes_wrong_in_a_task_is_what_went_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such condition"):
        grid.paired([3.0], range(2), refuses)


def refuses(condition: float, seed: int) -> dict[str, float]:
    raise InputError("no such condition.")
