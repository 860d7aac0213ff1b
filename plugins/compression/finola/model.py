"""FINOLA: a picture as one vector, regrown by first-order norm+linear autoregression.

The mathematics of Chen et al., "Image as First-Order Norm+Linear Autoregression" (arXiv 2305.16319). A feature
map of ``size`` by ``size`` cells grows from the vector ``q`` at its centre by

    z(x+1, y) = z(x, y) + A+ norm z(x, y)        z(x-1, y) = z(x, y) + A- norm z(x, y)
    z(x, y+1) = z(x, y) + B+ norm z(x, y)        z(x, y-1) = z(x, y) + B- norm z(x, y)

with the same four matrices for every picture and every place: the centre row first, then all columns at once. A+
and B+ are the paper's A and B; A- and B- are those that it adds for the ways back.
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
"""Side of the pictures that principal components are made for; larger ones are reduced to their lowest frequencies."""

Step = Callable[[Tensor, Tensor], Tensor]


def normalise(z: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Zero mean and unit variance over the channels of each cell, without learned gain or offset.

    Args:
        z: (..., channels).
        epsilon: added to the variance, so that a cell of equal channels stays finite.
    """
    return F.layer_norm(z, z.shape[-1:], eps=epsilon)


def step(z: Tensor, matrix: Tensor) -> Tensor:
    """The cells next to ``z`` (..., channels) in the direction of ``matrix``: z + M norm(z)."""
    return z + F.linear(normalise(z), matrix)


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


class Pooling(nn.Module):
    """Attention pooling: each head takes a weighted mean of the cells, by what is in them and by where they are."""

    def __init__(self, width: int, cells: int, heads: int, outputs: int) -> None:
        super().__init__()
        self.content = nn.Linear(width, heads)
        self.place = nn.Parameter(2 * torch.randn(cells, heads))
        self.head = nn.Linear(heads * width, outputs)

    def forward(self, cells: Tensor) -> Tensor:
        """(batch, cells, width) to (batch, outputs)."""
        attention = (self.content(cells) + self.place).softmax(1)
        return self.head((attention.mT @ cells).flatten(1))


class Encoder(nn.Module):
    """Square pictures to codes: a small convolutional network on 8 x 8 cells, and attention pooling over them."""

    def __init__(self, code_length: int, width: int, heads: int, pixels: int) -> None:
        super().__init__()
        cell = pixels // 8
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(cell), nn.Conv2d(3 * cell**2, width, 3, padding=1), Residual(width)
        )
        self.pooling = Pooling(width, 64, heads, code_length)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, 3, pixels, pixels) to (batch, code_length)."""
        features = self.layers(images.contiguous(memory_format=torch.channels_last))
        return self.pooling(features.permute(0, 2, 3, 1).flatten(1, 2))


class Decoder(nn.Module):
    """A map of cells to pixels: a residual block and a convolution, three of 3x3 in all, that fills each cell."""

    def __init__(self, channels: int, width: int, cell: int) -> None:
        super().__init__()
        self.inner = nn.Linear(channels, width)
        self.residual = Residual(width)
        self.out = nn.Conv2d(width, 3 * cell**2, 3, padding=1)
        self.cell = cell

    def forward(self, z: Tensor) -> Tensor:
        """(batch, size, size, channels) to (batch, 3, cell * size, cell * size)."""
        features = self.inner(z).permute(0, 3, 1, 2)
        return F.pixel_shuffle(self.out(self.residual(features)), self.cell)


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
    random length. A linear map turns a code into q.

    Args:
        code_length: numbers in the longest code.
        channels: channels C of a cell.
        size: cells on a side of the map.
        width: channels of the decoder's convolutions.
        encoder_width: channels of the encoder's convolutions.
        heads: of the attention pooling.
        pixels: on a side of the pictures, a multiple of 8 and of the cells.
    """

    def __init__(
        self,
        code_length: int = 128,
        channels: int = 256,
        size: int = 8,
        width: int = 64,
        encoder_width: int = 48,
        heads: int = 32,
        pixels: int = PIXELS,
    ) -> None:
        super().__init__()
        self.code_length, self.size, self.pixels = code_length, size, pixels
        self.encoder = Encoder(code_length, encoder_width, heads, pixels)
        self.centre = nn.Linear(code_length, channels)
        self.right, self.left, self.down, self.up = (
            nn.Parameter(torch.randn(channels, channels) * 0.5 / math.sqrt(channels)) for _ in range(4)
        )
        self.decoder = Decoder(channels, width, pixels // size)

    def encode(self, images: Tensor) -> Tensor:
        """Codes (batch, code_length); keep the first k numbers for a code of length k."""
        return self.encoder(images)

    def q(self, code: Tensor) -> Tensor:
        """The vectors (batch, channels) at the centres, from codes (batch, k) of any length k."""
        return F.linear(code, self.centre.weight[:, : code.shape[1]], self.centre.bias)

    def grow(self, q: Tensor) -> Tensor:
        """The feature maps (batch, size, size, channels) that grow from ``q`` (batch, channels)."""
        return grow(q, self.right, self.left, self.down, self.up, self.size)

    def decode(self, code: Tensor) -> Tensor:
        """Pictures from codes (batch, k) of any length k."""
        return self.decoder(self.grow(self.q(code)))


class Components(nn.Module):
    """The rival: principal components of the training pictures, which no part of FINOLA makes use of.

    Args:
        count: components.
        pixels: on a side of the pictures; of those larger than 32 the lowest frequencies are taken.
    """

    resampling: Tensor

    def __init__(self, count: int = 128, pixels: int = PIXELS) -> None:
        super().__init__()
        self.register_buffer("resampling", resampling(BASIS, pixels).float(), persistent=False)
        self.register_buffer("mean", torch.zeros(3 * BASIS**2))
        self.register_buffer("components", torch.zeros(count, 3 * BASIS**2))

    def project(self, images: Tensor) -> Tensor:
        """Coefficients (batch, count) of pictures."""
        return F.linear(self.lowest(images).flatten(1) - self.mean, self.components)

    def unproject(self, coefficients: Tensor) -> Tensor:
        """Pictures from the first k coefficients (batch, k)."""
        flat = self.mean + coefficients @ self.components[: coefficients.shape[1]]
        return self.resampling.T @ flat.unflatten(1, (3, BASIS, BASIS)) @ self.resampling

    def lowest(self, images: Tensor) -> Tensor:
        """The lowest 32 x 32 frequencies of pictures, as pictures (batch, 3, 32, 32); all there are at 32 pixels."""
        return self.resampling @ images @ self.resampling.T


def decibels(squared_error: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of mean squared errors of pictures in [-1, 1], in dB."""
    return -10 * torch.log10(squared_error.clamp_min(1e-12) / 4)
