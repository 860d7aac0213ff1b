"""Handwritten digits, and FFT t-SNE; `python -m plugins.reduction.largevis.data` stores its maps of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FRIENDS = (30, 60, 90, 150)
"""How many friends a digit may have; three times the perplexity."""
STORED = Path(__file__).with_name("rivals.npz")


def digits() -> tuple[Array, NDArray[np.intp]]:
    """Pictures of handwritten digits `(1500, 64)` and what they show `(1500,)`, by scikit-learn."""
    from sklearn.datasets import load_digits

    rows, labels = load_digits(return_X_y=True)
    return rows[:1500], labels[:1500].astype(np.intp)


def rival(friends: int) -> Array:
    """The map `(1500, 2)` that FFT t-SNE draws of the digits at a perplexity of a third of the friends."""
    with np.load(STORED) as stored:
        return stored[f"{friends}"].astype(np.float64)  # type: ignore[no-any-return]


def tsne(rows: Array, perplexity: float, push: str = "fft", **more: Any) -> Array:
    """The map `(n, 2)` of openTSNE on one thread, else with its usual settings; pushes are summed by fft or bh."""
    from openTSNE import TSNE

    way = TSNE(perplexity=perplexity, negative_gradient_method=push, neighbors="exact", n_jobs=1, **more)
    return np.asarray(way.fit(rows), np.float64)


if __name__ == "__main__":
    maps = {f"{many}": tsne(digits()[0], many / 3, random_state=0).astype("f2") for many in FRIENDS}
    np.savez_compressed(STORED, **maps)  # type: ignore[arg-type]
