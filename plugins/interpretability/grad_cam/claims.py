"""What is claimed of the shipped networks, three trainings of the same classifier on scenes of two digits.

Rules, written before the full measurement. A run is a training. Each is shown 200 test scenes of its own, whose digits
and photographs are in no training, and is asked about both digits of each. Every method that has a layer to choose
gets the one whose maps point at their digit most often in 200 validation scenes; 4 pixels, half a cell of the last
maps, is the tolerance unless a condition says another. "Known" are scenes whose two largest logits are right. Whether
maps know the class is judged among those that point at either digit: whatever points at none is never wrong.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zoo.blocks import saliency
from zoo.blocks.hooks import scrambled, watch
from zoo.blocks.small_resnet import LAYERS, both_right, seen
from zoo.evidence.grid import Runs
from zoo.evidence.tasks.explanations import OCCLUSION, TOLERANCE, Hits, best_layers, drawn, hits
from zoo.method import Evidence, Method, Progress, claim

from .actions import PARTS
from .networks import TRAININGS, Networks

SCENES, FEW = 200, 16
TOLERANCES = (2.0, 4.0, 6.0)
RIVALS = ("gradient", "guided backprop")
KNOWING = (*RIVALS, OCCLUSION, "selective NormGrad")
UNCUT = "Grad-CAM before its ReLU"
TUNING = "the layer of every method that has one, by hits in 200 validation scenes; gradients have none"
COARSE = "the largest value of a map of 8-pixel cells need not meet strokes of 3 pixels"


class Measured(NamedTuple):
    """Where all maps of a training point; which scenes the network knows, (n,); each method's layer, "" for none."""

    hits: Hits
    known: NDArray[np.bool_]
    layers: dict[str, str]


def results(method: Method, quick: bool, progress: Progress) -> list[Measured]:
    """Each training on its test scenes."""
    rows, count = [], FEW if quick else SCENES
    for training in range(1 if quick else TRAININGS):
        progress(training / TRAININGS, f"network {training + 1}")
        layers = best_layers(hits(training, "validation", count)) | {OCCLUSION: ""}
        net = method.pretrained(Networks).trained[training]
        known = both_right(net, drawn("test", training, count))
        rows.append(Measured(hits(training, "test", count, TOLERANCES), known, layers))
    return rows


def shares(
    rows: list[Measured], tolerance: float, mistaken: bool = False, known: bool = False
) -> dict[str, list[float]]:
    """Percent of maps that are right, or mistaken among right and wrong ones, by method and training."""
    every: dict[str, list[float]] = {}
    for row in rows:
        for title, name in row.layers.items():
            hit, chosen = row.hits[title, name][tolerance], row.known if known else slice(None)
            right, wrong = int(hit.right[chosen].sum()), int(hit.wrong[chosen].sum())
            share = wrong / max(right + wrong, 1) if mistaken else right / hit.right[chosen].size
            every.setdefault(title, []).append(100 * share)
    return every


def runs(conditions: dict[str, dict[str, list[float]]]) -> Runs:
    """Shares of every method under every condition."""
    titles = next(iter(conditions.values()))
    values = {title: np.array([each[title] for each in conditions.values()]) for title in titles}
    return Runs(tuple(conditions), values)


@claim(
    "When it points at a digit, it is the wrong one less often than by gradients, occlusion or selective NormGrad",
    id="wrong_object", ours="Grad-CAM", against=KNOWING,
    paper="class-discriminative: the abstract, and 61.23 against 44.44 % of people who name the class (summaries)",
    unit="% of maps at a digit", baseline="the best of gradient, guided backprop, occlusion and selective NormGrad",
    tuning=TUNING, trials=(4, 4), reason="occlusion, which needs no gradients, is wrong as rarely",
)  # fmt: skip
@claim(
    "Exact weights do it: with signs or positive ones alone, or another network's, more maps are at the wrong digit",
    id="weights_matter", ours="Grad-CAM", against=saliency.CONTROLS,
    paper="the weights alpha, which are the mechanism",
    unit="% of maps at a digit", baseline="the best of signs, positive weights and another network's", tuning=TUNING,
    trials=(4, 4), reason="which maps speak for the class and which against it is enough; how much is not needed",
)  # fmt: skip
def discriminative(
    method: Method, quick: bool, progress: Progress, ours: str, against: tuple[str, ...], reason: str
) -> Evidence:
    """Of maps whose largest value is at a digit, the share at the other one, in all scenes and in known ones."""
    rows = results(method, quick, progress)
    kinds = {"all scenes": False, "known scenes": True}
    measurement = runs({kind: shares(rows, TOLERANCE, True, known) for kind, known in kinds.items()})
    curve = measurement.curve("", "at the wrong digit, of those at either (%)")
    return measurement.evidence(ours, against, better="lower", curves={"Wrong digit": curve}, reason=reason)


@claim(
    "Points at its digit more often than the gradient and guided backprop",
    id="pointing", ours="Grad-CAM", against=RIVALS,
    paper="pointing game 70.58 against 60.30 of c-MWP (summaries); TorchRay: 90.4 against 77.2 of guided backprop",
    unit="% of maps", baseline="the better of gradient and guided backprop", tuning=TUNING, trials=(4, 1),
    reason=COARSE,
)  # fmt: skip
@claim(
    "Times guided backprop it points more often than guided backprop alone",
    id="guided", ours="Guided Grad-CAM", against=("guided backprop",),
    paper="Guided Grad-CAM is both fine and class-discriminative",
    unit="% of maps", baseline="guided backprop", tuning=TUNING, trials=(4, 1), reason="",
)  # fmt: skip
def pointing(
    method: Method, quick: bool, progress: Progress, ours: str, against: tuple[str, ...], reason: str
) -> Evidence:
    """Shares of maps whose largest value lies at most so many pixels from the digit that was asked about."""
    rows = results(method, quick, progress)
    measurement = runs({f"{tolerance:g} pixels": shares(rows, tolerance) for tolerance in TOLERANCES})
    curve = measurement.curve("tolerance (pixels)", "at its digit (%)", x=TOLERANCES)
    return measurement.evidence(ours, against, curves={"Pointing game": curve}, reason=reason)


@claim(
    "At early layers NormGrad points at its digit more often than Grad-CAM, HiResCAM and gradients alone there",
    id="early_layers", ours="NormGrad", against=("Grad-CAM", "HiResCAM", saliency.ALONE), early=2,
    paper="NormGrad: useful maps from early layers",
    unit="% of maps", baseline="the best of Grad-CAM, HiResCAM and gradients alone at the same layer",
    tuning="nothing to tune", trials=(0, 0), reason="gradients of one place are sharp there in HiResCAM as well",
)  # fmt: skip
@claim(
    "At layers before the last, noisy copies help Grad-CAM++ to point",
    id="smoothing", ours=saliency.SMOOTH, against=("Grad-CAM++",), early=3,
    paper="Smooth Grad-CAM++: sharper maps, shown by pictures; at the last layer here the two are the same",
    unit="% of maps", baseline="Grad-CAM++ of the same layer", tuning="nothing to tune", trials=(0, 0), reason="",
)  # fmt: skip
def early_layers(
    method: Method,
    quick: bool,
    progress: Progress,
    ours: str,
    against: tuple[str, ...],
    early: int,
    reason: str,
) -> Evidence:
    """Hits of the maps of each of so many first blocks; the curve has all four."""
    every = [
        hits(training, "test", FEW if quick else SCENES, TOLERANCES)
        for training in range(1 if quick else TRAININGS)
    ]
    by_layer = {
        f"layer {number}": {
            title: [100 * float(each[title, name][TOLERANCE].right.mean()) for each in every]
            for title in dict.fromkeys((ours, *against, "selective NormGrad"))
        }
        for number, name in enumerate(LAYERS, 1)
    }
    curve = runs(by_layer).curve("", "at its digit (%)")
    measurement = runs(dict(list(by_layer.items())[:early]))
    return measurement.evidence(ours, against, curves={"Layer by layer": curve}, reason=reason)


@claim(
    "When weights are scrambled its map, before the ReLU, changes more than guided backprop's",
    paper="not this paper's: the check of Adebayo et al. 2018",
    unit="size of the rank correlation", baseline="guided backprop", tuning="nothing to tune", trials=(0, 0),
)  # fmt: skip
def notices(method: Method, quick: bool, progress: Progress) -> Evidence:
    """Mean size of the rank correlation of the maps of a trained and a scrambled network, about first digits.

    Grad-CAM's are taken before its ReLU: after it many maps of a scrambled network are empty, which is like nothing
    without having changed; how many is the second curve.
    """
    count = 4 if quick else 50
    conditions: dict[str, dict[str, list[float]]] = {part: {} for part in PARTS}
    empty: dict[str, list[float]] = {part: [] for part in PARTS}
    for training, (part, names) in itertools.product(range(1 if quick else TRAININGS), PARTS.items()):
        shown, net = drawn("test", training, count), method.pretrained(Networks).trained[training]
        given = seen(shown.images), torch.from_numpy(shown.labels[:, 0])
        before, after = (uncut(each, *given) for each in (net, scrambled(net, training, names)))
        empty[part].append(100 * float((after[UNCUT].amax((1, 2)) <= 0).float().mean()))
        for title, maps in before.items():
            pairs = zip(maps.numpy(), after[title].numpy(), strict=True)
            alike = float(np.mean([abs(saliency.likeness(*pair)) for pair in pairs]))
            conditions[part].setdefault(title, []).append(alike)
    measurement = runs(conditions)
    curve = measurement.curve("", "size of the rank correlation with the trained network's map")
    shares = runs({part: {"Grad-CAM": each} for part, each in empty.items()})
    curves = {"Scrambled": curve, "Empty": shares.curve("", "empty maps of the scrambled network (%)")}
    return measurement.evidence(UNCUT, "guided backprop", better="lower", curves=curves)


def uncut(net: nn.Module, images: torch.Tensor, classes: torch.Tensor) -> dict[str, torch.Tensor]:
    """Maps (n, h, h) of the last block and of the picture, Grad-CAM's before its ReLU."""
    watched = watch(net, images, LAYERS[-1:], classes)
    maps, slopes, side = watched.maps[LAYERS[-1]], watched.gradients[LAYERS[-1]], images.shape[-1]
    heats = {UNCUT: saliency.weighted(maps, slopes), "NormGrad": saliency.norm_grad(maps, slopes)}
    whole = saliency.plain(net, images, classes)
    return {title: saliency.full(each, side) for title, each in heats.items()} | {
        name: whole[name] for name in RIVALS
    }
