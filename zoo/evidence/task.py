"""Work on which methods compete: what leaderboards and the Compare page are made of.

A task says what every contestant is given, which dial sets it (a rate, a number of axes), and how what it makes is
scored. Baselines come with the task. A method enters with a function of its own, marked ``@contestant``:

    @contestant("image-coding")
    def code(self, picture: np.ndarray, rate: float) -> Outcome:
        \"\"\"The picture after coding at about ``rate`` bits per pixel.\"\"\"

``zoo rank TASK --write`` gives all contestants the same items in one run and stores every score in
``cards/leaderboards/<task>.json``; tables and plots are drawn from nothing but that file.
The tasks of the zoo are in ``zoo/evidence/tasks``; a distribution brings its own by an entry point of the group
``zoo.tasks``.
"""

from __future__ import annotations

import functools
import importlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from zoo import paths, registry
from zoo.claim import Outcome
from zoo.errors import InputError
from zoo.evidence import grid, origin, records
from zoo.evidence.grid import Runs
from zoo.evidence.judge import interval
from zoo.evidence.records import Interval, LeaderboardRecord, Placed, Scored
from zoo.method import Method
from zoo.progress import Progress
from zoo.types import Figure, Pictures, Value

GROUP = "zoo.tasks"
"""The group of entry points that name tasks, as ``slug = "module:Class"``."""

log = logging.getLogger("zoo.tasks")


@dataclass(frozen=True)
class Score:
    """Something that is measured of every outcome."""

    key: str
    title: str
    unit: str
    better: Literal["higher", "lower"]


SECONDS = Score("seconds", "Time", "s", "lower")
"""Measured of every contestant: CPU time of one item, without loading and without what is fitted once."""


@dataclass(frozen=True)
class Dial:
    """What sets a contestant: the values at which the leaderboard measures, and the range a visitor may choose."""

    name: str
    title: str
    unit: str
    values: tuple[float, ...]
    default: float
    whole: bool = False


Run = Callable[[Any, float], Outcome]
"""From an item and the dial's value to an outcome; ``InputError`` where the contestant cannot reach this value."""


@dataclass(frozen=True)
class Contestant:
    """Who competes: a baseline of the task, or a method of the zoo.

    Attributes:
        name: as tables show it.
        run: does the work.
        slug: of the method; empty for a baseline.
    """

    name: str
    run: Run
    slug: str = ""


@dataclass(frozen=True)
class Item:
    """A piece of the work, and the data set it comes from."""

    group: str
    given: Any


class Task:
    """Work on which methods compete. The docstring's first sentence is its line in the app.

    Attributes:
        title: its name.
        family: whose methods compete.
        data: the data sets of the leaderboard, in words.
        dial: what sets a contestant.
        scores: what is measured, the main score first.
        across: the score that the main one is drawn against; the dial if empty.
        given: what a visitor sends to the Compare page; None if only data sets will do.
        overall: what contestants are ranked by: the main score at the dial's default, unless a task says otherwise.
        examples: files of ``zoo/evidence/tasks/examples`` for the Compare page.
        beside: the baseline that stands beside a method where a comparison opens; the first one if empty.
        slug: its address, the name of its entry point.
    """

    title: ClassVar[str]
    family: ClassVar[str]
    data: ClassVar[str]
    dial: ClassVar[Dial]
    scores: ClassVar[tuple[Score, ...]]
    across: ClassVar[str] = ""
    given: ClassVar[type[Value] | None] = None
    overall: ClassVar[Score | None] = None
    examples: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[str] = ""
    slug: ClassVar[str]

    def baselines(self) -> Mapping[str, Run]:
        """The contestants that are no methods of the zoo, by name."""
        return {}

    def items(self, quick: bool) -> Iterator[Item]:
        """The leaderboard's work, always the same; a few items of it if ``quick``."""
        raise NotImplementedError

    def item(self, value: Any) -> Any:
        """What contestants are given for a visitor's value.

        Raises:
            InputError: the value will not do for this task.
        """
        raise NotImplementedError

    def judge(self, given: Any, outcome: Outcome) -> dict[str, float]:
        """Every score of an outcome but the time, by key."""
        raise NotImplementedError

    def standing(
        self, points: Sequence[Mapping[str, float] | None], all_points: Mapping[str, Any]
    ) -> float | None:
        """What a contestant is ranked by on one item.

        Args:
            points: its scores at each value of the dial, None where it has none.
            all_points: the same of every contestant by name, for a task that ranks against a reference.
        """
        main = points[self.dial.values.index(self.dial.default)]
        return None if main is None else main[self.scores[0].key]

    def show(self, given: Any, outcomes: Mapping[str, Outcome]) -> Figure | Pictures:
        """What contestants made, side by side, by name."""
        raise NotImplementedError

    def drawn(self, value: Any, given: Any, outcomes: Mapping[str, Outcome]) -> Figure | Pictures:
        """The same with what else a visitor's value says of it, such as classes to colour by."""
        return self.show(given, outcomes)

    @classmethod
    def summary(cls) -> str:
        """The docstring's first paragraph on one line."""
        return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


@functools.cache
def targets() -> dict[str, str]:
    """Where the class of each task is, the zoo's own tasks first; a name that is taken already is passed over."""
    places: dict[str, str] = {}
    for slug, target, distribution, _ in registry.named(GROUP):
        if slug in places:
            log.warning("the task %s of %s is passed over: the name is taken.", slug, distribution)
        else:
            places[slug] = target
    return places


def names() -> list[str]:
    """The slugs of all tasks; those that cannot be imported are logged and left out."""
    return [slug for slug in targets() if _class(slug) is not None]


@functools.cache
def _class(slug: str) -> type[Task] | None:
    """The class of a task, or None where its module or class is broken."""
    module, _, name = targets()[slug].partition(":")
    try:
        task = getattr(importlib.import_module(module), name)
        if not issubclass(task, Task):
            raise TypeError(f"{name} is no zoo.evidence.task.Task")
    except (Exception, SystemExit) as error:  # a third party's module may raise anything
        log.warning("the task %s is left out: %s", slug, registry.first_line(error))
        return None
    task.slug = slug
    return task


def load(slug: str) -> Task:
    """A task by its slug.

    Raises:
        InputError: there is none of that name, or it is broken; the message lists those there are.
    """
    task = _class(slug) if slug in targets() else None
    if task is None:
        raise InputError(f"there is no task {slug!r}; the tasks are {', '.join(names())}.")
    return task()


def entered(method: type[Method], task: str) -> dict[str, str]:
    """The contestants that a method brings to a task: name of the contestant -> name of the method's function."""
    return {
        name or method.title: member
        for owner in reversed(method.__mro__)
        for member, function in vars(owner).items()
        for where, name in getattr(function, "contests", ())
        if where == task
    }


def contestants(task: Task) -> dict[str, Contestant]:
    """Everyone who competes, methods of the zoo first; a method is loaded when its turn comes."""
    entrants: dict[str, Contestant] = {}
    for slug, method in registry.methods().items():
        for name, function in entered(method, task.slug).items():
            entrants[name] = Contestant(name, _later(slug, function), slug)
    for name, run in task.baselines().items():
        entrants.setdefault(name, Contestant(name, run))
    return entrants


def _later(slug: str, function: str) -> Run:
    return lambda given, dial: getattr(registry.load(slug), function)(given, dial)


# ---------------------------------------------------------------------------------------------------------
# Measuring


def rank(slug: str, quick: bool = False, progress: Progress | None = None) -> LeaderboardRecord:
    """Give every contestant the same items and score what each makes; the record that ``write`` stores.

    Contestants take turns on each item, so that a machine that slows down slows all of them.
    """

    start = time.perf_counter()
    _work.cache_clear()
    task, entrants, items = _work(slug, quick)
    rows = [(slug, quick, number, name) for number in range(len(items)) for name in entrants]
    scored: list[dict[str, list[dict[str, float] | None]]] = [{} for _ in items]
    for done, scores in enumerate(grid.engine.get()(_all_scored, rows)):
        *_, number, name = rows[done]
        scored[number][name] = scores
        if progress:
            progress(done / len(rows), f"{task.title}: item {number + 1} of {len(items)}")
    return LeaderboardRecord(
        task=slug,
        **origin.origin(),
        seconds=round(time.perf_counter() - start, 1),
        quick=quick,
        items=tuple(item.group for item in items),
        dial=tuple(task.dial.values),
        contestants=tuple(_placed(task, entrant, scored) for entrant in entrants.values()),
    )


@functools.lru_cache(maxsize=2)
def _work(slug: str, quick: bool) -> tuple[Task, Mapping[str, Contestant], list[Item]]:
    """A task, who competes in it and what they are given, once in each process that ranks."""
    task = load(slug)
    return task, contestants(task), list(task.items(quick))


def _all_scored(slug: str, quick: bool, number: int, name: str) -> list[dict[str, float] | None]:
    """A contestant's scores for one item at each value of the dial."""
    task, entrants, items = _work(slug, quick)
    return [_scored(task, entrants[name], items[number].given, dial) for dial in task.dial.values]


@functools.lru_cache(maxsize=8)
def contest(kind: type[Task], names: tuple[str, ...], quick: bool, parts: int = 10) -> Runs:
    """Some contestants of a task on its own items, for claims: what ``rank`` measures, for as long as a process lives.

    Args:
        kind: the task; a claim that imports it is measured anew when the task changes.
        names: of the contestants.
        quick: a few items only.
        parts: the items are judged in so many parts, each the mean of every tenth item or so; they are the runs.

    Returns:
        The main score of each contestant; conditions are the values of the dial.

    Raises:
        InputError: a contestant cannot reach a value of the dial.
    """
    home = f"{kind.__module__}:{kind.__qualname__}"
    task = load(next(slug for slug, target in targets().items() if target == home))
    entrants, key = contestants(task), task.scores[0].key
    items = [item.given for item in task.items(quick)]
    scores = {
        name: np.array(
            [
                [task.judge(given, entrants[name].run(given, value))[key] for given in items]
                for value in task.dial.values
            ]
        )
        for name in names
    }
    return Runs(
        tuple(f"{value} {task.dial.unit or task.dial.name}" for value in task.dial.values),
        {
            name: np.stack([values[:, part::parts].mean(1) for part in range(parts)], 1)
            for name, values in scores.items()
        },
    )


def _placed(
    task: Task, entrant: Contestant, scored: Sequence[Mapping[str, list[dict[str, float] | None]]]
) -> Placed:
    """One contestant's scores over all items, at each value of the dial."""
    columns = zip(*(item[entrant.name] for item in scored), strict=True)
    return Placed(
        name=entrant.name,
        slug=entrant.slug,
        overall=_mean([task.standing(item[entrant.name], item) for item in scored]),
        points=tuple(
            {
                **{
                    score.key: _mean([point and point[score.key] for point in column])
                    for score in task.scores
                },
                SECONDS.key: _mean([point and point[SECONDS.key] for point in column], keep=False),
            }
            for column in columns
        ),
    )


_warm: set[tuple[str, str]] = set()
"""Who has run in this process already, by task and name: what they load and fit once is there."""


def timed(task: Task, entrant: Contestant, given: Any, dial: float) -> tuple[Outcome, float]:
    """What a contestant makes of an item, and its CPU seconds.

    The first time in a process it runs twice, and the first run, which imports, loads and fits, is not counted.
    """
    if (task.slug, entrant.name) not in _warm:
        entrant.run(given, dial)
        _warm.add((task.slug, entrant.name))
    start = time.process_time()
    outcome = entrant.run(given, dial)
    return outcome, time.process_time() - start


def _scored(task: Task, entrant: Contestant, given: Any, dial: float) -> dict[str, float] | None:
    try:
        outcome, seconds = timed(task, entrant, given, dial)
    except InputError:
        return None
    return {**task.judge(given, outcome), SECONDS.key: seconds}


def _mean(values: Sequence[float | None], keep: bool = True) -> Scored | None:
    """Mean, interval and (to four figures, if wanted) values of a score over the items; None unless all have it."""
    if any(value is None for value in values):
        return None
    numbers = np.array(values, float)
    low, high = interval(numbers)
    return Scored(
        mean=_short(numbers.mean()),
        interval=Interval(_short(low), _short(high)),
        values=tuple(float(f"{value:.4g}") for value in numbers) if keep else (),
    )


def _short(value: float) -> float:
    return float(f"{value:.6g}")


# ---------------------------------------------------------------------------------------------------------
# What was measured


def path_of(slug: str) -> Path:
    """The file that holds a task's leaderboard."""
    return paths.root() / "cards" / "leaderboards" / f"{slug}.json"


def write(record: LeaderboardRecord) -> Path:
    """Store a leaderboard.

    Raises:
        InputError: it is a quick one, which is no evidence.
    """
    if record.quick:
        raise InputError("a quick ranking is not stored; leave out --quick or --write.")
    return records.write(path_of(record.task), record)


def read(slug: str) -> LeaderboardRecord | None:
    """A stored leaderboard, or None if the task was never measured."""
    return records.read(path_of(slug), LeaderboardRecord)


def ranked(task: Task, record: LeaderboardRecord) -> list[Placed]:
    """The contestants of a record, best first; those that were not ranked last."""
    sign = -1 if (task.overall or task.scores[0]).better == "higher" else 1
    return sorted(
        record.contestants,
        key=lambda placed: (placed.overall is None, sign * placed.overall.mean if placed.overall else 0.0),
    )


def report(task: Task, record: LeaderboardRecord) -> str:
    """A leaderboard as lines of text."""
    score = task.overall or task.scores[0]
    lines = [f"{task.title}: {score.title} ({score.unit}), {len(record.items)} items"]
    for place, placed in enumerate(ranked(task, record), 1):
        overall = placed.overall
        value = (
            f"{overall.mean:.4g} [{overall.interval.low:.4g}, {overall.interval.high:.4g}]"
            if overall
            else "-"
        )
        lines.append(f"  {place}. {placed.name}: {value}")
    return "\n".join(lines)


# ---------------------------------------------------------------------------------------------------------
# A visitor's own input


@dataclass(frozen=True)
class Compared:
    """What the chosen contestants made of one input, in the order they were chosen.

    Attributes:
        shown: side by side.
        scores: by contestant; each has every score of the task and the seconds.
    """

    shown: Figure | Pictures
    scores: dict[str, dict[str, float]]


def compare(
    slug: str, value: Any, chosen: Sequence[str], dial: float, progress: Progress | None = None
) -> Compared:
    """Give a visitor's input to several contestants.

    Args:
        slug: of the task.
        value: the input, of the task's ``given``.
        chosen: names of two to four contestants.
        dial: how they are set.

    Raises:
        InputError: the input or the setting will not do, or a contestant is unknown.
    """
    task = load(slug)
    entrants = contestants(task)
    unknown = [name for name in chosen if name not in entrants]
    if unknown:
        raise InputError(f"{unknown[0]} does not compete in {task.title}; choose from {', '.join(entrants)}.")
    if not 2 <= len(set(chosen)) <= 4:
        raise InputError("choose two to four different contestants.")
    if task.given is None:
        raise InputError(f"{task.title} is measured on data sets only; nothing can be sent to it.")
    value = task.given.of(value)
    given = task.item(value)
    outcomes, scores = {}, {}
    for place, name in enumerate(dict.fromkeys(chosen)):
        if progress:
            progress(place / len(chosen), name)
        outcomes[name], seconds = timed(task, entrants[name], given, dial)
        scores[name] = {**task.judge(given, outcomes[name]), SECONDS.key: seconds}
    return Compared(task.drawn(value, given, outcomes), scores)
