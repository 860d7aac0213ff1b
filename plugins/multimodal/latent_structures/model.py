"""Latent modality structures: the three regularisers on top of four-way contrast.

The mathematics of Jiang et al., "Understanding and Constructing Latent Modality Structures in Multi-modal
Representation Learning" (arXiv 2303.05952), with two misprints put right: the positive of an independent feature is
that of the other view (as printed, a constant), and the distance to the bridge has its minus sign and root. All
features have length 1. For a batch of N pictures V with texts T and other views a of both,

    L_Con   = 1/4 (V to T, T to V, V to V^a, T to T^a)                                      every arm
    L_Sep   = mean(<zV, zV^i>² + <zT, zT^i>²) + InfoNCE(zV^i, zV^i,a) + InfoNCE(zT^i, zT^i,a)
              + log( 1/N Σ_jk e^{-2 |zV_j^i - zV_k^i|²} + e^{-2 |zT_j^i - zT_k^i|²} )
    L_Br    = mean |zV^a - μ|²,  μ the direction of t zV + (1 - t) zT,  t = 1/4
    L_GC    = 1/N Σ_jk (<zV_j, zT_k> - <zV_k, zT_j>)² + (<zV_j, zV_k> - <zT_j, zT_k>)²      CyCLIP's
    L_GC^a  = 1/N Σ_jk (<zV_j, zV_k> - <zV_j^a, zV_k^a>)² + the same for T
              + 1/N Σ_j (<zV_j, zT_j> - <zV_j^a, zT_j^a>)²                                  new over CyCLIP
    L_Align = mean 1 / <zV, zT>²                                                            closes the gap
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.two_towers import PictureTower, TextTower, four_way, in_batch


@dataclass(frozen=True)
class Pairs:
    """Directions (n, d) of pictures and texts and of other views of both; `own` are independent ones, if there are."""

    pictures: Tensor
    texts: Tensor
    other_pictures: Tensor
    other_texts: Tensor
    own: Pairs | None = None


def orthogonality(shared: Tensor, own: Tensor) -> Tensor:
    """mean <z, z^i>² of directions (n, d) and of independent ones (n, d); half of L_Ortho."""
    return (shared * own).sum(1).square().mean()


def potential(points: Tensor, sharpness: float = 2.0) -> Tensor:
    """1/N Σ_jk exp(-t |z_j - z_k|²) of directions (n, d), a point with itself included; L_Uni is its logarithm."""
    apart = 2 - 2 * points @ points.T  # of points of length 1
    return torch.exp(-sharpness * apart).sum() / len(points)


def separation(pairs: Pairs, temperature: float) -> Tensor:
    """L_Sep.

    Args:
        pairs: of a batch, with independent features.
        temperature: τ of the contrasts.

    Raises:
        ValueError: there are no independent features.
    """
    own = pairs.own
    if own is None:
        raise ValueError("these pairs have no independent features")
    ortho = orthogonality(pairs.pictures, own.pictures) + orthogonality(pairs.texts, own.texts)
    contrast = in_batch(own.pictures, own.other_pictures, temperature)
    contrast = contrast + in_batch(own.texts, own.other_texts, temperature)
    return ortho + contrast + torch.log(potential(own.pictures) + potential(own.texts))


def bridge_mean(pictures: Tensor, texts: Tensor, time: float) -> Tensor:
    """μ, (n, d): where the bridge from texts (n, d) at time 0 to pictures (n, d) at time 1 is expected, of length 1."""
    return F.normalize(time * pictures + (1 - time) * texts, dim=1)


def bridge(pairs: Pairs, time: float = 0.25) -> Tensor:
    """L_Br, as the paper prints the mean: at time 1/4 it leans to the text."""
    mean = bridge_mean(pairs.pictures, pairs.texts, time)
    return (pairs.other_pictures - mean).square().sum(1).mean()


def cyclic(pairs: Pairs) -> Tensor:
    """L_GC, CyCLIP's two terms."""
    across = pairs.pictures @ pairs.texts.T
    within = pairs.pictures @ pairs.pictures.T - pairs.texts @ pairs.texts.T
    return ((across - across.T).square().sum() + within.square().sum()) / len(across)


def geometry(pairs: Pairs) -> Tensor:
    """L_GC^a, what other views add."""
    pictures = pairs.pictures @ pairs.pictures.T - pairs.other_pictures @ pairs.other_pictures.T
    texts = pairs.texts @ pairs.texts.T - pairs.other_texts @ pairs.other_texts.T
    cosines = (pairs.pictures * pairs.texts).sum(1) - (pairs.other_pictures * pairs.other_texts).sum(1)
    whole = pictures.square().sum() + texts.square().sum() + cosines.square().sum()
    return whole / len(pictures)


def alignment(pairs: Pairs) -> Tensor:
    """L_Align; the cosine is kept from 0, where the printed loss has a pole."""
    return (pairs.pictures * pairs.texts).sum(1).clamp_min(0.1).pow(-2).mean()


ROWS, TABLE = 4096, 24
"""Of the table of pieces of words: its rows, and the numbers of each."""
TERMS = ("separation", "bridge", "cyclic", "geometry", "alignment")


def loss(pairs: Pairs, temperature: float, weights: Mapping[str, float], time: float = 0.25) -> Tensor:
    """L_Con and so much of each regulariser.

    Args:
        pairs: of a batch.
        temperature: τ.
        weights: of the terms in `TERMS`; those left out have none.
        time: of the bridge.
    """
    total = four_way(pairs.pictures, pairs.texts, pairs.other_pictures, pairs.other_texts, temperature)
    if weights.get("separation"):
        total = total + weights["separation"] * separation(pairs, temperature)
    if weights.get("bridge"):
        total = total + weights["bridge"] * bridge(pairs, time)
    for name, term in (("cyclic", cyclic), ("geometry", geometry), ("alignment", alignment)):
        if weights.get(name):
            total = total + weights[name] * term(pairs)
    return total


class Towers(nn.Module):
    """A tower for each modality.

    Args:
        size: numbers of a direction.
    """

    def __init__(self, size: int = 64) -> None:
        super().__init__()
        self.pictures, self.texts = PictureTower(size=size), TextTower(ROWS, TABLE, size=size)


class Arm(nn.Module):
    """Towers in training, with projections to independent features where they are separated.

    Args:
        temperature: τ.
        weights: of the regularisers, see `loss`.
        time: of the bridge.
        size: numbers of a direction.
    """

    def __init__(
        self, temperature: float, weights: Mapping[str, float], time: float = 0.25, size: int = 64
    ) -> None:
        super().__init__()
        self.temperature, self.weights, self.time = temperature, dict(weights), time
        self.towers = Towers(size)
        # drawn in every arm, so that the towers of all begin alike
        widths = self.towers.pictures.project.in_features, self.towers.texts.project.in_features
        self.own_picture, self.own_text = (nn.Linear(width, size, bias=False) for width in widths)

    def loss(self, views: Tensor, bags: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Of views (2 n, 3, h, w) and 2 n texts, the second n of each being other views of the first."""
        seen, read = self.towers.pictures.features(views), self.towers.texts.features(bags)
        directions = self.towers.pictures.project(seen), self.towers.texts.project(read)
        own = None
        if self.weights.get("separation"):
            own = _pairs(self.own_picture(seen), self.own_text(read))
        return loss(_pairs(*directions, own), self.temperature, self.weights, self.time)


def _pairs(pictures: Tensor, texts: Tensor, own: Pairs | None = None) -> Pairs:
    """Directions of first and other views, which come one after another."""
    (first, other), (said, otherwise) = (F.normalize(rows, dim=1).chunk(2) for rows in (pictures, texts))
    return Pairs(first, said, other, otherwise, own)
