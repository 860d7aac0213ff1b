"""A text with marks in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from zoo.errors import InputError, brief
from zoo.types.base import Value


@dataclass(frozen=True)
class Span:
    """A marked part of a text: the characters from ``start`` up to but without ``end``.

    Attributes:
        start: of its first character, counted from 0.
        end: after its last one.
        label: what it is.
        weight: how much of it, from 0 to 1; the page shades it. None where it does not come in degrees.
    """

    start: int
    end: int
    label: str
    weight: float | None = None


@dataclass(frozen=True, eq=False)
class MarkedText(Value):
    """A text with marked parts: ``text``, and ``spans`` in the order of the text, none over another."""

    text: str
    spans: tuple[Span, ...]

    kind: ClassVar[str] = "marked"
    label: ClassVar[str] = "a marked text"
    plural: ClassVar[str] = "Marked texts"
    placeholder: ClassVar[Any] = "marked.json"
    suffix: ClassVar[str] = ".json"
    suffixes: ClassVar[tuple[str, ...]] = (".json",)
    accepts: ClassVar[str] = (
        "JSON with a text of at most 200,000 characters and spans of start, end and label that do not overlap"
    )
    max_length: ClassVar[int] = 200_000
    max_spans: ClassVar[int] = 20_000

    @classmethod
    def sample(cls) -> Self:
        """Two marked words."""
        return cls.of(("Ada wrote it in London.", [(0, 3, "person", 0.9), (16, 22, "place")]))

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a pair (text, spans) or a mapping of both; a span is a ``Span``, a tuple or a mapping."""
        if isinstance(value, dict) and set(value) == {"text", "spans"}:
            value = (value["text"], value["spans"])
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            return cls._checked(value[0], value[1])
        return super().of(value)

    @classmethod
    def _checked(cls, text: str, spans: Iterable[Any]) -> Self:
        if len(text) > cls.max_length:
            raise InputError(
                f"the text has {len(text):,} characters; at most {cls.max_length:,} are accepted."
            )
        try:
            marks = sorted((_span(part) for part in spans), key=lambda span: (span.start, span.end))
        except InputError:
            raise
        except (TypeError, ValueError) as error:
            raise InputError(f"the spans are not as they should be; send {cls.accepts}.") from error
        if len(marks) > cls.max_spans:
            raise InputError(f"{len(marks):,} spans are too many; at most {cls.max_spans:,} are accepted.")
        reached = 0
        for mark in marks:
            if not reached <= mark.start < mark.end <= len(text):
                raise InputError(
                    f"the span {mark.start} to {mark.end} is empty, outside the text or over another; send"
                    f" {cls.accepts}."
                )
            reached = mark.end
        return cls(text, tuple(marks))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a text that ``save`` wrote."""
        try:
            content = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InputError(f"the file is not JSON; send {cls.accepts}.") from error
        if not isinstance(content, dict) or set(content) != {"text", "spans"}:
            raise InputError(f"the file holds no text with spans; send {cls.accepts}.")
        return cls.of(content)

    def record(self) -> dict[str, Any]:
        """The text and its spans as JSON."""
        return {"text": self.text, "spans": [asdict(span) for span in self.spans]}

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(self.record(), ensure_ascii=False).encode()


def _span(part: Any) -> Span:
    """A span whose numbers are numbers.

    Raises:
        TypeError, ValueError, InputError: it is none.
    """
    if isinstance(part, Span):
        part = asdict(part)
    span = Span(**part) if isinstance(part, dict) else Span(*part)
    whole = all(isinstance(number, int) and not isinstance(number, bool) for number in (span.start, span.end))
    if not whole or not isinstance(span.label, str):
        raise ValueError
    if span.weight is not None and not (math.isfinite(span.weight) and 0 <= span.weight <= 1):
        raise InputError(f"the weight {brief(span.weight)} of a span lies outside 0 to 1.")
    return span
