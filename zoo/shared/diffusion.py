"""How the diffusion models of digits, printed digits and garments are trained: `zoo train diffusion-digits`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import zoo.data
from zoo.blocks.small_diffusion import PixelUNet
from zoo.training import Run

STEPS = 15_000
"""16 times through 60,000 pictures."""

PICTURES = {"diffusion-digits": "mnist", "diffusion-garments": "fashion-mnist"}


def train(run: Run) -> None:
    """Learn to say the noise in pictures of the data set that belongs to the network's name."""
    pictures = zoo.data.load(PICTURES[run.slug]).images

    def batch(rng: np.random.Generator) -> NDArray[np.uint8]:
        return pictures[np.sort(rng.integers(len(pictures), size=64))]

    model = PixelUNet()
    run.fit(model, batch, PixelUNet.error, steps=STEPS, lr=1e-3, ema=0.999)
    run.save(model)
    as_pipeline(run, model)


def as_pipeline(run: Run, model: PixelUNet) -> None:
    """Put diffusers' layout in the place of the two files that every run writes."""
    model.cpu().save_as_pipeline(run.out)
    for name in ("model.safetensors", "config.json"):
        (run.out / name).unlink(missing_ok=True)
    for path in run.out.rglob("*.safetensors"):  # safetensors writes a file that only its owner may read
        path.chmod((run.out / "recipe.json").stat().st_mode & 0o777)
