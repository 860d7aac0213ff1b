"""What dense features are used for on the page: finding a spot again, spreading a stroke, and carrying a mask.

All of it is nearest neighbours by cosine between places of a grid; nothing is learned here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks.two_views import as_pictures, standardised
from zoo.types import Image

CELL = 8
"""Pixels between places of the grid of features."""
LONGEST = 128
"""Pixels of the longer side at which a picture is looked at, as scenes were in training."""
CLIP = 192
"""The same for frames of clips, whose things are smaller."""
ZOOM = 3
"""Pixels that people are shown for each that encoders see."""
Extract = Callable[[Tensor], Tensor]
"""From standardised pictures (n, 3, h, w) to features (n, c, h / 8, w / 8)."""


@dataclass(frozen=True)
class Sight:
    """A picture as encoders see it.

    Attributes:
        pixels: uint8 (h, w, 3), both sides multiples of `CELL`.
        large: the same for people, uint8 (ZOOM h, ZOOM w, 3).
        times: pixels of it for each of the original's, across and down.
    """

    pixels: NDArray[np.uint8]
    large: NDArray[np.uint8]
    times: tuple[float, float]

    @property
    def rows(self) -> int:
        """Places down the grid."""
        return self.pixels.shape[0] // CELL

    @property
    def columns(self) -> int:
        """Places across the grid."""
        return self.pixels.shape[1] // CELL

    def input(self) -> Tensor:
        """(1, 3, h, w), standardised."""
        return standardised(as_pictures(self.pixels[None]))

    def cells(self, spots: NDArray) -> NDArray[np.float64]:
        """Spots (n, 2), x and y in the original's pixels, as columns and rows of the grid, 0 at a first centre."""
        return np.asarray(spots, float) * self.times / CELL - 0.5


def seen(image: Image, longest: int = LONGEST) -> Sight:
    """A picture with its longer side at `longest` pixels, and the other at the nearest multiple of `CELL`."""
    from PIL import Image as Pillow

    scale = longest / max(image.width, image.height)
    width, height = (max(4, round(side * scale / CELL)) * CELL for side in (image.width, image.height))
    picture, how = image.pil(), Pillow.Resampling.BILINEAR
    pixels = np.asarray(picture.resize((width, height), how))
    large = np.asarray(picture.resize((ZOOM * width, ZOOM * height), how))
    return Sight(pixels, large, (width / image.width, height / image.height))


def units(features: Tensor) -> Tensor:
    """Features (1, c, h, w) as directions (h, w, c)."""
    return F.normalize(features[0].permute(1, 2, 0), dim=2)


def at(directions: Tensor, cells: NDArray) -> Tensor:
    """Directions (n, c) at places between those of the grid (h, w, c), by bilinear interpolation; see `Sight.cells`."""
    height, width = directions.shape[:2]
    places = (torch.from_numpy(cells).float() + 0.5) / torch.tensor([width, height]) * 2 - 1
    grid = directions.permute(2, 0, 1)[None]
    drawn = F.grid_sample(grid, places[None, None], padding_mode="border", align_corners=False)
    return F.normalize(drawn[0, :, 0].T, dim=1)


def best(similarity: Tensor) -> NDArray[np.int64]:
    """Columns and rows (n, 2) of the largest of similarities (n, h, w)."""
    places = similarity.flatten(1).argmax(1).numpy()
    return np.stack([places % similarity.shape[2], places // similarity.shape[2]], 1)


def heat(directions: Tensor, other: Tensor, cells: NDArray) -> Tensor:
    """Cosines (n, h', w') of places of one grid (h, w, c) with all of another (h', w', c)."""
    return torch.einsum("nc,hwc->nhw", at(directions, cells), other)


def everywhere(directions: Tensor, other: Tensor) -> NDArray[np.int64]:
    """Where each place of a grid (h, w, c) is most alike in another: its column and row, (h, w, 2)."""
    height, width = directions.shape[:2]
    similarity = torch.einsum("nc,hwc->nhw", directions.flatten(0, 1), other)
    return best(similarity).reshape(height, width, 2)


def there_and_back(forth: NDArray, back: NDArray) -> NDArray[np.float64]:
    """How many cells from itself each place is that goes to its match and on to that one's match, (h, w)."""
    returned = back[forth[..., 1], forth[..., 0]]
    rows, columns = np.indices(forth.shape[:2])
    return np.hypot(returned[..., 0] - columns, returned[..., 1] - rows)


def spread(directions: Tensor, thing: Tensor, ground: Tensor, count: int = 3) -> Tensor:
    """How much more each place is like the thing than like the ground, (h, w).

    Args:
        directions: of the grid, (h, w, c).
        thing: directions of places that are the thing, (n, c).
        ground: of places that are not, (m, c).
        count: of each, how many of the most alike are averaged.
    """

    def likeness(samples: Tensor) -> Tensor:
        cosines = directions @ samples.T
        return cosines.topk(min(count, len(samples)), dim=2).values.mean(2)

    return likeness(thing) - likeness(ground)


def on_pixels(values: Tensor, height: int, width: int) -> NDArray[np.float32]:
    """Values of a grid (h, w) at each of height x width pixels."""
    return F.interpolate(values[None, None].float(), size=(height, width), mode="bilinear")[0, 0].numpy()


def carried(
    grids: Tensor, mask: Tensor, reach: int = 3, count: int = 5, before: int = 2, temperature: float = 0.02
) -> Tensor:
    """A mask of the first frame carried through a clip: each place takes the labels of the most alike before it.

    Args:
        grids: directions of all frames, (t, h, w, c).
        mask: how much of each place of the first is the thing, (h, w), 0 to 1.
        reach: cells that a thing may move from one frame to the next; the first frame is looked at throughout.
        count: places that are averaged.
        before: frames that are looked at besides the first.
        temperature: of the weights of cosines.

    Returns:
        (t, h, w).
    """
    time, height, width, _ = grids.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([rows.flatten(), columns.flatten()], 1)
    apart = (places[:, None] - places).abs().amax(2)
    masks = [mask.float()]
    flat = grids.flatten(1, 2)
    for now in range(1, time):
        past = [0, *range(max(1, now - before), now)]
        cosines = flat[now] @ flat[past].flatten(0, 1).T
        near = torch.cat([apart <= reach * (now - then) for then in past], 1)
        values, chosen = cosines.masked_fill(~near, -2).topk(count, dim=1)
        labels = torch.cat([masks[then].flatten() for then in past])
        mixed = ((values / temperature).softmax(1) * labels[chosen]).sum(1).view(height, width)
        # averages of averages fade; the surest place stays sure
        masks.append(mixed / mixed.max().clamp_min(1e-6))
    return torch.stack(masks)


def overlap(first: NDArray, second: NDArray) -> float:
    """Intersection over union of two masks, in percent; 100 where both are empty."""
    union = (first | second).sum()
    return 100.0 * float((first & second).sum() / union) if union else 100.0
