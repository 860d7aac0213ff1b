"""What the actions of VC-INR do with a signal and the trained network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.blocks import verdicts
from zoo.blocks.rate_distortion import at_rates, bits_per_item, psnr
from zoo.blocks.standard_codecs import CODECS
from zoo.method import InputError, Progress
from zoo.types import Audio, Figure, File, Image, Mesh, Metrics, Pictures, Video

from . import (
    CompressedClip,
    CompressedField,
    CompressedPicture,
    CompressedShape,
    CompressedSound,
    Decoded,
    codec,
    figures,
    signals,
)
from .container import Container, unpack
from .model import VcInr
from .signals import Layout

ENDING = ".vcinr"

WITH_ARTICLE = {
    "picture": "a picture", "audio": "a sound", "video": "a clip", "shape": "a shape", "climate": "a climate field",
}  # fmt: skip


def _bytes_psnr(field: np.ndarray, decoded: np.ndarray, layout: Layout) -> float:
    return psnr(signals.as_picture(field).pixels, signals.as_picture(decoded).pixels, 255)


def _sound_psnr(field: np.ndarray, decoded: np.ndarray, layout: Layout) -> float:
    return psnr(field * layout.numbers[0], decoded.clip(-1, 1) * layout.numbers[0], 2)


def _field_psnr(field: np.ndarray, decoded: np.ndarray, layout: Layout) -> float:
    there = ~signals.missing(layout) if layout.mask else np.ones(layout.sizes, bool)
    return psnr(field[there], decoded[there].clip(-1, 1), 2)


def occupancy_iou(field: np.ndarray, decoded: np.ndarray, layout: Layout) -> float:
    """The share of cells inside both shapes among those inside either, percent."""
    first, second = field < 0, decoded < 0
    return 100 * float((first & second).sum() / max(1, (first | second).sum()))


@dataclass(frozen=True)
class Kind:
    """How signals of one modality are measured, and beside what.

    Attributes:
        item: what rates are divided by.
        measure: name of the quality, and its unit.
        quality: of a decoded signal, both as the network sees them.
        rivals: standard codecs, and settings that make them fast enough to wait for.
        piece: the most patches along each axis of what the curves are drawn from.
        send: the signal as the standard codecs take it.
        receive: and back.
    """

    item: str
    measure: tuple[str, str]
    quality: Callable[[np.ndarray, np.ndarray, Layout], float]
    rivals: Mapping[str, Mapping[str, Any]]
    piece: tuple[int, ...]
    send: Callable[[np.ndarray, Layout], np.ndarray]
    receive: Callable[[np.ndarray, Layout], np.ndarray]


def _levels_of(field: np.ndarray, layout: Layout) -> np.ndarray:
    return ((field + 1) * 127.5).round().astype(np.uint8)


def _from_levels(decoded: np.ndarray, layout: Layout) -> np.ndarray:
    return decoded.astype(np.float32) / 127.5 - 1


KINDS = {
    "picture": Kind(
        "pixel",
        ("PSNR", "dB"),
        _bytes_psnr,
        {"JPEG": {"subsampling": "4:2:0"}, "JPEG 2000": {}, "WebP": {},
         "AVIF": {"speed": 7, "subsampling": "4:2:0"}},
        (5, 5),
        _levels_of,
        _from_levels,
    ),
    "audio": Kind(
        "sample",
        ("PSNR", "dB"),
        _sound_psnr,
        {"MP3": {}, "Opus": {}},
        (256,),
        lambda field, layout: field[:, 0] * np.float32(layout.numbers[0]),
        lambda decoded, layout: decoded[:, None] / np.float32(layout.numbers[0]),
    ),
    "video": Kind(
        "pixel",
        ("PSNR", "dB"),
        _bytes_psnr,
        {"H.264": {"preset": "medium", "pixels": "yuv420p"}, "H.265": {"preset": "fast", "pixels": "yuv420p"}},
        (2, 6, 6),
        _levels_of,
        _from_levels,
    ),
    "shape": Kind(
        "voxel",
        ("occupancy IoU", "%"),
        occupancy_iou,
        {"JPEG 2000, 16 bit": {}, "cosines + LZMA": {"block": 8}},
        (4, 4, 4),
        lambda field, layout: field[..., 0],
        lambda decoded, layout: decoded[..., None],
    ),
    "climate": Kind(
        "value",
        ("PSNR", "dB"),
        _field_psnr,
        {"JPEG 2000, 16 bit": {}, "cosines + LZMA": {"block": 0}},
        (8, 8, 16),
        lambda field, layout: field[..., 0],
        lambda decoded, layout: decoded[..., None],
    ),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------------------
# Files and what is in them


def write(
    network: VcInr, field: np.ndarray, layout: Layout, latent: np.ndarray, level: int
) -> tuple[bytes, np.ndarray, float]:
    """A file at one level, the signal (*sizes, channels) that it decodes to, and what seams gained, dB."""
    stream = codec.encode_latents(network, layout.modality, latent, level)
    patches = codec.decode(network, layout.modality, stream, layout.patches, level)
    closed = signals.with_seams(patches, layout, field)
    decoded = signals.lay(patches, closed)
    plain = signals.lay(patches, replace(layout, seams=()))
    gain = psnr(field, decoded, 2) - psnr(field, plain, 2) if any(closed.seams) else 0.0
    return Container(closed, level, network.fingerprint, stream).pack(), decoded, gain


def read(network: VcInr, data: bytes) -> tuple[np.ndarray, Container]:
    """The signal in a file, (*sizes, channels), and what else the file says.

    Raises:
        InputError: the file is damaged, or was written with other weights.
    """
    box = unpack(data)
    if box.model != network.fingerprint:
        raise InputError("the file was written with other weights; decode it with those it was made with.")
    if box.level >= codec.levels(box.layout.modality):
        raise InputError("the file is damaged; ask for it again.")
    patches = codec.decode(network, box.layout.modality, box.stream, box.layout.patches, box.level)
    return signals.lay(patches, box.layout), box


def piece(layout: Layout, most: tuple[int, ...]) -> tuple[Layout, np.ndarray, tuple[slice, ...]]:
    """The middle of a signal, of whole patches: its layout, the numbers of its patches, and where it lies."""
    taken = [min(count, limit) for count, limit in zip(layout.counts, most, strict=True)]
    first = [(count - kept) // 2 for count, kept in zip(layout.counts, taken, strict=True)]
    numbers = np.arange(layout.patches).reshape(layout.counts)
    tiles = tuple(slice(start, start + kept) for start, kept in zip(first, taken, strict=True))
    place = tuple(
        slice(start * step, min(size, (start + kept) * step))
        for start, kept, step, size in zip(first, taken, layout.patch, layout.sizes, strict=True)
    )
    sizes = tuple(where.stop - where.start for where in place)
    mask = layout.mask
    if mask and sizes != layout.sizes:
        import zlib

        gaps = signals.missing(layout)[place]
        mask = zlib.compress(np.packbits(gaps).tobytes(), 9)
    return replace(layout, sizes=sizes, mask=mask), numbers[tiles].ravel(), place


def own_curve(
    network: VcInr, field: np.ndarray, layout: Layout, latent: np.ndarray, tell: Callable[[float], None]
) -> tuple[list[float], list[float]]:
    """Bits per item of whole files, and quality, at every level."""
    kind, rates, qualities = KINDS[layout.modality], [], []
    count = codec.levels(layout.modality)
    for level in range(count):
        data, decoded, _ = write(network, field, layout, latent, level)
        rates.append(bits_per_item(len(data), layout.points))
        qualities.append(kind.quality(field, decoded, layout))
        tell((level + 1) / count)
    return rates, qualities


def rival_curve(
    name: str, field: np.ndarray, layout: Layout, most: int = 5
) -> tuple[list[float], list[float]]:
    """The same of a standard codec, at a few settings, with what a field's mask takes added."""
    kind, points = KINDS[layout.modality], {}
    for coded in CODECS[name].sweep(kind.send(field, layout), most, **kind.rivals[name]):
        quality = kind.quality(field, kind.receive(coded.decoded, layout), layout)
        points[bits_per_item(len(coded.file) + len(layout.mask), layout.points)] = quality
    rates = sorted(points)
    return rates, [points[rate] for rate in rates]


@dataclass(frozen=True)
class Outcome:
    """A signal compressed at the rate asked for."""

    field: np.ndarray
    layout: Layout
    latent: np.ndarray
    level: int
    data: bytes
    decoded: np.ndarray
    seam_gain: float


def compress(network: VcInr, field: np.ndarray, layout: Layout, rate: float, progress: Progress) -> Outcome:
    """Encode at the highest level whose whole file keeps to `rate` bits per item, else at the lowest."""
    progress(0.02, "fitting latents")
    patches = signals.cut(field, layout)
    latent = codec.latents(
        network, layout.modality, patches, lambda part: progress(0.02 + 0.4 * part, "fitting latents")
    )
    level = _level_at(network, layout, latent, rate)
    progress(0.45, "decoding")
    return Outcome(field, layout, latent, level, *write(network, field, layout, latent, level))


def _level_at(network: VcInr, layout: Layout, latent: np.ndarray, rate: float, whole: bool = True) -> int:
    """The highest level that keeps to `rate` bits per item, of the whole file or of the stream; else the lowest."""
    around = len(Container(layout, 0, bytes(4), b"").pack()) if whole else 0
    for level in reversed(range(codec.levels(layout.modality))):
        size = around + len(codec.encode_latents(network, layout.modality, latent, level))
        if bits_per_item(size, layout.points) <= rate:
            return level
    return 0


def at_rate(network: VcInr, pixels: np.ndarray, rate: float, whole: bool) -> tuple[np.ndarray, int, int]:
    """A picture uint8 (height, width, 3) coded at about a rate: as decoded, bytes of the file and of its stream."""
    field, layout = pixels.astype(np.float32) / 127.5 - 1, Layout("picture", pixels.shape[:2])
    latent = codec.latents(network, "picture", signals.cut(field, layout))
    level = _level_at(network, layout, latent, rate, whole)
    data, decoded, _ = write(network, field, layout, latent, level)
    return signals.as_picture(decoded).pixels, len(data), len(unpack(data).stream)


@dataclass(frozen=True)
class Comparison:
    """A signal beside the standard codecs.

    Attributes:
        figure: quality against rate.
        rows: the quality of each at our rate, all of the same data and by the same measure.
        summary: ours and the best of the others, as a sentence.
    """

    figure: Figure
    rows: list[tuple[str, Any, str]]
    summary: str


def compare(network: VcInr, outcome: Outcome, progress: Progress) -> Comparison:
    """Code the middle of the signal at every rate, with ours and with the standard codecs."""
    kind = KINDS[outcome.layout.modality]
    layout, tiles, place = piece(outcome.layout, kind.piece)
    field = np.ascontiguousarray(outcome.field[place])
    progress(0.5, "every rate")
    ours = own_curve(
        network, field, layout, outcome.latent[tiles], lambda part: progress(0.5 + 0.2 * part, "every rate")
    )
    rate, quality = ours[0][outcome.level], ours[1][outcome.level]
    whole = layout.sizes == outcome.layout.sizes
    where = "" if whole else f", middle {' x '.join(map(str, layout.sizes))}"
    measure = f"{kind.measure[0]} at {rate:.3g} bits per {kind.item}{where}"
    rivals: dict[str, tuple[list[float], list[float]]] = {}
    reached: dict[str, float | str] = {}
    for number, name in enumerate(kind.rivals):
        progress(0.7 + 0.3 * number / len(kind.rivals), name)
        rates, qualities = rival_curve(name, field, layout)
        there = [k for k, quality in enumerate(qualities) if np.isfinite(quality)]
        rivals[name] = [rates[k] for k in there], [qualities[k] for k in there]
        reached[name] = _at(rivals[name], rate)
    finite = [k for k, quality in enumerate(ours[1]) if np.isfinite(quality)]
    figure = figures.rate_distortion(
        kind.item,
        f"{kind.measure[0]} ({kind.measure[1]})" + ("" if whole else " on the middle"),
        ([ours[0][k] for k in finite], [ours[1][k] for k in finite]),
        {name: curve for name, curve in rivals.items() if curve[0]},
        outcome.level,
    )
    both = {"VC-INR": quality if np.isfinite(quality) else LOSSLESS, **reached}
    rows = [(f"{measure} | {name}", value, kind.measure[1]) for name, value in both.items()]
    return Comparison(figure, rows, _sentence(both, measure, kind.measure[1]))


LOSSLESS, TOO_LOW = "without loss", "cannot go so low"


def _sentence(reached: Mapping[str, float | str], measure: str, unit: str) -> str:
    """Ours, the first, beside the best of the others."""
    ours, *others = (
        float("inf") if value == LOSSLESS else -float("inf") if value == TOO_LOW else float(value)
        for value in reached.values()
    )
    best = int(np.argmax(others))
    name = f"the best standard codec, {list(reached)[1 + best]},"
    if others[best] == -float("inf"):
        return f"Not even the best standard codec makes so small a file; VC-INR has {ours:.4g} {unit} of {measure}."
    if others[best] == float("inf"):
        return f"Here {name} loses nothing: VC-INR has {ours:.4g} {unit} of {measure}."
    return verdicts.beside("VC-INR", ours, name, others[best], unit, "higher", measure)


def _at(curve: tuple[list[float], list[float]], rate: float) -> float | str:
    """The quality of a curve at a rate; beyond its end that of its end."""
    if not curve[0]:
        return LOSSLESS
    if rate < min(curve[0]):
        return TOO_LOW
    quality = float(at_rates(*curve, [rate])[0])
    return quality if np.isfinite(quality) else max(curve[1])


def numbers(outcome: Outcome) -> list[tuple[str, Any, str]]:
    """Size, rate and quality as rows."""
    layout, kind = outcome.layout, KINDS[outcome.layout.modality]
    quality = kind.quality(outcome.field, outcome.decoded, layout)
    return [
        ("signal", " x ".join(map(str, layout.sizes)), f"{kind.item}s"),
        ("file", len(outcome.data), "bytes"),
        ("rate, whole file", bits_per_item(len(outcome.data), layout.points), f"bits per {kind.item}"),
        ("level", f"{outcome.level + 1} of {codec.levels(layout.modality)}", ""),
        ("patches, each from one latent", layout.patches, "of " + " x ".join(map(str, layout.patch))),
        (kind.measure[0], quality if np.isfinite(quality) else LOSSLESS, kind.measure[1]),
        ("gained by closing seams", outcome.seam_gain, "dB"),
    ]


# ---------------------------------------------------------------------------------------------------------
# Actions


def _compared(result: Any, rows: list[tuple[str, Any, str]], beside: Comparison) -> Any:
    """A result with what the comparison gave."""
    return replace(result, summary=beside.summary, curve=beside.figure, metrics=Metrics(rows + beside.rows))


def picture(
    network: VcInr, image: Image, rate: float, longest: int, progress: Progress
) -> Iterator[CompressedPicture]:
    """Compress, show, then compare."""
    outcome = compress(network, *signals.picture_field(image, longest), rate, progress)
    before, after = signals.as_picture(outcome.field), signals.as_picture(outcome.decoded)
    result = CompressedPicture(
        None,
        Pictures((("original", before), ("decoded", after))),
        File("picture" + ENDING, outcome.data),
        None,
        Metrics(numbers(outcome)),
    )
    yield result
    yield _compared(result, numbers(outcome), compare(network, outcome, progress))


def sound(
    network: VcInr, audio: Audio, rate: float, seconds: float, progress: Progress
) -> Iterator[CompressedSound]:
    """Compress, play, then compare."""
    # the slider is in kilobits a second, as players show it
    outcome = compress(network, *signals.sound_field(audio, seconds), rate * 1000 / signals.RATE, progress)
    per_second = 8 * len(outcome.data) / (outcome.layout.points / signals.RATE) / 1000
    rows = [*numbers(outcome), ("rate, whole file", per_second, "kilobits per second")]
    result = CompressedSound(
        None,
        signals.as_sound(outcome.decoded, outcome.layout),
        signals.as_sound(outcome.field, outcome.layout),
        File("sound" + ENDING, outcome.data),
        None,
        Metrics(rows),
    )
    yield result
    yield _compared(result, rows, compare(network, outcome, progress))


def clip(network: VcInr, video: Video, rate: float, progress: Progress) -> Iterator[CompressedClip]:
    """Compress, play, then compare."""
    outcome = compress(network, *signals.clip_field(video), rate, progress)
    result = CompressedClip(
        None,
        signals.as_clip(outcome.decoded, outcome.layout),
        signals.as_clip(outcome.field, outcome.layout),
        File("clip" + ENDING, outcome.data),
        None,
        Metrics(numbers(outcome)),
    )
    yield result
    yield _compared(result, numbers(outcome), compare(network, outcome, progress))


def shape(network: VcInr, mesh: Mesh, rate: float, progress: Progress) -> Iterator[CompressedShape]:
    """Compress, show, then compare."""
    field, layout = signals.shape_field(mesh)
    outcome = compress(network, field, layout, rate, progress)
    rows = [
        *numbers(outcome),
        ("PSNR of distances", psnr(field, outcome.decoded.clip(-1, 1), 2), "dB"),
        ("the mesh itself, 32-bit vertices and faces", 12 * (len(mesh.vertices) + len(mesh.faces)), "bytes"),
    ]
    result = CompressedShape(
        None,
        signals.as_shape(outcome.decoded, layout),
        signals.as_shape(field, layout),
        File("shape" + ENDING, outcome.data),
        None,
        Metrics(rows),
    )
    yield result
    yield _compared(result, rows, compare(network, outcome, progress))


def climate(
    network: VcInr, file: File, variable: str, steps: int, rate: float, progress: Progress
) -> Iterator[CompressedField]:
    """Compress, draw, then compare."""
    values, name = signals.climate_values(file, variable, steps)
    outcome = compress(network, *signals.climate_field(values), rate, progress)
    decoded = signals.as_climate(outcome.decoded, outcome.layout)
    there = ~np.isnan(values)
    error = np.abs(decoded - values)[there]
    rows = [
        ("variable", name, ""),
        *numbers(outcome),
        ("root of the mean squared error", float(np.sqrt(np.square(error).mean())), "of the variable"),
        ("largest error", float(error.max()), "of the variable"),
        ("range of the variable", float(values[there].max() - values[there].min()), ""),
    ]
    result = CompressedField(
        None,
        figures.maps([values[0], decoded[0]], float(np.nanmin(values)), float(np.nanmax(values))),
        File("field" + ENDING, outcome.data),
        signals.netcdf(decoded),
        None,
        Metrics(rows),
    )
    yield result
    yield _compared(result, rows, compare(network, outcome, progress))


def decode(network: VcInr, file: File) -> Decoded:
    """Open a file and show what is in it."""
    field, box = read(network, file.data)
    layout, kind = box.layout, KINDS[box.layout.modality]
    parts: dict[str, Any] = dict.fromkeys(("picture", "sound", "clip", "shape", "maps", "values"))
    match layout.modality:
        case "picture":
            parts["picture"] = signals.as_picture(field)
        case "audio":
            parts["sound"] = signals.as_sound(field, layout)
        case "video":
            parts["clip"] = signals.as_clip(field, layout)
        case "shape":
            parts["shape"] = signals.as_shape(field, layout)
        case "climate":
            values = signals.as_climate(field, layout)
            parts["maps"] = figures.maps(values[:2], float(np.nanmin(values)), float(np.nanmax(values)))
            parts["values"] = signals.netcdf(values)
    rows = [
        ("kind", layout.modality, ""),
        ("signal", " x ".join(map(str, layout.sizes)), f"{kind.item}s"),
        ("file", len(file.data), "bytes"),
        ("around the stream", len(file.data) - len(box.stream), "bytes"),
        ("rate, whole file", bits_per_item(len(file.data), layout.points), f"bits per {kind.item}"),
        ("level", f"{box.level + 1} of {codec.levels(layout.modality)}", ""),
    ]
    size = f"{rows[1][1]} {rows[1][2]} in {len(file.data):,} bytes"
    summary = f"The file holds {WITH_ARTICLE[layout.modality]} of {size}."
    return Decoded(summary=summary, **parts, metrics=Metrics(rows))
