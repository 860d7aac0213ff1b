"""Makes cards/vc-inr.webp and the example files ending in .vcinr by running the actions on the other examples.

    python -m plugins.compression.vc_inr.thumbnail

To be run whenever the weights change, since a file names the weights that it was written with.
"""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow

import zoo
from zoo import paths
from zoo.method import last
from zoo.types import Image

from .container import unpack
from .model import VcInr
from .reports import read

ORANGE, PALE = (249, 115, 22), (255, 247, 237)


def main() -> None:
    """Write the thumbnail, 640 x 360, and two compressed files."""
    method = zoo.load("vc-inr")
    found = {
        name: last(getattr(method, name)(**method.example(action, 0)))
        for name, action in method.actions().items()
        if name != "decode"
    }
    folder = method.folder() / "examples"
    for name, action in (("coffee", "compress_picture"), ("speech", "compress_sound")):
        (folder / f"{name}.vcinr").write_bytes(found[action].file.data)
    shape, box = read(method.pretrained(VcInr), found["compress_shape"].file.data)
    assert unpack(found["compress_shape"].file.data) == box
    maps = found["compress_climate"].maps
    sheet = Pillow.new("RGB", (640, 360), "white")
    for picture, place, size in (
        (found["compress_picture"].reconstruction, (0, 0), (396, 248)),
        (wave(found["compress_sound"].reconstruction.samples), (0, 252), (396, 108)),
        (Image(found["compress_video"].reconstruction.frames[8]), (400, 0), (240, 118)),
        (shaded(shape[..., 0]), (400, 122), (240, 118)),
        (Image(np.ascontiguousarray(maps.pixels[maps.height // 2 :])), (400, 244), (240, 116)),
    ):
        sheet.paste(cropped(picture, size), place)
    sheet.save(paths.root() / "cards" / "vc-inr.webp", quality=86, method=6)


def cropped(picture: Image, size: tuple[int, int]) -> Pillow.Image:
    """The middle of a picture, scaled to fill a size."""
    factor = max(size[0] / picture.width, size[1] / picture.height)
    scaled = picture.pil().resize((round(picture.width * factor), round(picture.height * factor)), resample=1)
    left, top = (scaled.width - size[0]) // 2, (scaled.height - size[1]) // 2
    return scaled.crop((left, top, left + size[0], top + size[1]))


def wave(samples: np.ndarray, width: int = 396, height: int = 108) -> Image:
    """A sound as the span of its samples in each column of pixels."""
    columns = np.array_split(samples, width)
    low, high = (np.array([edge(one) for one in columns]) for edge in (np.min, np.max))
    level = (np.arange(height) - height / 2 + 0.5) / (height / 2) * -1.1 * np.abs(samples).max()
    inside = (level[:, None] >= low) & (level[:, None] <= high)
    return Image(np.where(inside[..., None], ORANGE, PALE).astype(np.uint8))


def shaded(field: np.ndarray, factor: int = 4) -> Image:
    """A shape seen along its second axis, lit from above left."""
    from scipy.ndimage import zoom

    fine = zoom(field, factor, order=1)
    front = (fine < 0).argmax(1)
    there = (fine < 0).any(1)
    slopes = np.stack([np.take_along_axis(part, front[:, None], 1)[:, 0] for part in np.gradient(fine)], -1)
    normals = slopes / np.linalg.norm(slopes, axis=-1, keepdims=True).clip(1e-9)
    light = (normals @ np.array([-0.45, -0.6, 0.66])).clip(0, 1)
    colours = np.array([60, 30, 15]) + light[..., None] * (np.array([255, 190, 140]) - [60, 30, 15])
    colours = np.where(there[..., None], colours, 255)
    colours = np.flipud(colours.swapaxes(0, 1))  # the third axis points up
    rows = np.flatnonzero(there.any(0))
    margin = 12
    low, high = len(colours) - rows[-1] - margin, len(colours) - rows[0] + margin
    wide = np.pad(colours[max(0, low) : high], [(0, 0), (128, 128), (0, 0)], constant_values=255)
    return Image(np.ascontiguousarray(wide.round().astype(np.uint8)))


if __name__ == "__main__":
    main()
