"""Fashion-MNIST at 16 x 16 pixels: what the networks are trained on, and the few pictures that pruners look at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SIDE, CLASSES = 16, 10
SHEET = Path(__file__).parent / "pictures.png"
"""400 training pictures, a class a row, for the pruners that take gradients."""


def shrink(images: np.ndarray) -> Tensor:
    """uint8 (n, 28, 28) to uint8 (n, 1, 16, 16): framed by two black pixels, then means of 2 x 2."""
    framed = F.pad(torch.from_numpy(np.array(images))[:, None].float(), (2, 2, 2, 2))
    return F.avg_pool2d(framed, 2).round().byte()


def as_input(pictures: Tensor) -> Tensor:
    """uint8 to what the networks take: float32 of about mean 0 and variance 1."""
    return pictures.float() / 90 - 0.8


@lru_cache(maxsize=1)
def for_pruners() -> tuple[Tensor, Tensor]:
    """The pictures of the sheet (400, 1, 16, 16) and their classes (400,), all classes in turn."""
    from PIL import Image

    sheet = torch.from_numpy(np.array(Image.open(SHEET)))
    tiles = sheet.view(CLASSES, SIDE, -1, SIDE).permute(2, 0, 1, 3)
    return as_input(tiles.reshape(-1, 1, SIDE, SIDE)), torch.arange(CLASSES).repeat(len(tiles))


def write_sheet() -> None:
    """Make the sheet from the first 40 training pictures of every class."""
    from PIL import Image

    import zoo.data

    split = zoo.data.load("fashion-mnist", split="train")
    rows = [shrink(split.images[np.flatnonzero(split.labels == k)[:40]])[:, 0] for k in range(CLASSES)]
    sheet = torch.stack(rows).permute(0, 2, 1, 3).reshape(CLASSES * SIDE, -1)
    Image.fromarray(sheet.numpy()).save(SHEET, optimize=True)
