"""What frozen encoders are worth: features of pictures, and linear probes of them on CIFAR-10."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from zoo import data
from zoo.blocks.probes import PENALTIES, tuned_probe
from zoo.blocks.two_views import as_pictures, standardised

from .encoders import Encoder


@torch.inference_mode()
def dense(encoder: Encoder, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features (n, h / 8, w / 8, channels) of pictures uint8 (n, h, w, 3)."""
    parts = np.array_split(pictures, max(1, len(pictures) // 100))
    return np.concatenate(
        [encoder(standardised(as_pictures(part))).permute(0, 2, 3, 1).numpy() for part in parts]
    )


def pooled(encoder: Encoder, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Their means over places, (n, channels)."""
    return dense(encoder, pictures).mean((1, 2))


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
    features = pooled(encoder, np.asarray(training.images[: max(counts)]))
    questions, wanted = (
        pooled(encoder, np.asarray(test.images[:asked])),
        np.asarray(test.labels[:asked]),
    )
    labels = np.asarray(training.labels[: max(counts)])
    return [
        100 * tuned_probe(features[:k], labels[:k], penalties).accuracy(questions, wanted) for k in counts
    ]
