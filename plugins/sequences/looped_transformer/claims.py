"""What is claimed. A seed draws a hundred programs."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import model, text

SEEDS = range(10)
UNTUNED: dict[str, Any] = {
    "tuning": "nothing to tune: weights are written down, and λ = 10 is that of the authors' release",
    "trials": (0, 0), "data": ("synthetic",),
}  # fmt: skip


def lived(sharpness: float, seed: int, programs: int = 100, steps: int = 50) -> dict[str, float]:
    """Share of programs that run all steps as interpreted, and mean shares of steps before the first difference."""
    drawn = [text.drawn(10_000 * (seed + 1) + number, steps) for number in range(programs)]
    own, bare = (np.array(model.survives(drawn, steps, sharpness, correct)) for correct in (True, False))
    return {"share": (own == steps).mean(), "with": own.mean() / steps, "without": bare.mean() / steps}


@claim(
    "Its memory and counter equal those of an ordinary interpreter in every step of 1,000 random programs",
    id="as_interpreted", key="share", against=0.999,
    paper="Theorem 4", unit="share of programs with no difference in 50 steps", baseline="999 of 1,000",
    **UNTUNED,
)  # fmt: skip
@claim(
    "At λ = 10 it is the correcting layer that keeps them equal: without it programs end in wrong numbers",
    id="correction_does_the_work", key="with", against="without",
    paper="ours, the control", unit="share of the steps before the first difference", baseline="the nine other layers",
    **UNTUNED,
)  # fmt: skip
def programs_run(quick: bool, progress: Progress, key: str, against: str | float) -> Evidence:
    """At the λ of the release; programs run ten commands or more and branch both ways."""
    measure, seeds = (functools.partial(lived, programs=6, steps=25), SEEDS[:1]) if quick else (lived, SEEDS)
    return paired({"λ = 10": 10.0}, seeds, measure, progress).evidence(key, against)


def beside_soft(sharpness: float, seed: int) -> dict[str, float]:
    """Shares of the steps before the first difference, of twenty programs, at this λ and at 4."""
    programs = [text.drawn(20_000 * (seed + 1) + number, 30) for number in range(20)]
    sides = {"sharp": sharpness, "soft": 4.0}
    return {name: np.mean(model.survives(programs, 30, value, True)) / 30 for name, value in sides.items()}


@claim(
    "A softmax is enough if it is sharp: programs stay right longer at λ = 8 and 10 than at 4, below ½ log(n 2ᴺ) = 4.5,"
    " by 0.3 of their steps or more",
    paper="ours, from the leak of each read and the gain of the adder",
    unit="share of the steps before the first difference", baseline="λ = 4",
    tuning="nothing to tune: the limit follows from n = 32 and N = 8", trials=(0, 0), data=("synthetic",),
)  # fmt: skip
def sharp_enough(quick: bool, progress: Progress) -> Evidence:
    """λ = 8 and 10 beside 4, on the same programs, with correction in all of them."""
    values = {"λ = 10": 10.0} if quick else {"λ = 8": 8.0, "λ = 10": 10.0}
    runs = paired(values, SEEDS[:1] if quick else SEEDS[:5], beside_soft, progress)
    return runs.evidence("sharp", "soft", margin=0.3)
