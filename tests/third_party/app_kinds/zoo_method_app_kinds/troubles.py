"""What may go wrong in a method: it is slow, it fails, it fails half-way, it does not keep its promise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo.method import InputError, Method, Paper, Progress, action
from zoo.types import Image, Metrics


@dataclass(frozen=True)
class Number:
    """A number.

    Attributes:
        metrics: the number.
    """

    metrics: Metrics


class AppTroubles(Method):
    """Is slow, or fails, as it is told.

    There is no paper behind it: it serves the tests.
    """

    title = "Troubles"
    family = "robustness"
    paper = Paper("Troubles", ("A. Weaver",), 2026, "the loom", "https://example.org/troubles")
    reached: ClassVar[int] = 0
    ended: ClassVar[str] = "never ran"

    @action(title="Count slowly", examples=[{"steps": 1}, {"steps": 200}, {"steps": 3}])
    def count_slowly(
        self, steps: Annotated[int, Field(ge=1, le=1000)] = 200, progress: Progress = Progress()
    ) -> Iterator[Number]:
        """Count five numbers a second.

        Args:
            steps: how far.
        """
        AppTroubles.ended = "runs"
        try:
            for step in range(1, steps + 1):
                AppTroubles.reached = step
                progress(step / steps, f"at {step}")
                yield Number(Metrics([("number", step, "")]))
                time.sleep(0.2)
            AppTroubles.ended = "finished"
        except BaseException:  # at a result by the end of the generator, at its progress by an error
            AppTroubles.ended = "stopped"
            raise

    @action(title="Tell how the counting ended", examples=[{}])
    def how_it_ended(self) -> Number:
        """Tell how the last slow counting ended."""
        return Number(Metrics([("number", AppTroubles.reached, ""), ("ended", AppTroubles.ended, "")]))

    @action(title="Fail", examples=[{"how": "refuse"}])
    def fail(
        self,
        how: Literal["refuse", "crash", "missing", "late", "not at all"] = "refuse",
        image: Image | None = None,
    ) -> Iterator[Number]:
        """Fail in one of several ways.

        Args:
            how: the way.
            image: not looked at.
        """
        if how == "refuse":
            raise InputError("the weather is bad; come back tomorrow.")
        if how == "crash":
            raise OSError(5, "the disk is gone", "/home/secret/place.bin")
        if how == "missing":
            import zoo_method_that_is_not_there  # noqa: F401
        yield Number(Metrics([("number", 1, "")]))
        if how == "late":
            raise RuntimeError("half-way at /home/secret/place.bin")
