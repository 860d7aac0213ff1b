"""Jobs: an action at work in a thread of its own, which a page follows, loses when it is loaded anew, and finds again.

A page knows its job by a secret that only the browser's tab holds, so nobody finds the job of somebody else.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import gradio as gr

ALONE = 30.0
"""Seconds that a job goes on after its page has left; a page that is loaded anew is back within a few."""
KEPT = 600.0
"""Seconds that the result of a finished job is kept for its page."""
MOST = 256
"""Jobs that are kept at most."""

Report = Callable[[float, str | None], None]
Work = Callable[[Report], Generator[Any]]


class Superseded(gr.Error):
    """Nobody waits for this job any more."""

    def __init__(self) -> None:
        super().__init__("superseded", print_exception=False)


class Job:
    """One run of an action.

    Args:
        work: gives results one after another, and tells how far it is by what it is called with.
        wanted: whether anybody still waits for it, but for the page that follows it.
    """

    def __init__(self, work: Work, wanted: Callable[[], bool]) -> None:
        self._work, self._wanted = work, wanted
        self._changed = threading.Condition()
        self._result: Any = None
        self._count = self._taken = 0  # results so far, and how many of them its page has
        self._progress: tuple[float, str | None] | None = None
        self._problem: Exception | None = None
        self._pages = 0
        self._left = time.monotonic()  # when the last page that followed it went away
        self.ended: float | None = None

    def begin(self) -> None:
        """Start to work, with what gradio knows of the request."""
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._go,), daemon=True, name="job").start()

    @property
    def wanted(self) -> bool:
        """Whether it is worth going on."""
        return self._wanted() and (self._pages > 0 or time.monotonic() - self._left < ALONE)

    def follow(self, report: Report) -> Generator[Any]:
        """Each result, from the latest one on, and None in every second without any.

        Args:
            report: is told how far the job is.

        Raises:
            Superseded: nobody waits for it.
            Exception: what went wrong at work.
        """
        seen, reported, spoke = 0, None, time.monotonic()
        with self._changed:
            self._pages += 1
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(partial(self._is_further, seen, reported), 1.0)
                    new, seen, progress = self._count > seen, self._count, self._progress
                    result, ended, problem = self._result, self.ended, self._problem
                    self._taken = seen
                    self._changed.notify_all()
                if progress is not None and progress is not reported:
                    report(*progress)
                    reported = progress
                if problem is not None and ended:
                    raise problem
                if new or (not ended and time.monotonic() - spoke >= 1):
                    yield result if new else None
                    spoke = time.monotonic()
                if ended:
                    return
        finally:
            with self._changed:
                self._pages -= 1
                self._left = time.monotonic()
                self._changed.notify_all()

    def _is_further(self, seen: int, reported: Any) -> bool:
        return self._count > seen or self._progress is not reported or self.ended is not None

    def _go(self) -> None:
        try:
            with contextlib.closing(self._work(self._report)) as results:
                for result in results:
                    self._show(result)
                    if not self.wanted:
                        raise Superseded
        except Exception as problem:
            self._problem = problem
        except BaseException as problem:  # whatever it is, whoever follows is told
            self._problem = RuntimeError(repr(problem))
        with self._changed:
            self.ended = time.monotonic()
            self._changed.notify_all()

    def _show(self, result: Any) -> None:
        """Put a result where pages find it, and let the page take it before work goes on."""
        with self._changed:
            self._result = result
            self._count += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._taken == self._count or not self._pages, 1.0)

    def _report(self, fraction: float, text: str | None = None) -> None:
        if not self.wanted:
            raise Superseded
        with self._changed:
            self._progress = fraction, text
            self._changed.notify_all()


class Jobs:
    """The jobs of all pages, the newest of each action of a page."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[tuple[str, str], tuple[int, Job]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, page: tuple[str, str], number: int, job: Job) -> None:
        """Let a job work, which takes the place of the one before it; without a secret it cannot be found again."""
        if page[0]:
            with self._lock:
                self._forget()
                self._jobs[page] = number, job
                self._jobs.move_to_end(page)
        job.begin()

    def find(self, page: tuple[str, str], number: int) -> Job | None:
        """The job of that number, as long as it is kept."""
        with self._lock:
            self._forget()
            kept, job = self._jobs.get(page, (None, None))
            return job if kept == number else None

    def _forget(self) -> None:
        """Drop what ended long ago, and the oldest of too many."""
        now = time.monotonic()
        for page, (_, job) in list(self._jobs.items()):
            if job.ended is not None and now - job.ended > KEPT:
                del self._jobs[page]
        while len(self._jobs) >= MOST:
            self._jobs.popitem(last=False)
