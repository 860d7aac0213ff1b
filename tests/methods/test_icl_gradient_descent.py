"""The mathematics of icl-gradient-descent, against loops in plain NumPy and Newton's method as it is written."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plugins.optimization.icl_gradient_descent import data, model
from zoo.errors import InputError
from zoo.types import Drawing, Points

D, PAIRS = 3, 8


def double(values: model.Tasks | model.Layers) -> model.Tasks | model.Layers:
    return type(values)(*(each.double() for each in values))


def tasks(count: int = 5, seed: int = 0) -> model.Tasks:
    return double(model.draw(count, PAIRS, D, torch.Generator().manual_seed(seed)))


def descend(tasks: model.Tasks, rate: float, steps: int = 1) -> torch.Tensor:
    """Coefficients after steps of gradient descent on the mean of half the squared errors of the pairs, from zero."""
    w = torch.zeros_like(tasks.x)
    for _ in range(steps):
        residual = tasks.y - (tasks.X * w[:, None]).sum(-1)
        w = w + rate * (tasks.X * residual[..., None]).mean(1)
    return w


def by_loops(layers: model.Layers, given: model.Tasks, depth: int) -> np.ndarray:
    """The paper's update, token by token and sum by sum."""
    answers = []
    K, Q, V, P = (matrix.numpy() for matrix in layers)
    for X, y, x in zip(given.X.numpy(), given.y.numpy(), given.x.numpy(), strict=True):
        tokens = [np.append(row, value) for row, value in zip(X, y, strict=True)] + [np.append(x, 0.0)]
        for _ in range(depth):
            tokens = [
                token + P @ V @ sum(pair * ((K @ pair) @ (Q @ token)) for pair in tokens[:-1])
                for token in tokens
            ]
        answers.append(-tokens[-1][-1])
    return np.array(answers)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_layers_are_those_that_the_paper_writes(depth: int) -> None:
    layers = double(model.begin(D, torch.Generator().manual_seed(1), spread=0.4))
    np.testing.assert_allclose(
        model.predict(layers, tasks(), depth).numpy(), by_loops(layers, tasks(), depth), rtol=1e-10
    )


def test_the_layer_set_by_hand_is_one_step_of_gradient_descent() -> None:
    given, hand = tasks(), double(model.by_hand(D, 0.875, PAIRS))
    gradient = np.einsum("tn,tnd->td", -given.y.numpy(), given.X.numpy()) / PAIRS
    answers = -0.875 * (gradient * given.x.numpy()).sum(1)
    np.testing.assert_allclose(model.predict(hand, given).numpy(), answers, rtol=1e-12)
    np.testing.assert_allclose(model.sensitivities(hand, given).numpy(), -0.875 * gradient, rtol=1e-12)
    np.testing.assert_allclose(descend(given, 0.875).numpy(), -0.875 * gradient, rtol=1e-6)


@pytest.mark.parametrize("d", [1, 5, 10])
def test_the_best_rate_is_where_the_loss_of_drawn_tasks_is_least(d: int) -> None:
    rate, least = model.best_rate(d, 10)
    given = model.draw(40_000, 10, d, torch.Generator().manual_seed(3))
    losses = [model.loss((descend(given, rate * share) * given.x).sum(-1), given) for share in (0.9, 1, 1.1)]
    assert losses[1] == min(losses)
    assert losses[1] == pytest.approx(least, rel=0.02)


def test_steps_of_descent_end_at_least_squares() -> None:
    given = tasks(3)
    exact = [
        np.linalg.lstsq(X, y, rcond=None)[0] for X, y in zip(given.X.numpy(), given.y.numpy(), strict=True)
    ]
    np.testing.assert_allclose(descend(given, 0.9, 3000).numpy(), exact, atol=1e-8)


def curved_by_loops(given: model.Tasks, rates: list[float], gammas: list[float]) -> np.ndarray:
    """GD++ as an update of all tokens, the query a token whose y is what is still missing of it."""
    answers = []
    for X, y, x in zip(given.X.numpy(), given.y.numpy(), given.x.numpy(), strict=True):
        said = 0.0
        for rate, gamma in zip(rates, gammas, strict=True):
            step = rate * sum(value * row for row, value in zip(X, y, strict=True)) / len(X)
            S = X.T @ X
            said += step @ x
            y, X, x = y - X @ step, X - gamma * X @ S, x - gamma * S @ x
        answers.append(said)
    return np.array(answers)


def test_curved_descent_moves_every_token_and_the_query() -> None:
    given, rates, gammas = tasks(), [0.5, 0.9, 1.3], [0.05, 0.1, 0.02]
    w = model.descend_curved(
        model.Tasks(*(each.float() for each in given)), np.array(rates), np.array(gammas)
    )
    np.testing.assert_allclose(
        (w * given.x).sum(-1).numpy(), curved_by_loops(given, rates, gammas), rtol=1e-4, atol=1e-6
    )


def test_what_is_left_of_w_is_what_running_each_method_leaves() -> None:
    rng = np.random.default_rng(0)
    X, w, x = rng.standard_normal((PAIRS, D)), rng.standard_normal(D), rng.standard_normal(D)
    S = X.T @ X
    s, vectors = np.linalg.eigh(S)

    def missing(left: np.ndarray) -> float:
        return float((vectors.T @ w * left) @ (vectors.T @ x))

    given = model.Tasks(
        *(torch.from_numpy(np.atleast_1d(each))[None] for each in (X, X @ w, x)), torch.zeros(1)
    )
    said = (descend(given, 0.3, 4) * given.x).sum()
    assert missing(model.left_by_descent(s, 0.3 / PAIRS, 4)) == pytest.approx(w @ x - float(said))
    rates, gammas = [0.05, 0.08], [0.01, 0.02]
    scaled = curved_by_loops(given._replace(y=given.y), [PAIRS * rate for rate in rates], gammas)
    assert missing(model.left_by_layers(s, rates, gammas)) == pytest.approx(w @ x - scaled[0])
    inverse = S / np.linalg.norm(S @ S.T)
    for _ in range(3):
        inverse = inverse @ (2 * np.eye(D) - S @ inverse)
    assert missing(model.left_by_newton(s, 3)) == pytest.approx(w @ x - (inverse @ X.T @ X @ w) @ x)


def test_the_expected_loss_is_that_of_drawn_tasks() -> None:
    given = model.draw(20_000, 10, D, torch.Generator().manual_seed(5))
    of = model.spectra(given.X.numpy(), np.full(D, model.HALF**2 / 3))
    said = (descend(given, 0.7, 3) * given.x).sum(-1)
    expected = model.expected_loss(of, model.left_by_descent(of.s, 0.07, 3))
    assert model.loss(said, given) == pytest.approx(expected, rel=0.05)


def test_deeper_stacks_reach_less_and_are_counted_exactly() -> None:
    of = model.normal_spectra(60, 12, np.ones(D), 0)
    goals = model.layer_losses(of, 3)
    assert goals == sorted(goals, reverse=True)
    steps = model.descent_steps(of, goals[1])
    assert model.best_descent(of, steps)[1] <= goals[1] < model.best_descent(of, steps - 1)[1]
    assert model.best_layers(of, 1)[0][0][0] == pytest.approx(model.best_descent(of, 1)[0], rel=1e-3)


def test_training_is_the_same_twice_and_finds_the_step_in_one_dimension() -> None:
    recipe = model.Recipe(1, 6, steps=250)
    first, again = (model.trained(recipe, 3) for _ in range(2))
    assert all(torch.equal(left, right) for left, right in zip(first, again, strict=True))
    given = model.draw(2000, 6, 1, torch.Generator().manual_seed(9))
    best = (descend(given, model.best_rate(1, 6)[0]) * given.x).sum(-1)
    assert torch.corrcoef(torch.stack([model.predict(first, given), best]))[0, 1] > 0.995


def test_dots_are_where_they_were_drawn_and_files_keep_their_origin() -> None:
    ink = np.zeros((101, 201), np.float32)
    ink[24:27, 149:152], ink[74:77, 49:52] = 1, 1
    np.testing.assert_allclose(data.placed(Drawing.of(ink), None), [[0.5, 0.5], [-0.5, -0.5]], atol=1e-6)
    np.testing.assert_allclose(data.placed(None, Points.of([[2.0, -5.0], [1.0, 1.0]])), [[1, -1], [0.5, 0.2]])
    for drawing, points in ((None, None), (Drawing.of(np.zeros((9, 9), np.float32)), None)):
        with pytest.raises(InputError):
            data.placed(drawing, points)
    with pytest.raises(InputError, match="vertical"):
        data.placed(None, Points.of([[0.0, 1.0]]))
    nearly = np.zeros((100, 200), np.float32)
    nearly[24:27, 99:102] = 1
    with pytest.raises(InputError, match="vertical"):
        data.placed(Drawing.of(nearly), None)
