"""The mathematics of LargeVis: a plain loop, slopes by differences, exact draws, and friends beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits

from plugins.reduction.largevis import actions, model
from zoo.blocks import affinities, map_quality

RNG = np.random.default_rng(0)
ROWS = model.scaled(load_digits().data[:300])
PLACES = (3 * RNG.standard_normal((60, 2))).view(np.complex128)[:, 0]


def settle(places: np.ndarray, head: int, tail: int, strangers: list[int], push: float, rate: float) -> None:
    """One handshake as the authors' loop has it: others move at once, the head after all terms."""
    moved = np.zeros(2)
    for number, other in enumerate([tail, *strangers]):
        if number and other == tail:
            continue
        gap = places[head] - places[other]
        far = gap @ gap
        factor = 2 * push / (0.1 + far) / (1 + far) if number else -2 / (1 + far)
        step = rate * np.clip(factor * gap, -5, 5)
        moved += step
        places[other] -= step
    places[head] += moved


def test_a_handshake_is_that_of_a_plain_loop() -> None:
    for _ in range(20):
        head, tail, *strangers = RNG.choice(60, 7, replace=False).tolist()
        strangers[2] = tail  # passed over
        wanted = PLACES.view(float).reshape(-1, 2).copy()
        settle(wanted, head, tail, strangers, 7.0, 0.3)
        ends = np.array([head]), np.array([tail]), np.array(strangers)[:, None]
        made = model.shaken(PLACES, *ends, 7.0, 0.3)
        np.testing.assert_allclose(made.view(float).reshape(-1, 2), wanted, atol=1e-12)


def test_handshakes_of_other_points_are_settled_as_one_after_the_other() -> None:
    each = RNG.permutation(60)[:28].reshape(7, 4)
    wanted = PLACES.view(float).reshape(-1, 2).copy()
    for head, tail, *strangers in each.T.tolist():
        settle(wanted, head, tail, strangers, 7.0, 1.0)
    made = model.shaken(PLACES, each[0], each[1], each[2:], 7.0, 1.0)
    np.testing.assert_allclose(made.view(float).reshape(-1, 2), wanted, atol=1e-12)


def test_batches_draw_as_good_a_map_as_a_plain_loop() -> None:
    rows, rng, total = ROWS[:80], np.random.default_rng(1), 40_000
    joint = model.joint_of(*affinities.nearest(rows, 24))
    places, edges, degree = (
        rng.uniform(-2.5e-5, 2.5e-5, (80, 2)),
        joint.tocoo(),
        np.asarray(joint.sum(axis=1)).ravel(),
    )
    drawn = rng.choice(edges.nnz, total, p=edges.data / edges.data.sum())
    others = rng.choice(80, (total, 5), p=degree**0.75 / (degree**0.75).sum())
    for step, (edge, strangers) in enumerate(zip(drawn, others, strict=True)):
        settle(places, edges.row[edge], edges.col[edge], strangers.tolist(), 7.0, max(1 - step / total, 1e-4))
    *_, (over, made) = model.unfold(joint, total)
    assert total <= over < total + 10
    ours, plain = (map_quality.recall(rows, at) for at in (made, places))
    assert ours == pytest.approx(plain, abs=0.06)
    assert plain > 0.4


def test_slopes_are_those_of_differences_where_nothing_stands_for_0() -> None:
    def gain(head: complex, others: np.ndarray) -> float:
        near = 1 / (1 + abs(head - others) ** 2)
        return float(np.log(near[0]) + 7 * np.log(1 - near[1:]).sum())

    head, others = PLACES[0], PLACES[1:7]
    slope = model.slopes((head - others)[:, None], 7.0, soft=0.0).sum()
    for way, wanted in ((1, slope.real), (1j, slope.imag)):
        ends = [gain(head + sign * 1e-6 * way, others) for sign in (1, -1)]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    "weights", [RNG.random(1000) ** 4, np.ones(7), np.array([3.0]), np.array([0.0, 1, 0, 5])]
)
def test_draws_are_exactly_as_often_as_weights_say(weights: np.ndarray) -> None:
    table = model.Drawing.by(weights)
    share = table.keep.copy()
    np.add.at(share, table.other, 1 - table.keep)
    np.testing.assert_allclose(share / len(weights), weights / weights.sum(), atol=1e-12)
    assert ((table.keep >= 0) & (table.keep <= 1)).all()


def test_drawn_numbers_follow_the_table() -> None:
    numbers = model.Drawing.by(np.array([1.0, 2, 3, 4])).draw((40_000,), np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(numbers) / 40_000, [0.1, 0.2, 0.3, 0.4], atol=0.01)


def test_friends_of_friends_find_the_nearest() -> None:
    truth, far = affinities.nearest(ROWS, 20)
    shares = []
    for places, apart, _ in model.befriended(ROWS, 20, 1, 3, 0):
        shares.append((truth[:, :, None] == places[:, None]).any(axis=2).mean())
        assert (np.diff(apart, axis=1) >= 0).all()
        assert not (places == np.arange(300)[:, None]).any()
    assert shares[0] < 0.7
    assert shares[-1] > 0.99
    np.testing.assert_allclose(np.sort(apart, axis=1)[:, :5], far[:, :5], atol=1e-6)


def test_rows_that_are_all_the_same_have_friends_too() -> None:
    *_, (places, apart, _) = model.befriended(np.zeros((40, 3)), 6, 2, 1, 0)
    assert places.shape == (40, 6)
    assert not apart.any()


def test_points_move_from_dust_and_two_strangers_part() -> None:
    both = csr_matrix(np.kron(np.eye(2), 1 - np.eye(10)))
    (_, dust), *_, (_, places) = model.unfold(both, 20_000, batch=2)
    assert np.abs(dust).max() <= 2.5e-5
    middles = places[:10].mean(axis=0), places[10:].mean(axis=0)
    assert np.linalg.norm(middles[0] - middles[1]) > 3 * places[:10].std()


@pytest.mark.parametrize("friends", [30, 60, 90, 150])
def test_stored_maps_of_the_rival_know_their_digits(friends: int) -> None:
    rows, labels, rival = actions.digits(friends)
    assert rows.shape == (1500, 64)
    assert model.accuracy(rival, labels) > 97
