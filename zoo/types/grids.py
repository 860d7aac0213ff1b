"""Variables on a grid of latitude and longitude in netCDF files, by the conventions of CF and of NUG.

xarray opens classic files with SciPy and netCDF-4 with h5netcdf. Its decoding leaves valid ranges out and computes in
single precision, so stored numbers become values by the rules below: bytes are unsigned where ``_Unsigned`` says so;
fill values, missing values and what lies outside a valid range are NaN, all compared as stored, except for limits of
floating point on packed integers; then scale and offset. Axes are told by units, standard names, axis attributes and
names, never by their place where any of these speaks.

References:
    CF Metadata Conventions 1.11, sections 2.5 and 4. NetCDF Users Guide, appendix A (attribute conventions).
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError
from zoo.types.base import note

if TYPE_CHECKING:
    import xarray

ACCEPTS = "send a netCDF file (classic, 64-bit offset or netCDF-4) with a variable on a grid."

_UNITS = {
    "latitude": re.compile(r"degrees?_?n(orth)?", re.I),
    "longitude": re.compile(r"degrees?_?e(ast)?", re.I),
    "time": re.compile(r".+ since .+", re.I),
}
_STANDARD_NAMES = {
    "latitude": "latitude", "grid_latitude": "latitude", "projection_y_coordinate": "latitude",
    "longitude": "longitude", "grid_longitude": "longitude", "projection_x_coordinate": "longitude", "time": "time",
}  # fmt: skip
_AXES = {"Y": "latitude", "X": "longitude", "T": "time", "Z": "height"}
_NAMES = {
    role: re.compile(rf"((.*_|r|n|g\d?_?)?({words})s?|{others})(_?\d+)?", re.I)
    for role, words, others in (
        ("latitude", "lat|latitude", "y|yc|ydim|ny|j|nj|south_north.*|northing|rows?|lines?"),
        ("longitude", "lon|long|longitude", "x|xc|xdim|nx|i|ni|west_east.*|easting|columns?|samples?"),
        ("time", "time|date|day|month|year|step", "t"),
        ("height", "lev|level|height|depth|plev|pressure|altitude", "z|bottom_top.*"),
    )
}
_DEFAULT_FILLS = {"i2": -32767, "i4": -2147483647, "u2": 65535, "u4": 4294967295}
"""What netCDF writes where nothing was written."""


@dataclass(frozen=True)
class Grid:
    """A variable on a grid.

    Attributes:
        name: as the file has it.
        values: float64 (steps, latitude, longitude), NaN where there is none; all other axes are one, time outermost.
    """

    name: str
    values: np.ndarray


def read_grid(data: bytes, variable: str, steps: int, most: int) -> Grid:
    """A variable of a netCDF file.

    Args:
        data: the file.
        variable: its name; empty for the largest on a grid.
        steps: how many grids are read.
        most: numbers that are read at once; more are refused.

    Raises:
        InputError: the file is not netCDF, or has no such variable on a grid.
    """
    if data[:4] == b"\x89HDF":
        options: dict[str, Any] = {"engine": "h5netcdf", "phony_dims": "access"}
    elif data[:3] == b"CDF":
        options = {"engine": "scipy"}
    else:
        raise InputError(f"{ACCEPTS[:-1]}; this file is neither.")
    import xarray

    try:
        with xarray.open_dataset(io.BytesIO(data), decode_cf=False, **options) as source:
            name, axes = _chosen(source, variable)
            if silent := [axis for axis in axes[-2:] if not _role(source, axis)]:
                note(f"Of {name}, {' and '.join(silent)} taken as latitude and longitude by place.")
            return Grid(name, _values(source[name], axes, steps, most))
    except InputError:
        raise
    except Exception as error:  # a damaged file may find a fault anywhere in the readers
        raise InputError(f"the netCDF file is damaged; {ACCEPTS}") from error


def _chosen(source: xarray.Dataset, variable: str) -> tuple[str, tuple[str, ...]]:
    """The variable asked for, else the one on a grid with most values; and its axes in order."""
    roles = {str(axis): _role(source, str(axis)) for axis in source.dims}
    aside = set(source.dims) | {part.attrs.get("bounds") for part in source.variables.values()}
    grids: dict[str, tuple[str, ...]] = {}
    for name, part in source.variables.items():
        coordinate = name in aside or _by_attributes(part.attrs) in ("latitude", "longitude")
        if part.dtype.kind in "iuf" and part.size and not coordinate:
            axes = _in_order(source, str(name), roles)
            if axes and source.sizes[axes[-1]] * source.sizes[axes[-2]] > 3:
                grids[str(name)] = axes
    if variable:
        if variable not in grids:
            names = ", ".join(sorted(name for name in grids if name.isprintable())[:8]) or "none"
            raise InputError(f"there is no such variable on a grid; the file has {names}.")
        return variable, grids[variable]
    if not grids:
        raise InputError("the file has no variable on a grid; send one with latitude and longitude.")
    name = max(grids, key=lambda name: source[name].size)
    return name, grids[name]


def _by_attributes(attributes: Any) -> str:
    """What an axis is by what its variable says of itself; empty where it says nothing."""
    words = {key: _text(attributes.get(key, "")) for key in ("units", "standard_name", "axis")}
    for role, pattern in _UNITS.items():
        if pattern.fullmatch(words["units"].strip()):
            return role
    return _STANDARD_NAMES.get(words["standard_name"].lower(), _AXES.get(words["axis"].upper(), ""))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _role(source: xarray.Dataset, axis: str) -> str:
    """What an axis is: by its variable's attributes, by a map of latitudes that varies along it, or by its name."""
    if axis in source.variables and (role := _by_attributes(source[axis].attrs)):
        return role
    for name, part in source.variables.items():
        role = _by_attributes(part.attrs)
        if (
            axis in part.dims
            and part.ndim == 2
            and role in ("latitude", "longitude")
            and name not in part.dims
        ):
            steps = [
                float(np.nanmean(np.abs(np.diff(part.values, axis=k)))) if n > 1 else 0.0
                for k, n in enumerate(part.shape)
            ]
            if steps[0] != steps[1] and int(np.argmax(steps)) == part.dims.index(axis):
                return role
    return next((role for role, pattern in _NAMES.items() if pattern.fullmatch(axis)), "")


def _in_order(source: xarray.Dataset, name: str, roles: dict[str, str]) -> tuple[str, ...]:
    """The axes of a variable, time first, latitude and longitude last; empty where it lies on no grid."""
    axes = [str(axis) for axis in source[name].dims]
    grid = [next((axis for axis in axes if roles[axis] == role), "") for role in ("latitude", "longitude")]
    unknown = [axis for axis in axes if not roles[axis]]
    for place in (1, 0):  # what says nothing of itself stands where it usually does
        if not grid[place] and unknown:
            grid[place] = unknown.pop()
    if not all(grid):
        return ()
    others = sorted((axis for axis in axes if axis not in grid), key=lambda axis: roles[axis] != "time")
    return (*others, *grid)


def _values(part: xarray.DataArray, axes: tuple[str, ...], steps: int, most: int) -> np.ndarray:
    """The first steps of a variable, float64 (steps, latitude, longitude)."""
    if axes != part.dims:
        note(f"The axes were put in the order {', '.join(axes)}.")
    inner = math.prod(part.sizes[axis] for axis in axes[1:-2])
    if len(axes) > 2:
        part = part.isel({axes[0]: slice(-(-steps // inner))})
    if part.size > most:
        raise InputError("the variable is too large; cut it to fewer steps or a smaller region.")
    raw = part.transpose(*axes).values
    raw = raw.reshape(-1, *raw.shape[-2:])[:steps]
    return unpacked(raw, part.attrs)


def unpacked(raw: np.ndarray, attributes: Any) -> np.ndarray:
    """Stored numbers as the values that they mean, float64, NaN where there is none."""
    signs = _text(attributes.get("_Unsigned", "")).lower()
    native = raw.astype(raw.dtype.newbyteorder("="))
    if native.dtype.kind in "iu" and signs in ("true", "false"):
        native = native.view(f"{'u' if signs == 'true' else 'i'}{native.dtype.itemsize}")
    factor, offset = (
        float(np.ravel(attributes.get(name, plain))[0])
        for name, plain in (("scale_factor", 1), ("add_offset", 0))
    )
    values = native.astype(np.float64) * factor + offset
    marks = [
        _as_stored(attributes[name], native) for name in ("_FillValue", "missing_value") if name in attributes
    ]
    if not marks and f"{native.dtype.kind}{native.dtype.itemsize}" in _DEFAULT_FILLS:
        marks = [np.array([_DEFAULT_FILLS[f"{native.dtype.kind}{native.dtype.itemsize}"]], np.float64)]
    missing = (
        np.isin(native.astype(np.float64), np.concatenate(marks)) if marks else np.zeros(native.shape, bool)
    )
    low, high = _limits(attributes)
    outside = np.zeros(native.shape, bool)
    for limit, beyond in ((low, np.less), (high, np.greater)):
        if limit is not None:
            # NUG: a limit of the type of the values, not of the packed ones, is about the values.
            about_values = (
                native.dtype.kind in "iu"
                and np.asarray(limit).dtype.kind == "f"
                and (factor, offset) != (1, 0)
            )
            bound = float(np.ravel(limit)[0]) if about_values else _as_stored(limit, native)[0]
            outside |= beyond(values if about_values else native.astype(np.float64), bound)
    if (count := int((outside & ~missing).sum())) > 0:
        note(
            f"{count:,} value{'s lie' if count > 1 else ' lies'} outside the valid range and count as missing."
        )
    values[missing | outside] = np.nan
    return values


def _limits(attributes: Any) -> tuple[Any, Any]:
    """The least and the largest valid number, None where there is none."""
    both = attributes.get("valid_range")
    if both is not None and len(np.ravel(both)) == 2:
        return np.ravel(both)[:1], np.ravel(both)[1:]
    return attributes.get("valid_min"), attributes.get("valid_max")


def _as_stored(value: Any, native: np.ndarray) -> np.ndarray:
    """Marks that attributes give, as float64; of unsigned bytes -1 means 255, as a file of signed ones writes it."""
    numbers = np.ravel(np.asarray(value))
    if numbers.dtype.kind in "SU":
        numbers = np.array([number for text in numbers for number in _number(_text(text))])
    numbers = numbers.astype(np.float64)
    if native.dtype.kind == "u":
        numbers = np.where(numbers < 0, numbers + 2.0 ** (8 * native.dtype.itemsize), numbers)
    elif native.dtype == np.float32:
        numbers = numbers.astype(np.float32).astype(np.float64)
    return numbers


def _number(text: str) -> list[float]:
    try:
        return [float(text)]
    except ValueError:
        return []
