"""Velocities of f-divergence gradient flows, interpolated from nothing but samples.

Particles `q` flow towards a target `p` along grad (h o r), r = p / q. For the backward Kullback-Leibler
divergence KL[q, p] this is grad log r, for the forward one KL[p, q] it is grad r. At a place x* the paper
fits a line to h(r), weighted by a Gaussian kernel k of bandwidth s:

    maximise over w, b   mean_p k(x, x*) (w.x + b) - mean_q k(x, x*) psi(w.x + b)

and takes the slope w as the velocity; psi(t) = exp(t - 1) for backward, t^2 / 2 + t for forward KL.

Everything here is said in local moments. With mass, mean and covariance of the samples under the kernel
at y, and the identity k(x, x*) exp(w.(x - x*)) = k(x, x* + s^2 w) exp(s^2 |w|^2 / 2), the fit becomes

    backward: find y with mean_q(y) = mean_p(x*), then w = (y - x*) / s^2
    forward:  w = mass_p / mass_q  covariance_q^-1 (mean_p - mean_q), all at x*

so the concave problem in d + 1 unknowns is a root of a monotone map, found by Newton's method in a few
steps, and in the plane the moments are smooth fields that can be tabulated once for all particles.

References:
    [1] Liu, Yu, Simons, Yi, Beaumont. Minimizing f-divergences by interpolating velocity fields.
        ICML 2024, arXiv 2305.15577.
    [2] Liu, Wang. Stein variational gradient descent. NeurIPS 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Divergence = Literal["backward KL", "forward KL"]

# A block of kernel values of this size (4 MB) is worked through before the next is made.
BLOCK = 1 << 19
# Nodes a side of the tabulated plane at most, and nodes a bandwidth.
NODES, NODES_A_BANDWIDTH = 400, 5
# Bandwidths after which a tabulated kernel is cut off. Without it products of tails become subnormal
# numbers, on which processors are fifty times slower; farther out the limit is the nearest sample.
REACH = 8.0


@dataclass(frozen=True)
class Moments:
    """What a Gaussian kernel sees of weighted samples from `m` places.

    Attributes:
        log_mass: logarithm of the mean kernel value, `(m,)`.
        mean: kernel-weighted mean of the samples, `(m, d)`.
        covariance: kernel-weighted covariance around that mean, `(m, d, d)`.
        values: kernel-weighted mean of the values that the samples carry, `(m, v)`.
    """

    log_mass: Array
    mean: Array
    covariance: Array
    values: Array


class Field(Protocol):
    """Samples that can be looked at through a kernel of one bandwidth."""

    bandwidth: float

    def moments(self, at: Array) -> Moments:
        """The moments at places `(m, d)`."""


class Samples:
    """Exact moments from every pair of place and sample, in any dimension.

    Args:
        x: the samples, `(n, d)`.
        bandwidth: the kernel's standard deviation s.
        weights: positive weights of the samples with mean one, `(n,)`.
        values: what the samples carry, `(n, v)`; for instance scores.
    """

    def __init__(
        self, x: Array, bandwidth: float, weights: Array | None = None, values: Array | None = None
    ) -> None:
        self.x, self.bandwidth = x, bandwidth
        n, d = x.shape
        # Second moments about the common centre lose no digits to cancellation far from the origin.
        self._centre = x.mean(axis=0)
        centred = x - self._centre
        self._pairs = np.triu_indices(d)
        self._columns = np.hstack(
            [centred, centred[:, self._pairs[0]] * centred[:, self._pairs[1]]]
            + ([] if values is None else [values])
        )
        self._scaled = np.ascontiguousarray(centred.T) / bandwidth
        self._log_weights = -0.5 * (self._scaled**2).sum(axis=0) - np.log(n)
        if weights is not None:
            with np.errstate(divide="ignore"):
                self._log_weights += np.log(weights)

    def moments(self, at: Array) -> Moments:
        """The moments at places `(m, d)`, a block of places at a time."""
        m, d = at.shape
        log_mass, sums = np.empty(m), np.empty((m, self._columns.shape[1]))
        step = max(1, BLOCK // len(self.x))
        for start in range(0, m, step):
            part = slice(start, start + step)
            place = (at[part] - self._centre) / self.bandwidth
            kernel = place @ self._scaled
            kernel += self._log_weights
            top = kernel.max(axis=1, keepdims=True)
            kernel -= top
            np.exp(kernel, out=kernel)
            mass = kernel.sum(axis=1)
            log_mass[part] = np.log(mass) + top[:, 0] - 0.5 * (place**2).sum(axis=1)
            sums[part] = kernel @ self._columns / mass[:, None]
        mean, second = sums[:, :d], np.empty((m, d, d))
        row, column = self._pairs
        second[:, row, column] = second[:, column, row] = sums[:, d : d + len(row)]
        covariance = second - mean[:, :, None] * mean[:, None, :]
        return Moments(log_mass, mean + self._centre, covariance, sums[:, d + len(row) :])


class Plane:
    """Moments in the plane, tabulated on a grid and read off by cubic splines.

    Samples are shared out among the four nodes around them and the Gaussian filter runs over the nodes,
    axis by axis: the cost hardly depends on how many samples there are. Sharing out widens each sample
    by a sixth of a squared cell on average, which the filter gives back.

    Args:
        x: the samples, `(n, 2)`.
        bandwidth: the kernel's standard deviation.
        low, high: corners of the rectangle that holds the samples and the places at which moments will
            be asked for, `(2,)` each; places outside are answered from its edge.
        values: what the samples carry, `(n, v)`.
    """

    def __init__(
        self, x: Array, bandwidth: float, low: Array, high: Array, values: Array | None = None
    ) -> None:
        from scipy.ndimage import distance_transform_edt, spline_filter

        self.bandwidth, self._low = bandwidth, low
        self._spacing = max(bandwidth / NODES_A_BANDWIDTH, float((high - low).max()) / (NODES - 2))
        shape = tuple(np.ceil((high - low) / self._spacing).astype(int) + 2)
        self._last = np.array(shape) - 1.0
        carried = [] if values is None else list(values.T)
        binned = share_out((x - low) / self._spacing, [np.ones(len(x)), *carried], shape)
        width = bandwidth / self._spacing
        filters = [_filters(size, width) for size in shape]

        def smooth(image: Array, row: int = 0, column: int = 0) -> Array:
            return filters[0][row] @ image @ filters[1][column].T

        count = binned[0] / len(x)
        mass = smooth(count)
        empty = mass <= 0
        safe = np.where(empty, 1, mass)
        u, v = smooth(count, 1, 0) / safe, smooth(count, 0, 1) / safe
        uu, uv, vv = (
            smooth(count, 2, 0) / safe - u * u, smooth(count, 1, 1) / safe - u * v, smooth(count, 0, 2) / safe - v * v
        )  # fmt: skip
        carried = [smooth(image / len(x)) / safe for image in binned[1:]]
        log_mass = np.log(safe)
        if empty.any():
            i, j = distance_transform_edt(empty, return_distances=False, return_indices=True)
            outside = np.nonzero(empty)
            edge = i[outside], j[outside]
            # Out there only the nearest samples have weight: their mean is that of the nearest node within reach.
            u[outside] = u[edge] + (edge[0] - outside[0]) / width
            v[outside] = v[edge] + (edge[1] - outside[1]) / width
            log_mass[outside] = -0.5 * (u[outside] ** 2 + v[outside] ** 2) - np.log(len(x))
            for image in carried:
                image[outside] = image[edge]
        self._splines = [
            spline_filter(image, 3, mode="mirror") for image in (log_mass, u, v, uu, uv, vv, *carried)
        ]

    def moments(self, at: Array) -> Moments:
        """The moments at places `(m, 2)`."""
        from scipy.ndimage import map_coordinates

        where = ((at - self._low) / self._spacing).clip(0, self._last).T
        log_mass, u, v, uu, uv, vv, *carried = (
            map_coordinates(spline, where, order=3, mode="mirror", prefilter=False)
            for spline in self._splines
        )
        s = self.bandwidth
        inside = self._low + where.T * self._spacing
        covariance = np.stack([uu.clip(0), uv, uv, vv.clip(0)], axis=1).reshape(-1, 2, 2) * s**2
        return Moments(
            log_mass,
            inside + s * np.stack([u, v], axis=1),
            covariance,
            np.stack(carried, axis=1) if carried else np.empty((len(at), 0)),
        )


def share_out(cells: Array, weights: list[Array], shape: tuple[int, ...]) -> list[Array]:
    """Images of `shape` that hold each sample's weight, split linearly among the four nodes around it.

    Args:
        cells: positions in units of nodes, `(n, 2)`, inside the grid.
        weights: one array `(n,)` an image.
        shape: of the grid.
    """
    corner = np.floor(cells).astype(int).clip(0, np.array(shape) - 2)
    part = cells - corner
    images = [np.zeros(shape) for _ in weights]
    for i in (0, 1):
        for j in (0, 1):
            share = (part[:, 0] if i else 1 - part[:, 0]) * (part[:, 1] if j else 1 - part[:, 1])
            node = (corner[:, 0] + i) * shape[1] + corner[:, 1] + j
            for image, weight in zip(images, weights, strict=True):
                image += np.bincount(node, share * weight, image.size).reshape(shape)
    return images


def _filters(size: int, width: float) -> tuple[Array, Array, Array]:
    """Matrices `(size, size)` that weigh 1, u and u^2 by a Gaussian; u is in units of `width` nodes.

    The Gaussian is as much narrower as sharing out widens; taking the moments from its derivatives
    makes them those of the wide one.
    """
    u = (np.arange(size) - np.arange(size)[:, None]) / width
    narrow = 1 - 1 / (6 * width**2)
    kernel = np.where(np.abs(u) < REACH, np.exp(-0.5 * u**2 / narrow), 0)
    return kernel, u / narrow * kernel, (u**2 / narrow**2 - 1 / narrow + 1) * kernel


@dataclass(frozen=True)
class Line:
    """The local linear fit at `m` places.

    Attributes:
        velocity: its slope w, `(m, d)`.
        level: its value w.x* + b at the place, `(m,)`: 1 + log r for backward, r - 1 for forward KL.
    """

    velocity: Array
    level: Array


def local_linear(
    p: Field,
    q: Field,
    at: Array,
    divergence: Divergence = "backward KL",
    ridge: float = 0.0,
    tolerance: float = 1e-8,
) -> Line:
    """The local linear estimator of the flow's velocity ([1], section 4).

    Args:
        p: the target's samples.
        q: the particles, seen with the same bandwidth.
        at: places, `(m, d)`.
        divergence: which flow.
        ridge: weight of |s w|^2 / 2 as a penalty, relative to the kernel's mass. Without one the fit is
            unbounded wherever all neighbours of p lie to one side of those of q.
        tolerance: of Newton's method for the backward flow, in bandwidths.
    """
    s = q.bandwidth
    target = p.moments(at)
    if divergence == "forward KL":
        particles = q.moments(at)
        ratio = np.exp(np.clip(target.log_mass - particles.log_mass, -500, 500))
        matrix = particles.covariance + ridge * s**2 * np.eye(at.shape[1])
        velocity = ratio[:, None] * _solve(matrix, target.mean - particles.mean, s**2)
        level = ratio - 1 - ((particles.mean - at) * velocity).sum(axis=1)
        return Line(velocity, level)
    tilted = tilt(q, at, target.mean, ridge, tolerance)
    velocity = (tilted - at) / s**2
    log_partition = q.moments(tilted).log_mass + 0.5 * s**2 * (velocity**2).sum(axis=1)
    return Line(velocity, 1 + target.log_mass - log_partition)


def tilt(q: Field, at: Array, wanted: Array, ridge: float = 0.0, tolerance: float = 1e-8) -> Array:
    """Places y where mean_q(y) + ridge (y - x*) = wanted, by damped Newton, `(m, d)`.

    The left side is the gradient of a convex function of y with the derivative covariance_q / s^2, so a
    step that is short enough always shortens the residual. Steps are no longer than two bandwidths;
    places whose residual is below `tolerance` bandwidths are left alone.
    """
    s = q.bandwidth
    y = at.copy()
    active = np.arange(len(at))

    def look(rows: Array, place: Array) -> tuple[Array, Array]:
        seen = q.moments(place)
        return wanted[rows] - seen.mean - ridge * (place - at[rows]), seen.covariance / s**2

    residual, slope = look(active, y)
    damping = np.ones(len(at))
    for _ in range(60):
        wrong = np.abs(residual).max(axis=1) > tolerance * s
        active, residual, slope, damping = active[wrong], residual[wrong], slope[wrong], damping[wrong]
        if not len(active):
            break
        step = _solve(slope + ridge * np.eye(at.shape[1]), residual, 1.0)
        length = np.linalg.norm(step, axis=1, keepdims=True)
        step *= damping[:, None] * np.minimum(1, 2 * s / np.maximum(length, 1e-300))
        tried_residual, tried_slope = look(active, y[active] + step)
        better = np.linalg.norm(tried_residual, axis=1) < np.linalg.norm(residual, axis=1)
        y[active[better]] += step[better]
        residual = np.where(better[:, None], tried_residual, residual)
        slope = np.where(better[:, None, None], tried_slope, slope)
        damping = np.where(better, np.minimum(1, 2 * damping), damping / 4)
        alive = damping > 1e-4
        active, residual, slope, damping = active[alive], residual[alive], slope[alive], damping[alive]
    return y


def _solve(matrices: Array, right: Array, unit: float) -> Array:
    """Batched positive definite systems, lifted off singularity by rounding's share of their `unit`."""
    d = right.shape[1]
    lift = 1e-12 * (np.trace(matrices, axis1=1, axis2=2) / d + unit)
    return np.linalg.solve(matrices + lift[:, None, None] * np.eye(d), right[:, :, None])[:, :, 0]


def kernel_density(p: Field, q: Field, at: Array) -> Array:
    """The plug-in velocity, grad log of two kernel density estimates, `(m, d)`."""
    return (p.moments(at).mean - q.moments(at).mean) / q.bandwidth**2


def nadaraya_watson(q: Field, at: Array) -> Array:
    """The Nadaraya-Watson velocity of backward KL; `q` carries the target's score ([1], section 3)."""
    seen = q.moments(at)
    return seen.values - (seen.mean - at) / q.bandwidth**2


def svgd(q: Field, at: Array) -> Array:
    """Stein variational gradient descent [2]; `q` carries the target's score. NW times the mass."""
    seen = q.moments(at)
    return np.exp(seen.log_mass)[:, None] * (seen.values - (seen.mean - at) / q.bandwidth**2)


# ---------------------------------------------------------------------------------------------------------
# Bandwidths


def median_bandwidth(x: Array, rng: np.random.Generator, sample: int = 1000) -> float:
    """sqrt(median |xi - xj|^2 / 2) over the pairs of at most `sample` of the rows ([1], section 5)."""
    from scipy.spatial.distance import pdist

    if len(x) > sample:
        x = x[rng.choice(len(x), sample, replace=False)]
    return float(np.sqrt(np.median(pdist(x, "sqeuclidean")) / 2))


# Log-ratios are limited to this before they are exponentiated: else a single sample far from all others
# would decide the result by itself.
LARGEST = 3.0


def validation_loss(p: Array, q: Array, bandwidth: float, ridge: float = 0.0, folds: int = 5) -> float:
    """The paper's criterion: mean psi(t) over held-out q minus mean t over held-out p, backward KL.

    The fit is made without the fold at its points; t is its level there, at most 1 + `LARGEST`. Lower is
    better, and the population's minimum is where t = 1 + log r.

    Args:
        p, q: samples in random order, `(n, d)`.
        bandwidth: to be judged.
        ridge: of the fit.
        folds: at most the smaller number of samples.
    """
    total = 0.0
    for fold in range(folds):
        held_out = [np.arange(len(x)) % folds == fold for x in (p, q)]
        seen = [Samples(x[~out], bandwidth) for x, out in zip((p, q), held_out, strict=True)]
        t_p, t_q = (
            local_linear(*seen, x[out], ridge=ridge, tolerance=1e-4).level
            for x, out in zip((p, q), held_out, strict=True)
        )
        total += np.exp(np.minimum(t_q - 1, LARGEST)).mean() - np.minimum(t_p, 1 + LARGEST).mean()
    return float(total / folds)


def validated_bandwidth(
    p: Array, q: Array, candidates: Array, rng: np.random.Generator, ridge: float = 0.0, sample: int = 500
) -> float:
    """The candidate of the smallest validation loss, judged on at most `sample` rows of each."""
    p, q = (x[rng.permutation(len(x))[:sample]] for x in (p, q))
    losses = [validation_loss(p, q, s, ridge) for s in candidates]
    return float(candidates[int(np.argmin(losses))])


# ---------------------------------------------------------------------------------------------------------
# Flows


def energy_distance(x: Array, y: Array) -> float:
    """2 E|x - y| - E|x - x'| - E|y - y'| of two samples, `(n, d)` and `(m, d)`; zero only for equals."""
    from scipy.spatial.distance import cdist, pdist

    n, m = len(x), len(y)
    return float(2 * cdist(x, y).mean() - 2 * pdist(x).sum() / n**2 - 2 * pdist(y).sum() / m**2)


def advance(x: Array, velocity: Array, step: float, reach: float) -> Array:
    """One Euler step of the flow, no particle farther than `reach`.

    Where p and q do not meet, the fitted slope says little more than a direction.
    """
    move = step * velocity
    length = np.linalg.norm(move, axis=1, keepdims=True)
    return x + move * np.minimum(1, reach / np.maximum(length, 1e-300))


# Relative to the kernel's mass: a target that lies to one side of a particle pulls it at most ten kernel
# means far, and the step is cut to one bandwidth anyway.
RIDGE = 0.1


class Flow:
    """Particles in the plane that flow towards samples.

    Args:
        target: samples of p, `(n, 2)`.
        x: where the particles begin, `(m, 2)`.
        divergence: which flow.
        bandwidth: of the kernel; kept.
        step: time of one Euler step, in squared bandwidths.
    """

    def __init__(
        self, target: Array, x: Array, divergence: Divergence, bandwidth: float, step: float
    ) -> None:
        self.x, self.divergence, self.bandwidth, self.step = x, divergence, bandwidth, step
        self._box = rectangle(target, x)
        self._target = Plane(target, bandwidth, *self._box)

    def advance(self) -> float:
        """Move the particles once; the divergence estimated before, from the fit's own ratios."""
        s = self.bandwidth
        field = Plane(self.x, s, *self._box)
        line = local_linear(self._target, field, self.x, self.divergence, RIDGE, tolerance=1e-3)
        moved = advance(self.x, line.velocity, self.step * s**2, s)
        self.x = moved.clip(*self._box)
        if self.divergence == "backward KL":
            return float(1 - line.level.mean())
        ratio = np.maximum(line.level + 1, 1e-9)
        return float((ratio * np.log(ratio)).mean())


FEW = 1000
"""Up to so many particles all pairs are quicker than a table."""


class SteinFlow:
    """SVGD with the target's true score and AdaGrad ([2]).

    Args:
        score: gradient of the target's log density.
        x: where the particles begin, `(m, 2)`.
        rate: AdaGrad's step, in the unit of the plane.
        bandwidth: of the kernel, as a multiple of SVGD's usual median rule.
        rng: for the median over a sample of pairs.
    """

    def __init__(
        self,
        score: Callable[[Array], Array],
        x: Array,
        rate: float,
        bandwidth: float,
        rng: np.random.Generator,
    ) -> None:
        self.x, self._score, self._rate, self._bandwidth, self._rng = x, score, rate, bandwidth, rng
        self._history: Array | None = None

    def advance(self) -> None:
        """Move the particles once."""
        # SVGD's rule sets the kernel exp(-|x - y|^2 log n / median^2).
        s = self._bandwidth * median_bandwidth(self.x, self._rng) / np.sqrt(np.log(len(self.x)))
        push = svgd(_carrying(self.x, s, self._score(self.x)), self.x)
        square = push**2
        self._history = square if self._history is None else 0.9 * self._history + 0.1 * square
        self.x = self.x + self._rate * push / (1e-6 + np.sqrt(self._history))


class ScoreFlow:
    """The Nadaraya-Watson flow of backward KL, with the target's true score ([1], section 3).

    Args:
        score: gradient of the target's log density.
        x: where the particles begin, `(m, 2)`.
        bandwidth: of the kernel; kept.
        step: time of one Euler step, in squared bandwidths.
    """

    def __init__(self, score: Callable[[Array], Array], x: Array, bandwidth: float, step: float) -> None:
        self.x, self._score, self.bandwidth, self.step = x, score, bandwidth, step

    def advance(self) -> None:
        """Move the particles once, none farther than a bandwidth."""
        s = self.bandwidth
        field = _carrying(self.x, s, self._score(self.x))
        self.x = advance(self.x, nadaraya_watson(field, self.x), self.step * s**2, s)


def _carrying(x: Array, bandwidth: float, values: Array) -> Field:
    """Particles that carry values, tabulated where they are so many that all pairs would take longer."""
    if len(x) <= FEW:
        return Samples(x, bandwidth, values=values)
    return Plane(x, bandwidth, *rectangle(x), values=values)


def rectangle(*samples: Array) -> tuple[Array, Array]:
    """Corners of a rectangle around samples, with a twentieth of its size to spare."""
    low = np.min([x.min(axis=0) for x in samples], axis=0)
    high = np.max([x.max(axis=0) for x in samples], axis=0)
    margin = 0.05 * (high - low).max()
    return low - margin, high + margin


# ---------------------------------------------------------------------------------------------------------
# Low-dimensional features


def projection(
    p: Array, q: Array, k: int, rng: np.random.Generator, steps: int = 20, sample: int = 800
) -> Array:
    """An orthonormal basis U of the `k` directions in which p and q differ, `(d, k)` ([1], features U^T x).

    Projected ascent on the local objective with features U^T x and backward KL: the fit at every sample
    gives slopes w and levels t, the gradient is mean_p x w^T - mean_q exp(t - 1) x w^T, and the polar
    factor of a step is orthonormal again. From a random basis the ascent often stops at a saddle; it begins
    at the principal directions of the velocity in all dimensions, and at `skewed` ones, and of both ends the
    one of smaller validation loss is kept.

    Args:
        p, q: samples in random order, `(n, d)`.
        k: number of directions.
        rng: for the samples that each step looks at.
        steps: of each ascent; they shorten as 8 / (8 + step).
        sample: rows of each that a step looks at.
    """

    def draw() -> tuple[Array, Array]:
        return tuple(x[rng.permutation(len(x))[:sample]] for x in (p, q))

    def rule(x: Array, y: Array) -> float:
        return 0.5 * median_bandwidth(np.concatenate([x, y]), rng)

    def fit(x: Array, y: Array, s: float, at: Array) -> Line:
        return local_linear(Samples(x, s), Samples(y, s), at, ridge=RIDGE, tolerance=1e-3)

    x, y = draw()
    slopes = fit(x, y, 1.4 * rule(x, y), y).velocity
    principal = np.linalg.eigh(slopes.T @ slopes)[1][:, -k:]
    starts = [principal, skewed(p, q, k)] if k > 1 else [principal]
    losses = []
    for i, basis in enumerate(starts):
        for step in range(steps):
            x, y = draw()
            f, g = x @ basis, y @ basis
            s = 1.5 * rule(f, g)
            at_p, at_q = fit(f, g, s, f), fit(f, g, s, g)
            ratio = np.exp(np.minimum(at_q.level - 1, LARGEST))[:, None]
            gradient = x.T @ at_p.velocity / len(x) - y.T @ (ratio * at_q.velocity) / len(y)
            left, _, right = np.linalg.svd(basis + gradient * 8 / (8 + step), full_matrices=False)
            basis = left @ right
        starts[i] = basis
        f, g = p @ basis, q @ basis
        losses.append(validation_loss(f, g, 2 * rule(f, g), RIDGE))
    return starts[int(np.argmin(losses))]


def skewed(p: Array, q: Array, k: int, rounds: int = 10) -> Array:
    """Directions in which the third moments of p and q differ most, `(d, k)`; k is at least 2.

    A direction that matters only through another one, as a wave does, has no slope on average. Power
    iterations on the difference T of third moments, from every axis: for a first direction u the k - 1
    strongest others v of T(u, ., .), then for those the u of T(., v, v). The strongest end is kept.
    """

    def third(x: Array) -> Array:
        x = x - x.mean(axis=0)
        return (x.T @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1) / len(x)).reshape([x.shape[1]] * 3)

    difference = third(p) - third(q)
    best, most = np.empty(0), -1.0
    for first in np.eye(p.shape[1]):
        for _ in range(rounds):
            across = np.eye(len(first)) - np.outer(first, first)
            values, vectors = np.linalg.eigh(across @ (difference @ first) @ across)
            strongest = np.argsort(-np.abs(values))[: k - 1]
            others, weights = vectors[:, strongest], values[strongest]
            first = np.einsum("ijl,jv,lv,v->i", difference, others, others, weights)
            first /= np.linalg.norm(first)
        if np.abs(weights).sum() > most:
            best, most = np.column_stack([first, others]), np.abs(weights).sum()
    return np.linalg.qr(best)[0]
