"""COIN at its best: which size and rate of its networks fits training pictures soonest, as the claim of speed uses it.

    python -m benchmarks.coin       # prints a table, writes results/coin.json

Seconds until a network of its own shows a training picture of CIFAR-10 at 30 dB, on one thread.
"""

from __future__ import annotations

import itertools
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

import zoo.data
from benchmarks.running import write
from plugins.compression.vc_inr import claims

WIDTHS, LAYERS, RATES = (32, 64, 128), (2, 3), (1e-3, 3e-3, 1e-2)
PICTURES, MOST = 8, 3000
"""Training pictures, and the steps after which COIN gives up on one."""


def coin(pictures: int = PICTURES, most: int = MOST) -> list[dict[str, float]]:
    """Mean seconds to 30 dB of every size and rate; a picture that is not reached counts as it is."""
    images = zoo.data.load("cifar10", "train").images[:pictures].astype(np.float32) / 127.5 - 1
    rows = []
    for width, layers, rate in itertools.product(WIDTHS, LAYERS, RATES):
        fits = [claims.fit_coin(image, 30.0, width, layers, rate, most) for image in images]
        seconds, steps = np.mean(fits, axis=0)
        reached = sum(step < most for _, step in fits)
        rows.append(
            {
                "width": width,
                "layers": layers,
                "rate": rate,
                "seconds": seconds,
                "steps": steps,
                "reached": reached,
            }
        )
        print(
            f"  width {width}, {layers} layers, rate {rate:g}: {seconds:.2f} s, {steps:.0f} steps,"
            f" {reached} of {pictures} pictures",
            flush=True,
        )
    return rows


def main() -> None:
    """Print and store the table."""
    torch.set_num_threads(1)
    write("coin", {"pictures": PICTURES, "most_steps": MOST, "rows": coin()})


if __name__ == "__main__":
    main()
