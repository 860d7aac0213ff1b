"""What the suite costs: CPU seconds by method and stage, measured while it runs (``--cpu FILE``).

    python tests/budget.py FILE...              # prints what was measured as a table
    python tests/budget.py --evidence FILE      # checks the evidence of every method, and measures that

CPU seconds hardly depend on what else the machine does, and those of child processes count: of the app, the browser and
commands. What tests share (imports, the app's start) is the core's.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

MOST_SECONDS = 20
"""CPU seconds that a method may cost in all stages together."""
STAGES = ("method tests", "conformance", "outlets", "browser", "core", "evidence")
SHARED = ("torch", "pandas", "plotly.graph_objects", "scipy.stats", "sklearn.decomposition", "gradio_client")
"""What most methods import; whichever came first would pay for all."""
TICKS = os.sysconf("SC_CLK_TCK")

Row = tuple[str, str, float]


def cpu_seconds() -> float:
    """CPU seconds of this process and of all its descendants, living and dead."""
    own = os.times()
    return sum(own[:4]) + sum(_living(pid) for pid in _children(os.getpid()))


def _living(pid: int) -> float:
    """Of a process that is not waited for yet, and of its descendants."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(_living(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    """Of a process that may end at any moment; what then is missing of it is not listed."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


class Meter:
    """Counts what each test costs, and writes the sums in the end.

    Each of xdist's workers sends its own by its reports; the process that collects reports writes them.
    """

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self.config, self.path = config, path
        self.worker = hasattr(config, "workerinput")
        self.sums: dict[tuple[str, str], float] = defaultdict(float)
        self.processes = 0.0
        self.start = self.shared = self.spent = 0.0
        self.preparing = self.imported = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Look at the clock before a test is set up."""
        if not self.imported:
            self.imported = True
            for name in SHARED:
                importlib.import_module(name)
        self.start, self.shared, self.spent = cpu_seconds(), 0.0, 0.0
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """What is prepared for many tests is not the first one's."""
        if self.preparing or fixturedef.scope == "function":
            return (yield)
        self.preparing, start = True, cpu_seconds()
        try:
            return (yield)
        finally:
            self.preparing = False
            self.shared += cpu_seconds() - start

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> None:
        """Hand the sum on with the last report of a test."""
        import suite

        # The browser's share is lost with it, when it ends after its last test.
        self.spent = max(self.spent, cpu_seconds() - self.start - self.shared)
        if call.when == "teardown":
            item.user_properties.append(("cpu", [suite.slug(item), suite.stage(item), self.spent]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up what reports bring."""
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == "cpu":
                    self.sums[value[0], value[1]] += value[2]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended and says what its process cost."""
        self.processes += getattr(node, "workeroutput", {}).get("cpu", 0.0)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the sums, or send the process's own."""
        if self.worker:
            self.config.workeroutput["cpu"] = cpu_seconds()  # type: ignore[attr-defined]
            return
        own = os.times()
        total = self.processes + own.user + own.system if self.processes else cpu_seconds()
        self.sums["core", "imports, collection, shared fixtures"] = max(0.0, total - sum(self.sums.values()))
        write(self.path, [(*key, seconds) for key, seconds in self.sums.items()])


def write(path: Path, rows: list[Row]) -> None:
    """Store rows of a method, a stage and CPU seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sorted(rows), indent=1) + "\n")


def read(paths: list[Path]) -> list[Row]:
    """The rows of all files that are there."""
    return [tuple(row) for path in paths if path.is_file() for row in json.loads(path.read_text())]


def table(rows: list[Row]) -> Iterator[str]:
    """The lines of a table: a row a method, the dearest first, and whether it is over its budget."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for slug, stage, seconds in rows:
        sums[slug][stage] += seconds
    core = sums.pop("core", {})
    yield f"{'CPU seconds':24}" + "".join(f"{stage:>14}" for stage in STAGES) + f"{'in all':>10}"
    for slug, parts in sorted(sums.items(), key=lambda pair: -sum(pair[1].values())):
        total = sum(parts.values())
        cells = "".join(f"{parts.get(stage, 0.0):14.1f}" for stage in STAGES)
        yield f"{slug:24}{cells}{total:10.1f}" + (f"  over {MOST_SECONDS}" if total > MOST_SECONDS else "")
    spent = [sum(parts.values()) for parts in sums.values()]
    if spent:
        over = sum(total > MOST_SECONDS for total in spent)
        yield f"{len(spent)} methods: {sum(spent):.0f} s, {sum(spent) / len(spent):.1f} s each, {over} over budget"
    parts = ", ".join(
        f"{stage} {seconds:.0f} s" for stage, seconds in sorted(core.items(), key=lambda one: -one[1])
    )
    yield f"core: {sum(core.values()):.0f} s ({parts})"
    yield f"in all: {sum(spent) + sum(core.values()):.0f} CPU s"


def check_evidence(slugs: list[str], path: Path, words: list[str]) -> int:
    """``zoo verify --quick --check`` of each method in a process of its own, two at a time.

    Args:
        slugs: which methods.
        path: where their CPU seconds are written.
        words: further words for ``zoo verify``.

    Returns:
        1 if a method's evidence differs from what is committed, else 0.
    """

    def check(slug: str) -> tuple[Row, int]:
        command = [sys.executable, "-m", "zoo", "verify", slug, "--quick", "--check", *words]
        _, status, used = os.wait4(os.posix_spawn(sys.executable, command, os.environ), 0)
        return (slug, "evidence", used.ru_utime + used.ru_stime), status

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(check, slugs))
    write(path, [row for row, _ in done])
    return int(any(status for _, status in done))


def main(words: list[str]) -> int:
    """See the module."""
    if words[0] == "--evidence":
        from own_methods import TARGETS

        return check_evidence(list(TARGETS), Path(words[1]), words[2:])
    print("\n".join(table(read([Path(name) for name in words]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
