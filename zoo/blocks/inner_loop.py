"""Adapting parameters to many tasks at once, and the gradient of the outcome in the start.

Everything works on flat parameter vectors, one row a task: `(tasks, parameters)`. A `Loss` maps them
to one number a task, each depending on its own row only, so that the gradient of the sum holds the
gradient of every task, and one product with its derivative holds a Hessian product of every task.

References:
    [1] Rajeswaran, Finn, Kakade, Levine. Meta-learning with implicit gradients. NeurIPS 2019.
    [2] Finn, Abbeel, Levine. Model-agnostic meta-learning. ICML 2017.
    [3] Martens. Deep learning via Hessian-free optimization. ICML 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

Loss = Callable[[Tensor], Tensor]
"""Parameters `(tasks, parameters)` -> loss of each task `(tasks,)`."""

Product = Callable[[Tensor], Tensor]
"""Vectors `(tasks, parameters)` -> a symmetric matrix of each task times them."""


@dataclass(frozen=True)
class Layout:
    """How named tensors lie in a flat vector.

    Attributes:
        shapes: of each tensor, in the order in which they lie.
    """

    shapes: dict[str, torch.Size]

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> Layout:
        """The layout of these tensors."""
        return cls({name: tensor.shape for name, tensor in tensors.items()})

    def pack(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """One vector `(parameters,)`, through which gradients flow."""
        return torch.cat([tensors[name].reshape(-1) for name in self.shapes])

    def unpack(self, vectors: Tensor) -> dict[str, Tensor]:
        """From `(tasks, parameters)` tensors of shape `(tasks, *shape)`, as views."""
        parts = vectors.split([shape.numel() for shape in self.shapes.values()], dim=-1)
        return {
            name: part.unflatten(-1, shape) if shape else part.squeeze(-1)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }


def gradient(loss: Loss, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Loss `(tasks,)` and its gradient `(tasks, parameters)`, without a graph."""
    with torch.enable_grad():
        point = parameters.detach().requires_grad_()
        value = loss(point)
        (slope,) = torch.autograd.grad(value.sum(), point)
    return value.detach(), slope


def hessian_product(loss: Loss, parameters: Tensor) -> tuple[Tensor, Product]:
    """The gradient and the product with the Hessian, both at `parameters`.

    The graph of one gradient is kept for as long as the product is; each product costs about two
    gradients, and no Hessian is ever formed.
    """
    with torch.enable_grad():
        point = parameters.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loss(point).sum(), point, create_graph=True)

    def product(vectors: Tensor) -> Tensor:
        if not slope.requires_grad:  # a loss linear in its parameters has no curvature
            return torch.zeros_like(vectors)
        (result,) = torch.autograd.grad(slope, point, vectors, retain_graph=True, materialize_grads=True)
        return result

    return slope.detach(), product


def conjugate_gradient(product: Product, target: Tensor, steps: int, tolerance: float = 1e-10) -> Tensor:
    """Solve `A x = target` for every task, `A` symmetric and positive definite.

    A task stops where its residual is below `tolerance` of its target or where `A` shows a direction
    without positive curvature; the others go on.

    Args:
        product: `A` times vectors.
        target: `(tasks, parameters)`.
        steps: the largest number of products.
        tolerance: of the residual, relative to the target.

    Returns:
        `(tasks, parameters)`, starting from 0, so that the first step already is downhill.
    """

    def inner(left: Tensor, right: Tensor) -> Tensor:
        return (left * right).sum(-1, keepdim=True)

    solution = torch.zeros_like(target)
    residual = direction = target
    size = inner(target, target)
    enough = size * tolerance**2
    active = size > enough
    for _ in range(steps):
        if not active.any():
            break
        image = product(direction)
        curvature = inner(direction, image)
        active = active & (curvature > 0)
        length = torch.where(active, size / curvature, 0)
        solution = solution + length * direction
        residual = residual - length * image
        fresh = inner(residual, residual)
        direction = torch.where(active, residual + fresh / size * direction, direction)
        size = torch.where(active, fresh, size)
        active = active & (size > enough)
    return solution


# ---------------------------------------------------------------------------------------------------------
# Inner loops: argmin over phi of  loss(phi) + strength / 2 |phi - anchor|^2


def descend(
    loss: Loss,
    start: Tensor,
    *,
    rate: float,
    steps: int,
    strength: float = 0.0,
    anchor: Tensor | None = None,
    graph: bool = False,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Gradient descent on the proximal problem, step by step.

    Args:
        loss: of the support set.
        start: `(tasks, parameters)`.
        rate: length of a step along the gradient.
        steps: how many.
        strength: of the pull to the anchor, the λ of [1]; 0 is the inner loop of [2].
        anchor: what it pulls to; the start by default.
        graph: whether steps stay differentiable in start and anchor, as [2] needs.

    Yields:
        The loss `(tasks,)` before each step, without the pull, and the parameters after it.
    """
    anchor = start if anchor is None else anchor
    point = start
    for _ in range(steps):
        if graph:
            value = loss(point)
            (slope,) = torch.autograd.grad(value.sum(), point, create_graph=True)
        else:
            value, slope = gradient(loss, point)
        if strength:
            slope = slope + strength * (point - anchor)
        point = point - rate * slope
        yield value.detach(), point


def settle(
    loss: Loss, start: Tensor, *, rate: float, steps: int, strength: float
) -> Iterator[tuple[Tensor, Tensor]]:
    """Gradient descent on the proximal problem that takes back what led uphill.

    Where a task's objective rose, or is not a number, the step is undone and the task goes on with half
    the rate. An implicit gradient does not see how the minimum was found, so unlike that of [2] it never
    teaches the start to keep the inner loop stable.

    Args:
        loss: of the support set.
        start: `(tasks, parameters)`, also the anchor.
        rate: length of a step along the gradient, until it proves too long.
        steps: how many, each one gradient.
        strength: λ.

    Yields:
        The loss `(tasks,)` at the best point so far, and the point to try next.
    """
    trial = point = start
    best = kept = start.new_full(start.shape[:1], torch.inf)
    slope, rates = torch.zeros_like(start), start.new_full((len(start), 1), rate)
    for _ in range(steps):
        value, fresh = gradient(loss, trial)
        objective = value + strength / 2 * (trial - start).square().sum(-1)
        better = objective <= best
        column = better[:, None]
        best, kept = torch.where(better, objective, best), torch.where(better, value, kept)
        point = torch.where(column, trial, point)
        slope = torch.where(column, fresh + strength * (trial - start), slope)
        rates = torch.where(column, rates, rates / 2)
        trial = point - rates * slope
        yield kept, trial


def newton(
    loss: Loss,
    start: Tensor,
    *,
    steps: int,
    strength: float,
    solver_steps: int = 5,
    halvings: int = 6,
) -> Iterator[tuple[Tensor, Tensor]]:
    """The Hessian-free inner loop of [1] and [3]: directions by conjugate gradient, then a line search.

    A step is halved until it brings a tenth of a thousandth of the promised decrease (Armijo), and is
    not taken where none does.

    Args:
        loss: of the support set.
        start: `(tasks, parameters)`, also the anchor.
        steps: how many directions.
        strength: λ, which also dampens the directions.
        solver_steps: products with the Hessian for each direction.
        halvings: how many shorter steps are tried.

    Yields:
        As `descend`.
    """
    point = start.detach()

    def proximal(parameters: Tensor) -> Tensor:
        return loss(parameters) + strength / 2 * (parameters - start).square().sum(-1)

    for _ in range(steps):
        slope, product = hessian_product(loss, point)
        slope = slope + strength * (point - start)

        def curvature(v: Tensor, product: Callable[[Tensor], Tensor] = product) -> Tensor:
            return product(v) + strength * v

        direction = conjugate_gradient(curvature, -slope, solver_steps)
        promised = (slope * direction).sum(-1)
        with torch.no_grad():
            plain = loss(point)
            before = plain + strength / 2 * (point - start).square().sum(-1)
            length = torch.ones_like(before)
            for _ in range(halvings):
                short = proximal(point + length[:, None] * direction) > before + 1e-4 * length * promised
                if not short.any():
                    break
                length = torch.where(short, length / 2, length)
            moved = point + length[:, None] * direction
            better = proximal(moved) < before
            point = torch.where(better[:, None], moved, point)
        yield plain, point


def end(steps: Iterator[tuple[Tensor, Tensor]], start: Tensor) -> Tensor:
    """Parameters after the last step of an inner loop; the start where it takes none."""
    point = start
    for _, after in steps:
        point = after
    return point


# ---------------------------------------------------------------------------------------------------------
# Outer gradients


def implicit_gradient(
    loss: Loss, parameters: Tensor, target: Tensor, *, strength: float, steps: int
) -> tuple[Tensor, Tensor]:
    """The meta-gradient of [1]: `(I + H / λ) g = target` by conjugate gradient.

    It is exact where `parameters` minimise `loss + λ/2 |phi - theta|²` and the solver has converged;
    how they were found leaves no trace in it, nor in memory.

    Args:
        loss: of the support set, whose Hessian at `parameters` is H.
        parameters: φ, `(tasks, parameters)`.
        target: gradient of the query loss at φ, `(tasks, parameters)`.
        strength: λ, above 0.
        steps: of the solver.

    Returns:
        g, and the gradient of the support loss at φ, both `(tasks, parameters)`; with
        `λ (φ - θ)` the latter tells how far φ is from stationary.
    """
    slope, product = hessian_product(loss, parameters)
    return conjugate_gradient(lambda v: v + product(v) / strength, target, steps), slope


def unrolled_gradient(
    loss: Loss,
    query: Loss,
    start: Tensor,
    *,
    rate: float,
    steps: int,
    strength: float = 0.0,
    last: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The meta-gradient of [2], back through the steps of gradient descent, all of which are kept.

    Args:
        loss: of the support set.
        query: loss of the query set.
        start: θ, `(tasks, parameters)`.
        rate: length of a step.
        steps: of descent.
        strength: pull to θ.
        last: how many of the last steps to go back through (truncated); what came before counts as constant.

    Returns:
        The query loss `(tasks,)` and the meta-gradient `(tasks, parameters)`.
    """
    with torch.enable_grad():
        theta = start.detach().requires_grad_()
        point, left = theta, steps
        if last is not None and last < steps:
            left = last
            early = descend(loss, start, rate=rate, steps=steps - last, strength=strength)
            point = end(early, start).detach().requires_grad_()
        kept = descend(loss, point, rate=rate, steps=left, strength=strength, anchor=theta, graph=True)
        value = query(end(kept, point))
        (meta,) = torch.autograd.grad(value.sum(), theta, materialize_grads=True)
    return value.detach(), meta
