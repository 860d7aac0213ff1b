"""The emoji that visitors search: small pictures, and what they are called in eight languages."""

from __future__ import annotations

import functools
import gzip
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.text_grams import words
from zoo.method import InputError

LANGUAGES = ("English", "German", "Spanish", "French", "Italian", "Japanese", "Russian", "Chinese")
SCRIPTS = ("LATIN", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "DIGIT", "KATAKANA-HIRAGANA")
"""Of these languages, as Unicode's names of letters begin."""
SIDE, ACROSS, SEEN = 48, 48, 1297
"""Pixels of a picture, pictures in a row of the file, and how many emoji are of groups that training knew."""


@dataclass(frozen=True)
class Gallery:
    """All emoji, those of groups that no training saw last.

    Attributes:
        pictures: uint8 (n, SIDE, SIDE, 3).
        names: of each language, (languages, n).
        keywords: between commas, alike.
    """

    pictures: NDArray[np.uint8]
    names: list[list[str]]
    keywords: list[list[str]]

    def places(self, among: str = "all emoji") -> NDArray[np.intp]:
        """Of all emoji, or only of those of groups never seen."""
        return np.arange(0 if among == "all emoji" else SEEN, len(self.pictures))

    def called(self, asked: list[str]) -> NDArray[np.bool_]:
        """Which emoji have all of these words in a name or keyword of some language, or any where none has all."""
        hits = np.array([[_has(word, text) for text in _texts()] for word in asked])
        every = np.all(hits, axis=0)
        return every if every.any() else np.asarray(np.any(hits, axis=0))


@functools.cache
def gallery() -> Gallery:
    """The emoji that the method brings along; Noto's, at fewer pixels."""
    from PIL import Image as Pillow

    home = Path(__file__).parent
    said = json.loads(gzip.decompress((home / "words.json.gz").read_bytes()))
    with Pillow.open(home / "gallery.webp") as file:
        sheet = np.asarray(file.convert("RGB"))
    cells = sheet.reshape(-1, SIDE, ACROSS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    return Gallery(np.ascontiguousarray(cells[: len(said["names"][0])]), said["names"], said["keywords"])


@functools.cache
def _texts() -> list[tuple[frozenset[str], str]]:
    """Of each emoji, the words in all languages, and all of them as one text."""
    emoji = gallery()
    rows = [", ".join(parts) for parts in zip(*emoji.names, *emoji.keywords, strict=True)]
    return [(frozenset(words(row)), row.casefold()) for row in rows]


def _has(word: str, text: tuple[frozenset[str], str]) -> bool:
    """Japanese and Chinese write words without spaces, so that there parts of a text count too."""
    return word in text[0] or (ord(word[0]) > 0x3000 and word in text[1])


def readable(text: str) -> list[str]:
    """The words of a text that towers can make something of.

    Raises:
        InputError: there is none; the message says why.
    """
    asked = words(text)
    if not asked:
        raise InputError("there is no word in it; write what you look for, such as cat, gato or кот.")
    if not any(unicodedata.name(letter, "").startswith(SCRIPTS) for word in asked for letter in word):
        raise InputError(
            f"no training word has such letters; write in {', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}."
        )
    return asked
