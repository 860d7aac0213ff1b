"""The mathematics of topological autoencoders: scipy's single linkage, a plain PyTorch network, and slopes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import cdist, pdist
from torch import nn

from plugins.reduction.topoae import data, model

RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((40, 6))
PLACES = RNG.standard_normal((3, 40, 2))
APART = cdist(ROWS, ROWS) / cdist(ROWS, ROWS).max()


def losses(
    places: np.ndarray, scales: np.ndarray, largest: bool = False, rows: np.ndarray = ROWS
) -> np.ndarray:
    given, flags = torch.from_numpy(places.transpose(0, 2, 1)), torch.full((len(places),), largest)
    apart = cdist(rows, rows) / cdist(rows, rows).max()
    return torch.stack(model.mismatch(apart, given, torch.from_numpy(scales), flags)).numpy()


@pytest.mark.parametrize("count", [2, 5, 40])
def test_bars_are_the_heights_of_single_linkage(count: int) -> None:
    rows = ROWS[:count]
    heights = linkage(pdist(rows), "single")[:, 2]  # the deaths of 0-dimensional persistence
    np.testing.assert_allclose(model.deaths(cdist(rows, rows)), np.sort(heights), atol=1e-12)


def test_trees_of_several_tables_at_once_are_those_of_each() -> None:
    tables = np.stack([cdist(each, each) for each in PLACES])
    for table, edges in zip(tables, model.trees(tables), strict=True):
        np.testing.assert_array_equal(model.trees(table[None])[0], edges)
        assert (edges[:, 0] < edges[:, 1]).all()
        heights = linkage(table[np.triu_indices(40, 1)], "single")[:, 2]
        np.testing.assert_allclose(np.sort(table[edges[:, 0], edges[:, 1]]), np.sort(heights), atol=1e-12)


def test_rows_that_occur_twice_have_edges_too() -> None:
    rows = np.repeat(ROWS[:4], 3, axis=0)
    assert model.trees(cdist(rows, rows)[None]).shape == (1, 11, 2)
    assert (model.deaths(cdist(rows, rows)) == 0).sum() == 8


def test_losses_are_those_of_the_formula() -> None:
    scales = np.array([1.0, 0.5, 3.0])
    for number, made in enumerate(losses(PLACES, scales).T):
        apart = cdist(PLACES[number], PLACES[number]) / scales[number]
        gaps = np.square(APART - apart)
        wanted = [gaps[tuple(model.trees(table[None])[0].T)].sum() for table in (APART, apart)]
        np.testing.assert_allclose(made, wanted, rtol=1e-12)


def test_losses_over_the_batch_maximum_are_those_of_torch_topological() -> None:
    """What `SignatureLoss(p=2)` of 0.1.9 gave for these points: half the sum of two norms, not of their squares."""
    rng, wanted = np.random.default_rng(0), (1.7824723701922514, 1.9380078367740698, 2.0747388881205935)
    for value in wanted:
        rows, places = rng.standard_normal((40, 6)), rng.standard_normal((1, 40, 2))
        sums = losses(places, np.ones(1), largest=True, rows=rows)
        assert 0.5 * np.sqrt(sums).sum() == pytest.approx(value, rel=1e-12)


def test_a_map_that_is_the_data_loses_nothing() -> None:
    largest = float(cdist(ROWS, ROWS).max())
    given = torch.from_numpy(ROWS.T[None].copy())
    for loss in model.mismatch(APART, given, torch.tensor([largest], dtype=torch.float64)):
        assert float(loss) == pytest.approx(0, abs=1e-20)


def test_pairs_in_place_of_trees_count_as_much_as_their_edges() -> None:
    rows = torch.from_numpy(ROWS).float()
    banks = [model.Bank([1.0], [kind], 6) for kind in ("all", "both")]
    total, plain = (float(bank.loss(rows).detach()) for bank in (banks[0], model.Bank([0.0], ["both"], 6)))
    places = banks[1].encoder(rows.T[None])[0].T.detach().double().numpy()
    upper = np.triu_indices(40, 1)
    wanted = np.square(APART - cdist(places, places))[upper].mean() * 2 * 39 / 40
    assert total - plain == pytest.approx(wanted, rel=1e-4)
    mixed = model.Bank([1.0, 1.0], ["largest", "all"], 6)
    mixed.scales.data[0] = 0  # which the first does not use, so that it decays
    assert mixed.loss(rows).isfinite()
    chosen = model.pairs(40, 78, (0, 1))[0]
    assert len({tuple(pair) for pair in chosen.tolist()}) == 78
    assert (chosen[:, 0] < chosen[:, 1]).all()
    assert (chosen != model.pairs(40, 78, (0, 2))[0]).any()


@pytest.mark.parametrize("largest", [True, False])
def test_slopes_are_those_of_differences_while_trees_stay(largest: bool) -> None:
    places = PLACES[:1].copy()
    given = torch.from_numpy(places.transpose(0, 2, 1).copy()).requires_grad_()
    torch.stack(model.mismatch(APART, given, torch.ones(1), torch.tensor([largest]))).sum().backward()
    for row, axis in ((0, 0), (7, 1), (39, 0)):
        ends = []
        for sign in (1, -1):
            moved = places.copy()
            moved[0, row, axis] += sign * 1e-6
            ends.append(losses(moved, np.ones(1), largest).sum())
        slope = float(given.grad[0, axis, row])  # type: ignore[index]
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-6)


def test_a_bank_trains_each_network_as_if_it_were_alone() -> None:
    kinds = ["both", "both", "data", "largest", "all", "random"]
    weights = [0.0, 1.0, 2.0, 1.0, 1.0, 1.0]
    settings = {"steps": 10, "batch": 16, "rate": 1e-3}
    together = model.fitted(model.Bank(weights, kinds, 6), ROWS, **settings).places(ROWS)
    for weight, kind, places in zip(weights, kinds, together, strict=True):
        alone = model.fitted(model.Bank([weight], [kind], 6), ROWS, **settings).places(ROWS)[0]
        np.testing.assert_allclose(alone, places, atol=1e-4)


def test_an_encoder_is_the_plain_network_of_pytorch() -> None:
    bank, steps = model.Bank([1.0], ["both"], 6), []
    for number, (weight, bias) in enumerate(zip(bank.encoder.weights, bank.encoder.biases, strict=True)):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.weight.data, linear.bias.data = weight[0].data, bias[0, :, 0].data
        steps += [linear] if number == 2 else [linear, nn.BatchNorm1d(model.WIDTH), nn.ReLU()]
    plain, rows = nn.Sequential(*steps).train(), torch.from_numpy(ROWS).float()
    for _ in range(5):  # running means and variances too
        made, wanted = bank.encoder(rows.T[None])[0].T, plain(rows)
        np.testing.assert_allclose(made.detach(), wanted.detach(), atol=1e-5)
    np.testing.assert_allclose(bank.places(ROWS)[0], plain.eval()(rows).detach(), atol=1e-5)


def test_divergence_knows_neither_size_nor_turn_and_is_none_of_the_same() -> None:
    turn = np.linalg.qr(RNG.standard_normal((6, 6)))[0]
    assert model.divergence(ROWS, 3 * ROWS @ turn + 1) == pytest.approx(0, abs=1e-12)
    assert model.divergence(ROWS, PLACES[0], 0.1) > 0


def test_spheres_are_the_papers() -> None:
    spheres = data.spheres(3, points=40)
    assert spheres.known.shape == (720, 101)
    assert len(spheres.new) == len(spheres.of) == 80
    np.testing.assert_allclose(spheres.known.std(axis=0), 1)


def test_a_ring_around_the_others_encloses_them() -> None:
    angles, large = np.linspace(0, 2 * np.pi, 41)[:-1], np.arange(50) < 40
    ring = 3 * np.column_stack([np.cos(angles), np.sin(angles)])
    assert model.enclosed(np.concatenate([ring, PLACES[0, :10]]), large) == 1
    assert model.enclosed(np.concatenate([ring, PLACES[0, :10] + 9]), large) == 0
