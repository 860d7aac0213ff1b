"""Heat over scenes marks what is largest and what was asked about, and says so nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks.scene_pictures import MARGIN, TIMES, overlay, table
from zoo.blocks.scene_pool import scene
from zoo.blocks.two_objects import SIDE

RED = (255, 77, 77)


def red(picture: np.ndarray) -> np.ndarray:
    """Places of the cross, (n, 2)."""
    return np.argwhere((picture == RED).all(axis=2))


@pytest.mark.parametrize("place", [(20, 40), (50, 12)])
def test_the_cross_is_where_the_map_is_largest(place: tuple[int, int]) -> None:
    shown, values = scene(9), np.zeros((SIDE, SIDE))
    values[place] = 1
    drawn = overlay(shown.images[0], values, shown.boxes[0], 0)
    assert drawn.shape == (TIMES * SIDE, TIMES * SIDE, 3)
    np.testing.assert_allclose(red(drawn).mean(axis=0) / TIMES - 0.5, place, atol=0.5)


def test_a_flat_map_has_no_cross_and_no_map_leaves_the_scene() -> None:
    shown = scene(9)
    assert not len(red(overlay(shown.images[0], np.ones((SIDE, SIDE)), shown.boxes[0], 0)))
    plain = overlay(shown.images[0], None, shown.boxes[0], 0)
    np.testing.assert_array_equal(
        plain[:TIMES, :TIMES], np.broadcast_to(shown.images[0, 0, 0], (TIMES, TIMES, 3))
    )


def test_the_frame_is_around_the_digit_that_was_asked_about() -> None:
    dark, boxes = np.zeros((SIDE, SIDE, 3), np.uint8), np.array([[20, 8, 40, 24], [10, 40, 30, 56]])
    for side, (top, left, bottom, right) in enumerate(TIMES * boxes):
        white = np.argwhere(overlay(dark, None, boxes, side).min(axis=2) == 255)
        assert white.min(axis=0).tolist() == [top - 3, left - 3]
        assert white.max(axis=0).tolist() == [bottom + 2, right + 2]


def test_a_table_has_a_row_a_method_and_a_column_a_layer() -> None:
    shown, values = scene(9), np.eye(SIDE)
    sheet = table(shown, 0, {"one way": [values] * 4, "another": [values] * 4})
    cell = TIMES * SIDE // 2 + 6
    assert sheet.shape == (MARGIN + 2 * (cell + MARGIN), 4 * cell, 3)
