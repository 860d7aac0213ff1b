"""What the actions do."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zoo.blocks import scene_pool
from zoo.blocks.hooks import scrambled
from zoo.blocks.saliency import SMOOTH, about_both, explained, likeness
from zoo.blocks.scene_pictures import table
from zoo.blocks.small_resnet import LAYERS, seen
from zoo.blocks.two_objects import Pointed, Scenes, inside, pointed, scenes
from zoo.evidence.tasks.explanations import TOLERANCE
from zoo.types import Drawing, Image, Metrics

from . import GradCam, Layered, Mapped, figures

SHOWN = (
    "Grad-CAM", "gradient", "guided backprop", "Guided Grad-CAM", "Grad-CAM++", SMOOTH, "NormGrad",
    "selective NormGrad",
)  # fmt: skip
"""On the page, in this order."""
LAYERWISE = ("Grad-CAM", "NormGrad", "selective NormGrad")
PARTS = {"the last layer": ("fc",), "the last two blocks": ("layer3", "layer4", "fc"), "everything": None}
"""What is scrambled by which choice."""


def point(
    method: GradCam, seed: int, about: str, layer: str, scramble: str, drawing: Drawing | None,
    photo: Image | None, training: int,
) -> Mapped:  # fmt: skip
    """See ``GradCam.point``."""
    shown, side = scene_pool.scene(seed, drawing, photo), int(about == "the right digit")
    learned = method.network(training - 1)
    said = logits(learned, shown.images)[0]
    names = [name_of(shown, place, said) for place in (0, 1)]
    asked = torch.tensor([names[side]])
    net = learned if scramble == "nothing" else scrambled(learned, 0, PARTS[scramble])
    maps, before = (mapped(each, shown, asked, LAYERS[int(layer) - 1]) for each in (net, learned))
    marks = {title: verdict(each, shown, side) for title, each in maps.items()}
    digits = [f"the {names[side]}", f"the {names[1 - side]}"]
    words = {"its digit": digits[0], "the other digit": digits[1], "neither": "neither"}
    seen_as = f", your drawing being taken for a {names[place_of(shown)]}" if drawing is not None else ""
    shuffled = "" if scramble == "nothing" else f" with {scramble} scrambled"
    text = (
        f"Asked about {digits[0]} beside {digits[1]}{seen_as}{shuffled}, Grad-CAM points at {words[marks['Grad-CAM']]},"
        f" the gradient at {words[marks['gradient']]}, guided backprop at {words[marks['guided backprop']]}."
    )
    own, other = (
        {title: 100 * inside(each, shown.boxes[0, place]) for title, each in maps.items()}
        for place in (side, 1 - side)
    )
    rows: list[tuple[str, float | str, str]] = [
        (f"points at | {title}", words[mark], "") for title, mark in marks.items()
    ]
    rows += [(f"inside its box | {title}", own[title], "%") for title in maps]
    rows += [(f"inside the other's box | {title}", other[title], "%") for title in maps]
    if scramble != "nothing":
        rows += [
            (f"like the trained network's map | {title}", likeness(maps[title], before[title]), "")
            for title in maps
        ]
    rows += [
        (f"probability of the {names[place]}", 100 * float(said[names[place]].sigmoid()), "%")
        for place in (side, 1 - side)
    ]
    first, second = figures.overlays(shown, side, maps, marks, None if scramble == "nothing" else before)
    return Mapped(
        summary=text,
        maps=first,
        others=second,
        shares=figures.shares(own, other, digits),
        metrics=Metrics(rows),
    )


@torch.inference_mode()
def logits(net: nn.Module, images: NDArray[np.uint8]) -> torch.Tensor:
    """(n, 10) of pictures (n, h, w, 3)."""
    return net(seen(images))


def name_of(shown: Scenes, place: int, said: torch.Tensor) -> int:
    """The class of the left or the right thing; of a drawing what the network takes it for, the other digit apart."""
    label, other = int(shown.labels[0, place]), int(shown.labels[0, 1 - place])
    if label != scene_pool.UNKNOWN:
        return label
    return int(next(rank for rank in said.argsort(descending=True) if rank != other))


def place_of(shown: Scenes) -> int:
    """0 if a drawing is on the left, else 1."""
    return int(shown.labels[0, 1] == scene_pool.UNKNOWN)


def mapped(net: nn.Module, shown: Scenes, asked: torch.Tensor, layer: str) -> dict[str, NDArray]:
    """All shown maps of a scene, each (h, w)."""
    every = explained(net, seen(shown.images), asked, [layer])
    return {title: next(iter(every[title].values()))[0].numpy() for title in SHOWN}


def verdict(values: NDArray, shown: Scenes, side: int) -> str:
    """What a map points at; one that is the same everywhere points at nothing."""
    hit = both(np.stack([values, values])[None], shown)
    if values.max() <= values.min():
        return "neither"
    return "its digit" if hit.right[0, side] else "the other digit" if hit.wrong[0, side] else "neither"


def both(maps: NDArray, shown: Scenes) -> Pointed:
    """Where maps (n, 2, h, w) about both things point."""
    return pointed(maps, shown, TOLERANCE)


def layers(method: GradCam, seed: int, about: str, scenes: int, training: int) -> Layered:
    """See ``GradCam.layers``."""
    shown, side, net = scene_pool.scene(seed), int(about == "the right digit"), method.network(training - 1)
    asked = torch.from_numpy(shown.labels[:, side])
    every = explained(net, seen(shown.images), asked, LAYERS, smoothed=False)
    maps = {title: [every[title][name][0].numpy() for name in LAYERS] for title in LAYERWISE}
    hits = scoreboard(net, scenes, seed + 1)
    right, wrong = (
        {key: 100 * float(getattr(hit, what).mean()) for key, hit in hits.items()}
        for what in ("right", "wrong")
    )
    rows = [
        (f"{what}, layer {place} | {title}", score[title, name], "%")
        for (what, score), (place, name), title in itertools.product(
            (("at its digit", right), ("into the other's box", wrong)), enumerate(LAYERS, 1), LAYERWISE
        )
    ]
    first, last = LAYERS[0], LAYERS[-1]
    text = (
        f"In {scenes} scenes Grad-CAM points at its digit {right['Grad-CAM', first]:.0f}% of the time by layer 1 and"
        f" {right['Grad-CAM', last]:.0f}% by layer {len(LAYERS)}; NormGrad {right['NormGrad', first]:.0f}% and"
        f" {right['NormGrad', last]:.0f}%."
    )
    return Layered(
        summary=text,
        maps=Image(table(shown, side, maps)),
        scores=figures.scoreboard(right, wrong, LAYERWISE, LAYERS),
        metrics=Metrics(rows),
    )


def scoreboard(net: nn.Module, count: int, seed: int) -> dict[tuple[str, str], Pointed]:
    """Where maps point in scenes of the page's pool, by method and layer."""
    others = scenes(scene_pool.pool(), count, seed)
    every = about_both(net, seen(others.images), torch.from_numpy(others.labels), LAYERS, smoothed=False)
    return {(title, name): both(every[title][name].numpy(), others) for title in LAYERWISE for name in LAYERS}
