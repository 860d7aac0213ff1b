"""Explanations: maps of where a network sees one of two digits, checked against where that digit is."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo import registry
from zoo.blocks.two_objects import SIDE, Part, Pointed, Scenes, pieces, pointed, scenes
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

if TYPE_CHECKING:
    from torch import Tensor, nn

TRAININGS = 3
TOLERANCE = 4.0
"""Half a cell of the network's last maps, in pixels."""
SEEDS = {"validation": 100, "test": 200}
"""Of the scenes; a training adds its number."""
OCCLUSION, WINDOW, STRIDE = "Occlusion", 12, 4
"""Its name, window and stride in pixels."""
DELETED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""Shares of the pixels, the map's largest first, that deletion takes away."""


@dataclass(frozen=True)
class Work:
    """What contestants explain.

    Attributes:
        net: from pictures to logits; contestants leave it as it is.
        shown: scenes of two digits; contestants look at `images` and `labels` alone.
    """

    net: nn.Module
    shown: Scenes

    def inputs(self) -> tuple[Tensor, Tensor]:
        """Pictures as the network takes them, (n, 3, 64, 64), and the two classes of each, (n, 2)."""
        import torch

        from zoo.blocks.small_resnet import seen

        return seen(self.shown.images), torch.from_numpy(self.shown.labels)


class Explanations(Task):
    """Explanations: where a network sees each of two digits on a photograph.

    Contestants make one map about either digit of every scene. Its largest value should lie on that digit and not on
    the other; and without the pixels that it ranks first the network should no longer see the digit. Ranked by hits
    less hits of the wrong digit: a coin between the two gets none, and so does the middle, which is never wrong.
    """

    title = "Explanations"
    family = "interpretability"
    data = "scenes of two test digits of MNIST on test photographs, three networks"
    dial = Dial("scenes", "Scenes", "", (20, 60), 60, whole=True)
    scores = (
        Score("net", "Hits less wrong ones", "% of maps", "higher"),
        Score("wrong", "Points at the wrong digit", "% of maps", "lower"),
        Score("right", "Points at its digit", "% of maps", "higher"),
        Score("deletion", "Seen without its pixels", "% probability", "lower"),
    )

    def baselines(self) -> Mapping[str, Run]:
        """Gradients, occlusion, and two that look at no network."""
        return {
            "Gradient": functools.partial(_plain, "gradient"),
            "Input x gradient": functools.partial(_plain, "input x gradient"),
            "Guided backprop": functools.partial(_plain, "guided backprop"),
            OCCLUSION: _occlusion,
            "The middle": lambda given, dial: Outcome(guess("the middle", int(dial))),
            "Noise": lambda given, dial: Outcome(guess("noise", int(dial))),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """A network each."""
        for training in range(1 if quick else TRAININGS):
            yield Item(f"network {training + 1}", training)

    def judge(self, given: Any, outcome: Outcome) -> dict[str, float]:
        """Percents; `made` is maps (n, 2, 64, 64) of as many scenes as the dial says."""
        maps = np.asarray(outcome.made)
        asked = work(given, len(maps))
        hits = pointed(maps, asked.shown, TOLERANCE)
        return {
            "net": 100 * float(hits.right.mean() - hits.wrong.mean()),
            "wrong": 100 * float(hits.wrong.mean()),
            "right": 100 * float(hits.right.mean()),
            "deletion": 100 * deletion(asked, maps),
        }


@functools.lru_cache(maxsize=8)
def work(training: int, count: int) -> Work:
    """A network of Grad-CAM's three, and test scenes of its own."""
    return Work(_network(training), drawn("test", training, count))


def _network(training: int) -> nn.Module:
    return registry.load("grad-cam").network(training)  # type: ignore[attr-defined]


def drawn(part: Part, training: int, count: int) -> Scenes:
    """The scenes that a network is shown."""
    return scenes(pieces(part), count, SEEDS[part] + training)


Hits = dict[tuple[str, str], dict[float, Pointed]]
"""Where maps point, by method and layer, and by tolerance in pixels."""


@functools.lru_cache(maxsize=12)
def hits(training: int, part: Part, count: int, tolerances: tuple[float, ...] = (TOLERANCE,)) -> Hits:
    """Where the maps of every method of `zoo.blocks.saliency`, of every layer, point in the scenes of a network.

    Beside them Grad-CAM with something else for its weights, the middle of the picture, noise and occlusion; these
    three have no layer. Occlusion and noisy copies, which choose no layer by validation, are of test scenes alone.
    """
    import torch

    from zoo.blocks import saliency
    from zoo.blocks.small_resnet import LAYERS, seen

    net, shown = _network(training), drawn(part, training, count)
    other = _network((training + 1) % TRAININGS)
    every: dict[tuple[str, str], list[NDArray]] = {}
    for rows in np.array_split(np.arange(count), max(1, count // 25)):
        images, labels = seen(shown.images[rows]), torch.from_numpy(shown.labels[rows])
        maps = saliency.about_both(net, images, labels, LAYERS, smoothed=part == "test")
        maps |= saliency.controls(net, other, images, labels, LAYERS)
        for title, row in maps.items():
            for name, each in row.items():
                every.setdefault((title, name), []).append(each.numpy())
    whole = {key: np.concatenate(parts) for key, parts in every.items()}
    whole |= {(title, ""): guess(title, count) for title in ("the middle", "noise")}
    if part == "test":
        whole[OCCLUSION, ""] = _occlusion(training, count).made
    return {key: {size: pointed(each, shown, size) for size in tolerances} for key, each in whole.items()}


def best_layers(hits: Hits) -> dict[str, str]:
    """Of each method the layer whose maps point at their digit most often; "" where it has none."""
    best: dict[str, tuple[float, str]] = {}
    for (title, name), each in hits.items():
        best[title] = max(best.get(title, (-1.0, "")), (float(each[TOLERANCE].right.mean()), name))
    return {title: name for title, (_, name) in best.items()}


def deletion(asked: Work, maps: NDArray) -> float:
    """Mean probability of the digits where the pixels that maps rank first are blurred away, over `DELETED`."""
    import torch
    from scipy.ndimage import uniform_filter

    images, labels = asked.inputs()
    blurred = torch.from_numpy(uniform_filter(images.numpy(), (0, 0, 31, 31), mode="nearest"))
    ranks = torch.from_numpy((-maps.reshape(*maps.shape[:2], -1)).argsort(2).argsort(2).reshape(maps.shape))
    means = []
    with torch.inference_mode():
        for share in DELETED:
            for side in (0, 1):
                gone = (ranks[:, side] < share * SIDE**2)[:, None]
                logits = asked.net(torch.where(gone, blurred, images))
                means.append(float(logits.gather(1, labels[:, side : side + 1]).sigmoid().mean()))
    return float(np.mean(means))


# ---------------------------------------------------------------------------------------------------------
# Baselines


def _plain(name: str, given: int, dial: float) -> Outcome:
    """A map without a layer, see `zoo.blocks.saliency.plain`."""
    from zoo.blocks.saliency import plain

    asked = work(given, int(dial))
    images, labels = asked.inputs()
    maps = plain(asked.net, images.repeat_interleave(2, 0), labels.flatten())[name]
    return Outcome(maps.unflatten(0, (-1, 2)).numpy())


def _occlusion(given: int, dial: float) -> Outcome:
    """How much a logit falls when a grey window covers a place, mean of all windows over it; Zeiler and Fergus 2014."""
    import torch

    asked = work(given, int(dial))
    images, labels = asked.inputs()
    maps, counts = np.zeros((len(labels), 2, SIDE, SIDE)), np.zeros((SIDE, SIDE))
    with torch.inference_mode():
        whole = asked.net(images).gather(1, labels)
        for top in range(0, SIDE - WINDOW + 1, STRIDE):
            for left in range(0, SIDE - WINDOW + 1, STRIDE):
                covered, area = images.clone(), (slice(top, top + WINDOW), slice(left, left + WINDOW))
                covered[..., area[0], area[1]] = 0  # the mean of what the network learned from
                fall = (whole - asked.net(covered).gather(1, labels)).numpy()
                maps[..., area[0], area[1]] += fall[..., None, None]
                counts[area] += 1
    return Outcome(maps / counts)


def guess(name: str, count: int) -> NDArray[np.float32]:
    """Maps (n, 2, 64, 64) that look at no network: `the middle` of the picture, or `noise`."""
    maps = np.zeros((count, 2, SIDE, SIDE), np.float32)
    if name == "noise":
        return np.random.default_rng(0).random(maps.shape, dtype=np.float32)
    maps[..., SIDE // 2, SIDE // 2] = 1
    return maps
