"""What is claimed, of trees of WordNet; a seed draws the start, the order of the pairs and the negatives.

Every contender has the rate, of five, at which it ranked ancestors most precisely with seed 100, of which no claim
reports. Which five are tried was set with that seed too. Chosen after looking at seeds 101 to 103: the number of
negatives, and the batch. All have 300 epochs, as in the authors' script; a first measurement had 100, which are too few
for two dimensions.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Literal

from zoo.blocks import tree_quality, trees
from zoo.blocks.tree_quality import Ranked
from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Progress, claim

from . import model

Space = tuple[str, int]
"""A tree, and a number of dimensions."""
SEEDS, TRIED = range(5), 100
EPOCHS = {"carnivores": 300, "mammals": 60, "files of a project": 20}
"""Of all mammals 60 are as many steps as 300 of the carnivores; the files are for quick evidence."""
BALL = (0.025, 0.05, 0.1, 0.2, 0.4)
UNSCALED = (0.00125, 0.0025, 0.005, 0.01, 0.02)
"""Without the metric steps towards the rim are longer, and the rate has to be smaller."""
DISTANCE = {
    2: (0.01, 0.03, 0.1, 0.3, 1.0),
    5: (0.01, 0.03, 0.1, 0.3, 1.0),
    10: (0.1, 0.3, 1.0, 3.0, 10.0),
    20: (0.3, 1.0, 3.0, 10.0, 30.0),
}
SQUARED = (0.003, 0.01, 0.03, 0.1, 0.3)
FLAT = ("Euclidean", "Euclidean, squared", "SVD", "SVD of PPMI")
EQUAL = {f"{axes} dimensions": ("carnivores", axes) for axes in (2, 5, 10)} | {
    "all mammals, 5 dimensions": ("mammals", 5)
}
LARGER = {f"against {axes}": ("carnivores", axes) for axes in (10, 20)}
"""In 50 a flat space is no worse than in 20, and training it takes three times as long."""
SHARE = "mean average precision of ancestors, of 1"
BEST_FLAT = "the best of Euclidean distance, its square, and factors of the closure or of its PPMI"
TUNING = "5 rates for each that is trained, with a seed that is not reported"


@functools.lru_cache(maxsize=256)
def scored(name: str, setting: model.Setting, rates: tuple[float, ...]) -> tuple[Ranked, ...]:
    """Ranks of each seed, at the rate that is best with the seed that no claim uses."""
    tree, setting = trees.built_in(name), replace(setting, epochs=EPOCHS[name])

    def ends(tried: tuple[float, ...], drawn: tuple[int, ...]) -> list[Ranked]:
        *_, last = model.train(tree, setting, tried, drawn)
        return [
            tree_quality.ranked(tree, model.distances(places, setting.energy), seed)
            for places, seed in zip(last.places, drawn, strict=True)
        ]

    trials = ends(rates, (TRIED,) * len(rates))
    best = rates[max(range(len(rates)), key=lambda run: trials[run].precision)]
    return tuple(ends((best,) * len(SEEDS), tuple(SEEDS)))


def beside_flat(ball: Ranked, space: Space, seed: int) -> dict[str, float]:
    """Precision and mean rank of a ball, and of both flat energies and factors in a number of dimensions."""
    name, axes = space
    tree = trees.built_in(name)
    distance, squared = model.Setting("distance", axes), model.Setting("squared", axes)
    ranks = {
        "ball": ball,
        "Euclidean": scored(name, distance, DISTANCE[axes])[seed],
        "Euclidean, squared": scored(name, squared, SQUARED)[seed],
        "SVD": tree_quality.ranked(tree, model.factorised(tree, axes, False), seed),
        "SVD of PPMI": tree_quality.ranked(tree, model.factorised(tree, axes, True), seed),
    }
    values = {f"{way}: precision": ranked.precision for way, ranked in ranks.items()}
    return values | {f"{way}: rank": ranked.rank for way, ranked in ranks.items()}


def compared(space: Space, seed: int) -> dict[str, float]:
    """The ball beside flat spaces of as many dimensions."""
    name, axes = space
    return beside_flat(scored(name, model.Setting("poincare", axes), BALL)[seed], space, seed)


def against_larger(space: Space, seed: int) -> dict[str, float]:
    """The ball of five dimensions beside larger flat spaces."""
    return beside_flat(scored(space[0], model.Setting("poincare", 5), BALL)[seed], space, seed)


def _evidence(runs: Runs, key: str, reason: str = "") -> Evidence:
    curves = {
        title: runs.curve("", unit, names={way: f"{way}: {kind}" for way in ("ball", *FLAT)})
        for title, unit, kind in (("Precision", SHARE, "precision"), ("Mean rank", "1 is best", "rank"))
    }
    better: Literal["higher", "lower"] = "higher" if key == "precision" else "lower"
    rivals = [f"{way}: {key}" for way in FLAT]
    return runs.evidence(f"ball: {key}", rivals, better=better, curves=curves, reason=reason)


@claim(
    "Ancestors are ranked more precisely in the ball than on the best flat space of as many dimensions",
    id="more_precise", key="precision", paper="Section 4.1, table 1", unit=SHARE, baseline=BEST_FLAT,
    tuning=TUNING, trials=(5, 10), data=("WordNet's mammals",),
)  # fmt: skip
@claim(
    "Ancestors are nearer among all others in the ball than on the best flat space of as many dimensions",
    id="lower_rank", key="rank", paper="Section 4.1, table 1", unit="mean rank, 1 is best", baseline=BEST_FLAT,
    tuning=TUNING, trials=(5, 10), data=("WordNet's mammals",),
)  # fmt: skip
def equal_dimensions(quick: bool, progress: Progress, key: str) -> Evidence:
    """Carnivores, 366 nouns and 1,456 pairs, 300 epochs; all mammals, 1,182 nouns and 6,542 pairs, 60 epochs."""
    spaces = {"2 dimensions": ("files of a project", 2)} if quick else EQUAL
    return _evidence(paired(spaces, SEEDS[:1] if quick else SEEDS, compared, progress), key)


@claim(
    "A ball of five dimensions ranks ancestors more precisely than the best flat space of 10 and 20",
    paper="Abstract; table 1", unit=SHARE, baseline=BEST_FLAT, tuning=TUNING, trials=(5, 10),
    data=("WordNet's carnivores",),
)  # fmt: skip
def beats_larger_spaces(quick: bool, progress: Progress) -> Evidence:
    """The same loss, negatives and epochs."""
    spaces = {"against 10": ("files of a project", 10)} if quick else LARGER
    reason = (
        "the paper's Euclidean numbers do not come back where rates are tuned: with enough dimensions a flat space"
        " holds a tree of this size just as well."
    )
    runs = paired(spaces, SEEDS[:1] if quick else SEEDS, against_larger, progress)
    return _evidence(runs, "precision", reason)


def without(case: tuple[str, str], seed: int) -> dict[str, float]:
    """The ball of two dimensions, and without a part of its descent, at rates of its own."""
    (name, part), full = case, model.Setting("poincare", 2)
    lacking = replace(full, metric=False) if part == "metric" else replace(full, burn_in=0)
    rates = UNSCALED if part == "metric" else BALL
    return {
        "whole": scored(name, full, BALL)[seed].precision,
        "without": scored(name, lacking, rates)[seed].precision,
    }


@claim(
    "Both parts of the descent are needed in two dimensions: the metric's factor (1 - |u|²)² / 4, and the burn-in",
    paper="Sections 3.1 and 4.1; the control", unit=SHARE, baseline="the same without that part, at its own best rate",
    tuning=TUNING, trials=(5, 5), data=("WordNet's carnivores",),
)  # fmt: skip
def parts_are_needed(quick: bool, progress: Progress) -> Evidence:
    """Without the factor steps near the rim are as long as in the middle."""
    name = "files of a project" if quick else "carnivores"
    parts = {"the metric's factor": (name, "metric"), "the burn-in": (name, "burn-in")}
    runs = paired(parts, SEEDS[:1] if quick else SEEDS, without, progress)
    return runs.evidence("whole", "without")
