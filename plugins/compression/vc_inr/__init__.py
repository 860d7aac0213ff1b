"""VC-INR compresses five kinds of signal with one algorithm: see `VcInr`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Summary, Unit, action, contestant, cost
from zoo.types import Audio, Figure, File, Image, Mesh, Metrics, Pictures, Video

if TYPE_CHECKING:
    import numpy as np

Beside = Annotated[str | None, Summary("the best standard codec")]


@dataclass(frozen=True)
class CompressedPicture:
    """What is left of the picture, and in how many bytes.

    Attributes:
        summary: the quality at this rate, beside the best standard codec on the same data.
        pictures: the picture as it was encoded, and as it was decoded from the file.
        file: the compressed picture; Open a file decodes it.
        curve: quality at every rate, beside standard codecs that are run on the same pixels now.
        metrics: sizes and quality.
    """

    summary: Beside
    pictures: Pictures
    file: File
    curve: Figure | None
    metrics: Metrics


@dataclass(frozen=True)
class CompressedSound:
    """What is left of the sound, and in how many bytes.

    Attributes:
        summary: the quality at this rate, beside the best standard codec on the same data.
        reconstruction: the sound decoded from the file.
        original: the sound as it was encoded, at 16 kHz.
        file: the compressed sound; Open a file decodes it.
        curve: quality at every rate, beside standard codecs that are run on the same samples now.
        metrics: sizes and quality.
    """

    summary: Beside
    reconstruction: Audio
    original: Audio
    file: File
    curve: Figure | None
    metrics: Metrics


@dataclass(frozen=True)
class CompressedClip:
    """What is left of the clip, and in how many bytes.

    Attributes:
        summary: the quality at this rate, beside the best standard codec on the same data.
        reconstruction: the clip decoded from the file.
        original: the clip as it was encoded.
        file: the compressed clip; Open a file decodes it.
        curve: quality at every rate, beside standard codecs that are run on the same frames now.
        metrics: sizes and quality.
    """

    summary: Beside
    reconstruction: Video
    original: Video
    file: File
    curve: Figure | None
    metrics: Metrics


@dataclass(frozen=True)
class CompressedShape:
    """What is left of the shape, and in how many bytes.

    Attributes:
        summary: the quality at this rate, beside the best standard codec on the same data.
        reconstruction: the surface of the decoded distances.
        original: the surface of the distances that were encoded: all that a grid of 64 cells a side can hold.
        file: the compressed shape; Open a file decodes it.
        curve: how much of the volume agrees at every rate, beside generic codecs that are run on the same grid now.
        metrics: sizes and quality.
    """

    summary: Beside
    reconstruction: Mesh
    original: Mesh
    file: File
    curve: Figure | None
    metrics: Metrics


@dataclass(frozen=True)
class CompressedField:
    """What is left of the field, and in how many bytes.

    Attributes:
        summary: the quality at this rate, beside the best standard codec on the same data.
        maps: the first step before and after; grey has no values.
        file: the compressed field; Open a file decodes it.
        reconstruction: the decoded field, a netCDF file.
        curve: quality at every rate, beside generic codecs that are run on the same values now.
        metrics: sizes and quality.
    """

    summary: Beside
    maps: Image
    file: File
    reconstruction: File
    curve: Figure | None
    metrics: Metrics


@dataclass(frozen=True)
class Decoded:
    """What was in the file.

    Attributes:
        summary: what the file holds.
        picture: the picture, if it holds one.
        sound: the sound, if it holds one.
        clip: the clip, if it holds one.
        shape: the surface, if it holds a shape.
        maps: the first steps of a climate field, if it holds one.
        values: that field, a netCDF file.
        metrics: what the file says about itself.
    """

    summary: Annotated[str, Summary()]
    picture: Image | None
    sound: Audio | None
    clip: Video | None
    shape: Mesh | None
    maps: Image | None
    values: File | None
    metrics: Metrics


class VcInr(Method):
    """Compresses pictures, sounds, clips, shapes and climate fields with one algorithm: a gated sine network.

    At equal bits a simpler code, principal components rounded and entropy coded, is 1.5 dB better on small pictures.

    Every signal is cut into patches. A patch is a function from places to values: a network of sines, shared by all
    patches of a kind, whose weights are softly switched on and off by a short latent. Three gradient steps on the
    latent alone fit a new patch. A second, small network turns latents into whole numbers, and a learned density
    says how few bits these need: what you download is a real file, and it decodes to the same on every machine.

    The network of pictures began at random and learned for 38 minutes. Those of sounds, clips, shapes and fields are
    hybrids: they began as principal components of training signals, which is not the paper's way.
    """

    title = "VC-INR"
    family = "compression"
    paper = Paper(
        title="Modality-Agnostic Variational Compression of Implicit Neural Representations",
        authors=("Jonathan Richard Schwarz", "Jihoon Tack", "Yee Whye Teh", "Jaeho Lee", "Jinwoo Shin"),
        year=2023,
        venue="ICML 2023",
        url="https://arxiv.org/abs/2301.09479",
    )

    @action(
        title="Compress a picture",
        examples={
            "A cup in 4 kB": {"image": "coffee.webp", "rate": 1.0, "longest_side": 224},
            "A mountain in 2 kB": {"image": "mountain.webp", "rate": 0.5, "longest_side": 224},
        },
    )
    def compress_picture(
        self,
        image: Image,
        rate: Annotated[float, Field(ge=0.05, le=8), Unit("bits per pixel at most")] = 1.0,
        longest_side: Annotated[int, Field(ge=16, le=2048), Unit("pixels")] = 256,
        progress: Progress = Progress(),
    ) -> Iterator[CompressedPicture]:
        """Compress a picture to a file and decode it again.

        It is cut into tiles of 32 x 32 pixels, and steps between tiles are smoothed away after decoding.

        Args:
            image: any picture.
            rate: the file is the best of those that keep to this rate, or the smallest there is.
            longest_side: larger pictures are scaled down first.
        """
        from . import actions, model

        yield from actions.picture(self.pretrained(model.VcInr), image, rate, longest_side, progress)

    @action(
        title="Compress a sound",
        examples={
            "A spoken sentence": {"audio": "speech.wav", "rate": 16.0},
            "A bell": {"audio": "bell.wav", "rate": 24.0},
        },
    )
    def compress_sound(
        self,
        audio: Audio,
        rate: Annotated[float, Field(ge=1, le=128), Unit("kilobits per second at most")] = 24.0,
        seconds: Annotated[float, Field(ge=0.1, le=60), Unit("seconds")] = 10.0,
        progress: Progress = Progress(),
    ) -> Iterator[CompressedSound]:
        """Compress a sound to a file and play it again.

        It is brought to 16 kHz and one channel, and cut into pieces of 256 samples. The networks were trained on
        speech.

        Args:
            audio: any sound.
            rate: the file is the best of those that keep to this rate, or the smallest there is.
            seconds: how much of it is used, from the beginning.
        """
        from . import actions, model

        yield from actions.sound(self.pretrained(model.VcInr), audio, rate, seconds, progress)

    @action(title="Compress a clip", examples={"Bikes passing by": {"video": "bikes.mp4", "rate": 0.2}})
    def compress_video(
        self,
        video: Video,
        rate: Annotated[float, Field(ge=0.005, le=4), Unit("bits per pixel at most")] = 0.2,
        progress: Progress = Progress(),
    ) -> Iterator[CompressedClip]:
        """Compress a short clip to a file and play it again.

        The first 48 frames are used, scaled down to at most 176 pixels a side, and cut into blocks of 8 frames by
        16 x 16 pixels.

        Args:
            video: any clip.
            rate: the file is the best of those that keep to this rate, or the smallest there is.
        """
        from . import actions, model

        yield from actions.clip(self.pretrained(model.VcInr), video, rate, progress)

    @action(title="Compress a shape", examples={"A knot in 2 kB": {"mesh": "knot.glb", "rate": 0.08}})
    def compress_shape(
        self,
        mesh: Mesh,
        rate: Annotated[float, Field(ge=0.001, le=1), Unit("bits per voxel at most")] = 0.08,
        progress: Progress = Progress(),
    ) -> Iterator[CompressedShape]:
        """Compress the shape of a mesh to a file and draw it again.

        The signed distance to the surface, up to four cells on either side, is taken on a grid of 64 cells a side
        and cut into cubes of 16. Holes are tolerated: a cell is inside if most lines through it say so. A surface
        that encloses nothing is refused.

        Args:
            mesh: any mesh; colours and materials are dropped.
            rate: the file is the best of those that keep to this rate, or the smallest there is.
        """
        from . import actions, model

        yield from actions.shape(self.pretrained(model.VcInr), mesh, rate, progress)

    @action(
        title="Compress a climate field",
        examples={"Four months of the Pacific": {"file": "pacific.nc", "rate": 2.0, "steps": 4}},
    )
    def compress_climate(
        self,
        file: File,
        variable: Annotated[str, Field(max_length=100)] = "",
        steps: Annotated[int, Field(ge=1, le=64), Unit("steps in time")] = 8,
        rate: Annotated[float, Field(ge=0.02, le=16), Unit("bits per value at most")] = 2.0,
        progress: Progress = Progress(),
    ) -> Iterator[CompressedField]:
        """Compress a variable of a netCDF file to a file and draw it again.

        Each step is cut into pieces of 16 x 16 values. Where there are no values (land, ice), the nearest ones are
        coded, and a mask says so.

        Args:
            file: a netCDF file with a variable on a grid of latitudes and longitudes.
            variable: its name; empty for the largest.
            steps: how many steps are used, from the beginning.
            rate: the file is the best of those that keep to this rate, or the smallest there is.
        """
        from . import actions, model

        yield from actions.climate(self.pretrained(model.VcInr), file, variable, steps, rate, progress)

    @action(
        title="Open a file",
        examples={
            "A picture of a cup": {"file": "coffee.vcinr"},
            "A spoken sentence": {"file": "speech.vcinr"},
        },
    )
    def decode(self, file: File) -> Decoded:
        """Decode a file that one of the other actions gave you.

        Args:
            file: a file ending in .vcinr.
        """
        from . import actions, model

        return actions.decode(self.pretrained(model.VcInr), file)

    @contestant("image-coding")
    def picture_at_rate(self, picture: np.ndarray, rate: float) -> Outcome:
        """A picture after coding at the highest level whose whole file keeps to a rate, bits per pixel."""
        from . import actions, model

        decoded, whole, _ = actions.at_rate(self.pretrained(model.VcInr), picture, rate, whole=True)
        return Outcome(decoded, {"bits": 8.0 * whole})

    @contestant("image-coding-small")
    def small_picture_at_rate(self, picture: np.ndarray, rate: float) -> Outcome:
        """The same where only the stream counts, since headers and tables of others do not."""
        from . import actions, model

        decoded, _, stream = actions.at_rate(self.pretrained(model.VcInr), picture, rate, whole=False)
        return Outcome(decoded, {"bits": 8.0 * stream})

    @cost("Encode tiles of 32 x 32 pixels at the middle rate", size="tiles", start=16)
    def encoding(self, size: int) -> Callable[[], object]:
        """Of noise; the time does not depend on what is in a tile."""
        import numpy as np

        from . import codec, model

        network = self.pretrained(model.VcInr)
        tiles = np.random.default_rng(0).uniform(-1, 1, (size, 32, 32, 3)).astype("f4")
        level = codec.levels("picture") // 2
        return lambda: codec.encode(network, "picture", tiles, level)
