"""Sheets of pictures, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import sheets


def test_pixels_become_squares() -> None:
    large = sheets.enlarge(np.arange(6).reshape(2, 3), 4)
    assert large.shape == (8, 12)
    assert (large[4:, 8:] == 5).all()
    assert sheets.enlarge(np.zeros((30, 100, 3)), fit=384).shape == (90, 300, 3)
    assert sheets.enlarge(np.zeros((500, 2)), fit=384).shape == (500, 2)


def test_ink_is_black_on_white() -> None:
    assert sheets.from_ink(np.array([[0.0, 0.5, 2.0]]))[0, :, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize("edge", [True, False])
def test_a_grid_holds_every_picture_and_nothing_else(edge: bool) -> None:
    pictures = [np.full((2, 3, 3), k, np.uint8) for k in range(3)]
    sheet = sheets.grid([pictures[:2], pictures[2:]], gap=1, ground=(9, 9, 9), edge=edge)
    assert sheet.shape == ((7, 9, 3) if edge else (5, 7, 3))
    first = int(edge)
    for k, (top, left) in enumerate([(0, 0), (0, 4), (3, 0)]):
        assert (sheet[first + top :, first + left :][:2, :3] == k).all()
    assert (sheet == 9).all(-1).sum() == sheet.shape[0] * sheet.shape[1] - 18
    with pytest.raises(ValueError, match="needs a picture"):
        sheets.grid([[]])


def test_heat_runs_along_its_stops() -> None:
    stops = ((0.0, "#000000"), (0.5, "#ff0000"), (1.0, "#ffff00"))
    colours = sheets.heat(
        np.array([[-1.0, 0.0, 1.0], [2.0, 3.0, np.nan]]), 0, 2, stops=stops, missing=(1, 2, 3)
    )
    assert colours.dtype == np.uint8
    assert colours.tolist() == [
        [[0, 0, 0], [0, 0, 0], [255, 0, 0]],
        [[255, 255, 0], [255, 255, 0], [1, 2, 3]],
    ]
    assert sheets.heat(np.array([5.0]), 5, 5).shape == (1, 3)
