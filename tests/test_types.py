"""The values: every format met in the wild, every limit, and round trips."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as Pillow

from zoo.errors import InputError
from zoo.testing import samples
from zoo.testing.battery import check_sentence, check_value, watching
from zoo.types import KINDS, Audio, Drawing, Figure, File, Graph, Image, Mesh, Metrics, Points, Table, Video

ROOT = Path(__file__).resolve().parents[1]
few = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def encoded(picture: Pillow.Image, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


@contextlib.contextmanager
def refused(says: str = ""):
    """The block raises one sentence that holds the given words."""
    with pytest.raises(InputError) as caught:
        yield caught
    check_sentence(str(caught.value))
    assert says in str(caught.value)


def in_a_small_process(code: str, megabytes: int = 1500, seconds: int = 20) -> str:
    """What a program prints that may use so much memory and processor time, and no more."""
    limits = (
        f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({megabytes} << 20,) * 2);"
        f" r.setrlimit(r.RLIMIT_CPU, ({seconds},) * 2)\n"
    )
    folders = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", limits + code],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": folders, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-300:]}"
    return done.stdout.strip()


# ---------------------------------------------------------------------------------------------------------
# All kinds


@pytest.mark.parametrize("kind", samples.GOOD)
def test_good_file_opens_saves_and_opens_again(kind: str, tmp_path: Path):
    value = KINDS[kind].open(samples.GOOD[kind].write(tmp_path))
    check_value(value)
    path = tmp_path / f"again{value.suffix}"
    value.save(path)
    check_value(KINDS[kind].open(path))


BAD_FILES = [(kind, bad) for kind, files in samples.BAD.items() for bad in files]


@pytest.mark.parametrize(("kind", "bad"), BAD_FILES, ids=lambda part: getattr(part, "name", part))
def test_bad_file_is_refused(kind: str, bad: samples.Sample, tmp_path: Path):
    with refused(bad.says):
        KINDS[kind].open(bad.write(tmp_path))


BAD_OBJECTS = [
    (kind, number) for kind, values in samples.BAD_OBJECTS.items() for number in range(len(values))
]


@pytest.mark.parametrize(("kind", "number"), BAD_OBJECTS)
def test_bad_object_is_refused(kind: str, number: int):
    with refused():
        KINDS[kind].of(samples.BAD_OBJECTS[kind][number])


@pytest.mark.parametrize("kind", samples.GOOD)
def test_folder_device_and_absent_file_are_refused(kind: str, tmp_path: Path):
    suffix = Path(samples.GOOD[kind].name).suffix
    for path in (
        tmp_path,
        tmp_path / f"absent{suffix}",
        "/dev/zero",
        "/dev/stdin",
        f"a\0b{suffix}",
        "x" * 5000,
        "",
    ):
        with refused():
            KINDS[kind].open(path)


def test_pipe_is_refused_without_waiting(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    with refused("not a file"):
        Image.open(tmp_path / "pipe.png")


@pytest.mark.parametrize("kind", samples.GOOD)
def test_huge_file_is_refused_before_it_is_read(kind: str, tmp_path: Path):
    path = tmp_path / f"huge{Path(samples.GOOD[kind].name).suffix}"
    with path.open("wb") as file:
        file.truncate(100 * 2**30)  # sparse
    with refused("102400 MB"):
        KINDS[kind].open(path)


@functools.cache
def intact(kind: str) -> bytes:
    """A good file, made once: an encoder of video may give a few bytes more on a busy machine."""
    return samples.GOOD[kind].make()


@pytest.mark.parametrize("kind", samples.GOOD)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_file_opens_or_is_refused(kind: str, data: st.DataObject, tmp_path: Path):
    good = bytearray(intact(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    good = good[: data.draw(st.integers(1, len(good)))]
    path = tmp_path / samples.GOOD[kind].name
    path.write_bytes(good)
    try:
        check_value(KINDS[kind].open(path))
    except InputError as error:
        check_sentence(str(error), tmp_path)


@pytest.mark.parametrize("kind", samples.GOOD)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(min_size=1, max_size=200))
def test_noise_opens_or_is_refused(kind: str, noise: bytes, tmp_path: Path):
    path = tmp_path / samples.GOOD[kind].name
    path.write_bytes(noise)
    try:
        check_value(KINDS[kind].open(path))
    except InputError as error:
        check_sentence(str(error), tmp_path)


def test_values_know_themselves(tmp_path: Path):
    for kind, sample in samples.GOOD.items():
        path = sample.write(tmp_path)
        value = KINDS[kind].of(str(path))
        assert KINDS[kind].of(value) is value
        assert KINDS[kind].of(path).fingerprint() == value.fingerprint()
        assert len(value.fingerprint()) == 64


# ---------------------------------------------------------------------------------------------------------
# Pictures


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF", "PPM", "WEBP", "JPEG2000"])
def test_lossless_formats(format: str):
    options = (
        {"lossless": True} if format == "WEBP" else {"irreversible": False} if format == "JPEG2000" else {}
    )
    picture = Pillow.fromarray(np.repeat(samples.gradient()[:, :, :1], 3, 2))
    assert (Image.decode(encoded(picture, format, **options)).pixels == np.asarray(picture)).all()


@pytest.mark.parametrize("format", ["JPEG", "AVIF", "WEBP"])
def test_lossy_formats(format: str):
    pixels = np.full((16, 24, 3), (200, 100, 50), "u1")
    decoded = Image.decode(encoded(Pillow.fromarray(pixels), format, quality=95)).pixels
    assert decoded.shape == pixels.shape
    assert abs(decoded.astype(int) - pixels).max() <= 6


def test_multi_picture_jpeg_gives_its_first():
    first, second = Pillow.new("RGB", (8, 8), (250, 0, 0)), Pillow.new("RGB", (8, 8), (0, 0, 250))
    pixels = Image.decode(encoded(first, "MPO", save_all=True, append_images=[second], quality=95)).pixels
    assert pixels[..., 0].min() > 240


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation_is_applied(turn: int):
    upright = np.zeros((8, 16, 3), "u1")
    upright[0, 0] = 255
    undo = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }  # fmt: skip
    exif = Pillow.Exif()
    exif[0x0112] = turn
    stored = Pillow.fromarray(np.ascontiguousarray(undo[turn](upright)))
    assert (Image.decode(encoded(stored, "PNG", exif=exif.tobytes())).pixels == upright).all()


def test_sixteen_bit_grey_keeps_its_levels():
    grey = np.linspace(0, 65535, 64).astype("u2").reshape(8, 8)
    pixels = Image.decode(encoded(Pillow.fromarray(grey))).pixels[..., 0]
    assert abs(pixels - grey / 257).max() <= 1


def test_dark_sixteen_bit_grey_stays_dark():
    pixels = Image.decode(encoded(Pillow.fromarray(np.full((4, 4), 200, "u2")))).pixels
    assert pixels.max() <= 1, "200 of 65535 is black, not light grey"


def test_float_picture_in_the_unit_interval():
    grey = np.linspace(0, 1, 64, dtype="f4").reshape(8, 8)
    pixels = Image.decode(encoded(Pillow.fromarray(grey), "TIFF")).pixels[..., 0]
    assert abs(pixels / 255 - grey).max() <= 1 / 255


def test_float_picture_with_nan_is_refused():
    with refused("NaN"):
        Image.decode(encoded(Pillow.fromarray(np.full((4, 4), np.nan, "f4")), "TIFF"))


def test_cmyk_becomes_rgb():
    pixels = Image.decode(encoded(Pillow.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG", quality=95)).pixels
    assert pixels[..., 0].min() > 200
    assert pixels[..., 1:].max() < 60


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "YCbCr", "HSV", "LAB"])
def test_other_modes_become_rgb(mode: str):
    format = "PNG" if mode in ("1", "L", "P", "RGB") else "TIFF" if mode == "LAB" else None
    picture = Pillow.fromarray(samples.gradient())
    if mode == "LAB":
        picture = Pillow.new("LAB", (4, 4))
    elif mode != "RGB":
        picture = picture.convert(mode)
    try:
        value = Image.decode(encoded(picture, format)) if format else Image.of(picture)
    except InputError as error:
        check_sentence(str(error))
        assert mode == "LAB"
    else:
        check_value(value)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGBa"])
def test_alpha_is_laid_over_white(mode: str):
    layer = Pillow.new("RGBA", (4, 4), (0, 0, 0, 0))
    layer.putpixel((0, 0), (10, 10, 10, 255))
    pixels = Image.of(layer.convert(mode)).pixels
    assert (pixels[1, 1] == 255).all()
    assert pixels[0, 0].max() < 30


def test_half_transparent_is_mixed_with_white():
    assert abs(int(Image.of(np.full((2, 2, 4), (0, 0, 0, 128), "u1")).pixels[0, 0, 0]) - 127) <= 1


def test_palette_with_transparency_is_laid_over_white():
    picture = Pillow.new("P", (4, 4), 1)
    picture.putpalette([255, 0, 0, 0, 0, 0])
    picture.putpixel((0, 0), 0)
    pixels = Image.decode(encoded(picture, transparency=1)).pixels
    assert (pixels[1, 1] == 255).all()
    assert (pixels[0, 0] == (255, 0, 0)).all()


def test_transparent_colour_is_laid_over_white():
    pixels = Image.decode(encoded(Pillow.new("RGB", (4, 4), (1, 2, 3)), transparency=(1, 2, 3))).pixels
    assert (pixels == 255).all()


def test_animated_gif_gives_its_first_frame():
    frames = [Pillow.new("RGB", (8, 8), (level, level, level)) for level in (10, 120, 250)]
    pixels = Image.decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).pixels
    assert (pixels == 10).all()


def test_one_pixel():
    assert Image.decode(encoded(Pillow.new("RGB", (1, 1), (3, 2, 1)))).pixels.tolist() == [[[3, 2, 1]]]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000"])
def test_truncated_picture_is_refused(format: str):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="u1")
    data = encoded(Pillow.fromarray(noise), format)
    with refused("not a readable picture"):
        Image.decode(data[: len(data) // 2])


def test_bombs_of_other_formats_are_refused():
    size = struct.pack("<HH", 60_000, 60_000)
    with refused("megapixels"):
        Image.decode(
            b"GIF89a" + size + b"\x80\0\0" + b"\0" * 6 + b"," + b"\0" * 4 + size + b"\0\x02\x02L\x01\0;"
        )
    with refused("megapixels"):
        Image.decode(b"P6 60000 60000 255\n")


@pytest.mark.parametrize("side", [9_600, 12_000, 60_000])
def test_a_large_picture_is_told_with_its_size_and_without_a_warning(side: int, recwarn):
    with refused("25 megapixels"):
        Image.decode(samples.png_header(side, side))
    assert not [str(one.message) for one in recwarn], "a warning would stand beside the sentence, with a path"


def test_postscript_is_not_opened():
    with refused("not a readable picture"):
        Image.decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 3), 7, "u1"), 7),
        (np.full((2, 3, 3), 7, "i8"), 7),
        (np.full((2, 3), 0.5, "f4"), 128),
        (np.full((2, 3, 3), 1.0), 255),
        (np.ones((2, 3), bool), 255),
    ],
)
def test_arrays(array: np.ndarray, expected: int):
    value = Image.of(array)
    check_value(value)
    assert (value.height, value.width) == (2, 3)
    assert (value.pixels == expected).all()


def test_float_array_far_outside_the_unit_interval_is_refused():
    with refused("[0, 1]"):
        Image.of(np.full((4, 4, 3), 128.0))


@pytest.mark.parametrize(
    ("kind", "array"),
    [
        (Image, np.zeros((4, 4, 3), "u1")),
        (Points, np.zeros((4, 2))),
        (Drawing, np.zeros((4, 4), "f4")),
        (Table, np.zeros((4, 2))),
        (Audio, np.zeros(8, "f4")),
        (Video, np.zeros((2, 4, 4, 3), "u1")),
        (Mesh, np.zeros((4, 3))),
    ],
    ids=lambda part: getattr(part, "kind", ""),
)
def test_value_is_not_changed_through_the_callers_array(kind, array: np.ndarray):
    """A stream that moves its points in place must not move those it has yielded."""
    given = {Audio: (8000, array), Video: (array, 5), Mesh: (array, [[0, 1, 2]])}.get(kind, array)
    value = kind.of(given)
    before = value.fingerprint()
    array += 1
    assert value.fingerprint() == before


def test_picture_that_pillow_cannot_read_to_its_end_is_refused(tmp_path: Path):
    path = tmp_path / "half.png"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="u1")
    path.write_bytes(encoded(Pillow.fromarray(noise))[:6000])
    with Pillow.open(path) as lazy, refused():
        Image.of(lazy)


@few
@given(hnp.arrays("u1", st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_image_round_trip(pixels: np.ndarray):
    assert (Image.decode(Image.of(pixels).encode()).pixels == pixels).all()


# ---------------------------------------------------------------------------------------------------------
# Sounds


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("rate", [8000, 44_100, 96_000])
def test_wav_of_every_depth_and_rate(bits: int, rate: int):
    tone = samples.tone(rate=rate)
    sound = Audio.decode(samples.wav(tone, rate, bits))
    check_value(sound)
    assert sound.rate == rate
    assert abs(sound.samples - tone).max() < 2.0 ** (2 - min(bits, 16))


def test_float_wav():
    from scipy.io import wavfile

    buffer = io.BytesIO()
    wavfile.write(buffer, 8000, samples.tone())
    assert np.allclose(Audio.decode(buffer.getvalue()).samples, samples.tone())


def test_stereo_is_mixed_down():
    tone = samples.tone()
    stereo = np.stack([tone, np.zeros_like(tone)], 1)
    mixed = Audio.decode(samples.wav(stereo)).samples
    assert len(mixed) == len(tone)
    correlation = np.corrcoef(mixed, tone)[0, 1]
    assert correlation > 0.999
    assert np.allclose(Audio.of((8000, stereo)).samples, tone / 2)


@pytest.mark.parametrize(
    ("format", "codec"), [("mp3", "libmp3lame"), ("flac", "flac"), ("ogg", "libopus"), ("ipod", "aac")]
)
def test_compressed_sounds(format: str, codec: str):
    rate = 48_000
    sound = Audio.decode(samples.compressed_sound(format, codec, samples.tone(0.5, rate), rate))
    check_value(sound)
    assert sound.rate == rate
    assert abs(sound.seconds - 0.5) < 0.1
    spectrum = abs(np.fft.rfft(sound.samples[:24_000]))
    assert abs(np.argmax(spectrum) * rate / 24_000 - 440) < 8


def test_silence_is_a_sound():
    assert not Audio.decode(samples.wav(np.zeros(800))).samples.any()


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_integer_samples_are_scaled_around_zero(dtype: str):
    tone = samples.tone()
    stored = {"u1": tone * 127 + 128, "i2": tone * 32767, "i4": tone * (2.0**31 - 1)}.get(dtype, tone)
    sound = Audio.of((8000, stored.astype(dtype)))
    check_value(sound)
    assert abs(sound.samples - tone).max() < 0.02


def test_video_without_sound_is_no_sound():
    with refused("not a readable sound"):
        Audio.decode(samples.clip(samples.fading_clip()))


def test_too_long_a_sound_is_told_truly():
    with refused("5 minutes") as caught:
        Audio.decode(samples.wav(np.zeros(400 * 1000), 1000, 8))
    assert "300 s" not in str(caught.value), "it lasts 400 s"


def test_absurd_rate_is_refused():
    with refused():
        Audio.decode(samples.wav(np.zeros(1000), 2_000_000, 8))


def test_flac_of_much_silence_is_refused_in_little_memory():
    said = in_a_small_process(
        "from zoo.testing import samples as s\nimport numpy as np\nfrom zoo.types import Audio\n"
        "data = s.compressed_sound('flac', 'flac', np.zeros(8000 * 900, 'f4'), 8000)\n"
        "try:\n    Audio.decode(data)\nexcept ValueError as error:\n    print(error)"
    )
    assert "5 minutes" in said


@few
@given(hnp.arrays("i2", st.integers(1, 200)), st.sampled_from([8000, 22_050, 44_100]))
def test_audio_round_trip(samples_: np.ndarray, rate: int):
    sound = Audio.of((rate, samples_))
    again = Audio.decode(sound.encode())
    assert again.rate == rate
    assert abs(again.samples - sound.samples).max() < 1e-4
    assert again.fingerprint() == sound.fingerprint()


# ---------------------------------------------------------------------------------------------------------
# Clips


@pytest.mark.parametrize(
    ("format", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("gif", "gif"), ("avi", "mpeg4"), ("webm", "libvpx-vp9")],
)
def test_clips(format: str, codec: str):
    frames = samples.fading_clip()
    value = Video.decode(samples.clip(frames, 5, format, codec))
    check_value(value)
    assert value.frames.shape == frames.shape
    assert abs(value.fps - 5) < 0.1
    levels = value.frames.mean((1, 2, 3))
    assert abs(levels - frames.mean((1, 2, 3))).max() < 25
    assert (np.diff(levels) > 0).all()


@pytest.mark.parametrize("shape", [(1, 2, 2, 3), (1, 1, 1, 3), (3, 33, 47, 3), (2, 64, 1, 3)])
@pytest.mark.parametrize("fps", [1, 24, 29.97])
def test_clip_round_trip(shape: tuple[int, ...], fps: float):
    frames = np.full(shape, 120, "u1")
    again = Video.decode(Video.of((frames, fps)).encode())
    even = [size + size % 2 for size in shape[1:3]]
    assert again.frames.shape == (shape[0], *even, 3)
    assert abs(again.fps - fps) < 0.05
    assert abs(again.frames.astype(int) - 120).max() < 6


def test_clip_stops_at_its_limit():
    frames = np.zeros((310, 16, 16, 3), "u1")
    assert len(Video.decode(samples.clip(frames, 30)).frames) == Video.max_frames
    assert len(Video.of((frames, 30)).frames) == Video.max_frames


def test_a_clip_of_many_pixels_is_scaled_down_and_says_so():
    frames = np.zeros((2, 2160, 3840, 3), "u1")
    frames[:, :, 1920:] = 255
    clip = Video.decode(samples.clip(frames))
    assert clip.frames.shape == (2, 1086, 1932, 3)
    assert clip.frames[0, 500, :900].max() < 10
    assert clip.frames[0, 500, 1000:].min() > 240
    assert clip.remarks == ("3840 x 2160 pixels were scaled to 1932 x 1086.",)
    with refused("megapixels"):
        Video.of((frames, 5))


def test_channels_of_a_sound_are_mixed_and_it_says_so():
    from io import BytesIO

    from scipy.io import wavfile

    buffer = BytesIO()
    wavfile.write(buffer, 8000, np.column_stack([np.full(800, 8000), np.full(800, 16000)]).astype("<i2"))
    sound = Audio.decode(buffer.getvalue())
    assert sound.remarks == ("2 channels were mixed to one.",)
    assert sound.samples.shape == (800,)
    assert Audio.sample().remarks == ()


def test_long_clip_of_the_largest_frames_takes_little_memory():
    """300 frames of 1080p are 1.9 GB of pixels and, black, a file of 300 kB."""
    said = in_a_small_process(
        "import io, av, numpy as np\nfrom zoo.types import Video\n"
        "buffer = io.BytesIO()\n"
        "with av.open(buffer, 'w', format='avi') as box:\n"
        "    stream = box.add_stream('mjpeg', rate=30)\n"
        "    stream.width, stream.height, stream.pix_fmt = 1920, 1080, 'yuvj420p'\n"
        "    frame = av.VideoFrame.from_ndarray(np.zeros((1080, 1920, 3), 'u1'), format='rgb24')\n"
        "    for packet in [*stream.encode(frame), *stream.encode(None)]:\n"
        "        for time in range(300):\n"
        "            packet.pts = packet.dts = time\n"
        "            box.mux(packet)\n"
        "try:\n    print('opened', len(Video.decode(buffer.getvalue()).frames))\n"
        "except ValueError as error:\n    print(error)",
        seconds=60,
    )  # fmt: skip
    assert said


_PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("kind", [Audio, Video])
@pytest.mark.parametrize("reference", ["{name}", "{path}", "file:{path}", "{address}"])
@pytest.mark.parametrize(
    "list_of",
    [
        "ffconcat version 1.0\nfile '{}'\n",
        _PLAYLIST,
        "ffconcat version 1.0\nfile subfile,,start,0,end,0,,:{}\n",
    ],
)
def test_playlist_opens_no_other_file(kind, reference: str, list_of: str, tmp_path: Path, monkeypatch):
    """FFmpeg knows formats that name further files; an uploaded one would read the server's."""
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / ("secret.wav" if kind is Audio else "secret.mp4")
    secret.write_bytes(samples.wav(samples.tone()) if kind is Audio else samples.clip(samples.fading_clip()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts"
        named = reference.format(name=secret.name, path=secret, address=address)
        with refused("not a readable"):
            kind.decode(list_of.format(named).encode())
        with pytest.raises(BlockingIOError):
            server.accept()


# ---------------------------------------------------------------------------------------------------------
# Meshes


def cube() -> Mesh:
    import trimesh

    box = trimesh.creation.box()
    return Mesh.of((box.vertices, box.faces))


@pytest.mark.parametrize("format", ["obj", "ply", "stl", "off", "glb"])
def test_mesh_formats(format: str, tmp_path: Path):
    import trimesh

    path = tmp_path / f"BOX.{format.upper()}"
    trimesh.creation.box().export(path, file_type=format)
    mesh = Mesh.open(path)
    check_value(mesh)
    assert mesh.faces.shape == (12, 3)
    assert len(mesh.vertices) == 8, "corners are shared, also from a format that repeats them"
    assert np.isclose(trimesh.Trimesh(mesh.vertices, mesh.faces).volume, 1)


def test_quads_and_texture_coordinates_become_triangles(tmp_path: Path):
    path = tmp_path / "quad.obj"
    path.write_text(
        "mtllib ../../etc/passwd\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1 4/1\n"
    )
    with watching() as opened:
        assert Mesh.open(path).faces.shape == (2, 3)
    assert not [one for one in opened.paths if "passwd" in one]


def test_mesh_round_trip_keeps_order(tmp_path: Path):
    mesh = cube()
    mesh.save(tmp_path / "cube.glb")
    again = Mesh.open(tmp_path / "cube.glb")
    assert np.allclose(again.vertices, mesh.vertices)
    assert (again.faces == mesh.faces).all()
    assert again.fingerprint() == mesh.fingerprint()


def test_mesh_of_thirds_round_trip(tmp_path: Path):
    mesh = Mesh.of((cube().vertices / 3, cube().faces))
    mesh.save(tmp_path / "cube.glb")
    assert Mesh.open(tmp_path / "cube.glb").fingerprint() == mesh.fingerprint()


def test_too_many_triangles_are_refused():
    with refused("500,000"):
        Mesh.of((np.zeros((3, 3)), np.zeros((500_001, 3), int)))


@pytest.mark.parametrize("count", [10**8, 10**10])
def test_mesh_bombs_are_refused_in_little_memory(count: int, tmp_path: Path):
    (tmp_path / "zeros.glb").write_bytes(samples.glb_of_zeros(count))
    head = f"element vertex {count}\nproperty float x\nproperty float y\nproperty float z\n"
    for kind in ("ascii", "binary_little_endian"):
        ply = f"ply\nformat {kind} 1.0\n{head}element face {count}\nproperty list uchar int vertex_indices\n"
        (tmp_path / f"{kind}.ply").write_text(ply + "end_header\n")
    (tmp_path / "many.off").write_text(f"OFF\n{count} {count} 0\n0 0 0\n")
    (tmp_path / "many.stl").write_bytes(b"\0" * 80 + struct.pack("<I", min(count, 2**32 - 1)) + b"\0" * 50)
    said = in_a_small_process(
        "import sys, pathlib\nfrom zoo.types import Mesh\n"
        f"for path in sorted(pathlib.Path({str(tmp_path)!r}).iterdir()):\n"
        "    try:\n        Mesh.open(path); print(path.name, 'opened')\n"
        "    except ValueError as error:\n        print(path.name, type(error.__cause__).__name__, error)"
    )
    assert len(said.splitlines()) == 5
    assert "opened" not in said
    assert "MemoryError" not in said


# ---------------------------------------------------------------------------------------------------------
# Tables

PLAIN = pd.DataFrame({"name": ["ann", "bob"], "height": [1.5, 2.25], "age": [3, 4]})


def same(data: bytes | Table, expected: pd.DataFrame = PLAIN) -> None:
    """A file (or a table) holds the expected frame."""
    frame = (data if isinstance(data, Table) else Table.decode(data)).frame
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", "\t", "|", ";"])
def test_text_tables(encoding: str, newline: str, separator: str):
    text = separator.join(("name", "größe")) + newline + separator.join(("ünal", "2")) + newline
    same(text.encode(encoding), pd.DataFrame({"name": ["ünal"], "größe": [2]}))


def test_semicolons_with_decimal_commas():
    same(b"name;height;age\nann;1,5;3\nbob;2,25;4\n")


def test_semicolons_with_decimal_points():
    same(b"name;height;age\nann;1.5;3\nbob;2.25;4\n")


def test_tabs_with_decimal_commas():
    same(b"name\theight\tage\nann\t1,5\t3\nbob\t2,25\t4\n")


def test_commas_inside_quotes_of_the_header_are_no_separators():
    same(
        b'"name, first, or last";height\nann;1,5\n',
        pd.DataFrame({"name, first, or last": ["ann"], "height": [1.5]}),
    )


def test_separators_and_newlines_inside_quotes():
    same(b'a,b\n"x, y","two\nlines"\n', pd.DataFrame({"a": ["x, y"], "b": ["two\nlines"]}))


def test_windows_quotes_and_the_euro():
    same("price €\n“5”\n".encode("cp1252"), pd.DataFrame({"price €": ["“5”"]}))


def test_spaces_after_separators():
    same(b"name, height, age\nann, 1.5, 3\nbob, 2.25, 4\n")


def test_empty_lines_are_skipped():
    same(b"name,height,age\n\nann,1.5,3\n\nbob,2.25,4\n\n")


def test_one_column():
    same(b"x\n1\n2\n", pd.DataFrame({"x": [1, 2]}))


def test_short_rows_are_filled():
    frame = Table.decode(b"a,b,c\n1,2,3\n4,5\n").frame
    assert np.isnan(frame["c"][1])


def test_duplicate_columns_get_names_of_their_own():
    for value in (
        Table.decode(b"a,a,b\n1,2,3\n"),
        Table.of(pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])),
        Table.of(pd.DataFrame([[1, 2, 3]], columns=[1, "1", "b"])),
    ):
        assert value.frame.columns.is_unique
        assert value.frame.iloc[0].tolist() == [1, 2, 3]
        same(Table.decode(value.encode()), value.frame)


@pytest.mark.parametrize(
    "data", [b"a,b\nr1,1,2\nr2,3,4\n", b"a,b\n1,2,\n3,4,\n"], ids=["row names", "trailing commas"]
)
def test_rows_longer_than_the_header_lose_nothing(data: bytes):
    try:
        frame = Table.decode(data).frame
    except InputError as error:
        check_sentence(str(error))
        return
    assert frame["a"].tolist() == [1, 3]
    assert frame["b"].tolist() == [2, 4]


def test_ragged_rows_are_refused():
    with refused("as many cells"):
        Table.decode(b"a,b\n1,2\n3,4,5,6\n")


@pytest.mark.parametrize("data", [b'a,b\n"1,2\n', b"\xff\xfe", b"\xff\xfea", b"\xef\xbb\xbf", b" \n1\n"])
def test_more_text_that_is_no_table(data: bytes):
    with refused():
        Table.decode(data)


def test_excel():
    same(samples.excel([["name", "height", "age"], ["ann", 1.5, 3], ["bob", 2.25, 4]]))


def test_excel_with_empty_rows_and_a_formula_error():
    frame = Table.decode(samples.excel([["a", "b"], [1, None], [None, None], [3, "=1/0"]])).frame
    assert frame["a"].dropna().tolist() == [1, 3]


@pytest.mark.parametrize("bomb", ["excel_of_spaces", "excel_of_far_corners"])
def test_excel_bombs_are_refused_in_little_memory(bomb: str, tmp_path: Path):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(getattr(samples, bomb)())
    assert path.stat().st_size < 4 * 2**20
    said = in_a_small_process(
        "from zoo.types import Table\n"
        f"try:\n    Table.open({str(path)!r})\nexcept ValueError as error:\n    print(error)",
        seconds=60,
    )  # fmt: skip
    check_sentence(said, tmp_path)
    assert "not a readable" not in said, "refused for its size, not because memory ran out"


def test_entity_bomb_in_a_workbook_is_refused():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 99}">' for n in range(12))
    sheet = f'<!DOCTYPE w [{entities}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet += '<sheetData><row r="1"><c t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    with refused():
        Table.decode(samples.excel_with_sheet(sheet.encode()))


def test_other_zip_archive_and_old_excel_are_refused():
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with refused("not a readable Excel"):
        Table.decode(buffer.getvalue())
    with refused(".xlsx"):
        Table.decode(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1000))


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr(Table, "max_cells", 5)
    with refused("2 rows and 3 columns"):
        Table.decode(b"a,b,c\n1,2,3\n4,5,6\n")


@pytest.mark.parametrize(
    "value",
    [PLAIN, PLAIN.to_dict("list"), PLAIN.to_dict("records"), PLAIN.set_index("name").reset_index()],
    ids=["frame", "columns", "records", "reset"],
)
def test_table_of_python_objects(value):
    same(Table.of(value))


def test_table_of_a_matrix_has_named_columns():
    frame = Table.of(np.arange(6).reshape(3, 2)).frame
    assert frame.columns.tolist() == ["0", "1"]


def test_callers_frame_is_not_changed():
    frame = pd.DataFrame({1: [1.0, 2.0]})
    value = Table.of({1: [1.0, 2.0]})
    value.frame.iloc[0, 0] = 9
    assert frame.columns.tolist() == [1]
    assert frame.iloc[0, 0] == 1


names = st.text("abcdefgäöü %.-/", min_size=1, max_size=8).map(str.strip).filter(bool)
words = st.text("ghjklßé,;\"'\t|\n0", min_size=1, max_size=8).map(lambda text: f"w{text}w")
columns = st.one_of(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
    st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=3),
    st.lists(words, min_size=3, max_size=3),
    st.lists(st.one_of(st.just(float("nan")), st.floats(-9, 9)), min_size=3, max_size=3),
)


@few
@given(st.dictionaries(names, columns, min_size=2, max_size=5))
def test_table_round_trip(data: dict[str, list]):
    assume(not pd.DataFrame(data).isna().all(axis=1).any())  # a line of nothing is an empty line
    table = Table.of(data)
    again = Table.decode(table.encode())
    pd.testing.assert_frame_equal(again.frame, table.frame, check_dtype=False, check_exact=True)
    assert again.fingerprint() == table.fingerprint()


# ---------------------------------------------------------------------------------------------------------
# Points and drawings


@pytest.mark.parametrize(
    "data",
    [b"x,y\n0.5,1\n2,3\n", b"x;y\n0.5;1\n2;3\n", b"x;y\n0,5;1\n2;3\n",
     b"label,x,y\na,0.5,1\nb,2,3\n", b"x\ty\tz\n0.5\t1\t9\n2\t3\t9\n"],
    ids=["commas", "semicolons", "decimal commas", "label", "three"],
)  # fmt: skip
def test_points_from_text(data: bytes):
    assert Points.decode(data).xy.tolist() == [[0.5, 1], [2, 3]]


def test_points_without_a_header_are_all_kept():
    assert Points.decode(b"0.5,1\n2,3\n").xy.tolist() == [[0.5, 1], [2, 3]]


@few
@given(
    hnp.arrays(
        "f8",
        st.tuples(st.integers(1, 20), st.just(2)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_points_round_trip(xy: np.ndarray):
    points = Points.of(xy)
    assert Points.decode(points.encode()).fingerprint() == points.fingerprint()


def stroke() -> np.ndarray:
    ink = np.zeros((28, 28), "f4")
    ink[6:22, 12:16] = 1
    return ink


@pytest.mark.parametrize("look", ["dark on light", "light on dark", "on transparent"])
def test_drawing_is_understood(look: str):
    level = (stroke() * 255).astype("u1")
    if look == "dark on light":
        picture = Pillow.fromarray(255 - level)
    elif look == "light on dark":
        picture = Pillow.fromarray(level)
    else:
        picture = Pillow.fromarray(np.dstack([np.zeros_like(level)] * 3 + [level]))
    assert np.allclose(Drawing.decode(encoded(picture)).ink, stroke(), atol=0.01)


@few
@given(hnp.arrays("u1", st.tuples(st.integers(3, 9), st.integers(3, 9))))
def test_drawing_round_trip(level: np.ndarray):
    level[[0, -1]], level[:, [0, -1]] = 255, 255
    drawing = Drawing.decode(encoded(Pillow.fromarray(level)))
    assert Drawing.decode(drawing.encode()).fingerprint() == drawing.fingerprint()
    dark = Drawing.decode(encoded(Pillow.fromarray(255 - level)))
    assert dark.fingerprint() == drawing.fingerprint(), "one drawing, whatever the paper"


# ---------------------------------------------------------------------------------------------------------
# Results


def test_figure_round_trip():
    figure = Figure(go.Figure(go.Scatter(x=np.linspace(0, 1, 9), y=np.arange(9), name="größe")))
    again = Figure.decode(figure.encode())
    assert again.fingerprint() == figure.fingerprint()
    assert again.plot.data[0].name == "größe"
    assert Figure(go.Figure(go.Scatter(x=[0], y=[1]))).fingerprint() != figure.fingerprint()


def test_metrics_round_trip_and_plain_numbers():
    metrics = Metrics(
        [("PSNR", np.float32(31.25), "dB"), ("size", np.int64(3), "bytes"), ("codec", "PNG", "")]
    )
    assert metrics.rows == (("PSNR", 31.25, "dB"), ("size", 3, "bytes"), ("codec", "PNG", ""))
    assert [type(row[1]) for row in metrics.rows] == [float, int, str]
    assert Metrics.decode(metrics.encode()).rows == metrics.rows


def test_metrics_compare_without_the_time_they_took():
    first, second = (Metrics([("loss", 0.5, ""), ("time", time, "s")]) for time in (1.0, 2.0))
    assert first.fingerprint() == second.fingerprint()
    assert Metrics([("loss", 0.25, "")]).fingerprint() != first.fingerprint()


def test_metrics_that_are_not_finite_are_still_json():
    import json

    def no_constant(name: str):
        raise AssertionError(f"{name} is not JSON")

    json.loads(
        Metrics([("ratio", float("nan"), ""), ("most", float("inf"), "")]).encode(),
        parse_constant=no_constant,
    )


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "..\\..\\x", "a/b/x", "x"])
def test_file_name_holds_no_folder(name: str):
    assert File(name, b"1").name == "x"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a\0b", "x" * 300])
def test_file_name_that_is_none_is_refused_or_replaced(name: str, tmp_path: Path):
    try:
        file = File(name, b"1")
    except ValueError:
        return
    file.save(tmp_path / file.name)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"1"]


def test_file_round_trip(tmp_path: Path):
    path = tmp_path / "größe.bin"
    path.write_bytes(bytes(range(256)))
    file = File.open(path)
    assert (file.name, file.data) == ("größe.bin", bytes(range(256)))
    assert File("other.bin", file.data).fingerprint() != "" != file.fingerprint()


def test_every_kind_has_a_class_and_says_what_it_accepts():
    for kind, cls in KINDS.items():
        assert cls.kind == kind
        assert cls.accepts
        assert not cls.accepts.endswith(".")


def test_names_of_nodes_are_as_the_file_writes_them() -> None:
    graph = Graph.decode(b"from,to\n1.10,1.1\n1.1,2.0\n")
    assert graph.nodes == ("1.10", "1.1", "2.0")
    assert len(graph.edges) == 2
    assert Graph.decode(b"from;to;km\n1;2;1,5\n2;3;0,5\n").nodes == ("1", "2", "3")
    assert list(Table.as_is({"node": graph.nodes}).frame["node"]) == ["1.10", "1.1", "2.0"]


def test_what_no_edge_holds_does_not_squeeze_a_graph_out_of_sight() -> None:
    ring = [[place, (place + 1) % 40] for place in range(40)]
    places = Graph.of((list(map(str, range(42))), ring)).placed()
    assert np.ptp(places[:40], axis=0).max() > 0.8 * np.ptp(places, axis=0).max()
