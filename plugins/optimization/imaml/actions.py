"""What the actions of `Imaml` do, and how they show it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from zoo.blocks import verdicts
from zoo.blocks.inner_loop import Layout, settle
from zoo.blocks.seeded import seeded
from zoo.method import InputError, Progress
from zoo.types import Drawing, Metrics, Pictures, Points

from . import Cost, Fitted, Imaml, Named, Solver, data, figures, model
from .memory import measured, operations
from .model import AT_TEST, CHARACTERS, SINUSOIDS, Arm, Rule, Tasks

SCRATCH_STEPS = 500
"""Gradient steps of the network that has seen no other sinusoid."""


class Learner:
    """One arm set before one batch of tasks."""

    def __init__(self, network: model.Recogniser | model.Regressor, tasks: Tasks, classes: int = 0) -> None:
        theta = network.start(classes) if isinstance(network, model.Recogniser) else network.start()
        self.network, self.tasks, self.layout = network, tasks, Layout.of(theta)
        self.start = self.layout.pack(theta).detach().expand(tasks.number, -1)
        self.support, _ = model.losses(network, self.layout, tasks)

    def adapt(self, arm: Arm, rule: Rule) -> Iterator[tuple[float, Tensor]]:
        """The loss on the examples and the parameters: at the start, then after each step."""
        phi = self.start
        for loss, after in model.adapt(arm, rule, self.support, self.start):
            yield loss.mean().item(), phi
            phi = after
        with torch.no_grad():
            loss = self.support(phi)
        yield loss.mean().item(), phi

    def say(self, phi: Tensor) -> Tensor:
        """What the network answers to the query set with parameters φ."""
        with torch.no_grad():
            return model.outputs(self.network, self.layout, phi, self.tasks, query=True)


def shown_at(step: int, steps: int) -> bool:
    """Whether to show this step: the powers of two, and the last."""
    return step == steps or step & (step - 1) == 0


# ---------------------------------------------------------------------------------------------------------
# Characters


def name_drawings(
    method: Imaml,
    query: Drawing,
    inner_steps: int,
    strength: float,
    solver: Solver,
    progress: Progress,
    **canvases: Drawing | None,
) -> Iterator[Named]:
    """See `Imaml.name_drawings`; ``canvases`` are those of the characters, first to fifth."""
    given = {name.capitalize(): canvas for name, canvas in canvases.items() if canvas is not None}
    left_out = [name for name in list(given)[2:] if data.blank(given[name].ink)]
    shown = {name: data.read(canvas.ink, name) for name, canvas in given.items() if name not in left_out}
    asked = data.read(query.ink, "Query")
    yield from name_pictures(method, shown, asked, inner_steps, strength, solver, progress)


def name_alphabet(
    method: Imaml,
    sheet: Drawing,
    query: Drawing,
    inner_steps: int,
    strength: float,
    solver: Solver,
    progress: Progress,
) -> Iterator[Named]:
    """See `Imaml.name_alphabet`."""
    shown = {f"Row {k + 1}": drawing for k, drawing in enumerate(data.read_rows(sheet.ink, "Sheet"))}
    asked = data.read(query.ink, "Query")
    yield from name_pictures(method, shown, asked, inner_steps, strength, solver, progress)


def name_pictures(
    method: Imaml,
    shown: Mapping[str, np.ndarray],
    asked: np.ndarray,
    inner_steps: int,
    strength: float,
    solver: Solver,
    progress: Progress,
) -> Iterator[Named]:
    """Learn from pictures `(n, 28, 28)` of every name, and name others, again and again as iMAML adapts."""
    progress(0.05, "reading the drawings")
    arms = method.pretrained(model.Arms)
    tasks, names = drawn_tasks(list(shown.values()), asked), list(shown)
    seen = figures.shown([*shown.values(), asked])

    began = time.perf_counter()
    maml = Learner(arms.characters["maml"], tasks, len(names))
    trail = list(maml.adapt("maml", AT_TEST["maml"]))
    losses = {"MAML": [loss for loss, _ in trail], "iMAML": []}
    chances = {
        "MAML": maml.say(trail[-1][1])[0].softmax(-1).numpy(),
        "nearest neighbour": nearest(tasks, len(names)),
    }
    arm: Arm = "imaml" if solver == "gradient descent" else "imaml_newton"
    imaml = Learner(arms.characters[arm], tasks, len(names))
    rule = replace(AT_TEST[arm], steps=inner_steps, strength=strength)
    for step, (loss, phi) in enumerate(imaml.adapt(arm, rule)):
        losses["iMAML"].append(loss)
        progress(0.1 + 0.9 * step / inner_steps, f"adapting, step {step} of {inner_steps}")
        if shown_at(step, inner_steps):
            now = {"iMAML": imaml.say(phi)[0].softmax(-1).numpy(), **chances}
            rows = [
                (f"new {k + 1} | {who}", f"{names[p[k].argmax()]} ({p[k].max():.0%})", "")
                for k in range(len(asked))
                for who, p in now.items()
            ]
            rows.append(("adapting", time.perf_counter() - began, "s"))
            said = {who: p.argmax(-1) for who, p in now.items()}
            same = [int((said["iMAML"] == said[who]).sum()) for who in ("MAML", "nearest neighbour")]
            yield Named(
                f"iMAML names {same[0]} of {len(asked)} new drawings as MAML does, {same[1]} as the nearest neighbour.",
                _beside_examples(asked, shown, {who: [names[k] for k in kept] for who, kept in said.items()}),
                Metrics(rows),
                figures.chance_bars(now, names),
                figures.over_steps(losses, "loss on examples"),
                seen,
            )


def _beside_examples(
    asked: np.ndarray, shown: Mapping[str, np.ndarray], said: Mapping[str, list[str]]
) -> Pictures:
    """Each new drawing `(m, 28, 28)` beside the first example of what iMAML takes it for, and what the others say."""
    items = []
    for k, drawing in enumerate(asked):
        first, *others = (f"{who} says {answers[k]}" for who, answers in said.items())
        pair = figures.pair(drawing, shown[said["iMAML"][k]][0])
        items.append((f"new {k + 1}: {first}\n{', '.join(others)}", pair))
    return Pictures(items)


def drawn_tasks(support: list[np.ndarray], query: np.ndarray) -> Tasks:
    """One task from the pictures of each class `(n_c, 28, 28)` and the new ones `(m, 28, 28)`.

    Where a class has fewer drawings than another they are repeated, so that all weigh the same.
    """
    shots = max(map(len, support))
    pictures = np.concatenate([drawings[np.arange(shots) % len(drawings)] for drawings in support])
    return Tasks(
        torch.from_numpy(pictures)[None, :, None],
        torch.arange(len(support)).repeat_interleave(shots)[None],
        torch.from_numpy(query)[None, :, None],
        torch.zeros(1, len(query), dtype=torch.int64),
    )


def nearest(tasks: Tasks, classes: int) -> np.ndarray:
    """1 for the class of the nearest example, 0 for the others: `(m, classes)`.

    The distance is Euclid's between slightly blurred pictures, which forgives a shaky hand.
    """
    support, query = (
        torch.from_numpy(gaussian_filter(pictures[0, :, 0].numpy(), (0, 1, 1))).flatten(1)
        for pictures in (tasks.support, tasks.query)
    )
    closest = torch.cdist(query, support).argmin(1)
    return nn.functional.one_hot(tasks.answers[0, closest], classes).numpy()


# ---------------------------------------------------------------------------------------------------------
# Sinusoids


def fit_sinusoid(
    method: Imaml,
    points: Points | None,
    amplitude: float,
    phase: float,
    shots: int,
    inner_steps: int,
    strength: float,
    seed: int,
    progress: Progress,
) -> Iterator[Fitted]:
    """See `Imaml.fit_sinusoid`."""
    line = np.linspace(-5, 5, 201)
    truth = None
    if points is None:
        x = np.random.default_rng(seed).uniform(-5, 5, shots)
        y, truth = amplitude * np.sin(x - phase), amplitude * np.sin(line - phase)
    else:
        x, y = points.xy.T
        if len(x) > 100:
            raise InputError(f"Points: {len(x)} are too many for a few-shot task; send 2 to 100.")
        if len(x) < 2 or abs(x).max() > 5 or abs(y).max() > 6:
            raise InputError("Points: send two points or more, with x from -5 to 5 and y from -6 to 6.")

    def column(numbers: np.ndarray) -> Tensor:
        return torch.from_numpy(numbers).float()[None, :, None]

    tasks = Tasks(column(x), column(y), column(line), column(line))
    arms = method.pretrained(model.Arms)
    scratch = from_scratch(tasks, seed, progress)
    maml = Learner(arms.sinusoids["maml"], tasks)
    trail = list(maml.adapt("maml", SINUSOIDS["maml"]))
    curves = {"MAML": maml.say(trail[-1][1])[0, :, 0].numpy(), "from scratch": scratch}
    errors = {"iMAML": [], "MAML": [loss for loss, _ in trail]}
    imaml = Learner(arms.sinusoids["imaml"], tasks)
    rule = replace(SINUSOIDS["imaml"], steps=inner_steps, strength=strength)
    for step, (loss, phi) in enumerate(imaml.adapt("imaml", rule)):
        errors["iMAML"].append(loss)
        progress(0.5 + 0.5 * step / inner_steps, f"adapting, step {step} of {inner_steps}")
        if shown_at(step, inner_steps):
            now = {"iMAML": imaml.say(phi)[0, :, 0].numpy(), **curves}
            rows = gaps(line, now, truth, x, y)
            yield Fitted(
                _summary(rows),
                figures.fits(line, now, truth, (x, y)),
                figures.over_steps(errors, "mean squared error on the points"),
                Metrics(rows),
            )


def _summary(rows: list[tuple[str, float, str]]) -> str:
    """iMAML beside MAML where the truth is known, else on the points."""
    where = "everywhere" if any(name.startswith("everywhere") for name, _, _ in rows) else "on the points"
    error = {name: value for name, value, _ in rows}
    ours, other = (error[f"{where} | {who}"] for who in ("iMAML", "MAML"))
    return verdicts.beside("iMAML", ours, "MAML", other, "", "lower", f"mean squared error {where}")


def from_scratch(tasks: Tasks, seed: int, progress: Progress) -> np.ndarray:
    """The same network from a random start, fitted to nothing but the points."""
    with seeded(seed):
        learner = Learner(model.Regressor(), tasks)
    point = learner.start
    steps = settle(learner.support, learner.start, rate=0.1, steps=SCRATCH_STEPS, strength=0)
    for step, (_, after) in enumerate(steps):
        point = after
        if step % 50 == 0:
            progress(0.5 * step / SCRATCH_STEPS, "fitting from scratch")
    return learner.say(point)[0, :, 0].numpy()


def gaps(
    line: np.ndarray, curves: Mapping[str, np.ndarray], truth: np.ndarray | None, x: np.ndarray, y: np.ndarray
) -> list[tuple[str, float, str]]:
    """Mean squared errors on the points, and on the whole line where the truth is known."""
    rows = [
        (f"on the points | {who}", float(np.mean((np.interp(x, line, curve) - y) ** 2)), "mean squared error")
        for who, curve in curves.items()
    ]
    if truth is not None:
        rows += [
            (f"everywhere | {who}", float(np.mean((curve - truth) ** 2)), "mean squared error")
            for who, curve in curves.items()
        ]
    return rows


# ---------------------------------------------------------------------------------------------------------
# Cost


def cost_of_memory(method: Imaml, most_steps: int, shots: int, progress: Progress) -> Iterator[Cost]:
    """See `Imaml.cost_of_memory`."""
    arms = method.pretrained(model.Arms)
    tasks = noise_tasks(shots)
    counts = [2**k for k in range(most_steps.bit_length()) if 2**k < most_steps] + [most_steps]
    costs: dict[str, list[tuple[int, int, float]]] = {"iMAML": [], "MAML": []}
    names: dict[str, Arm] = {"iMAML": "imaml", "MAML": "maml"}
    for done, steps in enumerate(counts):
        for who, arm in names.items():
            costs[who].append(meta_gradient_cost(arms, arm, tasks, steps))
        progress((done + 1) / len(counts), f"{steps} inner steps")
        rows = [
            row
            for who, list_ in costs.items()
            for count, (peak, work, seconds) in zip(counts, list_, strict=False)
            for row in (
                (f"{count} inner steps | {who}", peak / 1e6, "MB"),
                (f"{count} inner steps | {who}", work / 1e9, "GFLOP"),
                (f"{count} inner steps | {who}", seconds, "s"),
            )
        ]
        held, work = (
            {who: [cost[part] / unit for cost in list_] for who, list_ in costs.items()}
            for part, unit in ((0, 1e6), (1, 1e9))
        )
        most = [held[who][-1] for who in names]
        yield Cost(
            verdicts.beside(
                "iMAML", most[0], "MAML", most[1], "MB", "lower", f"memory for {steps} inner steps"
            ),
            figures.over_steps(held, "MB held", counts),
            figures.over_steps(work, "GFLOP", counts),
            Metrics(rows),
        )


def noise_tasks(shots: int) -> Tasks:
    """Five classes of grey noise: the cost of a gradient does not depend on what is drawn."""
    generator = torch.Generator().manual_seed(0)
    names = torch.arange(5)[None]
    return Tasks(
        torch.rand(1, 5 * shots, 1, 28, 28, generator=generator),
        names.repeat_interleave(shots, 1),
        torch.rand(1, 5, 1, 28, 28, generator=generator),
        names,
    )


def meta_gradient_work(arms: model.Arms, arm: Arm, tasks: Tasks, steps: int) -> Callable[[], object]:
    """A function that computes one meta-gradient with a number of inner steps."""
    learner = Learner(arms.characters[arm], tasks, 5)
    rule = replace(CHARACTERS[arm], steps=steps)
    return lambda: model.meta_gradient(arm, rule, learner.network, learner.layout, tasks, learner.start)


def meta_gradient_cost(arms: model.Arms, arm: Arm, tasks: Tasks, steps: int) -> tuple[int, int, float]:
    """Peak of saved bytes, operations and seconds of one meta-gradient."""
    work = meta_gradient_work(arms, arm, tasks, steps)
    peak, seconds = measured(work)
    return peak, operations(work), seconds
