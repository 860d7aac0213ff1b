"""The page of wanted papers: the whole catalogue, searchable; what runs already is a link."""

from __future__ import annotations

import functools
import json

from starlette.requests import Request
from starlette.responses import Response

from zoo import catalogue, registry
from zoo.app.frame import family_name
from zoo.app.pages import address
from zoo.app.search import KEPT, synonyms, versioned
from zoo.app.templates import render
from zoo.catalogue import SIZES, TRAINS, Wanted
from zoo.method import FAMILIES


def wanted() -> str:
    """The page; ``zoo.wanted`` in ``assets/search.js`` fills its list from ``/zoo/wanted.json``."""
    papers = list(catalogue.papers().values())
    running = len(_running())
    families = {name: family_name(name) for name in FAMILIES}
    sizes = {key: name.capitalize() for key, name in SIZES.items()}
    trains = {key: name.capitalize() for key, name in TRAINS.items()}
    filters = [
        ("Family", "family", _counted(families, [paper.family for paper in papers])),
        ("Work", "size", _counted(sizes, [paper.size for paper in papers])),
        ("Training", "trains", _counted(trains, [paper.trains for paper in papers])),
    ]
    state = [("wanted", "Wanted", len(papers) - running), ("runs", "Runs", running)]
    return render(
        "wanted",
        count=len(papers),
        running=running,
        source=versioned("./zoo/wanted.json", rows()),
        filters=[("State", "state", state), *filters],
    )


def _counted(names: dict[str, str], values: list[str]) -> list[tuple[str, str, int]]:
    """Buttons of a filter: values that occur, their names, and how often."""
    return [(value, name, values.count(value)) for value, name in names.items() if value in values]


def _running() -> set[str]:
    return {
        slug for slug in catalogue.papers() if (entry := registry.entries().get(slug)) and not entry.error
    }


@functools.cache
def rows() -> str:
    """Every paper as JSON, those with most to see and to play with first."""
    order = sorted(catalogue.papers().values(), key=lambda paper: -paper.delight - paper.fidelity)
    running = _running()
    shown = [_row(paper, address(paper.slug) if paper.slug in running else "") for paper in order]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _row(paper: Wanted, page: str) -> dict[str, object]:
    texts = (paper.title, paper.does, paper.claim, paper.demo, paper.data, *paper.shares)
    return {
        **paper.model_dump(exclude={"fidelity", "delight"}),
        "name": family_name(paper.family),
        "page": page,
        "also": synonyms(texts),
    }


def listed(request: Request) -> Response:
    """The catalogue as JSON."""
    return Response(rows(), media_type="application/json", headers=KEPT)
