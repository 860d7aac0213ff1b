"""Pictures from a few numbers: codes of real numbers, not yet of bits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping

import numpy as np

import zoo.data
from zoo.blocks.rate_distortion import psnr
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Image, Pictures

SIDE = 32
MOST = 128
"""Numbers that a picture is described by at most."""


class ImageFromNumbers(Task):
    """A picture of 32 x 32 pixels described by as many real numbers as the dial says, and made again from them."""

    title = "Pictures from a few numbers"
    family = "compression"
    data = "1,000 test pictures of CIFAR-10"
    dial = Dial("numbers", "Numbers a picture", "", (8, 16, 32, 64, MOST), 32, whole=True)
    scores = (Score("psnr", "PSNR", "dB", "higher"),)
    given = Image
    examples = ("cat.webp", "dandelion.webp")

    def baselines(self) -> Mapping[str, Run]:
        """Principal components of CIFAR-10's training pictures, and coefficients of two transforms."""
        return {
            "Principal components": _components_of,
            "Cosine transform": functools.partial(_transformed, cosines, from_cosines),
            "Wavelet transform": functools.partial(_transformed, wavelets, from_wavelets),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Pictures in their order; twenty if ``quick``."""
        images = zoo.data.load("cifar10", split="test").images
        for number in range(20 if quick else 1_000):
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
def components() -> tuple[np.ndarray, np.ndarray]:
    """Mean (3072,) and the leading components (MOST, 3072) of CIFAR-10's training pictures, values from 0 to 255."""
    from scipy.sparse.linalg import eigsh

    images = zoo.data.load("cifar10", split="train").images
    flat = np.asarray(images).reshape(len(images), -1).astype(np.float32)
    mean = flat.mean(0)
    flat -= mean
    values, vectors = eigsh(flat.T @ flat, MOST, v0=np.ones(flat.shape[1], np.float32))
    return mean, vectors[:, np.argsort(-values)].T


def _components_of(given: np.ndarray, dial: float) -> Outcome:
    mean, leading = components()
    kept = leading[: int(dial)]
    return Outcome((mean + (given.reshape(-1) - mean) @ kept.T @ kept).reshape(given.shape))


# ---------------------------------------------------------------------------------------------------------
# Transforms: the coefficients that vary most over training pictures are kept, the same for every picture; the rest is
# their mean

BRIGHTNESS = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
"""Orthonormal brightness, red against blue, and green against both."""

Transform = Callable[[np.ndarray], np.ndarray]


def _transformed(forward: Transform, backward: Transform, given: np.ndarray, dial: float) -> Outcome:
    mean, order = _spread(forward)
    spectrum = forward(given[None])[0]
    kept = mean.copy()
    chosen = order[: int(dial)]
    kept[chosen] = spectrum[chosen]
    return Outcome(backward(kept[None])[0])


@functools.lru_cache(maxsize=2)
def _spread(forward: Transform) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each coefficient over training pictures, and the coefficients by how much they vary, most first."""
    training = forward(np.asarray(zoo.data.load("cifar10", split="train").images[:5_000]))
    return training.mean(0), np.argsort(-training.var(0), kind="stable")


def cosines(pictures: np.ndarray) -> np.ndarray:
    """Orthonormal cosine coefficients (batch, 3072) of pictures (batch, 32, 32, 3)."""
    from scipy.fft import dctn

    return dctn(pictures @ BRIGHTNESS.T, axes=(1, 2), norm="ortho").reshape(len(pictures), -1)


def from_cosines(coefficients: np.ndarray) -> np.ndarray:
    """Pictures (batch, 32, 32, 3) of ``cosines``."""
    from scipy.fft import idctn

    planes = coefficients.reshape(-1, SIDE, SIDE, 3)
    return idctn(planes, axes=(1, 2), norm="ortho") @ BRIGHTNESS


@functools.cache
def _wavelet_matrix(coarsest: int = 2) -> np.ndarray:
    """Daubechies' orthonormal wavelets of four taps on a circle of 32 samples, (32, 32)."""
    low = (np.array([1, 3, 3, 1]) + np.sqrt(3) * np.array([1, 1, -1, -1])) / (4 * np.sqrt(2))
    high = low[::-1] * [1, -1, 1, -1]
    whole, length = np.eye(SIDE), SIDE
    while length > coarsest:
        stage = np.eye(SIDE)
        stage[:length] = 0
        for place in range(length // 2):
            reached = (2 * place + np.arange(4)) % length
            np.add.at(stage[place], reached, low)
            np.add.at(stage[length // 2 + place], reached, high)
        whole, length = stage @ whole, length // 2
    return whole


def wavelets(pictures: np.ndarray) -> np.ndarray:
    """Orthonormal wavelet coefficients (batch, 3072) of pictures (batch, 32, 32, 3), rows and columns alike."""
    planes = np.moveaxis(pictures @ BRIGHTNESS.T, 3, 1)
    return (_wavelet_matrix() @ planes @ _wavelet_matrix().T).reshape(len(pictures), -1)


def from_wavelets(coefficients: np.ndarray) -> np.ndarray:
    """Pictures (batch, 32, 32, 3) of ``wavelets``."""
    planes = _wavelet_matrix().T @ coefficients.reshape(-1, 3, SIDE, SIDE) @ _wavelet_matrix()
    return np.moveaxis(planes, 1, 3) @ BRIGHTNESS
