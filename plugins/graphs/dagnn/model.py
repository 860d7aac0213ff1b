"""Propagation apart from transformation, gates over hops, and the networks that DAGNN is measured beside.

Notation: X features `(n, d)`, A the graph's matrix with loops, normalised, C classes, K hops. Sections and equations
are those of Liu, Gao and Ji (2020).
"""

from __future__ import annotations

import copy
import itertools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor, nn

from zoo.blocks.seeded import seeded
from zoo.evidence.tasks.few_labels import scaled, spread

HIDDEN, RATE, EPOCHS, WINDOW = 32, 0.01, 120, 50
"""Width of all networks, Adam's rate, epochs at most, and losses that the stopping rule looks back on."""
Gates = Literal["own", "shared", "mean", "fixed"]
Kind = Literal["plain", "residual", "initial", "gates"]
Net = TypeVar("Net", bound=nn.Module)


class _Hop(torch.autograd.Function):
    """A H for a symmetric sparse A, whose backward is the same product; torch's own converts A every time."""

    @staticmethod
    def forward(ctx: Any, step: Tensor, rows: Tensor) -> Tensor:
        """Of A `(n, n)` and H `(n, c)`."""
        ctx.step = step
        return step @ rows

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[None, Tensor]:
        return None, ctx.step @ above[0]


class Step:
    """One hop, H -> A H with A = D~^-1/2 (A + I) D~^-1/2 (section 2); what is not 0 in `near` is an edge."""

    def __init__(self, near: sparse.csr_array) -> None:
        self.matrix = spread(sparse.csr_array((near != 0).astype(np.float32))).astype(np.float32)
        rows, columns, values = map(
            torch.from_numpy, (self.matrix.indptr, self.matrix.indices, self.matrix.data)
        )
        with warnings.catch_warnings(action="ignore"):  # that the format is young
            self.csr = torch.sparse_csr_tensor(rows, columns, values, self.matrix.shape)

    def __call__(self, rows: Tensor) -> Tensor:
        """Rows `(n, c)` after a hop."""
        return _Hop.apply(self.csr, rows)

    def hops(self, rows: Tensor, count: int) -> Tensor:
        """Rows after 0 to `count` hops, `(count + 1, n, c)`."""
        return torch.stack(
            list(itertools.accumulate(range(count), lambda above, _: self(above), initial=rows))
        )


class Dagnn(nn.Module):
    """Logits Σ_k g_k ⊙ H_k with Z = MLP(X), H_k = A^k Z, g_k = sigmoid(H_k s + b), k = 0..K (equations 7 to 10).

    Gates are each node's `own`, the paper's; `shared` by all nodes, a learned number a hop; the `mean` of hops; or
    `fixed` at α (1 - α)^k and (1 - α)^K, which is APPNP (Gasteiger and others 2019).
    """

    def __init__(
        self, inputs: int, classes: int, hops: int, dropout: float, gates: Gates = "own", alpha: float = 0.1
    ) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, classes)
        self.gate, self.shared = nn.Linear(classes, 1), nn.Parameter(torch.zeros(hops + 1))
        powers = (1 - alpha) ** torch.arange(hops + 1)
        self.fixed = torch.where(torch.arange(hops + 1) < hops, alpha * powers, powers)
        self.hops, self.dropout, self.kind = hops, dropout, gates

    def heard(self, step: Step, x: Tensor) -> tuple[Tensor, Tensor]:
        """Class scores after every hop `(K + 1, n, C)`, and gates `(K + 1, n)`."""
        hidden = self.first(F.dropout(x, self.dropout, self.training)).relu()
        rows = step.hops(self.last(F.dropout(hidden, self.dropout, self.training)), self.hops)
        if self.kind == "own":
            return rows, self.gate(rows).squeeze(-1).sigmoid()
        same = {
            "shared": self.shared.sigmoid(),
            "mean": torch.full_like(self.fixed, 0.5),
            "fixed": self.fixed,
        }
        return rows, same[self.kind][:, None].expand(rows.shape[:2])

    def forward(self, step: Step, x: Tensor) -> Tensor:
        """Logits `(n, C)`."""
        rows, gates = self.heard(step, x)
        return torch.einsum("kn,knc->nc", gates, rows)


class Sgc(nn.Module):
    """A^K X W (Wu and others 2019)."""

    def __init__(self, inputs: int, classes: int, hops: int, dropout: float) -> None:
        super().__init__()
        self.last, self.hops, self.dropout = nn.Linear(inputs, classes), hops, dropout
        self.kept: Tensor | None = None

    def forward(self, step: Step, x: Tensor) -> Tensor:
        """Logits `(n, C)`; hops are made once, for a network sees one graph alone."""
        if self.kept is None:
            self.kept = step.hops(x, self.hops)[-1]
        return self.last(F.dropout(self.kept, self.dropout, self.training))


class Stacked(nn.Module):
    """K layers that transform and propagate, relu(A H W).

    Kinds: `plain` is a GCN (Kipf and Welling 2017); `residual` adds what comes in where widths agree; `initial` is
    GCNII (Chen and others 2020), α = 0.1, β = log(0.5 / l + 1); `gates` has DAGNN's gates over its layers.
    """

    def __init__(self, inputs: int, classes: int, hops: int, dropout: float, kind: Kind = "plain") -> None:
        super().__init__()
        self.kind, self.dropout, self.ends = kind, dropout, kind in ("initial", "gates")
        if self.ends:
            self.first, self.last = nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, classes)
        widths = [HIDDEN] * (hops + 1) if self.ends else [inputs, *[HIDDEN] * (hops - 1), classes]
        layers = [nn.Linear(*pair, bias=kind != "initial") for pair in itertools.pairwise(widths)]
        self.layers, self.gate = nn.ModuleList(layers), nn.Linear(HIDDEN, 1)
        for layer in [] if kind == "initial" else layers:  # Glorot's start keeps sizes through many layers
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, step: Step, x: Tensor) -> Tensor:
        """Logits `(n, C)`."""
        rows = [self.first(self._dropped(x)).relu() if self.ends else x]
        for place, layer in enumerate(self.layers, 1):
            before = rows[-1]
            if self.kind == "initial":
                beta = math.log(0.5 / place + 1)
                mixed = 0.9 * step(self._dropped(before)) + 0.1 * rows[0]
                rows.append(((1 - beta) * mixed + beta * layer(mixed)).relu())
                continue
            above = step(layer(self._dropped(before)))
            above = above if place == len(self.layers) and not self.ends else above.relu()
            added = self.kind == "residual" and 1 < place < len(self.layers)
            rows.append(above + before if added else above)
        if self.kind == "gates":
            stacked = torch.stack(rows)
            return self.last((self.gate(stacked).sigmoid() * stacked).sum(0))
        return self.last(self._dropped(rows[-1])) if self.ends else rows[-1]

    def _dropped(self, rows: Tensor) -> Tensor:
        return F.dropout(rows, self.dropout, self.training)


@dataclass(frozen=True)
class Work:
    """Features float32 `(n, d)`, nodes that are learned from, and `watched` ones, maybe none, that choose the epoch."""

    step: Step
    x: Tensor
    learned: NDArray[np.int64]
    labels: NDArray[np.int64]
    watched: NDArray[np.int64]
    answers: NDArray[np.int64]


def fit(make: Callable[[], Net], work: Work, decay: float, seed: int, epochs: int = EPOCHS) -> Net:
    """A network after Adam on the cross-entropy of learned nodes (section 4).

    The epoch of the lowest loss of watched nodes is kept, and training stops when, after half of the epochs, that loss
    is above its mean over the last ``WINDOW``. Without watched nodes the last epoch is kept.
    """
    with seeded(seed):
        return _fitted(make(), work, decay, epochs)


def _fitted(network: Net, work: Work, decay: float, epochs: int) -> Net:
    adam = torch.optim.Adam(network.parameters(), lr=RATE, weight_decay=decay, fused=True)
    parts = (work.learned, work.labels, work.watched, work.answers)
    learned, labels, watched, answers = map(torch.from_numpy, parts)
    losses: list[float] = []
    kept: dict[str, Tensor] = {}
    for epoch in range(epochs):
        network.train()
        adam.zero_grad(set_to_none=True)
        F.cross_entropy(network(work.step, work.x)[learned], labels).backward()
        adam.step()
        if not len(watched):
            continue
        losses.append(float(F.cross_entropy(scores(network, work)[watched], answers)))
        if losses[-1] == min(losses):
            kept = copy.deepcopy(network.state_dict())
        if epoch > epochs // 2 and losses[-1] > np.mean(losses[-WINDOW - 1 : -1]):
            break
    if kept:
        network.load_state_dict(kept)
    return network.eval()


def scores(network: nn.Module, work: Work) -> Tensor:
    """Logits of all nodes without dropout, `(n, C)`."""
    network.eval()
    with torch.no_grad():
        return network(work.step, work.x)


def inputs(rows: NDArray) -> Tensor:
    """Features `(n, d)`, brought to scale, as networks take them, float32."""
    return torch.from_numpy(scaled(rows).astype(np.float32))
