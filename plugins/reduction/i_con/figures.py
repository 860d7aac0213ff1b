"""Maps beside one another, and the table of losses."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from zoo.blocks import figures
from zoo.blocks.figures import COLOURS, Colouring, Panel
from zoo.types import Figure

from .model import COLUMNS, ROWS, Array

EXACT, CONSTANT, TURNED = "exact", "up to a constant", "turned round, and with an entropy"
FILLS = ("139, 141, 152, 0.1", "196, 158, 128, 0.5", "170, 136, 253, 0.35", "91, 91, 214, 0.6")  # by kind
KNOWN = {
    ("Gaussian", "Gaussian"): ("SNE", EXACT), ("Gaussian", "Student, each point"): ("t-SNE of the paper", EXACT),
    ("Gaussian", "Student, all pairs"): ("t-SNE", EXACT), ("Gaussian", "clusters"): ("k-means turned round", TURNED),
    ("nearest", "Student, each point"): ("t-SimCLR", EXACT), ("nearest", "cosines"): ("InfoNCE", CONSTANT),
    ("nearest", "clusters"): ("InfoNCE clustering", EXACT), ("same class", "cosines"): ("SupCon", CONSTANT),
    ("two steps", "clusters"): ("clustering with walks", EXACT), ("same class", "classes"): ("cross-entropy", EXACT),
}  # fmt: skip
"""What a cell is called, and how far the loss of that name is this one; others have no name in the paper."""


def flat(rows: Array, learned: Array, axes: int) -> Array:
    """Places `(n, 2)` of what was learned of rows `(n, d)`: maps, a sphere's keeps areas; scores stand on a ring."""
    if axes == 0:
        angles = 2 * np.pi * np.arange(learned.shape[1]) / learned.shape[1]
        spread = np.linalg.svd(rows, full_matrices=False)[0][:, [0, -1 if rows.shape[1] == 1 else 1]]
        spread *= min(0.3, 2 / len(angles)) / np.abs(spread).max()
        return softmax(learned, axis=1) @ np.column_stack([np.sin(angles), np.cos(angles)]) + spread  # type: ignore[no-any-return]
    if axes == 2 or learned.shape[1] == 2:
        return learned
    unit = learned / np.linalg.norm(learned, axis=1, keepdims=True)
    return unit[:, :2] * np.sqrt(2 / np.maximum(1 + unit[:, 2:], 1e-9))  # type: ignore[no-any-return]


def compared(ways: dict[str, Array], colouring: Colouring) -> Figure:
    """Other maps `(n, 2)` of the same rows side by side, in the same colours."""
    bare, panels = figures.axis(bare=True, showgrid=False), list[Panel]()
    for way, places in ways.items():
        parts = figures.coloured(np.round(places, 3), colouring, most=len(COLOURS), size=5, hoverinfo="skip")
        for part in parts[: bool(panels)]:  # one bar of colours is enough
            part["marker"] |= {"showscale": False}
        panels.append(Panel(parts, bare, bare, way))
    return figures.beside(panels, height=420, legend=figures.ABOVE | {"y": 1.09})


def cells(row: str, column: str) -> Figure:
    """The table of losses with what each cell is called, and this one framed."""
    known = [[KNOWN.get((each, way), ("", "")) for way in COLUMNS] for each in ROWS]
    drawn = figures.heat(
        np.array([[["", TURNED, CONSTANT, EXACT].index(kind) for _, kind in line] for line in known]), list(ROWS),
        [way.replace(", ", ",<br>") for way in COLUMNS], low=0, high=3, height=400, showscale=False,
        text=[[word.replace(" ", "<br>").replace("s-", "s-<br>") or "?" for word, _ in line] for line in known],
        customdata=[[kind or "no name in the paper" for _, kind in line] for line in known],
        hover="neighbours: %{y}<br>drawn by: %{x}<br>%{customdata}<extra></extra>",
        colorscale=[[kind / 3, f"rgba({fill})"] for kind, fill in enumerate(FILLS)], texttemplate="%{text}",
        textfont={"size": 10},
    )  # fmt: skip
    across, down = list(COLUMNS).index(column), list(ROWS).index(row)
    ends = {"x0": across - 0.5, "x1": across + 0.5, "y0": down - 0.5, "y1": down + 0.5}
    drawn.plot.add_shape(type="rect", line={"color": COLOURS[1], "width": 4}, **ends)
    return drawn
