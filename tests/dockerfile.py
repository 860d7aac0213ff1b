"""The ``Dockerfile`` as the tests read it: what its container runs, as whom, with which variables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from zoo import paths


@dataclass(frozen=True)
class Container:
    """What a ``Dockerfile`` says about its containers.

    Attributes:
        steps: its instructions in their order, as (word, rest), each on one line.
        user: who runs the app.
        variables: its environment.
        command: what is run.
        health: what Docker runs to ask whether it lives.
    """

    steps: list[tuple[str, str]]
    user: int
    variables: dict[str, str]
    command: list[str]
    health: list[str]


def read() -> Container:
    """Ours."""
    text = re.sub(r"^#.*\n", "", (paths.root() / "Dockerfile").read_text(), flags=re.MULTILINE)
    steps = [
        (word, " ".join(rest.split()))
        for word, rest in re.findall(r"^([A-Z]+) (.*)$", text.replace("\\\n", " "), flags=re.MULTILINE)
    ]
    last = dict(steps)
    return Container(
        steps,
        int(last["USER"]),
        dict(pair.split("=", 1) for pair in last["ENV"].split()),
        json.loads(last["CMD"]),
        json.loads(last["HEALTHCHECK"].partition(" CMD ")[2]),
    )
