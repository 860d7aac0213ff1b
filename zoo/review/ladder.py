"""Rungs, rules and the record of a review."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zoo import card, paths, registry
from zoo.card import Card
from zoo.evidence import origin, records, verify
from zoo.evidence.records import CheckRecord, EvidenceRecord, FindingRecord, RuleRecord
from zoo.method import Method
from zoo.progress import Progress
from zoo.registry import Entry

RUNGS: tuple[Literal["bronze", "silver", "gold"], ...] = ("bronze", "silver", "gold")
"""From the lowest to the highest."""


@dataclass(frozen=True)
class Finding:
    """What is wrong, and what cures it; a sentence each."""

    says: str
    cure: str


@dataclass(frozen=True)
class Subject:
    """A method under review.

    Attributes:
        entry: as the registry knows it.
        spent: CPU seconds that rules have spent, by their names.
    """

    entry: Entry
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The method's slug."""
        return self.entry.slug

    @property
    def method(self) -> type[Method]:
        """Its class, also where it has no card yet."""
        return self.entry.draft

    @property
    def folder(self) -> Path:
        """Where its modules are."""
        return self.method.folder()

    @property
    def is_guest(self) -> bool:
        """Whether it is a third party's."""
        return paths.is_guest(self.folder)

    @functools.cached_property
    def card(self) -> Card | None:
        """Its card, if there is a readable one."""
        try:
            return card.read(self.method)
        except card.CardError:
            return None

    @functools.cached_property
    def evidence(self) -> EvidenceRecord | None:
        """What was measured."""
        return verify.read(self.slug)

    @property
    def sources(self) -> list[Path]:
        """Its Python files: those of its package, or the single module."""
        home = Path(importlib.import_module(self.method.__module__).__file__ or "")
        return sorted(self.folder.rglob("*.py")) if home.name == "__init__.py" else [home]

    @property
    def project(self) -> Path | None:
        """The folder of the project that it is developed in; None for an installed copy."""
        if not self.is_guest:
            return paths.checkout()
        return next((place for place in self.folder.parents if (place / "pyproject.toml").is_file()), None)

    @property
    def tests(self) -> list[Path]:
        """Its tests: ``tests/methods/test_<slug>.py`` of the checkout, or those of its distribution."""
        if self.project is None:
            return []
        if self.is_guest:
            return sorted((self.project / "tests").rglob("test_*.py"))
        return sorted((self.project / "tests" / "methods").glob(f"test_{self.slug.replace('-', '_')}*.py"))


Check = Callable[[Subject], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """A question that a reviewer asks.

    Attributes:
        name: what it is about.
        rung: which rung needs it.
        asks: what is asked, as a sentence about the method.
        check: finds what is wrong.
        runs: whether that runs the method's actions.
    """

    name: str
    rung: Literal["bronze", "silver", "gold"]
    asks: str
    check: Check
    runs: bool = False


_RULES: list[Rule] = []


def rule(
    rung: Literal["bronze", "silver", "gold"], asks: str, *, runs: bool = False
) -> Callable[[Check], Check]:
    """Mark a function as the check of a rule that is called as it is."""

    def decorate(check: Check) -> Check:
        _RULES.append(Rule(check.__name__.replace("_", " "), rung, asks, check, runs))  # type: ignore[attr-defined]
        return check

    return decorate


def rules() -> tuple[Rule, ...]:
    """Every rule, from bronze to gold."""
    homes = [f"zoo.review.{name}" for name in ("contract", "files", "claims", "comparison")]
    for home in homes:
        importlib.import_module(home)
    # Whoever imported one of them first must not change the order.
    return tuple(
        sorted(_RULES, key=lambda rule: (RUNGS.index(rule.rung), homes.index(rule.check.__module__)))
    )


def review(slug: str, runs: bool = True, progress: Progress | None = None) -> CheckRecord:
    """Put every rule to a method.

    Args:
        slug: of the method.
        runs: also the rules that run its actions.
        progress: called with the rule that is being put.

    Raises:
        InputError: there is no such method.
        PluginError: its class cannot be imported.
    """
    subject = Subject(registry.find(slug))
    asked = [rule for rule in rules() if runs or not rule.runs]
    rows = []
    for number, rule in enumerate(asked):
        if progress is not None:
            progress(number / len(asked), rule.name)
        findings = tuple(FindingRecord(says=fault.says, cure=fault.cure) for fault in rule.check(subject))
        rows.append(RuleRecord(name=rule.name, rung=rule.rung, asks=rule.asks, findings=findings))
    return CheckRecord(
        slug=slug,
        **origin.origin(subject.folder),
        state=verify.state_of(subject.method),
        rung=_rung(rows) if runs else "",
        rules=tuple(rows),
    )


def _rung(rows: list[RuleRecord]) -> Literal["", "bronze", "silver", "gold"]:
    """The highest rung of which, as of all below, nothing was found; empty if not even the first."""
    reached: Literal["", "bronze", "silver", "gold"] = ""
    for rung in RUNGS:
        if any(row.findings for row in rows if row.rung == rung):
            break
        reached = rung
    return reached


def step(record: CheckRecord) -> tuple[str, Iterator[RuleRecord]]:
    """The rung that comes next, empty on the highest, and its rules that still find something."""
    above = RUNGS.index(record.rung) + 1 if record.rung else 0  # type: ignore[arg-type]
    rung = RUNGS[above] if above < len(RUNGS) else ""
    return rung, (row for row in record.rules if row.rung == rung and row.findings)


def path_of(method: type[Method]) -> Path:
    """The file that holds the outcome of a method's review."""
    return card.measured(method, "checks")


def write(record: CheckRecord) -> Path:
    """Store the outcome beside the method's card.

    Raises:
        InputError: the method is installed as a copy.
    """
    path = paths.may_write(path_of(registry.find(record.slug).draft), record.slug)
    return records.write(path, record)


def read(method: type[Method]) -> CheckRecord | None:
    """The stored outcome, or None if the method was never reviewed."""
    return records.read(path_of(method), CheckRecord)
