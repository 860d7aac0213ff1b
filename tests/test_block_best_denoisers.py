"""Oracles: scipy's densities, Tweedie's formula by autograd, brute force, and covariances by derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch import Tensor

from zoo.blocks.best_denoisers import Memory, Mixture
from zoo.blocks.denoising import along


def full_covariances(mixture: Mixture) -> Tensor:
    eye = torch.eye(mixture.means.shape[1], dtype=mixture.means.dtype)
    across = eye - mixture.bases @ mixture.bases.mT
    return (
        mixture.bases * mixture.variances[:, None] @ mixture.bases.mT + mixture.rest[:, None, None] * across
    )


@pytest.fixture(scope="module")
def uneven() -> Mixture:
    """Three components of unequal weights and widths in five dimensions."""
    stream = torch.Generator().manual_seed(0)
    bases = torch.linalg.qr(torch.randn(3, 5, 2, generator=stream, dtype=torch.float64)).Q
    means = torch.randn(3, 5, generator=stream, dtype=torch.float64)
    variances = torch.tensor([[1.0, 0.3], [2.0, 0.1], [0.5, 0.5]], dtype=torch.float64)
    rest = torch.tensor([0.01, 0.2, 0.05], dtype=torch.float64)
    return Mixture(means, bases, variances, rest, torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64))


MIXTURES = [Mixture.ring(), Mixture.subspaces(2, 12, 3), "uneven"]


@pytest.fixture(params=MIXTURES, ids=["ring", "subspaces", "uneven"])
def mixture(request, uneven: Mixture) -> Mixture:
    return uneven if request.param == "uneven" else request.param


def noisy(mixture: Mixture, sigma: float, count: int = 20) -> Tensor:
    clean, _ = mixture.draw(count, seed=1)
    return clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(2)).double()


@pytest.mark.parametrize("sigma", [0.1, 1.0, 20.0])
def test_log_density_is_scipys(mixture: Mixture, sigma: float) -> None:
    y = noisy(mixture, sigma)
    covariances = full_covariances(mixture) + sigma**2 * torch.eye(y.shape[1], dtype=torch.float64)
    densities = sum(
        float(weight) * multivariate_normal(mean.numpy(), covariance.numpy()).pdf(y.numpy())
        for weight, mean, covariance in zip(mixture.weights, mixture.means, covariances, strict=True)
    )
    np.testing.assert_allclose(mixture.log_density(y, sigma), np.log(densities), rtol=1e-9)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 20.0])
def test_the_best_denoiser_follows_the_gradient_of_the_log_density(mixture: Mixture, sigma: float) -> None:
    y = noisy(mixture, sigma).requires_grad_()
    (slope,) = torch.autograd.grad(mixture.log_density(y, sigma).sum(), y)
    torch.testing.assert_close(mixture(y, sigma), y + sigma**2 * slope, rtol=1e-8, atol=1e-8)


def test_its_derivative_is_the_covariance(mixture: Mixture) -> None:
    """Cov[x | y] = sigma^2 dD/dy, from components and from the derivative along each axis."""
    y, sigma = noisy(mixture, 0.7, 4), 0.7
    columns = [
        along(lambda moved: mixture(moved, sigma), y, axis.expand_as(y))[1]
        for axis in torch.eye(y.shape[1]).double()
    ]
    torch.testing.assert_close(
        mixture.covariance(y, sigma), sigma**2 * torch.stack(columns, 2), atol=1e-9, rtol=1e-7
    )


def test_each_row_may_have_a_level_of_its_own(uneven: Mixture) -> None:
    y, levels = noisy(uneven, 1.0, 3), torch.tensor([0.1, 1.0, 5.0], dtype=torch.float64)
    apart = [uneven(y[row : row + 1], float(level)) for row, level in enumerate(levels)]
    torch.testing.assert_close(uneven(y, levels), torch.cat(apart))


def test_drawn_points_have_the_means_and_covariances_of_their_components(uneven: Mixture) -> None:
    points, component = uneven.draw(60_000, seed=3)
    for number, covariance in enumerate(full_covariances(uneven)):
        own = points[component == number]
        assert len(own) / 60_000 == pytest.approx(float(uneven.weights[number]), abs=0.01)
        torch.testing.assert_close(own.mean(0), uneven.means[number], atol=0.05, rtol=0)
        torch.testing.assert_close(own.T.cov(), covariance, atol=0.08, rtol=0)


def test_memory_is_a_softmax_over_pictures_and_follows_its_density() -> None:
    stream = torch.Generator().manual_seed(4)
    kept = torch.randn(30, 1, 4, 4, generator=stream).double()
    memory = Memory(kept)
    y = (kept[:5] + 0.5 * torch.randn(5, 1, 4, 4, generator=stream).double()).requires_grad_()
    for sigma in (0.2, 0.8):
        far = (y[:, None] - kept[None]).square().sum((2, 3, 4))
        shares = (-far / (2 * sigma**2)).softmax(1)
        expected = torch.einsum("nk,kchw->nchw", shares, kept)
        torch.testing.assert_close(memory(y, sigma), expected)
        (slope,) = torch.autograd.grad(memory.log_density(y, sigma).sum(), y)
        torch.testing.assert_close(memory(y, sigma), y + sigma**2 * slope)
        points = Mixture.round(kept.flatten(1), 0.0)
        torch.testing.assert_close(memory(y, sigma).flatten(1), points(y.flatten(1), sigma))
        torch.testing.assert_close(memory.log_density(y, sigma), points.log_density(y.flatten(1), sigma))
