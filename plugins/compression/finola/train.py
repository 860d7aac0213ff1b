"""How the weights were made: CIFAR-10's training pictures, prefixes of random length, squared error.

The four matrices start as rotations, so that every pair of channels is a plane wave of its own frequency (the
solutions of the paper's wave equation). What q and the pixels are made of follows by least squares such that the
untrained network, as far as it is linear, reproduces the principal components. From there everything but the
components is trained end to end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pillow
from torch import Tensor
from torch.linalg import matrix_power

from plugins.compression.finola.masked import CORNERS, Masked
from plugins.compression.finola.model import PIXELS, Finola, decibels, grow
from plugins.compression.finola.networks import Networks
from zoo import data
from zoo.training import Run

SHORTEST = 8
"""Numbers in the shortest code trained for."""

VALIDATION = 2_000
"""The last so many training pictures are only for choosing settings."""

CARRIERS = 64
"""Channels that hold one vector common to all pictures and keep the variance of a cell nearly constant."""

CROPS = 20_000
"""Squares cut from the training photographs."""

BATCH = 64

STEPS = {"model": 12_000, "photographs": 2_400, "masked": 3_000}

CARRIED = 0.95
"""Share of the variance of q in those channels; the rest depends on the picture."""

ADAM = partial(torch.optim.AdamW, betas=(0.9, 0.99), weight_decay=0.0)


def train(run: Run) -> None:
    """Train the three networks that are shipped together."""
    pictures = data.load("cifar10", split="train").images
    squares = photographs(data.load("photos", split="train").images, CROPS, run.seed)
    networks = Networks()
    small, large = networks.small, networks.large
    fit(run, small, pictures[:-VALIDATION], start(small, pictures[:-VALIDATION], run.seed), "model", 0.7)
    unexplained = start_from(large, small, squares[:-VALIDATION])
    for matrix in (small.right, small.left, small.down, small.up):
        matrix.requires_grad_(False)
    fit(run, large, squares[:-VALIDATION], unexplained, "photographs", 0.2)
    fit_masked(run, networks.masked, pictures[:-VALIDATION], 0.1)
    networks.half().float()
    measured = {
        "small": validated(small, pictures[-VALIDATION:]),
        "large": validated(large, squares[-VALIDATION:]),
    }
    run.save(networks.half(), **measured)


def fit(
    run: Run, model: Finola, pictures: np.ndarray, unexplained: Tensor, stage: str, share: float
) -> Finola:
    """Minimise the squared error over prefixes, in units of the error of as many principal components.

    A quarter of the pictures keep the whole code, for which the components are hardest to beat.
    """
    longest = model.code_length

    def batch(rng: np.random.Generator) -> dict[str, np.ndarray]:
        length = np.exp(rng.uniform(np.log(SHORTEST), np.log(longest + 1), size=BATCH)).astype(int)
        length[: BATCH // 4] = longest
        return {"images": some(pictures, rng), "length": length.clip(SHORTEST, longest)}

    def loss(model: Finola, batch: dict[str, Tensor]) -> Tensor:
        images, length = as_input(batch["images"]), batch["length"]
        kept = torch.arange(longest, device=length.device) < length[:, None]
        decoded = model.decode(model.encode(images) * kept)
        error = (decoded.float() - images).square().sum((1, 2, 3))
        return (error / unexplained.to(length.device)[length - 1]).mean()

    model = model.to(memory_format=torch.channels_last)
    return run.fit(
        model, batch, loss, steps=STEPS[stage], lr=3e-4, optimizer=ADAM, clip=1.0, ema=0.995, bf16=True,
        stage=stage, share=share,
    )  # fmt: skip


def fit_masked(run: Run, model: Masked, pictures: np.ndarray, share: float) -> Masked:
    """Minimise the error over what is hidden, with one quadrant a batch."""

    def batch(rng: np.random.Generator) -> dict[str, Any]:
        return {"images": some(pictures, rng), "corner": CORNERS[rng.integers(len(CORNERS))]}

    def loss(model: Masked, batch: dict[str, Any]) -> Tensor:
        return model.error(as_input(batch["images"]), batch["corner"])

    return run.fit(
        model, batch, loss, steps=STEPS["masked"], lr=2e-3, optimizer=ADAM, clip=1.0, ema=0.995, bf16=True,
        stage="masked", share=share,
    )  # fmt: skip


def some(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A batch of pictures, each mirrored or not."""
    chosen = pictures[rng.integers(len(pictures), size=BATCH)]
    return np.where(rng.random((BATCH, 1, 1, 1)) < 0.5, chosen, chosen[:, :, ::-1])


def photographs(images: Sequence[np.ndarray], count: int, seed: int, side: int = 64) -> np.ndarray:
    """Squares cut from large photographs and reduced, uint8 (count, side, side, 3).

    Each square is as likely to be small as large, by ratio, from ``side`` pixels to the whole of the shorter side,
    and lies anywhere.
    """
    rng = np.random.default_rng(seed)
    squares = np.empty((count, side, side, 3), np.uint8)
    owners = rng.integers(len(images), size=count)
    for owner, image in enumerate(images):
        photograph = Pillow.fromarray(np.asarray(image))
        # halved again and again, so that no square is reduced from much more than it needs
        levels = [photograph]
        while min(levels[-1].size) >= 2 * side:
            levels.append(levels[-1].reduce(2))
        for place in np.flatnonzero(owners == owner):
            shorter = min(photograph.size)
            length = side * (shorter / side) ** rng.random()
            level = min(int(math.log2(length / side)), len(levels) - 1)
            whole = levels[level]
            length = min(length / 2**level, *whole.size)
            left, top = (rng.uniform(0, extent - length) for extent in whole.size)
            box = (left, top, left + length, top + length)
            squares[place] = np.asarray(whole.resize((side, side), Pillow.Resampling.BICUBIC, box))
    return squares


@torch.inference_mode()
def validated(model: Finola, pictures: np.ndarray) -> dict[str, list[float]]:
    """Mean PSNR of held-out training pictures, ours and the components', at code lengths of 8, 16, 32 ..."""
    images = as_input(torch.from_numpy(pictures.copy()))
    codes, components = model.encode(images), model.project(images)
    lengths = [2**power for power in range(3, 12) if 2**power <= model.code_length]

    def mean(decoded: Tensor) -> float:
        return round(decibels((decoded.clamp(-1, 1) - images).square().mean((1, 2, 3))).mean().item(), 3)

    return {
        "code_lengths": lengths,
        "validation_psnr": [mean(model.decode(codes[:, :k])) for k in lengths],
        "validation_psnr_of_components": [mean(model.unproject(components[:, :k])) for k in lengths],
    }


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (batch, 32, 32, 3) to what the network takes: float32 (batch, 3, 32, 32) in [-1, 1]."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def start(model: Finola, pictures: np.ndarray, seed: int) -> Tensor:
    """Set ``model`` to plane waves that reproduce the principal components of ``pictures``.

    Returns:
        The squared error of so many components, 1 to the whole code, float32 (code_length,).
    """
    mean, variance, components = principal_components(pictures)
    start_code(model, mean, variance, components)
    start_waves(model, variance, seed)
    return (variance.sum() - variance.cumsum(0)[: model.code_length]).float()


@torch.no_grad()
def start_from(large: Finola, small: Finola, pictures: np.ndarray, rounds: int = 3) -> Tensor:
    """Let the code of ``large`` be principal components, and its vectors those that ``small`` gives reduced pictures.

    What pixels are made of follows by least squares over 2,000 pictures. In further rounds the vectors are those
    from which the components come out best where growth is linear, near the average picture's map, and so on.

    Returns:
        As ``start``.
    """
    mean, variance, components = principal_components(pictures, large.lowest)
    start_code(large, mean, variance, components)
    sample = as_input(torch.from_numpy(pictures[:2_000].copy()))
    reduction = large.pixels / small.pixels  # keeping low frequencies makes numbers larger by so much
    codes = small.scale / reduction * F.linear(large.components, small.components)
    average = (large.mean / reduction).view(1, 3, PIXELS, PIXELS)
    large.centre.weight.copy_(small.centre.weight @ codes.T / large.scale)
    large.centre.bias.copy_(small.q(small.scale * small.project(average))[0])

    basis = large.unproject(torch.eye(large.code_length)) - large.unproject(torch.zeros(1, large.code_length))
    wanted = by_cell(basis.flatten(1).double(), large.size).flatten(0, 1)
    patches = by_cell(sample.flatten(1).double(), large.size).permute(2, 0, 1).flatten(0, 1)
    reach = slope(large)
    for again in range(rounds):
        maps = [large.grow(large.q(large.scale * large.project(part))) for part in sample.split(250)]
        cells = torch.cat(maps).flatten(0, 2).double()
        to_pixels = least_squares(cells - cells.mean(0), patches - patches.mean(0)).T
        if again < rounds - 1:
            from_code = least_squares((to_pixels @ reach).flatten(0, 1), wanted, ridge=1e-4)
            large.centre.weight.copy_(from_code / large.scale)
    start_decoder(large, to_pixels, patches.mean(0) - to_pixels @ cells.mean(0))
    beyond = (sample.square().sum() - large.lowest(sample).square().sum()) / len(sample)
    return (beyond + variance.sum() - variance.cumsum(0)[: large.code_length]).float()


def slope(model: Finola, reach: float = 1e-3) -> Tensor:
    """How each cell moves with the vector of the average picture, (cells, channels, channels), by differences."""
    matrices = (matrix.double() for matrix in (model.right, model.left, model.down, model.up))
    q = model.centre.bias.double()
    ends = torch.cat([q + reach * torch.eye(len(q)), q - reach * torch.eye(len(q))])
    ahead, behind = grow(ends, *matrices, model.size).flatten(1, 2).chunk(2)
    return ((ahead - behind) / (2 * reach)).permute(1, 2, 0)


def by_cell(pictures: Tensor, size: int) -> Tensor:
    """The pixels of each cell, (size², 3 * cell², n), of pictures (n, 3 * (size * cell)²)."""
    cell = math.isqrt(pictures.shape[1] // 3) // size
    patches = pictures.unflatten(1, (3, size, cell, size, cell)).permute(2, 4, 1, 3, 5, 0)
    return patches.flatten(2, 4).flatten(0, 1)


def start_code(model: Finola, mean: Tensor, variance: Tensor, components: Tensor) -> None:
    """Let the code be the leading principal components, of mean square 1 taken together."""
    model.mean.copy_(mean)
    model.components.copy_(components[: model.code_length])
    kept = variance[: model.code_length]
    model.scale.fill_(math.sqrt(model.code_length / kept.sum()))
    model.deviation.copy_(model.scale * kept.sqrt())


@torch.no_grad()
def start_waves(model: Finola, variance: Tensor, seed: int) -> None:
    """Let the map be plane waves from which the decoder reads the linear reconstruction off."""
    mean, components, scale = model.mean.double(), model.components.double(), model.scale.item()
    colour = mean.view(3, -1).mean(1)
    grey = colour.repeat_interleave(PIXELS**2)
    matrices, carrier = plane_waves(model.centre.out_features, model.size, seed)
    waves = model.centre.out_features - CARRIERS
    from_code, to_pixels = match(components, variance, matrices, waves, model.size, seed)
    energy = (from_code.square() @ variance[: model.code_length]).sum() * scale**2
    gain = math.sqrt((1 - CARRIED) * model.centre.out_features / energy)
    for parameter, matrix in zip((model.right, model.left, model.down, model.up), matrices, strict=True):
        parameter.copy_(matrix)
    model.centre.weight.zero_()
    model.centre.weight[:waves] = gain * from_code
    model.centre.bias[:waves] = gain * scale * (from_code @ (components @ (mean - grey)))
    model.centre.bias[waves:] = carrier
    start_decoder(model, to_pixels / (gain * scale), colour.repeat_interleave((PIXELS // model.size) ** 2))


def principal_components(
    pictures: np.ndarray, reduce: Callable[[Tensor], Tensor] = Tensor.float
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (n,), variances (n,), largest first, and components (n, n) of pictures reduced to n numbers, float64."""
    total, products = torch.zeros(()), torch.zeros(())
    for part in np.array_split(np.arange(len(pictures)), max(1, len(pictures) // 5000)):
        flat = reduce(as_input(torch.from_numpy(np.asarray(pictures[part])))).flatten(1)
        total = total + flat.sum(0, dtype=torch.float64)
        products = products + (flat.T @ flat).double()
    mean = total / len(pictures)
    variance, vectors = torch.linalg.eigh(products / len(pictures) - torch.outer(mean, mean))
    return mean, variance.flip(0).clamp_min(0), vectors.flip(1).T


def plane_waves(channels: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Four matrices that turn pairs of channels, and the vector common to all pictures.

    The waves take the lowest frequencies of a map of ``size`` cells, a little apart from one another.

    Channels come as a block of waves (first halves of pairs, then second halves), then the carriers likewise. Each
    carrier comes with its negative, so that the mean over channels stays 0 while they turn.

    Returns:
        (4, channels, channels) for right, left, down, up; (CARRIERS,) of variance ``CARRIED * channels`` in all.
    """
    rng = np.random.default_rng(seed)
    pairs, quads = (channels - CARRIERS) // 2, CARRIERS // 4
    spacing = math.pi / (size + 1)
    waves = frequencies(pairs, spacing) + rng.normal(scale=0.3 * spacing, size=(2, pairs))
    slow = rng.uniform(-0.4, 0.4, (2, quads))
    across, down = np.concatenate([waves, slow, slow], axis=1)
    first = np.concatenate([np.arange(pairs), 2 * pairs + np.arange(2 * quads)])
    second = first + np.repeat([pairs, 2 * quads], [pairs, 2 * quads])
    matrices = np.zeros((4, channels, channels))
    for matrix, angle in zip(matrices, (across, -across, down, -down), strict=True):
        matrix[first, first] = matrix[second, second] = np.cos(angle) - 1
        matrix[second, first] = np.sin(angle)
        matrix[first, second] = -np.sin(angle)
    carrier = rng.normal(size=(2, quads))
    carrier *= math.sqrt(CARRIED * channels / CARRIERS / (carrier**2).mean())
    signed = np.concatenate([carrier[0], -carrier[0], carrier[1], -carrier[1]])
    return torch.from_numpy(matrices), torch.from_numpy(signed)


def frequencies(count: int, spacing: float) -> np.ndarray:
    """The lowest ``count`` points of a square grid over half the plane, (2, count): a wave and its opposite are one."""
    reach = math.isqrt(2 * count) + 1
    points = [(x, y) for x in range(reach) for y in range(-reach, reach + 1) if x > 0 or y >= 0]
    lowest = sorted(points, key=lambda point: (point[0] ** 2 + point[1] ** 2, point))[:count]
    return spacing * np.array(lowest, dtype=float).T


def match(
    components: Tensor, variance: Tensor, matrices: Tensor, waves: int, size: int, seed: int, rounds: int = 10
) -> tuple[Tensor, Tensor]:
    """Alternate least squares for q = P code and pixels = D z, where normalising only removes the mean.

    Args:
        components: (code length, 3072), orthonormal rows.
        variance: along each component; what a mistake costs.
        matrices: right, left, down, up (4, channels, channels).
        waves: the first so many channels carry the code.
        size: cells on a side of the map.
        seed: of the starting point.
        rounds: of P, then D.

    Returns:
        P (waves, code length) and D (pixels of a cell, waves).
    """
    channels = matrices.shape[1]
    centring = torch.eye(channels, dtype=torch.float64) - 1 / channels
    right, left, down, up = torch.eye(channels, dtype=torch.float64) + matrices @ centring
    offsets = range(-(size // 2), size - size // 2)
    rows = [matrix_power(down if y > 0 else up, abs(y)) for y in offsets]
    columns = [matrix_power(right if x > 0 else left, abs(x)) for x in offsets]
    reach = torch.stack([(row @ column)[:waves, :waves] for row in rows for column in columns])

    patches = by_cell(components, size)
    weight = variance[: len(components)].sqrt()
    draw = np.random.default_rng(seed).normal(size=(patches.shape[1], waves)) / math.sqrt(waves)
    to_pixels = torch.from_numpy(draw)
    for _ in range(rounds):
        from_code = least_squares((to_pixels @ reach).flatten(0, 1), patches.flatten(0, 1))
        seen = (reach @ (from_code * weight)).transpose(1, 2).flatten(0, 1)
        to_pixels = least_squares(seen, (patches * weight).transpose(1, 2).flatten(0, 1)).T
    return from_code, to_pixels


def least_squares(inputs: Tensor, targets: Tensor, ridge: float = 1e-6) -> Tensor:
    """X of least ``|inputs X - targets|``, with a ridge of so much of the mean square of the inputs."""
    gram = inputs.T @ inputs
    penalty = ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    return torch.linalg.solve(gram + penalty, inputs.T @ targets)


def start_decoder(model: Finola, to_pixels: Tensor, bias: Tensor) -> None:
    """Let the decoder's first channels pass on the pixels of a cell, ``to_pixels @ z + bias``, as they are.

    Args:
        model: its decoder is set.
        to_pixels: (3 * cell², n), from the first n channels of a cell; colour, row, column.
        bias: (3 * cell²,).
    """
    decoder, half, passed = model.decoder, model.decoder.rest, 12 * model.decoder.rest**2

    def ordered(rows: Tensor) -> Tensor:
        """From colour, row, column to what two shuffles bring back: colour, row and column within, then of, a half."""
        return rows.view(3, 2, half, 2, half, -1).permute(0, 2, 4, 1, 3, 5).flatten(0, 4)

    decoder.up.weight[:passed] = 0
    decoder.up.weight[:passed, : to_pixels.shape[1]] = ordered(to_pixels)
    decoder.up.bias.zero_()
    decoder.up.bias[:passed] = ordered(bias)[:, 0]
    decoder.out.weight.zero_()
    decoder.out.bias.zero_()
    channels = range(passed // 4)
    decoder.out.weight[channels, channels, 1, 1] = 1
