"""What FINOLA claims, measured beside principal components, transforms, and networks that lack a part."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from zoo import data
from zoo.blocks.probes import nearest_neighbours, tuned_probe
from zoo.evidence.grid import Runs, paired
from zoo.evidence.task import contest
from zoo.evidence.tasks.image_from_numbers import ImageFromNumbers
from zoo.method import Evidence, Method, Progress, claim

from . import ablations, masked, train
from . import model as finola
from .ablations import Arm, descend
from .networks import Networks

LENGTHS = (8, 16, 32, 64, 128)
PARTS = 10
"""The test pictures are judged in so many parts; the mean of each is one number of the evidence."""


@claim(
    "Describes pictures better than principal components with as many numbers",
    id="beats_components", against="Principal components",
    paper="reconstruction from a single vector", unit="dB PSNR",
    baseline="principal components of the same training pictures",
    tuning="nothing to tune: the leading components of all training pictures",
)  # fmt: skip
@claim(
    "Describes pictures better than a cosine transform with as many numbers",
    id="beats_cosines", against="Cosine transform",
    paper="reconstruction from a single vector", unit="dB PSNR",
    baseline="the cosine coefficients that vary most, in brightness and two colours",
    tuning="which coefficients are kept, by their variance over 5,000 training pictures",
)  # fmt: skip
@claim(
    "Describes pictures better than a wavelet transform with as many numbers",
    id="beats_wavelets", against="Wavelet transform",
    paper="reconstruction from a single vector", unit="dB PSNR",
    baseline="the coefficients of Daubechies' wavelets that vary most, in brightness and two colours",
    tuning="which coefficients are kept, by their variance over 5,000 training pictures",
)  # fmt: skip
def describes_better(quick: bool, progress: Progress, against: str) -> Evidence:
    """PSNR of test pictures from k numbers, as the task measures it, and from k of a transform's; ten parts."""
    rivals = ("Principal components", "Cosine transform", "Wavelet transform")
    runs = contest(ImageFromNumbers, ("FINOLA", *rivals), quick)
    curve = runs.curve("numbers in the code", "PSNR (dB)", x=LENGTHS)
    return runs.evidence("FINOLA", against, curves={"CIFAR-10 test pictures": curve})


@claim(
    "The same at 64 x 64 pixels, on photographs",
    paper="reconstruction from a single vector",
    unit="dB PSNR",
    baseline="principal components of the same training squares",
    tuning="nothing to tune: the leading components of all training squares",
)
def beats_components_at_64(method: Method, quick: bool, progress: Progress) -> Evidence:
    """The same for squares of photographs that were never trained on, 64 x 64 pixels from one vector."""
    networks = method.pretrained(Networks)
    photographs = data.load("photos", split="test").images
    count = 100 if quick else 1_000
    pictures = train.as_input(torch.from_numpy(train.photographs(photographs, count, seed=1)))
    scores = {
        "FINOLA": qualities(networks.large, pictures, progress),
        "principal components": components_quality(networks.large_rival, pictures),
    }
    runs = Runs(
        tuple(f"{k} numbers" for k in LENGTHS),
        {
            name: np.array([[part.mean().item() for part in values.chunk(PARTS)] for values in rows])
            for name, rows in scores.items()
        },
    )
    curve = runs.curve("numbers in the code", "PSNR (dB)", x=LENGTHS)
    return runs.evidence("FINOLA", "principal components", curves={"squares of six photographs": curve})


@lru_cache(maxsize=2)
def test_pictures(count: int) -> Tensor:
    """The first test pictures of CIFAR-10, (count, 3, 32, 32) in [-1, 1]."""
    return train.as_input(torch.from_numpy(data.load("cifar10", split="test").images[:count].copy()))


def quality(decoded: Tensor, pictures: Tensor) -> Tensor:
    """PSNR of each picture, (batch,), in dB."""
    return finola.decibels((decoded.clamp(-1, 1) - pictures).square().mean((1, 2, 3)))


@torch.inference_mode()
def qualities(network: finola.Finola, pictures: Tensor, progress: Progress) -> list[Tensor]:
    """PSNR of each picture at every code length."""
    results: list[list[Tensor]] = [[] for _ in LENGTHS]
    for done, part in enumerate(parts := pictures.split(250)):
        progress(done / len(parts), "measuring codes")
        codes = network.encode(part)
        for k, result in zip(LENGTHS, results, strict=True):
            result.append(quality(network.decode(codes[:, :k]), part))
    return [torch.cat(result) for result in results]


@torch.inference_mode()
def components_quality(rival: finola.Components, pictures: Tensor) -> list[Tensor]:
    """PSNR of each picture from its leading principal components, so many for every code length."""
    coefficients = rival.project(pictures)
    return [quality(rival.unproject(coefficients[:, :k]), pictures) for k in LENGTHS]


# ---------------------------------------------------------------------------------------------------------
# What normalising does to the shipped network


@claim(
    "A cell is divided by its own deviation, which no mean can stand for",
    paper="norm+linear is more than linear",
    unit="dB PSNR",
    baseline="the same network, with the deviation held at a mean over training pictures",
)
def normalising_acts(method: Method, quick: bool, progress: Progress) -> Evidence:
    """PSNR of test pictures as they grow, and with the deviation that a cell is divided by held at a mean.

    Nothing is trained again. The means are those of 1,000 training pictures: one for all cells, and one for each.
    """
    networks = method.pretrained(Networks)
    network, pictures = networks.small, test_pictures(300 if quick else 3_000)
    sample = train.as_input(torch.from_numpy(data.load("cifar10").images[:1_000].copy()))
    with torch.inference_mode():
        typical = network.grow(network.q(network.encode(sample))).std(-1, unbiased=False).mean(0)
        q = network.q(network.encode(pictures))
        scores = [
            quality(network.decoder(grown), pictures)
            for grown in (
                network.grow(q),
                grow_at(network, q, typical.mean().expand_as(typical)),
                grow_at(network, q, typical),
            )
        ]
    ours, common, each = (tuple(part.mean().item() for part in values.chunk(PARTS)) for values in scores)
    return Evidence(
        ours=(ours, ours),
        baseline=(common, each),
        conditions=("one mean for all cells", "each cell's own mean over pictures"),
        reason="Where a cell's own mean over pictures does as well as its deviation, the map is linear in the code,"
        " with a scale for each place: the network learned by itself to keep the deviation of a place nearly the"
        " same for all pictures.",
    )


def grow_at(network: finola.Finola, q: Tensor, deviation: Tensor) -> Tensor:
    """``Finola.grow`` with every cell divided by a given deviation (size, size) instead of its own."""
    size, middle = network.size, network.size // 2
    z = q.new_empty(len(q), size, size, q.shape[1])
    z[:, middle, middle] = q

    def next_to(cells: Tensor, matrix: Tensor, over: Tensor) -> Tensor:
        return cells + F.linear((cells - cells.mean(-1, keepdim=True)) / over, matrix)

    for x in range(middle + 1, size):
        z[:, middle, x] = next_to(z[:, middle, x - 1], network.right, deviation[middle, x - 1])
    for x in range(middle - 1, -1, -1):
        z[:, middle, x] = next_to(z[:, middle, x + 1], network.left, deviation[middle, x + 1])
    for y in range(middle + 1, size):
        z[:, y] = next_to(z[:, y - 1], network.down, deviation[y - 1][:, None])
    for y in range(middle - 1, -1, -1):
        z[:, y] = next_to(z[:, y + 1], network.up, deviation[y + 1][:, None])
    return z


# ---------------------------------------------------------------------------------------------------------
# Ablations: small networks, trained side by side


LARGE = {"size": 32, "batch": 8, "channels": 64, "width": 16}
"""Arms on maps of as many cells as there are pixels."""


@claim(
    "Growing the map from a learned vector beats networks that do not grow, with as many parameters",
    paper="ablation: repeating q over the map; principal components as the code",
    unit="dB PSNR",
    baseline="q repeated with a learned position, and principal components through a linear map; the same decoder",
)
def beats_repeating(quick: bool, progress: Progress) -> Evidence:
    """Mean test PSNR at 64 numbers, growing, and with networks of as many parameters that do not grow."""
    pairs = {
        "q repeated, and a learned position": (Arm(finola.Finola), Arm(ablations.Repeating)),
        "principal components, a linear map and the same decoder": (
            Arm(finola.Finola),
            Arm(ablations.FromComponents),
        ),
    }
    return _side_by_side(pairs, quick, progress)


@claim(
    "Normalising before each step is needed",
    paper="ablation: linear without norm",
    unit="dB PSNR",
    baseline="the same recursion without normalisation",
)
def needs_normalising(quick: bool, progress: Progress) -> Evidence:
    """Mean test PSNR at 64 numbers, with and without normalising, on maps of 8 x 8 and of 32 x 32 cells."""
    large = Arm(finola.Finola, **LARGE)
    pairs = {
        "map of 8 x 8 cells": (Arm(finola.Finola), Arm(ablations.Linear)),
        "map of 32 x 32 cells": (large, Arm(ablations.Linear, **LARGE)),
        "map of 32 x 32 cells, without normalising from matrices a tenth as large": (
            large,
            Arm(ablations.Calm, **LARGE),
        ),
    }
    return _side_by_side(pairs, quick, progress)


@claim(
    "A and B alone, taken off on the ways back, serve within 0.2 dB of four matrices",
    paper="A and B as one pair of differential equations",
    unit="dB PSNR",
    baseline="a matrix for each of four directions",
)
def two_matrices(quick: bool, progress: Progress) -> Evidence:
    """Mean test PSNR at 64 numbers, with -A and -B on the ways back and with four matrices; 0.2 dB is hard to see."""
    return _side_by_side({"": (Arm(ablations.Two), Arm(finola.Finola))}, quick, progress, margin=-0.2)


def _side_by_side(
    pairs: Mapping[str, tuple[Arm, Arm]], quick: bool, progress: Progress, margin: float = 0.0
) -> Evidence:
    """Each pair of arms, ours first, trained from a few seeds."""
    if quick:
        pairs = {name: (ours.short(), rival.short()) for name, (ours, rival) in pairs.items()}
    runs = paired(pairs, range(2 if quick else 3), _trained_pair, progress)
    return runs.evidence("ours", "rival", margin=margin)


def _trained_pair(arms: tuple[Arm, Arm], seed: int) -> dict[str, float]:
    return {"ours": trained_quality(arms[0], seed), "rival": trained_quality(arms[1], seed)}


@lru_cache(maxsize=64)
def trained_quality(arm: Arm, seed: int) -> float:
    """Mean PSNR of the first test pictures; what is no longer a number counts as grey."""
    network, tests = ablations.trained(arm, seed), test_pictures(arm.judged)
    with torch.inference_mode():
        return quality(network.decode(network.encode(tests)).nan_to_num(0.0), tests).mean().item()


# ---------------------------------------------------------------------------------------------------------
# One pair of matrices for all pictures

KINDS = {"animals": (2, 3, 4, 5, 6, 7), "vehicles": (0, 1, 8, 9)}


@claim(
    "The shared matrices serve animals and vehicles within 0.1 dB of matrices of their own",
    paper="one pair A, B for all images",
    unit="dB PSNR",
    baseline="the same network, its four matrices trained further on that kind of picture alone",
)
def shares_matrices(method: Method, quick: bool, progress: Progress) -> Evidence:
    """PSNR of a kind of picture with the shipped matrices, and with matrices trained further for that kind alone."""
    networks = method.pretrained(Networks)
    steps, count = (3, 100) if quick else (200, 1_000)
    shared, own = [], []
    for done, (kind, classes) in enumerate(KINDS.items()):
        progress(done / len(KINDS), f"matrices of their own for {kind}")
        network = copy.deepcopy(networks.small).to(memory_format=torch.channels_last)
        learned = [network.right, network.left, network.down, network.up]
        for matrix in learned:
            matrix.requires_grad_(True)

        def loss(batch: Tensor, network: finola.Finola = network) -> Tensor:
            return (network.decode(network.encode(batch)).float() - batch).square().mean()

        pictures, tests = (_of(split, classes, most) for split, most in (("train", 20_000), ("test", count)))
        descend(learned, loss, pictures, steps, 1e-3, seed=0)
        images = train.as_input(torch.from_numpy(tests))
        for results, used in ((shared, networks.small), (own, network)):
            with torch.inference_mode():
                scores = quality(used.decode(used.encode(images)), images)
            results.append(tuple(part.mean().item() for part in scores.chunk(PARTS)))
    return Evidence(tuple(shared), tuple(own), conditions=tuple(KINDS), margin=-0.1)


def _of(split: str, classes: tuple[int, ...], count: int) -> np.ndarray:
    """The first pictures of some classes."""
    pictures = data.load("cifar10", split=split)
    return pictures.images[np.flatnonzero(np.isin(pictures.labels, classes))[:count]]


# ---------------------------------------------------------------------------------------------------------
# Masked FINOLA


@claim(
    "Masked FINOLA learns better features than an autoencoder, and than no training",
    paper="linear probes of masked FINOLA",
    unit="% accuracy",
    baseline="the same encoder, trained as a plain FINOLA autoencoder or left untrained",
    tuning="the probe's penalty for each of them, on labelled training pictures; one learning rate for all",
)
def masked_features(quick: bool, progress: Progress) -> Evidence:
    """Accuracy of probes on the same encoder, pretrained by masking, as an autoencoder, and not at all."""
    size = {"steps": 3, "labelled": 200} if quick else {"steps": 1_000, "labelled": 8_000}
    probes = {"linear probe": 0, "20 nearest neighbours": 1}
    conditions = {
        f"{probe}, against {name}": (place, kind)
        for probe, place in probes.items()
        for name, kind in (("the autoencoder", "plain"), ("no training", "none"))
    }
    measure = functools.partial(_masked_beside, **size)
    return paired(conditions, range(2 if quick else 3), measure, progress).evidence(
        "masked",
        "rival",
        reason="The autoencoder is given the same targets of equal contrast, which help it as much as masking. Its"
        " encoder sees whole pictures, as the probes do; the masked one sees quarters.",
    )


def _masked_beside(condition: tuple[int, str], seed: int, steps: int, labelled: int) -> dict[str, float]:
    probe, rival = condition
    return {
        "masked": accuracies("masked", steps, seed, labelled)[probe],
        "rival": accuracies(rival, steps, seed, labelled)[probe],
    }


@lru_cache(maxsize=16)
def accuracies(kind: str, steps: int, seed: int, labelled: int) -> tuple[float, ...]:
    """Percent of test pictures that a linear probe, and nearest neighbours, of its features are right about."""
    return tuple(100 * right.mean().item() for right in probed(pretrained(kind, steps, seed), labelled))


def pretrained(kind: str, steps: int, seed: int) -> masked.Pretrained:
    """``masked`` FINOLA, the ``plain`` autoencoder or ``none`` of the two, after so many steps of 32 pictures."""
    pictures = data.load("cifar10", split="train").images[: -train.VALIDATION]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = masked.Autoencoder() if kind == "plain" else masked.Masked()
        network.encoder.to(memory_format=torch.channels_last)
    corners = iter(np.random.default_rng(seed).integers(len(masked.CORNERS), size=steps).tolist())

    def loss(batch: Tensor) -> Tensor:
        if kind == "masked":
            return network.error(batch, masked.CORNERS[next(corners)], normalised=True)
        return network.error(batch, normalised=True)

    if kind != "none":
        descend(list(network.parameters()), loss, pictures, steps, 0.01, seed, 32)
    return network.eval()


def probed(network: masked.Pretrained, labelled: int) -> tuple[Tensor, Tensor]:
    """Which test pictures a linear probe, and nearest neighbours, of so many labelled ones are right about: 0 and 1."""
    training, test = (data.load("cifar10", split=split) for split in ("train", "test"))
    features = _features(network, training.images[:labelled])
    queries = _features(network, test.images[: labelled // 2])
    labels, wanted = training.labels[:labelled], test.labels[: labelled // 2]
    answers = tuned_probe(features, labels).predict(queries), nearest_neighbours(features, labels, queries)
    linear, near = (torch.from_numpy((answer == wanted).astype("f8")) for answer in answers)
    return linear, near


@torch.inference_mode()
def _features(network: masked.Pretrained, pictures: np.ndarray) -> np.ndarray:
    batches = torch.from_numpy(pictures.copy()).split(500)
    return torch.cat([network.probed(train.as_input(batch)) for batch in batches]).numpy()
