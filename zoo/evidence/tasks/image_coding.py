"""Image coding: a picture as few bits, and what comes back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import zoo.data
from zoo.blocks.rate_distortion import bd_psnr, psnr
from zoo.blocks.standard_codecs import Codec, Coded, of_kind
from zoo.claim import Outcome
from zoo.errors import InputError
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Image, Pictures, Value

if TYPE_CHECKING:
    from zoo.blocks.component_code import ComponentCode

REFERENCE = "JPEG 2000"
PIXELS = 512
"""The longer side of the photographs that are coded; larger ones are shrunk."""


class ImageCoding(Task):
    """A photograph coded with at most so many bits per pixel, every byte of the file counted.

    Every contestant takes the setting of its own that comes closest to the dial from below, or its smallest. Ranked by
    BD-PSNR: how much higher its curve lies than that of JPEG 2000, on average over the rates that both reach.
    """

    title = "Image coding"
    family = "compression"
    data = "six photographs of the data set `photos`, test split, at 512 pixels"
    dial = Dial("rate", "Rate", "bits per pixel", (0.25, 0.5, 1.0, 2.0, 4.0), 1.0)
    scores = (
        Score("psnr", "PSNR", "dB", "higher"),
        Score("bits", "Rate", "bits per pixel", "lower"),
    )
    across = "bits"
    given: ClassVar[type[Value] | None] = Image
    overall = Score("bd_psnr", f"BD-PSNR against {REFERENCE}", "dB", "higher")
    examples: ClassVar[tuple[str, ...]] = ("cat.webp", "dandelion.webp")

    def counted(self, coded: Coded) -> int:
        """What of a standard codec's file counts, in bytes."""
        return len(coded.file)

    def baselines(self) -> Mapping[str, Run]:
        """JPEG, JPEG 2000, WebP and AVIF."""
        return {codec.name: functools.partial(at_rate, codec, self.counted) for codec in of_kind("picture")}

    def items(self, quick: bool) -> Iterator[Item]:
        """Photographs; two if ``quick``."""
        images = zoo.data.load("photos", split="test").images
        for number in range(2 if quick else len(images)):
            yield Item("photos", self.item(Image.of(np.asarray(images[number]))))

    def item(self, value: Image) -> np.ndarray:
        """The picture, uint8 (height, width, 3), its longer side at most 512 pixels."""
        picture = value.pil()
        picture.thumbnail((PIXELS, PIXELS))
        return np.asarray(picture)

    def judge(self, given: np.ndarray, outcome: Outcome) -> dict[str, float]:
        """PSNR over all channels, at most 99 dB, and bits per pixel."""
        return {
            "psnr": min(99.0, psnr(given, outcome.made, 255)),
            "bits": outcome.spent["bits"] / (given.shape[0] * given.shape[1]),
        }

    def standing(
        self, points: Sequence[Mapping[str, float] | None], all_points: Mapping[str, Any]
    ) -> float | None:
        """BD-PSNR against JPEG 2000; None where the two curves share no rate."""
        ours, theirs = (_curve(line) for line in (points, all_points[REFERENCE]))
        try:
            return bd_psnr(ours, theirs)
        except InputError:
            return None

    def show(self, given: np.ndarray, outcomes: Mapping[str, Outcome]) -> Pictures:
        """The picture, and what each contestant makes of it."""
        rows = [("original", Image.of(given))]
        for name, outcome in outcomes.items():
            scores = self.judge(given, outcome)
            caption = f"{name}: {scores['bits']:.2f} bits per pixel, {scores['psnr']:.1f} dB"
            rows.append((caption, Image.of(outcome.made)))
        return Pictures(tuple(rows))


class SmallImageCoding(ImageCoding):
    """A picture of 32 x 32 pixels coded with at most so many bits per pixel, headers and tables not counted.

    At this size a standard file is mostly header. What could be agreed on beforehand is taken off every contestant's
    file, so that what is compared is the coding itself.
    """

    title = "Image coding, 32 x 32 pixels"
    data = "120 test pictures of CIFAR-10"
    dial = Dial("rate", "Rate", "bits per pixel", (0.5, 1.0, 1.5, 2.0, 3.0), 1.0)
    given = None
    examples = ()

    def counted(self, coded: Coded) -> int:
        """The bytes that are neither header nor table."""
        return coded.payload

    def baselines(self) -> Mapping[str, Run]:
        """The standard codecs, and principal components of training pictures, rounded and entropy coded."""
        return {**super().baselines(), "Principal components": components_at_rate}

    def items(self, quick: bool) -> Iterator[Item]:
        """Pictures in their order; ten if ``quick``."""
        images = zoo.data.load("cifar10", split="test").images
        for number in range(10 if quick else 120):
            yield Item("cifar10", np.asarray(images[number]))


def _curve(points: Sequence[Mapping[str, float] | None]) -> tuple[list[float], list[float]]:
    had = [point for point in points if point is not None]
    return [point["bits"] for point in had], [point["psnr"] for point in had]


@functools.cache
def component_codes() -> tuple[ComponentCode, ...]:
    """Codes from few bits to many, learned from 6,000 training pictures."""
    from zoo.blocks.component_code import learn_codes  # torch, which listing tasks does without

    return learn_codes(_as_signals(np.asarray(zoo.data.load("cifar10", split="train").images[:6000])), 1024)


def components_at_rate(picture: np.ndarray, rate: float) -> Outcome:
    """A picture of 32 x 32 pixels at the finest step whose stream keeps to a rate, else at the coarsest."""
    coded: list[tuple[np.ndarray, float]] = []
    for code in component_codes():
        symbols = code.symbols(_as_signals(picture[None]))
        bits = 8.0 * len(code.encode(symbols))
        if coded and bits > rate * 1024:
            break
        coded.append((code.decode(symbols), bits))
    signal, bits = coded[-1]
    pixels = ((signal.clip(-1, 1) + 1) * 127.5).round().astype(np.uint8).reshape(picture.shape)
    return Outcome(pixels, {"bits": bits})


def _as_signals(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(len(pictures), -1).astype(np.float32) / 127.5 - 1


def at_rate(codec: Codec, counted: Callable[[Coded], int], picture: np.ndarray, rate: float) -> Outcome:
    """A codec at the setting whose file comes closest to a rate from below, else at its smallest.

    Args:
        codec: its settings run from few bits to many.
        counted: bytes of the result that count.
        picture: uint8 (height, width, 3).
        rate: bits per pixel.
    """
    allowed = rate * picture.shape[0] * picture.shape[1] / 8
    best = codec.run(picture, **codec.settings[0])
    low, high = 0, len(codec.settings)  # setting `low` fits or is the smallest, `high` does not fit
    while high - low > 1:
        middle = (low + high) // 2
        coded = codec.run(picture, **codec.settings[middle])
        if counted(coded) <= allowed:
            low, best = middle, coded
        else:
            high = middle
    return Outcome(best.decoded, {"bits": 8.0 * counted(best)})
