"""Text of any language as numbers of pieces of words, without a vocabulary.

A word is itself and all its pieces of two to four characters, its ends marked; each is hashed to a row of a table. In
a text every word weighs the same, and in a word the whole weighs as much as all pieces together.

    bags = Bags.of(["grinning face", "лицо"], rows=960)

Users: latent-structures, the task `picture-retrieval`; made for every method that reads short texts.

References:
    [1] Bojanowski, Grave, Joulin, Mikolov. Enriching word vectors with subword information. TACL 2017.
"""

from __future__ import annotations

import functools
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = (2, 3, 4)
"""Characters of a piece."""
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text, in lower case and without what tells compatible characters apart (NFKC)."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


@functools.lru_cache(maxsize=100_000)
def grams(word: str) -> tuple[str, ...]:
    """The word with its ends marked, and then all its pieces."""
    marked = f"<{word}>"
    pieces = (
        marked[begin : begin + size]
        for size in SIZES
        for begin in range(len(marked) - size + 1)
        if size < len(marked)
    )
    return (marked, *pieces)


@functools.lru_cache(maxsize=100_000)
def hashed(word: str, rows: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of a word's grams, and weights whose sum is 1."""
    parts = grams(word)
    places = np.array([zlib.crc32(part.encode()) % rows for part in parts], np.int64)
    weights = np.full(len(parts), 0.5 / max(1, len(parts) - 1), np.float32)
    weights[0] = 0.5 if len(parts) > 1 else 1.0
    return places, weights


@dataclass(frozen=True)
class Bags:
    """Texts as weighted rows of a table, in the form that `torch.nn.EmbeddingBag` takes.

    Attributes:
        rows: of all texts, one after another, int64 (p,).
        weights: of each, float32 (p,).
        offsets: where each text begins, int64 (n,).
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], rows: int) -> Bags:
        """Texts without a word are empty bags."""
        places: list[NDArray] = [np.zeros(0, np.int64)]
        weights: list[NDArray] = [np.zeros(0, np.float32)]
        offsets, length = [], 0
        for text in texts:
            offsets.append(length)
            said = words(text)
            for word in said:
                numbers, shares = hashed(word, rows)
                places.append(numbers)
                weights.append(shares / len(said))
                length += len(numbers)
        return cls(np.concatenate(places), np.concatenate(weights), np.array(offsets, np.int64))

    def dense(self, width: int) -> NDArray[np.float32]:
        """The same as a matrix of counts, (n, width)."""
        matrix = np.zeros((len(self.offsets), width), np.float32)
        owner = np.searchsorted(self.offsets, np.arange(len(self.rows)), side="right") - 1
        np.add.at(matrix, (owner, self.rows), self.weights)
        return matrix
