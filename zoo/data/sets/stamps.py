"""Tux Paint's stamps: a picture, its name in several languages, and somebody saying it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import apt

SIDE = 128
RATE = 16_000
LANGUAGES = ("en", "fr", "es", "de", "ru")
SPOKEN = ("fr", "es", "ru")


@dataset(
    "stamps",
    splits={"train": 426, "test": 112},
    fields={
        "images": f"uint8 (n, {SIDE}, {SIDE}, 4)",
        "texts": f"text (n, {len(LANGUAGES)})",
        "categories": "text (n,)",
        **{f"speech_{language}": "ragged int16 (samples,)" for language in SPOKEN},
        "sounds": "ragged int16 (samples,)",
        "languages": f"text ({len(LANGUAGES)},)",
    },
    licence="GPL-2.0 (Tux Paint)",
    packages=[
        apt(
            "tuxpaint-stamps-default",
            "2022.06.04-1",
            "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
            160.9,
        )
    ],
)
def stamps(package: Path) -> dict[str, Arrays]:
    """Stamps: animals, food, vehicles and more as cut-out pictures, named and spoken.

    `images` are RGBA, scaled to fit 128 x 128 and centred; `texts[:, k]` is the name in
    `languages[k]`, empty where there is none; `speech_fr`, `speech_es` and `speech_ru` are people
    saying it and `sounds` what the thing sounds like, 16 kHz mono, of length 0 where there is none.
    Symbols and drawings in SVG are left out. A fifth of the names, drawn once at random, is for
    testing; pictures of one name are never divided.
    """
    root = package / "usr/share/tuxpaint/stamps"
    pictures = [
        path
        for path in sorted(root.rglob("*.png"))
        if path.relative_to(root).parts[0] != "symbols" and path.with_suffix(".txt").exists()
    ]
    texts = np.array([_names(path.with_suffix(".txt")) for path in pictures])
    names, which = np.unique(texts[:, 0], return_inverse=True)
    held_out = np.random.default_rng(0).permutation(len(names)) < len(names) // 5
    return {
        split: _stamps(root, [pictures[k] for k in rows], texts[rows])
        for split, rows in (
            ("train", np.flatnonzero(~held_out[which])),
            ("test", np.flatnonzero(held_out[which])),
        )
    }


def _stamps(root: Path, pictures: list[Path], texts: np.ndarray) -> Arrays:
    return {
        "images": np.stack([_picture(path) for path in pictures]),
        "texts": texts,
        "categories": np.array([path.relative_to(root).parts[0] for path in pictures]),
        **{f"speech_{k}": _audio(pictures, f"_desc_{k}.ogg") for k in SPOKEN},
        "sounds": _audio(pictures, ".ogg"),
        "languages": np.array(LANGUAGES),
    }


def _names(path: Path) -> list[str]:
    english, *others = path.read_text("utf-8", errors="replace").splitlines()
    known = dict(line.split(".utf8=", 1) for line in others if ".utf8=" in line)
    return [english.strip(), *(known.get(language, "").strip() for language in LANGUAGES[1:])]


def _picture(path: Path) -> np.ndarray:
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return np.asarray(ImageOps.pad(picture.convert("RGBA"), (SIDE, SIDE), color=(0, 0, 0, 0)))


def _audio(pictures: list[Path], ending: str) -> Iterator[np.ndarray]:
    import av

    for picture in pictures:
        path = picture.with_name(picture.stem + ending)
        if not path.exists():
            yield np.zeros(0, np.int16)
            continue
        with av.open(path) as container:
            resampler = av.AudioResampler("s16", "mono", RATE)
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
            parts = [part.to_ndarray()[0] for part in [*frames, *resampler.resample(None)]]
        yield np.concatenate([np.zeros(0, np.int16), *parts])
