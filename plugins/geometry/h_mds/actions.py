"""What the actions do."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import cdist

from zoo.blocks import flat_maps, tree_quality, trees, verdicts
from zoo.blocks.trees import Tree
from zoo.errors import InputError
from zoo.evidence.tasks.trees import Laid
from zoo.method import Method, Progress
from zoo.types import File, Metrics, Table, note

from . import LaidOut, Recovered, figures, model

FLATTEST = 400
"""Nodes of which a map of least stress is drawn; of more the classical one is."""
MOST_BITS = 6000
"""That a layout may need."""
MOMENTS, STEPS = 14, 100
RIVAL = "Euclidean MDS"


def lay_out(
    method: Method, tree: str, text: str, file: File | None, bits: int, distortion: float, seen_from: str,
    scale: float, growth: float, progress: Progress,
) -> LaidOut:  # fmt: skip
    """See ``HMds.lay_out``."""
    given = trees.chosen(tree, text, file)
    if seen_from and seen_from not in given.names:
        note(f"No node is called {seen_from[:40]!r}; the tree is seen from its centre.")
        seen_from = ""
    middle = given.names.index(seen_from) if seen_from else given.centre
    tau = scale or model.scale_for(model.most_neighbours(given), distortion)
    needed = model.bits_needed(given, tau, growth)
    if needed > MOST_BITS:
        raise InputError(
            f"this layout needs {needed:,.0f} bits a coordinate; at most {MOST_BITS:,} are worked with. Send a smaller"
            " growth, a larger distortion, or a tree with fewer levels."
        )
    if bits < needed:
        note(f"The farthest node needs about {needed:.0f} bits, of which {bits} are kept.")
    progress(0.05, "laying the tree out")
    exact = model.lay_out(given, tau, growth)
    progress(0.15, "drawing the flat map")
    map_ = _flat(given.distances, 2)
    curve = {}
    for place, count in enumerate(moments(needed, len(given))):
        progress(0.3 + 0.6 * place / MOMENTS, f"{count} bits")
        curve[count] = _scores(given, exact.rounded(count).distances())
    kept = exact.rounded(bits)
    ours, plain = _scores(given, kept.distances()), _scores(given, cdist(map_, map_))
    at = (exact.x[middle], exact.y[middle])
    steps = sorted(
        {*np.geomspace(2, min(bits, exact.bits), MOMENTS).astype(int).tolist(), min(bits, exact.bits)}
    )
    journey = {f"{count} bits": exact.rounded(count).seen_from(at, exact.bits) for count in steps}
    kept_bits = "all" if bits >= needed else f"{bits}"
    what = f"precision over neighbours, with {kept_bits} of the {needed:.0f} bits that it needs"
    return LaidOut(
        verdicts.beside("the layout", ours[0], RIVAL, plain[0], "", what=what),
        figures.laid(given, journey, map_, given.names[middle]),
        figures.digits(curve, {RIVAL: plain}, needed, bits),
        Metrics(_rows(given, ours, plain, kept, tau, needed)),
        _table(given, kept),
    )


def moments(needed: float, count: int) -> list[int]:
    """Bits at which a layout of so many nodes is measured."""
    many = 5 if count > FLATTEST else MOMENTS
    return sorted({max(2, round(part * needed)) for part in np.linspace(0.1, 1.2, many)})


def _scores(tree: Tree, distances: model.Array) -> tuple[float, float]:
    return tree_quality.neighbours(tree, distances), tree_quality.distortion(tree, distances)


def _flat(distances: model.Array, dimensions: int) -> model.Array:
    if len(distances) > FLATTEST:
        return flat_maps.classical(distances, dimensions)
    return flat_maps.stress(distances, dimensions, STEPS)


def _rows(
    tree: Tree, ours: tuple[float, float], plain: tuple[float, float], kept: model.Places, tau: float, needed: float
) -> list[tuple[str, float | str, str]]:  # fmt: skip
    table = kept.distances()
    off = model.worst(tree.distances, table)
    return [
        ("precision over neighbours | the layout", ours[0], "of 1"),
        (f"precision over neighbours | {RIVAL}", plain[0], "of 1"),
        ("distortion | the layout", ours[1], "mean, after the best scale"),
        (f"distortion | {RIVAL}", plain[1], "mean, after the best scale"),
        ("worst distortion", off if math.isfinite(off) else "nodes meet", "largest expansion × contraction"),
        ("precision over ancestors", tree_quality.ranked(tree, table).precision, "of 1"),
        ("bits needed", needed, "τ l / ln 2, a coordinate"),
        ("size of a node | the layout", 2.0 * kept.bits, "bits"),
        (f"size of a node | {RIVAL}", 128.0, "bits"),
        ("scale τ", tau, "the length of an edge in the disk"),
        ("places that differ", float(len(set(zip(kept.x, kept.y, strict=True)))), f"of {len(tree)} nodes"),
    ]


def _table(tree: Tree, kept: model.Places) -> Table:
    above = [tree.names[parents[0]] if parents else "the root" for parents in tree.parents]
    units = {
        f"{name} / 2^-{kept.bits}": [hex(part) for part in side]
        for name, side in (("x", kept.x), ("y", kept.y))
    }
    return Table.of({"name": list(tree.names), "below": above, **units})


def recover(
    method: Method, what: str, radius: float, tree: str, text: str, file: File | None, dimensions: int, scale: float,
    points: int, seed: int,
) -> Recovered:  # fmt: skip
    """See ``HMds.recover``."""
    if what == "a tree":
        given = trees.chosen(tree, text, file)
        if len(given) > FLATTEST:
            raise InputError(
                f"the tree has {len(given):,} nodes; distances of at most {FLATTEST} are recovered."
            )
        truth = given.distances
    else:
        truth = model.between(model.disc(points, radius, seed))
    try:
        places = model.recover(truth, dimensions, scale)
    except OverflowError as error:
        raise InputError(
            "distances times the scale go beyond 700; send a smaller scale or radius."
        ) from error
    map_ = _flat(truth, dimensions)
    ours, plain = model.between(places, scale), cdist(map_, map_)
    above = np.triu_indices(len(truth), 1)
    gaps = {"h-MDS": np.abs(ours - truth)[above], RIVAL: np.abs(plain - truth)[above]}
    mean = {name: 100 * float(np.mean(gap / truth[above])) for name, gap in gaps.items()}
    used = int((np.abs(places).max(axis=0) > 0).sum())
    rows = [(f"distance off by | {name}", value, "% on average") for name, value in mean.items()]
    rows += [(f"largest error | {name}", float(gap.max()), "of a distance") for name, gap in gaps.items()]
    rows += [("coordinates used", float(used), f"of {dimensions}"), ("pairs", float(len(above[0])), "")]
    said = f"the mean error of distances in {dimensions} dimensions"
    return Recovered(
        verdicts.beside("h-MDS", mean["h-MDS"], RIVAL, mean[RIVAL], "%", better="lower", what=said),
        figures.pairs(truth, {"h-MDS": ours, RIVAL: plain}),
        figures.recovered(places) if dimensions == 2 else None,
        Metrics(rows),
    )


def laid(tree: Tree) -> Laid:
    """The layout of the leaderboard, with as many bits as the farthest node needs."""
    tau = model.scale_for(model.most_neighbours(tree), 1.0)
    bits = math.ceil(model.bits_needed(tree, tau))
    exact = model.lay_out(tree, tau)
    kept, middle = exact.rounded(bits), (exact.x[tree.centre], exact.y[tree.centre])
    return Laid(kept.distances(), 2 * bits, kept.seen_from(middle, exact.bits))


def recovered(tree: Tree, dimensions: int) -> Laid:
    """h-MDS of the leaderboard."""
    places = model.recover(tree.distances, dimensions)
    return Laid(
        model.between(places), 64 * dimensions, places / (1 + np.sqrt(1 + np.square(places).sum(1)))[:, None]
    )
