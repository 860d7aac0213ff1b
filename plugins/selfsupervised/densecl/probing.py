"""What frozen encoders are worth: linear probes of places on scenes, and of whole pictures on CIFAR-10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from zoo import data
from zoo.blocks.dense_probes import dense_probe, mean_iou
from zoo.blocks.probes import PENALTIES, tuned_probe
from zoo.blocks.two_views import as_pictures, standardised

from .model import Encoder

PICTURE = 48
"""Pixels at which pictures of CIFAR-10 are looked at."""
PLACES = 5_000
"""Places that a dense probe learns from, drawn at random."""


@torch.inference_mode()
def dense(encoder: Encoder, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features (n, h / 8, w / 8, channels) of pictures uint8 (n, h, w, 3)."""
    return np.concatenate([_features(encoder, part, 0) for part in _parts(pictures)])


@torch.inference_mode()
def pooled(encoder: Encoder, pictures: NDArray[np.uint8], side: int = PICTURE) -> NDArray[np.float32]:
    """Mean features (n, channels) of pictures resized to `side` pixels."""
    return np.concatenate([_features(encoder, part, side).mean((1, 2)) for part in _parts(pictures)])


def _parts(pictures: NDArray) -> list[NDArray]:
    return np.array_split(pictures, max(1, len(pictures) // 100))


def _features(encoder: Encoder, pictures: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    views = standardised(as_pictures(pictures))
    if side:
        views = F.interpolate(views, size=(side, side), mode="bilinear")
    return encoder(views.contiguous(memory_format=torch.channels_last)).permute(0, 2, 3, 1).numpy()


@dataclass(frozen=True)
class Scenes:
    """Some scenes, and where a thing is in them.

    Attributes:
        images: uint8 (n, 128, 128, 3).
        things: 1 for a thing and 0 for the photograph, (n, 128, 128).
    """

    images: NDArray[np.uint8]
    things: NDArray[np.int64]

    @classmethod
    def of(cls, split: data.Split, rows: slice) -> Scenes:
        """Some rows of a split of the data set `scenes`."""
        return cls(np.asarray(split.images[rows]), (np.asarray(split.masks[rows]) > 0).astype(np.int64))


def transfer(
    features: NDArray, asked: NDArray, known: Scenes, questions: Scenes, count: int, seed: int
) -> float:
    """Mean IoU, in percent, of thing and photograph, by a linear probe of places.

    Args:
        features: of the scenes that the probe may learn from, (n, h, w, p).
        asked: of the others, alike.
        known: the scenes it may learn from.
        questions: the others.
        count: how many of the first it learns from.
        seed: which of their places.
    """
    size = questions.things.shape[1:]
    said = dense_probe(
        features[:count], known.things[:count], asked, size, places=PLACES, seed=seed, steps=40
    )
    return 100 * mean_iou(said, questions.things, 2)


def accuracies(
    encoder: Encoder, counts: Sequence[int], asked: int, penalties: Sequence[float] = PENALTIES
) -> list[float]:
    """Percent of test pictures of CIFAR-10 that linear probes of the mean features name rightly.

    Args:
        encoder: is only read.
        counts: training pictures that each probe learns from; its penalty is chosen on a fifth of them.
        asked: test pictures.
        penalties: what is chosen from.
    """
    training, test = (data.load("cifar10", split=split) for split in ("train", "test"))
    features, questions = (
        pooled(encoder, training.images[: max(counts)]),
        pooled(encoder, test.images[:asked]),
    )
    labels, wanted = np.asarray(training.labels[: max(counts)]), np.asarray(test.labels[:asked])
    return [
        100 * tuned_probe(features[:k], labels[:k], penalties).accuracy(questions, wanted) for k in counts
    ]
