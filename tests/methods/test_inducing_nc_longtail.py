"""The mathematics of inducing-nc-longtail, against torch's gradients and optimiser, and against simplices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plugins.robustness.inducing_nc_longtail import actions, data, figures, model

SETTING = model.Setting(
    pull=0.03, apart=0.3, adjust=0.7, weight=0.4, steps=25, batch=40, hidden=12, features=5
)
SPLIT = data.clouds(60, 10, 0)


def simplex(count: int, size: int) -> np.ndarray:
    """`count` directions, evenly spread, turned at random in `size` dimensions."""
    turned = np.linalg.qr(np.random.default_rng(0).standard_normal((size, size)))[0]
    return (np.eye(count, size) - np.eye(count, size).mean(0)) @ turned


def loss_in_torch(
    net: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor, setting: model.Setting, counts: torch.Tensor
) -> torch.Tensor:
    """The loss from its formulas, class by class and pair by pair."""
    W, b, U, a, V, c, means = net
    h = F.relu(x @ W + b) @ U + a
    logits = h @ V + c + setting.adjust * torch.log(counts / counts.sum())
    loss = F.cross_entropy(logits, y, weight=counts**-setting.weight)
    for k in y.unique():
        own = h[y == k]
        loss = loss + setting.pull / len(means) * (own - means[k]).square().sum(1).mean()
    middle, angles = means.mean(0), []
    for k, mean in enumerate(means):
        others = [F.cosine_similarity(mean - middle, m - middle, 0) for j, m in enumerate(means) if j != k]
        angles.append(torch.acos(torch.stack(others).clamp(-model.EDGE, model.EDGE)).min())
    return loss - setting.apart * torch.stack(angles).mean()


def in_double(net: model.Network) -> list[torch.Tensor]:
    return [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in net]


def test_slopes_are_those_of_autograd() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((40, 10)), rng.integers(0, 6, 40)
    counts = np.array([50, 30, 20, 9, 4, 2.0])
    net = model.begin(10, 6, SETTING, rng)
    net = model.Network(*(part.astype(np.float64) for part in net))
    ours = model.slopes(net, x, y, SETTING, counts)
    theirs = in_double(net)
    loss_in_torch(theirs, torch.tensor(x), torch.tensor(y), SETTING, torch.tensor(counts)).backward()
    for own, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(own, other.grad.numpy(), atol=1e-9)


def test_training_is_that_of_torchs_optimisers() -> None:
    x, y = SPLIT.train
    counts = torch.tensor(np.bincount(y), dtype=torch.float64)
    start = model.begin(10, 3, SETTING, np.random.default_rng(5))
    net = in_double(start)
    fast = torch.optim.SGD(net[:-1], 0.1, momentum=0.9, weight_decay=SETTING.decay)
    slow = torch.optim.SGD(net[-1:], SETTING.means_rate)
    rng = np.random.default_rng(3)
    ladder = np.linspace(0, 1, len(y) + 1)[1:]
    for step in range(SETTING.steps):
        chosen = np.searchsorted(ladder, rng.random(SETTING.batch))
        warm = min(1.0, 20 * (step + 1) / SETTING.steps)
        fast.param_groups[0]["lr"] = 0.1 * warm * 0.5 * (1 + np.cos(np.pi * step / SETTING.steps))
        fast.zero_grad()
        slow.zero_grad()
        batch = torch.tensor(x[chosen], dtype=torch.float64), torch.tensor(y[chosen])
        loss_in_torch(net, *batch, SETTING, counts).backward()
        net[-1].grad /= SETTING.pull
        torch.nn.utils.clip_grad_norm_(net[:-1], model.LONGEST)
        fast.step()
        slow.step()
    (last,) = model.train(x, y, SETTING, 3, start=start)
    for own, other in zip(last.network, net, strict=True):
        np.testing.assert_allclose(own, other.detach().numpy(), atol=2e-4)


@pytest.mark.parametrize(("count", "size"), [(3, 2), (10, 32)])
def test_a_simplex_is_where_means_are_farthest_apart(count: int, size: int) -> None:
    ideal = simplex(count, max(count, size))
    least = -np.arccos(-1 / (count - 1))
    assert model.apart(ideal)[0] == pytest.approx(least, abs=1e-9)
    assert model.off_simplex(ideal) == pytest.approx(0, abs=1e-12)
    rng = np.random.default_rng(2)
    assert all(model.apart(rng.standard_normal((count, size)))[0] > least for _ in range(50))
    means = rng.standard_normal((count, size))
    for step in range(6000):
        means = means - 0.5 / (1 + step / 50) * model.apart(means)[1]
    assert model.off_simplex(means - means.mean(0)) < 0.05


def test_the_pull_counts_each_class_alike_and_is_nothing_at_the_means() -> None:
    means = np.array([[0.0, 0], [5, 5]])
    h, y = np.array([[1.0, 0]] * 9 + [[5, 3]]), np.array([0] * 9 + [1])
    value, by_h, _ = model.pull(h, y, means)
    assert value == pytest.approx((1 + 4) / 2)
    assert by_h[9, 1] / by_h[0, 0] == pytest.approx(-18)
    assert model.pull(means[y], y, means)[0] == 0


def test_turning_means_apart_without_the_pull_is_cross_entropy_itself() -> None:
    plain = model.Setting(steps=30, hidden=12, features=5)
    both = [model.trained(*SPLIT.train, setting, 0) for setting in (plain, replace(plain, apart=1.0))]
    for one, other in zip(both[0][:-1], both[1][:-1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_measures_of_collapse() -> None:
    y = np.repeat(np.arange(3), 5)
    ideal = simplex(3, 4)
    assert model.scatter(ideal[y], y) == pytest.approx(0, abs=1e-12)
    noisy = ideal[y] + 0.3 * np.random.default_rng(0).standard_normal((15, 4))
    assert model.scatter(noisy, y) > 0.05
    np.testing.assert_allclose(model.centred(ideal[y], y), ideal, atol=1e-12)
    assert model.recalls(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 2])).tolist() == [1, 0, 0.5]


def test_spokes_are_the_nearest_simplex() -> None:
    tips = np.array([[0.0, 2], [-1.8, -1], [1.7, -1.1]])
    for given in (tips, tips[::-1]):
        nearest = figures.spokes(given)
        np.testing.assert_allclose(nearest @ nearest.T, 1.5 * np.eye(3) - 0.5, atol=1e-12)
        assert ((nearest * given).sum(1) > 1.5).all()


def test_tails_fall_by_equal_factors_and_new_inputs_are_balanced() -> None:
    assert data.sizes(300, 100, 10).tolist() == [300, 180, 108, 65, 39, 23, 14, 8, 5, 3]
    split = data.tail(*data.sheet(), 100, 100, 4)
    assert np.bincount(split.train[1]).tolist() == data.sizes(100, 100, 10).tolist()
    assert np.bincount(split.test[1]).tolist() == [100] * 10
    assert sorted(split.names) == sorted(data.NAMES)
    assert [int(part.sum()) for part in actions.thirds(10)] == [3, 4, 3]
