"""netCDF as SciPy, netCDF4, xarray and h5py write it, and what its attributes mean."""

from __future__ import annotations

import io
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray
from scipy.io import netcdf_file

from zoo.errors import InputError
from zoo.types.base import hearing
from zoo.types.grids import read_grid, unpacked

WAVES = np.sin(np.arange(3)[:, None, None] + np.arange(5)[:, None] * 0.5 + np.arange(7) * 0.25)


def read(data: bytes, variable: str = "", steps: int = 99) -> tuple[str, np.ndarray, list[str]]:
    notes: list[str] = []
    with hearing(notes):
        grid = read_grid(data, variable, steps, 10**6)
    return grid.name, grid.values, notes


def by_netcdf4(
    path: Path, raw: np.ndarray, axes: tuple[str, ...] = ("time", "lat", "lon"), **attributes
) -> bytes:
    with netCDF4.Dataset(
        path, "w", format="NETCDF4_CLASSIC" if raw.dtype.kind == "i" else "NETCDF4"
    ) as target:
        for axis, size in zip(axes, raw.shape, strict=True):
            target.createDimension(axis, size)
        fill = attributes.pop("_FillValue", None)
        variable = target.createVariable("t", raw.dtype, axes, fill_value=fill)
        variable.set_auto_maskandscale(False)
        variable.setncatts(attributes)
        variable[:] = raw
    return path.read_bytes()


def test_packed_bytes_without_a_sign(tmp_path: Path) -> None:
    raw = np.arange(0, 210, 2, dtype=np.uint8).reshape(3, 5, 7)
    attributes = {"_Unsigned": "true", "scale_factor": np.float32(0.2), "add_offset": np.float32(270)}
    data = by_netcdf4(tmp_path / "a.nc", raw.view(np.int8), **attributes)
    _, values, notes = read(data)
    np.testing.assert_allclose(values, raw * 0.2 + 270, rtol=1e-6)
    with xarray.open_dataset(io.BytesIO(data), engine="h5netcdf", decode_times=False) as other:
        np.testing.assert_allclose(values, other["t"].values, rtol=1e-6)
    assert notes == []


@pytest.mark.parametrize(
    ("attributes", "gone"),
    [
        ({"valid_min": np.int16(10)}, [0, 1, 2, 3, 4]),
        ({"valid_max": np.int16(200)}, [101, 102, 103, 104]),
        ({"valid_range": np.array([4, 204], np.int16)}, [0, 1, 103, 104]),
        ({"_FillValue": np.int16(8), "missing_value": np.int16(10)}, [4, 5]),
        ({"missing_value": np.array([8, 10], np.int16)}, [4, 5]),
        ({"missing_value": "8"}, [4]),
        ({"valid_min": 15.0, "scale_factor": 0.5, "add_offset": 10.0}, [0, 1, 2, 3, 4]),
        ({"valid_min": np.int16(10), "scale_factor": 0.5, "add_offset": 10.0}, [0, 1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_what_is_not_valid_is_missing(tmp_path: Path, attributes: dict, gone: list[int]) -> None:
    raw = np.arange(0, 210, 2, dtype=np.int16).reshape(3, 5, 7)
    _, values, notes = read(by_netcdf4(tmp_path / "a.nc", raw, **attributes))
    assert np.flatnonzero(np.isnan(values)).tolist() == gone
    whole = raw * float(attributes.get("scale_factor", 1)) + float(attributes.get("add_offset", 0))
    assert np.array_equal(values[~np.isnan(values)], whole[~np.isnan(values)])
    assert bool(notes) == any(name.startswith("valid") for name in attributes)


def test_limits_of_unsigned_bytes_are_unsigned_too() -> None:
    attributes = {"_Unsigned": "true", "valid_range": np.array([0, -6], np.int8), "_FillValue": np.int8(-1)}
    values = unpacked(np.array([0, 127, -128, -6, -2, -1], np.int8), attributes)
    assert np.array_equal(values, [0, 127, 128, 250, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize("engine", ["scipy", "h5netcdf", "netcdf4"])
def test_axes_are_told_by_what_they_say(engine: str, tmp_path: Path) -> None:
    """The same field with its axes in another order, under names, units or axis attributes."""
    named = xarray.Dataset(
        {"t": (("longitude", "latitude", "time"), WAVES.transpose(2, 1, 0))},
        {"longitude": np.arange(7.0), "latitude": np.arange(5.0), "time": np.arange(3.0)},
    )
    by_units = named.rename(longitude="a", latitude="b", time="c")
    by_units["a"].attrs["units"], by_units["b"].attrs["units"] = "degrees_east", "degrees_north"
    by_units["c"].attrs["units"] = "days since 2000-01-01"
    by_axis = named.rename(longitude="y", latitude="x", time="z")  # names that mislead
    for axis, letter in (("y", "X"), ("x", "Y"), ("z", "T")):
        by_axis[axis].attrs["axis"] = letter
    for number, data in enumerate((named, by_units, by_axis)):
        path = tmp_path / f"{number}.nc"
        data.to_netcdf(path, engine=engine)
        name, values, notes = read(path.read_bytes())
        assert name == "t"
        np.testing.assert_array_equal(values, WAVES)
        assert notes[0].startswith("The axes were put in the order")


def test_maps_of_latitudes_tell_the_axes() -> None:
    latitudes, longitudes = np.meshgrid(np.arange(5.0), np.arange(7.0))
    source = xarray.Dataset(
        {
            "t": (("p", "q"), WAVES[0].T),
            "lats": (("p", "q"), latitudes, {"units": "degrees_north"}),
            "lons": (("p", "q"), longitudes, {"units": "degrees_east"}),
        }
    )
    name, values, _ = read(bytes(source.to_netcdf(engine="scipy")))
    assert name == "t"
    np.testing.assert_array_equal(values[0], WAVES[0])


def test_axes_that_say_nothing_are_taken_by_place_and_it_is_said() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as target:
        target["t"] = WAVES
    _, values, notes = read(buffer.getvalue(), steps=2)
    np.testing.assert_array_equal(values, WAVES[:2])
    assert "by place" in notes[0]


def test_bounds_and_coordinates_are_no_field() -> None:
    buffer = io.BytesIO()
    with netcdf_file(buffer, "w", mmap=False) as target:
        for axis, size in (("lat", 5), ("lon", 7), ("nv", 2)):
            target.createDimension(axis, size)
        target.createVariable("lat", "f8", ("lat",))[:] = np.arange(5)
        target.variables["lat"].units = "degrees_north"
        target.variables["lat"].bounds = "lat_bnds"
        target.createVariable("lat_bnds", "f8", ("lat", "nv"))[:] = 0
        target.flush()
        written = buffer.getvalue()
    with pytest.raises(InputError, match="no variable on a grid"):
        read(written)
