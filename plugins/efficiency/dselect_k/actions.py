"""What the actions do."""

from __future__ import annotations

import numpy as np

from zoo.blocks import replay, verdicts
from zoo.errors import InputError
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Chose, Grabbed, data, figures, gates, model
from .gates import Gate, Params
from .model import Moment, Setting, World

OURS, PLAIN, NOISY, CUT = "DSelect-k", "top-k", "noisy top-k", "softmax, then cut"
MOMENTS = 40
GRABS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Moments of upsetting a choice, as shares of training."""
FOUND = 1.1
"""An error at the end that counts as found again: at most this much above the one without a grab."""


def contestants(
    n: int, k: int, entropy: float, gamma: float, steps: int, noise: float, load: float
) -> dict[str, Gate]:
    """The gates of the page; the softmax keeps its k largest after half of the steps."""
    if k >= n:
        raise InputError(f"each task chooses fewer experts than there are; choose {n - 1} or fewer of {n}.")
    return {
        OURS: gates.DSelect(n, k, gamma, entropy),
        PLAIN: gates.TopK(n, k, 0.0),
        NOISY: gates.TopK(n, k, noise, load),
        CUT: gates.Pruned(n, k, steps // 2),
    }


def watch(
    method: Method, tasks: int, experts: int, chosen: int, given: bool, entropy: float, gamma: float, rate: float,
    steps: int, noise: float, load: float, centred: bool, seed: int, progress: Progress,
) -> Chose:  # fmt: skip
    """See ``DSelectK.watch``."""
    kinds = contestants(experts, chosen, entropy, gamma, steps, noise, load)
    world = model.draw(Setting(tasks, 4, experts, chosen, given, centred), seed)
    names = [f"task {number + 1}" for number in range(tasks)]
    return _chose(world, kinds, rate, steps, seed, names, progress)


def your_table(
    method: Method, table: Table, targets: list[str], experts: int, chosen: int, entropy: float, rate: float,
    steps: int, seed: int, progress: Progress,
) -> Chose:  # fmt: skip
    """See ``DSelectK.your_table``."""
    kinds = contestants(experts, chosen, entropy, 1.0, steps, 0.3, 0.0)
    world, names = data.of_table(table, targets, seed)
    return _chose(world, kinds, rate, steps, seed, names, progress)


def _chose(
    world: World,
    kinds: dict[str, Gate],
    rate: float,
    steps: int,
    seed: int,
    names: list[str],
    progress: Progress,
) -> Chose:
    kept = replay.kept(steps + 1, MOMENTS)
    moments: dict[str, list[Moment]] = {}
    for place, (name, gate) in enumerate(kinds.items()):
        progress(place / len(kinds), name)
        moments[name] = list(model.train([world], [seed], gate, rate, steps, kept))
    ends = {name: each[-1] for name, each in moments.items()}
    errors = {name: float(end.error.mean()) for name, end in ends.items()}
    known = world.outputs is not None and world.truth is not None
    if known:
        found = {name: model.right(end.sparse[0], world.truth) for name, end in ends.items()}
        text = (
            f"DSelect-k chooses {found[OURS]:.0%} of the right experts, top-k {found[PLAIN]:.0%}, with noise"
            f" {found[NOISY]:.0%}; a softmax that is cut to its largest halfway {found[CUT]:.0%}."
        )
    else:
        text = verdicts.beside(
            OURS, errors[OURS], PLAIN, errors[PLAIN], "", "lower", "the mean squared error on new rows"
        )
    rows = (
        [(f"right experts, {name}", value, "share of the true ones") for name, value in found.items()]
        if known
        else []
    )
    rows += [
        (f"error, {name}", value, "mean square on new rows, k experts") for name, value in errors.items()
    ]
    rows += [
        (
            f"experts in use, {name}",
            float((end.gate > 0).sum(axis=-1).mean()),
            "per task, before any cut to k",
        )
        for name, end in ends.items()
    ]
    rows += [
        (
            f"agreement in groups, {name}",
            model.alike(end.sparse[0], world.group),
            "experts in common over those of either",
        )
        for name, end in ends.items()
    ]
    bits = [kinds[OURS].softened(moment.params["z"])[0] for moment in moments[OURS]]  # type: ignore[attr-defined]
    truth = world.truth if known else None
    return Chose(text, figures.use(moments, truth, names), figures.curves(moments, bits), Metrics(rows))


def grab(
    method: Method, push: float, experts: int, chosen: int, entropy: float, gamma: float, rate: float, steps: int,
    noise: float, seed: int, progress: Progress,
) -> Grabbed:  # fmt: skip
    """See ``DSelectK.grab``."""
    at = sorted({max(int(share * steps), 1) for share in GRABS})
    runs = len(at) + 1  # the last one is left alone
    world = model.draw(Setting(4, 4, experts, chosen), seed)
    kept = sorted({*replay.kept(steps + 1, 60, early=False), *at, *(step + 1 for step in at)} - {steps + 1})
    kinds = contestants(experts, chosen, entropy, gamma, steps, noise, 0.0)
    kinds[CUT] = gates.Pruned(experts, chosen, np.full(runs, steps // 2))

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
    last = {name: _last(each[:-1, -1] <= FOUND * each[-1, -1], at) for name, each in errors.items()}
    text = (
        "Upset, DSelect-k "
        + ", ".join(f"{'' if name == OURS else name + ' '}{last[name]}" for name in (OURS, PLAIN, NOISY, CUT))
        + "."
    )
    rows = [
        (f"error, {name}, upset at step {step}", float(each[run, -1]), "mean square on new rows")
        for name, each in errors.items()
        for run, step in enumerate(at)
    ]
    rows += [(f"error, {name}, left alone", float(each[-1, -1]), "") for name, each in errors.items()]
    return Grabbed(text, figures.grabbed(kept, at, errors, bits), Metrics(rows))


def _upset(params: Params, run: int, push: float, gamma: float) -> None:
    """Turn the first bit of the first task's heavier selector, or lower the logit of its favourite."""
    if "z" in params:
        selector = int(params["w"][run, 0].argmax())
        bit = params["z"][run, 0, selector]
        bit[0] = -np.copysign(push * gamma / 2, bit[0])
    else:
        logits = params["l"][run, 0]
        logits[logits.argmax()] = logits.min() - push


def _last(found: np.ndarray, at: list[int]) -> str:
    """In words, until which step of upsetting the error is found again."""
    if found.all():
        return f"finds back from any step up to {at[-1]}"
    if not found[0]:
        return "never finds back" if not found.any() else f"finds back from {found.sum()} of {len(at)} steps"
    return f"finds back until it is upset at step {at[int(np.argmin(found)) - 1]}"
