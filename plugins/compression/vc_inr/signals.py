"""Signals to patches and back: pictures, sounds, clips, shapes and climate fields.

Every signal becomes values on a grid, cut without overlap into the patches of its modality; what a last patch
lacks is filled by repeating the border. Patches know nothing of each other, so decoded neighbours disagree at
their border. There `smooth` closes the step: what a straight line through both sides does not explain is taken
off in a ramp over four points. Only steps below a threshold are closed, since a real edge may run along a border;
the sender tries a few thresholds for each axis and writes down the best, one byte an axis, so that smoothing never
costs quality.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace

import numpy as np

from zoo.errors import InputError
from zoo.types import Audio, File, Image, Mesh, Video, note
from zoo.types.grids import read_grid

from .modalities import MODALITIES

RATE = 16_000
"""Samples a second of every sound."""

SIDE = 64
"""Cells along each side of the grid that holds a shape."""

TRUNCATION = 4 / SIDE * 2
"""Where distances end, four cells, in a cube from -1 to 1: farther cells hold 1, or -1 inside."""

MARGIN = 0.85
"""The largest coordinate of a shape in that cube; beyond it is air."""

FRAMES, FRAME_SIDE = 48, 176
"""The most frames of a clip, and the longest side of a frame, in pixels."""

FIELD_VALUES = 2**20
"""The most values of a climate variable."""

THRESHOLDS = (0.0, 0.02, 0.04, 0.08, 0.16, 0.32)
"""Steps between patches that `smooth` closes, in a signal from -1 to 1, by the number kept in the file."""


@dataclass(frozen=True)
class Layout:
    """How patches lie, and what else is needed to make a signal of them.

    Attributes:
        modality: name of the modality.
        sizes: points along each axis of the whole signal; of climate fields, steps in time come first.
        numbers: of a sound, its gain; of a clip, frames a second; of a shape, centre and half the side of its
            cube; of a field, middle and half the width of its range.
        seams: for each axis, the number of the threshold below which steps between patches are closed.
        mask: of a field, where it has no values, packed and compressed; else empty.
    """

    modality: str
    sizes: tuple[int, ...]
    numbers: tuple[float, ...] = ()
    seams: tuple[int, ...] = ()
    mask: bytes = b""

    @property
    def patch(self) -> tuple[int, ...]:
        """The size of a patch along each axis of the signal."""
        patch = MODALITIES[self.modality].patch
        return (1,) * (len(self.sizes) - len(patch)) + patch

    @property
    def counts(self) -> tuple[int, ...]:
        """Patches along each axis."""
        return tuple(-(-size // step) for size, step in zip(self.sizes, self.patch, strict=True))

    @property
    def patches(self) -> int:
        """Patches in all."""
        return math.prod(self.counts)

    @property
    def points(self) -> int:
        """Pixels, samples or voxels in all."""
        return math.prod(self.sizes)


def cut(field: np.ndarray, layout: Layout) -> np.ndarray:
    """A signal (*sizes, channels) as patches (n, *patch, channels)."""
    axes = len(layout.sizes)
    lacking = [
        (0, count * step - size)
        for count, step, size in zip(layout.counts, layout.patch, layout.sizes, strict=True)
    ]
    whole = np.pad(field, [*lacking, (0, 0)], mode="edge")
    split = [side for pair in zip(layout.counts, layout.patch, strict=True) for side in pair]
    order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2), 2 * axes]
    patches = whole.reshape(*split, field.shape[-1]).transpose(order)
    return np.ascontiguousarray(
        patches.reshape(-1, *MODALITIES[layout.modality].patch, field.shape[-1]), dtype=np.float32
    )


def lay(patches: np.ndarray, layout: Layout) -> np.ndarray:
    """Patches (n, *patch, channels) as the signal (*sizes, channels), steps between them closed."""
    field = _together(patches, layout)
    for axis, seam in enumerate(layout.seams):
        field = smooth(field, axis, layout.patch[axis], THRESHOLDS[seam])
    return field[tuple(slice(size) for size in layout.sizes)]


def _together(patches: np.ndarray, layout: Layout) -> np.ndarray:
    """Patches side by side, with what `cut` filled in."""
    axes, channels = len(layout.sizes), patches.shape[-1]
    order = [place for axis in range(axes) for place in (axis, axes + axis)]
    field = patches.reshape(*layout.counts, *layout.patch, channels).transpose([*order, 2 * axes])
    return field.reshape(
        *(count * step for count, step in zip(layout.counts, layout.patch, strict=True)), channels
    )


def smooth(field: np.ndarray, axis: int, step: int, threshold: float) -> np.ndarray:
    """Close the steps at every multiple of `step` along an axis that are at most `threshold`.

    Args:
        field: its side along `axis` is a multiple of `step`.
        axis: across which the borders run.
        step: points between borders.
        threshold: the largest step that is closed, above what the slopes on both sides explain.
    """
    reach = min(4, step // 2)
    if threshold == 0 or reach < 2 or field.shape[axis] == step:
        return field
    parts = np.moveaxis(field, axis, 0)
    parts = parts.reshape(-1, step, *parts.shape[1:]).copy()
    before, after = parts[:-1, step - reach :], parts[1:, :reach]
    slope = (before[:, -1] - before[:, -2] + after[:, 1] - after[:, 0]) / 2
    jump = after[:, 0] - before[:, -1] - slope
    jump = np.where(np.abs(jump) <= threshold, jump, 0)[:, None]
    ramp = (0.5 * (1 - np.arange(reach) / reach)).astype(field.dtype)
    ramp = ramp.reshape(-1, *[1] * (jump.ndim - 2))
    before += jump * ramp[::-1]
    after -= jump * ramp
    return np.moveaxis(parts.reshape(-1, *parts.shape[2:]), 0, axis)


def with_seams(patches: np.ndarray, layout: Layout, original: np.ndarray) -> Layout:
    """The layout with the thresholds that bring decoded patches closest to the original, axis by axis."""
    field, seams = _together(patches, layout), []
    inside = tuple(slice(size) for size in layout.sizes)
    for axis, (step, count) in enumerate(zip(layout.patch, layout.counts, strict=True)):
        tries = [smooth(field, axis, step, threshold) for threshold in THRESHOLDS if step > 1 and count > 1]
        errors = [np.square(smoothed[inside] - original, dtype=np.float64).mean() for smoothed in tries]
        seams.append(int(np.argmin(errors)) if errors else 0)
        field = tries[seams[-1]] if tries else field
    return replace(layout, seams=tuple(seams))


# ---------------------------------------------------------------------------------------------------------
# Pictures, sounds, clips


def picture_field(image: Image, longest: int) -> tuple[np.ndarray, Layout]:
    """A picture, scaled down if a side is longer than `longest`, as (height, width, 3) in [-1, 1]."""
    pixels, factor = image.pixels, longest / max(image.height, image.width)
    if factor < 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        pixels = np.asarray(image.pil().resize(size, resample=1, reducing_gap=3.0))  # 1 is Lanczos
        note(f"{image.width} x {image.height} pixels were scaled to {size[0]} x {size[1]}.")
    return pixels.astype(np.float32) / 127.5 - 1, Layout("picture", pixels.shape[:2])


def as_picture(field: np.ndarray) -> Image:
    """The picture of (height, width, 3) in [-1, 1]."""
    return Image(_bytes(field))


def _bytes(field: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(((field.clip(-1, 1) + 1) * 127.5).round().astype(np.uint8))


def sound_field(sound: Audio, seconds: float) -> tuple[np.ndarray, Layout]:
    """The beginning of a sound at 16 kHz, as (samples, 1) that fill [-1, 1]; its gain is kept apart."""
    samples = sound.samples[: math.ceil(seconds * sound.rate)]
    if len(samples) < len(sound.samples):
        note(f"Of {sound.seconds:.3g} s the first {seconds:.3g} are used.")
    if sound.rate != RATE:
        from scipy.signal import resample_poly

        note(f"{sound.rate:,} samples a second were brought to {RATE:,}.")
        shared = math.gcd(RATE, sound.rate)
        samples = resample_poly(samples.astype(np.float64), RATE // shared, sound.rate // shared)
    samples = np.asarray(samples, np.float32).clip(-1, 1)
    gain = float(np.float32(np.abs(samples).max())) or 1.0
    return (samples / np.float32(gain))[:, None], Layout("audio", (len(samples),), (gain,))


def as_sound(field: np.ndarray, layout: Layout) -> Audio:
    """The sound of (samples, 1)."""
    return Audio((field[:, 0] * np.float32(layout.numbers[0])).clip(-1, 1).astype(np.float32), RATE)


def clip_field(video: Video) -> tuple[np.ndarray, Layout]:
    """The first frames of a clip, scaled down if large, as (time, height, width, 3) in [-1, 1]."""
    frames = video.frames[:FRAMES]
    if len(frames) < len(video.frames):
        note(f"Of {len(video.frames)} frames the first {FRAMES} are used.")
    height, width = frames.shape[1:3]
    factor = FRAME_SIDE / max(height, width)
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        frames = np.stack([np.asarray(Image(frame).pil().resize(size, resample=1)) for frame in frames])
        note(f"{width} x {height} pixels were scaled to {size[0]} x {size[1]}.")
    return frames.astype(np.float32) / 127.5 - 1, Layout("video", frames.shape[:3], (video.fps,))


def as_clip(field: np.ndarray, layout: Layout) -> Video:
    """The clip of (time, height, width, 3) in [-1, 1]."""
    return Video(_bytes(field), layout.numbers[0])


# ---------------------------------------------------------------------------------------------------------
# Shapes


def shape_field(mesh: Mesh, side: int = SIDE) -> tuple[np.ndarray, Layout]:
    """The truncated signed distance to a surface, (side, side, side, 1), -1 deep inside and 1 far outside.

    The surface need not be closed. A cell is inside if most of the lines through it along the three axes say so: a line
    that does not leave as often as it enters has gone through a hole, and does not vote. Bodies that overlap are one.

    Raises:
        InputError: the surface encloses nothing at this resolution.
    """
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    centre, half = low / 2 + high / 2, (high / 2 - low / 2).max() / MARGIN
    if not (np.abs(centre).max() < 1e30 and 1e-30 < half < 1e30):
        raise InputError("the mesh has no extent, or a vast one; send a closed surface of ordinary size.")
    centre, half = centre.astype(np.float32), float(np.float32(half))  # as the file keeps them
    faces, oriented = mesh.outward()
    corners = ((mesh.vertices - centre) / half)[faces]
    inside, overlap = _inside(corners, side, oriented)
    if not inside.any():
        raise InputError("the surface encloses no volume; send a mesh that is closed, or nearly so.")
    distance = _distance(corners, side, buried_in=inside if overlap else None)
    field = np.where(inside, -distance, distance)[..., None].astype(np.float32)
    return field, Layout("shape", (side,) * 3, (*map(float, centre), half))


def _centres(side: int) -> np.ndarray:
    return (np.arange(side) + 0.5) / side * 2 - 1


MOST_CROSSINGS = 40_000_000
"""Pairs of a triangle and a line that are looked at along one axis."""


def _inside(corners: np.ndarray, side: int, oriented: bool) -> tuple[np.ndarray, bool]:
    """Which cells lie inside, bool (side, side, side), by the votes of lines along three axes; and if bodies overlap.

    Args:
        corners: (triangles, 3, 3) in a cube from -1 to 1.
        side: cells along each axis.
        oriented: whether triangles face outwards, so that what is entered twice is left twice; else every crossing
            leads in or out.
    """
    overlap = False
    votes = np.zeros((side,) * 3, np.int8)
    for axis in range(3):
        first, second = (other for other in range(3) if other != axis)
        hits = _crossings(corners[..., [first, second, axis]], side, oriented)
        below, total = hits[..., :-1].cumsum(-1), hits.sum(-1)
        if not oriented:
            below, total = below % 2, total % 2
        whole = total == 0
        overlap |= bool((np.abs(below[whole]) > 1).any())
        votes += np.moveaxis(np.where(whole[..., None], np.where(below != 0, 1, -1), 0), 2, axis).astype("i1")
    return votes > 0, overlap


def _crossings(corners: np.ndarray, side: int, oriented: bool) -> np.ndarray:
    """How often lines along the third axis cross triangles before each cell's centre, (side, side, side + 1).

    With `oriented`, how much more often they enter than leave.

    Args:
        corners: (triangles, 3, 3) in a cube from -1 to 1.
        side: lines along the first and the second axis.
    """
    # lines a hair beside the centres, for else many would run through the edges of regular meshes
    shift = np.array([2.3e-5, 3.1e-5])
    low, high = corners[..., :2].min(1), corners[..., :2].max(1)
    start = np.ceil(((low - shift + 1) * side - 1) / 2).astype(int).clip(0, side)
    stop = (np.floor(((high - shift + 1) * side - 1) / 2).astype(int) + 1).clip(0, side)
    span = (stop - start).clip(0)
    number = span.prod(1)
    if number.sum() > MOST_CROSSINGS:
        raise InputError("the mesh has too many large triangles; simplify it first.")
    total = np.zeros(side * side * (side + 1), np.int64)
    ends = number.cumsum()
    begin = 0
    while begin < len(number):
        # about a million pairs at a time
        end = max(begin + 1, int(np.searchsorted(ends, (ends[begin - 1] if begin else 0) + 1_000_000)))
        total += _crossings_of(corners[begin:end], start[begin:end], span[begin:end], side, shift, oriented)
        begin = end
    return total.reshape(side, side, side + 1)


def _crossings_of(
    corners: np.ndarray, start: np.ndarray, span: np.ndarray, side: int, shift: np.ndarray, oriented: bool
) -> np.ndarray:
    number = span.prod(1)
    triangle = np.repeat(np.arange(len(corners)), number)
    within = np.arange(len(triangle)) - np.repeat(number.cumsum() - number, number)
    row, column = np.divmod(within, np.maximum(span[triangle, 1], 1))
    row, column = row + start[triangle, 0], column + start[triangle, 1]
    lines = np.stack([row, column], 1)
    places = (lines + 0.5) / side * 2 - 1 + shift
    a, b, c = (corners[triangle, k] for k in range(3))

    def area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - p[:, 0])

    weights = np.stack([area(b, c, places), area(c, a, places), area(a, b, places)])
    met = (weights > 0).all(0) | (weights < 0).all(0)
    weights, triangle, row, column = weights[:, met], triangle[met], row[met], column[met]
    height = (weights * corners[triangle, :, 2].T).sum(0) / weights.sum(0)
    cell = np.ceil(((height + 1) * side - 1) / 2).clip(0, side).astype(int)
    entered = -np.sign(weights.sum(0)) if oriented else None
    counts = np.bincount(
        (row * side + column) * (side + 1) + cell, entered, minlength=side * side * (side + 1)
    )
    return counts.astype(np.int64)


def _distance(
    corners: np.ndarray, side: int, samples: int = 40_000, buried_in: np.ndarray | None = None
) -> np.ndarray:
    """The distance of each centre to the surface over `TRUNCATION`, at most 1: (side, side, side).

    The nearest of many points on the surface tells the triangle; the distance to that is exact.
    """
    from scipy.ndimage import distance_transform_edt
    from scipy.spatial import cKDTree
    from trimesh.triangles import closest_point

    points, owner = _sample(corners, samples)
    if buried_in is not None:
        seen = _seen(corners, points, owner, buried_in)
        points, owner = points[seen], owner[seen]
    empty = np.ones((side,) * 3, bool)
    empty[tuple(((points + 1) / 2 * side).astype(int).clip(0, side - 1).T)] = False
    near = distance_transform_edt(empty) < TRUNCATION / 2 * side + 1.8  # a cell and a diagonal of doubt
    centres = _centres(side)[np.argwhere(near)]
    _, nearest = cKDTree(points, balanced_tree=False).query(centres, eps=0.05)
    closest = closest_point(corners[owner[nearest]], centres)
    distance = np.ones((side,) * 3)
    distance[near] = np.minimum(1, np.linalg.norm(closest - centres, axis=1) / TRUNCATION)
    return distance


def _seen(corners: np.ndarray, points: np.ndarray, owner: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Which points on triangles are not within another body, where both sides of them are inside."""
    normals = np.cross(*_edges(corners))[owner]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    side = len(inside)

    def at(places: np.ndarray) -> np.ndarray:
        return inside[tuple(((places + 1) / 2 * side).astype(int).clip(0, side - 1).T)]

    step = 1.5 / side * 2 * normals
    return ~(at(points + step) & at(points - step))


def _edges(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]


def _sample(corners: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on triangles, evenly by area, with every triangle's middle; and the triangle of each."""
    first, second = _edges(corners)
    areas = np.linalg.norm(np.cross(first, second), axis=1)
    ends = areas.cumsum() / areas.sum()
    owner = np.searchsorted(ends, (np.arange(count) + 0.5) / count).clip(0, len(corners) - 1)
    u, v = np.random.default_rng(0).random((2, count))
    outside = u + v > 1
    u, v = np.where(outside, 1 - u, u), np.where(outside, 1 - v, v)
    points = corners[owner, 0] + u[:, None] * first[owner] + v[:, None] * second[owner]
    middles = corners.mean(1)
    return np.concatenate([points, middles]), np.concatenate([owner, np.arange(len(corners))])


def as_shape(field: np.ndarray, layout: Layout) -> Mesh:
    """The surface where a field (side, side, side, 1) is 0, in the coordinates of the mesh it came from.

    Raises:
        InputError: the field has no inside.
    """
    vertices, faces = surface(field[..., 0])
    if not len(faces):
        raise InputError("nothing is left of the shape at this rate; send a larger rate.")
    scaled = (vertices + 0.5) / np.array(layout.sizes) * 2 - 1
    return Mesh(scaled * layout.numbers[3] + np.array(layout.numbers[:3]), faces)


def surface(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The surface where a field is 0, by surface nets (Gibson, 1998).

    Every cube of eight cells that holds both signs has one vertex, the mean of the places where its edges cross
    zero; every edge between cells of two signs joins the vertices of the four cubes around it.

    Args:
        field: (n, n, n), negative inside; what lies beyond its border counts as outside.

    Returns:
        vertices (v, 3), in cells, and triangles (f, 3) that face outwards.
    """
    padded = np.pad(field.astype(np.float64), 1, constant_values=1.0)
    inside = padded < 0
    shape = tuple(size - 1 for size in padded.shape)
    total, number = np.zeros((*shape, 3)), np.zeros(shape)
    quads = []
    for axis in range(3):
        at, past = np.moveaxis(padded, axis, 0)[:-1], np.moveaxis(padded, axis, 0)[1:]
        changes = np.moveaxis(inside, axis, 0)[:-1] != np.moveaxis(inside, axis, 0)[1:]
        i, j, k = np.nonzero(changes)
        step = at[i, j, k] / (at[i, j, k] - past[i, j, k])
        others = [other for other in range(3) if other != axis]
        place = np.empty((len(i), 3))
        place[:, axis], place[:, others[0]], place[:, others[1]] = i + step, j, k
        corners = []
        for across, down in ((1, 1), (0, 1), (0, 0), (1, 0)):  # once around the edge
            cube = np.empty((len(i), 3), int)
            cube[:, axis], cube[:, others[0]], cube[:, others[1]] = i, j - across, k - down
            flat = np.ravel_multi_index(tuple(cube.T), shape)
            number += np.bincount(flat, minlength=number.size).reshape(shape)
            for part in range(3):
                total[..., part] += np.bincount(flat, place[:, part], minlength=number.size).reshape(shape)
            corners.append(flat)
        quad = np.stack(corners, 1)
        leaving = (at[i, j, k] < 0) != (axis == 1)  # the second axis turns the other way round
        quads.append(np.where(leaving[:, None], quad, quad[:, ::-1]))
    quads = np.concatenate(quads)
    used, faces = np.unique(quads, return_inverse=True)
    faces = faces.reshape(-1, 4)
    vertices = (total.reshape(-1, 3)[used] / number.reshape(-1)[used][:, None]) - 1
    return vertices, np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])


# ---------------------------------------------------------------------------------------------------------
# Climate fields


def climate_values(file: File, variable: str, steps: int) -> tuple[np.ndarray, str]:
    """A variable of a netCDF file: float64 (time, latitude, longitude), NaN where it has none, and its name.

    Raises:
        InputError: the file is not netCDF, or has no such variable on a grid.
    """
    grid = read_grid(file.data, variable, steps, 64 * FIELD_VALUES)
    values = grid.values
    values[~(np.abs(values) < 1e30)] = np.nan  # infinite, or a fill value that is not marked
    if np.isnan(values).all():
        raise InputError("the variable has no values but missing ones.")
    if values.size > FIELD_VALUES:
        kept = FIELD_VALUES // (values.shape[1] * values.shape[2])
        if not kept:
            raise InputError(f"one step has over {FIELD_VALUES:,} values; send a smaller region.")
        values = values[:kept]
    return values, grid.name


def climate_field(values: np.ndarray) -> tuple[np.ndarray, Layout]:
    """Values (time, latitude, longitude) as (..., 1) that fill [-1, 1]; where there are none, the nearest."""
    missing = np.isnan(values)
    low, high = np.nanmin(values), np.nanmax(values)
    middle, half = np.float32((low + high) / 2), np.float32((high - low) / 2) or np.float32(1)
    filled, mask = values, b""
    if missing.any():
        from scipy.ndimage import distance_transform_edt

        always = missing.all(axis=(1, 2))
        filled = np.where(always[:, None, None], float(middle), values)
        nearest = np.stack(
            [
                distance_transform_edt(gap, return_distances=False, return_indices=True)
                for gap in missing & ~always[:, None, None]
            ]
        )
        time = np.arange(len(values))[:, None, None]
        filled = filled[time, nearest[:, 0], nearest[:, 1]]
        kept = missing[:1] if (missing == missing[0]).all() else missing
        mask = zlib.compress(np.packbits(kept).tobytes(), 9)
    field = ((filled - middle) / half).astype(np.float32).clip(-1, 1)[..., None]
    return field, Layout("climate", values.shape, (float(middle), float(half)), mask=mask)


def as_climate(field: np.ndarray, layout: Layout) -> np.ndarray:
    """Values (time, latitude, longitude) of a field (..., 1), NaN where there were none.

    Raises:
        InputError: the mask is damaged.
    """
    middle, half = layout.numbers
    values = field[..., 0].astype(np.float64).clip(-1, 1) * half + middle
    if layout.mask:
        values[missing(layout)] = np.nan
    return values


def missing(layout: Layout) -> np.ndarray:
    """Where a field has no values, bool of its sizes."""
    step = math.prod(layout.sizes[1:])
    unpacking = zlib.decompressobj()
    try:
        packed = unpacking.decompress(layout.mask, layout.points // 8 + 2)
    except zlib.error as error:
        raise InputError("the file is damaged; ask for it again.") from error
    for count in (step, layout.points):
        if len(packed) == -(-count // 8):
            gaps = np.unpackbits(np.frombuffer(packed, np.uint8), count=count).astype(bool)
            return np.broadcast_to(gaps.reshape(-1, *layout.sizes[1:]), layout.sizes)
    raise InputError("the file is damaged; ask for it again.")


def netcdf(values: np.ndarray, name: str = "field") -> File:
    """A classic netCDF file of values (time, latitude, longitude); NaN becomes the fill value."""
    import io

    from scipy.io import netcdf_file

    buffer = io.BytesIO()
    with netcdf_file(buffer, "w", mmap=False) as target:
        for axis, size in zip(("time", "latitude", "longitude"), values.shape, strict=True):
            target.createDimension(axis, size)
        stored = target.createVariable(name, "f4", ("time", "latitude", "longitude"))
        stored._FillValue = np.float32(1e35)
        stored[:] = np.where(np.isnan(values), 1e35, values).astype(np.float32)
        target.flush()
        written = buffer.getvalue()
    return File("reconstruction.nc", written)
