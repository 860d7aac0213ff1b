"""Few-shot learning: naming letters of unseen scripts from a few examples of each."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import zoo.data
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

QUERIES = 5
"""Pictures of each letter that are to be named."""
TOGETHER = 20
"""Episodes of an item."""

Draw = tuple[int, int]
"""What contestants are given: the seed of the episodes, and how many letters each has; see ``episodes``."""


@dataclass(frozen=True)
class Episodes:
    """Letters to learn and letters to name, pictures uint8 with 255 for ink.

    Attributes:
        examples: (episodes, classes * shots, 28, 28), class after class.
        names: of the examples, int64 (episodes, classes * shots), 0 to classes - 1.
        questions: (episodes, classes * QUERIES, 28, 28).
        answers: names of the questions, int64 (episodes, classes * QUERIES).
    """

    examples: np.ndarray
    names: np.ndarray
    questions: np.ndarray
    answers: np.ndarray


class FewShot(Task):
    """Five letters of a script that nobody was trained on, each shown once or a few times; then others to be named.

    Letters come from the test scripts of the data set `glyphs`; every picture of a letter is in another typeface.
    """

    title = "Few-shot letters"
    family = "optimization"
    data = "the five test scripts of `glyphs`, 400 episodes"
    dial = Dial("shots", "Examples of each letter", "", (1, 2, 5), 1, whole=True)
    scores = (Score("accuracy", "Accuracy", "%", "higher"),)
    classes: ClassVar[int] = 5

    def baselines(self) -> Mapping[str, Run]:
        """Nearest example, nearest mean, and logistic regression, all on pixels."""
        return {
            "Nearest example, pixels": functools.partial(_by_distance, means=False),
            "Nearest mean, pixels": functools.partial(_by_distance, means=True),
            "Logistic regression, pixels": _by_regression,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Twenty episodes an item, always the same; a visitor of the dial sees the same questions."""
        for seed in range(2 if quick else 20):
            yield Item("glyphs", (seed, self.classes))

    def judge(self, given: Draw, outcome: Outcome) -> dict[str, float]:
        """Share of the questions named rightly, in percent; `made` is (names said, answers)."""
        said, answers = outcome.made
        return {"accuracy": float(100 * (said == answers).mean())}


class FewShotTwenty(FewShot):
    """Twenty letters of a script that nobody was trained on, each shown once or a few times; then others to be named.

    As with five letters, with four times as many names to choose from.
    """

    title = "Few-shot letters, twenty at a time"
    classes = 20


@functools.lru_cache(maxsize=1)
def _letters() -> tuple[np.ndarray, list[np.ndarray]]:
    """Pictures of the test scripts, and for each letter where its pictures are."""
    glyphs = zoo.data.load("glyphs", split="test")
    labels = np.asarray(glyphs.labels)
    order = np.argsort(labels, kind="stable")
    letters = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return glyphs.images, [places for places in letters if len(places) >= QUERIES + 5]


def episodes(draw: Draw, shots: float) -> Episodes:
    """The episodes of an item with `shots` examples of each letter.

    No picture is example and question at once, and the questions do not depend on the number of examples.
    """
    seed, classes = draw
    images, letters = _letters()
    shots, rng = int(shots), np.random.default_rng([seed, classes])
    places = np.empty((TOGETHER, classes, shots + QUERIES), np.int64)
    for episode in range(TOGETHER):
        for place, letter in enumerate(rng.permutation(len(letters))[:classes]):
            shuffled = rng.permutation(letters[letter])
            places[episode, place] = np.concatenate([shuffled[:QUERIES], shuffled[QUERIES:][:shots]])
    pictures = np.asarray(images)[places]
    names = np.broadcast_to(np.arange(classes)[:, None], (TOGETHER, classes, QUERIES))

    def flat(array: np.ndarray) -> np.ndarray:
        return array.reshape(TOGETHER, -1, *array.shape[3:])

    return Episodes(
        flat(pictures[:, :, QUERIES:]),
        np.repeat(np.arange(classes), shots)[None].repeat(TOGETHER, 0),
        flat(pictures[:, :, :QUERIES]),
        names.reshape(TOGETHER, -1),
    )


def _flat(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(len(pictures), -1).astype(np.float32) / 255


def _by_distance(given: Draw, dial: float, means: bool) -> Outcome:
    from scipy.spatial.distance import cdist

    asked = episodes(given, dial)
    said = np.empty_like(asked.answers)
    for episode in range(TOGETHER):
        examples, names = _flat(asked.examples[episode]), asked.names[episode]
        if means:
            classes = names.max() + 1
            examples = examples.reshape(classes, -1, examples.shape[1]).mean(1)
            names = np.arange(classes)
        said[episode] = names[cdist(_flat(asked.questions[episode]), examples).argmin(1)]
    return Outcome((said, asked.answers))


def _by_regression(given: Draw, dial: float) -> Outcome:
    from sklearn.linear_model import LogisticRegression

    asked = episodes(given, dial)
    said = np.empty_like(asked.answers)
    for episode in range(TOGETHER):
        fitted = LogisticRegression(C=1.0, max_iter=200).fit(
            _flat(asked.examples[episode]), asked.names[episode]
        )
        said[episode] = fitted.predict(_flat(asked.questions[episode]))
    return Outcome((said, asked.answers))
