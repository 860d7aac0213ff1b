"""Measures what a method claims, and computes the verdict; nobody types one.

``zoo verify SLUG`` runs the method's claims, ours and the baseline in one go, and prints the verdicts. ``--write``
stores the numbers in ``cards/evidence/<slug>.json`` and the card's ``model-index``, together with those of the quick
version, a smaller one that takes under a minute. ``--quick --check`` measures that again and compares: a change of
code that breaks a result is found so. A run that was interrupted goes on with the claims that were not measured yet.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy import stats

from zoo import card, paths, registry
from zoo.claim import Claim, Evidence
from zoo.errors import InputError
from zoo.evidence import records
from zoo.method import Method
from zoo.progress import Progress

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


def overall(evidence: Evidence) -> tuple[float, float]:
    """The interval of our mean advantage over all conditions.

    Where every condition has the same runs, a run counts with its mean over conditions. Where they differ, bounds are
    averaged, which is too wide rather than too narrow.
    """
    sign = 1.0 if evidence.better == "higher" else -1.0
    advantages = [
        sign * (np.asarray(ours, float) - np.asarray(baseline, float))
        for ours, baseline in zip(evidence.ours, evidence.baseline, strict=True)
    ]
    if not all(np.isfinite(one).all() for one in advantages):
        return float("nan"), float("nan")
    if len({len(one) for one in advantages}) == 1:
        return interval(np.mean(advantages, axis=0))
    low, high = np.mean([interval(one) for one in advantages], axis=0)
    return float(low), float(high)


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
    evidence = claim.measure(method, quick, progress or Progress())
    verdict, rows = judge(evidence)
    bounds = overall(evidence)
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
        "interval": [bounds[0], bounds[1]],
        "seeds": evidence.seeds,
        "seconds": round(time.perf_counter() - start, 1),
        "verdict": verdict,
        "reason": evidence.reason if verdict != "holds" else "",
        "quick": quick,
        "timed": claim.timed,
        "conditions": rows,
        "curves": dict(evidence.curves),
    }


def verify(
    slug: str,
    quick: bool = False,
    tell: Callable[[str], None] = print,
    progress: Progress | None = None,
    fresh: bool = False,
) -> dict[str, Any]:
    """Measure every claim of a method; claims that an interrupted run of the same code measured are taken over.

    Args:
        slug: of the method.
        quick: a smaller version that takes under a minute.
        tell: what each finished claim is told to.
        progress: told how far the claim at work has come.
        fresh: measure every claim, whatever an interrupted run left.

    Returns:
        The record that ``write`` stores.
    """
    method = registry.load(slug)
    claims = type(method).claims()
    place = paths.cache() / "verify" / f"{slug}-{state(type(method))}{'-quick' if quick else ''}.json"
    done = {} if fresh else _unfinished(place)
    record: dict[str, Any] = {
        "slug": slug,
        **records.origin(),
        "claims": [],
    }
    for number, claim in enumerate(claims.values()):
        outcome = done.get(claim.id)
        if outcome is None:
            outcome = measure(method, claim, quick, _Share(progress or Progress(), number, len(claims)))
            done[claim.id] = outcome
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(done))
        record["claims"].append(outcome)
        tell(report(outcome))
    place.unlink(missing_ok=True)
    return record


class _Share(Progress):
    """Progress of one claim as its share of all."""

    def __init__(self, whole: Progress, number: int, count: int) -> None:
        self._whole, self._number, self._count = whole, number, count

    def __call__(self, fraction: float, text: str = "") -> None:
        told = f"claim {self._number + 1} of {self._count}" + (f": {text}" if text else "")
        self._whole((self._number + fraction) / self._count, told)


def state(method: type[Method]) -> str:
    """A fingerprint of all that a measurement rests on: the method's folder, the core's code, the weights."""
    found = hashlib.sha256()
    for folder, pattern in (
        (method.folder(), "**/*.py"),
        (paths.PACKAGE, "**/*.py"),
        (paths.root() / "weights" / method.slug, "*"),
    ):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _unfinished(place: Path) -> dict[str, Any]:
    try:
        return json.loads(place.read_text())
    except (OSError, ValueError):
        return {}


# ---------------------------------------------------------------------------------------------------------
# Against what was committed

TOLERANCE = 0.05
"""How far a mean may lie from the committed one, as a share of the larger of ours and the baseline's."""


def differences(record: dict[str, Any], committed: dict[str, Any] | None) -> list[str]:
    """What a quick record says otherwise than the committed evidence's, a sentence each.

    Chance is seeded, so the same code gives nearly the same numbers on any machine. A mean may differ by
    ``TOLERANCE`` and, beyond that, by the half width of the committed interval. Of claims about time only the presence
    is compared: a busy machine is not a broken method.
    """
    if committed is None or "quick" not in committed:
        return [f"{record['slug']} has no committed quick evidence; run zoo verify {record['slug']} --write."]
    before = {row["id"]: row for row in committed["quick"]}
    found = [f"the claim {name} is gone." for name in before.keys() - {row["id"] for row in record["claims"]}]
    for row in record["claims"]:
        if row["id"] not in before:
            found.append(f"the claim {row['id']} has no committed evidence.")
        elif not row["timed"]:
            found += _claim_differences(row, before[row["id"]])
    return found


def _claim_differences(row: dict[str, Any], before: dict[str, Any]) -> list[str]:
    rows = {one["name"]: one for one in row["conditions"]}
    if rows.keys() != {one["name"] for one in before["conditions"]}:
        return [f"{row['id']}: its conditions are others than those committed."]
    found = []
    if row["verdict"] != before["verdict"]:
        found.append(f"{row['id']}: {row['verdict']}, where the committed evidence says {before['verdict']}.")
    for old in before["conditions"]:
        new = rows[old["name"]]
        scale = max(abs(old["ours"]), abs(old["baseline"]))
        slack = TOLERANCE * scale + (old["interval"][1] - old["interval"][0]) / 2
        for side in ("ours", "baseline"):
            if not abs(new[side] - old[side]) <= slack:
                found.append(
                    f"{row['id']}, {old['name'] or 'all'}: {side} is {new[side]:.4g}, where the committed evidence says"
                    f" {old[side]:.4g} (within {slack:.2g})."
                )
    return found


def brief(claim: dict[str, Any]) -> dict[str, Any]:
    """What the committed evidence keeps of a quick measurement."""
    kept = ("name", "ours", "baseline", "interval", "seeds")
    return {
        "id": claim["id"],
        "verdict": claim["verdict"],
        "seconds": claim["seconds"],
        "conditions": [{key: row[key] for key in kept} for row in claim["conditions"]],
    }


def path_of(slug: str) -> Path:
    """The file that holds a method's evidence."""
    return card.measured(registry.find(slug).method, "evidence")


def read(slug: str) -> dict[str, Any] | None:
    """The committed evidence of a method, or None if it was never measured."""
    return records.read(path_of(slug))


# ---------------------------------------------------------------------------------------------------------
# Telling and storing


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


def write(record: dict[str, Any]) -> Path:
    """Store a record beside the method's card, and its verdicts in the card's ``model-index``."""
    method = registry.find(record["slug"]).method
    path = card.path_of(method)
    evidence = records.write(path_of(record["slug"]), record)
    found = card.read(method)
    front = {**found.data, "model-index": [model_index(method, record)]}
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(f"---\n{head}---\n\n{found.text}\n", encoding="utf-8")
    return evidence


def write_quick(record: dict[str, Any]) -> Path:
    """Add the numbers of a quick record to the committed evidence, which ``differences`` compares with.

    Raises:
        InputError: there is no evidence to add to.
    """
    committed = read(record["slug"])
    if committed is None:
        raise InputError(f"{record['slug']} has no evidence yet; measure it without --quick first.")
    quick = [brief(claim) for claim in record["claims"]]
    return records.write(path_of(record["slug"]), {**committed, "quick": quick})


def model_index(method: type[Method], record: dict[str, Any]) -> dict[str, Any]:
    """The verdicts in the form that the Hugging Face Hub reads."""
    datasets = tuple(map(str, card.read(method).data.get("datasets") or ["synthetic"]))
    own = {name: claim.data for name, claim in method.claims().items() if claim.data}
    return {
        "name": method.title,
        "results": [
            {
                "task": {"type": method.family, "name": claim["statement"]},
                "dataset": _dataset(own.get(claim["id"], datasets)),
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


def _dataset(names: tuple[str, ...]) -> dict[str, str]:
    return {"type": names[0].lower().replace(" ", "-"), "name": ", ".join(names)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
