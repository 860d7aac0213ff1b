"""A learned density of each number of a code, and a range coder that runs on integer tables made of it.

The density is trained with floats, where additive noise stands for rounding; the coder sees nothing but integers.
So the bytes hold the same symbols on every machine, with any number of threads.

References:
    [1] Balle, Minnen, Singh, Hwang, Johnston. Variational image compression with a scale hyperprior. ICLR 2018.
        (the factorised density of appendix 6.1)
    [2] Bamler. Understanding entropy coding with asymmetric numeral systems. 2022. (the package constriction)
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
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
        side = torch.where(lower + upper > 0, -1.0, 1.0)  # both on the flat side of 0 lose no digits
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
        buckets, entries = self._entries(symbols)
        buckets = buckets.clip(-WIDEST - 1, WIDEST)
        for channel, model in enumerate(self._models()):
            encoder.encode(np.ascontiguousarray(entries[:, channel], np.int32), model)
            far = buckets[entries[:, channel] == 2 * REACH + 1, channel]
            if len(far):
                encoder.encode((far + WIDEST + 1).astype(np.int32), stream.model.Uniform(2 * WIDEST + 2))
            if self.shifts[channel]:
                size = 1 << int(self.shifts[channel])
                encoder.encode(
                    (symbols[:, channel] & (size - 1)).astype(np.int32), stream.model.Uniform(size)
                )
        return encoder.get_compressed().astype(">u4").tobytes().rstrip(b"\0")

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Symbols, int64 (count, channels), of bytes.

        Nearly every string of bytes stands for some symbols, so that only a checksum beside it can tell all damage.

        Raises:
            InputError: the bytes are not what `encode` makes of any so many symbols.
        """
        try:
            symbols = self._decode(data, count)
            whole = self.encode(symbols) == data
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException:  # the coder, written in Rust, panics on bytes that no encoder wrote
            whole = False
        if not whole:
            raise InputError("the stream is damaged or cut short; send the file as it was saved.")
        return symbols

    def _decode(self, data: bytes, count: int) -> np.ndarray:
        padded = data + bytes(-len(data) % 4 + 8)
        decoder = stream.queue.RangeDecoder(np.frombuffer(padded, ">u4").astype(np.uint32))
        symbols = np.empty((count, len(self.shifts)), np.int64)
        for channel, model in enumerate(self._models()):
            entries = decoder.decode(model, count)
            buckets = entries.astype(np.int64) - REACH
            far = entries == 2 * REACH + 1
            if far.any():
                buckets[far] = (
                    decoder.decode(stream.model.Uniform(2 * WIDEST + 2), int(far.sum())) - WIDEST - 1
                )
            if self.shifts[channel]:
                size = 1 << int(self.shifts[channel])
                buckets = buckets * size + decoder.decode(stream.model.Uniform(size), count)
            symbols[:, channel] = buckets
        return symbols

    def _entries(self, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bucket of each symbol, and its place in the table."""
        buckets = np.asarray(symbols, np.int64) >> self.shifts.astype(np.int64)
        near = np.abs(buckets) <= REACH
        return buckets, np.where(near, buckets + REACH, 2 * REACH + 1)

    def _models(self) -> Iterator[object]:
        """The coder's model of each channel.

        Frequencies are whole and their sum is a power of two, so that the coder's own table follows from them by
        exact additions and correctly rounded products, the same everywhere.
        """
        for row in self.frequencies.astype(np.float64):
            yield stream.model.Categorical(row / TOTAL, perfect=False)
