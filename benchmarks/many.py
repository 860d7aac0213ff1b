"""What `zoo map` costs: an action over many items in a plain loop, here, in one and two processes, and by Ray.

`zoo bench many` recovers points of the disk from their distances (`h-mds.recover`) for a thousand seeds in each of
these ways, in processes of their own, and tells the seconds in all and between the first and the last row;
`benchmarks/results/many.json` keeps them.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.running import PYTHON, ROOT, write

ITEMS = int(os.environ.get("ZOO_MANY_ITEMS", "1000"))
SETTINGS = {"what": "points of the hyperbolic plane", "points": 30}
PLAIN = """
import sys, time
from pathlib import Path
from zoo import registry
from zoo.commands.run import write_results
method = registry.load("h-mds")
began = time.perf_counter()
for seed in range(int(sys.argv[1])):
    write_results(method.run("recover", seed=seed, **{settings}), Path(sys.argv[2]) / str(seed))
print(time.perf_counter() - began)
"""
WAYS: dict[str, tuple[str, ...]] = {
    "here": ("--workers", "0"),
    "one worker": ("--workers", "1"),
    "two workers": ("--workers", "2"),
    "Ray, one worker": ("--engine", "ray", "--workers", "1"),
    "Ray, two workers": ("--engine", "ray", "--workers", "2"),
}


def seconds(command: list[str]) -> tuple[float, str]:
    """How long a command takes that has to succeed, and what it prints."""
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, done.stdout


def main() -> None:
    """Measure, print and keep the numbers."""
    import pandas

    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "seeds.parquet"
        pandas.DataFrame({"seed": range(ITEMS), **SETTINGS}).to_parquet(table)
        whole, said = seconds([PYTHON, "-c", PLAIN.format(settings=SETTINGS), str(ITEMS), f"{folder}/plain"])
        rows["a plain loop"] = {"s": round(whole, 1), "items a second": round(ITEMS / float(said), 1)}
        for number, (name, words) in enumerate(WAYS.items()):
            output = Path(folder) / f"{number}.parquet"
            command = [
                PYTHON,
                "-m",
                "zoo",
                "map",
                "h-mds.recover",
                "--input",
                str(table),
                "--output",
                str(output),
            ]
            whole, _ = seconds([*command, *words])
            frame = pandas.read_parquet(output)
            assert len(frame) == ITEMS
            assert (frame["error"] == "").all()
            rows[name] = {"s": round(whole, 1), "items a second": round(ITEMS / whole, 1)}
            print(name, rows[name], flush=True)
    print(json.dumps(rows, indent=1))
    write("many", {"items": ITEMS, **rows})
