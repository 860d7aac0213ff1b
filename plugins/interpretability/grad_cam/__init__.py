"""Grad-CAM: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Drawing, Figure, Image, Metrics, Pictures

if TYPE_CHECKING:
    from torch import nn

About = Literal["the left digit", "the right digit"]
Layer = Literal["1", "2", "3", "4"]
Scrambled = Literal["nothing", "the last layer", "the last two blocks", "everything"]


@dataclass(frozen=True)
class Mapped:
    """Where each method points.

    Attributes:
        summary: at which digit Grad-CAM points, and at which the gradient and guided backprop.
        maps: brighter is more; the cross is the map's largest value, the white frame is the digit that was asked about.
        others: later relatives of Grad-CAM.
        shares: how much of each map lies in the box of its digit, and how much in the other's.
        metrics: what each points at, and what the network says.
    """

    summary: Annotated[str, Summary("gradient")]
    maps: Pictures
    others: Pictures
    shares: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Layered:
    """One map a layer.

    Attributes:
        summary: how often Grad-CAM points rightly at the first layer and at the last, beside NormGrad.
        maps: a row a method, a column a layer, from the picture to the logits.
        scores: how often each layer's maps point at their digit, and how often into the other's box.
        metrics: the same as numbers.
    """

    summary: Annotated[str, Summary("NormGrad")]
    maps: Image
    scores: Figure
    metrics: Metrics


class GradCam(Method):
    """Asks a network where in the picture it sees a class, and checks whether it points at the right thing.

    The maps of a late layer say what is where; the gradient of a class's logit says which of them count for it.
    Grad-CAM adds them up with these weights. Here two digits lie on a photograph, and whoever is asked about one must
    not point at the other: plain gradients and guided backprop, whose pictures are sharper, do so more often.
    """

    title = "Grad-CAM"
    family = "interpretability"
    contract = 2
    paper = Paper(
        "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        ("Ramprasaath R. Selvaraju", "Michael Cogswell", "Abhishek Das", "Ramakrishna Vedantam", "Devi Parikh",
         "Dhruv Batra"),
        2017, "ICCV 2017", "https://arxiv.org/abs/1610.02391",
    )  # fmt: skip

    @action(
        by="actions",
        title="Who points where",
        examples={
            "Two digits: which does each map mean?": {"seed": 9},
            "The same scene, the other digit": {"seed": 9, "about": "the right digit"},
            "Weights scrambled: who notices?": {"seed": 9, "scramble": "everything"},
            "Your digit in place of one": {"seed": 4, "drawing": "four.png", "about": "the left digit"},
        },
    )
    def point(
        self,
        seed: Seed = 9,
        about: About = "the left digit",
        layer: Layer = "4",
        scramble: Scrambled = "nothing",
        drawing: Drawing | None = None,
        photo: Image | None = None,
        training: Annotated[int, Field(ge=1, le=3), Rare()] = 1,
    ) -> Mapped:
        """Put two digits on a photograph and ask eight methods where the network sees one of them.

        Args:
            seed: draws digits, tints, places and photograph.
            about: whose logit is asked for.
            layer: the block of the network whose maps are used; gradient and guided backprop use the picture.
            scramble: weights that are shuffled before the network is asked; a map that explains it must change.
            drawing: a digit of yours in place of one.
            photo: a picture of yours behind the digits; its middle square is used.
            training: which of the three networks is asked.
        """

    @action(
        by="actions",
        title="Layer by layer",
        examples={
            "Early layers are sharp, late ones know": {"seed": 9},
            "Another scene": {"seed": 12, "about": "the right digit"},
        },
    )
    def layers(
        self,
        seed: Seed = 9,
        about: About = "the left digit",
        scenes: Annotated[int, Field(ge=10, le=100), Rare()] = 40,
        training: Annotated[int, Field(ge=1, le=3), Rare()] = 1,
    ) -> Layered:
        """See the map of every block of the network, and a scoreboard over other scenes.

        Args:
            seed: draws the scene, and those of the scoreboard.
            about: whose logit is asked for.
            scenes: of the scoreboard; each is asked about both digits.
            training: which of the three networks is asked.
        """

    def network(self, training: int) -> nn.Module:
        """One of the three classifiers that are looked into, from 0."""
        from .networks import Networks

        return self.pretrained(Networks).trained[training]  # type: ignore[return-value]

    @contestant("explanations")
    def explain(self, training: int, scenes: float) -> Outcome:
        """Of the last block, as validation scenes chose."""
        return self._explained("Grad-CAM", "layer4", training, scenes)

    @contestant("explanations", name="Guided Grad-CAM")
    def explain_guided(self, training: int, scenes: float) -> Outcome:
        """Of the last block, as validation scenes chose, times guided backprop."""
        return self._explained("Guided Grad-CAM", "layer4", training, scenes)

    @contestant("explanations", name="Selective NormGrad")
    def explain_selectively(self, training: int, scenes: float) -> Outcome:
        """Of the last block but one, as validation scenes of two networks of three chose."""
        return self._explained("selective NormGrad", "layer3", training, scenes)

    def _explained(self, title: str, layer: str, training: int, scenes: float) -> Outcome:
        from zoo.blocks.saliency import about_both
        from zoo.evidence.tasks.explanations import work

        asked = work(training, int(scenes))
        maps = about_both(asked.net, *asked.inputs(), [layer], smoothed=False)
        return Outcome(maps[title][layer].numpy())

    @cost("All maps of the last block", size="scenes", start=8)
    def explaining(self, size: int) -> Callable[[], object]:
        """Scenes of noise, of 64 x 64 pixels."""
        import torch

        from zoo.blocks.saliency import explained

        images = torch.randn(size, 3, 64, 64, generator=torch.Generator().manual_seed(0))
        net, classes = self.network(0), torch.zeros(size, dtype=torch.long)
        return lambda: explained(net, images, classes, ["layer4"], smoothed=False)
