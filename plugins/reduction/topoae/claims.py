"""What is claimed, on spheres that were held out. A seed draws the spheres and begins every network.

Settings are those of the least KL at σ = .1 among 16 trials a side, on spheres of seed 100, which no claim uses;
`python -m plugins.reduction.topoae.claims` prints the trials. Networks take 20 times every row; UMAP and Isomap are
fitted to the held-out rows themselves, on which they are judged.
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from zoo.blocks import map_quality
from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import data, model

SEEDS, TRIED, EPOCHS = range(5), 100, 20.0
SIGMAS = {"σ = .01": 0.01, "σ = .1": 0.1, "σ = 1": 1.0}
Setting = tuple[Any, ...]
CHOSEN: dict[str, Setting] = {
    "both": (28, 1e-3, 1.5), "data": (84, 1e-3, 5.0), "map": (28, 3e-3, 15.0), "largest": (28, 3e-3, 5.0),
    "all": (28, 3e-3, 15.0), "random": (28, 3e-3, 5.0),
    "plain": (84, 3e-6, 0.0), "plain, paper's rate": (84, 6.4e-4, 0.0), "UMAP": (8, 0.1), "Isomap": (14,),
}  # fmt: skip
"""Of networks batch, rate and λ; of UMAP neighbours and the least distance on the map; of Isomap neighbours."""
NETS = list(itertools.product((28, 84), (1e-3, 3e-3), (0.5, 1.5, 5.0, 15.0)))
RATES = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 6.4e-4, 1e-3)
TRIALS: dict[str, list[Setting]] = {
    **dict.fromkeys(("both", "data", "map", "largest", "all", "random"), NETS),
    "plain": list(itertools.product((28, 84), RATES, (0.0,))),
    "UMAP": list(itertools.product((4, 8, 15, 30), (0.0, 0.1, 0.5, 0.99))),
    "Isomap": [(count,) for count in (4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28, 33, 38, 44, 50)],
}
ABLATIONS = {"data's tree alone": "data", "map's tree alone": "map", "over the batch's largest": "largest"}
PAIRS = {"all pairs": "all", "random pairs": "random"}
"""In place of the trees, and tuned as these."""
RIVALS = ("plain", "plain, paper's rate", "UMAP", "Isomap", "PCA")
QUICK = tuple(way for way in CHOSEN if way != "UMAP")
TUNING = "16 settings a side on spheres of another seed, by KL at σ = .1; PCA has none"


def neighbourly(way: str, setting: Setting, rows: np.ndarray) -> np.ndarray:
    """The map `(m, 2)` of rows by UMAP or Isomap, which learns from some 1,000 of them if there are more."""
    from sklearn.manifold import Isomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of UMAP's one thread, and of graphs in pieces
        if way == "Isomap":
            graph = Isomap(
                n_neighbors=min(setting[0], len(rows) - 1), eigen_solver="dense"
            )  # else it draws a start
            learned = graph.fit(rows[:: -(-len(rows) // 1000)])
            return np.asarray(learned.transform(rows) if len(rows) > 1000 else learned.embedding_)
        from umap import UMAP

        umap = UMAP(n_neighbors=setting[0], min_dist=setting[1], random_state=0)
        return np.asarray(umap.fit_transform(rows), float)


def maps(
    given: data.Spheres, wanted: Sequence[tuple[str, Setting]], seed: int, epochs: float
) -> list[np.ndarray]:
    """Maps `(m, 2)` of the held-out rows by ways and settings; networks of one batch and rate side by side."""
    drawn, banks = {}, dict[Setting, list[int]]()
    for place, (way, setting) in enumerate(wanted):
        if way in ("UMAP", "Isomap"):
            drawn[place] = neighbourly(way, setting, given.new)
        else:
            banks.setdefault(setting[:2], []).append(place)
    for (batch, rate), places in banks.items():
        weights, kinds = [wanted[at][1][2] for at in places], [wanted[at][0] for at in places]
        bank, steps = model.Bank(weights, kinds, data.COLUMNS, seed), int(epochs * len(given.known) / batch)
        model.fitted(bank, given.known, steps, batch, rate, seed)
        drawn |= zip(places, bank.places(given.new), strict=True)
    return [drawn[place] for place in range(len(wanted))]


@functools.lru_cache(maxsize=16)
def scored(
    points: int, seed: int, epochs: float = EPOCHS, ways: tuple[str, ...] = tuple(CHOSEN)
) -> dict[str, float]:  # fmt: skip
    """Divergences, enclosure and trustworthiness of every way."""
    from sklearn.decomposition import PCA

    given, numbers = data.spheres(seed, points), {}
    drawn = dict(zip(ways, maps(given, [(way, CHOSEN[way]) for way in ways], seed, epochs), strict=True))
    for way, places in (drawn | {"PCA": PCA(2).fit(given.known).transform(given.new)}).items():
        for name, sigma in SIGMAS.items():
            numbers[f"{way}: {name}"] = model.divergence(given.new, places, sigma)
        numbers[f"{way}: enclosed"] = 100 * model.enclosed(places, given.of == data.INNER)
        numbers[f"{way}: trusted"] = map_quality.trustworthiness(given.new, places)
    return numbers


def judged(
    conditions: Mapping[str, tuple[str, Sequence[str]]], better: Literal["higher", "lower"], quick: bool,
    progress: Progress, reason: str = "",
) -> Evidence:  # fmt: skip
    """Ours by a measure beside the best of some ways by its mean over seeds, for each condition."""
    if quick:
        runs = paired([60], SEEDS[:1], functools.partial(scored, epochs=4.0, ways=QUICK), progress)
        conditions = {name: each for name, each in conditions.items() if each[1] != ["UMAP"]}
    else:
        runs = paired([500], SEEDS, scored, progress)
    known = {name: tuple(numbers[0].tolist()) for name, numbers in runs.values.items()}
    ours = tuple(known[f"both: {measure}"] for measure, _ in conditions.values())
    best = max if better == "higher" else min
    theirs = tuple(
        best((known[f"{way}: {measure}"] for way in ways if f"{way}: {measure}" in known), key=np.mean)
        for measure, ways in conditions.values()
    )
    x = list(dict.fromkeys(measure for measure, _ in conditions.values()))
    ways = dict.fromkeys(name.split(":")[0] for name in known)
    series = {way: [float(np.mean(known[f"{way}: {name}"])) for name in x] for way in ways}
    curves = {"All ways": {"x": x, "series": series, "x_title": "", "y_title": "mean"}}
    return Evidence(ours, theirs, tuple(conditions), better, 0.0, {} if quick else curves, reason)


@claim(
    "Crowding on the map is nearer to that of the data than by a plain autoencoder, UMAP, Isomap and PCA",
    paper="table 1, spheres: .085/.326/.0069 for σ = .01/.1/1; PCA .332/.651/.0153, UMAP .157/.613/.0166",
    unit="KL, nats", baseline="the best of plain autoencoder, UMAP, Isomap and PCA",
    tuning=TUNING, trials=(16, 16), data=("synthetic",),
)  # fmt: skip
def crowding(quick: bool, progress: Progress) -> Evidence:
    """On held-out points of the paper's spheres, by its three σ."""
    return judged({name: (name, RIVALS) for name in SIGMAS}, "lower", quick, progress)


@claim(
    "It takes both trees and the learned number: with one tree, or over the largest, KL at σ = .1 is higher",
    paper="ours, the control", unit="KL at σ = .1, nats", baseline="the same with a part taken out",
    tuning=TUNING, trials=(16, 16), data=("synthetic",),
)  # fmt: skip
def parts(quick: bool, progress: Progress) -> Evidence:
    """Every part that is taken out has settings of its own."""
    return judged({name: ("σ = .1", [way]) for name, way in ABLATIONS.items()}, "lower", quick, progress)


@claim(
    "Trees do better than pairs: with all pairs of a batch, or as many random ones, KL at σ = .1 is higher",
    id="pairs", measure="σ = .1", better="lower", paper="ours, the control: a map by distances",
    unit="KL at σ = .1, nats", baseline="pairs in place of the trees", tuning=TUNING, trials=(16, 16),
    data=("synthetic",),
)  # fmt: skip
@claim(
    "Trees keep neighbours better than pairs: with these, neighbours on the map can be trusted less",
    id="pairs_trust", measure="trusted", better="higher", paper="ours, the control: a map by distances",
    unit="trustworthiness of 15 neighbours", baseline="pairs in place of the trees", tuning=TUNING, trials=(16, 16),
    data=("synthetic",),
)  # fmt: skip
def simpler(quick: bool, progress: Progress, measure: str, better: Literal["higher", "lower"]) -> Evidence:
    """What counts as much as the trees' edges and knows nothing of who is connected."""
    reason = (
        "pairs are of all lengths, edges of the shortest tree are the short ones; KL compares whole maps."
    )
    return judged({name: (measure, [way]) for name, way in PAIRS.items()}, better, quick, progress, reason)


@claim(
    "The large sphere wraps the others: more inner points lie inside it than on other maps",
    paper="figure 1", unit="% of inner points nearer to its middle than half of it",
    baseline="another way for each condition",
    tuning=TUNING, trials=(16, 16), data=("synthetic",),
)  # fmt: skip
def enclosure(quick: bool, progress: Progress) -> Evidence:
    """Beside every other way."""
    ways = dict(zip(RIVALS, RIVALS, strict=True)) | ABLATIONS | PAIRS
    return judged({name: ("enclosed", [way]) for name, way in ways.items()}, "higher", quick, progress)


@claim(
    "Neighbours on the map can also be trusted more than on the others",
    paper="table 1, where UMAP and t-SNE are ahead", unit="trustworthiness of 15 neighbours",
    baseline="the best of plain autoencoder, UMAP, Isomap and PCA",
    tuning=TUNING, trials=(16, 16), data=("synthetic",),
)  # fmt: skip
def trust(quick: bool, progress: Progress) -> Evidence:
    """Expected not to hold: in the paper it does not."""
    reason = "short trees say who is connected to whom, not who is nearest; UMAP keeps the nearest by design."
    return judged({"": ("trusted", RIVALS)}, "higher", quick, progress, reason)


if __name__ == "__main__":
    trials = [(way, setting) for way, settings in TRIALS.items() for setting in settings]
    tried = data.spheres(TRIED)
    for trial, places in zip(trials, maps(tried, trials, TRIED, EPOCHS), strict=True):
        print(*trial, *(round(model.divergence(tried.new, places, sigma), 4) for sigma in SIGMAS.values()))
