"""Indian Pines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

SIDE = 145
CLASSES = [
    "background",
    "alfalfa",
    "corn-notill",
    "corn-mintill",
    "corn",
    "grass-pasture",
    "grass-trees",
    "grass-pasture-mowed",
    "hay-windrowed",
    "oats",
    "soybean-notill",
    "soybean-mintill",
    "soybean-clean",
    "wheat",
    "woods",
    "buildings-grass-trees-drives",
    "stone-steel-towers",
]


@dataset(
    "hyperspectral",
    splits={"train": 15_904, "test": 5_121},
    fields={
        "spectra": "uint16 (n, 200)",
        "labels": "int64 (n,)",
        "positions": "int64 (n, 2)",
        "classes": "text (17,)",
    },
    licence="BSD-3-Clause (TensorLy); scene by Purdue University, free to use with citation",
    packages=[
        pip(
            "tensorly",
            "0.10.0",
            sha256="90becb3d28023638ec60d19fbf8d87735b4ce1537fe3eb881897d69e107b882d",
            megabytes=7.4,
        )
    ],
)
def hyperspectral(package: Path) -> dict[str, Arrays]:
    """Indian Pines: farmland in 200 bands from 0.4 to 2.5 micrometres, 145 x 145 pixels.

    `positions` are row and column, so `cube[tuple(positions.T)] = spectra` of both splits restores
    the picture. Half of each class's labelled pixels, drawn once at random, are for testing; they
    have neighbours in the training half, which makes them easier than new land. Class 0, the
    background, is all in the training split. M. Baumgardner, L. Biehl and D. Landgrebe, 2015.
    """
    folder = package / "tensorly/datasets/data"
    cube = np.load(folder / "Indian_pines_corrected.npy", allow_pickle=False)
    labels = np.load(folder / "Indian_pines_gt.npy", allow_pickle=False).astype(np.int64).ravel()
    spectra = cube.reshape(len(labels), -1).astype(np.uint16)
    rng = np.random.default_rng(0)
    members = [rng.permutation(np.flatnonzero(labels == k)) for k in range(1, len(CLASSES))]
    test = np.sort(np.concatenate([rows[len(rows) - len(rows) // 2 :] for rows in members]))
    train = np.setdiff1d(np.arange(len(labels)), test)
    return {
        split: {
            "spectra": spectra[rows],
            "labels": labels[rows],
            "positions": np.stack(np.divmod(rows, SIDE), axis=1),
            "classes": np.array(CLASSES),
        }
        for split, rows in (("train", train), ("test", test))
    }
