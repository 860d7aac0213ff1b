"""The inner loops against closed forms, dense algebra, finite differences and torchopt."""

import pytest
import torch

from zoo.blocks.inner_loop import (
    Layout,
    conjugate_gradient,
    descend,
    end,
    gradient,
    hessian_product,
    implicit_gradient,
    newton,
    settle,
    unrolled_gradient,
)

TASKS, SAMPLES, SIZE, STRENGTH = 3, 12, 6, 0.7


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


class Ridge:
    """Linear regression tasks, where argmin and meta-gradient have closed forms."""

    def __init__(self, seed=0):
        g = torch.Generator().manual_seed(seed)
        self.x, self.y = (
            torch.randn(TASKS, SAMPLES, SIZE, generator=g),
            torch.randn(TASKS, SAMPLES, generator=g),
        )
        self.qx, self.qy = (
            torch.randn(TASKS, SAMPLES, SIZE, generator=g),
            torch.randn(TASKS, SAMPLES, generator=g),
        )
        self.theta = torch.randn(SIZE, generator=g).expand(TASKS, -1)
        self.hessian = self.x.mT @ self.x / SAMPLES

    @staticmethod
    def _loss(x, y):
        return lambda phi: ((x @ phi[..., None])[..., 0] - y).square().mean(-1) / 2

    @property
    def support(self):
        return self._loss(self.x, self.y)

    @property
    def query(self):
        return self._loss(self.qx, self.qy)

    def argmin(self, theta):
        system = self.hessian + STRENGTH * torch.eye(SIZE)
        target = (self.x.mT @ self.y[..., None])[..., 0] / SAMPLES + STRENGTH * theta
        return torch.linalg.solve(system, target)

    def meta_gradient(self):
        theta = self.theta.clone().requires_grad_()
        return torch.autograd.grad(self.query(self.argmin(theta)).sum(), theta)[0]


def curved(seed=1):
    """A loss that is not quadratic, with an indefinite Hessian: a tiny network a task."""
    g = torch.Generator().manual_seed(seed)
    x, y = torch.randn(TASKS, SAMPLES, 2, generator=g), torch.randn(TASKS, SAMPLES, generator=g)
    layout = Layout({"a": torch.Size([2, 4]), "b": torch.Size([4])})

    def loss(phi):
        named = layout.unpack(phi)
        return ((x @ named["a"]).tanh() @ named["b"][..., None])[..., 0].sub(y).square().mean(-1)

    return loss, torch.randn(TASKS, 12, generator=g)


def relative(ours, exact):
    return ((ours - exact).norm() / exact.norm()).item()


def test_layout_round_trip():
    tensors = {"w": torch.randn(3, 2), "b": torch.randn(3), "s": torch.tensor(2.0)}
    layout = Layout.of(tensors)
    back = layout.unpack(layout.pack(tensors).expand(4, -1))
    assert {name: one.shape for name, one in back.items()} == {
        "w": (4, 3, 2), "b": (4, 3), "s": (4,)
    }  # fmt: skip
    assert all(torch.equal(back[name][2], tensors[name]) for name in tensors)


def test_gradient_is_that_of_every_task_alone():
    loss, phi = curved()
    value, slope = gradient(loss, phi)
    for task in range(TASKS):
        moved = phi.clone()
        moved[task] += 1e-6 * slope[task]
        change = loss(moved) - value
        assert change[task].item() == pytest.approx(1e-6 * slope[task].square().sum().item(), rel=1e-4)
        assert change[torch.arange(TASKS) != task].abs().max() == 0


def test_hessian_product_matches_the_dense_hessian():
    loss, phi = curved()
    slope, product = hessian_product(loss, phi)
    vectors = torch.randn(TASKS, phi.shape[1], generator=torch.Generator().manual_seed(2))
    assert torch.allclose(slope, gradient(loss, phi)[1], atol=1e-12)
    for task in range(TASKS):
        dense = torch.autograd.functional.hessian(
            lambda one, k=task: loss(torch.cat([phi[:k], one[None], phi[k + 1 :]]))[k], phi[task]
        )
        assert torch.allclose(product(vectors)[task], dense @ vectors[task], atol=1e-12)


def test_hessian_product_of_a_linear_loss_is_zero():
    _, product = hessian_product(lambda phi: phi.sum(-1), torch.ones(2, 3))
    assert torch.equal(product(torch.ones(2, 3)), torch.zeros(2, 3))


def test_conjugate_gradient_solves():
    g = torch.Generator().manual_seed(3)
    root = torch.randn(TASKS, SIZE, SIZE, generator=g)
    matrix = root @ root.mT + 0.1 * torch.eye(SIZE)
    target = torch.randn(TASKS, SIZE, generator=g)
    ours = conjugate_gradient(lambda v: (matrix @ v[..., None])[..., 0], target, 4 * SIZE, 1e-14)
    assert relative(ours, torch.linalg.solve(matrix, target)) < 1e-10


def test_conjugate_gradient_error_falls_in_the_energy_norm():
    g = torch.Generator().manual_seed(4)
    root = torch.randn(1, 20, 20, generator=g)
    matrix = root @ root.mT + 0.5 * torch.eye(20)
    target = torch.randn(1, 20, generator=g)
    exact = torch.linalg.solve(matrix, target)

    def energy(steps):
        gap = conjugate_gradient(lambda v: (matrix @ v[..., None])[..., 0], target, steps) - exact
        return (gap * (matrix @ gap[..., None])[..., 0]).sum().item()

    errors = [energy(steps) for steps in range(12)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.05 * errors[0]


def test_conjugate_gradient_stops_each_task_on_its_own():
    matrix = torch.stack(
        [torch.eye(2), torch.diag(torch.tensor([1.0, -1.0])), torch.diag(torch.tensor([1.0, 9.0]))]
    )
    target = torch.tensor([[1.0, 2.0], [0.0, 1.0], [1.0, 1.0]])
    ours = conjugate_gradient(lambda v: (matrix @ v[..., None])[..., 0], target, 5)
    assert torch.allclose(ours[0], target[0])
    assert torch.equal(ours[1], torch.zeros(2)), "negative curvature from the first direction"
    assert torch.allclose(ours[2], torch.tensor([1.0, 1 / 9]))
    assert torch.equal(conjugate_gradient(lambda v: v, torch.zeros(1, 2), 3), torch.zeros(1, 2))


def test_both_inner_loops_reach_the_ridge_solution():
    ridge = Ridge()
    exact = ridge.argmin(ridge.theta)
    *_, (_, slow) = descend(ridge.support, ridge.theta, rate=0.3, steps=400, strength=STRENGTH)
    *_, (_, quick) = newton(ridge.support, ridge.theta, steps=1, strength=STRENGTH, solver_steps=SIZE)
    assert relative(slow, exact) < 1e-10
    assert relative(quick, exact) < 1e-8, "one Newton step minimises a quadratic"


def test_settling_undoes_what_leads_uphill_task_by_task():
    ridge = Ridge()
    exact = ridge.argmin(ridge.theta)
    limit = 2 / (torch.linalg.eigvalsh(ridge.hessian)[:, -1].max().item() + STRENGTH)
    for rate in (0.5 * limit, 3 * limit, 1000 * limit):
        steps = list(settle(ridge.support, ridge.theta, rate=rate, steps=400, strength=STRENGTH))
        assert relative(steps[-1][1], exact) < 1e-6
    calm = list(settle(ridge.support, ridge.theta, rate=0.3 * limit, steps=9, strength=STRENGTH))
    plain = list(descend(ridge.support, ridge.theta, rate=0.3 * limit, steps=9, strength=STRENGTH))
    assert torch.equal(end(iter(calm), ridge.theta), end(iter(plain), ridge.theta))


def test_settling_survives_a_loss_that_is_not_a_number():
    def loss(phi):
        return (1 - phi).log().neg().sum(-1) + 3 * (phi - 2).square().sum(-1)

    start = torch.zeros(1, 3)
    values = [value for value, _ in settle(loss, start, rate=1.0, steps=60, strength=0.1)]
    assert torch.isfinite(torch.stack(values)).all()
    *_, (_, phi) = settle(loss, start, rate=1.0, steps=60, strength=0.1)
    assert (gradient(loss, phi)[1] + 0.1 * phi).abs().max() < 1e-3


def test_newton_never_climbs():
    loss, theta = curved()
    before = loss(theta)
    for _, phi in newton(loss, theta, steps=8, strength=0.05):
        now = loss(phi) + 0.025 * (phi - theta).square().sum(-1)
        assert (now <= before + 1e-12).all()
        before = now


def test_implicit_gradient_equals_the_closed_form():
    ridge = Ridge()
    phi = ridge.argmin(ridge.theta)
    _, target = gradient(ridge.query, phi)
    ours, slope = implicit_gradient(ridge.support, phi, target, strength=STRENGTH, steps=SIZE + 2)
    assert relative(ours, ridge.meta_gradient()) < 1e-8
    assert (slope + STRENGTH * (phi - ridge.theta)).abs().max() < 1e-12, "stationary"


def test_implicit_gradient_equals_finite_differences_of_a_curved_problem():
    support, theta = curved()
    query, _ = curved(seed=5)
    strength = 4.0

    def solution(start):
        *_, (_, phi) = descend(support, start, rate=0.1, steps=200, strength=strength)
        return phi

    phi = solution(theta)
    _, target = gradient(query, phi)
    ours, _ = implicit_gradient(support, phi, target, strength=strength, steps=40)
    for index in range(0, theta.shape[1], 3):
        nudge = torch.zeros_like(theta)
        nudge[:, index] = 1e-4
        change = (query(solution(theta + nudge)) - query(solution(theta - nudge))) / 2e-4
        assert torch.allclose(ours[:, index], change, atol=1e-7)


def test_implicit_gradient_equals_torchopt():
    torchopt = pytest.importorskip("torchopt")
    ridge = Ridge()

    def optimality(phi, theta):
        return ridge.hessian[0] @ phi - ridge.x[0].T @ ridge.y[0] / SAMPLES + STRENGTH * (phi - theta)

    solve = torchopt.linear_solve.solve_normal_cg(maxiter=50, atol=0)

    @torchopt.diff.implicit.custom_root(optimality, argnums=1, solve=solve)
    def inner(start, theta):
        return torch.linalg.solve(
            ridge.hessian[0] + STRENGTH * torch.eye(SIZE),
            ridge.x[0].T @ ridge.y[0] / SAMPLES + STRENGTH * theta,
        )

    theta = ridge.theta[0].clone().requires_grad_()
    phi = inner(torch.zeros(SIZE), theta)
    value = ((ridge.qx[0] @ phi - ridge.qy[0]).square()).mean() / 2
    (theirs,) = torch.autograd.grad(value, theta)
    point = ridge.argmin(ridge.theta)
    ours, _ = implicit_gradient(
        ridge.support, point, gradient(ridge.query, point)[1], strength=STRENGTH, steps=50
    )
    assert relative(ours[0], theirs) < 1e-5


def test_unrolled_gradient_equals_finite_differences():
    support, theta = curved()
    query, _ = curved(seed=5)
    value, ours = unrolled_gradient(support, query, theta, rate=0.1, steps=5)

    def outcome(start):
        *_, (_, phi) = descend(support, start, rate=0.1, steps=5)
        return query(phi)

    assert torch.allclose(value, outcome(theta))
    for index in range(theta.shape[1]):
        nudge = torch.zeros_like(theta)
        nudge[:, index] = 1e-5
        change = (outcome(theta + nudge) - outcome(theta - nudge)) / 2e-5
        assert torch.allclose(ours[:, index], change, atol=1e-8)


def test_unrolling_far_approaches_the_implicit_gradient():
    ridge = Ridge()
    exact = ridge.meta_gradient()
    options = {"rate": 0.3, "strength": STRENGTH}
    far = [
        relative(unrolled_gradient(ridge.support, ridge.query, ridge.theta, steps=steps, **options)[1], exact)
        for steps in (4, 16, 64)
    ]
    assert far == sorted(far, reverse=True)
    assert far[-1] < 1e-5


def test_truncated_unrolling_forgets():
    ridge = Ridge()
    exact = ridge.meta_gradient()
    errors = [
        relative(
            unrolled_gradient(
                ridge.support, ridge.query, ridge.theta, rate=0.3, steps=60, strength=STRENGTH, last=last
            )[1],
            exact,
        )
        for last in (1, 4, 16, 60)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.3
    full = unrolled_gradient(ridge.support, ridge.query, ridge.theta, rate=0.3, steps=60, strength=STRENGTH)[
        1
    ]
    assert errors[-1] == pytest.approx(relative(full, exact))
