"""Figures of the analyses: maps, correlation circles, scree plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.blocks.figures import (
    COLOURS,
    FAINT,
    NEUTRAL,
    Colouring,
    Trace,
    axis,
    bars,
    chart,
    coloured,
    dots,
    line,
    sample,
    short,
)
from zoo.blocks.svd import Array
from zoo.types import Figure

MOST_LABELS = 40
# Width and height in pixels of the plot on a phone, for which labels are laid out; a wider one only gives
# them more room. Letters and lines are those of a label.
PLOT, LETTER, LINE = np.array([280.0, 410.0]), 6.4, 14
PLACES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, 1),
    "top left": (-1, 1),
    "bottom right": (1, -1),
    "bottom left": (-1, -1),
}


def axis_title(number: int, shares: Array) -> str:
    """`Axis 1 (44.3 %)`, with axes counted from 1."""
    return (
        f"Axis {number} ({100 * shares[number - 1]:.1f} %)"
        if number <= len(shares)
        else f"Axis {number} (empty)"
    )


def plane(coordinates: Array, axes: tuple[int, int]) -> Array:
    """Two axes of coordinates `(n, k)`, counted from 1, as `(n, 2)`; an axis that is not there is 0."""
    padded = np.pad(coordinates, ((0, 0), (0, max(0, max(axes) - coordinates.shape[1]))))
    return padded[:, [axes[0] - 1, axes[1] - 1]]


@dataclass(frozen=True)
class Labels:
    """Which points are named, and on which side; an empty text leaves the name to the hover."""

    texts: list[str]
    sides: list[str]

    def part(self, span: slice) -> Labels:
        """The labels of some of the points."""
        return Labels(self.texts[span], self.sides[span])


def limits(points: Array, pad: float = 0.12) -> Array:
    """What a map of the points `(n, 2)` and the origin shows: lowest and highest x and y, `(2, 2)`."""
    corners = np.vstack([points, np.zeros((1, 2))])
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = pad * max(float((high - low).max()), 1e-300)
    return np.stack([low - room, high + room])


def labels(points: Array, names: list[str], importance: Array, shown: Array, first: int = 0) -> Labels:
    """Labels that fit a phone's screen, of which none lies over another, the most important first.

    Args:
        points: `(n, 2)`, the first `first` of them named before all others.
        names: of the points; an empty name is never written.
        importance: larger is named sooner, `(n,)`.
        shown: see `limits`.
    """
    placed = Labels([""] * len(names), ["top center"] * len(names))
    scale = float((PLOT / (shown[1] - shown[0])).min())
    pixels = (points - shown[0]) * scale
    width = max(PLOT[0], float((shown[1] - shown[0])[0]) * scale)
    taken = np.empty((0, 4))
    order = np.lexsort((-importance, np.arange(len(names)) >= first))
    for point in [point for point in order if names[point]][:MOST_LABELS]:
        name = short(names[point])
        half = LETTER * len(name) / 2
        for side in dict.fromkeys(([outward(points[point])] if point < first else []) + list(PLACES)):
            right, up = PLACES[side]
            x = pixels[point, 0] + right * (half + 7)
            y = pixels[point, 1] + up * (LINE if right == 0 else 7)
            box = np.array([x - half, y - LINE / 2, x + half, y + LINE / 2])
            clear = (
                (box[0] > taken[:, 2])
                | (box[2] < taken[:, 0])
                | (box[1] > taken[:, 3])
                | (box[3] < taken[:, 1])
            )
            if clear.all() and box[0] >= 0 and box[2] <= width:
                placed.texts[point], placed.sides[point] = name, side
                taken = np.vstack([taken, box])
                break
    return placed


def framed(shown: Array, titles: tuple[str, str], traces: list[Trace]) -> Figure:
    """A map that shows what `limits` found, with units of one length on both axes."""
    across, up = (axis(title, span=shown[:, side]) for side, title in enumerate(titles))
    return chart(traces, across, up, height=520, equal=True)


def cloud(
    points: Array,
    names: list[str],
    written: Labels,
    *,
    colouring: Colouring | None = None,
    title: str = "",
    colour: str = COLOURS[0],
    **look: object,
) -> list[Trace]:
    """Items `(n, 2)`, in the colours of their groups or of a number each, with their names on hovering."""
    drawn = sample(len(points))
    look = {"size": 8 if len(points) <= 300 else 5, **look}
    if any(written.texts[place] for place in drawn):
        look |= {"mode": "markers+text", "textfont": {"size": 11}}
    look["hovertemplate"] = "%{customdata}<br>%{x:.3g}, %{y:.3g}<extra>%{fullData.name}</extra>"
    details = {
        "text": written.texts,
        "textposition": written.sides,
        "customdata": [short(name, 60) for name in names],
    }
    if colouring is not None:
        return coloured(points, colouring, part=drawn, details=details, **look)
    each = {key: [values[place] for place in drawn] for key, values in details.items()}
    return [dots(*points[drawn].T, short(title), colour, **each, **look)]


def arrows(
    tips: Array, names: list[str], written: Labels, *, colour: str = NEUTRAL, title: str = ""
) -> list[Trace]:
    """Variables as arrows from the origin to `(p, 2)`."""
    order = np.argsort(-np.square(tips).sum(axis=1), kind="stable")[:200]
    gaps, zeros = np.full((len(order), 1), np.nan), np.zeros((len(order), 1))
    lines = [np.hstack([zeros, tips[order, [side]][:, None], gaps]).ravel() for side in (0, 1)]
    angles = np.degrees(np.arctan2(tips[order, 0], tips[order, 1]))
    return [
        line(*lines, "", colour, width=1.5, hoverinfo="skip"),
        dots(
            *tips[order].T,
            title,
            colour,
            size=11,
            opacity=1,
            symbol="arrow",
            marker={"angle": angles, "standoff": 0},
            mode="markers+text",
            text=[f"<b>{written.texts[place]}</b>" if written.texts[place] else "" for place in order],
            textposition=[written.sides[place] for place in order],
            textfont={"size": 11},
            customdata=[short(names[place], 60) for place in order],
            hovertemplate="%{customdata}<br>%{x:.3g}, %{y:.3g}<extra>" + short(title) + "</extra>",
        ),
    ]


def item_map(
    points: Array,
    names: list[str],
    titles: tuple[str, str],
    *,
    named: bool,
    colouring: Colouring | None = None,
    tips: Array | None = None,
    tip_names: list[str] | None = None,
) -> Figure:
    """Items `(n, 2)` and, in a biplot, variables as arrows to `tips` `(p, 2)`.

    The arrows are drawn as long as the cloud is wide: their directions and ratios count, not their unit.

    Args:
        named: whether the items' names are worth writing beside them.
    """
    tips, tip_names = (np.empty((0, 2)), []) if tips is None else (tips, tip_names or [])
    reach = float(np.sqrt(np.square(tips).sum(axis=1).max(initial=0)))
    if reach > 0:
        tips = tips * (0.9 * float(np.quantile(np.sqrt(np.square(points).sum(axis=1)), 0.95)) / reach)
    both = np.vstack([tips, points])
    shown = limits(both)
    texts = tip_names + (names if named else [""] * len(names))
    written = labels(both, texts, np.square(both).sum(axis=1), shown, len(tips))
    beside = written.part(slice(len(tips), None))
    traces = cloud(points, names, beside, colouring=colouring, opacity=0.6 if len(tips) else 0.8)
    if len(tips):
        traces += arrows(tips, tip_names, written.part(slice(len(tips))))
    return framed(shown, titles, traces)


def two_clouds(
    first: Array,
    second: Array,
    first_names: list[str],
    second_names: list[str],
    titles: tuple[str, str],
    legend: tuple[str, str],
    *,
    first_named: bool = True,
    colouring: Colouring | None = None,
) -> Figure:
    """Two kinds of points on one map, `(n, 2)` and `(p, 2)`: dots and diamonds."""
    both = np.vstack([second, first])
    shown = limits(both)
    texts = second_names + (first_names if first_named else [""] * len(first_names))
    written = labels(both, texts, np.square(both).sum(axis=1), shown, len(second))
    beside, opacity = written.part(slice(len(second), None)), 0.8 if first_named else 0.55
    traces = cloud(first, first_names, beside, title=legend[0], colouring=colouring, opacity=opacity)
    look = {
        "symbol": "diamond",
        "size": 9,
        "opacity": 1,
        "colour": COLOURS[1] if colouring is None else NEUTRAL,
    }
    traces += cloud(second, second_names, written.part(slice(len(second))), title=legend[1], **look)
    return framed(shown, titles, traces)


def explained(names: list[str], values: dict[str, Array], title: str) -> Figure:
    """One row of bars for each name, `(n,)` values from 0 to 1 in each series, largest on top."""
    order = np.argsort(sum(values.values()))[-30:]
    rows = [short(names[place]) for place in order]
    traces = [
        bars(
            rows,
            numbers[order],
            series,
            colour,
            across=True,
            hovertemplate="%{y}: %{x:.2f}<extra>%{fullData.name}</extra>",
        )
        for (series, numbers), colour in zip(values.items(), COLOURS, strict=False)
    ]
    down = axis(showgrid=False, automargin=True, type="category")
    height = max(280, 90 + 26 * len(order))
    return chart(traces, axis(title, span=(0, 1)), down, height=height, barmode="group", bargap=0.3)


def shepard(given: Array, drawn: Array) -> Figure:
    """Distances on the map against the given ones, `(pairs,)`; on the line the map is exact."""
    part = sample(len(given))
    hover = "given %{x:.4g}<br>map %{y:.4g}<extra></extra>"
    ends = [0, float(max(given.max(), drawn.max()))]
    traces = [
        dots(given[part], drawn[part], size=5, opacity=0.6, hovertemplate=hover),
        line(ends, ends, "", NEUTRAL, width=1.5, hoverinfo="skip"),
    ]
    return chart(traces, "Given distance", "Distance on the map", height=380)


def outward(tip: Array) -> str:
    """The side of an arrow's tip that points away from the origin."""
    if abs(tip[0]) < 0.4 * abs(tip[1]):
        return "top center" if tip[1] > 0 else "bottom center"
    vertical = "middle" if abs(tip[1]) < 0.4 * abs(tip[0]) else "top" if tip[1] > 0 else "bottom"
    return f"{vertical} {'right' if tip[0] > 0 else 'left'}"


def correlation_circle(
    tips: Array,
    names: list[str],
    x_title: str,
    y_title: str,
    more: tuple[Array, list[str], str] | None = None,
    title: str = "",
) -> Figure:
    """Correlations of variables with two axes, `(p, 2)`, inside the unit circle.

    Args:
        more: a second set of correlations with its names and its title.
    """
    angle = np.linspace(0, 2 * np.pi, 181)
    traces = [line(np.cos(angle), np.sin(angle), "", FAINT, width=1.5, hoverinfo="skip")]
    others, other_names, other_title = more or (np.empty((0, 2)), [], "")
    both = np.vstack([tips, others])
    shown = np.array([[-1.25, -1.25], [1.25, 1.25]])
    written = labels(both, names + other_names, np.square(both).sum(axis=1), shown, len(both))
    traces += arrows(tips, names, written.part(slice(len(tips))), colour=COLOURS[0], title=title)
    if more is not None:
        rest = written.part(slice(len(tips), None))
        traces += arrows(others, other_names, rest, colour=COLOURS[1], title=other_title)
    return framed(shown, (x_title, y_title), traces)


def scree(shares: Array, *, title: str = "Share of the inertia (%)", cumulative: bool = True) -> Figure:
    """Percent along each axis as bars, and their running sum as a line, `(k,)`."""
    percent = 100 * shares[:30]
    places = np.arange(1, len(percent) + 1)
    colours = np.where(percent < 0, COLOURS[1], COLOURS[0]).tolist()
    hover = "axis %{x}: %{y:.1f} %<extra></extra>"
    traces = [bars(places, percent, "each axis", colours, hovertemplate=hover)]
    if cumulative:
        hover = "axes 1 to %{x}: %{y:.1f} %<extra></extra>"
        traces.append(line(places, np.cumsum(percent), "together", NEUTRAL, marks=6, hovertemplate=hover))
    across = axis("Axis", dtick=1 if len(places) <= 12 else 5, showgrid=False, zeroline=False)
    up = axis(title, span=(0, 105) if cumulative else None)
    return chart(traces, across, up, height=340, showlegend=cumulative, bargap=0.35)
