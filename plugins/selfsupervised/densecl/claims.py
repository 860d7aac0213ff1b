"""What DenseCL claims, measured on the shipped encoders: three trainings of each arm, from the same starts.

Rules, written before the full measurement: a run is a training; ours and a rival began with the same encoder and were
given the same views in the same order. Probes learn from training scenes and are asked about test scenes, whose stamps
and photographs are in no training.
"""

from __future__ import annotations

import functools
import itertools
import time

import numpy as np
import torch
import torch.nn.functional as F

from zoo import data
from zoo.blocks.probes import PENALTIES
from zoo.blocks.two_views import as_pictures, cut, drawn_crops, standardised
from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Method, Progress, claim

from . import model, places, probing
from .actions import right
from .networks import ARMS, TRAININGS, Networks

CONTENDERS = (*ARMS, "untrained", "supervised")
LABELLED = (50, 200)
"""Scenes that dense probes learn from."""
TUNING = (
    "none of its own: optimiser, learning rate, queue, momentum and views were set for DenseCL and serve both"
)


SHORT = (
    "The trainings had about 40 epochs of 3,500 small scenes, in batches of 32, where the paper has 200 to 800 of"
    " over 100,000 photographs in batches of 256."
)
"""Said of claims about the encoders that do not hold."""


def encoder(networks: Networks, name: str, training: int) -> model.Encoder:
    """An arm of a training, the supervised encoder, or one as an arm's training began."""
    if name != "untrained":
        return networks.encoder(name, training)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training)
        return model.Encoder().eval()


@claim(
    "Things are found by a linear probe of places better than after MoCo v2",
    id="dense_transfer", against="moco",
    paper="segmentation on PASCAL VOC, 67.5 against 64.5 mIoU after COCO",
    unit="% mean IoU", baseline="MoCo v2, the same training with λ = 0", tuning=TUNING, trials=(2, 1),
)  # fmt: skip
@claim(
    "Matching places by similarity does the work: places matched at random do not do as well",
    id="matching_matters", against="random",
    paper="dense correspondence across views",
    unit="% mean IoU", baseline="the same loss with every place matched to a random one", tuning=TUNING, trials=(2, 0),
)  # fmt: skip
@claim(
    "Training is worth something: the same encoder without any does not do as well",
    id="beats_untrained", against="untrained",
    paper="pre-training against none",
    unit="% mean IoU", baseline="the encoder as its training began", tuning="nothing to tune", trials=(0, 0),
)  # fmt: skip
def dense_transfer(method: Method, quick: bool, progress: Progress, against: str) -> Evidence:
    """Mean IoU of thing and photograph on test scenes; the probe learns from as many scenes as a condition says."""
    counts = (10,) if quick else LABELLED
    names = ("densecl", "moco", "random", "untrained") if quick else CONTENDERS
    runs = _transfers(
        method.pretrained(Networks), counts, names, 2 if quick else TRAININGS, 15 if quick else 200
    )
    curve = runs.curve("labelled scenes", "mean IoU (%)", x=counts)
    return runs.evidence("densecl", against, curves={"Test scenes": curve}, reason=SHORT)


@functools.lru_cache(maxsize=2)
def _transfers(
    networks: Networks, counts: tuple[int, ...], names: tuple[str, ...], trainings: int, asked: int
) -> Runs:
    """Features of each encoder once, and a probe of them for each count."""
    learned, others = data.load("scenes", split="train"), data.load("scenes", split="test")
    known = probing.Scenes.of(learned, slice(0, max(counts)))
    questions = probing.Scenes.of(others, slice(0, asked))
    values = {name: np.zeros((len(counts), trainings)) for name in names}
    for name, training in itertools.product(names, range(trainings)):
        if name == "supervised" and training:  # there is one
            values[name][:, training] = values[name][:, 0]
            continue
        network = encoder(networks, name, training)
        features = [probing.dense(network, scenes.images) for scenes in (known, questions)]
        for row, count in enumerate(counts):
            values[name][row, training] = probing.transfer(*features, known, questions, count, training)
    return Runs(tuple(f"{count} labelled scenes" for count in counts), values)


@claim(
    "Finds the same place in another view more often than MoCo v2",
    id="correspondence", against="moco",
    paper="the correspondence that the dense loss rests on",
    unit="% of places matched to within a cell", baseline="MoCo v2, the same training with λ = 0", tuning=TUNING,
    trials=(2, 1),
)  # fmt: skip
@claim(
    "Finds it more often than after training on places matched at random",
    id="correspondence_matching", against="random",
    paper="dense correspondence across views",
    unit="% of places matched to within a cell", baseline="the same loss with random matches", tuning=TUNING,
    trials=(2, 0),
)  # fmt: skip
def correspondence(method: Method, quick: bool, progress: Progress, against: str) -> Evidence:
    """Mirrored crops of test scenes against the whole, both at three sizes; where each place lies is known."""
    sides, trainings = ((64,), 2) if quick else ((64, 96, 128), TRAININGS)
    runs = _matches(method.pretrained(Networks), sides, trainings, 8 if quick else 60)
    curve = runs.curve("pixels of a side", "places matched (%)", x=sides)
    return runs.evidence("densecl", against, curves={"Test scenes": curve}, reason=SHORT)


@functools.lru_cache(maxsize=2)
def _matches(networks: Networks, sides: tuple[int, ...], trainings: int, count: int) -> Runs:
    def measure(side: int, training: int) -> dict[str, float]:
        return _matched(networks, count, side, training)

    return paired({f"{side} pixels": side for side in sides}, range(trainings), measure)


@torch.inference_mode()
def _matched(networks: Networks, count: int, side: int, training: int) -> dict[str, float]:
    scenes = as_pictures(np.asarray(data.load("scenes", split="test").images[:count]))
    pictures = F.interpolate(scenes, size=(side, side), mode="bilinear", antialias=True)
    crops = drawn_crops(np.random.default_rng(training), count, area=(0.3, 0.6))
    views, cells = cut(pictures, crops, side, side), side // places.CELL
    truths = crops.places(cells, cells) * cells - 0.5
    shares: dict[str, float] = {}
    for name in CONTENDERS:
        network = encoder(networks, name, training)
        ours, theirs = (model.directions(network(standardised(part))) for part in (pictures, views))
        grids = zip(*(part.unflatten(1, (cells, cells)) for part in (theirs, ours)), truths, strict=True)
        matched = [right(places.everywhere(other, whole), None, truth) for other, whole, truth in grids]
        shares[name] = 100 * float(np.mean(matched))
    return shares


@claim(
    "Whole pictures are named at most four points worse than after MoCo v2",
    paper="ImageNet linear probe of whole pictures (63.5 % in OpenMMLab's run)",
    unit="% accuracy", baseline="MoCo v2, the same training with λ = 0",
    tuning="the probe's penalty, for each encoder by itself on a fifth of its labelled pictures",
    trials=(3, 3), data=("cifar10",),
)  # fmt: skip
def pictures_named(method: Method, quick: bool, progress: Progress) -> Evidence:
    """Accuracy of a linear probe of mean features on test pictures of CIFAR-10."""
    networks, names = method.pretrained(Networks), ("densecl", "moco") if quick else CONTENDERS
    counts, asked = ((60,), 60) if quick else ((1_000,), 500)
    trainings, penalties = (2, PENALTIES[-1:]) if quick else (TRAININGS, PENALTIES[2:])
    values = {name: np.zeros((len(counts), trainings)) for name in names}
    for name, training in itertools.product(names, range(trainings)):
        progress(training / trainings, f"{name}, training {training}")
        scores = probing.accuracies(encoder(networks, name, training), counts, asked, penalties)
        values[name][:, training] = scores
    runs = Runs(tuple(f"{count:,} labelled" for count in counts), values)
    curve = runs.curve("labelled pictures", "accuracy (%)", x=counts)
    return runs.evidence("densecl", "moco", margin=-4.0, curves={"CIFAR-10": curve}, reason=SHORT)


@claim(
    "A step takes at most five percent longer than one of MoCo v2",
    paper="under 1 % slower with ResNet-50",
    unit="% of a step of MoCo v2", baseline="five percent",
    timed=True, data=("synthetic",), tuning="nothing to tune", trials=(0, 0),
)  # fmt: skip
def step_time(method: Method, quick: bool, progress: Progress) -> Evidence:
    """Steps of both in turn on one thread, on our narrow encoder and on the paper's at its size of view."""
    sizes = {"our encoder, 48 pixels": (None, 48, 16, 1024)}
    if not quick:
        sizes["ResNet-50, 224 pixels"] = ("resnet50", 224, 2, 4096)
    runs = paired(sizes, range(2 if quick else 3), _steps, progress)
    return runs.evidence(
        "longer", 5.0, better="lower",
        reason="The dense term costs the same whatever the encoder does. Beside an encoder of a fifth of a million"
        " numbers it is not small.",
    )  # fmt: skip


def _steps(size: tuple[str | None, int, int, int], seed: int) -> dict[str, float]:
    """How much longer a step of DenseCL takes, in percent, after one of each that is not counted."""
    name, side, batch, queue = size
    rng, threads = np.random.default_rng(seed), torch.get_num_threads()
    views = [torch.from_numpy(rng.normal(size=(batch, 3, side, side)).astype(np.float32)) for _ in range(2)]
    torch.set_num_threads(1)
    try:
        arms = [_timed_arm(name, share, queue) for share in (0.5, 0.0)]
        seconds = [[], []]
        for _ in range(2):
            for arm, spent in zip(arms, seconds, strict=True):
                begin = time.process_time()
                arm.zero_grad()
                arm.loss(*views).backward()
                spent.append(time.process_time() - begin)
    finally:
        torch.set_num_threads(threads)
    dense, plain = (min(spent[1:]) for spent in seconds)
    return {"longer": 100 * (dense / plain - 1)}


def _timed_arm(name: str | None, share: float, queue: int) -> model.Contrast:
    """An arm around our encoder, or around one of timm's with heads as wide as the paper's."""
    torch.manual_seed(0)
    if name is None:
        return model.Contrast(model.Encoder(), share, queue=queue)
    import timm

    wide = timm.create_model(name, num_classes=0, global_pool="")
    wide.channels = wide.num_features
    return model.Contrast(wide, share, queue=queue, hidden=2048, size=128)
