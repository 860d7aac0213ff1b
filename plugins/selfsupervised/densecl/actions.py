"""What the actions of DenseCL do with pictures and the two encoders."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.blocks import verdicts
from zoo.blocks.two_views import Crops, as_pictures, coloured, cut
from zoo.method import InputError, Progress
from zoo.types import Drawing, Image, Metrics, Spot, Video

from . import Carried, DenseCL, Matched, Segmented, figures, places
from .networks import Networks

NAMES = {"densecl": "DenseCL", "moco": "MoCo v2"}
FRAMES = 48
"""Frames of a clip that are followed."""


def encoders(method: DenseCL) -> dict[str, places.Extract]:
    """The encoders that are shown, by name."""
    networks = method.pretrained(Networks)
    return {name: networks.encoder(arm) for arm, name in NAMES.items()}


@torch.inference_mode()
def match(method: DenseCL, first: Image, spot: Spot, second: Image | None, area: float, seed: int) -> Matched:
    """Cosines of the spot with every place, and of every place with every other."""
    ours = places.seen(first)
    if second is None:
        share = np.array([spot.x / first.width, spot.y / first.height])
        theirs, truth = cropped(ours, share, area, seed)
    else:
        theirs, truth = places.seen(second), None
    cell = ours.cells(np.array([[spot.x, spot.y]]))
    heats, forths, shares, seen_at = {}, {}, {}, {}
    for name, encoder in encoders(method).items():
        one_grid, other_grid = (places.units(encoder(sight.input())) for sight in (ours, theirs))
        heats[name] = places.heat(one_grid, other_grid, cell)[0]
        seen_at[name] = places.best(heats[name][None])[0]
        forths[name] = places.everywhere(other_grid, one_grid)
        shares[name] = 100 * right(forths[name], places.everywhere(one_grid, other_grid), truth)
    target = None if truth is None else nearest_place(truth, cell[0])
    what = "places that return to themselves" if truth is None else "places matched to within a cell"
    rows = [(f"{what}, {name}", share, "%") for name, share in shares.items()]
    if target is not None:
        rows += [
            (f"your spot from its true place, {name}", float(np.hypot(*(place - target))), "cells")
            for name, place in seen_at.items()
        ]
    rows += [
        ("places of the first picture", ours.rows * ours.columns, ""),
        ("pixels a cell", places.CELL, ""),
    ]
    return Matched(
        summary=verdicts.beside("DenseCL", shares["DenseCL"], "MoCo v2", shares["MoCo v2"], "%", what=what),
        matches=figures.arrows(ours, theirs, cell[0], seen_at, target),
        heat=figures.heats(theirs, heats),
        everywhere=figures.origins(ours, theirs, forths),
        profile=figures.profile(heats, seen_at),
        metrics=Metrics(rows),
    )


def cropped(sight: places.Sight, spot: NDArray, area: float, seed: int) -> tuple[places.Sight, NDArray]:
    """A mirrored and recoloured crop around a spot, and where each of its places lies on the first's grid.

    Args:
        sight: the first picture.
        spot: x and y as shares of it.
        area: of the crop, as a share of the picture.
        seed: draws the crop's place and its colours.

    Returns:
        The crop at the size of the first, and columns and rows (h, w, 2), 0 at a first centre.
    """
    rng, side = np.random.default_rng(seed), np.sqrt(area)
    corner = (spot - side * rng.uniform(0.2, 0.8, size=2)).clip(0, 1 - side)
    crops = Crops(np.array([[*corner, side, side]], np.float32), np.array([True]))
    height, width = sight.large.shape[:2]
    view = coloured(cut(as_pictures(sight.large[None]), crops, height, width), rng)
    small = torch.nn.functional.avg_pool2d(view, places.ZOOM)
    large, pixels = ((part[0].permute(1, 2, 0) * 255).round().byte().numpy() for part in (view, small))
    origin = crops.places(sight.rows, sight.columns)[0] * [sight.columns, sight.rows] - 0.5
    return places.Sight(pixels, large, sight.times), origin


def right(forth: NDArray, back: NDArray | None, truth: NDArray | None) -> float:
    """The share of places whose match is at most a cell off, or, without a truth, that return to within a cell.

    Args:
        forth: where each place of the second picture is seen on the first, (h, w, 2).
        back: where each of the first is seen on the second; of no use where the truth is known.
        truth: where each of the second really is on the first.
    """
    if truth is None and back is not None:
        return float((places.there_and_back(forth, back) < 1.5).mean())
    return float((np.abs(forth - truth).max(2) <= 1).mean())


def nearest_place(truth: NDArray, cell: NDArray) -> NDArray[np.int64]:
    """The column and row of the second picture that lies nearest to a cell of the first."""
    far = np.hypot(*(truth - cell).transpose(2, 0, 1))
    row, column = np.unravel_index(far.argmin(), far.shape)
    return np.array([column, row])


@torch.inference_mode()
def segment(
    method: DenseCL, image: Image, begin: Spot, end: Spot, ground: Spot | None, bias: float
) -> Segmented:
    """Likeness to the stroke less that to the ground, by both encoders and by colour alone."""
    sight = places.seen(image)
    stroke, other = samples(sight, image, begin, end, ground)
    grids = {name: places.units(encoder(sight.input())) for name, encoder in encoders(method).items()}
    grids["colours"] = colours(sight)
    likeness = {
        name: places.spread(grid, places.at(grid, stroke), places.at(grid, other)) + bias
        for name, grid in grids.items()
    }
    kept = {name: kept_back(grid, stroke, other) for name, grid in grids.items()}
    height, width = sight.large.shape[:2]
    masks = {name: places.on_pixels(values, height, width) > 0 for name, values in likeness.items()}
    rows = [(f"kept back and named rightly, {name}", share, "%") for name, share in kept.items()]
    rows += [(f"taken for the thing, {name}", 100 * mask.mean(), "%") for name, mask in masks.items()]
    rows += [("samples of the stroke", len(stroke), ""), ("samples of the ground", len(other), "")]
    return Segmented(
        summary=verdicts.beside(
            "DenseCL", kept["DenseCL"], "MoCo v2", kept["MoCo v2"], "%",
            what="samples that were kept back and named rightly",
        ),
        cutouts=figures.cutouts(sight, masks, stroke),
        likeness=figures.heats(sight, likeness),
        metrics=Metrics(rows),
    )  # fmt: skip


def samples(
    sight: places.Sight, image: Image, begin: Spot, end: Spot, ground: Spot | None
) -> tuple[NDArray, NDArray]:
    """Places of the grid along the stroke (n, 2), and of the ground (m, 2): the border and a ring around a spot."""
    ends = sight.cells(np.array([[spot.x, spot.y] for spot in (begin, end)]))
    count = max(6, 2 * int(np.ceil(np.hypot(*(ends[1] - ends[0])))))
    stroke = ends[0] + np.linspace(0, 1, count)[:, None] * (ends[1] - ends[0])
    rows, columns = np.indices((sight.rows, sight.columns))
    border = (rows % (sight.rows - 1) == 0) | (columns % (sight.columns - 1) == 0)
    other = np.stack([columns[border], rows[border]], 1).astype(float)
    other = other[np.abs(other[:, None] - stroke).max(2).min(1) > 1]
    if ground is not None:
        centre = sight.cells(np.array([[ground.x, ground.y]]))
        angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        ring = centre + 0.7 * np.stack([np.cos(angles), np.sin(angles)], 1)
        other = np.concatenate([other, centre, ring])
    if not len(other):
        raise InputError(
            "the stroke covers the whole border; send spots on the thing alone, or a larger picture."
        )
    return stroke, other


def kept_back(grid: torch.Tensor, stroke: NDArray, other: NDArray) -> float:
    """Percent of samples that are named rightly by the other half: the mean of both sides."""
    thing, ground = places.at(grid, stroke), places.at(grid, other)
    shares = []
    for half in (0, 1):
        known, asked = slice(half, None, 2), slice(1 - half, None, 2)
        for sign, queries in ((1, thing[asked]), (-1, ground[asked])):
            if len(queries):
                likeness = places.spread(
                    queries[None], thing[known], ground[known] if len(ground) > 1 else ground
                )
                shares.append(float((sign * likeness > 0).float().mean()))
    return 100 * float(np.mean(shares))


def colours(sight: places.Sight) -> torch.Tensor:
    """The mean colour of each cell, and one, as directions (h, w, 4): what a segmentation without features goes by."""
    cells = (
        sight.pixels.reshape(sight.rows, places.CELL, sight.columns, places.CELL, 3).mean((1, 3)) / 127.5 - 1
    )
    flat = torch.from_numpy(cells).float()
    return torch.nn.functional.normalize(torch.cat([flat, torch.ones(*flat.shape[:2], 1)], 2), dim=2)


@torch.inference_mode()
def carry(
    method: DenseCL, clip: Video, mask: Drawing, last: Drawing | None, reach: int, progress: Progress
) -> Carried:
    """Both encoders on every frame, and the mask carried by each; scored at the end, or there and back again."""
    if len(clip.frames) < 2:
        raise InputError(
            "the clip has one frame; send one of at least two, through which a mask can be carried."
        )
    sights = [places.seen(Image(frame), places.CLIP) for frame in clip.frames[:FRAMES]]
    start = drawn(mask, sights[0])
    if not start.any() or start.all():
        raise InputError("the mask covers nothing or everything; draw where the thing is on the first frame.")
    views = torch.cat([sight.input() for sight in sights])
    grids = {"colours": torch.stack([colours(sight) for sight in sights])}
    for name, encoder in encoders(method).items():
        progress(0.2 * len(grids), f"looking by {name}")
        features = torch.cat([encoder(part) for part in views.split(4)])
        grids[name] = torch.nn.functional.normalize(features.permute(0, 2, 3, 1), dim=3)
    end = None if last is None else drawn(last, sights[-1])
    masks, scores = {}, {}
    for name, grid in grids.items():
        progress(0.6 + 0.13 * len(masks), f"following by {name}")
        masks[name], scores[name] = followed(grid, start, end, reach)
    what = "overlap there and back" if end is None else "overlap at the end"
    shown = {name: masks[name] for name in NAMES.values()}
    rows = [(f"{what}, {name}", scores[name], "%") for name in (*shown, "colours")]
    if end is not None:
        rows.append((f"{what}, if the mask stood still", places.overlap(start, end), "%"))
    rows += [("frames", len(sights), ""), ("places a frame", sights[0].rows * sights[0].columns, "")]
    return Carried(
        summary=verdicts.beside("DenseCL", scores["DenseCL"], "MoCo v2", scores["MoCo v2"], "%", what=what),
        clip=figures.clip(sights, shown, clip.fps),
        first=figures.tinted(sights[0], start),
        overlap=figures.covered(masks),
        metrics=Metrics(rows),
    )


def followed(
    grid: torch.Tensor, start: NDArray, end: NDArray | None, reach: int
) -> tuple[list[NDArray[np.bool_]], float]:
    """A mask on all frames, and its overlap with the last one's, or with itself there and back, in percent.

    Args:
        grid: directions (t, h, w, c).
        start: the first mask, in pixels.
        end: the last, if it is known.
        reach: see `places.carried`.
    """
    labels = places.carried(grid, on_grid(start), reach)
    masks = [places.on_pixels(part, *start.shape) > 0.5 for part in labels]
    if end is not None:
        return masks, places.overlap(masks[-1], end)
    back = places.carried(grid.flip(0), labels[-1], reach)[-1]
    return masks, places.overlap(places.on_pixels(back, *start.shape) > 0.5, start)


def drawn(drawing: Drawing, sight: places.Sight) -> NDArray[np.bool_]:
    """A drawing as a mask (h, w) of a frame: ink, and what it encloses."""
    from PIL import Image as Pillow
    from scipy.ndimage import binary_fill_holes

    height, width = sight.pixels.shape[:2]
    ink = Pillow.fromarray((drawing.ink * 255).astype(np.uint8)).resize((width, height))
    return binary_fill_holes(np.asarray(ink) > 127)


def on_grid(mask: NDArray) -> torch.Tensor:
    """How much of each cell a mask covers, (h / 8, w / 8)."""
    return torch.nn.functional.avg_pool2d(torch.from_numpy(mask[None, None]).float(), places.CELL)[0, 0]
