"""Scenes of two tinted things on a photograph, of which every pixel's owner is known.

For explanations of classifiers: whoever says why a network saw a class must point at that thing and not at the other.
Things are digits of MNIST, so that classes have thousands of instances and each its mask; photographs are those of the
data set `photos`. Instances and photographs of `validation` and `test` are in no training.

Users: grad-cam, its training, its claims and its page.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SIDE = 64
"""Pixels of a scene's side."""
THING = 28
"""Pixels of a thing's side."""
CLASSES = 10
OFF = 14
"""At least so far from the middle of the scene is the middle of each thing, in pixels."""
INK = 96
"""From this much ink of 255 a pixel belongs to its thing."""
CROPS = (96, 420)
"""Sides of the pieces of photographs behind scenes, in pixels."""
KEPT = (5_000, 2)
"""So many of the last instances and photographs of the training split are for validation."""

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Pieces:
    """What scenes are made of.

    Attributes:
        things: uint8 (n, 28, 28), 255 where a thing is opaque.
        labels: the class of each, (n,).
        photos: photographs uint8 (h, w, 3), of any size from 64 pixels.
    """

    things: NDArray[np.uint8]
    labels: NDArray[np.int64]
    photos: Sequence[NDArray[np.uint8]]


@dataclass(frozen=True)
class Scenes:
    """Scenes, and where their things are.

    Attributes:
        images: uint8 (n, 64, 64, 3).
        labels: classes of the two things of each, which differ, (n, 2).
        masks: which pixels are of the first thing and which of the second, (n, 2, 64, 64).
        boxes: top, left, bottom and right of what is of each, the latter two exclusive, (n, 2, 4).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    masks: NDArray[np.bool_]
    boxes: NDArray[np.int64]

    @functools.cached_property
    def far(self) -> NDArray[np.float32]:
        """How far every pixel is from each thing, (n, 2, 64, 64); see `distances`."""
        return distances(self.masks)


@functools.lru_cache(maxsize=4)
def pieces(part: Part) -> Pieces:
    """Instances and photographs of one part of the data, fetched first where they are not here yet.

    Raises:
        zoo.data.DataError: they cannot be fetched.
        zoo.data.HeldOutError: those of the test are asked for in a training.
    """
    from zoo import data

    split = "test" if part == "test" else "train"
    instances, photos = data.load("mnist", split=split), data.load("photos", split=split)
    rows: NDArray = np.arange(len(instances))
    pictures = [photos.images[k] for k in range(len(photos))]
    if part != "test":
        keep, few = (slice(None, -kept) if part == "train" else slice(-kept, None) for kept in KEPT)
        rows, pictures = rows[keep], pictures[few]
    return Pieces(np.asarray(instances.images)[rows], np.asarray(instances.labels)[rows], pictures)


def scenes(pieces: Pieces, count: int, seed: int) -> Scenes:
    """Scenes by a seed: two things of different classes, off the middle and apart, on a piece of a photograph.

    Args:
        pieces: what they are made of; things of two classes at least.
        count: of scenes.
        seed: draws things, tints, places and photographs.

    Raises:
        ValueError: all things are of one class.
    """
    if (pieces.labels == pieces.labels[0]).all():
        raise ValueError("scenes need things of two classes")
    rng = np.random.default_rng(seed)
    images = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    masks = np.zeros((count, 2, SIDE, SIDE), bool)
    labels = np.zeros((count, 2), np.int64)
    for number in range(count):
        first, second = rng.integers(len(pieces.things), size=2)
        while pieces.labels[second] == pieces.labels[first]:
            second = rng.integers(len(pieces.things))
        behind = background(pieces.photos[int(rng.integers(len(pieces.photos)))], rng)
        images[number], masks[number] = laid(behind, pieces.things[[first, second]], rng)
        labels[number] = pieces.labels[[first, second]]
    return Scenes(images, labels, masks, boxes(masks))


def background(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A square piece of a photograph, (64, 64, 3)."""
    from PIL import Image

    low, high = (min(side, *photo.shape[:2]) for side in CROPS)
    side = int(rng.integers(low, high + 1))
    top, left = (int(rng.integers(0, length - side + 1)) for length in photo.shape[:2])
    piece = np.asarray(photo[top : top + side, left : left + side])
    return np.asarray(Image.fromarray(piece).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2))


def laid(
    behind: NDArray[np.uint8], things: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Tinted things laid on a picture where they neither meet nor sit in the middle.

    Args:
        behind: (64, 64, 3).
        things: two, (2, 28, 28), 255 where opaque.
        rng: draws tints and places.

    Returns:
        The scene (64, 64, 3), and which pixels are of each thing, (2, 64, 64).
    """
    scene, masks = behind.astype(np.float32), np.zeros((2, SIDE, SIDE), bool)
    for thing, mask, (top, left) in zip(things, masks, _places(rng), strict=True):
        area = slice(top, top + THING), slice(left, left + THING)
        opaque = thing[..., None].astype(np.float32) / 255
        scene[area] = (1 - opaque) * scene[area] + opaque * _tint(scene[area].mean((0, 1)), rng)
        mask[area] = thing >= INK
    return scene.round().astype(np.uint8), masks


def _places(rng: np.random.Generator) -> NDArray[np.int64]:
    """Top and left of two squares that do not meet and whose middles lie off the scene's, (2, 2)."""
    while True:
        places = rng.integers(0, SIDE - THING + 1, size=(2, 2))
        off = np.hypot(*(places + THING / 2 - SIDE / 2).T)
        if off.min() >= OFF and np.abs(places[0] - places[1]).max() >= THING:
            return places


def _tint(ground: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Of three colours, drawn at random but never grey, the one that differs most from the ground, (3,)."""
    hues, strengths, lights = rng.random((3, 3)) * [[1], [0.5], [0.4]] + [[0], [0.5], [0.6]]
    turns = (hues[:, None] + [0, 2 / 3, 1 / 3]) % 1
    pure = np.clip(np.abs(turns * 6 - 3) - 1, 0, 1)
    colours = 255 * lights[:, None] * (1 - strengths[:, None] * (1 - pure))
    return colours[np.abs(colours - ground).sum(1).argmax()]


def boxes(masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Top, left, bottom and right (n, k, 4) of masks (n, k, h, w); nothing gives a box of no size."""
    rows, columns = np.any(masks, axis=3), np.any(masks, axis=2)
    ends = [
        ahead.argmax(2) if first else ahead.shape[2] - ahead[..., ::-1].argmax(2)
        for first in (True, False)
        for ahead in (rows, columns)
    ]
    return np.where(rows.any(axis=2)[..., None], np.stack(ends, 2), 0).astype(np.int64)


def distances(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far every pixel is from the nearest pixel of a mask, for masks (..., h, w); infinite for none."""
    from scipy.ndimage import distance_transform_edt

    flat = masks.reshape(-1, *masks.shape[-2:])
    far = [distance_transform_edt(~mask) if mask.any() else np.full(mask.shape, np.inf) for mask in flat]
    return np.reshape(far, masks.shape).astype(np.float32)


@dataclass(frozen=True)
class Pointed:
    """Where maps point, as shares of all maps.

    Attributes:
        right: at most the tolerance from the thing that was asked about.
        wrong: into the other thing's box.
    """

    right: NDArray[np.bool_]
    wrong: NDArray[np.bool_]


def pointed(maps: NDArray, scenes: Scenes, tolerance: float) -> Pointed:
    """Whether the largest value of a map lies on the thing that it is about; (n, 2) of maps (n, 2, 64, 64).

    Args:
        maps: of every scene one about its first thing and one about its second.
        scenes: of which they are.
        tolerance: pixels that a point may lie off its thing; ours is half a cell of the last maps, so 4.
    """
    places = maps.reshape(*maps.shape[:2], -1).argmax(2)
    rows, columns = places // maps.shape[3], places % maps.shape[3]
    far = scenes.far.reshape(*places.shape, -1)
    right = np.take_along_axis(far, places[..., None], 2)[..., 0] <= tolerance
    top, left, bottom, lowest = np.moveaxis(scenes.boxes[:, ::-1], 2, 0)
    wrong = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < lowest)
    return Pointed(right, wrong)


def inside(values: NDArray, box: NDArray) -> float:
    """The share of a map's sum (h, w) that lies in a box; 0 of an empty map."""
    top, left, bottom, right = box
    return float(values[top:bottom, left:right].sum() / max(float(values.sum()), 1e-12))
