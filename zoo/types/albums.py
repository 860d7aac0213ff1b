"""Several pictures at once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError
from zoo.types.base import MAX_BYTES, Value, array_bytes
from zoo.types.pictures import Image


@dataclass(frozen=True, eq=False)
class Images(Value):
    """Several pictures, each of its own size: ``items`` in the order they were sent.

    A file of it is a ZIP of picture files, taken in the order of their names.
    """

    items: tuple[Image, ...]

    kind: ClassVar[str] = "images"
    label: ClassVar[str] = "several pictures"
    plural: ClassVar[str] = "Albums"
    placeholder: ClassVar[Any] = ("first.png", "second.png")
    several: ClassVar[bool] = True
    suffix: ClassVar[str] = ".zip"
    accepts: ClassVar[str] = (
        "1 to 100 pictures (PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF, or a ZIP of them) of at most 100 megapixels"
        " together"
    )
    max_items: ClassVar[int] = 100
    max_pixels: ClassVar[int] = 100_000_000
    """Pixels of all pictures together, 300 MB."""

    @classmethod
    def sample(cls) -> Self:
        """A picture and its negative."""
        picture = Image.sample()
        return cls((picture, Image(255 - picture.pixels)))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was decided when the pictures were read, with their numbers."""
        return tuple(
            f"Picture {number}: {sentence}"
            for number, picture in enumerate(self.items, 1)
            for sentence in picture.remarks
        )

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a list of whatever ``Image.of`` takes, or from one path, of a picture or of a ZIP."""
        if isinstance(value, list | tuple):
            if len(value) == 1 and isinstance(value[0], str) and value[0].lower().endswith(".zip"):
                return cls.open(value[0])
            return cls._gathered(value, len(value))
        return super().of(value)

    @classmethod
    def _gathered(cls, values: Iterable[Any], count: int) -> Self:
        """Pictures opened in turn, so that too many are refused before all of them are in memory."""
        if not 1 <= count <= cls.max_items:
            raise InputError(f"{count:,} pictures were sent; send {cls.accepts}.")
        pictures: list[Image] = []
        pixels = 0
        for number, value in enumerate(values, 1):
            try:
                pictures.append(Image.of(value))
            except InputError as error:
                raise InputError(f"picture {number}: {error}") from error
            pixels += pictures[-1].height * pictures[-1].width
            if pixels > cls.max_pixels:
                raise InputError(
                    f"the pictures have over {cls.max_pixels // 1_000_000} megapixels together; send smaller ones."
                )
        return cls(tuple(pictures))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a ZIP of pictures, or a single picture."""
        if data[:4] != b"PK\x03\x04":
            return cls((Image.decode(data),))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                files = sorted(
                    (item for item in archive.infolist() if not item.is_dir()), key=lambda item: item.filename
                )
                if sum(item.file_size for item in files) > 8 * MAX_BYTES:
                    raise InputError("the ZIP unpacks to over 512 MB; send fewer or smaller pictures.")
                return cls._gathered((Image.decode(archive.read(item)) for item in files), len(files))
        except InputError:
            raise
        except Exception as error:  # a stranger's archive fails in many ways
            raise InputError(f"the file is not a readable ZIP; send {cls.accepts}.") from error

    def encode(self) -> bytes:
        """A ZIP of PNG files, ``001.png`` first; the same pictures give the same bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number, picture in enumerate(self.items, 1):
                archive.writestr(zipfile.ZipInfo(f"{number:03}.png"), picture.encode())
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shapes and pixels in order."""
        return array_bytes(*(np.asarray(picture.pixels) for picture in self.items))
