"""The codecs that everybody uses, run in memory: JPEG, JPEG 2000, WebP, AVIF; MP3, Opus; H.264, H.265.

Fields of numbers, for which there is no one standard, have JPEG 2000 at 16 bits and a cosine transform with LZMA.

    >>> coded = CODECS["JPEG"].run(pixels, quality=30, subsampling="4:2:0")
    >>> len(coded.file), coded.payload, coded.decoded.shape

Each is set as its friends would set it, not as it comes out of the box: slow searches, tuning for squared error
where there is a switch for it, optimised tables, no comment, thumbnail or colour profile, and the leanest file
that its usual decoders open (a bare codestream for JPEG 2000, H.264 and H.265; no ID3 or Xing frame for MP3).

`payload` is what is left of the file without what is the same for every signal of its kind or could be agreed on
beforehand: headers, quantisation and Huffman tables, boxes, parameter sets, start codes. What sits inside an
arithmetic-coded frame (a VP8 frame's probabilities, an AV1 frame header) has no size of its own and stays in.
"""

from __future__ import annotations

import io
import platform
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from zoo.errors import InputError

Kind = Literal["picture", "audio", "video", "field"]


@dataclass(frozen=True)
class Coded:
    """A signal as a codec keeps it.

    Attributes:
        file: the whole file.
        payload: bytes of it that are neither header nor table.
        decoded: what a decoder makes of the file, of the signal's own shape and dtype.
    """

    file: bytes
    payload: int
    decoded: np.ndarray


@dataclass(frozen=True)
class Codec:
    """A codec, and settings from few bits to many.

    `run(signal, **setting)` takes pictures uint8 (height, width, 3) or (height, width), sounds float32 (n,) in
    [-1, 1] at 16 kHz, clips uint8 (time, height, width, 3), fields float32 of two or more axes in [-1, 1].
    """

    name: str
    kind: Kind
    settings: tuple[Mapping[str, Any], ...]
    run: Callable[..., Coded]

    def sweep(self, signal: np.ndarray, most: int | None = None, **instead: Any) -> Iterator[Coded]:
        """The signal at every setting, or at `most` of them, evenly chosen; `instead` replaces parts of each."""
        chosen = self.settings
        if most is not None and most < len(chosen):
            chosen = tuple(chosen[k] for k in np.linspace(0, len(chosen) - 1, most).round().astype(int))
        return (self.run(signal, **{**setting, **instead}) for setting in chosen)


# ---------------------------------------------------------------------------------------------------------
# Pictures


def jpeg(pixels: np.ndarray, quality: int, subsampling: str = "4:2:0") -> Coded:
    """JPEG with Huffman tables made for the picture; sequential or progressive, whichever is smaller."""
    options = {"quality": quality, "subsampling": subsampling, "optimize": True}
    files = [
        _picture_file(pixels, "JPEG", progressive=progressive, **options) for progressive in (False, True)
    ]
    smallest = min(files, key=len)
    return Coded(smallest, jpeg_payload(smallest), _opened(smallest, pixels))


def jpeg2000(pixels: np.ndarray, decibels: float) -> Coded:
    """JPEG 2000, irreversible wavelet and colour transform, one layer at a PSNR, as a bare codestream."""
    levels = int(np.log2(max(1, min(pixels.shape[:2])))) + 1
    file = _picture_file(
        pixels,
        "JPEG2000",
        no_jp2=True,
        irreversible=True,
        mct=int(_colours(pixels) == 3),
        quality_mode="dB",
        quality_layers=[decibels],
        num_resolutions=min(6, levels),
    )
    return Coded(file, jpeg2000_payload(file), _opened(file, pixels))


def webp(pixels: np.ndarray, quality: int) -> Coded:
    """Lossy WebP (VP8 intra) at the slowest search."""
    file = _picture_file(pixels, "WEBP", quality=quality, method=6)
    return Coded(file, webp_payload(file), _opened(file, pixels))


def avif(pixels: np.ndarray, quality: int, subsampling: str = "4:2:0", speed: int = 3) -> Coded:
    """AVIF (AV1 intra), tuned for PSNR."""
    file = _picture_file(
        pixels, "AVIF", quality=quality, subsampling=subsampling, speed=speed, advanced={"tune": "psnr"}
    )
    return Coded(file, avif_payload(file), _opened(file, pixels))


def _colours(pixels: np.ndarray) -> int:
    """1 where there is but grey, else 3."""
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise InputError("a picture is uint8 of shape (height, width) or (height, width, 3).")
    if pixels.size == 0:
        raise InputError("the picture has no pixels.")
    return 1 if pixels.ndim == 2 or (pixels == pixels[..., :1]).all() else 3


def _picture_file(pixels: np.ndarray, format: str, **options: Any) -> bytes:
    from PIL import Image

    grey = _colours(pixels) == 1
    plane = pixels[..., 0] if grey and pixels.ndim == 3 else pixels
    if grey and format == "JPEG":
        options.pop("subsampling", None)  # there is nothing to subsample, and the encoder says so
    buffer = io.BytesIO()
    Image.fromarray(plane).save(buffer, format, **options)
    return buffer.getvalue()


def _opened(file: bytes, like: np.ndarray) -> np.ndarray:
    """What Pillow decodes, as grey or colour as the picture was."""
    from PIL import Image

    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("L" if like.ndim == 2 else "RGB"))


def jpeg_payload(file: bytes) -> int:
    """Bytes of entropy-coded data: all that follows a scan's header, up to the next marker.

    Restart markers and the zero stuffed after a byte of ones belong to the data.
    """
    size, place, end = 0, 2, len(file)
    while place + 4 <= end:
        marker = file[place + 1]
        if file[place] != 0xFF or marker == 0xD9:
            break
        place += 2 + struct.unpack_from(">H", file, place + 2)[0]
        if marker != 0xDA:
            continue
        start = place
        while place < end:
            place = file.find(b"\xff", place)
            if place < 0 or place + 1 >= end:
                place = end
            elif file[place + 1] == 0 or 0xD0 <= file[place + 1] <= 0xD7:
                place += 2
            else:
                break
        size += place - start
    return size


def jpeg2000_payload(codestream: bytes) -> int:
    """Bytes of packets: tile-parts without the headers before their start of data."""
    size, place = 0, 2
    while place + 4 <= len(codestream):
        marker, length = struct.unpack_from(">HH", codestream, place)
        if marker != 0xFF90:  # not the start of a tile-part
            if marker == 0xFFD9:
                break
            place += 2 + length
            continue
        tile_part = struct.unpack_from(">I", codestream, place + 6)[0] or len(codestream) - 2 - place
        inside = place + 2 + length
        while codestream[inside : inside + 2] != b"\xff\x93":  # start of data
            inside += 2 + struct.unpack_from(">H", codestream, inside + 2)[0]
        size += place + tile_part - (inside + 2)
        place += tile_part
    return size


def webp_payload(file: bytes) -> int:
    """Bytes of the VP8 frame after its 10 bytes of tag, start code and size."""
    place = 12
    while place + 8 <= len(file):
        name, length = struct.unpack_from("<4sI", file, place)
        if name == b"VP8 ":
            return length - 10
        if name == b"VP8L":
            return length - 5
        place += 8 + length + length % 2
    raise ValueError("no VP8 chunk in a WebP file")


def avif_payload(file: bytes) -> int:
    """Bytes of AV1 frames in the media data, without sequence headers and the headers of their units."""
    return sum(
        size
        for name, start, end in _boxes(file, 0, len(file))
        if name == b"mdat"
        for kind, size in _units(file[start:end])
        if kind in (3, 4, 6)  # frame header, tile group, frame
    )


def _boxes(file: bytes, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of what each ISO-BMFF box holds."""
    while place + 8 <= end:
        length, name = struct.unpack_from(">I4s", file, place)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", file, place + 8)[0], 16
        stop = end if length == 0 else place + length
        yield name, place + head, stop
        place = stop


def _units(stream: bytes) -> Iterator[tuple[int, int]]:
    """Type and payload size of each AV1 unit (OBU) of a stream in which each tells its size."""
    place = 0
    while place < len(stream):
        first = stream[place]
        place += 2 if first & 4 else 1
        if first & 2:
            size = shift = 0
            while True:
                byte = stream[place]
                place += 1
                size |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        else:
            size = len(stream) - place
        yield first >> 3 & 15, size
        place += size


# ---------------------------------------------------------------------------------------------------------
# Sounds, 16 kHz

RATE = 16_000
"""Samples a second of every sound here."""

LONGEST_DELAY = 4096
"""Samples by which a codec may shift a sound; found and undone before anything is compared."""


def mp3(samples: np.ndarray, kbps: int) -> Coded:
    """MP3 at a constant rate, without ID3 tag or Xing frame.

    LAME's slower settings shape the noise to what ears forgive, at the cost of squared error: on a spoken
    sentence, its fastest one lay several dB higher at most rates, and the full band did no harm but at the lowest.
    """
    file, packets = _sound_file(
        samples,
        "mp3",
        "libmp3lame",
        "s16p",
        bit_rate=1000 * kbps,
        muxer={"write_xing": "0", "id3v2_version": "0"},
        encoder={"compression_level": "9", "cutoff": "8000"},
    )
    return Coded(file, sum(packets) - 4 * len(packets), _heard(file, samples))


def opus(samples: np.ndarray, kbps: float) -> Coded:
    """Opus at a variable rate, its slowest search, frames of 60 ms, in Ogg."""
    file, packets = _sound_file(
        samples,
        "ogg",
        "libopus",
        "flt",
        bit_rate=int(1000 * kbps),
        muxer={"page_duration": "60000000", "fflags": "+bitexact"},
        encoder={"compression_level": "10", "frame_duration": "60", "application": "audio", "vbr": "on"},
    )
    return Coded(file, sum(packets), _heard(file, samples))


def _sound_file(
    samples: np.ndarray,
    format: str,
    codec: str,
    sample_format: str,
    bit_rate: int,
    muxer: dict[str, str],
    encoder: dict[str, str],
) -> tuple[bytes, list[int]]:
    """A coded sound, and the size of each packet."""
    import av

    if samples.ndim != 1 or not samples.size or samples.dtype.kind != "f":
        raise InputError("a sound is floats of shape (n,), one or more samples.")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format, options=muxer) as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="mono", options=encoder)
        stream.bit_rate = bit_rate
        stream.codec_context.thread_count = 1
        stream.codec_context.open()
        frame: Any = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="flt", layout="mono")
        frame.rate = RATE
        resampler = av.AudioResampler(sample_format, "mono", RATE, stream.codec_context.frame_size or 960)
        sizes = []
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(piece):
                sizes.append(packet.size)
                container.mux(packet)
    return buffer.getvalue(), sizes


def _heard(file: bytes, samples: np.ndarray) -> np.ndarray:
    """The decoded sound at 16 kHz, shifted back to where it agrees best with the original."""
    import av

    resampler = av.AudioResampler("flt", "mono", RATE)
    container: Any
    with av.open(io.BytesIO(file)) as container:
        parts = [
            piece.to_ndarray()[0]
            for frame in [*container.decode(audio=0), None]
            for piece in resampler.resample(frame)
        ]
    decoded = np.concatenate(parts)
    count = len(samples)
    decoded = np.pad(decoded, (0, max(0, count + LONGEST_DELAY - len(decoded))))[: count + LONGEST_DELAY]
    delay = _delay(samples, decoded)
    return decoded[delay : delay + count].clip(-1, 1)


def _delay(samples: np.ndarray, decoded: np.ndarray) -> int:
    """The shift at which the decoded sound lies closest to the original, from 0 to `LONGEST_DELAY`."""
    from scipy.signal import correlate

    products = correlate(decoded.astype(np.float64), samples.astype(np.float64), mode="valid", method="fft")
    energy = np.concatenate([[0.0], np.cumsum(np.square(decoded, dtype=np.float64))])
    window = energy[len(samples) :] - energy[: len(energy) - len(samples)]
    return int(np.argmin(window - 2 * products))


# ---------------------------------------------------------------------------------------------------------
# Clips


def h264(frames: np.ndarray, crf: int, pixels: str = "yuv420p", preset: str = "veryslow") -> Coded:
    """H.264 (x264), tuned for PSNR, as a bare stream."""
    options = {"crf": str(crf), "preset": preset, "tune": "psnr"}
    if platform.machine() in ("x86_64", "AMD64"):
        # x264's macroblock tree for AVX-512 reads beyond its arrays when a frame has few blocks, so that the same
        # input sometimes gives another file
        options["x264-params"] = "asm=SSE4.2"
    return _clip(frames, "h264", "libx264", options, pixels, lambda head: head & 31, range(1, 6), 1)


def h265(frames: np.ndarray, crf: int, pixels: str = "yuv420p", preset: str = "slow") -> Coded:
    """H.265 (x265), tuned for PSNR, as a bare stream."""
    # x265's cutree writes past its arrays when a frame has few blocks, which crashes the process
    quiet = "log-level=none:info=0:pools=none:frame-threads=1:no-cutree=1"
    options = {"crf": str(crf), "preset": preset, "tune": "psnr", "x265-params": quiet}
    return _clip(frames, "hevc", "libx265", options, pixels, lambda head: head >> 1 & 63, range(32), 2)


def _clip(
    frames: np.ndarray,
    format: str,
    codec: str,
    options: dict[str, str],
    pixels: str,
    kind: Callable[[int], int],
    picture_kinds: Iterable[int],
    head: int,
) -> Coded:
    """A coded clip; `kind` reads the type of a unit off its first byte, `head` is the length of its header."""
    import av

    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape:
        raise InputError("a clip is uint8 of shape (time, height, width, 3).")
    time, height, width = frames.shape[:3]
    # both encoders want even sides, and x265 wants no side below its smallest block
    lacking = [max(16, side + side % 2) - side for side in (height, width)]
    padded = np.pad(frames, [(0, 0), (0, lacking[0]), (0, lacking[1]), (0, 0)], mode="edge")
    context: Any = av.CodecContext.create(codec, "w")
    context.height, context.width = padded.shape[1:3]
    context.pix_fmt, context.options, context.thread_count = pixels, options, 1
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    packets = []
    for number, picture in enumerate(padded):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number
        packets += [bytes(packet) for packet in context.encode(frame)]
    packets += [bytes(packet) for packet in context.encode(None)]
    units = [unit for unit in _nal_units(b"".join(packets)) if kind(unit[0]) not in _REMARKS[format]]
    file = b"".join(b"\0\0\0\1" + unit for unit in units)
    payload = sum(len(unit) - head for unit in units if kind(unit[0]) in picture_kinds)
    container: Any
    with av.open(io.BytesIO(file), format=format) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return Coded(file, payload, np.stack(decoded)[:time, :height, :width])


_REMARKS = {"h264": (6, 9), "hevc": (35, 39, 40)}
"""Types of units in which encoders write about themselves; no decoder needs them, and they are taken out."""


def _nal_units(stream: bytes) -> list[bytes]:
    """The units of a stream with start codes."""
    parts = stream.split(b"\0\0\1")[1:]
    return [part.rstrip(b"\0") for part in parts]


# ---------------------------------------------------------------------------------------------------------
# Fields


def field_jpeg2000(field: np.ndarray, decibels: float) -> Coded:
    """JPEG 2000 at 16 bits, leading axes laid below each other as the rows of one tall picture."""
    from PIL import Image

    _check_field(field)
    plane = ((field.reshape(-1, field.shape[-1]).clip(-1, 1) + 1) * 32767.5).round().astype(np.uint16)
    levels = int(np.log2(max(1, min(field.shape[-2:])))) + 1
    buffer = io.BytesIO()
    Image.fromarray(plane).save(
        buffer,
        "JPEG2000",
        no_jp2=True,
        irreversible=True,
        quality_mode="dB",
        quality_layers=[decibels],
        num_resolutions=min(6, levels),
    )
    file = buffer.getvalue()
    with Image.open(io.BytesIO(file)) as picture:
        decoded = np.asarray(picture).astype(np.float32) / np.float32(32767.5) - 1
    return Coded(file, jpeg2000_payload(file), decoded.reshape(field.shape))


def cosines(field: np.ndarray, step: float, block: int = 0) -> Coded:
    """A cosine transform along all axes, rounded to multiples of `step`, low frequencies first, through LZMA.

    Args:
        field: of any size.
        step: between kept values; small coefficients fall to zero a little sooner than halfway.
        block: points along a side of the cubes that are transformed; 0 for the field as a whole.
    """
    from scipy.fft import dctn, idctn

    _check_field(field)
    blocks, sizes = _blocks(field, block), field.shape
    inner = tuple(range(1, blocks.ndim))
    scaled = dctn(blocks.astype(np.float64), axes=inner, norm="ortho") / step
    kept = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.4)).clip(-32767, 32767).astype("<i2")
    places = np.indices(blocks.shape[1:]) / np.array(blocks.shape[1:]).reshape(-1, *[1] * len(inner))
    order = np.argsort(places.sum(0), axis=None, kind="stable")
    flat = np.ascontiguousarray(kept.reshape(len(kept), -1)[:, order].T)
    low, high = flat.astype(np.uint8), ((flat + 128) >> 8).astype(np.uint8)
    body = _squeezed(low.tobytes() + (high.tobytes() if high.any() else b""))
    head = struct.pack(f"<fBB{len(sizes)}H", step, block, len(sizes), *sizes)
    decoded = idctn(kept * step, axes=inner, norm="ortho")
    return Coded(head + body, len(body), _unblocked(decoded, sizes, block).clip(-1, 1).astype(np.float32))


def _squeezed(data: bytes) -> bytes:
    """The shorter of LZMA and deflate, both without a frame of their own."""
    import lzma
    import zlib

    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 2**20, "lc": 0, "pb": 0}]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return min(
        lzma.compress(data, lzma.FORMAT_RAW, filters=filters),
        deflate.compress(data) + deflate.flush(),
        key=len,
    )


def _blocks(field: np.ndarray, block: int) -> np.ndarray:
    """Cubes (n, *sides) of a field, its border repeated; an axis shorter than a cube stays whole."""
    if not block:
        return field[None]
    sides = [min(block, size) for size in field.shape]
    padding = [(0, -size % side) for size, side in zip(field.shape, sides, strict=True)]
    whole = np.pad(field, padding, mode="edge")
    split = [part for size, side in zip(whole.shape, sides, strict=True) for part in (size // side, side)]
    axes = field.ndim
    order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2)]
    return whole.reshape(split).transpose(order).reshape(-1, *sides)


def _unblocked(blocks: np.ndarray, sizes: tuple[int, ...], block: int) -> np.ndarray:
    if not block:
        return blocks[0]
    sides, axes = blocks.shape[1:], len(sizes)
    counts = [-(-size // side) for size, side in zip(sizes, sides, strict=True)]
    order = [place for axis in range(axes) for place in (axis, axes + axis)]
    whole = blocks.reshape(*counts, *sides).transpose(order)
    whole = whole.reshape([count * side for count, side in zip(counts, sides, strict=True)])
    return whole[tuple(slice(size) for size in sizes)]


def _check_field(field: np.ndarray) -> None:
    if field.ndim < 2 or field.dtype.kind != "f" or not field.size or not np.isfinite(field).all():
        raise InputError("a field is finite floats along two or more axes.")


# ---------------------------------------------------------------------------------------------------------

_BOTH = ("4:2:0", "4:4:4")
_CRF = tuple({"crf": crf, "pixels": form} for crf in range(48, 15, -4) for form in ("yuv420p", "yuv444p"))

CODECS: dict[str, Codec] = {
    codec.name: codec
    for codec in (
        Codec(
            "JPEG",
            "picture",
            tuple(
                {"quality": q, "subsampling": s}
                for q in (2, 5, 10, 20, 30, 45, 60, 75, 85, 92)
                for s in _BOTH
            ),
            jpeg,
        ),
        Codec("JPEG 2000", "picture", tuple({"decibels": d} for d in range(16, 43, 2)), jpeg2000),
        Codec("WebP", "picture", tuple({"quality": q} for q in (0, 5, 10, 20, 35, 50, 65, 80, 90, 96)), webp),
        Codec(
            "AVIF",
            "picture",
            tuple(
                {"quality": q, "subsampling": s} for q in (2, 10, 20, 30, 42, 55, 68, 80, 90) for s in _BOTH
            ),
            avif,
        ),
        Codec("MP3", "audio", tuple({"kbps": k} for k in (8, 16, 24, 32, 40, 48, 64, 80, 96)), mp3),
        Codec("Opus", "audio", tuple({"kbps": k} for k in (6, 9, 12, 16, 24, 32, 48, 64)), opus),
        Codec("H.264", "video", _CRF, h264),
        Codec("H.265", "video", _CRF, h265),
        Codec("JPEG 2000, 16 bit", "field", tuple({"decibels": d} for d in range(16, 61, 4)), field_jpeg2000),
        Codec(
            "cosines + LZMA",
            "field",
            tuple({"step": 2.0**-k, "block": b} for k in range(-2, 9) for b in (0, 8)),
            cosines,
        ),
    )
}
"""Every codec by name, with settings from few bits to many."""


def of_kind(kind: Kind) -> list[Codec]:
    """The codecs of one kind of signal."""
    return [codec for codec in CODECS.values() if codec.kind == kind]
