"""How settings were chosen: 16 trials a side on spheres of a seed that no claim uses, by KL at σ = .1 of held-out rows.

`python -m plugins.reduction.topoae.tuning` prints every trial; it takes some eight minutes of one core. `rivals` are
the ways to draw a map that are not trained here, fitted to the rows to learn from and given the held-out ones.
"""

from __future__ import annotations

import itertools
import time
import warnings
from dataclasses import replace

import numpy as np

from . import data, model

SEED = 100
EPOCHS = 20
BATCHES, RATES, WEIGHTS = (28, 84), (1e-3, 3e-3), (0.15, 0.5, 1.5, 5.0)
PLAIN_RATES = (3e-5, 1e-4, 3e-4, 6.4e-4, 1e-3, 2e-3, 4e-3, 8e-3)
NEIGHBOURS, LEAST = (8, 15, 30, 60), (0.0, 0.1, 0.5, 0.99)
"""Of UMAP: neighbours, and the least distance on the map."""
PATHS = (5, 7, 9, 11, 13, 15, 17, 20, 23, 26, 30, 34, 38, 42, 46, 50)
"""Neighbours of Isomap."""
LANDMARKS = 1500
"""Rows that Isomap learns from; its shortest paths between all 9,000 would take minutes."""
ABLATIONS = {
    "both": model.Arm(1.0), "from data": model.Arm(1.0, from_map=False),
    "from map": model.Arm(1.0, from_data=False), "batch maximum": model.Arm(1.0, learned=False),
}  # fmt: skip


def trained(
    spheres: data.Spheres, arms: list[model.Arm], batch: int, rate: float, seed: int, epochs: float
) -> np.ndarray:
    """Maps of the held-out rows by autoencoders trained side by side, `(arms, m, 2)`."""
    bank = model.Bank(arms, spheres.known.shape[1], seed)
    steps = int(epochs * len(spheres.known) / batch)
    return model.fitted(bank, spheres.known, steps=steps, batch=batch, rate=rate, seed=seed).places(
        spheres.new
    )


def umap(spheres: data.Spheres, neighbours: int, least: float) -> np.ndarray:
    """UMAP's map of the held-out rows, `(m, 2)`."""
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the one thread that a fixed seed needs
        fitted = UMAP(n_neighbors=neighbours, min_dist=least, random_state=0).fit(spheres.known.astype("f4"))
        return np.asarray(fitted.transform(spheres.new.astype("f4")), float)


def isomap(spheres: data.Spheres, neighbours: int) -> np.ndarray:
    """Isomap's map of the held-out rows, from some of the others, `(m, 2)`."""
    from sklearn.manifold import Isomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a graph in pieces, which scikit-learn then joins
        return np.asarray(
            Isomap(n_neighbors=neighbours).fit(spheres.known[:LANDMARKS]).transform(spheres.new)
        )


def main() -> None:
    """Print the divergence of every trial, the sides one after another."""
    spheres = data.spheres(SEED)

    def say(side: str, setting: object, places: np.ndarray) -> None:
        kl = [round(model.divergence(spheres.new, places, sigma), 4) for sigma in (0.01, 0.1, 1)]
        print(side, setting, *kl, f"{time.process_time():.0f}s", sep="\t", flush=True)

    for batch, rate in itertools.product(BATCHES, RATES):
        sides = {(name, w): replace(arm, weight=w) for name, arm in ABLATIONS.items() for w in WEIGHTS}
        made = trained(spheres, list(sides.values()), batch, rate, SEED, EPOCHS)
        for (name, weight), places in zip(sides, made, strict=True):
            say(name, (batch, rate, weight), places)
    for batch, rate in itertools.product(BATCHES, PLAIN_RATES):
        say("plain", (batch, rate), trained(spheres, [model.Arm(0.0)], batch, rate, SEED, EPOCHS)[0])
    for neighbours, least in itertools.product(NEIGHBOURS, LEAST):
        say("UMAP", (neighbours, least), umap(spheres, neighbours, least))
    for neighbours in PATHS:
        say("Isomap", neighbours, isomap(spheres, neighbours))


if __name__ == "__main__":
    main()
