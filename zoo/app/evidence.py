"""The Evidence tab: claims, numbers and verdicts, drawn from ``cards/evidence/<slug>.json`` alone."""

from __future__ import annotations

import json
from typing import Any

from zoo import card
from zoo.app.frame import escape
from zoo.method import Method

VERDICTS = {"holds": "z-good", "holds partly": "z-fair", "does not hold": "z-bad"}


def read(method: type[Method]) -> dict[str, Any] | None:
    """What ``zoo verify`` wrote for a method, or None if it was never measured."""
    path = card.path_of(method).parent / "evidence" / f"{method.slug}.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def evidence(method: type[Method]) -> str:
    """The tab as HTML: the method's claims with what was measured, or that nothing was yet."""
    claims = method.claims()
    if not claims:
        return '<p class="z-note">This method carries no claim yet.</p>'
    measured = read(method) or {}
    rows = {row["id"]: row for row in measured.get("claims", [])}
    blocks = [_claim(claim, rows.get(name)) for name, claim in claims.items()]
    source = ""
    if rows:
        source = (
            f'<p class="z-note">Measured {escape(measured.get("date", ""))} on {escape(measured.get("device", ""))}'
            f" at commit {escape(str(measured.get('commit', ''))[:10])}. Measure again:"
            f" <code>zoo verify {escape(method.slug)}</code></p>"
        )
    return f'<div class="z-claims">{"".join(blocks)}</div>{source}'


def _claim(claim: Any, row: dict[str, Any] | None) -> str:
    verdict = row["verdict"] if row else "not measured yet"
    badge = f'<span class="z-chip {VERDICTS.get(verdict, "z-plain")}">{escape(verdict)}</span>'
    body = _conditions(row) if row else ""
    reason = f"<p>{escape(row['reason'])}</p>" if row and row.get("reason") else ""
    return (
        f"<article><header><h3>{escape(claim.statement)}</h3>{badge}</header>"
        f'<p class="z-note">{escape(claim.paper)} · against {escape(claim.baseline)} · {escape(claim.unit)}</p>'
        f"{body}{reason}</article>"
    )


def _conditions(row: dict[str, Any]) -> str:
    lines = "".join(
        f"<tr><th scope='row'>{escape(one['name'] or 'all')}</th><td>{one['ours']:.4g}</td>"
        f"<td>{one['baseline']:.4g}</td><td>{one['advantage']:+.3g}"
        f" [{one['interval'][0]:+.3g}, {one['interval'][1]:+.3g}]</td><td>{one['seeds']}</td></tr>"
        for one in row["conditions"]
    )
    return (
        "<div class='z-scroll'><table class='z-metrics'><thead><tr><th>Condition</th><td>Ours</td>"
        f"<td>Baseline</td><td>Advantage, 95 % interval</td><td>Runs</td></tr></thead><tbody>{lines}"
        "</tbody></table></div>"
    )
