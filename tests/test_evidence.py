"""The committed evidence follows from its own raw numbers; ``make evidence`` sees that the code still gives it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from own_methods import TARGETS
from places import ROOT

from zoo import card, registry
from zoo.evidence import task, verify
from zoo.method import Evidence

EVIDENCE = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "cards/evidence").glob("*.json"))
}
LEADERBOARDS = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "cards/leaderboards").glob("*.json"))
}
CLAIMS = [
    pytest.param(slug, claim, id=f"{slug}-{claim['id']}")
    for slug, record in EVIDENCE.items()
    for claim in record["claims"]
]
every_method = pytest.mark.parametrize("slug", list(EVIDENCE))


@pytest.mark.parametrize(("slug", "claim"), CLAIMS)
def test_the_verdict_follows_from_the_runs(slug: str, claim: dict[str, Any]):
    rows = claim["conditions"]
    evidence = Evidence(
        tuple(tuple(row["ours_runs"]) for row in rows),
        tuple(tuple(row["baseline_runs"]) for row in rows),
        tuple(row["name"] for row in rows),
        claim["better"],
        claim["margin"],
    )
    verdict, again = verify.judge(evidence)
    assert claim["verdict"] == verdict
    for row, new in zip(rows, again, strict=True):
        assert row["ours"] == pytest.approx(new["ours"])
        assert row["interval"] == pytest.approx(new["interval"], rel=1e-6, abs=1e-12)
    assert not claim["quick"]


@every_method
def test_the_card_says_what_the_evidence_says(slug: str):
    method = registry.find(slug).method
    index = card.read(method).data["model-index"][0]["results"]
    written = {result["task"]["name"]: result["metrics"][-1]["value"] for result in index}
    assert written == {claim["statement"]: claim["verdict"] for claim in EVIDENCE[slug]["claims"]}
    assert list(written) == [claim.statement for claim in method.claims().values()]


def test_every_method_has_evidence():
    assert set(EVIDENCE) == set(TARGETS)


@every_method
def test_quick_numbers_are_kept_for_each_claim(slug: str):
    """What ``make evidence`` compares the code with."""
    kept = {row["id"] for row in EVIDENCE[slug]["quick"]}
    assert kept == set(registry.find(slug).method.claims())


@pytest.mark.parametrize("slug", list(LEADERBOARDS))
def test_a_leaderboard_follows_from_its_scores(slug: str):
    record, work = LEADERBOARDS[slug], task.load(slug)
    assert {one["name"] for one in record["contestants"]} >= set(work.baselines())
    for one in record["contestants"]:
        for point in one["points"]:
            for found in filter(None, point.values()):
                assert len(found["values"]) == len(record["items"])
                assert found["mean"] == pytest.approx(np.mean(found["values"]), rel=1e-3, abs=1e-9)
                assert verify.interval(np.array(found["values"])) == pytest.approx(
                    found["interval"], rel=1e-3, abs=1e-9
                )
