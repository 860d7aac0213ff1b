"""Our computation beside other implementations of it: the same input, in one process, in turn.

Each ``peers_<slug>.py`` yields `Beside`s; ``zoo bench peers`` measures them, writes
``benchmarks/results/peers-<slug>.json``, and the table of ``docs/BENCHMARKS.md`` is made from that.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.running import alternate, write

SHORTEST = 0.05
"""CPU seconds that one measurement takes at least: shorter work is repeated."""


def difference(ours: Any, theirs: Any) -> float:
    """The norm of the difference over the norm of theirs."""
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    return float(np.linalg.norm(ours - theirs) / (np.linalg.norm(theirs) or 1.0))


@dataclass(frozen=True)
class Beside:
    """One computation and who else does it.

    Attributes:
        work: what is computed, and on how much.
        ours: the method's own code.
        peers: name of an implementation -> a call that gives the same answer.
        apart: how far an answer of ours is from one of theirs; None where they are not meant to be the same.
    """

    work: str
    ours: Callable[[], Any]
    peers: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    apart: Callable[[Any, Any], float] | None = difference


def cpu_seconds(call: Callable[[], Any], times: int) -> float:
    """CPU seconds of one call, the mean of several."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def measure(comparison: Beside, rounds: int) -> list[dict[str, Any]]:
    """A row for each peer: median seconds of both, and over the rounds how many times ours theirs takes."""
    calls = {"": comparison.ours, **comparison.peers}
    answers = {name: call() for name, call in calls.items()}  # which also warms everything up
    counts = {name: math.ceil(SHORTEST / max(cpu_seconds(call, 1), 1e-6)) for name, call in calls.items()}
    seconds = alternate(
        {name: lambda name=name: cpu_seconds(calls[name], counts[name]) for name in calls}, rounds
    )
    rows = []
    for peer in comparison.peers:
        ratios = [theirs / ours for theirs, ours in zip(seconds[peer], seconds[""], strict=True)]
        apart = None if comparison.apart is None else float(comparison.apart(answers[""], answers[peer]))
        rows.append(
            {
                "work": comparison.work,
                "peer": peer,
                "ours_s": float(f"{statistics.median(seconds['']):.4g}"),
                "theirs_s": float(f"{statistics.median(seconds[peer]):.4g}"),
                "ratio": round(statistics.median(ratios), 2),
                "low": round(min(ratios), 2),
                "high": round(max(ratios), 2),
                "difference": None if apart is None else float(f"{apart:.3g}"),
            }
        )
    return rows


def main(slug: str, doc: str, make: Callable[[], Iterable[Beside]], **more: Any) -> None:
    """Measure, print and store what a ``peers_<slug>.py`` yields.

    Args:
        slug: of the method.
        doc: what the script says about itself.
        make: yields what is compared.
        more: goes into the file as it is; a call is made first.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often all take their turn")
    rounds = parser.parse_args().rounds
    rows = []
    for comparison in make():
        for row in measure(comparison, rounds):
            rows.append(row)
            apart = "" if row["difference"] is None else f", difference {row['difference']:.1e}"
            print(
                f"{row['work']}: ours {row['ours_s']:.4g} s, {row['peer']} {row['theirs_s']:.4g} s,"
                f" {row['ratio']} x [{row['low']}, {row['high']}]{apart}",
                flush=True,
            )
    extra = {name: value() if callable(value) else value for name, value in more.items()}
    write(
        f"peers-{slug}", {"rounds": rounds, "threads": os.environ["OMP_NUM_THREADS"], **extra, "rows": rows}
    )
