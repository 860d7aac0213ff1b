"""Maps of where in a picture a logit comes from: Grad-CAM and its kin, term for term.

With A^k the maps of a layer, g^k the gradients of the logit y by them, u a place and Z the number of places:

    Grad-CAM            ReLU(sum_k mean_u(g^k) A^k)                                        Selvaraju et al. 2017
    Grad-CAM++          ReLU(sum_k w_k A^k), w_k = sum_u a^k_u ReLU(g^k_u),
                        a = g^2 / (2 g^2 + sum_v(A^k_v) g^3); e^y cancels                  Chattopadhyay et al. 2018
    Smooth Grad-CAM++   the same with g, g^2 and g^3 averaged over noisy copies            Omeiza et al. 2019
    HiResCAM            ReLU(sum_k g^k A^k)
    NormGrad            |A_u| |g_u|, norms over k: what place u adds to the gradient of
                        the weights of a 1 x 1 convolution that changes nothing            Rebuffi et al. 2020
    selective NormGrad  |ReLU(A_u g_u)|, products by channel

and without a layer, of the picture x: |dy/dx|, |x dy/dx|, and |guided backpropagation|, the largest of three colours.
Grad-CAM++ is that of the packages; the authors' code also divides a^k by its sum over places of positive gradient.

Users: grad-cam, its claims and its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.blocks.hooks import Watched, guided, watch

Formula = Callable[[Tensor, Tensor], Tensor]
"""From maps and gradients (n, k, h, w) to (n, h, w)."""
Maps = dict[str, dict[str, Tensor]]
"""By method and layer."""
COPIES = 8
"""Noisy copies of Smooth Grad-CAM++; the paper's number is not known to us, its ports take 4 or 25."""
NOISE = 0.15
"""Their standard deviation, as a share of the picture's range."""


def grad_cam(maps: Tensor, slopes: Tensor) -> Tensor:
    """Maps weighted by the mean gradient of each channel."""
    return weighted(maps, slopes).relu()


def weighted(maps: Tensor, slopes: Tensor) -> Tensor:
    """Grad-CAM before its ReLU, which leaves nothing of a map that is negative everywhere."""
    return (slopes.mean((2, 3), keepdim=True) * maps).sum(1)


def hires_cam(maps: Tensor, slopes: Tensor) -> Tensor:
    """Maps times gradients, place by place."""
    return (slopes * maps).sum(1).relu()


def grad_cam_pp(maps: Tensor, slopes: Tensor) -> Tensor:
    """Positive gradients weighted by their places; see `smooth`, with nothing to average."""
    return smooth(maps, slopes, slopes**2, slopes**3)


def smooth(maps: Tensor, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """Grad-CAM++ from averages of the gradients, their squares and their cubes, all (n, k, h, w)."""
    below = 2 * second + maps.sum((2, 3), keepdim=True) * third
    shares = second / torch.where(below == 0, torch.ones_like(below), below)
    return ((shares * first.relu()).sum((2, 3), keepdim=True) * maps).sum(1).relu()


def norm_grad(maps: Tensor, slopes: Tensor) -> Tensor:
    """The norm of the maps times that of the gradients, place by place."""
    return maps.norm(dim=1) * slopes.norm(dim=1)


def selective(maps: Tensor, slopes: Tensor) -> Tensor:
    """The norm of what is positive of maps times gradients."""
    return (maps * slopes).relu().norm(dim=1)


LAYERED: Mapping[str, Formula] = {
    "Grad-CAM": grad_cam,
    "Grad-CAM++": grad_cam_pp,
    "HiResCAM": hires_cam,
    "NormGrad": norm_grad,
    "selective NormGrad": selective,
}
"""Maps of a layer, by name; Smooth Grad-CAM++ needs the network besides."""
PLAIN = ("gradient", "input x gradient", "guided backprop")
"""Maps of the picture, by name."""
SMOOTH = "Smooth Grad-CAM++"


def smooth_grad_cam_pp(
    net: nn.Module,
    images: Tensor,
    layers: Sequence[str],
    classes: Tensor,
    copies: int = COPIES,
    noise: float = NOISE,
) -> dict[str, Tensor]:
    """Grad-CAM++ of gradients, squares and cubes averaged over noisy copies, and of the clean picture's maps.

    Args:
        net: is only read.
        images: (n, 3, h, w).
        layers: of which maps are made.
        classes: whose logit is meant, (n,).
        copies: how many.
        noise: standard deviation, as a share of each picture's range.

    Returns:
        Of each layer (n, h, w).
    """
    seen = watch(net, images, layers, classes)
    wide = (images.amax((1, 2, 3)) - images.amin((1, 2, 3)))[:, None, None, None]
    rng = torch.Generator().manual_seed(0)
    sums: dict[str, list[Tensor]] = {
        name: [torch.zeros_like(seen.maps[name]) for _ in range(3)] for name in layers
    }
    for _ in range(copies):
        noisy = images + noise * wide * torch.randn(images.shape, generator=rng)
        slopes = watch(net, noisy, layers, classes).gradients
        for name in layers:
            for power, total in enumerate(sums[name], 1):
                total += slopes[name] ** power / copies
    return {name: smooth(seen.maps[name], *sums[name]) for name in layers}


def plain(net: nn.Module, images: Tensor, classes: Tensor) -> dict[str, Tensor]:
    """Maps of the picture, each (n, h, w): largest of its three colours."""
    nothing: tuple[str, ...] = ()
    slopes = watch(net, images, nothing, classes).images
    other = watch(guided(net, images), images, nothing, classes).images
    parts = (slopes, slopes * images, other)
    return {name: part.abs().amax(1) for name, part in zip(PLAIN, parts, strict=True)}


def layered(seen: Watched, name: str) -> dict[str, Tensor]:
    """All maps of one layer but the smooth one, by their names, each (n, h, w)."""
    return {title: formula(seen.maps[name], seen.gradients[name]) for title, formula in LAYERED.items()}


def full(maps: Tensor, side: int) -> Tensor:
    """Maps (n, h, w) at the size of the picture, (n, side, side)."""
    return F.interpolate(maps[:, None], size=(side, side), mode="bilinear", align_corners=False)[:, 0]


def scaled(maps: Tensor) -> Tensor:
    """Each map (n, h, w) from 0 at its least to 1 at its most; 0 throughout where it is flat."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / torch.where(high > low, high - low, torch.ones_like(high))


def explained(
    net: nn.Module, images: Tensor, classes: Tensor, layers: Sequence[str], smoothed: bool = True
) -> Maps:
    """All maps at the size of the picture, by method and layer; those of the picture itself have one layer, "".

    Args:
        net: is only read.
        images: (n, 3, h, h).
        classes: whose logit is meant, (n,).
        layers: of which maps are made.
        smoothed: whether Smooth Grad-CAM++ is among them, which costs as much as all others together.

    Returns:
        Each (n, h, h).
    """
    side = images.shape[-1]
    seen = watch(net, images, layers, classes)
    whole = {name: {"": each} for name, each in plain(net, images, classes).items()}
    by_layer = {name: layered(seen, name) for name in layers}
    every = {title: {name: full(by_layer[name][title], side) for name in layers} for title in LAYERED}
    if smoothed:
        smooth_maps = smooth_grad_cam_pp(net, images, layers, classes)
        every[SMOOTH] = {name: full(each, side) for name, each in smooth_maps.items()}
    backwards = whole["guided backprop"][""]
    every["Guided Grad-CAM"] = {name: each * backwards for name, each in every["Grad-CAM"].items()}
    return every | whole


def about_both(
    net: nn.Module, images: Tensor, labels: Tensor, layers: Sequence[str], smoothed: bool = True
) -> Maps:
    """The same about each of two classes of every picture, labels (n, 2); each (n, 2, h, h)."""
    twice = images.repeat_interleave(2, 0)
    every = explained(net, twice, labels.flatten(), layers, smoothed)
    return {
        title: {name: each.unflatten(0, (-1, 2)) for name, each in row.items()}
        for title, row in every.items()
    }


CONTROLS = ("signs of weights", "positive weights", "another network's weights")
"""Grad-CAM with something else for its weights, by name."""
ALONE = "gradients alone"
"""NormGrad without the maps: the norm of the gradients at each place."""


def controls(net: nn.Module, other: nn.Module, images: Tensor, labels: Tensor, layers: Sequence[str]) -> Maps:
    """Maps of `CONTROLS` and `ALONE`; `other` is a network of the same shape, see `about_both`."""
    twice, classes, side = images.repeat_interleave(2, 0), labels.flatten(), images.shape[-1]
    watched, strange = watch(net, twice, layers, classes), watch(other, twice, layers, classes).gradients
    every: Maps = {title: {} for title in (*CONTROLS, ALONE)}
    for name in layers:
        values, slopes = watched.maps[name], watched.gradients[name]
        means = slopes.mean((2, 3), keepdim=True)
        merged = [grad_cam(values, each) for each in (means.sign(), means.relu(), strange[name])]
        for title, each in zip(every, (*merged, slopes.norm(dim=1)), strict=True):
            every[title][name] = full(each, side).unflatten(0, (-1, 2))
    return every


def likeness(ours: NDArray, theirs: NDArray) -> float:
    """Spearman's rank correlation of two maps (h, w); 0 where one is the same everywhere."""
    from scipy.stats import spearmanr

    if min(np.ptp(ours), np.ptp(theirs)) == 0:
        return 0.0
    return float(spearmanr(ours, theirs, axis=None).statistic)
