"""What the actions do."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import pdist, squareform

from zoo.blocks import dendrograms, hidden_trees, map_rows, rulers, verdicts
from zoo.blocks.dendrograms import Dendrogram
from zoo.blocks.figures import Colouring
from zoo.blocks.map_quality import far_is_far
from zoo.method import Method, Progress
from zoo.types import File, Metrics, Table

from . import Grown, Recovered, figures, model

MOST, COLUMNS, STEPS, NEAR = 400, 50, 8, 3
"""Nodes that are worked with, measurements of a leaf, rows that a path may step to, nearest rows that are judged."""
TIMES = (0.25, 1.0, 4.0, 16.0)
"""Of the rival, which is shown at the best of them, seen afterwards."""
ENDING = "tree.nwk"
OURS, RIVAL, ANGLES = "hyperbolic diffusion", "diffusion distance", "angles alone"


def recover(
    method: Method, seen: str, tree: str, leaves: int, text: str, file: File | None, wrong: int, noise: float,
    scales: int, who: str, seed: int, progress: Progress,
) -> Recovered:  # fmt: skip
    """See ``HyperbolicDiffusion.recover``."""
    whole = hidden_trees.picked(tree, leaves, text, file, seed, MOST)
    ends = hidden_trees.leaves(whole)
    if seen == "its edges":
        given, nodes = whole, np.arange(len(whole))
        links = hidden_trees.linked(whole, wrong, seed)
        walk, plain = model.Walk.of_graph(links), {"shortest paths": shortest_path(links, unweighted=True)}
    else:
        given, nodes = ends, np.array(ends.nodes)
        drift = seen == "drifting measurements"
        way, amount = (hidden_trees.drifting, noise) if drift else (hidden_trees.mutating, noise / 10)
        straight = squareform(pdist(way(whole, COLUMNS, amount, seed)[nodes]))
        walk = model.Walk.of_rows(straight, 1.0)
        plain = {"straight lines": straight, "shortest paths": rulers.paths(straight, STEPS)}
    points = model.floors(walk, scales)
    sums = np.cumsum(model.layers(points), axis=0)
    tried = {time: model.diffusion(walk, time) for time in TIMES}
    time = max(TIMES, key=lambda time: far_is_far(given.distances, tried[time]))
    ways = {OURS: sums[-1], RIVAL: tried[time], "first floor alone": sums[0], **plain}
    progress(0.4, "comparing")
    judged = hidden_trees.scores(given, ways, whole=given is whole)
    scores = judged["rank correlation"]
    what = "rank correlation with true distances"
    said = verdicts.beside(
        OURS, scores[OURS], f"{RIVAL} at its best time, {time:g},", scores[RIVAL], "", what=what
    )
    best = max(scores, key=scores.__getitem__)
    if scores[best] > max(scores[OURS], scores[RIVAL]):
        said += f" Best of all is {best}, with {scores[best]:.4g}."
    truth, tips = Dendrogram.of_tree(whole), np.flatnonzero(np.isin(nodes, ends.nodes))

    def grown(table: model.Array) -> Dendrogram:
        return Dendrogram.of_distances(table[np.ix_(tips, tips)], ends.nodes)

    branch = np.array([whole.names[part] for part in hidden_trees.clades(whole)])
    rival = (RIVAL, grown(ways[RIVAL]))
    sides = [[("the true tree", truth), (OURS, grown(table)), rival] for table in sums]
    ranks = [far_is_far(given.distances, table) for table in sums]
    moments = {f"{k}, rank correlation {rank:.3f}": sides[k - 1] for k, rank in enumerate(ranks, 1)}
    place = {node: number for number, node in enumerate(nodes.tolist())}
    order = np.array([place[node] for node in truth.along() if node in place])
    mine = hidden_trees.named(given, who) if who else int(order[len(order) // 2])
    glow = np.argsort(order).astype(float), np.stack([walk.densities(2.0**-k)[mine] for k in range(scales)])
    return Recovered(
        said,
        dendrograms.beside(
            moments, truth.order(), ends.names, Colouring("branch", branch[list(ends.nodes)]), prefix="floors: "
        ),
        figures.floors(points, given.names, Colouring("branch", branch[nodes]), glow),
        rulers.pairs(given.distances, {OURS: ways[OURS], RIVAL: ways[RIVAL]}),
        Metrics(hidden_trees.listed(judged)),
        File(ENDING, grown(sums[-1]).newick(whole.names).encode()),
    )  # fmt: skip


def grow(method: Method, table: Table, colour: str, scales: int, sigma: float, progress: Progress) -> Grown:
    """See ``HyperbolicDiffusion.grow``."""
    rows = map_rows.of_table(table, colour, MOST)
    count, groups = len(rows.values), rows.colouring.groups
    angles = squareform(pdist(rows.values, "cosine"))
    angles = np.nan_to_num(np.maximum(angles, 0), nan=1.0)  # a row that is all average has no direction
    points = model.floors(model.Walk.of_rows(angles, sigma), scales)
    sums = np.cumsum(model.layers(points), axis=0)
    progress(0.5, "growing trees")
    near = {name: rulers.nearest(each, NEAR) for name, each in ((OURS, sums[-1]), (ANGLES, angles))}
    changed = 100 * float((near[OURS][:, 0] != near[ANGLES][:, 0]).mean())
    said = f"By {OURS} {changed:.3g} % of rows have another nearest row than by {ANGLES}."
    metrics = [("another nearest row", changed, f"% of rows, than by {ANGLES}")]
    if groups is not None:
        kept = {name: 100 * float((groups[each] == groups[:, None]).mean()) for name, each in near.items()}
        what = f"the share of {NEAR} nearest rows that are alike in {rows.colouring.title}"
        said = verdicts.beside(OURS, kept[OURS], ANGLES, kept[ANGLES], "%", what=what)
        gaps = np.diff([(groups[each] == groups[:, None]).mean(axis=1) for each in near.values()], axis=0)
        if 0 < abs(kept[OURS] - kept[ANGLES]) < 200 * gaps.std() / count**0.5:
            said += f" Of {count} rows that is within chance."
        metrics += [(f"alike | {name}", value, f"% of {NEAR} nearest rows") for name, value in kept.items()]
    trees_of = [Dendrogram.of_distances(each, range(count)) for each in (*sums, angles)]
    moments = {str(k): [(OURS, tree), (ANGLES, trees_of[-1])] for k, tree in enumerate(trees_of[:-1], 1)}
    return Grown(
        said,
        dendrograms.beside(moments, trees_of[-2].order(), rows.names, rows.colouring, prefix="floors: "),
        figures.floors(points, rows.names, rows.colouring),
        Metrics(metrics),
        File(ENDING, trees_of[-2].newick(rows.names).encode()),
    )
