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
from scipy.special import expit, log_expit, ndtr, softmax

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


def softmax_back(weights: Array, slope: Array) -> Array:
    """The gradient of logits from that of their softmax."""
    return weights * (slope - (weights * slope).sum(axis=-1, keepdims=True))


def largest(values: Array, k: int) -> NDArray[np.bool_]:
    """Which k entries along the last axis are largest; the first of equal ones."""
    order = np.argsort(-values, axis=-1, kind="stable")[..., :k]
    chosen = np.zeros(values.shape, bool)
    np.put_along_axis(chosen, order, True, axis=-1)
    return chosen


def cut(gate: Array, k: int) -> Array:
    """The k largest weights of a gate, brought to a sum of one; of a gate with k experts nothing is taken."""
    kept = np.where(largest(gate, k), gate, 0)
    return kept / np.maximum(kept.sum(axis=-1, keepdims=True), TINY)


def _column(values: Array | float, more: int) -> Array:
    """Numbers of runs, `(runs, 1, …)` with `more` further axes."""
    values = np.atleast_1d(np.asarray(values, float))
    return values.reshape(values.shape + (1,) * more)


class DSelect:
    """The gate of DSelect-k.

    What every gate has: ``start`` gives parameters, ``forward`` gates and what ``backward`` needs, which turns their
    slope into gradients, those of the gate's own terms included.

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

    def _factors(self, z: Array, hard: bool) -> Array:
        bits = ((z > 0).astype(float) if hard else smooth_step(z, self.gamma))[..., None, :]
        return np.where(self.codes, bits, 1 - bits)  # (runs, tasks, k, n, bits)

    def forward(self, params: Params, step: int = 0, draw: Array | None = None) -> tuple[Array, Any]:
        """The gate draws no noise."""
        factors, share = self._factors(params["z"], self.hard), softmax(params["w"], axis=-1)
        r = factors.prod(axis=-1)
        return np.einsum("rtk,rtkn->rtn", share, r), (params["z"], factors, share, r, step >= self.since)

    def backward(self, slope: Array, kept: Any) -> Params:
        """Of a loss that is a mean over tasks, so that the penalty is one too."""
        z, factors, share, r, late = kept
        slope = slope[:, :, None]  # (runs, tasks, 1, n)
        tasks = z.shape[1]
        down = share[..., None] * slope - late * self.entropy / tasks * (np.log(r + TINY) + r / (r + TINY))
        if (
            self.n < 2**self.bits
        ):  # hard bits are at a code of an expert or at none, which gives an endless slope
            soft = self._factors(z, hard=False).prod(axis=-1) if self.hard else r
            down = down - 1 / (tasks * np.maximum(soft.sum(axis=-1, keepdims=True), 1e-9) ** 2)
        dz = np.empty_like(z)
        for bit in range(self.bits):
            others = np.delete(factors, bit, axis=-1).prod(axis=-1)
            dz[..., bit] = (down * others * np.where(self.codes[:, bit], 1, -1)).sum(axis=-1)
        return {"z": dz * smooth_slope(z, self.gamma), "w": softmax_back(share, (r * slope).sum(axis=-1))}


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
        gate = softmax(np.where(chosen, noisy, -np.inf), axis=-1)
        return gate, (params, draw, noisy, sigma, chosen, gate)

    def backward(self, slope: Array, kept: Any) -> Params:
        """Through logits and noise, and through importance and load of the experts where these have a weight."""
        params, draw, noisy, sigma, chosen, gate = kept
        own: Any = 0.0
        passed: Any = 0.0
        u: Any = 0.0
        if self.load.any():
            slope = slope + self.load * _variation_slope(gate.sum(axis=1))[:, None]
            own, passed, u = self._load_slopes(params["l"], noisy, sigma, chosen)
        down = softmax_back(gate, slope) + passed
        return {"l": down + own, "s": (down * draw - own * u) * expit(params["s"])}

    def _load_slopes(
        self, logits: Array, noisy: Array, sigma: Array, chosen: Array
    ) -> tuple[Array, Array, Array]:
        """Slopes of the load's term by logits, and by noisy logits, with which they are compared; and their distance.

        An expert's load is the sum over tasks of the chance that its logit with new noise passes the k-th of the
        others, noise of these kept; u is how far it is ahead, in standard deviations.
        """
        order = np.argsort(-noisy, axis=-1, kind="stable")
        bars = [np.take_along_axis(noisy, order[..., place, None], axis=-1) for place in (self.k - 1, self.k)]
        u = (logits - np.where(chosen, bars[1], bars[0])) / sigma
        push = self.load * _variation_slope(ndtr(u).sum(axis=1))[:, None]
        own = push * np.exp(-u * u / 2) / np.sqrt(2 * np.pi) / sigma
        ranked, of_bars, passed = (
            np.take_along_axis(own, order, axis=-1),
            np.zeros_like(own),
            np.zeros_like(own),
        )
        of_bars[..., self.k] = -ranked[..., : self.k].sum(axis=-1)
        of_bars[..., self.k - 1] = -ranked[..., self.k :].sum(axis=-1)
        np.put_along_axis(passed, order, of_bars, axis=-1)
        return own, passed, u


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
        gate = softmax(params["l"] + self.cut, axis=-1)
        return gate, gate

    def backward(self, slope: Array, kept: Any) -> Params:
        """No terms of its own."""
        return {"l": softmax_back(kept, slope)}


Gate = DSelect | TopK | Pruned
