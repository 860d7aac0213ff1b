"""The mathematics of DAGNN: its hops and gates again in NumPy, limits, special cases, and its rivals' formulas."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import torch

from plugins.graphs.dagnn import Dagnn, actions, claims, model
from zoo.blocks import graph_sets
from zoo.errors import InputError
from zoo.types import Graph, Table

CLUB = graph_sets.karate()
NEAR = graph_sets.adjacency(CLUB.graph)
STEP = model.Step(NEAR)
X = torch.randn(34, 7, generator=torch.Generator().manual_seed(3))


def dense() -> np.ndarray:
    """D~^-1/2 (A + I) D~^-1/2 from networkx, without weights."""
    looped = (CLUB.graph.network().__class__(CLUB.graph.edges.tolist())).copy()
    matrix = np.eye(34)
    for start, end in looped.edges:
        matrix[start, end] = matrix[end, start] = 1
    roots = 1 / np.sqrt(matrix.sum(axis=1))
    return roots[:, None] * matrix * roots[None, :]


def affine(layer: torch.nn.Module, rows: np.ndarray) -> np.ndarray:
    weight, bias = (part.detach().double().numpy() for part in (layer.weight, layer.bias))
    return rows @ weight.T + bias


def test_hops_are_powers_of_the_matrix_and_end_at_the_degrees() -> None:
    rows = STEP.hops(X, 20).double().numpy()
    for count in (0, 1, 2, 20):
        np.testing.assert_allclose(
            rows[count], np.linalg.matrix_power(dense(), count) @ X.double().numpy(), atol=1e-5
        )
    roots = np.sqrt(np.diff(NEAR.indptr) + 1)
    limit = np.outer(roots, roots) / (roots @ roots)
    np.testing.assert_allclose(np.linalg.matrix_power(dense(), 400), limit, atol=1e-6)


def test_a_hop_is_its_own_gradient() -> None:
    rows = X.clone().requires_grad_()
    (STEP(rows) * X).sum().backward()
    np.testing.assert_allclose(rows.grad.numpy(), dense() @ X.numpy(), atol=1e-5)


def test_the_gated_sum_is_that_of_the_paper() -> None:
    torch.manual_seed(0)
    network = model.Dagnn(7, 3, 6, 0.5).eval()
    z = affine(network.last, np.maximum(affine(network.first, X.double().numpy()), 0))
    expected, rows = np.zeros((34, 3)), z
    for hop in range(7):
        rows = dense() @ rows if hop else rows
        expected += rows / (1 + np.exp(-affine(network.gate, rows)))
    np.testing.assert_allclose(network(STEP, X).detach().numpy(), expected, atol=1e-5)


def test_fixed_gates_are_appnp_and_equal_ones_a_mean() -> None:
    torch.manual_seed(0)
    network = model.Dagnn(7, 3, 5, 0.5, gates="fixed", alpha=0.2).eval()
    first = rows = affine(network.last, np.maximum(affine(network.first, X.double().numpy()), 0))
    for _ in range(5):
        rows = 0.8 * dense() @ rows + 0.2 * first
    np.testing.assert_allclose(network(STEP, X).detach().numpy(), rows, atol=1e-5)
    network.kind = "mean"
    hops = [np.linalg.matrix_power(dense(), hop) @ first for hop in range(6)]
    np.testing.assert_allclose(network(STEP, X).detach().numpy(), 3 * np.mean(hops, axis=0), atol=1e-5)


def test_rivals_are_their_formulas() -> None:
    torch.manual_seed(0)
    x, step = X.double().numpy(), dense()
    sgc = model.Sgc(7, 3, 4, 0.5).eval()
    expected = affine(sgc.last, np.linalg.matrix_power(step, 4) @ x)
    np.testing.assert_allclose(sgc(STEP, X).detach().numpy(), expected, atol=1e-5)
    for kind in ("plain", "residual", "initial", "gates"):
        network = model.Stacked(7, 3, 3, 0.5, kind=kind).eval()
        if kind in ("plain", "residual"):
            one = np.maximum(step @ affine(network.layers[0], x), 0)
            two = np.maximum(step @ affine(network.layers[1], one), 0) + (kind == "residual") * one
            expected = step @ affine(network.layers[2], two)
        else:
            rows = [np.maximum(affine(network.first, x), 0)]
            for place, layer in enumerate(network.layers, 1):
                weight, beta = layer.weight.detach().double().numpy(), math.log(0.5 / place + 1)
                mixed = 0.9 * step @ rows[-1] + 0.1 * rows[0]
                after = (1 - beta) * mixed + beta * mixed @ weight.T
                after = after if kind == "initial" else step @ affine(layer, rows[-1])
                rows.append(np.maximum(after, 0))
            gated = sum(part / (1 + np.exp(-affine(network.gate, part))) for part in rows)
            expected = affine(network.last, rows[-1] if kind == "initial" else gated)
        np.testing.assert_allclose(network(STEP, X).detach().numpy(), expected, atol=1e-5)


def test_the_epoch_of_the_lowest_loss_is_kept() -> None:
    known = claims.blocks(0)
    work, rest = claims.judged(known, 0)
    assert len(set(rest) | set(work.learned) | set(work.watched)) == 300 == len(rest) + 10 + 100
    make = functools.partial(model.Dagnn, 50, 5, 5, 0.5)
    losses = [
        float(
            torch.nn.functional.cross_entropy(
                model.scores(model.fit(make, work, 5e-3, 1, epochs), work)[work.watched],
                torch.from_numpy(work.answers),
            )
        )
        for epochs in (4, 8, 12)
    ]
    assert losses[0] >= losses[1] >= losses[2], "more epochs never keep a worse one"


def test_a_table_says_classes_and_features_by_name() -> None:
    graph = Graph.of((["a", "b", "3", "d"], [(0, 1), (1, 2), (2, 3)]))
    table = Table.of({"who": ["3", "a", "d"], "class": ["x", "y", ""]})
    labels, names, rows = actions.read(graph, table)
    assert names == ("x", "y")
    assert labels.tolist() == [1, -1, 0, -1]
    assert (rows == torch.eye(4)).all()
    with pytest.raises(InputError, match="b has no number"):
        actions.read(graph, Table.of({"who": ["a", "3", "d"], "class": ["x", "y", "x"], "age": [1, 2, 3]}))
    with pytest.raises(InputError, match="no row speaks of a node"):
        actions.read(graph, Table.of({"who": ["A", "B"], "class": ["x", "y"]}))
    with pytest.raises(InputError, match="leave some to judge by"):
        Dagnn().run("blur", graph=CLUB.graph, shown=50, hops=2)


def test_what_hops_add_makes_the_lead_of_the_answer() -> None:
    torch.manual_seed(0)
    network, none = model.Dagnn(7, 3, 4, 0.5).eval(), np.zeros(0, np.int64)
    work = model.Work(STEP, X, none, none, none, none)
    logits = model.scores(network, work).double().numpy()
    _, adds = actions.listened(network, work)
    np.testing.assert_allclose(adds.sum(axis=0), logits.max(axis=1) - logits.mean(axis=1), atol=1e-5)
