"""The mathematics of DEMI: its bounds written out, Gaussians in closed form, and what trains."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import zoo
from plugins.selfsupervised.demi import actions, bounds, contest, encoders, gaussian, train
from plugins.selfsupervised.demi.gaussian import Draw, Problem, Recipe
from zoo.blocks.contrast import info_nce
from zoo.errors import InputError
from zoo.evidence.tasks import information as task
from zoo.types import Image, Spot


def scores(seed: int, rows: int = 4, others: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(rows, generator=rng), 2 * torch.randn(rows, others, generator=rng)


def test_bounds_are_the_papers_row_by_row() -> None:
    """Loops from the equations; `compute_cmi` of public code that cites proposition 3 has the same formula."""
    (psi, psi_others), (phi, phi_others), K = scores(0), scores(1), 7
    nce = bounds.contrast(psi, psi_others)
    weighed = bounds.importance(phi, phi_others, bounds.weights(psi_others))
    boosted = bounds.boosted(psi, psi_others, phi, phi_others)
    for row in range(4):
        e, ek = math.exp(phi[row]), np.exp(phi_others[row].double().numpy())
        p, pk = math.exp(psi[row]), np.exp(psi_others[row].double().numpy())
        w = pk / pk.sum()
        assert float(nce[row]) == pytest.approx(math.log(p / ((p + pk.sum()) / K)), abs=1e-5)
        assert float(weighed[row]) == pytest.approx(
            math.log(e / ((e + (K - 1) * (w * ek).sum()) / K)), abs=1e-5
        )
        assert float(boosted[row]) == pytest.approx(
            math.log(p * e / ((p * e + (pk * ek).sum()) / K)), abs=1e-5
        )


def test_contrast_is_info_nce_and_ends_at_log_k() -> None:
    q, k, negatives = (F.normalize(torch.randn(n, 5), dim=1) for n in (4, 4, 9))
    said = bounds.contrast((q * k).sum(1) / 0.2, q @ negatives.T / 0.2).mean()
    torch.testing.assert_close(math.log(10) - info_nce(q, k, negatives, 0.2), said)
    assert float(bounds.contrast(torch.tensor([90.0]), torch.zeros(1, 9))) == pytest.approx(math.log(10))


def test_without_a_second_critic_nothing_is_added_and_alike_weights_are_none() -> None:
    (_, lower), (phi, others) = scores(0), scores(1)
    zero = bounds.importance(torch.zeros(4), torch.zeros(4, 6), bounds.weights(lower))
    torch.testing.assert_close(zero, torch.zeros(4), atol=1e-6, rtol=0)
    flat = bounds.importance(phi, others, bounds.weights(torch.zeros(4, 6)))
    torch.testing.assert_close(flat, bounds.contrast(phi, others))


def test_no_gradient_bends_the_first_critic() -> None:
    first, rest = (torch.randn(4, 7, requires_grad=True) for _ in range(2))
    for bound in (
        bounds.importance(rest[:, 0], rest[:, 1:], bounds.weights(first[:, 1:])),
        bounds.boosted(first[:, 0], first[:, 1:], rest[:, 0], rest[:, 1:]),
    ):
        rest.grad = None
        bound.sum().backward()
        assert first.grad is None
        assert rest.grad.abs().sum() > 0


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.2, 0.3, 0.5), (1.0, 0.0)])
def test_information_is_that_of_the_covariance(shares: tuple[float, ...]) -> None:
    """Half the log of determinants, of 200,000 draws, for every subview."""
    problem = Problem(4.0, 3, shares)
    x, y = problem.draw(200_000, torch.Generator().manual_seed(0))
    for j in range(1, len(shares) + 1):
        said = task.from_covariance(problem.part(x, j).double().numpy(), y.double().numpy())
        assert said == pytest.approx(4 * sum(shares[:j]), abs=0.05)
        ratio = torch.cat(
            [problem.log_ratio(a, b, j).diagonal() for a, b in zip(x.split(50), y.split(50), strict=True)]
        )
        assert float(ratio.mean()) == pytest.approx(4 * sum(shares[:j]), abs=0.05)


def test_candidates_of_x_are_of_its_posterior() -> None:
    problem = Problem(3.0, 2)
    x, _ = problem.draw(3, torch.Generator().manual_seed(0))
    mean, precision = problem.posterior(x, 1)
    alike = problem.alike(x, 1, 40_000, torch.Generator().manual_seed(1))
    torch.testing.assert_close(alike.mean(1), mean, atol=0.02, rtol=0)
    assert float(alike.var(1).mean()) == pytest.approx(1 / precision, rel=0.03)


def test_the_quadratic_critic_can_be_the_log_ratio() -> None:
    """Set by hand for one look: precision 1 + λ, and x = (√λ y + ε) / √(1 + λ)."""
    problem, d = Problem(2.0, 3, (1.0,)), 3
    x, y = problem.draw(6, torch.Generator().manual_seed(0))
    gain = problem.precisions[1] - 1
    critic = gaussian.Critic(d, d, level=True)
    with torch.no_grad():
        critic.terms["linear"].copy_(math.sqrt(gain * (1 + gain)) * torch.eye(d))
        critic.terms["square"].fill_(-gain / 2)
        critic.terms["of_x"].copy_(-gain / 2 * torch.eye(d))
        critic.terms["level"].fill_(d / 2 * math.log(1 + gain))
    torch.testing.assert_close(critic(x, y), problem.log_ratio(x, y, 1), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(critic(x, y[None].expand(6, 6, d)), critic(x, y))


def test_training_finds_what_perfect_critics_say_and_is_the_same_twice() -> None:
    problem, recipe = Problem(6.0, 10), Recipe(32, 150, samples=0, tests=20)
    ends = []
    for _ in range(2):
        critics = gaussian.begin(problem, recipe)
        ends.append(list(gaussian.train(problem, recipe, critics, 3, frozenset({150})))[-1])
    assert ends[0] == ends[1]
    best = gaussian.perfect(problem, 32, 20)
    assert ends[0].others["InfoNCE"] == pytest.approx(best["InfoNCE"], abs=0.25)
    assert sum(ends[0].terms["exact"]) == pytest.approx(best["sum, exact"], abs=0.5)
    assert sum(ends[0].terms["exact"]) < 6


def test_the_cost_of_a_model_is_its_divergence() -> None:
    problem = Problem(3.0, 2)
    chain = gaussian.Decomposed(problem, "variational")
    x, _ = problem.draw(5, torch.Generator().manual_seed(0))
    mean, precision = problem.posterior(x, 1)
    nothing = chain._divergence(x, 1, mean, torch.full((2,), precision**-0.5))
    torch.testing.assert_close(nothing, torch.zeros(5), atol=1e-5, rtol=0)
    truth = torch.distributions.Normal(mean, precision**-0.5)
    model = torch.distributions.Normal(mean + 1, torch.tensor([0.5, 2.0]))
    said = chain._divergence(x, 1, mean + 1, torch.tensor([0.5, 2.0]))
    torch.testing.assert_close(said, torch.distributions.kl_divergence(truth, model).sum(1))


def test_strangers_are_the_next_in_the_batch() -> None:
    square = torch.arange(16.0).view(4, 4)
    true, others = gaussian.split(square, 3)
    assert true.tolist() == [0, 5, 10, 15]
    assert others[3].tolist() == [12, 13]


def test_a_quarter_is_cut_out_of_its_view_and_arms_begin_alike() -> None:
    views, rng = torch.randn(5, 3, encoders.SIDE, encoders.SIDE), np.random.default_rng(0)
    parts = encoders.cut_out(views, rng)
    windows = views.unfold(2, encoders.QUARTER, 1).unfold(3, encoders.QUARTER, 1)
    assert all(
        (windows[n] == part[:, None, None]).all(-1).all(-1).all(0).any() for n, part in enumerate(parts)
    )
    arms = train.Arms(("demi", "control"), 2).arms
    first, second = (list(arm.critic.parameters()) for arm in arms.values())
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    x, y = torch.randn(2, 8, 3, 32, 32)
    losses = [float(arm.loss(x, y, encoders.cut_out(x, np.random.default_rng(0)))) for arm in arms.values()]
    assert losses[0] != losses[1]


def test_neighbours_and_covariance_know_a_few_numbers() -> None:
    draw = task.Draw("normal", 1.0, 1, 0)
    assert task.nearest_neighbours(*task.sample(draw, 4000)) == pytest.approx(1.0, abs=0.08)
    assert task.from_covariance(*task.sample(draw, 4000)) == pytest.approx(1.0, abs=0.05)
    bent = task.sample(draw._replace(shape="bent"), 4000)
    assert task.nearest_neighbours(*bent) == pytest.approx(1.0, abs=0.1), "bending leaves it as it is"
    assert 0.5 < contest.decomposed(draw._replace(dimensions=4), 4000).made < 1.5


def test_bad_input_gets_its_sentence_and_dull_pictures_an_answer() -> None:
    method = zoo.load("demi")
    with pytest.raises(InputError, match="64 candidates cannot be drawn from 20 samples"):
        method.estimate(samples=20)
    with pytest.raises(InputError, match="outside the picture"):
        method.look(image=Image(np.zeros((32, 32, 3), np.uint8)), spot=Spot(40, 5))
    flat = Image(np.full((20, 60, 3), 90, np.uint8))
    for other in (None, flat):
        result = method.look(image=flat, spot=Spot(3, 3), other=other, candidates=2)
        assert "InfoNCE" in result.summary
        assert np.isfinite([row[1] for row in result.metrics.rows]).all()
    assert actions.gallery().shape == (256, 32, 32, 3)


def test_rows_without_candidates_of_their_own_are_enough() -> None:
    problem = Problem(5.0, 4)
    batch = problem.draw(64, torch.Generator().manual_seed(0))
    assert isinstance(batch, Draw)
    for kind in (*gaussian.KINDS, gaussian.UNCONDITIONAL):
        terms = gaussian.Decomposed(problem, kind).terms(batch, 16, torch.Generator().manual_seed(1))
        assert terms.shape == (2,)
