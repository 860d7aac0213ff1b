"""DenseCL, contrast of places beside contrast of pictures: see `DenseCL`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, Unit, action, contestant, cost
from zoo.types import Drawing, Figure, Image, Metrics, Pictures, Spot, SpotOn, Video


@dataclass(frozen=True)
class Matched:
    """Where a spot is seen again, by both encoders.

    Attributes:
        summary: how often matches are right, beside MoCo v2.
        matches: arrows from your spot to where each encoder sees it again; a ring is where it truly is, if known.
        heat: how alike each place is to your spot; yellow most.
        everywhere: colours say where on the first picture each place of the second is seen; smooth is right.
        profile: cosines along the row of the match: a peak says that a place is told from others.
        metrics: matches of all places.
    """

    summary: Annotated[str, Summary("MoCo v2")]
    matches: Image
    heat: Pictures
    everywhere: Pictures
    profile: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Segmented:
    """What of a picture is like a stroke.

    Attributes:
        summary: how much of what was kept back is named rightly, beside MoCo v2.
        cutouts: what each of three ways takes for the thing.
        likeness: how much more each place is like the stroke than like the ground; yellow most.
        metrics: sizes, and what was kept back.
    """

    summary: Annotated[str, Summary("MoCo v2")]
    cutouts: Pictures
    likeness: Pictures
    metrics: Metrics


@dataclass(frozen=True)
class Carried:
    """A mask on every frame.

    Attributes:
        summary: the overlap at the end, beside MoCo v2.
        clip: on the left by DenseCL, on the right by MoCo v2.
        first: the first frame with your mask.
        overlap: how much of the frame each takes for the thing.
        metrics: overlaps, and what was computed.
    """

    summary: Annotated[str, Summary("MoCo v2")]
    clip: Video
    first: Image
    overlap: Figure
    metrics: Metrics


class DenseCL(Method):
    """Finds the same place in another picture, by an encoder trained without labels to tell places apart.

    MoCo v2 learns by telling two views of a picture from other pictures, and nothing asks it to keep where things are.
    DenseCL adds the same contrast for every place of the grid of features: its positive is the place of the other view
    whose features are most alike, its negatives are other pictures. Half of the loss is the one, half the other.

    Both were trained here side by side, on the very same views of 3,500 scenes of stamps on photographs, from the same
    start; a third, whose places are matched at random, shows whether matching matters. After about 40 epochs it does
    not: all three know places a little better than untrained encoders, and alike.
    """

    title = "DenseCL"
    family = "selfsupervised"
    paper = Paper(
        "Dense Contrastive Learning for Self-Supervised Visual Pre-Training",
        ("Xinlong Wang", "Rufeng Zhang", "Chunhua Shen", "Tao Kong", "Lei Li"),
        2021,
        "CVPR 2021",
        "https://arxiv.org/abs/2011.09157",
    )

    @action(
        by="actions",
        title="Find a spot again",
        examples={
            "A fox in its mirrored crop": {"first": "table.webp", "spot": [78, 92]},
            "An elephant in another picture": {
                "first": "table.webp",
                "spot": [196, 62],
                "second": "garden.webp",
            },
            "A cat's nose": {"first": "cat.webp", "spot": [156, 154], "seed": 3},
        },
    )
    def match(
        self,
        first: Image,
        spot: Annotated[Spot, SpotOn("first")],
        second: Image | None = None,
        area: Annotated[float, Field(ge=0.2, le=1), Unit("of the picture"), Rare()] = 0.45,
        seed: Seed = 0,
    ) -> Matched:
        """Click on a picture, and see where each encoder sees that place again.

        Without a second picture, it is a mirrored and recoloured crop of the first, so that the truth is known.

        Args:
            first: any picture.
            spot: the place to find.
            second: another picture of such things, if you have one.
            area: how much of the first picture the crop shows.
            seed: which crop it is, and its colours.
        """

    @action(
        by="actions",
        title="Segment by a stroke",
        examples={
            "A fox on a saucer": {"image": "table.webp", "begin": [60, 92], "end": [96, 92]},
            "A fox in a meadow": {
                "image": "garden.webp",
                "begin": [170, 80],
                "end": [200, 80],
                "ground": [30, 40],
            },
        },
    )
    def segment(
        self,
        image: Image,
        begin: Annotated[Spot, SpotOn("image")],
        end: Annotated[Spot, SpotOn("image")],
        ground: Annotated[Spot | None, SpotOn("image")] = None,
        bias: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0,
    ) -> Segmented:
        """Stroke a thing from one spot to another, and get all that is like it.

        Args:
            image: any picture.
            begin: where the stroke begins, on the thing.
            end: where it ends, on the thing.
            ground: a spot that is not the thing; the picture's border is ground too.
            bias: added to the likeness; more takes more for the thing.
        """

    @action(
        by="actions",
        title="Carry a mask through a clip",
        examples={
            "A fox runs past a frog": {
                "clip": "moving.mp4",
                "mask": "moving-first.png",
                "last": "moving-last.png",
            },
            "There and back again": {"clip": "moving.mp4", "mask": "moving-first.png"},
        },
    )
    def carry(
        self,
        clip: Video,
        mask: Drawing,
        last: Drawing | None = None,
        reach: Annotated[int, Field(ge=1, le=8), Unit("cells a frame"), Rare()] = 3,
        progress: Progress = Progress(),
    ) -> Carried:
        """Draw where a thing is on a clip's first frame, and follow it by nearest features.

        Args:
            clip: a clip; of a long one, the first 48 frames.
            mask: where the thing is on the first frame, the canvas being the frame; an outline is filled.
            last: where it is at the end, if you know; then the result is scored.
            reach: how far a thing may move from one frame to the next.
        """

    @contestant("frozen-features")
    def features(self, draw: int, labels: float) -> Outcome:
        """DenseCL's features, of the first training."""
        return self._features("densecl", draw, labels)

    @contestant("frozen-features", name="MoCo v2")
    def moco_features(self, draw: int, labels: float) -> Outcome:
        """MoCo v2's, from the same start and on the same views."""
        return self._features("moco", draw, labels)

    @contestant("frozen-features", name="DenseCL, matched at random")
    def random_features(self, draw: int, labels: float) -> Outcome:
        """Those of DenseCL whose places were matched at random."""
        return self._features("random", draw, labels)

    @contestant("frozen-features", name="Supervised on scenes")
    def supervised_features(self, draw: int, labels: float) -> Outcome:
        """Those of the same encoder, trained to name what is in a scene."""
        return self._features("supervised", draw, labels)

    def _features(self, arm: str, draw: int, labels: float) -> Outcome:
        from zoo.evidence.tasks.features import Features, work

        from . import probing
        from .networks import Networks

        encoder, given = self.pretrained(Networks).encoder(arm), work(draw, labels)
        vectors = Features(probing.pooled(encoder, given.pictures), probing.dense(encoder, given.scenes))
        return Outcome((vectors, labels))

    @cost("Features of scenes by one encoder", size="pictures of 128 x 128", start=4)
    def extracting(self, size: int) -> Callable[[], object]:
        """Pictures of noise, a hundred at a time."""
        import numpy as np

        from . import probing
        from .networks import Networks

        encoder = self.pretrained(Networks).encoder("densecl")
        pictures = np.random.default_rng(0).integers(0, 256, (size, 128, 128, 3), np.uint8)
        return lambda: probing.dense(encoder, pictures)
