"""A result kind of the app's own: contestants, what each scored, and which score of each kind is best."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from zoo.app.numbers import format_number, format_seconds
from zoo.evidence.task import SECONDS, Score
from zoo.types import Value


@dataclass(frozen=True, eq=False)
class Scores(Value):
    """What contestants scored: ``columns`` are what was measured, ``rows`` are (name, address of its page, scores)."""

    columns: tuple[Score, ...]
    rows: tuple[tuple[str, str, Mapping[str, float]], ...]

    kind: ClassVar[str] = "scores"
    label: ClassVar[str] = "scores"
    plural: ClassVar[str] = "Scores"
    is_input: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "scores of contestants"

    @classmethod
    def sample(cls) -> Self:
        """Two contestants and the time that they took."""
        return cls((SECONDS,), (("ours", "", {SECONDS.key: 0.5}), ("theirs", "", {SECONDS.key: 1.5})))

    def table(self) -> dict[str, Any]:
        """All of it as JSON: columns with unit and direction, rows with numbers, their texts and which is best."""
        best = {score.key: self._best(score) for score in self.columns}

        def cell(score: Score, number: float) -> dict[str, Any]:
            text = _text(score, number)
            return {
                "value": number if math.isfinite(number) else None,
                "text": text,
                "best": text == best[score.key],
            }

        return {
            "columns": [
                {"key": score.key, "title": score.title, "unit": score.unit, "better": score.better}
                for score in self.columns
            ],
            "rows": [
                {
                    "name": name,
                    "page": page,
                    "scores": {score.key: cell(score, scores[score.key]) for score in self.columns},
                }
                for name, page, scores in self.rows
            ],
        }

    def _best(self, score: Score) -> str | None:
        """The best number as it is written, so that two that read alike are both best; None if all read alike."""
        numbers = [scores[score.key] for _, _, scores in self.rows if math.isfinite(scores[score.key])]
        if len({_text(score, number) for number in numbers}) < 2:
            return None
        return _text(score, max(numbers) if score.better == "higher" else min(numbers))

    def encode(self) -> bytes:
        """The table as JSON."""
        return json.dumps(self.table(), ensure_ascii=False).encode()


def _text(score: Score, number: float) -> str:
    return format_seconds(number) if score.key == SECONDS.key else format_number(number)
