"""Bounds on mutual information against sums over pairs, public code and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from zoo.blocks import information as I


def drawn(n: int, seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    scores = 3 * torch.randn(n, n, generator=torch.Generator().manual_seed(seed)) + 2 * torch.eye(n)
    return scores, scores.double().numpy()


def softplus(value: float) -> float:
    return math.log1p(math.exp(value))


@pytest.mark.parametrize("n", [2, 9])
def test_bounds_are_their_sums_pair_by_pair(n: int) -> None:
    """Written out; the functions of `ermongroup/smile-mi-estimator` gave the same to 4e-7, `fDIME`'s ratio exactly."""
    scores, f = drawn(n)
    baseline = torch.linspace(-1, 1, n)
    a = baseline.double().numpy()
    strangers = [(i, j) for i in range(n) for j in range(n) if i != j]
    pairs = np.mean([f[i, i] for i in range(n)])

    def mean_exp(values: list[float]) -> float:
        return sum(math.exp(value) for value in values) / len(strangers)

    wanted = {
        "nce": np.mean([f[i, i] - math.log(np.exp(f[i]).sum()) for i in range(n)]) + math.log(n),
        "tuba": 1 + pairs - a.mean() - mean_exp([f[i, j] - a[i] for i, j in strangers]),
        "nwj": pairs - mean_exp([f[i, j] - 1 for i, j in strangers]),
        "js": -np.mean([softplus(-f[i, i]) for i in range(n)])
        - np.mean([softplus(f[i, j]) for i, j in strangers]),
        "smile": pairs - math.log(mean_exp([min(2, max(-2, f[i, j])) for i, j in strangers])),
        "dime": np.mean([math.log((1 - d) / d) for d in 1 / (1 + np.exp(f.diagonal()))]),
    }
    said = {
        "nce": I.info_nce_bound(scores), "tuba": I.tuba(scores, baseline), "nwj": I.nwj(scores),
        "js": I.jensen_shannon(scores), "smile": I.smile(scores, 2.0), "dime": I.gan_dime(scores),
    }  # fmt: skip
    assert {name: float(value) for name, value in said.items()} == pytest.approx(wanted, abs=1e-5, rel=1e-5)


def test_perfect_scores_of_normal_numbers_give_their_information() -> None:
    """The log ratio of a correlated pair, in closed form; NWJ wants one more."""
    rho, n = 0.8, 2000
    rng = torch.Generator().manual_seed(0)
    x, noise = torch.randn(2, n, generator=rng)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    v = 1 - rho**2
    ratio = -0.5 * math.log(v) - (y[None] - rho * x[:, None]).square() / (2 * v) + y.square()[None] / 2
    truth = -0.5 * math.log(v)
    for value in (I.info_nce_bound(ratio), I.nwj(ratio + 1), I.smile(ratio, math.inf), I.gan_dime(ratio)):
        assert float(value) == pytest.approx(truth, abs=0.06)
    assert float(I.tuba(ratio, torch.zeros(n))) == pytest.approx(truth, abs=0.06)


def test_contrast_ends_at_log_n_and_nothing_is_nothing() -> None:
    assert float(I.info_nce_bound(100 * torch.eye(8))) == pytest.approx(math.log(8), abs=1e-6)
    for value in (
        I.info_nce_bound(torch.zeros(8, 8)),
        I.smile(torch.zeros(8, 8), 5),
        I.gan_dime(torch.zeros(8, 8)),
    ):
        assert float(value) == pytest.approx(0, abs=1e-6)


def test_a_separable_critic_scores_every_x_with_every_y() -> None:
    torch.manual_seed(0)
    critic, x, y = I.Separable(3, 2, 8, 4), torch.randn(5, 3), torch.randn(6, 2)
    scores = critic(x, y)
    assert scores.shape == (5, 6)
    torch.testing.assert_close(scores[2, 4], critic(x[2:3], y[4:5])[0, 0])
