"""Printed digits, as outlines that are drawn with any slant, weight and size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Arrays, dataset, find
from zoo.data.sets import glyphs as letters

DIGITS = "0123456789"
SIDE = 64
HEIGHT = 44
BOXED = ("BPG_DedEena_Block_GPL&GNU",)
"""Typefaces that set each digit in a frame of its own."""

LEVELS = 6
"""A distance of one pixel is so many levels of grey; from 128, 21 pixels either way can be told."""


@dataset(
    "printed-digits",
    splits={"train": len(DIGITS) * letters.TYPEFACES},
    fields={
        "outlines": "uint8 (n, 64, 64)",
        "labels": "int64 (n,)",
        "typefaces": "int64 (n,)",
        "typeface_names": "text (t,)",
    },
    licence="pictures of glyphs; the fonts are free (OFL-1.1, GPL with font exception and others)",
    packages=find("glyphs").packages,
)
def printed_digits(*packages: Path) -> dict[str, Arrays]:
    """Ten digits in 20 typefaces, those of the Latin letters of `glyphs` as far as they have digits.

    A pixel of `outlines` tells how far it is from the edge of the ink, 128 + 6 times the pixels, more inside and less
    outside: so one outline gives the digit at any size, slant and weight (`zoo.blocks.printed_digits`). The digits of
    a typeface are drawn at one scale, the middling one 44 pixels high, and each is centred. Rows are ordered by
    typeface. There is no split for testing: what differs from picture to picture is how an outline is drawn.
    """
    faces = sorted(
        (path for package in packages for path in package.rglob("*") if path.suffix in {".ttf", ".otf"}),
        key=lambda path: path.name,
    )
    chosen = _typefaces([face for face in faces if face.stem not in BOXED])
    return {
        "train": {
            "outlines": np.concatenate([_outlines(face) for face in chosen]),
            "labels": np.tile(np.arange(len(DIGITS)), len(chosen)),
            "typefaces": np.repeat(np.arange(len(chosen)), len(DIGITS)),
            "typeface_names": np.array([face.stem for face in chosen]),
        }
    }


def _typefaces(faces: list[Path]) -> list[Path]:
    """As `glyphs` chooses them for Latin, but of those that have all digits, and told apart by these."""
    latin = list(map(letters._character, letters.TRAIN["Latin"]))
    covered: dict[str, list[tuple[Path, set[str]]]] = {}
    for face in faces:
        family, has = letters._coverage(face, list(DIGITS))
        if len(has) == len(DIGITS) and len(letters._coverage(face, latin)[1]) > 0.9 * len(latin):
            covered.setdefault(family, []).append((face, has))
    return list(letters._distinct(letters._varied(covered)))


def _outlines(face: Path) -> NDArray[np.uint8]:
    """The ten digits of a typeface, `(10, 64, 64)`."""
    from PIL import Image
    from scipy.ndimage import distance_transform_edt

    font = letters._font(face, letters.DETAIL * HEIGHT)
    inks = []
    for digit in DIGITS:
        mask = font.getmask(digit)
        left, top, right, bottom = mask.getbbox()
        inks.append(np.array(mask, np.uint8).reshape(mask.size[::-1])[top:bottom, left:right])
    scale = HEIGHT / np.median([len(ink) for ink in inks])
    fine = SIDE * letters.DETAIL
    outlines = np.zeros((len(DIGITS), SIDE, SIDE), np.uint8)
    for outline, ink in zip(outlines, inks, strict=True):
        height, width = (max(1, round(side * scale * letters.DETAIL)) for side in ink.shape)
        paper = Image.new("L", (fine, fine))
        paper.paste(Image.fromarray(ink).resize((width, height)), ((fine - width) // 2, (fine - height) // 2))
        inside = np.asarray(paper) > 127
        far = distance_transform_edt(inside) - distance_transform_edt(~inside)
        pixels = far.reshape(SIDE, letters.DETAIL, SIDE, letters.DETAIL).mean((1, 3)) / letters.DETAIL
        outline[:] = np.clip(np.rint(128 + LEVELS * pixels), 0, 255)
    return outlines
