"""What the actions do."""

from __future__ import annotations

import numpy as np
import pandas

from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Drifted, Ran, figures, model, text

SHARPNESS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0)


def execute(
    method: Method, program: str, steps: int, sharpness: float, correct: bool, progress: Progress
) -> Ran:
    """See ``LoopedTransformer.execute``."""
    compiled, lines = text.compiled(program)
    expected = list(model.interpret(compiled, steps))
    moments, rows, place, cells = [], [], 0, compiled.memory
    wrong, drift = 0, 0.0
    for step, moment in enumerate(model.run([compiled], steps, sharpness, correct), 1):
        progress(step / steps, f"step {step}")
        a, b, _ = compiled.commands[min(max(place, 0), 15)]
        before, cells = cells, model.memory(moment.X)[0]
        after = int(model.counter(moment.X)[0])
        agree = model.same(moment, *expected[step - 1])
        wrong = wrong or (0 if agree else step)
        drift = max(drift, float(moment.drift[0]))
        command = lines[place] if 0 <= place < len(lines) else "stop" if place > 0 else "none"
        rows.append((step, place, command, before[a], before[b], cells[b], after, agree))
        moments.append(figures.Step(step, command, place, after, cells, moment.looks[0], agree))
        place = after
    names = ("step", "place", "command", "first", "second", "result", "next", "agrees")
    trace = pandas.DataFrame(rows, columns=names)
    differs = f"The transformer differs from an ordinary interpreter from step {wrong} on"
    text_ = differs if wrong else f"The transformer and an ordinary interpreter agree in all {steps} steps"
    ends = ", ".join(f"{name} = {value}" for name, value in zip(text.NAMES, cells[: text.FREE], strict=False))
    metrics = [
        ("steps that agree", (wrong or steps + 1) - 1, f"of {steps}"),
        ("largest distance from a whole number", drift, "before the correction" if correct else ""),
        ("layers a step", 9 + correct, ""),
    ]
    summary = f"{text_}; at the end {ends}."
    return Ran(summary, figures.machine(moments, lines), Table(trace), Metrics(metrics))


def drift(method: Method, programs: int, steps: int, seed: int, progress: Progress) -> Drifted:
    """See ``LoopedTransformer.drift``."""
    drawn = [text.drawn(1000 * seed + number, steps) for number in range(programs)]
    survived = {}
    for place, sharpness in enumerate(SHARPNESS):
        progress(place / len(SHARPNESS), f"λ = {sharpness:g}")
        survived[sharpness] = [model.survives(drawn, steps, sharpness, correct) for correct in (True, False)]
    with_it, without = (np.array([survived[value][side] for value in SHARPNESS]) for side in (0, 1))
    usual = SHARPNESS.index(10.0)
    summary = (
        f"At λ = 10 programs run {with_it[usual].mean():.1f} of {steps} steps without a wrong number;"
        f" on the same machine without correction {without[usual].mean():.1f}."
    )
    rows = [
        (f"λ = {value:g}", f"{own.mean():.1f} / {bare.mean():.1f}", "steps with / without correction")
        for value, own, bare in zip(SHARPNESS, with_it, without, strict=True)
    ]
    return Drifted(summary, figures.survival(SHARPNESS, with_it, without, steps), Metrics(rows))
