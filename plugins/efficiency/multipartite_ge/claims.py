"""What the paper claims, measured on the population: see the `@claim` methods of `MultipartiteGe`.

Within one sparsity, the members of a group (one network with one seed, pruned in nine ways) are ranked by what they
lose to the dense network. Each view predicts these ranks by a regression, and is judged by the rank correlation of
predicted and true. The regression is fitted either to all other groups, so that only the seed is unseen, or to the
groups of other networks, so that the architecture is unseen too. Groups are the paired runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import spearmanr

from zoo.method import Evidence

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
    found = []
    for group in np.unique(groups):
        part = groups == group
        tied = np.ptp(predicted[part]) == 0
        found.append(0.0 if tied else float(spearmanr(predicted[part], true[part]).statistic))
    return tuple(found)


@lru_cache(maxsize=1)
def measured() -> dict[tuple[float, str], dict[str, tuple[float, ...]]]:
    """The correlations by sparsity and what is unseen, then by view."""
    members = [row for row in population.load() if row["pruner"] != "dense"]
    by_sparsity: dict[float, list[prediction.Row]] = {}
    for row in members:
        by_sparsity.setdefault(row["sparsity"], []).append(row)
    return {
        (sparsity, unseen): {view: correlations(rows, view, unseen) for view in VIEWS}
        for sparsity, rows in sorted(by_sparsity.items())
        for unseen in UNSEEN
    }


def compare(ours: str, baseline: str, margin: float = 0.0, reason: str = "") -> Evidence:
    """Two views, a condition for every sparsity and for what is unseen."""
    found = measured()
    sparsities = sorted({sparsity for sparsity, _ in found})
    curves = {
        f"Predicted and true order of the pruners, {unseen} unseen": {
            "x": sparsities,
            "series": {
                name: [float(np.mean(found[sparsity, unseen][view])) for sparsity in sparsities]
                for view, name in NAMES.items()
            },
            "x_title": "sparsity",
            "y_title": "rank correlation, mean over groups",
        }
        for unseen in UNSEEN
    }
    return Evidence(
        ours=tuple(one[ours] for one in found.values()),
        baseline=tuple(one[baseline] for one in found.values()),
        conditions=tuple(f"sparsity {sparsity:g}, {unseen} unseen" for sparsity, unseen in found),
        margin=margin,
        curves=curves,
        reason=reason,
    )
