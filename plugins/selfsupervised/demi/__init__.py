"""DEMI, mutual information by its chain rule: see `Demi`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, Unit, action, contestant, cost
from zoo.types import Figure, Image, Metrics, Spot, SpotOn


@dataclass(frozen=True)
class Estimated:
    """What critics make of a known mutual information while they learn.

    Attributes:
        summary: how far from the truth the sum ends, beside InfoNCE.
        learning: on the left all estimates, step by step; on the right what each is made of at the step of the slider.
        metrics: the same at the end, and what perfect critics would say.
    """

    summary: Annotated[str, Summary("InfoNCE")]
    learning: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Looked:
    """What a quarter of a picture says about another view of it, and what the rest adds.

    Attributes:
        summary: nats by which the other view is found in one contrast, beside plain InfoNCE.
        candidates: what is taken for your other view, which is framed, with chances: by the quarter alone, whose
            choices are the negatives of DEMI's second contrast, and by the picture, with DEMI and with InfoNCE. It is
            the first of sixteen other views, over which numbers are means.
        nats: how much each part tells.
        metrics: the same as numbers.
    """

    summary: Annotated[str, Summary("InfoNCE")]
    candidates: Image
    nats: Figure
    metrics: Metrics


class Demi(Method):
    """Adds up how much two views have in common piece by piece, where one contrast alone cannot say it.

    A contrast among K candidates can never tell more than log K nats, however much there is. DEMI looks first at a part
    of one view, and then asks what the rest adds, among candidates that the part alone cannot tell from the true one.
    By the chain rule both add up to the whole. Watch critics learn it on numbers whose truth is known, and see which
    candidates a part of your picture leaves.
    """

    title = "DEMI"
    family = "selfsupervised"
    contract = 2
    paper = Paper(
        "Decomposed Mutual Information Estimation for Contrastive Representation Learning",
        (
            "Alessandro Sordoni",
            "Nouha Dziri",
            "Hannes Schulz",
            "Geoff Gordon",
            "Phil Bachman",
            "Remi Tachet des Combes",
        ),
        2021,
        "ICML 2021",
        "https://arxiv.org/abs/2106.13401",
    )

    @action(
        by="actions",
        title="Estimate a known truth",
        examples={
            "Ten nats, of which one contrast sees four": {"information": 10},
            "Twenty nats in four pieces": {"information": 20, "pieces": 4},
            "The first piece has it all": {"information": 8, "first": 1.0},
            "Three nats: one contrast nearly does": {"information": 3, "dimensions": 5},
        },
    )
    def estimate(
        self,
        information: Annotated[float, Field(ge=1, le=25), Unit("nats")] = 10.0,
        candidates: Annotated[int, Field(ge=8, le=512)] = 64,
        pieces: Annotated[int, Field(ge=2, le=4)] = 2,
        first: Annotated[float, Field(ge=0.05, le=1), Unit("of the information")] = 0.5,
        dimensions: Annotated[int, Field(ge=2, le=40)] = 20,
        steps: Annotated[int, Field(ge=20, le=600), Rare()] = 60,
        samples: Annotated[int, Field(ge=16, le=50_000), Rare()] = 20_000,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Estimated:
        """Train critics on pairs of normal numbers, and see what each estimate says of their mutual information.

        Args:
            information: what x and y truly share.
            candidates: K, the true one and others among which each contrast chooses.
            pieces: into how many subviews x is split.
            first: how much of the information the first piece has; the others share the rest alike.
            dimensions: numbers in y, and in each piece of x.
            steps: of training.
            samples: pairs that training draws its batches from.
            seed: draws the pairs.
        """

    @action(
        by="actions",
        title="A quarter, and the rest",
        examples={
            "A sail, and then the boat": {"image": "sailboat.webp", "spot": [80, 45]},
            "The same: a quarter of grass": {"image": "sailboat.webp", "spot": [100, 100]},
            "An ear of a fox": {"image": "fox.webp", "spot": [60, 40]},
            "The other view is the same picture": {
                "image": "elephant.webp",
                "spot": [44, 80],
                "other": "elephant.webp",
            },
        },
    )
    def look(
        self,
        image: Image,
        spot: Annotated[Spot, SpotOn("image")],
        other: Image | None = None,
        candidates: Annotated[int, Field(ge=2, le=257)] = 257,
        seed: Seed = 0,
    ) -> Looked:
        """Click on a picture; a quarter around that spot, and then all of it, look for another view of it among others.

        Args:
            image: any picture; it is looked at with 32 by 32 pixels.
            spot: the middle of the quarter.
            other: another view of it, if you have one; else crops with other colours are drawn.
            candidates: K, your other view and K - 1 of 256 small pictures.
            seed: draws crops and colours.
        """

    @contestant("mutual-information", name="DEMI, importance-sampled")
    def importance(self, given: object, samples: float) -> Outcome:
        """The sum with two halves of x as pieces, and candidates of the second weighed by the first."""
        from . import contest

        return contest.decomposed(given, samples)

    @contestant("frozen-features")
    def features(self, draw: int, labels: float) -> Outcome:
        """DEMI's features, of the first training."""
        return self._features("demi", draw, labels)

    @contestant("frozen-features", name="InfoNCE on CIFAR-10")
    def plain_features(self, draw: int, labels: float) -> Outcome:
        """Those of plain InfoNCE, from the same start and after as much processor time."""
        return self._features("infonce", draw, labels)

    def _features(self, arm: str, draw: int, labels: float) -> Outcome:
        from zoo.evidence.tasks.features import Features, work

        from . import probing
        from .networks import Networks

        encoder, given = self.pretrained(Networks).encoder(arm), work(draw, labels)
        return Outcome(
            (Features(probing.pooled(encoder, given.pictures), probing.dense(encoder, given.scenes)), labels)
        )

    @cost("Both terms of the sum, of critics' scores", size="candidates", start=64)
    def bounding(self, size: int) -> Callable[[], object]:
        """As many rows as candidates."""
        import torch

        from . import bounds, gaussian

        first, second = (
            torch.randn(size, size, generator=torch.Generator().manual_seed(k)) for k in range(2)
        )

        def work() -> object:
            (true, others), (_, lower) = gaussian.split(second, size), gaussian.split(first, size)
            return bounds.contrast(true, lower), bounds.importance(true, others, bounds.weights(lower))

        return work
