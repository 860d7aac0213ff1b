"""velocity-fields beside blackjax: one step of SVGD on the same particles, and a step of the local fit.

    python benchmarks/peers_velocity_fields.py    # prints a table, writes results/peers-velocity-fields.json

SVGD is the computation both have: a step moves particles by the kernel-weighted mean of scores and
repulsions. Ours is measured exactly (every pair) and tabulated on the grid that the app uses, blackjax
compiled by jax on the CPU, in single precision as it comes. Beside them a step of the local linear flow,
which needs no score, and on fewer particles the same fit by the optimiser of the paper's code. Times are
CPU seconds of alternating runs in one process, on one thread: medians of the rounds, and for each round how
many times ours.
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
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.running import alternate, write  # noqa: E402
from plugins.kernels.velocity_fields import model, shapes  # noqa: E402

STEP, BANDWIDTH = 0.01, 0.6
# Particles beyond which blackjax's pairs no longer fit a small machine's memory and patience.
MOST_PAIRED = 3000


def ours(particles: np.ndarray, mixture: shapes.Mixture, exact: bool) -> np.ndarray:
    """One plain step of SVGD."""
    score = mixture.score(particles)
    field: model.Field = (
        model.Samples(particles, BANDWIDTH, values=score)
        if exact
        else model.Plane(particles, BANDWIDTH, *model.rectangle(particles), values=score)
    )
    return particles + STEP * model.svgd(field, particles)


def of_blackjax(mixture: shapes.Mixture) -> Callable[[np.ndarray], np.ndarray]:
    """One plain step of blackjax's SVGD with the same kernel, compiled."""
    import blackjax
    import jax
    import jax.numpy as jnp
    import optax

    centres = jnp.asarray(mixture.centres)

    def log_density(x: jax.Array) -> jax.Array:
        square = ((x - centres) ** 2).sum(axis=1) / mixture.deviation**2
        return jax.scipy.special.logsumexp(-0.5 * square)

    algorithm = blackjax.svgd(
        jax.grad(log_density), optax.sgd(STEP), update_kernel_parameters=lambda state: state
    )
    step = jax.jit(algorithm.step)

    def run(particles: np.ndarray) -> np.ndarray:
        state = algorithm.init(jnp.asarray(particles), {"length_scale": 2 * BANDWIDTH**2})
        return np.asarray(step(state).particles)

    return run


def fit_by_rmsprop(p: np.ndarray, q: np.ndarray, steps: int = 2000) -> np.ndarray:
    """The local fit as the paper's code finds it: RMSprop of step 1e-3 on all slopes at once."""
    kernel = [np.exp(-((q[:, None] - x) ** 2).sum(-1) / (2 * BANDWIDTH**2)) / len(x) for x in (p, q)]
    rows = [np.column_stack([x, np.ones(len(x))]) for x in (p, q)]
    theta, average = np.zeros((len(q), 3)), np.zeros((len(q), 3))
    linear = kernel[0] @ rows[0]
    for _ in range(steps):
        gradient = linear - (kernel[1] * np.exp(theta @ rows[1].T - 1)) @ rows[1]
        average = 0.9 * average + 0.1 * gradient**2
        theta += 1e-3 * gradient / (np.sqrt(average) + 1e-6)
    return theta[:, :2]


def objective(theta: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """Mean of the local objectives at the particles, intercepts at their best for the slopes `(m, 2)`."""
    log_p, log_q = (-((q[:, None] - x) ** 2).sum(-1) / (2 * BANDWIDTH**2) - np.log(len(x)) for x in (p, q))
    mass = np.exp(log_p).sum(axis=1)
    tilt = np.einsum("md,mnd->mn", theta, q - q[:, None])
    partition = np.exp(log_q + tilt).sum(axis=1)
    mean = np.einsum("mn,mnd->md", np.exp(log_p), p - q[:, None])
    return float((np.einsum("md,md->m", theta, mean) + mass * np.log(mass / partition)).mean())


def timed(task: Callable[[], object]) -> Callable[[], float]:
    """Runs a task and tells its CPU seconds."""

    def run() -> float:
        start = time.process_time()
        task()
        return time.process_time() - start

    return run


def beside(seconds: dict[str, list[float]], ours: str) -> dict[str, dict[str, float]]:
    """Median seconds of each task, and over the rounds how many times ours."""
    rows = {}
    for name, taken in seconds.items():
        ratios = [theirs / mine for theirs, mine in zip(taken, seconds[ours], strict=True)]
        rows[name] = {
            "seconds": round(statistics.median(taken), 5),
            "times ours": round(statistics.median(ratios), 2),
            "least": round(min(ratios), 2),
            "most": round(max(ratios), 2),
        }
    return rows


def steps_at(
    n: int, mixture: shapes.Mixture, theirs: Callable[[np.ndarray], np.ndarray], rounds: int
) -> list:
    """Rows of the table for `n` particles; `times ours` counts ours on every pair as one."""
    rng = np.random.default_rng(0)
    x, samples = rng.standard_normal((n, 2)), mixture.sample(n, rng)
    flow = model.Flow(samples, x, "backward KL", BANDWIDTH, 0.3)

    def local() -> None:
        flow.x = x
        flow.advance()

    moves: dict[str, Callable[[], np.ndarray]] = {
        "SVGD, blackjax": lambda: theirs(x),
        "SVGD, ours, every pair": lambda: ours(x, mixture, True),
        "SVGD, ours, grid": lambda: ours(x, mixture, False),
    }
    if n > MOST_PAIRED:
        del moves["SVGD, blackjax"]
    reference = ours(x, mixture, True)
    push = np.abs(reference - x).mean()
    gaps = {name: float(np.abs(move() - reference).mean() / push) for name, move in moves.items()}
    local()
    tasks = {**moves, "local linear flow, ours, grid": local}
    seconds = alternate({name: timed(task) for name, task in tasks.items()}, rounds)
    return [
        {"particles": n, "step": name, **row, "difference": gaps.get(name, "")}
        for name, row in beside(seconds, "SVGD, ours, every pair").items()
    ]


def main() -> None:
    """Print and write the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    mixture = shapes.clouds()
    theirs = of_blackjax(mixture)
    steps = [
        row for n in (500, 2000, MOST_PAIRED, 10_000) for row in steps_at(n, mixture, theirs, options.rounds)
    ]

    rng = np.random.default_rng(0)
    x, samples = rng.standard_normal((100, 2)), mixture.sample(100, rng)
    fields = model.Samples(samples, BANDWIDTH), model.Samples(x, BANDWIDTH)
    fits: dict[str, Callable[[], np.ndarray]] = {
        "RMSprop of 2000 steps": lambda: fit_by_rmsprop(samples, x),
        "ours, Newton": lambda: model.local_linear(*fields, x, ridge=1e-3).velocity,
    }
    seconds = alternate({name: timed(fit) for name, fit in fits.items()}, options.rounds)
    fitted = [
        {"particles": 100, "fit": name, **row, "objective reached": objective(fits[name](), samples, x)}
        for name, row in beside(seconds, "ours, Newton").items()
    ]
    for row in (*steps, *fitted):
        print(*row.values(), sep="  ", flush=True)
    import blackjax
    import jax

    versions = {"blackjax": blackjax.__version__, "jax": jax.__version__, "numpy": np.__version__}
    record = {"rounds": options.rounds, "threads": 1, "versions": versions}
    write("peers-velocity-fields", {**record, "steps": steps, "fits": fitted})


if __name__ == "__main__":
    main()
