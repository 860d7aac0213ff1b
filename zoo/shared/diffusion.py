"""How the diffusion models of digits, printed digits and garments are trained: `zoo train diffusion-digits`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import zoo.data
from zoo.blocks.printed_digits import Hand, drawn
from zoo.blocks.small_diffusion import PixelUNet
from zoo.training import Run

Pictures = Callable[[int, np.random.Generator], NDArray[np.uint8]]

STEPS = {"diffusion-digits": 15_000, "diffusion-print": 7_500, "diffusion-garments": 15_000}
"""Batches of 64: 16 times through 60,000 pictures, or half a million drawings of 200 printed digits."""


def train(run: Run) -> None:
    """Learn to say the noise in pictures of the data set that belongs to the network's name."""
    draw = digits_in_print() if run.slug == "diffusion-print" else photographs(run.slug)
    model = PixelUNet()
    run.fit(model, lambda rng: draw(64, rng), PixelUNet.error, steps=STEPS[run.slug], lr=1e-3, ema=0.999)
    run.save(model)
    as_pipeline(run, model)


def photographs(network: str) -> Pictures:
    """Draws of MNIST or Fashion-MNIST, `(count, 28, 28)`, for the network of that name."""
    images = zoo.data.load("mnist" if network == "diffusion-digits" else "fashion-mnist").images
    return lambda count, rng: images[np.sort(rng.integers(len(images), size=count))]


def digits_in_print() -> Pictures:
    """Printed digits `(count, 28, 28)`, each with a slant, weight, size and place of its own, drawn anew."""
    outlines = np.array(zoo.data.load("printed-digits").outlines)
    return lambda count, rng: drawn(
        outlines[rng.integers(len(outlines), size=count)], Hand.random(count, rng)
    )


def as_pipeline(run: Run, model: PixelUNet) -> None:
    """Put diffusers' layout in the place of the two files that every run writes."""
    model.cpu().save_as_pipeline(run.out)
    for name in ("model.safetensors", "config.json"):
        (run.out / name).unlink(missing_ok=True)
    for path in run.out.rglob("*.safetensors"):  # safetensors writes a file that only its owner may read
        path.chmod((run.out / "recipe.json").stat().st_mode & 0o777)
