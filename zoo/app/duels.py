"""The Duels page: two ways to do a thing side by side, and what measured claims say."""

from __future__ import annotations

from typing import Any

from zoo import answers, card, duels
from zoo.app.evidence import VERDICTS
from zoo.app.numbers import format_number
from zoo.app.templates import render
from zoo.duels import Duel
from zoo.evidence import task
from zoo.evidence.records import ClaimRecord
from zoo.method import Method


def page() -> str:
    """The page: a section a duel, with links to each at the top."""
    return render("duels", duels=[_section(duel) for duel in duels.everywhere()])


def _section(duel: Duel) -> dict[str, Any]:
    sides = [_side(duel.method), _side(duel.opponent) if duel.opponent else {"title": duel.name, "slug": ""}]
    return {
        "anchor": duel.anchor,
        "question": duel.question,
        "sides": sides,
        "claims": [
            *(_row(claim, duel.method) for claim in duel.claims),
            *(_row(claim, duel.opponent) for claim in duel.theirs if duel.opponent),
        ],
        "tasks": _common(duel),
    }


def _side(method: type[Method]) -> dict[str, Any]:
    """A method with its picture and the line that its first example is answered with."""
    action = next(iter(method.actions().values()))
    return {
        "title": method.title,
        "slug": method.slug,
        "line": method.summary(),
        "answer": answers.summary(method, action),
        "thumbnail": card.read(method).thumbnail is not None,
    }


def _row(claim: ClaimRecord, method: type[Method]) -> dict[str, Any]:
    count = len(claim.conditions)
    limit = len({round(run, 9) for row in claim.conditions for run in row.baseline_runs}) == 1
    words = claim.against if limit else f"{claim.against} {format_number(claim.baseline)}"
    return {
        "claim": claim,
        "conditions": f"its {count} conditions" if count > 1 else "its one condition",
        "against": f"the limit {words}" if limit and words[:1].isdigit() else words,
        "of": method.title,
        "slug": method.slug,
        "badge": VERDICTS.get(claim.verdict, "z-plain"),
        "verdict": f"{claim.verdict}, in {claim.held} of {count}",
    }


def _common(duel: Duel) -> list[task.Task]:
    """The tasks in which both compete."""
    if duel.opponent is None:
        return []
    both = (duel.method, duel.opponent)
    return [task.load(slug) for slug in task.names() if all(task.entered(method, slug) for method in both)]
