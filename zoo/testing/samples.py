"""Tiny inputs of every kind, good and bad, made when they are asked for."""

from __future__ import annotations

import functools
import io
import json
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo.types import KINDS, Value

MB = 2**20


@dataclass(frozen=True)
class Sample:
    """A file as somebody might send it: a name, its bytes, and a word its refusal must hold."""

    name: str
    make: Callable[[], bytes]
    says: str = ""

    @functools.cached_property
    def data(self) -> bytes:
        """Its bytes, made once: some are large, and every method gets them."""
        return self.make()

    def write(self, folder: Path) -> Path:
        """Write it into a folder; the path of the file."""
        path = folder / self.name
        path.write_bytes(self.data)
        return path


# ---------------------------------------------------------------------------------------------------------
# Pictures


def gradient(height: int = 8, width: int = 12) -> np.ndarray:
    """A picture whose every pixel differs from its neighbours, uint8 (height, width, 3)."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x + y) % 256], 2).astype(
        "u1"
    )


def picture(mode: str = "RGB", format: str = "PNG", **options: Any) -> bytes:
    """The gradient in a Pillow mode and file format."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(gradient()).convert(mode).save(buffer, format, **options)
    return buffer.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims any size: a decompression bomb without the powder."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0"))
        + _chunk(b"IEND", b"")
    )


# ---------------------------------------------------------------------------------------------------------
# Sounds and clips


def tone(seconds: float = 0.1, rate: int = 8000, hertz: float = 440.0) -> np.ndarray:
    """A sine at half of full scale, float32 (n,)."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("f4")


def wav(samples: np.ndarray, rate: int = 8000, bits: int = 16) -> bytes:
    """A PCM file of samples in [-1, 1] of shape (n,) or (n, channels)."""
    samples = np.atleast_2d(samples.T).T
    scaled = np.round(samples.astype("f8") * (2 ** (bits - 1) - 1)).astype("<i4")
    if bits == 8:
        scaled = scaled + 128
    raw = scaled.reshape(-1, 1).view("u1").reshape(-1, 4)[:, : bits // 8]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(np.ascontiguousarray(raw).tobytes())
    return buffer.getvalue()


def compressed_sound(format: str, codec: str, samples: np.ndarray, rate: int = 44_100) -> bytes:
    """Mono samples in [-1, 1] coded by FFmpeg."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype("<i2")[None], format="s16", layout="mono")
        frame.rate = rate
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(wanted, "mono", rate, stream.codec_context.frame_size or 4096)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def clip(frames: np.ndarray, fps: int = 5, format: str = "mp4", codec: str = "libx264") -> bytes:
    """Frames uint8 (time, height, width, 3) coded by FFmpeg; even sizes only."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format) as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def fading_clip(time: int = 4, height: int = 32, width: int = 48) -> np.ndarray:
    """Flat grey frames that brighten, uint8 (time, height, width, 3)."""
    levels = np.linspace(40, 200, time).astype("u1")
    return np.broadcast_to(levels[:, None, None, None], (time, height, width, 3)).copy()


# ---------------------------------------------------------------------------------------------------------
# Tables and meshes


def excel(*sheets: list[list[Any]]) -> bytes:
    """A workbook whose sheets have these rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def excel_with_sheet(xml: bytes) -> bytes:
    """A workbook whose first sheet is replaced by the given XML, compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(excel([["a"], [1]]))) as old, zipfile.ZipFile(buffer, "w") as new:
        for item in old.infolist():
            body = xml if item.filename == "xl/worksheets/sheet1.xml" else old.read(item)
            new.writestr(item.filename, body, zipfile.ZIP_DEFLATED, compresslevel=1)
    return buffer.getvalue()


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def excel_of_spaces() -> bytes:
    """A workbook of 3 MB that unpacks to over 512 MB."""
    return excel_with_sheet(_SHEET % (b" " * (600 * MB)))


def excel_of_far_corners() -> bytes:
    """A workbook of 5 kB with two cells, whose smallest rectangle has 17 thousand million cells."""
    cells = b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    return excel_with_sheet(_SHEET % cells)


CUBE = b"""v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1
f 1 3 2\nf 1 4 3\nf 5 6 7\nf 5 7 8\nf 1 2 6\nf 1 6 5\nf 2 3 7\nf 2 7 6\nf 3 4 8\nf 3 8 7\nf 4 1 5\nf 4 5 8\n"""


def glb_of_zeros(count: int) -> bytes:
    """A GLB of half a kilobyte whose accessors have no buffer, which by the format means ``count`` zeros."""
    body = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"componentType": 5126, "count": count, "type": "VEC3"},
            {"componentType": 5125, "count": count * 3, "type": "SCALAR"},
        ],
        "buffers": [{"byteLength": 4}],
        "bufferViews": [{"buffer": 0, "byteLength": 4}],
    }
    text = json.dumps(body).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", 4, 0x004E4942) + bytes(4)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def pictures_in_zip(files: dict[str, bytes]) -> bytes:
    """A ZIP of files by name, compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<graphml><graph edgedefault="undirected"><node id="&b;"/></graph></graphml>"""

# ---------------------------------------------------------------------------------------------------------
# One good file and many bad ones of every kind

GOOD: dict[str, Sample] = {
    "image": Sample("picture.png", picture),
    "drawing": Sample("drawing.png", lambda: picture("L")),
    "audio": Sample("tone.wav", lambda: wav(tone())),
    "video": Sample("fading.mp4", lambda: clip(fading_clip())),
    "mesh": Sample("cube.obj", lambda: CUBE),
    "table": Sample("table.csv", lambda: b"name,height,width\nann,1.5,2\nbob,2.5,3\ncy,1.25,5\ndee,4,7\n"),
    "points": Sample("points.csv", lambda: b"x,y\n0,0\n1,0.5\n0.25,1\n0.75,-1\n"),
    "file": Sample("anything.bin", lambda: b"anything"),
}


def _encoded_sample(kind: type[Value]) -> bytes:
    return kind.sample().encode()


GOOD |= {
    kind: Sample(f"sample{value.suffix}", functools.partial(_encoded_sample, value))
    for kind, value in KINDS.items()
    if value.is_input and value.is_file and kind not in GOOD
}

_PROSE = b"These are words, and nothing but words.\n"
_NOT_PICTURES = (
    Sample("empty.png", lambda: b"", "empty"),
    Sample("words.png", lambda: _PROSE, "not a readable picture"),
    Sample("half.png", lambda: picture()[:60], "not a readable picture"),
    Sample("bomb.png", lambda: png_header(60_000, 60_000), "25 megapixels"),
    Sample("large.png", lambda: png_header(5_001, 5_000), "25 megapixels"),
    Sample("vector.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a readable picture"),
    Sample("tone.png", lambda: wav(tone()), "not a readable picture"),
)

BAD: dict[str, tuple[Sample, ...]] = {
    "image": _NOT_PICTURES,
    "drawing": _NOT_PICTURES,
    "audio": (
        Sample("empty.wav", lambda: b"", "empty"),
        Sample("words.wav", lambda: _PROSE, "not a readable sound"),
        Sample("header.wav", lambda: wav(tone())[:20], "not a readable sound"),
        Sample("nothing.wav", lambda: wav(np.zeros(0)), "no samples"),
        Sample("picture.wav", picture, "not a readable sound"),
        Sample("long.wav", lambda: wav(np.zeros(302 * 1000), 1000, 8), "5 minutes"),
    ),
    "video": (
        Sample("empty.mp4", lambda: b"", "empty"),
        Sample("words.mp4", lambda: _PROSE, "not a readable clip"),
        Sample("half.mp4", lambda: clip(fading_clip())[:400], "not a readable clip"),
        Sample("tone.mp4", lambda: wav(tone()), "not a readable clip"),
    ),
    "mesh": (
        Sample("empty.obj", lambda: b"", "empty"),
        Sample("words.obj", lambda: _PROSE, "mesh"),
        Sample("words.ply", lambda: _PROSE, "not a readable mesh"),
        Sample("cube.xyz", lambda: CUBE, "mesh"),
        Sample("points.obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "mesh"),
        Sample("nan.obj", lambda: b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "mesh"),
        Sample("stray.obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "mesh"),
    ),
    "table": (
        Sample("empty.csv", lambda: b"", "empty"),
        Sample("blank.csv", lambda: b"\n\n\n", "name the columns"),
        Sample("header.csv", lambda: b"a,b,c\n", "at least one row"),
        Sample("picture.csv", picture, "not a text table"),
        Sample("ragged.csv", lambda: b"a,b\n1,2\n3,4,5\n", "as many cells"),
        Sample("tall.csv", lambda: b"a\n" + b"1\n" * 1_000_001, "1,000,000 rows"),
        Sample("corrupt.xlsx", lambda: excel([["a"], [1]])[:200], "not a readable Excel workbook"),
    ),
    "points": (
        Sample("empty.csv", lambda: b"", "empty"),
        Sample("words.csv", lambda: b"x,y\na,b\n", "two coordinates"),
        Sample("single.csv", lambda: b"x\n1\n2\n", "two coordinates"),
        Sample("nan.csv", lambda: b"x,y\n1,2\n,3\n", "NaN"),
        Sample("infinite.csv", lambda: b"x,y\n1,2\ninf,3\n", "NaN"),
        Sample("many.csv", lambda: b"x,y\n" + b"1,2\n" * 100_001, "100,000"),
    ),
    "file": (Sample("empty.bin", lambda: b"", "empty"),),
    "images": (
        Sample("empty.zip", lambda: b"", "empty"),
        Sample("words.zip", lambda: _PROSE, "not a readable picture"),
        Sample("half.zip", lambda: pictures_in_zip({"a.png": picture()})[:60], "not a readable ZIP"),
        Sample("nothing.zip", lambda: pictures_in_zip({"folder/": b""}), "0 pictures were sent"),
        Sample("many.zip", lambda: pictures_in_zip({f"{n}.png": b"" for n in range(101)}), "101 pictures"),
        Sample(
            "one bad.zip", lambda: pictures_in_zip({"a.png": picture(), "b.png": _PROSE}), "readable picture"
        ),
        Sample("bomb.zip", lambda: pictures_in_zip({"a.png": png_header(60_000, 60_000)}), "25 megapixels"),
        Sample("vast.zip", lambda: pictures_in_zip({"a.png": bytes(513 * MB)}), "512 MB"),
    ),
    "graph": (
        Sample("empty.json", lambda: b"", "empty"),
        Sample("words.json", lambda: b"{words", "not a readable graph"),
        Sample("keys.json", lambda: b'{"nodes": ["a"], "edges": [], "colour": 1}', "is no graph"),
        Sample("none.json", lambda: b'{"nodes": [], "edges": []}', "no nodes"),
        Sample("twins.json", lambda: b'{"nodes": ["a", "a"], "edges": []}', "same name"),
        Sample("astray.json", lambda: b'{"nodes": ["a"], "edges": [[0, 7]]}', "not there"),
        Sample("nan.json", lambda: b'{"nodes": ["a"], "edges": [], "values": [NaN]}', "finite"),
        Sample(
            "many.json", lambda: json.dumps({"nodes": list(range(5001)), "edges": []}).encode(), "5,000 nodes"
        ),
        Sample("half.graphml", lambda: b"<graphml><graph>", "not a readable graph"),
        Sample("laughs.graphml", lambda: _LAUGHS, "no entities"),
        Sample("single.csv", lambda: b"from\na\n", "two columns"),
    ),
    "marked": (
        Sample("empty.json", lambda: b"", "empty"),
        Sample("words.json", lambda: _PROSE, "not JSON"),
        Sample("list.json", lambda: b"[]", "no text with spans"),
        Sample("outside.json", lambda: b'{"text": "ab", "spans": [[0, 3, "x"]]}', "outside the text"),
        Sample(
            "overlap.json", lambda: b'{"text": "abc", "spans": [[0, 2, "x"], [1, 3, "y"]]}', "over another"
        ),
        Sample("short.json", lambda: b'{"text": "abc", "spans": [[0]]}', "not as they should be"),
        Sample("heavy.json", lambda: b'{"text": "abc", "spans": [[0, 1, "x", 7]]}', "0 to 1"),
        Sample("long.json", lambda: json.dumps({"text": "x" * 200_001, "spans": []}).encode(), "200,000"),
    ),
}
"""Files that must be refused whatever the method, by the kind of input they are sent as."""

ODD: dict[str, tuple[Sample, ...]] = {
    "image": (
        Sample("pixel.png", lambda: _flat(1, 1)),
        Sample("line.png", lambda: _flat(1, 40)),
        Sample("black.png", lambda: _flat(16, 16)),
    ),
    "drawing": (Sample("pixel.png", lambda: _flat(1, 1, 255)), Sample("blank.png", lambda: _flat(28, 28, 255))),
    "audio": (
        Sample("click.wav", lambda: wav(np.ones(1))),
        Sample("silence.wav", lambda: wav(np.zeros(4000))),
    ),
    "video": (Sample("still.mp4", lambda: clip(fading_clip(1))),),
    "mesh": (Sample("triangle.obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"),
             Sample("flat.obj", lambda: b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")),
    "table": (
        Sample("cell.csv", lambda: b"a\n1\n"),
        Sample("row.csv", lambda: b"a,b,c\n1,2,3\n"),
        Sample("constant.csv", lambda: b"a,b\n" + b"1,2\n" * 9),
        Sample("zeros.csv", lambda: b"a,b,c\n" + b"0,0,0\n" * 9),
        Sample("holes.csv", lambda: b"a,b,c\n1,,3\n,,\n4,5,\n7,8,9\n"),
        Sample("empty column.csv", lambda: b"a,b,c\n1,,3\n4,,5\n7,,9\n"),
        Sample("infinite.csv", lambda: b"a,b\n1,2\ninf,3\n4,-inf\n"),
        Sample("vast.csv", lambda: b"a,b\n1e308,2e308\n-1e308,1\n1,1e-320\n"),
        Sample("negative.csv", lambda: b"a,b,c\n-1,-2,-3\n-4,-5,-7\n-1,-1,-2\n"),
        Sample("words.csv", lambda: b"a,b\nx,y\nz,w\nx,w\n"),
        Sample("twins.csv", lambda: b"a,a,a\n1,2,3\n4,5,7\n7,8,8\n"),
    ),
    "points": (Sample("one.csv", lambda: b"x,y\n1,2\n"), Sample("same.csv", lambda: b"x,y\n" + b"1,2\n" * 9)),
    "file": (Sample("bytes.bin", lambda: bytes(range(256))),),
}  # fmt: skip
"""Files that are well formed but unusual: a method answers, or refuses with its sentence."""

BAD_OBJECTS: dict[str, tuple[Any, ...]] = {
    "image": (np.full((4, 4, 3), np.nan), np.zeros((0, 4, 3), "u1"), np.zeros((4, 4, 7), "u1"), np.full((4, 4), 300)),
    "drawing": (np.full((4, 4), np.nan), np.zeros((0, 4))),
    "audio": ((8000, np.array([0.0, np.nan])), (8000, np.zeros(0)), (0, np.zeros(9)), (None, np.zeros(9))),
    "video": ((np.zeros((0, 4, 4, 3), "u1"), 5), (np.zeros((2, 4, 4), "u1"), 5), (np.zeros((2, 4, 4, 3)), 5),
              (np.zeros((2, 4, 4, 3), "u1"), 0), (np.zeros((2, 4, 4, 3), "u1"), float("nan"))),
    "mesh": (([[0, 0, np.nan]] * 3, [[0, 1, 2]]), ([[0, 0]] * 3, [[0, 1, 2]]), ([[0, 0, 0]] * 3, [[0, 1, 9]]),
             ([[0, 0, 0]] * 3, [[0, 1]]), ("words", "words")),
    "table": ({}, [], np.zeros((0, 3)), np.zeros((2, 2, 2)), {"a": [1, 2], "b": [1]}),
    "points": ([[np.nan, 0]], [], [[1, 2, 3]], [[1, 2], [3]], "words"),
    "file": (),
    "images": ([], [np.zeros((4, 4, 7), "u1")], [7], [np.zeros((8, 8), "u1")] * 101,
               [np.zeros((5000, 5000), "u1")] * 5),
    "graph": ((["a"], [[0]]), (["a"], [["a", "b"]]), (["a", "b"], [[0, 0.5]]), ([], []), (7, 7),
              {"nodes": ["a", "b"], "edges": [[0, 1]], "weights": [1, 2]}),
    "marked": (("text", [(0, 0, "x")]), ("text", 7), ("text", [(True, 2, "x")]), ("text", [("a", 2, "x")])),
    "spot": ("words", "1", (1,), (1, 2, 3), (np.nan, 1), (True, 1), ("x", 1), {"x": 1}, 7, b"1,2", [[1], [2]]),
}  # fmt: skip
"""Python objects that must be refused."""


def _flat(height: int, width: int, level: int = 0) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (level,) * 3).save(buffer, "PNG")
    return buffer.getvalue()
