"""A map to look at: points that tell their name and show their picture, a lasso that lists them, and a journey.

    figure = atlas(places, colouring, names, pictures=pixels, journey={"step 50": places_at_50, "step 750": places})

The page (``atlas`` in ``zoo.js``) shows a point's picture beside its name, lists what a lasso or a word chooses, and
hands the list out as CSV. Nothing of it asks the server.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import Colouring
from zoo.types import Figure

MOST_NUMBERS = 8_800
"""Coordinates in all moments of a journey: some twenty kilobytes."""
SIDE = 32
"""Pixels of a picture beside a name, at most."""


def atlas(
    places: NDArray,
    colouring: Colouring,
    names: Sequence[str],
    *,
    pictures: NDArray | None = None,
    journey: Mapping[str, NDArray] | None = None,
    height: int = 560,
) -> Figure:
    """A map of points.

    Users: fit-sne, heat-geodesic, i-con, largevis, topoae.

    Args:
        places: `(n, 2)`.
        colouring: of all n.
        names: what each is called, `n`.
        pictures: what each looks like, uint8 `(n, h, w)` or `(n, h, w, 3)`.
        journey: places at earlier moments, `(n, 2)` each, by the name of the moment, the last as `places`.
        height: in pixels.
    """
    texts = [figures.short(name, 60) for name in names]
    details: dict[str, Sequence[Any]] = {"hovertext": texts, "customdata": range(len(names))}
    look: dict[str, Any] = {"size": 6 if len(places) > 400 else 8, "hoverinfo": "text"}
    rounded = _rounded(places)
    traces = figures.coloured(rounded, colouring, most=len(figures.COLOURS), details=details, **look)
    bare = figures.axis(bare=True)
    about: dict[str, Any] = {"count": len(names)}
    if pictures is not None:
        about["sheet"] = _sheet(pictures)
    drawn = figures.chart(
        traces,
        bare,
        bare,
        height=height,
        equal=True,
        dragmode="lasso",
        meta={"atlas": about},
        uirevision="atlas",
    )
    if not journey:
        return drawn
    most = min(replay.MOST_MOMENTS, max(2, MOST_NUMBERS // (2 * len(places))))
    kept = replay.kept(len(journey), most, early=False)
    moments = [list(journey.items())[place] for place in kept]
    order = [np.asarray(trace["customdata"]) for trace in traces]
    slides = {
        name: [{"x": at[part, 0], "y": at[part, 1]} for part in order]
        for name, at in ((name, _rounded(at)) for name, at in moments)
    }
    return replay.slide(drawn, slides)


def _rounded(places: NDArray) -> NDArray:
    """Places to a thousandth of the map's size, so that a journey stays small."""
    size = max(float(np.ptp(places, axis=0).max()), 1e-300)
    return np.round(places, 3 - int(np.floor(np.log10(size))))


def _sheet(pictures: NDArray) -> dict[str, Any]:
    """All pictures in one WebP, with how many stand in a row and how large each is."""
    from PIL import Image

    each = np.asarray(pictures, np.uint8)
    each = each[..., None].repeat(3, axis=3) if each.ndim == 3 else each
    shrink = -(-max(each.shape[1:3]) // SIDE)
    each = each[:, ::shrink, ::shrink]
    count, high, wide, _ = each.shape
    across = int(np.ceil(np.sqrt(count)))
    cells = np.zeros((across * -(-count // across), high, wide, 3), np.uint8)
    cells[:count] = each
    sheet = cells.reshape(-1, across, high, wide, 3).transpose(0, 2, 1, 3, 4).reshape(-1, across * wide, 3)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "webp", quality=60, method=6)
    address = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
    return {"address": address, "across": across, "size": [wide, high]}
