"""What frozen features know of labels: a linear probe, and k-nearest neighbours.

Neither trains the features. A linear probe is multinomial logistic regression on them [1]; nearest neighbours let
the training pictures most like a query vote [2]. Both are deterministic.

References:
    [1] Alain, Bengio. Understanding intermediate layers using linear classifier probes. arXiv 1610.01644, 2016.
    [2] Wu, Xiong, Yu, Lin. Unsupervised feature learning via non-parametric instance discrimination. CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Array = NDArray[np.float64]

PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""What `tuned_probe` chooses from; features are standardised first, so that one list serves all."""


@dataclass(frozen=True)
class Probe:
    """A linear classifier of features.

    Attributes:
        mean: of the training features, `(p,)`.
        deviation: of the training features, `(p,)`; 1 where a feature is constant.
        weight: of standardised features, `(p, classes)`.
        bias: `(classes,)`.
    """

    mean: Array
    deviation: Array
    weight: Array
    bias: Array

    def logits(self, features: NDArray) -> Array:
        """Unnormalised log-probabilities `(n, classes)` of features `(n, p)`."""
        return (features - self.mean) / self.deviation @ self.weight + self.bias

    def predict(self, features: NDArray) -> NDArray[np.int64]:
        """The likeliest class `(n,)` of features `(n, p)`."""
        return self.logits(features).argmax(axis=1)

    def accuracy(self, features: NDArray, labels: NDArray) -> float:
        """The share of features `(n, p)` whose class is predicted."""
        return float(np.mean(self.predict(features) == labels))


def linear_probe(features: NDArray, labels: NDArray, penalty: float = 1e-3, steps: int = 500) -> Probe:
    """Multinomial logistic regression on standardised features.

    Minimises the mean cross-entropy plus `penalty / 2` times the squared length of the weights (not of the bias)
    with L-BFGS, from zero. In scikit-learn's terms `C = 1 / (n * penalty)`.

    Args:
        features: `(n, p)`.
        labels: integers 0 to classes - 1, `(n,)`.
        penalty: on the weights; 0 has no unique minimum.
        steps: of L-BFGS, at most.

    Raises:
        ValueError: there is not one label a feature row, or no row.
    """
    _check(features, labels)
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1.0
    inputs = (features - mean) / deviation
    (n, p), classes = inputs.shape, int(labels.max()) + 1
    wanted = np.eye(classes)[labels]

    def objective(flat: Array) -> tuple[float, Array]:
        weight, bias = flat[:-classes].reshape(p, classes), flat[-classes:]
        logs = log_softmax(inputs @ weight + bias, axis=1)
        excess = (np.exp(logs) - wanted) / n
        slope = np.concatenate([(inputs.T @ excess + penalty * weight).ravel(), excess.sum(axis=0)])
        return -float((logs * wanted).sum()) / n + penalty / 2 * float((weight**2).sum()), slope

    start = np.zeros((p + 1) * classes)
    fitted = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "gtol": 1e-6}
    ).x
    return Probe(mean, deviation, fitted[:-classes].reshape(p, classes), fitted[-classes:])


def tuned_probe(
    features: NDArray, labels: NDArray, penalties: Sequence[float] = PENALTIES, held: float = 0.2
) -> Probe:
    """A linear probe whose penalty does best on the last `held` of the rows, then fitted to all of them."""
    cut = len(features) - round(held * len(features))

    def score(penalty: float) -> float:
        return linear_probe(features[:cut], labels[:cut], penalty).accuracy(features[cut:], labels[cut:])

    return linear_probe(features, labels, max(penalties, key=score))


def nearest_neighbours(
    features: NDArray,
    labels: NDArray,
    queries: NDArray,
    k: int = 20,
    temperature: float | None = None,
    block: int = 1_000,
) -> NDArray[np.int64]:
    """The class that the `k` training features of largest cosine vote for.

    Args:
        features: of the training pictures, `(n, p)`.
        labels: integers 0 to classes - 1, `(n,)`.
        queries: `(m, p)`.
        k: voters; all `n` at most.
        temperature: weighs each vote by exp(cosine / temperature), as [2] does with 0.07; None counts them equally.
        block: queries compared at a time.

    Returns:
        `(m,)`; of classes with as many votes, the smallest.

    Raises:
        ValueError: there is not one label a feature row, no row, or k below 1.
    """
    _check(features, labels)
    if k < 1:
        raise ValueError("at least one neighbour has to vote")
    k, known = min(k, len(features)), _directions(features)
    ballots = np.eye(int(labels.max()) + 1)[labels]
    winners = np.empty(len(queries), dtype=np.int64)
    for begin in range(0, len(queries), block):
        cosines = _directions(queries[begin : begin + block]) @ known.T
        voters = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        weights = np.ones(voters.shape)
        if temperature is not None:
            # relative to the largest, so that no exponential overflows
            near = np.take_along_axis(cosines, voters, axis=1)
            weights = np.exp((near - near.max(axis=1, keepdims=True)) / temperature)
        votes = np.einsum("qk,qkc->qc", weights, ballots[voters])
        winners[begin : begin + block] = votes.argmax(axis=1)
    return winners


def _directions(features: NDArray) -> Array:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths == 0, 1.0, lengths)


def _check(features: NDArray, labels: NDArray) -> None:
    if not len(features) or len(features) != len(labels):
        raise ValueError("probes need features (n, p) and one label for each of at least one row")
