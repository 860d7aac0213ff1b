"""Gates that choose k of n experts for each task, and what their loss asks of them.

DSelect-k (Hazimeh et al. 2021, arXiv 2106.03760): each of k selectors has b = ⌈log₂ n⌉ bits z, softened by the smooth
step S. Selector i gives expert s the product over its bits of S(z) where the code of s has a one and 1 - S(z) where it
has a zero; the gate is their mean weighted by softmax(w). Bits begin at one half and end at zero or one exactly.

Beside it top-k with learned noise (Shazeer et al. 2017, arXiv 1701.06538) and a softmax over all experts that keeps its
k largest from some step on. Gates are the same for all examples of a task: `(runs, tasks, experts)`, for many runs are
trained at once, each with its own settings, `(runs,)`. Gradients are written out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, ndtr

Array = NDArray[np.float64]
Params = dict[str, Array]

TINY = 1e-6
"""Inside the logarithm of the entropy, as in the authors' code."""


def smooth_step(t: Array, gamma: Array | float) -> Array:
    """S(t): 0 below -γ/2, 1 above γ/2, and -2 t³/γ³ + 3 t/(2 γ) + 1/2 between; once continuously differentiable."""
    u = np.clip(t / gamma, -0.5, 0.5)
    return 0.5 + u * (1.5 - 2 * u * u)


def smooth_slope(t: Array, gamma: Array | float) -> Array:
    """S'(t), exactly zero outside of -γ/2 to γ/2."""
    u = np.clip(t / gamma, -0.5, 0.5)
    return (1.5 - 6 * u * u) / gamma


def softmax(logits: Array) -> Array:
    """Over the last axis; -∞ is a weight of zero."""
    high = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return high / high.sum(axis=-1, keepdims=True)


def softmax_back(weights: Array, slope: Array) -> Array:
    """The gradient of logits from that of their softmax."""
    return weights * (slope - (weights * slope).sum(axis=-1, keepdims=True))


def largest(values: Array, k: int) -> NDArray[np.bool_]:
    """Which k entries along the last axis are largest; the first of equal ones."""
    order = np.argsort(-values, axis=-1, kind="stable")[..., :k]
    chosen = np.zeros(values.shape, bool)
    np.put_along_axis(chosen, order, True, axis=-1)
    return chosen


def _column(values: Array | float, more: int) -> Array:
    """Numbers of runs, `(runs, 1, …)` with `more` further axes."""
    values = np.atleast_1d(np.asarray(values, float))
    return values.reshape(values.shape + (1,) * more)


class DSelect:
    """The gate of DSelect-k.

    What every gate has: ``start`` gives parameters, ``forward`` gates and what ``backward`` needs, which turns their
    slope into gradients, those of the gate's own terms included; ``sparse`` gives gates of at most k experts.

    Args:
        n: experts.
        k: selectors, the most experts that a task ends with.
        gamma: width of the smooth step, `(runs,)`.
        entropy: weight of the selectors' entropy, `(runs,)`.
        since: the step from which on the entropy counts.
        hard: whether bits are 0 or 1 from the first step on, with S' as their slope (straight-through); our control.
    """

    def __init__(
        self, n: int, k: int, gamma: Array | float = 1.0, entropy: Array | float = 1e-2,
        since: int = 0, hard: bool = False,
    ) -> None:  # fmt: skip
        self.n, self.k, self.since, self.hard = n, k, since, hard
        self.bits = max(int(np.ceil(np.log2(n))), 1)
        self.codes = (np.arange(n)[:, None] >> np.arange(self.bits)[::-1]) & 1 == 1  # (n, bits)
        self.gamma, self.entropy = _column(gamma, 3), _column(entropy, 3)

    def start(self, rngs: list[np.random.Generator], tasks: int) -> Params:
        """z within γ/100 of zero, where every bit is nearly one half, and w within 0.05."""
        reach = np.broadcast_to(self.gamma / 100, (len(rngs), 1, 1, 1))
        z = np.stack([rng.uniform(-1, 1, (tasks, self.k, self.bits)) for rng in rngs])
        return {"z": z * reach, "w": np.stack([rng.uniform(-0.05, 0.05, (tasks, self.k)) for rng in rngs])}

    def softened(self, z: Array) -> Array:
        """The bits between 0 and 1, of z's shape."""
        return (z > 0).astype(float) if self.hard else smooth_step(z, self.gamma)

    def _factors(self, z: Array) -> Array:
        S = self.softened(z)[..., None, :]
        return np.where(self.codes, S, 1 - S)  # (runs, tasks, k, n, bits)

    def _real_share(self, z: Array) -> Array:
        """Of soft bits, how much of each selector is at codes of experts: of hard ones it is all or nothing, and the
        penalty's slope would be endless.
        """
        S = smooth_step(z, self.gamma)[..., None, :]
        return np.where(self.codes, S, 1 - S).prod(axis=-1).sum(axis=-1, keepdims=True)

    def forward(self, params: Params, step: int = 0, draw: Array | None = None) -> tuple[Array, Any]:
        """The gate draws no noise."""
        factors, share = self._factors(params["z"]), softmax(params["w"])
        r = factors.prod(axis=-1)
        return np.einsum("rtk,rtkn->rtn", share, r), (params["z"], factors, share, r, step >= self.since)

    def backward(self, slope: Array, kept: Any) -> Params:
        """Of a loss that is a mean over tasks, so that the penalty is one too."""
        z, factors, share, r, late = kept
        slope = slope[:, :, None]  # (runs, tasks, 1, n)
        tasks = z.shape[1]
        down = share[..., None] * slope - late * self.entropy / tasks * (np.log(r + TINY) + r / (r + TINY))
        if self.n < 2**self.bits:
            real = self._real_share(z) if self.hard else r.sum(axis=-1, keepdims=True)
            down = down - 1 / (tasks * np.maximum(real, 1e-9) ** 2)
        dz = np.empty_like(z)
        for bit in range(self.bits):
            others = np.delete(factors, bit, axis=-1).prod(axis=-1)
            dz[..., bit] = (down * others * np.where(self.codes[:, bit], 1, -1)).sum(axis=-1)
        return {"z": dz * smooth_slope(z, self.gamma), "w": softmax_back(share, (r * slope).sum(axis=-1))}

    def sparse(self, params: Params) -> Array:
        """The k largest of the gate, brought to a sum of one; of a gate with k experts nothing is taken."""
        gate = self.forward(params)[0]
        gate = np.where(largest(gate, self.k), gate, 0)
        return gate / np.maximum(gate.sum(axis=-1, keepdims=True), TINY)


class TopK:
    """Noisy top-k: softmax over the k largest of l + ε softplus(s), ε new in every step.

    Args:
        n: experts.
        k: experts of each task.
        noise: softplus(s) at the start, `(runs,)`; s is learned.
        load: weight of the squared coefficients of variation of importance and load over the experts, `(runs,)`.
    """

    def __init__(self, n: int, k: int, noise: Array | float = 0.3, load: Array | float = 0.0) -> None:
        self.n, self.k = n, k
        self.noise, self.load = np.maximum(_column(noise, 2), TINY), _column(load, 2)

    def start(self, rngs: list[np.random.Generator], tasks: int) -> Params:
        """Logits of standard deviation 0.01: whoever is ahead by that is chosen at first."""
        logits = 0.01 * np.stack([rng.standard_normal((tasks, self.n)) for rng in rngs])
        return {"l": logits, "s": np.zeros_like(logits) + np.log(np.expm1(self.noise))}

    def forward(self, params: Params, step: int = 0, draw: Array | None = None) -> tuple[Array, Any]:
        """Without `draw` there is no noise, as when training is over."""
        logits, sigma = params["l"], -log_expit(-params["s"])
        noisy = logits if draw is None else logits + draw * sigma
        chosen = largest(noisy, self.k)
        gate = softmax(np.where(chosen, noisy, -np.inf))
        return gate, (params, draw, noisy, sigma, chosen, gate)

    def load_terms(self, kept: Any) -> tuple[Array, Array, Any]:
        """Importance and load of the experts, `(runs, n)`: sums over tasks of weights and of chances to be chosen.

        An expert's chance is that of its logit with new noise to pass the k-th of the others, noise of these kept.
        """
        params, _, noisy, sigma, chosen, gate = kept
        order = np.argsort(-noisy, axis=-1, kind="stable")
        bars = [np.take_along_axis(noisy, order[..., place, None], axis=-1) for place in (self.k - 1, self.k)]
        u = (params["l"] - np.where(chosen, bars[1], bars[0])) / sigma
        return gate.sum(axis=1), ndtr(u).sum(axis=1), (u, order)

    def backward(self, slope: Array, kept: Any) -> Params:
        """Through logits and noise; the bars that the load compares with have gradients, too."""
        params, draw, _, sigma, _, gate = kept
        balanced = bool(self.load.any()) and draw is not None and self.k < self.n
        if balanced:
            importance, load, (u, order) = self.load_terms(kept)
            slope = slope + self.load * _variation_slope(importance)[:, None]
        down = softmax_back(gate, slope)
        own_l, own_sigma = np.zeros_like(down), np.zeros_like(down)
        if balanced:
            push = self.load * _variation_slope(load)[:, None] * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
            own_l, own_sigma = push / sigma, -push * u / sigma
            ranked = np.take_along_axis(own_l, order, axis=-1)
            bars = np.zeros_like(down)
            bars[..., self.k] = -ranked[..., : self.k].sum(axis=-1)
            bars[..., self.k - 1] = -ranked[..., self.k :].sum(axis=-1)
            moved = np.zeros_like(down)
            np.put_along_axis(moved, order, bars, axis=-1)
            down = down + moved
        dsigma = own_sigma + (0 if draw is None else down * draw)
        return {"l": down + own_l, "s": dsigma * expit(params["s"])}

    def sparse(self, params: Params) -> Array:
        """Without noise."""
        return self.forward(params)[0]


def _variation_slope(values: Array) -> Array:
    """The gradient of the squared coefficient of variation over the last axis."""
    mean = values.mean(axis=-1, keepdims=True)
    off = values - mean
    return 2 / values.shape[-1] * (off / mean**2 - (off**2).mean(axis=-1, keepdims=True) / mean**3)


class Pruned:
    """A softmax over all experts that keeps its k largest weights from a step on, and trains those further.

    Args:
        n: experts.
        k: experts that stay.
        at: the step of pruning, `(runs,)`.
    """

    def __init__(self, n: int, k: int, at: Array | float) -> None:
        self.n, self.k, self.at = n, k, _column(at, 2)
        self.cut: Array | None = None

    def start(self, rngs: list[np.random.Generator], tasks: int) -> Params:
        """As top-k."""
        return {"l": 0.01 * np.stack([rng.standard_normal((tasks, self.n)) for rng in rngs])}

    def forward(self, params: Params, step: int = 0, draw: Array | None = None) -> tuple[Array, Any]:
        """What is pruned at its step stays so."""
        if step == 0 or self.cut is None:
            self.cut = np.zeros_like(params["l"])
        now = self.at == step
        if now.any():
            self.cut = np.where(now & ~largest(params["l"], self.k), -np.inf, self.cut)
        gate = softmax(params["l"] + self.cut)
        return gate, gate

    def backward(self, slope: Array, kept: Any) -> Params:
        """No terms of its own."""
        return {"l": softmax_back(kept, slope)}

    def sparse(self, params: Params) -> Array:
        """The k largest, brought to a sum of one."""
        logits = params["l"] + (0 if self.cut is None else self.cut)
        return softmax(np.where(largest(logits, self.k), logits, -np.inf))


Gate = DSelect | TopK | Pruned
