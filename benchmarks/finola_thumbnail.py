"""Makes cards/finola.webp by a run: four growth steps of a picture, the map above and the pixels below."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

import zoo
from zoo.types import Image

ROOT = Path(__file__).resolve().parents[1]
STEPS = (1, 4, 6, 8)
PANEL = (156, 176)


def main() -> None:
    """Write the thumbnail, 640 x 360."""
    finola = zoo.load("finola")
    cat = Image.open(finola.folder() / "examples" / "cat.webp").pixels[:270, 60:300]
    results = list(finola.regrow(image=Image(np.ascontiguousarray(cat)), code_length=128, tiles=9))
    sheet = Pillow.new("RGB", (640, 360), "white")
    for column, step in enumerate(STEPS):
        for row, image in enumerate((results[step].feature_map, results[step].reconstruction)):
            panel = image.pil().resize(PANEL, Pillow.Resampling.LANCZOS)
            sheet.paste(panel, (2 + column * 160, 2 + row * 180))
    sheet.save(ROOT / "cards" / "finola.webp", quality=88, method=6)


if __name__ == "__main__":
    main()
