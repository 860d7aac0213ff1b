"""From paired numbers to verdicts: the intervals, the correction for several conditions, and the words.

The rule, in full: for each condition the advantage over the rival is taken pair by pair. Its interval is Student's
below ``FEW`` pairs and a bootstrap (BCa) from there on. A claim with m conditions asks m questions at once, so levels
follow Holm: the clearest condition gets 1 - 0.05 / m, the next 1 - 0.05 / (m - 1), and so on; a condition holds where
its whole interval lies above the claim's margin and every clearer one holds.
"""

from __future__ import annotations

import warnings

import numpy as np

from zoo.claim import Evidence
from zoo.evidence.records import ConditionRecord, Interval

FEW = 20
"""Below this many runs the interval is Student's; a bootstrap of so few is too narrow."""
DOUBT = 0.05
"""The chance, over all conditions of a claim, that one interval misses its mean."""
MOST = 2 / 3
"""The share of conditions from which a claim holds in most."""


def interval(differences: np.ndarray, doubt: float = DOUBT) -> tuple[float, float]:
    """The confidence interval of a mean difference, at the level 1 - ``doubt``.

    Args:
        differences: shape (runs,). One run, or runs that all agree, give an interval of no width.
        doubt: the chance that the interval misses the mean.
    """
    if len(differences) == 1 or np.ptp(differences) == 0:
        return float(differences[0]), float(differences[0])
    from scipy import stats  # half a second, which whoever reads verdicts does without

    if len(differences) < FEW:
        bounds = stats.ttest_1samp(differences, 0.0).confidence_interval(1 - doubt)
    else:
        bounds = stats.bootstrap(
            (differences,), np.mean, confidence_level=1 - doubt, rng=np.random.default_rng(0)
        ).confidence_interval
    return float(bounds.low), float(bounds.high)


def judge(evidence: Evidence) -> tuple[str, list[ConditionRecord]]:
    """The verdict, and for each condition the means, the mean advantage and its interval."""
    advantages = [_advantage(evidence, place) for place in range(len(evidence.conditions))]
    clearest_first = np.argsort(
        [_chance(advantage, evidence.margin) for advantage in advantages], kind="stable"
    )
    rows: list[ConditionRecord | None] = [None] * len(advantages)
    so_far = True
    for rank, place in enumerate(clearest_first):
        advantage = advantages[place]
        if np.isfinite(advantage).all():
            bounds = Interval(*interval(advantage, DOUBT / (len(advantages) - rank)))
            so_far = so_far and bounds[0] > evidence.margin
            mean = float(advantage.mean())
        else:
            bounds, so_far, mean = Interval(float("nan"), float("nan")), False, float("nan")
        ours, baseline = evidence.ours[place], evidence.baseline[place]
        rows[place] = ConditionRecord(
            name=evidence.conditions[place],
            ours=float(np.mean(ours)),
            baseline=float(np.mean(baseline)),
            advantage=mean,
            interval=bounds,
            seeds=len(ours),
            holds=so_far,
            ours_runs=tuple(map(float, ours)),
            baseline_runs=tuple(map(float, baseline)),
        )
    judged = [row for row in rows if row is not None]
    return verdict([row.holds for row in judged]), judged


def verdict(held: list[bool]) -> str:
    """The verdict on a claim whose conditions hold or not."""
    share = sum(held) / len(held)
    if share == 1:
        return "holds"
    if share >= MOST:
        return "holds in most"
    return "holds partly" if share > 0 else "does not hold"


def overall(evidence: Evidence) -> tuple[float, float]:
    """The 95 % interval of our mean advantage over all conditions.

    Where every condition has the same runs, a run counts with its mean over conditions. Where they differ, bounds are
    averaged, which is too wide rather than too narrow.
    """
    advantages = [_advantage(evidence, place) for place in range(len(evidence.conditions))]
    if not all(np.isfinite(advantage).all() for advantage in advantages):
        return float("nan"), float("nan")
    if len({len(advantage) for advantage in advantages}) == 1:
        return interval(np.mean(advantages, axis=0))
    low, high = np.mean([interval(advantage) for advantage in advantages], axis=0)
    return float(low), float(high)


def _advantage(evidence: Evidence, place: int) -> np.ndarray:
    """Ours over the rival's, pair by pair, in one condition; shape (runs,)."""
    sign = 1.0 if evidence.better == "higher" else -1.0
    return sign * (np.asarray(evidence.ours[place], float) - np.asarray(evidence.baseline[place], float))


def _chance(advantage: np.ndarray, margin: float) -> float:
    """How likely so great an advantage is where the true one is the margin: what conditions are ordered by."""
    if not np.isfinite(advantage).all():
        return 2.0
    if len(advantage) == 1 or np.ptp(advantage) == 0:
        return 0.0 if advantage.mean() > margin else 1.0
    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # runs that agree to the last digit
        return float(stats.ttest_1samp(advantage, margin, alternative="greater").pvalue)
