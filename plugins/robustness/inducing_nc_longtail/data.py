"""Long tails: three clouds that are drawn, and clothes of ten kinds."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Labels = NDArray[np.intp]

SHEET = Path(__file__).parent / "pictures.png"
SIDE, CLASSES = 14, 10
OFFERED, ASKED = 300, 100
"""Pictures of each class on the sheet: to learn from, and new ones."""
NAMES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


class Split(NamedTuple):
    """A long tail to learn from, classes numbered from the most frequent one, and balanced new inputs.

    Attributes:
        train: inputs `(n, p)` and classes `(n,)`.
        test: as `train`.
        names: of the classes.
    """

    train: tuple[Array, Labels]
    test: tuple[Array, Labels]
    names: list[str]


def sizes(most: int, imbalance: float, classes: int) -> NDArray[np.intp]:
    """Pictures of each class, `(C,)`: falling by equal factors from `most` to `most / imbalance`, one at least."""
    falling = most * imbalance ** -(np.arange(classes) / (classes - 1))
    return np.maximum(1, falling.round()).astype(np.intp)


def clouds(most: int, imbalance: float, seed: int, distance: float = 3.0, asked: int = 150) -> Split:
    """Three clouds N(m, I) in ten dimensions, their middles `distance` from one another."""
    rng = np.random.default_rng(seed)
    middles = distance / np.sqrt(2) * np.eye(3, 10)

    def drawn(counts: NDArray[np.intp]) -> tuple[Array, Labels]:
        y = np.repeat(np.arange(3), counts)
        return (middles[y] + rng.standard_normal((len(y), 10))).astype(np.float32), y

    names = ["frequent", "between", "rare"]
    return Split(drawn(sizes(most, imbalance, 3)), drawn(np.full(3, asked)), names)


def shrink(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures `(n, 28, 28)` at half their size: means of 2 x 2."""
    return images.reshape(-1, SIDE, 2, SIDE, 2).mean((2, 4)).round().astype(np.uint8)


def as_input(pictures: NDArray[np.uint8]) -> Array:
    """Pictures `(n, 14, 14)` as numbers of about mean 0 and variance 1, `(n, 196)`."""
    return (pictures.reshape(len(pictures), -1) / 90 - 0.8).astype(np.float32)


def tail(
    offered: NDArray[np.uint8], asked: NDArray[np.uint8], most: int, imbalance: float, seed: int
) -> Split:
    """A long tail of clothes; the seed says which kinds are frequent and which pictures are taken.

    Args:
        offered: pictures to learn from, `(C, n, 14, 14)`.
        asked: new ones, `(C, m, 14, 14)`.
        most: pictures of the most frequent class.
        imbalance: how many times fewer the rarest has.
        seed: of the choice.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(offered))
    counts = sizes(most, imbalance, len(offered))
    chosen = [rng.permutation(offered.shape[1])[:count] for count in counts]
    x = np.concatenate([offered[kind, places] for kind, places in zip(order, chosen, strict=True)])
    new = np.concatenate([asked[kind] for kind in order])
    y, truth = np.repeat(np.arange(len(order)), counts), np.repeat(np.arange(len(order)), asked.shape[1])
    return Split((as_input(x), y), (as_input(new), truth), [NAMES[kind] for kind in order])


@lru_cache(maxsize=1)
def sheet() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pictures beside this file: `(10, 300, 14, 14)` to learn from and `(10, 100, 14, 14)` new ones."""
    from PIL import Image

    tiles = np.array(Image.open(SHEET)).reshape(CLASSES * 20, SIDE, -1, SIDE).swapaxes(1, 2)
    tiles = tiles.reshape(CLASSES, OFFERED + ASKED, SIDE, SIDE)
    return tiles[:, :OFFERED], tiles[:, OFFERED:]


def write_sheet() -> None:
    """Make the sheet: of each class the first 300 training and the first 100 test pictures, twenty rows of twenty."""
    from PIL import Image

    train, test = whole()
    tiles = np.concatenate([train[:, :OFFERED], test[:, :ASKED]], 1).reshape(CLASSES * 20, 20, SIDE, SIDE)
    Image.fromarray(tiles.swapaxes(1, 2).reshape(CLASSES * 20 * SIDE, -1)).save(SHEET, optimize=True)


@lru_cache(maxsize=1)
def whole() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Fashion-MNIST at half its size: `(10, 5999, 14, 14)` to learn from and `(10, 1000, 14, 14)` new ones."""
    import zoo.data

    parts = []
    for name in ("train", "test"):
        split = zoo.data.load("fashion-mnist", split=name)
        each = [shrink(split.images[split.labels == kind]) for kind in range(CLASSES)]
        least = min(map(len, each))
        parts.append(np.stack([part[:least] for part in each]))
    return parts[0], parts[1]
