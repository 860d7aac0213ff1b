"""Masked FINOLA: features learned by predicting three quarters of a picture from the quarter that is shown.

The encoder sees one quadrant, 4 x 4 of the 8 x 8 cells of the map. Every visible cell predicts three others, four
cells across, four down, and both, by four steps of the same recursion that grows a map from one vector:

    z(x±4, y) = φx⁴ z(x, y)      z(x, y±4) = φy⁴ z(x, y)      z(x±4, y±4) = (φx⁴ φy⁴ z + φy⁴ φx⁴ z) / 2

with φ z = z + M norm(z) and the sign for which the target lies on the map. So all other cells are reached, each once,
whether the quadrant lies in a corner, at an edge or in the middle. A linear decoder turns cells into pixels.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .model import PIXELS, Residual, grow, step

SIZE = 8
"""Cells on a side of the whole map."""

CELL = PIXELS // SIZE
"""Pixels along a side of a cell."""

HALF = SIZE // 2
"""Cells on a side of a quadrant, and the distance over which a cell predicts."""

CORNERS = tuple((row, column) for row in (0, 2, 4) for column in (0, 2, 4))
"""First row and column of each quadrant that is shown in training: corners, edges and the middle."""


def leap(z: Tensor, backward: Tensor, forward: Tensor, first: int) -> Tensor:
    """Cells four further on, or four back where forward would leave the map.

    Args:
        z: a line of visible cells, (batch, ..., 4, channels).
        backward: matrix towards cell 0.
        forward: matrix towards the last cell.
        first: the place of the first of them, 0 to 4.

    Returns:
        The same shape: the cell at place x became that at (x + 4) % 8.
    """
    ahead, behind = z[..., : HALF - first, :], z[..., HALF - first :, :]
    for _ in range(HALF):
        ahead, behind = step(ahead, forward), step(behind, backward)
    return torch.cat([ahead, behind], dim=-2)


def predict(
    z: Tensor, right: Tensor, left: Tensor, down: Tensor, up: Tensor, corner: tuple[int, int]
) -> Tensor:
    """The whole map from one quadrant of it.

    Args:
        z: visible cells, (batch, 4, 4, channels), rows before columns.
        right, left, down, up: the matrices, (channels, channels).
        corner: row and column of the first visible cell, 0 to 4 each.

    Returns:
        (batch, 8, 8, channels); the visible cells are in their place as they were.
    """

    def across(cells: Tensor) -> Tensor:
        return leap(cells, left, right, corner[1])

    def along(cells: Tensor) -> Tensor:
        return leap(cells.transpose(1, 2), up, down, corner[0]).transpose(1, 2)

    beside, below = across(z), along(z)
    both = (along(beside) + across(below)) / 2
    # from the first visible cell onwards, rows and columns that run over the edge go on at the other
    onwards = torch.cat([torch.cat([z, beside], 2), torch.cat([below, both], 2)], 1)
    return onwards.roll(corner, (1, 2))


def hidden(corner: tuple[int, int]) -> Tensor:
    """Which cells are masked, bool (8, 8)."""
    mask = torch.ones(SIZE, SIZE, dtype=torch.bool)
    mask[corner[0] : corner[0] + HALF, corner[1] : corner[1] + HALF] = False
    return mask


def window(images: Tensor, corner: tuple[int, int]) -> Tensor:
    """The visible quadrant (batch, 3, 16, 16) of pictures (batch, 3, 32, 32)."""
    top, left = (CELL * place for place in corner)
    return images[:, :, top : top + CELL * HALF, left : left + CELL * HALF]


def cells(images: Tensor) -> Tensor:
    """The pixels of each cell, (batch, rows, columns, 48), of pictures (batch, 3, 4 rows, 4 columns)."""
    return F.pixel_unshuffle(images, CELL).permute(0, 2, 3, 1)


def pixels(values: Tensor) -> Tensor:
    """Undoes ``cells``."""
    return F.pixel_shuffle(values.permute(0, 3, 1, 2), CELL)


def contrast(values: Tensor) -> Tensor:
    """Cells (..., 48) of mean 0 and variance 1: targets that ask for structure and not for brightness.

    After He et al., Masked autoencoders are scalable vision learners, CVPR 2022, section 4.1.
    """
    centred = values - values.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-3).sqrt()


def targets(images: Tensor, normalised: bool) -> Tensor:
    """What cells are to show, (batch, 8, 8, 48): their pixels, or only the structure in them."""
    return contrast(cells(images)) if normalised else cells(images)


class Features(nn.Module):
    """The encoder whose features are probed: pictures of any size to one vector for each 4 x 4 pixels."""

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, channels // 2, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(channels // 2, channels, 3, stride=2, padding=1),
            *(Residual(channels) for _ in range(depth)),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(batch, 3, height, width) to (batch, height / 4, width / 4, channels)."""
        return self.layers(images.contiguous(memory_format=torch.channels_last)).permute(0, 2, 3, 1)


class Pretrained(nn.Module):
    """What both ways of pretraining share: the encoder, four matrices and a linear decoder."""

    def __init__(self, channels: int = 96, depth: int = 3) -> None:
        super().__init__()
        self.encoder = Features(channels, depth)
        self.right, self.left, self.down, self.up = (
            nn.Parameter(torch.randn(channels, channels) * 0.5 / math.sqrt(channels)) for _ in range(4)
        )
        self.decoder = nn.Linear(channels, 3 * CELL**2)

    def probed(self, images: Tensor) -> Tensor:
        """The features (batch, channels) that a probe is given: the mean over all cells."""
        return self.encoder(images).mean((1, 2))


class Masked(Pretrained):
    """Predicts the cells that are hidden from the quadrant that is shown."""

    def complete(self, images: Tensor, corner: tuple[int, int]) -> Tensor:
        """Pictures (batch, 3, 32, 32) of which only the quadrant at ``corner`` was looked at."""
        z = self.encoder(window(images, corner)).float()
        return pixels(self.decoder(predict(z, self.right, self.left, self.down, self.up, corner)))

    def error(self, images: Tensor, corner: tuple[int, int], normalised: bool = False) -> Tensor:
        """Mean squared error over the hidden pixels, what pretraining minimises.

        Args:
            images: (batch, 3, 32, 32).
            corner: of the quadrant that is shown.
            normalised: predict each cell less its mean, over its deviation; see ``contrast``.
        """
        mask = hidden(corner).to(images.device)
        wanted = targets(images, normalised)
        return (cells(self.complete(images, corner).float()) - wanted)[:, mask].square().mean()


class Autoencoder(Pretrained):
    """Plain FINOLA with the same encoder: one vector for the whole picture, and the map grown from it."""

    def __init__(self, channels: int = 96, depth: int = 3) -> None:
        super().__init__(channels, depth)
        self.pool = nn.Linear(SIZE**2 * channels, channels)

    def reconstruct(self, images: Tensor) -> Tensor:
        """Pictures (batch, 3, 32, 32), each grown from one vector of all its cells."""
        q = self.pool(self.encoder(images).flatten(1)).float()
        return pixels(self.decoder(grow(q, self.right, self.left, self.down, self.up, SIZE)))

    def error(self, images: Tensor, normalised: bool = False) -> Tensor:
        """Mean squared error over all pixels, or of each cell ``normalised`` as for ``Masked``."""
        wanted = targets(images, normalised)
        return (cells(self.reconstruct(images).float()) - wanted).square().mean()
