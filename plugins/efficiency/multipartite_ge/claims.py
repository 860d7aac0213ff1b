"""What the paper claims, measured on the population: see the `@claim` methods of `MultipartiteGe`.

Everything is asked within one sparsity, and in two ways.

The paper's: how much of the drop in accuracy does least squares on a view's predictors explain, in adjusted R² over
all members? Paired runs are the jackknife's pseudo-values over groups, a group being one network with one seed
pruned in nine ways; their mean is the estimate and their spread its uncertainty.

A stricter one, of ours: how well does a view rank the nine members of a group that it was not fitted to? The
regression is fitted either to all other groups, so that only the seed is unseen, or to the groups of other networks,
so that the architecture is unseen too. Groups are the paired runs.

At the highest sparsity many members nearly collapse: they end below half the accuracy of their dense network. What
tells them from the others need not tell the others apart, so those that learned are asked about by themselves too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Progress, claim

from . import population, prediction
from .vocabulary import SMALL_NETS, VIEWS

NAMES = {
    "multipartite": "multipartite graph",
    "rolled": "rolled encoding",
    "rolled-channel": "rolled-channel encoding",
    "Ramanujan": "Ramanujan metrics",
    "layer density": "layer density",
    "edges": "number of edges",
}


UNSEEN = ("seed", "network")

LEARNED = 0.5
"""Of the accuracy of its dense network: a member below it has nearly collapsed."""
AS_MUCH = -0.1
"""A tenth of the variance is about what adjusted R² moves by when a single group is left out."""

FITTED = "nothing to tune: least squares, for every view alike"
RIDGED = "a ridge penalty for every view alike, of 13 by leaving out each fitted group in turn"

WHY = (
    "At the lowest sparsity the pruners differ hardly more than the seeds do, and with so few groups the intervals"
    " are wide: the views that know each layer's graph often cannot be told apart."
)
"""Said of claims that do not hold throughout."""


def correlations(rows: Sequence[prediction.Row], view: str, unseen: str) -> tuple[float, ...]:
    """Spearman's correlation of predicted and true accuracy in every group.

    Args:
        rows: members of one sparsity.
        view: which predictors are used.
        unseen: ``seed`` to fit to all other groups, ``network`` to fit to those of other networks.
    """
    groups = prediction.groups_of(rows)
    networks = np.unique([row["network"] for row in rows], return_inverse=True)[1]
    # the dense accuracy is the same for all members of a group, so ranks of the drop are ranks of the accuracy
    true = prediction.within(np.array([[row["accuracy"]] for row in rows]), groups)[:, 0]
    seen = prediction.within(prediction.predictors(rows, view), groups)
    predicted = prediction.left_out(seen, true, groups if unseen == "seed" else networks)
    agreement = []
    for group in np.unique(groups):
        part = groups == group
        tied = np.ptp(predicted[part]) == 0
        agreement.append(0.0 if tied else float(spearmanr(predicted[part], true[part]).statistic))
    return tuple(agreement)


def explained(rows: Sequence[prediction.Row], drop: np.ndarray, view: str) -> tuple[float, tuple[float, ...]]:
    """Adjusted R² of the drop in accuracy, and its jackknife pseudo-values over groups.

    Args:
        rows: members of one sparsity.
        drop: what each lost to its dense network, (n,).
        view: which predictors are used.
    """
    groups = prediction.groups_of(rows)
    x = prediction.predictors(rows, view)
    whole = prediction.adjusted_r2(x, drop)
    labels = np.unique(groups)
    without = [prediction.adjusted_r2(x[groups != group], drop[groups != group]) for group in labels]
    return whole, tuple(len(labels) * whole - (len(labels) - 1) * share for share in without)


Asked = tuple[float, bool]
"""A sparsity, and whether only members that learned are asked about."""

ASKED: dict[str, Asked] = {
    "sparsity 0.9": (0.9, False),
    "sparsity 0.95": (0.95, False),
    "sparsity 0.98": (0.98, False),
    "sparsity 0.98, those that learned": (0.98, True),
}
QUICK = dict(list(ASKED.items())[2:])


@lru_cache(maxsize=8)
def members(asked: Asked) -> tuple[list[prediction.Row], np.ndarray]:
    """Members and their drops in accuracy."""
    sparsity, learned = asked
    rows = population.load()
    dense = {(row["network"], row["seed"]): row["accuracy"] for row in rows if row["pruner"] == "dense"}
    part = [
        row
        for row in rows
        if row["sparsity"] == sparsity
        and (not learned or row["accuracy"] >= LEARNED * dense[row["network"], row["seed"]])
    ]
    return part, np.array([dense[row["network"], row["seed"]] - row["accuracy"] for row in part])


GROUPS = range(len(SMALL_NETS) * population.SEEDS)


@lru_cache(maxsize=8)
def shares(asked: Asked) -> dict[str, tuple[float, tuple[float, ...]]]:
    """`explained` of every view."""
    return {view: explained(*members(asked), view) for view in VIEWS}


def pseudo_value(asked: Asked, group: int) -> dict[str, float]:
    """One group's part in the adjusted R² of every view."""
    return {view: values[group] for view, (_, values) in shares(asked).items()}


@claim(
    "Metrics of the multipartite graph explain the drop in accuracy better than layer density",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="mean density of the layers",
    tuning=FITTED,
    id="explains_more_than_density",
    ours="multipartite",
    rival="layer density",
)
@claim(
    "They explain it better than the same metrics of the rolled encoding",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="the same metrics of rolled bipartite graphs, means over the layers",
    tuning=FITTED,
    id="explains_more_than_rolled",
    ours="multipartite",
    rival="rolled",
)
@claim(
    "They explain it better than the same metrics of the rolled-channel encoding",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="the same metrics of rolled-channel bipartite graphs, means over the layers",
    tuning=FITTED,
    id="explains_more_than_rolled_channel",
    ours="multipartite",
    rival="rolled-channel",
)
@claim(
    "They explain it better than Ramanujan metrics",
    paper="abstract",
    unit="adjusted R²",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    tuning=FITTED,
    id="explains_more_than_ramanujan",
    ours="multipartite",
    rival="Ramanujan",
)
@claim(
    "Ramanujan metrics explain it no better than layer density, to 0.1",
    paper="abstract: only as good as the layer-wise density",
    unit="adjusted R²",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    tuning=FITTED,
    id="density_explains_as_much_as_ramanujan",
    ours="layer density",
    rival="Ramanujan",
    margin=AS_MUCH,
)
def explain(quick: bool, progress: Progress, ours: str, rival: str, margin: float = 0.0) -> Evidence:
    """Adjusted R² of two views, a condition for every sparsity."""
    questions = QUICK if quick else ASKED
    runs = paired(questions, GROUPS, pseudo_value, progress)
    # The mean of the pseudo-values is the jackknife's estimate; the figure has adjusted R² itself.
    whole = {view: np.array([[shares(asked)[view][0]] for asked in questions.values()]) for view in VIEWS}
    curves = {"Explained drop in accuracy": _curve(Runs(runs.conditions, whole), "adjusted R²")}
    return runs.evidence(ours, rival, margin=margin, curves=curves, reason=WHY)


def _curve(runs: Runs, title: str) -> dict[str, Any]:
    places = [name.removeprefix("sparsity ") for name in runs.conditions]
    return runs.curve("sparsity", title, places, {name: view for view, name in NAMES.items()})


@lru_cache(maxsize=16)
def agreements(asked: Asked, unseen: str) -> dict[str, tuple[float, ...]]:
    """`correlations` of every view."""
    return {view: correlations(members(asked)[0], view, unseen) for view in VIEWS}


def agreement(question: tuple[Asked, str], group: int) -> dict[str, float]:
    """The rank correlation of every view in one group."""
    return {view: values[group] for view, values in agreements(*question).items()}


@claim(
    "Metrics of the multipartite graph rank pruners on unseen networks better than Ramanujan metrics",
    paper="abstract, (c)",
    unit="rank correlation",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    tuning=RIDGED,
    id="ranks_better_than_ramanujan",
    ours="multipartite",
    rival="Ramanujan",
)
@claim(
    "They rank pruners on unseen networks better than layer density",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="mean density of the layers",
    tuning=RIDGED,
    id="ranks_better_than_density",
    ours="multipartite",
    rival="layer density",
)
@claim(
    "They rank pruners on unseen networks better than the same metrics of the rolled encoding",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="the same metrics of rolled bipartite graphs, means over the layers",
    tuning=RIDGED,
    id="ranks_better_than_rolled",
    ours="multipartite",
    rival="rolled",
)
@claim(
    "They rank pruners on unseen networks better than the same metrics of the rolled-channel encoding",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="the same metrics of rolled-channel bipartite graphs, means over the layers",
    tuning=RIDGED,
    id="ranks_better_than_rolled_channel",
    ours="multipartite",
    rival="rolled-channel",
)
@claim(
    "They rank pruners on unseen networks better than the number of edges alone",
    paper="ours: a control",
    unit="rank correlation",
    baseline="number of edges of the multipartite graph",
    tuning=RIDGED,
    id="ranks_better_than_edges",
    ours="multipartite",
    rival="edges",
)
def rank(quick: bool, progress: Progress, ours: str, rival: str) -> Evidence:
    """Rank correlations of two views, a condition for every sparsity and for what is unseen."""
    asked_of = QUICK if quick else ASKED
    questions = {
        f"{name}, {unseen} unseen": (asked, unseen) for name, asked in asked_of.items() for unseen in UNSEEN
    }
    runs = paired(questions, GROUPS, agreement, progress)
    curves = {}
    for place, unseen in enumerate(UNSEEN):
        part = {view: values[place :: len(UNSEEN)] for view, values in runs.values.items()}
        curves[f"Predicted and true order of the pruners, {unseen} unseen"] = _curve(
            Runs(tuple(asked_of), part), "rank correlation, mean over groups"
        )
    return runs.evidence(ours, rival, curves=curves, reason=WHY)
