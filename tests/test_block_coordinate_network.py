"""Sine networks: their statistics at the start, gates, the inner loop, and the start from plane waves."""

from __future__ import annotations

import math

import pytest
import torch
from siren_pytorch import SirenNet
from torch import Tensor, nn

from zoo.blocks.coordinate_network import (
    LowRankGates,
    ResidualMap,
    ScaledLinear,
    SineNetwork,
    adapt,
    adapt_safely,
    begin_linear,
    plane_waves,
    principal_components,
    squared_errors,
)


def grid(*shape: int) -> Tensor:
    """Centres of cells, (points, axes)."""
    axes = [(torch.arange(size) + 0.5) / size * 2 - 1 for size in shape]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(shape))


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    torch.manual_seed(0)


NONE = [None] * 5


def test_a_siren_starts_with_the_statistics_of_its_paper() -> None:
    network = SineNetwork(2, 3, (256, 256, 256, 256))
    places = torch.rand(4000, 2) * 2 - 1
    hidden = places.T
    for layer in range(4):
        before = network.weight(layer) @ hidden + network.bias(layer)[:, None]
        if layer:  # a normal distribution of variance 1 goes into each sine
            assert before.std().item() == pytest.approx(1, abs=0.15)
        hidden = torch.sin(before)
        assert hidden.square().mean().item() == pytest.approx(0.5, abs=0.1)  # and an arcsine one comes out
    assert torch.allclose(network(places, NONE)[0], network.weight(4) @ hidden + network.bias(4)[:, None])


def test_values_and_gradients_are_those_of_another_siren() -> None:
    theirs = SirenNet(2, 64, 3, 4, w0_initial=30.0)
    ours = SineNetwork(2, 3, (64, 64, 64, 64))
    for layer, one in enumerate([*theirs.layers, theirs.last_layer]):
        frequency = 30.0 if layer == 0 else 1.0  # we keep it in the weights
        ours.set_weight(layer, one.weight * frequency, torch.ones(()))
        ours.biases[layer].data.copy_(one.bias * frequency)
    places = torch.rand(500, 2) * 2 - 1
    mine, other = ours(places, NONE)[0].T, theirs(places)
    torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-5)
    mine.square().sum().backward()
    other.square().sum().backward()
    torch.testing.assert_close(ours.weights[1].grad, theirs.layers[1].weight.grad, rtol=1e-3, atol=1e-4)


def test_gates_of_a_half_give_an_ordinary_siren() -> None:
    network = SineNetwork(1, 1, (128, 128, 128), gated=True)
    gates = [None, *(torch.full((2, *weight.shape), 0.5) for weight in list(network.weights)[1:])]
    halves = SineNetwork(1, 1, (128, 128, 128))
    for layer in range(4):
        halves.set_weight(layer, network.weight(layer) * (0.5 if layer else 1), torch.ones(()))
        halves.biases[layer].data.copy_(network.bias(layer))
    places = torch.rand(500, 1) * 2 - 1
    gated = network(places, gates)
    assert torch.allclose(gated, halves(places, [None] * 4).expand(2, -1, -1), atol=1e-4)
    assert (network.weight(1) / 2).std().item() == pytest.approx(math.sqrt(2 / 128), rel=0.05)


def test_gates_multiply_weights_entry_by_entry() -> None:
    network = SineNetwork(2, 3, (8, 6), gated=True)
    heads = LowRankGates(5, network, rank=2)
    factors = torch.randn(4, sum(heads.sizes))
    gates = heads.unpack(factors)
    places = torch.rand(7, 2)
    out = network(places, gates)
    assert out.shape == (4, 3, 7)
    assert gates[0] is None
    u, v = factors[1, : 6 * 2].view(6, 2), factors[1, 12 : 12 + 8 * 2].view(8, 2)
    last = torch.sigmoid(factors[1, 28:].view(3, 6))
    hidden = torch.sin(places @ network.weight(0).T + network.bias(0))
    hidden = torch.sin(hidden @ (torch.sigmoid(u @ v.T) * network.weight(1)).T + network.bias(1))
    by_hand = hidden @ (last * network.weight(2)).T + network.bias(2)
    assert torch.allclose(out[1], by_hand.T, atol=1e-5)


def test_a_kept_scale_changes_no_matrix() -> None:
    layer, weight = ScaledLinear(4, 3), torch.randn(3, 4)
    layer.set(weight)
    x = torch.randn(2, 4)
    assert torch.allclose(layer(x), x @ weight.T + layer.bias, atol=1e-6)


# ---------------------------------------------------------------------------------------------------------
# The inner loop


class Small(nn.Module):
    """A latent of 6 numbers that gates a network of two sine layers."""

    def __init__(self) -> None:
        super().__init__()
        self.network = SineNetwork(1, 2, (16, 12), frequency=8.0, gated=True)
        self.map = ResidualMap(6, 8, 4)
        self.heads = LowRankGates(8, self.network, 3)
        self.start = nn.Parameter(torch.randn(6))
        self.rates = nn.Parameter(torch.full((6,), 3.0))
        self.places = grid(20)

    def decode(self, latent: Tensor) -> Tensor:
        return self.network(self.places, self.heads(self.map(latent)))


def test_the_inner_loop_is_that_of_torch_func_to_the_second_order() -> None:
    model, signals = Small().double(), torch.randn(3, 2, 20).double()
    model.places = model.places.double()
    fitted = adapt(model.decode, model.start, model.rates, signals, steps=3, graph=True)
    squared_errors(model.decode, fitted, signals).sum().backward()

    def after(parameters: dict[str, Tensor], signal: Tensor) -> Tensor:
        def error(latent: Tensor) -> Tensor:
            def decode(one: Tensor) -> Tensor:
                features = torch.func.functional_call(model.map, part("map."), (one,))
                modulation = torch.func.functional_call(model.heads, part("heads."), (features,))
                return torch.func.functional_call(model.network, part("network."), (model.places, modulation))

            return (decode(latent[None])[0] - signal).square().mean()

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in parameters.items() if k.startswith(prefix)}

        latent = parameters["start"]
        for _ in range(3):
            latent = latent - parameters["rates"] * torch.func.grad(error)(latent)
        return error(latent)

    parameters = {name: value.detach() for name, value in model.named_parameters()}
    slopes = torch.func.grad(lambda p: sum(after(p, signal) for signal in signals))(parameters)
    for name, value in model.named_parameters():
        assert torch.allclose(value.grad, slopes[name], rtol=1e-6, atol=1e-9), name


def test_fits_of_a_batch_do_not_depend_on_one_another() -> None:
    model, signals = Small(), torch.randn(5, 2, 20)
    together = adapt(model.decode, model.start, model.rates, signals, 3, graph=False)
    alone = adapt(model.decode, model.start, model.rates, signals[2:3], 3, graph=False)
    assert torch.allclose(together[2:3], alone, atol=1e-5)
    assert not together.requires_grad


def test_safe_fits_are_the_plain_ones_where_every_step_helps() -> None:
    model, signals = Small(), torch.randn(5, 2, 20)
    rates = model.rates.detach() / 10
    plain = adapt(model.decode, model.start, rates, signals, 3, graph=False)
    assert torch.allclose(adapt_safely(model.decode, model.start, rates, signals, 3), plain, atol=1e-5)


def test_safe_fits_never_end_worse_than_they_began() -> None:
    model, signals = Small(), torch.randn(5, 2, 20)
    rates = model.rates.detach() * 1000
    safe = adapt_safely(model.decode, model.start, rates, signals, 3)
    begin = squared_errors(model.decode, model.start.expand(5, -1), signals)
    assert (squared_errors(model.decode, safe, signals) <= begin).all()


# ---------------------------------------------------------------------------------------------------------
# The start


def test_plane_waves_are_distinct_and_sorted() -> None:
    waves, phases = plane_waves((16, 16), 200)
    features = torch.sin(grid(16, 16) @ waves.T + phases)
    assert features[:, 0].allclose(torch.ones(256))
    assert (waves.norm(dim=1).diff() >= -1e-5).all()
    rounded = {
        tuple(round(x, 4) for x in (*wave.tolist(), phase.item()))
        for wave, phase in zip(waves, phases, strict=True)
    }
    assert len(rounded) == 200


def test_too_many_plane_waves_are_refused() -> None:
    with pytest.raises(ValueError, match="plane waves"):
        plane_waves((4,), 100)


def test_principal_components_are_those_of_the_covariance() -> None:
    signals = torch.randn(500, 12) * torch.linspace(3, 0.2, 12) + 1
    mean, components, deviation = principal_components(signals, 4, seed=0)
    values, vectors = torch.linalg.eigh(torch.cov(signals.T, correction=0))
    assert torch.allclose(mean, signals.mean(0))
    assert torch.allclose(deviation.square(), values.flip(0)[:4], rtol=1e-3)
    assert torch.allclose((components.T @ vectors.flip(1)[:, :4]).abs(), torch.eye(4), atol=1e-2)


def test_the_linear_start_is_flat_and_every_wave_can_be_reached() -> None:
    network = SineNetwork(1, 2, (24, 16), gated=True)
    heads = LowRankGates(5, network, rank=3)
    free = begin_linear(network, heads, (24,), gain=400.0, spread=8.0)
    assert free.sum() == 24 * 3
    places = grid(24)
    with torch.no_grad():
        flat = network(places, heads.unpack(heads.head.bias[None]))
        assert flat.abs().max() < 1e-2

        def signal(v: Tensor) -> Tensor:
            return network(places, heads.unpack(heads.head.bias.masked_scatter(free, v)[None]))[0].flatten()

        change = torch.func.jacrev(signal)(heads.head.bias[free])
        waves, phases = plane_waves((24,), 24)
        features = torch.sin(places @ waves.T + phases)
    reached = torch.linalg.lstsq(
        change.double(), torch.block_diag(features, features).double(), driver="gelsd"
    )
    residual = change.double() @ reached.solution - torch.block_diag(features, features).double()
    assert residual.abs().max() < 0.05
