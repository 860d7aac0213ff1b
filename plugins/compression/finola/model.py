"""FINOLA: a picture as one vector, regrown by first-order norm+linear autoregression.

The mathematics of Chen et al., "Image as First-Order Norm+Linear Autoregression" (arXiv 2305.16319). A feature
map of ``size`` by ``size`` cells grows from the vector ``q`` at its centre by

    z(x+1, y) = z(x, y) + A+ norm z(x, y)        z(x-1, y) = z(x, y) + A- norm z(x, y)
    z(x, y+1) = z(x, y) + B+ norm z(x, y)        z(x, y-1) = z(x, y) + B- norm z(x, y)

with the same four matrices for every picture and every place: the centre row first, then all columns at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate, repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PIXELS = 32
"""Side of the square pictures that one vector describes, unless a network says otherwise."""

BASIS = 32
"""Side of the pictures that the linear code is made for; larger ones are reduced to their lowest frequencies."""

Step = Callable[[Tensor, Tensor], Tensor]


def normalise(z: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Zero mean and unit variance over the channels of each cell, without learned gain or offset.

    Args:
        z: (..., channels).
        epsilon: added to the variance, so that a cell of equal channels stays finite.
    """
    centred = z - z.mean(-1, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(-1, keepdim=True) + epsilon)


def step(z: Tensor, matrix: Tensor) -> Tensor:
    """The cells next to ``z`` (..., channels) in the direction of ``matrix``: z + M norm(z)."""
    return z + F.linear(normalise(z), matrix).to(z.dtype)


def line(z: Tensor, backward: Tensor, forward: Tensor, size: int, step: Step = step) -> Tensor:
    """Walk both ways from the centre of a line of ``size`` cells.

    An even line has no middle; its centre is cell ``size // 2``.

    Args:
        z: the centre, (batch, ..., channels).
        backward: matrix towards cell 0.
        forward: matrix towards the last cell.
        size: cells of the line.
        step: from a cell and a matrix to the next cell.

    Returns:
        (batch, size, ..., channels).
    """
    before = list(accumulate(repeat(backward, size // 2), step, initial=z))
    after = list(accumulate(repeat(forward, size - 1 - size // 2), step, initial=z))
    return torch.stack([*before[:0:-1], *after], dim=1)


def grow(
    q: Tensor, right: Tensor, left: Tensor, down: Tensor, up: Tensor, size: int, step: Step = step
) -> Tensor:
    """The feature map of ``q`` by the parallel schedule: the centre row, then all columns at once.

    Args:
        q: one vector a picture, (batch, channels).
        right, left: A+ and A-, (channels, channels).
        down, up: B+ and B-, (channels, channels).
        size: cells on a side.
        step: from a cell and a matrix to the next cell.

    Returns:
        (batch, size, size, channels), rows before columns.
    """
    return line(line(q, left, right, size, step), up, down, size, step)


def arrival(size: int) -> Tensor:
    """The growth step at which each cell of the map is reached, int64 (size, size); 0 at the centre."""
    distance = (torch.arange(size) - size // 2).abs()
    on_row = distance.expand(size, size)
    return torch.where(distance[:, None] == 0, on_row, size // 2 + distance[:, None])


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity, which is what it starts as."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) to the same shape."""
        return x + self.second(F.gelu(self.first(F.gelu(x))))


class Encoder(nn.Module):
    """Square pictures to what a small convolutional network adds to their linear code; its maps are 16, 8, 4 wide."""

    def __init__(self, code_length: int, widths: tuple[int, int, int], pixels: int) -> None:
        super().__init__()
        first, second, third = widths
        patch = pixels // 16
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(patch),
            nn.Conv2d(3 * patch**2, first, 3, padding=1),
            Residual(first),
            nn.GELU(),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
            Residual(second),
            nn.GELU(),
            nn.Conv2d(second, third, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Flatten(),
        )
        self.head = nn.Linear(third * 16, code_length)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, 3, pixels, pixels) to (batch, code_length)."""
        return self.head(self.layers(images.contiguous(memory_format=torch.channels_last)))


class Decoder(nn.Module):
    """A map of cells to pixels: upsampled by 2, one residual block, upsampled by the rest."""

    def __init__(self, channels: int, width: int, cell: int) -> None:
        super().__init__()
        self.up = nn.Linear(channels, 4 * width)
        self.residual = Residual(width)
        self.rest = cell // 2
        self.out = nn.Conv2d(width, 3 * self.rest**2, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """(batch, size, size, channels) to (batch, 3, cell * size, cell * size)."""
        features = F.pixel_shuffle(self.up(z).permute(0, 3, 1, 2), 2)
        features = features.contiguous(memory_format=torch.channels_last)
        return F.pixel_shuffle(self.out(self.residual(features)), self.rest)


def resampling(low: int, high: int) -> Tensor:
    """Keeps the ``low`` lowest frequencies of ``high`` samples, by their cosine transform: (low, high), orthonormal."""

    def cosines(count: int) -> Tensor:
        frequency, place = torch.arange(count).double()[:, None], torch.arange(count).double() + 0.5
        transform = torch.cos(math.pi / count * frequency * place) * math.sqrt(2 / count)
        transform[0] /= math.sqrt(2)
        return transform

    return cosines(low).T @ cosines(high)[:low]


class Finola(nn.Module):
    """Encoder, autoregression and decoder; pictures are (batch, 3, pixels, pixels) in [-1, 1].

    The first k numbers of a code are a code of their own, for every k: the network is trained on prefixes of
    random length. A code is the picture's principal components (scaled by one factor), to each of which the encoder
    adds a correction in units of its standard deviation. Their basis is not trained and is the baseline too.

    Args:
        code_length: numbers in the longest code.
        channels: channels C of a cell.
        size: cells on a side of the map.
        width: channels of the decoder's convolutions.
        encoder_widths: channels of the encoder's three stages.
        pixels: on a side of the pictures, a multiple of 16 and of twice the cells.
    """

    resampling: Tensor

    def __init__(
        self,
        code_length: int = 128,
        channels: int = 384,
        size: int = 8,
        width: int = 48,
        encoder_widths: tuple[int, int, int] = (32, 64, 64),
        pixels: int = PIXELS,
    ) -> None:
        super().__init__()
        self.code_length, self.size, self.pixels = code_length, size, pixels
        self.register_buffer("resampling", resampling(BASIS, pixels).float(), persistent=False)
        self.register_buffer("mean", torch.zeros(3 * BASIS**2))
        self.register_buffer("components", torch.zeros(code_length, 3 * BASIS**2))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("deviation", torch.ones(code_length))
        self.encoder = Encoder(code_length, encoder_widths, pixels)
        self.centre = nn.Linear(code_length, channels)
        self.right, self.left, self.down, self.up = (
            nn.Parameter(torch.randn(channels, channels) * 0.5 / math.sqrt(channels)) for _ in range(4)
        )
        self.decoder = Decoder(channels, width, pixels // size)

    def encode(self, images: Tensor) -> Tensor:
        """Codes (batch, code_length); keep the first k numbers for a code of length k."""
        return self.scale * self.project(images) + self.deviation * self.encoder(images)

    def q(self, code: Tensor) -> Tensor:
        """The vectors (batch, channels) at the centres, from codes (batch, k) of any length k."""
        return F.linear(code, self.centre.weight[:, : code.shape[1]], self.centre.bias)

    def grow(self, q: Tensor) -> Tensor:
        """The feature maps (batch, size, size, channels) that grow from ``q`` (batch, channels)."""
        return grow(q, self.right, self.left, self.down, self.up, self.size)

    def decode(self, code: Tensor) -> Tensor:
        """Pictures from codes (batch, k) of any length k."""
        return self.decoder(self.grow(self.q(code).float()))

    def project(self, images: Tensor) -> Tensor:
        """Principal components (batch, code_length) of pictures: the baseline's code."""
        return F.linear(self.lowest(images).flatten(1) - self.mean, self.components)

    def unproject(self, coefficients: Tensor) -> Tensor:
        """The baseline's pictures from the first k principal components (batch, k)."""
        flat = self.mean + coefficients @ self.components[: coefficients.shape[1]]
        return self.resampling.T @ flat.unflatten(1, (3, BASIS, BASIS)) @ self.resampling

    def lowest(self, images: Tensor) -> Tensor:
        """The lowest 32 x 32 frequencies of pictures, as pictures (batch, 3, 32, 32); all there are at 32 pixels."""
        return self.resampling @ images @ self.resampling.T


def decibels(squared_error: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of mean squared errors of pictures in [-1, 1], in dB."""
    return -10 * torch.log10(squared_error.clamp_min(1e-12) / 4)
