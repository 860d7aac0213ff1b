"""A method that takes and gives every kind of value; the battery and the command line are tested on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import InputError, Method, Paper, Progress, Unit, action
from zoo.types import Audio, Drawing, Figure, File, Image, Mesh, Metrics, Points, Table, Text, Video


@dataclass(frozen=True)
class Everything:
    """One value of every kind.

    Attributes:
        picture: the picture upside down, with noise.
        sound: the sound backwards.
        clip: the clip backwards.
        surface: the mesh, scaled.
        table: the table, sorted backwards.
        points: the points, mirrored.
        drawing: the drawing, mirrored.
        caption: the label and the story's first words.
        count: how many steps were taken.
        ratio: the ratio that was used.
        calm: whether it was calm.
        plot: the points as a plot.
        metrics: a few numbers.
        download: the story as a file.
    """

    picture: Image
    sound: Audio
    clip: Video
    surface: Mesh
    table: Table
    points: Points
    drawing: Drawing
    caption: str
    count: int
    ratio: float
    calm: bool
    plot: Figure
    metrics: Metrics
    download: File


@dataclass(frozen=True)
class Brightened:
    """A brightened picture.

    Attributes:
        picture: the picture after the gain.
        metrics: the gain and the levels before and after.
    """

    picture: Image
    metrics: Metrics


class Sampler(Method):
    """Takes one value of every kind and gives one of every kind.

    There is no paper behind it: it serves the tests.
    """

    title = "Sampler"
    family = "interpretability"
    paper = Paper("A sampler", ("A. Weaver",), 2026, "the loom", "https://example.org/sampler")

    @action(
        title="Remix everything",
        examples=[
            {
                "image": "picture.png",
                "sound": "tone.wav",
                "clip": "fading.mp4",
                "mesh": "cube.obj",
                "table": "table.csv",
                "points": "points.csv",
                "drawing": "drawing.png",
                "attachment": "anything.bin",
                "story": "Once upon a time.",
                "steps": 3,
                "style": "stormy",
            }
        ],
    )
    def remix(
        self,
        image: Image,
        sound: Audio,
        clip: Video,
        mesh: Mesh,
        table: Table,
        points: Points,
        drawing: Drawing,
        attachment: File,
        story: Text,
        label: Annotated[str, Field(max_length=40)] = "a label",
        steps: Annotated[int, Field(ge=1, le=8), Unit("steps")] = 2,
        ratio: Annotated[float, Field(ge=-1, le=1)] = 0.5,
        style: Literal["calm", "stormy"] = "calm",
        width: Literal[8, 16] = 8,
        mirror: bool = True,
        mask: Image | None = None,
        seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Everything]:
        """Remix one value of every kind.

        Nothing here means anything.

        Args:
            image: any picture.
            sound: any sound.
            clip: any clip.
            mesh: any mesh.
            table: any table.
            points: any points.
            drawing: any drawing.
            attachment: any file.
            story: some words.
            label: a short name.
            steps: how many results to give.
            ratio: how far to scale the mesh.
            style: the weather.
            width: a choice among numbers.
            mirror: whether to mirror the points.
            mask: a second picture, of the same size as the first.
            seed: fixes the noise.
        """
        if mask is not None and mask.pixels.shape != image.pixels.shape:
            raise InputError("Mask: its size differs from the picture's; send two pictures of one size.")
        from . import model

        for step in range(1, steps + 1):
            progress(step / steps, f"step {step}")
            noisy = model.noisy(image.pixels[::-1], seed)
            sign = -1.0 if mirror else 1.0
            yield Everything(
                picture=Image(noisy),
                sound=Audio.of((sound.rate, sound.samples[::-1])),
                clip=Video.of((clip.frames[::-1].copy(), clip.fps)),
                surface=Mesh(mesh.vertices * ratio, mesh.faces),
                table=Table.of(table.frame.iloc[::-1].reset_index(drop=True).to_dict("list")),
                points=Points.of(points.xy * [sign, 1.0]),
                drawing=Drawing.of(drawing.ink[:, ::-1]),
                caption=f"{label}: {story[:20]}",
                count=step,
                ratio=ratio,
                calm=style == "calm",
                plot=Figure(model.plot(points.xy)),
                metrics=Metrics([("width", width, "threads"), ("level", float(noisy.mean()), "")]),
                download=File(attachment.name, attachment.data),
            )

    @action(title="Brighten", examples=[{"image": "picture.png"}, {"image": "picture.png", "stops": -1.0}])
    def brighten(
        self,
        image: Image,
        stops: Annotated[float, Field(ge=-4, le=4), Unit("stops")] = 0.0,
        progress: Progress = Progress(),
    ) -> Brightened:
        """Multiply a picture by a learned gain.

        Args:
            image: any picture.
            stops: further gain, in powers of two.
        """
        from . import model

        progress(0.5, "multiplying")
        pixels, gain = self.pretrained(model.Gain).brighten(image.pixels, stops)
        progress(1.0, "done")
        return Brightened(
            Image(pixels), Metrics([("gain", gain, "times"), ("mean", pixels.mean(), "levels")])
        )
