"""``zoo thumbnail SLUG``: a method's thumbnail, made from what one of its examples gives.

A picture is cut to the shape of the gallery's cards; a plot is drawn anew in thick lines on a dark ground, without
words, since none could be read at that size.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from zoo import card, paths, registry
from zoo.action import Action
from zoo.errors import InputError
from zoo.types import Drawing, Figure, Graph, Image, Images, Pictures, Value, Video

SIZE, ZOOM = (640, 360), 3
GROUND = (20, 20, 31)
COLOURS = ("#8b8bff", "#ff9f43", "#2dd4bf", "#ff6369", "#52a9ff", "#c084fc", "#ffd166", "#8ce99a")
MOST_POINTS = 4000
"""Of a longer trace an even sample is drawn."""


def make(slug: str, action: str | None = None, example: int = 1, field: str | None = None) -> Path:
    """Run an example and write the picture beside the card, ``cards/<slug>.webp``, 640 x 360.

    Args:
        slug: the method.
        action: which action; the first if None.
        example: which of its examples, counted from 1.
        field: which field of the result; the first that can be drawn if None.

    Raises:
        InputError: there is no such action, example or field, or nothing that can be drawn.
    """
    method = registry.load(slug)
    actions = type(method).actions()
    name = (action or next(iter(actions))).replace("-", "_")
    if name not in actions:
        raise InputError(f"{slug} has no action {name}; name one of {', '.join(actions)}.")
    spec = actions[name]
    if not 1 <= example <= len(spec.examples):
        raise InputError(f"{slug}.{name} has {len(spec.examples)} examples; --example counts from 1.")
    result = method.run(name, **type(method).example(spec, example - 1))
    path = paths.may_write(card.path_of(type(method)).with_suffix(".webp"), slug)
    picture = io.BytesIO()
    draw(_chosen(spec, result, field)).save(picture, "webp", quality=88, method=6)
    paths.write_whole(path, picture.getvalue())
    return path


def _chosen(spec: Action, result: Any, name: str | None) -> Value:
    """The field that is drawn."""
    drawable = {
        item.name: getattr(result, item.name)
        for item in spec.results
        if isinstance(
            getattr(result, item.name), Image | Drawing | Pictures | Images | Video | Figure | Graph
        )
    }
    if name is not None and name in drawable:
        return drawable[name]
    if name is not None or not drawable:
        raise InputError(f"the result has no such picture or plot; it has {', '.join(drawable) or 'none'}.")
    return next(iter(drawable.values()))


def draw(value: Value) -> Pillow.Image:
    """A value as a picture of 640 x 360; of a clip its middle frame, of several pictures a row."""
    if isinstance(value, Figure):
        return plotted(value.plot)
    if isinstance(value, Graph):
        return _network(value)
    if isinstance(value, Video):
        return _fitted(Image(value.frames[len(value.frames) // 2]).pil(), SIZE)
    if isinstance(value, Drawing):
        return _fitted(Image.decode(value.encode()).pil(), SIZE)
    if isinstance(value, Image):
        return _fitted(value.pil(), SIZE)
    pictures = [picture for _, picture in value.items] if isinstance(value, Pictures) else list(value.items)  # type: ignore[attr-defined]
    sheet = Pillow.new("RGB", SIZE, "white")
    columns = min(len(pictures), 4)
    edges = np.linspace(0, SIZE[0], columns + 1).round().astype(int)
    for picture, left, right in zip(pictures, edges, edges[1:], strict=False):
        sheet.paste(
            _fitted(picture.pil(), (int(right - left) - 4 * (right < SIZE[0]), SIZE[1])), (int(left), 0)
        )
    return sheet


def _fitted(picture: Pillow.Image, size: tuple[int, int]) -> Pillow.Image:
    """The middle of a picture, scaled to fill a size; small pictures stay crisp."""
    factor = max(size[0] / picture.width, size[1] / picture.height)
    how = Pillow.Resampling.NEAREST if factor > 4 else Pillow.Resampling.LANCZOS
    width, height = (max(side, round(whole * factor)) for side, whole in zip(size, picture.size, strict=True))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    return picture.resize((width, height), how).crop((left, top, left + size[0], top + size[1]))


# ---------------------------------------------------------------------------------------------------------
# Plots


def plotted(plot: Any) -> Pillow.Image:
    """The lines, dots, bars and heat maps of a Plotly figure's first pair of axes.

    Raises:
        InputError: there are none of these.
    """
    traces = [trace for trace in plot.data if trace.type in ("scatter", "scattergl", "bar", "heatmap")]
    traces = [trace for trace in traces if (trace.xaxis or "x") == "x" and (trace.yaxis or "y") == "y"]
    layers = [
        layer
        for layer in (_Layer(trace, place, plot.layout) for place, trace in enumerate(traces))
        if layer.drawn
    ]
    if not layers:
        raise InputError("the plot has no lines, dots, bars or heat map to draw; choose another result.")
    page = Pillow.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), GROUND)
    brush = ImageDraw.Draw(page, "RGBA")
    low = np.min([layer.low for layer in layers], axis=0)
    high = np.max([layer.high for layer in layers], axis=0)
    scale = np.array(page.size) * (0.9, -0.84) / np.maximum(high - low, 1e-12)
    equal = plot.layout.yaxis.scaleanchor is not None
    if equal:
        scale = np.array([1, -1]) * np.abs(scale).min()
    scale = scale * [
        -1 if axis.autorange == "reversed" or (axis.range and axis.range[0] > axis.range[1]) else 1
        for axis in (plot.layout.xaxis, plot.layout.yaxis)
    ]
    origin = np.array(page.size) / 2 - scale * (low + high) / 2
    for layer in layers:
        layer.paint(page, brush, scale, origin)
    return page.resize(SIZE, Pillow.Resampling.LANCZOS)


class _Layer:
    """One trace, in the units in which its axes are even."""

    def __init__(self, trace: Any, place: int, layout: Any) -> None:
        self.trace = trace
        opacity = 220 if trace.opacity is None else round(220 * trace.opacity)
        self.colour = (*_colour(trace, place), opacity)
        grid = np.asarray(_numbers(trace.z), float) if trace.type == "heatmap" else None
        self.grid = grid if grid is not None and grid.ndim == 2 else None
        if trace.type == "heatmap":
            height, width = self.grid.shape if self.grid is not None else (0, 0)
            self.places = np.array([[0, 0], [width, height]], float)
        else:
            x, y = _axis(trace.x, trace.y, layout.xaxis.type), _axis(trace.y, trace.x, layout.yaxis.type)
            shared = min(len(x), len(y))
            self.places = np.column_stack([x[:shared], y[:shared]])
            step = max(1, shared // MOST_POINTS)
            self.places = self.places[::step]
        if trace.type == "bar" and len(self.places):
            self.places = np.vstack([self.places, [self.places[0, 0], 0]])
        finite = self.places[np.isfinite(self.places).all(axis=1)]
        self.drawn = len(finite) > 0
        if self.drawn:
            self.low, self.high = finite.min(axis=0), finite.max(axis=0)

    def paint(
        self, page: Pillow.Image, brush: ImageDraw.ImageDraw, scale: np.ndarray, origin: np.ndarray
    ) -> None:
        """Draw the trace; ``origin + scale * place`` is the pixel of a place."""
        spots = origin + scale * self.places
        if self.grid is not None:
            box = (*spots.min(axis=0).round().astype(int), *spots.max(axis=0).round().astype(int))
            cells = self.grid[:: -1 if scale[1] < 0 else 1, :: -1 if scale[0] < 0 else 1]
            page.paste(
                _heat(cells).resize((box[2] - box[0], box[3] - box[1]), Pillow.Resampling.NEAREST), box[:2]
            )
        elif self.trace.type == "bar":
            floor, half = origin[1], abs(scale[0]) * 0.35
            for x, y in spots[:-1][np.isfinite(spots[:-1]).all(axis=1)]:
                brush.rectangle((x - half, min(y, floor), x + half, max(y, floor)), self.colour)
        else:
            mode = self.trace.mode or ("lines" if len(spots) > 20 else "lines+markers")
            if "lines" in mode and getattr(self.trace.line, "width", None) != 0:  # 0 is a band's edge
                for part in _unbroken(spots):
                    width = 1.3 * (getattr(self.trace.line, "width", None) or 2) if len(spots) < 2000 else 0.5
                    brush.line(
                        [tuple(spot) for spot in part],
                        self.colour,
                        max(1, round(width * ZOOM)),
                        joint="curve",
                    )
            if "markers" in mode:
                radius = ZOOM * (5.5 if len(spots) < 200 else 3)
                for x, y in spots[np.isfinite(spots).all(axis=1)]:
                    brush.ellipse((x - radius, y - radius, x + radius, y + radius), self.colour)


def _unbroken(spots: np.ndarray) -> Iterable[np.ndarray]:
    """Runs of places without a gap, of two at least."""
    gaps = np.flatnonzero(~np.isfinite(spots).all(axis=1))
    for part in np.split(spots, gaps):
        part = part[np.isfinite(part).all(axis=1)]
        if len(part) > 1:
            yield part


def _numbers(values: Any) -> Any:
    """Numbers as Plotly keeps them: an array, a list, or packed bytes."""
    if isinstance(values, dict) and "bdata" in values:
        array = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        shape = [int(part) for part in str(values.get("shape", "-1")).split(",")]
        return array.reshape(shape)
    return values


def _axis(values: Any, others: Any, kind: str | None) -> np.ndarray:
    """Coordinates float64 (n,): numbers, their logarithms on such an axis, or the places of names."""
    values, others = _numbers(values), _numbers(others)
    if values is None:
        return np.arange(0 if others is None else len(others), dtype=float)
    try:
        numbers = np.array([math.nan if value is None else value for value in values], dtype=float)
    except (TypeError, ValueError):
        return np.arange(len(values), dtype=float)
    if kind != "log":
        return numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(numbers > 0, np.log10(numbers), np.nan)


def _colour(trace: Any, place: int) -> tuple[int, int, int]:
    """A trace's own colour where it is a plain one, else the next of the palette."""
    from PIL import ImageColor

    for own in (
        trace.marker.color if trace.type != "heatmap" else None,
        getattr(trace, "line", None) and trace.line.color,
    ):
        if isinstance(own, str):
            try:
                return ImageColor.getrgb(own)[:3]
            except ValueError:
                continue
    return ImageColor.getrgb(COLOURS[place % len(COLOURS)])[:3]


def _heat(grid: np.ndarray) -> Pillow.Image:
    """A heat map from dark blue to yellow, its first row on top; uint8 of the grid's shape."""
    finite = grid[np.isfinite(grid)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    level = np.nan_to_num((grid - low) / max(high - low, 1e-12)).clip(0, 1)
    stops = np.array([[28, 28, 52], [72, 80, 168], [45, 190, 170], [255, 214, 102]], float)
    colours = [np.interp(level, np.linspace(0, 1, len(stops)), stops[:, channel]) for channel in range(3)]
    return Pillow.fromarray(np.stack(colours, 2).round().astype(np.uint8))


def _network(graph: Graph) -> Pillow.Image:
    """Nodes as dots, edges as lines."""
    page = Pillow.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), GROUND)
    brush = ImageDraw.Draw(page, "RGBA")
    places = graph.placed()
    low, high = places.min(axis=0), places.max(axis=0)
    spots = (0.06 + 0.88 * (places - low) / np.maximum(high - low, 1e-12) * (1, -1) + [0, 0.88]) * page.size
    for start, end in graph.edges:
        brush.line([tuple(spots[start]), tuple(spots[end])], (142, 142, 156, 150), ZOOM)
    radius = ZOOM * (7 if len(spots) < 60 else 4)
    for x, y in spots:
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), COLOURS[0])
    return page.resize(SIZE, Pillow.Resampling.LANCZOS)
