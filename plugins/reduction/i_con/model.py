"""One sentence with two blanks: who are a point's neighbours, and whom does a map draw as such.

Alshammari, Hershey, Feldmann, Freeman and Hamilton, "I-Con: A Unifying Framework for Representation Learning" (ICLR
2025). For every point i, p(.|i) says who its neighbours are and is given; q(.|i) says it of the map and is learned:

    L = mean over i of KL(p(.|i) || q(.|i))

Rows of the table of losses are ways to name p, columns ways to draw q. Doubt a spreads a share of p over the N that a
point may draw, p~ = (1 - a) p + a / N, and of q likewise where it is meant on both sides (section 4).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from zoo.blocks import affinities

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
NEVER, LEAST, TEMPERATURE = -1e30, 1e-12, 0.1  # log of no chance; added before a logarithm; τ of cosines


def kl(p: Tensor, log_q: Tensor) -> Tensor:
    """The loss of every cell: the mean over i of KL(p(.|i) || q(.|i)), of tables `(m, n)`, in nats."""
    return (torch.special.xlogy(p, p) - p * log_q).sum(-1).mean()


def gaussian(rows: Array, size: int) -> Array:
    """All others of rows `(n, d)` by exp(-d² / 2σᵢ²), of perplexity `size`, `(n, n)`: p of SNE and t-SNE."""
    places, distances = affinities.nearest(rows, len(rows) - 1)
    p = np.zeros((len(rows), len(rows)))
    wide = min(max(size, 1.5), (len(rows) - 1) / 1.5)
    np.put_along_axis(p, places, affinities.perplexed(distances, wide), axis=1)
    return p


def nearest(rows: Array, size: int) -> Array:
    """The `size` nearest others of rows `(n, d)`, all alike, `(n, n)`; one of them is InfoNCE's positive."""
    p = np.zeros((len(rows), len(rows)))
    np.put_along_axis(p, affinities.nearest(rows, min(size, len(rows) - 1))[0], 1, axis=1)
    return evenly(p > 0)


def evenly(chosen: NDArray[np.bool_]) -> Array:
    """As much for each that is chosen `(n, n)`, oneself aside; for all others where nobody is."""
    free = 1 - np.eye(len(chosen))
    some = free * np.where((chosen * free).any(axis=1, keepdims=True), chosen, 1)
    return some / some.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


ROWS: dict[str, Callable[[Array, int, Labels, int], Array]] = {
    "Gaussian": lambda rows, size, of, seed: gaussian(rows, size),
    "nearest": lambda rows, size, of, seed: nearest(rows, size),
    "two steps": lambda rows, size, of, seed: evenly((p := nearest(rows, size)) + p @ p > 0),  # section 4
    "same class": lambda rows, size, of, seed: evenly(of[:, None] == of),
    "at random": lambda rows, size, of, seed: nearest(np.random.default_rng(seed).permutation(rows), size),
}
"""Who are a point's neighbours: p(j|i), `(n, n)`, of rows `(n, d)`, a size, classes `(n,)` and a seed."""


def others(scores: Tensor, pairs: bool = False) -> Tensor:
    """Log q in proportion to exp(scores) `(n, n)`, oneself aside: of each point, or of all pairs at once `(1, n²)`."""
    scores = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), NEVER)
    return F.log_softmax(scores.reshape(1, -1) if pairs else scores, dim=1)


def clusters(scores: Tensor) -> Tensor:
    """A cluster of i, then a point of it, oneself too: q(j|i) = Σ_c φ_ic φ_jc / Σ_k φ_kc; φ is the softmax `(n, c)`."""
    chances = F.softmax(scores, dim=1)
    return torch.log(chances / chances.sum(dim=0) @ chances.T + LEAST)


COLUMNS: dict[str, tuple[Callable[[Tensor], Tensor], int, float]] = {
    "Gaussian": (lambda z: others(-(z[:, None] - z).square().sum(2)), 2, 0.1),
    "Student, each point": (lambda z: others(-(z[:, None] - z).square().sum(2).log1p()), 2, 0.5),
    "Student, all pairs": (lambda z: others(-(z[:, None] - z).square().sum(2).log1p(), True), 2, 1.0),
    "cosines": (lambda z: others(F.normalize(z) @ F.normalize(z).T / TEMPERATURE), 3, 0.05),
    "clusters": (clusters, 0, 0.03),
    "classes": (lambda scores: F.log_softmax(scores, dim=1), 0, 0.03),
}
"""Log q `(m, n)` of a map `(n, axes)`; its axes, 0 for one each group; and Adam's rate (theorems 1 and 3)."""


def even(name: str, count: int, classes: int) -> Tensor:
    """Chances alike for all that may be drawn, in the shape of a column's log q: others, points, or classes."""
    if name in ("clusters", "classes"):
        wide = count if name == "clusters" else classes
        return torch.full((count, wide), 1 / wide, dtype=torch.double)
    chances = (1 - torch.eye(count, dtype=torch.double)) / (count - 1)
    return chances.reshape(1, -1) / count if name == "Student, all pairs" else chances


def target(p: Tensor, name: str, labels: Tensor, doubt: float = 0.0) -> Tensor:
    """What q of a column should be, `(m, n)`: p `(n, n)` with doubt a, of classes the sum over them, `(n,)`."""
    if name == "classes":
        p = p @ F.one_hot(labels).to(p)
    if name == "Student, all pairs":
        p = ((p + p.T) / (2 * len(p))).reshape(1, -1)
    return (1 - doubt) * p + doubt * even(name, len(labels), int(labels.max()) + 1).to(p)


def fitted(
    rows: Array, p: Array, name: str, labels: Labels | None = None, groups: int = 1, *, doubt: float = 0.0,
    both: bool = False, steps: int = 200, rate: float = 0.0, batch: int = 0, seed: int = 0,
    watch: Callable[[int, Tensor, float], None] = lambda step, places, loss: None,
) -> Array:  # fmt: skip
    """The map that Adam finds: free points `(n, axes)`, or scores of a linear head on the rows, `(n, groups)`.

    Given are rows `(n, d)`, neighbours p `(n, n)`, the column's name, classes `(n,)`, and how many clusters there are.
    Doubt is a, which q has as well if `both`. Adam's rate, or the column's own, falls to 0 along half a cosine. Where a
    batch is not 0 it is half by lot, half a neighbour of each, by a symmetric p. `watch` is told step, map and loss.
    """
    (draws, axes, fast), draw = COLUMNS[name], torch.Generator().manual_seed(seed)
    given, near = (torch.from_numpy(np.asarray(each, np.float32)) for each in (rows, p))
    of = torch.from_numpy(np.zeros(len(rows), int) if labels is None else labels).long()
    wide = int(of.max()) + 1 if name == "classes" else groups
    weights = torch.randn(given.shape[1], wide, generator=draw) / given.shape[1] ** 0.5
    params = [started(given, axes, draw)] if axes else [weights, torch.zeros(wide)]
    descent = torch.optim.Adam([param.requires_grad_() for param in params], lr=rate or fast)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(descent, steps)
    wanted, part, sums = target(near, name, of, doubt), torch.arange(len(given)), near.cumsum(1)
    for step in range(steps):
        if batch:
            part = drawn(sums, batch, draw)
            some = near.index_select(0, part).index_select(1, part)
            wanted = target(some / some.sum(1, keepdim=True), name, of[part], doubt)
        places = params[0][part] if axes else torch.addmm(params[1], given[part], params[0])
        log_q = draws(places)
        if both and doubt:
            spread = torch.log(doubt * even(name, len(part), log_q.shape[1]).to(log_q)).clamp_min(NEVER)
            log_q = torch.logaddexp(log_q + float(np.log1p(-doubt)), spread)
        loss = kl(wanted, log_q)
        watch(step, places.detach(), loss.item())
        descent.zero_grad()
        loss.backward()
        descent.step()
        fall.step()
    learned = params[0] if axes else torch.addmm(params[1], given, params[0])
    return learned.detach().double().numpy()  # type: ignore[no-any-return]


def started(rows: Tensor, axes: int, draw: torch.Generator) -> Tensor:
    """Principal components of `(n, d)` and a little chance, `(n, axes)`, the widest of size 1: where a map begins."""
    left, scale, _ = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    flat = F.pad(left[:, :axes] * scale[:axes], (0, max(0, axes - scale.numel())))
    return flat / flat.std(0).max().clamp_min(1e-12) + 0.01 * torch.randn(flat.shape, generator=draw)


def drawn(sums: Tensor, size: int, draw: torch.Generator) -> Tensor:
    """Places of a batch, none twice; `sums` are those of p along its rows, `(n, n)`."""
    half = torch.randperm(len(sums), generator=draw)[: size // 2]
    lots = 0.999999 * torch.rand(len(half), 1, generator=draw) * sums[half, -1:]
    return torch.cat([half, torch.searchsorted(sums[half], lots, right=True)[:, 0]]).unique()


def shared(groups: Labels, labels: Labels) -> tuple[Labels, float]:
    """The class that each group stands for, matched one to one (Hungarian), and the share of points `(n,)` of it."""
    counts = np.zeros((max(groups.max(), labels.max()) + 1,) * 2)
    np.add.at(counts, (groups, labels), 1)
    match = linear_sum_assignment(-counts)
    return match[1], float(counts[match].sum() / len(labels))
