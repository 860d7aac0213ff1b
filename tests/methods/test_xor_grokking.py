"""The mathematics of xor-grokking, against a network in plain NumPy in all p dimensions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plugins.optimization.xor_grokking import data, model
from zoo.errors import InputError
from zoo.types import Table

SMALL = model.Setting(n=24, p=300, signal=4.0, width=30, start=1.0)


def dense(setting: model.Setting, seed: int, tests: int) -> dict[str, np.ndarray]:
    """Points and a start, every coordinate drawn."""
    rng, p = np.random.default_rng(seed), int(setting.p)
    means = np.zeros((4, p))
    means[:, :2] = setting.mu * model.CROSS.xy

    def sampled(count: int) -> tuple[np.ndarray, np.ndarray]:
        which = rng.integers(4, size=count)
        return means[which] + rng.standard_normal((count, p)), model.CROSS.labels[which]

    (x, clean), (test, truth) = sampled(setting.n), sampled(tests)
    given = np.where(rng.random(setting.n) < setting.flips, -clean, clean)
    W = setting.omega * rng.standard_normal((setting.width, p))
    a = rng.choice([-1, 1], setting.width) / np.sqrt(setting.width)
    return {"x": x, "clean": clean, "given": given, "test": test, "truth": truth, "W": W, "a": a}


def folded(full: dict[str, np.ndarray]) -> model.Draw:
    """The same draw in coordinates along the means and along the training noise."""
    basis, _ = np.linalg.qr(full["x"][:, 2:].T)

    def along(rows: np.ndarray) -> np.ndarray:
        return np.hstack([rows[:, :2], rows[:, 2:] @ basis])

    rest = full["test"] @ full["W"].T - along(full["test"]) @ along(full["W"]).T
    x, test, W = (along(full[name]) for name in ("x", "test", "W"))
    return model.Draw(x, full["given"], full["clean"], test, full["truth"], W, rest, full["a"])


def by_loops(full: dict[str, np.ndarray], alpha: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and answers after steps of the gradient, point by point and neuron by neuron."""
    W, a = full["W"].copy(), full["a"]
    for _ in range(steps):
        moved = np.zeros_like(W)
        for x, y in zip(full["x"], full["given"], strict=True):
            fires = W @ x > 0
            pull = y / (1 + np.exp(y * (a[fires] @ (W[fires] @ x))))
            moved[fires] += np.outer(a[fires] * pull, x)
        W += alpha / len(full["x"]) * moved
    return W, np.maximum(full["test"] @ W.T, 0) @ a


@pytest.mark.parametrize(("p", "steps"), [(300, 0), (300, 1), (300, 25), (2000, 12)])
def test_training_is_that_of_the_network_in_all_dimensions(p: int, steps: int) -> None:
    setting = replace(SMALL, p=p)
    full = dense(setting, 3, 40)
    W, answers = by_loops(full, setting.alpha, steps)
    (moment,) = model.train(folded(full), setting.alpha, steps, (steps,))
    np.testing.assert_allclose(moment.test, answers, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(moment.plane, W[:, :2], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(moment.train, np.maximum(full["x"] @ W.T, 0) @ full["a"], atol=1e-10)


def test_the_step_is_minus_the_gradient_of_the_logistic_loss() -> None:
    full = dense(SMALL, 5, 2)

    def loss(W: np.ndarray) -> float:
        answers = np.maximum(full["x"] @ W.T, 0) @ full["a"]
        return float(np.logaddexp(0, -full["given"] * answers).mean())

    (moment,) = model.train(folded(full), 0.3, 1, (1,))
    for neuron, axis in ((0, 0), (7, 1), (12, 0)):
        shift = np.zeros_like(full["W"])
        shift[neuron, axis] = 1e-8
        slope = (loss(full["W"] + shift) - loss(full["W"] - shift)) / 2e-8
        assert moment.plane[neuron, axis] == pytest.approx(full["W"][neuron, axis] - 0.3 * slope, abs=1e-7)


def test_reduced_points_have_the_law_of_full_ones() -> None:
    setting = replace(SMALL, start=1e-3)
    many = [model.draw(setting, seed, 30) for seed in range(300)]
    noise = np.stack([drawn.x[:, 2:] @ drawn.x[:, 2:].T for drawn in many])
    own = noise[:, range(24), range(24)]
    assert [own.mean(), own.var()] == pytest.approx([298, 2 * 298], rel=0.1)
    assert noise[:, 3, 7].var() == pytest.approx(298, rel=0.25)
    rest = np.stack([drawn.rest for drawn in many])
    assert rest.std() == pytest.approx(setting.omega * np.sqrt(298 - 24), rel=0.02)


def test_reduced_trainings_reach_what_full_ones_reach() -> None:
    reduced, full = [], []
    for seed in range(40):
        draws = model.draw(SMALL, seed, 200), folded(dense(SMALL, seed, 200))
        for drawn, reached in zip(draws, (reduced, full), strict=True):
            moments = model.train(drawn, SMALL.alpha, 10, (1, 4, 10))
            reached.append([model.right(each.test, drawn.truth) for each in moments])
    deviation = np.sqrt((np.var(reduced, axis=0) + np.var(full, axis=0)) / 40)
    assert (abs(np.mean(reduced, axis=0) - np.mean(full, axis=0)) < 3.5 * deviation).all()


def test_start_and_rate_set_one_scale_while_margins_are_small() -> None:
    answers = []
    for rate in (1e-5, 1e-7):
        setting = replace(SMALL, rate=rate)
        drawn = model.draw(setting, 1, 50)
        answers.append(next(iter(model.train(drawn, setting.alpha, 5, (5,)))).test / rate)
    np.testing.assert_allclose(*answers, atol=1e-3 * abs(answers[0]).max())


def test_frozen_neurons_make_answers_linear_in_the_weights() -> None:
    drawn = model.draw(SMALL, 2, 50)
    fires, fires_test = (
        1.0 * (each > 0) for each in (drawn.x @ drawn.W.T, drawn.test @ drawn.W.T + drawn.rest)
    )
    kernel = (fires @ fires.T) * (drawn.x @ drawn.x.T) / SMALL.width
    across = (fires_test @ fires.T) * (drawn.test @ drawn.x.T) / SMALL.width
    start, end = model.train(drawn, 0.01, 1, (0, 1), frozen=True)
    pull = 0.01 / 24 * drawn.given / (1 + np.exp(drawn.given * start.train))
    np.testing.assert_allclose(end.train, start.train + kernel @ pull, atol=1e-12)
    np.testing.assert_allclose(end.test, start.test + across @ pull, atol=1e-12)


def test_the_linear_classifier_is_that_of_the_pseudo_inverse() -> None:
    full = dense(SMALL, 7, 60)
    drawn = folded(full)
    w = np.linalg.pinv(full["x"]) @ full["given"]
    np.testing.assert_allclose(model.least_norm(drawn), full["test"] @ w, atol=1e-9)


def test_equal_clouds_have_as_many_points_and_lies() -> None:
    drawn = model.draw(model.Setting(p=1e9, equal=True), 0, 8)
    assert np.bincount(np.arange(200) % 4, drawn.given != drawn.clean).tolist() == [5, 5, 5, 5]
    assert [model.Setting().promised, model.Setting(p=1e12, signal=15).promised] == [False, True]


def test_tables_become_clouds_about_their_middle() -> None:
    clouds = data.clouds(Table.of({"x": [1, 3, 1, 3], "y": [1, 1, 5, 5], "who": ["b", "a", "b", "a"]}), "who")
    np.testing.assert_allclose(clouds.xy, np.array([[-1, -2], [1, -2], [-1, 2], [1, 2]]) / np.sqrt(5))
    assert clouds.labels.tolist() == [-1, 1, -1, 1]
    for x, who, what in (([1, 3], "aa", "one that has two"), ([2, 2], "ab", "one spot")):
        with pytest.raises(InputError, match=what):
            data.clouds(Table.of({"x": x, "y": [2, 2], "who": list(who)}), "who")
