"""Stamps on photographs, so that what is where is known exactly."""

from __future__ import annotations

import numpy as np

from zoo.data.dataset import Arrays, Split, dataset, find
from zoo.data.store import opened

SIDE = 128
OBJECTS = 4
COUNTS = {"train": 4000, "test": 1000}
CROP = 512  # side of the piece of photograph behind a scene, pixels


@dataset(
    "scenes",
    splits=COUNTS,
    fields={
        "images": f"uint8 (n, {SIDE}, {SIDE}, 3)",
        "masks": f"uint8 (n, {SIDE}, {SIDE})",
        "objects": f"int64 (n, {OBJECTS})",
        "boxes": f"int64 (n, {OBJECTS}, 4)",
        "texts": "text (stamps,)",
        "categories": "text (stamps,)",
    },
    licence="GPL-2.0 (the stamps); photographs under free licences, each its own",
    derived_from=["stamps", "photos"],
)
def scenes() -> dict[str, Arrays]:
    """Two to four stamps on a piece of a photograph, with masks and boxes.

    `masks` are 0 for background and k + 1 where object k is seen, later objects covering earlier
    ones; `objects` index the split's `texts` (English) and `categories`, -1 where there are fewer
    than four; `boxes` are top, left, bottom, right of what is seen of each, the latter two
    exclusive, and 0 for no object. Stamps and photographs of the test split are not in training.
    """
    return {split: _compose(split, seed) for seed, split in enumerate(COUNTS)}


def _compose(split: str, seed: int) -> Arrays:
    from PIL import Image
    from tqdm.auto import tqdm

    stamps, photos = (opened(find(name), split) for name in ("stamps", "photos"))
    rng = np.random.default_rng(seed)
    count = COUNTS[split]
    images = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    masks = np.zeros((count, SIDE, SIDE), np.uint8)
    objects = np.full((count, OBJECTS), -1)
    boxes = np.zeros((count, OBJECTS, 4), np.int64)
    for k in tqdm(range(count), desc=f"scenes {split}"):
        image = Image.fromarray(_background(photos, rng)).resize((SIDE, SIDE))
        chosen = rng.choice(len(stamps), size=rng.integers(2, OBJECTS + 1), replace=False)
        objects[k, : len(chosen)] = chosen
        for index, stamp in enumerate(chosen):
            side = int(rng.integers(SIDE // 4, SIDE // 2))
            picture = Image.fromarray(stamps.images[stamp]).resize((side, side))
            left, top = (int(place) for place in rng.integers(0, SIDE - side, size=2))
            image.paste(picture, (left, top), picture)
            seen = masks[k, top : top + side, left : left + side]
            seen[np.asarray(picture)[..., 3] > 127] = index + 1
        images[k] = np.asarray(image)
        boxes[k] = [_box(masks[k] == index + 1) for index in range(OBJECTS)]
    return {
        "images": images,
        "masks": masks,
        "objects": objects,
        "boxes": boxes,
        "texts": stamps.texts[:, 0],
        "categories": stamps.categories,
    }


def _background(photos: Split, rng: np.random.Generator) -> np.ndarray:
    photo = photos.images[int(rng.integers(len(photos)))]
    side = min(CROP, *photo.shape[:2])
    top, left = (int(rng.integers(0, length - side + 1)) for length in photo.shape[:2])
    return photo[top : top + side, left : left + side]


def _box(seen: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero(seen.any(axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, 0, 0
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
