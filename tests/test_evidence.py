"""The committed evidence follows from its own raw numbers; ``make evidence`` sees that the code still gives it."""

from __future__ import annotations

import numpy as np
import pytest
from own_methods import TARGETS

from zoo import card, registry
from zoo.evidence import judge, task, verify
from zoo.evidence.records import ClaimRecord
from zoo.method import Evidence

EVIDENCE = {slug: record for slug in TARGETS if (record := verify.read(slug))}
LEADERBOARDS = {slug: record for slug in task.names() if (record := task.read(slug))}
CLAIMS = [
    pytest.param(claim, id=f"{slug}-{claim.id}")
    for slug, record in EVIDENCE.items()
    for claim in record.claims
]
every_method = pytest.mark.parametrize("slug", list(EVIDENCE))


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_verdict_follows_from_the_runs(claim: ClaimRecord):
    evidence = Evidence(
        tuple(row.ours_runs for row in claim.conditions),
        tuple(row.baseline_runs for row in claim.conditions),
        tuple(row.name for row in claim.conditions),
        claim.better,
        claim.margin,
    )
    verdict, again = judge.judge(evidence)
    assert claim.verdict == verdict
    for row, new in zip(claim.conditions, again, strict=True):
        assert row.ours == pytest.approx(new.ours)
        assert row.interval == pytest.approx(new.interval, rel=1e-6, abs=1e-12)
        assert row.holds == new.holds
    assert claim.interval == pytest.approx(judge.overall(evidence), rel=1e-6, abs=1e-12)
    assert not claim.quick


@every_method
def test_the_card_says_what_the_evidence_says(slug: str):
    method = registry.find(slug).method
    index = card.read(method).data["model-index"][0]["results"]
    written = {result["task"]["name"]: result["metrics"][-1]["value"] for result in index}
    assert written == {claim.statement: claim.verdict for claim in EVIDENCE[slug].claims}
    assert list(written) == [claim.statement for claim in method.claims().values()]


def test_every_method_has_evidence():
    assert set(EVIDENCE) == set(TARGETS)


@every_method
def test_quick_numbers_are_kept_for_each_claim(slug: str):
    """What ``make evidence`` compares the code with."""
    kept = {row.id for row in EVIDENCE[slug].quick}
    assert kept == set(registry.find(slug).method.claims())


@pytest.mark.parametrize("slug", list(LEADERBOARDS))
def test_a_leaderboard_follows_from_its_scores(slug: str):
    record, work = LEADERBOARDS[slug], task.load(slug)
    assert {placed.name for placed in record.contestants} >= set(work.baselines())
    for placed in record.contestants:
        for point in placed.points:
            for key, score in point.items():
                if score is None or key == task.SECONDS.key:  # of the time no values are kept
                    continue
                assert len(score.values) == len(record.items)
                assert score.mean == pytest.approx(np.mean(score.values), rel=1e-3, abs=1e-9)
                assert judge.interval(np.array(score.values)) == pytest.approx(
                    score.interval, rel=1e-3, abs=1e-3 * (score.interval.high - score.interval.low) + 1e-9
                )
