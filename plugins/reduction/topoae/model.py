"""Topological autoencoders: who is connected to whom in a batch, kept on the map.

Moor, Horn, Rieck and Borgwardt, "Topological Autoencoders" (ICML 2020). Of a batch of B rows, A^X are distances over
the largest, A^Z those of the latents over a learned positive number. The pairings of 0-dimensional persistent homology
are the edges of the minimum spanning tree, π^X of A^X and π^Z of A^Z:

    L_X→Z = |A^X[π^X] - A^Z[π^X]|²,  L_Z→X = |A^Z[π^Z] - A^X[π^Z]|²
    loss = mean squared error of the reconstruction + λ (L_X→Z + L_Z→X) / B

A pairing is found anew for each batch and is a constant to the gradient. As the authors' code, without the paper's ½.
The control leaves the trees out: all pairs of a batch, over as many as the trees' 2 (B - 1), or so many random pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from torch import Tensor, nn

from zoo.blocks.adam import Adam
from zoo.blocks.seeded import seeded

Array = NDArray[np.float64]
WIDTH, DECAY = 32, 1e-5


def trees(distances: Array) -> NDArray[np.intp]:
    """Edges of the minimum spanning trees of tables `(k, n, n)`, `(k, n - 1, 2)`: the pairings of dimension 0."""
    many, count, _ = distances.shape
    first, second = np.triu_indices(count, 1)
    starts = np.concatenate([[0], np.cumsum(np.tile(np.arange(count)[::-1], many))])
    columns = (np.arange(many)[:, None] * count + second).ravel()
    lengths = np.maximum(
        distances[:, first, second], 1e-300
    ).ravel()  # a sparse table has no edge of length 0
    forest = minimum_spanning_tree(csr_matrix((lengths, columns, starts), (many * count,) * 2)).tocoo()
    ends = np.sort(np.stack([forest.row, forest.col], axis=1).astype(np.intp), axis=1)
    edges = ends[np.argsort(ends[:, 0], kind="stable")].reshape(many, count - 1, 2)
    return edges - np.arange(many)[:, None, None] * count  # type: ignore[no-any-return]


def deaths(distances: Array) -> Array:
    """Lengths of the bars of dimension 0 of a table `(n, n)`, `(n - 1,)`, shortest first; all are born at 0."""
    return np.sort(distances[tuple(trees(distances[None])[0].T)])


def lengths(points: Tensor, edges: NDArray[np.intp]) -> Tensor:
    """Lengths of edges `(k, e, 2)` between points `(k, axes, n)`, `(k, e)`; no slope where two points are one."""
    chosen = torch.from_numpy(edges.astype(np.int64)).to(points.device)
    ends = [points.gather(2, chosen[:, None, :, end].expand(-1, points.shape[1], -1)) for end in (0, 1)]
    return (ends[0] - ends[1]).square().sum(1).clamp_min(1e-24).sqrt()


def mismatch(
    data: Array, latents: Tensor, scales: Tensor, largest: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """L_X→Z and L_Z→X of several maps of one batch, `(k,)` each.

    Args:
        data: A^X, `(n, n)`.
        latents: `(k, axes, n)`.
        scales: what distances of latents are divided by, `(k,)`.
        largest: of which maps they are divided by the largest of the batch instead, `(k,)`.
    """
    places = latents.detach().double().cpu().numpy().transpose(0, 2, 1)
    apart = np.stack([cdist(each, each) for each in places])
    if largest is not None and largest.any():
        widest = np.stack(np.unravel_index(apart.reshape(len(apart), -1).argmax(1), apart.shape[1:]), axis=1)
        scales = torch.where(largest, lengths(latents, widest[:, None])[:, 0], scales)
    known = np.repeat(trees(data[None]), len(apart), axis=0)
    return gaps(data, latents, scales, known).sum(1), gaps(data, latents, scales, trees(apart)).sum(1)


def gaps(data: Array, latents: Tensor, scales: Tensor, edges: NDArray[np.intp]) -> Tensor:
    """Squared differences of A^X and A^Z at edges `(k, e, 2)`, `(k, e)`; see `mismatch`."""
    wanted = torch.from_numpy(data[edges[..., 0], edges[..., 1]]).to(latents)
    return (wanted - lengths(latents, edges) / scales[:, None]).square()


def pairs(count: int, most: int = 0, seed: Sequence[int] = ()) -> NDArray[np.intp]:
    """All pairs of so many rows, or so many random ones of them at most, `(1, e, 2)`."""
    every = np.stack(np.triu_indices(count, 1), axis=1)[None]
    if not most:
        return every
    return every[:, np.random.default_rng(seed).permutation(every.shape[1])[:most]]


class Nets(nn.Module):
    """Several networks of one shape side by side: linear, with batch normalisation and ReLU after all but the last."""

    def __init__(self, many: int, sizes: Sequence[int], seed: int) -> None:
        super().__init__()
        with seeded(seed):
            starts = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]  # of all networks alike
        self.weights = nn.ParameterList(start.weight.detach().repeat(many, 1, 1) for start in starts)
        self.biases = nn.ParameterList(start.bias.detach().repeat(many, 1)[..., None] for start in starts)
        self.norms = nn.ModuleList(nn.BatchNorm1d(many * size) for size in sizes[1:-1])

    def forward(self, rows: Tensor) -> Tensor:
        """From `(k, first, n)` to `(k, last, n)`."""
        for weight, bias, norm in itertools.zip_longest(self.weights, self.biases, self.norms):
            rows = torch.baddbmm(bias, weight, rows)
            rows = F.relu(norm(rows.reshape(1, -1, rows.shape[2])).view(rows.shape)) if norm else rows
        return rows


class Bank(
    nn.Module, PyTorchModelHubMixin, library_name="latent-zoo", license="apache-2.0",
    tags=["latent-zoo", "reduction"], paper_url="https://arxiv.org/abs/1906.00722",
):  # fmt: skip
    """Autoencoders that are trained side by side on the same batches; they begin alike and share nothing else.

    Args:
        weights: λ of each; 0 is a plain autoencoder.
        kinds: of each: "both" terms, that of the "data" or of the "map" alone, both with A^Z over the "largest", or in
            their place "all" pairs of a batch or "random" ones.
        columns: of the rows.
        seed: of where they begin.
        moments: of training of which it is kept where some rows lie.
        shown: how many rows.
    """

    journey: Tensor
    shares: Tensor
    largest: Tensor

    def __init__(
        self, weights: Sequence[float], kinds: Sequence[str], columns: int, seed: int = 0, moments: int = 0,
        shown: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        many, sizes = len(weights), (columns, WIDTH, WIDTH, 2)
        self.encoder, self.decoder = Nets(many, sizes, 2 * seed), Nets(many, sizes[::-1], 2 * seed + 1)
        self.scales = nn.Parameter(torch.ones(many))
        self.register_buffer("journey", torch.zeros(moments, many, shown, 2))
        terms = (("both", "largest", "data"), ("both", "largest", "map"), ("all",), ("random",))
        ways = torch.tensor([[kind in term for kind in kinds] for term in terms])
        self.seed = seed
        self.register_buffer("shares", ways * torch.tensor(weights), persistent=False)
        self.register_buffer("largest", torch.tensor([kind == "largest" for kind in kinds]), persistent=False)

    def loss(self, rows: Tensor) -> Tensor:
        """The sum of the losses of a batch `(n, columns)`; no gradient runs from one network to another."""
        given = rows.T.expand(len(self.scales), -1, -1)
        latents = self.encoder(given)
        errors = (self.decoder(latents) - given).square().mean(dim=(1, 2))
        if not self.shares.any():
            return errors.sum()
        table = rows.detach().double().cpu().numpy()
        data = cdist(table, table)
        scales = torch.where(self.shares.any(0), self.scales.abs(), 1.0)  # else it decays to 0
        data /= max(float(data.max()), 1e-300)
        return (errors + self._topology(data, latents, scales) / len(rows)).sum()

    def _topology(self, data: Array, latents: Tensor, scales: Tensor) -> Tensor:
        """λ times the mismatch of trees, or of pairs in their place, `(k,)`; these count as 2 (B - 1) edges."""
        total, edges, treed = torch.zeros_like(scales), 2 * (len(data) - 1), self.shares[:2].any(0)
        step = int(self.encoder.norms[0].num_batches_tracked)  # type: ignore[arg-type]
        if treed.any():
            sums = mismatch(data, latents[treed], scales[treed], self.largest[treed])
            total[treed] = (self.shares[:2, treed] * torch.stack(sums)).sum(0)
        for share, most in zip(self.shares[2:], (0, edges), strict=True):
            if (used := share > 0).any():
                chosen = pairs(len(data), most, (self.seed, step)).repeat(int(used.sum()), axis=0)
                total[used] = edges * share[used] * gaps(data, latents[used], scales[used], chosen).mean(1)
        return total

    @torch.no_grad()
    def places(self, rows: Array) -> Array:
        """Where rows `(n, columns)` lie on each map, `(k, n, 2)`."""
        given, was = torch.from_numpy(np.ascontiguousarray(rows.T)).to(self.scales), self.training
        maps = self.eval().encoder(given.expand(len(self.scales), -1, -1))
        self.train(was)
        return maps.cpu().double().numpy().transpose(0, 2, 1)  # type: ignore[no-any-return]


def drawn(rows: NDArray[np.float32], size: int, rng: np.random.Generator) -> Tensor:
    """A batch of rows `(n, columns)` without one that comes twice, `(size, columns)`."""
    return torch.from_numpy(rows[rng.choice(len(rows), min(size, len(rows)), replace=False, shuffle=False)])


def fitted(
    bank: Bank, rows: Array, steps: int, batch: int, rate: float, seed: int = 0,
    watch: Callable[[int], None] = lambda step: None,
) -> Bank:  # fmt: skip
    """A bank, trained in place by Adam with the authors' weight decay on `(n, columns)`; `watch` is told each step."""
    rng, given = np.random.default_rng(seed), np.ascontiguousarray(rows, np.float32)
    names, params = zip(*bank.train().named_parameters(), strict=True)
    values = {name: param.detach().numpy() for name, param in zip(names, params, strict=True)}
    descent = Adam(values, rate)
    for step in range(steps):
        watch(step)
        slopes = torch.autograd.grad(bank.loss(drawn(given, batch, rng)), params, materialize_grads=True)
        descent.step(
            {name: slope.numpy() + DECAY * values[name] for name, slope in zip(names, slopes, strict=True)}
        )
    watch(steps)
    return bank.eval()


def divergence(rows: Array, places: Array, sigma: float = 0.1) -> float:
    """KL_σ in nats, from the crowding of rows `(n, d)` to that of places `(n, axes)` (section 5.1).

    How crowded it is at a point: the sum of kernels exp(-r² / (largest r² times σ)), over the sum of all points.
    """
    crowds = []
    for points in (rows, places):
        squares = cdist(points, points, "sqeuclidean")
        crowd = np.exp(-squares / (max(float(squares.max()), 1e-300) * sigma)).sum(axis=1)
        crowds.append(crowd / crowd.sum())
    return float(crowds[0] @ np.log(crowds[0] / crowds[1]))


def enclosed(places: Array, large: NDArray[np.bool_]) -> float:
    """Share of inner points nearer than half of the large sphere's to the middle of these, of places `(n, 2)`."""
    far = np.linalg.norm(places - np.median(places[large], axis=0), axis=1)
    return float((far[~large] < np.median(far[large])).mean())
