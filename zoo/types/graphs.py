"""Graphs: nodes with names, and edges between them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError, brief
from zoo.types.base import Value, array_bytes, comes_from
from zoo.types.tables import Table
from zoo.types.text_tables import read_text_table

if TYPE_CHECKING:
    import networkx
    import pandas


@dataclass(frozen=True, eq=False)
class Graph(Value):
    """Nodes and edges between them.

    Attributes:
        nodes: names, each once, n of them.
        edges: int64 (m, 2), pairs of places in ``nodes``, each pair once, sorted; without direction.
        weights: float64 (m,), or None.
        positions: float64 (n, 2), where the nodes are drawn, or None; y points up.
        values: float64 (n,), what colours the nodes, or None.
    """

    nodes: tuple[str, ...]
    edges: np.ndarray
    weights: np.ndarray | None = None
    positions: np.ndarray | None = None
    values: np.ndarray | None = None

    kind: ClassVar[str] = "graph"
    label: ClassVar[str] = "a graph"
    plural: ClassVar[str] = "Graphs"
    placeholder: ClassVar[Any] = "graph.graphml"
    suffix: ClassVar[str] = ".json"
    suffixes: ClassVar[tuple[str, ...]] = (".graphml", ".json", ".csv", ".tsv", ".txt")
    accepts: ClassVar[str] = (
        "a graph as GraphML, as JSON with nodes and edges, or as a CSV of edges (two columns of names, then a"
        " weight if wanted), of at most 5,000 nodes and 50,000 edges"
    )
    max_nodes: ClassVar[int] = 5_000
    max_edges: ClassVar[int] = 50_000

    @classmethod
    def sample(cls) -> Self:
        """A triangle with a tail."""
        return cls.of({"nodes": ["a", "b", "c", "d"], "edges": [[0, 1], [1, 2], [0, 2], [2, 3]]})

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a ``networkx`` graph, a pair (nodes, edges), or a mapping of this class's attributes.

        An edge is a pair of names of nodes, or of their places.
        """
        if comes_from(value, "networkx"):
            return cls._from_networkx(value)
        if isinstance(value, tuple) and len(value) == 2:
            value = {"nodes": value[0], "edges": value[1]}
        if isinstance(value, dict):
            unknown = set(value) - {"nodes", "edges", "weights", "positions", "values"}
            if unknown or not {"nodes", "edges"} <= set(value):
                raise InputError(f"{brief(sorted(value, key=str))} is no graph; send {cls.accepts}.")
            return cls._checked(**value)
        return super().of(value)

    @classmethod
    def _check_size(cls, nodes: int, edges: int) -> None:
        if nodes > cls.max_nodes or edges > cls.max_edges:
            raise InputError(
                f"the graph has {nodes:,} nodes and {edges:,} edges; at most {cls.max_nodes:,} nodes and"
                f" {cls.max_edges:,} edges are accepted."
            )

    @classmethod
    def _checked(
        cls, nodes: Any, edges: Any, weights: Any = None, positions: Any = None, values: Any = None
    ) -> Self:
        try:
            cls._check_size(len(nodes), len(edges))
            names = tuple(map(str, nodes))
            if not names:
                raise InputError(f"the graph has no nodes; send {cls.accepts}.")
            if len(set(names)) < len(names):
                raise InputError("two nodes have the same name; give each a name of its own.")
            pairs = _places(names, edges)
            numbers = [
                None if part is None else np.array(part, np.float64) for part in (weights, positions, values)
            ]
        except InputError:
            raise
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the graph cannot be read; send {cls.accepts}.") from error
        shapes = ((len(pairs),), (len(names), 2), (len(names),))
        for what, part, shape in zip(("weights", "positions", "values"), numbers, shapes, strict=True):
            if part is not None and (part.shape != shape or not np.isfinite(part).all()):
                raise InputError(f"the {what} of a graph are finite numbers of shape {shape}.")
        pairs, kept = np.unique(np.sort(pairs, axis=1), axis=0, return_index=True)
        if numbers[0] is not None:
            if len(kept) < len(numbers[0]):
                raise InputError(
                    "an edge is there twice; send each pair of nodes once, its weight beside it."
                )
            numbers[0] = numbers[0][kept]
        return cls(names, pairs, *numbers)

    @classmethod
    def _from_networkx(cls, graph: networkx.Graph) -> Self:
        import networkx

        cls._check_size(graph.number_of_nodes(), graph.number_of_edges())
        graph = networkx.Graph(graph)  # without direction, parallel edges as one
        places = {node: place for place, node in enumerate(graph.nodes)}
        edges = [(places[start], places[end]) for start, end in graph.edges()]

        def gathered(records: Sequence[Any], *keys: str) -> list[Any] | None:
            """What all records have under these keys, or None where one lacks it."""
            if not records or not all(key in record for record in records for key in keys):
                return None
            rows = [[float(record[key]) for key in keys] for record in records]
            return [row[0] for row in rows] if len(keys) == 1 else rows

        nodes = [record for _, record in graph.nodes(data=True)]
        links = [record for _, _, record in graph.edges(data=True)]
        return cls._checked(
            list(places),
            edges,
            gathered(links, "weight"),
            gathered(nodes, "x", "y"),
            gathered(nodes, "value"),
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read GraphML, JSON or a table of edges; the bytes tell which."""
        start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        try:
            if start == b"<":
                return cls._from_graphml(data)
            if start == b"{":
                return cls.of(json.loads(data))
        except InputError:
            raise
        except Exception as error:  # the parsers raise many kinds; all mean the same to a visitor
            raise InputError(f"the file is not a readable graph; send {cls.accepts}.") from error
        return cls._from_table(Table.decode(data), data)

    @classmethod
    def _from_graphml(cls, data: bytes) -> Self:
        import networkx

        # UTF-8 alone, so that what is counted here is what the parser reads.
        text = data.decode()
        if "<!" in text.replace("<!--", "").replace("<![CDATA[", "") or 'encoding="' in text[
            :200
        ].lower().replace('encoding="utf-8"', ""):
            raise InputError("a GraphML file is UTF-8 and declares no entities; export it again.")
        cls._check_size(text.count("<node"), text.count("<edge"))
        return cls._from_networkx(networkx.read_graphml(io.BytesIO(data)))

    @classmethod
    def _from_table(cls, table: Table, data: bytes) -> Self:
        """A graph whose nodes are the names in the first two columns, as the file writes them, as they are met."""
        given = table.frame.iloc[:, :2].notna().all(axis=1)
        frame = _as_written(table.frame, data)[given]
        if frame.shape[1] < 2 or frame.empty:
            raise InputError(f"a table of edges has two columns of names; send {cls.accepts}.")
        cls._check_size(0, len(frame))
        pairs = frame.iloc[:, :2].astype(str).to_numpy().tolist()
        weights = None
        if frame.shape[1] > 2 and frame.iloc[:, 2].dtype.kind in "uif":
            weights = frame.iloc[:, 2].to_numpy(np.float64)
        return cls._checked(list(dict.fromkeys(name for pair in pairs for name in pair)), pairs, weights)

    def placed(self) -> np.ndarray:
        """Where the nodes are drawn, float64 (n, 2); where the graph does not say, by springs from a fixed start."""
        if self.positions is not None:
            return self.positions
        return _sprung(len(self.nodes), self.edges)

    def network(self) -> networkx.Graph:
        """A ``networkx.Graph`` of names, with ``weight`` on edges, and ``x``, ``y`` and ``value`` on nodes."""
        import networkx

        graph = networkx.Graph()
        for place, name in enumerate(self.nodes):
            graph.add_node(name)
            if self.positions is not None:
                graph.nodes[name].update(x=float(self.positions[place, 0]), y=float(self.positions[place, 1]))
            if self.values is not None:
                graph.nodes[name]["value"] = float(self.values[place])
        for place, (start, end) in enumerate(self.edges):
            more = {} if self.weights is None else {"weight": float(self.weights[place])}
            graph.add_edge(self.nodes[start], self.nodes[end], **more)
        return graph

    def record(self) -> dict[str, Any]:
        """Everything as JSON: names, pairs of places, and what else there is."""
        more = {"weights": self.weights, "positions": self.positions, "values": self.values}
        return {
            "nodes": list(self.nodes),
            "edges": self.edges.tolist(),
            **{name: part.tolist() for name, part in more.items() if part is not None},
        }

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(self.record(), ensure_ascii=False).encode()

    def graphml(self) -> bytes:
        """A GraphML file."""
        import networkx

        buffer = io.BytesIO()
        networkx.write_graphml_xml(self.network(), buffer)
        return buffer.getvalue()

    def canonical(self) -> bytes:
        """Names, edges and numbers."""
        more = [part for part in (self.weights, self.positions, self.values) if part is not None]
        return "\n".join(self.nodes).encode() + array_bytes(self.edges, *more)


def _as_written(frame: pandas.DataFrame, data: bytes) -> pandas.DataFrame:
    """A table whose first two columns are the file's own words: node 1.10 is another than node 1.1."""
    if "f" not in {kind.kind for kind in frame.dtypes.iloc[:2]} or data.startswith(b"PK"):
        return frame
    text = read_text_table(data)
    if not text.frame.shape[1] == frame.shape[1] > 1:
        return frame
    words = (column.str.strip() for column in text.texts([0, 1]))
    return frame.assign(**dict(zip(frame.columns[:2], words, strict=True)))


def _places(names: tuple[str, ...], edges: Any) -> np.ndarray:
    """Edges as pairs of places, int64 (m, 2).

    Raises:
        InputError: an edge is no pair, or leads to a node that is not there.
    """
    places = {name: place for place, name in enumerate(names)}
    pairs = np.empty((len(edges), 2), np.int64)
    for number, edge in enumerate(edges):
        if len(edge) != 2:
            raise InputError(f"the edge {brief(list(edge))} is no pair of nodes.")
        for end, node in enumerate(edge):
            place = places.get(node, -1) if isinstance(node, str) else int(node)
            if place != node and not isinstance(node, str):
                raise InputError(f"the edge {brief(list(edge))} leads to no node.")
            if not 0 <= place < len(names):
                raise InputError(f"the edge {brief(list(edge))} leads to a node that is not there.")
            pairs[number, end] = place
    return pairs


def _sprung(nodes: int, edges: np.ndarray) -> np.ndarray:
    """Places of nodes that edges pull together and all others push apart, float64 (nodes, 2) in [-1, 1].

    Fruchterman and Reingold, "Graph drawing by force-directed placement" (1991), from a fixed start. All forces of
    a round are three products of matrices, some twenty times as fast as ``networkx.spring_layout``. Parts that no edge
    holds together would push each other out of the picture; there a pull towards the middle joins the forces.
    """
    places = np.random.default_rng(0).uniform(-1, 1, (nodes, 2)).astype(np.float32)
    rest = np.float32(1 / np.sqrt(nodes))
    rounds = min(60, max(8, 30_000_000 // nodes**2))  # forces between all pairs: large graphs get fewer
    middle = np.float32(0 if _in_one_part(nodes, edges) else 2)
    for temperature in np.linspace(0.2, 0.002, rounds, dtype=np.float32):
        square = (places**2).sum(axis=1)
        push = square[:, None] + square - 2 * places @ places.T
        push = rest**2 / np.maximum(push, 1e-4, out=push)
        force = push.sum(axis=1)[:, None] * places - push @ places
        along = places[edges[:, 0]] - places[edges[:, 1]]
        pull = along * (np.hypot(*along.T) / rest)[:, None]
        np.subtract.at(force, edges[:, 0], pull)
        np.add.at(force, edges[:, 1], pull)
        force -= middle * places
        length = np.maximum(np.hypot(*force.T), 1e-6)[:, None]
        places += force / length * np.minimum(length, temperature)
    places -= (places.max(axis=0) + places.min(axis=0)) / 2
    return (places / max(float(np.abs(places).max()), 1e-6)).astype(np.float64)


def _in_one_part(nodes: int, edges: np.ndarray) -> bool:
    """Whether edges `(m, 2)` lead from each node to every other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    near = coo_array((np.ones(len(edges)), edges.T), shape=(nodes, nodes))
    return connected_components(near, directed=False, return_labels=False) == 1
