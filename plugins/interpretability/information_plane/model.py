"""How much the layers of a small network say about their input and about its label, while it learns.

A layer's activations are cut into bins; the cells that inputs fall into are its T. Without noise H(T | X) = 0, so that
I(X;T) = H(T), and I(T;Y) = H(T) + H(Y) - H(T, Y). Network 12-10-7-5-4-3-2, softmax at the end, Adam. Sources:
Shwartz-Ziv and Tishby 2017, arXiv 1703.00810, and their IDNNs (sizes, starts, thirty edges); Saxe et al. 2018, "On the
Information Bottleneck Theory of Deep Learning", and their ibsgd (bins of one width, the kernel bound, ReLU).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.adam import Adam

Array = NDArray[Any]
Kind = Literal["tanh", "ReLU"]

HIDDEN = (10, 7, 5, 4, 3)


@dataclass(frozen=True)
class Setting:
    """A network and its training.

    Attributes:
        kind: what hidden units do.
        hidden: units of each hidden layer.
        epochs: passes over the training rows.
        rate: of Adam.
        batch: rows of a step.
    """

    kind: Kind = "tanh"
    hidden: tuple[int, ...] = HIDDEN
    epochs: int = 800
    rate: float = 3e-3
    batch: int = 512


class Moment(NamedTuple):
    """The network at some time.

    Attributes:
        epoch: passes made; of weights that only grow, their size against the start.
        weights: of all layers, `(p,)`.
        losses: mean cross-entropy on training rows and on the others, in bits.
        errors: shares of wrong answers on both.
        drift: of each layer, the norm of the mean gradient of this epoch's steps over the norm of their standard
            deviation; NaN where there was no step.
    """

    epoch: float
    weights: Array
    losses: tuple[float, float]
    errors: tuple[float, float]
    drift: Array


class Network:
    """A perceptron whose weights and biases lie in one vector."""

    def __init__(self, sizes: Sequence[int], kind: Kind) -> None:
        """Args: sizes of input, hidden layers and output; kind of the hidden units."""
        self.sizes, self.kind = tuple(sizes), kind
        self.shapes = list(itertools.pairwise(sizes))
        counts = [(a + 1) * b for a, b in self.shapes]
        ends = np.cumsum([0, *counts]).tolist()
        self.parts, self.count = list(itertools.starmap(slice, itertools.pairwise(ends))), ends[-1]

    def start(self, rng: np.random.Generator) -> Array:
        """Normal weights of deviation 1 / √fan-in without their tails beyond two, no bias; `(p,)`."""
        weights = np.zeros(self.count)
        for (a, b), part in zip(self.shapes, self.parts, strict=True):
            drawn = rng.standard_normal((a, b))
            while (far := abs(drawn) > 2).any():
                drawn[far] = rng.standard_normal(int(far.sum()))
            weights[part][: a * b] = drawn.ravel() / np.sqrt(a)
        return weights

    def layers(self, weights: Array) -> list[tuple[Array, Array]]:
        """Views of the weights `(a, b)` and biases `(b,)` of each layer."""
        return [
            (weights[part][: a * b].reshape(a, b), weights[part][a * b :])
            for (a, b), part in zip(self.shapes, self.parts, strict=True)
        ]

    def activations(self, layers: Sequence[tuple[Array, Array]], x: Array) -> list[Array]:
        """What every layer says to the inputs `(n, d)`: hidden ones, then the softmax."""
        said = []
        for W, b in layers[:-1]:
            x = x @ W
            x += b
            x = np.tanh(x, out=x) if self.kind == "tanh" else np.maximum(x, 0, out=x)
            said.append(x)
        x = x @ layers[-1][0] + layers[-1][1]
        x = np.exp(x - x.max(1, keepdims=True))
        return [*said, x / x.sum(1, keepdims=True)]

    def gradient(
        self, layers: Sequence[tuple[Array, Array]], x: Array, answers: Array, slopes: Sequence[tuple[Array, Array]]
    ) -> None:  # fmt: skip
        """Of the mean cross-entropy, in nats, into `slopes`; `answers` are one-hot, `(n, classes)`."""
        said = [x, *self.activations(layers, x)]
        pull = (said[-1] - answers) / len(x)
        for place in reversed(range(len(layers))):
            np.matmul(said[place].T, pull, out=slopes[place][0])
            np.sum(pull, axis=0, out=slopes[place][1])
            if place:
                pull = pull @ layers[place][0].T
                pull *= 1 - said[place] * said[place] if self.kind == "tanh" else said[place] > 0


class Work(NamedTuple):
    """All inputs `(n, d)`, their labels `(n,)` counted from 0, and whether each is trained on, `(n,)`."""

    x: Array
    labels: Array
    trained: Array

    @property
    def answers(self) -> Array:
        """One-hot labels, `(n, classes)`."""
        return np.eye(int(self.labels.max()) + 1)[self.labels]


def network(work: Work, setting: Setting) -> Network:
    """The network for some work."""
    return Network((work.x.shape[1], *setting.hidden, int(work.labels.max()) + 1), setting.kind)


def train(work: Work, setting: Setting, seed: int, kept: Sequence[int]) -> Iterator[Moment]:
    """Adam on the mean cross-entropy; gives the moments after the epochs in `kept`, 0 for the start."""
    net, rng = network(work, setting), np.random.default_rng(seed)
    weights, answers = net.start(rng), work.answers
    rows, layers = np.flatnonzero(work.trained), net.layers(weights)
    adam, wanted = Adam({"weights": weights}, setting.rate), frozenset(kept)
    for epoch in range(setting.epochs + 1):
        pulls = []
        if epoch:
            for part in np.split(rng.permutation(rows), range(setting.batch, len(rows), setting.batch)):
                pull = np.empty_like(weights)
                net.gradient(layers, work.x[part], answers[part], net.layers(pull))
                pulls.append(pull)
                adam.step({"weights": pull})
        if epoch in wanted:
            yield _moment(net, work, weights, epoch, pulls)


def grown(
    work: Work, setting: Setting, seed: int, sizes: Sequence[float], end: Moment | None = None
) -> Iterator[Moment]:
    """The control: nothing is learned, the weights of the start only grow.

    Args:
        work: as for `train`.
        setting: of the network.
        seed: of the start.
        sizes: what weights are multiplied by; with an end, shares of the way.
        end: of a training from this start; every layer's weights grow to its length there, geometrically.
    """
    net = network(work, setting)
    start = net.start(np.random.default_rng(seed))
    ratios = np.ones_like(start)
    for part in net.parts if end is not None else ():
        ratios[part] = np.linalg.norm(end.weights[part]) / max(float(np.linalg.norm(start[part])), 1e-12)
    for size in sizes:
        yield _moment(net, work, start * (ratios**size if end else size), size, [])


def _moment(net: Network, work: Work, weights: Array, epoch: float, pulls: Sequence[Array]) -> Moment:
    said = net.activations(net.layers(weights), work.x)[-1]
    right = np.maximum(said[np.arange(len(said)), work.labels], 1e-30)
    wrong = said.argmax(1) != work.labels
    parts = work.trained, ~work.trained
    losses, errors = ([float(each[part].mean()) for part in parts] for each in (-np.log2(right), wrong))
    drift = np.full(len(net.parts), np.nan)
    if len(pulls) > 1:
        stack = np.stack(pulls)
        mean, spread = stack.mean(0), stack.std(0)
        sizes = [(np.linalg.norm(mean[part]), np.linalg.norm(spread[part])) for part in net.parts]
        drift = np.array([a / b if b else np.nan for a, b in sizes])
    return Moment(float(epoch), weights.copy(), (losses[0], losses[1]), (errors[0], errors[1]), drift)


def widths(t: Array, width: float = 0.07) -> Array:
    """Bins of one width, without end: `⌊t / width⌋`; activations `(n, units)` to whole numbers `(n, units)`."""
    return np.floor(t / width).astype(np.int64)


def thirty(t: Array) -> Array:
    """The paper's thirty edges from -1 to 1 for `(n, units)`: 29 intervals; what lies above shares one more cell."""
    return np.digitize(t, np.linspace(-1, 1, 30))


def stretched(t: Array) -> Array:
    """Thirty equal bins from the least to the greatest of the activations `(n, units)`."""
    low, high = t.min(), t.max()
    return np.minimum(((t - low) / max(high - low, 1e-30) * 30).astype(np.int64), 29)


def ranked(t: Array) -> Array:
    """Thirty bins for each unit of `(n, units)` with as many inputs in each, as nearly as equal activations let."""
    edges = np.quantile(t, np.arange(1, 30) / 30, axis=0)
    return np.stack(
        [np.searchsorted(edge, unit, "right") for edge, unit in zip(edges.T, t.T, strict=True)], 1
    )


@functools.cache
def _odd(count: int) -> Array:
    return np.random.default_rng(0).integers(1, 2**63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def cells(codes: Array) -> Array:
    """A number that different rows of whole numbers `(n, units)` hardly share, `(n,)`: a sum modulo 2⁶⁴."""
    return (codes.astype(np.uint64, copy=False) * _odd(codes.shape[1])).sum(1)


def binned(codes: Array, labels: Array) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in bits of cells `(n, units)`; n inputs, equally likely, labels `(n,)` below 64.

    Cells are sorted once, by number and then by label; collisions of 58 bits are as likely as 10⁻¹¹ for 4,096 cells.
    """
    keys = np.sort((cells(codes) >> np.uint64(6) << np.uint64(6)) | labels.astype(np.uint64))
    alone, both = _entropy(keys >> np.uint64(6)), _entropy(keys)
    return alone, alone + _entropy(np.sort(labels)) - both


def _entropy(ordered: Array) -> float:
    """Of the distribution of sorted keys `(n,)`, in bits."""
    ends = np.flatnonzero(ordered[1:] != ordered[:-1])
    counts = np.diff(np.concatenate([[-1], ends, [len(ordered) - 1]]))
    return float(np.log2(len(ordered)) - (counts * np.log2(counts)).sum() / len(ordered))


WIDTHS, KERNEL = "bins of one width", "kernel bound"
RULERS: dict[str, Callable[[Array], Array]] = {
    WIDTHS: widths,
    "thirty edges from -1 to 1": thirty,
    "stretched to the layer": stretched,
    "as many inputs in each": ranked,
}
"""How activations become cells; the kernel bound has none."""
KERNEL_ROWS = 600
"""Inputs that the kernel bound takes, drawn once: it compares each with each."""


def kernel(t: Array, labels: Array, variance: float = 1e-3) -> tuple[float, float]:
    """Upper bounds on I(X;T) and I(T;Y), in bits, were noise of this variance added to the layer `(n, units)`.

    H(T) ≤ -mean over i of log mean over j of exp(-|tᵢ - tⱼ|² / 2s²), less the entropy of the noise; of ibsgd.
    """
    alone = _mixture(t, variance)
    shares = [(labels == label).mean() for label in np.unique(labels)]
    within = [_mixture(t[labels == label], variance) for label in np.unique(labels)]
    return alone, alone - float(np.dot(shares, within))


def _mixture(t: Array, variance: float) -> float:
    square = (t * t).sum(1)
    apart = np.maximum(square[:, None] + square - 2 * t @ t.T, 0) / (2 * variance)
    return float(-np.log2(np.exp(-apart).mean(1)).mean())


def plane(net: Network, work: Work, moments: Sequence[Moment], ruler: str, width: float = 0.07) -> Array:
    """I(X;T) and I(T;Y) of every layer at every moment, in bits, `(moments, layers, 2)`.

    Args:
        net: the network.
        work: its inputs and labels, all of them.
        moments: its weights over time.
        ruler: one of `RULERS`, or `KERNEL`.
        width: of bins of one width.
    """
    x, labels = work.x, work.labels
    if ruler == KERNEL and len(x) > KERNEL_ROWS:
        drawn = np.random.default_rng(0).permutation(len(x))[:KERNEL_ROWS]
        x, labels = x[drawn], labels[drawn]
    cut = functools.partial(widths, width=width) if ruler == WIDTHS else RULERS.get(ruler)
    return np.array(
        [
            [
                binned(cut(t), labels) if cut else kernel(t, labels)
                for t in net.activations(net.layers(m.weights), x)
            ]
            for m in moments
        ]
    )


def forgotten(measured: Array) -> Array:
    """Of every layer, by how many bits I(X;T) ends below its greatest; `(moments, layers, 2)` to `(layers,)`."""
    return measured[:, :, 0].max(0) - measured[-1, :, 0]
