"""Sizes against counts by hand, decoding against the libraries themselves, and odd inputs."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from zoo.blocks import standard_codecs as codecs
from zoo.blocks.rate_distortion import psnr
from zoo.blocks.standard_codecs import CODECS, of_kind
from zoo.errors import InputError

av = pytest.importorskip("av")


def picture(height: int = 48, width: int = 40) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(height, width, 3))
    smooth = gaussian_filter(noise, (3, 3, 0.5))
    return ((smooth - smooth.min()) / np.ptp(smooth) * 255).round().astype("u1")


def sound(count: int = 8000) -> np.ndarray:
    time = np.arange(count) / codecs.RATE
    return (0.4 * np.sin(2 * np.pi * (200 + 300 * time) * time)).astype("f4")


def clip(time: int = 6) -> np.ndarray:
    large = picture(64, 64)
    return np.stack([large[k : k + 32, 2 * k : 2 * k + 48] for k in range(time)])


def field(*sizes: int) -> np.ndarray:
    noise = gaussian_filter(np.random.default_rng(4).normal(size=sizes), 3)
    return (noise / np.abs(noise).max()).astype("f4")


SIGNAL = {"picture": picture(), "audio": sound(), "video": clip(), "field": field(3, 40, 33)}
PEAK = {"picture": 255, "audio": 2, "video": 255, "field": 2}
every_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=lambda one: one.name)
every_picture_codec = pytest.mark.parametrize("codec", of_kind("picture"), ids=lambda one: one.name)


# ---------------------------------------------------------------------------------------------------------
# Counted by hand


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def test_jpeg_counts_scans_only():
    first = b"\x01\x02\xff\x00\x03\xff\xd0\x04"  # a stuffed byte and a restart marker are data
    second = b"\x05" * 7
    file = (
        b"\xff\xd8"
        + segment(0xFFE0, b"JFIF" + bytes(10))
        + segment(0xFFDB, bytes(65))
        + segment(0xFFC2, bytes(15))
        + segment(0xFFC4, bytes(29))
        + segment(0xFFDA, bytes(10))
        + first
        + segment(0xFFC4, bytes(40))
        + segment(0xFFDA, bytes(8))
        + second
        + b"\xff\xd9"
    )
    assert codecs.jpeg_payload(file) == len(first) + len(second)
    assert codecs.jpeg_payload(file[:-2]) == len(first) + len(second)


def test_jpeg2000_counts_packets_only():
    packets = [bytes(21), bytes(13)]
    parts = b""
    for tile, body in enumerate(packets):
        inner = segment(0xFF5C, bytes(9)) if tile else b""
        length = 12 + len(inner) + 2 + len(body)
        parts += segment(0xFF90, struct.pack(">HIBB", tile, length, 0, 1)) + inner + b"\xff\x93" + body
    file = b"\xff\x4f" + segment(0xFF51, bytes(40)) + segment(0xFF52, bytes(11)) + parts + b"\xff\xd9"
    assert codecs.jpeg2000_payload(file) == 34


def test_webp_counts_the_frame_after_its_header():
    def riff(*chunks: bytes) -> bytes:
        body = b"WEBP" + b"".join(chunks)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    frame = b"VP8 " + struct.pack("<I", 30) + bytes(30)
    assert codecs.webp_payload(riff(frame)) == 20
    assert codecs.webp_payload(riff(b"VP8X" + struct.pack("<I", 9) + bytes(10), frame)) == 20
    with pytest.raises(ValueError, match="no VP8"):
        codecs.webp_payload(riff())


def test_avif_counts_frames_in_the_media_data():
    def unit(kind: int, body: bytes, extension: bytes = b"") -> bytes:
        head = kind << 3 | 2 | (4 if extension else 0)
        return bytes([head]) + extension + bytes([len(body) & 127 | 128, len(body) >> 7]) + body

    media = (
        unit(2, b"")
        + unit(1, bytes(11))
        + unit(6, bytes(300))
        + unit(4, bytes(5), b"\0")
        + bytes([3 << 3])
        + bytes(4)
    )
    file = box(b"ftyp", bytes(20)) + box(b"meta", bytes(200)) + box(b"mdat", media)
    assert codecs.avif_payload(file) == 300 + 5 + 4
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + len(media)) + media
    assert codecs.avif_payload(large) == 309


@every_picture_codec
def test_what_is_left_out_does_not_grow_with_the_picture(codec: codecs.Codec):
    """Headers and tables of a picture four times as large are about as long."""
    setting = codec.settings[len(codec.settings) // 2]
    small, large = (codec.run(picture(side, side), **setting) for side in (64, 128))
    assert 2 < large.payload / small.payload < 6
    overhead = [len(one.file) - one.payload for one in (small, large)]
    assert 0 < overhead[0] < 800
    assert abs(overhead[1] - overhead[0]) < 150


def test_jpeg_overhead_is_its_segments():
    """Every byte is in a segment, a scan or a marker alone: Pillow's own reading of the segments agrees."""
    coded = codecs.jpeg(picture(), 50)
    with Image.open(io.BytesIO(coded.file)) as opened:
        tables = sum(2 + 2 + 1 + 64 for _ in opened.quantization)
    assert len(coded.file) - coded.payload > tables


# ---------------------------------------------------------------------------------------------------------
# Decoding


@every_picture_codec
def test_decoded_is_what_the_file_holds(codec: codecs.Codec):
    for coded in codec.sweep(picture(), 3):
        with Image.open(io.BytesIO(coded.file)) as opened:
            assert np.array_equal(np.asarray(opened.convert("RGB")), coded.decoded)


@pytest.mark.parametrize(("name", "format", "codec"), [("H.264", "h264", "h264"), ("H.265", "hevc", "hevc")])
def test_clip_decodes_unit_by_unit(name: str, format: str, codec: str):
    coded = CODECS[name].run(clip(), crf=30)
    decoder = av.CodecContext.create(codec, "r")
    packets = [*decoder.parse(coded.file), *decoder.parse(None)]
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    again = np.stack([frame.to_ndarray(format="rgb24") for frame in frames])
    assert np.array_equal(again[:, :32, :48], coded.decoded)
    assert coded.payload < len(coded.file) < sum(packet.size for packet in packets) + 1


@pytest.mark.parametrize(("name", "format"), [("MP3", "mp3"), ("Opus", "ogg")])
def test_sound_packets_are_the_payload(name: str, format: str):
    coded = CODECS[name].run(sound(), kbps=32)
    with av.open(io.BytesIO(coded.file), format=format) as container:
        sizes = [packet.size for packet in container.demux(audio=0) if packet.size]
    assert coded.payload == sum(sizes) - (4 * len(sizes) if name == "MP3" else 0)


@pytest.mark.parametrize("name", ["MP3", "Opus"])
def test_delay_is_undone(name: str):
    samples = sound(16_000)
    assert psnr(samples, CODECS[name].run(samples, kbps=64).decoded, 2) > 40


def test_delay_is_found():
    samples = np.random.default_rng(1).normal(size=3000).astype("f4")
    late = np.pad(samples, (777, codecs.LONGEST_DELAY - 777))
    assert codecs._delay(samples, late) == 777


# ---------------------------------------------------------------------------------------------------------
# Every codec


@every_codec
def test_more_bits_are_better(codec: codecs.Codec):
    signal = SIGNAL[codec.kind]
    coarse, fine = codec.sweep(signal, 2)
    assert len(coarse.file) < len(fine.file)
    assert coarse.payload < fine.payload < len(fine.file)
    assert psnr(signal, coarse.decoded, PEAK[codec.kind]) < psnr(signal, fine.decoded, PEAK[codec.kind])
    assert coarse.decoded.shape == signal.shape


@every_codec
def test_the_same_twice(codec: codecs.Codec):
    setting = codec.settings[2]
    first, second = (codec.run(SIGNAL[codec.kind], **setting) for _ in range(2))
    assert first.file == second.file


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 9, 20), (17, 16, 8)])
@pytest.mark.parametrize("codec", of_kind("field"), ids=lambda one: one.name)
def test_fields_of_any_size(codec: codecs.Codec, shape: tuple[int, ...]):
    signal = field(*shape) if min(shape) > 1 else np.full(shape, 0.25, "f4")
    for coded in list(codec.sweep(signal))[-2:]:
        assert coded.decoded.shape == shape
        # OpenJPEG stops well short of the quality asked for in a line of pixels
        assert psnr(signal, coded.decoded, 2) > (50 if min(shape) > 1 else 30)


@pytest.mark.parametrize("block", [0, 8])
def test_cosines_are_rounded_no_further_than_a_step(block: int):
    from scipy.fft import dctn

    signal = field(16, 24, 8)
    coded = codecs.cosines(signal, step=0.5, block=block)
    error = (coded.decoded - signal).astype("f8")
    cubes = error[None] if not block else error.reshape(2, 8, 3, 8, 8).swapaxes(1, 2).reshape(6, 8, 8, 8)
    assert np.abs(dctn(cubes, axes=(1, 2, 3), norm="ortho")).max() <= 0.6 * 0.5 + 1e-5
    assert len(coded.file) - coded.payload == 4 + 2 + 2 * 3


@pytest.mark.parametrize("block", [0, 8])
def test_cosines_are_all_in_the_file(block: int):
    """The body, unpacked, holds every rounded coefficient."""
    import lzma
    import zlib

    signal = field(10, 12) * 0.9
    coded = codecs.cosines(signal, step=1 / 64, block=block)
    body = coded.file[-coded.payload :]
    try:
        raw = zlib.decompress(body, -15)
    except zlib.error:
        raw = lzma.decompress(body, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])
    assert len(raw) in ([120, 240] if not block else [256, 512])


@every_picture_codec
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 5), (33, 17)])
def test_tiny_pictures(codec: codecs.Codec, shape: tuple[int, int]):
    pixels = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype("u1")
    for setting in (codec.settings[0], codec.settings[-1]):
        coded = codec.run(pixels, **setting)
        assert coded.decoded.shape == pixels.shape
        assert 0 <= coded.payload < len(coded.file)


@every_picture_codec
def test_grey_pictures(codec: codecs.Codec):
    plane = picture()[..., 0]
    grey = codec.run(plane, **codec.settings[-2])
    as_colour = codec.run(np.repeat(plane[..., None], 3, axis=2), **codec.settings[-2])
    assert grey.decoded.shape == plane.shape
    assert grey.file == as_colour.file
    assert np.ptp(as_colour.decoded.astype(int), axis=2).max() <= 1  # WebP's colour conversion rounds
    assert psnr(plane, grey.decoded, 255) > 30


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 3, 7), (2, 17, 16)])
@pytest.mark.parametrize("name", ["H.264", "H.265"])
@pytest.mark.parametrize("form", ["yuv420p", "yuv444p"])
def test_tiny_clips(name: str, shape: tuple[int, int, int], form: str):
    frames = np.random.default_rng(3).integers(0, 256, (*shape, 3)).astype("u1")
    coded = CODECS[name].run(frames, crf=40, pixels=form)
    assert coded.decoded.shape == frames.shape
    assert 0 < coded.payload < len(coded.file)


@pytest.mark.parametrize("name", ["H.264", "H.265"])
def test_a_clip_is_encoded_alike_each_time(name: str):
    """Among clips of other forms, so that memory is handed out anew: encoders have read beyond their arrays."""
    frames = np.random.default_rng(4).integers(0, 256, (16, 20, 24, 3)).astype("u1")
    frames = frames.repeat(4, 1).repeat(4, 2)  # 80 x 96, few blocks to a frame
    forms = [(48, "yuv420p"), (40, "yuv420p"), (24, "yuv444p")]
    files = {
        tuple(CODECS[name].run(frames, crf=crf, pixels=form, preset="medium").file for crf, form in forms)
        for _ in range(25)
    }
    assert len(files) == 1


@pytest.mark.parametrize("name", ["MP3", "Opus"])
@pytest.mark.parametrize("samples", [np.ones(1), np.zeros(4000), np.sign(sound(2000)), np.full(700, 0.5)])
def test_odd_sounds(name: str, samples: np.ndarray):
    coded = CODECS[name].run(samples.astype("f4"), kbps=16)
    assert coded.decoded.shape == samples.shape
    assert np.isfinite(coded.decoded).all()


@pytest.mark.parametrize(
    ("name", "signal", "setting"),
    [
        ("JPEG", np.zeros((4, 4, 4), "u1"), {"quality": 50}),
        ("WebP", np.zeros((4, 4, 3)), {"quality": 50}),
        ("JPEG 2000", np.zeros((0, 4, 3), "u1"), {"decibels": 30}),
        ("MP3", np.zeros(0, "f4"), {"kbps": 32}),
        ("Opus", np.zeros((2, 9), "f4"), {"kbps": 32}),
        ("H.264", np.zeros((0, 8, 8, 3), "u1"), {"crf": 30}),
        ("H.265", np.zeros((2, 8, 8), "u1"), {"crf": 30}),
        ("cosines + LZMA", np.full((3, 3), np.nan), {"step": 1.0}),
        ("JPEG 2000, 16 bit", np.zeros(9), {"decibels": 30}),
    ],
)
def test_signals_of_another_form_are_refused(name: str, signal: np.ndarray, setting: dict):
    with pytest.raises(InputError):
        CODECS[name].run(signal, **setting)
