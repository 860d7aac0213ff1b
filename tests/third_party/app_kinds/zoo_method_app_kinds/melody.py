"""A kind of value that the zoo does not know: one class, here, and its component in ``melody_page.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from zoo.method import InputError
from zoo.types import Value


@dataclass(frozen=True)
class Melody(Value):
    """A melody: names of notes."""

    notes: tuple[str, ...]

    kind: ClassVar[str] = "melody"
    label: ClassVar[str] = "a melody"
    plural: ClassVar[str] = "Melodies"
    placeholder: ClassVar[Any] = "melody.notes"
    suffix: ClassVar[str] = ".notes"
    suffixes: ClassVar[tuple[str, ...]] = (".notes", ".txt")
    accepts: ClassVar[str] = "a text file of notes A to G"
    page: ClassVar[str] = "zoo_method_app_kinds.melody_page"

    @classmethod
    def sample(cls) -> Self:
        """Three notes."""
        return cls(("C", "E", "G"))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Notes with spaces between them."""
        notes = tuple(data.decode("ascii", errors="replace").split())
        if not notes or set(notes) - set("ABCDEFG"):
            raise InputError(f"this is no melody; send {cls.accepts}.")
        return cls(notes)

    def encode(self) -> bytes:
        """Notes with spaces between them."""
        return " ".join(self.notes).encode()
