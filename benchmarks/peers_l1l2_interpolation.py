"""l1l2-interpolation beside public solvers of the same computations: do they agree, and how fast.

    python benchmarks/peers_l1l2_interpolation.py   # prints a table, writes results/peers-l1l2-interpolation.json
    python benchmarks/peers_l1l2_interpolation.py --samples 100 --features 1000 --rounds 3

No public code of the paper is known, so its descent stands beside the same descent as people write it: with
automatic differentiation in PyTorch, and as plain NumPy matrix products, both taking exactly the steps of
ours. Times are CPU seconds of alternating runs in one process, on one thread unless OMP_NUM_THREADS says
otherwise: medians of the rounds, and for each round how many times ours. cvxpy is left out where it is not
installed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.running import alternate, write  # noqa: E402
from plugins.optimization.l1l2_interpolation import model  # noqa: E402

ALPHA = 1e-8
Solver = Callable[[], np.ndarray]


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


def rivals(problem: model.Problem, lam: float) -> dict[str, dict[str, Solver]]:
    """Solvers by computation; the first is ours."""
    X, y = problem.X, problem.y
    sizes = steps_of(list(model.descend(X, y, lam, ALPHA)))
    found: dict[str, dict[str, Solver]] = {
        f"descent of {len(sizes):,} steps": {
            "ours": lambda: descent_of_ours(problem, lam),
            "plain NumPy": lambda: descent_in_numpy(problem, lam, sizes),
            "PyTorch, autograd": lambda: descent_in_torch(problem, lam, sizes),
        },
        "limit of the flow": {
            "ours": lambda: sum(model.flow_limit(X, y, lam, ALPHA)),
            "scipy root, told the answer": lambda: limit_by_scipy(problem, lam),
        },
        "least l1 norm": {
            "ours": lambda: model.min_l1(X, y),
            "scipy HiGHS": lambda: model.min_l1_program(X, y),
        },
        "least l2 norm": {
            "ours": lambda: model.min_l2(X, y),
            "numpy pinv": lambda: np.linalg.pinv(X) @ y,
        },
    }
    try:
        import cvxpy  # noqa: F401
    except ModuleNotFoundError:
        return found
    found["least l1 norm"]["cvxpy, Clarabel"] = lambda: min_l1_by_cvxpy(problem)
    return found


def main() -> None:
    """Time every solver in turn, print and store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--features", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    problem = model.draw(options.samples, options.features, 5, 0.5, 0)
    lam = model.default_lambda(options.samples, options.features, 0.5, ALPHA)
    rows = []
    print(
        f"{'computation':28} {'solver':28} {'CPU s':>8} {'x ours':>8} {'least, most':>14} {'difference':>11}"
    )
    for computation, solvers in rivals(problem, lam).items():
        answers: dict[str, np.ndarray] = {}

        def timed(name: str, solve: Solver, answers: dict[str, np.ndarray] = answers) -> Callable[[], float]:
            def run() -> float:
                start = time.process_time()
                answers[name] = solve()
                return time.process_time() - start

            return run

        seconds = alternate({name: timed(name, solve) for name, solve in solvers.items()}, options.rounds)
        for name, taken in seconds.items():
            ratios = [theirs / ours for theirs, ours in zip(taken, seconds["ours"], strict=True)]
            row = {
                "computation": computation,
                "solver": name,
                "seconds": round(statistics.median(taken), 4),
                "times ours": round(statistics.median(ratios), 2),
                "least": round(min(ratios), 2),
                "most": round(max(ratios), 2),
                "difference": float(np.abs(answers[name] - answers["ours"]).max()),
            }
            rows.append(row)
            print(
                f"{computation:28} {name:28} {row['seconds']:8.3f} {row['times ours']:8.2f}"
                f" {row['least']:6.2f}, {row['most']:6.2f} {row['difference']:11.1e}"
            )
    sizes = {"samples": options.samples, "features": options.features, "rounds": options.rounds}
    threads = os.environ["OMP_NUM_THREADS"]
    write("peers-l1l2-interpolation", {**sizes, "threads": threads, "CPU seconds": rows})


if __name__ == "__main__":
    main()
