"""What the actions do."""

from __future__ import annotations

import functools

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from zoo.blocks import map_quality, map_rows, replay, verdicts
from zoo.blocks.atlas import atlas
from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import PLAIN, Mapped, Wrapped, data, figures, model
from .claims import CHOSEN, PAIRS, neighbourly
from .train import BATCH, MOMENTS, NAMES, SEED, SHOWN

NAME, COMPONENTS, ISOMAP = "the topological autoencoder", "principal components", "Isomap"
MEASURE = "divergence of crowding (KL at σ = .1)"
STEPS, RATE, COUNT = 1000, 3e-3, 15
"""Of training on a table; and neighbours of which a map should keep as many as it can."""


@functools.lru_cache(maxsize=1)
def known() -> tuple[data.Spheres, dict[str, np.ndarray]]:
    """The spheres that the shipped networks learned from, and maps of their held-out rows by other ways."""
    spheres = data.spheres(SEED)
    flat = PCA(2).fit(spheres.known).transform(spheres.new)
    return spheres, {ISOMAP: neighbourly(ISOMAP, CHOSEN[ISOMAP], spheres.new), COMPONENTS: flat}


def meters(rows: np.ndarray, ways: dict[str, np.ndarray]) -> list[tuple[str, float, str]]:
    """Divergences from rows `(n, d)` of the maps of every way, `(n, 2)` each, by three σ."""
    return [
        (f"KL {sigma:g} | {name}", model.divergence(rows, places, sigma), "nats")
        for sigma in (0.01, 0.1, 1.0)
        for name, places in ways.items()
    ]


def spheres(method: Method, trained: str, points: int, seed: int, progress: Progress) -> Wrapped:
    """See ``Topoae.spheres``."""
    given, others = known()
    bank = method.pretrained(model.Bank, progress).float()
    progress(0.3, "drawing maps")
    maps = dict(zip(NAMES, bank.places(given.new), strict=True))
    ours = f"the autoencoder with {trained}" if trained in PAIRS else NAME
    ways = {ours: maps[trained], PLAIN: maps["weight 0"]} | others
    chosen = np.sort(np.random.default_rng(seed).choice(len(given.new), points, replace=False))
    wanted = cdist(given.new[chosen], given.new[chosen])
    wanted /= wanted.max()
    batch = {}
    for (name, (weight, kind)), learned in zip(NAMES.items(), bank.scales.tolist(), strict=True):
        if name.startswith("weight") or name == trained:
            places = maps[name][chosen]
            apart = cdist(places, places)
            best = np.square(apart).sum() / (apart * wanted).sum()  # the plain one has learned no number
            batch[name] = (
                places,
                apart / (best if not weight else apart.max() if kind == "largest" else learned),
            )
    progress(0.6, "measuring")
    inside = {name: 100 * model.enclosed(places, given.of == data.INNER) for name, places in ways.items()}
    trust = {name: map_quality.trustworthiness(given.new, places, COUNT) for name, places in ways.items()}
    metrics = meters(given.new, ways)
    metrics += [(f"enclosed | {name}", share, "% of inner points") for name, share in inside.items()]
    metrics += [(f"trustworthiness | {name}", value, "of 1") for name, value in trust.items()]
    other = "weight 1.5" if trained in PAIRS else "all pairs"
    text = summary(given.new, ways)
    text += f" With {'trees' if trained in PAIRS else 'all pairs of a batch'} instead and weight 1.5 it is"
    text += f" {model.divergence(given.new, maps[other]):.3g}."
    text += (
        f" {inside[ours]:.0f} % of inner points lie inside the large sphere (plain: {inside[PLAIN]:.0f} %)."
    )
    text += f" Trustworthiness of neighbours is {trust[ours]:.3g} of 1 (plain: {trust[PLAIN]:.3g})."
    shown = bank.journey.double().numpy()[:, [list(NAMES).index(name) for name in (trained, "weight 0")]]
    return Wrapped(
        text,
        figures.unfolding(dict(zip(MOMENTS, shown, strict=True)), given.of[:SHOWN], (trained, PLAIN)),
        figures.trees(batch, wanted, given.of[chosen], trained),
        Metrics(metrics),
    )


def own(
    method: Method, table: Table, colour: str, weight: float, steps: int, seed: int, progress: Progress
) -> Mapped:  # fmt: skip
    """See ``Topoae.own``."""
    rows = map_rows.of_table(table, colour)
    kept, journey = set(replay.kept(steps + 1)), {}
    bank, values = banked(rows.values, (weight, 0.0), seed)

    def watch(step: int) -> None:
        if step in kept:
            journey[f"step {step}"] = bank.places(values)[0]
        if step % 20 == 0:
            progress(0.02 + 0.9 * step / steps, f"step {step} of {steps}")

    maps = model.fitted(bank, values, steps, BATCH, RATE, seed, watch).places(values)
    flat = PCA(min(2, *values.shape)).fit_transform(values)
    flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    others = {ISOMAP: neighbourly(ISOMAP, CHOSEN[ISOMAP], values), COMPONENTS: flat}
    ways = {NAME: maps[0], PLAIN: maps[1]} | others
    return Mapped(
        summary(values, ways),
        atlas(maps[0], rows.colouring, rows.names, pictures=rows.pictures, journey=journey),
        figures.compared({PLAIN: maps[1]} | others, rows.colouring),
        Metrics(meters(values, ways) + map_quality.metrics(values, ways, COUNT)),
        Table.of({"name": rows.names, "x": maps[0][:, 0], "y": maps[0][:, 1]}),
    )


def summary(rows: np.ndarray, ways: dict[str, np.ndarray]) -> str:
    """Ours beside the plain autoencoder, which learns to reconstruct at the same rate, and beside Isomap."""
    name, *_ = ways
    ours, plain, isomap = (model.divergence(rows, ways[way]) for way in (name, PLAIN, ISOMAP))
    text = verdicts.beside(name, ours, PLAIN, plain, "", better="lower", what=MEASURE)
    return f"{text} {ISOMAP} has {isomap:.3g}."


def mapped(rows: np.ndarray) -> np.ndarray:
    """The map of rows `(n, d)` as the page draws it, `(n, 2)`."""
    bank, values = banked(rows, (1.0,), 0)
    return model.fitted(bank, values, STEPS, BATCH, RATE).places(values)[0]


def banked(rows: np.ndarray, weights: tuple[float, ...], seed: int) -> tuple[model.Bank, np.ndarray]:
    """Autoencoders for rows `(n, d)`, and the rows with mean 0 and variance 1 over all columns together."""
    centred = rows - rows.mean(axis=0)
    bank = model.Bank(weights, ["both"] * len(weights), rows.shape[1], seed)
    return bank, centred / max(float(centred.std()), 1e-300)
