"""The forms of what measurements leave, as JSON files beside the cards: evidence, cost, leaderboards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from zoo import paths
from zoo.errors import ZooError

VERSION = 2
"""Of the form of the records below; a file of an older form is read and written anew."""


class Record(BaseModel):
    """Base of what is stored: fields are checked when they are read and cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(NamedTuple):
    """The ends of a confidence interval."""

    low: float
    high: float


class Origin(Record):
    """Where, when and by which code numbers were measured."""

    version: int = VERSION
    commit: str = ""
    state: str = ""
    device: str = ""
    environment: dict[str, str] = {}
    date: str = ""


class ConditionRecord(Record):
    """What one condition of a claim gave: means, the mean advantage of ours, its interval, and every run."""

    name: str
    ours: float
    baseline: float
    advantage: float
    interval: Interval
    seeds: int
    holds: bool
    ours_runs: tuple[float, ...]
    baseline_runs: tuple[float, ...]


class ClaimRecord(Record):
    """A measured claim; ``interval`` is that of the mean advantage over all conditions.

    ``measured`` is where it comes from if it was not measured together with the rest of its record.
    """

    id: str
    statement: str
    paper: str
    unit: str
    against: str
    tuning: str = ""
    data: tuple[str, ...] = ()
    better: Literal["higher", "lower"]
    margin: float
    ours: float
    baseline: float
    interval: Interval
    seeds: int
    seconds: float
    verdict: str
    reason: str = ""
    quick: bool = False
    timed: bool = False
    conditions: tuple[ConditionRecord, ...]
    curves: dict[str, Any] = {}
    measured: Origin | None = None

    @property
    def held(self) -> int:
        """How many conditions hold."""
        return sum(row.holds for row in self.conditions)


class QuickCondition(Record):
    """What is kept of a condition of the quick version."""

    name: str
    ours: float
    baseline: float
    interval: Interval
    seeds: int


class QuickClaim(Record):
    """What is kept of a claim of the quick version, for comparing with."""

    id: str
    verdict: str
    seconds: float
    conditions: tuple[QuickCondition, ...]


class EvidenceRecord(Origin):
    """``cards/evidence/<slug>.json``: every claim of a method, and what the quick version gave.

    ``quick_state`` is the state of the code that gave the quick numbers (``zoo.evidence.state``).
    """

    slug: str
    claims: tuple[ClaimRecord, ...]
    quick: tuple[QuickClaim, ...] = ()
    quick_state: str = ""


class FindingRecord(Record):
    """What a rule of a review found, and what cures it."""

    says: str
    cure: str


class RuleRecord(Record):
    """A rule of a review, its rung, and what it found."""

    name: str
    rung: Literal["bronze", "silver", "gold"]
    asks: str
    findings: tuple[FindingRecord, ...]


class CheckRecord(Origin):
    """``cards/checks/<slug>.json``: what ``zoo check`` found, and the rung of the quality ladder, or none."""

    slug: str
    rung: Literal["", "bronze", "silver", "gold"]
    rules: tuple[RuleRecord, ...]


class SizeRecord(Record):
    """What one size of input cost."""

    size: int
    seconds: float
    megabytes: float


class CostCurve(Record):
    """How a computation grows with its input.

    An exponent comes with the ends of its 95 % interval; ``largest`` is the largest size within the bounds of time
    and memory, ``ended_by`` what ended the measurement.
    """

    id: str
    title: str
    size: str
    points: tuple[SizeRecord, ...]
    time_exponent: tuple[float, float, float] | None
    memory_exponent: tuple[float, float, float] | None
    largest: int | None
    ended_by: str


class CostRecord(Origin):
    """``cards/cost/<slug>.json``."""

    slug: str
    costs: tuple[CostCurve, ...]


class Scored(Record):
    """One score of a contestant over the items."""

    mean: float
    interval: Interval
    values: tuple[float, ...]


class Placed(Record):
    """A contestant of a leaderboard; ``points`` has its scores by key at each value of the dial."""

    name: str
    slug: str
    overall: Scored | None
    points: tuple[dict[str, Scored | None], ...]


class LeaderboardRecord(Origin):
    """``cards/leaderboards/<task>.json``."""

    task: str
    seconds: float
    quick: bool
    items: tuple[str, ...]
    dial: tuple[float, ...]
    contestants: tuple[Placed, ...]


Stored = TypeVar("Stored", bound=Record)


def write(path: Path, record: Record) -> Path:
    """Store a record; a file is replaced in one go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    paths.write_whole(path, json.dumps(record.model_dump(), ensure_ascii=False, indent=1) + "\n")
    return path


def read(path: Path, form: type[Stored]) -> Stored | None:
    """A stored record, or None if nothing was measured.

    Raises:
        ZooError: the file is not of this form.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        return form.model_validate(json.loads(text))
    except ValueError as error:  # of JSON and of pydantic
        raise ZooError(
            f"{path.parent.name}/{path.name} is not a record of this zoo; measure it again."
        ) from error
