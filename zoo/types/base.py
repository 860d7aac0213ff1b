"""What every value has in common: one canonical form, a file format, limits and a fingerprint."""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
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


KINDS: dict[str, type[Value]] = {}
"""Every value class by its kind, those of third parties among them once they are imported."""


class Value:
    """A value with one canonical form, a file format and limits.

    A kind of value is one such class: what follows says all that the outlets ask about it.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    """What one of it is called, with its article: ``a picture``."""
    plural: ClassVar[str]
    """What many are called, as the gallery's filter writes it: ``Pictures``."""
    suffix: ClassVar[str]
    """The ending of the file that ``save`` writes."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """Endings of the files that ``open`` reads; without any, the bytes alone tell."""
    accepts: ClassVar[str]
    placeholder: ClassVar[Any] = None
    """What stands for it in code shown to a visitor: the name of a file, or a plain value."""
    is_input: ClassVar[bool] = True
    """Whether an action may be given one; some kinds are results alone."""
    is_file: ClassVar[bool] = True
    """Whether it is sent as a file, or as a plain value such as ``[12, 30]``."""
    is_picture: ClassVar[bool] = False
    """Whether its file is a picture that stands beside an example, and beside other pictures of a result."""
    several: ClassVar[bool] = False
    """Whether it is made of several files: a list from Python and HTTP, several words on the command line."""
    page: ClassVar[str] = ""
    """The module that registers its component (``zoo.app.components.component``), imported by the app alone.

    The zoo's own are known there. A kind without a component is uploaded and downloaded as a file.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in vars(cls):
            taken = KINDS.get(cls.kind, cls)
            if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
                raise TypeError(f"the kind {cls.kind} is {taken.__module__}.{taken.__qualname__} already.")
            KINDS[cls.kind] = cls

    @classmethod
    def sample(cls) -> Self:
        """A tiny valid value, for tests and for the first run of a new method."""
        raise NotImplementedError

    @classmethod
    def words(cls, value: Any) -> list[str]:
        """How an input is written on the command line."""
        return [str(part) for part in value] if cls.several and not isinstance(value, str) else [str(value)]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was decided when the value was read from a file, as sentences; said once with the result."""
        return ()

    def plain(self) -> Any:
        """The value as JSON where it is read rather than opened; None where its file says it."""
        return None

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


_SAID: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("said", default=None)


@contextlib.contextmanager
def hearing(notes: list[str]) -> Iterator[None]:
    """Collect what ``note`` says within the block, each sentence once."""
    token = _SAID.set(notes)
    try:
        yield
    finally:
        _SAID.reset(token)


def note(sentence: str) -> None:
    """Say with the result of the action that runs what was decided about one of its inputs."""
    notes = _SAID.get()
    if notes is not None and sentence not in notes:
        notes.append(sentence)


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


@dataclass(frozen=True)
class Reference:
    """Says of an input that it is about another one: ``Annotated[str, ColumnOf("table")]``.

    Attributes:
        source: the name of the other input, of the same action.
    """

    source: str

    about: ClassVar[str]
    """The kind of the other input."""

    def offer(self, source: Any) -> str:
        """What the other input has to choose from, as the end of a sentence; empty where that cannot be said."""
        return ""

    def resolve(self, value: Any, source: Any) -> Any:
        """The checked value, given the other input's.

        Raises:
            InputError: the two do not fit.
        """
        raise NotImplementedError


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
