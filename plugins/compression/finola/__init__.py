"""FINOLA regrows a picture from one vector: see `Finola`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Summary, Unit, action, contestant, cost
from zoo.types import Figure, File, Image, Metrics, Pictures

if TYPE_CHECKING:
    import numpy as np

CodeLength = Annotated[int, Field(ge=8, le=128), Unit("numbers a tile")]


@dataclass(frozen=True)
class Regrown:
    """What grew, step by step, and how good it is.

    Attributes:
        summary: the quality beside principal components.
        pictures: the picture as the network sees it, as it is decoded from what has grown so far (grey is still empty),
            and from as many principal components as the code has numbers.
        feature_map: the map so far, less that of the average picture; its three strongest directions are shown
            as red, green and blue.
        steps: all steps from the centre outwards, the map above and the picture below.
        comparison: quality at every code length, beside principal components.
        metrics: sizes and quality.
        code: the numbers themselves, a NumPy array in half precision (rows of tiles, columns of tiles, code length).
    """

    summary: Annotated[str | None, Summary("principal components")]
    pictures: Pictures
    feature_map: Image
    steps: Image | None
    comparison: Figure | None
    metrics: Metrics
    code: File | None


@dataclass(frozen=True)
class Dynamics:
    """The law by which every map grows, and what it does to this one.

    Attributes:
        summary: what the matrices do.
        waves: the strongest wave patterns in the map of the picture, strongest first.
        spectrum: eigenvalues of the matrices. On the circle a step only turns a pattern, outside it grows.
        speeds: eigenvalues of A B⁻¹: how fast each wave runs across for each step down.
        growth: the length of z along the centre row, and the most that it can be.
        metrics: what the matrices are like.
    """

    summary: Annotated[str, Summary()]
    waves: Image
    spectrum: Figure
    speeds: Figure
    growth: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Blend:
    """The way from one picture to another.

    Attributes:
        summary: the contrast half-way, beside mixed pixels.
        blend: above, the maps; in the middle, the pictures that grow from mixed vectors; below, mixed pixels.
        metrics: how the mixtures differ from mixed pixels.
    """

    summary: Annotated[str, Summary("mixed pixels")]
    blend: Image
    metrics: Metrics


@dataclass(frozen=True)
class Completed:
    """A picture of which one quadrant was shown.

    Attributes:
        summary: the quality of what was hidden, beside a plain colour.
        pictures: what the network was shown, what it predicts around it, and the truth.
        metrics: how far the prediction is from the truth, beside a plain colour.
    """

    summary: Annotated[str, Summary("the mean colour of the quadrant")]
    pictures: Pictures
    metrics: Metrics


QUADRANTS = (
    "top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right",
)  # fmt: skip


class Finola(Method):
    """Turns a picture into one vector, and regrows it cell by cell with the same four matrices for all.

    A small convolutional network with attention pooling, learned from a random start, makes a short code of the
    picture. The code becomes one vector, placed at the centre of an empty map. Every cell then follows from its
    neighbour: normalise the neighbour's channels, multiply by a learned matrix, add. Right, left, down and up have
    a matrix each (the paper's A and B, and A₋ and B₋ for the ways back), shared by all pictures and all places. A
    light decoder turns the map into pixels.

    One vector describes 32 x 32 pixels, or 64 x 64 with a second network that was trained on photographs. A larger
    picture is shrunk to that, or laid out on tiles with a vector each; tiles know nothing of each other, so seams
    can show.

    Masked FINOLA learns without a code: it looks at one quadrant of a picture and predicts the rest by the same
    recursion. What its encoder learned is measured with probes.
    """

    title = "FINOLA"
    family = "compression"
    paper = Paper(
        title="Image as First-Order Norm+Linear Autoregression: Unveiling Mathematical Invariance",
        authors=(
            "Yinpeng Chen", "Xiyang Dai", "Dongdong Chen", "Mengchen Liu", "Lu Yuan", "Zicheng Liu", "Youzuo Lin",
        ),
        year=2023,
        venue="arXiv 2305.16319",
        url="https://arxiv.org/abs/2305.16319",
    )  # fmt: skip

    @action(
        by="actions",
        title="Regrow a picture",
        examples={
            "A cat, 48 vectors": {"image": "cat.webp", "code_length": 128, "tiles": 8},
            "A fig, shorter codes": {"image": "fig.webp", "code_length": 64, "tiles": 8},
            "A mountain, 80 vectors": {"image": "mountain.webp", "code_length": 128, "tiles": 10},
            "A cup, larger tiles": {"image": "coffee.webp", "code_length": 128, "tiles": 5, "pixels": 64},
            "All of a fig from one vector": {
                "image": "fig.webp",
                "code_length": 128,
                "tiles": 1,
                "pixels": 64,
            },
        },
    )
    def regrow(
        self,
        image: Image,
        code_length: CodeLength = 128,
        tiles: Annotated[int, Field(ge=1, le=12), Unit("tiles along the longer side")] = 8,
        pixels: Literal[32, 64] = 32,
        progress: Progress = Progress(),
    ) -> Iterator[Regrown]:
        """Encode a picture as one vector a tile, and watch it grow back from the centre of each tile.

        The picture is resampled to its tiles first, so that one tile means the whole picture from one vector.

        Args:
            image: any picture.
            code_length: numbers kept for each tile; the first so many of the same 128.
            tiles: tiles along the longer side.
            pixels: along a side of a tile; there is a network for each.
        """

    @action(
        by="actions",
        title="See the waves",
        examples={
            "Waves in a cup": {"image": "coffee.webp"},
            "A dandelion, a quarter of the code": {"image": "dandelion.webp", "code_length": 32},
        },
    )
    def dynamics(self, image: Image, code_length: CodeLength = 128) -> Dynamics:
        """The matrices' eigenvalues, and the waves that they make of the middle of a picture.

        Args:
            image: any picture; the largest square in its middle is used.
            code_length: numbers kept of its code.
        """

    @action(
        by="actions",
        title="Blend two pictures",
        examples={
            "From a cat to a fig": {"first": "cat.webp", "second": "fig.webp"},
            "From a mountain to a cup": {"first": "mountain.webp", "second": "coffee.webp"},
        },
    )
    def blend(
        self,
        first: Image,
        second: Image,
        code_length: CodeLength = 128,
        pictures: Annotated[int, Field(ge=3, le=11)] = 7,
    ) -> Blend:
        """Walk in a straight line from one picture's vector to another's, and grow what lies between.

        Args:
            first: any picture; the largest square in its middle is used.
            second: another.
            code_length: numbers kept of their codes.
            pictures: pictures in the row, both ends included.
        """

    @action(
        by="actions",
        title="Complete a picture from one quadrant",
        examples={
            "Around the middle of a mountain": {"image": "mountain.webp", "quadrant": "middle"},
            "A fig from its top left": {"image": "fig.webp", "quadrant": "top left"},
        },
    )
    def complete(
        self,
        image: Image,
        quadrant: Literal[
            "top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"
        ] = "middle",
    ) -> Completed:
        """Masked FINOLA: look at one quadrant of 16 x 16 pixels, and predict the other three quarters.

        Args:
            image: any picture; the largest square in its middle is used, at 32 x 32 pixels.
            quadrant: the part that is shown.
        """

    @contestant("image-from-numbers")
    def from_numbers(self, picture: np.ndarray, numbers: float) -> Outcome:
        """A picture, uint8 (32, 32, 3), regrown from the first so many numbers of its code."""
        import torch

        from . import networks

        network = self.pretrained(networks.Networks).small
        pixels = torch.from_numpy(picture.astype("f4")).permute(2, 0, 1)[None] / 127.5 - 1
        with torch.inference_mode():
            regrown = network.decode(network.encode(pixels)[:, : int(numbers)])
        return Outcome(((regrown[0].permute(1, 2, 0) + 1) * 127.5).numpy())

    @cost("Encoding and regrowing from 128 numbers", size="pictures of 32 x 32", start=16)
    def regrowing(self, size: int) -> Callable[[], object]:
        """Pictures of noise, in groups of 256."""
        import torch

        from . import networks

        network = self.pretrained(networks.Networks).small
        pictures = torch.rand(size, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1

        def work() -> None:
            with torch.inference_mode():
                for part in pictures.split(256):
                    network.decode(network.encode(part))

        return work
