"""Emoji and what they are called: the parts for training and measuring, and random views of both."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo import data
from zoo.blocks.two_views import as_pictures, cut, drawn_crops, standardised

SIDE = 40
"""Pixels at which towers look at pictures."""
KEPT_BACK = 150
"""Emoji of known groups for choosing settings, and as many others for the claims."""


def on_white(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA pictures (n, h, w, 4) as RGB on white."""
    opaque = pictures[..., 3:].astype(np.float32) / 255
    return np.round(pictures[..., :3] * opaque + 255 * (1 - opaque)).astype(np.uint8)


def small(pictures: NDArray[np.uint8]) -> Tensor:
    """RGB pictures (n, h, w, 3) as the towers look at them whole, (n, 3, SIDE, SIDE)."""
    views = torch.nn.functional.interpolate(
        as_pictures(pictures), size=(SIDE, SIDE), mode="bilinear", antialias=True
    )
    return standardised(views)


@dataclass(frozen=True)
class Emoji:
    """Some emoji.

    Attributes:
        images: on white, uint8 (n, 64, 64, 3).
        names: in each language, (n, languages).
        keywords: between commas, (n, languages).
        groups: Unicode's, (n,).
        languages: codes; English is the first.
    """

    images: NDArray[np.uint8]
    names: NDArray[np.str_]
    keywords: NDArray[np.str_]
    groups: NDArray[np.str_]
    languages: tuple[str, ...]

    def captions(self, language: int = 0) -> list[str]:
        """Name and keywords of each."""
        rows = zip(self.names[:, language], self.keywords[:, language], strict=True)
        return [f"{name}, {keywords}" for name, keywords in rows]

    def at(self, rows: NDArray) -> Emoji:
        """Those at some rows."""
        names, keywords = self.names[rows], self.keywords[rows]
        return Emoji(self.images[rows], names, keywords, self.groups[rows], self.languages)


def _loaded(split: str) -> Emoji:
    read = data.load("emoji", split=split)
    names, keywords, groups = (np.asarray(part) for part in (read.names, read.keywords, read.groups))
    languages = tuple(np.asarray(read.languages).tolist())
    return Emoji(on_white(np.asarray(read.images)), names, keywords, groups, languages)


@functools.cache
def part(name: str) -> Emoji:
    """Emoji that are "known" in training, for "validation", "new" of known groups, or of "other" groups."""
    if name == "other":
        return _loaded("test")
    whole = _loaded("train")
    order = np.random.default_rng(0).permutation(len(whole.images))
    bounds = {"validation": (0, KEPT_BACK), "new": (KEPT_BACK, 2 * KEPT_BACK), "known": (2 * KEPT_BACK, None)}
    return whole.at(np.sort(order[slice(*bounds[name])]))


@functools.cache
def all_emoji() -> Emoji:
    """Every emoji there is, those of other groups last."""
    first, second = _loaded("train"), _loaded("test")
    return Emoji(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.names, second.names]),
        np.concatenate([first.keywords, second.keywords]),
        np.concatenate([first.groups, second.groups]),
        first.languages,
    )


def texts(emoji: Emoji, rows: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Something said of each: its name or one to three keywords; in English half of the time.

    This is what a second view of a text is: another language, or other words.
    """
    return [_text(emoji, int(row), rng) for row in rows]


def _text(emoji: Emoji, row: int, rng: np.random.Generator) -> str:
    language = 0 if rng.random() < 0.5 else int(rng.integers(len(emoji.languages)))
    keywords = emoji.keywords[row, language].split(", ")
    if rng.random() < 0.5 or keywords == [""]:
        return str(emoji.names[row, language])
    count = min(len(keywords), int(rng.integers(1, 4)))
    return " ".join(rng.choice(keywords, count, replace=False))


def views(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Crops of half to all of pictures (n, 3, h, w) in [0, 1], half of them mirrored, for a tower."""
    crops = drawn_crops(rng, len(pictures), area=(0.5, 1.0))
    return standardised(cut(pictures, crops, SIDE, SIDE))
