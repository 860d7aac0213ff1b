"""Pictures to batches of tiles and back, and what a visitor is shown of a feature map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from zoo.blocks import sheets
from zoo.types import Image, note

from .model import PIXELS

NOT_YET = 0.0
"""The grey, in [-1, 1], of what has not grown yet."""


@dataclass(frozen=True)
class Tiling:
    """How a picture lies on square tiles: its size, rows and columns of tiles, and a tile's side; sizes in pixels."""

    height: int
    width: int
    rows: int
    columns: int
    pixels: int


def cut(image: Image, across: int, pixels: int = PIXELS) -> tuple[Tensor, Tiling]:
    """Resample a picture to ``across`` tiles along its longer side, and cut it.

    What a last row or column of tiles lacks is filled by repeating the border.

    Args:
        image: any size.
        across: tiles along the longer side.
        pixels: along a side of a tile.

    Returns:
        (rows * columns, 3, pixels, pixels) in [-1, 1], and where the tiles belong.
    """
    factor = across * pixels / max(image.height, image.width)
    height, width = (max(1, round(side * factor)) for side in (image.height, image.width))
    small = np.asarray(image.pil().resize((width, height), resample=1, reducing_gap=3.0))  # 1 is Lanczos
    if (height, width) != (image.height, image.width):
        note(f"{image.width} x {image.height} pixels were scaled to {width} x {height}.")
    rows, columns = -(-height // pixels), -(-width // pixels)
    padding = [(0, rows * pixels - height), (0, columns * pixels - width), (0, 0)]
    whole = torch.from_numpy(np.pad(small, padding, mode="edge")).permute(2, 0, 1).float() / 127.5 - 1
    tiles = whole.unflatten(2, (columns, pixels)).unflatten(1, (rows, pixels)).permute(1, 3, 0, 2, 4)
    return tiles.flatten(0, 1), Tiling(height, width, rows, columns, pixels)


def lay(tiles: Tensor, tiling: Tiling) -> Tensor:
    """Put tiles (rows * columns, 3, side, side) together, without what ``cut`` filled in.

    Returns:
        (3, height, width); scaled down where a tile's side is less than it was cut with.
    """
    side = tiles.shape[-1]
    whole = tiles.unflatten(0, (tiling.rows, tiling.columns)).permute(2, 0, 3, 1, 4)
    whole = whole.flatten(3, 4).flatten(1, 2)
    return whole[:, : -(-tiling.height * side // tiling.pixels), : -(-tiling.width * side // tiling.pixels)]


def seams(picture: Tensor, original: Tensor, pixels: int) -> float:
    """How much more the error jumps from tile to tile than between other neighbours; 1 where no seam shows.

    Args:
        picture: (3, height, width).
        original: the same shape.
        pixels: along a side of a tile.

    Returns:
        Mean absolute jump across borders of tiles over that elsewhere; 1 with one tile, or without any error.
    """
    error = picture - original
    across, elsewhere = [], []
    for jumps in (error.diff(dim=2).abs().mT, error.diff(dim=1).abs()):
        border = torch.arange(1, jumps.shape[1] + 1) % pixels == 0
        across.append(jumps[:, border].flatten())
        elsewhere.append(jumps[:, ~border].flatten())
    if not sum(part.numel() for part in across) or not (rest := torch.cat(elsewhere).mean().item()):
        return 1.0
    return torch.cat(across).mean().item() / rest


def middle(image: Image) -> Tensor:
    """The largest square in the middle of a picture, as one tile (1, 3, 32, 32)."""
    side = min(image.height, image.width)
    if image.height != image.width:
        note(f"Of {image.width} x {image.height} pixels the {side} x {side} in the middle are used.")
    top, left = (image.height - side) // 2, (image.width - side) // 2
    return cut(Image(image.pixels[top : top + side, left : left + side]), 1)[0]


def shown(picture: Tensor, size: int = 384) -> Image:
    """A picture (3, height, width) in [-1, 1], its pixels enlarged to squares up to about ``size``."""
    pixels = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return Image(np.ascontiguousarray(sheets.enlarge(pixels, fit=size)))


def principal_colours(maps: Tensor) -> Tensor:
    """The three directions in which the cells differ most, as red, green and blue.

    Args:
        maps: (batch, size, size, channels).

    Returns:
        (batch, 3, size, size), each colour scaled to [-1, 1] within two standard deviations.
    """
    cells = maps.flatten(0, 2)
    cells = cells - cells.mean(0)
    _, vectors = torch.linalg.eigh(cells.T @ cells)
    leading = vectors[:, -3:].flip(1)
    # an eigenvector has no sign of its own: without a rule, colours would flip between machines
    leading = leading * leading.gather(0, leading.abs().argmax(0, keepdim=True)).sign()
    scores = cells @ leading
    scores = scores / (2 * scores.std(0, unbiased=False)).clamp_min(1e-6)
    return scores.view(*maps.shape[:3], 3).permute(0, 3, 1, 2).clamp(-1, 1)


def hide(pictures: Tensor, grown: Tensor) -> Tensor:
    """Grey out what has not grown: pictures (batch, 3, side, side), ``grown`` bool (size, size)."""
    times = pictures.shape[-1] // grown.shape[-1]
    visible = grown.repeat_interleave(times, 0).repeat_interleave(times, 1)
    return torch.where(visible, pictures, NOT_YET)


def film(frames: list[list[Image]], panel: int = 160) -> Image:
    """Frames from left to right, each pair one above the other, at most ``panel`` pixels wide each."""
    columns = []
    for frame in frames:
        pair = []
        for image in frame:
            factor = panel / max(image.width, image.height)
            size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
            pair.append(np.pad(np.asarray(image.pil().resize(size, resample=0)), _FRAME, constant_values=255))
        columns.append(np.concatenate(pair))
    return Image(np.concatenate(columns, axis=1))


_FRAME = ((3, 3), (3, 3), (0, 0))


def structural_similarity(a: Tensor, b: Tensor) -> float:
    """SSIM of two pictures (3, height, width) in [-1, 1], both sides at least 11; Wang et al. 2004.

    Gaussian windows of 11 pixels and deviation 1.5, per colour, averaged where the window fits.
    """
    window = torch.exp(-((torch.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    window = (window / window.sum()).view(1, 1, 11, 1)
    planes = torch.stack([a, b, a * a, b * b, a * b]).flatten(0, 1)[:, None]
    mean = F.conv2d(F.conv2d(planes, window), window.mT).unflatten(0, (5, 3))
    mean_a, mean_b, square_a, square_b, product = mean
    low, high = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    likeness = (2 * mean_a * mean_b + low) * (2 * (product - mean_a * mean_b) + high)
    spread = square_a - mean_a**2 + square_b - mean_b**2
    return (likeness / ((mean_a**2 + mean_b**2 + low) * (spread + high))).mean().item()
