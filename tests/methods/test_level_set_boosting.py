"""The mathematics of level-set boosting: what every round keeps, loops as referee, and what calibration measures."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.linear_model import LinearRegression

from plugins.robustness.level_set_boosting import data, model
from zoo.errors import InputError
from zoo.types import Table

SPLIT = data.world(3000, 5)
WEAK = list(model.WEAK)


def error(f: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((f - y) ** 2))


def test_the_line_is_that_of_least_squares() -> None:
    X, y = SPLIT.train
    expected = LinearRegression().fit(X, y).predict(SPLIT.test[0])
    np.testing.assert_allclose(model.line(X, y)(SPLIT.test[0]), expected, atol=1e-5)
    twice = np.concatenate([X, X], 1)
    np.testing.assert_allclose(model.line(twice, y)(twice), model.line(X, y)(X), atol=1e-4)


def by_loops(weak: model.Weak, levels: int, X: np.ndarray) -> np.ndarray:
    """Predictions of boosting written once more, in loops over level sets and rows."""
    (A, b), (C, d) = SPLIT.train, SPLIT.held
    first = weak(A, b)
    said = [[float(f) for f in np.clip(first(rows), 0, 1)] for rows in (A, C, X)]
    best, since = (error(np.array(said[1]), d), said[2]), 0
    while since < 2:
        sets: list[dict[int, list[int]]] = [{}, {}, {}]
        for part, values in zip(sets, said, strict=True):
            for row, f in enumerate(values):
                part.setdefault(int(f * levels + 0.5), []).append(row)
        after = [[int(f * levels + 0.5) / levels for f in values] for values in said]
        taken = 0
        for level, rows in sets[0].items():
            checks = sets[1].get(level, [])
            if len(rows) < model.LEAST_ROWS or not checks:
                continue
            learner = weak(A[rows], b[rows])
            new = np.clip(learner(C[checks]), 0, 1)
            if error(new, d[checks]) >= error(np.array(level / levels), d[checks]):
                continue
            taken += 1
            for values, part, features in zip(after, sets, (A, C, X), strict=True):
                if members := part.get(level):
                    for row, f in zip(members, np.clip(learner(features[members]), 0, 1), strict=True):
                        values[row] = float(f)
        if not taken:
            break
        said, since = after, since + 1
        if (now := error(np.array(said[1]), d)) < 0.9999 * best[0]:
            best, since = (now, said[2]), 0
    return np.array(best[1])


@pytest.mark.parametrize("weak", WEAK)
def test_boosting_is_that_of_loops_over_level_sets(weak: str) -> None:
    boosted = model.boost(SPLIT.train, SPLIT.held, model.WEAK[weak], 20)
    assert boosted.rounds
    expected = by_loops(model.WEAK[weak], 20, SPLIT.test[0][:200])
    np.testing.assert_allclose(boosted.predict(SPLIT.test[0][:200]), expected, atol=1e-9)


@pytest.mark.parametrize("weak", WEAK)
def test_the_last_round_has_the_least_error_on_rows_held_out(weak: str) -> None:
    boosted = model.boost(SPLIT.train, SPLIT.held, model.WEAK[weak], 20)
    errors = [error(f, SPLIT.held[1]) for f in boosted.stages(SPLIT.held[0])]
    assert errors[-1] == min(errors) < errors[0]


def test_straight_lines_become_a_curve() -> None:
    """Of a wave no line knows anything; in level sets of a slope they do."""
    rng = np.random.default_rng(0)
    X = rng.random((6000, 2))
    y = 0.5 + 0.3 * (X[:, 0] - 0.5) + 0.2 * np.abs(X[:, 0] - X[:, 1])
    parts = [(X[k::3], y[k::3]) for k in range(3)]
    boosted = model.boost(parts[0], parts[1], model.line, 20)
    assert error(boosted.predict(parts[2][0]), parts[2][1]) < 0.5 * error(
        model.line(*parts[0])(parts[2][0]), parts[2][1]
    )


def test_means_in_level_sets_change_little() -> None:
    means = model.boost(SPLIT.train, SPLIT.held, model.line, 20, inside=model.constant).predict(SPLIT.test[0])
    lines = model.boost(SPLIT.train, SPLIT.held, model.line, 20).predict(SPLIT.test[0])
    y = SPLIT.test[1]
    assert error(means, y) > 1.03 * error(lines, y)


def test_nothing_is_left_in_the_truth_and_something_in_a_line() -> None:
    X, y = data.world(6000, 6, noise=0.0).test
    assert model.audit(model.line, y, X, y) <= 0
    assert model.audit(model.line, np.full(len(y), y.mean()), X, y) == pytest.approx(
        error(np.full(len(y), y.mean()), y) - error(model.line(X, y)(X), y), rel=0.1
    )


@pytest.mark.parametrize("weak", WEAK)
def test_few_rows_are_audited_in_fewer_parts(weak: str) -> None:
    X, y = (rows[:41] for rows in SPLIT.test)
    assert np.isfinite(model.audit(model.WEAK[weak], np.full(41, 0.5), X, y))


def test_unfairness_has_no_bias_from_noise() -> None:
    rng = np.random.default_rng(1)
    f = rng.random(20_000)
    groups = {"all": np.ones(len(f), bool), "half": rng.random(len(f)) < 0.5}
    values = [model.unfairness(f, f + rng.standard_normal(len(f)), groups) for _ in range(20)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(20)
    shifted = f + 0.3 * groups["half"]
    assert model.unfairness(f, shifted, {"half": groups["half"]}) == pytest.approx(0.09)


def test_isotonic_by_group_maps_each_group_alone() -> None:
    X = np.array([[0.0, 0], [0.5, 0], [1, 0], [0, 1], [0.5, 1], [1, 1]])
    y = np.array([0.0, 0.5, 1, 1, 2, 3])
    mapped = model.isotonic(lambda Z: Z[:, 0].copy(), (X, y), np.array([1]))
    np.testing.assert_allclose(mapped(X), y)


def test_gradient_boosting_stops_where_rows_held_out_say() -> None:
    boosted = model.gradient_boosted(SPLIT.train, SPLIT.held, "one question")
    assert error(boosted(SPLIT.test[0]), SPLIT.test[1]) < error(
        model.line(*SPLIT.train)(SPLIT.test[0]), SPLIT.test[1]
    )


def test_tables_are_split_and_words_of_two_kinds_are_groups() -> None:
    rng = np.random.default_rng(2)
    frame = pandas.DataFrame(
        {"x": rng.random(300), "kind": rng.choice(["yes", "no"], 300), "y": rng.random(300)}
    )
    split = data.of_table(Table(frame), "y", [], 0)
    assert [len(part[1]) for part in split[:3]] == [180, 60, 60]
    assert [split.names[place] for place in split.groups] == ["kind"]
    np.testing.assert_allclose([split.train[1].min(), split.train[1].max()], [0, 1])
    kinds = frame["kind"].where(frame.index % 10 > 0)  # an empty cell is neither of the two
    assert sum(len(part[1]) for part in data.of_table(Table(frame.assign(kind=kinds)), "y", [], 0)[:3]) == 270
    with pytest.raises(InputError, match="two values"):
        data.of_table(Table(frame), "y", ["x"], 0)
    with pytest.raises(InputError, match="same in all rows"):
        data.of_table(Table(frame.assign(y=1.0)), "y", [], 0)
