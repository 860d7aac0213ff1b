"""What is claimed, of trees of WordNet; a seed draws the start, the order of the pairs and the negatives.

Every contender has the rate, of five, at which it ranked ancestors most precisely with seed 100, of which no claim
reports. Chosen after looking at seeds 101 to 103: the number of negatives, the batch, and the rates that are tried.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from zoo.blocks import tree_quality, trees
from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Progress, claim

from . import model

SEEDS, TRIED = range(5), 100
BALL = (0.05, 0.1, 0.2, 0.4, 0.8)
UNSCALED = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Without the metric steps towards the rim are longer, and the rate has to be smaller."""
DISTANCE = {2: (0.01, 0.03, 0.1, 0.3, 1.0), 5: (0.01, 0.03, 0.1, 0.3, 1.0), 10: (0.1, 0.3, 1.0, 3.0, 10.0)}
SQUARED = (0.003, 0.01, 0.03, 0.1, 0.3)
LARGE = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Rates of Euclidean distance in 20 dimensions and more."""
EQUAL = {f"{axes} dimensions": axes for axes in (2, 5, 10)}
SHARE = "mean average precision of ancestors, of 1"
BEST_FLAT = "the best of Euclidean distance, its square, and factors of the closure or of its PPMI"
TUNING = "5 rates for each that is trained, with a seed that is not reported"
LARGER = {f"against {axes}": axes for axes in (10, 20, 50)}


@functools.lru_cache(maxsize=256)
def scored(
    name: str, setting: model.Setting, rates: tuple[float, ...], seeds: tuple[int, ...]
) -> tuple[tree_quality.Ranked, ...]:
    """Ranks of each seed, at the rate that is best with the seed that no claim uses."""
    tree = trees.built_in(name)

    def ends(tried: tuple[float, ...], drawn: tuple[int, ...]) -> list[tree_quality.Ranked]:
        *_, last = model.train(tree, setting, tried, drawn)
        return [
            tree_quality.ranked(tree, model.distances(places, setting.energy), seed)
            for places, seed in zip(last.places, drawn, strict=True)
        ]

    trials = ends(rates, (TRIED,) * len(rates))
    best = rates[max(range(len(rates)), key=lambda run: trials[run].precision)]
    return tuple(ends((best,) * len(seeds), seeds))


def compared(axes: int, seed: int, name: str = "carnivores", epochs: int = 100) -> dict[str, float]:
    """Precision and mean rank in `axes` dimensions: the ball, both flat energies, and factors of the closure."""
    seeds, tree = tuple(SEEDS), trees.built_in(name)
    ways = {
        "ball": (model.Setting("poincare", axes, epochs), BALL),
        "Euclidean": (model.Setting("distance", axes, epochs), LARGE if axes > 10 else DISTANCE[axes]),
        "Euclidean, squared": (model.Setting("squared", axes, epochs), SQUARED),
    }
    ranks = {way: scored(name, setting, rates, seeds)[seed] for way, (setting, rates) in ways.items()}
    for way, information in (("SVD", False), ("SVD of PPMI", True)):
        ranks[way] = tree_quality.ranked(tree, model.factorised(tree, axes, information), seed)
    return _flat(ranks)


def _flat(ranks: Mapping[str, tree_quality.Ranked]) -> dict[str, float]:
    values = {f"{way}: precision": ranked.precision for way, ranked in ranks.items()}
    return values | {f"{way}: rank": ranked.rank for way, ranked in ranks.items()}


FLAT = ("Euclidean", "Euclidean, squared", "SVD", "SVD of PPMI")


def _equal(quick: bool, progress: Progress) -> Runs:
    if quick:
        small = functools.partial(compared, name="files of a project", epochs=20)
        return paired({"2 dimensions": 2}, SEEDS[:1], small, progress)
    return paired(EQUAL, SEEDS, compared, progress)


def _curves(runs: Runs, ours: str = "ball") -> dict[str, object]:
    return {
        title: runs.curve("", unit, names={way: f"{way}: {key}" for way in (ours, *FLAT)})
        for title, unit, key in (("Precision", SHARE, "precision"), ("Mean rank", "1 is best", "rank"))
    }


@claim(
    "Ancestors are ranked more precisely in the ball than on the best flat space of as many dimensions",
    id="more_precise", key="precision", paper="Section 4.1, table 1", unit=SHARE, baseline=BEST_FLAT,
    tuning=TUNING, trials=(5, 10), data=("WordNet's carnivores",),
)  # fmt: skip
@claim(
    "Ancestors are nearer among all others in the ball than on the best flat space of as many dimensions",
    id="lower_rank", key="rank", paper="Section 4.1, table 1", unit="mean rank, 1 is best", baseline=BEST_FLAT,
    tuning=TUNING, trials=(5, 10), data=("WordNet's carnivores",),
)  # fmt: skip
def equal_dimensions(quick: bool, progress: Progress, key: str) -> Evidence:
    """366 nouns, 1,456 pairs, 100 epochs, 20 negatives for every contender that is trained."""
    runs = _equal(quick, progress)
    better: Literal["higher", "lower"] = "higher" if key == "precision" else "lower"
    rivals = [f"{way}: {key}" for way in FLAT]
    return runs.evidence(f"ball: {key}", rivals, better=better, curves=_curves(runs))


def against_larger(axes: int, seed: int, name: str = "carnivores", epochs: int = 100) -> dict[str, float]:
    """The ball of five dimensions beside flat spaces of `axes`."""
    ball = compared(5, seed, name, epochs)
    return compared(axes, seed, name, epochs) | {
        f"five: {key}": ball[f"ball: {key}"] for key in ("precision", "rank")
    }


@claim(
    "A ball of five dimensions ranks ancestors more precisely than a Euclidean space of 10, 20 and 50",
    paper="Abstract; table 1", unit=SHARE, baseline="the better of Euclidean distance and its square",
    tuning=TUNING, trials=(5, 10), data=("WordNet's carnivores",),
)  # fmt: skip
def beats_larger_spaces(quick: bool, progress: Progress) -> Evidence:
    """The same loss, negatives and epochs."""
    if quick:
        small = functools.partial(against_larger, name="files of a project", epochs=20)
        runs = paired({"against 10": 10}, SEEDS[:1], small, progress)
    else:
        runs = paired(LARGER, SEEDS, against_larger, progress)
    reason = (
        "the paper's Euclidean numbers do not come back where rates are tuned: with enough dimensions a flat space"
        " holds a tree of this size just as well."
    )
    rivals = [f"{way}: precision" for way in FLAT[:2]]
    return runs.evidence("five: precision", rivals, curves=_curves(runs, "five"), reason=reason)


def whole(axes: int, seed: int, name: str = "mammals", epochs: int = 60) -> dict[str, float]:
    """All mammals, the ball and Euclidean distance."""
    seeds = tuple(SEEDS)
    ball = scored(name, model.Setting("poincare", axes, epochs), BALL, seeds)[seed]
    flat = scored(name, model.Setting("distance", axes, epochs), DISTANCE[axes], seeds)[seed]
    return _flat({"ball": ball, "Euclidean": flat})


@claim(
    "Among all mammals ancestors are ranked more precisely in the ball than with Euclidean distance",
    paper="Section 4.1; the released program's example", unit=SHARE, baseline="Euclidean distance in the same loss",
    tuning=TUNING, trials=(5, 5), data=("WordNet's mammals",),
)  # fmt: skip
def all_mammals(quick: bool, progress: Progress) -> Evidence:
    """1,182 nouns, 6,542 pairs, 60 epochs."""
    if quick:
        small = functools.partial(whole, name="files of a project", epochs=20)
        runs = paired({"5 dimensions": 5}, SEEDS[:1], small, progress)
    else:
        runs = paired({"5 dimensions": 5}, SEEDS, whole, progress)
    curves = {"Mean rank": runs.curve("", "1 is best", names=("ball: rank", "Euclidean: rank"))}
    return runs.evidence("ball: precision", "Euclidean: precision", curves=curves)


def without(part: str, seed: int, name: str = "carnivores", epochs: int = 100) -> dict[str, float]:
    """The ball of two dimensions, and without a part of its descent, at rates of its own."""
    seeds, full = tuple(SEEDS), model.Setting("poincare", 2, epochs)
    lacking = replace(full, metric=False) if part == "metric" else replace(full, burn_in=0)
    rates = UNSCALED if part == "metric" else BALL
    return {
        "whole": scored(name, full, BALL, seeds)[seed].precision,
        "without": scored(name, lacking, rates, seeds)[seed].precision,
    }


@claim(
    "Both parts of the descent are needed in two dimensions: the metric's factor (1 - |u|²)² / 4, and the burn-in",
    paper="Sections 3.1 and 4.1; the control", unit=SHARE, baseline="the same without that part, at its own best rate",
    tuning=TUNING, trials=(5, 5), data=("WordNet's carnivores",),
)  # fmt: skip
def parts_are_needed(quick: bool, progress: Progress) -> Evidence:
    """Without the factor steps near the rim are as long as in the middle."""
    parts = {"the metric's factor": "metric", "the burn-in": "burn-in"}
    if quick:
        small = functools.partial(without, name="files of a project", epochs=20)
        return paired(parts, SEEDS[:1], small, progress).evidence("whole", "without")
    return paired(parts, SEEDS, without, progress).evidence("whole", "without")
