"""The palette for every eye and both grounds, and charts as Plotly reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import combinations, pairwise

import numpy as np
import pytest

from zoo.blocks import figures
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring, Panel

SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}  # fmt: skip
"""What is left of linear RGB (Machado, Oliveira, Fernandes 2009, severity 1)."""


def linear(colour: str) -> np.ndarray:
    part = np.array([*bytes.fromhex(colour[1:])]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, ground: str) -> float:
    bright, dark = sorted(float(linear(one) @ [0.2126, 0.7152, 0.0722]) + 0.05 for one in (colour, ground))[
        ::-1
    ]
    return bright / dark


def oklab(rgb: np.ndarray) -> np.ndarray:
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]]) @ rgb.clip(
        0, 1
    )
    return np.array(
        [[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    ) @ np.cbrt(cones)


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart(sight: str) -> None:
    seen = [oklab(np.array(SIGHT[sight]) @ linear(colour)) for colour in COLOURS]

    def least(count: int) -> float:
        return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen[:count], 2))

    assert least(4) > 0.17
    assert least(8) > 0.10
    assert least(10) > 0.08, "Okabe and Ito's six have 0.076"


@pytest.mark.parametrize("colour", [*COLOURS, NEUTRAL])
def test_colours_read_on_both_grounds(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 2.2
    assert contrast(colour, "#14141f") >= 2.7


def test_plotly_comes_with_the_first_figure_only() -> None:
    code = (
        "import sys; from zoo.blocks import figures as f, sheets; t = f.line([0, 1], [1, 2], 'a');"
        "assert 'plotly' not in sys.modules; f.chart([t]); assert 'plotly' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_chart_says_what_it_was_told_and_leaves_colours_to_the_page() -> None:
    plot = figures.chart(
        [
            figures.line([1, 10], [1, 2], "ours", COLOURS[1], dash="dot", marks=5),
            figures.dots([1], [1], symbol="x"),
            figures.bars(["a"], [3.0], "bars", across=True),
            *figures.levels((1, 10), {"theirs": 2.0}, {"theirs": NEUTRAL}, {"theirs": "dash"}),
        ],
        figures.axis("steps", log=True, span=(0, 1)),
        "loss",
        height=300,
        equal=True,
    ).plot
    ours, point, bar, level = plot.data
    assert (ours.mode, ours.line.dash, ours.line.color, ours.marker.size) == (
        "lines+markers",
        "dot",
        COLOURS[1],
        5,
    )
    assert (point.mode, point.showlegend, point.marker.symbol) == ("markers", False, "x")
    assert (bar.orientation, list(bar.y), list(bar.x)) == ("h", ["a"], [3.0])
    assert (list(level.y), level.line.dash) == ([2.0, 2.0], "dash")
    assert (plot.layout.xaxis.type, plot.layout.xaxis.range, plot.layout.yaxis.title.text) == (
        "log",
        (0, 1),
        "loss",
    )
    assert (plot.layout.yaxis.scaleanchor, plot.layout.height) == ("x", 300)
    assert plot.layout.paper_bgcolor is plot.layout.plot_bgcolor is plot.layout.font.color is None


def test_many_classes_get_colours_by_frequency_and_the_rest_is_grey() -> None:
    groups = np.repeat(np.array([f"k{k}" for k in range(12)], object), np.arange(12, 0, -1))
    points = np.random.default_rng(0).random((len(groups), 2))
    traces = figures.coloured(points, Colouring("kind", groups), details={"text": list(groups)}, size=4)
    assert [trace["name"] for trace in traces] == [*(f"k{k}" for k in range(7)), "other"]
    assert sum(len(trace["x"]) for trace in traces) == len(points)
    assert traces[-1]["marker"]["color"] == NEUTRAL
    assert set(traces[1]["text"]) == {"k1"}
    met = figures.coloured(points[:3], Colouring("digit", np.array(["digit 10", "digit 3", "digit 4"])))
    assert [trace["name"] for trace in met] == ["digit 3", "digit 4", "digit 10"]
    ten = figures.coloured(points[:10], Colouring("digit", np.arange(10)), most=10)
    assert [trace["marker"]["color"] for trace in ten] == list(COLOURS)


def test_values_get_one_trace_with_a_bar_and_names_are_never_markup() -> None:
    points = np.zeros((4, 2))
    (trace,) = figures.coloured(points, Colouring("<b>a", values=np.arange(4.0)), part=np.array([1, 3]))
    assert trace["marker"]["color"].tolist() == [1.0, 3.0]
    assert trace["marker"]["colorbar"]["title"] == "&lt;b>a"
    assert figures.short("a & b" * 9, 6) == "a &amp; b…"
    figures.chart([trace])


def test_panels_stand_beside_each_other_with_one_legend() -> None:
    part = Panel([figures.dots([0, 1], [0, 1], "points")], figures.axis(span=(0, 1)), figures.axis(), "left")
    plot = figures.beside([part, part, part]).plot
    assert [trace.xaxis for trace in plot.data] == ["x", "x2", "x3"]
    assert [trace.showlegend for trace in plot.data] == [True, False, False]
    ends = [plot.layout[name].domain for name in ("xaxis", "xaxis2", "xaxis3")]
    assert ends[0][0] == 0
    assert ends[2][1] == pytest.approx(1)
    assert all(a[1] < b[0] for a, b in pairwise(ends))
    assert plot.layout.yaxis2.scaleanchor == "x2"


def test_heat_has_its_first_row_on_top() -> None:
    figure = figures.heat(np.eye(2), ["a", "b"], ["c", "d"], low=0, high=1, ends=("far", "near"))
    written = json.loads(figure.encode())
    assert written["layout"]["yaxis"]["autorange"] == "reversed"
    assert written["data"][0]["colorbar"]["ticktext"] == ["far", "near"]
    assert figure.plot.data[0].zmin == 0


def test_samples_are_fixed_and_in_order() -> None:
    places = figures.sample(9000, 100)
    assert np.array_equal(places, figures.sample(9000, 100))
    assert len(set(places.tolist())) == 100
    assert (np.diff(places) > 0).all()
    assert figures.sample(7).tolist() == list(range(7))
