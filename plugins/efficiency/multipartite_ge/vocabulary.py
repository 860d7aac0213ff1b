"""The names that visitors choose from and that tables are labelled with; free of heavy imports."""

from __future__ import annotations

from typing import Literal, get_args

SmallNet = Literal["Conv-4", "Conv-6", "ResNet-8"]
"""The networks of the population, for pictures of 16 x 16 pixels."""

Pruner = Literal[
    "uniform", "ER", "ERK", "layer magnitude", "global magnitude", "SNIP", "GraSP", "SynFlow", "ProsPr"
]

Metric = Literal[
    "sink nodes", "source nodes", "disconnected nodes", "removable out-edges", "removable in-edges",
    "1-hop", "2-hop", "motifs",
    "strength", "coreness",
    "components", "bridges", "articulation points",
    "spectral gap", "spectral radius",
]  # fmt: skip
"""The topometrics. The mean size of a component is left out: it is nodes over components."""

SMALL_NETS: tuple[SmallNet, ...] = get_args(SmallNet)
PRUNERS: tuple[Pruner, ...] = get_args(Pruner)
METRICS: tuple[Metric, ...] = get_args(Metric)

FAMILIES = dict(zip(METRICS, [*["local"] * 5, *["neighbourhood"] * 3, *["strength"] * 2, *["global"] * 3,
                              *["expansion"] * 2], strict=True))  # fmt: skip
"""The family of every metric, as the paper has them."""

UNITS = {
    "sink nodes": "of the nodes",
    "source nodes": "of the nodes",
    "disconnected nodes": "of the nodes",
    "removable out-edges": "of the edges",
    "removable in-edges": "of the edges",
    "1-hop": "nodes",
    "2-hop": "nodes",
    "motifs": "ln(1 + number per node)",
    "strength": "mean weighted degree",
    "coreness": "mean",
    "components": "per node",
    "bridges": "of the edges",
    "articulation points": "of the nodes",
    "spectral gap": "",
    "spectral radius": "",
}

VIEWS: dict[str, tuple[str, ...]] = {
    "multipartite": METRICS,
    "rolled": METRICS,
    "rolled-channel": METRICS,
    "Ramanujan": ("difference of bound", "iterative difference of bound", "iterative spectral gap"),
    "layer density": ("mean layer density",),
    "edges": ("logarithm of the edges",),
}
"""The ways to look at a pruned network, and the predictors that each gives."""
