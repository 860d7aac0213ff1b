"""Preferences as a game, its equilibria, and the ways to learn a policy for it.

`P[..., y, y']` is the probability that y is preferred to y', with P + Pᵀ = 1; a policy π mixes the K choices, the
reference μ is the habit that it is to stay close to, with strength τ. Policies are kept as logarithms, and every
function takes many games at once. Source: Munos et al. 2024, Nash Learning from Human Feedback, arXiv 2312.00886: the
regularised preference model and its equilibrium, Nash-MD, and the theorem on its last iterate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RIDGE = 1e-12
"""Keeps rewards finite where a choice always wins."""
FIT_STEPS, SOLVER_STEPS = 60, 200
TOLERANCE = 1e-12


class Game(NamedTuple):
    """Preferences `(..., K, K)`, the logarithm of the reference `(..., K)`, and τ."""

    P: Array
    habit: Array
    tau: float


def normal(logits: Array) -> Array:
    """Logarithms of policies, `(..., K)`, from logarithms up to a constant."""
    top = logits - logits.max(axis=-1, keepdims=True)
    return top - np.log(np.exp(top).sum(axis=-1, keepdims=True))


def wins(P: Array, log: Array) -> Array:
    """How often each choice is preferred to what a policy gives, P π; `(..., K, K)` and `(..., K)` to `(..., K)`."""
    return (P @ np.exp(log)[..., None])[..., 0]


# ---------------------------------------------------------------------------------------------------------
# How good a policy is


def divergence(log: Array, other: Array) -> Array:
    """KL(π, π') of logarithms `(..., K)`."""
    return np.maximum((np.exp(log) * (log - other)).sum(axis=-1), 0.0)


def distance(log: Array, other: Array) -> Array:
    """Total variation between two policies, `(..., K)`: half the sum of absolute differences, 0 to 1."""
    return abs(np.exp(log) - np.exp(other)).sum(axis=-1) / 2


def exploitability(P: Array, log: Array) -> Array:
    """By how much the best reply to a policy `(..., K)` wins more than half of the time: max P π - ½."""
    return wins(P, log).max(axis=-1) - 0.5


def winner(P: Array) -> int | None:
    """The choice that is preferred to every other one, the Condorcet winner, of a matrix `(K, K)`; None without."""
    ahead = (P > 0.5).sum(axis=1) == len(P) - 1
    return int(ahead.argmax()) if ahead.any() else None


# ---------------------------------------------------------------------------------------------------------
# Where learning should end, by solvers that know nothing of it


def equilibrium(game: Game) -> Array:
    """The logarithm of π* ∝ μ exp(P π* / τ), `(K,)`, of a single game, by Newton's method.

    Of ℓ = log μ + P π(ℓ) / τ the Jacobian is I - P (diag π - π πᵀ) / τ. The part of P that is not antisymmetric adds a
    constant, which the policy does not see; so its eigenvalues have real part one, and a step halved until it helps
    arrives from anywhere.

    Raises:
        ArithmeticError: it does not arrive, which no game with finite numbers should bring about.
    """
    A, sides = game.P - 0.5, np.eye(len(game.habit))

    def missing(logits: Array) -> Array:
        return logits - game.habit - A @ np.exp(normal(logits)) / game.tau

    logits = game.habit
    residual = missing(logits)
    for _ in range(SOLVER_STEPS):
        if abs(residual).max() < TOLERANCE * max(1.0, abs(logits).max()):
            return normal(logits)
        policy = np.exp(normal(logits))
        slope = sides - A @ (np.diag(policy) - np.outer(policy, policy)) / game.tau
        step, share = np.linalg.solve(slope, residual), 1.0
        while share > 1e-9 and np.linalg.norm(missing(logits - share * step)) >= np.linalg.norm(residual):
            share /= 2
        logits = logits - share * step
        residual = missing(logits)
    if abs(residual).max() < 1e-8:
        return normal(logits)
    raise ArithmeticError("the regularised equilibrium was not reached.")


def fair_mix(P: Array) -> Array:
    """A policy that nothing beats, `(K,)`: the equilibrium without regularisation, by linear programming."""
    from scipy.optimize import linprog

    K = len(P)
    solved = linprog(
        np.append(np.zeros(K), 1.0),
        A_ub=np.column_stack([P, -np.ones(K)]),
        b_ub=np.zeros(K),
        A_eq=np.append(np.ones(K), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, 1)] * (K + 1),
    )
    policy = np.maximum(solved.x[:K], 0.0)
    return policy / policy.sum()


# ---------------------------------------------------------------------------------------------------------
# A reward model


def rewards(game: Game) -> Array:
    """Bradley-Terry rewards r, `(..., K)`: of σ(r - r') the likeliest for pairs drawn from μ x μ, of mean zero."""
    pairs = np.exp(game.habit[..., :, None] + game.habit[..., None, :])
    r = np.zeros_like(game.habit)
    K = r.shape[-1]
    for _ in range(FIT_STEPS):
        said = 1 / (1 + np.exp(r[..., None, :] - r[..., :, None]))
        slope = (pairs * (game.P - said)).sum(axis=-1) - RIDGE * r
        weights = pairs * said * (1 - said)
        curve = np.eye(K) * (weights.sum(axis=-1) + RIDGE)[..., None] - weights
        curve = curve + weights.mean(axis=(-2, -1), keepdims=True)  # no reward depends on the mean of all
        step = np.linalg.solve(curve, slope[..., None])[..., 0]
        r = r + step / np.maximum(abs(step).max(axis=-1, keepdims=True), 1.0)
    return r - r.mean(axis=-1, keepdims=True)


def tilted(game: Game, r: Array) -> Array:
    """What RLHF ends with, the logarithm of μ exp(r / τ), for rewards `(..., K)`."""
    return normal(game.habit + r / game.tau)


# ---------------------------------------------------------------------------------------------------------
# Learning


@dataclass(frozen=True)
class Learner:
    """A policy that is improved step by step: π ← base exp(η gain), normalised.

    Attributes:
        gain: `mixture` is P π^μ, against the base; `itself` P π; `foreseen` 2 P π - P π₋₁; `reward` r.
        pulled: whether the base is π^μ ∝ π^(1-ητ) μ^(ητ), which goes a part of the way back to μ, or π itself.
        rate: η, or several, `(rates, 1, 1)`, to learn with each; None for the falling one of the theorem,
            2 / (τ (t + 2)). A pulled learner takes at most 1 / τ.
    """

    gain: Literal["mixture", "itself", "foreseen", "reward"]
    pulled: bool
    rate: float | Array | None = None


NASH_MD = Learner("mixture", pulled=True)
MIRROR = Learner("itself", pulled=True, rate=0.5)
SELF_PLAY = Learner("itself", pulled=False, rate=0.1)
FORESEEN = Learner("foreseen", pulled=False, rate=1.0)
RLHF = Learner("reward", pulled=True, rate=0.1)


def learn(learner: Learner, game: Game, kept: Sequence[int], start: Array | None = None) -> Array:
    """Policies after the numbers of steps in `kept`, rising, as logarithms `(kept, ..., K)`.

    For Nash-MD the equation is π_{t+1} ∝ π_t^μ exp(η P π_t^μ), as the paper has it. Learning begins at μ unless
    `start`, `(..., K)`, says otherwise.
    """
    log = game.habit if start is None else start
    log = np.broadcast_to(log, np.broadcast_shapes(log.shape, np.shape(learner.rate)))
    fixed = rewards(game) if learner.gain == "reward" else None
    before = wins(game.P, log)
    shown, wanted = [], set(kept)
    for t in range(max(kept) + 1):
        if t in wanted:
            shown.append(log)
        rate = 2 / (game.tau * (t + 2)) if learner.rate is None else learner.rate
        base = log
        if learner.pulled:
            share = np.minimum(rate * game.tau, 1.0)
            rate, base = share / game.tau, normal((1 - share) * log + share * game.habit)
        now = wins(game.P, base if learner.gain == "mixture" else log) if fixed is None else fixed
        log = normal(base + rate * (2 * now - before if learner.gain == "foreseen" else now))
        before = now
    return np.stack(shown)


TOGETHER = "average of self-play"
LEARNERS = {
    "Nash-MD": NASH_MD,
    "self-play": SELF_PLAY,
    "RLHF": RLHF,
    "regularised mirror descent": MIRROR,
    "optimistic self-play": FORESEEN,
}


def trails(game: Game, steps: int) -> dict[str, Array]:
    """The way of every learner, and of the average of self-play: logarithms, `(steps + 1, K)` each, of one game."""
    ways = {name: learn(learner, game, range(steps + 1)) for name, learner in LEARNERS.items()}
    return ways | {TOGETHER: averages(ways["self-play"])}


def averages(trail: Array) -> Array:
    """The logarithm of the mean of all policies so far, `(steps, ..., K)`, of a trail that holds every step."""
    count = np.arange(1, len(trail) + 1).reshape(-1, *[1] * (trail.ndim - 1))
    return np.log(np.maximum(np.cumsum(np.exp(trail), axis=0) / count, 1e-300))


def bound(tau: float, steps: Array) -> Array:
    """The theorem: KL(π*, π_T) is at most 8 / (τ² (T + 1)) with the falling rate, after T steps, `(n,)`."""
    return 8 / (tau**2 * (np.asarray(steps, float) + 1))


# ---------------------------------------------------------------------------------------------------------
# Games at random


def draw(
    count: int, choices: int, tau: float, rng: np.random.Generator, *, cyclic: bool | None = None
) -> Game:
    """Games with preferences uniform in (0, 1) and a habit uniform among policies.

    Args:
        count: of games.
        choices: K.
        tau: strength of the habit.
        rng: draws them.
        cyclic: only games without a choice that is preferred to every other; only those with if False; any if None.
    """
    matrices: list[Array] = []
    while len(matrices) < count:
        upper = np.triu(rng.random((choices, choices)), 1)
        P = upper + np.tril(1 - upper.T, -1) + np.eye(choices) / 2
        if cyclic is None or cyclic == (winner(P) is None):
            matrices.append(P)
    return Game(np.stack(matrices), np.log(rng.dirichlet(np.ones(choices), count)), tau)


def single(game: Game, place: int) -> Game:
    """One of many games."""
    return Game(game.P[place], game.habit[place], game.tau)
