"""Clips and pictures as players and viewers show them: turns, pixels that are not square, times, colour profiles."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from zoo.types import Image, Video
from zoo.types.media import _turned, steady

FORMATS = [("mp4", "libx264"), ("webm", "libvpx-vp9"), ("matroska", "libx264")]
SIDE = 48


def clip(format: str, codec: str, times: list[float], aspect: Fraction | None = None) -> bytes:
    """A clip whose frames brighten by 8 levels, red in the upper left quarter, at these times in seconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, SIDE, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for number, time in enumerate(times):
            picture = np.full((SIDE, 64, 3), 8 * number, np.uint8)
            picture[: SIDE // 2, :32] = 220, 30, 30
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


TENTHS = [number / 10 for number in range(10)]


@pytest.mark.parametrize(("format", "codec"), FORMATS)
def test_frames_stay_as_long_as_their_times_say(format: str, codec: str) -> None:
    video = Video.decode(clip(format, codec, [*TENTHS, 7.9, 8.0]))
    assert video.fps == pytest.approx(10)
    assert len(video.frames) in (81, 82)
    assert np.abs(video.frames[5].astype(int) - video.frames[9]).max() > 20, "the first second moves"
    assert np.array_equal(video.frames[20], video.frames[70]), "then nothing does"
    assert "repeated" in video.remarks[0]


@pytest.mark.parametrize(("format", "codec"), FORMATS)
@pytest.mark.parametrize("rate", [10, 24, 30])
def test_times_that_are_rounded_alone_are_left_alone(format: str, codec: str, rate: int) -> None:
    video = Video.decode(clip(format, codec, [number / rate for number in range(20)]))
    assert len(video.frames) == 20
    assert video.fps == pytest.approx(rate, rel=0.02)
    assert video.remarks == ()


def test_a_gif_keeps_the_delays_of_its_frames() -> None:
    frames = [Pillow.new("L", (32, 24), level) for level in (0, 90, 180)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=[100, 100, 1000])
    video = Video.decode(buffer.getvalue())
    assert len(video.frames) / video.fps == pytest.approx(1.2, abs=0.15) or len(video.frames) == 3


def test_steady_clocks() -> None:
    assert steady([0, 1, 2], 1.0, 1) == ([0, 1, 2], 1.0)
    assert steady([0.0, 0.5, 1.0, 3.0], 0.0, 0.5)[0] == [0, 1, 2, 2, 2, 2, 3]
    assert steady([0.0], 0.0, 0.0) == ([0], 25.0)


@pytest.mark.parametrize(("format", "codec"), [FORMATS[0], FORMATS[2]])
def test_pixels_that_are_not_square_are_stretched(format: str, codec: str) -> None:
    video = Video.decode(clip(format, codec, TENTHS, Fraction(4, 3)))
    assert video.frames.shape == (10, 48, 85, 3)
    assert "not square" in video.remarks[0]


def with_matrix(data: bytes, matrix: tuple[int, ...]) -> bytes:
    """An MP4 with another matrix (a, b, c, d) in the header of its track."""
    plain = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    a, b, c, d = (number << 16 for number in matrix)
    place = data.index(plain, data.index(b"tkhd"))
    return data[:place] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[place + len(plain) :]


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ((0, 1, -1, 0), lambda frame: np.rot90(frame, -1)),
        ((0, -1, 1, 0), lambda frame: np.rot90(frame)),
        ((-1, 0, 0, -1), lambda frame: np.rot90(frame, 2)),
        ((-1, 0, 0, 1), lambda frame: frame[:, ::-1]),
        ((0, 1, 1, 0), lambda frame: frame.transpose(1, 0, 2)),
    ],
    ids=["clockwise", "the other way", "upside down", "mirrored", "both"],
)
def test_the_header_of_a_track_turns_its_frames(matrix: tuple[int, ...], turn) -> None:
    data = clip("mp4", "libx264", TENTHS)
    plain, video = Video.decode(data), Video.decode(with_matrix(data, matrix))
    assert np.array_equal(video.frames[3], turn(plain.frames[3]))
    assert video.remarks == ("It was turned or mirrored as its header says.",)


def test_a_turn_by_no_quarter_is_told() -> None:
    notes: list[str] = []
    picture = np.zeros((2, 3, 3), np.uint8)
    assert _turned(picture, (1, 1, -1, 1), notes) is picture
    assert "not done" in notes[0]


# ---------------------------------------------------------------------------------------------------------
# Colours

PRIMARIES = {
    "Display P3": np.array([[0.51512, 0.2412, -0.00105], [0.29198, 0.69225, 0.04189], [0.1571, 0.06657, 0.78407]]),
    "Adobe RGB": np.array([[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [0.14919, 0.06322, 0.74457]]),
}  # fmt: skip
"""X, Y, Z of red, green and blue for D50."""
SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.7141]])


def profile(primaries: np.ndarray) -> bytes:
    """LittleCMS's profile of sRGB with other primaries and the same curve."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(struct.unpack_from(">I", data, 128)[0]):
        name, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * number)
        if name in (b"rXYZ", b"gXYZ", b"bXYZ"):
            colour = primaries[b"rgb".index(name[:1])]
            struct.pack_into(">3i", data, offset + 8, *(round(part * 65536) for part in colour))
    return bytes(data)


def expected(pixels: np.ndarray, primaries: np.ndarray) -> np.ndarray:
    level = pixels / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    other = (linear @ primaries @ np.linalg.inv(SRGB)).clip(0, 1)
    return 255 * np.where(other <= 0.0031308, 12.92 * other, 1.055 * other ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("name", PRIMARIES)
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_colours_of_another_profile_become_those_of_srgb(name: str, format: str) -> None:
    pixels = np.random.default_rng(0).integers(30, 226, (20, 30, 3), np.uint8)
    buffer = io.BytesIO()
    options = {"lossless": True} if format == "WEBP" else {}
    Pillow.fromarray(pixels).save(buffer, format, icc_profile=profile(PRIMARIES[name]), **options)
    picture = Image.decode(buffer.getvalue())
    assert np.abs(picture.pixels - expected(pixels, PRIMARIES[name])).max() < 3
    assert np.abs(picture.pixels.astype(int) - pixels).max() > 15
    assert "to sRGB" in picture.remarks[0]


def test_alpha_is_kept_with_another_profile() -> None:
    layer = np.full((4, 6, 4), 200, np.uint8)
    layer[:, :3, 3] = 0
    buffer = io.BytesIO()
    Pillow.fromarray(layer).save(buffer, "PNG", icc_profile=profile(PRIMARIES["Display P3"]))
    picture = Image.decode(buffer.getvalue())
    assert (picture.pixels[:, :3] == 255).all()
    assert (picture.pixels[:, 3:] < 255).all()


def test_a_profile_of_srgb_changes_nothing_and_a_damaged_one_is_told() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    for data, remarks in ((profile(SRGB), 0), (profile(SRGB)[:200], 1)):
        buffer = io.BytesIO()
        Pillow.fromarray(pixels).save(buffer, "PNG", icc_profile=data)
        picture = Image.decode(buffer.getvalue())
        assert np.array_equal(picture.pixels, pixels)
        assert len(picture.remarks) == remarks
