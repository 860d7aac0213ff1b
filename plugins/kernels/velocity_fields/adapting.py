"""Domain adaptation: labelled digits of one style flow onto unlabelled digits of another ([1], domain adaptation).

Two things help each other. A guess of the target's labels: digits of both styles are paired one to one at the
least total cost of distance and of misreading by the last classifier, and a linear classifier is fitted to the
labels that came along (joint distribution optimal transport [3]). And the flow: source digits with their labels
are particles (x, y), target digits with the guess are samples of the goal, and the kernel is a Gaussian on x
times one where the classes agree. Each class is then a flow of its own, weighed by how frequent the class is.

References:
    [1] Liu, Yu, Simons, Yi, Beaumont. Minimizing f-divergences by interpolating velocity fields. ICML 2024.
    [2] Sun, Feng, Saenko. Return of frustratingly easy domain adaptation. AAAI 2016.
    [3] Courty, Flamary, Habrard, Rakotomamonjy. Joint distribution optimal transportation for domain
        adaptation. NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .model import RIDGE, Array, Divergence, Samples, advance, local_linear, median_bandwidth

Labels = NDArray[np.int64]

CLASSES = 10
# Principal axes of the target in which particles move; the paper keeps 100 of 4096.
AXES = 30
# Time of a step, in squared bandwidths.
STEP = 0.2
# Weight of a squared distance of one median against a misreading, and of the fit of the linear classifier against
# its size: for the flow, and for joint distribution optimal transport by itself. All of them, and the default
# bandwidth and number of steps, were chosen on the first halves of typefaces and handwriting.
DISTANCE, FIT = 300.0, 0.2
JOINT_DISTANCE, JOINT_FIT = 1.0, 0.1


@dataclass(frozen=True)
class Space:
    """Principal axes of the target, where its median distance is one and each style lies around its own mean.

    Attributes:
        axes: orthonormal, `(64, k)`.
        unit: the median distance.
        source_mean, target_mean: what is taken off, `(64,)`.
    """

    axes: Array
    unit: float
    source_mean: Array
    target_mean: Array

    @classmethod
    def of(cls, source: Array, target: Array) -> Space:
        """From pictures of both styles, `(n, 64)`."""
        from scipy.spatial.distance import pdist

        mean = target.mean(axis=0)
        axes = np.linalg.svd(target - mean, full_matrices=False)[2][:AXES].T
        unit = float(np.median(pdist((target - mean) @ axes)))
        return cls(axes, unit, source.mean(axis=0), mean)

    def of_source(self, pictures: Array) -> Array:
        """Places of source pictures, `(n, k)`."""
        return (pictures - self.source_mean) @ self.axes / self.unit

    def of_target(self, pictures: Array) -> Array:
        """Places of target pictures, `(n, k)`."""
        return (pictures - self.target_mean) @ self.axes / self.unit

    def pictures(self, places: Array) -> Array:
        """Pictures in the style of the target, `(n, 64)`, from 0 to 1."""
        return (self.target_mean + self.unit * places @ self.axes.T).clip(0, 1)


def guess(
    source: Array,
    labels: Labels,
    target: Array,
    misread: Array | None,
    distance: float = DISTANCE,
    fit: float = FIT,
) -> tuple[Labels, Array]:
    """Labels of the target by one step of joint distribution optimal transport.

    With as many digits on both sides and equal weights, the transport plan is an assignment.

    Args:
        source: places, `(n, k)`.
        labels: of the source, `(n,)`.
        target: places, `(n, k)`.
        misread: what the last step returned, or None at first.
        distance: weight of a squared distance against a misreading.
        fit: weight of the linear classifier's fit against its size.

    Returns:
        Labels `(n,)`, and the squared hinge losses of reading each target digit as each class, `(10, n)`.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
    from sklearn.svm import LinearSVC

    cost = distance * cdist(source, target, "sqeuclidean")
    if misread is not None:
        cost += misread[labels]
    rows, columns = linear_sum_assignment(cost)
    carried = np.empty_like(labels)
    carried[columns] = labels[rows]
    linear = LinearSVC(C=fit, random_state=0).fit(target, carried)
    scores = np.full((len(target), CLASSES), -1.0)
    scores[:, linear.classes_] = linear.decision_function(target)
    yes, no = np.maximum(0, 1 - scores) ** 2, np.maximum(0, 1 + scores) ** 2
    return scores.argmax(axis=1), (no.sum(axis=1, keepdims=True) - no + yes).T


def velocity(
    source: Array, labels: Labels, target: Array, guessed: Labels, bandwidth: float, divergence: Divergence
) -> Array:
    """The local linear velocity of every source digit under the product kernel, `(n, k)`.

    Digits of a class that was guessed for no target digit do not move.
    """
    moves = np.zeros_like(source)
    for digit in range(CLASSES):
        own, others = labels == digit, guessed == digit
        if not own.any() or not others.any():
            continue
        # The kernel's mean runs over all digits; those of other classes count as zeros.
        p, q = (
            Samples(x[part], bandwidth, np.full(part.sum(), part.mean()))
            for x, part in ((target, others), (source, own))
        )
        moves[own] = local_linear(p, q, source[own], divergence, RIDGE, tolerance=1e-3).velocity
    return moves


@dataclass(frozen=True)
class State:
    """How far the flow has come.

    Attributes:
        source: places of the moved digits, `(n, k)`.
        guessed: labels of the target by transport from there, `(n,)`.
    """

    source: Array
    guessed: Labels


def flow(
    source: Array, labels: Labels, target: Array, steps: int, bandwidth: float, divergence: Divergence
) -> Iterator[State]:
    """The start, then the state after each step.

    Args:
        source: places of labelled digits, `(n, k)`.
        labels: theirs, `(n,)`.
        target: places of as many digits without labels, `(n, k)`.
        steps: of the flow.
        bandwidth: of the Gaussian, in units of the median rule over both styles.
        divergence: which flow; the paper's is forward KL.
    """
    misread = None
    for step in range(steps + 1):
        guessed, misread = guess(source, labels, target, misread)
        yield State(source, guessed)
        if step == steps:
            return
        both = np.concatenate([source, target])
        s = bandwidth * median_bandwidth(both, np.random.default_rng(step))
        push = velocity(source, labels, target, guessed, s, divergence)
        source = advance(source, push, STEP * s**2, s)


def read(learned: Array, labels: Labels, unread: Array) -> Labels:
    """Labels of `unread` by a support vector machine with a Gaussian kernel, the same for every way to adapt."""
    from scipy.spatial.distance import pdist
    from sklearn.svm import SVC

    gamma = 1 / np.median(pdist(learned[:500], "sqeuclidean"))
    return SVC(C=10, gamma=gamma).fit(learned, labels).predict(unread)


def rivals(source: Array, labels: Labels, target: Array) -> dict[str, Labels]:
    """The target read without moving the source, and by three other ways to adapt, each `(n,)`."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    rows, columns = linear_sum_assignment(cdist(source, target, "sqeuclidean"))
    misread = None
    for _ in range(10):
        joint, misread = guess(source, labels, target, misread, JOINT_DISTANCE, JOINT_FIT)
    return {
        "not moved": read(source, labels, target),
        "CORAL": read(correlation_alignment(source, target), labels, target),
        "optimal transport": read(target[columns], labels[rows], target),
        "joint optimal transport": joint,
    }


def correlation_alignment(source: Array, target: Array) -> Array:
    """The source with the covariance of the target (CORAL [2]), both centred, `(n, k)`."""

    def root(x: Array, power: float) -> Array:
        values, vectors = np.linalg.eigh(np.cov(x.T))
        return (vectors * np.maximum(values, 1e-9 * values[-1]) ** power) @ vectors.T

    return source @ root(source, -0.5) @ root(target, 0.5)
