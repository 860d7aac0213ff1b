"""Duels say what cards name and what claims measured, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from zoo import card, duels, registry, review
from zoo.app import duels as page
from zoo.app.evidence import evidence
from zoo.card import Card, CardError

GOOD = {"with": "logit adjustment", "question": "Why?", "claims": ["rare_classes"]}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], tuple[duels.Duel, ...]]:
    """The duels of a card that says this of them."""

    def read(said: object) -> tuple[duels.Duel, ...]:
        monkeypatch.setattr(card, "read", lambda method: Card(Path("card.md"), {"duels": said}, ""))
        return duels.of(registry.methods()["inducing-nc-longtail"])

    return read


def test_a_duel_shows_the_record_of_its_claims_and_both_sides() -> None:
    (duel,) = duels.of(registry.methods()["icl-gradient-descent"])
    assert duel.opponent is registry.methods()["looped-transformer"]
    html = page.page()
    section = html[html.index(f'id="{duel.anchor}"') :].partition("</section>")[0]
    for claim in (*duel.claims, *duel.theirs):
        assert claim.statement in section
        assert f"{claim.verdict}, in {claim.held} of {len(claim.conditions)}" in section
    assert 'href="./looped-transformer"' in section
    assert 'href="./leaderboards#theory-met"' in section, "both compete there"
    answers = re.findall(r"Its first example: ([^<]+)<", section)
    assert len(answers) == 2
    assert "slope" in answers[0], "the stored sentence of the layer's line"


def test_both_evidence_tabs_link_a_duel() -> None:
    for slug in ("icl-gradient-descent", "looped-transformer"):
        tab = evidence(registry.methods()[slug])
        assert 'href="./duels#icl-gradient-descent--looped-transformer"' in tab
    assert "./duels#" not in evidence(registry.methods()["finola"])


def test_a_rival_without_a_page_is_no_link(named: Callable[[object], tuple[duels.Duel, ...]]) -> None:
    (duel,) = named([GOOD])
    assert duel.opponent is None
    assert duel.anchor == "inducing-nc-longtail--logit-adjustment"
    assert [claim.id for claim in duel.claims] == ["rare_classes"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"question": "Why"}, "a question that ends in"),
        ({"claims": []}, "see 'claims'"),
        ({"claims": ["nonsense"]}, "the claim 'nonsense', which inducing-nc-longtail has not measured"),
        ({"theirs": ["as_interpreted"]}, "a method that is not there"),
        ({"with": "looped-transformer", "theirs": ["rare_classes"]}, "looped-transformer has not measured"),
        ({"winner": "us"}, "see 'winner'"),
    ],
)
def test_what_is_wrong_with_a_duel_is_said(
    change: dict[str, object], says: str, named: Callable[[object], tuple[duels.Duel, ...]]
) -> None:
    with pytest.raises(CardError, match=re.escape(says)):
        named([GOOD | change])


def test_duels_that_are_no_list_are_refused(named: Callable[[object], tuple[duels.Duel, ...]]) -> None:
    with pytest.raises(CardError, match="no list"):
        named("us against them")


def test_a_review_tells_a_broken_duel(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(method: object) -> list[object]:
        raise CardError("a duel names nobody.")

    monkeypatch.setattr(duels, "_declared", broken)
    (rule,) = (rule for rule in review.rules() if rule.name == "duelling")
    findings = list(rule.check(review.Subject(registry.entries()["finola"])))
    assert [finding.says for finding in findings] == ["a duel names nobody."]
    assert not list(duels.everywhere()), "one with faults is not shown"
