"""The mathematics of nash-md: closed forms, solvers that know nothing of it, and loops in plain NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from plugins.sequences.nash_md import data, model
from zoo.errors import InputError
from zoo.types import Table

P = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.8], [0.8, 0.2, 0.5]])
MU = np.array([0.6, 0.3, 0.1])
GAME = model.Game(P, np.log(MU), 0.1)


def games(seed: int = 0, choices: int = 5, tau: float = 0.1) -> model.Game:
    return model.draw(6, choices, tau, np.random.default_rng(seed))


def each(game: model.Game) -> list[model.Game]:
    return [model.single(game, place) for place in range(len(game.P))]


def gap(game: model.Game, log: np.ndarray) -> float:
    """What the best reply, μ exp(P π / τ), wins in the regularised game; zero at its equilibrium alone."""
    reply = game.habit + model.wins(game.P, log) / game.tau
    return game.tau * (special.logsumexp(reply) + model.divergence(log, game.habit)) - 0.5


@pytest.mark.parametrize("tau", [1.0, 0.1, 0.03, 0.01])
def test_the_equilibrium_is_its_own_best_reply_and_where_scipy_ends(tau: float) -> None:
    for game in each(games(tau=tau)):
        star = np.exp(model.equilibrium(game))
        reply = np.exp(game.habit) * np.exp(game.P @ star / tau)
        np.testing.assert_allclose(star, reply / reply.sum(), rtol=1e-8)
        assert gap(game, np.log(star)) == pytest.approx(0, abs=1e-12)
    near = optimize.root(lambda x: x - np.log(MU) - (P @ np.exp(model.normal(x)) - 0.5) / tau, np.log(MU))
    star = model.equilibrium(GAME._replace(tau=tau))
    np.testing.assert_allclose(model.normal(near.x), star, atol=1e-7)


def test_the_gap_is_what_the_best_reply_wins_by_search() -> None:
    log = np.log([0.2, 0.5, 0.3])

    def lost(free: np.ndarray) -> float:
        reply = model.normal(np.append(free, 0.0))
        value = np.exp(reply) @ P @ np.exp(log)
        return -(value - 0.1 * model.divergence(reply, GAME.habit) + 0.1 * model.divergence(log, GAME.habit))

    best = -optimize.minimize(lost, np.zeros(2), tol=1e-12).fun
    assert gap(GAME, log) == pytest.approx(best - 0.5, abs=1e-8)
    star = model.equilibrium(GAME)
    assert gap(GAME, log) >= 0.1 * model.divergence(log, star)
    assert model.winner(P) is None
    assert model.winner(np.array([[0.5, 0.4], [0.6, 0.5]])) == 1


def test_without_regularisation_the_mix_is_fair_and_known() -> None:
    np.testing.assert_allclose(model.fair_mix(P), [0.3, 0.3, 0.4], atol=1e-9)
    for game in each(games(1, 7)):
        assert (game.P @ model.fair_mix(game.P)).max() == pytest.approx(0.5, abs=1e-9)
    weak = model.equilibrium(GAME._replace(tau=1e-3))
    np.testing.assert_allclose(np.exp(weak), [0.3, 0.3, 0.4], atol=5e-3)


def test_nash_md_is_the_update_that_the_paper_writes() -> None:
    log, pi = model.learn(model.NASH_MD, GAME, range(61)), list(MU)
    for t in range(61):
        np.testing.assert_allclose(np.exp(log[t]), pi, rtol=1e-9)
        eta = 2 / (0.1 * (t + 2))
        mixed = [p ** (1 - eta * 0.1) * m ** (eta * 0.1) for p, m in zip(pi, MU, strict=True)]
        mixed = [value / sum(mixed) for value in mixed]
        raw = [mixed[y] * np.exp(eta * sum(P[y][z] * mixed[z] for z in range(3))) for y in range(3)]
        pi = [value / sum(raw) for value in raw]


def test_it_stays_below_the_bound_of_the_theorem_from_any_start() -> None:
    game = games(2, 6)
    star = np.stack([model.equilibrium(single) for single in each(game)])
    start = np.log(np.random.default_rng(5).dirichlet(np.ones(6), 6))
    kept = [1, 10, 100, 1000]
    away = model.divergence(star, model.learn(model.NASH_MD, game, kept, start))
    assert (away <= model.bound(game.tau, np.array(kept))[:, None]).all()
    assert away[-1].max() < 1e-5


def test_a_constant_rate_ends_beside_the_star_and_mirror_descent_upon_it() -> None:
    star = model.equilibrium(GAME)
    both = np.reshape([0.5, 0.05], (-1, 1))
    ends = model.divergence(star, model.learn(replace(model.NASH_MD, rate=both), GAME, [2000, 3000]))
    np.testing.assert_allclose(ends[0], ends[1], rtol=0.03)
    assert ends[0] == pytest.approx([6e-4, 6e-6], rel=0.2)
    assert model.divergence(star, model.learn(model.MIRROR, GAME, [2000])[0]) < 1e-14


def test_mirror_descent_is_magnetic_mirror_descent_at_another_rate() -> None:
    """Sokota et al. 2023: π ∝ (π μ^(αη) exp(η q))^(1 / (1 + αη)), with α = τ."""
    eta, log = 0.7, GAME.habit
    for _ in range(40):
        log = model.normal((log + 0.1 * eta * GAME.habit + eta * P @ np.exp(log)) / (1 + 0.1 * eta))
    ours = model.learn(replace(model.MIRROR, rate=eta / (1 + 0.1 * eta)), GAME, [40])[0]
    np.testing.assert_allclose(ours, log, atol=1e-12)


def test_self_play_moves_away_from_the_fair_mix_and_its_average_comes_near() -> None:
    trail = model.learn(model.SELF_PLAY, GAME, range(3001))
    fair = np.log(model.fair_mix(P))
    circling = model.divergence(fair, trail)
    assert circling[-1] > circling[0]
    assert model.distance(trail[-1], trail[2000:]).max() > 0.3
    assert model.distance(fair, model.averages(trail)[-1]) < 0.05


def test_rewards_are_the_likeliest_and_exact_where_bradley_and_terry_are_right() -> None:
    r = np.array([1.2, -0.4, 0.3, -1.1])
    true = model.Game(1 / (1 + np.exp(r - r[:, None])), np.log([0.4, 0.3, 0.2, 0.1]), 0.3)
    np.testing.assert_allclose(model.rewards(true), r, atol=1e-6)
    pairs = np.outer(MU, MU)

    def lost(free: np.ndarray) -> float:
        r = np.append(free, -free.sum())
        return float((pairs * P * np.log1p(np.exp(r - r[:, None]))).sum())

    best = optimize.minimize(lost, np.zeros(2), tol=1e-14).x
    np.testing.assert_allclose(model.rewards(GAME), [*best, -best.sum()], atol=1e-4)
    np.testing.assert_allclose(
        np.exp(model.learn(model.RLHF, GAME, [4000])[0]),
        np.exp(model.tilted(GAME, model.rewards(GAME))),
        atol=1e-9,
    )


def test_tables_are_completed_ordered_and_refused() -> None:
    rows = pd.DataFrame({"b": [None, 0.5], "a": [0.5, 0.2], "Habit": [1, 3]}, index=["a", "b"])
    given = data.preferences(Table.of(rows))
    assert given.names == ["b", "a"]
    np.testing.assert_allclose(given.P, [[0.5, 0.2], [0.8, 0.5]])
    np.testing.assert_allclose(given.habit, [0.75, 0.25])
    for cell, says in ((0.9, "sum to 1"), (7.0, "between 0 and 1")):
        wrong = pd.DataFrame([[0.5, cell], [0.9, 0.5]], index=["a", "b"], columns=["a", "b"])
        with pytest.raises(InputError, match=says):
            data.preferences(Table.of(wrong))


def test_picks_have_weights_or_none() -> None:
    names = ["paper", "rock 2", "Scissors"]
    np.testing.assert_allclose(data.picked("paper 3; scissors: 1", names), [0.75, 0, 0.25])
    np.testing.assert_allclose(data.picked("rock 2, paper", names), [0.5, 0.5, 0])
    np.testing.assert_allclose(data.picked(" ", names), [1 / 3] * 3)
    for text in ("well", "paper 0"):
        with pytest.raises(InputError):
            data.picked(text, names)
