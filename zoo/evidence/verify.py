"""Measures what a method claims, and computes the verdict, which is never typed by hand.

``zoo verify SLUG`` runs the method's claims, ours and the baseline in one go, and prints the verdicts. ``--write``
stores the numbers in ``cards/evidence/<slug>.json`` and the card's ``model-index``, together with those of the quick
version, a smaller one that takes under a minute. ``--quick --check`` measures that again and compares: a change of
code that breaks a result is found so. A run that was interrupted goes on with the claims that were not measured yet.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from zoo import card, hub, paths, registry
from zoo.claim import Claim, Evidence
from zoo.errors import InputError
from zoo.evidence import grid, judge, origin, records, state
from zoo.evidence.records import (
    ClaimRecord,
    EvidenceRecord,
    Interval,
    Origin,
    QuickClaim,
    QuickCondition,
)
from zoo.hub import shared
from zoo.method import Method
from zoo.progress import Progress


def measure(
    method: Method, claim: Claim, quick: bool = False, progress: Progress | None = None
) -> ClaimRecord:
    """Run one claim and judge it; the record as the evidence file holds it."""
    start = time.perf_counter()
    evidence = claim.measure(method, quick, progress or Progress())
    return judged(
        evidence,
        **_words(claim),
        seconds=round(time.perf_counter() - start, 1),
        quick=quick,
        curves=dict(evidence.curves),
    )


def judged(evidence: Evidence, **known: Any) -> ClaimRecord:
    """The record of a claim: what is known of it, and the verdict on its evidence."""
    verdict, rows = judge.judge(evidence)
    return ClaimRecord(
        **known,
        better=evidence.better,
        margin=evidence.margin,
        ours=float(np.mean([row.ours for row in rows])),
        baseline=float(np.mean([row.baseline for row in rows])),
        interval=Interval(*judge.overall(evidence)),
        seeds=evidence.seeds,
        verdict=verdict,
        reason=evidence.reason if verdict != "holds" else "",
        conditions=tuple(rows),
    )


def verify(
    slug: str,
    quick: bool = False,
    tell: Callable[[str], None] = print,
    progress: Progress | None = None,
    fresh: bool = False,
    timed: bool = True,
    only: Collection[str] = (),
) -> EvidenceRecord:
    """Measure every claim of a method; what an interrupted run of the same code measured is taken over.

    Args:
        slug: of the method.
        quick: a smaller version that takes seconds.
        tell: called with a line about each finished claim.
        progress: called with how far the present claim is.
        fresh: measure every claim, whatever an interrupted run left.
        timed: also those whose numbers come from a clock.
        only: names of the claims to measure; the others are taken from the committed record. All if empty.

    Returns:
        The record that ``write`` stores.

    Raises:
        InputError: there is no claim of a name.
    """
    method = registry.load(slug)
    declared = type(method).claims()
    for name in set(only) - set(declared):
        raise InputError(f"{slug} has no claim {name!r}; its claims are {', '.join(declared)}.")
    claims = {
        name: claim
        for name, claim in declared.items()
        if (timed or not claim.timed) and (not only or name in only)
    }
    code = state_of(type(method))
    folder = paths.cache() / "verify" / f"{slug}-{code}{'-quick' if quick else ''}"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    outcomes = []
    with grid.kept_in(folder / "cells"):
        for number, claim in enumerate(claims.values()):
            outcome = records.read(folder / f"{claim.id}.json", ClaimRecord)
            if outcome is None:
                outcome = measure(method, claim, quick, _Share(progress or Progress(), number, len(claims)))
                records.write(folder / f"{claim.id}.json", outcome)
            outcomes.append(outcome)
            tell(report(outcome))
    shutil.rmtree(folder, ignore_errors=True)
    kept = _kept(read(slug), only)
    rows = {**kept, **{outcome.id: outcome for outcome in outcomes}}
    return EvidenceRecord(
        slug=slug,
        **origin.origin(method.folder()),
        state=code,
        claims=tuple(rows[name] for name in declared if name in rows),
    )


def _kept(committed: EvidenceRecord | None, only: Collection[str]) -> dict[str, ClaimRecord]:
    """The committed rows of the claims that are not measured now, each with where it comes from."""
    if committed is None or not only:
        return {}
    before = Origin(**committed.model_dump(include=set(Origin.model_fields)))
    return {
        row.id: row.model_copy(update={"measured": row.measured or before})
        for row in committed.claims
        if row.id not in only
    }


class _Share(Progress):
    """Progress of one claim as its share of all."""

    def __init__(self, whole: Progress, number: int, count: int) -> None:
        self._whole, self._number, self._count = whole, number, count

    def __call__(self, fraction: float, text: str = "") -> None:
        label = f"claim {self._number + 1} of {self._count}" + (f": {text}" if text else "")
        self._whole((self._number + fraction) / self._count, label)


def state_of(method: type[Method]) -> str:
    """A fingerprint of all that a measurement rests on; see ``zoo.evidence.state``."""
    return shared.state(state.of_measurement(method.folder(), hub.home(method)), method)


def judge_again(slug: str) -> EvidenceRecord:
    """The stored evidence of a method under the present rule, computed from its stored runs.

    Words (statement, rival, tuning …) and the order are those of the claims as they stand in the code.

    Raises:
        InputError: nothing was measured yet.
    """
    committed = read(slug)
    if committed is None:
        raise InputError(f"{slug} has no evidence yet; zoo verify {slug} --write measures it.")
    rows = {row.id: row for row in committed.claims}
    declared = registry.find(slug).draft.claims()
    again = tuple(_judged_again(rows[name], claim) for name, claim in declared.items() if name in rows)
    return committed.model_copy(update={"claims": again})


def _judged_again(row: ClaimRecord, claim: Claim) -> ClaimRecord:
    evidence = Evidence(
        tuple(condition.ours_runs for condition in row.conditions),
        tuple(condition.baseline_runs for condition in row.conditions),
        tuple(condition.name for condition in row.conditions),
        row.better,
        row.margin,
        reason=row.reason,
    )
    kept = ("seconds", "quick", "curves")
    again = judged(evidence, **_words(claim), **{name: getattr(row, name) for name in kept})
    return again.model_copy(update={"measured": row.measured})


def _words(claim: Claim) -> dict[str, Any]:
    """What a claim's record takes from the code."""
    return {
        "id": claim.id,
        "statement": claim.statement,
        "paper": claim.paper,
        "unit": claim.unit,
        "against": claim.baseline,
        "tuning": claim.tuning,
        "data": claim.data,
        "timed": claim.timed,
    }


# ---------------------------------------------------------------------------------------------------------
# Against what was committed

TOLERANCE = 0.05
"""How far a mean may lie from the committed one, as a share of the larger of ours and the baseline's."""


def unchanged(slug: str) -> bool:
    """Whether the committed quick numbers came from exactly this code, these weights and these packages."""
    committed = read(slug)
    return committed is not None and committed.quick_state == state_of(registry.find(slug).draft)


def differences(record: EvidenceRecord, committed: EvidenceRecord | None) -> list[str]:
    """What a quick record says otherwise than the committed evidence's, a sentence each.

    Chance is seeded, so the same code gives nearly the same numbers on any machine. A mean may differ by
    ``TOLERANCE`` and, beyond that, by the half width of the committed interval. Claims about time are not compared: a
    busy machine is not a broken method.
    """
    if committed is None or not committed.quick:
        return [f"{record.slug} has no committed quick evidence; run zoo verify {record.slug} --write."]
    about_time = {row.id for row in committed.claims if row.timed}
    before = {row.id: row for row in committed.quick if row.id not in about_time}
    faults = [f"the claim {name} is gone." for name in before.keys() - {row.id for row in record.claims}]
    for row in record.claims:
        if row.timed:
            continue
        if row.id not in before:
            faults.append(f"the claim {row.id} has no committed evidence.")
        else:
            faults += _claim_differences(row, before[row.id])
    return faults


def _claim_differences(row: ClaimRecord, before: QuickClaim) -> list[str]:
    rows = {condition.name: condition for condition in row.conditions}
    if rows.keys() != {condition.name for condition in before.conditions}:
        return [f"{row.id}: its conditions are others than those committed."]
    faults = []
    if row.verdict != before.verdict:
        faults.append(f"{row.id}: {row.verdict}, where the committed evidence says {before.verdict}.")
    for old in before.conditions:
        new = rows[old.name]
        slack = TOLERANCE * max(abs(old.ours), abs(old.baseline)) + (old.interval.high - old.interval.low) / 2
        for side in ("ours", "baseline"):
            now, then = getattr(new, side), getattr(old, side)
            if not abs(now - then) <= slack:
                faults.append(
                    f"{row.id}, {old.name or 'all'}: {side} is {now:.4g}, where the committed evidence says"
                    f" {then:.4g} (within {slack:.2g})."
                )
    return faults


def brief(claim: ClaimRecord) -> QuickClaim:
    """What the committed evidence keeps of a quick measurement."""
    kept = ("name", "ours", "baseline", "interval", "seeds")
    return QuickClaim(
        id=claim.id,
        verdict=claim.verdict,
        seconds=claim.seconds,
        conditions=tuple(
            QuickCondition(**{name: getattr(row, name) for name in kept}) for row in claim.conditions
        ),
    )


def path_of(slug: str) -> Path:
    """The file that holds a method's evidence."""
    return card.measured(registry.find(slug).draft, "evidence")


def read(slug: str) -> EvidenceRecord | None:
    """The committed evidence of a method, or None if it was never measured."""
    return records.read(path_of(slug), EvidenceRecord)


# ---------------------------------------------------------------------------------------------------------
# Telling and storing


def report(outcome: ClaimRecord) -> str:
    """A measured claim in a few lines of text."""
    count = f"{outcome.held} of {len(outcome.conditions)}"
    lines = [f"{outcome.verdict.upper()} ({count}): {outcome.statement} [{outcome.seconds} s]"]
    for row in outcome.conditions:
        lines.append(
            f"  {row.name or 'all'}: ours {row.ours:.4g}, {outcome.against} {row.baseline:.4g} {outcome.unit};"
            f" advantage {row.advantage:+.3g} [{row.interval.low:+.3g}, {row.interval.high:+.3g}], {row.seeds} runs"
        )
    if outcome.reason:
        lines.append(f"  {outcome.reason}")
    return "\n".join(lines)


def write(record: EvidenceRecord) -> Path:
    """Store a record beside the method's card, and its verdicts in the ``model-index`` of the card if there is one."""
    method = registry.find(record.slug).draft
    path = card.path_of(method)
    evidence = records.write(path_of(record.slug), record)
    try:
        text = card.read(method)
    except card.MissingCard:  # in progress: the verdicts go into the card when there is one
        return evidence
    front = {**text.data, "model-index": [model_index(method, record)]}
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
    paths.write_whole(path, f"---\n{head}---\n\n{text.text}\n")
    return evidence


def write_quick(record: EvidenceRecord) -> Path:
    """Add the numbers of a quick record to the committed evidence, which ``differences`` compares with.

    Raises:
        InputError: there is no evidence to add to.
    """
    committed = read(record.slug)
    if committed is None:
        raise InputError(f"{record.slug} has no evidence yet; measure it without --quick first.")
    quick = tuple(map(brief, record.claims))
    return records.write(
        path_of(record.slug), committed.model_copy(update={"quick": quick, "quick_state": record.state})
    )


def model_index(method: type[Method], record: EvidenceRecord) -> dict[str, Any]:
    """The verdicts in the form that the Hugging Face Hub reads."""
    datasets = tuple(map(str, card.read(method).data.get("datasets") or ["synthetic"]))
    return {
        "name": method.title,
        "results": [
            {
                "task": {"type": method.family, "name": claim.statement},
                "dataset": _dataset(claim.data or datasets),
                "metrics": [
                    {"type": claim.id, "name": f"ours ({claim.unit})", "value": _rounded(claim.ours)},
                    {
                        "type": f"{claim.id}_baseline",
                        "name": f"{claim.against} ({claim.unit})",
                        "value": _rounded(claim.baseline),
                    },
                    {"type": f"{claim.id}_held", "name": "conditions that hold", "value": _share(claim)},
                    {"type": f"{claim.id}_verdict", "name": "verdict", "value": claim.verdict},
                ],
                "source": {"name": f"zoo verify {record.slug}", "url": method.paper.url},
            }
            for claim in record.claims
        ],
    }


def _share(claim: ClaimRecord) -> str:
    return f"{claim.held} of {len(claim.conditions)}"


def _dataset(names: tuple[str, ...]) -> dict[str, str]:
    return {"type": names[0].lower().replace(" ", "-"), "name": ", ".join(names)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
