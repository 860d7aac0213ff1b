"""velocity-fields beside blackjax: one step of SVGD on the same particles; and the local fit by the paper's optimiser.

    python -m benchmarks.peers_velocity_fields

SVGD is the computation both have: a step moves particles by the kernel-weighted mean of scores and repulsions. Ours is
measured exactly (every pair) and tabulated on the grid that the app uses, blackjax compiled by jax on the CPU, in
single precision as it comes. Beside them a step of the local linear flow, which needs no score, and on fewer particles
the same fit by the optimiser of the paper's code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.kernels.velocity_fields import model, shapes

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


def comparisons() -> Iterator[Beside]:
    """Steps of more and more particles, then the fit."""
    mixture = shapes.clouds()
    of_theirs = of_blackjax(mixture)
    for n in (500, MOST_PAIRED, 10_000):
        rng = np.random.default_rng(0)
        x, samples = rng.standard_normal((n, 2)), mixture.sample(n, rng)
        push = np.abs(ours(x, mixture, True) - x).mean()

        def apart(mine: np.ndarray, theirs: np.ndarray, push: float = push) -> float:
            return float(np.abs(mine - theirs).mean() / push)

        def exact(x: np.ndarray = x) -> np.ndarray:
            return ours(x, mixture, True)

        def theirs(x: np.ndarray = x) -> np.ndarray:
            return of_theirs(x)

        def gridded(x: np.ndarray = x) -> np.ndarray:
            return ours(x, mixture, False)

        paired = {"blackjax, jax on CPU": theirs} if n <= MOST_PAIRED else {}
        if paired:
            yield Beside(f"SVGD step of {n:,} particles, every pair", exact, paired, apart)
        yield Beside(
            f"SVGD step of {n:,} particles, on the app's grid",
            gridded,
            {"every pair, ours": exact, **paired},
            apart,
        )
        flow = model.Flow(samples, x, "backward KL", BANDWIDTH, 0.3)

        def local(flow: model.Flow = flow, x: np.ndarray = x) -> np.ndarray:
            flow.x = x
            flow.advance()
            return flow.x

        yield Beside(
            f"Local linear step of {n:,} particles, on the app's grid",
            local,
            {"SVGD step on every pair, ours": exact, **paired},
            None,
        )
    rng = np.random.default_rng(0)
    x, samples = rng.standard_normal((100, 2)), mixture.sample(100, rng)
    fields = model.Samples(samples, BANDWIDTH), model.Samples(x, BANDWIDTH)

    def short_of(mine: np.ndarray, theirs: np.ndarray) -> float:
        """By how much their objective falls short of ours."""
        best, other = objective(mine, samples, x), objective(theirs, samples, x)
        return (best - other) / abs(best)

    yield Beside(
        "Local fit of 100 particles, by Newton's method",
        lambda: model.local_linear(*fields, x, ridge=1e-3).velocity,
        {"2,000 steps of RMSprop, as the paper's code": lambda: fit_by_rmsprop(samples, x)},
        short_of,
    )


def versions() -> dict[str, str]:
    """Of the libraries."""
    import blackjax
    import jax

    return {"blackjax": blackjax.__version__, "jax": jax.__version__, "numpy": np.__version__}


def main() -> None:
    """Measure, print and store."""
    beside.main("velocity-fields", __doc__, comparisons, versions=versions)


if __name__ == "__main__":
    main()
