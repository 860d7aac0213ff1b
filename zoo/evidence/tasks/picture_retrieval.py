"""Pictures by words: whoever has towers, names or neither ranks the same pictures for the same texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import zoo.data
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "ru": "Russian", "ja": "Japanese"}
"""In which texts are asked."""
COUNTS = (1, 5, 10)
BUCKETS = 4096
"""Rows that pieces of words are hashed to, by baselines."""


@dataclass(frozen=True)
class Work:
    """Texts, and pictures that each of them means one of.

    Attributes:
        texts: keywords of each picture in one language; its name is not among them.
        pictures: uint8 (n, 64, 64, 3), in the order of their texts, which contestants must make no use of.
        names: English, of each picture; for baselines that look at no picture.
    """

    texts: list[str]
    pictures: NDArray[np.uint8]
    names: list[str]


class PictureRetrieval(Task):
    """Pictures by words: which of many emoji is meant by keywords in one of five languages.

    Emoji are of groups of which no training had any, on white. Contestants say how like each text is to each picture;
    pictures that are exactly as like share their ranks, so that nothing is gained by saying the same of all.
    """

    title = "Pictures by words"
    family = "multimodal"
    data = "614 emoji of 19 groups that are kept from training, with keywords in five languages"
    dial = Dial("pictures", "Pictures", "", (100, 500), 500, whole=True)
    scores = (
        Score("ten", "Among the first ten", "% of texts", "higher"),
        Score("five", "Among the first five", "% of texts", "higher"),
        Score("first", "First of all", "% of texts", "higher"),
    )

    def baselines(self) -> Mapping[str, Run]:
        """Chance, names without pictures, and two ways from words to pictures without a common space."""
        return {
            "Chance": _chance,
            "Letters of English names": _names,
            "Pictures of like words": _neighbours,
            "Ridge regression to colours and gradients": _ridge,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """A language each."""
        for language, title in LANGUAGES.items():
            if not quick or language == "en":
                yield Item(title, language)

    def judge(self, given: str, outcome: Outcome) -> dict[str, float]:
        """Recalls in percent; `made` is how like each text is to each picture, (n, n)."""
        from zoo.blocks.retrieval import recalls

        first, five, ten = recalls(np.asarray(outcome.made, float), COUNTS)
        return {"ten": ten, "five": five, "first": first}


@functools.lru_cache(maxsize=8)
def work(language: str, count: int) -> Work:
    """So many emoji of the groups that are kept from training, drawn once, with what is said of them."""
    split = zoo.data.load("emoji", split="test")
    rows = np.sort(np.random.default_rng(0).permutation(len(split.images))[:count])
    column = [str(code) for code in split.languages].index(language)
    texts = [
        _without(str(keywords), str(name))
        for keywords, name in zip(split.keywords[rows, column], split.names[rows, column], strict=True)
    ]
    return Work(texts, on_white(np.asarray(split.images[rows])), [str(name) for name in split.names[rows, 0]])


def _without(keywords: str, name: str) -> str:
    """Keywords without the name; the name where there is nothing else."""
    rest = [keyword for keyword in re.split(r",\s*", keywords) if keyword.casefold() != name.casefold()]
    return ", ".join(rest) or name


def on_white(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA pictures (n, h, w, 4) as RGB on white."""
    opaque = pictures[..., 3:].astype(np.float32) / 255
    return np.round(pictures[..., :3] * opaque + 255 * (1 - opaque)).astype(np.uint8)


# ---------------------------------------------------------------------------------------------------------
# Baselines


def _chance(given: str, dial: float) -> Outcome:
    return Outcome(np.random.default_rng(0).random((int(dial), int(dial))))


def _bags(texts: list[str]) -> NDArray[np.float64]:
    """Pieces of words (n, BUCKETS) at length 1."""
    from zoo.blocks.retrieval import directions
    from zoo.blocks.text_grams import Bags

    return directions(Bags.of(texts, BUCKETS).dense(BUCKETS))


def _names(given: str, dial: float) -> Outcome:
    """Cosines of pieces of words with those of the English name: no picture is looked at."""
    asked = work(given, int(dial))
    return Outcome(_bags(asked.texts) @ _bags(asked.names).T)


def described(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean colours of 8 x 8 squares and directions of gradients in 4 x 4, (n, 320)."""
    count = len(pictures)
    colours = pictures.reshape(count, 8, 8, 8, 8, 3).mean((2, 4)) / 255
    down, across = np.gradient(pictures.mean(3) / 255, axis=(1, 2))
    bins = (np.arctan2(down, across) % np.pi * 8 / np.pi).astype(int).clip(0, 7)
    strength = np.hypot(down, across)[..., None] * (bins[..., None] == np.arange(8))
    gradients = np.sqrt(strength.reshape(count, 4, 16, 4, 16, 8).sum((2, 4)))
    return np.concatenate([colours.reshape(count, -1), gradients.reshape(count, -1)], 1)


@functools.lru_cache(maxsize=1)
def _known() -> tuple[NDArray, NDArray]:
    """What is said of the training emoji in all languages, a row each, and what they look like, standardised."""
    split = zoo.data.load("emoji", split="train")
    looks = described(on_white(np.asarray(split.images)))
    rows, columns = split.names.shape
    texts = [
        f"{split.names[row, column]}, {split.keywords[row, column]}"
        for column in range(columns)
        for row in range(rows)
    ]
    return _bags(texts), np.tile((looks - looks.mean(0)) / looks.std(0), (columns, 1))


def _looks(given: str, dial: float) -> tuple[NDArray, NDArray]:
    """Texts, and pictures in the units of the training emoji's."""
    split = zoo.data.load("emoji", split="train")
    known, asked = described(on_white(np.asarray(split.images))), work(given, int(dial))
    return _bags(asked.texts), (described(asked.pictures) - known.mean(0)) / known.std(0)


def _neighbours(given: str, dial: float) -> Outcome:
    """The mean look of the ten training emoji whose words are most like, and cosines with it."""
    from zoo.blocks.retrieval import Index

    texts, looks = _looks(given, dial)
    bags, known = _known()
    cosines = texts @ bags.T
    places = np.argsort(-cosines, axis=1, kind="stable")[:, :10]
    weights = np.take_along_axis(cosines, places, 1)[..., None]
    return Outcome(Index(looks).cosines((weights * known[places]).sum(1)))


@functools.lru_cache(maxsize=1)
def _regression() -> NDArray:
    """The matrix of a ridge regression from texts to looks; its penalty was chosen on training emoji."""
    bags, known = _known()
    return np.linalg.solve(bags.T @ bags + PENALTY * np.eye(BUCKETS), bags.T @ known)


PENALTY = 10.0
"""Of the ridge regression, the best of 0.3, 1, 3, 10 and 30 on a fifth of the training groups."""


def _ridge(given: str, dial: float) -> Outcome:
    """Cosines of looks with what a ridge regression expects of the text."""
    from zoo.blocks.retrieval import Index

    texts, looks = _looks(given, dial)
    return Outcome(Index(looks).cosines(texts @ _regression()))
