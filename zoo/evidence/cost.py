"""Time and memory against the size of the input: how a method's core computation grows, and how far it goes.

A method says what is measured with a function marked ``@cost``, which prepares an input and returns the work:

    @cost("Fit a table", size="rows", start=250)
    def fitting(self, rows: int) -> Callable[[], object]:
        \"\"\"Principal components of `rows` x 50 numbers.\"\"\"
        table = np.random.default_rng(0).standard_normal((rows, 50))
        return lambda: model.pca(table)

``zoo cost SLUG`` doubles the size five times and goes on until the next size would take more than ``SECONDS`` or
``MEGABYTES``. Each size runs in a process of its own on one thread, after a run of the smallest size; times are CPU
seconds, memory is what the work itself adds at its peak. ``--write`` stores all in ``cards/cost/<slug>.json``.
"""

from __future__ import annotations

import functools
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from zoo import card, paths, registry
from zoo.claim import Cost
from zoo.errors import ZooError
from zoo.evidence import origin, records
from zoo.evidence.records import CostCurve, CostRecord, SizeRecord
from zoo.method import Method
from zoo.progress import Progress

SECONDS, MEGABYTES = 10.0, 1000.0
"""What the largest input may take."""
DOUBLINGS = 5
"""The size doubles at least so often."""
MOST_DOUBLINGS = 14
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def costs(method: type[Method]) -> dict[str, Cost]:
    """The computations of a method that can be measured, by name of their function."""
    return {
        name: member.cost
        for owner in reversed(method.__mro__)
        for name, member in vars(owner).items()
        if hasattr(member, "cost")
    }


# ---------------------------------------------------------------------------------------------------------
# One size, in a process of its own


def run_once(slug: str, name: str, size: int) -> dict[str, float]:
    """CPU seconds (the median of up to three runs) and megabytes at the peak; run it in a fresh process."""
    prepare = getattr(registry.load(slug), name)
    prepare(costs(registry.find(slug).draft)[name].start)()
    work = prepare(size)
    before = _resident()
    _forget_peak()
    seconds: list[float] = []
    while not seconds or (len(seconds) < 3 and sum(seconds) < 2):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return {"seconds": statistics.median(seconds), "megabytes": max(0.0, _peak() - before)}


def _status(field: str) -> float:
    """A field of this process's status, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise ZooError(f"this system does not tell {field}.")


def _resident() -> float:
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _forget_peak() -> None:
    """Let the peak be counted from here (Linux: 5 means the high-water mark)."""
    Path("/proc/self/clear_refs").write_text("5")


def _measure(slug: str, name: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "zoo.evidence.cost", slug, name, str(size)],
        capture_output=True, text=True, env={**os.environ, **THREADS}, cwd=paths.checkout(),
    )  # fmt: skip
    if done.returncode:
        raise ZooError(f"{slug}.{name} failed at size {size}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------------------------------------------------
# A curve


def exponent(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float, float] | None:
    """The slope of log value against log size over the upper half of the sizes, with its 95 % interval.

    The lower half is left out, where fixed costs hide the growth.
    """
    from scipy import stats

    points = [
        (math.log(size), math.log(value)) for size, value in zip(sizes, values, strict=True) if value > 0
    ]
    points = points[-max(3, math.ceil(len(points) / 2)) :]
    if len(points) < 3:
        return None
    fit = stats.linregress(*zip(*points, strict=True))
    half = fit.stderr * stats.t.ppf(0.975, len(points) - 2)
    return float(fit.slope), float(fit.slope - half), float(fit.slope + half)


def curve(
    of: Cost, measure: Callable[[int], Mapping[str, float]], progress: Progress | None = None
) -> CostCurve:
    """Measure doubling sizes until the next would take too long or too much; up to the fifth doubling three times as
    much is allowed, for the sake of the slope.

    Args:
        of: what is measured.
        measure: from a size to its seconds and megabytes.
        progress: called after each size.
    """
    points: list[dict[str, float]] = []
    size, ended = of.start, ""
    while not ended:
        points.append({"size": size, **measure(size)})
        if progress:
            progress(min(len(points) / (DOUBLINGS + 2), 0.99), f"{of.title}: {size} {of.size}")
        last, before = points[-1], points[-2] if len(points) > 1 else points[-1]
        growth = max(1.0, last["seconds"] / max(before["seconds"], 1e-9))
        heap = max(1.0, last["megabytes"] / max(before["megabytes"], 1e-9))
        enough = len(points) > DOUBLINGS
        too_long = last["seconds"] * min(growth, 16) > SECONDS * (1 if enough else 3)
        if too_long:
            ended = f"{SECONDS:g} s"
        elif last["megabytes"] * min(heap, 16) > MEGABYTES * (1 if enough else 3):
            ended = f"{MEGABYTES / 1000:g} GB"
        elif size * 2 > of.most:
            ended = "the method's own limit"
        elif len(points) > MOST_DOUBLINGS:
            ended = f"{MOST_DOUBLINGS} doublings"
        size *= 2
    within = [point for point in points if point["seconds"] <= SECONDS and point["megabytes"] <= MEGABYTES]
    sizes = [point["size"] for point in points]
    return CostCurve(
        id=of.id,
        title=of.title,
        size=of.size,
        points=tuple(
            SizeRecord(
                size=int(point["size"]),
                seconds=float(f"{point['seconds']:.4g}"),
                megabytes=float(f"{point['megabytes']:.4g}"),
            )
            for point in points
        ),
        time_exponent=_rounded(exponent(sizes, [point["seconds"] for point in points])),
        memory_exponent=_rounded(exponent(sizes, [point["megabytes"] for point in points])),
        largest=int(within[-1]["size"]) if within else None,
        ended_by=ended,
    )


def _rounded(values: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
    return values and (round(values[0], 3), round(values[1], 3), round(values[2], 3))


def measure(slug: str, progress: Progress | None = None) -> CostRecord:
    """The curves of a method; the record that ``write`` stores."""
    draft = registry.find(slug).draft
    declared = costs(draft)
    where = {**origin.origin(draft.folder()), "environment": {**origin.environment(), "threads": "1"}}
    curves = [
        curve(cost, functools.partial(_measure, slug, name), progress) for name, cost in declared.items()
    ]
    return CostRecord(slug=slug, **where, costs=tuple(curves))


def path_of(slug: str) -> Path:
    """The file that holds a method's curves, beside its card."""
    return card.measured(registry.find(slug).draft, "cost")


def write(record: CostRecord) -> Path:
    """Store a method's curves."""
    return records.write(path_of(record.slug), record)


def read(slug: str) -> CostRecord | None:
    """A method's stored curves, or None if they were never measured."""
    return records.read(path_of(slug), CostRecord)


def sentence(curve: CostCurve) -> str:
    """What a curve says, in one sentence."""
    slope = curve.time_exponent
    grows = f"time grows like size^{slope[0]:.2f} [{slope[1]:.2f}, {slope[2]:.2f}]; " if slope else ""
    most = f"{curve.largest:,.0f} {curve.size}" if curve.largest else "nothing"
    return f"{curve.title}: {grows}{most} within {SECONDS:g} s and {MEGABYTES / 1000:g} GB on one thread"


def report(record: CostRecord) -> str:
    """A method's curves as lines of text."""
    lines = []
    for curve in record.costs:
        lines.append(sentence(curve))
        lines += [
            f"  {point.size:>12,} {curve.size}: {point.seconds:.3g} s, {point.megabytes:.3g} MB"
            for point in curve.points
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(run_once(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
