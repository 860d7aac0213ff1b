"""iMAML and its rivals on one network and one outer step.

A method of meta-learning is two things here: how it adapts a start θ to a support set (`adapt`), and
what it tells the outer step about the result (`meta_gradient`). Everything else, from the network to
the stream of tasks and Adam, is shared.

References:
    [1] Rajeswaran, Finn, Kakade, Levine. Meta-learning with implicit gradients. NeurIPS 2019.
    [2] Finn, Abbeel, Levine. Model-agnostic meta-learning. ICML 2017.
    [3] Nichol, Achiam, Schulman. On first-order meta-learning algorithms. arXiv 1803.02999, 2018.
    [4] Bronskill, Gordon, Requeima, Nowozin, Turner. TaskNorm. ICML 2020.
    [5] Raghu, Raghu, Bengio, Vinyals. Rapid learning or feature reuse? ICLR 2020.
    [6] Glorot, Bengio. Understanding the difficulty of training deep feedforward networks. AISTATS 2010.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.func import functional_call, vmap

from zoo.blocks.inner_loop import (
    Layout,
    Loss,
    descend,
    end,
    gradient,
    implicit_gradient,
    newton,
    settle,
    unrolled_gradient,
)
from zoo.blocks.seeded import seeded

Arm = Literal["imaml", "imaml_newton", "maml", "first_order", "reptile"]


@dataclass(frozen=True)
class Rule:
    """How an arm adapts and learns.

    Attributes:
        rate: length of an inner gradient step.
        steps: inner steps.
        strength: λ of the proximal term; 0 where the arm has none.
        solver_steps: of conjugate gradient, for the meta-gradient and for each Newton direction.
    """

    rate: float
    steps: int
    strength: float = 0.0
    solver_steps: int = 5


CHARACTERS: dict[Arm, Rule] = {
    "imaml": Rule(rate=0.1, steps=24, strength=1.0),
    "imaml_newton": Rule(rate=1.0, steps=5, strength=5.0),
    "maml": Rule(rate=0.05, steps=10),
    "first_order": Rule(rate=0.1, steps=5),
    "reptile": Rule(rate=0.1, steps=5),
}
"""How the arms were trained on characters."""

PATIENT = Rule(rate=0.05, steps=20)
AT_TEST: dict[Arm, Rule] = {
    "imaml": Rule(rate=0.1, steps=16, strength=1.0),
    "imaml_newton": Rule(rate=1.0, steps=10, strength=5.0),
    "maml": PATIENT,
    "first_order": PATIENT,
    "reptile": PATIENT,
}
"""How new characters are learnt, chosen on validation scripts: iMAML gains nothing from its last steps of
training, and MAML names more of twenty characters with twice its steps. Twice its directions of training let the
Hessian-free iMAML of [1] name a little more of five characters, and no more of twenty."""

SINUSOIDS: dict[Arm, Rule] = {
    "imaml": Rule(rate=0.05, steps=16, strength=5.0),
    "maml": Rule(rate=0.01, steps=5),
}
"""How the arms were trained on sinusoids."""

RIVALS: tuple[Arm, Arm] = ("imaml", "maml")
"""The arms that the first claim compares."""


# ---------------------------------------------------------------------------------------------------------
# Networks


class Recogniser(nn.Module):
    """The four-layer convolutional network of [2] for pictures of 28 x 28.

    Every task has parameters of its own, so a layer is one batched product of the tasks' kernels with the
    patches of their maps. Every task begins with a head of zeros, so it may have any number of classes, and
    the answer does not depend on their order. The larger the first weights, the smaller the curvature of
    what follows their normalisation: `GAIN` keeps λ above the curvature's negative part, as [1] supposes.
    """

    GAIN = 4.0

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        inputs = [9, 9 * width, 9 * width, 9 * width]
        # Xavier's normal distribution [6] for kernels of 3 x 3
        self.kernels = nn.ParameterList(
            torch.randn(fan_in, width) * self.GAIN * (2 / (fan_in + 9 * width)) ** 0.5 for fan_in in inputs
        )
        self.biases = nn.ParameterList(torch.zeros(width) for _ in inputs)

    def forward(self, parameters: Mapping[str, Tensor], pictures: Tensor, support: int) -> Tensor:
        """Logits `(tasks, n, classes)` of pictures `(tasks, n, 1, 28, 28)`.

        Args:
            parameters: named as in `start`, each with the tasks as its first dimension.
            pictures: the first `support` of each task being its support set.
            support: how many those are.
        """
        head = parameters["head"]
        seen = self.features(parameters, pictures, support)
        return torch.baddbmm(head[:, None, :, -1], seen, head[..., :-1].mT)

    def features(self, parameters: Mapping[str, Tensor], pictures: Tensor, support: int) -> Tensor:
        """What the head sees: `(tasks, n, 4 * width)`."""
        maps = pictures.movedim(2, -1)
        for k in range(len(self.kernels)):
            seen = torch.matmul(patches(maps), parameters[f"kernels.{k}"])
            side = (maps.shape[2] + 1) // 2
            maps = seen.unflatten(1, (-1, side, side))
            maps = F.relu(normalised(maps, support, parameters[f"biases.{k}"]))
        return maps.flatten(2)

    def start(self, classes: int) -> dict[str, Tensor]:
        """θ for tasks with a number of classes, differentiable in the parameters of the network."""
        features = 4 * len(self.biases[-1])
        head = self.biases[-1].new_zeros(classes, features + 1)
        return {**dict(self.named_parameters()), "head": head}


def normalised(maps: Tensor, support: int, bias: Tensor) -> Tensor:
    """Batch normalisation whose statistics come only from the support set [4].

    So the name of a drawing does not depend on what else is asked, and one drawing can be named. It
    shifts but does not scale: the next kernel can do that, and the curvature that the head sees grows
    with the square of any scale.

    Args:
        maps: `(tasks, n, height, width, channels)`.
        support: how many of the n are the support set.
        bias: `(tasks, channels)`.
    """
    # much faster than `var_mean`, which goes through memory the wrong way
    centred = maps - maps[:, :support].mean((1, 2, 3), keepdim=True)
    variance = centred[:, :support].square().mean((1, 2, 3), keepdim=True)
    return torch.addcmul(bias[:, None, None, None], centred, torch.rsqrt(variance + 1e-5))


def patches(maps: Tensor) -> Tensor:
    """What a kernel of 3 x 3 sees at stride 2 with a border of zeros.

    Args:
        maps: `(tasks, n, side, side, channels)`.

    Returns:
        `(tasks, n * places, 9 * channels)`.
    """
    tasks, n, side, _, channels = maps.shape
    bordered = F.pad(maps, (0, 0, 1, 1, 1, 1)).view(tasks * n, -1, channels)
    return bordered.index_select(1, neighbours(side, maps.device)).view(tasks, -1, 9 * channels)


@cache
def neighbours(side: int, device: torch.device) -> Tensor:
    """Where the nine pixels of each patch lie in a map with a border, flattened: `(places * 9,)`."""
    corner, step = torch.arange(0, side, 2), torch.arange(3)
    line = corner[:, None] + step
    square = line[:, None, :, None] * (side + 2) + line[None, :, None, :]
    return square.flatten().to(device)


class FirstStep(nn.Module):
    """A recogniser in which only the head is adapted, by one step from zero: the simplest form of [2], as in [5].

    One example a class turns a head of zeros into the example's features less their mean over classes,
    times the rate over the number of classes. That is cheap enough to bring the features of all arms
    to a common start.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.recogniser = recogniser
        self.log_rate = nn.Parameter(torch.tensor(1.0))

    def forward(self, tasks: Tasks) -> Tensor:
        """The mean query loss of tasks with one example a class, in the order of the classes."""
        classes = tasks.support.shape[1]
        shared = {
            name: weight.expand(tasks.number, *weight.shape)
            for name, weight in self.recogniser.start(classes).items()
        }
        pictures = torch.cat([tasks.support, tasks.query], 1)
        features = self.recogniser.features(shared, pictures, classes)
        head = features[:, :classes] - features[:, :classes].mean(1, keepdim=True)
        logits = self.log_rate.exp() / classes * features[:, classes:] @ head.mT
        return error(logits, tasks.wanted).mean()


class Regressor(nn.Module):
    """The network of [2] for sinusoids: two hidden layers."""

    def __init__(self, hidden: int = 40) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(n, 1)` -> `(n, 1)`."""
        return self.layers(x)

    def start(self) -> dict[str, Tensor]:
        """θ."""
        return dict(self.named_parameters())


class Arms(nn.Module, PyTorchModelHubMixin):
    """A start for every arm, characters and sinusoids; all arms of a kind begin alike.

    Attributes:
        common: where the arms of `characters` and `again` set out from.
        characters: a start for each arm.
        again: a start for iMAML and MAML from a second training on other tasks, which tells how far chance
            alone parts two trainings.
        sinusoids: a start for each arm.
    """

    def __init__(self, width: int = 64, hidden: int = 40, seed: int = 0) -> None:
        super().__init__()
        with seeded(seed):
            self.common, regressor = Recogniser(width), Regressor(hidden)
        self.characters = nn.ModuleDict({arm: Recogniser(width) for arm in CHARACTERS})
        self.again = nn.ModuleDict({arm: Recogniser(width) for arm in RIVALS})
        self.sinusoids = nn.ModuleDict({arm: Regressor(hidden) for arm in SINUSOIDS})
        self.set_out()
        for start in self.sinusoids.values():
            start.load_state_dict(regressor.state_dict())

    def set_out(self) -> None:
        """Put every arm of `characters` and `again` at the common start."""
        for start in (*self.characters.values(), *self.again.values()):
            start.load_state_dict(self.common.state_dict())


# ---------------------------------------------------------------------------------------------------------
# Tasks


class Tasks(NamedTuple):
    """A batch of tasks.

    Attributes:
        support: `(tasks, n, ...)`.
        answers: of the support: classes int64 `(tasks, n)`, or numbers `(tasks, n, 1)`.
        query: `(tasks, m, ...)`.
        wanted: answers of the query.
    """

    support: Tensor
    answers: Tensor
    query: Tensor
    wanted: Tensor

    @property
    def number(self) -> int:
        """How many tasks there are."""
        return len(self.support)

    @property
    def classes(self) -> int:
        """How many classes each task has."""
        return int(self.answers.max()) + 1

    def pooled(self) -> Tasks:
        """The same with all examples in the support set."""
        return self._replace(
            support=torch.cat([self.support, self.query], 1),
            answers=torch.cat([self.answers, self.wanted], 1),
        )


def outputs(network: nn.Module, layout: Layout, parameters: Tensor, tasks: Tasks, query: bool) -> Tensor:
    """What the network says with parameters `(tasks, p)`, on the support or on the query set.

    Returns:
        Logits `(tasks, n, classes)`, or numbers `(tasks, n, 1)`.
    """
    named = layout.unpack(parameters)
    if isinstance(network, Regressor):
        return vmap(lambda weights, x: functional_call(network, weights, (x,)))(
            named, tasks.query if query else tasks.support
        )
    count = tasks.support.shape[1]
    pictures = torch.cat([tasks.support, tasks.query], 1) if query else tasks.support
    logits = network(named, pictures, count)
    return logits[:, count:] if query else logits


def error(said: Tensor, wanted: Tensor) -> Tensor:
    """Mean cross-entropy or mean squared error of each task, `(tasks,)`."""
    if wanted.dtype == torch.int64:
        return F.cross_entropy(said.transpose(1, 2), wanted, reduction="none").mean(1)
    return (said - wanted).square().mean((1, 2))


def losses(network: nn.Module, layout: Layout, tasks: Tasks) -> tuple[Loss, Loss]:
    """The support and the query loss as functions of flat parameters `(tasks, p)`."""
    return (
        lambda phi: error(outputs(network, layout, phi, tasks, False), tasks.answers),
        lambda phi: error(outputs(network, layout, phi, tasks, True), tasks.wanted),
    )


# ---------------------------------------------------------------------------------------------------------
# The arms


def adapt(arm: Arm, rule: Rule, support: Loss, start: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The arm's inner loop: the support loss before each step, and the parameters after it."""
    if arm == "imaml_newton":
        return newton(
            support, start, steps=rule.steps, strength=rule.strength, solver_steps=rule.solver_steps
        )
    if arm == "imaml":
        return settle(support, start, rate=rule.rate, steps=rule.steps, strength=rule.strength)
    return descend(support, start, rate=rule.rate, steps=rule.steps)


def adapted(arm: Arm, rule: Rule, support: Loss, start: Tensor) -> Tensor:
    """φ at the end of the inner loop."""
    return end(adapt(arm, rule, support, start), start)


def meta_gradient(
    arm: Arm, rule: Rule, network: nn.Module, layout: Layout, tasks: Tasks, start: Tensor
) -> tuple[Tensor, Tensor]:
    """The query loss of each task, `(tasks,)`, and its gradient in the start, `(tasks, p)`.

    For Reptile [3] the way back from φ to θ stands for the gradient; it has no query set, so its
    inner loop sees all examples, and its loss is that of the last inner step.
    """
    support, query = losses(network, layout, tasks)
    if arm == "maml":
        return unrolled_gradient(support, query, start, rate=rule.rate, steps=rule.steps)
    if arm == "reptile":
        pool, _ = losses(network, layout, tasks.pooled())
        value, phi = list(adapt(arm, rule, pool, start))[-1]
        return value, start - phi
    phi = adapted(arm, rule, support, start)
    value, slope = gradient(query, phi)
    if arm == "first_order":
        return value, slope
    implicit, _ = implicit_gradient(support, phi, slope, strength=rule.strength, steps=rule.solver_steps)
    return value, implicit


def surrogate(arm: Arm, rule: Rule, network: Recogniser | Regressor, tasks: Tasks) -> Tensor:
    """The mean query loss, a scalar whose gradient in the network's parameters is the meta-gradient.

    Gradients are averaged over tasks before the outer step.
    """
    theta = network.start(tasks.classes) if isinstance(network, Recogniser) else network.start()
    layout = Layout.of(theta)
    start = layout.pack(theta)
    rows = start.detach().expand(tasks.number, -1)
    value, meta = meta_gradient(arm, rule, network, layout, tasks, rows)
    return value.mean() + ((start - start.detach()) * meta.mean(0)).sum()
