"""The learned density against closed forms, and the coder: exact, tight, hard to break."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
import torch

from zoo.blocks.entropy_coding import (
    REACH,
    SCALES,
    TOTAL,
    WIDEST,
    FactorisedDensity,
    ScaleDensity,
    ScaledTables,
    Tables,
    laplace_bits,
    laplace_tables,
    whole_frequencies,
)
from zoo.errors import InputError

CHANNELS = 5


@pytest.fixture(scope="module")
def density() -> FactorisedDensity:
    """One that has learned nothing, with bent cumulatives."""
    torch.manual_seed(0)
    density = FactorisedDensity(CHANNELS, unit=torch.tensor([0.3, 1.0, 3.0, 10.0, 200.0]))
    for bend in density.bends:
        torch.nn.init.normal_(bend, std=0.5)
    return density


@pytest.fixture(scope="module")
def symbols() -> np.ndarray:
    """400 codes of very different widths."""
    rng = np.random.default_rng(0)
    return np.rint(rng.laplace(size=(400, CHANNELS)) * [0.1, 1, 4, 15, 300]).astype(np.int64)


def test_the_masses_of_all_integers_add_up_to_one(density: FactorisedDensity) -> None:
    values = torch.arange(-30_000, 30_001.0)[:, None].expand(-1, CHANNELS)
    with torch.no_grad():
        assert density.probability(values).double().sum(0).numpy() == pytest.approx(
            np.ones(CHANNELS), abs=1e-3
        )


def test_the_cumulative_rises_everywhere(density: FactorisedDensity) -> None:
    values = torch.linspace(-50, 50, 2001).expand(CHANNELS, -1)
    with torch.no_grad():
        assert (density.logits(values).diff() > 0).all()


def test_without_hidden_layers_it_is_the_logistic_distribution() -> None:
    density = FactorisedDensity(1, widths=(), unit=torch.tensor([2.5]))
    with torch.no_grad():
        density.biases[0].zero_()
        values = torch.arange(-20, 21.0)[:, None]
        mass = density.probability(values)[:, 0].numpy()

    def cumulative(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x / 2.5))

    at = np.arange(-20, 21)
    assert mass == pytest.approx(cumulative(at + 0.5) - cumulative(at - 0.5), rel=1e-5)


def test_far_from_the_middle_no_digits_are_lost() -> None:
    density = FactorisedDensity(1, widths=(), unit=torch.tensor([1.0]))
    with torch.no_grad():
        density.biases[0].zero_()
        right, left = density.probability(torch.tensor([[40.0], [-40.0]]))[:, 0].tolist()
    exact = math.exp(-39.5) - math.exp(-40.5)
    assert right == pytest.approx(exact, rel=1e-4)
    assert left == pytest.approx(exact, rel=1e-4)


def test_learning_finds_the_entropy_of_a_known_source() -> None:
    torch.manual_seed(0)
    deviation = torch.tensor([1.0, 6.0])
    density = FactorisedDensity(2, unit=torch.tensor([3.0, 3.0]))
    descent = torch.optim.Adam(density.parameters(), lr=2e-2)
    for _ in range(400):
        z = (torch.randn(512, 2) * deviation).round()
        descent.zero_grad()
        density.bits(z).mean().backward()
        descent.step()
    integers = torch.arange(-60, 61.0)[:, None]
    normal = torch.distributions.Normal(torch.zeros(2), deviation)
    mass = normal.cdf(integers + 0.5) - normal.cdf(integers - 0.5)
    entropy = -(mass * mass.clamp_min(1e-30).log2()).sum().item()
    with torch.no_grad():
        learned = density.bits((torch.randn(20_000, 2) * deviation).round()).mean().item()
    assert learned == pytest.approx(entropy, rel=0.01)


def test_frequencies_are_whole_and_complete() -> None:
    rng = np.random.default_rng(0)
    mass = rng.exponential(size=(50, 2 * REACH + 2)) ** 6
    mass[:, 3] = 0
    frequencies = whole_frequencies(mass).astype(int)
    assert (frequencies.sum(1) == TOTAL).all()
    assert frequencies.min() == 1
    assert np.abs(frequencies / TOTAL - mass / mass.sum(1, keepdims=True)).max() < 0.003


def test_what_goes_in_comes_out(density: FactorisedDensity, symbols: np.ndarray) -> None:
    tables = density.tables(symbols)
    for count in (0, 1, 2, 400):
        assert (tables.decode(tables.encode(symbols[:count]), count) == symbols[:count]).all()


def test_symbols_outside_the_tables_are_escaped(density: FactorisedDensity, symbols: np.ndarray) -> None:
    tables = density.tables(symbols)
    far = symbols.copy()
    far[0] = WIDEST
    far[1] = -WIDEST
    far[2] = 3 * REACH
    assert (tables.decode(tables.encode(far), len(far)) == far).all()


def test_the_stream_is_as_long_as_it_should_be(density: FactorisedDensity, symbols: np.ndarray) -> None:
    tables = density.tables(symbols)
    ideal = tables.bits(symbols).sum()
    assert abs(8 * len(tables.encode(symbols)) - ideal) < 0.01 * ideal + 64


def test_the_integer_tables_cost_little(density: FactorisedDensity) -> None:
    rng = np.random.default_rng(1)
    values = np.rint(rng.logistic(size=(2000, CHANNELS)) * density.unit.numpy()).astype(np.int64)
    with torch.no_grad():
        by_density = density.bits(torch.from_numpy(values).float()).sum().item()
    assert density.tables(values).bits(values).sum() < 1.03 * by_density


def test_bytes_are_the_same_with_one_thread_and_two(density: FactorisedDensity, symbols: np.ndarray) -> None:
    tables, threads = density.tables(symbols), torch.get_num_threads()
    streams = []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            streams.append(tables.encode(symbols))
    finally:
        torch.set_num_threads(threads)
    assert streams[0] == streams[1]


def test_a_pinned_stream_still_decodes() -> None:
    """Files that people saved have to open with every later version of the coder."""
    mass = np.exp(-np.abs(np.arange(-REACH, REACH + 2)) / np.array([[0.5], [2.0], [8.0]]))
    tables = Tables(whole_frequencies(mass), np.array([0, 0, 2], np.int16))
    symbols = np.array([[0, 1, -7], [0, -3, 40], [1, 0, 1000], [-40, 2, 0]])
    assert tables.encode(symbols).hex() == PINNED
    assert (tables.decode(bytes.fromhex(PINNED), 4) == symbols).all()


PINNED = "c7704440ae5f82dd94aa65e8"


def test_damaged_streams_are_refused_or_other_symbols_never_a_crash(
    density: FactorisedDensity, symbols: np.ndarray
) -> None:
    tables = density.tables(symbols)
    stream, rng = tables.encode(symbols), np.random.default_rng(0)
    broken = [stream[:cut] for cut in rng.integers(len(stream), size=40)]
    broken += [rng.bytes(int(size)) for size in rng.integers(1, 3000, size=40)]
    for place in rng.integers(len(stream), size=80):
        flipped = bytearray(stream)
        flipped[place] ^= 1 << rng.integers(8)
        broken.append(bytes(flipped))
    sentences = []
    for data in broken:
        try:
            assert tables.decode(data, len(symbols)).shape == symbols.shape
        except InputError as error:
            sentences.append(str(error))
    assert len(sentences) > len(broken) / 2
    assert all(one.count(".") == 1 for one in sentences)


@pytest.mark.network
def test_the_density_is_the_one_of_compressai() -> None:
    from benchmarks.compressai_parts import compressai, same_density

    torch.manual_seed(0)
    ours = FactorisedDensity(CHANNELS, unit=torch.ones(CHANNELS))
    for bend in ours.bends:
        torch.nn.init.normal_(bend, std=0.5)
    ours = ours.double()  # in single precision theirs loses the digits of its tails
    values = torch.randint(-20, 21, (300, CHANNELS)).double()
    with compressai() as models, torch.no_grad():
        theirs = models.EntropyBottleneck(CHANNELS, filters=(3, 3, 3)).double()
        same_density(theirs, ours)
        expected = theirs._likelihood(values.T[:, None])[0][:, 0].T
        torch.testing.assert_close(ours.probability(values), expected, rtol=1e-9, atol=1e-12)


# ---------------------------------------------------------------------------------------------------------
# The scale hyperprior


@pytest.fixture(scope="module")
def scaled() -> ScaledTables:
    """Twelve channels whose scale two side symbols move by octaves."""
    rng = np.random.default_rng(3)
    side = Tables(
        whole_frequencies(np.exp(-np.abs(np.arange(-REACH, REACH + 2)) / np.full((2, 1), 4.0))),
        np.zeros(2, "i2"),
    )
    weight = np.stack([np.full(12, 64), rng.integers(-40, 40, size=12)]).astype(np.int16)
    return ScaledTables(side, laplace_tables(), rng.integers(100, 500, size=12).astype(np.int16), weight)


def sides(count: int) -> np.ndarray:
    """Side symbols (count, 2), some of them absurd."""
    side = np.random.default_rng(4).integers(-3, 9, size=(count, 2))
    side[-1] = 5000, -5000
    return side


def test_laplace_masses_add_up_and_have_their_closed_form() -> None:
    whole = torch.arange(-4000, 4001.0, dtype=torch.float64)
    for log_scale in (-4.0, -1.0, 0.0, 3.0, 8.0):
        mass = torch.exp2(-laplace_bits(whole, torch.full_like(whole, log_scale)))
        scale = 2.0**log_scale
        assert mass.sum().item() == pytest.approx(1, abs=1e-4)
        assert mass[4000].item() == pytest.approx(1 - math.exp(-0.5 / scale), rel=1e-5)
    between = torch.tensor([0.2], dtype=torch.float64)  # noise in place of rounding
    expected = 1 - (math.exp(-0.7) + math.exp(-0.3)) / 2
    assert torch.exp2(-laplace_bits(between, torch.zeros(1, dtype=torch.float64))).item() == pytest.approx(
        expected
    )


def test_the_whole_number_tables_of_laplace_densities_cost_little() -> None:
    tables, rng = laplace_tables(), np.random.default_rng(0)
    assert len(tables.shifts) == SCALES
    for row in range(4, SCALES, 6):
        scale = 2.0 ** (-4 + row / 4)
        values = np.rint(rng.laplace(size=4000) * scale)
        ideal = laplace_bits(torch.from_numpy(values), torch.full((4000,), -4 + row / 4)).sum().item()
        one = Tables(tables.frequencies[row : row + 1], tables.shifts[row : row + 1])
        assert one.bits(values.astype(np.int64)[:, None]).sum() < 1.03 * ideal + 20


def test_scales_follow_from_side_symbols(scaled: ScaledTables) -> None:
    side = sides(50)
    place = scaled.base + side @ scaled.weight.astype(np.int64)
    assert (scaled.rows(side) == np.floor(place / 16 + 0.5).clip(0, SCALES - 1)).all()


def test_scaled_symbols_come_back_and_cost_what_they_should(scaled: ScaledTables) -> None:
    side, rng = sides(60), np.random.default_rng(5)
    scale = 2.0 ** (-4 + scaled.rows(side) / 4)
    symbols = np.rint(rng.laplace(size=(60, 12)) * np.minimum(scale, 3000)).astype(np.int64)
    symbols[0, 0], symbols[1, 1] = WIDEST, -WIDEST
    for count in (0, 1, 60):
        data = scaled.encode(symbols[:count], side[:count])
        assert (scaled.decode(data, count) == symbols[:count]).all()
    ideal = scaled.bits(symbols, side).sum()
    assert abs(8 * len(data) - ideal) < 0.01 * ideal + 64


def test_damaged_scaled_streams_never_crash(scaled: ScaledTables) -> None:
    side, rng = sides(20), np.random.default_rng(6)
    data = scaled.encode(rng.integers(-9, 9, size=(20, 12)), side)
    for place in rng.integers(len(data), size=60):
        for broken in (
            data[:place],
            data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :],
            rng.bytes(place),
        ):
            with contextlib.suppress(InputError):
                assert scaled.decode(broken, 20).shape == (20, 12)


def test_the_hyperprior_learns_that_scales_differ_from_item_to_item() -> None:
    """Half of the items are a hundred times as wide: telling which is worth far more than the side symbol costs."""
    torch.manual_seed(0)
    wide = torch.tensor([0.3, 30.0])[torch.randint(2, (2000, 1))]
    values = torch.distributions.Laplace(0.0, 1.0).sample((2000, 16)) * wide
    side = torch.log2(values.abs().mean(1, keepdim=True) + 0.1).round()
    known, alone = ScaleDensity(16, 1, torch.ones(16)), FactorisedDensity(16)
    costs = []
    for density, bits in ((known, lambda z: known.bits(z, side)), (alone, alone.bits)):
        descent = torch.optim.Adam(density.parameters(), lr=2e-2)
        for _ in range(200):
            descent.zero_grad()
            bits(values.round()).mean().backward()
            descent.step()
        costs.append(bits(values.round()).mean().item())
    assert costs[0] < 0.85 * costs[1]
