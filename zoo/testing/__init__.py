"""What a reviewer's battery asks of a method, for its author's own tests.

    import pytest
    from zoo import testing

    @pytest.mark.parametrize("check", testing.checks("my-method"), ids=str)
    def test_contract(check):
        check()

``zoo check my-method`` asks the same and more, as text. Nothing in this package needs pytest.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zoo import registry
from zoo.registry import Entry
from zoo.testing import battery

__all__ = ["Check", "checks"]


@dataclass(frozen=True)
class Check:
    """A promise of the contract, to be checked by calling it; it raises where the promise is broken.

    Attributes:
        entry: the method.
        name: what is checked.
        promise: the promise as a sentence.
        work: checks it, with a folder to write into.
    """

    entry: Entry
    name: str
    promise: str
    work: Callable[[Path], object]

    def __call__(self) -> None:
        """Check it in a folder of its own.

        Raises:
            AssertionError: the promise is broken.
        """
        with tempfile.TemporaryDirectory() as folder:
            self.work(Path(folder))

    def __str__(self) -> str:
        return f"{self.entry.slug} {self.name}"


def checks(method: str | Entry) -> list[Check]:
    """Every check of a method: its entry module, its texts and, action by action, what it does with inputs.

    Args:
        method: a slug, or an entry that is not installed.

    Raises:
        InputError: there is no method of this slug.
        PluginError: it cannot be used at all.
    """
    entry = registry.find(method) if isinstance(method, str) else method
    entry.draft  # noqa: B018 - raises what keeps it from being used
    return list(_checks(entry))


def _checks(entry: Entry) -> Iterator[Check]:
    def check(name: str, function: Callable[..., object], *given: object) -> Check:
        return Check(
            entry, name, (function.__doc__ or "").splitlines()[0], functools.partial(function, *given)
        )

    def folderless(function: Callable[..., object]) -> Callable[..., object]:
        return functools.wraps(function)(lambda given, folder: function(given))

    yield check("is light", folderless(battery.check_light), entry)
    yield check("explains itself", folderless(battery.check_texts), entry)
    if entry.draft.contract >= 2:
        yield check("says its idea", folderless(battery.check_idea), entry)
        yield check("explains its numbers", folderless(battery.check_words), entry)
    for case in battery.examples([entry]):
        yield check(f"{case.action}, example {case.example + 1}", battery.check_example, case)
        yield check(f"{case.action}, progress {case.example + 1}", folderless(battery.check_progress), case)
    for case in battery.cases([entry]):
        if not case.spec.examples:
            continue
        yield check(f"{case.action} refuses", battery.check_refuses, case)
        yield check(f"{case.action} answers again", folderless(battery.check_answers_again), case)
        yield check(f"{case.action} unpickles nothing", folderless(battery.check_unpickles_nothing), case)
        if battery.odd_inputs(case):
            yield check(f"{case.action} copes", battery.check_copes, case)
        if case.spec.streams:
            yield check(f"{case.action} stops", folderless(battery.check_stops), case)
        for param in case.spec.params:
            if param.kind in ("str", "text"):
                yield check(
                    f"{case.action} opens no {param.name}", battery.check_text_is_text, case, param.name
                )
    yield check("weights round trip", battery.check_weights_round_trip, entry)
