"""The mathematics of dselect-k: the authors' gate, and whole trainings written a second time in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from plugins.efficiency.dselect_k import data, gates, model
from zoo.errors import InputError
from zoo.types import Table

AUTHORS: dict[tuple[int, int, float], dict[str, Any]] = {
    (8, 2, 1.0): {
        "gate": [0.222569278, 0.11219335, 0.008674264, 0.004372547, 0.038022162, 0.030802531, 0.24286487, 0.340500998],
        "z": [0.0, 9.138340631, 9.597388071, 15.583014619, 5.07483691, 5.844840192],
        "w": [14.22352487, -14.22352487],
    },
    (6, 3, 0.5): {
        "gate": [0.193898771, 0.098079566, 0.012219843, 0.016978297, 0.033981278, 0.029302704],
        "z": [
            0, 543.363773606, 0.134034948, 4.118107018, 1.037885183, 1.627334045, 72.785745264, 32.84033718, 0.09316774,
        ],
        "w": [-0.499944256, 0.536582833, -0.036638577],
    },
}  # fmt: skip
"""What google-research's dselect_k_moe gives for n, k and γ and the parameters below, entropy's weight 0.01.

Computed once with TensorFlow 2.21 in float64; gradients are those of (Σ gate · (1 … n))² plus the gate's own terms.
"""


@pytest.mark.parametrize("case", AUTHORS)
def test_gate_and_gradients_are_those_of_the_authors(case: tuple[int, int, float]) -> None:
    (n, k, gamma), expected = case, AUTHORS[case]
    gate = gates.DSelect(n, k, gamma, 0.01)
    z = gamma * 0.4 * np.sin(1 + np.arange(k * gate.bits)).reshape(1, 1, k, gate.bits)
    z[0, 0, 0, 0] = gamma  # beyond the end of the dimmer
    params = {"z": z, "w": np.cos(np.arange(k)).reshape(1, 1, k)}
    weights, kept = gate.forward(params)
    np.testing.assert_allclose(weights[0, 0], expected["gate"], atol=1e-8)
    number = np.arange(1, n + 1.0)
    grads = gate.backward(2 * (weights @ number)[..., None] * number, kept)
    for name in ("z", "w"):
        np.testing.assert_allclose(grads[name].ravel(), expected[name], rtol=1e-6, atol=1e-7)


def chosen(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Softmax over the k largest."""
    top = logits.topk(k, dim=-1)
    return torch.zeros_like(logits).scatter(-1, top.indices, torch.softmax(top.values, dim=-1))


def by_torch(
    kind: str, gate: Any, p: dict[str, torch.Tensor], eps: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gate `(tasks, n)` of one run and its own terms, a mean over tasks."""
    n, k = gate.n, gate.k
    if kind == "softmax":
        return torch.softmax(p["l"], dim=-1), torch.zeros(())
    if kind == "top-k":
        sigma = torch.nn.functional.softplus(p["s"])
        noisy = p["l"] + eps * sigma
        weights = chosen(noisy, k)
        chance = []
        for expert in range(n):  # passing the k-th of the others, one expert after the other
            others = torch.cat([noisy[:, :expert], noisy[:, expert + 1 :]], dim=1)
            bar = others.topk(k, dim=-1).values[:, -1]
            chance.append(torch.special.ndtr((p["l"][:, expert] - bar) / sigma[:, expert]))
        terms = [
            total.var(correction=0) / total.mean() ** 2
            for total in (weights.sum(0), torch.stack(chance).sum(1))
        ]
        return weights, float(gate.load.ravel()[0]) * sum(terms)
    gamma, lam = float(gate.gamma.ravel()[0]), float(gate.entropy.ravel()[0])
    t = p["z"]
    S = -2 * t**3 / gamma**3 + 1.5 * t / gamma + 0.5
    S = torch.where(t <= -gamma / 2, torch.zeros_like(t), torch.where(t >= gamma / 2, torch.ones_like(t), S))
    codes = [np.binary_repr(expert, gate.bits) for expert in range(n)]
    r = torch.stack([
        torch.stack([S[..., at] if bit == "1" else 1 - S[..., at] for at, bit in enumerate(code)]).prod(dim=0)
        for code in codes
    ], dim=-1)  # fmt: skip
    terms = -lam * (r * torch.log(r + 1e-6)).sum(dim=(-2, -1))
    if n < 2**gate.bits:
        terms = terms + (1 / r.sum(dim=-1)).sum(dim=-1)
    return (torch.softmax(p["w"], dim=-1)[..., None] * r).sum(dim=-2), terms.mean()


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize(("kind", "n"), [("bits", 8), ("bits", 6), ("top-k", 6), ("softmax", 5)])
def test_a_training_is_that_of_pytorch(kind: str, n: int, given: bool) -> None:
    gate: Any = {
        "bits": gates.DSelect(n, 2, 0.8, 0.02),
        "top-k": gates.TopK(n, 2, 0.4, 0.05),
        "softmax": gates.Pruned(n, 2, 1000),
    }[kind]
    world = model.draw(model.Setting(tasks=5, experts=n, given=given, rows=300), 3)
    (end,) = model.train([world], [4], gate, 0.02, 12, [12])

    rng = np.random.default_rng([4, 1])
    start = {name: value[0] for name, value in gate.start([rng], 5).items()}
    own = list(start)
    start |= {} if given else model.fresh(rng, 10, n)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    adam = torch.optim.Adam(p.values(), 0.02)
    X, Y = (torch.tensor(side) for side in world.parts[0])
    for _ in range(12):
        rows = rng.integers(300, size=model.BATCH)
        eps = torch.tensor(rng.standard_normal((5, n))) if kind == "top-k" else torch.zeros(())
        said = X[rows]
        if not given:
            hidden = torch.relu(said @ p["W"] + p["b"]).reshape(-1, n, model.WIDTH)
            said = torch.einsum("bnh,nh->bn", hidden, p["v"]) + p["c"]
        weights, terms = by_torch(kind, gate, p, eps)
        adam.zero_grad()
        (((said @ weights.T - Y[rows]) ** 2).mean() + terms).backward()
        adam.step()
    for name in own:
        np.testing.assert_allclose(end.params[name][0], p[name].detach(), atol=1e-9)


def test_invariants_of_the_gate() -> None:
    gate = gates.DSelect(8, 2, 1.0, 0.0)
    rng = np.random.default_rng(0)
    weights, _ = gate.forward({"z": rng.normal(size=(3, 4, 2, 3)), "w": rng.normal(size=(3, 4, 2))})
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    level, _ = gate.forward({"z": np.zeros((1, 1, 2, 3)), "w": np.zeros((1, 1, 2))})
    np.testing.assert_allclose(level, 1 / 8)
    ends, _ = gate.forward({"z": np.array([[[[1.0, -1, 1], [-1.0, 1, 1]]]]), "w": np.zeros((1, 1, 2))})
    np.testing.assert_array_equal(ends[0, 0], [0, 0, 0, 0.5, 0, 0.5, 0, 0])


def test_the_smooth_step_has_one_slope_at_its_joints_and_none_beyond() -> None:
    joints = np.array([-0.35, 0.35])
    for h in (1e-4, -1e-4):
        slopes = (gates.smooth_step(joints + h, 0.7) - gates.smooth_step(joints, 0.7)) / h
        np.testing.assert_allclose(slopes, 0, atol=1e-3)
    inside = np.linspace(-0.3, 0.3, 7)
    slopes = (gates.smooth_step(inside + 1e-6, 0.7) - gates.smooth_step(inside - 1e-6, 0.7)) / 2e-6
    np.testing.assert_allclose(gates.smooth_slope(inside, 0.7), slopes, rtol=1e-7)
    assert not gates.smooth_slope(np.array([-0.35, 0.35, 2.0]), 0.7).any()


def test_runs_side_by_side_do_not_see_each_other() -> None:
    world = model.draw(model.Setting(tasks=4), 1)
    many = gates.Pruned(8, 2, np.array([10, 30]))
    (both,) = model.train([world] * 2, [1, 1], many, np.array([0.01, 0.03]), 60, [60])
    (alone,) = model.train([world], [1], gates.Pruned(8, 2, 30), 0.03, 60, [60])
    np.testing.assert_allclose(both.gate[1], alone.gate[0], atol=1e-12)
    assert (both.gate > 0).sum(axis=-1).max() == 2


def test_who_is_right_and_alike() -> None:
    truth = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]])
    gate = np.array([[0.9, 0, 0.1], [0, 0.5, 0.5]])
    assert model.right(gate, truth) == 0.75
    assert model.alike(gate, np.array([0, 0])) == pytest.approx(1 / 3)


def test_tables_become_tasks() -> None:
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(5, 3, 120).round(3) for name in "abcd"}
    world, names = data.of_table(Table.of(columns), ["d", "b"], 0)
    assert names == ["d", "b"]
    assert [part[0].shape for part in world.parts] == [(60, 2), (30, 2), (30, 2)]
    np.testing.assert_allclose(world.parts[0][1].std(axis=0), 1)
    for targets, what in ((["a"], "two targets"), (list("abcd"), "two targets"), (["a", "zz"], "no numbers")):
        with pytest.raises(InputError, match=what):
            data.of_table(Table.of(columns), targets, 0)


def test_hard_bits_pay_a_penalty_whose_slope_is_that_of_soft_ones():
    """A hard selector at a code of nobody has no weight at experts, and the slope would be endless."""
    hard, soft = (gates.DSelect(6, 2, 1.0, 0.0, hard=hard) for hard in (True, False))
    params = hard.start([np.random.default_rng(seed) for seed in range(4)], tasks=16)
    slopes = [gate.backward(np.zeros((4, 16, 6)), gate.forward(params)[1])["z"] for gate in (hard, soft)]
    assert np.abs(slopes[0]).max() < 10 * np.abs(slopes[1]).max() < 1e3
