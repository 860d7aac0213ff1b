"""The papers that the zoo wants to run, in the zoo's own words: ``papers.jsonl``, one paper a line.

What runs already is among them under its slug. A paper is claimed as CONTRIBUTING.md says.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from zoo import paths
from zoo.method import FAMILIES, Method

PATH = Path(__file__).with_name("papers.jsonl")

TRAINS = {
    "live": "trains while you watch",
    "offline": "trained beforehand",
    "none": "nothing to train",
    "pretrained": "stands on a network of others",
}
"""When whatever has to be trained is trained."""

SIZES = {"S": "small", "M": "medium", "L": "large"}
"""How much work a faithful miniature is."""

BEGUN = "Estimation with Quadratic Loss"
"""The paper of whatever ``zoo new`` writes, until its author writes another."""

Text = Annotated[str, Field(max_length=320)]
Grade = Annotated[int, Field(ge=1, le=5)]


class Wanted(BaseModel):
    """A paper of the catalogue.

    Attributes:
        slug: the name under which its method runs, once it does.
        title: of the paper.
        kind: what sort of paper it is.
        family: one of ``zoo.method.FAMILIES``.
        does: what the method does.
        claim: what a page would measure; empty where a survey claims nothing.
        demo: what a visitor would do and see.
        data: what it would be shown on.
        trains: a key of ``TRAINS``.
        size: a key of ``SIZES``.
        fidelity: how much of the paper fits on a small machine, 5 for all of it.
        delight: how much there is to play with, 5 for most.
        shares: parts that other papers need as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    title: Annotated[str, Field(min_length=3, max_length=200)]
    kind: Literal["method", "theory", "survey", "system", "dataset"]
    family: Literal[FAMILIES]  # type: ignore[valid-type]
    does: Annotated[Text, Field(min_length=20)]
    claim: Text
    demo: Annotated[Text, Field(min_length=20)]
    data: Text
    trains: Literal["live", "offline", "none", "pretrained"]
    size: Literal["S", "M", "L"]
    fidelity: Grade
    delight: Grade
    shares: tuple[Annotated[str, Field(min_length=2, max_length=60)], ...]


@functools.cache
def papers() -> dict[str, Wanted]:
    """Every paper by its slug, in the order of the file.

    Raises:
        ValueError: a line is not as ``Wanted`` says.
    """
    with PATH.open(encoding="utf-8") as lines:
        return {paper.slug: paper for paper in map(Wanted.model_validate_json, lines)}


def draft(method: type[Method]) -> Wanted:
    """A line for a method that runs, out of what its class says, for its author to go over.

    Raises:
        ValueError: its texts are shorter or longer than a line has room for.
    """
    claims, actions = [*method.claims().values()], [*method.actions().values()]
    return Wanted(
        slug=method.slug,
        title=method.paper.title,
        kind="method",
        family=method.family,
        does=method.summary(),
        claim=claims[0].statement if claims else "",
        demo=" ".join(action.summary for action in actions[:2]),
        data="",
        trains="offline" if (method.folder() / "train.py").is_file() else "live",
        size="S",
        fidelity=5,
        delight=3,
        shares=(),
    )


def enter(methods: Iterable[type[Method]]) -> list[str]:
    """Add a line for each method that has none, unless its paper is still the one that ``zoo new`` begins with.

    Returns:
        The slugs of new lines.
    """
    added = [method for method in methods if method.slug not in papers() and not is_begun(method)]
    if added:
        lines = [json.dumps(draft(method).model_dump(), ensure_ascii=False) for method in added]
        text = PATH.read_text(encoding="utf-8").rstrip("\n")
        paths.write_whole(PATH, "\n".join([text, *lines]) + "\n")
        papers.cache_clear()
    return [method.slug for method in added]


def is_begun(method: type[Method]) -> bool:
    """Whether a method is still what ``zoo new`` wrote."""
    return method.paper.title == BEGUN


def agrees(method: type[Method]) -> bool | None:
    """Whether a method's line names its paper and family; None where it has no line."""
    paper = papers().get(method.slug)
    if paper is None:
        return None
    return (paper.title.casefold(), paper.family) == (method.paper.title.casefold(), method.family)
