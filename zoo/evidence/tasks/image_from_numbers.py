"""Pictures from a few numbers: codes of real numbers, not yet of bits."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

import numpy as np

import zoo.data
from zoo.blocks.rate_distortion import psnr
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Image, Pictures

SIDE = 32
LEARNT_FROM = 20_000
"""Pictures from which the principal components are learnt."""


class ImageFromNumbers(Task):
    """A picture of 32 x 32 pixels described by as many real numbers as the dial says, and made again from them."""

    title = "Pictures from a few numbers"
    family = "compression"
    data = "200 test pictures of CIFAR-10"
    dial = Dial("numbers", "Numbers a picture", "", (8, 16, 32, 64, 128), 32, whole=True)
    scores = (Score("psnr", "PSNR", "dB", "higher"),)
    given = Image
    examples = ("cat.webp", "dandelion.webp")

    def baselines(self) -> Mapping[str, Run]:
        """Principal components of CIFAR-10's training pictures, and the coefficients of a cosine transform."""
        return {"Principal components": _components_of, "Cosine transform": _cosines_of}

    def items(self, quick: bool) -> Iterator[Item]:
        """Pictures in their order; twenty if ``quick``."""
        images = zoo.data.load("cifar10", split="test").images
        for number in range(20 if quick else 200):
            yield Item("cifar10", np.asarray(images[number]))

    def item(self, value: Image) -> np.ndarray:
        """The square in the middle of a picture at 32 x 32 pixels, uint8 (32, 32, 3)."""
        from PIL import Image as Pillow
        from PIL import ImageOps

        return np.asarray(ImageOps.fit(value.pil(), (SIDE, SIDE), Pillow.Resampling.LANCZOS))

    def judge(self, given: np.ndarray, outcome: Outcome) -> dict[str, float]:
        """PSNR of the picture brought to bytes, at most 99 dB."""
        return {"psnr": min(99.0, psnr(given, to_bytes(outcome.made), 255))}

    def show(self, given: np.ndarray, outcomes: Mapping[str, Outcome]) -> Pictures:
        """The picture, and what each contestant makes of its numbers; eight times enlarged."""
        rows = [("original", _enlarged(given))]
        for name, outcome in outcomes.items():
            caption = f"{name}: {self.judge(given, outcome)['psnr']:.1f} dB"
            rows.append((caption, _enlarged(to_bytes(outcome.made))))
        return Pictures(tuple(rows))


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 255 as uint8."""
    return np.asarray(picture).round().clip(0, 255).astype(np.uint8)


def _enlarged(picture: np.ndarray) -> Image:
    return Image.of(picture.repeat(8, 0).repeat(8, 1))


@functools.lru_cache(maxsize=1)
def _components() -> tuple[np.ndarray, np.ndarray]:
    """Mean (3072,) and the 128 leading components (128, 3072) of CIFAR-10's training pictures."""
    images = zoo.data.load("cifar10", split="train").images[:LEARNT_FROM]
    flat = np.asarray(images).reshape(len(images), -1).astype(np.float32)
    mean = flat.mean(0)
    flat -= mean
    _, vectors = np.linalg.eigh(flat.T @ flat)
    return mean, vectors[:, ::-1][:, :128].T


def _components_of(given: np.ndarray, dial: float) -> Outcome:
    mean, components = _components()
    kept = components[: int(dial)]
    return Outcome((mean + (given.reshape(-1) - mean) @ kept.T @ kept).reshape(given.shape))


BRIGHTNESS = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
"""Orthonormal brightness, red against blue, and green against both."""


@functools.lru_cache(maxsize=1)
def _order() -> np.ndarray:
    """Cosine coefficients by how much they vary over training pictures, most first."""
    images = zoo.data.load("cifar10", split="train").images[:2000]
    return np.argsort(-np.square(_dct(np.asarray(images).astype(float) - 127.5)).mean(0).reshape(-1))


def _dct(pictures: np.ndarray) -> np.ndarray:
    from scipy.fft import dctn

    return dctn(pictures @ BRIGHTNESS.T, axes=(-3, -2), norm="ortho")


def _cosines_of(given: np.ndarray, dial: float) -> Outcome:
    """The coefficients that vary most over training pictures are kept, the same for every picture."""
    from scipy.fft import idctn

    spectrum = _dct(given.astype(float) - 127.5)
    kept = np.zeros(spectrum.size)
    chosen = _order()[: int(dial)]
    kept[chosen] = spectrum.reshape(-1)[chosen]
    planes = idctn(kept.reshape(spectrum.shape), axes=(0, 1), norm="ortho")
    return Outcome(planes @ BRIGHTNESS + 127.5)
