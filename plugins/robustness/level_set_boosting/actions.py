"""What the actions do."""

from __future__ import annotations

import numpy as np

from zoo.blocks import verdicts
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Boosted, data, figures, model

OURS = "level-set boosting"


def watch(
    method: Method, weak: str, rows: int, levels: int, noise: float, seed: int, progress: Progress
) -> Boosted:
    """See ``LevelSetBoosting.watch``."""
    progress(0.05, "drawing a world")
    return _boosted(data.world(rows, seed, noise), weak, levels, progress)


def your_table(
    method: Method, table: Table, target: str, groups: list[str], weak: str, levels: int, seed: int,
    progress: Progress,
) -> Boosted:  # fmt: skip
    """See ``LevelSetBoosting.your_table``."""
    return _boosted(data.of_table(table, target, groups, seed), weak, levels, progress)


def _boosted(split: data.Split, weak: str, levels: int, progress: Progress) -> Boosted:
    progress(0.1, "boosting level sets")
    model_ = model.boost(split.train, split.held, model.WEAK[weak], levels)
    progress(0.5, "gradient boosting with the same learner")
    boosted = model.gradient_boosted(split.train, split.held, weak)
    progress(0.9, "recalibrating it")
    X, y = split.test
    stages = list(model_.stages(X))
    said = {OURS: stages[-1], **model.recalibrated(boosted, split.held, split.groups, X)}
    groups = data.members(X, split.groups, split.names)
    errors = {name: float(np.mean((y - f) ** 2)) ** 0.5 * split.unit for name, f in said.items()}
    unit = "root mean square, in the target's unit"
    rows = [(f"error of {name}", value, unit) for name, value in errors.items()]
    for name, f in said.items():
        away = max(model.unfairness(f, y, groups), 0.0) ** 0.5 * split.unit
        rows.append((f"groups are off by, {name}", away, "root mean square without noise"))
    left = model.audit(model.WEAK[weak], stages[-1], X, y)
    other = model.audit(model.WEAK[weak], said["gradient boosting"], X, y)
    rows.append(("left to gain inside level sets", 1000 * left, f"thousandths; boosting {1000 * other:.3g}"))
    rows.append(("rounds", len(model_.rounds), f"of lines or trees in {levels} levels"))
    rivals = {name: value for name, value in errors.items() if name != OURS}
    best = min(rivals, key=lambda name: rivals[name])
    text = verdicts.beside(OURS, errors[OURS], best, rivals[best], "", "lower", "the error on new rows")
    return Boosted(text, figures.rounds(stages, y, groups, split.low, split.unit, rivals), Metrics(rows))
