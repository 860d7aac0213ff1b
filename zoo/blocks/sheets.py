"""Pictures made of pictures: enlarged pixels, sheets with gaps, and numbers as colours. All are uint8, (h, w, 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.figures import SHADES

Pixels = NDArray[np.uint8]
WHITE, GREY = (255, 255, 255), (225, 225, 225)


def enlarge(pixels: NDArray, times: int | None = None, *, fit: int = 384) -> NDArray:
    """Every pixel as a square of `times` pixels a side.

    Users: finola, imaml, multipartite-ge and others.

    Args:
        pixels: (h, w) or (h, w, 3) of any kind.
        times: how often; if None, as often as the longer side stays within `fit`, and once at least.
        fit: pixels of the longer side.
    """
    times = max(1, fit // max(pixels.shape[:2])) if times is None else times
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def from_ink(ink: NDArray) -> Pixels:
    """Ink from 0 to 1, (h, w), black on white; what lies outside of 0 and 1 is cut off.

    Users: imaml, velocity-fields.
    """
    grey = np.round(255 * (1 - np.clip(ink, 0, 1))).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def grid(
    rows: Sequence[Sequence[Pixels]], *, gap: int = 2, ground: Sequence[int] = WHITE, edge: bool = True
) -> Pixels:
    """Pictures in rows, each in the top left corner of a cell as large as the largest picture, with gaps.

    Users: imaml, multipartite-ge, velocity-fields and others.

    Args:
        rows: rows of pictures (h, w, 3), which need not be as long as each other.
        gap: pixels between cells.
        ground: the colour of gaps, and of cells without a picture.
        edge: whether there is a gap around the whole too.

    Raises:
        ValueError: there is no picture.
    """
    pictures = [picture for row in rows for picture in row]
    if not pictures:
        raise ValueError("a sheet needs a picture")
    height, width = (max(picture.shape[axis] for picture in pictures) + gap for axis in (0, 1))
    first = gap if edge else 0
    wide = max(map(len, rows))
    sheet = np.empty((len(rows) * height + 2 * first - gap, wide * width + 2 * first - gap, 3), np.uint8)
    sheet[:] = ground
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            top, left = first + down * height, first + across * width
            sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet


def heat(
    values: NDArray,
    low: float = 0.0,
    high: float = 1.0,
    *,
    stops: Sequence[tuple[float, str]] = SHADES,
    missing: Sequence[int] = (209, 209, 209),
) -> Pixels:
    """Numbers of any shape as colours on a scale, with a last axis of 3.

    Users: multipartite-ge, vc-inr.

    Args:
        values: numbers; NaN where there is none.
        low: the number of the first colour, and of all below.
        high: the number of the last colour, and of all above; as `low` where all are the same.
        stops: shares 0 to 1 of the way from `low` to `high`, and their colours as `#rrggbb`.
        missing: the colour of NaN.
    """
    share = (np.asarray(values, float) - low) / ((high - low) or 1)
    places, colours = [stop for stop, _ in stops], np.array([_rgb(colour) for _, colour in stops])
    mixed = np.stack([np.interp(share, places, part) for part in colours.T], axis=-1)
    return np.where(np.isnan(share)[..., None], missing, mixed).round().astype(np.uint8)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
