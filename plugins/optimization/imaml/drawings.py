"""From a canvas, or a photograph of paper, to the 28 x 28 pictures that the network knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from zoo.method import InputError

Ink = NDArray[np.float32]

SIDE = 28
LONGEST = 20
"""Pixels of a drawing's longer side in its picture, as in MNIST."""
MOST = 5
GAP = 0.3
"""Blank columns that part two drawings, as a share of the height of the ink."""
WORKING = 512


def read(ink: Ink, name: str) -> Ink:
    """The drawings on a canvas from left to right, `(n, 28, 28)`, each centred and at one size.

    Args:
        ink: `(height, width)`, 0 for paper and 1 for ink.
        name: what the canvas is called in messages.

    Raises:
        InputError: there is no ink, it runs off the edge, it is no drawing, or there are more than five.
    """
    clean = cleaned(ink)
    if clean is None:
        raise InputError(f"{name} shows no ink; draw one to five characters side by side.")
    marks = clean > 0.25
    if marks.mean() > 0.5:
        raise InputError(f"{name} is mostly ink; send dark strokes on light paper, or light on dark.")
    if marks[0].any() or marks[-1].any() or marks[:, 0].any() or marks[:, -1].any():
        raise InputError(f"{name} runs off the edge; leave a blank margin around the drawing.")
    spans = parted(marks)
    if len(spans) > MOST:
        raise InputError(f"{name} holds {len(spans)} drawings; at most five, side by side, are accepted.")
    return np.stack([framed(clean[:, left:right]) for left, right in spans])


def blank(ink: Ink) -> bool:
    """Whether nothing was drawn."""
    return cleaned(ink) is None


def cleaned(ink: Ink) -> Ink | None:
    """Ink from 0 to 1 at a working size, the shade and grain of photographed paper taken away.

    Returns:
        `(height, width)`, at most 512 a side, or None where there is no ink.
    """
    picture = Image.fromarray(np.asarray(ink, np.float32))
    scale = WORKING / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.BOX)
    flat = np.array(picture, np.float32)
    if np.quantile(flat, 0.5) > 0.02 or flat.min() > 0.02:
        flat = ndimage.gaussian_filter(flat, 0.8)
        # what a window wider than any stroke still sees is paper, not ink
        flat = flat - ndimage.grey_opening(flat, size=max(9, max(flat.shape) // 8))
        grain = 6 * 1.4826 * np.median(np.abs(flat - np.median(flat)))
        flat = np.where(flat > grain, flat, 0)
        flat = ndimage.grey_opening(flat, size=2)
    darkest = np.quantile(flat, 1 - 20 / flat.size) if flat.size > 20 else flat.max()
    if darkest < 0.12:
        return None
    return (flat / darkest).clip(0, 1)


def parted(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Column ranges of drawings side by side: they are parted by wide blank gaps."""
    rows = np.flatnonzero(marks.any(axis=1))
    columns = np.flatnonzero(marks.any(axis=0))
    breaks = np.flatnonzero(np.diff(columns) - 1 > GAP * (rows[-1] - rows[0] + 1))
    starts, ends = columns[np.r_[0, breaks + 1]], columns[np.r_[breaks, len(columns) - 1]]
    return [(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


def framed(ink: Ink) -> Ink:
    """One drawing, cropped to its ink, 20 pixels long, in the middle of 28 x 28.

    Strokes thinner than a pixel fade when the drawing shrinks; they are brought back to full ink.
    """
    rows, columns = np.flatnonzero((ink > 0.25).any(axis=1)), np.flatnonzero((ink > 0.25).any(axis=0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = LONGEST / max(crop.shape)
    height, width = (max(1, round(side * scale)) for side in crop.shape)
    small = np.array(Image.fromarray(crop).resize((width, height), Image.Resampling.BOX))
    frame = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    frame[top : top + height, left : left + width] = small / np.quantile(small[small > 0], 0.9)
    return frame.clip(0, 1)
