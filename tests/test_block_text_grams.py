"""Texts as pieces of words: what is the same, what is not, and that every word weighs alike."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks.text_grams import Bags, grams, words


def test_words_of_any_script() -> None:
    assert words("Grinning FACE, ﬁre!") == ["grinning", "face", "fire"]
    assert words("улыбка 笑顔 שלום 😀") == ["улыбка", "笑顔", "שלום"]
    assert words("  ...😀 ") == []


def test_pieces_of_a_word() -> None:
    assert grams("ab") == ("<ab>", "<a", "ab", "b>", "<ab", "ab>")
    assert grams("a") == ("<a>", "<a", "a>")


def test_weights_of_a_text_add_up() -> None:
    bags = Bags.of(["red apple", "", "a"], rows=97)
    dense = bags.dense(97)
    assert dense.sum(1).tolist() == pytest.approx([1, 0, 1])
    np.testing.assert_allclose(
        dense[0], (Bags.of(["red"], 97).dense(97) + Bags.of(["apple"], 97).dense(97))[0] / 2, atol=1e-6
    )
    assert bags.rows.max() < 97


def test_like_words_share_pieces() -> None:
    dense = Bags.of(["cat", "cats", "dog"], rows=4096).dense(4096)
    assert dense[0] @ dense[1] > dense[0] @ dense[2]


def test_nothing_at_all() -> None:
    bags = Bags.of([], rows=8)
    assert len(bags.offsets) == 0
    assert Bags.of(["", ""], 8).dense(8).sum() == 0
