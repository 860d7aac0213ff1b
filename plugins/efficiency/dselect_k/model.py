"""Tasks that share experts, and a mixture of experts that is trained on all of them at once.

Prediction of task t: Σ over experts e of gate[t, e] f_e(x), f_e a ReLU network of one hidden layer and one output.
Loss: the mean over tasks of the mean squared error, plus the gate's own terms, by Adam on batches. Experts are given
(then only gates are learned) or learned with the gates. Source of gate and problem: Hazimeh et al. 2021, arXiv
2106.03760; sizes are ours. All runs of a call are trained side by side, the first axis of every array.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.adam import Adam

from .gates import Array, Gate, Params, TopK, cut

WIDTH, BATCH = 8, 128
GROUPS, INPUTS, NOISE = 4, 10, 0.1
"""Groups of tasks, which use the same experts in shares of their own; inputs; the targets' noise."""


@dataclass(frozen=True)
class Setting:
    """A problem.

    Attributes:
        tasks: T.
        experts: n, of which each group uses k.
        chosen: k.
        given: whether the true experts are handed over; otherwise they are learned.
        centred: whether given experts have mean 0; as networks come, all their answers to all rows share a sign or so.
        rows: to learn from; half as many again are held out to choose settings, and as many to report.
    """

    tasks: int = 16
    experts: int = 8
    chosen: int = 2
    given: bool = True
    centred: bool = False
    rows: int = 2000


class World(NamedTuple):
    """Rows, and who is right.

    Attributes:
        parts: of train, held and test each X `(rows, d)`, or what given experts say of it, `(rows, n)`; and Y
            `(rows, T)`.
        given: whether experts are given, or learned.
        truth: weights of the true experts, `(T, n)`; None where nobody knows.
        group: of each task, `(T,)`.
    """

    parts: tuple[tuple[Array, Array], ...]
    given: bool
    truth: Array | None
    group: NDArray[np.intp]


def draw(setting: Setting, seed: int) -> World:
    """Experts of random weights, brought to variance 1; groups share none as long as there are enough."""
    rng = np.random.default_rng(seed)
    n, k, groups = setting.experts, setting.chosen, min(GROUPS, setting.tasks)
    expert = fresh(rng, INPUTS, n)
    if groups * k <= n:
        sets = rng.permutation(n)[: groups * k].reshape(groups, k)
    else:
        sets = np.stack([rng.choice(n, k, replace=False) for _ in range(groups)])
    group = np.arange(setting.tasks) * groups // setting.tasks
    truth = np.zeros((setting.tasks, n))
    shares = rng.uniform(0.3, 0.7, (setting.tasks, k))
    np.put_along_axis(truth, sets[group], shares / shares.sum(axis=1, keepdims=True), axis=1)
    rows = setting.rows + 2 * (setting.rows // 2)
    X = rng.standard_normal((rows, INPUTS))
    said = speak(Params({name: value[None] for name, value in expert.items()}), X[None])[0][0]
    said = (said - said.mean(axis=0) * setting.centred) / said.std(axis=0)
    Y = said @ truth.T + NOISE * rng.standard_normal((rows, setting.tasks))
    return World(in_parts(said if setting.given else X, Y), setting.given, truth, group)


def in_parts(X: Array, Y: Array) -> tuple[tuple[Array, Array], ...]:
    """Half of the rows of X `(rows, d)` and Y `(rows, T)`, a quarter, and a quarter."""
    ends = [len(X) // 2, len(X) * 3 // 4]
    return tuple(zip(np.split(X, ends), np.split(Y, ends), strict=True))


# ---------------------------------------------------------------------------------------------------------
# Experts


def fresh(rng: np.random.Generator, inputs: int, n: int) -> Params:
    """Experts at their start: He's for the hidden layer."""
    return {
        "W": rng.standard_normal((inputs, n * WIDTH)) * np.sqrt(2 / inputs),
        "b": 0.5 * rng.standard_normal(n * WIDTH),
        "v": rng.standard_normal((n, WIDTH)) / np.sqrt(WIDTH),
        "c": np.zeros(n),
    }


def speak(params: Params, X: Array) -> tuple[Array, Array]:
    """What experts say, `(runs, rows, n)`, and their hidden units, of X `(runs, rows, d)`."""
    hidden = np.maximum(X @ params["W"] + params["b"][:, None], 0)
    apart = hidden.reshape(*hidden.shape[:2], *params["v"].shape[1:])
    return (apart * params["v"][:, None]).sum(axis=-1) + params["c"][:, None], hidden


def speak_back(params: Params, X: Array, hidden: Array, slope: Array) -> Params:
    """Gradients of experts from `slope`, that of what they say, `(runs, rows, n)`; X `(runs, rows, d)`."""
    v = params["v"]
    apart = hidden.reshape(*hidden.shape[:2], *v.shape[1:])
    down = (slope[..., None] * v[:, None] * (apart > 0)).reshape(hidden.shape)
    return {
        "W": X.transpose(0, 2, 1) @ down,
        "b": down.sum(axis=1),
        "v": (slope[..., None] * apart).sum(axis=1),
        "c": slope.sum(axis=1),
    }


# ---------------------------------------------------------------------------------------------------------
# Training


class Moment(NamedTuple):
    """Where training is after a number of steps, of every run.

    Attributes:
        step: how many.
        gate: weights as they are, without noise, `(runs, T, n)`.
        sparse: weights of at most k experts, `(runs, T, n)`.
        whole: mean squared error with the gate as it is, on test rows, `(runs, T)`.
        error: the same with k experts.
        held: the same on rows held out.
        params: the gate's.
    """

    step: int
    gate: Array
    sparse: Array
    whole: Array
    error: Array
    held: Array
    params: Params


def train(
    worlds: Sequence[World],
    seeds: Sequence[int],
    gate: Gate,
    rate: Array | float,
    steps: int,
    kept: Collection[int],
    grab: Callable[[int, Params], None] | None = None,
) -> Iterator[Moment]:
    """Train gates, and experts where these are not given, and say where they are at the steps in `kept`.

    Args:
        worlds: of every run; one world may stand there several times.
        seeds: of every run's start, batches and noise, so that runs of one seed differ by their settings alone.
        gate: of all runs, each with its own numbers.
        rate: of Adam, `(runs,)`.
        steps: of training.
        kept: steps to look at, 0 for the start.
        grab: changes parameters before every step.
    """
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    given, params = worlds[0].given, gate.start(rngs, len(worlds[0].group))
    own = list(params)
    X, Y = zip(*(world.parts[0] for world in worlds), strict=True)
    if not given:
        experts = [fresh(rng, X[0].shape[1], gate.n) for rng in rngs]
        params |= {name: np.stack([expert[name] for expert in experts]) for name in experts[0]}
    adam = Adam(params, rate)
    size, shape = min(BATCH, len(Y[0])), (Y[0].shape[1], gate.n)
    for step in range(steps + 1):
        if grab:
            grab(step, params)
        if step in kept:
            yield _moment(worlds, gate, params, own, step)
        if step == steps:
            return
        rows = [rng.integers(len(y), size=size) for rng, y in zip(rngs, Y, strict=True)]
        x, y = (np.stack([side[at] for side, at in zip(both, rows, strict=True)]) for both in (X, Y))
        draws = np.stack([rng.standard_normal(shape) for rng in rngs]) if isinstance(gate, TopK) else None
        weights, cache = gate.forward(params, step, draws)
        said, hidden = (x, x) if given else speak(params, x)
        slope = 2 / y[0].size * (said @ weights.transpose(0, 2, 1) - y)
        grads = gate.backward(slope.transpose(0, 2, 1) @ said, cache)
        if not given:
            grads |= speak_back(params, x, hidden, slope @ weights)
        adam.step(grads)


def _moment(worlds: Sequence[World], gate: Gate, params: Params, own: list[str], step: int) -> Moment:
    whole = gate.forward(params, -1)[0]
    sparse = cut(whole, gate.k)

    def error(part: int, weights: Array) -> Array:
        rows = []
        for run, world in enumerate(worlds):
            x, y = world.parts[part]
            said = (
                x if world.given else speak({name: params[name][run, None] for name in params}, x[None])[0][0]
            )
            rows.append(((said @ weights[run].T - y) ** 2).mean(axis=0))
        return np.stack(rows)

    own_params = {name: params[name].copy() for name in own}
    return Moment(step, whole, sparse, error(2, whole), error(2, sparse), error(1, sparse), own_params)


# ---------------------------------------------------------------------------------------------------------
# Who is right


def right(sparse: Array, truth: Array) -> float:
    """The share of true experts that a gate `(T, n)` has chosen."""
    return float(((sparse > 0) & (truth > 0)).sum() / (truth > 0).sum())


def alike(sparse: Array, group: NDArray[np.intp]) -> float:
    """Mean over pairs of tasks of a group of the experts that both chose over those of either; `sparse` is `(T, n)`."""
    chosen = sparse > 0
    pairs = [
        (chosen[left] & chosen[right]).sum() / (chosen[left] | chosen[right]).sum()
        for left, right in itertools.combinations(range(len(group)), 2)
        if group[left] == group[right]
    ]
    return float(np.mean(pairs)) if pairs else float("nan")
