"""The Evidence tab: claims, numbers, verdicts, curves and cost, all of it from what commands wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from zoo import card
from zoo.app import svg_chart
from zoo.app.frame import escape
from zoo.app.leaderboards import entered
from zoo.app.numbers import format_number
from zoo.app.svg_chart import Point, Series
from zoo.evidence import cost, records
from zoo.method import Method

VERDICTS = {"holds": "z-good", "holds in most": "z-good", "holds partly": "z-fair", "does not hold": "z-bad"}


def evidence(method: type[Method]) -> str:
    """The tab as HTML: the method's claims with what was measured, or that nothing was yet."""
    claims = method.claims()
    if not claims:
        return f'<p class="z-note">This method carries no claim yet.</p>{entered(method)}{_costs(method)}'
    measured: Any = records.read(card.measured(method, "evidence"), records.EvidenceRecord) or {}
    rows = {row["id"]: row for row in measured.get("claims", [])}
    shown: set[str] = set()
    blocks = [_claim(claim, rows.get(name), shown) for name, claim in claims.items()]
    source = source_of(measured, f"zoo verify {method.slug}") if rows else ""
    return f'{entered(method)}<div class="z-claims">{"".join(blocks)}</div>{source}{_costs(method)}'


def source_of(record: Any, again: str) -> str:
    """When, where and from what code numbers come, and the command that measures them again."""
    return (
        f'<p class="z-note">Measured {escape(record.get("date", ""))} on {escape(record.get("device", ""))}'
        f" at commit {escape(str(record.get('commit', ''))[:10])}. Measure again:"
        f" <code>{escape(again)}</code></p>"
    )


def _claim(claim: Any, row: Any, shown: set[str]) -> str:
    """One claim; ``shown`` remembers curves and reasons, so that the page says nothing twice."""
    verdict = row["verdict"] if row else "not measured yet"
    badge = f'<span class="z-chip {VERDICTS.get(verdict, "z-plain")}">{escape(verdict)}</span>'
    body = _conditions(row) if row else ""
    curves = {
        title: curve
        for title, curve in (row or {}).get("curves", {}).items()
        if _first(json.dumps([title, curve]), shown)
    }
    notes = []
    if row and row.get("reason"):
        new = _first(row["reason"], shown)
        notes.append(f"<p>{escape(row['reason'])}</p>" if new else "<p>The reason is the one above.</p>")
    if row and len(curves) < len(row.get("curves", {})):
        notes.append('<p class="z-note">Its curves are among those above.</p>')
    charts = _side_by_side("".join(_curve(title, curve) for title, curve in curves.items()))
    return (
        f"<article><header><h3>{escape(claim.statement)}</h3>{badge}</header>"
        f'<p class="z-note">{escape(claim.paper)} · against {escape(claim.baseline)} · {escape(claim.unit)}</p>'
        f"{body}{''.join(notes)}{charts}</article>"
    )


def _first(text: str, shown: set[str]) -> bool:
    """Whether a text is new; from now on it is not."""
    new = text not in shown
    shown.add(text)
    return new


def _side_by_side(charts: str) -> str:
    return f'<div class="z-charts">{charts}</div>' if charts else ""


def _conditions(row: Any) -> str:
    margin = row.get("margin", 0.0)
    ends = [
        end for one in row["conditions"] for end in (*one["interval"], one["advantage"]) if math.isfinite(end)
    ]
    low, high = min([*ends, margin]), max([*ends, margin])
    reach = low - 0.05 * (high - low), high + 0.05 * (high - low)
    lines = "".join(
        f"<tr><th scope='row'>{escape(one['name'] or 'all')}</th><td>{one['ours']:.4g}</td>"
        f"<td>{one['baseline']:.4g}</td><td>{one['advantage']:+.3g}"
        f" [{one['interval'][0]:+.3g}, {one['interval'][1]:+.3g}]</td>"
        f"<td>{svg_chart.whisker(one['advantage'], tuple(one['interval']), reach, margin)}</td>"
        f"<td>{one['seeds']}</td></tr>"
        for one in row["conditions"]
    )
    line = f"line at {format_number(margin)}" if margin else "line at 0"
    return (
        "<div class='z-scroll'><table class='z-metrics'><thead><tr><th>Condition</th><td>Ours</td>"
        f"<td>Baseline</td><td>Advantage, 95 % interval</td><td>{line}</td><td>Runs</td></tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _curve(title: str, curve: dict[str, Any]) -> str:
    """One of a claim's curves; where the horizontal axis holds words, they stand side by side."""
    across = curve.get("x", [])
    names = list(map(str, across)) if any(isinstance(one, str) for one in across) else []
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
            said=f"{x if isinstance(x, str) else format_number(x)}: {format_number(y)}",
        )
        for place, (x, y) in enumerate(zip(across, values, strict=False))
        if isinstance(y, int | float) and x is not None
    ]


def _costs(method: type[Method]) -> str:
    """How time and memory grow with the size of the input, if that was measured."""
    record = cost.read(method.slug)
    if not record:
        return ""
    blocks = "".join(_cost(one) for one in record["costs"])
    source = source_of(record, f"zoo cost {method.slug}")
    return f'<h2 class="z-section">What it costs</h2><div class="z-charts">{blocks}</div>{source}'


def _cost(one: Any) -> str:
    charts = []
    for key, title, unit in (("seconds", "time", "s"), ("megabytes", "memory", "MB")):
        points = [Point(point["size"], point[key]) for point in one["points"] if point[key] > 0]
        charts.append(
            svg_chart.lines(
                f"{one['title']}: {title}", [Series(title, points)], one["size"], f"{title} ({unit})"
            )
        )
    return f"{''.join(charts)}<p class='z-note z-wide'>{escape(cost.sentence(one))}.</p>"
