"""Labelled time series of the UCR and UEA archives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

AEON = pip(
    "aeon",
    "1.6.0",
    sha256="d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
    megabytes=6.4,
)

# file in the package, (train, test) series, channels, length, what they are
SETS = {
    "arrowhead": ("ArrowHead", (36, 175), 1, 251, "outlines of three kinds of arrow heads"),
    "basicmotions": ("BasicMotions", (40, 40), 6, 100, "a smart watch in four activities"),
    "gunpoint": ("GunPoint", (50, 150), 1, 150, "a hand that draws a gun, or only points"),
    "italypower": ("ItalyPowerDemand", (67, 1029), 1, 24, "a day's power demand, winter or summer"),
    "japanesevowels": ("JapaneseVowels_eq", (270, 370), 12, 25, "nine speakers' vowels, cepstra"),
    "osuleaf": ("OSULeaf", (200, 242), 1, 427, "outlines of six kinds of leaves"),
}


def _register(name: str, file: str, counts: tuple[int, int], channels: int, length: int) -> Callable:
    def make(package: Path) -> dict[str, Arrays]:
        folder = package / "aeon/datasets/data" / file.removesuffix("_eq")
        return {split: _read(folder / f"{file}_{split.upper()}.ts") for split in ("train", "test")}

    make.__doc__ = f"""{file}: {SETS[name][-1]}.

    `series` are as the archive has them; `labels` index `classes`; the archive's own split.
    A. Bagnall and others, timeseriesclassification.com.
    """
    return dataset(
        f"timeseries-{name}",
        splits=dict(zip(("train", "test"), counts, strict=True)),
        fields={
            "series": f"float32 (n, {channels}, {length})",
            "labels": "int64 (n,)",
            "classes": "text (c,)",
        },
        licence="BSD-3-Clause (aeon); the archive states none",
        packages=[AEON],
    )(make)


for _name, (_file, _counts, _channels, _length, _) in SETS.items():
    _register(_name, _file, _counts, _channels, _length)


def _read(path: Path) -> Arrays:
    """A `.ts` file: rows of `channel:channel:…:label`, a channel being numbers between commas."""
    head, body = path.read_text().split("@data", 1)
    (declared,) = [line for line in head.splitlines() if line.lower().startswith("@classlabel")]
    classes = declared.split()[2:]
    rows = [line.split(":") for line in body.split("\n") if line.strip()]
    return {
        "series": np.array([[c.split(",") for c in row[:-1]] for row in rows], np.float32),
        "labels": np.array([classes.index(row[-1].strip()) for row in rows]),
        "classes": np.array(classes),
    }
