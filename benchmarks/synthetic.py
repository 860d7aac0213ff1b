"""A throw-away distribution of many methods, to see what the zoo costs at a size it has not reached yet.

Each has the parts of a usual method: a card, a picture or a table as input, eight settings and three results.
"""

from __future__ import annotations

from pathlib import Path

from zoo.method import FAMILIES

METHOD = '''"""Synthetic method {number}."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Paper, Unit, action
from zoo.types import Figure, Image, Metrics


@dataclass(frozen=True)
class Outcome:
    """What came out.

    Attributes:
        picture: the picture, changed.
        curve: how it went.
        numbers: what was measured.
    """

    picture: Image
    curve: Figure
    numbers: Metrics


class Synthetic{number}(Method):
    """Changes a picture in the way number {number}, to see what a method costs.

    It stands for a method that is not written yet.
    """

    title = "Synthetic {number}"
    family = "{family}"
    paper = Paper("On the number {number}", ("A. Author", "B. Author"), 2020, "nowhere", "https://example.org/{number}")

    @action(title="Change a picture", examples=[{{"image": "none.png"}}])
    def change(
        self,
        image: Image,
        amount: Annotated[float, Field(ge=0, le=4), Unit("bits per pixel")] = 1.0,
        rank: Annotated[int, Field(ge=1, le=64)] = 8,
        steps: Annotated[int, Field(ge=1, le=100)] = 10,
        mode: Literal["soft", "hard", "mixed"] = "soft",
        keep: bool = True,
        seed: Annotated[int, Field(ge=0, le=2147483647)] = 0,
    ) -> Outcome:
        """Change a picture by so much.

        Args:
            image: any picture.
            amount: how much.
            rank: how many directions.
            steps: how often.
            mode: in which way.
            keep: whether to keep the colours.
            seed: of all that is random.
        """
        import plotly.graph_objects as go

        curve = go.Figure(go.Scatter(y=[amount / (k + 1) for k in range(steps)]))
        return Outcome(image, Figure(curve), Metrics([("amount", amount, "bits per pixel")]))
'''

CARD = """---
license: apache-2.0
library_name: latent-zoo
tags: [latent-zoo, {family}]
---

# Synthetic {number}

It stands for a method that is not written yet. Its card is a few lines long.
"""


def write_distribution(folder: Path, count: int) -> Path:
    """Write a distribution of ``count`` methods as it lies after ``pip install --target``.

    Args:
        folder: an empty folder; put it on ``PYTHONPATH``.
        count: how many methods.
    """
    package = folder / "zoo_synthetic"
    points = ["[zoo.methods]"]
    for number in range(count):
        family = FAMILIES[number % len(FAMILIES)]
        home = package / f"m{number}"
        home.mkdir(parents=True)
        (home / "__init__.py").write_text(METHOD.format(number=number, family=family))
        (home / "card.md").write_text(CARD.format(number=number, family=family))
        points.append(f"synthetic-{number} = zoo_synthetic.m{number}:Synthetic{number}")
    (package / "__init__.py").write_text("")
    info = folder / "zoo_synthetic-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-synthetic\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(points) + "\n")
    return folder
