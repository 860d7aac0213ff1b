"""Draws docs/images/imports.svg from the imports themselves: what stands on what. `python -m benchmarks.diagram`.

A row is a level: a module stands on rows below it alone. Of arrows only those are drawn that no longer way implies.
"""

from __future__ import annotations

import html
from pathlib import Path

import grimp
import networkx as nx

from benchmarks.running import ROOT

FILE = ROOT / "docs" / "images" / "imports.svg"
BOX, GAP, ROW = (124, 30), 12, 64


def modules() -> nx.DiGraph:
    """The modules of `zoo`, and all plugins as one, with an edge to each that they import."""
    imports = grimp.build_graph("zoo", "plugins", exclude_type_checking_imports=True, cache_dir=None)
    for name in ["plugins", *sorted(imports.find_children("zoo"))]:
        imports.squash_module(name)
    graph = nx.DiGraph()
    for name in sorted(imports.modules - {"zoo", "zoo.__main__"}):
        graph.add_node(name)
        targets = imports.find_modules_directly_imported_by(name) - {"zoo"}
        graph.add_edges_from((name, target) for target in targets if target != name)
    graph.add_edge("zoo.cli", "zoo.commands")  # by name, when a command is given
    reduced = nx.transitive_reduction(graph)
    reduced.add_nodes_from(graph)
    return reduced


def rows(graph: nx.DiGraph) -> list[list[str]]:
    """Modules by level, the highest first, each near what it stands on."""
    levels: dict[str, int] = {}
    for name in reversed(list(nx.topological_sort(graph))):
        levels[name] = 1 + max((levels[target] for target in graph[name]), default=-1)
    levels["plugins"] = max(levels.values())
    ordered: list[list[str]] = []
    places: dict[str, float] = {}
    for level in range(max(levels.values()) + 1):
        row = [name for name, own in levels.items() if own == level]
        middle = {
            name: sum(places[target] for target in graph[name]) / max(1, len(graph[name])) for name in row
        }
        row.sort(key=lambda name: (middle[name], name))
        places |= {name: number - (len(row) - 1) / 2 for number, name in enumerate(row)}
        ordered.append(row)
    return ordered[::-1]


def svg(graph: nx.DiGraph) -> str:
    """The picture."""
    layout = rows(graph)
    width = max(map(len, layout)) * (BOX[0] + GAP) + 2 * GAP
    height = len(layout) * ROW + GAP
    corner = {
        name: (width / 2 + (number - len(row) / 2) * (BOX[0] + GAP) + GAP / 2, level * ROW + GAP)
        for level, row in enumerate(layout)
        for number, name in enumerate(row)
    }
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>What stands on what in the zoo</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#f6f6fb"/>',
    ]
    for start, end in sorted(graph.edges):
        (x1, y1), (x2, y2) = corner[start], corner[end]
        lines.append(
            f'<line x1="{x1 + BOX[0] / 2:g}" y1="{y1 + BOX[1]:g}" x2="{x2 + BOX[0] / 2:g}" y2="{y2:g}"'
            ' stroke="#9a9ab8" stroke-width="1"/>'
        )
    for name, (x, y) in sorted(corner.items()):
        label = html.escape(name.removeprefix("zoo."))
        lines.append(
            f'<rect x="{x:g}" y="{y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="#fff" stroke="#5b5bd6"/>'
            f'<text x="{x + BOX[0] / 2:g}" y="{y + 20:g}" font-size="13" fill="#20203a" text-anchor="middle">'
            f"{label}</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def main(file: Path = FILE) -> None:
    """Write the picture."""
    file.write_text(svg(modules()), encoding="utf-8")
    print(file)


if __name__ == "__main__":
    main()
