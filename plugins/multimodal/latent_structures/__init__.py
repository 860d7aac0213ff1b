"""Latent modality structures, regularisers for pictures and words in one space: see `LatentStructures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Summary, Unit, action, contestant, cost
from zoo.types import Drawing, Figure, Image, Metrics, Pictures, Table

Words = Annotated[str, Field(max_length=300)]
Arm = Literal["Sep", "Br", "GC", "all three", "CyCLIP's terms", "L_Align"]
Language = Literal["English", "German", "Spanish", "French", "Italian", "Japanese", "Russian", "Chinese"]
Strength = Annotated[float, Field(ge=0, le=4)]


@dataclass(frozen=True)
class Searched:
    """Pictures by words.

    Attributes:
        summary: how many of the first twelve are called so in some language, beside L_Con alone.
        pictures: the first twelve of each, best first; a green frame where a name or keyword has one of the words.
        cosines: how like the words each of the first forty is; a peak at the start says that something stands out.
        metrics: what is right among the first, and how many emoji there are.
        ranking: the first twelve of each by name.
    """

    summary: Annotated[str, Summary("L_Con alone")]
    pictures: Pictures
    cosines: Figure
    metrics: Metrics
    ranking: Table


@dataclass(frozen=True)
class Named:
    """Words for a picture.

    Attributes:
        summary: how many of ten names stay when the picture is mirrored and cropped, beside L_Con alone.
        names: the ten names most like the picture, by each.
        pictures: what the towers look at, and the emoji of those names.
        metrics: names that stay, the cosine of the first, and on how many both agree.
        ranking: the same as a table.
    """

    summary: Annotated[str, Summary("L_Con alone")]
    names: Figure
    pictures: Pictures
    metrics: Metrics
    ranking: Table


@dataclass(frozen=True)
class Spread:
    """Both modalities in the common space.

    Attributes:
        summary: how many pictures are found by their words, beside L_Con alone, and how wide the gap is.
        space: pictures and texts in the plane of their two main directions, as L_Con alone and as the regulariser
            have it; grey lines join pairs, the thick one is yours, and along it runs the bridge.
        path: the emoji next to the bridge on its way from the words to the picture.
        metrics: gap, cosines of pairs, and pictures found.
    """

    summary: Annotated[str, Summary("L_Con alone")]
    space: Figure
    path: Pictures
    metrics: Metrics


@dataclass(frozen=True)
class Bounded:
    """What perfect alignment costs.

    Attributes:
        summary: what a perfectly aligned code loses, beside a code that keeps what only one modality knows.
        losses: the loss of the aligned code, of the code with parts of its own, and the information gap below it, for
            every strength of what only the picture shows.
        metrics: everything in nats, exactly.
    """

    summary: Annotated[str, Summary("separate parts")]
    losses: Figure
    metrics: Metrics


class LatentStructures(Method):
    """Finds pictures by words, in a space that was given structure instead of one point for each pair.

    Contrast pulls a picture and its words together, yet they never meet: a gap stays. Closing it by force does not
    help, and where a picture shows what no word says, it must hurt. The paper asks for structure instead: parts of each
    modality's own (Sep), a bridge between words and picture on which other views lie (Br), and the same geometry in
    both (GC).

    All were trained here from the same start on the same views of 997 emoji and their words in eight languages, English
    half of the time. Search among all emoji, have a picture named, look at the gap, and set the dials of the theorem.
    """

    title = "Latent structures"
    family = "multimodal"
    contract = 2
    paper = Paper(
        "Understanding and Constructing Latent Modality Structures in Multi-Modal Representation Learning",
        (
            "Qian Jiang",
            "Changyou Chen",
            "Han Zhao",
            "Liqun Chen",
            "Qing Ping",
            "Son Dinh Tran",
            "Yi Xu",
            "Belinda Zeng",
            "Trishul Chilimbi",
        ),
        2023,
        "CVPR 2023",
        "https://arxiv.org/abs/2303.05952",
    )

    @action(
        by="actions",
        title="Find pictures by words",
        examples={
            "A flag": {"words": "flag"},
            "A clock": {"words": "clock"},
            "A face, in French": {"words": "visage", "arm": "Br"},
            "A car, of which no training saw any": {"words": "car", "among": "groups never seen"},
        },
    )
    def find(
        self,
        words: Words,
        arm: Arm = "all three",
        among: Literal["all emoji", "groups never seen"] = "all emoji",
    ) -> Searched:
        """Write what you look for, in any of eight languages, and see what comes first with and without structure.

        Args:
            words: one or several, in English, German, Spanish, French, Italian, Japanese, Russian or Chinese.
            arm: which regulariser stands beside L_Con alone.
            among: all emoji, or only those of groups of which training saw none.
        """

    @action(
        by="actions",
        title="Name a picture",
        examples={
            "A clock": {"picture": "clock.png", "arm": "GC"},
            "A face, in French": {"picture": "face.png", "language": "French"},
            "A heart in pencil, unlike any emoji": {"drawing": "heart.png", "arm": "Br"},
        },
    )
    def name(
        self,
        picture: Image | None = None,
        drawing: Drawing | None = None,
        language: Language = "English",
        arm: Arm = "all three",
    ) -> Named:
        """Send a picture or draw one, and get the names of emoji that are most like it.

        Args:
            picture: any picture; one thing on a plain ground suits these towers, and transparent is white.
            drawing: instead of a picture.
            language: of the names.
            arm: which regulariser stands beside L_Con alone.
        """

    @action(
        by="actions",
        title="Look at the gap",
        examples={
            "All three": {"words": "red apple"},
            "Aligned by force": {"words": "red apple", "arm": "L_Align"},
            "A bridge": {"words": "tulip", "arm": "Br"},
        },
    )
    def space(self, words: Words = "red apple", arm: Arm = "all three") -> Spread:
        """See where pictures and words lie, how wide the gap between them is, and whether it matters.

        Args:
            words: the emoji of this name, or the first that has these words, is your pair.
            arm: which regulariser stands beside L_Con alone.
        """

    @action(
        by="actions",
        title="What alignment costs",
        examples={
            "Only the picture shows the colour": {},
            "Both know the same": {"picture": 0.0, "word": 0.0},
            "Each knows as much as the other": {"picture": 2.0, "word": 2.0},
        },
    )
    def bound(
        self,
        shared: Annotated[Strength, Unit("log odds")] = 1.0,
        picture: Annotated[Strength, Unit("log odds")] = 2.0,
        word: Annotated[Strength, Unit("log odds")] = 0.5,
    ) -> Bounded:
        """Three coins decide about a label: both modalities show the first, only one each shows the others.

        Nothing is estimated: Theorem 3.1 is computed exactly.

        Args:
            shared: how much the coin counts that picture and word both show.
            picture: how much the coin counts that only the picture shows.
            word: how much the coin counts that only the word tells.
        """

    @contestant("picture-retrieval", name="L_Con alone")
    def plain_retrieval(self, given: str, pictures: float) -> Outcome:
        """Cosines by the towers that were trained without a regulariser."""
        return self._retrieval("plain", given, pictures)

    @contestant("picture-retrieval", name="Sep, Br and GC")
    def all_retrieval(self, given: str, pictures: float) -> Outcome:
        """Cosines by the towers that were trained with all three."""
        return self._retrieval("together", given, pictures)

    @contestant("picture-retrieval", name="GC")
    def geometry_retrieval(self, given: str, pictures: float) -> Outcome:
        """Cosines by the towers that were trained with geometric consistency."""
        return self._retrieval("geometry", given, pictures)

    def _retrieval(self, arm: str, given: str, pictures: float) -> Outcome:
        from zoo.blocks.retrieval import Index
        from zoo.evidence.tasks.picture_retrieval import work

        from . import measuring
        from .networks import Networks

        towers = self.pretrained(Networks).towers(arm)
        asked = work(given, int(pictures))
        seen = measuring.pictures(towers, asked.pictures)
        return Outcome(Index(seen).cosines(measuring.texts(towers, asked.texts)))

    @cost("Directions of pictures by one tower", size="pictures", start=64)
    def looking(self, size: int) -> Callable[[], object]:
        """Pictures of noise."""
        import numpy as np

        from . import measuring
        from .networks import Networks

        towers = self.pretrained(Networks).towers("plain")
        pictures = np.random.default_rng(0).integers(0, 256, (size, 64, 64, 3), np.uint8)
        return lambda: measuring.pictures(towers, pictures)
