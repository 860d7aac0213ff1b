"""Two views of each picture, as contrastive methods are given them: crops, flips, colours, grey and blur.

These are the augmentations of MoCo v2 [1], for whole batches at a time and without any random state but the
generator that is passed. Where each crop lies is handed on, so that what two views share is known.

Users: demi, densecl; made for every method that learns from two views.

References:
    [1] Chen, Fan, Girshick, He. Improved Baselines with Momentum Contrastive Learning. arXiv 2003.04297, 2020.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

GREY = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in brightness (ITU-R BT.601)."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels; every encoder is given pictures standardised by them."""


@dataclass(frozen=True)
class Crops:
    """Where views lie on their pictures.

    Attributes:
        boxes: left, top, width, height as shares of the picture's, float32 (n, 4).
        mirrored: whether the view is flipped left to right, bool (n,).
    """

    boxes: NDArray[np.float32]
    mirrored: NDArray[np.bool_]

    def places(self, height: int, width: int) -> NDArray[np.float32]:
        """Where the centres of a view's cells lie on its picture: x and y as shares, (n, height, width, 2)."""
        down, across = ((np.arange(side, dtype=np.float32) + 0.5) / side for side in (height, width))
        turned = np.where(self.mirrored[:, None], 1 - across, across)
        left, top, wide, high = (part[:, None] for part in self.boxes.T)
        x, y = left + wide * turned, top + high * down
        return np.stack(np.broadcast_arrays(x[:, None, :], y[:, :, None]), -1)


def drawn_crops(
    rng: np.random.Generator, count: int, area: tuple[float, float] = (0.2, 1.0), aspect: float = 4 / 3
) -> Crops:
    """Random resized crops of square pictures, half of them mirrored.

    Args:
        rng: what they are drawn from.
        count: how many.
        area: least and largest share of the picture.
        aspect: largest ratio of the sides.
    """
    share = rng.uniform(*area, size=count)
    ratio = np.exp(rng.uniform(-math.log(aspect), math.log(aspect), size=count))
    sides = np.sqrt(np.stack([share * ratio, share / ratio], 1)).clip(max=1)
    corners = rng.random((count, 2)) * (1 - sides)
    return Crops(np.concatenate([corners, sides], 1).astype(np.float32), rng.random(count) < 0.5)


def cut(pictures: Tensor, crops: Crops, height: int, width: int) -> Tensor:
    """The crops, (n, 3, height, width), of pictures (n, 3, h, w), one for each, by bilinear interpolation."""
    places = torch.from_numpy(crops.places(height, width)).to(pictures.device)
    return F.grid_sample(pictures, 2 * places - 1, padding_mode="border", align_corners=False)


def coloured(views: Tensor, rng: np.random.Generator) -> Tensor:
    """Views of other colours: jitter for four in five, and then grey for one in five.

    Brightness, contrast and saturation change by up to 40 %, the hue by up to a tenth of a turn, which is done in
    the plane of I and Q of the YIQ colours and is linear.

    Args:
        views: (n, 3, h, w) in [0, 1].
        rng: what changes are drawn from.
    """
    count = len(views)
    brightness, contrast, saturation = (_column(rng.uniform(0.6, 1.4, count), views) for _ in range(3))
    turned = torch.from_numpy(_hues(rng.uniform(-0.1, 0.1, count))).to(views)
    grey = torch.tensor(GREY).to(views)[:, None, None]
    jittered = (views * brightness).clamp(0, 1)
    middle = (jittered * grey).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    jittered = torch.lerp(middle, jittered, contrast).clamp(0, 1)
    jittered = torch.lerp((jittered * grey).sum(1, keepdim=True), jittered, saturation).clamp(0, 1)
    jittered = torch.einsum("nij,njhw->nihw", turned, jittered).clamp(0, 1)
    views = torch.where(_column(rng.random(count) < 0.8, views).bool(), jittered, views)
    return torch.where(
        _column(rng.random(count) < 0.2, views).bool(), (views * grey).sum(1, keepdim=True), views
    )


def _column(values: NDArray, like: Tensor) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(like)[:, None, None, None]


YIQ = np.array([GREY, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])


def _hues(turns: NDArray) -> NDArray[np.float32]:
    """Matrices (n, 3, 3) that turn the hue of RGB colours, by so many full turns each."""
    cosine, sine = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    rotation = np.zeros((len(turns), 3, 3))
    rotation[:, 0, 0] = 1
    rotation[:, 1, 1] = rotation[:, 2, 2] = cosine
    rotation[:, 1, 2], rotation[:, 2, 1] = -sine, sine
    return (np.linalg.inv(YIQ) @ rotation @ YIQ).astype(np.float32)


def blurred(views: Tensor, rng: np.random.Generator, widest: float) -> Tensor:
    """Every other view blurred by a Gaussian of 0.1 pixels to `widest`."""
    count = len(views)
    chosen = np.flatnonzero(rng.random(count) < 0.5)
    sigma = rng.uniform(0.1, widest, size=len(chosen))
    if not len(chosen):
        return views
    reach = math.ceil(2 * widest)
    offsets = np.arange(-reach, reach + 1)
    bell = np.exp(-(offsets**2) / (2 * sigma[:, None] ** 2))
    kernel = torch.from_numpy((bell / bell.sum(1, keepdims=True)).astype(np.float32)).to(views)
    kernel = kernel.repeat_interleave(3, 0)
    flat = F.pad(views[chosen].flatten(0, 1)[None], (reach,) * 4, mode="reflect")
    flat = F.conv2d(flat, kernel[:, None, None, :], groups=len(kernel))
    flat = F.conv2d(flat, kernel[:, None, :, None], groups=len(kernel))
    mixed = views.clone()
    mixed[chosen] = flat[0].unflatten(0, (len(chosen), 3))
    return mixed


def standardised(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) in [0, 1] with ImageNet's mean taken away and in units of its deviation."""
    mean, deviation = (torch.tensor(part).to(pictures)[:, None, None] for part in (MEAN, DEVIATION))
    return (pictures - mean) / deviation


def as_pictures(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 (n, h, w, 3) as float32 (n, 3, h, w) in [0, 1]."""
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 255


def view(
    pictures: NDArray[np.uint8], rng: np.random.Generator, side: int, area: tuple[float, float] = (0.2, 1.0)
) -> tuple[Tensor, Crops]:
    """A view of each picture with all augmentations, ready for an encoder, and where it lies.

    The blur reaches as far as in MoCo v2 in relation to the picture: 2 pixels of 224.

    Args:
        pictures: uint8 (n, h, w, 3).
        rng: what is drawn at random.
        side: pixels of a view.
        area: least and largest share of the picture.

    Returns:
        Views (n, 3, side, side), standardised, and their crops.
    """
    crops = drawn_crops(rng, len(pictures), area)
    views = coloured(cut(as_pictures(pictures), crops, side, side), rng)
    return standardised(blurred(views, rng, widest=max(0.5, 2 * side / 224))), crops
