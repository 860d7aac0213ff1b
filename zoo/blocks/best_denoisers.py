"""Denoisers that cannot be beaten: of Gaussian mixtures, in closed form, and of a finite set of pictures.

For y = x + sigma e the smallest squared error is that of the mean E[x | y]. Where the distribution of x is known, so is
that mean; and it is the gradient of y's own log density, x = y + sigma^2 grad log p(y) (Tweedie, [1] equation 2).
Each is called as `denoising.Denoiser` is, and `denoising.noise_of` puts it in the network's place.

[1] B. Efron, Tweedie's Formula and Selection Bias, JASA 2011.
"""

from __future__ import annotations

import math
from typing import Self

import torch
from torch import Tensor


class Mixture:
    """A mixture of Gaussians in d dimensions, each wide along a few directions and equally narrow along all others.

    Args:
        means: `(k, d)`.
        bases: `(k, d, r)`, orthonormal columns: the directions; r may be 0.
        variances: `(k, r)` along them.
        rest: variance along every other direction, one or `(k,)`; 0 leaves a component on its subspace.
        weights: `(k,)`, summing to 1; equal if None.
    """

    def __init__(
        self,
        means: Tensor,
        bases: Tensor,
        variances: Tensor,
        rest: Tensor | float = 0.0,
        weights: Tensor | None = None,
    ) -> None:
        self.means, self.bases, self.variances = means, bases, variances
        self.rest = torch.as_tensor(rest, dtype=means.dtype).expand(len(means))
        self.weights = (
            torch.full((len(means),), 1 / len(means), dtype=means.dtype) if weights is None else weights
        )

    @classmethod
    def round(cls, means: Tensor, deviation: float) -> Self:
        """Components that are equally wide in every direction."""
        count, size = means.shape
        return cls(means, means.new_zeros(count, size, 0), means.new_zeros(count, 0), deviation**2)

    @classmethod
    def ring(cls, modes: int = 8, radius: float = 1.0, deviation: float = 0.05) -> Self:
        """Round components on a circle in the plane, float64."""
        angles = torch.arange(modes, dtype=torch.float64) * (2 * math.pi / modes)
        return cls.round(radius * torch.stack([angles.cos(), angles.sin()], 1), deviation)

    @classmethod
    def subspaces(cls, components: int, size: int, rank: int, seed: int = 0) -> Self:
        """Random subspaces through 0, with variance 1 within and none across, float64."""
        stream = torch.Generator().manual_seed(seed)
        drawn = torch.randn(components, size, rank, generator=stream, dtype=torch.float64)
        bases = torch.linalg.qr(drawn).Q
        return cls(bases.new_zeros(components, size), bases, bases.new_ones(components, rank))

    def draw(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """Clean points `(count, d)`, and the components they are of `(count,)`."""
        stream = torch.Generator().manual_seed(seed)
        component = torch.multinomial(self.weights, count, replacement=True, generator=stream)
        round_part = torch.randn(count, self.means.shape[1], generator=stream, dtype=self.means.dtype)
        wide = torch.randn(count, self.variances.shape[1], generator=stream, dtype=self.means.dtype)
        bases, rest = self.bases[component], self.rest[component, None]
        along = torch.einsum("ndr,nd->nr", bases, round_part)
        across = round_part - torch.einsum("ndr,nr->nd", bases, along)
        within = torch.einsum("ndr,nr->nd", bases, wide * self.variances[component].sqrt())
        return self.means[component] + within + rest.sqrt() * across, component

    def __call__(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """E[x | y] of points `(n, d)`; sigma is one, or one a point `(n,)`."""
        shares = self._log_parts(y, sigma).softmax(1)
        square = _column(sigma, y) ** 2
        off, along = self._split(y)
        narrow = self.rest / (self.rest + square)
        wide = self.variances / (self.variances + square[:, :, None])
        across = off - torch.einsum("kdr,nkr->nkd", self.bases, along)
        within = torch.einsum("kdr,nkr->nkd", self.bases, wide * along)
        return torch.einsum("nk,nkd->nd", shares, self.means + within + narrow[:, :, None] * across)

    def log_density(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """log p(y) of noisy points `(n, d)`: `(n,)`."""
        return self._log_parts(y, sigma).logsumexp(1)

    def shares(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """The probability that a noisy point is of each component, `(n, k)`."""
        return self._log_parts(y, sigma).softmax(1)

    def covariance(self, y: Tensor, sigma: float) -> Tensor:
        """Cov[x | y], `(n, d, d)`: within components, and between their means."""
        square = sigma**2
        eye = torch.eye(y.shape[1], dtype=y.dtype)
        projections = torch.einsum("kdr,ker->kde", self.bases, self.bases)
        narrow = self.rest * square / (self.rest + square)
        wide = self.variances * square / (self.variances + square)
        within = narrow[:, None, None] * (eye - projections)
        within = within + torch.einsum("kdr,kr,ker->kde", self.bases, wide, self.bases)
        shares, (off, along) = self.shares(y, sigma), self._split(y)
        gain = (self.rest / (self.rest + square))[:, None]
        across = off - torch.einsum("kdr,nkr->nkd", self.bases, along)
        shrunk = self.variances / (self.variances + square) * along
        means = self.means + gain * across + torch.einsum("kdr,nkr->nkd", self.bases, shrunk)
        apart = means - torch.einsum("nk,nkd->nd", shares, means)[:, None]
        return torch.einsum("nk,kde->nde", shares, within) + torch.einsum(
            "nk,nkd,nke->nde", shares, apart, apart
        )

    def _split(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Points from each component's mean `(n, k, d)`, and their places along its directions `(n, k, r)`."""
        off = y[:, None] - self.means
        return off, torch.einsum("kdr,nkd->nkr", self.bases, off)

    def _log_parts(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """log of weight times density of each component, `(n, k)`."""
        square = _column(sigma, y) ** 2
        off, along = self._split(y)
        narrow, wide = self.rest + square, self.variances + square[:, :, None]
        across = off.square().sum(2) - along.square().sum(2)
        free = y.shape[1] - self.variances.shape[1]
        squares = across / narrow + (along.square() / wide).sum(2)
        sizes = free * narrow.log() + wide.log().sum(2) + y.shape[1] * math.log(2 * math.pi)
        return self.weights.log() - (squares + sizes) / 2


class Memory:
    """The best denoiser where x is one of n pictures, each as likely: a softmax over them.

    Args:
        pictures: `(n, ...)`, such as the 60,000 training digits in -1..1; float32 is 188 MB.
    """

    def __init__(self, pictures: Tensor) -> None:
        self.pictures = pictures.flatten(1)
        self.squares = self.pictures.square().sum(1)

    def __call__(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """E[x | y] of noisy pictures `(m, ...)`; sigma is one, or one a picture `(m,)`."""
        return (self._log_parts(y, sigma).softmax(1) @ self.pictures).reshape(y.shape)

    def log_density(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """log p(y): `(m,)`."""
        size = self.pictures.shape[1]
        norms = size / 2 * (2 * math.pi * _column(sigma, y) ** 2).log()[:, 0]
        return self._log_parts(y, sigma).logsumexp(1) - norms - math.log(len(self.pictures))

    def _log_parts(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        flat = y.flatten(1)
        far = flat.square().sum(1, keepdim=True) - 2 * flat @ self.pictures.T + self.squares
        return -far / (2 * _column(sigma, y) ** 2)


def _column(sigma: Tensor | float, y: Tensor) -> Tensor:
    """A level for every row of y, `(n, 1)` or `(1, 1)`."""
    return torch.as_tensor(sigma, dtype=y.dtype).reshape(-1, 1)
