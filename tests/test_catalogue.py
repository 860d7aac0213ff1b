"""The catalogue of wanted papers is as its form says, and speaks of nothing that only its makers know."""

from __future__ import annotations

import json

import pytest
from own_methods import TARGETS
from pydantic import ValidationError

from zoo import catalogue
from zoo.app import wanted
from zoo.catalogue import PATH, Wanted
from zoo.method import FAMILIES

LINES = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


def test_every_paper_is_as_the_form_says() -> None:
    papers = catalogue.papers()
    assert len(papers) == len(LINES) >= 649, "each slug once"
    assert all(set(line) == set(Wanted.model_fields) for line in LINES)
    assert {paper.family for paper in papers.values()} == set(FAMILIES)
    assert [paper.slug for paper in papers.values() if not paper.claim and paper.kind != "survey"] == []
    titles = [paper.title.casefold() for paper in papers.values()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "Not A Slug"), ("family", "magic"), ("trains", "never"), ("fidelity", 6), ("does", ""), ("seeds", ["1"])],
)  # fmt: skip
def test_a_line_that_is_not_as_the_form_says_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Wanted.model_validate({**LINES[0], field: value})


LISTED = {slug: slug for slug in TARGETS if slug in catalogue.papers()}
"""Methods of papers that the catalogue had; others are as welcome."""


def test_what_runs_and_is_in_the_catalogue_has_its_family() -> None:
    assert len(LISTED) >= 16
    for slug in LISTED:
        assert catalogue.papers()[slug].family == TARGETS[slug].split(".")[1]


def test_the_page_is_light_and_its_list_links_what_runs() -> None:
    html = wanted.wanted()
    assert len(html) < 10_000, "the papers come as a file"
    rows = json.loads(wanted.rows())
    assert len(rows) == len(LINES)
    assert {row["slug"]: row["page"] for row in rows if row["page"]} == LISTED
    assert "seeds" not in rows[0]
