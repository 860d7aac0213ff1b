"""The mathematics of information-plane, against counting by hand and another way to every number."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from plugins.interpretability.information_plane import data, model
from zoo.errors import InputError
from zoo.types import Table

Recorded = tuple[model.Network, model.Work, list[model.Moment]]


def entropy(items: list[object]) -> float:
    """In bits, from counts."""
    shares = np.array(list(Counter(items).values())) / len(items)
    return float(-(shares * np.log2(shares)).sum())


def conditional(cells: list[object], labels: np.ndarray) -> float:
    """I(T;Y) = H(T) - Σ p(y) H(T|y), as the critique's release has it."""
    within = 0.0
    for label in np.unique(labels):
        part = [cell for cell, own in zip(cells, labels, strict=True) if own == label]
        within += len(part) / len(cells) * entropy(part)
    return entropy(cells) - within


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    work, setting = data.lamps(3), model.Setting(epochs=40)
    return model.network(work, setting), work, list(model.train(work, setting, 3, [0, 8, 40]))


@pytest.mark.parametrize("ruler", list(model.RULERS))
def test_informations_are_those_counted_cell_by_cell(ruler: str, recorded: Recorded) -> None:
    net, work, moments = recorded
    plane = model.plane(net, work, moments, ruler)
    for moment, layers in zip(moments, plane, strict=True):
        for t, (ixt, ity) in zip(net.activations(net.layers(moment.weights), work.x), layers, strict=True):
            rows = [tuple(row) for row in model.RULERS[ruler](t).tolist()]
            assert ixt == pytest.approx(entropy(rows), abs=1e-10)
            assert ity == pytest.approx(conditional(rows, work.labels), abs=1e-10)
    assert (plane[:, :, 1] <= plane[:, :, 0] + 1e-12).all()
    assert (plane.max((0, 1)) <= (12, 1)).all()


def test_the_kernel_bound_is_that_of_a_mixture_of_gaussians() -> None:
    rng = np.random.default_rng(0)
    t, labels = rng.standard_normal((200, 3)) * 0.1, rng.integers(0, 2, 200)

    def upper(points: np.ndarray) -> float:
        inner = logsumexp(-cdist(points, points, "sqeuclidean") / 2e-3, axis=1) - np.log(len(points))
        return float(-inner.mean() / np.log(2))

    alone = upper(t)
    within = sum((labels == label).mean() * upper(t[labels == label]) for label in (0, 1))
    assert model.kernel(t, labels) == pytest.approx((alone, alone - within), abs=1e-9)


def test_bins_are_where_they_are_said_to_be() -> None:
    t = np.array([[-1.0], [-0.999], [0.0], [0.1399], [0.15], [1.0], [7.0]], np.float32)
    assert model.widths(t, 0.07).ravel().tolist() == [-15, -15, 0, 1, 2, 14, 100]
    assert model.thirty(t).ravel().tolist() == [1, 1, 15, 17, 17, 30, 30]
    assert model.stretched(t).ravel()[[0, -1]].tolist() == [0, 29]
    assert np.bincount(model.ranked(np.arange(300.0)[:, None]).ravel()).tolist() == [10] * 30


def test_a_growing_tanh_unit_ends_at_one_bit_and_a_relu_only_rises() -> None:
    x, labels = np.random.default_rng(2).standard_normal((4000, 1)), np.zeros(4000, np.int64)
    weights = np.geomspace(0.1, 1e4, 30)
    tanh, relu = (
        [model.binned(model.widths(unit(weight * x), 0.07), labels)[0] for weight in weights]
        for unit in (np.tanh, lambda z: np.maximum(z, 0))
    )
    assert (tanh[-1], max(tanh) > 4) == (pytest.approx(1, abs=0.01), True)
    assert (np.diff(relu) > -1e-3).all()


@pytest.mark.parametrize("kind", ["tanh", "ReLU"])
def test_the_gradient_is_that_of_differences(kind: model.Kind) -> None:
    rng = np.random.default_rng(4)
    net = model.Network((5, 4, 3, 2), kind)
    weights, x = (
        net.start(rng) + 0.1 * rng.standard_normal(net.count),
        rng.standard_normal((30, 5)),
    )
    answers = np.eye(2)[rng.integers(0, 2, 30)]

    def loss(at: np.ndarray) -> float:
        return float(-(answers * np.log(net.activations(net.layers(at), x)[-1])).sum(1).mean())

    gradient = np.empty(net.count)
    net.gradient(net.layers(weights), x, answers, net.layers(gradient))
    for place, shift in enumerate(1e-6 * np.eye(net.count)):
        slope = (loss(weights + shift) - loss(weights - shift)) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("kind", ["tanh", "ReLU"])
def test_training_is_torchs_adam(kind: model.Kind) -> None:
    torch = pytest.importorskip("torch")
    work = data.lamps(0)
    setting = model.Setting(kind, hidden=(6, 3), epochs=3, batch=5000)
    net, (start, end) = model.network(work, setting), model.train(work, setting, 0, [0, 3])
    weights = torch.tensor(start.weights, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=setting.rate)
    x, labels = torch.tensor(work.x[work.trained]), torch.tensor(work.labels[work.trained])
    for _ in range(3):
        said = x
        for place, ((a, b), part) in enumerate(zip(net.shapes, net.parts, strict=True)):
            said = said @ weights[part][: a * b].reshape(a, b) + weights[part][a * b :]
            if place < 2:
                said = torch.tanh(said) if kind == "tanh" else torch.relu(said)
        adam.zero_grad()
        torch.nn.functional.cross_entropy(said, labels).backward()
        adam.step()
    np.testing.assert_allclose(end.weights, weights.detach().numpy(), atol=1e-10)


def test_the_rule_is_symmetric_and_nearly_one_bit() -> None:
    places, work = data.corners(), data.lamps(0)
    assert data.lit_edges(np.ones((1, 12))).tolist() == [30]
    assert work.labels.mean() == pytest.approx(0.5269, abs=1e-4)
    turned = places @ np.array(
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    )  # a third of a turn about a corner of the cube
    order = cdist(turned, places).argmin(1)
    assert (data.lit_edges(work.x[:, order]) == data.lit_edges(work.x)).all()
    apart = np.round(cdist(places, places), 3)
    pairs = [np.einsum("ni,ij,nj->n", work.x, apart == far, work.x) for far in np.unique(apart)]
    assert len(np.unique(np.stack(pairs, 1), axis=0)) == 64  # as the paper counts them


def test_tables_become_work_or_a_sentence() -> None:
    rng = np.random.default_rng(0)
    frame = {"a": rng.random(80), "b": rng.random(80), "who": ["x", "y"] * 40}
    work = data.of_table(Table.of(frame), "who", 0)
    assert work.x.shape == (80, 2)
    np.testing.assert_allclose([work.x.mean(0), work.x.std(0)], [[0, 0], [1, 1]], atol=1e-5)
    assert (work.trained.sum(), work.answers.sum(1).tolist()) == (64, [1.0] * 80)
    for label, what in (("a", "80 different values"), ("b", "2 to 8")):
        with pytest.raises(InputError, match=what):
            data.of_table(Table.of(frame), label, 0)
