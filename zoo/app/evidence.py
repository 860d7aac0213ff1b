"""The Evidence tab: claims, numbers, verdicts, curves and cost, all of it from what commands wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from zoo import card, duels
from zoo.app import svg_chart
from zoo.app.leaderboards import entered
from zoo.app.numbers import format_number
from zoo.app.svg_chart import Point, Series
from zoo.app.templates import render
from zoo.evidence import cost, records
from zoo.evidence.records import ClaimRecord, ConditionRecord, CostCurve, EvidenceRecord
from zoo.method import Method

VERDICTS = {"holds": "z-good", "holds in most": "z-good", "holds partly": "z-fair", "does not hold": "z-bad"}


def evidence(method: type[Method]) -> str:
    """The tab as HTML: the method's claims with what was measured, or that nothing was yet.

    Claims are read from the record; ``claims.py``, which imports much, is asked only where there is none.
    """
    measured = records.read(card.measured(method, "evidence"), EvidenceRecord)
    costs = cost.read(method.slug)
    shown: set[str] = set()
    return render(
        "evidence",
        slug=method.slug,
        entered=entered(method),
        duels=list(duels.everywhere(method)),
        claims=[_claim(row, shown) for row in measured.claims] if measured else _unmeasured(method),
        measured=measured,
        costs=[_cost(curve) for curve in costs.costs] if costs else [],
        cost_record=costs,
    )


def held(method: type[Method]) -> str:
    """How many claims hold: ``5 of 9 claims hold``; empty where nothing was measured."""
    counted = held_of(method)
    return "{} of {} claims hold".format(*counted) if counted else ""


def held_of(method: type[Method]) -> tuple[int, int] | None:
    """How many claims hold, of how many; None where nothing was measured."""
    path = card.measured(method, "evidence")
    if not path.is_file():
        return None
    verdicts = [row["verdict"] for row in json.loads(path.read_text(encoding="utf-8"))["claims"]]
    return (verdicts.count("holds"), len(verdicts)) if verdicts else None


def _unmeasured(method: type[Method]) -> list[dict[str, Any]]:
    """The claims of a method that was never measured."""
    return [
        {
            "claim": claim,
            "against": claim.baseline,
            "verdict": "not measured yet",
            "badge": "z-plain",
            "conditions": [],
            "reason": "",
            "source": None,
            "curves_above": False,
            "charts": [],
        }
        for claim in method.claims().values()
    ]


def _claim(row: ClaimRecord, shown: set[str]) -> dict[str, Any]:
    """What the tab says of a claim; ``shown`` remembers curves and reasons, so that it says nothing twice."""
    new = {title: curve for title, curve in row.curves.items() if _first(json.dumps([title, curve]), shown)}
    reason = row.reason
    if reason and not _first(reason, shown):
        reason = "The reason is the one above."
    return {
        "claim": row,
        "against": row.against,
        "verdict": f"{row.verdict}, {row.held} of {len(row.conditions)}",
        "badge": VERDICTS.get(row.verdict, "z-plain"),
        "conditions": _conditions(row.conditions, row.margin),
        "pooled": row.interval if len(row.conditions) > 1 and math.isfinite(sum(row.interval)) else None,
        "line": format_number(row.margin) if row.margin else "0",
        "reason": reason,
        "source": row.measured,
        "curves_above": len(new) < len(row.curves),
        "charts": [_curve(title, curve) for title, curve in new.items()],
    }


def _first(text: str, shown: set[str]) -> bool:
    """Whether a text is new; from now on it is not."""
    new = text not in shown
    shown.add(text)
    return new


def _conditions(conditions: Sequence[ConditionRecord], margin: float) -> list[tuple[ConditionRecord, Markup]]:
    """Every condition with its whisker, all of them on one scale."""
    ends = [end for row in conditions for end in (*row.interval, row.advantage) if math.isfinite(end)]
    low, high = min([*ends, margin]), max([*ends, margin])
    reach = low - 0.05 * (high - low), high + 0.05 * (high - low)
    return [(row, svg_chart.whisker(row.advantage, row.interval, reach, margin)) for row in conditions]


def _curve(title: str, curve: Any) -> Markup:
    """One of a claim's curves; where the horizontal axis holds words, they stand side by side."""
    across = curve.get("x", [])
    names = list(map(str, across)) if any(isinstance(place, str) for place in across) else []
    series = [
        Series(name, _points(*(values["x"], values["y"]) if isinstance(values, dict) else (across, values)))
        for name, values in curve["series"].items()
    ]
    return svg_chart.lines(title, series, curve.get("x_title", ""), curve.get("y_title", ""), names)


def _points(across: Sequence[Any], values: Sequence[Any]) -> list[Point]:
    """The points of a series; words stand at whole numbers, and where there is no number there is no point."""
    return [
        Point(
            float(place if isinstance(x, str) else x),
            float(y),
            tip=f"{x if isinstance(x, str) else format_number(x)}: {format_number(y)}",
        )
        for place, (x, y) in enumerate(zip(across, values, strict=False))
        if isinstance(y, int | float) and x is not None
    ]


def _cost(curve: CostCurve) -> dict[str, Any]:
    """How time and memory grow with the size of the input."""
    charts = []
    for field, title, unit in (("seconds", "time", "s"), ("megabytes", "memory", "MB")):
        points = [Point(point.size, value) for point in curve.points if (value := getattr(point, field)) > 0]
        charts.append(
            svg_chart.lines(
                f"{curve.title}: {title}", [Series(title, points)], curve.size, f"{title} ({unit})"
            )
        )
    return {"charts": charts, "sentence": cost.sentence(curve)}
