"""How much two sides of a sample have in common: estimates against a truth that is known."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Figure

if TYPE_CHECKING:
    import torch
    from torch import Tensor

STEPS, BATCH, RATE = 400, 64, 1e-3
"""Steps of Adam for every critic that is trained, pairs in each, and the rate; half of the samples are learned from."""
CLIP = 5.0
NEIGHBOURS = 3

Array = NDArray[np.float64]


class Draw(NamedTuple):
    """A sample to come, which contestants open with `sample`.

    Attributes:
        shape: "normal"; "cubed", y to the third power; or "bent", x and y by the inverse hyperbolic sine of 5 times it.
        nats: the truth. Bending each number by itself leaves it as it is.
        dimensions: numbers on either side.
        seed: of the sample.
    """

    shape: str
    nats: float
    dimensions: int
    seed: int


ITEMS = (("normal", 2.0, 4), ("cubed", 2.0, 4), ("normal", 5.0, 10), ("bent", 5.0, 10), ("normal", 10.0, 10))


class MutualInformation(Task):
    """How much two sides of a sample have in common, estimated from as many pairs and steps, beside the truth.

    Both sides have as many numbers, each correlated with one of the other side, and then bent; halves of them share
    half of the information each. Critics learn from half of the pairs and are asked about the other half.
    """

    title = "Mutual information"
    family = "selfsupervised"
    data = "five normal distributions, two of them bent, two samples each"
    dial = Dial("samples", "Pairs", "", (500, 4000), 4000, whole=True)
    scores = (Score("error", "Distance from the truth", "nats", "lower"),)

    def baselines(self) -> Mapping[str, Run]:
        """Critics with other bounds, nearest neighbours, and what would be true of normal numbers."""
        return {
            "Nearest neighbours (KSG)": _directly(nearest_neighbours),
            "Covariance, as if normal": _directly(from_covariance),
            "InfoNCE": functools.partial(_by_critic, "info_nce_bound", "info_nce_bound"),
            "NWJ": functools.partial(_by_critic, "nwj", "nwj"),
            "SMILE": functools.partial(_by_critic, "jensen_shannon", "smile", clip=CLIP),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Samples of each distribution."""
        for shape, nats, dimensions in ITEMS[: 2 if quick else None]:
            for seed in range(1 if quick else 2):
                yield Item("synthetic", Draw(shape, nats, dimensions, seed))

    def judge(self, given: Draw, outcome: Outcome) -> dict[str, float]:
        """How far what was made, a number of nats, is from the truth; at most 100, where sums overflow."""
        error = abs(float(outcome.made) - given.nats)
        return {"error": min(error, 100.0) if math.isfinite(error) else 100.0}

    def show(self, given: Draw, outcomes: Mapping[str, Outcome]) -> Figure:
        """Estimates beside the truth."""
        from zoo.blocks import figures

        names = list(outcomes)
        traces = [
            figures.bars(names, [round(float(each.made), 3) for each in outcomes.values()]),
            figures.line(names, [given.nats] * len(names), "truth", figures.NEUTRAL, dash="dot"),
        ]
        return figures.chart(traces, "", "nats")


def sample(given: Draw, count: float) -> tuple[Array, Array]:
    """Both sides of as many pairs, (count, dimensions) each."""
    rng = np.random.default_rng([given.seed, int(10 * given.nats), given.dimensions])
    x, noise = rng.standard_normal((2, int(count), given.dimensions))
    correlation = math.sqrt(1 - math.exp(-2 * given.nats / given.dimensions))
    y = correlation * x + math.sqrt(1 - correlation**2) * noise
    if given.shape == "bent":
        return np.arcsinh(5 * x), np.arcsinh(5 * y)
    return x, y**3 if given.shape == "cubed" else y


def parts(x: Array, y: Array) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x and y to learn from, and x and y to be asked about, float32, in units of the deviations of the former."""
    import torch

    half = len(x) // 2
    sides = [(side - side[:half].mean(0)) / side[:half].std(0) for side in (x, y)]
    first, second = (torch.from_numpy(side.astype(np.float32)) for side in sides)
    return first[:half], second[:half], first[half:], second[half:]


def _fit(
    gain: Callable[[Tensor, Tensor], Tensor], critics: torch.nn.Module, x: Tensor, y: Tensor, seed: int
) -> None:
    """Train critics in place to maximise a gain of batches (BATCH, d) of both sides."""
    import torch

    rng = torch.Generator().manual_seed(seed)
    descent = torch.optim.Adam(critics.parameters(), RATE)
    for _ in range(STEPS):
        chosen = torch.randperm(len(x), generator=rng)[:BATCH]
        descent.zero_grad()
        (-gain(x[chosen], y[chosen])).backward()
        descent.step()


Critics = tuple[
    "torch.nn.Module", Callable[["Tensor", "Tensor"], "Tensor"], Callable[["Tensor", "Tensor"], "Tensor"]
]
"""A module, what it maximises, and what it says, both in nats, of batches x (BATCH, p) and y (BATCH, q)."""


def by_critics(begin: Callable[[int, int], Critics], given: Draw, samples: float) -> Outcome:
    """What critics say of the pairs that they have not seen, the mean of batches, once they are trained on the others.

    Args:
        begin: makes them, for so many numbers of x and of y.
        given: the sample to come.
        samples: pairs.
    """
    import torch

    from zoo.blocks.seeded import seeded

    x, y, asked_x, asked_y = parts(*sample(given, samples))
    with seeded(given.seed):
        critics, gain, value = begin(x.shape[1], y.shape[1])
    _fit(gain, critics, x, y, given.seed)
    with torch.no_grad():
        batches = zip(asked_x.split(BATCH), asked_y.split(BATCH), strict=True)
        said = [float(value(left, right)) for left, right in batches if len(left) == BATCH]
    return Outcome(float(np.mean(said)))


def _by_critic(learned: str, read: str, given: Draw, samples: float, **settings: float) -> Outcome:
    """A separable critic that maximises one bound of ``zoo.blocks.information``, and is read by another."""
    from zoo.blocks import information

    def begin(of_x: int, of_y: int) -> Critics:
        critic = information.Separable(of_x, of_y)
        gain, value = getattr(information, learned), getattr(information, read)
        return critic, lambda x, y: gain(critic(x, y)), lambda x, y: value(critic(x, y), **settings)

    return by_critics(begin, given, samples)


def _directly(estimate: Callable[[Array, Array], float]) -> Run:
    return lambda given, samples: Outcome(estimate(*sample(given, samples)))


def nearest_neighbours(x: Array, y: Array, k: int = NEIGHBOURS) -> float:
    """The first estimator of Kraskov, Stögbauer and Grassberger (2004), in nats, of x (n, p) and y (n, q)."""
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    joint = np.concatenate([x, y], 1)
    reach = cKDTree(joint).query(joint, k + 1, p=np.inf)[0][:, -1]
    inside = np.nextafter(reach, 0)
    counts = [cKDTree(side).query_ball_point(side, inside, p=np.inf, return_length=True) for side in (x, y)]
    return float(digamma(k) + digamma(len(x)) - sum(digamma(count).mean() for count in counts))


def from_covariance(x: Array, y: Array) -> float:
    """Of normal numbers with this covariance: half the log of det Σx det Σy / det Σ, in nats."""
    covariance = np.cov(np.concatenate([x, y], 1).T)
    p = x.shape[1]
    logs = [np.linalg.slogdet(part)[1] for part in (covariance[:p, :p], covariance[p:, p:], covariance)]
    return float((logs[0] + logs[1] - logs[2]) / 2)
