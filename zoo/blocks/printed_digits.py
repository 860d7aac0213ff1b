"""Printed digits drawn with any slant, weight, size and place, from the outlines of the data set `printed-digits`.

    outlines = zoo.data.load("printed-digits").outlines
    pictures = drawn(outlines[rows], Hand.random(len(rows), rng))

An outline tells each pixel's distance from the edge of the ink. Ink that is so many pixels bolder is where the distance
is above so many pixels less than zero, and one pixel about the edge is grey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

SIZE = 28
OUTLINE = 64
"""Side of an outline."""

CAPITAL = 44
"""Height of a digit in its outline."""

LEVELS = 6
"""Levels of an outline for a pixel of distance, see `zoo.data.sets.printed_digits`."""


@dataclass(frozen=True)
class Hand:
    """How digits are drawn, an array `(n,)` for each; everything in pixels of the picture.

    Attributes:
        slant: pixels to the right for a pixel up; 0 is upright.
        weight: how much further the ink reaches on each side.
        height: of a digit.
        right: its centre from the picture's, to the right.
        down: and down.
    """

    slant: NDArray[np.float32]
    weight: NDArray[np.float32]
    height: NDArray[np.float32]
    right: NDArray[np.float32]
    down: NDArray[np.float32]

    @classmethod
    def random(cls, count: int, rng: np.random.Generator) -> Self:
        """Slants to 17 degrees either way, weights -0.25 to 0.75, heights 16 to 21, places within 1.5 pixels."""
        reach = ((-0.3, 0.3), (-0.25, 0.75), (16, 21), (-1.5, 1.5), (-1.5, 1.5))
        return cls(*(rng.uniform(low, high, count).astype(np.float32) for low, high in reach))


def drawn(outlines: NDArray[np.uint8], hand: Hand) -> NDArray[np.uint8]:
    """Digits as pictures.

    Args:
        outlines: `(n, 64, 64)`.
        hand: how each is drawn.

    Returns:
        `(n, 28, 28)`, 255 is ink.
    """
    slant, weight, height, right, down = (
        torch.from_numpy(np.asarray(part, np.float32))[:, None, None]
        for part in (hand.slant, hand.weight, hand.height, hand.right, hand.down)
    )
    distances = (torch.from_numpy(np.array(outlines))[:, None].float() - 128) / LEVELS
    place = torch.arange(SIZE, dtype=torch.float32) - (SIZE - 1) / 2
    y = place[None, :, None] - down
    x = place[None, None, :] - right + slant * y
    finer = CAPITAL / height
    grid = torch.stack(torch.broadcast_tensors(x * finer, y * finer), -1) / (OUTLINE / 2)
    far = F.grid_sample(distances, grid, padding_mode="border", align_corners=False)[:, 0] / finer
    return ((0.5 + far + weight).clamp(0, 1) * 255).round().byte().numpy()
