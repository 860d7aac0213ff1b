"""Points in the plane."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError, brief
from zoo.types.base import Value
from zoo.types.columns import several
from zoo.types.tables import Table


@dataclass(frozen=True, eq=False)
class Points(Value):
    """Points in the plane: ``xy`` is float64 of shape (n, 2).

    Files follow the rules of tables. The columns called ``x`` and ``y`` are the coordinates where both are there, else
    the first two of numbers.
    """

    xy: np.ndarray
    remarks: tuple[str, ...] = ()

    kind: ClassVar[str] = "points"
    label: ClassVar[str] = "points"
    plural: ClassVar[str] = "Points"
    placeholder: ClassVar[Any] = "points.csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".xlsx")
    suffix: ClassVar[str] = ".csv"
    accepts: ClassVar[str] = (
        "a CSV or Excel (.xlsx) file of two number columns, x and y, with at most 100,000 points"
    )
    max_points: ClassVar[int] = 100_000

    @classmethod
    def sample(cls) -> Self:
        """Four points."""
        return cls.of([[0.0, 0.0], [1.0, 0.5], [0.25, 1.0], [0.75, -1.0]])

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, an array, a list of pairs, or a DataFrame."""
        if isinstance(value, np.ndarray | list | tuple):
            try:
                return cls._checked(np.array(value, dtype=np.float64))
            except (ValueError, TypeError) as error:
                if isinstance(error, InputError):
                    raise
                raise InputError(f"{brief(value)} are no points; send {cls.accepts}.") from error
        if isinstance(value, Table) or type(value).__name__ == "DataFrame":
            return cls._from_table(Table.of(value))
        return super().of(value)

    @classmethod
    def _checked(cls, xy: np.ndarray, remarks: tuple[str, ...] = ()) -> Self:
        if xy.ndim != 2 or xy.shape[1] != 2 or not len(xy):
            raise InputError(f"points need two coordinates each; send {cls.accepts}.")
        if len(xy) > cls.max_points:
            raise InputError(f"{len(xy):,} points are too many; at most {cls.max_points:,} are accepted.")
        if not np.isfinite(xy).all():
            raise InputError("the points hold NaN or infinity; send finite coordinates.")
        return cls(np.ascontiguousarray(xy), remarks)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Two number columns of a text table or a workbook, with or without a line of names."""
        return cls._from_table(Table.without_header(data))

    @classmethod
    def _from_table(cls, table: Table) -> Self:
        numbers = table.frame.select_dtypes("number")
        plain = {name.casefold(): name for name in numbers.columns}
        names = list(numbers.columns[:2])
        if {"x", "y"} <= plain.keys():
            names = [exact if exact in numbers.columns else plain[exact] for exact in ("x", "y")]
        remarks = table.remarks
        if table.frame.shape[1] > 2 and len(names) == 2:
            remarks += (f"The coordinates are {several(names)}; other columns are left out.",)
        return cls._checked(numbers[names].to_numpy("f8"), remarks)

    def encode(self) -> bytes:
        """A CSV file with the header ``x,y``."""
        buffer = io.StringIO("x,y\n")
        buffer.seek(0, io.SEEK_END)
        np.savetxt(buffer, self.xy, delimiter=",", fmt="%.17g")
        return buffer.getvalue().encode()
