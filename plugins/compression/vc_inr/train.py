"""How `weights/vc-inr` was made: for each modality the network by meta-learning, then one compressor a rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor, nn

import zoo.data
from zoo.blocks.coordinate_network import squared_errors
from zoo.blocks.entropy_coding import ScaleDensity
from zoo.blocks.soap import Soap
from zoo.training import Run
from zoo.types import Image, Mesh

from .modalities import MODALITIES, STEPS
from .model import DESIGNS, INNER_STEPS, SIDES, Compressor, Part, Representation, VcInr, every
from .signals import climate_field, shape_field

VALIDATION = 1000
"""The last so many training pictures are kept for choosing settings."""

BATCH = 16
"""Signals of one step of meta-learning."""

CODED = 2500
"""Training signals whose latents the compressors are trained on."""

PART = 8
"""Signals whose graph is in memory at a time: few enough for the processor's cache."""


def as_signals(patches: np.ndarray) -> Tensor:
    """Patches (n, *patch, channels), float or uint8, as (n, channels, points) in [-1, 1]."""
    values = torch.from_numpy(np.ascontiguousarray(patches, dtype=np.float32))
    if patches.dtype == np.uint8:
        values = values / 127.5 - 1
    return values.flatten(1, -2).mT.contiguous()


def meta_loss(
    model: Representation, signals: Tensor, places: Tensor | None = None, floor: float = 1e-6,
    inner_steps: int = INNER_STEPS,
) -> Tensor:  # fmt: skip
    """The mean over signals of the logarithm of the error after the inner loop, through all steps to the second order.

    That is the mean PSNR but for sign and unit; in a mean of errors, the few hardest signals would outweigh the rest.
    Errors below `floor` count for little: silence, which fits itself, would outweigh speech.
    All parts of the batch but the last leave their gradient at once, so that one part's graph is kept at a time.

    Args:
        model: to be trained.
        signals: (n, channels, points).
        places: (points, axes), where the signals were taken; all points of a patch unless given.
        floor: as above.
        inner_steps: of the inner loop.
    """

    def part_loss(part: Tensor) -> Tensor:
        latent = model.fit_with_graph(part, places, inner_steps)
        errors = squared_errors(lambda fitted: model.decode(fitted, places), latent, part)
        return torch.log(errors + floor).sum() / len(signals)

    *parts, last = signals.split(PART)
    total = torch.zeros(())
    for part in parts:
        loss = part_loss(part)
        loss.backward()
        total += loss.detach()
    return total + part_loss(last)


@dataclass(frozen=True)
class Lesson:
    """A stage of meta-learning from a random start; each is nearer to what is wanted, and dearer, than that before.

    Attributes:
        name: added to the modality's.
        inner_steps: of the inner loop.
        stride: every so many points along each axis are seen, from where each axis begins at random.
        steps: of the outer loop.
        lr: peak rate of `Soap`.
        share: of a budget of minutes for the modality.
    """

    name: str
    inner_steps: int
    stride: int
    steps: int
    lr: float
    share: float


LESSONS = (
    Lesson(", one inner step on every second point", 1, 2, 704, 3e-3, 0.2),
    Lesson(", every second point", INNER_STEPS, 2, 941, 2e-3, 0.45),
    Lesson("", INNER_STEPS, 1, 405, 1e-3, 0.35),
)
"""What a network that begins at random learns one after the other, from `PART` signals a step in each process; the
shipped one was trained by four processes."""


def learn(
    run: Run, model: Representation, pool: np.ndarray, share: float, lessons: Sequence[Lesson] = LESSONS
) -> None:
    """Stage 1 as in the paper: meta-learn from a random start.

    Args:
        run: whose stages these are.
        model: changed in place; its weights end as numbers of half precision.
        pool: training patches, (n, *patch, channels), float in [-1, 1] or uint8.
        share: of the run's minutes.
        lessons: in their order.
    """
    model.begin_evenly(run.seed)
    shape = model.modality.patch
    for lesson in lessons:

        def batch(rng: np.random.Generator, stride: int = lesson.stride) -> tuple[Tensor, Tensor]:
            seen = every(shape, stride, rng.integers(stride, size=len(shape)).tolist())
            chosen = as_signals(pool[rng.integers(len(pool), size=PART)])
            return chosen[:, :, seen], model.coordinates[seen]

        def loss(
            model: Representation, batch: tuple[Tensor, Tensor], steps: int = lesson.inner_steps
        ) -> Tensor:
            return meta_loss(model, *batch, inner_steps=steps)

        run.fit(
            model, batch, loss, steps=lesson.steps, lr=lesson.lr, optimizer=Soap, clip=10.0,
            share=share * lesson.share, stage=model.modality.name + lesson.name,
        )  # fmt: skip
    round_to_half(model)


def represent(
    run: Run, model: Representation, pool: np.ndarray, spread: float, lr: float, floor: float, steps: int,
    share: float,
) -> None:  # fmt: skip
    """Stage 1 of a hybrid: begin with the principal components of at most 8,000 signals, then meta-learn.

    Args:
        run: whose stage this is.
        model: changed in place; its weights end as numbers of half precision.
        pool: training patches, (n, *patch, channels), float in [-1, 1] or uint8.
        spread: see `begin_linear`.
        lr: peak rate of Adam.
        floor: see `meta_loss`.
        steps: of the outer loop.
        share: of the run's minutes.
    """
    model.begin(as_signals(pool[:8000]), run.seed, spread)

    def batch(rng: np.random.Generator) -> Tensor:
        return as_signals(pool[rng.integers(len(pool), size=BATCH)])

    run.fit(
        model, batch, partial(meta_loss, floor=floor), steps=steps, lr=lr, optimizer=torch.optim.Adam,
        clip=10.0, share=share, stage=model.modality.name,
    )  # fmt: skip
    round_to_half(model)


@torch.no_grad()
def round_to_half(model: nn.Module) -> None:
    """Give every number the value it will have in a file of half precision."""
    for value in (*model.parameters(), *model.buffers()):
        if value.is_floating_point():
            value.copy_(value.half())


class Coder(nn.Module):
    """What stage 2 trains: a compressor, and the density of its symbols and side symbols.

    Args:
        compressor: to be trained.
        unit: about how wide the density of each symbol begins, (latent,).
        price: lambda, bits a point that a squared error of 1 is worth.
    """

    def __init__(self, compressor: Compressor, unit: Tensor, price: float) -> None:
        super().__init__()
        self.compressor, self.price = compressor, price
        self.density = ScaleDensity(len(unit), SIDES, unit)

    def forward(self, standard: Tensor) -> tuple[Tensor, Tensor]:
        """Bits of each latent, and its components (batch, latent) after coding, with noise in place of rounding."""
        z = self.compressor.analyse(standard)
        z = z + torch.rand_like(z) - 0.5
        side = self.compressor.side(z)
        side = side + torch.rand_like(side) - 0.5
        return self.density.bits(z, side), self.compressor.synthesise(z)


def compress(run: Run, part: Part, signals: Tensor, latents: Tensor, steps: int, share: float) -> None:
    """Stage 2: one compressor a rate, for rate + lambda * distortion on the latents of training signals.

    Args:
        run: whose stages these are.
        part: changed in place; its compressors end as numbers of half precision.
        signals: (n, channels, points).
        latents: (n, latent), what the inner loop made of them.
        steps: for each rate.
        share: of the run's minutes, for all rates.
    """
    part.representation.requires_grad_(False)
    standardise(part, latents)
    for level in range(len(part.compressors)):
        compress_at(run, part, level, signals, latents, steps, share / len(part.compressors))


def standardise(part: Part, latents: Tensor) -> None:
    """Give a part the components of training latents (n, latent): a linear transform that belongs to stage 2."""
    representation = part.representation
    derivative = torch.func.jacfwd(lambda latent: representation.decode(latent[None])[0].flatten())
    part.components.measure(latents, derivative(representation.start))
    round_to_half(part.components)


def compress_at(
    run: Run, part: Part, level: int, signals: Tensor, latents: Tensor, steps: int, share: float
) -> None:
    """Stage 2 at one rate.

    The distortion is at first that of the latent's components, which is cheap and nearly the signal's; then the
    decoded signal's own, for a tenth of the steps.

    Args:
        run, part, signals, latents: as in `compress`.
        level: which rate.
        steps: for this rate.
        share: of the run's minutes, for this rate.
    """
    representation, modality, components = part.representation, part.representation.modality, part.components
    step, compressor = STEPS[modality.name][level], part.compressors[level]
    standard = components(latents)
    begin = components.deviation / step
    with torch.no_grad():
        compressor.log_gain.copy_(torch.log(begin).clamp_min(-6))
    torch.manual_seed(run.seed + level)
    coder = Coder(compressor, begin.clamp_min(0.3), 6 * modality.channels / (step**2 * math.log(2)))

    def by_latent(coder: Coder, chosen: Tensor) -> Tensor:
        bits, coded = coder(standard[chosen])
        moved = (coded - standard[chosen]) * components.deviation
        distortion = moved.square().sum(1).mean() / signals[0].numel()
        return bits.mean() / modality.points + coder.price * distortion

    def by_signal(coder: Coder, chosen: Tensor) -> Tensor:
        bits, coded = coder(standard[chosen])
        errors = squared_errors(representation.decode, components.inverse(coded), signals[chosen])
        return bits.mean() / modality.points + coder.price * errors.mean()

    def batch(size: int) -> Callable[[np.random.Generator], Tensor]:
        return lambda rng: torch.from_numpy(rng.integers(len(latents), size=size))

    for loss, size, rate, part_of_steps in ((by_latent, 128, 3e-3, 0.9), (by_signal, 16, 3e-4, 0.1)):
        run.fit(
            coder, batch(size), loss, steps=max(1, round(steps * part_of_steps)), lr=rate,
            optimizer=torch.optim.Adam, clip=1.0, share=share / 2,
            stage=f"{modality.name}, rate {level + 1}, {loss.__name__.replace('_', ' ')}",
        )  # fmt: skip
    round_to_half(compressor)
    keep_tables(part, level, coder.density, latents)


@torch.no_grad()
def keep_tables(part: Part, level: int, density: ScaleDensity, latents: Tensor) -> None:
    """Put the density's whole numbers, with which the coder works, beside the compressor's weights."""
    base, weight = density.whole()
    side = density.side.tables(part.side(part.symbols(latents, level), level))
    for name, value in (
        ("scale_base", base), ("scale_weight", weight),
        ("side_frequencies", side.frequencies), ("side_shifts", side.shifts),
    ):  # fmt: skip
        getattr(part.compressors[level], name).copy_(torch.from_numpy(value))


def fitted(model: Representation, signals: Tensor) -> Tensor:
    """Latents (n, latent) of signals (n, channels, points)."""
    return torch.cat([model.fit(part) for part in signals.split(BATCH)])


HYBRIDS = {
    "audio": (32, 1e-4, 1e-4, 12_000),
    "video": (32, 5e-5, 1e-6, 600),
    "shape": (32, 1e-4, 1e-6, 600),
    "climate": (32, 1e-4, 1e-5, 1400),
}
"""Of stage 1 of each modality that begins as components: spread of gates (`begin_linear`), peak learning rate, floor of
errors (`meta_loss`), outer steps."""

BUDGETS = {
    "picture": (800, 0.5),
    "audio": (6000, 0.2),
    "video": (800, 0.06),
    "shape": (2400, 0.06),
    "climate": (3000, 0.04),
}
"""Steps of each rate of stage 2, and the part of a budget of minutes that is stage 1's."""


def train(run: Run) -> None:
    """Meta-learn the network of each modality, then train its compressors."""
    torch.set_flush_denormal(True)
    model = VcInr()
    for name, part in model.parts.items():
        pool, (coding, share) = POOLS[name](np.random.default_rng(run.seed)), BUDGETS[name]
        if DESIGNS[name].start == "random":
            learn(run, part.representation, pool, share)
        else:
            represent(run, part.representation, pool, *HYBRIDS[name], share)
        signals = as_signals(pool[:CODED])
        compress(run, part, signals, fitted(part.representation, signals), coding, share=0.14 / len(BUDGETS))
    run.save(model.half())


# ---------------------------------------------------------------------------------------------------------
# Training signals of each modality: from a generator, patches (n, *patch, channels)


def pictures(rng: np.random.Generator) -> np.ndarray:
    """CIFAR-10's training pictures but for those of validation, uint8."""
    return rng.permutation(zoo.data.load("cifar10", split="train").images[:-VALIDATION])


def sounds(rng: np.random.Generator, count: int = 16_000) -> np.ndarray:
    """Pieces of spoken names, half by machine voices and half by people, each sound filling [-1, 1]."""
    spoken, named = zoo.data.load("speech", split="train"), zoo.data.load("stamps", split="train")
    size = MODALITIES["audio"].patch[0]
    people = [getattr(named, f"speech_{language}") for language in ("fr", "es", "ru")]
    voices = [[np.asarray(source[k]) for k in range(len(source))] for source in (spoken.audio, *people)]
    machine, human = voices[0], [sound for speaker in voices[1:] for sound in speaker if len(sound) > size]
    patches = np.empty((count, size, 1), np.float32)
    for patch in patches:
        source = machine if rng.random() < 0.5 else human
        sound = source[rng.integers(len(source))].astype(np.float32)
        sound = np.pad(sound, (0, max(0, size - len(sound))))
        begin = rng.integers(len(sound) - size + 1)
        gain = rng.uniform(0.5, 1) / max(1.0, np.abs(sound).max())
        patch[:, 0] = sound[begin : begin + size] * gain
    return patches


def clips(rng: np.random.Generator, count: int = 8000) -> np.ndarray:
    """A camera that moves over photographs, uint8; in a third of the patches another piece moves in front."""
    photos = zoo.data.load("photos", split="train").images
    frames, height, width = MODALITIES["video"].patch
    sources = []
    for k in range(len(photos)):
        for longest in (160, 320, 640):
            picture = Image.of(np.asarray(photos[k])).pil()
            picture.thumbnail((longest, longest))
            sources.append(np.asarray(picture, np.float32))
    patches = np.empty((count, frames, height, width, 3), np.uint8)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    time = np.arange(frames, dtype=np.float32)[:, None, None]

    def moving(source: np.ndarray) -> np.ndarray:
        speed = rng.normal(size=2) * rng.choice([0, 0.3, 1, 2])
        zoom = 1 + rng.normal() * 0.01 * (time - frames / 2)
        place = rng.uniform(0, np.array(source.shape[:2]) - (height, width))
        y = place[0] + height / 2 + (rows - height / 2) * zoom + speed[0] * time
        x = place[1] + width / 2 + (columns - width / 2) * zoom + speed[1] * time
        return bilinear(source, y, x)

    for patch in patches:
        source = sources[rng.integers(len(sources))]
        shown = moving(source)
        if rng.random() < 1 / 3:
            angle, speed = rng.uniform(0, 2 * np.pi), rng.normal()
            side = (rows - height / 2) * np.sin(angle) + (columns - width / 2) * np.cos(angle)
            front = side + rng.normal() * 4 > speed * (time - frames / 2)
            shown = np.where(front[..., None], moving(source), shown)
        patch[:] = shown.round().clip(0, 255)
    return patches


def bilinear(source: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Values of a picture (height, width, channels) between its pixels; beyond its border the border is repeated."""
    y, x = y.clip(0, source.shape[0] - 1.001), x.clip(0, source.shape[1] - 1.001)
    top, left = y.astype(int), x.astype(int)
    down, right = (y - top)[..., None], (x - left)[..., None]
    upper = source[top, left] * (1 - right) + source[top, left + 1] * right
    lower = source[top + 1, left] * (1 - right) + source[top + 1, left + 1] * right
    return upper * (1 - down) + lower * down


def shapes(rng: np.random.Generator, count: int = 4000) -> np.ndarray:
    """Truncated distances: half from turned meshes, half from balls, boxes, rods and rings put together."""
    size = MODALITIES["shape"].patch[0]
    meshes = zoo.data.load("meshes", split="train")
    fields = []
    for k in range(len(meshes)):
        for turn in Rotation.random(2, rng=rng).as_matrix():
            mesh = Mesh(np.asarray(meshes.vertices[k]) @ turn.T, np.asarray(meshes.faces[k]))
            fields.append(shape_field(mesh)[0])
    patches = np.empty((count, size, size, size, 1), np.float32)
    for patch in patches:
        if rng.random() < 0.5:
            patch[..., 0] = solids(rng, size)
            continue
        field = fields[rng.integers(len(fields))]
        for _ in range(4):  # most of space is far from any surface
            x, y, z = rng.integers(0, len(field) - size + 1, size=3)
            patch[:] = field[x : x + size, y : y + size, z : z + size]
            if np.abs(patch).min() < 0.5:
                break
    return patches


def solids(rng: np.random.Generator, size: int) -> np.ndarray:
    """Distances to one to three simple solids in cells, over 4 and truncated; the second and third add or cut."""
    cells = np.stack(np.mgrid[:size, :size, :size], -1) - (size - 1) / 2
    whole = np.full((size,) * 3, np.inf)
    for _ in range(rng.integers(1, 4)):
        turn = Rotation.random(rng=rng).as_matrix()
        points = (cells - rng.normal(size=3) * size / 3) @ turn
        extent = np.exp(rng.uniform(0, 3, size=3))
        kind = rng.integers(4)
        if kind == 0:
            solid = np.linalg.norm(points, axis=-1) - extent[0]
        elif kind == 1:
            beyond = np.abs(points) - extent
            solid = np.linalg.norm(beyond.clip(0), axis=-1) + beyond.max(-1).clip(max=0)
        elif kind == 2:
            along = points[..., 0].clip(-extent[0], extent[0])
            rest = points - np.stack([along, 0 * along, 0 * along], -1)
            solid = np.linalg.norm(rest, axis=-1) - extent[1] / 2
        else:
            round_axis = np.hypot(points[..., 0], points[..., 1]) - extent[0]
            solid = np.hypot(round_axis, points[..., 2]) - extent[1] / 3
        joined = np.minimum(whole, solid) if rng.random() < 0.6 else np.maximum(whole, -solid)
        whole = joined if np.isfinite(joined).any() and (joined < 0).any() else solid
    return (whole / 4).clip(-1, 1)


def fields(rng: np.random.Generator, count: int = 8000) -> np.ndarray:
    """Pieces of winters' temperatures and heights, mirrored, turned upside down and scaled at random."""
    rows, columns = MODALITIES["climate"].patch
    winters = [
        np.asarray(zoo.data.load(name, split="train").arrays[key], np.float64)
        for name, key in (("climate", "anomalies"), ("climate-heights", "heights"))
    ]
    whole = [climate_field(part[k : k + 2])[0] for part in winters for k in range(0, len(part) - 1, 2)]
    patches = np.empty((count, rows, columns, 1), np.float32)
    for patch in patches:
        field = whole[rng.integers(len(whole))]
        field = np.pad(
            field[rng.integers(len(field))], ((0, rows - 1), (0, columns - 1), (0, 0)), mode="edge"
        )
        y, x = (
            rng.integers(size - step + 1) for size, step in zip(field.shape, (rows, columns), strict=False)
        )
        flipped = field[y : y + rows, x : x + columns][:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        patch[:] = flipped * rng.uniform(0.5, 1) * rng.choice([-1, 1])
    return patches


POOLS = {"picture": pictures, "audio": sounds, "video": clips, "shape": shapes, "climate": fields}
"""What makes the training patches of each modality."""
