"""What the actions of FINOLA do with a picture and the trained network."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from zoo.blocks import verdicts
from zoo.method import Progress
from zoo.types import File, Image, Metrics, Pictures

from . import QUADRANTS, Blend, Completed, Dynamics, Regrown, figures
from . import Finola as FinolaMethod
from .masked import CELL, CORNERS, hidden
from .model import Finola, arrival, decibels
from .networks import Networks
from .tiles import (
    Tiling,
    cut,
    film,
    hide,
    lay,
    middle,
    principal_colours,
    seams,
    shown,
    structural_similarity,
)

LENGTHS = (8, 16, 32, 64, 128)
"""Code lengths at which a picture is compared with its principal components."""


FRAMES = 4
"""Steps of growth that are shown, besides the centre alone."""


@torch.inference_mode()
def regrow(
    method: FinolaMethod, image: Image, code_length: int, tiles: int, pixels: int, progress: Progress
) -> Iterator[Regrown]:
    """Encode, grow, and uncover map and picture step by step; the last result holds the comparison."""
    network, rival = method.pretrained(Networks).at(pixels)
    progress(0.0, "encoding")
    pictures, tiling = cut(image, tiles, network.pixels)
    original = lay(pictures, tiling)
    codes = network.encode(pictures)
    maps = network.grow(network.q(codes[:, :code_length]))
    colours, decoded = principal_colours(maps - average_map(network)), network.decoder(maps)
    reached = arrival(network.size)
    last = int(reached.max())
    frames = []
    for now in range(0, last + 1, last // FRAMES):
        grown = reached <= now
        frames.append([shown(lay(hide(part, grown), tiling)) for part in (colours, decoded)])
        if now < last:
            progress(0.2 + 0.4 * now / last, f"growing, step {now} of {last}")
            growing = Metrics(
                [("step", now, f"of {last}"), ("cells grown", int(grown.sum()), f"of {grown.numel()}")]
            )
            sides = Pictures([("original", shown(original)), ("FINOLA", frames[-1][1])])
            yield Regrown(None, sides, frames[-1][0], None, None, growing, None)

    progress(0.65, "comparing")
    components = rival.project(pictures)
    lengths = sorted({*LENGTHS, code_length})
    ours = {code_length: lay(decoded, tiling)}
    for length in LENGTHS:
        if length != code_length:
            ours[length] = lay(network.decode(codes[:, :length]), tiling)
    theirs = {length: lay(rival.unproject(components[:, :length]), tiling) for length in lengths}
    qualities = (_quality(picture, original) for picture in (ours[code_length], theirs[code_length]))
    yield Regrown(
        summary=_beside("FINOLA", "principal components", qualities),
        pictures=Pictures(
            [
                ("original", shown(original)),
                ("FINOLA", frames[-1][1]),
                ("principal components", shown(theirs[code_length])),
            ]
        ),
        feature_map=frames[-1][0],
        steps=film(frames),
        comparison=figures.quality(
            lengths, *([_quality(side[length], original) for length in lengths] for side in (ours, theirs))
        ),
        metrics=_metrics(original, ours[code_length], theirs[code_length], code_length, tiling),
        code=_code_file(codes[:, :code_length], tiling),
    )


def _beside(ours: str, rival: str, qualities: Iterable[float]) -> str:
    """Two PSNR in dB as a sentence."""
    value, other = qualities
    return verdicts.beside(ours, value, rival, other, "dB")


def average_map(network: Finola) -> Tensor:
    """The map (1, size, size, channels) of the empty code: what all pictures have in common."""
    return network.grow(network.q(torch.zeros(1, network.code_length)))


def _quality(picture: Tensor, original: Tensor) -> float:
    return decibels((picture.clamp(-1, 1) - original).square().mean()).item()


def _metrics(original: Tensor, ours: Tensor, rival: Tensor, length: int, tiling: Tiling) -> Metrics:
    numbers = length * tiling.rows * tiling.columns
    rows = [
        ("picture", f"{tiling.width} x {tiling.height}", "pixels"),
        (
            "tiles, each from one vector",
            tiling.rows * tiling.columns,
            f"of {tiling.pixels} x {tiling.pixels} pixels",
        ),
        ("code", numbers, "numbers"),
        ("pixel values for each number", 3 * tiling.width * tiling.height / numbers, ""),
    ]
    sides = {"FINOLA": ours, "principal components": rival}
    rows += [(f"PSNR | {who}", _quality(side, original), "dB") for who, side in sides.items()]
    if min(tiling.height, tiling.width) >= 11:
        rows += [
            (f"SSIM | {who}", structural_similarity(side.clamp(-1, 1), original), "")
            for who, side in sides.items()
        ]
    jumps = "jumps at seams against elsewhere"
    rows += [
        (f"{jumps} | {who}", seams(side, original, tiling.pixels), "times") for who, side in sides.items()
    ]
    return Metrics(rows)


def _code_file(codes: Tensor, tiling: Tiling) -> File:
    buffer = io.BytesIO()
    np.save(buffer, codes.unflatten(0, (tiling.rows, tiling.columns)).half().numpy())
    return File("finola-code.npy", buffer.getvalue())


@torch.inference_mode()
def dynamics(method: FinolaMethod, image: Image, code_length: int) -> Dynamics:
    """Eigenvalues of the matrices and the map of the middle of a picture in the basis of the waves."""
    network = method.pretrained(Networks).small
    right, down = network.right.double(), network.down.double()
    speeds, modes = (part.numpy() for part in wave_speeds(right, down))
    q = network.q(network.encode(middle(image))[:, :code_length])
    maps = network.grow(q)
    row = maps[0, network.size // 2]
    lengths = row.norm(dim=1).numpy()
    stretches = [stretch(matrix) for matrix in (network.right, network.left, network.down, network.up)]
    most = growth_bound(lengths[network.size // 2], stretches[1], stretches[0], row.shape)
    complex_share = 100 * float((abs(speeds.imag) > 1e-9).mean())
    return Dynamics(
        summary=f"One step stretches a vector at most {max(stretches):.3g} times, and {complex_share:.0f} % of the wave"
        " speeds are complex: those waves turn as they run.",
        waves=_wave_maps(maps[0], modes),
        spectrum=figures.spectrum(
            {
                "A (one step right)": torch.linalg.eigvals(right).numpy(),
                "B (one step down)": torch.linalg.eigvals(down).numpy(),
            }
        ),
        speeds=figures.speeds(speeds),
        growth=figures.growth(lengths, most),
        metrics=Metrics(
            [
                ("channels of z", row.shape[1], ""),
                *(
                    (f"largest stretch | {name}", value, "times")
                    for name, value in zip(("right", "left", "down", "up"), stretches, strict=True)
                ),
                ("share of complex wave speeds", complex_share, "%"),
                ("length of q", float(lengths[network.size // 2]), ""),
                ("length of z at the left border", float(lengths[0]), ""),
                ("length of z at the right border", float(lengths[-1]), ""),
            ]
        ),
    )


def wave_speeds(right: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors V of A B⁻¹: where z_x = A norm(z) and z_y = B norm(z), ζ = V⁻¹ z has ζ_x = Λ ζ_y.

    Args:
        right: A, (channels, channels).
        down: B, alike.

    Returns:
        Complex (channels,) and (channels, channels).
    """
    # torch's eigenvalues take a fraction of the time of NumPy's, whose LAPACK is not tuned for them
    return torch.linalg.eig(torch.linalg.solve(down, right, left=False))


def growth_bound(length: float, left: float, right: float, row: tuple[int, int]) -> np.ndarray:
    """The most that |z| can be along the centre row: |q| + n |A| √C, n steps from the centre.

    Args:
        length: |q|.
        left: the largest stretch |A-|.
        right: the largest stretch |A+|.
        row: cells and channels.

    Returns:
        (cells,).
    """
    size, channels = row
    offsets = np.arange(size) - size // 2
    return length + np.abs(offsets) * np.where(offsets < 0, left, right) * np.sqrt(channels)


def stretch(matrix: Tensor) -> float:
    """The largest singular value."""
    return torch.linalg.eigvalsh(matrix.T @ matrix)[-1].sqrt().item()


def _wave_maps(z: Tensor, modes: np.ndarray, rows: int = 4, columns: int = 8) -> Image:
    """The real parts of ζ with the most variance over the cells, strongest first, on a grid."""
    size = z.shape[0]
    waves = np.linalg.solve(modes, z.flatten(0, 1).double().numpy().T).real
    waves -= waves.mean(1, keepdims=True)
    strength = waves.std(1) * np.linalg.norm(modes, axis=0)
    # ζ of a pair of conjugate speeds have the same real part
    order = np.argsort(-strength, kind="stable")
    _, first = np.unique(strength[order].round(6), return_index=True)
    chosen = order[np.sort(first)][: rows * columns]
    scaled = waves[chosen] / (2 * waves[chosen].std(1, keepdims=True)).clip(1e-12)
    panels = torch.from_numpy(scaled).float().view(-1, size, size).clamp(-1, 1)
    # blue for troughs, white for rest, orange for crests
    crest, trough = panels.clamp_min(0), (-panels).clamp_min(0)
    colours = torch.stack([1 - 1.6 * trough, 1 - 0.9 * crest - 0.9 * trough, 1 - 1.8 * crest], 1)
    framed = torch.nn.functional.pad(
        colours.repeat_interleave(6, 2).repeat_interleave(6, 3), (2,) * 4, value=1.0
    )
    blank = framed.new_ones(rows * columns - len(framed), *framed.shape[1:])
    grid = torch.cat([framed, blank]).unflatten(0, (rows, columns)).permute(2, 0, 3, 1, 4)
    return shown(grid.flatten(3, 4).flatten(1, 2), 832)


@torch.inference_mode()
def blend(method: FinolaMethod, first: Image, second: Image, code_length: int, pictures: int) -> Blend:
    """Grow mixtures of two codes, and mix pixels for comparison."""
    network = method.pretrained(Networks).small
    ends = torch.cat([middle(first), middle(second)])
    codes = network.encode(ends)[:, :code_length]
    share = torch.linspace(0, 1, pictures)[:, None]
    maps = network.grow(network.q(torch.lerp(codes[:1], codes[1:], share)))
    grown = network.decoder(maps).clamp(-1, 1)
    mixed = torch.lerp(grown[:1], grown[-1:], share[..., None, None])
    colours = principal_colours(maps - average_map(network))
    strips = [torch.cat(list(stack), dim=2) for stack in (colours, grown, mixed)]
    panels = [shown(strip, 128 * pictures).pixels for strip in strips]
    half = pictures // 2
    contrasts = [(side[half].std() * 127.5).item() for side in (grown, mixed)]
    return Blend(
        summary=verdicts.beside(
            "the grown picture",
            contrasts[0],
            "mixed pixels",
            contrasts[1],
            "grey levels",
            what="contrast half-way",
        ),
        blend=Image(np.concatenate(panels)),
        metrics=Metrics(
            [
                ("code", code_length, "numbers each"),
                ("contrast half-way | grown", contrasts[0], "grey levels"),
                ("contrast half-way | mixed pixels", contrasts[1], "grey levels"),
                (
                    "difference half-way",
                    ((grown[half] - mixed[half]).abs().mean() * 127.5).item(),
                    "grey levels",
                ),
            ]
        ),
    )


@torch.inference_mode()
def complete(method: FinolaMethod, image: Image, quadrant: str) -> Completed:
    """Show one quadrant of the middle of a picture to the network, and fill in what it predicts."""
    network, truth = method.pretrained(Networks).masked, middle(image)
    corner = CORNERS[QUADRANTS.index(quadrant)]
    mask = hidden(corner).repeat_interleave(CELL, 0).repeat_interleave(CELL, 1)
    filled = torch.where(mask, network.complete(truth, corner).clamp(-1, 1), truth)
    flat = truth[..., ~mask].mean(-1)[..., None, None].expand_as(truth)
    errors = [(guess - truth)[..., mask].square().mean() for guess in (filled, flat)]
    qualities = [decibels(error).item() for error in errors]
    return Completed(
        summary=_beside("masked FINOLA", "the mean colour of the quadrant", qualities),
        pictures=Pictures(
            [
                ("shown", shown(torch.where(mask, 0.0, truth)[0])),
                ("completed", shown(filled[0])),
                ("truth", shown(truth[0])),
            ]
        ),
        metrics=Metrics(
            [
                ("hidden pixels", int(mask.sum()), f"of {mask.numel()}"),
                ("PSNR of what was hidden | masked FINOLA", qualities[0], "dB"),
                ("PSNR of what was hidden | mean colour of the quadrant", qualities[1], "dB"),
            ]
        ),
    )
