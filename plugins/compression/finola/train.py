"""How the weights were made: CIFAR-10's training pictures, prefixes of random length, squared error.

The four matrices start as rotations, so that every pair of channels is a plane wave of its own frequency (the
solutions of the paper's wave equation). What q and the pixels are made of follows by least squares such that the
untrained network, as far as it is linear, reproduces the principal components. From there everything but the
components is trained end to end.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.linalg import matrix_power

from plugins.compression.finola.model import PIXELS, Finola, decibels
from zoo import data
from zoo.training import Run

SHORTEST = 8
"""Numbers in the shortest code trained for."""

VALIDATION = 2_000
"""The last so many training pictures are only for choosing settings."""

CARRIERS = 64
"""Channels that hold one vector common to all pictures and keep the variance of a cell nearly constant."""

FINEST = math.pi / 9
"""Between neighbouring frequencies of the first waves, radians a cell: a ninth of the finest that a map can hold."""

CARRIED = 0.95
"""Share of the variance of q in those channels; the rest depends on the picture."""

ADAM = partial(torch.optim.AdamW, betas=(0.9, 0.99), weight_decay=0.0)


def train(run: Run) -> None:
    """Train the shipped network."""
    pictures = data.load("cifar10", split="train").images
    model = Finola()
    variance = start(model, pictures[:-VALIDATION], run.seed)
    model = fit(run, model, pictures[:-VALIDATION], variance).half().float()
    run.save(model.half(), **validated(model, pictures[-VALIDATION:]))


def fit(
    run: Run, model: Finola, pictures: np.ndarray, variance: Tensor, steps: int = 12_000, stage: str = "model"
) -> Finola:
    """Minimise the squared error over prefixes, in units of the error of as many principal components.

    A quarter of the pictures keep the whole code, for which the components are hardest to beat.
    """
    unexplained = variance.sum() - variance.cumsum(0)
    longest = model.code_length

    def batch(rng: np.random.Generator) -> dict[str, np.ndarray]:
        chosen = pictures[rng.integers(len(pictures), size=64)]
        mirrored = np.where(rng.random((64, 1, 1, 1)) < 0.5, chosen, chosen[:, :, ::-1])
        length = np.exp(rng.uniform(np.log(SHORTEST), np.log(longest + 1), size=64)).astype(int)
        length[:16] = longest
        return {"images": mirrored, "length": length.clip(SHORTEST, longest)}

    def loss(model: Finola, batch: dict[str, Tensor]) -> Tensor:
        images, length = as_input(batch["images"]), batch["length"]
        kept = torch.arange(model.code_length, device=length.device) < length[:, None]
        decoded = model.decode(model.encode(images) * kept)
        error = (decoded.float() - images).square().sum((1, 2, 3))
        return (error / unexplained.to(length.device)[length - 1]).mean()

    model = model.to(memory_format=torch.channels_last)
    return run.fit(
        model, batch, loss, steps=steps, lr=3e-4, optimizer=ADAM, clip=1.0, ema=0.995, bf16=True, stage=stage
    )


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
        The variances along all principal components, float32 (3072,), largest first.
    """
    mean, variance, components = principal_components(pictures)
    start_code(model, mean, variance, components)
    start_waves(model, variance, seed)
    return variance.float()


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
    grey = mean.view(3, -1).mean(1).repeat_interleave(PIXELS**2)
    matrices, carrier = plane_waves(model.centre.out_features, seed)
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
    start_decoder(model, to_pixels / (gain * scale), grey)


def principal_components(pictures: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (n,), variances (n,), largest first, and components (n, n) of pictures of n numbers, float64."""
    pixels = pictures[0].size
    total = torch.zeros(pixels, dtype=torch.float64)
    products = torch.zeros(pixels, pixels, dtype=torch.float64)
    for part in np.array_split(np.arange(len(pictures)), max(1, len(pictures) // 5000)):
        flat = as_input(torch.from_numpy(np.asarray(pictures[part]))).flatten(1)
        total += flat.sum(0)
        products += flat.T @ flat
    mean = total / len(pictures)
    variance, vectors = torch.linalg.eigh(products / len(pictures) - torch.outer(mean, mean))
    return mean, variance.flip(0).clamp_min(0), vectors.flip(1).T


def plane_waves(channels: int, seed: int) -> tuple[Tensor, Tensor]:
    """Four matrices that turn pairs of channels, and the vector common to all pictures.

    Channels come as a block of waves (first halves of pairs, then second halves), then the carriers likewise. Each
    carrier comes with its negative, so that the mean over channels stays 0 while they turn.

    Returns:
        (4, channels, channels) for right, left, down, up; (CARRIERS,) of variance ``CARRIED * channels`` in all.
    """
    rng = np.random.default_rng(seed)
    pairs, quads = (channels - CARRIERS) // 2, CARRIERS // 4
    waves = frequencies(pairs, FINEST) + rng.normal(scale=0.1, size=(2, pairs))
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

    cell = PIXELS // size
    patches = components.unflatten(1, (3, size, cell, size, cell)).permute(2, 4, 1, 3, 5, 0)
    patches = patches.reshape(size**2, 3 * cell**2, len(components))
    weight = variance[: len(components)].sqrt()
    draw = np.random.default_rng(seed).normal(size=(patches.shape[1], waves)) / math.sqrt(waves)
    to_pixels = torch.from_numpy(draw)
    for _ in range(rounds):
        from_code = least_squares((to_pixels @ reach).flatten(0, 1), patches.flatten(0, 1))
        seen = (reach @ (from_code * weight)).transpose(1, 2).flatten(0, 1)
        to_pixels = least_squares(seen, (patches * weight).transpose(1, 2).flatten(0, 1)).T
    return from_code, to_pixels


def least_squares(inputs: Tensor, targets: Tensor) -> Tensor:
    """X of least ``|inputs X - targets|``, with a ridge of a millionth."""
    gram = inputs.T @ inputs
    ridge = 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    return torch.linalg.solve(gram + ridge, inputs.T @ targets)


def start_decoder(model: Finola, to_pixels: Tensor, grey: Tensor) -> None:
    """Let the decoder's first 12 channels pass the pixels of ``to_pixels`` (48, waves) on as they are."""
    waves, colours = to_pixels.shape[1], to_pixels.view(3, 2, 2, 2, 2, -1)
    passed = colours.permute(0, 2, 4, 1, 3, 5).reshape(48, waves)
    decoder = model.decoder
    decoder.up.weight[:48] = 0
    decoder.up.weight[:48, :waves] = passed
    decoder.up.bias.zero_()
    decoder.out.weight.zero_()
    decoder.out.weight[range(12), range(12), 1, 1] = 1
    decoder.out.bias.copy_(grey[:: PIXELS**2].repeat_interleave(4))
