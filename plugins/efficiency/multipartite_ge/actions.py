"""What the actions of `MultipartiteGe` do, and how they show it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import numpy as np
import pandas
from safetensors.torch import save

from zoo.blocks.figures import axis, chart, heat, line
from zoo.method import Method, Progress
from zoo.types import Figure, File, Metrics, Table

from . import Compared, Drawn, Read, figures, prediction, reading, standing
from .encodings import Graph, Plan, multipartite
from .metrics import topometrics
from .networks import build
from .population import pruned
from .vocabulary import FAMILIES, METRICS, PRUNERS, UNITS, Metric, Pruner, SmallNet


def draw(
    method: Method,
    network: SmallNet,
    pruner: Pruner,
    sparsity: float,
    seed: int,
    against: Metric,
    progress: Progress,
) -> Drawn:
    """See `MultipartiteGe.draw`."""
    progress(0.02, "loading the pictures that pruners look at")
    kept, collapsed = pruned(
        network, pruner, sparsity, seed, _Part(progress, 0.05, 0.4, f"pruning with {pruner}")
    )
    plan = kept.plan()
    graph, values, seconds = _measure(plan, progress)
    rows = standing.peers(sparsity)
    member = standing.known(network, pruner, sparsity, seed)
    accuracy = member["accuracy"] if member else None
    head: list[tuple[str, float | int | str, str]] = []
    if member:
        head.append(("accuracy, measured after training", accuracy, "of the test pictures"))
    else:
        guess, error = prediction.guess(rows, [values[metric] for metric in METRICS])
        head.append(("accuracy, predicted from the metrics", guess, f"typical error {error:.2f}"))
    head.append(("layers without any weight", len(collapsed), ", ".join(collapsed)))
    return Drawn(
        _place(graph, against, values[against], rows),
        figures.channels(plan, graph),
        figures.nodes(plan, graph),
        standing.plot(rows, against, values[against], accuracy),
        Metrics(head + _sizes(plan, graph, seconds) + _told(values, rows)),
        File(
            f"{network}-{pruner}-{sparsity:g}-{seed}.safetensors".replace(" ", "-"), save(kept.state_dict())
        ),
    )


def your_network(
    method: Method, file: File, side: int, halved_before: str, against: Metric, progress: Progress
) -> Read:
    """See `MultipartiteGe.your_network`."""
    plan = reading.read(file, side, halved_before)
    graph, values, seconds = _measure(plan, progress)
    kept = sum(np.count_nonzero(layer.weight) for layer in plan.layers)
    rows = standing.peers(1 - kept / sum(layer.weight.size for layer in plan.layers))
    return Read(
        _place(graph, against, values[against], rows),
        figures.channels(plan, graph),
        figures.nodes(plan, graph),
        standing.plot(rows, against, values[against], None),
        Metrics(_sizes(plan, graph, seconds) + _told(values, rows)),
        Table(_layers(plan)),
    )


def compare(
    method: Method, network: SmallNet, sparsity: float, seed: int, progress: Progress
) -> Iterator[Compared]:
    """See `MultipartiteGe.compare`."""
    metrics_of: dict[str, dict[str, float]] = {}
    densities: dict[str, list[float]] = {}
    names = [layer.name for layer in build(network, seed).plan().layers]
    rows = standing.peers(sparsity)
    for number, pruner in enumerate(PRUNERS):
        progress(number / len(PRUNERS), f"pruning with {pruner}")
        plan = pruned(network, pruner, sparsity, seed)[0].plan()
        graph = multipartite(plan)
        metrics_of[pruner] = {"edges": graph.edges, **topometrics(graph)}
        densities[pruner] = [layer.density for layer in plan.layers]
        accuracy = [r["accuracy"] for r in rows if r["network"] == network and r["pruner"] == pruner]
        metrics_of[pruner]["measured accuracy"] = float(np.mean(accuracy)) if accuracy else float("nan")
        if number % 3 == 2:
            yield Compared(
                _extremes(metrics_of),
                _ranks(metrics_of),
                _densities(densities, names),
                Table(_table(metrics_of)),
            )


def _place(graph: Graph, against: Metric, value: float, rows: list[prediction.Row]) -> str:
    """Where a graph stands among the measured ones, by one metric."""
    below = standing.below(rows, against, value)
    return (
        f"The graph has {graph.nodes:,} nodes and {graph.edges:,} edges; its {against} ({value:.4g}) lie above those of"
        f" {below:.0%} of the measured networks of about this sparsity."
    )


def _extremes(metrics_of: Mapping[str, Mapping[str, float]]) -> str:
    """The graphs with most and fewest edges."""
    edges = {pruner: int(values["edges"]) for pruner, values in metrics_of.items()}
    most, fewest = (chosen(edges, key=edges.__getitem__) for chosen in (max, min))
    return (
        f"With equally many weights {most} leaves {edges[most]:,} edges, {fewest} {edges[fewest]:,}"
        f" ({len(edges)} of {len(PRUNERS)} pruners)."
    )


class _Part(Progress):
    """A part of the work, from one fraction of the whole to another."""

    def __init__(self, whole: Progress, start: float, end: float, text: str) -> None:
        self._whole, self._start, self._end = whole, start, end
        whole(start, text)

    def __call__(self, fraction: float, text: str = "") -> None:
        self._whole(self._start + (self._end - self._start) * fraction, text)


def _measure(plan: Plan, progress: Progress) -> tuple[Graph, dict[str, float], float]:
    """Graph, metrics, and the seconds that building the graph took."""
    progress(0.4, "drawing up the graph")
    begin = time.perf_counter()
    graph = multipartite(plan)
    seconds = time.perf_counter() - begin
    progress(0.5, f"measuring {graph.edges:,} edges")
    values = topometrics(graph)
    progress(0.9, "drawing")
    return graph, values, seconds


def _sizes(plan: Plan, graph: Graph, seconds: float) -> list[tuple[str, float | int | str, str]]:
    kept = sum(np.count_nonzero(layer.weight) for layer in plan.layers)
    return [
        ("nodes", graph.nodes, ""),
        ("edges", graph.edges, ""),
        ("weights kept", kept, f"of {sum(layer.weight.size for layer in plan.layers):,}"),
        ("building the graph", seconds, "s"),
    ]


def _told(values: Mapping[str, float], rows: list[prediction.Row]) -> list[tuple[str, float, str]]:
    """The metrics with their family, and how many of the measured networks lie below."""
    return [
        (
            f"{FAMILIES[metric]}: {metric}",
            values[metric],
            f"{UNITS[metric]}; above {standing.below(rows, metric, values[metric]):.0%} of the measured".lstrip(
                "; "
            ),
        )
        for metric in METRICS
    ]


def _layers(plan: Plan) -> pandas.DataFrame:
    """How the file was understood: a line a layer."""
    lines = []
    for layer in plan.layers:
        source, target = plan.groups[layer.source], plan.groups[layer.target]
        how = [f"stride {layer.stride}"] * (layer.stride > 1) + [f"pooled by {layer.pool}"] * (layer.pool > 1)
        lines.append(
            {
                "layer": layer.name,
                "weight": " × ".join(map(str, layer.weight.shape)),
                "reads": f"{source.channels} of {source.side} × {source.side}",
                "writes": f"{target.channels} of {target.side} × {target.side}",
                "how": ", ".join(how),
                "density": round(layer.density, 4),
            }
        )
    return pandas.DataFrame(lines)


def _table(metrics_of: Mapping[str, Mapping[str, float]]) -> pandas.DataFrame:
    """A line a pruner."""
    frame = pandas.DataFrame(metrics_of).T.rename_axis("pruner").reset_index()
    frame.insert(1, "measured accuracy", frame.pop("measured accuracy").round(4))
    return frame.astype({"edges": int})


def _ranks(metrics_of: Mapping[str, Mapping[str, float]]) -> Figure:
    """Pruners by metrics, each column shaded by rank; the numbers themselves on hovering."""
    columns = ["measured accuracy", "edges", *METRICS]
    numbers = np.array([[row[name] for name in columns] for row in metrics_of.values()])
    ranks = prediction.within(numbers, np.zeros(len(numbers)))
    hover = "%{y}<br>%{x}: %{customdata:.4g}<extra></extra>"
    ends = ("lowest", "highest")
    return heat(ranks, list(metrics_of), columns, low=-1, high=1, ends=ends, hover=hover, customdata=numbers)


def _densities(densities: Mapping[str, list[float]], names: list[str]) -> Figure:
    """Share of the weights that each layer keeps, a line a pruner."""
    traces = [
        line(names, [share or None for share in shares], pruner, standing.PRUNER_COLOURS[pruner], marks=6)
        for pruner, shares in densities.items()
    ]
    ticks = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)
    up = axis("share of the weights kept", log=True, tickvals=ticks, ticktext=[f"{t:.3g}" for t in ticks])
    return chart(traces, axis("layer", tickangle=-40), up)
