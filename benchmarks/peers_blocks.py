"""Shared blocks beside public implementations: the range coder and its density, sine networks, Bjontegaard deltas.

    python -m benchmarks.peers_blocks

Blocks that only one method uses so far stand beside others in that method's own file: the singular value
decomposition in `peers_linear_mda`, inner loops in `peers_imaml`, probes in `peers_finola`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import bjontegaard
import numpy as np
import torch
from siren_pytorch import SirenNet

from benchmarks import beside
from benchmarks.beside import Beside
from benchmarks.compressai_parts import compressai, same_density
from zoo.blocks import rate_distortion
from zoo.blocks.coordinate_network import SineNetwork
from zoo.blocks.entropy_coding import FactorisedDensity

CODES, CHANNELS = 2000, 96


def relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference over the largest value."""
    return float((ours - theirs).abs().max() / theirs.abs().max())


def entropy_coding() -> Iterator[Beside]:
    """Mass of each symbol, and bytes of many codes and back, at the same density; compressai's has no unit."""
    torch.manual_seed(0)
    ours = FactorisedDensity(CHANNELS, unit=torch.ones(CHANNELS))
    spread = torch.linspace(0.5, 6, CHANNELS)
    train(ours, spread)
    symbols = (torch.randn(CODES, CHANNELS) * spread).round()
    whole = symbols.long().numpy()
    tables = ours.tables(whole)
    of = f"of {CODES:,} codes of {CHANNELS} numbers"
    with compressai() as models, torch.no_grad():
        theirs = models.EntropyBottleneck(CHANNELS, filters=(3, 3, 3))
        same_density(theirs, ours)
        theirs.quantiles.copy_(torch.stack([-8 * spread, 0 * spread, 8 * spread], 1)[:, None])
        theirs.update(force=True)
        laid_out = symbols.T[None].contiguous()  # one string for all codes, as ours is
        yield Beside(
            f"Mass {of}",
            lambda: ours.probability(symbols),
            {"compressai EntropyBottleneck": lambda: theirs._likelihood(laid_out[0][:, None])[0][:, 0].T},
            relative,
        )
        ours_bytes, theirs_bytes = tables.encode(whole), theirs.compress(laid_out)
        yield Beside(
            f"Bytes {of}",
            lambda: len(tables.encode(whole)),
            {"compressai, rANS": lambda: len(theirs.compress(laid_out)[0])},
        )
        yield Beside(
            f"Symbols {of} from bytes",
            lambda: tables.decode(ours_bytes, CODES),
            {"compressai, rANS": lambda: theirs.decompress(theirs_bytes, (CODES,))[0].T.round()},
        )


def train(density: FactorisedDensity, spread: torch.Tensor) -> None:
    """Teach a density the width of normal noise, (channels,)."""
    descent = torch.optim.Adam(density.parameters(), lr=2e-2)
    for _ in range(300):
        descent.zero_grad()
        density.bits((torch.randn(256, len(spread)) * spread).round()).mean().backward()
        descent.step()


def sine_networks() -> Iterator[Beside]:
    """One network on many places, forwards, and with the gradient of its weights."""
    torch.manual_seed(0)
    theirs = SirenNet(2, 256, 3, 4, w0_initial=30.0)
    ours = SineNetwork(2, 3, (256, 256, 256, 256))
    for layer, linear in enumerate([*theirs.layers, theirs.last_layer]):
        frequency = 30.0 if layer == 0 else 1.0
        ours.set_weight(layer, linear.weight * frequency, torch.ones(()))
        ours.biases[layer].data.copy_(linear.bias * frequency)
    places = torch.rand(16_384, 2) * 2 - 1
    unmodulated = [None] * 5

    def gradient_of_ours() -> torch.Tensor:
        ours.zero_grad()
        ours(places, unmodulated).square().mean().backward()
        return ours.weights[1].grad.clone()

    def gradient_of_theirs() -> torch.Tensor:
        theirs.zero_grad()
        theirs(places).square().mean().backward()
        return theirs.layers[1].weight.grad.clone()

    of = f"of a sine network of 4 layers of 256 at {len(places):,} places"
    with torch.no_grad():
        yield Beside(
            f"Values {of}",
            lambda: ours(places, unmodulated)[0].T,
            {"siren-pytorch": lambda: theirs(places)},
            relative,
        )
    yield Beside(f"Gradient {of}", gradient_of_ours, {"siren-pytorch": gradient_of_theirs}, relative)


def deltas() -> Iterator[Beside]:
    """Both deltas of a pair of curves."""
    rates, quality = np.array([0.2, 0.5, 1.1, 2.0]), np.array([25.0, 29.0, 33.0, 36.5])
    ours, theirs = (rates * 0.9, quality + 0.3), (rates, quality)
    options = {"method": "pchip", "require_matching_points": False, "min_overlap": 0}
    yield Beside(
        "Bjontegaard deltas of two curves",
        lambda: (rate_distortion.bd_psnr(ours, theirs), 100 * rate_distortion.bd_rate(ours, theirs)),
        {
            "bjontegaard": lambda: (
                bjontegaard.bd_psnr(*theirs, *ours, **options),
                bjontegaard.bd_rate(*theirs, *ours, **options),
            )
        },
    )


def comparisons() -> Iterator[Beside]:
    """All of them."""
    torch.set_num_threads(1)
    yield from entropy_coding()
    yield from sine_networks()
    yield from deltas()


def main() -> None:
    """Measure, print and store."""
    beside.main("blocks", __doc__, comparisons)


if __name__ == "__main__":
    main()
