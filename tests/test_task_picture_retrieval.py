"""Pictures by words: what is asked, and that neither order nor silence gains anything."""

from __future__ import annotations

import numpy as np

from zoo.claim import Outcome
from zoo.evidence.tasks import picture_retrieval as task


def test_names_are_not_in_the_texts_but_where_there_is_nothing_else() -> None:
    assert task._without("cat, cat face, pet", "Cat face") == "cat, pet"
    assert task._without("Chat", "chat") == "chat"


def test_transparent_pictures_are_laid_on_white() -> None:
    picture = np.zeros((1, 2, 2, 4), np.uint8)
    picture[0, 0, 0] = [10, 20, 30, 255]
    picture[0, 1, 1] = [0, 0, 0, 128]
    assert task.on_white(picture)[0].reshape(-1, 3).tolist() == [
        [10, 20, 30],
        [255] * 3,
        [255] * 3,
        [127] * 3,
    ]


def test_whoever_says_the_same_of_all_finds_nothing() -> None:
    scores = task.PictureRetrieval().judge("en", Outcome(np.ones((40, 40))))
    assert scores == {"ten": 0, "five": 0, "first": 0}
    assert task.PictureRetrieval().judge("en", Outcome(np.eye(40)))["first"] == 100


def test_looks_have_colours_and_directions() -> None:
    stripes = np.zeros((2, 64, 64, 3), np.uint8)
    stripes[0, ::2], stripes[1, :, ::2] = 255, 255
    looks = task.described(stripes)
    assert looks.shape == (2, 320)
    np.testing.assert_allclose(looks[:, :192], 0.5, atol=0.01)
    soft = np.zeros((2, 64, 64, 3), np.uint8)
    soft[0], soft[1] = np.arange(64)[None, :, None] * 3, np.arange(64)[:, None, None] * 3
    across, down = task.described(soft)[:, 192:].reshape(2, 16, 8)
    assert (across.argmax(1) == 0).all()
    assert (down.argmax(1) == 4).all()
