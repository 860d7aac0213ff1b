"""velocity-fields beside blackjax: one step of SVGD on the same particles, and a step of the local fit.

    python benchmarks/peers_velocity_fields.py    # prints a table, writes results/peers-velocity-fields.json

SVGD is the computation both have: a step moves particles by the kernel-weighted mean of scores and
repulsions. Ours is measured exactly (every pair) and tabulated on the grid that the app uses, blackjax
compiled by jax on the CPU, in single precision as it comes. Beside them a step of the local linear flow,
which needs no score, and on fewer particles the same fit by the optimiser of the paper's code. Times are
CPU seconds of alternating runs in one process, on one thread; medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
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


def measure(task: Callable[[], object]) -> float:
    """CPU seconds."""
    start = time.process_time()
    task()
    return time.process_time() - start


def main() -> None:
    """Print and write the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    mixture = shapes.clouds()
    rows = []
    theirs = of_blackjax(mixture)
    for n in (500, 2000, MOST_PAIRED, 10_000):
        rng = np.random.default_rng(0)
        x, samples = rng.standard_normal((n, 2)), mixture.sample(n, rng)
        flow = model.Flow(samples, x, "backward KL", BANDWIDTH, 0.3)

        def local(flow: model.Flow = flow, x: np.ndarray = x) -> None:
            flow.x = x
            flow.advance()

        tasks: dict[str, Callable[[], object]] = {
            "SVGD, blackjax": lambda x=x: theirs(x),
            "SVGD, ours, every pair": lambda x=x: ours(x, mixture, True),
            "SVGD, ours, grid": lambda x=x: ours(x, mixture, False),
            "local linear flow, ours, grid": local,
        }
        if n > MOST_PAIRED:
            del tasks["SVGD, blackjax"]
        reference = ours(x, mixture, True)
        push = np.abs(reference - x).mean()
        others = {"SVGD, blackjax": theirs, "SVGD, ours, grid": lambda x: ours(x, mixture, False)}
        gaps = {
            name: float(np.abs(other(x) - reference).mean() / push)
            for name, other in others.items()
            if name in tasks
        }
        for task in tasks.values():
            task()
        seconds: dict[str, list[float]] = {name: [] for name in tasks}
        for _ in range(options.rounds):
            for name, task in tasks.items():
                seconds[name].append(measure(task))
        for name, times in seconds.items():
            row = {"particles": n, "step": name, "seconds": statistics.median(times), "rounds": times}
            if name in gaps:
                row["mean difference from every pair, of a mean move"] = gaps[name]
            rows.append(row)
            print(f"{n:6} {name:32} {row['seconds']:.4f} s  {gaps.get(name, 0):.1e}", flush=True)

    rng = np.random.default_rng(0)
    x, samples = rng.standard_normal((100, 2)), mixture.sample(100, rng)
    fields = model.Samples(samples, BANDWIDTH), model.Samples(x, BANDWIDTH)
    fits: dict[str, Callable[[], np.ndarray]] = {
        "fit, RMSprop of 2000 steps": lambda: fit_by_rmsprop(samples, x),
        "fit, ours, Newton": lambda: model.local_linear(*fields, x, ridge=1e-3).velocity,
    }
    seconds = {name: [] for name in fits}
    for _ in range(options.rounds):
        for name, fit in fits.items():
            seconds[name].append(measure(fit))
    for name, fit in fits.items():
        row = {
            "particles": 100,
            "step": name,
            "seconds": statistics.median(seconds[name]),
            "rounds": seconds[name],
            "objective reached": objective(fit(), samples, x),
        }
        rows.append(row)
        print(f"   100 {name:32} {row['seconds']:.4f} s  objective {row['objective reached']:.6f}")
    import blackjax
    import jax

    result = {
        "command": "python benchmarks/peers_velocity_fields.py",
        "date": time.strftime("%Y-%m-%d"),
        "device": f"{platform.machine()}, one thread",
        "versions": {"blackjax": blackjax.__version__, "jax": jax.__version__, "numpy": np.__version__},
        "steps": rows,
    }
    path = ROOT / "benchmarks" / "results" / "peers-velocity-fields.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
