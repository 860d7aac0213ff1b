"""Linear self-attention that learns from examples in its input, and the gradient descent that it becomes.

A task is `y = w·x`: N pairs and a query whose y is asked for. Tokens are `(x, y)`, the query `(x, 0)`; a layer is
`e ← e + P V Σᵢ eᵢ (K eᵢ)·(Q e)`, the sum over the N pairs, without softmax, and the prediction is minus the query's
last number. Source: von Oswald et al. 2023, arXiv 2212.07677, sections 2 and 3; settings of the released configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

HALF = 1.0
"""Inputs are uniform between minus and plus this; the paper's released configuration has a half."""
LEAST = 1e-12
"""An expected loss below which a further layer is rounding."""
MOST_STEPS = 4096
"""Steps of gradient descent that are tried."""


class Tasks(NamedTuple):
    """Pairs X `(tasks, N, d)` and y `(tasks, N)`; queries x `(tasks, d)` with their y, `(tasks,)`."""

    X: Tensor
    y: Tensor
    x: Tensor
    target: Tensor


def draw(tasks: int, pairs: int, d: int, rng: torch.Generator, w: Tensor | None = None) -> Tasks:
    """Tasks with standard normal w, `(tasks, d)` unless given, and inputs uniform in a cube."""
    w = torch.randn(tasks, d, generator=rng) if w is None else w
    inputs = HALF * (2 * torch.rand(tasks, pairs + 1, d, generator=rng) - 1)
    y = (inputs * w[:, None]).sum(-1)
    return Tasks(inputs[:, :-1], y[:, :-1], inputs[:, -1], y[:, -1])


class Layers(NamedTuple):
    """Matrices `(d + 1, d + 1)` of keys, queries, values and projection, which all layers of a stack share."""

    K: Tensor
    Q: Tensor
    V: Tensor
    P: Tensor


def begin(d: int, rng: torch.Generator, spread: float = 0.1) -> Layers:
    """Random matrices with entries N(0, spread²)."""
    return Layers(*(spread * torch.randn(d + 1, d + 1, generator=rng) for _ in range(4)))


def by_hand(d: int, rate: float, pairs: int) -> Layers:
    """The construction of Proposition 1: one layer that is one step of gradient descent from w = 0."""
    keys, values, projection = (torch.zeros(d + 1, d + 1) for _ in range(3))
    keys[range(d), range(d)] = 1
    values[d, d] = -1
    projection[d, d] = rate / pairs
    return Layers(keys, keys.clone(), values, projection)


def predict(layers: Layers, tasks: Tasks, depth: int = 1) -> Tensor:
    """Predictions at the queries, `(tasks,)`, after `depth` layers."""
    query = torch.cat([tasks.x, torch.zeros_like(tasks.target)[:, None]], -1)
    tokens = torch.cat([torch.cat([tasks.X, tasks.y[..., None]], -1), query[:, None]], 1)
    for place in range(depth):
        pairs = tokens[:, :-1]
        if place == depth - 1:
            tokens = tokens[:, -1:]  # of the last layer only the query is read
        attention = (tokens @ layers.Q.T) @ (pairs @ layers.K.T).transpose(1, 2)  # (tasks, tokens, N)
        tokens = tokens + attention @ (pairs @ (layers.P @ layers.V).T)
    return -tokens[:, -1, -1]


def sensitivities(layers: Layers, tasks: Tasks, depth: int = 1) -> Tensor:
    """How predictions change with the query, ∂ŷ/∂x, `(tasks, d)`: of a linear model its coefficients."""
    x = tasks.x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(predict(layers, tasks._replace(x=x), depth).sum(), x)
    return slope


# ---------------------------------------------------------------------------------------------------------
# Training


@dataclass(frozen=True)
class Recipe:
    """How a stack is trained.

    Attributes:
        d: dimensions of x.
        pairs: N, in every task.
        depth: layers, all with the same matrices.
        steps: of Adam, each on fresh tasks.
        rate: of Adam at the start; it falls to zero as a cosine.
        batch: tasks a step.
        same_w: whether every task has the same w, the control: nothing in the pairs is then worth reading.
    """

    d: int = 5
    pairs: int = 10
    depth: int = 1
    steps: int = 1000
    rate: float = 0.01
    batch: int = 256
    same_w: bool = False


class Moment(NamedTuple):
    """A step, the mean loss since the moment before, and the matrices."""

    step: int
    loss: float
    layers: Layers


def train(recipe: Recipe, seed: int, kept: frozenset[int]) -> Iterator[Moment]:
    """Train with Adam on half the squared error of the query, and give the moments before the steps in `kept`."""
    rng = torch.Generator().manual_seed(seed)
    w = torch.randn(recipe.d, generator=rng).expand(recipe.batch, -1) if recipe.same_w else None
    layers = Layers(*(matrix.requires_grad_() for matrix in begin(recipe.d, rng)))
    adam = torch.optim.Adam(layers, lr=recipe.rate, betas=(0.9, 0.98))
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, recipe.steps)
    losses = []
    for step in range(recipe.steps + 1):
        tasks = draw(recipe.batch, recipe.pairs, recipe.d, rng, w)
        loss = (predict(layers, tasks, recipe.depth) - tasks.target).square().mean() / 2
        losses.append(loss.item())
        if step in kept:
            now = Layers(*(matrix.detach().clone() for matrix in layers))
            yield Moment(step, float(np.mean(losses)), now)
            losses = []
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(layers, 1.0)
        adam.step()
        cosine.step()


def trained(recipe: Recipe, seed: int) -> Layers:
    """The matrices at the end of training."""
    return next(train(recipe, seed, frozenset({recipe.steps}))).layers


# ---------------------------------------------------------------------------------------------------------
# Gradient descent


def best_rate(d: int, pairs: int) -> tuple[float, float]:
    """The rate η of one step from w = 0 with the least expected loss, and that loss.

    With s = E x² and m = E x⁴ of an input's coordinate, η = N T₁ / T₂ and the loss is s (d - T₁² / T₂) / 2, where
    T₁ = N d s and T₂ = N (d m + d (d - 1) s²) + N (N - 1) d s².
    """
    s, m = HALF**2 / 3, HALF**4 / 5
    first = pairs * d * s
    second = pairs * (d * m + d * (d - 1) * s**2) + pairs * (pairs - 1) * d * s**2
    return pairs * first / second, s / 2 * (d - first**2 / second)


def descend_curved(tasks: Tasks, rates: np.ndarray, gammas: np.ndarray) -> Tensor:
    """Coefficients after layers of GD++: each step also moves every input, x ← (I - γ XᵀX) x, the query's too.

    A step is one of gradient descent on the mean of half the squared errors of the pairs, from zero; without γ it is
    gradient descent itself.

    Args:
        rates: η of each layer, `(layers,)`.
        gammas: γ of each layer, `(layers,)`.
    """
    X, y = tasks.X, tasks.y
    d = X.shape[-1]
    turned = torch.eye(d).expand(len(X), -1, -1)  # what became of a query x is turned @ x
    w = torch.zeros_like(tasks.x)
    for rate, gamma in zip(rates.tolist(), gammas.tolist(), strict=True):
        step = rate * (X * y[..., None]).mean(1)
        w = w + (turned.transpose(1, 2) @ step[..., None])[..., 0]
        y = y - (X * step[:, None]).sum(-1)
        move = torch.eye(d) - gamma * X.transpose(1, 2) @ X
        X, turned = X @ move, move @ turned
    return w


DESCENT, CURVED, LEAST_SQUARES = "gradient descent", "GD++", "least squares"


def rivals(recipe: Recipe, tuning: Tasks) -> dict[str, Any]:
    """Rates of as many steps as the stack has layers, chosen on tasks of their own: one for descent, two for GD++."""
    of = spectra(tuning.X.numpy(), np.full(recipe.d, HALF**2 / 3))
    if recipe.depth == 1:
        return {DESCENT: (np.full(1, best_rate(recipe.d, recipe.pairs)[0]), np.zeros(1))}
    rate, _ = best_descent(of, recipe.depth)
    curved, gamma = best_repeated(of, recipe.depth)
    settings = {DESCENT: (recipe.pairs * rate, 0.0), CURVED: (recipe.pairs * curved, gamma)}
    return {name: tuple(np.full(recipe.depth, value) for value in pair) for name, pair in settings.items()}


def coefficients(settings: dict[str, Any], tasks: Tasks) -> dict[str, Tensor]:
    """What each rival finds, `(tasks, d)`, and least squares, the ceiling."""
    own = {name: descend_curved(tasks, *setting) for name, setting in settings.items()}
    least = torch.linalg.lstsq(tasks.X, tasks.y[..., None], driver="gelsd").solution[..., 0]
    return own | {LEAST_SQUARES: least}


def loss(predictions: Tensor, tasks: Tasks) -> float:
    """Half the mean squared error of predictions, `(tasks,)`."""
    return float((predictions - tasks.target).square().mean() / 2)


def compared(layers: Layers, depth: int, settings: dict[str, Any], tasks: Tasks) -> dict[str, float]:
    """Losses of a stack and of its rivals, and the cosines of its predictions and coefficients with theirs."""
    said, slopes = predict(layers, tasks, depth), sensitivities(layers, tasks, depth)
    numbers = {"trained": loss(said, tasks)}
    for name, w in coefficients(settings, tasks).items():
        answers = (w * tasks.x).sum(-1)
        numbers[name] = loss(answers, tasks)
        numbers[f"predictions like {name}"] = float(cosine_similarity(said, answers, dim=0))
        numbers[f"coefficients like {name}"] = float(cosine_similarity(slopes, w).mean())
    return numbers


# ---------------------------------------------------------------------------------------------------------
# In the directions of XᵀX all three methods only shrink: what is left of w after them is known without running them.


class Spectra(NamedTuple):
    """Eigenvalues of XᵀX of many tasks, and the variance of the query along each eigenvector, both `(tasks, d)`."""

    s: np.ndarray
    weight: np.ndarray


def spectra(X: np.ndarray, variance: np.ndarray) -> Spectra:
    """Of inputs X, `(tasks, N, d)`, where coordinates of the query have `variance`, `(d,)`, and are not correlated."""
    X = np.asarray(X, float)
    s, vectors = np.linalg.eigh(X.transpose(0, 2, 1) @ X)
    return Spectra(np.maximum(s, 0), np.einsum("tij,i->tj", vectors**2, variance))


def normal_spectra(tasks: int, pairs: int, scales: np.ndarray, seed: int) -> Spectra:
    """Of normal inputs with standard deviations `scales`, `(d,)`."""
    X = np.random.default_rng(seed).standard_normal((tasks, pairs, len(scales))) * scales
    return spectra(X, scales**2)


def expected_loss(of: Spectra, left: np.ndarray) -> float:
    """Half the mean squared error over w ~ N(0, I) and queries, where the share `left` of w is not found yet."""
    return float((of.weight * left**2).sum(1).mean() / 2)


def layer_losses(of: Spectra, most: int) -> list[float]:
    """The least expected losses of one to `most` layers of GD++."""
    return [expected_loss(of, left_by_layers(of.s, *stack)) for stack in best_layers(of, most)]


def best_layers(of: Spectra, most: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The η and γ of one to `most` layers of GD++ of least expected loss, each stack grown from the one before."""
    from scipy.optimize import minimize

    s, weight, top = torch.from_numpy(of.s), torch.from_numpy(of.weight), float(of.s.max())

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        free = torch.tensor(values / top, requires_grad=True)
        left = left_by_layers(s, *free.reshape(2, -1))
        value = (weight * left**2).sum(1).mean().log()
        value.backward()
        slope = free.grad.numpy() / top
        finite = np.isfinite([value.item(), *slope]).all()
        return (value.item(), slope) if finite else (1e3, np.zeros_like(slope))

    stacks: list[tuple[np.ndarray, np.ndarray]] = []
    values = np.array([[1.0], [0.3]])
    while len(stacks) < most:
        starts = [
            values * np.r_[np.ones(2 * len(values[0]) - 1), share].reshape(2, -1) for share in (0.3, 1.0)
        ]
        look: dict[str, Any] = {"jac": True, "method": "L-BFGS-B", "options": {"maxiter": 200}}
        ends = [minimize(loss, start.ravel(), **look) for start in starts]
        values = min(ends, key=lambda end: end.fun).x.reshape(2, -1)
        stacks.append((values[0] / top, values[1] / top))
        if expected_loss(of, left_by_layers(of.s, *stacks[-1])) < LEAST:
            break
        values = np.concatenate([values, values[:, -1:]], 1)
    return stacks


def best_repeated(of: Spectra, depth: int) -> tuple[float, float]:
    """The η and γ of GD++ of least expected loss where all layers share them, as trained layers share matrices."""
    from scipy.optimize import minimize

    top = float(of.s.max())

    def loss(pair: np.ndarray) -> float:
        return expected_loss(of, left_by_layers(of.s, [pair[0] / top] * depth, [pair[1] / top] * depth))

    starts = ((rate, gamma) for rate in (0.7, 1.5, 4.0) for gamma in (0.1, 0.6))
    ends = (minimize(loss, start, method="Nelder-Mead") for start in starts)
    rate, gamma = min(ends, key=lambda end: end.fun).x / top
    return float(rate), float(gamma)


def best_descent(of: Spectra, steps: int) -> tuple[float, float]:
    """The rate on the summed loss that is best for so many steps, and the expected loss."""
    from scipy.optimize import minimize_scalar

    top = float(of.s.max())

    def loss(rate: float) -> float:
        return expected_loss(of, left_by_descent(of.s, rate / top, steps))

    grid = np.linspace(0.1, 4, 40)  # above 2 the largest eigenvalue grows, which a few steps can afford
    with np.errstate(over="ignore"):  # and many cannot: their loss is infinite there
        near = grid[int(np.argmin([loss(rate) for rate in grid]))]
        end = minimize_scalar(loss, bounds=(near - 0.1, near + 0.1), method="bounded")
    return end.x / top, float(end.fun)


def descent_steps(of: Spectra, goal: float, most: int = MOST_STEPS) -> int:
    """The fewest steps of descent, at the rate that is best for so many, whose expected loss is at most `goal`."""
    above, steps = 0, 1
    while steps < most and best_descent(of, steps)[1] > goal:
        above, steps = steps, 2 * steps
    while steps - above > 1:
        middle = (above + steps) // 2
        above, steps = (middle, steps) if best_descent(of, middle)[1] > goal else (above, middle)
    return steps


def newton_steps(of: Spectra, goal: float, most: int = 60) -> int:
    """The fewest iterations of Newton's method whose expected loss is at most `goal`."""
    losses = (expected_loss(of, left_by_newton(of.s, steps)) for steps in range(most))
    return next((steps for steps, loss in enumerate(losses) if loss <= goal), most)


def left_by_descent(s: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """(1 - η s)^steps for eigenvalues s, `(tasks, d)`; the rate is that of the summed loss."""
    return (1 - rate * s) ** steps


def left_by_layers(s: Any, rates: Any, gammas: Any) -> Any:
    """Layers of GD++: each multiplies by 1 - η s, then s by (1 - γ s)²; arrays or tensors."""
    left = 1.0
    for rate, gamma in zip(rates, gammas, strict=True):
        left = left * (1 - rate * s)
        s = s * (1 - gamma * s) ** 2
    return left


def left_by_newton(s: np.ndarray, steps: int) -> np.ndarray:
    """Newton's iteration for the inverse, M ← M (2 I - S M) from M = S / ‖S Sᵀ‖: what is left is squared each time.

    Of eigenvalues s, `(tasks, d)`.
    """
    norm = np.sqrt((s**4).sum(-1, keepdims=True))
    return (1 - s**2 / norm) ** (2**steps)
