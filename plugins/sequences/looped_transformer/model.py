"""A computer written into the weights of a transformer: ten layers, used again and again, run any program.

The machine has one kind of command, SUBLEQ a b c: subtract the number in cell a from the number in cell b; if the
result is at most 0 go on with command c, else with the next. Source: Giannou et al. 2023, arXiv 2301.13196, section 5.

State X, `(rows, n)`, has entries -1 and 1 for bits, 0 where nothing is. Its n columns are `SCRATCH` columns, of which
the first is the machine's desk, `CELLS` memory cells, and commands. A layer is

    A = X + Σ V X softmax(λ (K X)ᵀ (K X)),   X' = A + W₂ relu(W₁ A + b₁) + b₂

with keys equal to queries, softmax over the columns that are read. Nothing is learned: ``layers`` writes all weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLUMNS, BITS = 32, 8
"""n, a power of two, and the bits of a number, which stand with the smallest first."""
ADDRESS = int(np.log2(COLUMNS))
"""Bits of a column's number."""
SCRATCH, CELLS = 8, 8
COMMANDS = COLUMNS - SCRATCH - CELLS
TOLERANCE = 0.2
"""The correction snaps what is so near to -1, 0 or 1."""
FAR = 4.0
"""More than any entry that a gate has to close."""


def _rows() -> dict[str, slice]:
    sizes = {
        "command": 3 * ADDRESS, "memory": BITS, "of a": BITS, "of b": BITS, "current": 3 * ADDRESS,
        "counter": ADDRESS, "place": ADDRESS, "buffer": max(3 * ADDRESS, 2 * BITS), "flag": 1,
    }  # fmt: skip
    ends = np.cumsum(list(sizes.values()))
    return {
        name: slice(int(end - size), int(end)) for (name, size), end in zip(sizes.items(), ends, strict=True)
    }


ROWS = _rows()
HEIGHT = ROWS["flag"].stop


def part(name: str, start: int = 0, stop: int | None = None) -> NDArray[np.intp]:
    """Numbers of the rows of a part of the state, or of some of them."""
    return np.arange(ROWS[name].start, ROWS[name].stop)[start:stop]


class Program(NamedTuple):
    """Commands `(16, 3)`: cells a and b, 0 to 7, and the next command c; numbers in the cells, -128 to 127, `(8,)`.

    The last command has to jump, since none follows; ``text.compiled`` ends every program with a stop.
    """

    commands: NDArray[np.int64]
    memory: NDArray[np.int64]


# ---------------------------------------------------------------------------------------------------------
# Weights


class Head(NamedTuple):
    """Keys, which are also queries, `(address bits, rows)`, and values, `(rows, rows)`."""

    K: Array
    V: Array


@dataclass
class Network:
    """The feed-forward half of a layer, written unit by unit."""

    units: list[tuple[dict[int, float], float, dict[int, float]]] = field(default_factory=list)
    constant: dict[int, float] = field(default_factory=dict)

    def unit(self, inputs: dict[int, float], bias: float, outputs: dict[int, float]) -> None:
        """One relu: weights of the rows that it reads, its bias, and what it adds to rows."""
        self.units.append((inputs, bias, outputs))

    def at_desk(
        self, inputs: dict[int, float], bias: float, outputs: dict[int, float], size: float = FAR
    ) -> None:
        """A relu that is silent where the flag is 0; `size` is more than its value ever is."""
        self.unit({**inputs, FLAG: size}, bias - size, outputs)

    def add(self, inputs: dict[int, float], row: int, at_desk: bool = True) -> None:
        """Add a linear function of rows to a row, at the desk or, without the gate, everywhere."""
        write = self.at_desk if at_desk else self.unit
        for sign in (1.0, -1.0):
            write({key: sign * weight for key, weight in inputs.items()}, 0.0, {row: sign})

    def clear(self, rows: NDArray[np.intp]) -> None:
        """Set the rows, `(count,)`, to 0 in every column."""
        for row in rows:
            self.add({row: -1.0}, row, at_desk=False)

    def matrices(self) -> tuple[Array, Array, Array, Array]:
        """W₁ `(units, rows)`, b₁, W₂ `(rows, units)` and b₂."""
        W1, b1 = np.zeros((len(self.units), HEIGHT)), np.zeros(len(self.units))
        W2, b2 = np.zeros((HEIGHT, len(self.units))), np.zeros(HEIGHT)
        for place, (inputs, bias, outputs) in enumerate(self.units):
            b1[place] = bias
            for row, weight in inputs.items():
                W1[place, row] += weight
            for row, weight in outputs.items():
                W2[row, place] += weight
        for row, value in self.constant.items():
            b2[row] = value
        return W1, b1, W2, b2


FLAG = int(part("flag")[0])


class Layer(NamedTuple):
    """A layer: its name, heads, and the matrices of its network."""

    name: str
    heads: tuple[Head, ...]
    network: tuple[Array, Array, Array, Array]


def looking(pointer: NDArray[np.intp], source: NDArray[np.intp], target: NDArray[np.intp]) -> Head:
    """A head by which columns look where a pointer points.

    The desk has a pointer and no place, every other column a place and no pointer: a column scores itself and the
    one that is pointed at alike, and each gets half of the softmax.

    Args:
        pointer: rows that hold an address, `(address bits,)`.
        source: rows that are read, `(count,)`.
        target: rows that they are added to, `(count,)`.
    """
    K, V = np.zeros((ADDRESS, HEIGHT)), np.zeros((HEIGHT, HEIGHT))
    K[np.arange(ADDRESS), pointer] = 1
    K[np.arange(ADDRESS), part("place")] = 1
    V[target, source] = 1
    return Head(K, V)


def sums(
    network: Network, bits: list[NDArray[np.intp]], more: int, target: NDArray[np.intp], old: bool
) -> None:
    """Bits of a sum, each from the sum z of all lower bits by six relus, written to the rows `target`.

    Bit i of z is 1 where 2ⁱ ≤ z < 2ⁱ⁺¹ or z ≥ 3·2ⁱ, as z stays below 2ⁱ⁺².

    Args:
        network: where the units go.
        bits: rows of each number, `(count,)`, smallest bit first.
        more: added to the sum.
        target: rows of the result, `(count,)`.
        old: whether the target holds something that goes.
    """
    for i, row in enumerate(target):
        z = {int(rows[j]): 2.0**j / 2 for rows in bits for j in range(i + 1)}
        offset = more + len(bits) * (2.0 ** (i + 1) - 1) / 2  # of entries -1 and 1 instead of 0 and 1
        size = 2.0 ** (i + 3)
        for threshold in (2.0**i, 3 * 2.0**i):
            network.at_desk(z, offset - threshold + 1, {row: 2.0}, size)
            network.at_desk(z, offset - threshold, {row: -2.0}, size)
        down, limit = {key: -weight for key, weight in z.items()}, 2.0 ** (i + 1)
        network.at_desk(down, limit - offset, {row: 2.0}, size)
        network.at_desk(down, limit - 1 - offset, {row: -2.0}, size)
        network.at_desk({}, 1.0, {row: -3.0})
        if old:
            network.add({row: -1.0}, row)


def layers(correct: bool = True) -> list[Layer]:
    """All weights: ten layers, or nine without the correction."""
    a, b, c = (part("current", place * ADDRESS, (place + 1) * ADDRESS) for place in range(3))
    of_a, of_b, buffer, counter = (part(name) for name in ("of a", "of b", "buffer", "counter"))
    written = [_read(), _fetch(a, b)]
    flip, plus, add, test, count, branch = (Network() for _ in range(6))
    for row in of_a:
        flip.add({row: -2.0}, row)
    sums(plus, [of_a], 1, of_a, old=True)
    sums(add, [of_a, of_b], 0, of_b, old=True)
    written += [Layer("flip the bits of a", (), flip.matrices()), Layer("add one", (), plus.matrices())]
    written += [Layer("add b", (), add.matrices()), _write(b)]
    test.at_desk({of_b[-1]: 1.0}, 0.0, {buffer[0]: 1.0})  # below zero
    test.at_desk(dict.fromkeys(of_b, -1.0), 1.0 - BITS, {buffer[0]: 1.0}, size=2.0 * BITS)  # zero
    sums(count, [counter], 1, buffer[1 : ADDRESS + 1], old=False)
    for old, jump, after in zip(counter, c, buffer[1:], strict=False):
        for sign in (1.0, -1.0):
            branch.at_desk({jump: sign, buffer[0]: 1.0}, -1.0, {old: sign})
            branch.at_desk({after: sign, buffer[0]: -1.0}, 0.0, {old: sign})
        branch.add({old: -1.0}, old)
    branch.clear(buffer)
    written += [Layer("at most zero?", (), test.matrices()), Layer("count on", (), count.matrices())]
    written.append(Layer("branch", (), branch.matrices()))
    return [*written, Layer("correct", (), _correction())] if correct else written


def _read() -> Layer:
    """The command that the counter points at comes to the desk."""
    network, buffer, current = Network(), part("buffer"), part("current")
    for row, half in zip(current, buffer, strict=False):
        network.add({half: 2.0, row: -1.0}, row)
    network.clear(buffer)
    head = looking(part("counter"), part("command"), buffer[: len(current)])
    return Layer("read the command", (head,), network.matrices())


def _fetch(a: NDArray[np.intp], b: NDArray[np.intp]) -> Layer:
    """The numbers in cells a and b come to the desk."""
    network, buffer, memory = Network(), part("buffer"), part("memory")
    halves = buffer[:BITS], buffer[BITS : 2 * BITS]
    for name, half in zip(("of a", "of b"), halves, strict=True):
        for row, bit in zip(part(name), half, strict=True):
            network.add({bit: 2.0, row: -1.0}, row)
    network.clear(buffer)
    heads = tuple(looking(pointer, memory, half) for pointer, half in zip((a, b), halves, strict=True))
    return Layer("fetch both numbers", heads, network.matrices())


def _write(b: NDArray[np.intp]) -> Layer:
    """Every cell looks at the desk if it is pointed at, and takes twice the mean of both less what it had."""
    network, buffer, memory = Network(), part("buffer", 0, BITS), part("memory")
    for row, mean in zip(memory, buffer, strict=True):
        for sign in (1.0, -1.0):
            network.unit({mean: 2 * sign, row: -2 * sign, FLAG: -2 * FAR}, 0.0, {row: sign})
    network.clear(buffer)
    own, new = looking(b, memory, buffer), looking(b, part("of b"), buffer)
    return Layer("write the result", (Head(own.K, own.V + new.V),), network.matrices())


def _correction() -> tuple[Array, Array, Array, Array]:
    """Entries go to the nearest of -1, 0 and 1 where it is within ``TOLERANCE``, in a straight line between.

    Commands, places and the flag are never written to, so that they need none.
    """
    network, slope = Network(), 1 / (1 - 2 * TOLERANCE)
    for row in np.concatenate(
        [part(name) for name in ("memory", "of a", "of b", "current", "counter", "buffer")]
    ):
        for below in (-1.0, 0.0):
            network.unit({row: 1.0}, -below - TOLERANCE, {row: slope})
            network.unit({row: 1.0}, -below - 1 + TOLERANCE, {row: -slope})
        network.add({row: -1.0}, row, at_desk=False)
        network.constant[row] = -1.0
    return network.matrices()


# ---------------------------------------------------------------------------------------------------------
# Running


def bits(numbers: Array, count: int) -> Array:
    """Whole numbers `(n,)` as bits -1 and 1, `(n, count)`, smallest first; negative ones as two's complements."""
    return 2.0 * ((np.asarray(numbers, np.int64)[..., None] >> np.arange(count)) & 1) - 1


def number(entries: Array) -> NDArray[np.int64]:
    """Numbers `(n,)` of two's complements, from entries `(n, count)` of either sign; n may be several axes."""
    ones = (entries > 0).astype(np.int64)
    weights = 2 ** np.arange(entries.shape[-1])
    weights[-1] *= -1
    return ones @ weights


def begin(programs: list[Program]) -> Array:
    """States, `(rows, programs, n)`."""
    X = np.zeros((HEIGHT, len(programs), COLUMNS))
    X[part("place"), :, 1:] = bits(np.arange(1, COLUMNS), ADDRESS).T[:, None]
    X[FLAG, :, 0] = 1
    X[part("counter"), :, 0] = bits(np.array(SCRATCH + CELLS), ADDRESS)[:, None]
    for place, program in enumerate(programs):
        columns = program.commands + np.array([SCRATCH, SCRATCH, SCRATCH + CELLS])
        X[part("command"), place, SCRATCH + CELLS :] = bits(columns, ADDRESS).reshape(COMMANDS, -1).T
        X[part("memory"), place, SCRATCH : SCRATCH + CELLS] = bits(program.memory, BITS).T
    return X


def memory(X: Array) -> NDArray[np.int64]:
    """Numbers in the cells, `(programs, 8)`."""
    return number(np.moveaxis(X[part("memory"), :, SCRATCH : SCRATCH + CELLS], 0, -1))


def counter(X: Array) -> NDArray[np.int64]:
    """Which command is next, `(programs,)`, 0 to 15; outside of that the state is broken."""
    return 2 ** np.arange(ADDRESS) @ (X[part("counter"), :, 0] > 0) - SCRATCH - CELLS


class Moment(NamedTuple):
    """States after a step, attention of the desk in the three reading heads, `(programs, 3, n)`, and what drifted.

    `drift` is the largest distance of an entry from a whole number before the correction, `(programs,)`.
    """

    X: Array
    looks: Array
    drift: Array


def softmax(scores: Array, sharpness: float) -> Array:
    """Of `(programs, read, reading)` over the columns that are read; if infinitely sharp all goes to the best."""
    best = scores.max(axis=1, keepdims=True)
    hard = np.isinf(sharpness)
    shares = (scores > best - 1e-6).astype(float) if hard else np.exp(sharpness * (scores - best))
    return shares / shares.sum(axis=1, keepdims=True)


def apply(layer: Layer, X: Array, sharpness: float) -> tuple[Array, list[Array]]:
    """One layer on states `(rows, programs, n)`, and where the desk looks with each of its heads, `(programs, n)`."""
    A, looks, flat = X.copy(), [], X.reshape(HEIGHT, -1)
    for K, V in layer.heads:
        keys = (K @ flat).reshape(ADDRESS, *X.shape[1:])
        shares = softmax(np.einsum("kpi,kpj->pij", keys, keys, optimize=True), sharpness)
        rows = np.flatnonzero(V.any(axis=1))  # values of all other rows are zero
        values = (V[rows] @ flat).reshape(len(rows), *X.shape[1:])
        A[rows] += (values.transpose(1, 0, 2) @ shares).transpose(1, 0, 2)
        looks.append(shares[:, :, 0])
    W1, b1, W2, b2 = layer.network
    flat = A.reshape(HEIGHT, -1)
    return (flat + W2 @ np.maximum(W1 @ flat + b1[:, None], 0) + b2[:, None]).reshape(X.shape), looks


def run(
    programs: list[Program], steps: int, sharpness: float = 10.0, correct: bool = True
) -> Iterator[Moment]:
    """The states after each of the steps; a step is one command, once through all layers.

    Args:
        programs: run side by side.
        steps: how many.
        sharpness: λ of the softmax; infinite for a hard maximum.
        correct: with the tenth layer.
    """
    stack, X = layers(), begin(programs)
    for _ in range(steps):
        looks: list[Array] = []
        for layer in stack[:-1]:
            X, seen = apply(layer, X, sharpness)
            looks += seen
        drift = abs(X - X.round()).max(axis=(0, 2))
        if correct:
            X, _ = apply(stack[-1], X, sharpness)
        yield Moment(X, np.stack(looks[:3], 1), drift)


def same(moment: Moment, place: int, cells: NDArray[np.int64], program: int = 0) -> bool:
    """Whether a state holds the next command and the numbers, `(8,)`, that an interpreter has."""
    return bool(counter(moment.X)[program] == place and (memory(moment.X)[program] == cells).all())


def interpret(program: Program, steps: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The same by an ordinary interpreter: the next command and the numbers after each step."""
    cells, place = program.memory.copy(), 0
    for _ in range(steps):
        a, b, c = program.commands[place]
        cells[b] = (cells[b] - cells[a] + 128) % 256 - 128
        place = int(c) if cells[b] <= 0 else place + 1
        yield place, cells.copy()


def survives(programs: list[Program], steps: int, sharpness: float, correct: bool) -> list[int]:
    """Steps that each program runs before a number or the counter differs from the interpreter's."""
    expected = [list(interpret(program, steps)) for program in programs]
    alive, lived = np.ones(len(programs), bool), np.zeros(len(programs), int)
    for step, moment in enumerate(run(programs, steps, sharpness, correct)):
        alive &= [same(moment, *expected[number][step], number) for number in range(len(programs))]
        if not alive.any():
            break
        lived += alive
    return lived.tolist()
