"""What the actions do."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.blocks import replay, verdicts
from zoo.blocks.tables import counted
from zoo.errors import InputError
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Chose, Grabbed, data, figures, gates, model
from .gates import Params
from .model import Moment, Setting, World

OURS, PLAIN, NOISY, CUT = figures.GATES
MOMENTS = 40
GRABS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Moments of upsetting a choice, as shares of training."""
RECOVERED = 1.1
"""An error at the end that counts as recovered: at most this much above the one without a grab."""


def contestants(
    n: int, k: int, steps: int, entropy: float, gamma: float = 1.0, noise: float = 0.3, load: float = 0.0
) -> dict[str, Any]:
    """The gates of the page; after half of the steps entropy counts, and the softmax keeps its k largest."""
    if k >= n:
        raise InputError(f"each task chooses fewer experts than there are; choose {n - 1} or fewer of {n}.")
    return {
        OURS: gates.DSelect(n, k, gamma, entropy, steps // 2),
        PLAIN: gates.TopK(n, k, 0.0),
        NOISY: gates.TopK(n, k, noise, load),
        CUT: gates.Pruned(n, k, steps // 2),
    }


def watch(
    method: Method, tasks: int, experts: int, chosen: int, given: bool, centred: bool, rate: float, steps: int,
    seed: int, progress: Progress, **terms: float,
) -> Chose:  # fmt: skip
    """See ``DSelectK.watch``; ``terms`` are those of the gates."""
    kinds = contestants(experts, chosen, steps, **terms)
    world = model.draw(Setting(tasks, experts, chosen, given, centred), seed)
    return _chose(world, kinds, rate, steps, seed, [f"task {place + 1}" for place in range(tasks)], progress)


def your_table(
    method: Method, table: Table, targets: list[str], experts: int, chosen: int, entropy: float, rate: float,
    steps: int, seed: int, progress: Progress,
) -> Chose:  # fmt: skip
    """See ``DSelectK.your_table``."""
    kinds = contestants(experts, chosen, steps, entropy)
    world, names = data.of_table(table, targets, seed)
    return _chose(world, kinds, rate, steps, seed, names, progress)


def _chose(
    world: World, kinds: dict[str, Any], rate: float, steps: int, seed: int, names: list[str], progress: Progress
) -> Chose:  # fmt: skip
    kept = replay.kept(steps + 1, MOMENTS)
    moments: dict[str, list[Moment]] = {}
    for place, (name, gate) in enumerate(kinds.items()):
        progress(place / len(kinds), name)
        moments[name] = list(model.train([world], [seed], gate, rate, steps, kept))
    ends = {name: each[-1] for name, each in moments.items()}
    errors = {name: float(end.error.mean()) for name, end in ends.items()}
    known = world.truth if world.given else None
    used = {name: float((end.gate > 0).sum(axis=-1).mean()) for name, end in ends.items()}
    agreed = {name: model.alike(end.sparse[0], world.group) for name, end in ends.items()}
    columns = [
        ("error", errors, "mean square on new rows, with k experts a task"),
        ("experts in use", used, "per task, before any cut to k"),
    ]
    if world.truth is not None:
        columns.append(("agreement in groups", agreed, "experts in common over those of either"))
    if known is None:
        what = f"the error on new rows with {counted(kinds[OURS].k, 'expert')} a task"
        text = verdicts.beside(OURS, errors[OURS], PLAIN, errors[PLAIN], "", "lower", what)
    else:
        right = {name: model.right(end.sparse[0], known) for name, end in ends.items()}
        columns.insert(0, ("right experts", right, "share of the true ones"))
        text = (
            f"DSelect-k chooses {right[OURS]:.0%} of the right experts, top-k {right[PLAIN]:.0%}, with noise"
            f" {right[NOISY]:.0%}; a softmax that is cut to its largest halfway {right[CUT]:.0%}."
        )
    rows = [(f"{what}, {name}", value, unit) for what, row, unit in columns for name, value in row.items()]
    bits = [gates.smooth_step(moment.params["z"][0], kinds[OURS].gamma[0]) for moment in moments[OURS]]
    return Chose(text, figures.use(moments, known, names), figures.curves(moments, bits), Metrics(rows))


def grab(
    method: Method, push: float, experts: int, chosen: int, gamma: float, rate: float, steps: int, seed: int,
    progress: Progress, **terms: float,
) -> Grabbed:  # fmt: skip
    """See ``DSelectK.grab``; ``terms`` are those of the gates."""
    at = sorted({max(int(share * steps), 1) for share in GRABS})
    runs = len(at) + 1  # the last one is left alone
    kinds = contestants(experts, chosen, steps, gamma=gamma, **terms)
    kinds[CUT] = gates.Pruned(experts, chosen, np.full(runs, steps // 2))
    world = model.draw(Setting(4, experts, chosen), seed)
    kept = sorted({*replay.kept(steps + 1, 60, early=False), *at, *(step + 1 for step in at)} - {steps + 1})

    def upset(step: int, params: Params) -> None:
        for run, moment in enumerate(at):
            if step == moment:
                _upset(params, run, push, gamma)

    moments = {}
    for place, (name, gate) in enumerate(kinds.items()):
        progress(place / len(kinds), name)
        moments[name] = list(model.train([world] * runs, [seed] * runs, gate, rate, steps, kept, upset))
    errors = {
        name: np.stack([moment.whole[:, 0] for moment in each], axis=1) for name, each in moments.items()
    }
    bits = np.stack([gates.smooth_step(moment.params["z"][:, 0], gamma) for moment in moments[OURS]], axis=1)
    recovered = {name: each[:-1, -1] <= RECOVERED * each[-1, -1] for name, each in errors.items()}
    rows = [
        (f"finds back, {name}", float(row.sum()), f"of {len(at)} moments") for name, row in recovered.items()
    ]
    rows += [
        (f"error, {name}, {when}", float(each[run, -1]), "of the task, mean square on new rows")
        for name, each in errors.items()
        for run, when in ((-1, "left alone"), (0, "upset first"), (-2, "upset last"))
    ]
    text = (
        f"Upset at {len(at)} moments of training, DSelect-k finds back from {recovered[OURS].sum()}, top-k from"
        f" {recovered[PLAIN].sum()}, with noise from {recovered[NOISY].sum()}, the softmax that is cut"
        f" from {recovered[CUT].sum()}."
    )
    return Grabbed(text, figures.grabbed(kept, at, errors, bits), Metrics(rows))


def _upset(params: Params, run: int, push: float, gamma: float) -> None:
    """Turn the first bit of the first task's heavier selector, or lower the logit of its favourite."""
    if "z" in params:
        bit = params["z"][run, 0, params["w"][run, 0].argmax()]
        bit[0] = -np.copysign(push * gamma / 2, bit[0])
    else:
        logits = params["l"][run, 0]
        logits[logits.argmax()] = logits.min() - push
