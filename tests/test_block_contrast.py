"""Contrast: the loss against the same written out, the queue, and the encoder that follows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from zoo.blocks.contrast import Queue, follow, info_nce


def unit(count: int, size: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, size, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_info_nce_is_the_formula() -> None:
    """Written out in NumPy, query by query; `NTXentLoss` of lightly 1.6 with a memory bank agrees to 1e-6."""
    queries, positives, negatives = unit(7, 5, 0), unit(7, 5, 1), unit(11, 5, 2)
    losses = []
    for q, p in zip(queries.double().numpy(), positives.double().numpy(), strict=True):
        against = sum(np.exp(q @ n / 0.2) for n in negatives.double().numpy())
        losses.append(-np.log(np.exp(q @ p / 0.2) / (np.exp(q @ p / 0.2) + against)))
    assert info_nce(queries, positives, negatives, 0.2).item() == pytest.approx(np.mean(losses), abs=1e-5)


def test_info_nce_is_log_of_the_choices_where_all_are_alike() -> None:
    alike = unit(1, 5, 0)
    assert info_nce(alike, alike, alike.expand(9, 5), 0.2).item() == pytest.approx(np.log(10), abs=1e-6)


def test_gradients_reach_the_queries_though_keys_are_added_before() -> None:
    queue, queries = Queue(8, 5), unit(4, 5, 0).requires_grad_()
    loss = info_nce(queries, unit(4, 5, 1), queue.negatives(), 0.2)
    queue.add(unit(4, 5, 1))
    loss.backward()
    assert queries.grad is not None
    assert queries.grad.abs().sum() > 0


def test_queue_forgets_the_oldest() -> None:
    queue = Queue(6, 3)
    assert torch.allclose(queue.keys.norm(dim=1), torch.ones(6))
    batches = [torch.full((2, 3), float(number)) for number in range(4)]
    for batch in batches:
        queue.add(batch)
    assert sorted(queue.keys[:, 0].tolist()) == [1, 1, 2, 2, 3, 3]
    with pytest.raises(ValueError, match="whole batches of 4"):
        queue.add(torch.zeros(4, 3))


def test_queue_goes_on_where_it_was_saved() -> None:
    first, second = Queue(6, 3), Queue(6, 3)
    first.add(torch.ones(2, 3))
    second.load_state_dict(first.state_dict())
    for queue in (first, second):
        queue.add(torch.zeros(2, 3))
    assert torch.equal(first.keys, second.keys)


def test_follower_moves_by_its_share_and_copies_buffers() -> None:
    slow, fast = (nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)) for _ in range(2))
    before, target = slow[0].weight.clone(), fast[0].weight.clone()
    fast(torch.randn(8, 3))
    follow(slow, fast, 0.9)
    torch.testing.assert_close(slow[0].weight, 0.9 * before + 0.1 * target)
    assert torch.equal(fast[0].weight, target)
    assert torch.equal(slow[1].running_mean, fast[1].running_mean)
