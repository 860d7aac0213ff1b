"""The mathematics of latent modality structures: every loss written out pair by pair, and its closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plugins.multimodal.latent_structures import claims, measuring, model, pairs, train, tuning
from plugins.multimodal.latent_structures.networks import ARMS, GAP_ARMS, Networks


def unit(count: int, size: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, size, generator=torch.Generator().manual_seed(seed)), dim=1)


def batch(count: int = 5, size: int = 7, own: bool = True) -> model.Pairs:
    first = model.Pairs(*(unit(count, size, seed) for seed in range(4)))
    if not own:
        return first
    return model.Pairs(
        first.pictures, first.texts, first.other_pictures, first.other_texts,
        model.Pairs(*(unit(count, size, seed) for seed in range(4, 8))),
    )  # fmt: skip


def arrays(values: model.Pairs) -> list[np.ndarray]:
    parts = values.pictures, values.texts, values.other_pictures, values.other_texts
    return [part.double().numpy() for part in parts]


def info_nce(queries: np.ndarray, keys: np.ndarray, temperature: float) -> float:
    losses = []
    for j, query in enumerate(queries):
        scores = [math.exp(query @ key / temperature) for key in keys]
        losses.append(-math.log(scores[j] / sum(scores)))
    return float(np.mean(losses))


def test_separation_written_out() -> None:
    """By loops in double precision: a second implementation, for the authors published none."""
    values = batch()
    pictures, texts, _, _ = arrays(values)
    own, said, other, otherwise = arrays(values.own)
    n = len(pictures)
    ortho = sum((pictures[j] @ own[j]) ** 2 + (texts[j] @ said[j]) ** 2 for j in range(n)) / n
    contrast = info_nce(own, other, 0.2) + info_nce(said, otherwise, 0.2)
    bell = sum(
        math.exp(-2 * np.sum((rows[j] - rows[k]) ** 2))
        for rows in (own, said)
        for j, k in itertools.product(range(n), repeat=2)
    )
    expected = ortho + contrast + math.log(bell / n)
    assert model.separation(values, 0.2).item() == pytest.approx(expected, abs=1e-5)


def test_geometry_written_out() -> None:
    """Sums over all pairs, divided by N and not by N²; the cyclic half as CyCLIP's code has it, without its scale."""
    values = batch(own=False)
    v, t, va, ta = arrays(values)
    n = len(v)
    both = list(itertools.product(range(n), repeat=2))
    cyclic = sum((v[j] @ t[k] - v[k] @ t[j]) ** 2 + (v[j] @ v[k] - t[j] @ t[k]) ** 2 for j, k in both)
    views = sum((v[j] @ v[k] - va[j] @ va[k]) ** 2 + (t[j] @ t[k] - ta[j] @ ta[k]) ** 2 for j, k in both)
    views += sum((v[j] @ t[j] - va[j] @ ta[j]) ** 2 for j in range(n))
    assert model.cyclic(values).item() == pytest.approx(cyclic / n, abs=1e-5)
    assert model.geometry(values).item() == pytest.approx(views / n, abs=1e-5)


def test_geometry_is_nothing_where_modalities_and_views_agree() -> None:
    rows = unit(6, 4, 0)
    same = model.Pairs(rows, rows, rows, rows)
    assert model.cyclic(same).item() == pytest.approx(0, abs=1e-10)
    assert model.geometry(same).item() == pytest.approx(0, abs=1e-10)
    turned = rows @ torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))[0]
    rotated = model.Pairs(turned, turned, rows, rows)
    assert model.geometry(rotated).item() == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("time", [0.25, 0.75])
def test_bridge_has_its_closed_form(time: float) -> None:
    """|zVᵃ - μ|² = 2 - 2 (t <zV, zVᵃ> + (1 - t) <zT, zVᵃ>) / √(t² + (1 - t)² + 2 t (1 - t) <zV, zT>)."""
    values = batch(own=False)
    v, t, va, _ = arrays(values)
    expected = []
    for j in range(len(v)):
        length = math.sqrt(time**2 + (1 - time) ** 2 + 2 * time * (1 - time) * (v[j] @ t[j]))
        expected.append(2 - 2 * (time * v[j] @ va[j] + (1 - time) * t[j] @ va[j]) / length)
    assert model.bridge(values, time).item() == pytest.approx(np.mean(expected), abs=1e-6)


def test_bridge_leans_to_the_text_at_a_quarter() -> None:
    picture, text = torch.tensor([[1.0, 0]]), torch.tensor([[0, 1.0]])
    assert model.bridge_mean(picture, text, 0.25).argmax() == 1
    torch.testing.assert_close(model.bridge_mean(picture, text, 1.0), picture)


def test_orthogonal_features_cost_nothing_and_antipodes_are_most_uniform() -> None:
    rows = torch.eye(4)
    assert model.orthogonality(rows[:2], rows[2:]).item() == 0
    assert model.orthogonality(rows, rows).item() == 1
    poles = torch.tensor([[1.0, 0], [-1.0, 0]])
    assert model.potential(poles).item() == pytest.approx(1 + math.exp(-8), abs=1e-6)
    assert model.potential(poles[:1].expand(2, 2)).item() == pytest.approx(2, abs=1e-6)


def test_alignment_is_least_where_pairs_coincide() -> None:
    rows = unit(3, 4, 0)
    assert model.alignment(model.Pairs(rows, rows, rows, rows)).item() == pytest.approx(1, abs=1e-5)
    opposite = model.alignment(model.Pairs(rows, -rows, rows, rows))
    assert opposite.item() == pytest.approx(100, rel=1e-4)


def test_every_weight_adds_its_term() -> None:
    values = batch()
    plain = model.loss(values, 0.2, {})
    terms = {
        "separation": model.separation(values, 0.2), "bridge": model.bridge(values), "cyclic": model.cyclic(values),
        "geometry": model.geometry(values), "alignment": model.alignment(values),
    }  # fmt: skip
    assert set(terms) == set(model.TERMS)
    for name, term in terms.items():
        together = model.loss(values, 0.2, {name: 0.5})
        assert together.item() == pytest.approx((plain + term / 2).item(), rel=1e-5)


def test_separation_needs_independent_features() -> None:
    with pytest.raises(ValueError, match="no independent features"):
        model.separation(batch(own=False), 0.2)


def test_arms_begin_alike_and_share_nothing() -> None:
    arms = train.Arms(train.SETTINGS, seed=3)
    first = arms.arm("plain").towers.state_dict()
    for name in ARMS:
        for key, value in arms.arm(name).towers.state_dict().items():
            assert torch.equal(value, first[key])
    owners = [id(parameter) for parameter in arms.parameters()]
    assert len(owners) == len(set(owners))


def test_a_batch_is_two_views_and_two_texts_of_each() -> None:
    emoji = pairs.part("known")
    from zoo.blocks.two_views import as_pictures

    drawn = [train.batch(emoji, as_pictures(emoji.images), np.random.default_rng(5)) for _ in range(2)]
    views, bags = drawn[0]
    assert views.shape == (2 * train.BATCH, 3, pairs.SIDE, pairs.SIDE)
    assert len(bags[1]) == 2 * train.BATCH
    assert torch.equal(views, drawn[1][0])


def test_parts_share_no_emoji_and_no_group() -> None:
    known, validation, new, other = (pairs.part(name) for name in ("known", "validation", "new", "other"))
    names = [set(part.names[:, 0]) for part in (known, validation, new, other)]
    assert not any(first & second for first, second in itertools.combinations(names, 2))
    assert not set(known.groups) & set(other.groups)
    assert len(pairs.all_emoji().images) == sum(map(len, names))


def test_zero_shot_is_balanced() -> None:
    """A class of ninety counts as much as a class of ten."""
    labels = np.repeat(["often", "rare"], [90, 10])
    right = labels == "often"
    assert claims.balanced(right, labels) == pytest.approx(0.5)
    assert right.mean() == pytest.approx(0.9)


def test_the_gap_is_the_distance_of_means() -> None:
    assert measuring.gap(np.array([[1.0, 0], [0, 1]]), np.array([[0.0, 0], [0, 0]])) == pytest.approx(
        math.sqrt(0.5)
    )


def test_every_setting_comes_from_the_grids() -> None:
    chosen = train.SETTINGS
    assert {chosen[arm].temperature for arm in ARMS if arm not in GAP_ARMS} == {tuning.TEMPERATURE}
    assert {chosen[arm].temperature for arm in GAP_ARMS} == {min(tuning.TEMPERATURES)}
    assert chosen["plain"].weights == {}
    assert chosen["aligned_half"].weights == {"alignment": 0.5}
    assert chosen["aligned"].weights == {"alignment": 1.0}
    for term in ("separation", "bridge", "geometry"):
        weight = chosen[term].weights[term]
        assert min(tuning.GRIDS[term]) < weight < max(tuning.GRIDS[term])
        assert chosen["together"].weights[term] == weight


def test_what_is_shipped_has_every_arm_of_every_training() -> None:
    networks = Networks()
    sizes = {
        name: p.numel() * (1 if name.endswith("table.weight") else 2)
        for name, p in networks.named_parameters()
    }
    assert sum(sizes.values()) < 5.5e6, "the size that the card gives reasons for"
    assert len({id(networks.towers(arm, training)) for arm in ARMS for training in range(3)}) == 3 * len(ARMS)
