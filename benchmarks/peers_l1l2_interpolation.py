"""l1l2-interpolation beside public solvers of the same computations.

    python -m benchmarks.peers_l1l2_interpolation

No public code of the paper is known, so its descent stands beside the same descent as people write it: with
automatic differentiation in PyTorch, and as plain NumPy matrix products, both taking exactly the steps of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.optimization.l1l2_interpolation import model

SAMPLES, FEATURES, ALPHA = 200, 2000, 1e-8


def steps_of(states: list[model.Descent]) -> np.ndarray:
    """The size of every step of a descent (steps,)."""
    times = np.array([state.time for state in states])
    counts = np.diff([state.step for state in states])
    return np.repeat(np.diff(times) / counts, counts)


def descent_in_numpy(problem: model.Problem, lam: float, sizes: np.ndarray) -> np.ndarray:
    """Two matrix products a step."""
    X, y = problem.X, problem.y
    w, u, v = np.full(X.shape[1], ALPHA), np.full(X.shape[1], ALPHA), np.zeros(X.shape[1])
    for eta in sizes:
        _, dw, du, dv = model.loss_and_gradient(X, y, w, u, v, lam)
        w, u, v = w - eta * dw, u - eta * du, v - eta * dv
    return w * w - u * u + lam * v


def descent_in_torch(problem: model.Problem, lam: float, sizes: np.ndarray) -> np.ndarray:
    """torch.optim.SGD on the three vectors, in double precision."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    X, y = torch.tensor(problem.X), torch.tensor(problem.y)
    w, u = (torch.full((X.shape[1],), ALPHA, dtype=X.dtype, requires_grad=True) for _ in range(2))
    v = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    optimiser = torch.optim.SGD([w, u, v], lr=1.0)
    for eta in sizes.tolist():
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        ((y - X @ (w * w - u * u + lam * v)) ** 2).mean().mul(0.5).backward()
        optimiser.step()
    return (w * w - u * u + lam * v).detach().numpy()


def descent_of_ours(problem: model.Problem, lam: float) -> np.ndarray:
    """The streamed descent of the method, to its end."""
    *_, end = model.descend(problem.X, problem.y, lam, ALPHA)
    return end.beta


def limit_by_scipy(problem: model.Problem, lam: float) -> np.ndarray:
    """The dual of the flow's limit by ``scipy.optimize.root``, from the answer of ours, moved by 1 %.

    From zero it does not arrive: the exponentials overflow on the way.
    """
    from scipy.optimize import root

    X, y = problem.X, problem.y
    dense = model.flow_limit(X, y, lam, ALPHA)[1]
    start = 0.99 * np.linalg.lstsq(X.T, dense / lam**2, rcond=None)[0]

    def sides(nu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        theta = X.T @ nu
        weights = 8 * ALPHA**2 * np.cosh(4 * theta) + lam**2
        return X @ (2 * ALPHA**2 * np.sinh(4 * theta) + lam**2 * theta) - y, (X * weights) @ X.T

    theta = X.T @ root(sides, start, jac=True, method="hybr", tol=1e-13).x
    return 2 * ALPHA**2 * np.sinh(4 * theta) + lam**2 * theta


def min_l1_by_cvxpy(problem: model.Problem) -> np.ndarray:
    """Basis pursuit as cvxpy states it, solved by Clarabel."""
    import cvxpy

    beta = cvxpy.Variable(problem.X.shape[1])
    goal = cvxpy.Minimize(cvxpy.norm1(beta))
    cvxpy.Problem(goal, [problem.X @ beta == problem.y]).solve(solver="CLARABEL")
    return beta.value


def comparisons() -> Iterator[Beside]:
    """One problem, every computation."""
    problem = model.draw(SAMPLES, FEATURES, 5, 0.5, 0)
    lam = model.default_lambda(SAMPLES, FEATURES, 0.5, ALPHA)
    X, y = problem.X, problem.y
    sizes = steps_of(list(model.descend(X, y, lam, ALPHA)))
    of = f"of {SAMPLES} x {FEATURES}"
    yield Beside(
        f"Descent {of}, {len(sizes):,} steps",
        lambda: descent_of_ours(problem, lam),
        {
            "plain NumPy": lambda: descent_in_numpy(problem, lam, sizes),
            "PyTorch, autograd": lambda: descent_in_torch(problem, lam, sizes),
        },
    )
    yield Beside(
        f"Limit of the flow {of}",
        lambda: sum(model.flow_limit(X, y, lam, ALPHA)),
        {"scipy root, told the answer": lambda: limit_by_scipy(problem, lam)},
    )
    yield Beside(
        f"Least l1 norm {of}",
        lambda: model.min_l1(X, y),
        {
            "scipy HiGHS": lambda: model.min_l1_program(X, y),
            "cvxpy, Clarabel": lambda: min_l1_by_cvxpy(problem),
        },
    )
    yield Beside(
        f"Least l2 norm {of}", lambda: model.min_l2(X, y), {"numpy pinv": lambda: np.linalg.pinv(X) @ y}
    )


def main() -> None:
    """Measure, print and store."""
    beside.main("l1l2-interpolation", __doc__, comparisons)


if __name__ == "__main__":
    main()
