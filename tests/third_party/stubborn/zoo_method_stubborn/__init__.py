"""A method that does what no method may, as it is told."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from zoo.method import InputError, Method, Paper, Progress, action
from zoo.types import Metrics

kept: list[np.ndarray] = []


@dataclass(frozen=True)
class Done:
    """What it did.

    Attributes:
        metrics: the process that did it.
    """

    metrics: Metrics


class Stubborn(Method):
    """Hangs, leaks, exits or crashes.

    There is no paper behind it: it serves the tests.
    """

    title = "Stubborn"
    family = "robustness"
    paper = Paper("Stubborn", ("A. Mule",), 2026, "the stable", "https://example.org/stubborn")

    @action(title="Misbehave", examples=[{"how": "not at all"}])
    def misbehave(
        self,
        how: Literal[
            "not at all",
            "refuse",
            "crash",
            "exit",
            "leave",
            "interrupt",
            "hang",
            "leak",
            "keep",
            "print",
            "lack",
        ] = "not at all",
    ) -> Done:
        """Do what no method may.

        Args:
            how: the way.
        """
        if how == "refuse":
            raise InputError("how: the mule stands still; pull harder.")
        if how == "crash":
            raise ValueError("a hoof in the works")
        if how == "exit":
            argparse.ArgumentParser().parse_args(["--no-such-word"])
        if how == "leave":
            os._exit(3)
        if how == "interrupt":
            raise KeyboardInterrupt
        if how == "hang":
            while True:
                pass
        if how == "leak":
            while True:
                kept.append(np.ones(50_000_000))
        if how == "keep":
            kept.append(np.ones(30_000_000))
        if how == "print":
            os.write(1, b"hee-haw\n")
            print("hee-haw")
        if how == "lack":
            import zoo_method_that_is_not_there  # noqa: F401
        return Done(Metrics([("process", os.getpid(), "")]))

    @action(title="Count", examples=[{"steps": 3}])
    def count(self, steps: int = 3, progress: Progress = Progress()) -> Iterator[Done]:
        """Count steps, five a second.

        Args:
            steps: how far.
        """
        for step in range(1, steps + 1):
            progress(step / steps, f"step {step}")
            yield Done(Metrics([("process", os.getpid(), ""), ("step", step, "")]))
            time.sleep(0.2)
