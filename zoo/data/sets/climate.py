"""Sea surface temperature and geopotential height, winter by winter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

EOFS = pip(
    "eofs",
    "2.0.0",
    sha256="a5a045ac044cdf3a8f6607b5fde092b9a92bf7231ae57ecf3803e35287667c55",
    megabytes=1.1,
)
FIELDS = {"latitudes": "float64 (latitude,)", "longitudes": "float64 (longitude,)"}


@dataset(
    "climate",
    splits={"train": 40, "test": 10},
    fields={"anomalies": "float32 (n, latitude, longitude)", **FIELDS},
    licence="GPL-3.0 (eofs); the observations are NOAA's and free",
    packages=[EOFS],
)
def climate(package: Path) -> dict[str, Arrays]:
    """Tropical Pacific sea surface temperature: what a winter was above or below the mean, kelvin.

    One field for each winter from 1962/63 on, November to March; NaN is land. The first 40 winters
    are for learning, the last 10 for testing. Its leading pattern is El Niño.
    """
    return _years(package, "sst_ndjfm_anom.nc", "sst", 40)


@dataset(
    "climate-heights",
    splits={"train": 52, "test": 13},
    fields={"heights": "float32 (n, latitude, longitude)", **FIELDS},
    licence="GPL-3.0 (eofs); the reanalysis is NOAA's and free",
    packages=[EOFS],
)
def heights(package: Path) -> dict[str, Arrays]:
    """Height of the 500 hPa surface over the North Atlantic in December to February, metres.

    One field a winter; the first 52 are for learning, the last 13 for testing. Its leading pattern
    is the North Atlantic Oscillation.
    """
    return _years(package, "hgt_djf.nc", "z", 52)


def _years(package: Path, file: str, variable: str, learn: int) -> dict[str, Arrays]:
    from scipy.io import netcdf_file

    with netcdf_file(package / "eofs/examples/example_data" / file, mmap=False) as source:
        stored = source.variables[variable]
        raw = np.array(stored[:])
        values = raw * getattr(stored, "scale_factor", 1.0) + getattr(stored, "add_offset", 0.0)
        for mark in ("_FillValue", "missing_value"):
            if hasattr(stored, mark):
                values[raw == getattr(stored, mark)] = np.nan
        grid = {name: np.array(source.variables[name][:], np.float64) for name in ("latitude", "longitude")}
    values = values.reshape(len(values), len(grid["latitude"]), -1).astype(np.float32)
    field = "anomalies" if variable == "sst" else "heights"
    return {
        split: {field: part, "latitudes": grid["latitude"], "longitudes": grid["longitude"]}
        for split, part in (("train", values[:learn]), ("test", values[learn:]))
    }
