"""Sine networks of coordinates, made another signal by gates, and fitted to signals by their latent alone.

A network maps the points of a grid to values; one set of weights serves all signals, and a latent says how they
are modulated for one of them. Inside, features come before points, ``(batch, features, points)``, so that a layer
is one batched product.

References:
    [1] Sitzmann et al. Implicit neural representations with periodic activation functions. NeurIPS 2020. (SIREN)
    [2] Schwarz et al. Modality-agnostic variational compression of implicit neural representations. ICML 2023.
    [3] Zintgraf et al. Fast context adaptation via meta-learning. ICML 2019. (the latent alone is adapted)
    [4] Li et al. Meta-SGD: learning to learn quickly for few-shot learning. 2017. (learned rates)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.seeded import seeded

Modulation = list[Tensor | None]
"""For each layer its gates ``(batch, out, in)``; None leaves a layer as it is."""


class SineNetwork(nn.Module):
    """h_0 = x, h_l = sin(W_l h_(l-1) + b_l), and a last layer without sine.

    Weights begin as in [1], whose frequency factor is taken into the weights, except that the last layer is not
    divided by it: with the division, gradients with respect to a latent are too small to learn from.

    Args:
        inputs: dimensions of a point.
        outputs: values at a point.
        widths: features of each sine layer, the first one included.
        frequency: w0 of the first layer, whose weights are uniform in +-w0 / inputs.
        gated: whether all layers but the first will be multiplied by gates that begin about 1/2. Their weights then
            begin twice as large, so that gate times weight has the statistics of [1].
    """

    def __init__(
        self, inputs: int, outputs: int, widths: Sequence[int], frequency: float = 30.0, gated: bool = False
    ) -> None:
        super().__init__()
        sizes = [inputs, *widths, outputs]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for layer, (before, after) in enumerate(itertools.pairwise(sizes)):
            reach = frequency / inputs if layer == 0 else math.sqrt(6 / before)
            factor = 2.0 if gated and layer else 1.0
            weight = (torch.rand(after, before) * 2 - 1) * reach * factor
            self.weights.append(nn.Parameter(weight))
            self.register_buffer(f"scale{layer}", torch.ones(before))
            self.register_buffer(f"bias_scale{layer}", torch.ones(()))
            spread = math.pi if layer == 0 else 1 / math.sqrt(before)
            self.biases.append(nn.Parameter((torch.rand(after) * 2 - 1) * spread))
            self.set_weight(layer, weight, weight.std())

    def weight(self, layer: int) -> Tensor:
        """The matrix of a layer (out, in)."""
        return self.weights[layer] * getattr(self, f"scale{layer}")

    def bias(self, layer: int) -> Tensor:
        """What a layer adds, (out,)."""
        return self.biases[layer] * getattr(self, f"bias_scale{layer}")

    @torch.no_grad()
    def set_weight(self, layer: int, weight: Tensor, scale: Tensor) -> None:
        """Give a layer a matrix, kept as what is left of it after division by a fixed scale, (in,) or one number.

        So kept, weights of all layers are of order 1, and one learning rate suits them all.
        """
        getattr(self, f"scale{layer}").copy_(scale.expand(weight.shape[1]))
        self.weights[layer].copy_(weight / scale)

    def first(self, coordinates: Tensor) -> Tensor:
        """Features (width, points) of the first layer, which all signals share where it is not modulated."""
        return torch.sin(self.weight(0) @ coordinates.T + self.bias(0)[:, None])

    def forward(self, coordinates: Tensor, modulation: Modulation, first: Tensor | None = None) -> Tensor:
        """Values of each signal at each point.

        Args:
            coordinates: (points, inputs), the same for all signals.
            modulation: one entry a layer; a signal without any has an empty batch dimension of 1.
            first: what `first` gave, which saves time where a network is asked several times.

        Returns:
            (batch, outputs, points).
        """
        hidden = coordinates.T if first is None else first
        last = len(self.weights) - 1
        for layer in range(0 if first is None else 1, last + 1):
            weight, bias = self.weight(layer), self.bias(layer)
            gate = modulation[layer]
            effective = weight if gate is None else gate * weight
            hidden = _product(effective, hidden) + bias[:, None]
            if layer < last:
                hidden = torch.sin(hidden)
        return hidden if hidden.ndim == 3 else hidden[None]


def _product(weight: Tensor, hidden: Tensor) -> Tensor:
    """Weights times features, either of which may be common to the batch; then it is one plain product."""
    if weight.ndim == 3 and hidden.ndim == 2:
        return (weight.flatten(0, 1) @ hidden).unflatten(0, weight.shape[:2])
    return weight @ hidden


class ScaledLinear(nn.Module):
    """A linear map whose matrix is kept divided by a part of its size.

    Changes that many rows and columns make together add up, so under Adam entries have to learn slowly beside those of
    a sine network. Of order 1000, they do under one learning rate.
    """

    scale: Tensor

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, features))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("scale", torch.ones(()))
        self.set(torch.randn(outputs, features) * 0.1 / math.sqrt(features))

    @torch.no_grad()
    def set(self, weight: Tensor, size: float = 1000.0) -> None:
        """Give it a matrix (outputs, features), kept with entries of this size."""
        self.scale.copy_(weight.square().mean().sqrt() / size)
        self.weight.copy_(weight / self.scale)

    def forward(self, features: Tensor) -> Tensor:
        """(batch, features) to (batch, outputs)."""
        return F.linear(features * self.scale, self.weight, self.bias)


class ResidualMap(nn.Module):
    """LayerNorm, linear map, LeakyReLU, then one residual block: what stands between a latent and gates in [2].

    The block's last layer begins at 0. At a latent of 0 the derivative of LayerNorm is 1 / sqrt(epsilon): latents that
    begin there and become of order 1 want an epsilon of 1, those that begin elsewhere a small one.

    Args:
        latent: numbers in a latent.
        width: features that come out.
        bottleneck: features inside the block.
        epsilon: what LayerNorm adds to the variance.
    """

    SLOPE = 0.2

    def __init__(self, latent: int, width: int, bottleneck: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(latent, epsilon)
        self.first = ScaledLinear(latent, width)
        self.inner = nn.Linear(width, bottleneck)
        self.outer = nn.Linear(bottleneck, width)
        self.first.set(nn.init.orthogonal_(torch.empty(width, latent)))
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, latent: Tensor) -> Tensor:
        """(batch, latent) to (batch, width)."""
        features = F.leaky_relu(self.first(self.norm(latent)), self.SLOPE)
        return features + self.outer(F.leaky_relu(self.inner(features), self.SLOPE))


class LowRankGates(nn.Module):
    """Gates of all layers but the first from features: sigmoid(U V^T) for sine layers, a whole matrix for the last.

    U and V begin at random values of order 1/2 for every latent, since a gate of equal or zero factors would have no
    gradient.

    Args:
        features: numbers the gates follow from, by one linear map.
        network: whose gates.
        rank: columns of U and V.
    """

    def __init__(self, features: int, network: SineNetwork, rank: int) -> None:
        super().__init__()
        self.rank = rank
        self.shapes = [tuple(weight.shape) for weight in network.weights][1:]
        self.sizes = [(out + into) * rank for out, into in self.shapes[:-1]] + [math.prod(self.shapes[-1])]
        self.head = ScaledLinear(features, sum(self.sizes))
        nn.init.normal_(self.head.bias[: -self.sizes[-1]], std=0.5)

    def unpack(self, factors: Tensor) -> Modulation:
        """Gates from the numbers of the head, (batch, sum of sizes)."""
        gates: list[Tensor | None] = [None]
        *parts, whole = factors.split(self.sizes, dim=-1)
        for part, (out, into) in zip(parts, self.shapes[:-1], strict=True):
            u, v = part.unflatten(-1, (out + into, self.rank)).split([out, into], dim=1)
            gates.append(torch.sigmoid(u @ v.mT))
        gates.append(torch.sigmoid(whole.unflatten(-1, self.shapes[-1])))
        return gates

    def forward(self, features: Tensor) -> Modulation:
        """Gates of signals with features (batch, features)."""
        return self.unpack(self.head(features))


Decoder = Callable[[Tensor], Tensor]
"""Latents ``(batch, latent)`` to signals ``(batch, outputs, points)``, each from its own row."""


def squared_errors(decode: Decoder, latent: Tensor, signals: Tensor) -> Tensor:
    """Mean squared error of each signal, (batch,)."""
    return (decode(latent) - signals).square().mean((1, 2))


def adapt(decode: Decoder, start: Tensor, rates: Tensor, signals: Tensor, steps: int, graph: bool) -> Tensor:
    """Fit latents by gradient descent on each signal's own mean squared error, which is [3] with the rates of [4].

    Args:
        decode: what a latent stands for.
        start: the latent all fits begin with, (latent,).
        rates: one a number of the latent, (latent,).
        signals: (batch, outputs, points).
        steps: how many.
        graph: whether gradients flow through the steps, to the second order.

    Returns:
        (batch, latent).
    """
    with torch.enable_grad():
        latent = start.expand(len(signals), -1)
        for _ in range(steps):
            point = latent if graph else latent.detach().requires_grad_()
            error = squared_errors(decode, point, signals).sum()
            (slope,) = torch.autograd.grad(error, point, create_graph=graph)
            latent = point - rates * slope
    return latent if graph else latent.detach()


def adapt_safely(
    decode: Decoder, start: Tensor, rates: Tensor, signals: Tensor, steps: int, spare: int = 3
) -> Tensor:
    """`adapt` without a graph, for signals unlike those of training: a step that makes a fit worse is taken back.

    It is then tried again at a quarter of its length, in one of a few spare steps; where all goes well there are none,
    and the result is that of `adapt`.

    Args:
        decode, start, rates, signals, steps: as in `adapt`.
        spare: steps that may be added.

    Returns:
        (batch, latent).
    """
    best = latent = start.detach().expand(len(signals), -1)
    least = torch.full((len(signals),), torch.inf)
    length, direction = torch.ones(len(signals), 1), torch.zeros_like(latent)
    left = torch.full((len(signals),), steps + 1)
    for _ in range(steps + 1 + spare):
        more = bool((left > 1).any())  # the last evaluation needs no slope
        with torch.set_grad_enabled(more):
            point = latent.detach().requires_grad_(more)
            errors = squared_errors(decode, point, signals)
            slope = torch.autograd.grad(errors.sum(), point)[0] if more else direction
        better = errors.detach() < least
        least = torch.where(better, errors.detach(), least)
        best = torch.where(better[:, None], latent, best)
        direction = torch.where(better[:, None], slope, direction)
        length = torch.where(better[:, None], length, length / 4)
        left = left - better.int()
        if (left <= 0).all():
            break
        latent = torch.where(left[:, None] > 0, best - length * rates * direction, best).detach()
    return best.detach()


# ---------------------------------------------------------------------------------------------------------
# A start from which little is left to learn


def plane_waves(shape: Sequence[int], count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` lowest plane waves sin(w x + b) of half periods on [-1, 1]^p, each as sine and as cosine.

    Args:
        shape: points along each axis; no wave is faster than the grid can show.
        count: how many.

    Returns:
        w (count, p) and b (count,), by rising |w|, the constant first.
    """
    reach = [min(size, math.ceil(4 * count ** (1 / len(shape)))) for size in shape]
    whole = torch.cartesian_prod(*(torch.arange(-size + 1, size) for size in reach)).reshape(-1, len(shape))
    signs = torch.sign(whole).to(torch.int64)
    digits = 3 ** torch.arange(len(shape) - 1, -1, -1)
    half = whole[(signs * digits).sum(1) >= 0]  # of w and -w one
    order = torch.argsort(half.square().sum(1), stable=True)
    waves = half[order].repeat_interleave(2, 0)[1:]  # the constant has no sine
    phases = torch.tensor([math.pi / 2, 0.0]).repeat(len(half))
    phases = torch.cat([phases[:1], phases[2:]])
    if len(waves) < count:
        raise ValueError(f"a grid of {tuple(shape)} has {len(waves)} plane waves, fewer than {count}")
    return waves[:count] * (math.pi / 2), phases[:count]


def principal_components(signals: Tensor, count: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (n,), components (n, count) and standard deviations (count,) of signals (batch, n), by random projection."""
    mean = signals.mean(0)
    with seeded(seed):
        _, size, components = torch.svd_lowrank(signals - mean, min(count + 32, *signals.shape), niter=3)
    return mean, components[:, :count], size[:count] / math.sqrt(len(signals))


@torch.no_grad()
def begin_linear(
    network: SineNetwork,
    gates: LowRankGates,
    shape: Sequence[int],
    gain: float,
    spread: float,
) -> Tensor:
    """Let a gated network begin as a sum of plane waves, whose weights the gates of the second layer set.

    The first layer holds the lowest plane waves. The second sums them with weights that fall with frequency, as
    spectra of natural signals do, and that are so small that its sines, and those of layers after it, pass the sums
    on as they are; the last layer is as large as these are small. All gates begin at exactly 1/2, where V = 0, and
    there the weights cancel: the values are those of the last bias. U is such that V sets each wave's weight in each
    output.

    Args:
        network: changed in place.
        gates: its gates; the bias of their head is changed in place.
        shape: points along each axis of the grid.
        gain: size of the last layer's weights; the smaller the second's are, the straighter are their sines.
        spread: values that gates at 1 instead of 1/2 would give; the larger, the less gates have to move.

    Returns:
        Which numbers of the head V of the second layer are, bool (numbers,).
    """
    waves, phases = plane_waves(shape, len(network.biases[0]))
    network.set_weight(0, waves, waves.std() / 10)
    network.biases[0].copy_(phases)
    width, outputs = len(network.biases[-2]), len(network.biases[-1])
    for layer in range(2, len(network.biases) - 1):
        out, into = network.weights[layer].shape
        passed = nn.init.orthogonal_(torch.empty(out, into))
        network.set_weight(layer, 2 * passed, 2 * passed.std())
    read = torch.randn(outputs, width)
    read = torch.linalg.qr((read - read.mean(1, keepdim=True)).T)[0].T
    network.set_weight(len(network.biases) - 1, 2 * gain * read, torch.tensor(2 * gain / math.sqrt(width)))
    network.biases[-1].zero_()
    for layer in range(1, len(network.biases) - 1):
        network.biases[layer].zero_()
        getattr(network, f"bias_scale{layer}").fill_(1 / gain)
    for layer in range(len(network.biases) - 2, 1, -1):
        read = (
            read @ network.weight(layer) / 2
        )  # from the second layer's features to outputs, but for the gain
    into, out = gates.shapes[0][1], gates.shapes[0][0]
    usual = 1 / (1 + waves.norm(dim=1) / (math.pi / 2))
    usual = usual / usual.norm() * spread / gain
    mixed = 1 + 0.5 * torch.randn(out, into)
    mixed -= read.T @ torch.linalg.solve(read @ read.T, read @ mixed)
    network.set_weight(1, 2 * mixed * usual, 2 * usual)
    bias = gates.head.bias
    bias.zero_()
    start = 0
    is_v = torch.zeros(len(bias), dtype=torch.bool)
    for number, ((rows, _), size) in enumerate(zip(gates.shapes[:-1], gates.sizes[:-1], strict=True)):
        u = torch.randn(rows, gates.rank)
        if number == 0:
            u[:, :outputs] = read.T * math.sqrt(rows)
            is_v[start + rows * gates.rank : start + size] = True
        bias[start : start + rows * gates.rank] = u.flatten()
        start += size
    return is_v
