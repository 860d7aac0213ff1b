"""Scenes of two things: whose pixel is whose, and what counts as pointing at one."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import two_objects
from zoo.blocks.two_objects import Pieces, Scenes, pointed, scenes

RNG = np.random.default_rng(0)
THINGS = np.zeros((6, 28, 28), np.uint8)
THINGS[:, 4:24, 8:20] = 255
PIECES = Pieces(THINGS, np.arange(6) % 3, [RNG.integers(0, 256, (120, 200, 3), np.uint8)])


def test_scenes_follow_from_their_seed_and_keep_things_apart() -> None:
    made, again, other = (scenes(PIECES, 20, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(made.images, again.images)
    assert (made.images != other.images).any()
    assert (made.labels[:, 0] != made.labels[:, 1]).all()
    assert not (made.masks[:, 0] & made.masks[:, 1]).any()
    assert (made.masks.sum((2, 3)) == 20 * 12).all()
    middles = (made.boxes[..., :2] + made.boxes[..., 2:]) / 2
    assert np.hypot(*np.moveaxis(middles - 32, 2, 0)).min() >= two_objects.OFF - 1e-6


def test_a_thing_has_one_tint_and_the_photograph_is_around_it() -> None:
    behind = np.full((64, 64, 3), 90, np.uint8)
    scene, masks = two_objects.laid(behind, THINGS[:2], np.random.default_rng(0))
    for mask in masks:
        assert len(np.unique(scene[mask], axis=0)) == 1
        assert np.ptp(scene[mask][0]) > 60
    assert (scene[~masks.any(0)] == 90).all()


def test_boxes_hold_their_masks() -> None:
    masks = np.zeros((1, 2, 64, 64), bool)
    masks[0, 0, 3:9, 10:30] = True
    assert two_objects.boxes(masks).tolist() == [[[3, 10, 9, 30], [0, 0, 0, 0]]]


def test_things_of_one_class_make_no_scene() -> None:
    with pytest.raises(ValueError, match="two classes"):
        scenes(Pieces(THINGS, np.zeros(6, int), PIECES.photos), 1, 0)


def test_pointing_counts_the_thing_with_a_margin_and_the_others_box_without() -> None:
    masks = np.zeros((1, 2, 64, 64), bool)
    masks[0, 0, 10:20, 10:20] = True
    masks[0, 1, 40, 40:50] = masks[0, 1, 49, 40:50] = True
    scene = Scenes(np.zeros((1, 64, 64, 3), np.uint8), np.array([[1, 2]]), masks, two_objects.boxes(masks))

    def at(first: tuple[int, int], second: tuple[int, int]) -> tuple[list[bool], list[bool]]:
        maps = np.zeros((1, 2, 64, 64))
        maps[0, 0][first] = maps[0, 1][second] = 1
        found_at = pointed(maps, scene, 4)
        return found_at.right[0].tolist(), found_at.wrong[0].tolist()

    assert at((15, 15), (40, 45)) == ([True, True], [False, False])
    assert at((15, 23), (44, 45)) == ([True, True], [False, False])
    assert at((15, 23), (30, 45)) == ([True, False], [False, False])
    assert at((45, 45), (12, 12)) == ([False, False], [True, True])
    assert at((15, 24), (36, 45)) == ([False, True], [False, False])


@pytest.mark.parametrize("part", ["train", "validation"])
def test_parts_share_nothing_with_the_test(part: two_objects.Part) -> None:
    from zoo import data

    with data.training():
        try:
            given = two_objects.pieces(part)
        except data.HeldOutError:
            raise
        except data.DataError:
            pytest.skip("the data are not here")
    assert len(given.things) == (5_000 if part == "validation" else 55_000)
    assert len(given.photos) == (2 if part == "validation" else 11)
