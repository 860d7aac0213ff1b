"""Pictures of graphs: channels tied by bundles of edges, and every node as a pixel."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, SHADES, Trace, axis, chart, dots, line
from zoo.types import Figure, Image

from .encodings import Graph, Group, Plan
from .metrics import degrees

MOST_ITEMS = 64
"""Dots in a column; a layer of more channels has neighbouring ones taken together."""

MOST_BUNDLES = 300
"""Bundles drawn between two columns, chosen at random in proportion to their edges."""

EDGE, SHORTCUT, DEAD = NEUTRAL, COLOURS[1], "#e5484d"

PANEL = (300, 130)
"""Most pixels, down and across, that the nodes of one group take."""

GROUND, OFF, SINK, SOURCE = (20, 20, 31), (46, 46, 66), (229, 72, 77), (247, 107, 21)


def channels(plan: Plan, graph: Graph) -> Figure:
    """The graph with a dot a channel, all its cells together, and a line for the edges between two channels."""
    columns, item, place = _items(plan)
    ones = csr_array(
        (np.ones(graph.edges), graph.weights.indices, graph.weights.indptr), shape=graph.weights.shape
    )
    member = csr_array(
        (np.ones(graph.nodes), item, np.arange(graph.nodes + 1)), shape=(graph.nodes, len(place))
    )
    bundles = coo_array(member.T @ ones @ member)
    source, target, count = bundles.row, bundles.col, bundles.data
    straight = columns[target] - columns[source] == 1

    rng = np.random.default_rng(0)
    traces = []
    for part, colour in ((straight, EDGE), (~straight, SHORTCUT)):
        strong = np.zeros(len(count))
        for column in np.unique(columns[source[part]]):
            bundle = np.flatnonzero(part & (columns[source] == column))
            equal = count[bundle].min() == count[bundle].max()  # as between neurons, one edge each
            strong[bundle] = 0.5 if equal else count[bundle] / count[bundle].max()
            if len(bundle) > MOST_BUNDLES:
                chance = count[bundle] / count[bundle].sum()
                strong[np.setdiff1d(bundle, rng.choice(bundle, MOST_BUNDLES, replace=False, p=chance))] = 0
        for low, high, opacity, width in (
            (0.0, 0.34, 0.16, 0.7),
            (0.34, 0.67, 0.35, 0.9),
            (0.67, 1.0, 0.7, 1.1),
        ):
            shown = part & (strong > low) & (strong <= high)
            if not shown.any():
                continue
            x, y = _lines(columns, place, source[shown], target[shown], bow=0.0 if colour == EDGE else 0.16)
            traces.append(line(x, y, "", colour, width=width, opacity=opacity, hoverinfo="skip"))
    traces += _dots(plan, graph, columns, item, place)
    ticks = [
        f"{group.channels}<br>{group.side}²" if group.side > 1 else str(group.channels)
        for group in plan.groups
    ]
    across = axis(
        "channels, and cells in the map of each", tickvals=list(range(len(ticks))), ticktext=ticks, tickangle=0,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    up, margin = axis(span=(-0.06, 1.06), visible=False), {"l": 10, "r": 10, "t": 10, "b": 120}
    return chart(traces, across, up, height=520, showlegend=False, margin=margin)


def _items(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dots of all columns.

    Returns:
        The column of every dot, the dot of every node, and the height of every dot, 0 to 1.
    """
    columns, items, heights, first = [], [], [], 0
    for column, group in enumerate(plan.groups):
        drawn = min(group.channels, MOST_ITEMS)
        dot_of_channel = np.arange(group.channels) * drawn // group.channels
        items.append(first + np.repeat(dot_of_channel, group.side**2))
        columns.append(np.full(drawn, column))
        heights.append((np.arange(drawn) + 0.5) / drawn)
        first += drawn
    return np.concatenate(columns), np.concatenate(items), 1 - np.concatenate(heights)


def _lines(
    columns: np.ndarray, place: np.ndarray, source: np.ndarray, target: np.ndarray, bow: float
) -> tuple[np.ndarray, np.ndarray]:
    """Lines between dots, bent upwards by ``bow`` in the middle, with gaps between them."""
    along = np.linspace(0, 1, 9 if bow else 2)
    x = columns[source][:, None] + (columns[target] - columns[source])[:, None] * along
    y = place[source][:, None] + (place[target] - place[source])[:, None] * along
    y = y + bow * 4 * along * (1 - along) * (0.5 - y)
    gap = np.full((len(source), 1), np.nan)
    return np.hstack([x, gap]).round(3).reshape(-1), np.hstack([y, gap]).round(4).reshape(-1)


def _dots(plan: Plan, graph: Graph, columns: np.ndarray, item: np.ndarray, place: np.ndarray) -> list[Trace]:
    """Dots shaded by the mean degree of their nodes; open and red where no path runs through."""
    outgoing, incoming = degrees(graph)
    nodes = np.bincount(item)
    degree = np.bincount(item, outgoing + incoming) / nodes
    gives, gets = np.bincount(item, outgoing) > 0, np.bincount(item, incoming) > 0
    last = columns[-1]
    live = (gives | (columns == last)) & (gets | (columns == 0))
    shade = np.log10(np.maximum(degree, 0.1))
    size = np.where(np.bincount(columns)[columns] > 32, 5, 7)
    text = np.array([f"mean degree {mean:.1f}" for mean in degree])
    text[gets & ~gives & ~live], text[gives & ~gets & ~live] = "sink", "source"
    text[~gets & ~gives] = "disconnected"
    ticks = np.arange(np.floor(shade[live].min(initial=0)), np.ceil(shade[live].max(initial=0)) + 1)
    bar = {
        "title": {"text": "mean degree", "side": "top"}, "thickness": 8, "len": 0.5, "orientation": "h", "y": -0.36,
        "tickvals": ticks.tolist(), "ticktext": [f"{10**tick:,g}" for tick in ticks],
    }  # fmt: skip
    shaded = {"colorscale": [list(stop) for stop in SHADES], "showscale": True, "colorbar": bar}
    y = place.round(4)
    dead = dots(
        columns[~live], y[~live], "", DEAD, size=size[~live], opacity=1, symbol="circle-open",
        marker={"line": {"width": 1.5}}, text=text[~live], hoverinfo="text",
    )  # fmt: skip
    colours = shade[live].round(2)
    return [
        dead,
        dots(
            columns[live],
            y[live],
            "",
            colours,
            size=size[live],
            opacity=1,
            marker=shaded,
            text=text[live],
            hoverinfo="text",
        ),
    ]


def nodes(plan: Plan, graph: Graph) -> Image:
    """Every node as a pixel: one panel a group, in it a tile a channel.

    Degrees run from blue to yellow on a logarithmic scale; sinks are red, sources orange, disconnected nodes
    grey. Of a group of many channels a regular sample is shown.
    """
    outgoing, incoming = degrees(graph)
    degree = outgoing + incoming
    pixels = sheets.heat(np.log1p(degree), high=np.log1p(max(degree.max(), 1)))
    inner_out, inner_in = np.arange(graph.nodes) < graph.starts[-2], np.arange(graph.nodes) >= graph.starts[1]
    pixels[(outgoing == 0) & (incoming > 0) & inner_out] = SINK
    pixels[(outgoing > 0) & (incoming == 0) & inner_in] = SOURCE
    pixels[degree == 0] = OFF
    panels = []
    for group, start in zip(plan.groups, graph.starts[:-1], strict=True):
        tiles = pixels[start : start + group.size].reshape(group.channels, group.side, group.side, 3)
        shown = np.linspace(0, group.channels - 1, min(group.channels, MOST_ITEMS)).round().astype(int)
        panels.append(_panel(tiles[shown]))
    return Image(_row(panels, [_label(group) for group in plan.groups]))


def _label(group: Group) -> str:
    return f"{group.channels} of {group.side}x{group.side}" if group.side > 1 else str(group.channels)


def _panel(tiles: np.ndarray) -> np.ndarray:
    """Tiles (n, s, s, 3) in rows, as large as the panel allows without uneven pixels."""
    count, side = tiles.shape[:2]
    cell = side + 1
    fits = {
        across: min(PANEL[0] // (-(-count // across) * cell), PANEL[1] // (across * cell), 24)
        for across in range(1, count + 1)
    }
    across = max(fits, key=lambda number: (fits[number], -number))
    rows = [tiles[first : first + across] for first in range(0, count, across)]
    return sheets.enlarge(sheets.grid(rows, gap=1, ground=GROUND, edge=False), max(fits[across], 1))[
        : PANEL[0]
    ]


def _row(panels: list[np.ndarray], labels: list[str]) -> np.ndarray:
    """Panels side by side, each with its label below."""
    import PIL.Image
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(17)
    widths = [
        max(panel.shape[1], round(font.getlength(text))) for panel, text in zip(panels, labels, strict=True)
    ]
    page = PIL.Image.new("RGB", (sum(widths) + 14 * (len(panels) + 1), PANEL[0] + 44), GROUND)
    brush, left = ImageDraw.Draw(page), 14
    for panel, width, text in zip(panels, widths, labels, strict=True):
        page.paste(
            PIL.Image.fromarray(panel),
            (left + (width - panel.shape[1]) // 2, 12 + (PANEL[0] - panel.shape[0]) // 2),
        )
        brush.text((left + width / 2, PANEL[0] + 28), text, (190, 190, 205), font, anchor="mm")
        left += width + 14
    return np.array(page)
