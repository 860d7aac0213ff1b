"""Cost curves: the slope is that of the work, and measuring ends where it should."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from zoo.cli import main
from zoo.evidence import cost
from zoo.method import Cost

WORK = Cost("work", "Work", "rows", 100, 2**40)


def test_exponent_of_a_power():
    sizes = [100 * 2**k for k in range(7)]
    slope, low, high = cost.exponent(sizes, [1e-6 * size**1.5 for size in sizes])  # type: ignore[misc]
    assert (slope, low, high) == pytest.approx((1.5, 1.5, 1.5))


def test_exponent_does_not_see_fixed_costs():
    sizes = [100 * 2**k for k in range(12)]
    slope, low, high = cost.exponent(sizes, [1.0 + 1e-6 * size**2 for size in sizes])  # type: ignore[misc]
    assert low < 2 < high + 0.2
    assert slope > 1.7
    assert cost.exponent([1, 2], [1, 2]) is None


def powers(seconds: float, megabytes: float, power: float = 1.0) -> Callable[[int], dict[str, float]]:
    return lambda size: {
        "seconds": seconds * (size / 100) ** power,
        "megabytes": megabytes * (size / 100) ** power,
    }


@pytest.mark.parametrize(
    ("measure", "work", "ended", "largest"),
    [
        (powers(0.1, 1), WORK, "10 s", 6400),
        (powers(1e-4, 30), WORK, "1 GB", 3200),
        (powers(1e-4, 1e-3), Cost("work", "Work", "rows", 100, 1000), "the method's own limit", 800),
        (powers(1e-7, 1e-7), WORK, "14 doublings", 100 * 2**14),
        (powers(12.0, 1, 2), WORK, "10 s", None),
    ],
)
def test_where_a_curve_ends(measure: Callable, work: Cost, ended: str, largest: int | None):
    found = cost.curve(work, measure)
    assert found.ended_by == ended
    assert found.largest == largest
    assert all(point.seconds <= cost.SECONDS for point in found.points if point.size <= (largest or 0))


def test_memory_and_time_of_a_process_are_those_of_the_work():
    """A child that fills 200 MB for a moment is seen to do so, and one that fills nothing is not."""
    code = (
        "import numpy as np, json\nfrom zoo import registry\nfrom zoo.evidence import cost\n"
        "class Fake:\n"
        "    def fill(self, size): return lambda: np.ones(size * 2**17).sum()\n"
        "registry.load = lambda slug: Fake()\n"
        "registry.find = lambda slug: type('E', (), {'draft': Fake})\n"
        "cost.costs = lambda method: {'fill': cost.Cost('fill', '', 'MB', 1, 9999)}\n"
        "print(json.dumps([cost.run_once('x', 'fill', 1), cost.run_once('x', 'fill', 200)]))\n"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    small, large = np.array([[one["megabytes"], one["seconds"]] for one in json.loads(done.stdout)])
    assert small[0] < 20
    assert 180 < large[0] < 230
    assert large[1] > 0


def test_command(capsys: pytest.CaptureFixture[str]):
    assert main(["cost", "no-such-method"]) == 1
    assert "no-such-method" in capsys.readouterr().err
