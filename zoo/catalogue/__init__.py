"""The papers that the zoo wants to run, in the zoo's own words: ``papers.jsonl``, one paper a line.

What runs already is among them under its slug. A paper is claimed as CONTRIBUTING.md says.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from zoo.method import FAMILIES

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
