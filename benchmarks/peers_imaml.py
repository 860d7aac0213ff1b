"""imaml beside torchopt and higher: the same meta-gradients, and how fast.

    python -m benchmarks.peers_imaml

Meta-gradients are those of 25 sinusoid tasks in double precision; ours treats all tasks in one batch, theirs one after
the other, as their users do.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import higher
import numpy as np
import torch
import torchopt
from torch import Tensor
from torch.func import functional_call, grad

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.optimization.imaml import model
from plugins.optimization.imaml.model import Rule, Tasks
from plugins.optimization.imaml.tasks import sinusoids
from zoo.blocks.inner_loop import Layout, descend, end, gradient, implicit_gradient

RULE = Rule(rate=0.01, steps=50, strength=20.0, solver_steps=50)
"""A stiff spring, so that the linear solvers converge and the answers can be compared to many digits."""
SHORT = Rule(rate=0.01, steps=5)


def implicit(rule: Rule, network: model.Regressor, tasks: Tasks) -> Tensor:
    """iMAML's meta-gradients of all tasks, `(tasks, p)`, after plain descent, which is what torchopt gets:
    with kinks in the network `settle`, which takes steps back, ends elsewhere."""
    layout, start = set_out(network, tasks)
    support, query = model.losses(network, layout, tasks)
    phi = end(descend(support, start, rate=rule.rate, steps=rule.steps, strength=rule.strength), start)
    _, target = gradient(query, phi)
    return implicit_gradient(support, phi, target, strength=rule.strength, steps=rule.solver_steps)[0]


def unrolled(rule: Rule, network: model.Regressor, tasks: Tasks) -> Tensor:
    """MAML's meta-gradients of all tasks, `(tasks, p)`."""
    layout, start = set_out(network, tasks)
    return model.meta_gradient("maml", rule, network, layout, tasks, start)[1]


def set_out(network: model.Regressor, tasks: Tasks) -> tuple[Layout, Tensor]:
    """How parameters lie in a vector, and the start, once for every task."""
    theta = network.start()
    layout = Layout.of(theta)
    return layout, layout.pack(theta).detach().expand(tasks.number, -1)


def implicit_by_torchopt(rule: Rule, network: model.Regressor, tasks: Tasks) -> Tensor:
    """iMAML's meta-gradients with `torchopt.diff.implicit.custom_root`, task by task."""
    names = list(network.start())

    def gradient(phi: tuple[Tensor, ...], x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        def loss(phi: tuple[Tensor, ...]) -> Tensor:
            said = functional_call(network, dict(zip(names, phi, strict=True)), (x,))
            return (said - y).square().mean()

        return grad(loss)(phi)

    def optimality(
        phi: tuple[Tensor, ...], theta: tuple[Tensor, ...], x: Tensor, y: Tensor
    ) -> tuple[Tensor, ...]:
        slope = gradient(phi, x, y)
        return tuple(g + rule.strength * (p - t) for g, p, t in zip(slope, phi, theta, strict=True))

    solve = torchopt.linear_solve.solve_cg(maxiter=rule.solver_steps, atol=0)

    @torchopt.diff.implicit.custom_root(optimality, argnums=1, solve=solve)
    def inner(
        start: tuple[Tensor, ...], theta: tuple[Tensor, ...], x: Tensor, y: Tensor
    ) -> tuple[Tensor, ...]:
        phi = start
        for _ in range(rule.steps):
            phi = tuple(p - rule.rate * g for p, g in zip(phi, optimality(phi, theta, x, y), strict=True))
        return phi

    rows = []
    for k in range(tasks.number):
        theta = tuple(tensor.detach().clone().requires_grad_() for tensor in network.start().values())
        start = tuple(tensor.detach() for tensor in theta)
        phi = inner(start, theta, tasks.support[k], tasks.answers[k])
        said = functional_call(network, dict(zip(names, phi, strict=True)), (tasks.query[k],))
        slopes = torch.autograd.grad((said - tasks.wanted[k]).square().mean(), theta)
        rows.append(torch.cat([tensor.flatten() for tensor in slopes]))
    return torch.stack(rows)


def unrolled_by_higher(rule: Rule, network: model.Regressor, tasks: Tasks) -> Tensor:
    """MAML's meta-gradients with `higher.innerloop_ctx`, task by task."""
    rows = []
    for k in range(tasks.number):
        descent = torch.optim.SGD(network.parameters(), lr=rule.rate)
        with higher.innerloop_ctx(network, descent) as (inner, stepper):
            for _ in range(rule.steps):
                stepper.step((inner(tasks.support[k]) - tasks.answers[k]).square().mean())
            value = (inner(tasks.query[k]) - tasks.wanted[k]).square().mean()
            slopes = torch.autograd.grad(value, inner.parameters(time=0))
        rows.append(torch.cat([slope.flatten() for slope in slopes]))
    return torch.stack(rows)


def comparisons() -> Iterator[Beside]:
    """The implicit meta-gradient, and the one that goes back through the steps."""
    warnings.filterwarnings("ignore", category=FutureWarning)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = model.Regressor().double()
    tasks = Tasks(*(tensor.double() for tensor in sinusoids(np.random.default_rng(0), 25, 10, 10)))
    yield Beside(
        f"Implicit meta-gradients of {tasks.number} tasks, {RULE.steps} steps and {RULE.solver_steps} of the solver",
        lambda: implicit(RULE, network, tasks),
        {f"torchopt {torchopt.__version__}": lambda: implicit_by_torchopt(RULE, network, tasks)},
    )
    yield Beside(
        f"Meta-gradients of {tasks.number} tasks through {SHORT.steps} steps",
        lambda: unrolled(SHORT, network, tasks).detach(),
        {"higher 0.2.1": lambda: unrolled_by_higher(SHORT, network, tasks)},
    )


def main() -> None:
    """Measure, print and store."""
    beside.main("imaml", __doc__, comparisons, torch=torch.__version__)


if __name__ == "__main__":
    main()
