"""nash-md beside public solvers of the same computations: equilibria, rewards, and the learning itself.

    python -m benchmarks.peers_nash_md

`trl`'s Nash-MD scores a pair by the difference of one reward, which no cycle fits, and so is none of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.sequences.nash_md import model
from plugins.sequences.nash_md.model import Array, Game

GAMES, CHOICES, TAU, STEPS = 20, 8, 0.1, 1000


def equilibria(games: list[Game]) -> Array:
    """Newton's method of ours, `(games, K)`."""
    return np.exp([model.equilibrium(game) for game in games])


def equilibria_by_scipy(games: list[Game]) -> Array:
    """``scipy.optimize.root`` on the equation that the equilibrium solves."""
    from scipy.optimize import root
    from scipy.special import softmax

    ends = []
    for game in games:
        ends.append(
            root(
                lambda x, game=game: x - game.habit - (game.P - 0.5) @ softmax(x) / game.tau,
                game.habit,
                tol=1e-12,
            ).x
        )
    return softmax(ends, axis=1)


def rewards_by_sklearn(game: Game) -> Array:
    """Logistic regression without penalty on which of a pair won, each pair weighed by how often it is drawn."""
    from sklearn.linear_model import LogisticRegression

    first, second = np.triu_indices(CHOICES, 1)
    sides = np.eye(CHOICES)[first] - np.eye(CHOICES)[second]
    answers = []
    for P, habit in zip(game.P, np.exp(game.habit), strict=True):
        drawn, won = habit[first] * habit[second], P[first, second]
        fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000)
        fitted.fit(
            np.concatenate([sides, sides]),
            np.repeat([1, 0], len(first)),
            np.concatenate([drawn * won, drawn * (1 - won)]) * 1000,
        )
        answers.append(fitted.coef_[0] - fitted.coef_[0].mean())
    return np.array(answers)


def learned_in_torch(game: Game) -> Array:
    """Nash-MD as mirror descent with automatic differentiation: the gain is the gradient of the preference."""
    import torch

    torch.set_num_threads(1)
    P, mu = torch.tensor(game.P), torch.tensor(np.exp(game.habit))
    policy = mu.clone()
    for t in range(STEPS):
        share = 2 / (t + 2)
        mixture = torch.softmax((1 - share) * policy.log() + share * mu.log(), -1)
        free = mixture.clone().requires_grad_()
        torch.einsum("gi,gij,gj->", free, P, mixture).backward()
        policy = torch.softmax(mixture.log() + share / game.tau * free.grad, -1)
    return policy.numpy()


def comparisons() -> Iterator[Beside]:
    """Twenty games of eight choices, every computation."""
    game = model.draw(GAMES, CHOICES, TAU, np.random.default_rng(0))
    games = [model.single(game, place) for place in range(GAMES)]
    of = f"of {GAMES} games of {CHOICES} choices"
    yield Beside(
        f"Regularised equilibria {of}",
        lambda: equilibria(games),
        {"scipy root": lambda: equilibria_by_scipy(games)},
    )
    yield Beside(
        f"Bradley-Terry rewards {of}",
        lambda: model.rewards(game),
        {"scikit-learn, logistic regression": lambda: rewards_by_sklearn(game)},
    )
    yield Beside(
        f"{STEPS:,} steps of Nash-MD {of}",
        lambda: np.exp(model.learn(model.NASH_MD, game, [STEPS])[0]),
        {"PyTorch, autograd": lambda: learned_in_torch(game)},
    )


def main() -> None:
    """Measure, print and store."""
    beside.main("nash-md", __doc__, comparisons)


if __name__ == "__main__":
    main()
