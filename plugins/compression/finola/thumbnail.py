"""Makes ``cards/finola.webp`` by a run: growth steps of a picture, the map above and the pixels below.

Run ``python -m plugins.compression.finola.thumbnail``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

import zoo
from zoo.types import Image

PANEL = (156, 176)
TARGET = Path(__file__).resolve().parents[3] / "cards" / "finola.webp"


def draw() -> Pillow.Image:
    """Four panels of growth from left to right, 640 x 360."""
    finola = zoo.load("finola")
    cat = Image.open(finola.folder() / "examples" / "cat.webp").pixels[:270, 60:300]
    *growing, grown = finola.regrow(image=Image(np.ascontiguousarray(cat)), code_length=128, tiles=9)
    sheet = Pillow.new("RGB", (640, 360), "white")
    for column, result in enumerate([*growing[1:], grown]):
        for row, image in enumerate((result.feature_map, result.reconstruction)):
            panel = image.pil().resize(PANEL, Pillow.Resampling.LANCZOS)
            sheet.paste(panel, (2 + column * 160, 2 + row * 180))
    return sheet


if __name__ == "__main__":
    draw().save(TARGET, quality=88, method=6)
