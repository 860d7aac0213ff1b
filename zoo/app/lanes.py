"""Who works when: quick actions never wait behind slow ones, and slow ones of a method wait for each other.

A few actions work at once. One that takes long gives its place to the next and goes on as a slow one; from then on it
is known to be slow, and waits until no other action of its method is slow and few enough of all.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

AT_ONCE = max(2, os.cpu_count() or 2)
"""Quick actions that work at the same time, and as many slow ones."""
SLOW = 5.0
"""Seconds from which on an action is slow."""


@dataclass(eq=False)
class Turn:
    """One run of an action, waiting or at work.

    Attributes:
        slug: of the method.
        action: its name.
        slow: whether it took long the last time.
        began: when it began to work; None while it waits.
    """

    slug: str
    action: str
    slow: bool
    began: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has worked."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    @property
    def is_slow(self) -> bool:
        """Whether it is one of the slow ones by now."""
        return self.slow or self.seconds >= SLOW


@dataclass
class Lanes:
    """Lets runs of actions begin, the longest waiting first.

    Attributes:
        at_once: quick ones that work at the same time, and as many slow ones.
    """

    at_once: int = AT_ONCE
    _turns: list[Turn] = field(default_factory=list)
    _took: dict[tuple[str, str], float] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def turn(self, slug: str, action: str, waits: Callable[[], None]) -> Iterator[Turn]:
        """Wait for a run's turn; within the block it works.

        Args:
            slug: of the method.
            action: its name.
            waits: called about twice a second while it waits; what it raises ends the waiting.
        """
        turn = Turn(slug, action, self._took.get((slug, action), 0.0) >= SLOW)
        with self._changed:
            self._turns.append(turn)
        try:
            while not self._begins(turn):
                waits()
            yield turn
            self._took[slug, action] = turn.seconds
        finally:
            with self._changed:
                self._turns.remove(turn)
                self._changed.notify_all()

    def _begins(self, turn: Turn) -> bool:
        """Whether it may work now, asked for half a second."""
        with self._changed:
            # A quick one that turns slow tells nobody, so it is looked for.
            for _ in range(5):
                if self._may_begin(turn):
                    turn.began = time.monotonic()
                    return True
                self._changed.wait(0.1)
            return False

    def _may_begin(self, turn: Turn) -> bool:
        before = self._turns[: self._turns.index(turn)]
        ahead = [other for other in before if other.began is None and other.slow == turn.slow]
        working = [other for other in self._turns if other.began is not None]
        if not turn.slow:
            return not ahead and sum(not other.is_slow for other in working) < self.at_once
        slow = [other for other in working if other.is_slow]
        return (
            len(slow) < self.at_once
            and all(other.slug != turn.slug for other in slow)
            and not any(self._may_begin(other) for other in ahead)
        )
