"""Gaussians whose mutual information is known, and critics that estimate it while they learn.

y has d independent normal numbers, and x is several noisy looks at y, o_1 to o_m, each of them d numbers as well. The
first j of them are the subview x_j, so that x_1 is a function of x_2 and so on, and

    I(x; y) = I(x_1; y) + I(x_2; y | x_1) + ... + I(x_m; y | x_{m-1})

Everything has a closed form: with λ_i the precision of look i, p(y | x_j) is normal with precision 1 + λ_1 + ... + λ_j,
and I(x_j; y) = d/2 log of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from zoo.blocks import information

from . import bounds

KINDS = ("exact", "variational", "importance", "boosted")
"""Ways to have candidates for the conditional terms, as the paper names them."""
UNCONDITIONAL = "unconditional"
"""The control: the same critics, whose candidates are of p(y) like those of the first term."""
RIVALS = ("NWJ", "TUBA", "SMILE", "GAN-DIME")
ROWS, DRAWN_ROWS = 64, 32
"""Pairs in a batch, at least, and how many of them get candidates of their own; those cost the most."""
RATES = {"NWJ": 0.003, "TUBA": 0.003}
RATE = 0.06
"""Of Adam, for those two and for all others, on the page; the claims search one for each method."""
CLIP = 10.0
"""Of SMILE; chosen from 1, 2, 5, 10 and 20 on seeds that no claim uses."""


@dataclass(frozen=True)
class Problem:
    """What is to be estimated.

    Attributes:
        information: I(x; y) in nats.
        dimensions: d.
        shares: of the information, that each look adds; they add up to 1.
    """

    information: float = 10.0
    dimensions: int = 20
    shares: tuple[float, ...] = (0.5, 0.5)

    @property
    def precisions(self) -> list[float]:
        """Of p(y | x_j), for j from 0, where it is 1, to m."""
        known = [0.0]
        for share in self.shares:
            known.append(known[-1] + share * self.information)
        return [math.exp(2 * nats / self.dimensions) for nats in known]

    def draw(self, count: int, rng: torch.Generator) -> Draw:
        """Pairs: y (count, d), and x as all looks side by side, (count, m d), each number of variance 1."""
        y = torch.randn(count, self.dimensions, generator=rng)
        looks = []
        for before, after in zip(self.precisions, self.precisions[1:], strict=False):
            gain = after - before
            noise = torch.randn(count, self.dimensions, generator=rng)
            looks.append((math.sqrt(gain) * y + noise) / math.sqrt(1 + gain))
        return Draw(torch.cat(looks, 1), y)

    def part(self, x: Tensor, j: int) -> Tensor:
        """x_j: the first j looks, (n, j d)."""
        return x[:, : j * self.dimensions]

    def posterior(self, x: Tensor, j: int) -> tuple[Tensor, float]:
        """Mean (n, d) and precision of p(y | x_j); j = 0 knows nothing of x."""
        mean, known = torch.zeros(len(x), self.dimensions), self.precisions
        for i, look in enumerate(self.part(x, j).split(self.dimensions, 1)[:j]):
            gain = known[i + 1] - known[i]
            mean = mean + math.sqrt(gain * (1 + gain)) / known[j] * look
        return mean, known[j]

    def log_ratio(self, x: Tensor, y: Tensor, j: int, given: int = 0) -> Tensor:
        """log p(y | x_j) / p(y | x_given): the best critic, (n, k) for x (n, m d) and y (k, d) or (n, k, d)."""
        return _log_normal(*self.posterior(x, j), y) - _log_normal(*self.posterior(x, given), y)

    def alike(self, x: Tensor, j: int, count: int, rng: torch.Generator) -> Tensor:
        """Candidates (n, count, d) of p(y | x_j)."""
        mean, precision = self.posterior(x, j)
        noise = torch.randn(len(x), count, self.dimensions, generator=rng)
        return mean[:, None] + noise / math.sqrt(precision)


class Draw(NamedTuple):
    """Pairs of x (n, m d) and y (n, d)."""

    x: Tensor
    y: Tensor


def _log_normal(mean: Tensor, precision: float, y: Tensor) -> Tensor:
    apart = (y - mean[:, None]).square().sum(-1)
    return 0.5 * mean.shape[1] * math.log(precision / (2 * math.pi)) - 0.5 * precision * apart


class Critic(nn.Module):
    """A quadratic score of every x with every y, yᵀ(W x + b) + aᵀy² + xᵀC x + e, which begins as zero.

    The best critics of Gaussians are among these, so that what an estimate lacks is not the network's fault.

    Args:
        of_x: numbers of x.
        of_y: numbers of y.
        level: whether there are C and e, the terms of x alone; contrasts within a row do not see them.
    """

    def __init__(self, of_x: int, of_y: int, level: bool = False) -> None:
        super().__init__()
        shapes: dict[str, tuple[int, ...]] = {"linear": (of_y, of_x), "bias": (of_y,), "square": (of_y,)}
        if level:
            shapes |= {"of_x": (of_x, of_x), "level": ()}
        self.level = level
        self.terms = nn.ParameterDict({name: torch.zeros(each) for name, each in shapes.items()})

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Scores (n, k) of x (n, of_x) with y (k, of_y), the same for all, or (n, k, of_y)."""
        terms = self.terms
        left = x @ terms["linear"].T + terms["bias"]
        scores = (left @ y.T if y.ndim == 2 else (y @ left[..., None])[..., 0]) + y.square() @ terms["square"]
        return scores + _square(x, terms["of_x"], terms["level"])[:, None] if self.level else scores


def _square(x: Tensor, weight: Tensor, level: Tensor) -> Tensor:
    return ((x @ weight) * x).sum(1) + level


def split(scores: Tensor, candidates: int) -> tuple[Tensor, Tensor]:
    """From scores (n, n) of a batch: those of pairs (n,), and of the next `candidates` - 1 strangers, (n, K - 1)."""
    n = len(scores)
    places = (torch.arange(n)[:, None] + torch.arange(candidates)) % n
    chosen = scores.gather(1, places)
    return chosen[:, 0], chosen[:, 1:]


class Decomposed(nn.Module):
    """The chain: a critic of x_1, and one of every further subview given the one before.

    Args:
        problem: what is estimated.
        kind: where candidates of conditional terms come from.
    """

    def __init__(self, problem: Problem, kind: str) -> None:
        super().__init__()
        self.problem, self.kind, d = problem, kind, problem.dimensions
        self.critics = nn.ModuleList(Critic((j + 1) * d, d) for j in range(len(problem.shares)))
        # of q(y | x_j), a normal distribution that is linear in x_j
        self.means = nn.ModuleList(_nothing_known((j + 1) * d, d) for j in range(len(problem.shares) - 1))
        self.spreads = nn.ParameterList(torch.zeros(d) for _ in range(len(problem.shares) - 1))

    def terms(self, batch: Draw, candidates: int, rng: torch.Generator, learning: bool = False) -> Tensor:
        """The bound of each term in nats, (m,).

        Args:
            batch: of n pairs, at least `candidates`.
            candidates: K.
            rng: draws candidates of the conditional terms, where they are drawn.
            learning: whether they are to be maximised: then the boosted critic's own bound stands for its term.
        """
        first = self.critics[0](self.problem.part(batch.x, 1), batch.y)
        values, before = [bounds.contrast(*split(first, candidates)).mean()], first
        for j, critic in enumerate(self.critics[1:], 1):
            if self.kind in ("exact", "variational"):
                values.append(self._drawn(batch, j, candidates, rng))
                continue
            scores = critic(self.problem.part(batch.x, j + 1), batch.y)
            (true, others), (lower, lower_others) = split(scores, candidates), split(before, candidates)
            if self.kind == UNCONDITIONAL:
                value = bounds.contrast(true, others)
            elif self.kind == "boosted" and learning:
                value = bounds.boosted(lower, lower_others, true, others)
            else:
                value = bounds.importance(true, others, bounds.weights(lower_others))
            values.append(value.mean())
            before = before + scores
        return torch.stack(values)

    def _drawn(self, batch: Draw, j: int, candidates: int, rng: torch.Generator) -> Tensor:
        """A conditional term whose candidates are drawn from p(y | x_j), or from q with what that costs taken off."""
        x, y = (part[:DRAWN_ROWS] for part in batch)
        known, cost = self.problem.part(x, j), torch.zeros(())
        if self.kind == "exact":
            others = self.problem.alike(x, j, candidates - 1, rng)
        else:
            mean, spread = self.means[j - 1](known), self.spreads[j - 1].exp()
            noise = torch.randn(len(x), candidates - 1, y.shape[1], generator=rng)
            others = (mean[:, None] + spread * noise).detach()
            cost = self._divergence(x, j, mean, spread).mean()
        critic, seen = self.critics[j], self.problem.part(x, j + 1)
        true = critic(seen, y[:, None])[:, 0]
        # the cost of q is known here because the truth is, and q is fitted by it; elsewhere by its likelihood
        return bounds.contrast(true, critic(seen, others)).mean() - cost

    def _divergence(self, x: Tensor, j: int, mean: Tensor, spread: Tensor) -> Tensor:
        """KL(p(y | x_j) || q(y | x_j)), (n,), which candidates of q add to the bound."""
        truth, precision = self.problem.posterior(x, j)
        apart = (1 / precision + (truth - mean).square()) / spread.square()
        return 0.5 * (apart - 1 + math.log(precision) + 2 * spread.log()).sum(1)


def _nothing_known(of_x: int, of_y: int) -> nn.Linear:
    linear = nn.utils.skip_init(nn.Linear, of_x, of_y)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


class Others(nn.Module):
    """Critics of all of x at once: InfoNCE, and the bounds of others.

    Args:
        problem: what is estimated.
        names: which.
    """

    def __init__(self, problem: Problem, names: Sequence[str]) -> None:
        super().__init__()
        d, of_x = problem.dimensions, problem.dimensions * len(problem.shares)
        # TUBA's baseline holds the terms of x alone
        self.critics = nn.ModuleDict(
            {name: Critic(of_x, d, name not in ("InfoNCE", "TUBA")) for name in names}
        )
        self.baseline = nn.ParameterDict({"weight": torch.zeros(of_x, of_x), "level": torch.ones(())})

    def objective(self, batch: Draw, candidates: int) -> Tensor:
        """The sum of what all critics maximise."""
        total = torch.zeros(())
        for name, critic in self.critics.items():
            scores = critic(batch.x, batch.y)
            if name in ("SMILE", "GAN-DIME"):
                total = total + information.jensen_shannon(scores)
            else:
                total = total + self._value(name, scores, batch.x, candidates)
        return total

    def values(self, batch: Draw, candidates: int) -> dict[str, float]:
        """Each estimate of a batch, in nats."""
        return {
            name: float(self._value(name, critic(batch.x, batch.y), batch.x, candidates))
            for name, critic in self.critics.items()
        }

    def _value(self, name: str, scores: Tensor, x: Tensor, candidates: int) -> Tensor:
        if name == "InfoNCE":
            return bounds.contrast(*split(scores, candidates)).mean()
        if name == "NWJ":
            return information.nwj(scores)
        if name == "TUBA":
            return information.tuba(scores, _square(x, self.baseline["weight"], self.baseline["level"]))
        return information.smile(scores, CLIP) if name == "SMILE" else information.gan_dime(scores)


class Moment(NamedTuple):
    """Estimates at a step of training, in nats.

    Attributes:
        step: how many steps were made.
        terms: of each kind of the decomposition, term by term.
        others: of the rest.
    """

    step: int
    terms: Mapping[str, tuple[float, ...]]
    others: Mapping[str, float]


@dataclass(frozen=True)
class Recipe:
    """How critics are trained.

    Attributes:
        candidates: K.
        steps: of Adam.
        kinds: of the decomposition.
        others: names among InfoNCE and `RIVALS`.
        samples: pairs that batches are drawn from; 0 for new ones at each step.
        tests: batches that estimates are a mean over.
        rates: of Adam by name, where they are not `RATES`.
    """

    candidates: int = 64
    steps: int = 60
    kinds: tuple[str, ...] = KINDS
    others: tuple[str, ...] = ("InfoNCE",)
    samples: int = 0
    tests: int = 3
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)


class Trained(NamedTuple):
    """Critics that were trained."""

    chains: Mapping[str, Decomposed]
    others: Others


def begin(problem: Problem, recipe: Recipe) -> Trained:
    """Critics that know nothing yet."""
    chains = {kind: Decomposed(problem, kind) for kind in recipe.kinds}
    return Trained(chains, Others(problem, recipe.others))


def train(
    problem: Problem, recipe: Recipe, critics: Trained, seed: int, shown: frozenset[int]
) -> Iterator[Moment]:
    """Train critics in place, all of them on the same batches, and estimate at some steps on pairs of their own."""
    rng, test_rng = (torch.Generator().manual_seed(2 * seed + side) for side in range(2))
    batch = max(recipe.candidates, ROWS)
    pool = problem.draw(recipe.samples, rng) if recipe.samples else None
    size = min(batch, recipe.samples or batch)
    test = [problem.draw(batch, test_rng) for _ in range(recipe.tests)]
    parts = {kind: [*chain.parameters()] for kind, chain in critics.chains.items()}
    for name, critic in critics.others.critics.items():
        parts[name] = [
            *critic.parameters(),
            *(critics.others.baseline.parameters() if name == "TUBA" else ()),
        ]
    groups = [{"params": part, "lr": recipe.rates.get(name, RATE)} for name, part in parts.items()]
    descent = torch.optim.Adam(groups, foreach=True)
    peaks = [group["lr"] for group in descent.param_groups]
    for step in range(recipe.steps + 1):
        if step in shown:
            yield measured(critics, test, recipe.candidates, step)
        if step == recipe.steps:
            break
        for group, peak in zip(descent.param_groups, peaks, strict=True):
            group["lr"] = peak * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        if pool is None:
            drawn = problem.draw(batch, rng)
        else:
            chosen = torch.randperm(len(pool.y), generator=rng)[:size]
            drawn = Draw(pool.x[chosen], pool.y[chosen])
        gain = critics.others.objective(drawn, recipe.candidates)
        for chain in critics.chains.values():
            gain = gain + chain.terms(drawn, recipe.candidates, rng, learning=True).sum()
        descent.zero_grad()
        (-gain).backward()
        descent.step()


@torch.no_grad()
def measured(critics: Trained, batches: Sequence[Draw], candidates: int, step: int) -> Moment:
    """Mean estimates over batches."""
    rng = torch.Generator().manual_seed(0)
    terms = {
        kind: torch.stack([chain.terms(batch, candidates, rng) for batch in batches]).mean(0)
        for kind, chain in critics.chains.items()
    }
    others = [critics.others.values(batch, candidates) for batch in batches]
    means = {name: sum(each[name] for each in others) / len(others) for name in others[0]}
    return Moment(step, {kind: tuple(values.tolist()) for kind, values in terms.items()}, means)


@torch.no_grad()
def perfect(problem: Problem, candidates: int, batches: int = 4) -> dict[str, float]:
    """What InfoNCE and the sums say, in nats, where critics are the true log ratios."""
    rng, last = torch.Generator().manual_seed(1), len(problem.shares)
    size = max(candidates, ROWS)
    values: dict[str, list[float]] = {"InfoNCE": [], "sum, exact": [], "sum, importance": []}
    for _ in range(batches):
        batch = problem.draw(size, rng)
        whole = bounds.contrast(*split(problem.log_ratio(batch.x, batch.y, last), candidates))
        first = bounds.contrast(*split(problem.log_ratio(batch.x, batch.y, 1), candidates)).mean()
        drawn = weighed = first
        for j in range(1, last):
            x, y = (part[:DRAWN_ROWS] for part in batch)
            true = problem.log_ratio(x, y[:, None], j + 1, j)[:, 0]
            others = problem.log_ratio(x, problem.alike(x, j, candidates - 1, rng), j + 1, j)
            drawn = drawn + bounds.contrast(true, others).mean()
            rest = split(problem.log_ratio(batch.x, batch.y, j + 1, j), candidates)
            lower = split(problem.log_ratio(batch.x, batch.y, j), candidates)[1]
            weighed = weighed + bounds.importance(*rest, bounds.weights(lower)).mean()
        for name, value in zip(values, (whole.mean(), drawn, weighed), strict=True):
            values[name].append(float(value))
    return {name: sum(each) / batches for name, each in values.items()}
