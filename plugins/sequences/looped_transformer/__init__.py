"""A transformer that runs programs: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Seed, Summary, action, contestant, cost
from zoo.types import Figure, Metrics, Table, Text

MULTIPLY = """a = 4   # how often
b = -6  # what is added, by subtracting minus it
c = 1
loop: b d     # d is the product
      c a end
      z z loop
end:  stop"""
WALK = """a = 1
loop: a b       # b = -a
      b a       # a = a + a: its bit moves
      b b loop  # b = 0, and again"""
FIBONACCI = """b = 1
loop: a c       # c = -a
      b c       # c = -(a + b)
      a a next
next: d d more
more: b d       # d = -b
      d a       # a = b
      b b then
then: c b       # b = a + b
      c c loop"""


@dataclass(frozen=True)
class Ran:
    """A program, run by the transformer and by an ordinary interpreter.

    Attributes:
        summary: whether both agree.
        machine: the six free cells as bits, and where the desk looks, step by step.
        trace: every step: the place of the command, both numbers, the result, the next place, and whether the
            interpreter agrees.
        metrics: steps that agree, and how far entries drifted from whole numbers.
    """

    summary: Annotated[str, Summary("an ordinary interpreter")]
    machine: Figure
    trace: Table
    metrics: Metrics


@dataclass(frozen=True)
class Drifted:
    """How long programs survive a softmax that is not sharp.

    Attributes:
        summary: steps with and without the layer that corrects.
        survival: steps until the first wrong number, by how sharp the softmax is.
        metrics: the same as numbers.
    """

    summary: Annotated[str, Summary("the same machine without correction")]
    survival: Figure
    metrics: Metrics


class LoopedTransformer(Method):
    """Runs your program inside a transformer whose weights were written down, not learned.

    Ten layers of attention and small networks are used again and again. Attention is the wire between memory and desk:
    the column that holds the counter looks at a command, then at the two numbers that it names. The networks are the
    arithmetic: they flip bits, add, and decide where to go on. One kind of command, "subtract, and jump if at most
    zero", is enough for any program.
    """

    title = "Looped transformer"
    family = "sequences"
    contract = 2
    paper = Paper(
        "Looped Transformers as Programmable Computers",
        (
            "Angeliki Giannou", "Shashank Rajput", "Jy-yong Sohn", "Kangwook Lee", "Jason D. Lee",
            "Dimitris Papailiopoulos",
        ),
        2023,
        "ICML 2023",
        "https://arxiv.org/abs/2301.13196",
    )  # fmt: skip

    @action(
        by="actions",
        title="Run a program",
        examples={
            "Four times six": {"program": MULTIPLY, "steps": 12},
            "A bit that walks": {"program": WALK},
            "Fibonacci's numbers": {"program": FIBONACCI, "steps": 60},
            "Four times six, without correction": {"program": MULTIPLY, "steps": 12, "correct": False},
        },
    )
    def execute(
        self,
        program: Text,
        steps: Annotated[int, Field(ge=1, le=80)] = 24,
        sharpness: Annotated[float, Field(ge=1, le=50)] = 10.0,
        correct: bool = True,
        progress: Progress = Progress(),
    ) -> Ran:
        """Run a program step by step and watch attention fetch what it needs.

        Args:
            program: lines such as `loop: a b end`: subtract a from b, go to `end` if b is then at most 0, else to the
                next line. Cells are a to f; `a = 3` sets one, z is always 0, `stop` stops.
            steps: commands that are run; a stop is repeated.
            sharpness: λ of the softmax; below 8 the machine may misremember, below 5 it soon does.
            correct: with the tenth layer, which brings entries back to -1, 0 and 1.
        """

    @action(
        by="actions",
        title="Misremember",
        examples={"Eight programs": {"programs": 8}, "Eight others": {"programs": 8, "seed": 1}},
    )
    def drift(
        self,
        programs: Annotated[int, Field(ge=1, le=40)] = 8,
        steps: Annotated[int, Field(ge=5, le=60)] = 30,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Drifted:
        """Run random programs with ever sharper softmax, with and without correction, until something is wrong.

        Args:
            programs: drawn at random; each runs ten commands or more and branches both ways.
            steps: of each.
            seed: draws the programs.
        """

    @contestant("theory-met", "Looped transformer: steps as interpreted")
    def steps_met(self, seed: int, draws: float) -> Outcome:
        """Steps before a difference from the interpreter, of four programs a draw, and all thirty of them."""
        import numpy as np

        from . import model, text

        programs = [text.drawn(seed * 100 + number, 30) for number in range(4 * int(draws))]
        return Outcome((np.mean(model.survives(programs, 30, 10.0, correct=True)), 30))

    @cost("Ten steps", size="programs", start=4)
    def stepping(self, size: int) -> Callable[[], object]:
        """Side by side."""
        from . import model, text

        programs = [text.drawn(seed, 30) for seed in range(size)]
        return lambda: list(model.run(programs, 10))
