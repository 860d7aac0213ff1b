"""FINOLA's figures; colours of text and background are left to the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from zoo.types import Figure

OURS, THEIRS = "#f97316", "#64748b"


def quality(lengths: Sequence[int], ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """PSNR against code length, beside principal components."""
    figure = go.Figure()
    for name, values, colour in (("FINOLA", ours, OURS), ("principal components", theirs, THEIRS)):
        figure.add_scatter(
            x=list(lengths), y=list(values), name=name, mode="lines+markers", line_color=colour
        )
    figure.update_layout(
        title="This picture at every code length",
        xaxis={"title": "numbers a tile", "type": "log", "tickvals": list(lengths)},
        yaxis_title="PSNR (dB)",
        legend={"x": 0.02, "y": 0.98},
    )
    return Figure(figure)


def spectrum(eigenvalues: Mapping[str, np.ndarray]) -> Figure:
    """Eigenvalues of each matrix, with the circle on which a step keeps the size of a pattern."""
    figure = go.Figure()
    angle = np.linspace(0, 2 * np.pi, 200)
    figure.add_scatter(
        x=np.cos(angle) - 1,
        y=np.sin(angle),
        mode="lines",
        line={"color": THEIRS, "dash": "dot"},
        name="|1 + λ| = 1",
    )
    for name, values in eigenvalues.items():
        figure.add_scatter(
            x=values.real, y=values.imag, mode="markers", name=name, marker={"size": 4, "opacity": 0.7}
        )
    figure.update_layout(
        title="Eigenvalues of the four matrices",
        xaxis_title="real part",
        yaxis={"title": "imaginary part", "scaleanchor": "x"},
    )
    return Figure(figure)


def speeds(eigenvalues: np.ndarray) -> Figure:
    """Eigenvalues of A B⁻¹; the few far out are left to zooming."""
    figure = go.Figure(
        go.Scatter(
            x=eigenvalues.real,
            y=eigenvalues.imag,
            mode="markers",
            marker={"size": 5, "color": OURS, "opacity": 0.7},
            name="λ",
        )
    )
    reach = float(np.quantile(np.abs(eigenvalues), 0.9)) * 1.1
    figure.update_layout(
        title="Wave speeds: eigenvalues of A B⁻¹",
        xaxis={"title": "real part", "range": [-reach, reach]},
        yaxis={"title": "imaginary part", "range": [-reach, reach], "scaleanchor": "x"},
    )
    return Figure(figure)


def growth(lengths: np.ndarray, most: np.ndarray) -> Figure:
    """|z| along the centre row, under the bound that normalising guarantees."""
    place = np.arange(len(lengths)) - len(lengths) // 2
    figure = go.Figure()
    figure.add_scatter(x=place, y=lengths, name="|z|", mode="lines+markers", line_color=OURS)
    figure.add_scatter(
        x=place, y=most, name="|q| + n |A| √C", mode="lines", line={"color": THEIRS, "dash": "dot"}
    )
    figure.update_layout(
        title="Growth along the centre row is at most linear",
        xaxis_title="cells from the centre",
        yaxis_title="length of z",
        legend={"x": 0.35, "y": 0.98},
    )
    return Figure(figure)
