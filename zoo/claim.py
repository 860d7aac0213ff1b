"""What a method lets be measured: its claims, its cost, and its part in tasks on which methods compete."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from zoo.progress import Progress


@dataclass(frozen=True)
class Evidence:
    """Ours and the baseline's numbers on the same work, from which ``zoo verify`` computes the verdict.

    Each condition (a rate, a size, a data set) has one list of paired numbers: entry ``k`` of ours and of
    the baseline come from the same seed or the same item.

    Attributes:
        conditions: names of the conditions; one empty name if there is only one.
        ours: per condition, one number a seed or item.
        baseline: the baseline's numbers, of the same shape.
        better: which direction is better.
        margin: how much better ours must be, in the claim's unit, for the claim to hold.
        curves: anything worth plotting, as
            ``{title: {"x": [...], "series": {name: [...]}, "x_title": ..., "y_title": ...}}``; a series that
            lies at places of its own is ``{"x": [...], "y": [...]}``.
        reason: why the claim does not hold in miniature, where we know.
    """

    ours: tuple[tuple[float, ...], ...]
    baseline: tuple[tuple[float, ...], ...]
    conditions: tuple[str, ...] = ("",)
    better: Literal["higher", "lower"] = "higher"
    margin: float = 0.0
    curves: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        shapes = [len(numbers) for numbers in self.ours], [len(numbers) for numbers in self.baseline]
        if (
            not self.conditions
            or shapes[0] != shapes[1]
            or len(shapes[0]) != len(self.conditions)
            or 0 in shapes[0]
        ):
            raise ValueError(f"evidence needs paired numbers for every condition, got shapes {shapes}")

    @property
    def seeds(self) -> int:
        """How many paired numbers each condition has."""
        return min(len(numbers) for numbers in self.ours)


@dataclass(frozen=True)
class Claim:
    """A statement of the paper as code that measures it."""

    id: str
    statement: str
    paper: str
    unit: str
    baseline: str
    function: Callable[..., Evidence]
    timed: bool = False
    data: tuple[str, ...] = ()
    tuning: str = ""
    trials: tuple[int, int] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def measure(self, method: Any, quick: bool, progress: Progress) -> Evidence:
        """Run the measurement; the function gets what it names of ``method``, ``quick`` and ``progress``."""
        offered = {"self": method, "method": method, "quick": quick, "progress": progress}
        wanted = inspect.signature(self.function).parameters
        return self.function(**{name: offered[name] for name in wanted if name in offered}, **self.settings)


def claim(
    statement: str,
    *,
    paper: str,
    unit: str,
    baseline: str,
    id: str = "",
    timed: bool = False,
    data: tuple[str, ...] = (),
    tuning: str = "",
    trials: tuple[int, int] | None = None,
    **settings: Any,
) -> Callable[[Callable[..., Evidence]], Callable[..., Evidence]]:
    """Mark a function of a plugin's ``claims.py`` as the measurement of a claim.

    It returns ``Evidence`` and takes whichever it needs of ``method`` (ready to use), ``quick`` (a smaller version is
    wanted) and ``progress``. Several claims may be stacked on one function, each with an ``id`` and ``settings`` of
    its own.

    Args:
        statement: what is claimed, as a sentence a visitor understands.
        paper: where the paper says so.
        unit: of the numbers compared.
        baseline: what it is compared with.
        id: the claim's name in files and addresses; the function's name if empty.
        timed: whether the numbers come from a clock, and so differ from machine to machine.
        data: what they are measured on, where that is not what the card lists as `datasets`; names of data sets first.
        tuning: how the baseline was tuned, and on what; empty says that it was not, which the page shows.
        trials: how many settings were tried for ours and for the baseline; (0, 0) where there is nothing to tune.
        settings: passed to the function by name.
    """

    def decorate(function: Callable[..., Evidence]) -> Callable[..., Evidence]:
        declared = Claim(
            id or function.__name__,
            statement,
            paper,
            unit,
            baseline,
            function,
            timed,
            data,
            tuning,
            trials,
            settings,
        )
        # Decorators apply from the last one upwards; claims are listed as they are written.
        function.claims = (declared, *getattr(function, "claims", ()))  # type: ignore[attr-defined]
        return function

    return decorate


@dataclass(frozen=True)
class Cost:
    """A computation whose cost is measured against the size of its input."""

    id: str
    title: str
    size: str
    start: int
    most: int


def cost(
    title: str, *, size: str, start: int, most: int = 2**40
) -> Callable[[Callable[..., Callable[[], object]]], Callable[..., Callable[[], object]]]:
    """Mark a method's function ``(self, size) -> work`` as a computation to measure.

    Args:
        title: what is computed.
        size: what is counted: "rows", "pixels".
        start: the smallest size.
        most: the largest size that the method accepts.
    """

    def decorate(function: Callable[..., Callable[[], object]]) -> Callable[..., Callable[[], object]]:
        function.cost = Cost(function.__name__, title, size, start, most)  # type: ignore[attr-defined]
        return function

    return decorate


@dataclass(frozen=True)
class Outcome:
    """What a contestant makes of an item.

    Attributes:
        made: what the task asks for: a picture, coordinates, names.
        spent: what only the contestant knows, such as ``{"bits": 812}``.
    """

    made: Any
    spent: Mapping[str, float] = field(default_factory=dict)


def contestant(task: str, name: str = "") -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Mark a method's function ``(self, item, dial) -> Outcome`` as a contestant of a task.

    Args:
        task: the task's slug.
        name: the contestant's, where a method brings several; else the method's title.
    """

    def decorate(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        function.contests = (*getattr(function, "contests", ()), (task, name))  # type: ignore[attr-defined]
        return function

    return decorate
