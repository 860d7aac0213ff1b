"""What frozen encoders are worth: linear probes of places on scenes, and of whole pictures on CIFAR-10."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from zoo import data
from zoo.blocks.dense_probes import dense_probe, mean_iou
from zoo.blocks.probes import tuned_probe
from zoo.blocks.two_views import as_pictures, standardised

from .model import Encoder

PICTURE = 64
"""Pixels at which pictures of CIFAR-10 are looked at."""


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


def transfer(
    encoder: Encoder, learned: data.Split, known: slice, asked: data.Split, rows: slice, seed: int
) -> float:
    """Mean IoU, in percent, of thing and photograph, by a linear probe of places.

    Args:
        encoder: is only read.
        learned: scenes with the masks that the probe learns from.
        known: which of them.
        asked: scenes that are asked about.
        rows: which of them.
        seed: which places the probe learns from.
    """
    labels, truth = (
        (np.asarray(split.masks[part]) > 0).astype(np.int64)
        for split, part in ((learned, known), (asked, rows))
    )
    features = [
        dense(encoder, np.asarray(split.images[part])) for split, part in ((learned, known), (asked, rows))
    ]
    said = dense_probe(features[0], labels, features[1], truth.shape[1:], places=12_000, seed=seed)
    return 100 * mean_iou(said, truth, 2)


def accuracy(encoder: Encoder, labelled: int, asked: int) -> float:
    """Percent of test pictures of CIFAR-10 that a linear probe of the mean features names rightly.

    Args:
        encoder: is only read.
        labelled: training pictures that the probe learns from; its penalty is chosen on a fifth of them.
        asked: test pictures.
    """
    training, test = (data.load("cifar10", split=split) for split in ("train", "test"))
    probe = tuned_probe(pooled(encoder, training.images[:labelled]), np.asarray(training.labels[:labelled]))
    return 100 * probe.accuracy(pooled(encoder, test.images[:asked]), np.asarray(test.labels[:asked]))
