"""What is claimed. A seed draws the points, the lies and the network's start.

Sizes, step sizes and the condition of equal clouds were chosen on seeds 100 to 109, of which no claim reports. Limits
were written before others were measured. Seeds 0 to 9 then did better than 100 to 109 had; so there are thirty.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import model
from .model import Setting

SEEDS, CONTEST_SEEDS, TESTS = range(30), range(10), 1000
UNTUNED: dict[str, Any] = {"tuning": "nothing to tune: a limit set beforehand", "trials": (0, 0)}
FROM = "Abstract; the theorem's conditions from memory"
BASE = Setting()
EQUAL = replace(BASE, equal=True)
PROMISED = Setting(n=200, p=1e12, signal=200**0.51, start=1e-10, rate=1 / 200**2)
"""Data, step size 1 / (n p) and start as the theorem asks, with all its constants taken as one."""
RATES = (0.05, 0.5, 5.0)
"""Step sizes α p / n that every rival is given."""
LAZY = 30.0
"""The start κ of a network whose neurons hardly turn."""
FREE, LATE = 60, 14
"""Steps outside of the theorem's region, and √n, the last step of which the theorem speaks."""
WATCHED = {
    "p = 40,000": (BASE, FREE),
    "p = 40,000, equal clouds": (EQUAL, FREE),
    "p = 10¹², the theorem's region": (PROMISED, LATE),
    "p = 10¹², the theorem's region, equal clouds": (replace(PROMISED, equal=True), LATE),
}
SMALL = {"p = 40,000, a start of 0.03": (replace(BASE, start=0.03), FREE), **dict(list(WATCHED.items())[2:])}
UNEQUAL = "where opposite clouds have unequal numbers, most neurons turn to the larger and leave the other for later"
CANCELLED = "equal clouds leave the linear function so small that the neurons' own differences show beside it"
SLOWLY = (
    "from a large start neurons turn too, only later; frozen ones and the linear classifier stay far behind"
)


@functools.lru_cache(maxsize=256)
def watched(condition: tuple[Setting, int], seed: int) -> dict[str, float]:
    """Accuracies of a training: the least on training labels from step one on, and on new points early and late.

    Also how the network's answers after one step go along with those of the linear classifier Σ yᵢ xᵢ.
    """
    setting, steps = condition
    drawn = model.draw(setting, seed, TESTS)
    alone = drawn._replace(test=drawn.test[:1], truth=drawn.truth[:1], rest=drawn.rest[:1])
    all_steps = model.train(alone, setting.alpha, steps, range(1, steps + 1))
    fitted = [model.right(moment.train, drawn.given) for moment in all_steps]
    first, last = model.train(drawn, setting.alpha, steps, (1, steps))
    linear = drawn.test @ (drawn.x.T @ drawn.given)
    return {
        "fitted": min(fitted),
        "once": model.right(first.test, drawn.truth),
        "end": model.right(last.test, drawn.truth),
        "linear": float(np.corrcoef(first.test, linear)[0, 1]),
    }


@claim(
    "From the first step on the network fits every training label, lies included, and never lets go of one",
    id="memorises_at_once", key="fitted", limit=0.999,
    paper=FROM, unit="least share of fitted training labels from step 1 on", baseline="0.999",
    **UNTUNED,
)  # fmt: skip
@claim(
    "After the first step it is near chance on new points: less than 0.6 of them are answered rightly",
    id="knows_nothing_after_one_step", key="once", limit=0.6, better="lower",
    paper=FROM, unit="share of new points that are right after step 1", baseline="0.6",
    **UNTUNED,
)  # fmt: skip
@claim(
    "At the end it answers at least 0.97 of new points rightly",
    id="understands_later", key="end", limit=0.97, reason=UNEQUAL,
    paper=FROM, unit="share of new points that are right at the end", baseline="0.97",
    **UNTUNED,
)  # fmt: skip
def memorises_then_understands(
    quick: bool, progress: Progress, key: str, limit: float, **judged: Any
) -> Evidence:
    """60 steps at p = 40,000, and √n = 14 at p = 10¹²; a tenth of the training labels are lies."""
    conditions = dict(list(WATCHED.items())[1::2]) if quick else WATCHED
    return paired(conditions, SEEDS[:3] if quick else SEEDS, watched, progress).evidence(key, limit, **judged)


@claim(
    "After one step from a small start the network is a linear classifier: its answers correlate with those of Σ yᵢ xᵢ"
    " by 0.95 or more",
    id="linear_after_one_step",
    paper="Abstract", unit="correlation of answers to new points", baseline="0.95", **UNTUNED,
)  # fmt: skip
def linear_after_one_step(quick: bool, progress: Progress) -> Evidence:
    """A linear classifier cannot answer a cross better than chance."""
    conditions = dict(list(SMALL.items())[:1]) if quick else SMALL
    runs = paired(conditions, SEEDS[:3] if quick else SEEDS, watched, progress)
    return runs.evidence("linear", 0.95, reason=CANCELLED)


def contest(setting: Setting, seed: int) -> dict[str, float]:
    """Accuracy on new points after 60 steps, of ours and of what is left without neurons that turn; the same draw."""
    drawn = model.draw(setting, seed, TESTS)
    answers = {"linear": model.least_norm(drawn), "told": model.nearest(drawn, setting)}
    values = {"ours": _end(setting, seed)}
    values |= {f"frozen, {rate:g}": _end(replace(setting, rate=rate), seed, frozen=True) for rate in RATES}
    values |= {f"lazy, {rate:g}": _end(replace(setting, rate=rate, start=LAZY), seed) for rate in RATES}
    return values | {name: model.right(said, drawn.truth) for name, said in answers.items()}


def _end(setting: Setting, seed: int, frozen: bool = False) -> float:
    drawn = model.draw(setting, seed, TESTS)
    (end,) = model.train(drawn, setting.alpha, FREE, (FREE,), frozen)
    return model.right(end.test, drawn.truth)


@claim(
    "Neurons that turn are what understands: where each keeps firing for the points of its start, from a large start,"
    " and for the least-norm linear classifier, new points are right at least 0.2 less often",
    paper="ours, the control", unit="share of new points that are right after 60 steps",
    baseline="the best of frozen neurons, a start of κ = 30 and the least-norm linear classifier",
    tuning="α of 0.05, 0.5 and 5 n / p for every network; ours has the 0.5 chosen on seeds 100 to 102, the rivals the"
    " best of each condition, in hindsight", trials=(3, 7),
)  # fmt: skip
def turning_understands(quick: bool, progress: Progress) -> Evidence:
    """The same points, lies and start numbers for all."""
    conditions = {"p = 40,000, equal clouds": EQUAL}
    conditions = conditions if quick else {"p = 40,000": BASE} | conditions
    runs = paired(conditions, CONTEST_SEEDS[:2] if quick else CONTEST_SEEDS, contest, progress)
    rivals = tuple(name for name in runs.values if name not in ("ours", "told"))
    curve = runs.curve("", "share of new points that are right", names=["ours", *rivals, "told"])
    return runs.evidence("ours", rivals, margin=0.2, curves={"After 60 steps": curve}, reason=SLOWLY)
