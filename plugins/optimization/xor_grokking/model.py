"""A network of ReLUs that memorises clusters in the shape of a cross, noise and all, and understands them later.

Points lie around ±μ₁ (label +1) and ±μ₂ (label -1), orthogonal and of length μ, with noise N(0, I) in p dimensions;
some labels are flipped. f(x) = Σ aⱼ relu(wⱼ·x), aⱼ = ±1/√m is fixed, W begins as N(0, ω²), and gradient descent on the
logistic loss takes every point at each step. Source: Xu, Wang, Frei, Vardi and Hu 2024, arXiv 2310.02541.

p costs nothing. Steps move W along training points only, so that their inner products are all that training needs;
those of the noise have a known law (Bartlett's), and so has what a test point has in common with training and start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]


class Clouds(NamedTuple):
    """Middles of the clouds in the plane, `(c, 2)`, of mean square length 1, and their labels ±1, `(c,)`."""

    xy: Array
    labels: Array


CROSS = Clouds(np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.array([1.0, 1, -1, -1]))
"""±μ₁ and ±μ₂."""


@dataclass(frozen=True)
class Setting:
    """A problem and a network.

    Attributes:
        n: training points.
        p: dimensions.
        signal: μ² / √p.
        flips: the share of training labels that are flipped.
        width: m, neurons.
        start: κ = ω √(n m p) / (α μ²), the start against what step one gains along the means; it sets ω.
        rate: α p / n; one step moves a margin by about an eighth of it.
        equal: whether all clouds have as many points and flips, as nearly as numbers allow; otherwise chance decides.
    """

    n: int = 200
    p: float = 40_000
    signal: float = 5.0
    flips: float = 0.1
    width: int = 400
    start: float = 2.83
    rate: float = 0.5
    equal: bool = False

    @property
    def mu(self) -> float:
        """The length of the means."""
        return float(np.sqrt(self.signal * np.sqrt(self.p)))

    @property
    def alpha(self) -> float:
        """The step size."""
        return self.rate * self.n / self.p

    @property
    def omega(self) -> float:
        """The standard deviation of the weights at the start."""
        return float(self.start * self.alpha * self.mu**2 / np.sqrt(self.n * self.width * self.p))

    @property
    def promised(self) -> bool:
        """Whether data are as the theorem asks, all constants taken as one: μ² ≥ n^0.51 √p and p ≥ n² μ²."""
        return self.signal >= self.n**0.51 and self.p >= self.n**2 * self.mu**2


class Draw(NamedTuple):
    """Points and a start, in coordinates along the plane of the means and then along the training noise, 2 + n in all.

    Attributes:
        x: training points, `(n, 2 + n)`.
        given: their labels ±1, some flipped, `(n,)`.
        clean: the labels before any was flipped, `(n,)`.
        test: test points, `(t, 2 + n)`.
        truth: their labels, none flipped, `(t,)`.
        W: weights at the start, `(m, 2 + n)`.
        rest: what each neuron answers, at the start and ever after, to the part of a test point outside of these
            coordinates, `(t, m)`.
        a: the fixed output weights, `(m,)`.
    """

    x: Array
    given: Array
    clean: Array
    test: Array
    truth: Array
    W: Array
    rest: Array
    a: Array


def draw(setting: Setting, seed: int, tests: int = 1000, clouds: Clouds = CROSS) -> Draw:
    """Training points, test points and a start as they would be drawn in p dimensions.

    In a basis that is fitted to it row by row, the training noise is lower triangular: N(0, 1) below the diagonal, and
    on it roots of χ² with p - 2, p - 3, … degrees of freedom.
    """
    rng, n, m, omega = np.random.default_rng(seed), setting.n, setting.width, setting.omega

    def sampled(count: int) -> tuple[Array, Array]:
        drawn = rng.integers(len(clouds.labels), size=count)
        which = np.arange(count) % len(clouds.labels) if setting.equal else drawn
        return setting.mu * clouds.xy[which] + rng.standard_normal((count, 2)), clouds.labels[which]

    plane, clean = sampled(n)
    chance = rng.random(n)
    if setting.equal:  # point i lies in cloud i modulo c, so flips are dealt in turn
        chance = np.arange(n) / n
    given = np.where(chance < setting.flips, -clean, clean)
    noise = np.tril(rng.standard_normal((n, n)), -1)
    noise[np.diag_indices(n)] = np.sqrt(rng.chisquare(setting.p - 2 - np.arange(n)))
    test, truth = sampled(tests)
    outside = np.sqrt(rng.chisquare(setting.p - 2 - n, size=(tests, 1)))
    return Draw(
        np.hstack([plane, noise]),
        given,
        clean,
        np.hstack([test, rng.standard_normal((tests, n))]),
        truth,
        omega * rng.standard_normal((m, 2 + n)),
        omega * outside * rng.standard_normal((tests, m)),
        np.where(rng.random(m) < 0.5, 1, -1) / np.sqrt(m),
    )


class Moment(NamedTuple):
    """The network after some steps.

    Attributes:
        step: how many.
        train: its answers to training points, `(n,)`.
        test: its answers to test points, `(t,)`.
        plane: the part of its weights in the plane of the means, `(m, 2)`.
    """

    step: int
    train: Array
    test: Array
    plane: Array


def train(
    drawn: Draw, alpha: float, steps: int, kept: Collection[int], frozen: bool = False
) -> Iterator[Moment]:
    """Gradient descent on the mean logistic loss; gives the moments in `kept`.

    With W = W₀ + Cᵀ X only C, `(n, m)`, moves: a step adds (α / n) yᵢ sᵢ aⱼ where neuron j fires for point i, and
    sᵢ = 1 / (1 + exp(yᵢ f(xᵢ))). The step of W, written in the inner products X Xᵀ.

    Args:
        drawn: points and start.
        alpha: the step size.
        steps: how many.
        kept: the moments that are given, 0 for the start.
        frozen: whether each neuron fires for the points that it fires for at the start; this is the control, a network
            that is linear in its weights.
    """
    x, y, a = drawn.x, drawn.given, drawn.a
    inner, across = x @ x.T, drawn.test @ x.T
    begun, begun_test = x @ drawn.W.T, drawn.test @ drawn.W.T + drawn.rest
    first, first_test = begun > 0, begun_test > 0
    change, inputs = np.zeros((len(x), len(a))), begun.copy()
    for step in range(steps + 1):
        fires = first if frozen else inputs > 0
        answers = (fires * inputs) @ a
        if step in kept:
            test = begun_test + across @ change
            said = ((first_test if frozen else test > 0) * test) @ a
            yield Moment(step, answers, said, drawn.W[:, :2] + change.T @ x[:, :2])
        pull = (alpha / len(x)) * y * expit(-y * answers)
        added = fires * pull[:, None] * a
        change += added
        inputs += inner @ added


def right(answers: Array, labels: Array) -> float:
    """The share of answers, `(k,)`, that have the sign of their labels, `(k,)`."""
    return float((answers * labels > 0).mean())


def scores(moment: Moment, drawn: Draw) -> tuple[float, float, float]:
    """Shares of training points answered as given, of flipped ones (NaN if none), of test points answered truly."""
    flipped = drawn.given != drawn.clean
    lies = right(moment.train[flipped], drawn.given[flipped]) if flipped.any() else float("nan")
    return right(moment.train, drawn.given), lies, right(moment.test, drawn.truth)


def least_norm(drawn: Draw) -> Array:
    """Answers to test points, `(t,)`, of the linear classifier of least norm that fits every training label exactly."""
    return drawn.test @ drawn.x.T @ np.linalg.solve(drawn.x @ drawn.x.T, drawn.given)


def nearest(drawn: Draw, setting: Setting, clouds: Clouds = CROSS) -> Array:
    """What is best where the means are known: the label of the nearest mean to each test point, `(t,)`."""
    apart = drawn.test[:, None, :2] - setting.mu * clouds.xy
    return clouds.labels[np.square(apart).sum(2).argmin(1)]


def around(moment: Moment, a: Array, angles: Array) -> Array:
    """What the network answers to points of the plane without noise, at these angles, `(k,)`."""
    directions = np.stack([np.cos(angles), np.sin(angles)], 1)
    return np.maximum(directions @ moment.plane.T, 0) @ a
