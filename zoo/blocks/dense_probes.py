"""What features of places know: a linear probe of every place, scored by pixels.

Users: densecl and the task of frozen features.

It is transfer to segmentation with the least that can be learned on top: multinomial logistic regression from the
features of a place to what its centre shows, brought to pixels by interpolating the logits. Deterministic for a seed.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from zoo.blocks.probes import linear_probe


def dense_probe(
    known: NDArray,
    labels: NDArray[np.int64],
    asked: NDArray,
    size: tuple[int, int],
    *,
    places: int,
    seed: int = 0,
    penalty: float = 1e-3,
    steps: int = 60,
) -> NDArray[np.int64]:
    """What each pixel of some pictures shows, as a linear probe says that learned from others.

    Args:
        known: features (n, h, w, p) of pictures that it learns from.
        labels: what each of their pixels shows, 0 to classes - 1, (n, H, W).
        asked: features (m, h, w, p) of the others.
        size: pixels down and across of the answer.
        places: how many places it learns from, drawn at random.
        seed: of which they are.
        penalty: see ``probes.linear_probe``.
        steps: of L-BFGS, at most.

    Returns:
        (m, *size).
    """
    rows, columns = (
        (2 * np.arange(cells) + 1) * pixels // (2 * cells)
        for cells, pixels in zip(known.shape[1:3], labels.shape[1:], strict=True)
    )
    flat, wanted = known.reshape(-1, known.shape[3]), labels[:, rows][:, :, columns].reshape(-1)
    chosen = np.random.default_rng(seed).permutation(len(flat))[:places]
    probe = linear_probe(flat[chosen].astype(np.float64), wanted[chosen], penalty, steps)
    logits = torch.from_numpy(probe.logits(asked).astype(np.float32)).permute(0, 3, 1, 2)
    parts = [F.interpolate(part, size=size, mode="bilinear").argmax(1) for part in logits.split(100)]
    return torch.cat(parts).numpy()


def mean_iou(said: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> float:
    """Intersection over union of each class over all pixels, mean of those that occur in the truth; 0 to 1."""
    counts = np.bincount((truth * classes + said).ravel(), minlength=classes**2).reshape(classes, classes)
    both, present = np.diag(counts), counts.sum(1) > 0
    union = counts.sum(0) + counts.sum(1) - both
    return float((both[present] / union[present]).mean())
