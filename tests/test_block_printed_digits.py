"""Printed digits: what slant, weight, size and place do to a disk and to real outlines."""

from __future__ import annotations

import numpy as np
import pytest

import zoo.data
from zoo.blocks.printed_digits import CAPITAL, LEVELS, OUTLINE, Hand, drawn


def hand(**changed: float) -> Hand:
    parts = {"slant": 0.0, "weight": 0.0, "height": 20.0, "right": 0.0, "down": 0.0} | changed
    return Hand(**{name: np.array([value], np.float32) for name, value in parts.items()})


@pytest.fixture(scope="module")
def disk() -> np.ndarray:
    """The outline of a disk that is as high as a digit."""
    place = np.arange(OUTLINE) - (OUTLINE - 1) / 2
    far = CAPITAL / 2 - np.hypot(*np.meshgrid(place, place))
    return np.clip(np.rint(128 + LEVELS * far), 0, 255).astype(np.uint8)[None]


def moments(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Ink, its centre to the right and down, and its slant."""
    ink = picture.astype(float) / 255
    place = np.arange(28) - 13.5
    x, y = (np.sum(ink * axis) / ink.sum() for axis in (place[None, :], place[:, None]))
    lean = np.sum(ink * (place[None, :] - x) * (place[:, None] - y))
    return ink.sum(), x, y, -lean / np.sum(ink * (place[:, None] - y) ** 2)


@pytest.mark.parametrize("height", [14.0, 20.0, 24.0])
def test_a_disk_has_the_area_of_its_height_and_weight(disk: np.ndarray, height: float) -> None:
    for weight in (0.0, 0.5):
        ink, x, y, _ = moments(drawn(disk, hand(height=height, weight=weight))[0])
        assert ink == pytest.approx(np.pi * (height / 2 + weight) ** 2, rel=0.02)
        assert (x, y) == pytest.approx((0, 0), abs=0.02)


def test_place_and_slant_are_as_asked_for(disk: np.ndarray) -> None:
    _, x, y, lean = moments(drawn(disk, hand(slant=0.25, right=1.5, down=-2.0, height=16.0))[0])
    assert (x, y, lean) == pytest.approx((1.5, -2.0, 0.25), abs=0.02)


def test_each_digit_has_its_own_hand(disk: np.ndarray) -> None:
    several = Hand.random(5, np.random.default_rng(0))
    together = drawn(np.repeat(disk, 5, 0), several)
    for row in range(5):
        alone = Hand(*(part[row : row + 1] for part in vars(several).values()))
        np.testing.assert_array_equal(drawn(disk, alone)[0], together[row])


def test_real_digits_keep_to_the_picture_and_differ() -> None:
    data = zoo.data.load("printed-digits")
    rng = np.random.default_rng(1)
    pictures = drawn(data.outlines, Hand.random(len(data), rng)).astype(float)
    edge = pictures.copy()
    edge[:, 1:-1, 1:-1] = 0
    assert edge.sum() < 0.005 * pictures.sum()
    assert pictures.max((1, 2)).min() > 120
    means = np.array([pictures[data.labels == digit].mean(0).ravel() for digit in range(10)])
    assert np.corrcoef(means)[~np.eye(10, dtype=bool)].max() < 0.93
