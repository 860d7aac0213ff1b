"""What frozen features know: encoders of the zoo on the same pictures, under the same probes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import zoo.data
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

ASKED = 400
"""Pictures whose class is asked."""
SCENES = 60
"""Scenes that are asked about, and as many with masks to learn from."""
PLACES = 6_000
"""Places of scenes that a dense probe learns from."""
PENALTY, STEPS = 1e-2, 60
"""Of all probes; features are standardised, so that they suit every encoder alike."""


@dataclass(frozen=True)
class Work:
    """What encoders are given: pictures of things, and scenes of several.

    Attributes:
        pictures: uint8 (n, 32, 32, 3): those with labels first, then `ASKED` others.
        scenes: uint8 (2 SCENES, 128, 128, 3): those with masks first.
    """

    pictures: NDArray[np.uint8]
    scenes: NDArray[np.uint8]


@dataclass(frozen=True)
class Features:
    """What an encoder makes of them.

    Attributes:
        pictures: (n, p).
        scenes: on a grid of any size, (2 SCENES, h, w, q).
    """

    pictures: NDArray
    scenes: NDArray


class FrozenFeatures(Task):
    """Pictures and scenes as features that are not changed any more, judged by what the simplest readers make of them.

    Pictures are of CIFAR-10, a class each; scenes are stamps on photographs, with masks. Those asked about are in no
    encoder's training.
    """

    title = "Frozen features"
    family = "selfsupervised"
    data = "test pictures of CIFAR-10 and test scenes, three draws"
    dial = Dial("labels", "Labelled pictures", "", (100, 1000), 1000, whole=True)
    scores = (
        Score("dense", "Mean IoU of a linear probe of places", "%", "higher"),
        Score("linear", "Accuracy of a linear probe", "%", "higher"),
        Score("neighbours", "Accuracy of 20 nearest neighbours", "%", "higher"),
    )

    def baselines(self) -> Mapping[str, Run]:
        """Pixels, gradients by hand, and timm's ResNet-18 that learned nothing."""
        return {
            "Pixels": functools.partial(_encoded, _pixels),
            "Colours and gradients by hand": functools.partial(_encoded, _gradients),
            "Untrained ResNet-18": functools.partial(_encoded, _untrained),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """A draw of pictures and scenes each."""
        for seed in range(1 if quick else 3):
            yield Item("cifar10, scenes", seed)

    def judge(self, given: int, outcome: Outcome) -> dict[str, float]:
        """Scores in percent; `made` is the features, and the dial."""
        from zoo.blocks.dense_probes import dense_probe, mean_iou  # what listing tasks does without
        from zoo.blocks.probes import linear_probe, nearest_neighbours

        features, dial = outcome.made
        known, (labels, masks) = int(dial), truth(given, dial)
        probe = linear_probe(features.pictures[:known], labels[:known], PENALTY, STEPS)
        near = nearest_neighbours(features.pictures[:known], labels[:known], features.pictures[known:])
        said = dense_probe(
            features.scenes[:SCENES], masks[:SCENES], features.scenes[SCENES:], masks.shape[1:], places=PLACES,
            penalty=PENALTY, steps=STEPS,
        )  # fmt: skip
        return {
            "dense": 100 * mean_iou(said, masks[SCENES:], 2),
            "linear": 100 * probe.accuracy(features.pictures[known:], labels[known:]),
            "neighbours": 100 * float((near == labels[known:]).mean()),
        }


def _drawn(seed: int, dial: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which test pictures and which test scenes a draw has; those asked about do not depend on the dial."""
    rng = np.random.default_rng(seed)
    pictures, scenes = rng.permutation(10_000), rng.permutation(1_000)[: 2 * SCENES]
    return np.concatenate([pictures[ASKED:][: int(dial)], pictures[:ASKED]]), scenes


def work(seed: int, dial: float) -> Work:
    """The pictures and scenes of a draw."""
    pictures, scenes = _drawn(seed, dial)
    images = (zoo.data.load(name, split="test").images for name in ("cifar10", "scenes"))
    return Work(*(np.asarray(split[rows]) for split, rows in zip(images, (pictures, scenes), strict=True)))


def truth(seed: int, dial: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Classes of the pictures (n,), and where a thing is in the scenes, 0 or 1, (2 SCENES, 128, 128)."""
    pictures, scenes = _drawn(seed, dial)
    masks = zoo.data.load("scenes", split="test").masks[scenes]
    return np.asarray(zoo.data.load("cifar10", split="test").labels[pictures]), (masks > 0).astype(np.int64)


# ---------------------------------------------------------------------------------------------------------
# Baselines


def _encoded(encode: Callable[[Work], tuple[NDArray, NDArray]], seed: int, dial: float) -> Outcome:
    given = work(seed, dial)
    return Outcome((Features(*encode(given)), dial))


def _cells(pictures: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Squares of side x side pixels, (n, h / side, w / side, side, side, 3), 0 to 1."""
    count, height, width, _ = pictures.shape
    shape = (count, height // side, side, width // side, side, 3)
    return (pictures / 255).reshape(shape).transpose(0, 1, 3, 2, 4, 5)


def _pixels(given: Work) -> tuple[NDArray, NDArray]:
    """Pixels at an eighth of a picture; the pixels around each place at a quarter of a scene's resolution."""
    small = _cells(given.pictures, 4).mean((3, 4)).reshape(len(given.pictures), -1)
    fine = _cells(given.scenes, 8)
    quarters = fine.reshape(*fine.shape[:3], 2, 4, 2, 4, 3).mean((4, 6))
    return small, quarters.reshape(*fine.shape[:3], -1)


def _gradients(given: Work) -> tuple[NDArray, NDArray]:
    """Mean colours, their deviations and directions of gradients, of each place and its neighbours."""
    pictures = _described(given.pictures, 8)
    scenes = _described(given.scenes, 8)
    padded = np.pad(scenes, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = scenes.shape[1:3]
    around = [padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return pictures.reshape(len(pictures), -1), np.concatenate(around, 3)


def _described(pictures: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    down, across = np.gradient(pictures.mean(3) / 255, axis=(1, 2))
    bins = (np.arctan2(down, across) % np.pi * 8 / np.pi).astype(int).clip(0, 7)
    strength = np.hypot(down, across)[..., None] * (bins[..., None] == np.arange(8))
    count, height, width, _ = strength.shape
    histograms = strength.reshape(count, height // side, side, width // side, side, 8).sum((2, 4))
    cells = _cells(pictures, side)
    return np.concatenate([np.sqrt(histograms), cells.mean((3, 4)), cells.std((3, 4))], 3)


@functools.lru_cache(maxsize=1)
def _resnet() -> Any:
    import timm

    from zoo.blocks.seeded import seeded

    with seeded(0):
        return timm.create_model("resnet18", num_classes=0, global_pool="", output_stride=8).eval()


def _untrained(given: Work) -> tuple[NDArray, NDArray]:
    """Features after the second of four stages, an eighth of the resolution; pictures at 64 pixels, their mean."""
    import torch

    from zoo.blocks.two_views import as_pictures, standardised

    def grid(pictures: NDArray[np.uint8], times: int) -> NDArray:
        views = standardised(as_pictures(pictures)).repeat_interleave(times, 2).repeat_interleave(times, 3)
        with torch.inference_mode():
            parts = [
                _resnet().forward_intermediates(part, [2], intermediates_only=True)[0]
                for part in views.split(50)
            ]
        return torch.cat(parts).permute(0, 2, 3, 1).numpy()

    return grid(given.pictures, 2).mean((1, 2)), grid(given.scenes, 1)
