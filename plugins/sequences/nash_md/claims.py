"""What is claimed. A seed draws twenty games; rates and strengths of all sides are chosen on five others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Progress, claim

from . import model
from .model import LEARNERS, TOGETHER, Array, Game

OURS, MIRROR = "Nash-MD", "regularised mirror descent"
RIVALS = ("RLHF, same τ", "RLHF, best τ and pairs")
FREE = ("self-play", "optimistic self-play", TOGETHER)
"""Learners that are not pulled to the habit."""
SEEDS, TUNING_SEED = range(5), 1000
GAMES, TUNING_GAMES, STEPS = 20, 5, 5000
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
LEAST = 1e-16
"""A divergence below which there is rounding alone."""
TUNED = "six rates from 0.01 to 3, on five games of the same kind that no claim reports"
REWARDED = (
    "seven strengths from 0.01 to 10, pairs of the habit or all alike, on five games that no claim reports"
)
NOTHING = "nothing to tune: a limit set beforehand"


class Kind(NamedTuple):
    """Games of so many choices at a strength τ; cyclic where no choice beats every other, if not None."""

    choices: int
    tau: float
    cyclic: bool | None = None


def runs_of(
    measure: Callable[[Kind, int], dict[str, float]], cyclic: bool | None, quick: bool, progress: Progress
) -> Runs:
    """The runs of a claim on games that are cyclic or not; quickly, one seed of the first condition."""
    kinds = [Kind(choices, tau, cyclic) for choices in (3, 8) for tau in (0.1, 0.03)]
    kinds, seeds = (kinds[:1], SEEDS[:1]) if quick else (kinds, SEEDS)
    named = {f"{kind.choices} choices, τ = {kind.tau}": kind for kind in kinds}
    return paired(named, seeds, measure, progress)


class Drawn(NamedTuple):
    """Games with their regularised equilibria and their fair mixes, logarithms `(games, K)`."""

    game: Game
    star: Array
    fair: Array


@functools.lru_cache(maxsize=64)
def drawn(kind: Kind, seed: int) -> Drawn:
    """Twenty games, or five for tuning, of whose solutions no learner knows."""
    count = TUNING_GAMES if seed == TUNING_SEED else GAMES
    game = model.draw(count, kind.choices, kind.tau, np.random.default_rng(seed), cyclic=kind.cyclic)
    star = np.stack([model.equilibrium(model.single(game, place)) for place in range(count)])
    fair = np.log(np.maximum([model.fair_mix(P) for P in game.P], 1e-300))
    return Drawn(game, star, fair)


def end(name: str, game: Game, rate: float | Array | None) -> Array:
    """The policies with which learning ends, `(games, K)`, or `(rates, games, K)`."""
    together = name == TOGETHER
    learner = replace(LEARNERS["self-play" if together else name], rate=rate)
    policies = model.learn(learner, game, range(STEPS + 1) if together else [STEPS])
    return (model.averages(policies) if together else policies)[-1]


@functools.lru_cache(maxsize=64)
def best_rate(kind: Kind, name: str) -> float:
    """The rate that ends nearest to where a learner should: the star if pulled to the habit, else the fair mix."""
    game, star, fair = drawn(kind, TUNING_SEED)
    ends = end(name, game, np.reshape(RATES, (-1, 1, 1)))
    away = model.divergence(star, ends) if name in (OURS, MIRROR) else model.distance(fair, ends)
    return RATES[int(away.mean(axis=1).argmin())]


@functools.lru_cache(maxsize=256)
def learned(kind: Kind, seed: int, name: str, falling: bool = False) -> Array:
    """Policies after 5,000 steps at the falling rate or at the best constant one, `(games, K)`."""
    return end(name, drawn(kind, seed).game, None if falling else best_rate(kind, name))


def reached(kind: Kind, seed: int) -> dict[str, float]:
    """The largest KL(π*, π) among twenty games."""
    ends = learned(kind, seed, OURS, falling=True)
    return {OURS: float(model.divergence(drawn(kind, seed).star, ends).max())}


@claim(
    "The last policy of Nash-MD is the regularised equilibrium: of twenty games none is left further than 1e-5",
    paper="Abstract; the theorem on the last iterate",
    unit="largest KL(π*, π) of twenty games", baseline="1e-5", tuning=NOTHING, trials=(0, 0),
)  # fmt: skip
def reaches_the_star(quick: bool, progress: Progress) -> Evidence:
    """After 5,000 steps; the equilibrium comes from Newton's method, which knows nothing of learning."""
    return runs_of(reached, None, quick, progress).evidence(OURS, 1e-5, better="lower")


def settled(kind: Kind, seed: int) -> dict[str, float]:
    """Mean total variation from each learner's own equilibrium: the star of Nash-MD, the fair mix of the others.

    Of the others also the share of games in which they end nearer to theirs than Nash-MD to its own.
    """
    _, star, fair = drawn(kind, seed)
    ours = model.distance(star, learned(kind, seed, OURS, falling=True))
    numbers: dict[str, np.ndarray] = {OURS: ours}
    for name in FREE:
        numbers[name] = model.distance(fair, learned(kind, seed, name))
        numbers[f"nearer, {name}"] = numbers[name] < ours
    return {name: float(values.mean()) for name, values in numbers.items()}


@claim(
    "Nash-MD's last policy rests at its equilibrium, where that of self-play goes on circling round its own",
    id="rests_where_self_play_circles", against="self-play", margin=0.1,
    paper="Abstract; the theorem on the last iterate",
    unit="total variation from the own equilibrium", baseline="the last policy of self-play",
    tuning=TUNED, trials=(0, 6),
)  # fmt: skip
@claim(
    "Nash-MD comes nearer to its equilibrium than the average of self-play, or optimistic self-play, to theirs",
    id="nearer_than_average_and_optimistic", against=(TOGETHER, "optimistic self-play"),
    reason="A few games, for which their rates are too large, carry their means.",
    paper="Abstract; the theorem on the last iterate",
    unit="total variation from the own equilibrium",
    baseline="the better of the average of self-play and optimistic self-play", tuning=TUNED, trials=(0, 6),
)  # fmt: skip
def settles(quick: bool, progress: Progress, against: str | tuple[str, ...], **judged: Any) -> Evidence:
    """Games without a choice that beats every other, 5,000 steps; a tenth is the least that counts as circling."""
    runs = runs_of(settled, True, quick, progress)
    nearer = {name: f"nearer, {name}" for name in FREE}
    curves = {
        "How far from rest": runs.curve("", "total variation from the own equilibrium", names=(OURS, *FREE)),
        "Games in which it ends nearer than Nash-MD": runs.curve("", "share", names=nearer),
    }
    return runs.evidence(OURS, against, better="lower", curves=curves, **judged)


def tilted(kind: Kind, seed: int, tau: float, alike: bool) -> Array:
    """RLHF at a strength of its own, its reward fitted to pairs of the habit or to all pairs alike; `(games, K)`."""
    game = drawn(kind, seed).game
    pairs = game._replace(habit=np.full_like(game.habit, -np.log(kind.choices))) if alike else game
    return model.tilted(game._replace(tau=tau), model.rewards(pairs))


@functools.lru_cache(maxsize=16)
def best_reward(kind: Kind) -> tuple[float, bool]:
    """The strength and the pairs with which RLHF is least exploitable."""
    P = drawn(kind, TUNING_SEED).game.P
    options = [(tau, alike) for tau in STRENGTHS for alike in (False, True)]
    return min(options, key=lambda option: model.exploitability(P, tilted(kind, TUNING_SEED, *option)).mean())


def exploited(kind: Kind, seed: int) -> dict[str, float]:
    """Mean exploitability of twenty games, and the share of games in which RLHF, at the same τ, is the worse."""
    P = drawn(kind, seed).game.P
    ours = model.exploitability(P, learned(kind, seed, OURS, falling=True))
    same = model.exploitability(P, tilted(kind, seed, kind.tau, alike=False))
    best = model.exploitability(P, tilted(kind, seed, *best_reward(kind)))
    values = ours.mean(), same.mean(), best.mean(), (same > ours).mean()
    return dict(zip((OURS, *RIVALS, "RLHF is worse"), map(float, values), strict=True))


@claim(
    "Where no choice beats every other, Nash-MD is less exploitable than RLHF with a reward model",
    id="less_exploitable_in_cycles", cyclic=True,
    paper="Abstract; reward models against preference models",
    unit="exploitability", baseline="RLHF at the same τ, or at its best τ and pairs", tuning=REWARDED, trials=(0, 14),
)  # fmt: skip
@claim(
    "Nash-MD is less exploitable than RLHF with a reward model also where one choice beats every other",
    id="less_exploitable_with_a_winner", cyclic=False,
    reason="A reward can say that one choice beats all, and presses harder for it at the same τ.",
    paper="ours, the limit", unit="exploitability", baseline="RLHF at the same τ, or at its best τ and pairs",
    tuning=REWARDED, trials=(0, 14),
)  # fmt: skip
def less_exploitable(quick: bool, progress: Progress, cyclic: bool, reason: str = "") -> Evidence:
    """Both stay close to the same habit; exploitability is what the best reply wins beyond a half."""
    runs = runs_of(exploited, cyclic, quick, progress)
    curves = {
        "Exploitability": runs.curve("", "exploitability", names=(OURS, *RIVALS)),
        "Games in which RLHF at the same τ is the worse": runs.curve("", "share", names=("RLHF is worse",)),
    }
    return runs.evidence(OURS, RIVALS, better="lower", curves=curves, reason=reason)


def nearness(kind: Kind, seed: int) -> dict[str, float]:
    """The power of ten of the mean KL(π*, π) of twenty games, with the mixture or the policy itself as the opponent."""
    star = drawn(kind, seed).star
    ends = {
        "falling rate": learned(kind, seed, OURS, falling=True),
        "constant rate": learned(kind, seed, OURS),
        "against itself, falling rate": learned(kind, seed, MIRROR, falling=True),
        "against itself, constant rate": learned(kind, seed, MIRROR),
    }
    away = {name: model.divergence(star, logs) for name, logs in ends.items()}
    return {name: float(np.log10(max(values.mean(), LEAST))) for name, values in away.items()}


@claim(
    "The falling rate comes at least three times nearer than the best constant one, which ends beside the equilibrium",
    id="falling_rate", against="constant rate", margin=float(np.log10(3)),
    paper="The theorem on the last iterate, its rate",
    unit="log₁₀ of the mean KL(π*, π)", baseline="Nash-MD at its best constant rate",
    tuning=TUNED, trials=(0, 6),
)  # fmt: skip
@claim(
    "The mixture as opponent comes nearer than mirror descent on the same game against the policy itself",
    id="nearer_than_mirror_descent", against=("against itself, falling rate", "against itself, constant rate"),
    reason="The pull to the habit brings rest by itself.",
    paper="ours, the control", unit="log₁₀ of the mean KL(π*, π)",
    baseline="regularised mirror descent, at the falling or its best constant rate", tuning=TUNED, trials=(0, 7),
)  # fmt: skip
def nearest(quick: bool, progress: Progress, against: str | tuple[str, ...], **judged: Any) -> Evidence:
    """Any games, 5,000 steps; both are pulled to the habit alike."""
    runs = runs_of(nearness, None, quick, progress)
    curve = runs.curve("", "log₁₀ of the mean KL(π*, π)")
    return runs.evidence("falling rate", against, better="lower", curves={"How near": curve}, **judged)
