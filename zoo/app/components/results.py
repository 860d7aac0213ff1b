"""Tables, plots, graphs, numbers, marked texts, scores and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from zoo.action import Param, Result
from zoo.app.components.base import (
    QUIET,
    Component,
    caption,
    component,
    filled_by_script,
    read_again,
    uploaded,
    written,
)
from zoo.app.gradio_parts import cell_texts
from zoo.app.numbers import format_number
from zoo.app.scores import Scores
from zoo.app.scripts import call
from zoo.errors import InputError
from zoo.types import Figure, File, Graph, MarkedText, Metrics, Points, Table

component(Points)(Component)


@component(Table)
class TableView(Component):
    """A table: uploaded as a file, and shown as it was read."""

    arrives = ("dict", "a table as headers and data, its rows")

    def beneath(self, param: Param, own: Any) -> None:
        """The first rows, and what each column was read as."""
        view = filled_by_script(param.title, "preview", {})
        own.change(lambda raw: previewed(read_again(param, raw)), own, view, preprocess=False, **QUIET)

    def output(self, result: Result) -> gr.components.Component:
        """A table to scroll."""
        return gr.Dataframe(
            label=result.title, headers=[""], column_count=1, interactive=False, max_height=360
        )

    def show(self, result: Result, value: Table, folder: Path) -> Any:
        """Cells that read well; what is downloaded or sent over the API keeps every digit.

        Plain data, for the styler itself cannot travel between processes, as results do on ZeroGPU.
        """
        frame = value.frame
        if not frame.columns.is_unique:
            return frame
        data = frame.to_dict(orient="split")["data"]
        return {"headers": list(frame.columns), "data": data, "metadata": cell_texts(frame)}


FIRST_ROWS, FIRST_COLUMNS = 5, 12
"""What is shown of an uploaded table."""


def previewed(table: Table | None) -> dict[str, Any] | None:
    """How a table was read: its size, the kind and gaps of each column, the first rows, and what was decided."""
    if table is None:
        return None
    frame, reading = table.frame, table.reading
    part = frame.iloc[:FIRST_ROWS, :FIRST_COLUMNS]
    return {
        "size": [*map(int, frame.shape)],
        "columns": [
            [column.name, column.kind, column.missing] for column in reading.columns[:FIRST_COLUMNS]
        ],
        "rows": [
            ["" if missing else format_number(cell) if isinstance(cell, float) else str(cell)[:60]
             for cell, missing in zip(cells, gaps, strict=True)]
            for cells, gaps in zip(part.to_numpy(object).tolist(), part.isna().to_numpy().tolist(), strict=True)
        ],
        "names": [str(name) for name in part.index] if reading.row_names else [],
        "said": reading.sentence(),
    }  # fmt: skip


@component(File)
class Attachment(Component):
    """Any file, which keeps its name."""

    def receive(self, param: Param, raw: Any) -> Any:
        """The file under the name that the visitor gave it."""
        if raw is None:
            return None
        file = File.open(uploaded(param, raw))
        return File(Path(raw["orig_name"]).name, file.data) if raw.get("orig_name") else file

    def output(self, result: Result) -> gr.components.Component:
        """A button, which nobody can press before there is a file."""
        return gr.DownloadButton(f"Download {result.title.lower()}", size="md", interactive=False)

    def extend(self, result: Result, own: Any, folder: Path) -> None:
        """Let the button be pressed while there is a file."""
        own.change(None, own, own, js=call("pressable"), **QUIET)

    def show(self, result: Result, value: File, folder: Path) -> Any:
        """The file; its name comes from a plugin, and only its last part may count."""
        return written(value, Path(value.name).name, folder)


@component(Figure)
class Plot(Component):
    """An interactive plot."""

    arrives = ("dict", "a plot, whose key plot holds Plotly JSON")

    def output(self, result: Result) -> gr.components.Component:
        """The plot."""
        return gr.Plot(label=caption(result), elem_classes="z-plot")

    def show(self, result: Result, value: Figure, folder: Path) -> Any:
        """The plot in the page's colours."""
        return themed(value.plot)


def themed(plot: Any) -> Any:
    """A figure without a ground of its own; the page's style sheet colours text and grid for either theme."""
    import plotly.graph_objects as go

    plot = go.Figure(plot)
    margin = {"l": 56, "r": 20, "t": 48 if plot.layout.title.text else 28, "b": 52}
    plot.update_layout(
        margin={side: plot.layout.margin[side] or size for side, size in margin.items()},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font_family="Inter, system-ui, sans-serif",
        colorway=["#5b5bd6", "#e5484d", "#12a594", "#f76b15", "#8e4ec6", "#0090ff", "#ad7f58", "#d6409f"],
        hoverlabel_font_family="Inter, system-ui, sans-serif",
    )
    return plot


@component(Graph)
class Network(Component):
    """A graph: a plot of nodes and edges, which carries the graph itself, and two files of it."""

    arrives = ("dict", "a plot of a graph, with the graph under layout.meta.graph")

    def output(self, result: Result) -> gr.components.Component:
        """The plot."""
        return gr.Plot(label=caption(result), elem_classes="z-plot")

    def show(self, result: Result, value: Graph, folder: Path) -> Any:
        """The plot; clients find the graph under ``layout.meta.graph``."""
        return themed(drawn(value))

    def extend(self, result: Result, own: Any, folder: Path) -> None:
        """Buttons that download GraphML and JSON, once there is a graph."""
        with gr.Row(elem_classes="z-downloads"):
            buttons = [
                gr.DownloadButton(f"Download {result.title.lower()} as {name}", size="sm", visible=False)
                for name in ("GraphML", "JSON")
            ]

        def prepare(raw: Any) -> Any:
            graph = _carried(raw)
            if graph is None:
                return [gr.update(visible=False)] * 2
            files = File("", graph.graphml()), graph
            paths = [
                written(file, f"{result.name}{suffix}", folder)
                for file, suffix in zip(files, (".graphml", ".json"), strict=True)
            ]
            return [gr.update(value=path, visible=True) for path in paths]

        own.change(prepare, inputs=own, outputs=buttons, preprocess=False, **QUIET)


def _carried(raw: Any) -> Graph | None:
    """The graph that a plot carries, of the JSON that the browser has of it."""
    try:
        return Graph.of(json.loads(raw["plot"])["layout"]["meta"]["graph"])
    except (TypeError, KeyError, ValueError, InputError):
        return None


def drawn(graph: Graph) -> Any:
    """A Plotly figure of a graph: edges as lines, nodes as dots that tell their name, degree and value."""
    import numpy as np
    import plotly.graph_objects as go

    places = graph.placed()
    gap = np.full(len(graph.edges), np.nan)
    x, y = (np.column_stack([*places[graph.edges, axis].T, gap]).ravel() for axis in (0, 1))
    degree = np.bincount(graph.edges.ravel(), minlength=len(graph.nodes))
    names = _plain(graph.nodes)
    texts = [
        f"{name}: {count} edge{'' if count == 1 else 's'}" for name, count in zip(names, degree, strict=True)
    ]
    colour: Any = "#5b5bd6"
    scale = {}
    if graph.values is not None:
        texts = [
            f"{text}, {format_number(float(number))}"
            for text, number in zip(texts, graph.values, strict=True)
        ]
        colour, scale = graph.values, {"colorscale": "Viridis", "showscale": True}
    few = len(graph.nodes) <= 30
    figure = go.Figure(
        [
            go.Scatter(x=x, y=y, mode="lines", line={"color": "#8e8e9c", "width": 1}, hoverinfo="skip", opacity=0.6),
            go.Scatter(
                x=places[:, 0], y=places[:, 1], mode="markers+text" if few else "markers",
                text=names if few else None, textposition="top center",
                hovertext=texts, hoverinfo="text",
                marker={"color": colour, "size": 12 if few else max(4, 14 - len(graph.nodes) // 60), **scale},
            ),
        ],
        layout={"showlegend": False, "meta": {"graph": graph.record()}, "dragmode": "pan"},
    )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure


def _plain(names: tuple[str, ...]) -> list[str]:
    """Names without the tags that Plotly would obey."""
    return [name.replace("&", "&amp;").replace("<", "&lt;") for name in names]


@component(Metrics)
class Numbers(Component):
    """Numbers with their units."""

    arrives = ("list[dict]", "numbers, each with name, value, unit and text")

    def output(self, result: Result) -> gr.components.Component:
        """What ``zoo.metrics`` in ``assets/zoo.js`` fills."""
        return filled_by_script(result.title, "metrics", {"caption": caption(result)})

    def show(self, result: Result, value: Metrics, folder: Path) -> Any:
        """Rows, each number with its text."""
        return [{**row, "text": format_number(row["value"])} for row in value.records()]


@component(MarkedText)
class Marks(Component):
    """A text with marks in it; uploaded as JSON."""

    arrives = ("dict", "a text and its marked spans")

    def output(self, result: Result) -> gr.components.Component:
        """What ``zoo.marked`` in ``assets/zoo.js`` fills."""
        return filled_by_script(result.title, "marked", {"caption": caption(result)})

    def show(self, result: Result, value: MarkedText, folder: Path) -> Any:
        """The text and its spans."""
        return value.record()


@component(Scores)
class ScoreTable(Component):
    """What contestants scored."""

    arrives = ("dict", "scores as columns and rows")

    def output(self, result: Result) -> gr.components.Component:
        """What ``zoo.scores`` in ``assets/zoo.js`` fills."""
        return filled_by_script(result.title, "scores", {"caption": caption(result)})

    def show(self, result: Result, value: Scores, folder: Path) -> Any:
        """The table."""
        return value.table()
