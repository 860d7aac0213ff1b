"""Adam in the eigenbasis of second moments."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from zoo.blocks.soap import Soap


def regression(optimizer: type[torch.optim.Optimizer], lr: float, steps: int = 200) -> float:
    """What a linear map still misses of another one after batches of inputs whose axes are turned and unequal."""
    torch.manual_seed(0)
    turn, scale = torch.linalg.qr(torch.randn(16, 16))[0], torch.logspace(0, -2, 16)
    weight, target = nn.Parameter(torch.zeros(16, 16)), torch.randn(16, 16) / scale @ turn
    descent = optimizer([weight], lr=lr)
    for step in range(steps):
        descent.param_groups[0]["lr"] = lr * (1 - step / steps)
        inputs = (torch.randn(32, 16) * scale) @ turn
        descent.zero_grad()
        (inputs @ (weight - target).T).square().mean().backward()
        descent.step()
    return float((((weight - target) @ turn.T) * scale).square().mean().detach())


def test_turned_axes_do_not_slow_it_down() -> None:
    rates = (0.03, 0.1, 0.3, 1.0, 3.0)
    best = min(regression(torch.optim.Adam, lr) for lr in rates)
    assert min(regression(Soap, lr) for lr in rates) < best / 2


def test_vectors_step_as_with_adam() -> None:
    ours, theirs = (nn.Parameter(torch.tensor([1.0, -2.0, 3.0])) for _ in range(2))
    pairs = [(ours, Soap([ours], lr=0.1)), (theirs, torch.optim.Adam([theirs], lr=0.1, betas=(0.95, 0.95)))]
    for _ in range(20):
        for vector, descent in pairs:
            descent.zero_grad()
            (vector**4).sum().backward()
            descent.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 4), (5, 1), (3, 2, 2)])
def test_what_is_interrupted_goes_on_as_it_would_have(shape: tuple[int, ...]) -> None:
    def run(pause: bool) -> torch.Tensor:
        torch.manual_seed(1)
        weight, target = nn.Parameter(torch.randn(shape)), torch.randn(shape)
        descent = Soap([weight], lr=0.05)
        for step in range(12):
            if pause and step == 6:
                state = descent.state_dict()
                descent = Soap([weight], lr=0.05)
                descent.load_state_dict(state)
            descent.zero_grad()
            (weight - target).square().sum().backward()
            descent.step()
        return weight.detach()

    assert torch.equal(run(pause=False), run(pause=True))


def test_long_sides_are_not_turned() -> None:
    weight = nn.Parameter(torch.randn(9, 4))
    descent = Soap([weight], lr=0.05, largest=8)
    weight.square().sum().backward()
    descent.step()
    assert {name for name in descent.state[weight] if name.startswith("basis")} == {"basis1"}
