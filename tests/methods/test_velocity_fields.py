"""The velocity fields: closed forms, slow solvers, symmetries, flows, and what bad input gets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from plugins.kernels.velocity_fields import VelocityFields, adapting, claims, imputing, model, shapes, styles
from plugins.kernels.velocity_fields.model import Plane, Samples, local_linear
from zoo.method import InputError, last


def gaussians(n, d=2, shift=0.5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((n, d)) + shift


def objective(theta, p, q, at, bandwidth, psi, ridge=0.0):
    """The paper's local objective, written out, negated."""
    w, b = theta[:-1], theta[-1]
    k_p = np.exp(-((p - at) ** 2).sum(1) / (2 * bandwidth**2))
    k_q = np.exp(-((q - at) ** 2).sum(1) / (2 * bandwidth**2))
    penalty = ridge * k_p.mean() * bandwidth**2 * (w @ w) / 2
    return -(k_p * (p @ w + b)).mean() + (k_q * psi(q @ w + b)).mean() + penalty


def backward_psi(t):
    return np.exp(t - 1)


def forward_psi(t):
    return t**2 / 2 + t


@pytest.mark.parametrize(("divergence", "psi"), [("backward KL", backward_psi), ("forward KL", forward_psi)])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_fit_is_the_optimum_of_the_papers_objective(divergence, psi, d):
    p, q = gaussians(80, d)
    places = np.random.default_rng(1).standard_normal((3, d))
    fit = local_linear(Samples(p, 1.1), Samples(q, 1.1), places, divergence)
    for at, w, level in zip(places, fit.velocity, fit.level, strict=True):
        slow = optimize.minimize(
            objective, np.zeros(d + 1), (p, q, at, 1.1, psi), method="BFGS", options={"gtol": 1e-9}
        )
        np.testing.assert_allclose(w, slow.x[:-1], atol=2e-5)
        assert level == pytest.approx(at @ slow.x[:-1] + slow.x[-1], abs=2e-5)


def test_the_ridge_is_the_penalty_it_says():
    p, q = gaussians(60)
    at = np.array([0.4, -0.2])
    fit = local_linear(Samples(p, 0.9), Samples(q, 0.9), at[None], ridge=0.3)
    slow = optimize.minimize(
        objective, np.zeros(3), (p, q, at, 0.9, backward_psi, 0.3), options={"gtol": 1e-9}
    )
    np.testing.assert_allclose(fit.velocity[0], slow.x[:2], atol=2e-5)


def test_newton_agrees_with_slow_gradient_ascent():
    p, q = gaussians(60, 1)
    at = np.array([0.3])
    k_p, k_q = (np.exp(-((x - at) ** 2).sum(1) / 2) for x in (p, q))
    theta = np.zeros(2)
    rows_p, rows_q = (np.column_stack([x, np.ones(len(x))]) for x in (p, q))
    for _ in range(20_000):
        gradient = k_p @ rows_p / len(p) - (k_q * np.exp(rows_q @ theta - 1)) @ rows_q / len(q)
        theta += 0.2 * gradient
    fit = local_linear(Samples(p, 1.0), Samples(q, 1.0), at[None])
    assert fit.velocity[0, 0] == pytest.approx(theta[0], abs=1e-6)
    assert fit.level[0] == pytest.approx(at[0] * theta[0] + theta[1], abs=1e-6)


def test_exact_where_the_log_ratio_is_linear():
    # On a lattice whose point j appears 2^j times in p and once in q, log r is linear in every sample.
    q = np.arange(8.0)[:, None]
    p = np.repeat(q, 2 ** np.arange(8), axis=0)
    places = np.array([[-1.0], [2.0], [3.5], [8.0]])
    for bandwidth in (0.8, 1.3, 4.0):
        fit = local_linear(Samples(p, bandwidth), Samples(q, bandwidth), places)
        np.testing.assert_allclose(fit.velocity, np.log(2), atol=1e-6)
        log_ratio = places[:, 0] * np.log(2) + np.log(8 / 255)
        np.testing.assert_allclose(fit.level, 1 + log_ratio, atol=1e-6)


def test_weights_count_like_repetitions():
    q = np.arange(6.0)[:, None]
    times = np.array([1, 4, 2, 5, 1, 3])
    at = np.array([[1.0], [4.0]])
    repeated = Samples(np.repeat(q, times, axis=0), 1.2).moments(at)
    weighted = Samples(q, 1.2, times / times.mean()).moments(at)
    np.testing.assert_allclose(weighted.log_mass, repeated.log_mass)
    np.testing.assert_allclose(weighted.mean, repeated.mean)
    np.testing.assert_allclose(weighted.covariance, repeated.covariance)


def test_approaches_the_gradient_of_a_gaussian_ratio():
    p, q = gaussians(4000, 1)
    at = np.linspace(-1, 1.5, 6)[:, None]
    fit = local_linear(Samples(p, 0.73), Samples(q, 0.73), at)
    np.testing.assert_allclose(fit.velocity, -0.5, atol=0.12)
    forward = local_linear(Samples(p, 0.4), Samples(q, 0.4), at, "forward KL")
    ratio = np.exp(0.125 - 0.5 * at)
    np.testing.assert_allclose(forward.velocity, -0.5 * ratio, atol=0.25)
    np.testing.assert_allclose(forward.level, ratio[:, 0] - 1, atol=0.3)


@pytest.mark.parametrize("divergence", ["backward KL", "forward KL"])
def test_moves_with_translations_and_rotations(divergence):
    p, q = gaussians(200)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([40.0, -7.0])
    plain = local_linear(Samples(p, 0.8), Samples(q, 0.8), q, divergence, ridge=0.05)
    p, q = p @ turn.T + shift, q @ turn.T + shift
    moved = local_linear(Samples(p, 0.8), Samples(q, 0.8), q, divergence, ridge=0.05)
    np.testing.assert_allclose(moved.velocity, plain.velocity @ turn.T, atol=1e-6)
    np.testing.assert_allclose(moved.level, plain.level, atol=1e-6)


def test_the_tabulated_plane_agrees_with_every_pair():
    mixture = shapes.clouds()
    rng = np.random.default_rng(0)
    p, q = mixture.sample(3000, rng), 1.5 * rng.standard_normal((3000, 2))
    q = q[np.abs(q).max(axis=1) < 3]
    low, high = np.full(2, -3.5), np.full(2, 3.5)
    for s in (0.4, 0.9):
        score = mixture.score(q)
        exact, table = Samples(q, s, values=score), Plane(q, s, low, high, values=score)
        seen, read = exact.moments(q), table.moments(q)
        np.testing.assert_allclose(read.log_mass, seen.log_mass, atol=0.02)
        np.testing.assert_allclose(read.mean, seen.mean, atol=0.02 * s)
        np.testing.assert_allclose(model.svgd(table, q), model.svgd(exact, q), atol=0.02)
        fine = local_linear(Samples(p, s), exact, q, ridge=0.05).velocity
        read = local_linear(Plane(p, s, low, high), table, q, ridge=0.05).velocity
        error = np.linalg.norm(read - fine, axis=1) / np.linalg.norm(fine, axis=1).mean()
        assert np.median(error) < 3e-3
        assert np.quantile(error, 0.9) < 3e-2


def test_sharing_out_keeps_mass_and_centre():
    rng = np.random.default_rng(0)
    cells, weight = rng.random((50, 2)) * 9, rng.random(50)
    (image,) = model.share_out(cells, [weight], (11, 12))
    assert image.sum() == pytest.approx(weight.sum())
    i, j = np.indices(image.shape)
    np.testing.assert_allclose([(image * i).sum(), (image * j).sum()], weight @ cells)


def test_svgd_and_nadaraya_watson_by_a_double_loop():
    mixture = shapes.clouds()
    x = np.random.default_rng(0).standard_normal((30, 2))
    s, score = 0.7, mixture.score(x)
    update, mass = np.zeros_like(x), np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            kernel = np.exp(-((x[i] - x[j]) @ (x[i] - x[j])) / (2 * s**2))
            update[i] += kernel * score[j] + kernel * (x[i] - x[j]) / s**2
            mass[i] += kernel
    field = Samples(x, s, values=score)
    np.testing.assert_allclose(model.svgd(field, x), update / len(x), atol=1e-10)
    np.testing.assert_allclose(model.nadaraya_watson(field, x), update / mass[:, None], atol=1e-10)


def test_scores_are_gradients_of_log_densities():
    x = np.random.default_rng(0).uniform(-2, 2, (5, 2))
    for mixture in (make() for make in shapes.MIXTURES.values()):
        for i in range(2):
            shift = 1e-5 * np.eye(2)[i]
            slope = (mixture.log_density(x + shift) - mixture.log_density(x - shift)) / 2e-5
            np.testing.assert_allclose(mixture.score(x)[:, i], slope, rtol=1e-4, atol=1e-4)
    box = np.stack(np.meshgrid(*[np.linspace(-4, 4, 400)] * 2), axis=-1).reshape(-1, 2)
    mass = np.exp(mixture.log_density(box)).mean() * 64
    assert mass == pytest.approx(1, abs=0.01)


def test_ink_falls_where_it_was_drawn():
    ink = np.zeros((20, 40))
    ink[:5, 30:] = 1
    xy = shapes.ink_samples(ink, 500, np.random.default_rng(0))
    assert xy[:, 0].min() >= 1.5
    assert xy[:, 1].min() >= 0.75
    assert np.abs(xy).max() <= 3


def test_energy_distance_by_its_definition():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal((15, 3)) + 1

    def mean(a, b):
        return np.mean([np.linalg.norm(i - j) for i in a for j in b])

    assert model.energy_distance(x, y) == pytest.approx(2 * mean(x, y) - mean(x, x) - mean(y, y))
    assert model.energy_distance(x, x) == pytest.approx(0)


def test_the_criterion_prefers_the_bandwidth_that_fits_best():
    rng = np.random.default_rng(0)
    target = shapes.Mixture(np.array([[-5.0], [0.0], [5.0]]), np.sqrt(0.5))
    start = shapes.Mixture(target.centres, 1.0)
    p, q = target.sample(600, rng), start.sample(600, rng)
    candidates = np.logspace(-1, 1.5, 10)
    chosen = model.validated_bandwidth(p, q, candidates, rng)
    truth = target.score(q) - start.score(q)
    error = [
        ((local_linear(Samples(p, s), Samples(q, s), q).velocity - truth) ** 2).mean() for s in candidates
    ]
    assert abs(int(np.argmin(error)) - int(np.flatnonzero(candidates == chosen)[0])) <= 1


def test_a_single_far_sample_does_not_decide_the_criterion():
    p, q = gaussians(100, 1)
    far = q.copy()
    far[7] = 9
    near, moved = (model.validation_loss(p, one, 0.5, 0.01) for one in (q, far))
    assert abs(moved - near) < 5 * np.exp(model.LARGEST) / 100 + 0.1


def test_skewed_directions_are_those_of_a_wave():
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((2, 4000, 6))
    p[:, 2] = np.cos(2 * p[:, 4]) + rng.standard_normal(4000)
    basis = model.skewed(p, q, 2)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-9)
    assert np.linalg.norm(basis[[2, 4]]) ** 2 / 2 > 0.85


def test_median_bandwidth_of_a_square():
    corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    assert model.median_bandwidth(corners, np.random.default_rng(0)) == pytest.approx(np.sqrt(0.5))


def test_the_projection_finds_the_plane_of_the_difference():
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((2, 1000, 5))
    p[:, 0] = np.sin(1.5 * p[:, 1]) + 0.5 * rng.standard_normal(1000)
    basis = model.projection(p, q, 2, rng, steps=10)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-9)
    assert np.linalg.norm(basis[:2]) ** 2 / 2 > 0.9


@pytest.mark.parametrize("divergence", ["backward KL", "forward KL"])
@pytest.mark.parametrize("target", list(shapes.MIXTURES))
def test_the_flow_reaches_its_target(target, divergence):
    rng = np.random.default_rng(0)
    p, fresh = (shapes.MIXTURES[target]().sample(500, rng) for _ in range(2))
    x = shapes.start("gaussian", 500, rng)
    before = model.energy_distance(x, fresh)
    flow = model.Flow(p, x, divergence, 0.6, 0.3)
    for _ in range(40):
        flow.advance()
    assert model.energy_distance(flow.x, fresh) < before / 10


def test_the_flow_of_the_true_score_follows_it_and_reaches_its_target():
    mixture, rng = shapes.clouds(), np.random.default_rng(0)
    x, fresh = rng.standard_normal((200, 2)), mixture.sample(400, rng)
    flow = model.ScoreFlow(mixture.score, x, 0.3, 0.2)
    flow.advance()
    pull = model.nadaraya_watson(Samples(x, 0.3, values=mixture.score(x)), x)
    np.testing.assert_allclose(flow.x, model.advance(x, pull, 0.2 * 0.3**2, 0.3))
    for _ in range(60):
        flow.advance()
    assert model.energy_distance(flow.x, fresh) < model.energy_distance(x, fresh) / 5


def masked(n=50, d=2, seed=0):
    """Rows, their masks and fresh ones."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.random((n, d)) < 0.7, rng.random((n, d)) < 0.7


def test_the_velocity_of_gaps_is_the_optimum_of_the_papers_objective_with_masks():
    x, known, fresh = masked()
    s, (at, shown) = 0.9, (x[:4] + 0.1, fresh[:4])
    found = imputing.velocity(at, shown, x, known, fresh, s)
    for place, mask, moved in zip(at, shown, found, strict=True):
        gaussian = np.exp(-((x - place) ** 2).sum(1) / (2 * s**2))
        k_p, k_q = (gaussian * (masks @ mask.astype(float)) for masks in (known, fresh))
        z_p, z_q = (np.column_stack([x / s, masks]) for masks in (known, fresh))

        def loss(theta, k_p=k_p, k_q=k_q, z_p=z_p, z_q=z_q):
            w, b = theta[:4], theta[4]
            penalty = 2 * model.RIDGE * k_q.mean() * (w @ w) / 2
            return -(k_p * (z_p @ w + b)).mean() + (k_q * forward_psi(z_q @ w + b)).mean() + penalty

        slow = optimize.minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-10})
        np.testing.assert_allclose(moved, slow.x[:2] / s, atol=1e-5)


def test_a_row_whose_fresh_mask_shows_nothing_stays():
    x, known, fresh = masked()
    shown = fresh[:3].copy()
    shown[1] = False
    moved = imputing.velocity(x[:3], shown, x, known, fresh, 0.9)
    assert (moved[1] == 0).all()
    assert (np.abs(moved[[0, 2]]).sum(axis=1) > 0).all()


def test_values_that_do_not_depend_on_their_masks_hardly_move():
    """What the masks alone explain is no velocity."""
    x, known, fresh = masked(2000)
    own = imputing.velocity(x[:50], fresh[:50], x, known, fresh, 0.8)
    known = x > -0.5
    tied = imputing.velocity(x[:50], fresh[:50], x, known, known[::-1], 0.8)
    assert np.abs(own).mean() < 0.3 * np.abs(tied).mean()


def test_imputing_keeps_what_is_known_and_follows_the_distribution():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 300)
    truth = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    table = np.where(rng.random(truth.shape) < 0.25, np.nan, truth)
    *_, filled = imputing.flow(table, 40, 1.0, rng)
    known = np.isfinite(table)
    np.testing.assert_array_equal(filled[known], table[known])
    both = known.any(axis=1)
    mean = np.where(known, table, np.nanmean(table, axis=0))
    assert model.energy_distance(filled[both], truth) < 0.3 * model.energy_distance(mean[both], truth)


def test_neighbours_are_chosen_on_numbers_hidden_for_it():
    rng = np.random.default_rng(0)
    across = rng.uniform(-3, 3, 150)
    noisy = np.column_stack([across, across + rng.standard_normal(150)])
    exact = np.column_stack([across, 2 * across])
    few, many = (imputing.best_neighbours(table, 0, (1, 3, 20)) for table in (exact, noisy))
    assert few < many


def test_the_width_for_gradients_is_near_the_best():
    p, _ = claims._three(1)
    rng = np.random.default_rng(0)
    x, at = p.sample(500, rng), p.sample(500, rng)
    errors = [
        (((Samples(x, s).moments(at).mean - at) / s**2 - p.score(at)) ** 2).mean() for s in claims.CANDIDATES
    ]
    place = int(np.flatnonzero(claims._score_bandwidth(x) == claims.CANDIDATES)[0])
    assert abs(place - int(np.argmin(errors))) <= 1


def test_racers_choose_on_a_draw_that_is_not_measured(monkeypatch):
    seen = []
    monkeypatch.setattr(claims, "distance", lambda *race: seen.append(race) or sum(race[-1]))
    claims.chosen.cache_clear()
    paces = claims.chosen("rings", False)
    claims.chosen.cache_clear()
    assert {race[2] for race in seen} == {claims.TUNING}
    assert claims.TUNING not in {*claims.DRAWS, *claims.MANY}
    assert paces["SVGD"] == (0.03, 0.1)
    assert len(seen) == sum(map(len, claims.PACES.values()))


# ---------------------------------------------------------------------------------------------------------
# Carrying labels over


def test_velocities_of_labelled_particles_are_the_optimum_under_the_product_kernel():
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((60, 2)) + 0.4, rng.standard_normal((40, 2))
    of_p, of_q = rng.integers(3, size=60), rng.integers(3, size=40)
    found = adapting.velocity(q, of_q, p, of_p, 1.1, "forward KL")
    for place in (0, 7, 13):
        at, digit = q[place], of_q[place]

        def loss(theta, at=at, digit=digit):
            w, b = theta[:2], theta[2]
            k_p = np.exp(-((p - at) ** 2).sum(1) / (2 * 1.1**2)) * (of_p == digit)
            k_q = np.exp(-((q - at) ** 2).sum(1) / (2 * 1.1**2)) * (of_q == digit)
            # The ridge of the forward fit is relative to the mass of q, which multiplies its matrix.
            penalty = model.RIDGE * k_q.mean() * 1.1**2 * (w @ w) / 2
            return -(k_p * (p @ w + b)).mean() + (k_q * forward_psi(q @ w + b)).mean() + penalty

        slow = optimize.minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-10})
        np.testing.assert_allclose(found[place], slow.x[:2], atol=1e-5)


def test_a_class_that_nobody_guessed_stays_where_it_is():
    rng = np.random.default_rng(0)
    source, target = rng.standard_normal((2, 30, 3))
    labels = np.repeat([0, 1, 2], 10)
    moved = adapting.velocity(source, labels, target, np.repeat([0, 1, 1], 10), 0.7, "backward KL")
    assert (moved[labels == 2] == 0).all()
    assert (np.abs(moved[labels != 2]) > 0).any(axis=1).all()


def test_the_guess_of_the_same_digits_is_their_labels():
    sample = styles.digits("handwriting").some(150, np.random.default_rng(0))
    space = adapting.Space.of(sample.pictures, sample.pictures)
    places = space.of_target(sample.pictures)
    guessed, misread = adapting.guess(places, sample.labels, places, None)
    assert (guessed == sample.labels).mean() > 0.9
    assert misread.shape == (10, 150)
    own = misread[sample.labels, np.arange(150)]
    assert np.median(own) < np.median(misread) / 2


def test_matched_covariances_match():
    rng = np.random.default_rng(0)
    source, target = (rng.standard_normal((200, 5)) @ rng.standard_normal((5, 5)) for _ in range(2))
    np.testing.assert_allclose(
        np.cov(adapting.correlation_alignment(source, target).T), np.cov(target.T), atol=1e-8
    )


def test_places_of_the_target_are_pictures_again():
    sample = styles.digits("typefaces").some(400, np.random.default_rng(0))
    space = adapting.Space.of(sample.pictures, sample.pictures)
    back = space.pictures(space.of_target(sample.pictures))
    assert np.abs(back - sample.pictures).mean() < 0.04
    np.testing.assert_allclose(space.axes.T @ space.axes, np.eye(adapting.AXES), atol=1e-9)


def test_a_flow_undoes_a_shift_that_differs_by_class():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 30)
    target = np.eye(10)[labels] + 0.1 * rng.standard_normal((300, 10))
    shift = 0.1 * rng.standard_normal((10, 10))[labels]
    *_, end = adapting.flow(target + shift, labels, target, 15, 0.5, "forward KL")
    means = [np.array([x[labels == digit].mean(axis=0) for digit in range(10)]) for x in (target, end.source)]
    assert np.abs(means[1] - means[0]).mean() < np.abs(shift).mean() / 5
    assert (end.guessed == labels).all()


def test_digits_of_all_sources_are_brought_to_one_size():
    ink = np.zeros((50, 60))
    ink[5:45, 20:40] = 1
    bar = styles.small(ink).reshape(8, 8)
    np.testing.assert_allclose(bar[:, 2:6], 1)
    assert bar.sum() == 32
    for style in ("typefaces", "handwriting"):
        found = styles.digits(style)
        assert found.pictures.shape == (len(found.labels), 64)
        assert found.pictures.min() >= 0
        assert found.pictures.max() <= 1
        assert np.bincount(found.labels).min() > 100
        first, second = found.half(True), found.half(False)
        assert len(first.labels) + len(second.labels) == len(found.labels)


# ---------------------------------------------------------------------------------------------------------
# What people see


@pytest.fixture
def method():
    return VelocityFields()


def test_flow_streams_the_same_under_a_seed(method):
    runs = [list(method.flow(particles=150, steps=5, target="moons", seed=3)) for _ in range(2)]
    assert [state.positions.fingerprint() for state in runs[0]] == [
        state.positions.fingerprint() for state in runs[1]
    ]
    assert len(runs[0]) == 6
    other = last(method.flow(particles=150, steps=5, target="moons", seed=4))
    assert other.positions.fingerprint() != runs[0][-1].positions.fingerprint()


def test_frames_are_light_and_keep_their_axes(method):
    frames = list(method.flow(particles=3000, steps=5))
    for frame in frames:
        plot = frame.particles.plot
        assert sum(len(trace.x) for trace in plot.data) <= 2000
        assert {trace.type for trace in plot.data} == {"scatter"}
        assert plot.layout.xaxis.range == frames[0].particles.plot.layout.xaxis.range
        assert plot.layout.paper_bgcolor is None
        assert plot.layout.font.color is None


def test_points_flow_in_their_own_units(method):
    rng = np.random.default_rng(0)
    goal = 5000 + 300 * rng.standard_normal((300, 2))
    start = goal[:200] + 500
    end = last(method.flow(target_points=goal, start_points=start, steps=30))
    assert model.energy_distance(end.positions.xy, goal) < model.energy_distance(start, goal) / 10


def test_drawings_and_duplicates_are_taken(method):
    ink = np.zeros((40, 40), dtype=float)
    ink[10:14, 5:35] = 1
    end = last(method.flow(target_drawing=ink, start_drawing=ink.T.copy(), particles=200, steps=20))
    assert np.median(np.abs(end.positions.xy[:, 1] - 1.2)) < 0.4
    twice = np.repeat(np.random.default_rng(0).standard_normal((12, 2)), 20, axis=0)
    assert np.isfinite(last(method.flow(target_points=twice, steps=5)).positions.xy).all()


@pytest.mark.parametrize("bandwidth", ["median", "median / 5", "cross-validated"])
def test_every_bandwidth_and_target_runs(method, bandwidth):
    for target in ("digit", "checkerboard"):
        end = last(
            method.flow(target=target, bandwidth=bandwidth, particles=150, steps=5, divergence="forward KL")
        )
        assert np.isfinite(end.positions.xy).all()
        assert len(end.particles.plot.data) == 2


@pytest.mark.parametrize(
    "inputs",
    [
        {"target_points": np.zeros((50, 2))},
        {"target_points": np.ones((3, 2))},
        {"target_points": np.array([[np.nan, 1.0]] * 20)},
        {"target_points": np.zeros((0, 2))},
        {"start_points": np.arange(8.0).reshape(4, 2)},
        {"start_points": 1e9 + np.random.default_rng(0).standard_normal((50, 2))},
        {"target_drawing": np.zeros((20, 20))},
        {"particles": 10},
        {"steps": 0},
        {"target": "pentagon"},
        {"step_size": float("nan")},
    ],
)
def test_flow_refuses_in_one_sentence(method, inputs):
    with pytest.raises(InputError) as refusal:
        list(method.flow(**inputs))
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


def tabled(**columns):
    rng = np.random.default_rng(0)
    base = {"a": rng.standard_normal(30), "b": rng.standard_normal(30)}
    return base | {name: list(values) for name, values in columns.items()}


def test_words_and_numbers_of_rows_are_left_out_of_the_filling_and_said(method):
    table = tabled(c=[np.nan, *np.arange(29.0)], kind=["x"] * 30, id=list(range(30)))
    first = next(method.impute(table=table, steps=1))
    assert "“kind” holds words and is left out." in first.read_as
    assert "“id” numbers the rows and is left out." in first.read_as
    assert {"kind", "id"}.isdisjoint(first.table.frame.columns)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (tabled(c=[np.nan] * 30), "no number"),
        (tabled(c=[2.0] * 29 + [np.nan]), "one number only"),
        (tabled(c=[np.inf] + [1.0] * 29), "infinite"),
        (tabled(), "no gaps"),
        ({"a": [1.0, 2.0, np.nan], "b": [1.0, 2.0, 3.0]}, "3 x 2"),
        ({"a": [1.0, np.nan] * 10}, "20 x 1"),
    ],
)
def test_impute_refuses_in_one_sentence(method, table, word):
    with pytest.raises(InputError, match=word) as refusal:
        list(method.impute(table))
    assert "\n" not in str(refusal.value)


def test_impute_reports_errors_only_where_the_truth_is_known(method):
    table = tabled(c=[np.nan, 1.0, 2.0] * 10)
    names = [name for name, _, _ in last(method.impute(table, steps=2)).metrics.rows]
    assert names == ["step", "filled in"]
    end = last(method.impute(table, hide=0.2, steps=2))
    assert sum("root mean square" in name for name, _, _ in end.metrics.rows) == 4
    assert end.table.frame.notna().all(axis=None)
    assert list(end.table.frame.columns) == ["a", "b", "c"]


def test_moved_digits_are_read_better_and_a_drawing_is_read_too(method):
    ink = np.zeros((60, 60))
    ink[10:50, 27:33] = 1
    end = last(method.adapt(digits=300, steps=12, drawing=ink, seed=1))
    rows = {name: value for name, value, _ in end.metrics.rows}
    assert rows["read rightly | trained on moved digits"] > rows["read rightly | not moved"] + 3
    assert rows["your drawing | trained on moved digits"] in range(10)
    assert [picture.pixels.shape for _, picture in end.digits.items] == [(248, 408, 3)] * 3
    moved = np.loadtxt(end.moved.data.decode().splitlines(), delimiter=",", skiprows=1)
    assert moved.shape == (300, 65)
    assert moved[:, 1:].min() >= 0
    assert moved[:, 1:].max() <= 1


def test_labels_of_the_target_serve_to_count_only(method, monkeypatch):
    before = last(method.adapt(digits=100, steps=2))
    honest = styles.digits

    def scrambled(style):
        found = honest(style)
        return styles.Digits(found.pictures, found.labels[::-1] if style == "handwriting" else found.labels)

    monkeypatch.setattr(styles, "digits", scrambled)
    after = last(method.adapt(digits=100, steps=2))
    assert after.moved.data == before.moved.data
    assert after.metrics.rows != before.metrics.rows


@pytest.mark.parametrize(
    "inputs",
    [{"digits": 0}, {"steps": 0}, {"drawing": np.zeros((9, 9))}, {"direction": "up"}, {"bandwidth": 0.0}],
)
def test_adapt_refuses_in_one_sentence(method, inputs):
    with pytest.raises(InputError) as refusal:
        list(method.adapt(**inputs))
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")
