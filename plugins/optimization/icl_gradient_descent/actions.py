"""What the actions do."""

from __future__ import annotations

import numpy as np
import torch

from zoo.blocks import replay, verdicts
from zoo.blocks.tables import counted
from zoo.method import Method, Progress
from zoo.types import Drawing, Metrics, Points

from . import Deepened, Lines, Trained, data, figures, model

LINE_STEPS, MOMENTS = 250, 40
SAID = {1: ("one trained layer", "one step"), 2: ("a stack of two trained layers", "two steps")}


def lines(
    method: Method, drawing: Drawing | None, points: Points | None, seed: int, progress: Progress
) -> Lines:
    """See ``InContextDescent.lines``."""
    xy = data.placed(drawing, points)
    pairs = len(xy)
    x, y = (torch.tensor(side, dtype=torch.float32) for side in xy.T)
    mine = model.Tasks(x[None, :, None], y[None], torch.ones(1, 1), torch.ones(1))
    rate, best = model.best_rate(1, pairs)
    step = float(model.descend_curved(mine, np.array([rate]), np.zeros(1)))
    least = float(x @ y / (x @ x))
    shown = replay.kept(LINE_STEPS + 1, MOMENTS)
    moments = []
    for moment in model.train(model.Recipe(1, pairs, steps=LINE_STEPS), seed, frozenset(shown)):
        progress(moment.step / LINE_STEPS, f"training step {moment.step}")
        moments.append((moment, float(model.predict(moment.layers, mine))))
    slope = moments[-1][1]
    rows = [
        ("slope of the trained layer", slope, ""),
        ("slope of one gradient step", step, f"at the best rate, {rate:.3f}"),
        ("slope of least squares", least, ""),
    ]
    text = (
        f"The line of the trained layer has slope {slope:.3f}, that of one step of gradient descent {step:.3f},"
        f" {abs(slope - step):.3f} apart; least squares has {least:.3f}."
    )
    return Lines(text, figures.lines(xy, moments, step, least, best), Metrics(rows))


def train(
    method: Method, dimensions: int, pairs: int, layers: int, steps: int, seed: int, progress: Progress
) -> Trained:
    """See ``InContextDescent.train``."""
    recipe = model.Recipe(dimensions, pairs, layers, steps)
    test = model.draw(10_000, pairs, dimensions, torch.Generator().manual_seed(seed + 2**31))
    tuning = model.draw(3000, pairs, dimensions, torch.Generator().manual_seed(seed + 2**32))
    rivals = model.rivals(recipe, tuning)
    moments, losses = [], []
    for moment in model.train(recipe, seed, frozenset(replay.kept(steps + 1, MOMENTS))):
        progress(0.95 * moment.step / steps, f"training step {moment.step}")
        moments.append(moment)
        losses.append(model.loss(model.predict(moment.layers, test, layers), test))
    numbers = model.compared(moments[-1].layers, layers, rivals, test)
    names = [*rivals, model.LEAST_SQUARES]
    levels = {name: numbers[name] for name in names}
    rows = [("loss of the trained stack", numbers["trained"], "half the mean squared error")]
    rows += [(f"loss of {name}", numbers[name], "") for name in names]
    rows += [
        (f"cosine of {what} with {name}", numbers[f"{what} like {name}"], "")
        for name in names
        for what in ("predictions", "coefficients")
    ]
    stack, steps_of = SAID[layers]
    descent = f"{steps_of} of gradient descent"
    text = verdicts.beside(
        stack, numbers["trained"], descent, numbers[model.DESCENT], "", "lower", "the loss"
    )
    text += f" Their coefficients have a cosine of {numbers['coefficients like ' + model.DESCENT]:.4f}."
    matrices = figures.matrices(
        moments, model.by_hand(dimensions, model.best_rate(dimensions, pairs)[0], pairs)
    )
    curves = figures.losses([each.step for each in moments], losses, levels)
    return Trained(text, matrices, curves, Metrics(rows))


def deepen(
    method: Method, layers: int, stretch: float, dimensions: int, pairs: int, seed: int, progress: Progress
) -> Deepened:
    """See ``InContextDescent.deepen``."""
    scales = np.where(np.arange(dimensions) < dimensions / 2, 1.0, stretch)
    of = model.normal_spectra(400, pairs, scales, seed)
    progress(0.05, "fitting stacks of layers")
    reached = model.layer_losses(of, layers)
    worth = []
    for place, goal in enumerate(reached):
        progress(0.6 + 0.4 * place / len(reached), f"counting steps to the loss of {place + 1} layers")
        worth.append((model.descent_steps(of, goal), model.newton_steps(of, goal)))
    descent, newton = worth[-1]
    most = len(reached)
    more = "more than " if descent == model.MOST_STEPS else ""
    text = (
        f"{counted(most, 'layer')} can do what takes gradient descent {more}{counted(descent, 'step')} at the best"
        f" rate, and Newton's method {counted(newton, 'iteration')}."
    )
    unit = "steps of descent / iterations of Newton"
    rows = [
        (counted(place, "layer"), f"{steps:,} / {iterations}", unit)
        for place, (steps, iterations) in enumerate(worth, 1)
    ]
    counts = range(1, 4 * most + 1)
    series = {
        "layers": reached,
        "gradient descent": [model.best_descent(of, count)[1] for count in counts],
        "Newton": [model.expected_loss(of, model.left_by_newton(of.s, count)) for count in counts],
    }
    return Deepened(text, figures.worth(worth), figures.by_depth(series), Metrics(rows))
