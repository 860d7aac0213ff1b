"""xor-grokking beside PyTorch's SGD on every coordinate: the same points, start and steps, and how fast.

python -m benchmarks.peers_xor_grokking
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.optimization.xor_grokking import model

SETTING, TESTS, STEPS = model.Setting(n=100, p=10_000, width=100), 200, 20


def comparisons() -> Iterator[Beside]:
    """Answers to new points after twenty steps; ours gets inner products alone, theirs all coordinates."""
    import torch

    torch.set_num_threads(1)
    rng, p = np.random.default_rng(0), int(SETTING.p)
    which = rng.integers(4, size=SETTING.n + TESTS)
    points = rng.standard_normal((len(which), p))
    points[:, :2] += SETTING.mu * model.CROSS.xy[which]
    x, test, labels = points[: SETTING.n], points[SETTING.n :], model.CROSS.labels[which]
    y, truth = labels[: SETTING.n], labels[SETTING.n :]
    start = SETTING.omega * rng.standard_normal((SETTING.width, p))
    a = rng.choice([-1.0, 1.0], SETTING.width) / np.sqrt(SETTING.width)

    def ours() -> np.ndarray:
        basis, _ = np.linalg.qr(x[:, 2:].T)
        short = [np.hstack([rows[:, :2], rows[:, 2:] @ basis]) for rows in (x, test, start)]
        rest = test @ start.T - short[1] @ short[2].T
        drawn = model.Draw(short[0], y, y, short[1], truth, short[2], rest, a)
        return next(model.train(drawn, SETTING.alpha, STEPS, (STEPS,))).test

    def sgd() -> np.ndarray:
        W, out = torch.tensor(start, requires_grad=True), torch.from_numpy(a)
        given, signs = torch.from_numpy(x), torch.from_numpy(y)
        optimizer = torch.optim.SGD([W], lr=SETTING.alpha)
        for _ in range(STEPS):
            optimizer.zero_grad()
            torch.nn.functional.softplus(-signs * (torch.relu(given @ W.T) @ out)).mean().backward()
            optimizer.step()
        return (torch.relu(torch.from_numpy(test) @ W.T) @ out).detach().numpy()

    work = f"{STEPS} steps of {SETTING.width} neurons on {SETTING.n} points in 10,000 dimensions"
    yield Beside(work, ours, {"PyTorch SGD in all dimensions": sgd}, beside.difference)


def main() -> None:
    """Measure, print and store."""
    beside.main("xor-grokking", __doc__, comparisons)


if __name__ == "__main__":
    main()
