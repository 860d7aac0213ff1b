"""What is claimed of the shipped networks, three trainings of the same classifier on scenes of two digits.

Rules, written before the full measurement. A run is a training. Each is shown 200 test scenes of its own, whose digits
and photographs are in no training, and is asked about both digits of each. Every method that has a layer to choose
gets the one whose maps point at their digit most often in 200 validation scenes; 4 pixels, half a cell of the last
maps, is the tolerance unless a condition says another. "Known" are scenes whose two largest logits are right.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.blocks import saliency
from zoo.blocks.hooks import scrambled
from zoo.blocks.small_resnet import LAYERS, both_right, seen
from zoo.evidence.grid import Runs
from zoo.evidence.tasks.explanations import TOLERANCE, Hits, best_layers, drawn, hits
from zoo.method import Evidence, Method, Progress, claim

from .actions import PARTS
from .networks import TRAININGS, Networks

SCENES, FEW = 200, 16
TOLERANCES = (2.0, 4.0, 6.0)
RIVALS = ("gradient", "guided backprop")
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
        layers = best_layers(hits(training, "validation", count))
        net = method.pretrained(Networks).trained[training]
        known = both_right(net, drawn("test", training, count))
        rows.append(Measured(hits(training, "test", count, TOLERANCES), known, layers))
    return rows


def shares(rows: list[Measured], what: str, tolerance: float, known: bool = False) -> dict[str, list[float]]:
    """Percent of maps that are `right` or `wrong`, for each method at its layer and each training."""
    every: dict[str, list[float]] = {}
    for row in rows:
        for title, name in row.layers.items():
            hit = getattr(row.hits[title, name][tolerance], what)
            every.setdefault(title, []).append(100 * float(hit[row.known if known else slice(None)].mean()))
    return every


def runs(conditions: dict[str, dict[str, list[float]]]) -> Runs:
    """Shares of every method under every condition."""
    titles = next(iter(conditions.values()))
    values = {title: np.array([each[title] for each in conditions.values()]) for title in titles}
    return Runs(tuple(conditions), values)


@claim(
    "Points into the box of the wrong digit less often than the gradient and guided backprop",
    id="wrong_object", ours="Grad-CAM", against=RIVALS, what="wrong",
    paper="class-discriminative: the abstract, and 61.23 against 44.44 % of people who name the class (summaries)",
    unit="% of maps", baseline="the better of gradient and guided backprop", tuning=TUNING, trials=(4, 1),
)  # fmt: skip
@claim(
    "The weights from gradients do it: equal or shuffled ones point into the wrong digit more often",
    id="weights_matter", ours="Grad-CAM", against=saliency.CONTROLS, what="wrong",
    paper="the weights alpha, which are the mechanism",
    unit="% of maps", baseline="the better of maps added equally, and with shuffled weights", tuning=TUNING,
    trials=(4, 4),
)  # fmt: skip
def discriminative(
    method: Method, quick: bool, progress: Progress, ours: str, against: tuple[str, ...], what: str
) -> Evidence:
    """Shares of maps whose largest value lies in the other digit's box, in all scenes and in those that are known."""
    rows = results(method, quick, progress)
    kinds = {"all scenes": False, "known scenes": True}
    measurement = runs({kind: shares(rows, what, TOLERANCE, known) for kind, known in kinds.items()})
    curve = measurement.curve("", "into the wrong digit (%)")
    return measurement.evidence(ours, against, better="lower", curves={"Wrong digit": curve})


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
@claim(
    "Noisy copies help Grad-CAM++ to point",
    id="smoothing", ours=saliency.SMOOTH, against=("Grad-CAM++",),
    paper="Smooth Grad-CAM++: sharper maps, shown by pictures",
    unit="% of maps", baseline="Grad-CAM++", tuning=TUNING, trials=(4, 4),
    reason="where a mean and a linear layer follow, gradients do not depend on the picture, and noise changes nothing",
)  # fmt: skip
def pointing(
    method: Method, quick: bool, progress: Progress, ours: str, against: tuple[str, ...], reason: str
) -> Evidence:
    """Shares of maps whose largest value lies at most so many pixels from the digit that was asked about."""
    rows = results(method, quick, progress)
    measurement = runs(
        {f"{tolerance:g} pixels": shares(rows, "right", tolerance) for tolerance in TOLERANCES}
    )
    curve = measurement.curve("tolerance (pixels)", "at its digit (%)", x=TOLERANCES)
    return measurement.evidence(ours, against, curves={"Pointing game": curve}, reason=reason)


@claim(
    "At early layers NormGrad points at its digit more often than Grad-CAM there",
    paper="NormGrad: useful maps from early layers",
    unit="% of maps", baseline="Grad-CAM of the same layer", tuning="nothing to tune", trials=(0, 0),
)  # fmt: skip
def early_layers(method: Method, quick: bool, progress: Progress) -> Evidence:
    """Hits of the maps of each of the first two blocks; the curve has all four."""
    every = [
        hits(training, "test", FEW if quick else SCENES, TOLERANCES)
        for training in range(1 if quick else TRAININGS)
    ]
    titles = ("NormGrad", "Grad-CAM", "selective NormGrad", "HiResCAM")

    def hit(title: str, name: str) -> list[float]:
        return [100 * float(each[title, name][TOLERANCE].right.mean()) for each in every]

    by_layer = {
        f"layer {n}": {title: hit(title, name) for title in titles} for n, name in enumerate(LAYERS, 1)
    }
    early = runs(dict(list(by_layer.items())[:2]))
    curve = runs(by_layer).curve("", "at its digit (%)")
    return early.evidence("NormGrad", "Grad-CAM", curves={"Layer by layer": curve})


@claim(
    "Its maps change more than guided backprop's when weights are scrambled",
    paper="not this paper's: the check of Adebayo et al. 2018",
    unit="rank correlation", baseline="guided backprop", tuning="nothing to tune", trials=(0, 0),
)  # fmt: skip
def notices(method: Method, quick: bool, progress: Progress) -> Evidence:
    """Mean rank correlation of the maps of a trained and a scrambled network, about first digits of test scenes."""
    count = 4 if quick else 50
    titles = ("Grad-CAM", *RIVALS, "NormGrad")
    conditions: dict[str, dict[str, list[float]]] = {part: {title: [] for title in titles} for part in PARTS}
    for training, (part, names) in itertools.product(range(1 if quick else TRAININGS), PARTS.items()):
        shown, net = drawn("test", training, count), method.pretrained(Networks).trained[training]
        given = seen(shown.images), torch.from_numpy(shown.labels[:, 0]), LAYERS[-1:]
        pair = [saliency.explained(each, *given, False) for each in (net, scrambled(net, training, names))]
        for title in titles:
            ours, theirs = (next(iter(each[title].values())).numpy() for each in pair)
            alike = [saliency.likeness(*two) for two in zip(ours, theirs, strict=True)]
            conditions[part][title].append(float(np.mean(alike)))
    measurement = runs(conditions)
    curve = measurement.curve("", "rank correlation with the trained network's map")
    return measurement.evidence("Grad-CAM", "guided backprop", better="lower", curves={"Scrambled": curve})
