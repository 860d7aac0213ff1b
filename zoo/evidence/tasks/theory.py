"""Theory met: what methods measure, over what their theory predicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

KEY = "ratio"


class TheoryMet(Task):
    """A number that theory predicts, beside the one that is measured.

    Each method brings a prediction in closed form, or that of a solver which knows nothing of the method, and measures
    the same thing in trainings or runs of its own, as the mean of as many draws as the dial says. Who is nearest to a
    ratio of one met the theory best; twice and half as much are equally far. Two theorems of textbooks stand beside
    them, as a measure of what chance does to so many draws.
    """

    title = "Theory met"
    family = "optimization"
    data = "five sets of draws of each method's own problem"
    dial = Dial("draws", "Draws in a mean", "", (1, 5), 5, whole=True)
    scores = (Score(KEY, "Measured over predicted", "", "lower"),)
    overall = Score("factor", "Factor between measured and predicted", "", "lower")

    def baselines(self) -> Mapping[str, Run]:
        """Least squares and the eigenvalues of noise, for both of which there are closed forms."""
        return {
            "Least squares: its excess risk": _least_squares,
            "Noise: its largest eigenvalue": _largest_eigenvalue,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Seeds, a thousand apart, from which contestants count."""
        for number in range(1 if quick else 5):
            yield Item("own problems", 1000 * number)

    def judge(self, given: int, outcome: Outcome) -> dict[str, float]:
        """The ratio; `made` is what was measured, and what is predicted."""
        measured, predicted = outcome.made
        return {KEY: float(measured) / float(predicted)}

    def standing(
        self, points: Sequence[Mapping[str, float] | None], all_points: Mapping[str, Any]
    ) -> float | None:
        """The ratio or its inverse, whichever is above one."""
        point = points[self.dial.values.index(self.dial.default)]
        return None if point is None else max(point[KEY], 1 / point[KEY])


def _least_squares(seed: int, draws: float) -> Outcome:
    """Excess risk with 100 rows and 20 normal inputs, and d / (n - d - 1) at noise of variance 1."""
    n, d = 100, 20
    risks = []
    for number in range(seed, seed + int(draws)):
        rng = np.random.default_rng(number)
        X = rng.standard_normal((n, d))
        risks.append(np.square(np.linalg.lstsq(X, rng.standard_normal(n), rcond=None)[0]).sum())
    return Outcome((np.mean(risks), d / (n - d - 1)))


def _largest_eigenvalue(seed: int, draws: float) -> Outcome:
    """Of the covariance of 200 normal columns in 400 rows, and (1 + √(200 / 400))² after Marchenko and Pastur."""
    rows, columns = 400, 200
    largest = []
    for number in range(seed, seed + int(draws)):
        X = np.random.default_rng(number).standard_normal((rows, columns))
        largest.append(np.linalg.svd(X, compute_uv=False)[0] ** 2 / rows)
    return Outcome((np.mean(largest), (1 + np.sqrt(columns / rows)) ** 2))
