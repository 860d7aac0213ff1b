"""The machine at work, and how long it remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, Panel
from zoo.types import Figure

from . import model, text

LOOKS = ("command", "first number", "second number")


class Step(NamedTuple):
    """One step: its number, command and place, where it goes on, cells `(8,)` after it, and looks `(3, n)`."""

    number: int
    command: str
    place: int
    after: int
    cells: NDArray[np.int64]
    looks: NDArray[np.float64]
    agrees: bool


def machine(steps: Sequence[Step], lines: Sequence[str]) -> Figure:
    """The free cells as bits, the largest first, and which columns the desk looks at, for every step."""
    commands = [*map(_short, lines), "stop"]
    shown = [0, *range(model.SCRATCH, model.SCRATCH + model.CELLS + len(commands))]
    columns = ["desk", *(f"cell {name}" for name in text.NAMES), *commands]
    powers = [f"{2**bit}" if bit < model.BITS - 1 else "−128" for bit in range(model.BITS)][::-1]
    names_of_cells = {"tickvals": list(range(text.FREE)), "ticktext": list(text.NAMES[: text.FREE])}
    names_of_columns = {"tickvals": list(range(len(shown))), "ticktext": columns, "tickfont": {"size": 11}}
    names_of_columns |= {"side": "right", "automargin": True}  # between the plots they would lie on the bits
    moments, titles = {}, []
    for step in steps:
        cells = step.cells[: text.FREE]
        bits = (model.bits(cells, model.BITS)[:, ::-1] > 0).astype(int)
        names = (f"{name} = {value}" for name, value in zip(text.NAMES, cells.tolist(), strict=False))
        memory = _shades(bits, powers, list(range(text.FREE)), COLOURS[0])
        looks = _shades(2 * step.looks[:, shown].round(3).T, list(LOOKS), list(range(len(shown))), COLOURS[1])
        down = figures.axis(autorange="reversed", zeroline=False, showgrid=False)
        across = figures.axis(type="category", zeroline=False, showgrid=False)
        moments[f"{step.number}"] = [
            Panel([memory], across, down | names_of_cells, "bits of the cells"),
            Panel([looks], across, down | names_of_columns, "where the desk looks"),
        ]
        said = f"command {step.place}: {step.command} → {step.after}<br>{'   '.join(names)}"
        titles.append(said if step.agrees else f"{said}<br>the interpreter differs")
    return replay.replay(
        moments, titles=titles, prefix="step ", height=520, margin=figures.MARGIN | {"t": 110}
    )


def _short(line: str) -> str:
    """A command without its label and comment, as it fits beside the plot."""
    return line.partition(":")[2].strip() or line if ":" in line else line


def _shades(values: NDArray, x: Sequence[str], y: Sequence, colour: str) -> dict:
    shades = (0, "rgba(139, 141, 152, 0.16)"), (1, colour)
    return traces.cells(values, y, x, shades=shades, said="%{y}<br>%{x}: %{z:.3g}", gap=2)


def survival(sharpness: Sequence[float], own: NDArray, bare: NDArray, steps: int) -> Figure:
    """Steps without a wrong number, mean and each program, `(sharpness, programs)`."""
    shown = []
    for name, values, colour in (("with correction", own, COLOURS[0]), ("without", bare, COLOURS[1])):
        x = np.repeat(sharpness, values.shape[1])
        shown.append(figures.dots(x, values.ravel(), "", colour, size=6, opacity=0.35))
        shown.append(figures.line(sharpness, values.mean(1), name, colour, marks=8))
    up = figures.axis(f"steps without a wrong number, of {steps}", span=(-1, steps + 2))
    return figures.chart(shown, "how sharp the softmax is, λ", up)
