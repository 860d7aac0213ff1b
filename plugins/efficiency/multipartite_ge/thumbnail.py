"""Draws ``cards/multipartite-ge.webp`` from a real graph: ``python -m plugins.efficiency.multipartite_ge.thumbnail``.

A residual network pruned at random, node by node: columns are groups of activations, their nodes shaded by degree;
of the edges an even sample is drawn, those of shortcuts in orange.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from zoo.blocks import sheets

from . import figures
from .encodings import multipartite
from .metrics import degrees
from .population import pruned

SIZE, ZOOM = (640, 360), 3
EDGES = 9_000
TARGET = Path(__file__).resolve().parents[3] / "cards" / "multipartite-ge.webp"


def draw() -> Image.Image:
    """ResNet-8 with a tenth of its weights, chosen by ERK."""
    graph = multipartite(pruned("ResNet-8", "ERK", 0.9, 0)[0].plan())
    columns = np.searchsorted(graph.starts, np.arange(graph.nodes), side="right") - 1
    inside = np.arange(graph.nodes) - graph.starts[columns]
    size = np.diff(graph.starts)[columns]
    height = 0.34 + 0.56 * np.log(size / size.min()) / np.log(size.max() / size.min())
    width = len(graph.starts) - 2
    x = SIZE[0] * ZOOM * (0.06 + 0.88 * columns / width)
    y = SIZE[1] * ZOOM * (0.5 + height * ((inside + 0.5) / size - 0.5))

    page = Image.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), figures.GROUND)
    brush = ImageDraw.Draw(page, "RGBA")
    source, target = graph.weights.nonzero()
    chosen = np.random.default_rng(0).choice(len(source), EDGES, replace=False)
    jump = columns[target[chosen]] - columns[source[chosen]]
    for edge in chosen[np.argsort(jump, kind="stable")]:
        u, v = source[edge], target[edge]
        colour = "#f76b1538" if columns[v] - columns[u] > 1 else "#7cc4ff1c"
        brush.line([(x[u], y[u]), (x[v], y[v])], colour, 2)
    outgoing, incoming = degrees(graph)
    shade = np.log1p(outgoing + incoming)
    colours = sheets.heat(shade, high=shade.max())
    for node in range(graph.nodes):
        brush.ellipse([x[node] - 4, y[node] - 3, x[node] + 4, y[node] + 3], tuple(colours[node]))
    return page.resize(SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(TARGET, quality=86, method=6)
