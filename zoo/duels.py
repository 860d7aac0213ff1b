"""Duels: two ways to do a thing, and a question that measured claims answer.

A card names them in its front matter; the opponent is another method, by its slug, or a rival that claims measure:

    duels:
    - with: looped-transformer
      question: Is descent inside a transformer learned, or can it be written down?
      claims: [one_layer_is_one_step]      # of this method
      theirs: [as_interpreted]             # of the other method, where it is one
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zoo import card, registry
from zoo.card import CardError
from zoo.evidence import records
from zoo.evidence.records import ClaimRecord, EvidenceRecord

if TYPE_CHECKING:
    from zoo.method import Method


class _Declared(BaseModel):
    """A duel as a card says it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    opponent: str = Field(alias="with", min_length=1, max_length=60)
    question: str = Field(pattern=r"\?$", max_length=160)
    claims: tuple[str, ...] = Field(min_length=1)
    theirs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duel:
    """Two ways to do a thing.

    Attributes:
        method: one of the two, whose card says so.
        opponent: the other method, or None where it is no method of the zoo.
        name: of the opponent.
        question: what is at stake.
        claims: measured claims of the method that speak of it.
        theirs: those of the opponent.
    """

    method: type[Method]
    opponent: type[Method] | None
    name: str
    question: str
    claims: tuple[ClaimRecord, ...]
    theirs: tuple[ClaimRecord, ...]

    @property
    def anchor(self) -> str:
        """Where it stands on the page of duels."""
        other = self.opponent.slug if self.opponent else "-".join(self.name.lower().split())
        return f"{self.method.slug}--{other}"


def of(method: type[Method]) -> tuple[Duel, ...]:
    """The duels that a method's card names.

    Raises:
        CardError: one is written otherwise, or names a claim that was not measured.
    """
    return tuple(_duel(method, said) for said in _declared(method))


def _declared(method: type[Method]) -> list[_Declared]:
    """What a card says of its duels.

    Raises:
        CardError: one is written otherwise.
    """
    written = card.read(method).data.get("duels") or []
    if not isinstance(written, list):
        raise CardError("its duels are no list.")
    try:
        return [_Declared.model_validate(row) for row in written]
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "duel"
        raise CardError(
            f"a duel needs with, a question that ends in “?”, and claims; see {where!r}."
        ) from error


def _duel(method: type[Method], said: _Declared) -> Duel:
    entry = registry.entries().get(said.opponent)
    opponent = None if entry is None or entry.error else entry.method
    if said.theirs and opponent is None:
        raise CardError(f"its duel with {said.opponent} names claims of a method that is not there.")
    return Duel(
        method,
        opponent,
        opponent.title if opponent else said.opponent,
        said.question,
        tuple(_measured(method, said.claims)),
        tuple(_measured(opponent, said.theirs)) if opponent else (),
    )


def _measured(method: type[Method], names: tuple[str, ...]) -> Iterator[ClaimRecord]:
    record = records.read(card.measured(method, "evidence"), EvidenceRecord)
    claims = {claim.id: claim for claim in record.claims} if record else {}
    for name in names:
        if name not in claims:
            raise CardError(f"a duel names the claim {name!r}, which {method.slug} has not measured.")
        yield claims[name]


def everywhere(of_whom: type[Method] | None = None) -> Iterator[Duel]:
    """The duels of all methods that work, in the order of their titles; a card with faults is passed over.

    ``zoo check`` tells the faults.

    Args:
        of_whom: only those in which this method stands on either side; evidence of others is not read.
    """
    working = (entry for entry in registry.entries().values() if not entry.error)
    for entry in sorted(working, key=lambda entry: entry.title.lower()):
        try:
            for said in _declared(entry.method):
                if of_whom is None or entry.method is of_whom or said.opponent == of_whom.slug:
                    yield _duel(entry.method, said)
        except CardError:
            continue
