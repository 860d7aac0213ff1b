"""What visitors of latent structures get: the theorem by enumeration, words in any language, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from plugins.multimodal.latent_structures import actions, data, theorem
from zoo.errors import InputError
from zoo.types import Drawing, Image


@pytest.mark.parametrize("weights", [(1.0, 2.0, 0.5), (0.0, 3.0, 3.0), (2.0, 0.0, 0.0), (0.3, 4.0, 1.0)])
def test_theorem_against_every_aligned_code(weights: tuple[float, float, float]) -> None:
    """All pairs of codes of two symbols that agree on whatever comes together; the best loses what is said."""
    coins = theorem.COINS
    chances = 1 / (1 + np.exp(-coins @ np.array(weights)))
    kinds = list(itertools.product((-1, 1), repeat=2))
    pictures, texts = (
        [kinds.index(tuple(row)) for row in coins[:, part].tolist()] for part in ([0, 1], [0, 2])
    )
    best = np.inf
    for first, second in itertools.product(itertools.product((0, 1), repeat=4), repeat=2):
        code, other = np.array(first)[pictures], np.array(second)[texts]
        if (code == other).all():
            loss = 0.0
            for p in (chances[code == symbol] for symbol in (0, 1)):
                if len(p):
                    mean = p.mean()
                    loss -= len(p) / 8 * (mean * np.log(mean) + (1 - mean) * np.log(1 - mean))
            best = min(best, loss)
    result = theorem.losses(*weights)
    assert result.aligned == pytest.approx(best, abs=1e-12)
    assert result.excess >= result.gap - 1e-12


def test_bound_is_met_where_only_one_modality_knows_more() -> None:
    result = theorem.losses(1.0, 2.0, 0.0)
    assert result.excess == pytest.approx(result.gap, abs=1e-12)
    assert theorem.losses(2.0, 0.0, 0.0).excess == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no word"), ("🐱🐱", "no word"), ("שלום", "no training word"), ("قطة", "no training word")],
)
def test_text_without_a_word_or_in_other_letters_is_refused(text: str, says: str) -> None:
    assert data.readable("Grinning cat") == ["grinning", "cat"]
    with pytest.raises(InputError, match=says):
        data.readable(text)


def test_emoji_are_called_so_in_any_language() -> None:
    emoji = data.gallery()
    assert emoji.pictures.shape == (1911, 48, 48, 3)
    cats = set(np.flatnonzero(emoji.called(["cat"])))
    assert emoji.names[0].index("grinning cat") in cats
    assert cats & set(np.flatnonzero(emoji.called(["кошка"])))
    assert cats & set(np.flatnonzero(emoji.called(["ネコ"])))
    assert not emoji.called(["xylograph"]).any()
    assert len(emoji.places("groups never seen")) == 614


def test_pictures_are_laid_on_a_white_square_and_drawings_cut_to_their_ink() -> None:
    clear = np.zeros((20, 40, 4), np.uint8)
    clear[5:15, 10:30] = [50, 60, 70, 255]
    square = actions.looked_at(Image.of(clear), None)
    assert square.shape == (64, 64, 3)
    assert (square[0] == 255).all()
    ink = np.zeros((90, 90), np.float32)
    ink[40:50, 40:50] = 1
    square = actions.looked_at(None, Drawing(ink))
    assert (square[:3] == 255).all()
    assert (square[10:50, 10:50] == 0).all()


@pytest.mark.parametrize(
    ("picture", "drawing", "says"),
    [
        (None, None, "a picture or a drawing"),
        (Image.sample(), Drawing.sample(), "not both"),
        (Image(np.full((9, 9, 3), 80, np.uint8)), None, "one colour"),
        (None, Drawing(np.zeros((9, 9), np.float32)), "nothing on the paper"),
    ],
)
def test_nothing_to_look_at_is_said(picture: Image | None, drawing: Drawing | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        actions.looked_at(picture, drawing)
