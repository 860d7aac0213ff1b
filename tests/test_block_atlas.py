"""Maps to look at: their points, pictures, and journey."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from zoo.blocks import atlas as block
from zoo.blocks.atlas import atlas
from zoo.blocks.figures import Colouring

PLACES = np.random.default_rng(0).standard_normal((50, 2)) * 7
NAMES = [f"point <{number}>" for number in range(50)]


def test_each_point_has_its_name_and_number_whatever_its_colour() -> None:
    plot = atlas(PLACES, Colouring("kind", groups=np.where(np.arange(50) % 2, "odd", "even")), NAMES).plot
    assert {trace.name for trace in plot.data} == {"odd", "even"}
    for trace in plot.data:
        for number, name, x in zip(trace.customdata, trace.hovertext, trace.x, strict=True):
            assert name == f"point &lt;{number}>"
            assert abs(x - PLACES[number, 0]) < 0.01 * np.ptp(PLACES)
    assert plot.layout.meta["atlas"] == {"count": 50}
    assert plot.layout.dragmode == "lasso"


def test_a_journey_ends_where_the_map_is_and_stays_small() -> None:
    steps = {f"step {step}": PLACES * step / 100 for step in range(101)}
    plot = atlas(PLACES, Colouring("kind", values=PLACES[:, 0]), NAMES, journey=steps).plot
    slides = plot.layout.sliders[0].steps
    assert slides[0].label == "step 0"
    assert slides[-1].label == "step 100"
    assert len(slides) * 100 <= block.MOST_NUMBERS
    np.testing.assert_allclose(slides[-1].args[0]["x"][0], plot.data[0].x)
    np.testing.assert_allclose(slides[-1].args[0]["y"][0], PLACES[:, 1], atol=0.001 * np.ptp(PLACES))
    assert np.ptp(slides[0].args[0]["x"][0]) == 0


def test_pictures_stand_in_a_sheet_row_by_row() -> None:
    pictures = np.zeros((7, 64, 64), np.uint8)
    pictures[5] = 255
    sheet = atlas(PLACES[:7], Colouring("kind", values=PLACES[:7, 0]), NAMES[:7], pictures=pictures).plot
    about = sheet.layout.meta["atlas"]["sheet"]
    kind, _, data = about["address"].partition(",")
    assert kind == "data:image/webp;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"), float)
    wide, high = about["size"]
    assert (wide, high, about["across"]) == (32, 32, 3)
    cells = pixels.reshape(3, 32, 3, 32).mean(axis=(1, 3)).ravel()
    assert cells[5] > 200
    assert np.delete(cells, 5).max() < 50
