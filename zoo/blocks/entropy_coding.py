"""A learned density of each number of a code, and a range coder that runs on integer tables made of it.

The density is trained with floats, where additive noise stands for rounding; the coder sees nothing but integers.
So the bytes hold the same symbols on every machine, with any number of threads.

References:
    [1] Balle, Minnen, Singh, Hwang, Johnston. Variational image compression with a scale hyperprior. ICLR 2018.
        (the scale hyperprior, and the factorised density of appendix 6.1)
    [2] Bamler. Understanding entropy coding with asymmetric numeral systems. 2022. (the package constriction)
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from constriction import stream
from torch import Tensor, nn

from zoo.errors import InputError

TOTAL = 2**15
"""What the frequencies of a table add up to."""

REACH = 31
"""Buckets on each side of the middle one that a table holds; one more entry stands for all others."""

WIDEST = 2**15 - 1
"""The largest bucket number that can be sent."""


class FactorisedDensity(nn.Module):
    """A density for each channel, free in shape: its cumulative is a small monotone network [1].

    Args:
        channels: numbers of a code, each with a density of its own.
        widths: of the hidden layers.
        unit: (channels,), about how wide each density begins; 10 for all, unless given.
    """

    unit: Tensor

    def __init__(self, channels: int, widths: Sequence[int] = (3, 3, 3), unit: Tensor | None = None) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.register_buffer("unit", torch.full((channels,), 10.0) if unit is None else unit.clone())
        sizes = [1, *widths, 1]
        self.matrices, self.biases, self.bends = nn.ParameterList(), nn.ParameterList(), nn.ParameterList()
        for before, after in itertools.pairwise(sizes):
            slope = np.log(np.expm1(1 / after))
            self.matrices.append(nn.Parameter(torch.full((channels, after, before), float(slope))))
            self.biases.append(nn.Parameter(torch.rand(channels, after, 1) - 0.5))
            self.bends.append(nn.Parameter(torch.zeros(channels, after, 1)))

    def logits(self, values: Tensor) -> Tensor:
        """Logits of the cumulative, (channels, n), at values (channels, n)."""
        hidden = (values / self.unit[:, None])[:, None]
        last = len(self.matrices) - 1
        for layer, (matrix, bias, bend) in enumerate(
            zip(self.matrices, self.biases, self.bends, strict=True)
        ):
            hidden = F.softplus(matrix) @ hidden + bias
            if layer < last:
                hidden = hidden + torch.tanh(bend) * torch.tanh(hidden)
        return hidden[:, 0]

    def probability(self, values: Tensor) -> Tensor:
        """Mass of the interval of length 1 around each value, (n, channels) for values (n, channels)."""
        lower, upper = self.logits(values.T - 0.5), self.logits(values.T + 0.5)
        # Where both are above 0 the function is close to 1 and a difference would lose digits, so it is mirrored.
        side = torch.where(lower + upper > 0, -1.0, 1.0)
        return (torch.sigmoid(side * upper) - torch.sigmoid(side * lower)).abs().T

    def bits(self, values: Tensor) -> Tensor:
        """Code length (n,) of values (n, channels)."""
        return -torch.log2(self.probability(values).clamp_min(1e-9)).sum(1)

    @torch.no_grad()
    def tables(self, symbols: np.ndarray) -> Tables:
        """Integer tables of the density.

        Args:
            symbols: int (n, channels), such as will be sent; buckets are made as wide as these ask for.
        """
        largest = np.abs(symbols).max(0)
        shifts = np.maximum(0, np.ceil(np.log2((largest + 1) / (REACH + 0.5)))).astype(np.int16)
        double = copy.deepcopy(self).double()
        edges = torch.from_numpy(np.arange(-REACH, REACH + 2) * 2.0 ** shifts[:, None] - 0.5)
        mass = torch.sigmoid(double.logits(edges)).diff(dim=1).clamp_min(0).numpy()
        outside = np.maximum(0, 1 - mass.sum(1, keepdims=True))
        return Tables(whole_frequencies(np.concatenate([mass, outside], 1)), shifts)


def whole_frequencies(mass: np.ndarray) -> np.ndarray:
    """Frequencies, int16, of at least 1 that add up to `TOTAL` in each row, from masses (channels, entries)."""
    entries = mass.shape[1]
    exact = mass / mass.sum(1, keepdims=True) * (TOTAL - entries)
    whole = np.floor(exact).astype(np.int64)
    lacking = TOTAL - entries - whole.sum(1)
    order = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1)
    return (whole + 1 + (order < lacking[:, None])).astype(np.int16)


@dataclass(frozen=True, eq=False)
class Tables:
    """What the coder goes by.

    A symbol s of channel c lies in bucket ``s >> shifts[c]``; buckets are coded by the table, the ``shifts[c]`` low
    bits as they are. The last entry says that the bucket is none of the table's, and 16 bits with its number follow.

    Attributes:
        frequencies: int16 (channels, 2 * REACH + 2), each row adding up to `TOTAL`.
        shifts: int16 (channels,).
    """

    frequencies: np.ndarray
    shifts: np.ndarray

    def bits(self, symbols: np.ndarray) -> np.ndarray:
        """Ideal code length (n,), float64, of symbols (n, channels)."""
        _, entries = self._entries(symbols)
        frequency = np.take_along_axis(self.frequencies.T.astype(np.float64), entries, axis=0)
        escapes = 16.0 * (entries == 2 * REACH + 1)
        return (np.log2(TOTAL / frequency) + escapes + self.shifts).sum(1)

    def encode(self, symbols: np.ndarray) -> bytes:
        """The bytes of symbols, int (n, channels); those beyond 2^15 buckets become the farthest."""
        encoder = stream.queue.RangeEncoder()
        for channel in range(len(self.shifts)):
            self.put(encoder, channel, symbols[:, channel])
        return _closed(encoder)

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Symbols, int64 (count, channels), of bytes.

        Nearly every string of bytes stands for some symbols, so that only a checksum beside it can tell all damage.

        Raises:
            InputError: `encode` makes these bytes of no sequence of that length.
        """

        def read(decoder: stream.queue.RangeDecoder) -> np.ndarray:
            columns = [self.take(decoder, channel, count) for channel in range(len(self.shifts))]
            return np.stack(columns, 1) if columns else np.empty((count, 0), np.int64)

        return _checked(data, read, self.encode)

    def put(self, encoder: stream.queue.RangeEncoder, channel: int, symbols: np.ndarray) -> None:
        """Send symbols, int (n,), by the table of one channel."""
        if not len(symbols):
            return
        shift = int(self.shifts[channel])
        buckets = (np.asarray(symbols, np.int64) >> shift).clip(-WIDEST - 1, WIDEST)
        entries = np.where(np.abs(buckets) <= REACH, buckets + REACH, 2 * REACH + 1)
        encoder.encode(entries.astype(np.int32), self._model(channel))
        far = buckets[entries == 2 * REACH + 1]
        if len(far):
            encoder.encode((far + WIDEST + 1).astype(np.int32), stream.model.Uniform(2 * WIDEST + 2))
        if shift:
            low = (symbols & ((1 << shift) - 1)).astype(np.int32)
            encoder.encode(low, stream.model.Uniform(1 << shift))

    def take(self, decoder: stream.queue.RangeDecoder, channel: int, count: int) -> np.ndarray:
        """The next symbols, int64 (count,), that were sent by the table of one channel."""
        if not count:
            return np.empty(0, np.int64)
        shift = int(self.shifts[channel])
        entries = decoder.decode(self._model(channel), count)
        buckets = entries.astype(np.int64) - REACH
        far = entries == 2 * REACH + 1
        if far.any():
            buckets[far] = decoder.decode(stream.model.Uniform(2 * WIDEST + 2), int(far.sum())) - WIDEST - 1
        if shift:
            buckets = (buckets << shift) + decoder.decode(stream.model.Uniform(1 << shift), count)
        return buckets

    def _entries(self, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bucket of each symbol, and its place in the table."""
        buckets = np.asarray(symbols, np.int64) >> self.shifts.astype(np.int64)
        near = np.abs(buckets) <= REACH
        return buckets, np.where(near, buckets + REACH, 2 * REACH + 1)

    def _model(self, channel: int) -> object:
        """The coder's model of a channel.

        Frequencies are whole and their sum is a power of two, so that the coder's own table follows from them by
        exact additions and correctly rounded products, the same everywhere.
        """
        return stream.model.Categorical(self.frequencies[channel].astype(np.float64) / TOTAL, perfect=False)


def _closed(encoder: stream.queue.RangeEncoder) -> bytes:
    return encoder.get_compressed().astype(">u4").tobytes().rstrip(b"\0")


def _checked(
    data: bytes,
    read: Callable[[stream.queue.RangeDecoder], np.ndarray],
    again: Callable[[np.ndarray], bytes],
) -> np.ndarray:
    """What `read` finds in bytes, if `again` makes the same bytes of it."""
    padded = data + bytes(-len(data) % 4 + 8)
    try:
        symbols = read(stream.queue.RangeDecoder(np.frombuffer(padded, ">u4").astype(np.uint32)))
        whole = again(symbols) == data
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # the coder, written in Rust, panics on bytes that no encoder wrote
        whole = False
    if not whole:
        raise InputError("the stream is damaged or cut short; send the file as it was saved.")
    return symbols


# ---------------------------------------------------------------------------------------------------------
# The scale hyperprior of [1]

SCALES = 64
"""Laplace densities that symbols are coded by; each is a quarter of an octave wider than the one before."""

NARROWEST = -4.0
"""log2 of the first one's scale."""

FINE = 16
"""Parts of a step from one scale to the next that whole-number arithmetic tells apart."""


def laplace_tables() -> Tables:
    """A table for each of `SCALES` scales; they belong beside the weights, since exp differs between machines."""
    scale = 2.0 ** (NARROWEST + np.arange(SCALES) / 4)
    shifts = np.maximum(0, np.ceil(np.log2(10 * scale / (REACH + 0.5)))).astype(np.int16)
    edges = np.arange(-REACH, REACH + 2) * 2.0 ** shifts[:, None] - 0.5
    tail = np.exp(-np.abs(edges) / scale[:, None]) / 2
    mass = np.diff(np.where(edges < 0, tail, 1 - tail), axis=1)
    outside = tail[:, :1] + tail[:, -1:]
    return Tables(whole_frequencies(np.concatenate([mass, outside], 1)), shifts)


def laplace_bits(values: Tensor, log_scale: Tensor) -> Tensor:
    """Code length of values, each of the Laplace density with its own log2 of scale; shapes as given."""
    scale, away = torch.exp2(log_scale), values.abs()
    beyond = torch.exp(-(away - 0.5).clamp_min(0) / scale) * -torch.expm1(-1 / scale) / 2
    around = 1 - torch.exp(-0.5 / scale) * torch.cosh(away.clamp_max(0.5) / scale)
    mass = torch.where(away < 0.5, around, beyond)
    return -torch.log2(mass.clamp_min(1e-9))


class ScaleDensity(nn.Module):
    """Laplace densities whose scales follow from a few side symbols, log2 scale = base + weight side.

    Args:
        channels: symbols of a code.
        sides: side symbols, whose density is free in shape.
        scale: (channels,), the scales that base begins with.
    """

    def __init__(self, channels: int, sides: int, scale: Tensor) -> None:
        super().__init__()
        self.base = nn.Parameter(torch.log2(scale))
        weight = torch.zeros(sides, channels)
        weight[0] = 0.5
        self.weight = nn.Parameter(weight + 0.05 * torch.randn(sides, channels))
        self.side = FactorisedDensity(sides, unit=torch.full((sides,), 3.0))

    def bits(self, values: Tensor, side: Tensor) -> Tensor:
        """Code length (n,) of values (n, channels) and their side symbols (n, sides)."""
        log_scale = (self.base + side @ self.weight).clamp(NARROWEST, NARROWEST + (SCALES - 1) / 4)
        return laplace_bits(values, log_scale).sum(1) + self.side.bits(side)

    @torch.no_grad()
    def whole(self) -> tuple[np.ndarray, np.ndarray]:
        """Base (channels,) and weight (sides, channels), int16, in parts of a step between scales."""

        def fine(steps: Tensor) -> np.ndarray:
            return (steps * 4 * FINE).round().clamp(-30_000, 30_000).numpy().astype(np.int16)

        return fine(self.base - NARROWEST), fine(self.weight)


@dataclass(frozen=True, eq=False)
class ScaledTables:
    """What the coder goes by where scales follow from side symbols, which are sent first. All of it is whole numbers.

    Attributes:
        side: tables of the side symbols.
        scales: a table for each scale.
        base: int16 (channels,), see `ScaleDensity.whole`.
        weight: int16 (sides, channels).
    """

    side: Tables
    scales: Tables
    base: np.ndarray
    weight: np.ndarray

    def rows(self, side: np.ndarray) -> np.ndarray:
        """Which table each symbol is coded by, (n, channels), for side symbols, int (n, sides)."""
        place = self.base.astype(np.int64) + np.asarray(side, np.int64) @ self.weight.astype(np.int64)
        return ((place + FINE // 2) // FINE).clip(0, len(self.scales.shifts) - 1)

    def bits(self, symbols: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Ideal code length (n,), float64, of symbols (n, channels) and side symbols (n, sides)."""
        rows = self.rows(side)
        shifts = self.scales.shifts.astype(np.int64)[rows]
        buckets = np.asarray(symbols, np.int64) >> shifts
        near = np.abs(buckets) <= REACH
        frequency = self.scales.frequencies[rows, np.where(near, buckets + REACH, 2 * REACH + 1)]
        each = np.log2(TOTAL / frequency.astype(np.float64)) + 16.0 * ~near + shifts
        return each.sum(1) + self.side.bits(side)

    def encode(self, symbols: np.ndarray, side: np.ndarray) -> bytes:
        """The bytes of symbols and side symbols."""
        encoder = stream.queue.RangeEncoder()
        for channel in range(len(self.side.shifts)):
            self.side.put(encoder, channel, side[:, channel])
        rows = self.rows(side)
        for row in np.unique(rows):
            self.scales.put(encoder, int(row), symbols[rows == row])
        return _closed(encoder)

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Symbols, int64 (count, channels), of bytes; the side symbols have done their work.

        Raises:
            InputError: `encode` makes these bytes of no sequence of that length.
        """
        sides = len(self.side.shifts)

        def read(decoder: stream.queue.RangeDecoder) -> np.ndarray:
            side = [self.side.take(decoder, channel, count) for channel in range(sides)]
            both = np.empty((count, sides + len(self.base)), np.int64)
            both[:, :sides] = np.stack(side, 1)
            rows, symbols = self.rows(both[:, :sides]), both[:, sides:]
            for row in np.unique(rows):
                there = rows == row
                symbols[there] = self.scales.take(decoder, int(row), int(there.sum()))
            return both

        def again(both: np.ndarray) -> bytes:
            return self.encode(both[:, sides:], both[:, :sides])

        return _checked(data, read, again)[:, sides:]
