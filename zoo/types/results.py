"""What only comes out of an action: plots, numbers and files."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from zoo.types.base import Value, comes_from, read_bytes


@dataclass(frozen=True, eq=False)
class Figure(Value):
    """An interactive plot: ``plot`` is a ``plotly.graph_objects.Figure``.

    Leave backgrounds and font colours alone: the page sets them for light and dark.
    """

    plot: Any

    kind: ClassVar[str] = "figure"
    label: ClassVar[str] = "a plot"
    plural: ClassVar[str] = "Plots"
    is_input: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "a Plotly figure"

    @classmethod
    def sample(cls) -> Self:
        """A line of three points."""
        import plotly.graph_objects as go

        return cls(go.Figure(go.Scatter(x=[0, 1, 2], y=[0, 1, 4], name="square")))

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a Plotly figure."""
        if comes_from(value, "plotly"):
            return cls(value)
        return super().of(value)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a figure that ``save`` wrote."""
        import plotly.io

        return cls(plotly.io.from_json(data.decode()))

    def encode(self) -> bytes:
        """Plotly's JSON, keys in order."""
        return json.dumps(json.loads(self.plot.to_json()), sort_keys=True).encode()


@dataclass(frozen=True, eq=False)
class Metrics(Value):
    """A short table of numbers: ``rows`` of (name, value, unit).

    Names such as ``PSNR | JPEG`` are cells of a grid, row and column: the page sets rivals in columns.
    """

    rows: tuple[tuple[str, float | int | str, str], ...]

    kind: ClassVar[str] = "metrics"
    label: ClassVar[str] = "numbers"
    plural: ClassVar[str] = "Numbers"
    is_input: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "rows of name, value and unit"

    @classmethod
    def sample(cls) -> Self:
        """One number with its unit."""
        return cls([("PSNR", 31.5, "dB")])

    def __init__(self, rows: Any) -> None:
        plain = tuple(
            (str(name), value.item() if isinstance(value, np.generic) else value, str(unit))
            for name, value, unit in rows
        )
        object.__setattr__(self, "rows", plain)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read rows that ``save`` wrote."""
        return cls([(row["name"], row["value"], row["unit"]) for row in json.loads(data)])

    def records(self) -> list[dict[str, Any]]:
        """The rows as JSON objects; a number that is not finite, which JSON lacks, as its name."""
        return [{"name": name, "value": _json_number(value), "unit": unit} for name, value, unit in self.rows]

    def plain(self) -> list[dict[str, Any]]:
        """The rows as JSON objects."""
        return self.records()

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(self.records(), ensure_ascii=False).encode()

    def canonical(self) -> bytes:
        """The rows without those measured in seconds, which differ from run to run."""
        return repr([row for row in self.rows if row[2] not in ("s", "ms")]).encode()


def _json_number(value: float | int | str) -> float | int | str:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True, eq=False)
class File(Value):
    """Any file: ``name`` (folders are dropped from it) and ``data`` bytes."""

    name: str
    data: bytes

    kind: ClassVar[str] = "file"
    label: ClassVar[str] = "a file"
    plural: ClassVar[str] = "Files"
    placeholder: ClassVar[Any] = "file.bin"
    suffix: ClassVar[str] = ""
    accepts: ClassVar[str] = "a file of at most 64 MB"

    @classmethod
    def sample(cls) -> Self:
        """A few bytes."""
        return cls("sample.bin", b"sample")

    def __post_init__(self) -> None:
        name = re.sub(r"[\x00-\x1f]", "", self.name).replace("\\", "/").rstrip("/").rpartition("/")[2]
        while len(name.encode()) > 200:
            name = name[1:]
        object.__setattr__(self, "name", "file" if name in ("", ".", "..") else name)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file with its name."""
        return cls(Path(path).name, read_bytes(path, cls.accepts))

    def encode(self) -> bytes:
        """The bytes themselves."""
        return self.data
