"""A small example of each kind of input, for a method that was just begun."""

from __future__ import annotations

import numpy as np

from zoo.types import KINDS, Audio, Drawing, Image, Points, Table, Value

WORDS = (
    "Whoever measures many things once each does better by moving every measurement towards the mean of all."
)
"""The example of a text."""


def name(kind: str) -> str:
    """What the example's file is called; of a text, the text itself."""
    return WORDS if kind == "text" else f"example{KINDS[kind].suffix or '.bin'}"


def value(kind: str) -> Value:
    """The example's value: forty numbers, with noise, in the form of the kind."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=40)
    level = ((numbers - numbers.min()) / np.ptp(numbers))[:, None]
    by_kind = {
        "image": lambda: Image(np.broadcast_to((255 * level[..., None]).astype("u1"), (40, 64, 3)).copy()),
        "drawing": lambda: Drawing(np.broadcast_to(level.astype("f4"), (40, 40)).copy()),
        "audio": lambda: Audio.of((8000, (level * rng.uniform(-0.9, 0.9, (40, 200))).ravel().astype("f4"))),
        "table": lambda: Table.of({"measured": numbers.round(3), "place": np.arange(40)}),
        "points": lambda: Points.of(np.column_stack([np.arange(40), numbers.round(3)])),
    }
    return by_kind[kind]() if kind in by_kind else KINDS[kind].sample()
