"""Adam in NumPy, beside that of PyTorch."""

from __future__ import annotations

import numpy as np
import torch

from zoo.blocks.adam import Adam


def test_steps_are_those_of_pytorch_for_every_run_with_its_rate() -> None:
    rng, rates = np.random.default_rng(0), np.array([0.1, 0.003])
    start = {"W": rng.standard_normal((2, 3, 4)), "b": rng.standard_normal((2, 5))}
    target = {name: rng.standard_normal(value.shape) for name, value in start.items()}
    ours = {name: value.copy() for name, value in start.items()}
    adam = Adam(ours, rates)
    for _ in range(30):
        adam.step({name: 2 * (value - target[name]) for name, value in ours.items()})
    for run, rate in enumerate(rates):
        theirs = [torch.tensor(value[run], requires_grad=True) for value in start.values()]
        steps = torch.optim.Adam(theirs, float(rate))
        for _ in range(30):
            steps.zero_grad()
            aims = [torch.tensor(value[run]) for value in target.values()]
            sum((own - aim).square().sum() for own, aim in zip(theirs, aims, strict=True)).backward()
            steps.step()
        for name, own in zip(start, theirs, strict=True):
            np.testing.assert_allclose(ours[name][run], own.detach(), atol=1e-12)


def test_one_rate_serves_all() -> None:
    params = {"w": np.array([1.0, -2.0])}
    Adam(params, 0.01).step({"w": np.array([5.0, -0.1])})
    np.testing.assert_allclose(params["w"], [0.99, -1.99], atol=1e-6)
