"""Characters of many scripts in many typefaces."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import apt

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

TYPEFACES = 20
CHARACTERS = 64
SIZE = 28
DETAIL = 4

Alphabets = dict[str, str | range]

# Capitals and caseless letters; where Latin, Greek and Cyrillic share a shape it is listed once.
TRAIN: Alphabets = {
    "Latin": "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt",
    "Greek": "ΓΔΘΛΞΠΣΦΨΩαβγδεζηθλμξπσφψω",
    "Cyrillic": "БДЖЗИЛЦЧШЩЫЭЮЯ",
    "Arabic": range(0x0621, 0x064B),
    "Devanagari": range(0x0905, 0x093A),
    "Bengali": range(0x0985, 0x09BA),
    "Gurmukhi": range(0x0A05, 0x0A3A),
    "Gujarati": range(0x0A85, 0x0ABA),
    "Telugu": range(0x0C05, 0x0C3A),
    "Kannada": range(0x0C85, 0x0CBA),
    "Sinhala": range(0x0D85, 0x0DC7),
    "Thai": range(0x0E01, 0x0E2F),
    "Lao": range(0x0E81, 0x0EAF),
    "Myanmar": range(0x1000, 0x102B),
}
VALID: Alphabets = {"Armenian": range(0x0531, 0x0557), "Malayalam": range(0x0D05, 0x0D3A)}
TEST: Alphabets = {
    "Hebrew": range(0x05D0, 0x05EB),
    "Tamil": range(0x0B85, 0x0BBA),
    "Georgian": range(0x10D0, 0x10F1),
    "Ethiopic": range(0x1200, 0x1357),
    "Khmer": range(0x1780, 0x17B4),
}


@dataset(
    "glyphs",
    splits={"train": 594 * TYPEFACES, "valid": 89 * TYPEFACES, "test": 208 * TYPEFACES},
    fields={
        "images": "uint8 (n, 28, 28)",
        "labels": "int64 (n,)",
        "typefaces": "int64 (n,)",
        "characters": "text (c,)",
        "scripts": "text (c,)",
        "typeface_names": "text (t,)",
    },
    licence="pictures of glyphs; the fonts are free (OFL-1.1, GPL with font exception and others)",
    packages=[
        apt(
            "fonts-noto-core",
            "20201225-1",
            "58f4f0bb6720f919f92096b3508e1412a0f1544424ade6c5b5bf1eb694dd64ba",
            12.2,
        ),
        apt(
            "fonts-noto-extra",
            "20201225-1",
            "a44b0c7b9e3c72caf4237ab46846652d6d6eea296abfe675f6f604b6562ffd40",
            72.4,
        ),
        apt(
            "fonts-freefont-otf",
            "20120503-10",
            "0b63996c80c6c660424af6d3832818e647960d6f65a51de010bb57dd0762faa7",
            3.2,
        ),
        apt(
            "fonts-dejavu-core",
            "2.37-6",
            "8892669e51aab4dc56682c8e39d8ddb7d70fad83c369344e1e240bf3ca22bb76",
            1.1,
        ),
        apt(
            "fonts-linuxlibertine",
            "5.3.0-6",
            "5c77471e910189b3e4e2eda2b1c5f549ddcaf4de8f9640b97773643970d29087",
            1.7,
        ),
        apt(
            "culmus",
            "0.133-1",
            "d13eb8269204532e4239ce0b133343b8f764fb2069e057ea86060e7396101b30",
            0.8,
        ),
        apt(
            "fonts-arabeyes",
            "2.1-7",
            "344e3dbfc374e675f667ebbaf63e55e858d42c1f2df3d39c27612559a5c1458e",
            0.7,
        ),
        apt(
            "fonts-hosny-amiri",
            "0.113-1",
            "9960dfd0dd13077d8922e0fb742d735377e8eb62c8b08816a86abbc9cd8b9612",
            0.6,
        ),
        apt(
            "fonts-beng-extra",
            "3.2.1-1",
            "c7dcba9a609e282c9f719dc9a36c43d275440ad2617bac7995f918fca916be08",
            0.3,
        ),
        apt(
            "fonts-bpg-georgian",
            "2012-5",
            "49f4da40b766e073e58a731b66fa6a4b28c0265fbfefbb62e8199a2565072431",
            0.4,
        ),
        apt(
            "fonts-khmeros",
            "5.0-9",
            "15bfe6ed4f08818b5d6ead58146a0280adeafd959c912d2a5069a4202713fc82",
            0.3,
        ),
        apt(
            "fonts-myanmar",
            "0.0-1",
            "146c4820061a0fa44bf9f8a321364edc3ff2bde78e7254e9d9791701aaed280f",
            1.3,
        ),
        apt(
            "fonts-senamirmir-washra",
            "4.1-10",
            "7e7fc99c8af6df2840ac2dc723c676bf1a1e3dd166a3e29dbe53e82b4e9ab1bb",
            0.9,
        ),
        apt(
            "fonts-tlwg-norasi-otf",
            "1:0.7.3-1",
            "ae30c610afdc87c82dc80b2adba627bbea410dfa396af794bb1f1cbd62419907",
            0.2,
        ),
        apt(
            "fonts-tlwg-purisa-otf",
            "1:0.7.3-1",
            "bfbf2eb9e8ab61a0c42383896bcead5cda4323adbe092351ee50ad0d0161afc1",
            0.2,
        ),
    ],
)
def glyphs(*packages: Path) -> dict[str, Arrays]:
    """Letters of 21 scripts, each in 20 typefaces: few-shot classification in Omniglot's manner.

    A class is a character, its instances are typefaces, and splits are by script, so that a test
    script was never seen. `images` are ink on paper, 255 is ink, centred, at one scale for each
    typeface; `labels` index `characters` and `scripts`; `typefaces` index `typeface_names`. Rows
    are ordered by class, 20 to a class. Small letters that are capitals made smaller are left out,
    as are letters whose shape another script has as well.
    """
    faces = sorted(
        (p for package in packages for p in package.rglob("*") if p.suffix in {".ttf", ".otf"}),
        key=lambda path: path.name,
    )
    return {
        split: _rendered(alphabets, faces)
        for split, alphabets in {"train": TRAIN, "valid": VALID, "test": TEST}.items()
    }


def _rendered(alphabets: Alphabets, faces: list[Path]) -> Arrays:
    from tqdm.auto import tqdm

    images, typefaces, characters, scripts = [], [], [], []
    names: dict[str, int] = {}
    for script, letters in tqdm(alphabets.items(), desc="rendering", unit="script"):
        alphabet = [c for c in map(_character, letters) if unicodedata.category(c)[0] == "L"]
        alphabet = alphabet[:: max(1, len(alphabet) // CHARACTERS)][:CHARACTERS]
        covered: dict[str, list[tuple[Path, set[str]]]] = defaultdict(list)
        for face in faces:
            family, has = _coverage(face, alphabet)
            if len(has) > 0.9 * len(alphabet):
                covered[family].append((face, has))
        chosen = _distinct(_varied(covered))
        kept = [c for c in alphabet if all(c in frames for frames in chosen.values())]
        pictures = [[frames[c] for frames in chosen.values()] for c in kept]
        images.append(np.array(pictures).reshape(-1, SIZE, SIZE))
        indices = [names.setdefault(face.stem, len(names)) for face in chosen]
        typefaces.append(np.tile(indices, len(kept)))
        characters += kept
        scripts += [script] * len(kept)
    return {
        "images": np.concatenate(images),
        "labels": np.repeat(np.arange(len(characters)), TYPEFACES),
        "typefaces": np.concatenate(typefaces),
        "characters": np.array(characters),
        "scripts": np.array(scripts),
        "typeface_names": np.array(list(names)),
    }


def _character(letter: str | int) -> str:
    return letter if isinstance(letter, str) else chr(letter)


def _font(face: Path, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(face, size, layout_engine=ImageFont.Layout.BASIC)


def _coverage(face: Path, alphabet: list[str]) -> tuple[str, set[str]]:
    """The family's name and the letters that differ from the box a font shows for what it lacks."""
    font, box = _probe(face)
    has: set[str] = set()
    for tried, character in enumerate(alphabet):
        mask = font.getmask(character)
        if mask.getbbox() is not None and (mask.size, bytes(mask)) != box:
            has.add(character)
        elif tried > 2 and not has:
            break
    return font.getname()[0] or "", has


@cache
def _probe(face: Path) -> tuple[FreeTypeFont, tuple]:
    font = _font(face, 10)
    missing = font.getmask("\uffff")
    return font, (missing.size, bytes(missing))


def _varied(covered: dict[str, list]) -> list[tuple[Path, set[str]]]:
    """One typeface of each family in turn, in a fixed random order within the family."""
    rng = np.random.default_rng(0)
    mixed = [[faces[k] for k in rng.permutation(len(faces))] for faces in covered.values()]
    return [face for face in chain(*zip_longest(*mixed)) if face is not None]


def _distinct(faces: list[tuple[Path, set[str]]]) -> dict[Path, dict[str, np.ndarray]]:
    """The first 20 typefaces of which no two draw more than a tenth of the letters alike."""
    chosen: dict[Path, dict[str, np.ndarray]] = {}
    for face, has in faces:
        letters = sorted(has)
        frames = dict(zip(letters, _framed(face, letters), strict=True))
        alike = [
            np.mean([c in frames and np.array_equal(frames[c], other[c]) for c in other])
            for other in chosen.values()
        ]
        if max(alike, default=0) <= 0.1:
            chosen[face] = frames
        if len(chosen) == TYPEFACES:
            break
    return chosen


def _framed(face: Path, letters: list[str]) -> np.ndarray:
    """Letters of one typeface in frames, `(letters, 28, 28)`, the middling one 22 pixels long."""
    from PIL import Image

    font = _font(face, SIZE * DETAIL)
    masks = [font.getmask(letter) for letter in letters]
    inks = [
        np.array(mask, np.uint8).reshape(mask.size[::-1])[top:bottom, left:right]
        for mask in masks
        for left, top, right, bottom in [mask.getbbox()]
    ]
    middling = np.median([max(ink.shape) for ink in inks])
    frames = np.zeros((len(letters), SIZE, SIZE), np.uint8)
    for frame, ink in zip(frames, inks, strict=True):
        scale = min(22 / middling, (SIZE - 2) / max(ink.shape))
        height, width = (max(1, round(side * scale)) for side in ink.shape)
        top, left = (SIZE - height) // 2, (SIZE - width) // 2
        small = Image.fromarray(ink).resize((width, height), Image.Resampling.BOX)
        frame[top : top + height, left : left + width] = np.asarray(small)
    return frames
