"""What is claimed, of pictures as fifty principal components. A seed chooses pictures and draws the rest.

LargeVis, t-SNE and UMAP have that perplexity (UMAP: neighbours) of 15, 30 and 50 at which labels are best on seeds 100
to 102, which no claim uses: 15, the least, for all; `python -m plugins.reduction.largevis.claims` prints the trials.
`LENGTHS` are about as many samples a point, steps and epochs as take the budget on seed 100. All have exact friends,
whose time counts.
"""

import functools
import time
import warnings
from typing import Any

import numpy as np

from zoo.blocks import affinities, map_quality, map_rows
from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Progress, claim

from . import model

SEEDS, TRIED = range(5), (100, 101, 102)
PICTURES = {"handwritten digits": "mnist", "clothes": "fashion-mnist"}
CHOSEN = {"LargeVis": 15, "FFT t-SNE": 15, "Barnes-Hut t-SNE": 15, "UMAP": 15}
RIVALS = list(CHOSEN)[1:]
LENGTHS = {
    "half a second": {"LargeVis": 550, "FFT t-SNE": 57, "Barnes-Hut t-SNE": 60, "UMAP": 140},
    "1.5 seconds": {"LargeVis": 1900, "FFT t-SNE": 148, "Barnes-Hut t-SNE": 213, "UMAP": 450},
    "4 seconds": {"LargeVis": 5250, "FFT t-SNE": 215, "Barnes-Hut t-SNE": 520, "UMAP": 1240},
    "long": {"LargeVis": 10_000, "Barnes-Hut t-SNE": 750},
}
CONTROLS: dict[str, dict[str, Any]] = {
    "strangers drawn all alike": {"power": 0.0}, "a push of 1": {"push": 1.0}, "no push": {"push": 0.0},
    "a single stranger": {"strangers": 1}, "a rate that does not fall": {"falling": False}, "one tree alone": {},
}  # fmt: skip
TUNING = "3 perplexities (of UMAP: neighbours) a side, by labels on 3 other seeds"
LABELS = "% of labels right, by 5 neighbours"
Condition = tuple[str, int, str]
"""A data set, rows and budget."""


def drawn(way: str, perplexity: int, length: int, rows: np.ndarray, seed: int) -> np.ndarray:
    """The map `(n, 2)` of rows after so many samples a point, steps or epochs, on one thread."""
    if way.endswith("t-SNE"):
        from openTSNE import TSNE

        early = min(250, length // 3)
        push = "fft" if way.startswith("FFT") else "bh"
        tsne = TSNE(
            perplexity=perplexity, negative_gradient_method=push, neighbors="exact", n_jobs=1, random_state=seed,
            early_exaggeration_iter=early, n_iter=length - early,
        )  # fmt: skip
        return np.asarray(tsne.fit(rows), float)
    near, apart = affinities.nearest(rows, perplexity - 1 if way == "UMAP" else 3 * perplexity)
    if way == "LargeVis":
        *_, (_, places) = model.unfold(model.joint_of(near, apart), length * len(rows), seed=seed)
        return places
    from umap import UMAP

    itself = np.arange(len(rows))[:, None]
    known = np.hstack([itself, near]), np.hstack([0.0 * itself, apart])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the one thread that a fixed seed needs
        umap = UMAP(perplexity, n_epochs=length, random_state=seed, precomputed_knn=known)
        return np.asarray(umap.fit_transform(rows), float)


def timed(condition: Condition, seed: int, most: int = 10**6, share: float = 1.0) -> dict[str, float]:
    """Labels right, in percent, and CPU seconds with friends, of maps by every way that a budget has a length for."""
    name, count, budget = condition
    rows, labels = map_rows.subset(name, min(count, most), seed)
    numbers = dict[str, float]()
    for way, length in LENGTHS[budget].items():
        if way == "UMAP":
            if share < 1:  # to import and compile it takes seconds
                continue
            drawn(way, 15, 2, rows[:100], 0)
        begun = time.process_time()
        places = drawn(way, CHOSEN[way], max(6, int(share * length)), rows, seed)
        numbers |= {f"{way}: seconds": time.process_time() - begun, way: model.accuracy(places, labels)}
    return numbers


def measured(conditions: dict[str, Condition], quick: bool, progress: Progress) -> Runs:
    """All, or the first with fewer rows, one seed and shorter."""
    if quick:
        name, condition = next(iter(conditions.items()))
        return paired({name: condition}, SEEDS[:1], functools.partial(timed, most=200, share=0.5), progress)
    return paired(conditions, SEEDS, timed, progress)


@claim(
    "Neighbours on the map have the same label as often as on that of t-SNE: at most 1 point less",
    paper="section 4.3", unit=LABELS, baseline="Barnes-Hut t-SNE", tuning=TUNING, trials=(3, 3),
    data=("mnist", "fashion-mnist"),
)  # fmt: skip
def as_accurate(quick: bool, progress: Progress) -> Evidence:
    """1,000 pictures, 10,000 samples a point."""
    conditions = {name: (pictures, 1000, "long") for name, pictures in PICTURES.items()}
    runs = measured(conditions, quick, progress)
    return runs.evidence("LargeVis", RIVALS[1], margin=-1.0)


@claim(
    "At equal time labels are right more often than on maps of t-SNE and UMAP", paper="section 4.3: faster as n grows",
    unit=LABELS, baseline="the best of FFT t-SNE, Barnes-Hut t-SNE and UMAP", tuning=TUNING, trials=(3, 3),
    data=("mnist",), timed=True,
)  # fmt: skip
def in_less_time(quick: bool, progress: Progress) -> Evidence:
    """2,000 digits, one thread."""
    runs = measured({budget: ("mnist", 2000, budget) for budget in list(LENGTHS)[:3]}, quick, progress)
    ways = [way for way in CHOSEN if way in runs.values]
    times = runs.curve("", "CPU seconds", names={way: f"{way}: seconds" for way in ways})
    reason = (
        "the paper has up to millions of points, and t-SNE with a tree; at 2,000 a hundred steps of t-SNE from"
        " principal components are a map, while handshakes must first unfold dust."
    )
    curves = {"Labels": runs.curve("", "% right", names=ways), "Time": times}
    return runs.evidence("LargeVis", ways[1:], curves=curves, reason=reason)


def grown(sizes: tuple[int, ...], seed: int) -> dict[str, float]:
    """CPU seconds of 500 samples a point by number of points, and the slope of their logarithms."""
    seconds = {}
    for count in sizes:
        joint = model.joint_of(*affinities.nearest(map_rows.subset("mnist", count, seed)[0], 90))
        begun = time.process_time()
        for _ in model.unfold(joint, 500 * count, seed=seed):
            pass
        seconds[f"{count}"] = time.process_time() - begun
    return {"slope": float(np.polyfit(np.log(sizes), np.log(list(seconds.values())), 1)[0]), **seconds}


@claim(
    "The layout's time grows as the number of points: a slope of their logarithms below 1.1", paper="section 3.2.3",
    unit="slope of log seconds to log points", baseline="a slope of 1.1", tuning="none for either", trials=(0, 0),
    data=("mnist",), timed=True,
)  # fmt: skip
def linear(quick: bool, progress: Progress) -> Evidence:
    """1,000 to 5,000 pictures, with 90 friends and 500 samples a point."""
    sizes = (200, 400) if quick else (1000, 2000, 3500, 5000)
    runs = paired({"": sizes}, SEEDS[:1] if quick else SEEDS, grown, progress)
    times = {"LargeVis": [float(runs.values[f"{count}"].mean()) for count in sizes]}
    curve = {"x": list(sizes), "series": times, "x_title": "points", "y_title": "CPU seconds"}
    return runs.evidence("slope", 1.1, better="lower", curves={"Time of the layout": curve})


def without(control: str, seed: int, count: int = 1000, samples: int = 2000) -> dict[str, float]:
    """Shares of neighbours kept as the paper has it, from one tree's friends, and with a part changed."""
    rows, _ = map_rows.subset("mnist", count, seed)
    first, *_, last = (
        model.joint_of(near, apart) for near, apart, _ in model.befriended(rows, 90, 1, 3, seed)
    )
    kept = {}
    for way, settings in {"LargeVis": {}, "changed": CONTROLS[control]}.items():
        joint = first if way == "changed" and "tree" in control else last
        *_, (_, places) = model.unfold(joint, samples * count, seed=seed, **settings)
        kept[way] = map_quality.recall(rows, places)
    return kept


@claim(
    "Every part does its work: with one changed, fewer neighbours are kept", paper="ours, the control",
    unit="share of 15 nearest neighbours", baseline="the same with a part changed", tuning="none for either",
    trials=(0, 0), data=("mnist",),
)  # fmt: skip
def parts(quick: bool, progress: Progress) -> Evidence:
    """1,000 digits, 2,000 samples a point."""
    measure = functools.partial(without, count=300, samples=1000) if quick else without
    runs = paired(
        list(CONTROLS)[2:3] if quick else list(CONTROLS), SEEDS[:1] if quick else SEEDS, measure, progress
    )
    return runs.evidence("LargeVis", "changed", curves={"Neighbours kept": runs.curve("", "share of 15")})


if __name__ == "__main__":
    for way, usual in {"LargeVis": 10_000, "FFT t-SNE": 750, "Barnes-Hut t-SNE": 750, "UMAP": 500}.items():
        for perplexity in (15, 30, 50):
            tables = [map_rows.subset(name, 1000, seed) for seed in TRIED for name in PICTURES.values()]
            maps = [drawn(way, perplexity, usual, rows, TRIED[0]) for rows, _ in tables]
            right = [model.accuracy(places, labels) for places, (_, labels) in zip(maps, tables, strict=True)]
            print(way, perplexity, round(float(np.mean(right)), 2), flush=True)
    from .actions import STORED, digits

    stored = {
        f"{friends}": drawn("FFT t-SNE", friends // 3, 750, digits(90)[0], 0) for friends in (30, 60, 90, 150)
    }
    np.savez_compressed(STORED, **{name: places.astype("f2") for name, places in stored.items()})  # type: ignore[arg-type]
