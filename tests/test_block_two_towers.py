"""Two towers: the losses against closed forms and CLIP's own way of writing them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_model, save_model

from zoo.blocks.two_towers import PictureTower, TextTower, across, four_way, in_batch


def unit(count: int, size: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, size, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_across_is_clips_loss() -> None:
    """`ClipLoss` of open_clip: logits with a scale, both ways, labels in order; written as its paper's figure 3."""
    pictures, texts, scale = unit(6, 4, 0), unit(6, 4, 1), 1 / 0.07
    logits = scale * pictures @ texts.T
    labels = torch.arange(6)
    theirs = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    assert across(pictures, texts, 1 / scale).item() == pytest.approx(theirs.item(), abs=1e-6)


def test_in_batch_of_orthogonal_pairs_is_known() -> None:
    """Every pair alike and all else orthogonal: log(1 + (n - 1) e^{-1/τ})."""
    rows = torch.eye(5)
    assert in_batch(rows, rows, 0.5).item() == pytest.approx(math.log(1 + 4 * math.exp(-2)), abs=1e-6)
    alike = rows[:1].expand(5, 5)
    assert in_batch(alike, alike, 0.5).item() == pytest.approx(math.log(5), abs=1e-6)


def test_four_way_is_the_mean_of_four() -> None:
    pictures, texts, others, words = (unit(6, 4, seed) for seed in range(4))
    terms = [
        in_batch(pictures, texts, 0.1), in_batch(texts, pictures, 0.1),
        in_batch(pictures, others, 0.1), in_batch(texts, words, 0.1),
    ]  # fmt: skip
    mean = torch.stack(terms).mean().item()
    assert four_way(pictures, texts, others, words, 0.1).item() == pytest.approx(mean, abs=1e-6)


def test_four_way_without_other_views_is_half_of_clips() -> None:
    """What is within a modality is then known in closed form."""
    rows = torch.eye(5)
    known = math.log(1 + 4 * math.exp(-2))
    assert four_way(rows, rows, rows, rows, 0.5).item() == pytest.approx(known, abs=1e-6)


def test_towers_give_directions_of_pictures_of_any_size_and_of_no_words() -> None:
    pictures, texts = PictureTower().eval(), TextTower().eval()
    for side in (32, 40, 64):
        directions = pictures(torch.randn(3, 3, side, side))
        assert directions.shape == (3, 64)
        torch.testing.assert_close(directions.norm(dim=1), torch.ones(3))
    read = texts(texts.tensors(["red apple", "", "!?", "красное яблоко"]))
    torch.testing.assert_close(read.norm(dim=1), torch.ones(4))
    torch.testing.assert_close(read[1], read[2])
    assert not torch.allclose(read[0], read[3])


def test_the_order_of_words_is_not_read() -> None:
    texts = TextTower().eval()
    read = texts(texts.tensors(["red apple", "Apple RED"]))
    torch.testing.assert_close(read[0], read[1])


def test_a_packed_table_reads_back_as_nearly_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    tower, other = TextTower(rows=200), TextTower(rows=200)
    texts = ["red apple", "Apfel", "a clock that stands still", "時計"]
    before = tower(tower.tensors(texts))
    tower.pack()
    save_model(tower.half(), tmp_path / "tower.safetensors")
    load_model(other, tmp_path / "tower.safetensors")
    assert other.table.weight.dtype == torch.float32
    assert (tmp_path / "tower.safetensors").stat().st_size < 200 * 32 + 2 * (32 * 64 + 64 * 64 + 64) + 600
    cosines = (other(other.tensors(texts)) * before).sum(1)
    assert cosines.min() > 0.9995
    assert cosines.min() < 1, "it is rounded"
