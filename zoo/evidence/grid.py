"""Measuring several contenders under several conditions with several seeds, once.

    runs = paired({"n = 100": 100, "n = 400": 400}, range(5), measure, progress)
    return runs.evidence("flow", against=("k-NN", "mean"), better="lower")

``measure(condition, seed)`` gives one number a contender on the same work, so numbers are paired by construction.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo import paths
from zoo.claim import Evidence
from zoo.progress import Progress

_store: ContextVar[Path | None] = ContextVar("store of measured cells", default=None)

Engine = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterator[Any]]
"""Calls a function with each row of arguments; results in their order."""


def in_turn(function: Callable[..., Any], rows: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """One row after the other, here."""
    return (function(*row) for row in rows)


engine: ContextVar[Engine] = ContextVar("what measures cells", default=in_turn)


@contextlib.contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Keep every measured cell in a folder, so that an interrupted measurement goes on where it was."""
    token = _store.set(folder)
    try:
        yield
    finally:
        _store.reset(token)


@dataclass(frozen=True)
class Runs:
    """What was measured.

    Attributes:
        conditions: names of the conditions.
        values: numbers of each contender, shape (conditions, seeds).
    """

    conditions: tuple[str, ...]
    values: Mapping[str, np.ndarray]

    def evidence(
        self,
        ours: str,
        against: str | Sequence[str] | float,
        *,
        better: Literal["higher", "lower"] = "higher",
        margin: float = 0.0,
        curves: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> Evidence:
        """Ours beside one rival, the best of several (chosen for each condition by its mean), or a limit."""
        own = self.values[ours]
        if isinstance(against, str):
            rival = self.values[against]
        elif isinstance(against, int | float):
            rival = np.full_like(own, against)
        else:
            rivals = np.stack([self.values[name] for name in against])  # (rivals, conditions, seeds)
            means = rivals.mean(axis=2)
            best = means.argmax(axis=0) if better == "higher" else means.argmin(axis=0)
            rival = rivals[best, np.arange(len(self.conditions))]
        return Evidence(
            tuple(map(tuple, own.tolist())),
            tuple(map(tuple, rival.tolist())),
            self.conditions,
            better,
            margin,
            curves or {},
            reason,
        )

    def curve(
        self,
        x_title: str,
        y_title: str,
        x: Sequence[Any] | None = None,
        names: Mapping[str, str] | Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Means over seeds against the conditions, in the form of ``Evidence.curves``.

        Args:
            x_title: of the horizontal axis.
            y_title: of the vertical axis.
            x: places of the conditions; their names if None.
            names: the contenders to draw; contenders by title if it is a mapping; all if None.
        """
        shown = names if isinstance(names, Mapping) else {name: name for name in names or self.values}
        return {
            "x": list(self.conditions if x is None else x),
            "series": {title: self.values[name].mean(axis=1).tolist() for title, name in shown.items()},
            "x_title": x_title,
            "y_title": y_title,
        }


def paired(
    conditions: Mapping[str, Any] | Sequence[Any],
    seeds: Sequence[int],
    measure: Callable[[Any, int], Mapping[str, float]],
    progress: Progress | None = None,
) -> Runs:
    """Measure every condition with every seed.

    Args:
        conditions: what ``measure`` is given, by name; their own text is the name in a sequence.
        seeds: of each condition.
        measure: the numbers of all contenders for one condition and seed.
        progress: called with the share of cells that are done.
    """
    named = conditions if isinstance(conditions, Mapping) else {str(item): item for item in conditions}
    pairs = [(condition, seed) for condition in named.values() for seed in seeds]
    places = [f"{name}, seed {seed}" for name in named for seed in seeds]
    measured: list[Mapping[str, float]] = []
    if progress:
        progress(0.0, places[0])
    for values in engine.get()(functools.partial(_cell, measure, _store.get()), pairs):
        measured.append(values)
        if progress and len(measured) < len(pairs):
            progress(len(measured) / len(pairs), places[len(measured)])
    cells = [measured[start : start + len(seeds)] for start in range(0, len(measured), len(seeds))]
    contenders = cells[0][0]
    return Runs(
        tuple(named),
        {name: np.array([[float(cell[name]) for cell in row] for row in cells]) for name in contenders},
    )


def _cell(
    measure: Callable[[Any, int], Mapping[str, float]], folder: Path | None, condition: Any, seed: int
) -> Mapping[str, float]:
    """One measurement, taken from the store if it is there; a closure is always measured, its state has no name."""
    function = getattr(measure, "func", measure)  # of functools.partial
    if folder is None or getattr(function, "__closure__", None):
        return measure(condition, seed)
    settings = getattr(measure, "args", ()), getattr(measure, "keywords", {})
    text = repr((function.__module__, function.__qualname__, settings, condition, seed))
    place = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
    try:
        return json.loads(place.read_text())
    except (OSError, ValueError):
        values = {name: float(value) for name, value in measure(condition, seed).items()}
    folder.mkdir(parents=True, exist_ok=True)
    paths.write_whole(place, json.dumps(values))
    return values
