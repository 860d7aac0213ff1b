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
MOST_ROWS = 20
GAP = 0.3
"""Blank space that parts two drawings, as a share of the height of the ink, or two rows of a sheet, as a
share of the height of a row."""
WORKING = 512
"""Pixels of a canvas's longer side; a sheet has twice as many."""


def read(ink: Ink, name: str) -> Ink:
    """The drawings on a canvas from left to right, `(n, 28, 28)`, each centred and at one size.

    Args:
        ink: `(height, width)`, 0 for paper and 1 for ink.
        name: what the canvas is called in messages.

    Raises:
        InputError: there is no ink, it runs off the edge, it is no drawing, or there are more than five.
    """
    return row(legible(ink, name, WORKING), name)


def read_rows(ink: Ink, name: str) -> list[Ink]:
    """The drawings on a sheet, row by row from the top; each row as `read` would have it.

    Raises:
        InputError: as `read`, or there are fewer than two rows or more than twenty.
    """
    clean = legible(ink, name, 2 * WORKING)
    bands = stacked(clean > 0.25)
    if not 2 <= len(bands) <= MOST_ROWS:
        count = "one character" if len(bands) == 1 else f"{len(bands)} characters"
        raise InputError(
            f"{name} shows {count}; two to {MOST_ROWS} are accepted, one a row, with"
            " blank space between the rows."
        )
    return [row(clean[top:bottom], f"{name}, row {k + 1},") for k, (top, bottom) in enumerate(bands)]


def legible(ink: Ink, name: str, working: int) -> Ink:
    """The cleaned canvas, `(height, width)`, if it can be a drawing."""
    clean = cleaned(ink, working)
    if clean is None:
        raise InputError(f"{name} shows no ink; draw one to five characters side by side.")
    marks = clean > 0.25
    if marks.mean() > 0.5:
        raise InputError(f"{name} is mostly ink; send dark strokes on light paper, or light on dark.")
    if marks[0].any() or marks[-1].any() or marks[:, 0].any() or marks[:, -1].any():
        raise InputError(f"{name} runs off the edge; leave a blank margin around the drawing.")
    return clean


def row(clean: Ink, name: str) -> Ink:
    """The drawings side by side in cleaned ink, `(n, 28, 28)`."""
    spans = parted(clean > 0.25)
    if len(spans) > MOST:
        raise InputError(f"{name} holds {len(spans)} drawings; at most five, side by side, are accepted.")
    return np.stack([framed(clean[:, left:right]) for left, right in spans])


def blank(ink: Ink) -> bool:
    """Whether nothing was drawn."""
    return cleaned(ink) is None


def cleaned(ink: Ink, working: int = WORKING) -> Ink | None:
    """Ink from 0 to 1 at a working size, the shade and grain of photographed paper taken away.

    Returns:
        `(height, width)`, at most `working` a side, or None where there is no ink.
    """
    picture = Image.fromarray(np.asarray(ink, np.float32))
    scale = working / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.BOX)
    flat = np.array(picture, np.float32)
    if np.quantile(flat, 0.5) > 0.02 or flat.min() > 0.02:
        flat = ndimage.gaussian_filter(flat, 0.8)
        # an opening by a window wider than any stroke keeps paper, not ink
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


def stacked(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Row ranges of characters one below the other; narrow gaps, as in an i, part no rows."""
    rows = np.flatnonzero(marks.any(axis=1))
    jumps = np.flatnonzero(np.diff(rows) > 1)
    starts, ends = rows[np.r_[0, jumps + 1]], rows[np.r_[jumps, len(rows) - 1]] + 1
    least = GAP * np.max(ends - starts)
    bands = [(int(starts[0]), int(ends[0]))]
    for start, end in zip(starts[1:], ends[1:], strict=True):
        if start - bands[-1][1] > least:
            bands.append((int(start), int(end)))
        else:
            bands[-1] = bands[-1][0], int(end)
    return bands


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
