"""Whether the shared diffusion models are good enough to compare samplers on, by a rule set before their training.

    python -m benchmarks.small_diffusion
    python -m benchmarks.small_diffusion --weights out/shared --pictures 200

No method starts on a network whose own KID, by DDIM with 100 steps, is not below half that of a Gaussian with the mean
and the covariance of its training pictures. Both are measured to pictures that neither has seen, in the features of a
classifier; training pictures, measured alike, are the floor. `--weights` names a folder with networks by name that are
not shipped, finished or cut off: of a checkpoint the moving average is taken.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

import zoo.data
from benchmarks.running import write
from zoo.blocks.denoising import CLIPPED, sample, streams
from zoo.blocks.picture_features import PictureFeatures, features, in_range
from zoo.blocks.printed_digits import Hand, drawn
from zoo.blocks.sample_quality import frechet_distance, kernel_distance, precision_recall
from zoo.blocks.small_diffusion import NOISE, PixelUNet
from zoo.hub import shared

STEPS = 100
PICTURES = 1000
SEED = 2026
CLASSIFIERS = {
    "diffusion-digits": "digit-features",
    "diffusion-print": "digit-features",
    "diffusion-garments": "garment-features",
}


@dataclass(frozen=True)
class Sets:
    """Pictures `(n, 1, 28, 28)` in -1..1: of training, and others of the same kind."""

    trained: Tensor
    other: Tensor


def sets(name: str) -> Sets:
    """The pictures of a network's kind."""
    if name == "diffusion-print":
        outlines = np.array(zoo.data.load("printed-digits").outlines)
        several = np.tile(outlines, (50, 1, 1))
        first, second = (
            drawn(several, Hand.random(len(several), np.random.default_rng(SEED + part))) for part in (0, 1)
        )
        return Sets(in_range(torch.from_numpy(first)), in_range(torch.from_numpy(second)))
    data = "mnist" if name == "diffusion-digits" else "fashion-mnist"
    images = [np.array(zoo.data.load(data, split).images) for split in ("train", "test")]
    return Sets(*(in_range(torch.from_numpy(part)) for part in images))


def network(folder: Path) -> tuple[PixelUNet, int | None]:
    """A network and, of a training that goes on, its step."""
    if (folder / "unet").is_dir():
        return PixelUNet.from_pretrained(folder), None
    path = folder / "checkpoint" / "model.safetensors"
    prefix = "average/module."
    model = PixelUNet()
    kept = {
        name.removeprefix(prefix): value for name, value in load_file(path).items() if name.startswith(prefix)
    }
    model.load_state_dict(kept)
    return model.eval(), int(load_file(path)["average/n_averaged"])


def gaussian(pictures: Tensor, count: int) -> Tensor:
    """Draws of the Gaussian that has the pictures' mean and covariance."""
    rows = pictures.flatten(1).numpy().astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    white = np.random.default_rng(SEED).normal(size=(count, rows.shape[1]))
    draws = rows.mean(0) + white * np.sqrt(values.clip(0)) @ vectors.T
    return torch.from_numpy(draws).float().reshape(count, *pictures.shape[1:])


def some(pictures: Tensor, count: int) -> Tensor:
    """As many pictures as asked for, at random."""
    return pictures[np.random.default_rng(SEED).permutation(len(pictures))[:count]]


def distances(rows: NDArray, real: NDArray) -> dict[str, float]:
    """What the meter says of features, to those of pictures that nobody trained on."""
    precision, recall = precision_recall(rows, real)
    return {
        "KID": round(kernel_distance(rows, real), 5),
        "Frechet": round(frechet_distance(rows, real), 3),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
    }


def judged(name: str, folder: Path, count: int) -> dict[str, Any]:
    """Network, Gaussian and training pictures by the same meter, and the rule."""
    from diffusers import DDIMScheduler

    model, step = network(folder)
    pictures = sets(name)
    began = time.process_time()
    scheduler = DDIMScheduler(**NOISE, clip_sample=False)
    drawings = sample(model, scheduler, streams(SEED, count), steps=STEPS, batch=100)
    clipped = sample(model, scheduler, streams(SEED, count), steps=STEPS, batch=100, hooks=CLIPPED)
    seconds = (time.process_time() - began) / 2
    meter = shared.pretrained(CLASSIFIERS[name], PictureFeatures)
    contenders = {
        f"network, DDIM with {STEPS} steps": drawings,
        "and clean predictions clipped": clipped,
        "Gaussian": gaussian(pictures.trained, count),
        "training pictures": some(pictures.trained, count),
    }
    real = features(meter, some(pictures.other, count))
    rows = {who: distances(features(meter, kind), real) for who, kind in contenders.items()}
    ours, other = rows[f"network, DDIM with {STEPS} steps"]["KID"], rows["Gaussian"]["KID"]
    record = {"pictures": count, "CPU seconds a picture": round(seconds / count, 3)} | rows
    return record | ({"trained so far": step} if step else {}) | {"good enough": ours < other / 2}


def main() -> None:
    """Measure what there is, print, and keep the numbers where all is measured as it is shipped."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--weights", type=Path, help="a folder with networks by name, instead of those shipped"
    )
    parser.add_argument("--pictures", type=int, default=PICTURES)
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {}
    for name in CLASSIFIERS:
        folder = options.weights / name if options.weights else shared.home(name)
        if not (folder / "unet").is_dir() and not (folder / "checkpoint").is_dir():
            print(f"{name}: not there")
            continue
        results[name] = judged(name, folder if options.weights else shared.folder(name), options.pictures)
        print(name, results[name], flush=True)
    if results and not options.weights:
        write("small-diffusion", {"rule": "KID below half of the Gaussian's", **results})


if __name__ == "__main__":
    main()
