"""Multipartite graph encoding: graphs against automatic differentiation, metrics against networkx, pruners exact."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save
from scipy.sparse import csr_array
from torch import nn

from plugins.efficiency.multipartite_ge import (
    MultipartiteGe,
    claims,
    connectivity,
    data,
    encodings,
    features,
    figures,
    metrics,
    motifs,
    networks,
    population,
    prediction,
    pruners,
    ramanujan,
    reading,
    vocabulary,
)
from zoo.errors import InputError
from zoo.progress import Progress
from zoo.types import File

# ---------------------------------------------------------------------------------------------------------
# Encodings


def layer_of(conv: nn.Module, **options) -> encodings.Layer:
    return encodings.Layer("layer", conv.weight.detach().numpy(), 0, 1, **options)


def sparse_(module: nn.Module, share: float, seed: int = 0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        module.weight.mul_(torch.rand(module.weight.shape, generator=generator) < share)
    return module


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "pool", "groups", "side"),
    [
        (3, 1, 1, 1, 1, 6),
        (3, 2, 1, 1, 1, 8),
        (3, 1, 0, 1, 1, 7),
        (1, 2, 0, 1, 1, 8),
        (5, 1, 2, 1, 1, 6),
        (3, 1, 1, 2, 1, 8),
        (3, 2, 1, 2, 1, 12),
        (3, 1, 1, 1, 4, 5),
    ],
)
def test_edges_are_the_jacobian_of_the_layer(kernel, stride, padding, pool, groups, side):
    """An edge leads from every input to every output that depends on it, with |w| (mean pooling: |w| / window)."""
    torch.manual_seed(0)
    conv = sparse_(nn.Conv2d(4, 8, kernel, stride, padding, groups=groups, bias=False), 0.4)
    x = torch.randn(4, side, side)
    jacobian = torch.autograd.functional.jacobian(lambda x: conv(F.avg_pool2d(x, pool)), x)
    out = jacobian.shape[1]
    plan = encodings.Plan(
        (encodings.Group(4, side), encodings.Group(8, out)),
        (layer_of(conv, stride=stride, padding=padding, pool=pool),),
    )
    graph = encodings.multipartite(plan)
    expected = jacobian.reshape(8 * out**2, -1).abs().T.numpy() * pool**2
    found = graph.weights.toarray()[: 4 * side**2, 4 * side**2 :]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert plan.edges == graph.edges == np.count_nonzero(expected)


def test_unrolled_keeps_the_padding_on_the_left():
    torch.manual_seed(0)
    conv = sparse_(nn.Conv2d(2, 3, 3, padding=1, bias=False), 0.5)
    graph = encodings.unrolled(layer_of(conv, padding=1), encodings.Group(2, 5), encodings.Group(3, 5))
    assert graph.nodes == 2 * 7**2 + 3 * 5**2
    bare = nn.Conv2d(2, 3, 3, bias=False)
    bare.weight = conv.weight
    jacobian = torch.autograd.functional.jacobian(bare, torch.randn(2, 7, 7))
    np.testing.assert_allclose(
        graph.weights.toarray()[: 2 * 49, 2 * 49 :], jacobian.reshape(75, 98).abs().T.numpy(), rtol=1e-5
    )
    # every weight of a convolution with padding gives one edge for every output
    assert graph.edges == 25 * int((conv.weight != 0).sum())


@pytest.mark.parametrize(
    ("network", "nodes"),
    [
        (lambda: networks.PlainNet(3, 64, 256, 3, 32), 233_366),
        (lambda: networks.ResidualNet(3, 16, (16, 32, 64), 3, 32), 191_894),
        (lambda: networks.ResidualNet(5, 16, (16, 32, 64), 3, 32), 306_582),
        (lambda: networks.ResidualNet(4, 16, (32, 64, 128), 3, 32), 478_614),
    ],
    ids=["Conv-6", "ResNet-20", "ResNet-32", "WRN-28-2"],
)
def test_as_many_nodes_as_the_graphs_of_the_authors(network, nodes):
    assert sum(group.size for group in network().plan().groups) == nodes


class Linear(networks.PlainNet):
    """The same network with everything but its weights taken out, and mean pooling times the window."""

    def forward(self, x):
        for place, conv in enumerate(self.convs):
            x = F.conv2d(x, conv.weight.abs(), padding=1 if place else 0)
            if place % 2:
                x = 4 * F.avg_pool2d(x, 2)
        x = x.flatten(1)
        for linear in self.linears:
            x = F.linear(x, linear.weight.abs())
        return x


def test_paths_of_the_whole_graph_are_the_linear_network():
    """Sums over all paths from picture to output are what the network without its nonlinearities computes."""
    torch.manual_seed(0)
    network = Linear(2, 3, 5, channels=2, side=8, classes=4)
    for layer in networks.prunable(network).values():
        sparse_(layer, 0.4)
    graph = encodings.multipartite(network.plan())
    x = torch.rand(1, 2, 10, 10)  # the picture with its padding
    flow = np.zeros(graph.nodes)
    flow[: graph.starts[1]] = x.flatten().numpy()
    reached = flow.copy()
    for _ in range(len(graph.starts) - 2):
        flow = graph.weights.T @ flow
        reached += flow
    np.testing.assert_allclose(reached[graph.starts[-2] :], network(x)[0].detach().numpy(), rtol=1e-4)


def test_a_shortcut_leads_from_the_input_of_its_block_to_its_output():
    network = networks.ResidualNet(1, 2, (2, 4), channels=1, side=8, classes=3)
    plan = network.plan()
    shortcut = next(layer for layer in plan.layers if layer.name == "blocks.1.shortcut")
    inner = [layer for layer in plan.layers if layer.name in ("blocks.1.conv1", "blocks.1.conv2")]
    assert (shortcut.source, shortcut.target) == (inner[0].source, inner[1].target)
    assert not any("shortcut" in layer.name and "blocks.0" in layer.name for layer in plan.layers)
    graph = encodings.multipartite(plan)
    begin, end = plan.groups[shortcut.source], plan.groups[shortcut.target]
    block = graph.weights[graph.starts[3] : graph.starts[4], graph.starts[5] : graph.starts[6]].toarray()
    jacobian = torch.autograd.functional.jacobian(
        network.blocks[1].shortcut, torch.randn(begin.channels, begin.side, begin.side)
    )
    expected = jacobian.reshape(end.size, begin.size).abs().T.numpy()
    np.testing.assert_allclose(block, expected, rtol=1e-5)


def test_rolled_encodings():
    torch.manual_seed(0)
    conv = sparse_(nn.Conv2d(3, 4, 3, bias=False), 0.2)
    weight = conv.weight.detach().numpy()
    graph = encodings.rolled(layer_of(conv))
    assert (graph.nodes, graph.edges) == (27 + 4, np.count_nonzero(weight))
    np.testing.assert_allclose(graph.weights.toarray()[:27, 27:], np.abs(weight).reshape(4, 27).T, rtol=1e-6)
    graph = encodings.rolled_channel(layer_of(conv))
    np.testing.assert_allclose(graph.weights.toarray()[:3, 3:], np.sqrt((weight**2).sum((2, 3))).T, rtol=1e-6)


# ---------------------------------------------------------------------------------------------------------
# Metrics


def as_matrix(graph: nx.Graph) -> csr_array:
    return csr_array(nx.to_scipy_sparse_array(graph, nodelist=range(len(graph)), format="csr", dtype=float))


@pytest.fixture(scope="module", params=["SNIP", "uniform", "SynFlow"])
def small(request) -> encodings.Graph:
    """The graph of a small pruned residual network, with dead ends, shortcuts and several components."""
    torch.manual_seed(3)
    network = networks.ResidualNet(1, 3, (3, 5), channels=1, side=6, classes=4)
    x, y = torch.randn(400, 1, 6, 6), torch.arange(400) % 4
    networks.apply(network, pruners.prune(network, request.param, 0.9, x, y, 0))
    return encodings.multipartite(network.plan())


def test_local_metrics_by_the_definition(small):
    graph = nx.from_scipy_sparse_array(small.weights, create_using=nx.DiGraph)
    output, inputs = range(small.starts[-2], small.nodes), range(small.starts[1])
    sinks = [n for n in graph if graph.in_degree(n) and not graph.out_degree(n) and n not in output]
    sources = [n for n in graph if graph.out_degree(n) and not graph.in_degree(n) and n not in inputs]
    found = metrics.local_metrics(small)
    assert found["sink nodes"] * small.nodes == pytest.approx(len(sinks))
    assert found["source nodes"] * small.nodes == pytest.approx(len(sources))
    assert found["disconnected nodes"] * small.nodes == pytest.approx(len(list(nx.isolates(graph))))
    assert found["removable out-edges"] * small.edges == pytest.approx(sum(graph.in_degree(n) for n in sinks))
    assert found["removable in-edges"] * small.edges == pytest.approx(
        sum(graph.out_degree(n) for n in sources)
    )
    assert sinks or sources


def test_the_other_metrics_agree_with_networkx(small):
    directed = nx.from_scipy_sparse_array(small.weights, create_using=nx.DiGraph)
    graph = directed.to_undirected()
    found = metrics.topometrics(small)
    hops = [
        [len(nx.single_source_shortest_path_length(directed, n, cutoff=steps)) for n in directed]
        for steps in (1, 2)
    ]
    assert found["1-hop"] == pytest.approx(np.mean(hops[0]))
    assert found["2-hop"] == pytest.approx(np.mean(hops[1]))
    assert found["strength"] == pytest.approx(
        np.mean([d for _, d in graph.degree(weight="weight")]), rel=1e-5
    )
    assert found["coreness"] == pytest.approx(np.mean(list(nx.core_number(graph).values())))
    assert found["components"] == pytest.approx(nx.number_connected_components(graph) / small.nodes)
    assert found["bridges"] == pytest.approx(len(list(nx.bridges(graph))) / small.edges)
    points = len(list(nx.articulation_points(graph)))
    assert found["articulation points"] == pytest.approx(points / small.nodes)
    eigenvalues = np.sort(np.abs(np.linalg.eigvalsh(nx.to_numpy_array(graph))))[::-1]
    assert found["spectral gap"] == pytest.approx(eigenvalues[0] - eigenvalues[2], abs=1e-4)
    laplacian = nx.laplacian_matrix(graph).toarray()
    assert found["spectral radius"] == pytest.approx(np.linalg.eigvalsh(laplacian)[-1], rel=1e-4)
    assert set(found) == set(vocabulary.METRICS) == set(vocabulary.UNITS)


def test_one_hop_is_nothing_but_a_count_of_edges(small):
    assert metrics.topometrics(small)["1-hop"] == pytest.approx(1 + small.edges / small.nodes)


def test_two_hops_from_a_sample_of_nodes(small, monkeypatch):
    whole = metrics.two_hops(small.weights)
    monkeypatch.setattr(metrics, "PRODUCTS", 200)
    assert metrics.two_hops(small.weights) == pytest.approx(whole, rel=0.5)


@pytest.mark.parametrize("seed", range(20))
def test_bridges_articulation_points_and_coreness_of_random_graphs(seed):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(int(rng.integers(2, 60)), rng.uniform(0.01, 0.2), seed=seed)
    bridges, points = connectivity.cuts(as_matrix(graph))
    assert bridges == len(list(nx.bridges(graph)))
    assert points == len(list(nx.articulation_points(graph)))
    core = nx.core_number(graph)
    assert connectivity.coreness(as_matrix(graph)).tolist() == [core[n] for n in graph]


def test_cuts_of_a_long_path_need_no_recursion():
    assert connectivity.cuts(as_matrix(nx.path_graph(5_000))) == (4_999, 4_998)


@pytest.mark.parametrize("density", [0.08, 0.2, 0.5])
def test_motifs_agree_with_listing_all_sets_of_four(density):
    graph = nx.gnp_random_graph(18, density, seed=1)
    exact = sum(nx.is_connected(graph.subgraph(four)) for four in itertools.combinations(range(18), 4))
    estimate, error = motifs.motifs(as_matrix(graph), 40_000, np.random.default_rng(0))
    assert abs(estimate - exact) < 4 * error + 1e-9
    assert error < 0.02 * exact


@pytest.mark.parametrize(
    ("graph", "sets"),
    [
        (nx.star_graph(5), math.comb(5, 3)),  # every star is its own only spanning tree: no error at all
        (nx.path_graph(9), 6),
        (nx.cycle_graph(4), 1),
        (nx.complete_graph(4), 1),
        (nx.empty_graph(3), 0),
    ],
)
def test_motifs_where_they_are_known(graph, sets):
    estimate, error = motifs.motifs(as_matrix(graph), 2_000, np.random.default_rng(0))
    assert estimate == pytest.approx(sets, abs=5 * error + 1e-9)


def test_largest_eigenvalues_of_large_and_small_graphs():
    rng = np.random.default_rng(0)
    for n in (2, 30, 200):
        matrix = csr_array(np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.2), 1))
        matrix = csr_array(matrix + matrix.T)
        exact = np.sort(np.abs(np.linalg.eigvalsh(matrix.toarray())))[::-1][:3]
        np.testing.assert_allclose(metrics.largest(matrix, 3)[: len(exact)], exact, atol=1e-4)


def test_ramanujan_metrics_by_the_definition():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((12, 4, 3, 3)) * (rng.random((12, 4, 3, 3)) < 0.5)
    graph = encodings.rolled(encodings.Layer("", weight, 0, 1))
    dense = graph.weights.toarray()[:36, 36:]

    def by_hand(part):
        part = part[:, (part != 0).any(0)]
        left, right = (part != 0).sum(1).mean(), (part != 0).sum(0).mean()
        whole = np.block([[np.zeros((len(part),) * 2), part], [part.T, np.zeros((part.shape[1],) * 2)]])
        pattern = np.sort(np.abs(np.linalg.eigvalsh((whole != 0).astype(float))))[::-1]
        sizes = np.sort(np.abs(np.linalg.eigvalsh(whole)))[::-1]
        bound = np.sqrt(left - 1) + np.sqrt(right - 1)
        return (bound - pattern[2]) / bound, sizes[0] - sizes[2], min(left, right)

    assert ramanujan.difference_of_bound(graph) == pytest.approx(by_hand(dense)[0], abs=1e-5)
    degree = (dense != 0).sum(1)
    parts = [by_hand(dense[degree == d]) for d in np.unique(degree[degree >= 3])]
    parts = [part[:2] for part in parts if part[2] >= 3]
    assert len(parts) > 1
    np.testing.assert_allclose(ramanujan.iterative(graph), np.mean(parts, axis=0), atol=1e-4)


def test_ramanujan_metrics_of_a_complete_graph_are_the_best_there_are():
    graph = encodings.rolled(encodings.Layer("", np.ones((6, 5)), 0, 1))
    assert ramanujan.difference_of_bound(graph) == pytest.approx(1, abs=1e-6)


# ---------------------------------------------------------------------------------------------------------
# Pruners


@pytest.fixture(scope="module")
def batch():
    return data.for_pruners()


@pytest.mark.parametrize(
    ("pruner", "sparsity"), [("uniform", 0.5), *((pruner, 0.93) for pruner in vocabulary.PRUNERS)]
)
def test_pruners_hit_the_target_and_leave_the_network_alone(pruner, sparsity, batch):
    network = networks.ResidualNet(1, 4, (4, 8))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    masks = pruners.prune(network, pruner, sparsity, *batch, 0)
    total = sum(layer.weight.numel() for layer in networks.prunable(network).values())
    assert sum(int(mask.sum()) for mask in masks.values()) == round((1 - sparsity) * total)
    assert list(masks) == list(networks.prunable(network))
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
    again = pruners.prune(network, pruner, sparsity, *batch, 0)
    assert all(torch.equal(masks[name], again[name]) for name in masks)


def test_shares_of_layers():
    network = networks.PlainNet(1, 4, 8, channels=2, side=4)
    assert pruners.erdos_renyi(network)["convs.0"] == pytest.approx((2 + 4) / (2 * 4))
    assert pruners.erdos_renyi_kernel(network)["convs.0"] == pytest.approx((2 + 4 + 3 + 3) / (2 * 4 * 9))
    assert pruners.erdos_renyi_kernel(network)["linears.0"] == pytest.approx((16 + 8) / (16 * 8))


def test_a_layer_that_would_get_too_much_stays_dense():
    counts = pruners.allot({"a": 10.0, "b": 1.0, "c": 1.0}, {"a": 10, "b": 100, "c": 101}, 60)
    assert counts["a"] == 10
    assert sum(counts.values()) == 60
    assert abs(counts["b"] - counts["c"]) <= 1


def test_uniform_is_uniform(batch):
    network = networks.PlainNet(2, 8, 16)
    for mask in pruners.prune(network, "uniform", 0.9, *batch, 0).values():
        assert int(mask.sum()) == pytest.approx(0.1 * mask.numel(), abs=1)


def test_magnitude_keeps_the_largest(batch):
    network = networks.build("Conv-4", 0)
    weights = torch.cat([layer.weight.abs().flatten() for layer in networks.prunable(network).values()])
    masks = torch.cat(
        [m.flatten() for m in pruners.prune(network, "global magnitude", 0.9, *batch, 0).values()]
    )
    assert weights[masks].min() >= weights[~masks].max()


def flat(scores) -> torch.Tensor:
    return torch.cat([one.flatten() for one in scores.values()])


class OneLayer(nn.Module):
    """Softmax regression, of which gradient and Hessian are known."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(6, 3, bias=False, dtype=torch.float64)

    def forward(self, x):
        return self.linear(x.flatten(1))


@pytest.fixture
def regression():
    torch.manual_seed(1)
    return OneLayer(), torch.randn(40, 1, 2, 3, dtype=torch.float64), torch.arange(40) % 3


def gradient(w, x, y):
    p = (x @ w.T).softmax(1)
    return (p - F.one_hot(y, 3)).T @ x / len(x)


def test_snip_by_hand(regression):
    network, x, y = regression
    w = network.linear.weight.detach()
    expected = (w * gradient(w, x.flatten(1), y)).abs()
    assert torch.allclose(flat(pruners.snip(network, x, y)), expected.flatten())


def test_grasp_is_w_times_the_change_of_the_gradient_along_itself(regression):
    network, x, y = regression
    w, t = network.linear.weight.detach(), pruners.GRASP_TEMPERATURE
    flow = x.flatten(1)
    g = gradient(w / t, flow, y) / t
    small = 1e-3 / g.norm()
    bend = (gradient((w + small * g) / t, flow, y) - gradient((w - small * g) / t, flow, y)) / t / (2 * small)
    assert torch.allclose(flat(pruners.grasp(network, x, y)), (w * bend).flatten(), rtol=1e-4)


def test_prospr_is_the_slope_of_the_loss_after_training(regression):
    network, x, y = regression
    x, y = x.repeat(10, 1, 1, 1), y.repeat(10)
    x = x + torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype)
    w = network.linear.weight.detach()

    def after_training(mask):
        trained, velocity = w * mask, 0
        for part in range(3):
            rows = slice(100 * part, 100 * part + 100)
            velocity = gradient(trained, x[rows].flatten(1), y[rows]) + 0.9 * velocity
            trained = trained - 0.5 * velocity
        return F.cross_entropy(x[300:].flatten(1) @ trained.T, y[300:]).item()

    scores = pruners.prospr(network, x, y)["linear"]
    for place in [(0, 0), (1, 4), (2, 5)]:
        mask = torch.ones_like(w)
        mask[place] += 1e-5
        up = after_training(mask)
        mask[place] -= 2e-5
        slope = (up - after_training(mask)) / 2e-5
        assert scores[place].item() == pytest.approx(abs(slope), rel=1e-4)


def test_synflow_conserves_flow_and_never_collapses():
    """The worth of a layer, summed, is the same for all layers of a chain, so the last weight of one goes last."""
    network = networks.PlainNet(2, 8, 16)
    copy = networks.PlainNet(2, 8, 16).double().eval()
    copy.load_state_dict(network.state_dict())
    weights = [layer.weight for layer in networks.prunable(copy).values()]
    with torch.no_grad():
        for w in weights:
            w.abs_()
    slopes = torch.autograd.grad(copy(torch.ones(1, 1, 16, 16, dtype=torch.float64)).sum(), weights)
    totals = [float((w * g).sum().detach()) for w, g in zip(weights, slopes, strict=True)]
    assert totals == pytest.approx([totals[0]] * len(totals), rel=1e-9)
    total = sum(w.numel() for w in weights)
    masks = pruners.prune(network, "SynFlow", 1 - 40 / total, torch.ones(1, 1, 16, 16), torch.zeros(1), 0)
    assert pruners.collapsed(masks) == []


def test_every_round_of_synflow_is_told():
    """The first example is at work for seconds; it never stands at nothing."""
    seen: list[tuple[float, str]] = []

    class Hears(Progress):
        def __call__(self, fraction: float, text: str = "") -> None:
            seen.append((fraction, text))

    MultipartiteGe().draw(network="Conv-4", pruner="SynFlow", sparsity=0.98, progress=Hears())
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert len({text for _, text in seen if text.startswith("SynFlow, round")}) == 100


def test_layer_collapse_is_told(batch):
    masks = {"a": torch.zeros(3, dtype=torch.bool), "b": torch.ones(3, dtype=torch.bool)}
    assert pruners.collapsed(masks) == ["a"]


def test_the_sheet_of_pictures_is_balanced(batch):
    x, y = batch
    assert x.shape == (400, 1, 16, 16)
    for part in y.split(100):
        assert part.bincount().tolist() == [10] * 10


# ---------------------------------------------------------------------------------------------------------
# Files of visitors


def file_of(**tensors: torch.Tensor) -> File:
    return File("network.safetensors", save({name.replace("__", "."): t for name, t in tensors.items()}))


def holey(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).relu()


@pytest.mark.parametrize(
    "network",
    [
        lambda: networks.PlainNet(2, 4, 8),
        lambda: networks.PlainNet(3, 4, 8, channels=3, side=32),
        lambda: networks.ResidualNet(1, 4, (4, 8, 16)),
        lambda: networks.ResidualNet(2, 4, (8, 16), channels=3, side=8),
    ],
    ids=["Conv-4", "Conv-6", "ResNet-8", "wide ResNet"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_file_is_read_as_the_network_that_wrote_it(network, dtype):
    torch.manual_seed(0)
    network = network()
    for layer in networks.prunable(network).values():
        sparse_(layer, 0.3)
    network = network.to(dtype)
    plan = reading.read(File("x.safetensors", save(network.state_dict())), network.side)
    graph, expected = encodings.multipartite(plan), encodings.multipartite(network.float().plan())
    assert plan.groups == network.plan().groups
    assert (graph.weights != expected.weights).nnz == 0


def test_a_network_of_torchvision_is_read():
    from torchvision.models import resnet18

    torch.manual_seed(0)
    network = resnet18(num_classes=10)
    for layer in networks.prunable(network).values():
        sparse_(layer, 0.002)
    plan = reading.read(File("x.safetensors", save(network.state_dict())), 16)
    assert len(plan.layers) == 21
    assert [group.side for group in plan.groups[1:]] == [16] * 5 + [8] * 4 + [4] * 4 + [2] * 4 + [1]


def test_depthwise_convolutions_and_places_given_by_the_visitor():
    tensors = {"a__weight": holey(6, 1, 3, 3), "b__weight": holey(6, 1, 3, 3), "c__weight": holey(8, 6, 1, 1)}
    plan = reading.read(file_of(**tensors), 8, "2, 3")
    assert [group.side for group in plan.groups] == [10, 8, 4, 2]
    graph = encodings.multipartite(plan)
    assert graph.edges == plan.edges
    # depth-wise: a cell of one channel is tied to cells of the same channel only
    block = graph.weights[graph.starts[1] : graph.starts[2], graph.starts[2] : graph.starts[3]].tocoo()
    assert (block.row // 64 == block.col // 16).all()


BAD = {
    "not safetensors": (File("x.safetensors", b"words, not weights"), "not in the safetensors format"),
    "a header that lies": (File("x", (2**40).to_bytes(8, "little") + b"{}"), "not in the safetensors format"),
    "no convolution": (file_of(fc__weight=holey(4, 8)), "no convolution"),
    "nothing": (file_of(bias=torch.zeros(3)), "no convolution"),
    "NaN": (file_of(conv__weight=torch.full((4, 1, 3, 3), torch.nan)), "NaN"),
    "whole numbers": (file_of(conv__weight=torch.zeros(4, 1, 3, 3, dtype=torch.int8)), "floating-point"),
    "all zero": (file_of(conv__weight=torch.zeros(4, 1, 3, 3)), "all weights are zero"),
    "no zero": (file_of(conv__weight=torch.ones(4, 1, 3, 3)), "none of the weights is zero"),
    "even kernel": (file_of(conv__weight=holey(4, 1, 2, 2)), "odd size"),
    "channels that do not meet": (
        file_of(a__weight=holey(4, 1, 3, 3), b__weight=holey(4, 5, 3, 3)), "takes 5 channels",
    ),
    "linear that does not meet": (file_of(a__weight=holey(4, 1, 3, 3), fc__weight=holey(2, 7)), "square maps"),
    "linear of another side": (file_of(a__weight=holey(4, 1, 3, 3), fc__weight=holey(2, 4 * 49)), "7 x 7 cells"),
    "second linear": (
        file_of(a__weight=holey(4, 1, 3, 3), fc__weight=holey(2, 4), g__weight=holey(2, 3)), "takes 3 numbers",
    ),
    "too many edges": (file_of(a__weight=holey(600, 60, 3, 3)), "at most 3,000,000"),
    "shortcut to nowhere": (
        file_of(a__weight=holey(4, 1, 3, 3), b__shortcut__weight=holey(4, 4, 1, 1)), "beside the shortcut",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_bad_files_get_a_sentence(bad):
    file, says = BAD[bad]
    with pytest.raises(InputError, match=says) as refusal:
        reading.read(file, 16)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("places", ["x", "0", "99", "2;3", "2,,3", "-2"])
def test_bad_places_of_halving_get_a_sentence(places):
    with pytest.raises(InputError):
        reading.read(file_of(a__weight=holey(4, 1, 3, 3), b__weight=holey(4, 4, 3, 3)), 16, places)


@pytest.mark.parametrize("sparsity", [0, 1, 0.3, -1, float("nan")])
def test_sparsities_out_of_bounds_are_refused(sparsity):
    with pytest.raises(InputError, match="Sparsity"):
        MultipartiteGe().draw(sparsity=sparsity)


# ---------------------------------------------------------------------------------------------------------
# Drawing, the population, and what is concluded from it


def test_every_node_is_in_the_picture(batch):
    network = networks.PlainNet(1, 2, 3, side=4)
    networks.apply(network, pruners.prune(network, "uniform", 0.5, *batch, 0))
    plan = network.plan()
    graph = encodings.multipartite(plan)
    picture = figures.nodes(plan, graph).pixels
    assert picture.dtype == np.uint8
    outgoing, incoming = metrics.degrees(graph)
    sinks = metrics.local_metrics(graph)["sink nodes"] > 0
    assert (picture == figures.SINK).all(-1).any() == sinks
    assert (picture == figures.OFF).all(-1).any() == ((outgoing + incoming) == 0).any()


def test_a_line_of_the_figure_stands_for_all_edges_of_two_channels():
    network = networks.ResidualNet(1, 2, (2, 3), side=4)
    plan = network.plan()
    figure = figures.channels(plan, encodings.multipartite(plan))
    lines = [trace for trace in figure.plot.data if trace.mode == "lines"]
    drawn = sum(int(np.isnan(np.array(trace.x, dtype=float)).sum()) for trace in lines)
    # every pair of channels of a dense network, shortcut included
    assert drawn == sum(np.prod(layer.weight.shape[:2]) for layer in plan.layers)


def test_ridge_is_least_squares_without_penalty_and_the_mean_with_a_heavy_one():
    rng = np.random.default_rng(0)
    x, new = rng.standard_normal((30, 4)), rng.standard_normal((5, 4))
    y = x @ [1.0, -2.0, 0.5, 0.0] + 3
    np.testing.assert_allclose(prediction.ridge(x, y, new, 1e-12), new @ [1.0, -2.0, 0.5, 0.0] + 3, atol=1e-6)
    np.testing.assert_allclose(prediction.ridge(x, y, new, 1e12), y.mean(), atol=1e-6)


def test_the_group_left_out_does_not_help_to_predict_itself():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(4), 9)
    x, y = rng.standard_normal((36, 6)), rng.standard_normal(36)
    before = prediction.left_out(x, y, groups)
    y[groups == 2] += 100
    after = prediction.left_out(x, y, groups)
    np.testing.assert_allclose(after[groups == 2], before[groups == 2])
    assert not np.allclose(after[groups == 1], before[groups == 1])


def test_ranks_within_groups():
    values = np.array([[3.0], [1.0], [2.0], [10.0], [np.nan], [30.0]])
    ranks = prediction.within(values, np.array([0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(ranks[:, 0], [1, -1, 0, -1, 0, 1])


def member(seed: int, pruner: str, accuracy: float, signal: float, noise: float) -> dict:
    found = {view: dict.fromkeys(names, noise) for view, names in vocabulary.VIEWS.items()}
    found["multipartite"]["bridges"] = signal
    return {"network": "Conv-4", "seed": seed, "pruner": pruner, "accuracy": accuracy, "features": found}


def test_correlations_find_a_signal_and_none_in_noise():
    rng = np.random.default_rng(0)
    rows = []
    for seed, network in itertools.product(range(3), vocabulary.SMALL_NETS):
        for pruner in vocabulary.PRUNERS:
            accuracy = rng.random()
            signal = -(accuracy**3) * (seed + 1)
            rows.append(member(seed, pruner, accuracy, signal, rng.random()) | {"network": network})
    for unseen in claims.UNSEEN:
        assert np.mean(claims.correlations(rows, "multipartite", unseen)) > 0.9
        assert abs(np.mean(claims.correlations(rows, "rolled", unseen))) < 0.5
        assert len(claims.correlations(rows, "edges", unseen)) == 9


def test_those_that_learned_are_asked_about_by_themselves():
    (everyone, drops), (learned, kept) = (claims.members((0.98, only)) for only in (False, True))
    assert len(everyone) == len(drops) == len(claims.GROUPS) * len(vocabulary.PRUNERS)
    best = {
        (row["network"], row["seed"]): row["accuracy"] + drop for row, drop in zip(learned, kept, strict=True)
    }
    assert len(best) == len(claims.GROUPS), "every group has some that learned"
    names = ("network", "seed", "pruner")
    among = {tuple(row[name] for name in names) for row in learned}
    left_out = [row for row in everyone if tuple(row[name] for name in names) not in among]
    assert left_out
    assert all(2 * row["accuracy"] < best[row["network"], row["seed"]] for row in left_out)
    assert all(2 * row["accuracy"] >= best[row["network"], row["seed"]] for row in learned)


def test_the_population_is_whole():
    rows = population.load()
    expected = list(population.settings(population.SEEDS))
    assert [(r["network"], r["pruner"], r["sparsity"], r["seed"]) for r in rows] == expected
    dense = [row["accuracy"] for row in rows if row["pruner"] == "dense"]
    assert min(dense) > 0.8


@pytest.mark.parametrize("settings", [("Conv-4", "SynFlow", 0.98, 0), ("ResNet-8", "uniform", 0.98, 1)])
def test_the_stored_metrics_are_those_of_the_network(settings):
    """Pruning and encoding again gives what the file says, so the app shows the networks that were trained."""
    stored = next(
        row for row in population.load()
        if (row["network"], row["pruner"], row["sparsity"], row["seed"]) == settings
    )  # fmt: skip
    found = features.features(population.pruned(*settings)[0].plan())
    for view, names in vocabulary.VIEWS.items():
        assert list(stored["features"][view]) == list(names)
        for name in names:
            assert stored["features"][view][name] == pytest.approx(
                found[view][name], rel=1e-3, nan_ok=True
            ), name


def test_training_keeps_removed_weights_at_zero(monkeypatch):
    x, y = data.for_pruners()
    monkeypatch.setattr(population, "samples", lambda split: (x, y))
    network, _ = population.pruned("Conv-4", "SNIP", 0.9, 0)
    before = {name: layer.weight != 0 for name, layer in networks.prunable(network).items()}
    loss = F.cross_entropy(network.train()(x), y).item()
    population.train(network, seed=0, steps=4)
    for name, layer in networks.prunable(network).items():
        assert torch.equal(layer.weight != 0, before[name])
    assert F.cross_entropy(network.train()(x), y).item() < loss
    assert 0 <= population.accuracy(network) <= 1


def test_what_is_downloaded_can_be_sent_back():
    drawn = MultipartiteGe().draw(network="ResNet-8", pruner="SNIP", sparsity=0.98)
    again = MultipartiteGe().your_network(file=drawn.pruned_network, side=16)
    numbers = dict(row[:2] for row in drawn.metrics.rows)
    for name, value, _ in again.metrics.rows:
        if name != "building the graph":
            assert value == pytest.approx(numbers[name], rel=1e-6), name
