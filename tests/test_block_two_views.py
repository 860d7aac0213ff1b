"""Views: where crops lie, and that colours, blur and size are what they say; torchvision as the other side."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch

import zoo  # noqa: F401 - before torchvision, see zoo.torchvision_guard
from zoo.blocks import two_views
from zoo.blocks.two_views import Crops

RAMP = torch.stack(torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")).flip(0)
"""Channels x and y: each pixel says where it is."""
PLACES = torch.cat([RAMP, torch.zeros(1, 64, 64)])[None]


@pytest.mark.parametrize("mirrored", [False, True])
def test_places_are_where_the_cut_pixels_come_from(mirrored: bool) -> None:
    crops = Crops(np.array([[0.25, 0.125, 0.5, 0.75]], np.float32), np.array([mirrored]))
    cut = two_views.cut(PLACES, crops, 12, 8)[0, :2].permute(1, 2, 0)
    np.testing.assert_allclose(cut, crops.places(12, 8)[0] * 64 - 0.5, atol=1e-3)


def test_a_whole_crop_is_the_picture() -> None:
    crops = Crops(np.array([[0, 0, 1, 1]], np.float32), np.array([False]))
    torch.testing.assert_close(two_views.cut(PLACES, crops, 64, 64), PLACES, atol=1e-3, rtol=0)


def test_drawn_crops_keep_to_the_picture_and_to_their_area() -> None:
    crops = two_views.drawn_crops(np.random.default_rng(0), 2_000, area=(0.2, 0.9))
    left, top, width, height = crops.boxes.T
    assert min(left.min(), top.min()) >= 0
    assert max((left + width).max(), (top + height).max()) <= 1 + 1e-6
    assert (width * height).min() > 0.19
    assert (width * height).max() < 0.9 + 1e-6
    assert 0.45 < crops.mirrored.mean() < 0.55


def test_grey_is_brightness_for_a_fifth() -> None:
    views = torch.rand(1, 3, 4, 4).expand(1_000, 3, 4, 4)
    changed = two_views.coloured(views, np.random.default_rng(0))
    grey = (changed.amax(1) - changed.amin(1)).amax((1, 2)) < 1e-6
    assert 0.16 < grey.float().mean() < 0.24
    assert 0 <= changed.min() <= changed.max() <= 1


def test_hue_turns_in_circles_at_the_same_brightness_and_leaves_grey() -> None:
    turn = two_views._hues(np.array([0.1]))[0].astype(float)
    np.testing.assert_allclose(np.linalg.matrix_power(turn, 10), np.eye(3), atol=1e-5)
    assert np.abs(np.linalg.matrix_power(turn, 5) - np.eye(3)).max() > 0.5
    np.testing.assert_allclose(turn @ [0.5, 0.5, 0.5], 0.5, atol=1e-3)
    np.testing.assert_allclose(np.array(two_views.GREY) @ turn, two_views.GREY, atol=1e-6)
    red = colorsys.rgb_to_hsv(*(turn @ [0.6, 0.4, 0.4]))[0]
    assert min(red, 1 - red) == pytest.approx(0.1, abs=0.05)


def test_blur_is_a_gaussian() -> None:
    from torchvision.transforms.functional import gaussian_blur

    views = torch.rand(40, 3, 16, 16)
    changed = two_views.blurred(views, np.random.default_rng(3), widest=1.0)
    same = (changed == views).all(3).all(2).all(1)
    assert 10 < same.sum() < 30
    rng = np.random.default_rng(3)
    chosen = np.flatnonzero(rng.random(40) < 0.5)
    for place, sigma in zip(chosen, rng.uniform(0.1, 1.0, size=len(chosen)), strict=True):
        torch.testing.assert_close(changed[place], gaussian_blur(views[place], 5, [sigma]), atol=1e-5, rtol=0)


def test_a_view_follows_from_its_generator_and_is_standardised() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), np.uint8)
    (first, crops), (second, _) = (two_views.view(pictures, np.random.default_rng(1), 24) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == (6, 3, 24, 24)
    assert len(crops.boxes) == 6
    grey = two_views.standardised(torch.full((1, 3, 2, 2), 0.485))
    assert grey[0, 0].abs().max() < 1e-6
