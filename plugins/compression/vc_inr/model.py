"""VC-INR: one sine network a modality, gated by a latent that three gradient steps fit to a signal, and its code.

The mathematics of Schwarz et al., "Modality-Agnostic Variational Compression of Implicit Neural Representations"
(ICML 2023, arXiv 2301.09479), in two stages. First, meta-learning: a network with the weights G_l * W_l, whose gates
G_l = sigmoid(U_l V_l^T) follow from a latent, such that a few steps on the latent alone fit any signal. Second, on the
latents of training signals: analysis and synthesis transforms around rounding, with a scale hyperprior, trained for
rate + lambda * distortion, once for each rate.

The network of pictures begins at random (`Representation.begin_evenly`). The others are hybrids of ours, which begin as
the principal components of training signals (`Representation.begin`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from plugins.compression.vc_inr.modalities import MODALITIES, STEPS, Modality
from zoo.blocks.coordinate_network import (
    LowRankGates,
    ResidualMap,
    SineNetwork,
    adapt,
    adapt_safely,
    begin_linear,
    principal_components,
)
from zoo.blocks.entropy_coding import REACH as TABLE_REACH
from zoo.blocks.entropy_coding import WIDEST, ScaledTables, Tables, laplace_tables
from zoo.blocks.seeded import seeded

INNER_STEPS = 3
"""Inner steps, in training and afterwards."""


@dataclass(frozen=True)
class Design:
    """The network of one modality.

    Attributes:
        widths: features of each sine layer; the gates do not touch the first.
        rank: of the gates.
        frequency: w0 of the first layer; the 30 of SIREN's paper is for pictures of 256 pixels and more.
        start: "random", or "components" for a hybrid whose latent begins as the principal components of training
            signals; that is none of the paper's.
    """

    widths: tuple[int, ...]
    rank: int
    frequency: float = 30.0
    start: str = "random"


DESIGNS = {
    "picture": Design((64, 64, 64, 64, 64), 4, 12.0),
    "audio": Design((384, 32), 2, start="components"),
    "video": Design((512, 32), 4, start="components"),
    "shape": Design((448, 32), 2, start="components"),
    "climate": Design((256, 32), 2, start="components"),
}
"""Of each modality. A start from components wants a column of U for each channel, and one that is free."""

LEVEL = 4.0
"""How much larger than a SIREN's the last layer begins, so that gates need not be driven to 0 and 1."""

SIDES = 4
"""Side symbols of a patch, from which the scales of all its symbols follow."""

CAUTION = 0.85
"""The first inner rates as a part of those that would fit a linear network in one step."""

REACH = 0.1
"""How far from where it begins a latent goes, as a part of its length."""


class Representation(nn.Module):
    """Signals of one modality as functions of a latent.

    Args:
        modality: the kind of signal.
        widths: features of each sine layer.
        rank: of the gates.
        frequency, start: see `Design`; both starts wait for a call, of `begin_evenly` or `begin`.
    """

    def __init__(
        self,
        modality: Modality,
        widths: Sequence[int],
        rank: int = 4,
        frequency: float = 30.0,
        start: str = "random",
    ) -> None:
        super().__init__()
        self.modality = modality
        latent, hybrid = modality.latent, start == "components"
        self.network = SineNetwork(len(modality.patch), modality.channels, widths, frequency, gated=True)
        residual = ResidualMap(latent, latent, max(32, latent // 3), 1e-5 if hybrid else 1.0)
        self.modulate = nn.Sequential(residual, LowRankGates(latent, self.network, rank))
        self.start = nn.Parameter(torch.randn(latent) if hybrid else torch.zeros(latent))
        self.register_buffer("coordinates", torch.from_numpy(modality.coordinates()), persistent=False)
        self.register_buffer("rate_scale", torch.tensor(100.0))
        self.rate = nn.Parameter(torch.zeros(latent))

    @property
    def rates(self) -> Tensor:
        """The learned rate of each number of the latent; the factor 10 lets them learn faster than weights."""
        return self.rate_scale * torch.exp(10 * self.rate)

    def decode(self, latent: Tensor, places: Tensor | None = None) -> Tensor:
        """Signals (batch, channels, points) of latents (batch, latent), at all points or at places (points, axes)."""
        return self.network(self.coordinates if places is None else places, self.modulate(latent))

    def fit(self, signals: Tensor) -> Tensor:
        """Latents (batch, latent) of signals (batch, channels, points)."""
        first = self.network.first(self.coordinates).detach()

        def decode(latent: Tensor) -> Tensor:
            return self.network(self.coordinates, self.modulate(latent), first)

        return adapt_safely(decode, self.start, self.rates, signals, INNER_STEPS)

    def fit_with_graph(
        self, signals: Tensor, places: Tensor | None = None, steps: int = INNER_STEPS
    ) -> Tensor:
        """The same for training, to signals at places: gradients flow through all steps, to the second order."""
        return adapt(
            lambda latent: self.decode(latent, places), self.start, self.rates, signals, steps, graph=True
        )

    @torch.no_grad()
    def begin_evenly(self, seed: int, stride: int = 2, ridge: float = 1e-2) -> None:
        """Let a random network begin at 0, and the latent's numbers move it equally far and at right angles.

        No training signal has a part in it. The gates begin where the network is 0, which two Gauss-Newton steps find.
        The map from the latent begins with those changes of U, V and the last gate that move the signal most: the
        leading right singular vectors of the signal's derivative, divided by their singular values.

        Args:
            seed: of the map's biases.
            stride: the derivative is taken at every so many points along each axis.
            ridge: of both, relative to the mean square of the derivative and to its largest singular value.
        """
        residual, heads = self.modulate
        latent = len(self.start)
        places = self.coordinates[every(self.modality.patch, stride, (0,) * len(self.modality.patch))]
        with seeded(seed):
            nn.init.uniform_(residual.first.bias, 0.5, 1.5)  # few latents near the start bend a LeakyReLU
        residual.first.set(residual.first.weight * residual.first.scale, size=1.0)
        getattr(self.network, f"scale{len(self.network.weights) - 1}").mul_(LEVEL)

        def signal(factors: Tensor) -> Tensor:
            return self.network(places, heads.unpack(factors[None]))[0].flatten()

        factors = heads.head.bias.clone()
        for _ in range(2):
            derivative = torch.func.jacrev(signal, chunk_size=64)(factors)
            normal = derivative @ derivative.T
            normal.diagonal().add_(ridge * normal.diagonal().mean())
            factors = factors - derivative.T @ torch.linalg.solve(normal, signal(factors))
        derivative = torch.func.jacrev(signal, chunk_size=64)(factors)
        _, size, right = torch.linalg.svd(derivative, full_matrices=False)
        # so that latents of signals that fill [-1, 1] deviate by about 0.3
        reach = math.sqrt(len(derivative)) / 12
        features = torch.func.jacfwd(residual)(self.start[None])[0, :, 0]
        change = right[:latent].T * (reach / (size[:latent] + ridge * size[0]))
        weight = change @ torch.linalg.pinv(features, rtol=1e-2)
        heads.head.set(weight, size=1.0)
        heads.head.bias.copy_(factors - weight @ residual(self.start))
        self.rate_scale.fill_(CAUTION * len(derivative) / 2 / reach**2)

    @torch.no_grad()
    def begin(
        self, signals: Tensor, seed: int, spread: float = 16.0, gain: float = 400.0, ridge: float = 1e-4
    ) -> None:
        """Let the latent begin as the principal components of training signals.

        The network begins as plane waves weighted by gates (``begin_linear``). What the heads add to V is then the
        least-squares answer to: which change of V, to first order, adds one principal component to the signal?

        Args:
            signals: (batch, channels, points).
            seed: of the random parts.
            gain, spread: see ``begin_linear``.
            ridge: of the least squares, relative to the mean square of the derivative.
        """
        residual, heads = self.modulate
        shape = signals.shape[1:]
        latent = len(self.start)
        mean, components, deviation = principal_components(signals.flatten(1), latent, seed)
        with seeded(seed):
            free = begin_linear(self.network, heads, self.modality.patch, gain, spread)
            self.start.copy_(torch.randn(latent))
            aside = residual.first(residual.norm(self.start))
            residual.first.bias.add_(torch.sign(aside) - aside)  # no latent near the start bends a LeakyReLU
        self.network.biases[-1].copy_(mean.view(shape).mean(1))

        def signal(v: Tensor) -> Tensor:
            factors = heads.head.bias.masked_scatter(free, v)
            return self.network(self.coordinates, heads.unpack(factors[None]))[0].flatten()

        v = heads.head.bias[free]
        for _ in range(2):
            derivative = torch.func.jacrev(signal, chunk_size=64)(v)
            normal = derivative.T @ derivative
            normal.diagonal().add_(ridge * normal.diagonal().mean())
            v = v + torch.linalg.solve(normal, derivative.T @ (mean - signal(v)))
        heads.head.bias.masked_scatter_(free, v)
        reach = REACH * math.sqrt(latent) / deviation.square().sum().sqrt()
        change = torch.linalg.solve(normal, derivative.T @ components) / reach
        features = torch.func.jacfwd(residual)(self.start[None])[0, :, 0]
        weight = torch.zeros_like(heads.head.weight)
        weight[free] = change @ self._kept().T @ torch.linalg.pinv(features, rtol=1e-2)
        heads.head.set(weight)
        heads.head.bias.sub_(weight @ residual(self.start))
        self.rate_scale.copy_(CAUTION * mean.numel() * reach**2 / 2)

    def _kept(self) -> Tensor:
        """Directions of the latent, (latent, latent), the last two being those that LayerNorm drops."""
        dropped = torch.stack([torch.ones_like(self.start), self.start])
        rest = torch.linalg.svd(dropped, full_matrices=True)[2]
        return rest.flip(0).T


def every(shape: Sequence[int], stride: int, begin: Sequence[int]) -> Tensor:
    """Numbers (points,) of the points of a grid that lie every ``stride`` along each axis, from where each begins."""
    whole = torch.arange(math.prod(shape)).view(*shape)
    return whole[tuple(slice(first, None, stride) for first in begin)].flatten()


class Components(nn.Module):
    """Latents as standardised principal components, lengths being measured in the signal: what every rate starts from.

    With A A^T the covariance of latents and G = J^T J the metric that the derivative J of the decoder gives them, the
    eigenvectors of sqrt(G) A A^T sqrt(G) are uncorrelated, and orthogonal in the signal to first order.
    """

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent))
        self.register_buffer("into", torch.eye(latent))
        self.register_buffer("deviation", torch.ones(latent))

    @torch.no_grad()
    def measure(self, latents: Tensor, derivative: Tensor) -> None:
        """Take everything from latents (n, latent) and the derivative (values, latent) where they begin."""
        scale, axes = torch.linalg.eigh(derivative.T @ derivative)
        scale = scale.clamp_min(1e-4 * scale.max()).sqrt()
        root = (axes * scale) @ axes.T
        self.mean.copy_(latents.mean(0))
        variance, vectors = torch.linalg.eigh(root @ torch.cov(latents.T) @ root)
        deviation = variance.clamp_min(1e-6 * variance.max()).sqrt().flip(0)
        self.deviation.copy_(deviation)
        self.into.copy_(root @ vectors.flip(1) / deviation)

    def forward(self, latent: Tensor) -> Tensor:
        """Components (batch, latent), each of variance 1, of latents (batch, latent)."""
        return (latent - self.mean) @ self.into

    def inverse(self, standard: Tensor) -> Tensor:
        """Latents of components."""
        into = self.into.double()  # kept at half precision, and so inverted as it is
        return self.mean + torch.linalg.solve(into.T, standard.double().T).T.float()


class Compressor(nn.Module):
    """Stage 2 at one rate: analysis, rounding, synthesis, side symbols, and the numbers that symbols are coded by.

    Args:
        latent: numbers in a latent, as many as symbols.
        hidden: features of each transform's non-linear part, which begins at 0.
    """

    def __init__(self, latent: int, hidden: int = 16) -> None:
        super().__init__()
        self.register_buffer("side_frequencies", torch.zeros(SIDES, 2 * TABLE_REACH + 2, dtype=torch.int16))
        self.register_buffer("side_shifts", torch.zeros(SIDES, dtype=torch.int16))
        self.register_buffer("scale_base", torch.zeros(latent, dtype=torch.int16))
        self.register_buffer("scale_weight", torch.zeros(SIDES, latent, dtype=torch.int16))
        self.log_gain = nn.Parameter(torch.zeros(latent))
        self.analysis, self.synthesis = _bend(latent, hidden), _bend(latent, hidden)
        self.spread = nn.Sequential(nn.Linear(latent, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, SIDES))

    def side(self, z: Tensor) -> Tensor:
        """How wide the numbers z (batch, latent) are: (batch, SIDES), to be rounded."""
        return 2 * self.spread(torch.log1p(z.abs()))

    def analyse(self, standard: Tensor) -> Tensor:
        """z (batch, latent), to be rounded, of components (batch, latent)."""
        return torch.exp(self.log_gain) * (standard + self.analysis(standard))

    def synthesise(self, z: Tensor) -> Tensor:
        """Components (batch, latent) of z (batch, latent)."""
        standard = z * torch.exp(-self.log_gain)
        return standard + self.synthesis(standard)


def _bend(size: int, hidden: int) -> nn.Sequential:
    layers = nn.Sequential(nn.Linear(size, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, size))
    nn.init.zeros_(layers[2].weight)
    nn.init.zeros_(layers[2].bias)
    return layers


class Part(nn.Module):
    """All there is for one modality: its representation, and a compressor of its latents for each rate."""

    def __init__(self, modality: Modality, design: Design) -> None:
        super().__init__()
        self.representation = Representation(
            modality, design.widths, design.rank, frequency=design.frequency, start=design.start
        )
        self.components = Components(modality.latent)
        self.compressors = nn.ModuleList(Compressor(modality.latent) for _ in STEPS[modality.name])
        scales = laplace_tables()
        self.register_buffer("scale_frequencies", torch.from_numpy(scales.frequencies))
        self.register_buffer("scale_shifts", torch.from_numpy(scales.shifts))

    def tables(self, level: int) -> ScaledTables:
        """What the coder goes by at a level."""
        compressor = self.compressors[level]
        return ScaledTables(
            Tables(compressor.side_frequencies.numpy(), compressor.side_shifts.numpy()),
            Tables(self.scale_frequencies.numpy(), self.scale_shifts.numpy()),
            compressor.scale_base.numpy(),
            compressor.scale_weight.numpy(),
        )

    @torch.no_grad()
    def symbols(self, latent: Tensor, level: int) -> np.ndarray:
        """Symbols, int64 (batch, latent), of latents (batch, latent)."""
        z = self.compressors[level].analyse(self.components(latent))
        return z.round().clamp(-WIDEST, WIDEST).long().numpy()

    @torch.no_grad()
    def side(self, symbols: np.ndarray, level: int) -> np.ndarray:
        """Side symbols, int64 (batch, SIDES), of symbols (batch, latent)."""
        side = self.compressors[level].side(torch.from_numpy(symbols).float())
        return side.round().clamp(-WIDEST, WIDEST).long().numpy()

    @torch.no_grad()
    def latents(self, symbols: np.ndarray, level: int) -> Tensor:
        """Latents (batch, latent) of symbols (batch, latent)."""
        return self.components.inverse(self.compressors[level].synthesise(torch.from_numpy(symbols).float()))


class VcInr(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "compression"],
    paper_url="https://arxiv.org/abs/2301.09479",
):
    """The networks and compressors of modalities, by name: ``model["picture"]``.

    Args:
        modalities: names of those that it is for.
    """

    def __init__(self, modalities: Sequence[str] = tuple(MODALITIES)) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({name: Part(MODALITIES[name], DESIGNS[name]) for name in modalities})

    def __getitem__(self, modality: str) -> Part:
        return self.parts[modality]  # type: ignore[return-value]

    @cached_property
    def fingerprint(self) -> bytes:
        """The first 4 bytes of the sha256 of the weights, by name, shape and content, when first asked for."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.state_dict().items()):
            array = tensor.cpu().contiguous().numpy()
            digest.update(f"{name}{array.dtype.str}{array.shape}".encode() + array.tobytes())
        return digest.digest()[:4]
