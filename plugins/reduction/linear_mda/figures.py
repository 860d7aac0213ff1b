"""Figures of the analyses: maps, correlation circles, scree plots.

Nothing here sets a background or a font colour, so that the page may show them light or dark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from zoo.blocks.svd import Array

MOST_LABELS = 40
MOST_POINTS = 5000
# Strokes that read on white and on black alike.
NEUTRAL, FAINT = "#8b8d98", "rgba(139, 141, 152, 0.35)"
COLOURS = ("#5b5bd6", "#f76b15", "#12a594", "#d6409f", "#ad7f58", "#0090ff", "#8e4ec6", "#e5484d")
# A phone's plot, width and height in pixels, for which labels are laid out; a wider one only gives
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


def short(name: str, length: int = 22) -> str:
    """A name as a label; Plotly reads markup, so `<` and `&` are written out."""
    text = name if len(name) <= length else name[: length - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;")


def axis_title(axis: int, shares: Array) -> str:
    """`Axis 1 (44.3 %)`, with axes counted from 1."""
    return f"Axis {axis} ({100 * shares[axis - 1]:.1f} %)" if axis <= len(shares) else f"Axis {axis} (empty)"


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
    found = Labels([""] * len(names), ["top center"] * len(names))
    scale = float((PLOT / (shown[1] - shown[0])).min())
    pixels = (points - shown[0]) * scale
    width = max(PLOT[0], float((shown[1] - shown[0])[0]) * scale)
    taken = np.empty((0, 4))
    order = np.lexsort((-importance, np.arange(len(names)) >= first))
    for one in [one for one in order if names[one]][:MOST_LABELS]:
        name = short(names[one])
        half = LETTER * len(name) / 2
        for side in dict.fromkeys(([outward(points[one])] if one < first else []) + list(PLACES)):
            right, up = PLACES[side]
            x = pixels[one, 0] + right * (half + 7)
            y = pixels[one, 1] + up * (LINE if right == 0 else 7)
            box = np.array([x - half, y - LINE / 2, x + half, y + LINE / 2])
            clear = (
                (box[0] > taken[:, 2])
                | (box[2] < taken[:, 0])
                | (box[1] > taken[:, 3])
                | (box[3] < taken[:, 1])
            )
            if clear.all() and box[0] >= 0 and box[2] <= width:
                found.texts[one], found.sides[one] = name, side
                taken = np.vstack([taken, box])
                break
    return found


def fit(figure: go.Figure, shown: Array) -> None:
    """Show what `limits` found."""
    figure.update_xaxes(range=shown[:, 0].tolist())
    figure.update_yaxes(range=shown[:, 1].tolist())


def sample(count: int) -> np.ndarray:
    """Positions of the points that are drawn: all, or a fixed random choice of `MOST_POINTS`."""
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_POINTS, replace=False))


def frame(x_title: str, y_title: str, *, height: int = 520, equal: bool = True) -> go.Figure:
    """An empty figure with the page's manners: slim margins, legend below the title, faint zero lines."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 48, "b": 56},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
        hovermode="closest",
        colorway=COLOURS,
    )
    grid = {
        "gridcolor": "rgba(139, 141, 152, 0.18)",
        "zerolinecolor": "rgba(139, 141, 152, 0.55)",
        "zerolinewidth": 1,
    }
    figure.update_xaxes(title=x_title, **grid)
    figure.update_yaxes(title=y_title, **grid)
    if equal:
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    return figure


@dataclass(frozen=True)
class Colouring:
    """What colours the items: words, or a number each.

    Attributes:
        title: the column's name.
        groups: one word an item, `(n,)`, or None.
        values: one number an item, `(n,)`, or None.
    """

    title: str
    groups: np.ndarray | None = None
    values: Array | None = None


def add_points(
    figure: go.Figure,
    points: Array,
    names: list[str],
    written: Labels,
    *,
    colouring: Colouring | None = None,
    title: str = "",
    symbol: str = "circle",
    colour: str = COLOURS[0],
    size: float | None = None,
    opacity: float = 0.8,
) -> None:
    """Draw items `(n, 2)`, in the colours of their groups or of a number each."""
    drawn = sample(len(points))
    size = size or (8 if len(points) <= 300 else 5)

    def trace(part: np.ndarray, name: str, marker: dict) -> None:
        shown = [written.texts[one] for one in part]
        figure.add_scatter(
            x=points[part, 0],
            y=points[part, 1],
            mode="markers+text" if any(shown) else "markers",
            text=shown,
            textposition=[written.sides[one] for one in part],
            textfont_size=11,
            customdata=[short(names[one], 60) for one in part],
            hovertemplate=f"%{{customdata}}<br>%{{x:.3g}}, %{{y:.3g}}<extra>{name}</extra>",
            name=name,
            showlegend=bool(name),
            marker={"size": size, "opacity": opacity, "symbol": symbol, **marker},
        )

    if colouring is not None and colouring.values is not None:
        bar = {"title": short(colouring.title), "thickness": 12, "outlinewidth": 0}
        trace(drawn, "", {"color": colouring.values[drawn], "colorscale": "Viridis", "colorbar": bar})
    elif colouring is not None:
        groups = colouring.groups
        counts = {name: int((groups == name).sum()) for name in dict.fromkeys(groups)}
        largest = sorted(counts, key=lambda name: -counts[name])[: len(COLOURS) - 1]
        shown = [name for name in counts if name in largest] if len(counts) > len(COLOURS) else list(counts)
        for place, name in enumerate(shown):
            trace(drawn[groups[drawn] == name], short(str(name)), {"color": COLOURS[place]})
        rest = drawn[~np.isin(groups[drawn], shown)]
        if len(rest):
            trace(rest, "other", {"color": NEUTRAL})
    else:
        trace(drawn, short(title), {"color": colour})


def item_map(
    points: Array,
    names: list[str],
    titles: tuple[str, str],
    *,
    named: bool,
    colouring: Colouring | None = None,
    tips: Array | None = None,
    tip_names: list[str] | None = None,
) -> go.Figure:
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
    figure = frame(*titles)
    add_points(
        figure,
        points,
        names,
        written.part(slice(len(tips), None)),
        colouring=colouring,
        opacity=0.6 if len(tips) else 0.8,
    )
    if len(tips):
        add_arrows(figure, tips, tip_names, written.part(slice(len(tips))))
    fit(figure, shown)
    return figure


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
) -> go.Figure:
    """Two kinds of points on one map, `(n, 2)` and `(p, 2)`: dots and diamonds."""
    both = np.vstack([second, first])
    shown = limits(both)
    texts = second_names + (first_names if first_named else [""] * len(first_names))
    written = labels(both, texts, np.square(both).sum(axis=1), shown, len(second))
    figure = frame(*titles)
    add_points(
        figure,
        first,
        first_names,
        written.part(slice(len(second), None)),
        title=legend[0],
        colouring=colouring,
        opacity=0.8 if first_named else 0.55,
    )
    add_points(
        figure,
        second,
        second_names,
        written.part(slice(len(second))),
        title=legend[1],
        symbol="diamond",
        size=9,
        colour=COLOURS[1] if colouring is None else NEUTRAL,
        opacity=1,
    )
    fit(figure, shown)
    return figure


def bars(names: list[str], values: dict[str, Array], title: str) -> go.Figure:
    """One row of bars for each name, `(n,)` values from 0 to 1 in each series, largest on top."""
    order = np.argsort(sum(values.values()))[-30:]
    figure = frame(title, "", height=max(280, 90 + 26 * len(order)), equal=False)
    for series, numbers in values.items():
        figure.add_bar(
            y=[short(names[one]) for one in order],
            x=numbers[order],
            name=series,
            orientation="h",
            hovertemplate="%{y}: %{x:.2f}<extra>" + series + "</extra>",
        )
    figure.update_layout(barmode="group", bargap=0.3, margin_l=110)
    figure.update_yaxes(showgrid=False, automargin=True)
    figure.update_xaxes(range=[0, 1])
    return figure


def shepard(given: Array, drawn: Array) -> go.Figure:
    """Distances on the map against the given ones, `(pairs,)`; on the line the map is exact."""
    part = sample(len(given))
    figure = frame("Given distance", "Distance on the map", height=380, equal=False)
    figure.add_scatter(
        x=given[part],
        y=drawn[part],
        mode="markers",
        marker={"size": 5, "opacity": 0.6, "color": COLOURS[0]},
        hovertemplate="given %{x:.4g}<br>map %{y:.4g}<extra></extra>",
        showlegend=False,
    )
    top = float(max(given.max(), drawn.max()))
    figure.add_scatter(
        x=[0, top],
        y=[0, top],
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    return figure


def add_arrows(
    figure: go.Figure,
    tips: Array,
    names: list[str],
    written: Labels,
    *,
    colour: str = NEUTRAL,
    title: str = "",
) -> None:
    """Draw variables as arrows from the origin to `(p, 2)`."""
    lengths = np.square(tips).sum(axis=1)
    order = np.argsort(-lengths, kind="stable")[:200]
    gaps = np.full((len(order), 1), np.nan)
    zeros = np.zeros((len(order), 1))
    lines = [np.hstack([zeros, tips[order, [axis]][:, None], gaps]).ravel() for axis in (0, 1)]
    figure.add_scatter(
        x=lines[0],
        y=lines[1],
        mode="lines",
        line={"color": colour, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    angles = np.degrees(np.arctan2(tips[order, 0], tips[order, 1]))
    figure.add_scatter(
        x=tips[order, 0],
        y=tips[order, 1],
        mode="markers+text",
        marker={"symbol": "arrow", "size": 11, "color": colour, "angle": angles, "standoff": 0},
        text=[f"<b>{written.texts[one]}</b>" if written.texts[one] else "" for one in order],
        textposition=[written.sides[one] for one in order],
        textfont_size=11,
        customdata=[short(names[one], 60) for one in order],
        hovertemplate="%{customdata}<br>%{x:.3g}, %{y:.3g}<extra>" + short(title) + "</extra>",
        name=title,
        showlegend=bool(title),
    )


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
) -> go.Figure:
    """Correlations of variables with two axes, `(p, 2)`, inside the unit circle.

    Args:
        more: a second set of correlations with its names and its title.
    """
    figure = frame(x_title, y_title)
    angle = np.linspace(0, 2 * np.pi, 181)
    figure.add_scatter(
        x=np.cos(angle),
        y=np.sin(angle),
        mode="lines",
        line={"color": FAINT, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    others, other_names, other_title = more or (np.empty((0, 2)), [], "")
    both = np.vstack([tips, others])
    shown = np.array([[-1.25, -1.25], [1.25, 1.25]])
    written = labels(both, names + other_names, np.square(both).sum(axis=1), shown, len(both))
    add_arrows(figure, tips, names, written.part(slice(len(tips))), colour=COLOURS[0], title=title)
    if more is not None:
        rest = written.part(slice(len(tips), None))
        add_arrows(figure, others, other_names, rest, colour=COLOURS[1], title=other_title)
    fit(figure, shown)
    return figure


def scree(shares: Array, *, title: str = "Share of the inertia (%)", cumulative: bool = True) -> go.Figure:
    """Percent along each axis as bars, and their running sum as a line, `(k,)`."""
    figure = frame("Axis", title, height=340, equal=False)
    percent = 100 * shares[:30]
    axes = np.arange(1, len(percent) + 1)
    figure.add_bar(
        x=axes,
        y=percent,
        name="each axis",
        marker_color=np.where(percent < 0, COLOURS[1], COLOURS[0]).tolist(),
        hovertemplate="axis %{x}: %{y:.1f} %<extra></extra>",
    )
    if cumulative:
        figure.add_scatter(
            x=axes,
            y=np.cumsum(percent),
            name="together",
            mode="lines+markers",
            line={"color": NEUTRAL, "width": 2},
            hovertemplate="axes 1 to %{x}: %{y:.1f} %<extra></extra>",
        )
        figure.update_yaxes(range=[0, 105])
    figure.update_layout(showlegend=cumulative, bargap=0.35)
    figure.update_xaxes(dtick=1 if len(axes) <= 12 else 5, showgrid=False, zeroline=False)
    return figure
