"""What it costs to do an action in a process of its own, as strangers' methods do (`zoo.isolation`).

`zoo bench isolation` runs the first example of a few methods in this process and in a worker, in turn, and tells the
medians, how long a worker takes to begin, and its memory; `benchmarks/results/isolation.json` keeps them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.running import write
from zoo import isolation, registry

SLUGS = ("cosine-caution", "dselect-k", "finola")
"""Of little, middling and larger inputs and results."""
TIMES = 9


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes; a stream until its end."""
    began = time.perf_counter()
    result = work()
    for _ in result if hasattr(result, "__next__") else ():
        pass
    return time.perf_counter() - began


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    line = next(
        row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


def measured(slug: str) -> dict[str, float]:
    """The first example of a method's first action, in both ways."""
    method = type(registry.load(slug))
    name, action = next(iter(method.actions().items()))
    inputs = method.example(action, 0)
    near, far = registry.load(slug), isolation.load(slug)
    begins = seconds(lambda: getattr(far, name)(**inputs))
    seconds(lambda: getattr(near, name)(**inputs))
    pairs = [
        (seconds(lambda: getattr(near, name)(**inputs)), seconds(lambda: getattr(far, name)(**inputs)))
        for _ in range(TIMES)
    ]
    worker = isolation._workers[slug]
    (process,) = worker._pool._pool_manager.worker_manager.workers.values()
    held = megabytes(process.pid)
    worker.stop()
    return {
        "first call, s": round(begins, 2),
        "in the app, ms": round(1000 * statistics.median(pair[0] for pair in pairs), 1),
        "in a worker, ms": round(1000 * statistics.median(pair[1] for pair in pairs), 1),
        "memory of the worker, MB": round(held),
    }


def main() -> None:
    """Measure, print and keep the numbers."""
    isolation.WHOM = "all"
    rows = {slug: measured(slug) for slug in SLUGS}
    for slug, row in rows.items():
        print(slug, row)
    write("isolation", rows)
