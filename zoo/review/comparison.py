"""Silver and gold: the method is measured beside others, and its cost is known."""

from __future__ import annotations

from collections.abc import Iterator

from zoo import card, duels, paths
from zoo.review.ladder import Finding, Subject, rule


@rule("silver", "Its duels name an opponent, a question, and claims that were measured.")
def duelling(subject: Subject) -> Iterator[Finding]:
    """Read the duels of its card."""
    try:
        duels.of(subject.method)
    except card.CardError as error:
        yield Finding(
            str(error),
            "docs/how-to/duel.md says how one is written; the ids of claims are in cards/evidence.",
        )


@rule("gold", "It competes in a task, or is compared with an independent implementation.")
def compared(subject: Subject) -> Iterator[Finding]:
    """Look for a contestant, or a benchmark against peers."""
    members = [member for owner in subject.method.__mro__ for member in vars(owner).values()]
    checkout = paths.checkout()
    peers = checkout / "benchmarks" / f"peers_{subject.slug.replace('-', '_')}.py" if checkout else None
    if not any(getattr(member, "contests", ()) for member in members) and not (peers and peers.is_file()):
        yield Finding(
            "nobody else did the same work beside it.",
            "Mark a function with @contestant(task), or compare with another implementation in benchmarks/.",
        )


@rule("gold", "Its time and memory are measured against the size of the input.")
def cost(subject: Subject) -> Iterator[Finding]:
    """Look for the stored curve."""
    if not card.measured(subject.method, "cost").is_file():
        yield Finding(
            "how its cost grows is not measured.",
            f"Mark a function with @cost and run zoo cost {subject.slug} --write.",
        )
