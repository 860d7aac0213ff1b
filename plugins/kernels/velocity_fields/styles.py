"""Digits of three styles, all brought to the size of scikit-learn's handwritten ones.

Those were 32 x 32 bitmaps, as high as the frame, whose ink was counted in blocks of 4 x 4; so are the others here.
The pictures of typefaces in ``typefaces.png`` were drawn by

    python -m plugins.kernels.velocity_fields.styles FOLDER

from the fonts of the Debian packages culmus, fonts-dejavu-core, fonts-freefont-otf, fonts-linuxlibertine,
fonts-noto-core, fonts-noto-extra, fonts-tlwg-norasi-otf and fonts-tlwg-purisa-otf, unpacked into the folder.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Style = Literal["typefaces", "handwriting", "MNIST"]

SHEET = Path(__file__).parent / "typefaces.png"
FAMILIES = (
    "DavidCLM", "DejaVuS", "FrankRuehlCLM", "FreeMono", "FreeSans", "FreeSerif", "HadasimCLM", "KeterYG",
    "LinBiolinum_R", "LinLibertine_", "MiriamCLM", "MiriamMonoCLM", "NachlieliCLM", "Norasi", "NotoMono", "NotoSans-",
    "NotoSansDisplay-", "NotoSansMono-", "NotoSerif-", "NotoSerifDisplay-", "Purisa", "SimpleCLM",
)  # fmt: skip
# Typefaces differ at least by this share of the ink's range on average, so that none is nearly another's copy.
DIFFERENT = 0.04


@dataclass(frozen=True)
class Digits:
    """Pictures of digits.

    Attributes:
        pictures: ink from 0 to 1, `(n, 64)`, 8 x 8 row by row.
        labels: which digit, `(n,)`.
    """

    pictures: Array
    labels: NDArray[np.int64]

    def some(self, n: int, rng: np.random.Generator) -> Digits:
        """At most `n` of them, drawn at random."""
        chosen = rng.permutation(len(self.labels))[:n]
        return Digits(self.pictures[chosen], self.labels[chosen])

    def half(self, first: bool) -> Digits:
        """The first or the second half: other writers, other typefaces."""
        part = slice(None, len(self.labels) // 20 * 10) if first else slice(len(self.labels) // 20 * 10, None)
        return Digits(self.pictures[part], self.labels[part])


@functools.cache
def digits(style: Style) -> Digits:
    """All digits of a style; MNIST, ten thousand of them, is fetched where it is not yet in the cache."""
    if style == "handwriting":
        from sklearn.datasets import load_digits

        handwriting = load_digits()
        return Digits(handwriting.data / 16, handwriting.target.astype(np.int64))
    if style == "typefaces":
        from PIL import Image

        with Image.open(SHEET) as sheet:
            ink = np.asarray(sheet.convert("L"), dtype=np.float64) / 255
        faces = len(ink) // 8
        pictures = ink.reshape(faces, 8, 10, 8).swapaxes(1, 2).reshape(-1, 64)
        return Digits(pictures, np.tile(np.arange(10), faces))
    from zoo import data

    mnist = data.load("mnist", split="train")
    return Digits(
        np.array([small(picture / 255) for picture in mnist.images[:10_000]]), np.array(mnist.labels[:10_000])
    )


def small(ink: Array) -> Array:
    """A digit in ink from 0 to 1, cut out, made 32 pixels high and counted in blocks of 4 x 4, `(64,)`."""
    from PIL import Image

    rows, columns = (np.flatnonzero((ink > 0.2).any(axis=axis)) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 32 / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    frame = np.zeros((32, 32))
    top, left = (32 - height) // 2, (32 - width) // 2
    picture = Image.fromarray(cut.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    frame[top : top + height, left : left + width] = np.asarray(picture)
    return frame.reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel()


def draw_typefaces(folder: Path) -> Array:
    """Ten digits of every typeface of `FAMILIES` that differs from those before, `(faces, 10, 64)`."""
    from PIL import ImageFont

    files = sorted(
        (path for path in folder.rglob("*.[ot]tf") if path.stem.startswith(FAMILIES)),
        key=lambda path: path.name,
    )
    chosen: list[Array] = []
    for place in np.random.default_rng(0).permutation(len(files)):
        font = ImageFont.truetype(files[place], 96, layout_engine=ImageFont.Layout.BASIC)
        masks = [font.getmask(character) for character in "0123456789"]
        inks = [np.array(mask, dtype=np.float64).reshape(mask.size[::-1]) / 255 for mask in masks]
        face = np.array([small(ink) for ink in inks])
        if all(np.abs(face - other).mean() > DIFFERENT for other in chosen):
            chosen.append(face)
    return np.array(chosen)


def main(folder: Path) -> None:
    """Write the sheet: a row of ten digits for each typeface."""
    from PIL import Image

    faces = draw_typefaces(folder)
    ink = faces.reshape(-1, 10, 8, 8).swapaxes(1, 2).reshape(-1, 80)
    Image.fromarray((ink * 255).round().astype(np.uint8)).save(SHEET, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
