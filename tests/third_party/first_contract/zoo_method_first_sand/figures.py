"""Numbers before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from zoo.types import Figure

MOST = 200
"""Numbers that are drawn; more could not be told apart."""


def before_and_after(values: NDArray, estimate: NDArray) -> Figure:
    """A dot for each number as measured, and another for what it is shrunk to; both `(n,)`."""
    import plotly.graph_objects as go

    chosen = np.linspace(0, len(values) - 1, min(MOST, len(values))).round().astype(int)
    plot = go.Figure()
    for name, numbers, colour in (("measured", values, "#8b8bff"), ("shrunk", estimate, "#ff9f43")):
        plot.add_scatter(
            x=chosen, y=numbers[chosen], name=name, mode="markers", marker={"color": colour, "size": 9}
        )
    plot.update_layout(xaxis_title="number", yaxis_title="value", height=420)
    return Figure(plot)
