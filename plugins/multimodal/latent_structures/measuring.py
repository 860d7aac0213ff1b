"""What towers know: directions of pictures and texts, retrieval, zero-shot names, and the gap between modalities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.blocks.retrieval import recalls

from . import pairs
from .model import Towers

COUNTS = (1, 5, 10)


@torch.inference_mode()
def pictures(towers: Towers, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Directions (n, d) of RGB pictures (n, h, w, 3)."""
    parts = np.array_split(images, max(1, len(images) // 500))
    return np.concatenate([towers.pictures(pairs.small(part)).numpy() for part in parts])


@torch.inference_mode()
def features(towers: Towers, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the picture tower has before its projection, (n, p)."""
    parts = np.array_split(images, max(1, len(images) // 500))
    return np.concatenate([towers.pictures.features(pairs.small(part)).numpy() for part in parts])


@torch.inference_mode()
def texts(towers: Towers, said: Sequence[str]) -> NDArray[np.float32]:
    """Directions (n, d) of texts."""
    return towers.texts(towers.texts.tensors(said)).numpy()


def retrieval(seen: NDArray, read: NDArray) -> dict[str, float]:
    """Recall at 1, 5 and 10, in percent, of pictures by their texts, and the mean of both directions of all three."""
    similarity = read @ seen.T
    forth, back = recalls(similarity, COUNTS), recalls(similarity.T, COUNTS)
    by_count = {f"recall@{count}": value for count, value in zip(COUNTS, forth, strict=True)}
    return by_count | {"mean": float(np.mean(forth + back))}


def zero_shot(towers: Towers, labels: NDArray[np.str_], seen: NDArray) -> NDArray[np.str_]:
    """The class that each picture is named: the label whose words are most like it, (n,).

    Args:
        towers: of an arm.
        labels: among them the classes, (n,).
        seen: directions of the pictures, (m, d).
    """
    names = np.unique(labels)
    return names[(seen @ texts(towers, [str(name).replace("-", " ") for name in names]).T).argmax(1)]


def gap(seen: NDArray, read: NDArray) -> float:
    """How far the mean of pictures lies from the mean of texts."""
    return float(np.linalg.norm(seen.mean(0) - read.mean(0)))
