"""What is claimed, of pictures as fifty principal components. A seed chooses pictures and draws the rest.

LargeVis, t-SNE and UMAP have the perplexity (UMAP: the neighbours) of 15, 30 and 50 that is best for labels on seeds
100 to 102, which no claim uses; `python -m plugins.reduction.largevis.claims` prints the trials. `LENGTHS` are as many
samples a point, steps and epochs as took the budget on seed 100. All have exact friends, whose time counts.
"""

from __future__ import annotations

import functools
import time
import warnings

import numpy as np

from zoo.blocks import affinities, map_quality, map_rows
from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import data, model

SEEDS, TRIED, COUNT = range(5), (100, 101, 102), 1000
PICTURES = {"handwritten digits": "mnist", "clothes": "fashion-mnist"}
PERPLEXITIES = (15, 30, 50)
CHOSEN = {"LargeVis": 30, "FFT t-SNE": 30, "Barnes-Hut t-SNE": 30, "UMAP": 15}
USUAL = {"LargeVis": 10_000, "FFT t-SNE": 750, "Barnes-Hut t-SNE": 750, "UMAP": 500}
LENGTHS = {
    "half a second": {"LargeVis": 500, "FFT t-SNE": 40, "Barnes-Hut t-SNE": 35, "UMAP": 130},
    "1.5 seconds": {"LargeVis": 1900, "FFT t-SNE": 100, "Barnes-Hut t-SNE": 130, "UMAP": 380},
    "5 seconds": {"LargeVis": 6500, "FFT t-SNE": 240, "Barnes-Hut t-SNE": 460, "UMAP": 1280},
}
SIZES = (1000, 2000, 4000, 8000)
CONTROLS = {
    "strangers drawn all alike": {"power": 0.0}, "a push of 1": {"push": 1.0}, "no push": {"push": 0.0},
    "a single stranger": {"strangers": 1}, "a rate that does not fall": {"falling": False},
    "friends by a tree alone": {},
}  # fmt: skip
TUNING = "3 perplexities (of UMAP: neighbours) a side, by labels on 3 other seeds"


def laid(rows: np.ndarray, perplexity: int, samples: int, seed: int, **settings: float) -> np.ndarray:
    """The map `(n, 2)` of LargeVis with exact friends."""
    joint = model.joint_of(*affinities.nearest(rows, min(3 * perplexity, len(rows) - 1)))
    *_, (_, places) = model.unfold(joint, samples * len(rows), seed=seed, **settings)  # type: ignore[arg-type]
    return places


def drawn(way: str, perplexity: int, length: int, rows: np.ndarray, seed: int) -> np.ndarray:
    """The map `(n, 2)` of rows after so many samples a point, steps or epochs, on one thread."""
    if way == "LargeVis":
        return laid(rows, perplexity, length, seed)
    if way != "UMAP":
        early = min(250, length // 3)
        push = "fft" if way.startswith("FFT") else "bh"
        return data.tsne(
            rows, perplexity, push, n_iter=length - early, early_exaggeration_iter=early, random_state=seed
        )
    from umap import UMAP

    near, apart = affinities.nearest(rows, perplexity - 1)
    itself = np.arange(len(rows))[:, None]
    known = np.hstack([itself, near]), np.hstack([0.0 * itself, apart])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the one thread that a fixed seed needs
        umap = UMAP(perplexity, n_epochs=length, random_state=seed, precomputed_knn=known)
        return np.asarray(umap.fit_transform(rows), float)


@functools.lru_cache(maxsize=1)
def compiled() -> None:
    """Let UMAP compile, which no clock should count."""
    drawn("UMAP", 15, 5, map_rows.subset("mnist", 100, TRIED[0])[0], 0)


def settled(name: str, seed: int, count: int = COUNT, share: float = 1.0) -> dict[str, float]:
    """Labels right, in percent, of maps that were given all the time they usually take, or a share of it."""
    rows, labels = map_rows.subset(name, count, seed)
    ways = ("LargeVis", "Barnes-Hut t-SNE")
    maps = {way: drawn(way, CHOSEN[way], int(share * USUAL[way]), rows, seed) for way in ways}
    maps["LargeVis, 2,000 samples a point"] = laid(rows, CHOSEN["LargeVis"], int(share * 2000), seed)
    return {way: model.accuracy(places, labels) for way, places in maps.items()}


@claim(
    "Neighbours on the map have the same label as often as on that of t-SNE: at most 1 point less",
    paper="figure 5; 10,000 samples a point", unit="% of labels right, by 5 neighbours", baseline="Barnes-Hut t-SNE",
    tuning=TUNING, trials=(3, 3), data=("mnist", "fashion-mnist"),
)  # fmt: skip
def as_accurate(quick: bool, progress: Progress) -> Evidence:
    """1,000 pictures."""
    measure = functools.partial(settled, count=200, share=0.05) if quick else settled
    runs = paired(
        {"handwritten digits": "mnist"} if quick else PICTURES,
        SEEDS[:1] if quick else SEEDS,
        measure,
        progress,
    )
    return runs.evidence(
        "LargeVis", "Barnes-Hut t-SNE", margin=-1.0, curves={"Labels": runs.curve("", "% right")}
    )


def grown(sizes: tuple[int, ...], seed: int) -> dict[str, float]:
    """CPU seconds of 500 samples a point by number of points, and the slope of their logarithms."""
    seconds = {}
    for count in sizes:
        joint = model.joint_of(*affinities.nearest(map_rows.subset("mnist", count, seed)[0], 90))
        begun = time.process_time()
        for _ in model.unfold(joint, 500 * count, seed=seed):
            pass
        seconds[f"{count}"] = time.process_time() - begun
    slope = np.polyfit(np.log(sizes), np.log(list(seconds.values())), 1)[0]
    return {"slope": float(slope), **seconds}


@claim(
    "The layout's time grows as the number of points: a slope below 1.1 of its logarithm", paper="section 3.2.3",
    unit="slope of log seconds to log points", baseline="a slope of 1.1", tuning="none", trials=(0, 0),
    data=("mnist",), timed=True,
)  # fmt: skip
def linear(quick: bool, progress: Progress) -> Evidence:
    """1,000 to 8,000 pictures, with 90 friends and 500 samples a point."""
    sizes = (200, 400) if quick else SIZES
    runs = paired({"": sizes}, SEEDS[:1] if quick else SEEDS, grown, progress)
    times = {"LargeVis": [float(runs.values[f"{count}"].mean()) for count in sizes]}
    curve = {"x": list(sizes), "series": times, "x_title": "points", "y_title": "CPU seconds"}
    return runs.evidence("slope", 1.1, better="lower", curves={"Time of the layout": curve})


def timed(budget: str, seed: int, count: int = 2000, share: float = 1.0) -> dict[str, float]:
    """Labels right, in percent, and CPU seconds with friends, of each way at a budget."""
    compiled()
    rows, labels = map_rows.subset("mnist", count, seed)
    numbers = {}
    for way, length in LENGTHS[budget].items():
        begun = time.process_time()
        places = drawn(way, CHOSEN[way], max(6, int(share * length)), rows, seed)
        numbers[f"{way}: seconds"] = time.process_time() - begun
        numbers[way] = model.accuracy(places, labels)
    return numbers


@claim(
    "At equal time labels are right more often than on maps of t-SNE and UMAP", paper="section 4.3: faster as n grows",
    unit="% of labels right, by 5 neighbours", baseline="the best of FFT t-SNE, Barnes-Hut t-SNE and UMAP",
    tuning=TUNING, trials=(3, 3), data=("mnist",), timed=True,
)  # fmt: skip
def in_less_time(quick: bool, progress: Progress) -> Evidence:
    """2,000 digits, one thread."""
    budgets, seeds = (list(LENGTHS)[:1], SEEDS[:1]) if quick else (list(LENGTHS), SEEDS)
    runs = paired(budgets, seeds, functools.partial(timed, count=200) if quick else timed, progress)
    curves = {
        "Labels": runs.curve("", "% right", names=list(CHOSEN)),
        "Time": runs.curve("", "CPU seconds", names={way: f"{way}: seconds" for way in CHOSEN}),
    }
    reason = (
        "the paper has millions of points and Barnes-Hut t-SNE of its day; t-SNE moves every point in every step, and"
        " a hundred steps lay out 2,000 points, while samples must first unfold a random start."
    )
    return runs.evidence("LargeVis", list(CHOSEN)[1:], curves=curves, reason=reason)


def without(control: str, seed: int, count: int = COUNT, samples: int = 2000) -> dict[str, float]:
    """Shares of neighbours kept as the paper has it and with a part taken out, friends by one tree."""
    rows, _ = map_rows.subset("mnist", count, seed)
    rounds = list(model.befriended(rows, 90, 1, 3, seed))
    kept = {}
    for way, settings, at in (
        ("LargeVis", {}, 3),
        ("control", CONTROLS[control], 0 if "tree" in control else 3),
    ):
        *_, (_, places) = model.unfold(
            model.joint_of(*rounds[at][:2]), samples * count, seed=seed, **settings
        )  # type: ignore[arg-type]
        kept[way] = map_quality.recall(rows, places)
    return kept


@claim(
    "Every part does its work: with one changed, fewer neighbours are kept", paper="ours, the control",
    unit="share of 15 nearest neighbours", baseline="the same with a part changed", tuning="none for either",
    trials=(0, 0), data=("mnist",),
)  # fmt: skip
def parts(quick: bool, progress: Progress) -> Evidence:
    """1,000 digits, 2,000 samples a point."""
    names, seeds = (["no push"], SEEDS[:1]) if quick else (list(CONTROLS), SEEDS)
    measure = functools.partial(without, count=200, samples=200) if quick else without
    runs = paired(names, seeds, measure, progress)
    return runs.evidence("LargeVis", "control", curves={"Neighbours kept": runs.curve("", "share of 15")})


if __name__ == "__main__":
    for way, usual in USUAL.items():
        for perplexity in PERPLEXITIES:
            right = [
                model.accuracy(drawn(way, perplexity, usual, rows, seed), labels)
                for seed in TRIED for name in PICTURES.values() for rows, labels in [map_rows.subset(name, COUNT, seed)]
            ]  # fmt: skip
            print(way, perplexity, round(float(np.mean(right)), 2), flush=True)
