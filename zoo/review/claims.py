"""What a method claims, and whether it is measured, up to date and fair."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zoo import card, hub
from zoo.evidence import records, verify
from zoo.review.ladder import Finding, Subject, rule

FEWEST_RUNS = 5
"""Paired runs of a condition below which an interval says little."""


@rule("bronze", "It claims something, against a baseline, and every claim is measured.")
def claims(subject: Subject) -> Iterator[Finding]:
    """Compare the claims of the code with those of the evidence."""
    declared = subject.method.claims()
    write = f"Run zoo verify {subject.slug} --write."
    if not declared:
        yield Finding(
            "it claims nothing.",
            "Write claims.py: what the paper says, measured against a standard baseline.",
        )
        return
    measured = {row.id: row for row in subject.evidence.claims} if subject.evidence else {}
    for name, claim in declared.items():
        if name not in measured:
            yield Finding(f"the claim {name} is not measured.", write)
        elif measured[name].statement != claim.statement:
            yield Finding(
                f"the claim {name} was measured under other words.", f"Run zoo verify {subject.slug} --judge."
            )
    for name in measured.keys() - declared.keys():
        yield Finding(f"the evidence holds a claim {name} that the code no longer makes.", write)


@rule("silver", "Its numbers come from the code, weights and packages that are there now.")
def fresh_evidence(subject: Subject) -> Iterator[Finding]:
    """Compare the states of the evidence and of the code."""
    if subject.evidence is None:
        return
    if verify.state_of(subject.method) not in (subject.evidence.state, subject.evidence.quick_state):
        yield Finding(
            "the committed numbers come from other code, weights or packages.",
            f"Run zoo verify {subject.slug} --quick --check; if it agrees, --quick --write renews them.",
        )


@rule("silver", "Its evidence, cost and weights name the commit that they were made by.")
def origin(subject: Subject) -> Iterator[Finding]:
    """Read the records; a third party's are asked where its folder is a git repository."""
    if subject.is_guest and not _in_repository(subject.folder):
        return
    again = "with the code committed, in a clone made by git."
    parts = (
        {row.id: row.measured for row in subject.evidence.claims if row.measured} if subject.evidence else {}
    )
    if subject.evidence and not subject.evidence.commit:
        yield Finding("the evidence names no commit.", f"Run zoo verify {subject.slug} --write {again}")
    for name in (name for name, measured in parts.items() if not measured.commit):
        yield Finding(
            f"the claim {name} names no commit.",
            f"Run zoo verify {subject.slug} --claim {name} --write {again}",
        )
    costs = records.read(card.measured(subject.method, "cost"), records.CostRecord)
    if costs and not costs.commit:
        yield Finding("its cost names no commit.", f"Run zoo cost {subject.slug} --write {again}")
    recipe = hub.home(subject.method) / "recipe.json"
    if recipe.is_file() and not json.loads(recipe.read_text(encoding="utf-8")).get("commit"):
        yield Finding("the recipe of its weights names no commit.", f"Run zoo train {subject.slug} {again}")


def _in_repository(folder: Path) -> bool:
    if shutil.which("git") is None:
        return False
    asked = ["git", "rev-parse", "--is-inside-work-tree"]
    return subprocess.run(asked, cwd=folder, capture_output=True).returncode == 0


@rule("silver", "Every claim says how its baseline was tuned, or that there is nothing to tune.")
def tuned_baselines(subject: Subject) -> Iterator[Finding]:
    """Read what claims declare."""
    for name, claim in subject.method.claims().items():
        if not claim.tuning:
            yield Finding(
                f"the claim {name} does not say how {claim.baseline!r} was tuned.",
                'Give @claim tuning="…": which settings were tried and on what, or why there is nothing to tune.',
            )


@rule("silver", f"Every condition was run {FEWEST_RUNS} times or more, unless chance plays no part.")
def enough_runs(subject: Subject) -> Iterator[Finding]:
    """Count the stored runs."""
    for row in subject.evidence.claims if subject.evidence else ():
        for condition in row.conditions:
            alike = np.ptp(condition.ours_runs) == 0 and np.ptp(condition.baseline_runs) == 0
            if condition.seeds < FEWEST_RUNS and not (alike or row.timed):
                yield Finding(
                    f"{row.id}, {condition.name or 'all'}: {condition.seeds} runs.",
                    "Measure more seeds or items; networks count by trainings, not by test items.",
                )


@rule(
    "gold", "Both sides of every claim were given equal care: no fewer settings were tried for the baseline."
)
def equal_care(subject: Subject) -> Iterator[Finding]:
    """Compare the declared budgets."""
    for name, claim in subject.method.claims().items():
        if claim.trials is None:
            yield Finding(
                f"the claim {name} does not say how many settings were tried for either side.",
                "Give @claim trials=(ours, baseline); (0, 0) where there is nothing to tune.",
            )
        elif claim.trials[1] < claim.trials[0]:
            ours, baseline = claim.trials
            yield Finding(
                f"the claim {name} tried {ours} settings for ours and {baseline} for the baseline.",
                "Tune the baseline as much, on the same data.",
            )


@rule("gold", "A claim of the paper holds in all conditions.")
def holds(subject: Subject) -> Iterator[Finding]:
    """Look for a verdict that needs no excuse."""
    rows = subject.evidence.claims if subject.evidence else ()
    if not any(row.verdict == "holds" and not row.paper.startswith("ours") for row in rows):
        yield Finding(
            "no claim of the paper holds in all conditions.",
            "Say in the card why, or mend what keeps it from holding; an honest claim that fails stays.",
        )
