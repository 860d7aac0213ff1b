"""What the paper claims, measured on the population: see the `@claim` methods of `MultipartiteGe`.

Everything is asked within one sparsity, and in two ways.

The paper's: how much of the drop in accuracy does least squares on a view's predictors explain, in adjusted R² over
all members? Paired runs are the jackknife's pseudo-values over groups, a group being one network with one seed
pruned in nine ways; their mean is the estimate and their spread its uncertainty.

A stricter one, of ours: how well does a view rank the nine members of a group that it was not fitted to? The
regression is fitted either to all other groups, so that only the seed is unseen, or to the groups of other networks,
so that the architecture is unseen too. Groups are the paired runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import spearmanr

from zoo.method import Evidence, claim

from . import population, prediction
from .vocabulary import VIEWS

NAMES = {
    "multipartite": "multipartite graph",
    "rolled": "rolled encoding",
    "rolled-channel": "rolled-channel encoding",
    "Ramanujan": "Ramanujan metrics",
    "layer density": "layer density",
    "edges": "number of edges",
}


UNSEEN = ("seed", "network")

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


@lru_cache(maxsize=1)
def by_sparsity() -> dict[float, tuple[list[prediction.Row], np.ndarray]]:
    """Members and their drops in accuracy."""
    rows = population.load()
    dense = {(row["network"], row["seed"]): row["accuracy"] for row in rows if row["pruner"] == "dense"}
    members = {}
    for sparsity in sorted({row["sparsity"] for row in rows if row["pruner"] != "dense"}):
        part = [row for row in rows if row["sparsity"] == sparsity]
        drop = np.array([dense[row["network"], row["seed"]] - row["accuracy"] for row in part])
        members[sparsity] = part, drop
    return members


@claim(
    "Metrics of the multipartite graph explain the drop in accuracy better than layer density",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="mean density of the layers",
    id="explains_more_than_density",
    ours="multipartite",
    rival="layer density",
)
@claim(
    "They explain it better than the same metrics of the rolled encoding",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="the same metrics of rolled bipartite graphs, means over the layers",
    id="explains_more_than_rolled",
    ours="multipartite",
    rival="rolled",
)
@claim(
    "They explain it better than the same metrics of the rolled-channel encoding",
    paper="abstract, (a)",
    unit="adjusted R²",
    baseline="the same metrics of rolled-channel bipartite graphs, means over the layers",
    id="explains_more_than_rolled_channel",
    ours="multipartite",
    rival="rolled-channel",
)
@claim(
    "They explain it better than Ramanujan metrics",
    paper="abstract",
    unit="adjusted R²",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    id="explains_more_than_ramanujan",
    ours="multipartite",
    rival="Ramanujan",
)
@claim(
    "Ramanujan metrics explain it no better than layer density, to 0.1",
    paper="abstract: only as good as the layer-wise density",
    unit="adjusted R²",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    id="density_explains_as_much_as_ramanujan",
    ours="layer density",
    rival="Ramanujan",
    margin=-0.1,
)
def explain(ours: str, rival: str, margin: float = 0.0) -> Evidence:
    """Adjusted R² of two views, a condition for every sparsity."""
    shares = {
        sparsity: {view: explained(rows, drop, view) for view in VIEWS}
        for sparsity, (rows, drop) in by_sparsity().items()
    }
    return Evidence(
        ours=tuple(row[ours][1] for row in shares.values()),
        baseline=tuple(row[rival][1] for row in shares.values()),
        conditions=tuple(f"sparsity {sparsity:g}" for sparsity in shares),
        margin=margin,
        curves={
            "Explained drop in accuracy": {
                "x": list(shares),
                "series": {name: [row[view][0] for row in shares.values()] for view, name in NAMES.items()},
                "x_title": "sparsity",
                "y_title": "adjusted R²",
            }
        },
        reason=WHY,
    )


@lru_cache(maxsize=1)
def ranked() -> dict[tuple[float, str], dict[str, tuple[float, ...]]]:
    """The rank correlations by sparsity and what is unseen, then by view."""
    return {
        (sparsity, unseen): {view: correlations(rows, view, unseen) for view in VIEWS}
        for sparsity, (rows, _) in by_sparsity().items()
        for unseen in UNSEEN
    }


@claim(
    "Metrics of the multipartite graph rank pruners on unseen networks better than Ramanujan metrics",
    paper="abstract, (c)",
    unit="rank correlation",
    baseline="difference of bound, its iterative version and the iterative spectral gap of rolled graphs",
    id="ranks_better_than_ramanujan",
    ours="multipartite",
    rival="Ramanujan",
)
@claim(
    "They rank pruners on unseen networks better than layer density",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="mean density of the layers",
    id="ranks_better_than_density",
    ours="multipartite",
    rival="layer density",
)
@claim(
    "They rank pruners on unseen networks better than the same metrics of the rolled encoding",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="the same metrics of rolled bipartite graphs, means over the layers",
    id="ranks_better_than_rolled",
    ours="multipartite",
    rival="rolled",
)
@claim(
    "They rank pruners on unseen networks better than the same metrics of the rolled-channel encoding",
    paper="ours: a stricter test of (a)",
    unit="rank correlation",
    baseline="the same metrics of rolled-channel bipartite graphs, means over the layers",
    id="ranks_better_than_rolled_channel",
    ours="multipartite",
    rival="rolled-channel",
)
@claim(
    "They rank pruners on unseen networks better than the number of edges alone",
    paper="ours: a control",
    unit="rank correlation",
    baseline="number of edges of the multipartite graph",
    id="ranks_better_than_edges",
    ours="multipartite",
    rival="edges",
)
def rank(ours: str, rival: str, margin: float = 0.0) -> Evidence:
    """Rank correlations of two views, a condition for every sparsity and for what is unseen."""
    correlations_of = ranked()
    sparsities = sorted({sparsity for sparsity, _ in correlations_of})
    curves = {
        f"Predicted and true order of the pruners, {unseen} unseen": {
            "x": sparsities,
            "series": {
                name: [float(np.mean(correlations_of[sparsity, unseen][view])) for sparsity in sparsities]
                for view, name in NAMES.items()
            },
            "x_title": "sparsity",
            "y_title": "rank correlation, mean over groups",
        }
        for unseen in UNSEEN
    }
    return Evidence(
        ours=tuple(row[ours] for row in correlations_of.values()),
        baseline=tuple(row[rival] for row in correlations_of.values()),
        conditions=tuple(f"sparsity {sparsity:g}, {unseen} unseen" for sparsity, unseen in correlations_of),
        margin=margin,
        curves=curves,
        reason=WHY,
    )
