"""A method with one action for each kind of value; the app's tests are made on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Paper, Progress, Summary, Unit, action
from zoo.types import (
    Audio,
    ColumnOf,
    Drawing,
    Figure,
    File,
    Graph,
    Image,
    Images,
    MarkedText,
    Mesh,
    Metrics,
    Pictures,
    Points,
    Spot,
    SpotOn,
    Table,
    Text,
    Video,
)  # fmt: skip

from .melody import Melody


@dataclass(frozen=True)
class Turned:
    """A picture after it was turned.

    Attributes:
        picture: the picture.
        plot: its mean level, column by column.
        metrics: its size and level.
    """

    picture: Image
    plot: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Sounded:
    """A sound backwards.

    Attributes:
        sound: the sound.
    """

    sound: Audio


@dataclass(frozen=True)
class Rewound:
    """A clip backwards.

    Attributes:
        clip: the clip.
        seconds: how long it lasts.
    """

    clip: Video
    seconds: float


@dataclass(frozen=True)
class Scaled:
    """A mesh after scaling.

    Attributes:
        surface: the mesh.
        triangles: how many it has.
    """

    surface: Mesh
    triangles: int


@dataclass(frozen=True)
class Sorted:
    """A table in another order.

    Attributes:
        table: the table.
        download: the same as a file.
    """

    table: Table
    download: File


@dataclass(frozen=True)
class Moved:
    """Points after a shift.

    Attributes:
        points: the points.
        plot: where they are.
    """

    points: Points
    plot: Figure


@dataclass(frozen=True)
class Inked:
    """A drawing mirrored.

    Attributes:
        drawing: the drawing.
        ink: how much ink it took.
    """

    drawing: Drawing
    ink: float


@dataclass(frozen=True)
class Read:
    """What was found in a text.

    Attributes:
        text: the text shouted.
        first: its first word.
        words: how many words.
        long: whether it is long.
        mood: its mood.
    """

    text: Text
    first: str
    words: int
    long: bool
    mood: Literal["calm", "stormy"]


@dataclass(frozen=True)
class Copied:
    """A file again.

    Attributes:
        download: the file.
        size: how many bytes it has.
    """

    download: File
    size: int


@dataclass(frozen=True)
class Counted:
    """How far the counting has come.

    Attributes:
        metrics: the number reached.
        picture: a bar that grows.
        bars: the bar so far, beside the whole of it.
    """

    metrics: Metrics
    picture: Image
    bars: Pictures


@dataclass(frozen=True)
class Levelled:
    """A picture at several gains.

    Attributes:
        pictures: the picture, brighter and brighter.
    """

    pictures: Pictures


@dataclass(frozen=True)
class Marked:
    """A text with a word marked.

    Attributes:
        marked: the text.
    """

    marked: MarkedText


@dataclass(frozen=True)
class Pointed:
    """A spot on a picture.

    Attributes:
        metrics: the pixel there.
        mirrored: the same spot from the lower right corner.
        verdict: which of its colours wins.
    """

    metrics: Metrics
    mirrored: Spot
    verdict: Annotated[str, Summary("the red")]


@dataclass(frozen=True)
class Raced:
    """A race so far.

    Attributes:
        metrics: laps of both.
        verdict: who won, in the end.
    """

    metrics: Metrics
    verdict: Annotated[str | None, Summary("the hare")] = None


@dataclass(frozen=True)
class Tied:
    """A graph with one node more.

    Attributes:
        graph: the graph.
        edges: how many edges it has.
    """

    graph: Graph
    edges: int


@dataclass(frozen=True)
class Shuffled:
    """Pictures in another order.

    Attributes:
        pictures: the pictures.
        count: how many.
    """

    pictures: Images
    count: int


@dataclass(frozen=True)
class Picked:
    """Columns of a table.

    Attributes:
        table: the columns.
        first: the name of the one that stands first.
    """

    table: Table
    first: str


@dataclass(frozen=True)
class Played:
    """A melody backwards.

    Attributes:
        melody: the melody.
        length: how many notes.
    """

    melody: Melody
    length: int


@dataclass(frozen=True)
class Given:
    """What was given, and nothing for what was not.

    Attributes:
        label: what it was called.
        picture: the picture.
        sound: the sound.
        clip: the clip.
        surface: the mesh.
        table: the table.
        points: the points.
        drawing: the drawing.
        plot: where the points are.
        levels: the picture beside a darker one.
        download: the file.
    """

    label: str
    picture: Image | None = None
    sound: Audio | None = None
    clip: Video | None = None
    surface: Mesh | None = None
    table: Table | None = None
    points: Points | None = None
    drawing: Drawing | None = None
    plot: Figure | None = None
    levels: Pictures | None = None
    download: File | None = None


ALL = {
    "label": "all", "image": "picture.png", "sound": "tone.wav", "clip": "fading.mp4", "mesh": "cube.obj",
    "table": "table.csv", "points": "points.csv", "drawing": "drawing.png", "attachment": "points.csv",
}  # fmt: skip


class AppKinds(Method):
    """Takes every kind of value, one a time, and gives it back changed.

    There is no paper behind it: it serves the tests.
    """

    title = "Kinds <of> & values"
    family = "robustness"
    paper = Paper("Kinds of values", ("A. Weaver", "B. Dyer"), 2026, "the loom", "https://example.org/kinds")

    @action(
        title="Turn a picture",
        examples=[
            {"image": "picture.png", "quarters": 1, "border": 4, "mirror": True, "gain": 0.75},
            {"image": "picture.png", "channel": "red"},
        ],
    )
    def turn_picture(
        self,
        image: Image,
        quarters: Annotated[int, Field(ge=0, le=3), Unit("quarter turns")] = 0,
        gain: Annotated[float, Field(ge=0.5, le=2.0), Unit("times")] = 1.0,
        channel: Literal["all", "red", "green", "blue", "none"] = "all",
        border: Literal[0, 4, 8] = 0,
        mirror: bool = False,
        seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0,
        name: Annotated[str, Field(max_length=20)] = "mean",
        mask: Image | None = None,
    ) -> Turned:
        """Turn a picture by quarters.

        Args:
            image: the picture to turn.
            quarters: how often.
            gain: a factor for every level.
            channel: which to keep.
            border: a black border, in pixels.
            mirror: whether to mirror it.
            seed: fixes nothing at all.
            name: what the level is called.
            mask: where it is white the picture is kept.
        """
        import numpy as np
        import plotly.graph_objects as go

        pixels = np.rot90(image.pixels, quarters).astype("f8") * gain
        if mirror:
            pixels = pixels[:, ::-1]
        if mask is not None:
            pixels = pixels * (mask.pixels.mean() > 127)
        if channel != "all":
            pixels = pixels * [channel == one for one in ("red", "green", "blue")]
        pixels = np.pad(pixels, ((border, border), (border, border), (0, 0))).clip(0, 255).astype("u1")
        plot = go.Figure(go.Scatter(y=pixels.mean(axis=(0, 2)), name="level"))
        rows = [("width", pixels.shape[1], "px"), (name, float(pixels.mean()), "levels"), ("took", 0.1, "s")]
        return Turned(Image(np.ascontiguousarray(pixels)), Figure(plot), Metrics(rows))

    @action(title="Play a sound backwards", examples=[{"sound": "tone.wav"}])
    def reverse_sound(self, sound: Audio) -> Sounded:
        """Play a sound backwards.

        Args:
            sound: the sound.
        """
        return Sounded(Audio.of((sound.rate, sound.samples[::-1])))

    @action(title="Rewind a clip", examples=[{"clip": "fading.mp4"}])
    def rewind_clip(self, clip: Video) -> Rewound:
        """Play a clip backwards.

        Args:
            clip: the clip.
        """
        return Rewound(Video.of((clip.frames[::-1].copy(), clip.fps)), len(clip.frames) / clip.fps)

    @action(title="Scale a mesh", examples=[{"mesh": "cube.obj", "factor": 2.0}])
    def scale_mesh(self, mesh: Mesh, factor: Annotated[float, Field(ge=0.1, le=10)] = 1.0) -> Scaled:
        """Scale a mesh about the origin.

        Args:
            mesh: the mesh.
            factor: by how much.
        """
        return Scaled(Mesh(mesh.vertices * factor, mesh.faces), len(mesh.faces))

    @action(title="Sort a table", examples=[{"table": "table.csv", "column": "height"}])
    def sort_table(self, table: Table, column: str = "") -> Sorted:
        """Sort a table by one of its columns.

        Args:
            table: the table.
            column: its name; the first if empty.
        """
        frame = table.frame.sort_values(column or table.frame.columns[0], ignore_index=True)
        return Sorted(Table.of(frame), File("sorted.csv", frame.to_csv(index=False).encode()))

    @action(title="Move points", examples=[{"points": "points.csv", "shift": 1.5}])
    def move_points(self, points: Points, shift: Annotated[float, Field(ge=-9, le=9)] = 0.0) -> Moved:
        """Shift points along both axes.

        Args:
            points: the points.
            shift: how far.
        """
        import plotly.graph_objects as go

        moved = points.xy + shift
        figure = go.Figure(go.Scatter(x=moved[:, 0], y=moved[:, 1], mode="markers"))
        return Moved(Points.of(moved), Figure(figure))

    @action(title="Mirror a drawing", examples=[{"drawing": "drawing.png"}])
    def mirror_drawing(self, drawing: Drawing) -> Inked:
        """Mirror a drawing left to right.

        Args:
            drawing: the drawing.
        """
        return Inked(Drawing.of(drawing.ink[:, ::-1]), round(float(drawing.ink.mean()), 6))

    @action(title="Read a text", examples=[{"story": "Once upon a time\nthere was *a* <b>loom</b>."}])
    def read_text(self, story: Text, mood: Literal["calm", "stormy"] = "calm", after: Text = "") -> Read:
        """Count and shout the words of a text.

        Args:
            story: the text.
            mood: how it is read.
            after: more of it.
        """
        story += after
        words = story.split()
        return Read(story.upper(), words[0] if words else "", len(words), len(words) > 5, mood)

    @action(title="Copy a file", examples=[{"attachment": "points.csv"}])
    def copy_file(self, attachment: File) -> Copied:
        """Give a file back as it came.

        Args:
            attachment: the file.
        """
        return Copied(File("copy.bin", attachment.data), len(attachment.data))

    @action(title="Count", examples=[{"steps": 3}])
    def count(
        self, steps: Annotated[int, Field(ge=1, le=9)] = 2, progress: Progress = Progress()
    ) -> Iterator[Counted]:
        """Count, and show every number on the way.

        Args:
            steps: how far.
        """
        import numpy as np

        for step in range(1, steps + 1):
            progress(step / steps, f"at {step}")
            bar = np.zeros((8, 9, 3), "u1")
            bar[:, :step] = 255
            whole = Image(np.full_like(bar, 255))
            bars = Pictures((("so far", Image(bar)), ("in the end", whole)))
            yield Counted(Metrics([("number", step, "")]), Image(bar), bars)

    @action(title="Compare levels", examples=[{"image": "picture.png"}, {"image": "picture.png", "steps": 4}])
    def compare_levels(self, image: Image, steps: Annotated[int, Field(ge=1, le=6)] = 2) -> Levelled:
        """Show a picture at several levels side by side.

        Args:
            image: the picture.
            steps: how many levels.
        """
        levels = [(1 + step, image.pixels // (1 + step)) for step in range(steps)]
        return Levelled(
            Pictures(
                tuple(
                    (f"1/{part} <b>level</b>\n{pixels.mean():.3g} of 255", Image(pixels))
                    for part, pixels in levels
                )
            )
        )

    @action(title="Mark a word", examples=[{"story": "one loom 🦎, two looms", "word": "loom"}])
    def mark_word(self, story: Text, word: str = "a") -> Marked:
        """Mark a word wherever it stands.

        Args:
            story: the text.
            word: the word.
        """
        import re

        found = re.finditer(re.escape(word), story)
        spans = [
            (match.start(), match.end(), "<b>word</b>", 1 / (1 + place)) for place, match in enumerate(found)
        ]
        return Marked(MarkedText.of((story, spans)))

    @action(title="Point at a picture", examples=[{"image": "picture.png", "spot": (3, 2)}])
    def point_at(self, image: Image, spot: Annotated[Spot, SpotOn("image")]) -> Pointed:
        """Tell what is at a spot of a picture.

        Args:
            image: the picture.
            spot: where to look.
        """
        pixel = image.pixels[int(spot.y), int(spot.x)]
        rows = [
            ("x", spot.x, "px"),
            ("y", spot.y, "px"),
            ("red", int(pixel[0]), ""),
            ("green", int(pixel[1]), ""),
        ]
        mirrored = Spot(image.width - 1 - spot.x, image.height - 1 - spot.y)
        ahead = "level with" if pixel[1] == pixel[0] else "ahead of" if pixel[1] > pixel[0] else "behind"
        return Pointed(Metrics(rows), mirrored, f"The green is {ahead} the red.")

    @action(title="Point if you like", examples=[{"image": "picture.png", "spot": (3, 2)}])
    def point_or_not(self, image: Image, spot: Annotated[Spot | None, SpotOn("image")] = None) -> Pointed:
        """Tell what is at a spot of a picture, or in its corner.

        Args:
            image: the picture.
            spot: where to look, or nowhere.
        """
        return self.point_at(image, spot or Spot(0, 0))

    @action(title="Race", examples=[{"laps": 3}])
    def race(self, laps: Annotated[int, Field(ge=1, le=9)] = 2) -> Iterator[Raced]:
        """Let a tortoise and a hare run some laps.

        Args:
            laps: how many.
        """
        for lap in range(1, laps + 1):
            rows = Metrics([("tortoise", lap, "laps"), ("hare", lap - 1, "laps")])
            yield Raced(rows, "The tortoise is a lap ahead of the hare." if lap == laps else None)

    @action(title="Tie a knot", examples=[{"graph": "graph.graphml"}])
    def tie_knot(self, graph: Graph) -> Tied:
        """Add a node that is tied to the first one.

        Args:
            graph: the graph.
        """
        edges = [*graph.edges.tolist(), (0, len(graph.nodes))]
        return Tied(Graph.of(([*graph.nodes, "<b>knot</b>"], edges)), len(edges))

    @action(title="Shuffle pictures", examples=[{"pictures": ("picture.png", "drawing.png")}])
    def shuffle_pictures(self, pictures: Images) -> Shuffled:
        """Turn the order of pictures round.

        Args:
            pictures: the pictures.
        """
        return Shuffled(Images(pictures.items[::-1]), len(pictures.items))

    @action(title="Pick columns", examples=[{"table": "table.csv", "label": "name", "numbers": ["height"]}])
    def pick_columns(
        self,
        table: Table,
        label: Annotated[str, ColumnOf("table")],
        numbers: Annotated[list[str], ColumnOf("table")] = [],  # noqa: B006
    ) -> Picked:
        """Keep some columns of a table.

        Args:
            table: the table.
            label: the first column.
            numbers: the others, if any.
        """
        return Picked(Table.of(table.frame[list(dict.fromkeys([label, *numbers]))]), label)

    @action(title="Keep columns", examples=[{"table": "table.csv", "names": ["width", "height"]}])
    def keep_columns(self, table: Table, names: Annotated[list[str], ColumnOf("table")]) -> Picked:
        """Keep some columns of a table.

        Args:
            table: the table.
            names: which.
        """
        return Picked(Table.of(table.frame[names]), names[0])

    @action(title="Pair columns", examples=[{"table": "table.csv", "first": "width"}])
    def pair_columns(
        self,
        table: Table,
        first: Annotated[str, Field(max_length=200), ColumnOf("table")],
        last: Annotated[str, ColumnOf("table")] = "",
    ) -> Picked:
        """Keep one or two columns of a table.

        Args:
            table: the table.
            first: the first column.
            last: the last one; empty for none.
        """
        return self.pick_columns(table, first, [last] if last else [])

    @action(title="Play a melody backwards", examples=[{"melody": "scale.notes"}])
    def turn_melody(self, melody: Melody) -> Played:
        """Play a melody backwards.

        Args:
            melody: the melody.
        """
        return Played(Melody(melody.notes[::-1]), len(melody.notes))

    @action(
        title="Leave some out", examples=[ALL, {"label": "two", "sound": "tone.wav", "points": "points.csv"}]
    )
    def leave_out(
        self,
        label: Annotated[str, Field(max_length=20)],
        image: Image | None = None,
        sound: Audio | None = None,
        clip: Video | None = None,
        mesh: Mesh | None = None,
        table: Table | None = None,
        points: Points | None = None,
        drawing: Drawing | None = None,
        attachment: File | None = None,
    ) -> Given:
        """Give back what was given.

        Args:
            label: what it is called.
            image: a picture, or none.
            sound: a sound, or none.
            clip: a clip, or none.
            mesh: a mesh, or none.
            table: a table, or none.
            points: points, or none.
            drawing: a drawing, or none.
            attachment: a file, or none.
        """
        import plotly.graph_objects as go

        plot = levels = None
        if points is not None:
            plot = Figure(go.Figure(go.Scatter(x=points.xy[:, 0], y=points.xy[:, 1], mode="markers")))
        if image is not None:
            levels = Pictures((("as it is", image), ("darker", Image(image.pixels // 2))))
        file = File("copy.bin", attachment.data) if attachment is not None else None
        return Given(label, image, sound, clip, mesh, table, points, drawing, plot, levels, file)

    @action(title="Come late", examples=[ALL, {"label": "one", "image": "picture.png"}])
    def come_late(
        self,
        label: Annotated[str, Field(max_length=20)],
        image: Image | None = None,
        sound: Audio | None = None,
        clip: Video | None = None,
        mesh: Mesh | None = None,
        table: Table | None = None,
        points: Points | None = None,
        drawing: Drawing | None = None,
        attachment: File | None = None,
    ) -> Iterator[Given]:
        """Give nothing at first, and in the end what was given.

        Args:
            label: what it is called.
            image: a picture, or none.
            sound: a sound, or none.
            clip: a clip, or none.
            mesh: a mesh, or none.
            table: a table, or none.
            points: points, or none.
            drawing: a drawing, or none.
            attachment: a file, or none.
        """
        yield Given(label)
        yield self.leave_out(label, image, sound, clip, mesh, table, points, drawing, attachment)
