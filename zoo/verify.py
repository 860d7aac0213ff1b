"""Measures what a method claims, and computes the verdict; nobody types one.

``zoo verify SLUG`` runs the method's claims, ours and the baseline in one go, prints the verdicts, and with
``--write`` stores the numbers in ``cards/evidence/<slug>.json`` and the card's ``model-index``.
"""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy import stats

from zoo import card, paths, registry
from zoo.method import Claim, Evidence, Method, Progress

FEW = 20
"""Below this many runs the interval is Student's; a bootstrap of so few is too narrow."""


def interval(differences: np.ndarray) -> tuple[float, float]:
    """The 95 % confidence interval of a mean difference.

    Args:
        differences: shape (runs,). One run, or runs that all agree, give an interval of no width.
    """
    if len(differences) == 1 or np.ptp(differences) == 0:
        return float(differences[0]), float(differences[0])
    if len(differences) < FEW:
        found = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    else:
        found = stats.bootstrap(
            (differences,), np.mean, confidence_level=0.95, rng=np.random.default_rng(0)
        ).confidence_interval
    return float(found.low), float(found.high)


def judge(evidence: Evidence) -> tuple[str, list[dict[str, Any]]]:
    """The verdict, and for each condition the means, the mean advantage and its interval.

    A condition holds where the whole interval of our advantage lies above the claim's margin. The claim holds
    if every condition does, holds partly if some do, and else does not hold.
    """
    rows = []
    sign = 1.0 if evidence.better == "higher" else -1.0
    for name, ours, baseline in zip(evidence.conditions, evidence.ours, evidence.baseline, strict=True):
        advantage = sign * (np.asarray(ours, float) - np.asarray(baseline, float))
        if not np.isfinite(advantage).all():
            rows.append(_row(name, ours, baseline, float("nan"), (float("nan"),) * 2, False))
            continue
        low, high = interval(advantage)
        rows.append(_row(name, ours, baseline, advantage.mean(), (low, high), low > evidence.margin))
    held = sum(row["holds"] for row in rows)
    verdict = "holds" if held == len(rows) else "holds partly" if held else "does not hold"
    return verdict, rows


def _row(
    name: str, ours: Any, baseline: Any, advantage: float, bounds: tuple[float, ...], holds: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "ours": float(np.mean(ours)),
        "baseline": float(np.mean(baseline)),
        "advantage": float(advantage),
        "interval": [bounds[0], bounds[1]],
        "seeds": len(ours),
        "holds": bool(holds),
        "ours_runs": [float(value) for value in ours],
        "baseline_runs": [float(value) for value in baseline],
    }


def measure(
    method: Method, claim: Claim, quick: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run one claim and judge it; the record as the evidence file holds it."""
    start = time.perf_counter()
    evidence = claim.function(method, quick=quick, progress=progress or Progress())
    verdict, rows = judge(evidence)
    return {
        "id": claim.id,
        "statement": claim.statement,
        "paper": claim.paper,
        "unit": claim.unit,
        "against": claim.baseline,
        "better": evidence.better,
        "margin": evidence.margin,
        "ours": float(np.mean([row["ours"] for row in rows])),
        "baseline": float(np.mean([row["baseline"] for row in rows])),
        "interval": [float(np.mean([row["interval"][side] for row in rows])) for side in (0, 1)],
        "seeds": evidence.seeds,
        "seconds": round(time.perf_counter() - start, 1),
        "verdict": verdict,
        "reason": evidence.reason if verdict != "holds" else "",
        "quick": quick,
        "conditions": rows,
        "curves": dict(evidence.curves),
    }


def verify(slug: str, quick: bool = False, tell: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure every claim of a method.

    Args:
        slug: of the method.
        quick: a smaller version that takes under a minute.
        tell: what each finished claim is told to.

    Returns:
        The record that ``write`` stores.
    """
    method = registry.load(slug)
    record: dict[str, Any] = {
        "slug": slug,
        "commit": commit(),
        "device": device(),
        "date": datetime.date.today().isoformat(),
        "claims": [],
    }
    for claim in type(method).claims().values():
        outcome = measure(method, claim, quick)
        record["claims"].append(outcome)
        tell(report(outcome))
    return record


def report(outcome: dict[str, Any]) -> str:
    """A measured claim in a few lines of text."""
    lines = [f"{outcome['verdict'].upper()}: {outcome['statement']} [{outcome['seconds']} s]"]
    for row in outcome["conditions"]:
        low, high = row["interval"]
        lines.append(
            f"  {row['name'] or 'all'}: ours {row['ours']:.4g}, {outcome['against']} {row['baseline']:.4g}"
            f" {outcome['unit']}; advantage {row['advantage']:+.3g} [{low:+.3g}, {high:+.3g}], {row['seeds']} runs"
        )
    if outcome["reason"]:
        lines.append(f"  {outcome['reason']}")
    return "\n".join(lines)


def commit() -> str:
    """The commit that is checked out, with ``+`` where files differ from it; empty outside a checkout."""
    folder = paths.checkout()

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout.strip()

    if folder is None or not (folder / ".git").exists():
        return ""
    return git("rev-parse", "HEAD") + (
        "+" if git("status", "--porcelain", "-uno", "--", "zoo", "plugins") else ""
    )


def device() -> str:
    """What the numbers were measured on."""
    import os

    try:
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    except ImportError:
        pass
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def write(record: dict[str, Any]) -> Path:
    """Store a record beside the method's card, and its verdicts in the card's ``model-index``."""
    method = registry.find(record["slug"]).method
    path = card.path_of(method)
    evidence = path.parent / "evidence" / f"{record['slug']}.json"
    evidence.parent.mkdir(exist_ok=True)
    evidence.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    found = card.read(method)
    front = {**found.data, "model-index": [model_index(method, record)]}
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(f"---\n{head}---\n\n{found.text}\n", encoding="utf-8")
    return evidence


def model_index(method: type[Method], record: dict[str, Any]) -> dict[str, Any]:
    """The verdicts in the form that the Hugging Face Hub reads."""
    datasets = card.read(method).data.get("datasets") or ["synthetic"]
    return {
        "name": method.title,
        "results": [
            {
                "task": {"type": method.family, "name": claim["statement"]},
                "dataset": {"type": str(datasets[0]), "name": ", ".join(map(str, datasets))},
                "metrics": [
                    {
                        "type": claim["id"],
                        "name": f"ours ({claim['unit']})",
                        "value": _rounded(claim["ours"]),
                    },
                    {
                        "type": f"{claim['id']}_baseline",
                        "name": f"{claim['against']} ({claim['unit']})",
                        "value": _rounded(claim["baseline"]),
                    },
                    {"type": f"{claim['id']}_verdict", "name": "verdict", "value": claim["verdict"]},
                ],
                "source": {"name": f"zoo verify {record['slug']}", "url": method.paper.url},
            }
            for claim in record["claims"]
        ],
    }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
