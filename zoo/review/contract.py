"""Bronze: the method keeps the contract, explains itself and is quick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from zoo import card, testing
from zoo.registry import Entry
from zoo.review.ladder import Finding, Subject, rule
from zoo.testing import battery

MOST_EXAMPLE_SECONDS = 10.0
"""CPU seconds that an example may take: a visitor waits for it."""

MOST_SECONDS = 20.0
"""CPU seconds that the whole battery may cost, which runs on every change."""


def _finding(check: Any, entry: Entry, cure: str) -> Iterator[Finding]:
    """What a check of the battery raises, as a finding."""
    try:
        check(entry)
    except Exception as error:  # a check runs a method's own code, which may raise anything
        yield Finding(battery.reason(error), cure)


@rule("bronze", "Its entry module imports nothing heavy and costs under 100 ms.")
def light_import(subject: Subject) -> Iterator[Finding]:
    """Import the entry module in a process of its own."""
    cure = (
        "Import torch, scipy, pandas and your own model inside actions, not at the top of the entry module."
    )
    yield from _finding(battery.check_light, subject.entry, cure)


@rule("bronze", "Title, paper, inputs and results are explained, and numbers have bounds.")
def texts(subject: Subject) -> Iterator[Finding]:
    """Look at docstrings and signatures."""
    cure = "Complete the docstrings: a sentence first, Args: for every input, Attributes: for every field of a result."
    yield from _finding(battery.check_texts, subject.entry, cure)


@rule("bronze", "Its card has a licence and a thumbnail, links the paper, and the Hub accepts it.")
def card_is_complete(subject: Subject) -> Iterator[Finding]:
    """Read the card as the zoo and as the Hub do."""
    try:
        page = card.read(subject.method)
    except card.CardError as error:
        yield Finding(
            str(error),
            "Write the card as docs/how-to/card.md shows: front matter with license, library_name and tags.",
        )
        return
    if page.thumbnail is None:
        yield Finding("the card has no thumbnail.", f"Run zoo thumbnail {subject.slug}.")
        return
    yield from _finding(
        battery.check_card, subject.entry, "Mend the card; its front matter is a model card's."
    )


@rule("bronze", "Its card says the idea in three sentences, draws it, and explains the words of the page.")
def idea_is_said(subject: Subject) -> Iterator[Finding]:
    """Read the two sections of the card and the drawing beside it."""
    cure = "Write “## In three sentences” and “## Words” and draw the SVG file, as docs/how-to/card.md shows."
    if subject.method.contract >= 2 and subject.card is not None:
        yield from _finding(battery.check_idea, subject.entry, cure)


@rule(
    "bronze",
    "Every example runs, bad input gets its sentence, and the same input the same answer.",
    runs=True,
)
def contract(subject: Subject) -> Iterator[Finding]:
    """The battery of ``zoo.testing``, whose first checks are rules of their own."""
    start = time.process_time()
    for check in testing.checks(subject.entry):
        if check.name in ("is light", "explains itself", "says its idea"):
            continue
        for fault in _finding(
            lambda entry, check=check: check(), subject.entry, f"Keep this: {check.promise}"
        ):
            yield Finding(f"{check.name}: {fault.says}", fault.cure)
    subject.spent["contract"] = time.process_time() - start


@rule(
    "silver",
    "Its results begin with a sentence that names a baseline, and its pages open with one that is stored.",
    runs=True,
)
def opens_with_a_sentence(subject: Subject) -> Iterator[Finding]:
    """Asked of the zoo's own methods, whose pages stand beside each other."""
    if subject.is_guest:
        return
    for case in battery.examples([subject.entry]):
        yield from _finding(
            lambda entry, case=case: battery.check_summary(case),
            subject.entry,
            "Compute the sentence from the result, beside what a baseline gives for the same input.",
        )
        if case.example == 0:
            yield from _finding(
                lambda entry, case=case: battery.check_opening(case),
                subject.entry,
                "Store it anew after every change of what the example gives.",
            )


@rule("bronze", f"Every example takes less than {MOST_EXAMPLE_SECONDS:.0f} CPU seconds.", runs=True)
def quick_examples(subject: Subject) -> Iterator[Finding]:
    """Read how long the kept runs took."""
    for case in battery.examples([subject.entry]):
        try:
            seconds = battery.kept(case).seconds
        except Exception:
            continue
        if seconds > MOST_EXAMPLE_SECONDS:
            yield Finding(
                f"{case.action}, example {case.example + 1}, takes {seconds:.0f} CPU seconds.",
                "Give it a smaller file, fewer steps, or lighter defaults.",
            )


@rule("silver", f"All its checks cost under {MOST_SECONDS:.0f} CPU seconds.", runs=True)
def cpu_budget(subject: Subject) -> Iterator[Finding]:
    """Read what the battery has cost."""
    spent = subject.spent.get("contract", 0.0)
    if spent > MOST_SECONDS:
        yield Finding(
            f"the battery takes {spent:.0f} CPU seconds.",
            "Let defaults be light, and refuse what is too large before any work.",
        )
