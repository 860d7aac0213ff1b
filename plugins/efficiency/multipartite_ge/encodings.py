"""Networks as graphs: the unrolled, the multipartite, the rolled and the rolled-channel encoding.

A network is first written down as a `Plan`: groups of activations and the layers between them. A graph is a
sparse matrix whose entry (u, v) is the size of the weight on the edge from node u to node v.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array


@dataclass(frozen=True)
class Group:
    """Activations that one layer writes: ``channels`` maps of ``side`` x ``side`` cells; of side 1 for neurons."""

    channels: int
    side: int

    @property
    def size(self) -> int:
        """How many nodes."""
        return self.channels * self.side**2


@dataclass(frozen=True)
class Layer:
    """A convolution or a linear layer.

    Attributes:
        name: as in the network.
        weight: (out, in / convolution groups, k, k), or (out, in) of a linear layer.
        source: the group it reads.
        target: the group it writes; two layers write the same one where a shortcut joins the block.
        stride: of the convolution.
        padding: cells of zeros on every side of what it reads.
        pool: side of the pooling window between the group and this layer; 1 for none.
    """

    name: str
    weight: np.ndarray
    source: int
    target: int
    stride: int = 1
    padding: int = 0
    pool: int = 1

    @property
    def density(self) -> float:
        """Share of the weights that are not zero."""
        return np.count_nonzero(self.weight) / self.weight.size


@dataclass(frozen=True)
class Plan:
    """A network as groups of activations, the first its input and the last its output, and layers."""

    groups: tuple[Group, ...]
    layers: tuple[Layer, ...]

    @property
    def edges(self) -> int:
        """How many edges the multipartite graph has, counted without building it."""
        total = 0
        for layer in self.layers:
            kernel = _as_convolution(layer, self.groups[layer.source])
            cells, _ = _reach(kernel.shape[2], self.groups[layer.source].side, layer)
            per_offset = np.count_nonzero(kernel, axis=(0, 1))
            total += int((per_offset * np.outer(cells, cells)).sum()) * layer.pool**2
        return total


@dataclass(frozen=True)
class Graph:
    """A layered graph.

    Attributes:
        weights: csr (n, n) float32; entry (u, v) > 0 is the size of the weight on the edge u -> v.
        starts: (groups + 1,) first node of every group of activations, and n.
    """

    weights: csr_array
    starts: np.ndarray

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return self.weights.shape[0]

    @property
    def edges(self) -> int:
        """How many edges."""
        return self.weights.nnz


def multipartite(plan: Plan) -> Graph:
    """The whole network as one graph (the paper's MGE).

    Every activation is a node, every product of a weight and an activation an edge. What one layer writes is
    what the next one reads, so padding has no nodes (that of the picture counts as picture, see `padded`).
    Pooling adds none either: all cells of its window are tied to what reads the pooled cell.
    """
    starts = np.concatenate([[0], np.cumsum([group.size for group in plan.groups])])
    parts = [_edges(layer, plan.groups[layer.source], plan.groups[layer.target]) for layer in plan.layers]
    return _graph(
        np.concatenate(
            [left + starts[layer.source] for layer, (left, _, _) in zip(plan.layers, parts, strict=True)]
        ),
        np.concatenate(
            [right + starts[layer.target] for layer, (_, right, _) in zip(plan.layers, parts, strict=True)]
        ),
        np.concatenate([weight for _, _, weight in parts]),
        starts,
    )


def unrolled(layer: Layer, source: Group, target: Group) -> Graph:
    """One layer with every cell that it reads, padding included, on the left and all it writes on the right."""
    if layer.weight.ndim == 4:
        source = Group(source.channels, source.side // layer.pool + 2 * layer.padding)
        layer = replace(layer, padding=0)
    else:
        source = Group(source.channels, source.side // layer.pool)
    left, right, weight = _edges(replace(layer, pool=1), source, target)
    return _graph(left, right + source.size, weight, np.cumsum([0, source.size, target.size]))


def rolled(layer: Layer) -> Graph:
    """One layer without its input: a node for every place of every kernel, in * k * k, and one for every output."""
    return _bipartite(np.abs(layer.weight.reshape(len(layer.weight), -1)))


def rolled_channel(layer: Layer) -> Graph:
    """One layer without its input: a node a channel, the length of a kernel as the weight of its edge."""
    flat = layer.weight.reshape(*layer.weight.shape[:2], -1).astype(np.float64)
    return _bipartite(np.sqrt((flat**2).sum(-1)))


def padded(channels: int, side: int, padding: int) -> Group:
    """The input as a group: the padding of the picture keeps its nodes, so the first layer pads no more."""
    return Group(channels, side + 2 * padding)


def _bipartite(matrix: np.ndarray) -> Graph:
    """(right, left) sizes of weights as a graph."""
    right, left = np.nonzero(matrix)
    starts = np.cumsum([0, matrix.shape[1], matrix.shape[0]])
    return _graph(left, right + matrix.shape[1], matrix[right, left], starts)


def _graph(left: np.ndarray, right: np.ndarray, weight: np.ndarray, starts: np.ndarray) -> Graph:
    size = int(starts[-1])
    index = np.int32 if size < 2**31 else np.int64
    entries = (weight.astype(np.float32), (left.astype(index), right.astype(index)))
    return Graph(csr_array(coo_array(entries, shape=(size, size))), starts)


def _as_convolution(layer: Layer, source: Group) -> np.ndarray:
    """The weight as (out, in, k, k): a linear layer is a convolution as large as what it reads."""
    if layer.weight.ndim == 4:
        return layer.weight
    side = source.side // layer.pool
    return layer.weight.reshape(len(layer.weight), source.channels, side, side)


def _reach(kernel: int, side: int, layer: Layer) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Along one axis, for every place of the kernel: how many and which outputs read which cells.

    Returns:
        Counts (kernel,), and per place the pair of arrays (cell read, output) without what lies in the padding.
    """
    inside = side // layer.pool
    outputs = np.arange((inside + 2 * layer.padding - kernel) // layer.stride + 1)
    pairs = []
    for place in range(kernel):
        cells = outputs * layer.stride + place - layer.padding
        real = (cells >= 0) & (cells < inside)
        pairs.append((cells[real], outputs[real]))
    return np.array([len(cells) for cells, _ in pairs]), pairs


def _edges(layer: Layer, source: Group, target: Group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of a layer as nodes of the source group, nodes of the target group, and sizes of weights.

    One pass for every place (y, x) of the kernel, in which all weights meet all outputs at once.
    """
    kernel = np.abs(_as_convolution(layer, source))
    out, per_group, k, _ = kernel.shape
    first_input = np.arange(out) // max(1, out * per_group // source.channels) * per_group
    _, axis = _reach(k, source.side, layer)
    window = np.arange(layer.pool)
    left, right, weight = [], [], []
    for y in range(k):
        rows = (axis[y][0][:, None] * layer.pool + window)[:, None, :, None]
        for x in range(k):
            o, i = np.nonzero(kernel[:, :, y, x])
            columns = (axis[x][0][:, None] * layer.pool + window)[None, :, None, :]
            read = (rows * source.side + columns).reshape(-1)
            written = np.repeat((axis[y][1][:, None] * target.side + axis[x][1]).reshape(-1), layer.pool**2)
            left.append(np.add.outer((first_input[o] + i) * source.side**2, read).reshape(-1))
            right.append(np.add.outer(o * target.side**2, written).reshape(-1))
            weight.append(np.repeat(kernel[o, i, y, x], len(read)))
    return np.concatenate(left), np.concatenate(right), np.concatenate(weight)
