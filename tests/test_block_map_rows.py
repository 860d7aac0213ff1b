"""Tables and pictures as rows of a map."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import map_rows
from zoo.errors import InputError
from zoo.types import Images, Table


def test_pixels_become_pictures_and_other_numbers_do_not() -> None:
    names = ["label", *(f"pixel {number}" for number in range(25))]
    cells = np.random.default_rng(0).integers(0, 255, (12, 25))
    frame = dict(zip(names[1:], cells.T.tolist(), strict=True))
    rows = map_rows.of_table(Table.of({"label": list("ab") * 6, **frame}), "label")
    assert rows.pictures is not None
    assert rows.pictures.shape == (12, 5, 5)
    others = {f"column {'abcdefghijklmnopqrstuvwxy'[place]}": cells[:, place].tolist() for place in range(25)}
    assert map_rows.of_table(Table.of(others), "").pictures is None


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(InputError, match="every column of the table is constant"):
        map_rows.of_table(Table.of({"a": [1.0] * 12, "b": [2.0] * 12}), "")
    same = Images.of([np.zeros((8, 8, 3), np.uint8)] * 12)
    with pytest.raises(InputError, match="all pictures are the same"):
        map_rows.of_pictures(same)
    with pytest.raises(InputError, match="too few for a map"):
        map_rows.of_pictures(Images.of([np.zeros((8, 8, 3), np.uint8)] * 3))
