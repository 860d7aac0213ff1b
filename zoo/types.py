"""The values that go into actions and come out of them.

Each class holds one canonical array (or text, or bytes), opens from a file, saves to a file and checks
its own limits, so that Python, the command line, HTTP, MCP and the page treat the same file alike.
Decoders are imported when a file is opened; importing this module costs numpy only.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import struct
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from zoo.errors import InputError, brief

if TYPE_CHECKING:
    import pandas

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


def _comes_from(value: Any, package: str) -> bool:
    """Whether a value is of a package's own class, asked without importing the package."""
    return type(value).__module__.partition(".")[0] == package


def _is_real_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "uifb"


def _array_bytes(*arrays: np.ndarray) -> bytes:
    return b"".join(
        f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes() for array in arrays
    )


@dataclass(frozen=True, eq=False)
class Image(Value):
    """A picture: ``pixels`` is uint8 of shape (height, width, 3), sRGB.

    Files may be grey, CMYK, 16 bit, with alpha (laid over white) or turned by EXIF; all become 8-bit RGB.
    """

    pixels: np.ndarray

    kind: ClassVar[str] = "image"
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "a PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF picture of at most 25 megapixels"
    formats: ClassVar[tuple[str, ...]] = (
        "PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM", "JPEG2000",
    )  # fmt: skip
    max_pixels: ClassVar[int] = 25_000_000

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.pixels.shape[1]

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a PIL picture, or an array: uint8, or float in [0, 1]; (H, W) or (H, W, 3 | 4)."""
        if _is_real_array(value):
            return cls._from_array(value)
        if _comes_from(value, "PIL"):
            return cls._from_pil(value)
        return super().of(value)

    @classmethod
    def _from_array(cls, array: np.ndarray) -> Self:
        if array.ndim == 2:
            array = np.repeat(array[:, :, None], 3, axis=2)
        if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
            raise InputError(f"an array of shape {array.shape} is no picture; send (height, width, 3).")
        cls._check_size(array.shape[1], array.shape[0])
        if array.dtype.kind in "fb":
            if not np.isfinite(array).all():
                raise InputError("the picture holds NaN or infinity; send finite values in [0, 1].")
            if array.max() > 1.5 or array.min() < -0.5:
                raise InputError("pixel values lie far outside [0, 1]; send floats in [0, 1], or uint8.")
            array = (array.astype(np.float64).clip(0, 1) * 255).round()
        elif array.dtype != np.uint8 and (array.min() < 0 or array.max() > 255):
            raise InputError("pixel values lie outside 0 to 255; send uint8, or floats in [0, 1].")
        array = array.astype(np.uint8)
        if array.shape[2] == 4:
            from PIL import Image as Pillow

            return cls._from_pil(Pillow.fromarray(array, "RGBA"))
        return cls(np.ascontiguousarray(array))

    @classmethod
    def _check_size(cls, width: int, height: int) -> None:
        if width * height > cls.max_pixels:
            raise InputError(
                f"the picture has {width} x {height} pixels; at most"
                f" {cls.max_pixels // 1_000_000} megapixels are accepted."
            )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a picture file; its size is checked before its pixels are read."""
        from PIL import Image as Pillow

        # Pillow's own warning would stand beside our sentence, with a path; the size is checked below.
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        try:
            with Pillow.open(io.BytesIO(data), formats=cls.formats) as picture:
                return cls._from_pil(picture)
        except InputError:
            raise
        except Pillow.DecompressionBombError as error:
            raise InputError("the picture is too large; at most 25 megapixels are accepted.") from error
        except Exception as error:  # Pillow's decoders raise many kinds on corrupt files
            raise InputError(f"the file is not a readable picture; send {cls.accepts}.") from error

    @classmethod
    def _from_pil(cls, picture: Any) -> Self:
        from PIL import Image as Pillow
        from PIL import ImageOps

        cls._check_size(*picture.size)
        try:
            picture.load()
            picture = ImageOps.exif_transpose(picture)
        except Exception as error:  # Pillow's decoders raise many kinds on corrupt files
            raise InputError(f"the file is not a readable picture; send {cls.accepts}.") from error
        if picture.mode == "F":
            return cls._from_array(np.asarray(picture))
        if picture.mode.startswith("I"):
            # A plain convert("RGB") would clip 16-bit greys to white; "I" may hold 8 or 16 bits.
            grey = np.asarray(picture, dtype=np.float64)
            eight_bits = picture.mode == "I" and grey.max() <= 255
            picture = Pillow.fromarray((grey / (1 if eight_bits else 257)).round().clip(0, 255).astype("u1"))
        if picture.mode in ("RGBa", "La"):
            picture = picture.convert("RGBA" if picture.mode == "RGBa" else "LA")
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            layer = picture.convert("RGBA")
            picture = Pillow.alpha_composite(Pillow.new("RGBA", layer.size, "white"), layer)
        return cls(np.array(picture.convert("RGB"), dtype=np.uint8))

    def pil(self) -> Any:
        """The picture as ``PIL.Image.Image``."""
        from PIL import Image as Pillow

        return Pillow.fromarray(self.pixels)

    def encode(self) -> bytes:
        """A PNG file."""
        buffer = io.BytesIO()
        self.pil().save(buffer, "PNG")
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shape and pixels."""
        return _array_bytes(self.pixels)


def _container_options(formats: str) -> dict[str, str]:
    """FFmpeg's options for a file of a stranger.

    Without them a playlist passes for a clip, and names files of this machine or addresses of its network.
    """
    return {"format_whitelist": formats, "protocol_whitelist": "none"}


@dataclass(frozen=True, eq=False)
class Audio(Value):
    """A sound: ``samples`` is float32 of shape (n,) in [-1, 1], mono; ``rate`` in hertz."""

    samples: np.ndarray
    rate: int

    kind: ClassVar[str] = "audio"
    suffix: ClassVar[str] = ".wav"
    accepts: ClassVar[str] = "a WAV, FLAC, MP3, Ogg or M4A sound of at most 5 minutes"
    max_seconds: ClassVar[float] = 300.0
    max_rate: ClassVar[int] = 192_000
    formats: ClassVar[str] = "wav,w64,flac,mp3,ogg,mov,mp4,m4a,aac,aiff,matroska,webm"

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (rate in hertz, samples); integer samples are scaled to [-1, 1]."""
        if isinstance(value, tuple) and len(value) == 2 and _is_real_array(value[1]):
            if not isinstance(value[0], int | float | np.number) or not 0 < value[0] <= cls.max_rate:
                raise InputError(f"{brief(value[0])} is no rate; send 1 to {cls.max_rate:,} Hz.")
            rate, samples = int(value[0]), value[1]
            if samples.dtype.kind in "ui":
                info = np.iinfo(samples.dtype)
                middle = (int(info.max) + int(info.min) + 1) // 2  # unsigned samples are silent in the middle
                samples = (samples - np.float64(middle)) / (int(info.max) - middle)
            if samples.ndim == 2:
                samples = samples.mean(axis=1)
            return cls._checked(samples, rate)
        return super().of(value)

    @classmethod
    def _checked(cls, samples: np.ndarray, rate: int) -> Self:
        if samples.ndim != 1 or samples.size == 0:
            raise InputError(f"the sound has no samples; send {cls.accepts}.")
        if not np.isfinite(samples).all():
            raise InputError("the sound holds NaN or infinity; send finite samples in [-1, 1].")
        if samples.size > cls.max_seconds * rate:
            raise InputError("the sound is too long; at most 5 minutes are accepted.")
        return cls(np.ascontiguousarray(samples.clip(-1, 1), dtype=np.float32), rate)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a sound file, mixing channels down to one."""
        import av

        try:
            with av.open(io.BytesIO(data), "r", options=_container_options(cls.formats)) as container:
                stream = container.streams.audio[0]
                if not 0 < stream.rate <= cls.max_rate:
                    raise InputError(
                        f"the sound has {stream.rate:,} Hz; at most {cls.max_rate:,} are accepted."
                    )
                resampler = av.AudioResampler(format="flt", layout="mono")
                limit = int(cls.max_seconds * stream.rate)
                parts: list[np.ndarray] = []
                length = 0
                for frame in container.decode(stream):
                    for piece in resampler.resample(frame):
                        parts.append(piece.to_ndarray()[0])
                        length += parts[-1].size
                    if length > limit:
                        break
                parts.extend(piece.to_ndarray()[0] for piece in resampler.resample(None))
                rate = int(stream.rate)
        except InputError:
            raise
        except Exception as error:  # FFmpeg's errors are many; all mean the same to a visitor
            raise InputError(f"the file is not a readable sound; send {cls.accepts}.") from error
        return cls._checked(np.concatenate(parts) if parts else np.zeros(0, "f4"), rate)

    def encode(self) -> bytes:
        """A 16-bit WAV file."""
        from scipy.io import wavfile

        buffer = io.BytesIO()
        levels = (self.samples.astype(np.float64) * 32768).round().clip(-32768, 32767)
        wavfile.write(buffer, self.rate, levels.astype("<i2"))
        return buffer.getvalue()


@dataclass(frozen=True, eq=False)
class Video(Value):
    """A clip: ``frames`` is uint8 of shape (time, height, width, 3); ``fps`` frames a second."""

    frames: np.ndarray
    fps: float

    kind: ClassVar[str] = "video"
    suffix: ClassVar[str] = ".mp4"
    accepts: ClassVar[str] = "an MP4, WebM, MOV, AVI or GIF clip of at most 300 frames and 2 megapixels"
    max_frames: ClassVar[int] = 300
    max_pixels: ClassVar[int] = 2_100_000
    max_volume: ClassVar[int] = 150_000_000
    """Pixels of all frames together, 450 MB."""
    formats: ClassVar[str] = "mov,mp4,m4a,matroska,webm,avi,gif"

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (frames uint8 (t, H, W, 3), fps)."""
        if isinstance(value, tuple) and len(value) == 2 and _is_real_array(value[0]):
            frames = value[0]
            if frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape or frames.dtype != np.uint8:
                raise InputError("a clip is uint8 of shape (time, height, width, 3).")
            cls._check_size(frames.shape[2], frames.shape[1])
            if not isinstance(value[1], int | float | np.number) or not 0 < value[1] <= 1000:
                raise InputError(f"{brief(value[1])} is no frame rate; send 1 to 1000 frames a second.")
            return cls(frames[: cls.max_frames].copy(), float(value[1]))
        return super().of(value)

    @classmethod
    def _check_size(cls, width: int, height: int) -> None:
        if width * height > cls.max_pixels:
            raise InputError(f"the clip has {width} x {height} pixels; at most 2 megapixels are accepted.")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a clip; frames past the limit are left unread."""
        import av

        try:
            with av.open(io.BytesIO(data), "r", options=_container_options(cls.formats)) as container:
                stream = container.streams.video[0]
                width, height = stream.width, stream.height
                cls._check_size(width, height)
                most = min(cls.max_frames, cls.max_volume // (width * height))
                frames: list[np.ndarray] = []
                for frame in container.decode(stream):
                    frames.append(frame.to_ndarray(width=width, height=height, format="rgb24"))
                    if len(frames) == most:
                        break
                fps = float(stream.average_rate or 25)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"the file is not a readable clip; send {cls.accepts}.") from error
        if not frames:
            raise InputError(f"the clip has no frames; send {cls.accepts}.")
        return cls(np.stack(frames), fps)

    def encode(self) -> bytes:
        """An H.264 MP4 at a quality where coding is invisible; odd sizes are padded by one line."""
        from fractions import Fraction

        import av

        odd = [(0, 0), (0, self.frames.shape[1] % 2), (0, self.frames.shape[2] % 2), (0, 0)]
        frames = np.pad(self.frames, odd, mode="edge")
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp4") as container:
            rate = Fraction(self.fps).limit_denominator(1001)
            # With its tree of macroblocks x264 gives small frames other bytes each time it is asked.
            stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "mbtree": "0"})
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Shape, frames and rate."""
        return _array_bytes(self.frames, np.array(self.fps))


@dataclass(frozen=True, eq=False)
class Mesh(Value):
    """A surface: ``vertices`` float64 (n, 3) and triangles ``faces`` int64 (m, 3)."""

    vertices: np.ndarray
    faces: np.ndarray

    kind: ClassVar[str] = "mesh"
    suffix: ClassVar[str] = ".glb"
    accepts: ClassVar[str] = "an OBJ, PLY, STL, OFF or GLB mesh of at most 500,000 triangles"
    max_faces: ClassVar[int] = 500_000

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path or a pair (vertices (n, 3), faces (m, 3))."""
        if isinstance(value, tuple) and len(value) == 2:
            try:
                return cls._checked(np.array(value[0], "f8"), np.array(value[1], "i8"))
            except InputError:
                raise
            except (ValueError, TypeError, OverflowError) as error:
                raise InputError(
                    f"a mesh is vertices (n, 3) and triangles (m, 3); send {cls.accepts}."
                ) from error
        return super().of(value)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a mesh file; the suffix tells the format."""
        import trimesh

        data = read_bytes(path, cls.accepts)
        suffix = Path(path).suffix.lower().lstrip(".")
        if suffix not in ("obj", "ply", "stl", "off", "glb"):
            raise InputError(f"a file ending in .{suffix or '?'} is no mesh known here; send {cls.accepts}.")
        if suffix == "glb":
            cls._check_glb(data)
        try:
            mesh = trimesh.load_mesh(io.BytesIO(data), file_type=suffix, skip_materials=True)
            vertices, faces = np.array(mesh.vertices, "f8"), np.array(mesh.faces, "i8")
        except Exception as error:
            raise InputError(f"the file is not a readable mesh; send {cls.accepts}.") from error
        return cls._checked(vertices, faces)

    @classmethod
    def _check_glb(cls, data: bytes) -> None:
        """Refuse accessors that claim more numbers than the file holds: without a buffer they mean zeros."""
        try:
            length = struct.unpack_from("<I", data, 12)[0]
            accessors = json.loads(data[20 : 20 + length]).get("accessors", [])
            claimed = sum(int(one["count"]) for one in accessors)
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise InputError(f"the file is not a readable mesh; send {cls.accepts}.") from error
        if claimed > len(data):
            raise InputError("the mesh claims more vertices than its file holds; export it again.")

    @classmethod
    def _checked(cls, vertices: np.ndarray, faces: np.ndarray) -> Self:
        shaped = vertices.ndim == faces.ndim == 2 and vertices.shape[1] == faces.shape[1] == 3
        if not shaped or not len(vertices) or not len(faces):
            raise InputError(f"the mesh has no triangles; send {cls.accepts}.")
        if len(faces) > cls.max_faces:
            raise InputError(
                f"the mesh has {len(faces):,} triangles; at most {cls.max_faces:,} are accepted."
            )
        if not np.isfinite(vertices).all():
            raise InputError("the mesh holds NaN or infinity; send finite coordinates.")
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise InputError("the mesh has triangles between vertices that it lacks; export it again.")
        return cls(vertices, faces)

    def encode(self) -> bytes:
        """A binary glTF file."""
        import trimesh

        return bytes(trimesh.Trimesh(self.vertices, self.faces, process=False).export(file_type="glb"))  # type: ignore[arg-type]

    def canonical(self) -> bytes:
        """Vertices, at the precision of the file format, and faces."""
        return _array_bytes(self.vertices.astype(np.float32), self.faces)


@dataclass(frozen=True, eq=False)
class Table(Value):
    """A table with named columns: ``frame`` is a ``pandas.DataFrame``.

    Text files may use comma, semicolon, tab or bar, a decimal comma, a byte-order mark, UTF-8, UTF-16 or
    Latin-1; Excel files give their first sheet.
    """

    frame: pandas.DataFrame

    kind: ClassVar[str] = "table"
    suffix: ClassVar[str] = ".csv"
    accepts: ClassVar[str] = (
        "a CSV, TSV or Excel (.xlsx) table of at most 1,000,000 rows and 10,000,000 cells"
    )
    max_rows: ClassVar[int] = 1_000_000
    max_cells: ClassVar[int] = 10_000_000

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a DataFrame, a mapping of columns, or a matrix."""
        if _comes_from(value, "pandas") or isinstance(value, dict | list | np.ndarray):
            import pandas

            try:
                return cls._checked(pandas.DataFrame(value))
            except InputError:
                raise
            except (ValueError, TypeError) as error:
                raise InputError(f"{brief(value)} is no table; send {cls.accepts}.") from error
        return super().of(value)

    @classmethod
    def _checked(cls, frame: pandas.DataFrame) -> Self:
        rows, columns = frame.shape
        if rows == 0 or columns == 0:
            raise InputError("the table has no rows; send a header line and at least one row.")
        if rows > cls.max_rows or rows * columns > cls.max_cells:
            raise InputError(
                f"the table has {rows:,} rows and {columns:,} columns; at most"
                f" {cls.max_rows:,} rows and {cls.max_cells:,} cells are accepted."
            )
        frame = frame.copy()
        frame.columns = _unique(map(str, frame.columns))
        return cls(frame)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read an Excel workbook or a text table; the bytes tell which."""
        return cls._checked(_read_excel(data) if data[:4] == b"PK\x03\x04" else _read_text_table(data))

    def encode(self) -> bytes:
        """A UTF-8 CSV file."""
        return self.frame.to_csv(index=False).encode()


def _unique(names: Iterable[str]) -> list[str]:
    """Names with ``.1``, ``.2`` … after those that came before, as pandas reads them from a file."""
    found: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in found:
            number, free = number + 1, f"{name}.{number}"
        found[free] = None
    return list(found)


def _check_sheet(data: bytes) -> None:
    """Count rows and cells without keeping them: two far cells of a small file span a huge rectangle."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    width = 0
    for height, row in enumerate(sheet.iter_rows(values_only=True)):
        width = max(width, len(row))
        if height > Table.max_rows or height * width > Table.max_cells:
            raise InputError(
                f"the sheet spans over {height:,} rows and {width:,} columns; at most"
                f" {Table.max_rows:,} rows and {Table.max_cells:,} cells are accepted."
            )


def _read_excel(data: bytes) -> pandas.DataFrame:
    import pandas

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 8 * MAX_BYTES:
                raise InputError("the workbook unpacks to over 512 MB; save the sheet as CSV.")
        _check_sheet(data)
        return pandas.read_excel(io.BytesIO(data), engine="openpyxl")
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"the file is not a readable Excel workbook; send {Table.accepts}.") from error


def _read_text_table(data: bytes) -> pandas.DataFrame:
    import pandas

    if b"\x00" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"the file is not a text table; send {Table.accepts}.")
    text = _decode_text(data)
    lines = text.splitlines()[:50]
    if not lines or not lines[0].strip():
        raise InputError(f"the first line must name the columns; send {Table.accepts}.")
    header = re.sub(r'"[^"]*"', "", lines[0])
    separator = max(",;\t|", key=lambda mark: (header.count(mark), -",;\t|".index(mark)))
    # Half of Europe writes 1,5: seen where commas between digits outnumber points and separate nothing.
    body = "\n".join(lines[1:])
    commas, points = (len(re.findall(rf"\d{mark}\d", body)) for mark in (",", r"\."))
    decimal = "," if separator != "," and commas > points else "."
    options: dict[str, Any] = {
        "sep": separator,
        "decimal": decimal,
        "skipinitialspace": True,
        "low_memory": False,
    }
    try:
        frame = pandas.read_csv(io.StringIO(text), **options)
        if frame.index.equals(pandas.RangeIndex(len(frame))):
            return frame
        # Rows with one cell more than the header: a separator at each line's end, or row names before.
        if frame.iloc[:, -1].isna().all():
            return pandas.read_csv(io.StringIO(text), index_col=False, **options)
        return frame.reset_index(names="row")
    except Exception as error:  # the parser raises several kinds; its message names no cure
        raise InputError(
            "the rows of the table do not all have as many cells as its first line names columns."
        ) from error


def _decode_text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@dataclass(frozen=True, eq=False)
class Points(Value):
    """Points in the plane: ``xy`` is float64 of shape (n, 2)."""

    xy: np.ndarray

    kind: ClassVar[str] = "points"
    suffix: ClassVar[str] = ".csv"
    accepts: ClassVar[str] = "a CSV file of two number columns, x and y, with at most 100,000 points"
    max_points: ClassVar[int] = 100_000

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, an array or a list of pairs."""
        if isinstance(value, np.ndarray | list | tuple):
            try:
                return cls._checked(np.array(value, dtype=np.float64))
            except (ValueError, TypeError) as error:
                if isinstance(error, InputError):
                    raise
                raise InputError(f"{brief(value)} are no points; send {cls.accepts}.") from error
        return super().of(value)

    @classmethod
    def _checked(cls, xy: np.ndarray) -> Self:
        if xy.ndim != 2 or xy.shape[1] != 2 or not len(xy):
            raise InputError(f"points need two coordinates each; send {cls.accepts}.")
        if len(xy) > cls.max_points:
            raise InputError(f"{len(xy):,} points are too many; at most {cls.max_points:,} are accepted.")
        if not np.isfinite(xy).all():
            raise InputError("the points hold NaN or infinity; send finite coordinates.")
        return cls(np.ascontiguousarray(xy))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The first two number columns of a text table, with or without a line of names."""
        first = _decode_text(data[:400]).lstrip().partition("\n")[0]
        named = bool(re.search(r"[^\W\d_]", re.sub(r"(?i)\d(e[+-]?\d)", "", first)))
        numbers = _read_text_table(data if named else b"x,y\n" + data).select_dtypes("number")
        return cls._checked(numbers.iloc[:, :2].to_numpy("f8"))

    def encode(self) -> bytes:
        """A CSV file with the header ``x,y``."""
        buffer = io.StringIO("x,y\n")
        buffer.seek(0, io.SEEK_END)
        np.savetxt(buffer, self.xy, delimiter=",", fmt="%.17g")
        return buffer.getvalue().encode()


@dataclass(frozen=True, eq=False)
class Drawing(Value):
    """Something drawn by hand: ``ink`` is float32 of shape (height, width), 0 for paper and 1 for ink.

    Dark strokes on light paper and light strokes on dark paper are both understood; transparency is paper.
    """

    ink: np.ndarray

    kind: ClassVar[str] = "drawing"
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "a drawing on the canvas, or a PNG, JPEG or WebP picture of one"

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a picture, or ink as a float array (H, W) in [0, 1]."""
        if _is_real_array(value) and value.ndim == 2 and value.dtype.kind == "f":
            if value.size == 0 or not np.isfinite(value).all():
                raise InputError("ink must be finite values in [0, 1].")
            return cls(np.array(value.clip(0, 1), dtype=np.float32))
        if isinstance(value, str | os.PathLike | cls):
            return super().of(value)
        return cls._from_picture(Image.of(value))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a picture of a drawing."""
        return cls._from_picture(Image.decode(data))

    @classmethod
    def _from_picture(cls, picture: Image) -> Self:
        grey = picture.pixels.mean(axis=2, dtype=np.float32) / 255
        paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
        return cls(np.ascontiguousarray(1 - grey if paper > 0.5 else grey, dtype=np.float32))

    def encode(self) -> bytes:
        """A PNG file, ink black on white."""
        return Image.of(1 - self.ink).encode()

    def canonical(self) -> bytes:
        """Shape and ink in the 256 levels of the file."""
        return _array_bytes((self.ink * 255).round().astype(np.uint8))


@dataclass(frozen=True, eq=False)
class Figure(Value):
    """An interactive plot: ``plot`` is a ``plotly.graph_objects.Figure``.

    Leave backgrounds and font colours alone: the page sets them for light and dark.
    """

    plot: Any

    kind: ClassVar[str] = "figure"
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "a Plotly figure"

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a Plotly figure."""
        if _comes_from(value, "plotly"):
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
class Pictures(Value):
    """Pictures of one size to be looked at together: ``items`` of (caption, picture).

    The page shows them side by side; what is enlarged or moved in one is enlarged and moved in all.
    """

    items: tuple[tuple[str, Image], ...]

    kind: ClassVar[str] = "pictures"
    suffix: ClassVar[str] = ".png"
    accepts: ClassVar[str] = "one to six captioned pictures of one size"

    def __post_init__(self) -> None:
        sizes = {picture.pixels.shape for _, picture in self.items}
        if len(sizes) != 1 or len(self.items) > 6:
            raise InputError(f"pictures of {len(sizes)} sizes cannot be compared; send {self.accepts}.")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a row that ``save`` wrote."""
        from PIL import Image as Pillow

        with Pillow.open(io.BytesIO(data)) as row:
            captions = json.loads(getattr(row, "text", {}).get("captions", "[]"))
        if not captions:
            raise InputError("this is no row of captioned pictures; send one that was saved here.")
        pictures = np.split(Image.decode(data).pixels, len(captions), axis=1)
        return cls(
            tuple((caption, Image.of(picture)) for caption, picture in zip(captions, pictures, strict=True))
        )

    def encode(self) -> bytes:
        """All pictures in one row, as a PNG file that holds their captions too."""
        from PIL.PngImagePlugin import PngInfo

        captions = PngInfo()
        captions.add_itxt("captions", json.dumps([caption for caption, _ in self.items], ensure_ascii=False))
        row = Image(np.concatenate([picture.pixels for _, picture in self.items], axis=1))
        buffer = io.BytesIO()
        row.pil().save(buffer, "PNG", pnginfo=captions)
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Captions, and shapes and pixels."""
        captions = "\n".join(caption for caption, _ in self.items).encode()
        return captions + _array_bytes(*(picture.pixels for _, picture in self.items))


@dataclass(frozen=True, eq=False)
class Metrics(Value):
    """A short table of numbers: ``rows`` of (name, value, unit)."""

    rows: tuple[tuple[str, float | int | str, str], ...]

    kind: ClassVar[str] = "metrics"
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "rows of name, value and unit"

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
    suffix: ClassVar[str] = ""
    accepts: ClassVar[str] = "a file of at most 64 MB"

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


KINDS: dict[str, type[Value]] = {
    kind.kind: kind
    for kind in (Image, Audio, Video, Mesh, Table, Points, Drawing, Figure, Pictures, Metrics, File)
}
"""Every value class by its kind."""
