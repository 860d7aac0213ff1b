"""Where the visitor's points are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo.errors import InputError
from zoo.types import Drawing, Points

MOST = 40
"""Points that a layer is trained for; more make training long and the page no clearer."""

LEAST_X = 0.02
"""How far from the vertical axis some point has to lie, for a line through the origin to follow it."""


def placed(drawing: Drawing | None, points: Points | None) -> NDArray[np.float64]:
    """The points, `(n, 2)`, brought to -1 to 1 on both axes: dots of the drawing, or those of the file.

    A file keeps its origin, as lines go through it; a drawing's is its middle.

    Raises:
        InputError: both or neither are given, or there are none or too many points.
    """
    if (drawing is None) == (points is None):
        raise InputError("draw some dots, or send a file of points, one of the two.")
    xy = _dots(drawing.ink) if drawing is not None else points.xy  # type: ignore[union-attr]
    if not 1 <= len(xy) <= MOST:
        raise InputError(f"there are {len(xy)} points; send 1 to {MOST} that do not touch.")
    if drawing is None:
        xy = xy / np.maximum(abs(xy).max(axis=0), 1e-300)
    if abs(xy[:, 0]).max() < LEAST_X:
        raise InputError("all points lie on the vertical axis x = 0; put one to the left or the right of it.")
    return xy


def _dots(ink: NDArray[np.float32]) -> NDArray[np.float64]:
    """The middle of each patch of ink."""
    from scipy import ndimage

    patches, count = ndimage.label(ink > 0.5)
    middles = np.array(ndimage.center_of_mass(ink, patches, range(1, count + 1))).reshape(-1, 2)
    height, width = ink.shape
    return np.stack([2 * middles[:, 1] / (width - 1) - 1, 1 - 2 * middles[:, 0] / (height - 1)], 1)
