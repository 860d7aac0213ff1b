"""A small network trained on a long tail: cross-entropy, two penalties on its features, and what is done instead.

x → relu → features h → logits V h + c. The two penalties of Liu, Zhang, Hu, Cao, Yao and Pan 2023 (arXiv 2302.12453):

    pull   1/C Σ_k 1/n_k Σ_{i of k} ‖hᵢ - μ_k‖²               features to the mean of their class, each class alike
    apart  -1/C Σ_k min_{j ≠ k} angle(μ_k - μ̄, μ_j - μ̄)       each class's mean away from its nearest neighbour

over the classes of a mini-batch, where n_k counts class k in that batch. The means μ are learned numbers with steps of
their own, as in the authors' code; μ̄ is their mean. The second is least where the centred means are a simplex.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Labels = NDArray[np.intp]

EDGE = 0.99999
"""Cosines are cut here, as in the authors' code; beyond, there is no slope."""
LONGEST = 2.0
"""The network's slope is cut to this length, for heavy weights of rare classes would throw it out."""


@dataclass(frozen=True)
class Setting:
    """What is trained, and how.

    Attributes:
        pull: λ₁, the weight of the first penalty.
        apart: λ₂, that of the second.
        adjust: τ of logit adjustment: in training, logits get τ times the logarithm of the class's share.
        weight: γ of a weighted loss: a class of n pictures counts n^-γ each.
        sample: q of balanced sampling: batches hold class k in proportion to n^(1-q).
        decay: weight decay.
        steps: mini-batches.
        batch: size of each.
        rate: step size of the network, with a warm-up and a cosine to nothing; momentum is 0.9.
        means_rate: α, step size of the means, without momentum, on slopes divided by λ₁ as in the authors' code.
        hidden: neurons.
        features: d.
    """

    pull: float = 0.0
    apart: float = 0.0
    adjust: float = 0.0
    weight: float = 0.0
    sample: float = 0.0
    decay: float = 5e-4
    steps: int = 1000
    batch: int = 128
    rate: float = 0.1
    means_rate: float = 0.5
    hidden: int = 128
    features: int = 32


class Network(NamedTuple):
    """Weights W `(p, m)`, b `(m,)`, U `(m, d)`, a `(d,)`, V `(d, C)`, c `(C,)`, and the learned means `(C, d)`."""

    W: Array
    b: Array
    U: Array
    a: Array
    V: Array
    c: Array
    means: Array

    def embed(self, x: Array) -> Array:
        """Features `(n, d)` of inputs `(n, p)`."""
        return np.maximum(x @ self.W + self.b, 0) @ self.U + self.a

    def answer(self, x: Array) -> Labels:
        """The class of each input, `(n,)`."""
        return (self.embed(x) @ self.V + self.c).argmax(1)


class Moment(NamedTuple):
    """The network after `step` mini-batches."""

    step: int
    network: Network


CROSS_ENTROPY, ADJUSTED, BALANCED, WEIGHTED = (
    "cross-entropy", "logit adjustment", "balanced sampling", "weighted loss",
)  # fmt: skip
OURS, PULL_ALONE, PLUGGED = "both penalties", "the pull alone", "logit adjustment and both penalties"
TAIL = Setting(pull=0.003, apart=1.5)
CONTESTANTS: dict[str, Setting] = {
    CROSS_ENTROPY: Setting(decay=1e-3, rate=0.2),
    OURS: TAIL,
    PULL_ALONE: replace(TAIL, apart=0),
    ADJUSTED: Setting(adjust=1.5),
    BALANCED: Setting(sample=1.6, decay=5e-3),
    WEIGHTED: Setting(weight=1.2, decay=5e-3),
    PLUGGED: replace(TAIL, adjust=1.5),
}
"""Of clothes, each as it was best on validation pictures; ``claims.tune`` chose them."""
PLANE = Setting(steps=400, hidden=32, features=2)
PLANE_TAIL = replace(PLANE, pull=0.003, apart=5)
IN_THE_PLANE: dict[str, Setting] = {
    CROSS_ENTROPY: replace(PLANE, decay=5e-3, rate=0.8),
    OURS: PLANE_TAIL,
    PULL_ALONE: replace(PLANE_TAIL, apart=0),
    ADJUSTED: replace(PLANE, adjust=1.5, decay=2e-3),
    BALANCED: replace(PLANE, sample=1.6, decay=5e-3),
    WEIGHTED: replace(PLANE, weight=1.6, decay=5e-3),
    PLUGGED: replace(PLANE_TAIL, adjust=1.5, decay=2e-3),
}
"""Of three clouds and two features, likewise, on the seeds 100 to 119."""

# ---------------------------------------------------------------------------------------------------------
# The two penalties


def pull(h: Array, y: Labels, means: Array) -> tuple[float, Array, Array]:
    """The first penalty of a batch, and its slopes by features `(n, d)` and by means `(C, d)`."""
    counts = np.bincount(y, minlength=len(means)).astype(h.dtype)
    away = h - means[y]
    share = 1 / (len(means) * counts[y])
    slope = 2 * share[:, None] * away
    by_means = np.zeros_like(means)
    np.add.at(by_means, y, -slope)
    return float(share @ np.square(away).sum(1)), slope, by_means


def apart(means: Array) -> tuple[float, Array]:
    """The second penalty, in radians, and its slope by the means `(C, d)`."""
    count = len(means)
    centred = means - means.mean(0)
    length = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    unit = centred / length
    cosines = unit @ unit.T - 2 * np.eye(count, dtype=means.dtype)
    nearest = cosines.argmax(1)
    most = cosines[np.arange(count), nearest]
    inside = abs(most) < EDGE
    most = most.clip(-EDGE, EDGE)
    pressed = (inside / (count * np.sqrt(1 - most**2)))[:, None]
    slope = pressed * unit[nearest]
    np.add.at(slope, nearest, pressed * unit)
    slope = (slope - (slope * unit).sum(1, keepdims=True) * unit) / length
    return -float(np.arccos(most).mean()), (slope - slope.mean(0)).astype(means.dtype)


# ---------------------------------------------------------------------------------------------------------
# Training


def begin(inputs: int, classes: int, setting: Setting, rng: np.random.Generator) -> Network:
    """Random weights of He's size, means from N(0, 1) as in the authors' code."""

    def drawn(rows: int, columns: int, gain: float) -> Array:
        return (np.sqrt(gain / rows) * rng.standard_normal((rows, columns))).astype(np.float32)

    m, d = setting.hidden, setting.features
    zeros = (np.zeros(size, np.float32) for size in (m, d, classes))
    b, a, c = zeros
    means = rng.standard_normal((classes, d)).astype(np.float32)
    return Network(drawn(inputs, m, 2), b, drawn(m, d, 1), a, drawn(d, classes, 1), c, means)


def slopes(net: Network, x: Array, y: Labels, setting: Setting, counts: Array) -> Network:
    """The gradient of the whole loss on a batch, by each weight.

    Args:
        net: the network.
        x: inputs, `(n, p)`.
        y: classes, `(n,)`.
        setting: weights of all terms.
        counts: training pictures of each class, `(C,)`, for logit adjustment and weighted loss.
    """
    hidden = np.maximum(x @ net.W + net.b, 0)
    h = hidden @ net.U + net.a
    logits = h @ net.V + net.c + (setting.adjust * np.log(counts / counts.sum())).astype(h.dtype)
    odds = np.exp(logits - logits.max(1, keepdims=True))
    error = odds / odds.sum(1, keepdims=True)
    error[np.arange(len(y)), y] -= 1
    heavy = (counts[y] ** -setting.weight).astype(h.dtype)
    error *= (heavy / heavy.sum())[:, None]
    by_h, by_means = error @ net.V.T, np.zeros_like(net.means)
    if setting.pull:
        _, more, moved = pull(h, y, net.means)
        by_h, by_means = by_h + setting.pull * more, by_means + setting.pull * moved
    if setting.apart:
        by_means = by_means + setting.apart * apart(net.means)[1]
    back = (by_h @ net.U.T) * (hidden > 0)
    return Network(x.T @ back, back.sum(0), hidden.T @ by_h, by_h.sum(0), h.T @ error, error.sum(0), by_means)


def train(
    x: Array, y: Labels, setting: Setting, seed: int, kept: Collection[int] = (), start: Network | None = None
) -> Iterator[Moment]:
    """Mini-batch descent; gives the moments in `kept`, or the last one alone if it is empty.

    Args:
        x: training inputs, `(n, p)`.
        y: their classes from 0, each of which is there, `(n,)`.
        setting: what is trained.
        seed: draws start and batches; the same for all settings.
        kept: steps, 0 for the start.
        start: where to begin instead of a random place.
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(y).astype(float)
    net = start or begin(x.shape[1], len(counts), setting, rng)
    chance = counts[y] ** -setting.sample
    ladder = np.cumsum(chance / chance.sum())
    speed = [np.zeros_like(part) for part in net[:-1]]
    kept = kept or (setting.steps,)
    for step in range(setting.steps + 1):
        if step in kept:
            yield Moment(step, net)
        if step == setting.steps:
            break
        chosen = np.searchsorted(ladder, rng.random(setting.batch) * ladder[-1])
        slope = slopes(net, x[chosen], y[chosen], setting, counts)
        size = np.sqrt(sum(float(np.square(part).sum()) for part in slope[:-1]))
        short = min(1.0, LONGEST / max(size, 1e-12))
        rate = setting.rate * min(1.0, 20 * (step + 1) / setting.steps)
        rate *= 0.5 * (1 + np.cos(np.pi * step / setting.steps))
        moved = []
        for place, (part, by) in enumerate(zip(net[:-1], slope[:-1], strict=True)):
            speed[place] = 0.9 * speed[place] + short * by + setting.decay * part
            moved.append((part - rate * speed[place]).astype(np.float32))
        quick = setting.means_rate / (setting.pull or 1.0)
        moved.append((net.means - quick * slope.means).astype(np.float32))
        net = Network(*moved)


def trained(x: Array, y: Labels, setting: Setting, seed: int) -> Network:
    """The network at the end of training on inputs `(n, p)` of classes `(n,)`; the rest as ``train``."""
    (last,) = train(x, y, setting, seed)
    return last.network


# ---------------------------------------------------------------------------------------------------------
# What is measured


def centred(h: Array, y: Labels) -> Array:
    """Mean features of each class less the mean of these means, `(C, d)`."""
    means = np.stack([h[y == k].mean(0) for k in range(y.max() + 1)])
    return means - means.mean(0)


def cosines(directions: Array) -> Array:
    """Cosines of all pairs of directions `(C, d)`, C (C - 1) / 2 of them."""
    unit = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    return (unit @ unit.T)[np.triu_indices(len(unit), 1)]


def off_simplex(directions: Array) -> float:
    """How far the cosines of pairs of `(C, d)` are from -1 / (C - 1), that of a simplex: what they differ by, mean."""
    return float(abs(cosines(directions) + 1 / (len(directions) - 1)).mean())


def scatter(h: Array, y: Labels) -> float:
    """Squared distance of features `(n, d)` from the mean of their class over that of class means from their middle.

    Every class of `(n,)` counts alike; 0 is collapse.
    """
    means = centred(h, y)
    within = np.mean([h[y == k].var(0).sum() for k in range(len(means))])
    return float(within / np.square(means).sum(1).mean())


def recalls(said: Labels, y: Labels) -> Array:
    """The share of each class that is recognised, `(C,)`; their mean is the balanced accuracy."""
    return np.array([(said[y == k] == k).mean() for k in range(y.max() + 1)])
