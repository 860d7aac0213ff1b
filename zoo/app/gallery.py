"""The gallery: every method as a card, with search and filters that the address keeps."""

from __future__ import annotations

from collections import Counter
from typing import Any

from zoo import card, review
from zoo.app.evidence import held, held_of
from zoo.app.frame import family_name
from zoo.app.search import index, versioned
from zoo.app.templates import render
from zoo.method import FAMILIES
from zoo.registry import Entry
from zoo.types import KINDS


def input_kinds(entry: Entry) -> list[str]:
    """The kinds of input that a method takes, for the filter."""
    if entry.error:
        return []
    kinds = {param.kind for action in entry.method.actions().values() for param in action.params}
    return [kind for kind in input_names() if kind in kinds]


def input_names() -> dict[str, str]:
    """What can be given to methods, by kind, as the filter shows it."""
    return {kind: value.plural for kind, value in KINDS.items() if value.is_input} | {"text": "Text"}


def rung_of(entry: Entry) -> str:
    """The rung of the quality ladder that a stored review gives a method; empty for none."""
    if entry.error:
        return ""
    record = review.read(entry.method)
    return record.rung if record else ""


CLAIMS = {"all": "All hold", "some": "Some hold", "none": "None holds", "unmeasured": "Not measured"}
"""How many of a method's claims hold, for the filter."""


def claims_of(entry: Entry) -> str:
    """How many of a method's claims hold, as a key of ``CLAIMS``; empty for a method that does not work."""
    if entry.error:
        return ""
    counted = held_of(entry.method)
    if counted is None:
        return "unmeasured"
    holding, count = counted
    return "all" if holding == count else "some" if holding else "none"


def gallery(entries: list[Entry]) -> str:
    """The page that the zoo opens with."""
    families = Counter(entry.family for entry in entries)
    kinds = Counter(kind for entry in entries for kind in input_kinds(entry))
    rungs = Counter(rung_of(entry) for entry in entries)
    verdicts = Counter(claims_of(entry) for entry in entries)
    order = sorted(entries, key=lambda entry: (bool(entry.error), entry.title.lower()))
    return render(
        "gallery",
        source=versioned("./zoo/search.json", index()),
        cards=[_card(entry) for entry in order],
        families=[
            (family, family_name(family), families[family])
            for family in (*FAMILIES, "broken")
            if families[family]
        ],
        verdicts=[(value, name, verdicts[value]) for value, name in CLAIMS.items() if verdicts[value]],
        kinds=[(kind, name, kinds[kind]) for kind, name in input_names().items() if kinds[kind]],
        rungs=[
            (rung, rung.capitalize(), rungs[rung])
            for rung in reversed(review.RUNGS)
            if 0 < rungs[rung] < len(entries)  # what all have in common is nothing to choose by
        ],
    )


def _card(entry: Entry) -> dict[str, Any]:
    """What the gallery shows of a method and finds it by."""
    shown = {
        "slug": entry.slug,
        "title": entry.title,
        "family": entry.family,
        "kinds": input_kinds(entry),
        "rung": rung_of(entry),
        "claims": claims_of(entry),
        "broken": bool(entry.error),
    }
    if entry.error:
        return {
            **shown,
            "line": entry.error,
            "year": "",
            "thumbnail": False,
            "held": "",
            "stranger": "",
        }
    method, paper = entry.method, entry.method.paper
    return {
        **shown,
        "line": method.summary(),
        "year": paper.year,
        "held": held(method),
        "thumbnail": card.read(method).thumbnail is not None,
        "stranger": "" if not entry.is_strange else entry.distribution,
    }
