"""What the actions do."""

from __future__ import annotations

import itertools
from typing import Any

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

FIRST = ("Grad-CAM", "gradient", "guided backprop", "Guided Grad-CAM")
SHOWN = (*FIRST, "Grad-CAM++", SMOOTH, "NormGrad", "selective NormGrad")
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
    with torch.inference_mode():
        said = learned(seen(shown.images))[0]
    names = [name_of(shown, place, said) for place in (0, 1)]
    asked = torch.tensor([names[side]])
    net = learned if scramble == "nothing" else scrambled(learned, 0, PARTS[scramble])
    maps, before = (mapped(each, shown, asked, LAYERS[int(layer) - 1]) for each in (net, learned))
    marks = {title: verdict(each, shown, side) for title, each in maps.items()}
    digits = [f"the {names[side]}", f"the {names[1 - side]}"]
    words = {
        "its digit": digits[0],
        "the other digit": digits[1],
        "neither": "neither",
        "nothing": "nothing, for its map is empty",
    }
    seen_as = (
        f", your drawing being taken for a {names[int(shown.labels[0, 1] == scene_pool.UNKNOWN)]}"
        if drawing is not None
        else ""
    )
    shuffled = "" if scramble == "nothing" else f" with {scramble} scrambled"
    text = (
        f"Asked about {digits[0]} beside {digits[1]}{seen_as}{shuffled}, Grad-CAM points at {words[marks['Grad-CAM']]},"
        f" the gradient at {words[marks['gradient']]}, guided backprop at {words[marks['guided backprop']]}."
    )
    own, other = (
        {title: 100 * inside(each, shown.boxes[0, place]) for title, each in maps.items()}
        for place in (side, 1 - side)
    )
    columns: list[tuple[str, Any, str]] = [
        ("points at", {title: words[mark] for title, mark in marks.items()}, "")
    ]
    columns += [("inside its box", own, "%"), ("inside the other's box", other, "%")]
    if scramble != "nothing":
        alike = {title: likeness(maps[title], before[title]) for title in maps if marks[title] != "nothing"}
        columns.append(("like the trained network's map", alike, ""))
    rows: list[Any] = [
        (f"{what} | {title}", each[title], unit) for what, each, unit in columns for title in each
    ]
    for place in (side, 1 - side):
        rows.append((f"probability of the {names[place]}", 100 * float(said[names[place]].sigmoid()), "%"))
    first, second = figures.overlays(shown, side, maps, marks, None if scramble == "nothing" else before)
    return Mapped(
        summary=text,
        maps=first, others=second, shares=figures.shares(own, other, digits), metrics=Metrics(rows),
    )  # fmt: skip


def name_of(shown: Scenes, place: int, said: torch.Tensor) -> int:
    """The class of the left or the right thing; of a drawing what the network takes it for, the other digit apart."""
    label, other = int(shown.labels[0, place]), int(shown.labels[0, 1 - place])
    if label != scene_pool.UNKNOWN:
        return label
    return int(next(rank for rank in said.argsort(descending=True) if rank != other))


def mapped(net: nn.Module, shown: Scenes, asked: torch.Tensor, layer: str) -> dict[str, NDArray]:
    """All shown maps of a scene, each (h, w)."""
    every = explained(net, seen(shown.images), asked, [layer])
    return {title: next(iter(every[title].values()))[0].numpy() for title in SHOWN}


def verdict(values: NDArray, shown: Scenes, side: int) -> str:
    """What a map points at; one that is the same everywhere is empty and points at nothing."""
    hit = pointed(np.stack([values, values])[None], shown, TOLERANCE)
    if values.max() <= values.min():
        return "nothing"
    return "its digit" if hit.right[0, side] else "the other digit" if hit.wrong[0, side] else "neither"


def layers(method: GradCam, seed: int, about: str, scenes: int, training: int) -> Layered:
    """See ``GradCam.layers``."""
    shown, side, net = scene_pool.scene(seed), int(about == "the right digit"), method.network(training - 1)
    every = explained(
        net, seen(shown.images), torch.from_numpy(shown.labels[:, side]), LAYERS, smoothed=False
    )
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
    ends = [right[title, name] for title in LAYERWISE[:2] for name in (LAYERS[0], LAYERS[-1])]
    text = (
        "In {} scenes Grad-CAM points at its digit {:.0f}% of the time by layer 1 and {:.0f}% by layer 4; NormGrad"
        " {:.0f}% and {:.0f}%."
    ).format(scenes, *ends)
    scores = figures.scoreboard(right, wrong, LAYERWISE, LAYERS)
    return Layered(summary=text, maps=Image(table(shown, side, maps)), scores=scores, metrics=Metrics(rows))


def scoreboard(net: nn.Module, count: int, seed: int) -> dict[tuple[str, str], Pointed]:
    """Where maps point in scenes of the page's pool, by method and layer."""
    others = scenes(scene_pool.pool(), count, seed)
    every = about_both(net, seen(others.images), torch.from_numpy(others.labels), LAYERS, smoothed=False)
    keys = itertools.product(LAYERWISE, LAYERS)
    return {(title, name): pointed(every[title][name].numpy(), others, TOLERANCE) for title, name in keys}
