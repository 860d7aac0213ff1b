"""Digits turned, shrunk, moved and cluttered on a black ground of 42 pixels."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import scene_pool
from zoo.errors import InputError
from zoo.types import Drawing

from .model import SIDE, grid, sampled

DIGIT, PIECE = 28, 6
"""Pixels of the side of a digit, and of a piece of clutter."""
INNER, STROKE, LARGEST = 20, 2.4, 400
"""Pixels of the longer side of MNIST's ink, the least breadth of a stroke in it, the longer side of what is sent."""


class Distortion(NamedTuple):
    """Largest turn either way in degrees, sizes (1 is 28 pixels), whether off the middle, and pieces of clutter."""

    turn: float
    sizes: tuple[float, float] = (1.0, 1.0)
    anywhere: bool = False
    pieces: int = 0


R, RTS = Distortion(90), Distortion(45, (0.7, 1.2), anywhere=True)
CLUTTERED = RTS._replace(pieces=8)
"""The paper's R and RTS, and RTS under clutter as dense as its 16 pieces in 60 x 60."""


class Digits(NamedTuple):
    """Digits `(n, 28, 28)`, uint8, white on black, and which they are `(n,)`."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def placed(ink: Tensor, turn: NDArray, size: NDArray, across: NDArray, down: NDArray) -> Tensor:
    """Ink from 0 to 1, `(n, 28, 28)`, on the ground, `(n, 1, 42, 42)`; others are `(n,)`.

    Args:
        ink: of digits.
        turn: degrees clockwise.
        size: 1 for 28 pixels.
        across: of the middle, from -1, left edge, to 1.
        down: likewise, from -1, top edge.
    """
    angle, scale = np.deg2rad(turn), SIDE / (DIGIT * size)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    rows = [cos, sin, -cos * across - sin * down, -sin, cos, sin * across - cos * down]
    theta = torch.from_numpy(np.stack(rows, 1).astype(np.float32)).unflatten(1, (2, 3))
    return sampled(ink[:, None], grid(theta, SIDE))


def drawn(rng: np.random.Generator, digits: Digits, count: int, how: Distortion) -> tuple[Tensor, Tensor]:
    """Pictures `(count, 1, 42, 42)` from 0 to 1 and labels `(count,)`, freshly distorted."""
    chosen = rng.integers(len(digits.images), size=count)
    turn, size = rng.uniform(-how.turn, how.turn, count), rng.uniform(*how.sizes, count)
    room = np.maximum(1 - size * DIGIT / SIDE, 0) * how.anywhere
    across, down = rng.uniform(-1, 1, (2, count)) * room
    pictures = placed(torch.from_numpy(digits.images[chosen]).float() / 255, turn, size, across, down)
    if how.pieces:
        pictures = torch.maximum(pictures, clutter(rng, digits, count, how.pieces))
    return pictures, torch.from_numpy(digits.labels[chosen])


def clutter(rng: np.random.Generator, digits: Digits, count: int, pieces: int) -> Tensor:
    """Pieces of the middles of digits, strewn over black, `(count, 1, 42, 42)`."""
    ground, each = np.zeros((count, SIDE, SIDE), np.uint8), np.arange(count)[:, None, None]
    down, across = np.arange(PIECE)[:, None], np.arange(PIECE)
    for _ in range(pieces):
        source, up, left = rng.integers([[0], [5], [5]], [[len(digits.images)], [18], [18]], (3, count))[
            ..., None, None
        ]
        top, side = rng.integers(SIDE - PIECE + 1, size=(2, count))[..., None, None]
        to = each, top + down, side + across
        ground[to] = np.maximum(ground[to], digits.images[source, up + down, left + across])
    return torch.from_numpy(ground).float()[:, None] / 255


@functools.lru_cache(maxsize=4)
def mnist(part: str) -> Digits:
    """MNIST's digits of one part, `train`, `validation` (the last 5,000 of its training split) or `test`."""
    from zoo import data

    loaded = data.load("mnist", split="test" if part == "test" else "train")
    rows = {"train": slice(0, -5000), "validation": slice(-5000, None), "test": slice(None)}[part]
    return Digits(np.asarray(loaded.images)[rows], np.asarray(loaded.labels)[rows].astype(np.int64))


@functools.lru_cache(maxsize=1)
def shipped() -> Digits:
    """Two thousand digits to learn from that ship with the method, 200 of each class in 16 greys."""
    from PIL import Image

    with Image.open(Path(__file__).parent / "digits.png") as sheet:
        ink = np.asarray(sheet.convert("L"))
    rows, columns = (length // DIGIT for length in ink.shape)
    tiles = ink.reshape(rows, DIGIT, columns, DIGIT).swapaxes(1, 2).reshape(-1, DIGIT, DIGIT)
    return Digits(tiles, np.repeat(np.arange(10), len(tiles) // 10))


def unseen() -> Digits:
    """A hundred test digits that ship with the zoo, ten of each class in the order of classes."""
    return Digits(scene_pool.pool().things, scene_pool.pool().labels)


def digit_in(drawing: Drawing) -> tuple[NDArray[np.float32], float, float, float]:
    """The digit in a drawing or in a photograph of one: its ink as long as MNIST's `(28, 28)`, and how it lies.

    Returns:
        The ink, and the size and place that ``placed`` gives it to lie as in its frame; sizes stay within RTS's.

    Raises:
        InputError: nothing is drawn.
    """
    from PIL import Image
    from scipy.ndimage import distance_transform_edt, maximum_filter

    picture = Image.fromarray((255 * drawing.ink).astype(np.uint8))
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
    ink = np.asarray(picture, np.float32) / 255
    paper = float(np.median(ink))
    if (strength := float(ink.max()) - paper) < 0.2:
        raise InputError("nothing is drawn; draw a digit, or send a picture of one.")
    ink = np.clip(2 * (ink - paper) / strength - 0.5, 0, 1)  # paper that is not quite even becomes so
    (top, bottom), (left, right) = (
        np.flatnonzero((ink > 0.5).any(axis))[[0, -1]] + [0, 1] for axis in (1, 0)
    )
    cut, frame, length = ink[top:bottom, left:right], max(ink.shape), int(max(bottom - top, right - left))
    thin = STROKE * length / INNER - 2 * float(distance_transform_edt(np.pad(cut > 0.5, 1)).max())
    more = max(0, math.ceil(thin / 2))
    thick = maximum_filter(np.pad(cut, more), 2 * more + 1)
    around = Image.fromarray((255 * thick).astype(np.uint8))
    width, height = (max(1, round(side * INNER / max(around.size))) for side in around.size)
    digit, up, aside = np.zeros((DIGIT, DIGIT), np.float32), (DIGIT - height) // 2, (DIGIT - width) // 2
    small = np.asarray(around.resize((width, height), Image.Resampling.BOX), np.float32)
    digit[up : up + height, aside : aside + width] = small / 255
    size = float(np.clip(length / frame * SIDE / INNER, *RTS.sizes))
    room = 1 - size * INNER / SIDE
    ends = (left + right - ink.shape[1], top + bottom - ink.shape[0])
    across, down = (float(np.clip(end / frame, -room, room)) for end in ends)
    return digit, size, across, down
