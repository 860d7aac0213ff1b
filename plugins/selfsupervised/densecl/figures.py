"""DenseCL's pictures: arrows, heat over pictures, origins as colours, cut-outs and clips side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, axis, chart, line
from zoo.types import Figure, Image, Pictures, Video

from .places import CELL, ZOOM, Sight, on_pixels

PALETTE = dict(zip(("DenseCL", "MoCo v2", "colours"), (*COLOURS[:2], NEUTRAL), strict=True))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def arrows(
    ours: Sight, theirs: Sight, cell: NDArray, ends: Mapping[str, NDArray], target: NDArray | None
) -> Image:
    """Both pictures side by side, and an arrow from the spot to where each encoder sees it again.

    Args:
        ours: the first picture.
        theirs: the second.
        cell: column and row of the spot on the first's grid.
        ends: of each encoder, on the second's.
        target: where the spot truly is, if that is known.
    """
    from PIL import Image as Pillow
    from PIL import ImageDraw

    sheet = Pillow.fromarray(sheets.grid([[ours.large, theirs.large]], gap=12, edge=False))
    pen, shift = ImageDraw.Draw(sheet), sheet.width - theirs.large.shape[1]
    begin = (np.asarray(cell) + 0.5) * CELL * ZOOM
    if target is not None:
        x, y = (target + 0.5) * CELL * ZOOM + [shift, 0]
        pen.ellipse((x - 14, y - 14, x + 14, y + 14), outline="white", width=4)
    for number, (name, place) in enumerate(ends.items()):
        end = (place + 0.5) * CELL * ZOOM + [shift, 0]
        pen.line([*begin, *end], fill="white", width=6)
        pen.line([*begin, *end], fill=_rgb(PALETTE[name]), width=4)
        back = (begin - end) / max(1.0, float(np.hypot(*(begin - end))))
        across = np.array([-back[1], back[0]])
        tip = [tuple(end), tuple(end + 18 * back + 8 * across), tuple(end + 18 * back - 8 * across)]
        pen.polygon(tip, fill=_rgb(PALETTE[name]), outline="white")
        pen.text(
            (end[0] + 10, end[1] + 6 + 22 * number),
            name,
            fill="white",
            stroke_width=2,
            stroke_fill="black",
            font_size=18,
        )
    x, y = begin
    pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill="white", outline="black", width=2)
    return Image(np.asarray(sheet))


def heats(sight: Sight, values: Mapping[str, Tensor]) -> Pictures:
    """How alike each place is, as colours mixed into the picture; each from its least to its most."""
    height, width = sight.large.shape[:2]
    grey = sight.large.mean(2, keepdims=True).repeat(3, 2)
    rows = []
    for name, each in values.items():
        shown = on_pixels(each, height, width)
        colours = sheets.heat(shown, float(shown.min()), float(shown.max()))
        rows.append((name, Image((0.45 * grey + 0.55 * colours).astype(np.uint8))))
    return Pictures(tuple(rows))


def origins(ours: Sight, theirs: Sight, forths: Mapping[str, NDArray]) -> Pictures:
    """The first picture's places as colours, and each place of the second in the colour of its match."""
    height, width = (max(side) for side in zip(ours.large.shape[:2], theirs.large.shape[:2], strict=True))

    def framed(cells: NDArray, sight: Sight) -> Image:
        tint = cells.repeat(CELL * ZOOM, 0).repeat(CELL * ZOOM, 1)
        mixed = (0.7 * tint + 0.3 * sight.large.mean(2, keepdims=True)).astype(np.uint8)
        sheet = np.full((height, width, 3), sheets.GREY, np.uint8)
        sheet[: mixed.shape[0], : mixed.shape[1]] = mixed
        return Image(sheet)

    rows, columns = np.indices((ours.rows, ours.columns))
    down, across = rows / (ours.rows - 1), columns / (ours.columns - 1)
    wheel = np.stack([255 * across, 255 * down, 255 * (1 - across) * (1 - down) + 60 * across], 2)
    second = [(name, framed(wheel[forth[..., 1], forth[..., 0]], theirs)) for name, forth in forths.items()]
    return Pictures((("the first picture", framed(wheel, ours)), *second))


def profile(heat: Mapping[str, Tensor], at: Mapping[str, NDArray]) -> Figure:
    """Cosines with the spot along the row of each encoder's match, less the mean of all places."""
    traces = [
        line(
            np.arange(values.shape[1]),
            (values[at[name][1]] - values.mean()).numpy(),
            name,
            PALETTE[name],
            marks=6,
        )
        for name, values in heat.items()
    ]
    return chart(traces, "column of the second picture, in cells", "cosine above the mean", height=320)


def tinted(sight: Sight, mask: NDArray, colour: str = COLOURS[1]) -> Image:
    """A picture with a mask laid over it."""
    return Image(sheets.enlarge(_with(sight.pixels, mask, colour), 2))


def _with(pixels: NDArray, mask: NDArray, colour: str) -> NDArray[np.uint8]:
    return np.where(mask[..., None], 0.45 * pixels + 0.55 * np.array(_rgb(colour)), pixels).astype(np.uint8)


def cutouts(sight: Sight, masks: Mapping[str, NDArray], stroke: NDArray) -> Pictures:
    """What each way takes for the thing, the rest faded, with the stroke drawn in."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    rows = []
    for name, mask in masks.items():
        faded = 225 + 0.12 * (sight.large.mean(2, keepdims=True) - 128)
        sheet = Pillow.fromarray(np.where(mask[..., None], sight.large, faded).astype(np.uint8))
        points = [tuple(place) for place in ((stroke + 0.5) * CELL * ZOOM).tolist()]
        ImageDraw.Draw(sheet).line(points, fill=_rgb(PALETTE[name]), width=5)
        rows.append((name, Image(np.asarray(sheet))))
    return Pictures(tuple(rows))


def clip(sights: Sequence[Sight], masks: Mapping[str, Sequence[NDArray]], fps: float) -> Video:
    """The clip once for each encoder, side by side, with its masks."""
    frames = [
        np.concatenate([_with(sight.pixels, each[now], PALETTE[name]) for name, each in masks.items()], 1)
        for now, sight in enumerate(sights)
    ]
    return Video(np.stack(frames), fps)


def covered(masks: Mapping[str, Sequence[Any]]) -> Figure:
    """How much of each frame is taken for the thing."""
    traces = [
        line(np.arange(len(each)), [100 * mask.mean() for mask in each], name, PALETTE[name])
        for name, each in masks.items()
    ]
    return chart(traces, "frame", axis("share of the frame (%)", rangemode="tozero"), height=320)
