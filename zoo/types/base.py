"""What every value has in common: one canonical form, a file format, limits and a fingerprint."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from zoo.errors import InputError, brief

MAX_BYTES = 64 * 2**20
"""The largest file any value is read from, in bytes."""

Text = Annotated[str, Field(max_length=20_000)]
"""A longer text; shown as a box of several lines. Plain ``str`` is a single line."""


class Value:
    """A value with one canonical form, a file format and limits."""

    kind: ClassVar[str]
    suffix: ClassVar[str]
    accepts: ClassVar[str]

    @classmethod
    def of(cls, value: Any) -> Self:
        """Bring anything reasonable into canonical form.

        Raises:
            InputError: the value is not of this kind, or breaks a limit.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str | os.PathLike):
            return cls.open(value)
        raise InputError(f"{brief(value)} cannot be used; send {cls.accepts}.")

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file.

        Raises:
            InputError: the file is missing, empty, too large, corrupt or of another kind.
        """
        return cls.decode(read_bytes(path, cls.accepts))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the bytes of a file."""
        raise InputError(f"{cls.kind} cannot be read from a file.")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the value as a file of this class's ``suffix``."""
        Path(path).write_bytes(self.encode())

    def encode(self) -> bytes:
        """The bytes of the file that ``save`` writes."""
        raise NotImplementedError

    def canonical(self) -> bytes:
        """Bytes that are equal exactly when two values are the same."""
        return self.encode()

    def fingerprint(self) -> str:
        """A sha256 of the canonical bytes, for comparing results between outlets and runs."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._of_anything)

    @classmethod
    def _of_anything(cls, value: Any) -> Self:
        """``of``, with whatever a decoder raises made one sentence."""
        try:
            return cls.of(value)
        except InputError:
            raise
        except Exception as error:  # a stranger's file may find a fault in any decoder
            raise InputError(f"the file cannot be used; send {cls.accepts}.") from error


def read_bytes(path: str | os.PathLike[str], accepts: str) -> bytes:
    """The bytes of a file, refused before reading when it is missing, empty or too large."""
    try:
        size = Path(path).stat().st_size
        if not Path(path).is_file():
            raise InputError(f"this is not a file; send {accepts}.")
        if size == 0:
            raise InputError(f"the file is empty; send {accepts}.")
        if size > MAX_BYTES:
            raise InputError(
                f"the file has {size / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} MB are accepted."
            )
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the file could not be opened; send {accepts}.") from error


def comes_from(value: Any, package: str) -> bool:
    """Whether a value is of a package's own class, asked without importing the package."""
    return type(value).__module__.partition(".")[0] == package


def is_real_array(value: Any) -> bool:
    """Whether a value is a NumPy array of real numbers or booleans."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "uifb"


def array_bytes(*arrays: np.ndarray) -> bytes:
    """Dtypes, shapes and contents of arrays as bytes, for comparing them exactly."""
    return b"".join(
        f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes() for array in arrays
    )
