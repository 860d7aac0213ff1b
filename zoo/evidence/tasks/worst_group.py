"""Worst group: a label that a shortcut foretells, asked where the shortcut does not help."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

TRAINING = 1_200
"""Digits that are learned from; each of the others is asked in both colours."""
HELD = 4
"""Of the digits that are learned from, one in so many is held back for choosing settings."""


@dataclass(frozen=True)
class Split:
    """What contestants are given.

    Attributes:
        X: 64 pixels in [0, 1] and the colour, 0 or 1, (n, 65).
        y: 1 for digits from five, (n,).
        colour: 0 or 1, (n,); which of the four groups a row is in follows from it and the label.
        asked: rows without label, (m, 65).
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    colour: NDArray[np.int64]
    asked: NDArray[np.float64]

    @property
    def group(self) -> NDArray[np.int64]:
        """2 y + colour, (n,)."""
        return 2 * self.y + self.colour

    def parts(self) -> tuple[Split, Split]:
        """What settings are tried on: three quarters to learn from, and a quarter to ask."""
        held = np.arange(len(self.y)) % HELD == 0
        kept = ~held
        return (
            Split(self.X[kept], self.y[kept], self.colour[kept], self.X[held]),
            Split(self.X[held], self.y[held], self.colour[held], self.X[held]),
        )


class WorstGroup(Task):
    """Small digits from larger ones, where a colour goes along with the answer in training and not when asked.

    Of each answer most training digits have one colour and a few the other; the four groups are known in training.
    Ranked by the accuracy in the worst group. Baselines choose among six settings by the worst group of a quarter of
    the training digits.
    """

    title = "Worst group"
    family = "robustness"
    data = "the 1,797 digits of scikit-learn, coloured, five draws"
    dial = Dial("rare", "Rows of the rare colour", "% of an answer's", (2, 5, 20), 5, whole=True)
    scores = (
        Score("worst", "Accuracy in the worst group", "%", "higher"),
        Score("mean", "Mean accuracy of the groups", "%", "higher"),
    )

    def baselines(self) -> Mapping[str, Run]:
        """Logistic regression and gradient boosting, as they are, with weights by group, and adjusted."""
        return {
            "Logistic regression": functools.partial(tuned, _logistic, PENALTIES),
            "Logistic regression, groups alike": functools.partial(tuned, _logistic_alike, PENALTIES),
            "Logit adjustment of four groups": functools.partial(tuned, _logit_adjusted, ADJUSTMENTS),
            "Gradient boosting": functools.partial(tuned, _boosted, BOOSTS),
            "Gradient boosting, groups alike": functools.partial(tuned, _boosted_alike, BOOSTS),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """A draw of digits and colours each."""
        for seed in range(1 if quick else 5):
            yield Item("digits", seed)

    def judge(self, given: int, outcome: Outcome) -> dict[str, float]:
        """Accuracies in percent; `made` is the answers, 0 or 1, (m,)."""
        y, colour = asked(given)
        rates = group_rates(np.asarray(outcome.made), y, 2 * y + colour)
        return {"worst": 100 * min(rates), "mean": 100 * float(np.mean(rates))}


def drawn(seed: int, dial: float) -> Split:
    """What is given of a draw; the digits that are asked do not depend on the dial."""
    pixels, y, order, rng = _digits(seed)
    known = order[:TRAINING]
    rare = np.zeros(TRAINING, bool)
    for label in (0, 1):
        rows = np.flatnonzero(y[known] == label)
        rare[rng.permutation(rows)[: max(2 * HELD, round(dial / 100 * len(rows)))]] = True
    colour = np.where(rare, 1 - y[known], y[known])
    others = order[TRAINING:]
    both = np.repeat([0, 1], len(others))
    return Split(np.c_[pixels[known], colour], y[known], colour, np.c_[np.tile(pixels[others], (2, 1)), both])


def asked(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The answers to what is asked, and the colours, (m,) each."""
    _, y, order, _ = _digits(seed)
    others = order[TRAINING:]
    return np.tile(y[others], 2), np.repeat([0, 1], len(others))


def _digits(seed: int) -> tuple[NDArray, NDArray[np.int64], NDArray[np.intp], np.random.Generator]:
    from sklearn.datasets import load_digits

    digits, rng = load_digits(), np.random.default_rng(seed)
    return digits.data / 16, (digits.target >= 5).astype(np.int64), rng.permutation(len(digits.target)), rng


def group_rates(said: NDArray, y: NDArray[np.int64], group: NDArray[np.int64]) -> list[float]:
    """The share of right answers in each group that occurs."""
    return [float((said == y)[group == member].mean()) for member in np.unique(group)]


def alike(group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights (n,) by which all groups count as much, 1 in the mean."""
    counts = np.bincount(group)
    return len(group) / ((counts > 0).sum() * counts[group])


# ---------------------------------------------------------------------------------------------------------
# Baselines

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
ADJUSTMENTS = tuple((penalty, tau) for penalty in (0.03, 0.3) for tau in (0.5, 1.0, 1.5))
BOOSTS = tuple((rate, leaves) for rate in (0.05, 0.2) for leaves in (4, 8, 16))

Fit = Callable[[Split, Any], NDArray]
"""From what is given and a setting to the answers."""


def tuned(fit: Fit, settings: tuple[Any, ...], seed: int, dial: float) -> Outcome:
    """Answers with the setting whose worst group is best on a quarter of the training digits, the first of equals."""
    given = drawn(seed, dial)
    learned, held = given.parts()
    best = max(settings, key=lambda setting: min(group_rates(fit(learned, setting), held.y, held.group)))
    return Outcome(fit(given, best))


def _logistic(given: Split, penalty: float, weights: NDArray | None = None) -> NDArray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10 / (penalty * len(given.y)), max_iter=2000)
    return model.fit(given.X, given.y, weights).predict(given.asked)


def _logistic_alike(given: Split, penalty: float) -> NDArray:
    return _logistic(given, penalty, alike(given.group))


def _logit_adjusted(given: Split, setting: tuple[float, float]) -> NDArray:
    """Four groups as classes; the logarithm of their shares, times τ, is taken from the logits."""
    from sklearn.linear_model import LogisticRegression

    penalty, tau = setting
    model = LogisticRegression(C=10 / (penalty * len(given.y)), max_iter=2000).fit(given.X, given.group)
    shares = np.bincount(given.group) / len(given.group)
    logits = model.decision_function(given.asked) - tau * np.log(shares)[model.classes_]
    return model.classes_[logits.argmax(1)] // 2


def _boosted(given: Split, setting: tuple[float, int], weights: NDArray | None = None) -> NDArray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rate, leaves = setting
    model = HistGradientBoostingClassifier(
        learning_rate=rate, max_leaf_nodes=leaves, max_iter=100, early_stopping=False, random_state=0
    )
    return model.fit(given.X, given.y, weights).predict(given.asked)


def _boosted_alike(given: Split, setting: tuple[float, int]) -> NDArray:
    return _boosted(given, setting, alike(given.group))
