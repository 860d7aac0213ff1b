"""A spot on a picture."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from zoo.errors import InputError, brief
from zoo.types.base import Reference, Value, is_real_array
from zoo.types.pictures import Image


@dataclass(frozen=True)
class Spot(Value):
    """A spot on a picture, in its pixels: ``x`` from the left edge, ``y`` from the upper one.

    The upper left pixel spans 0 to 1, so ``pixels[int(y), int(x)]`` is the pixel at the spot. An input says on
    which picture it lies: ``Annotated[Spot, SpotOn("image")]``.
    """

    x: float
    y: float

    kind: ClassVar[str] = "spot"
    label: ClassVar[str] = "a spot on a picture"
    plural: ClassVar[str] = "Spots on pictures"
    placeholder: ClassVar[Any] = (12, 30)
    is_file: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"
    accepts: ClassVar[str] = "a spot on the picture as x,y in its pixels, counted from the upper left corner"

    @classmethod
    def sample(cls) -> Self:
        """A spot near the upper left corner."""
        return cls(3, 2)

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a pair of numbers, or a text such as ``12,30``."""
        if isinstance(value, str):
            value = re.split(r"\s*[,; ]\s*", value.strip().strip("()[]"))
        elif is_real_array(value):
            value = value.tolist()
        if isinstance(value, list | tuple):
            return cls._checked(list(value))
        return super().of(value)

    @classmethod
    def _checked(cls, pair: list[Any]) -> Self:
        try:
            if any(isinstance(part, bool) for part in pair):
                raise ValueError
            x, y = (float(part) for part in pair)
        except (ValueError, TypeError, OverflowError) as error:
            raise InputError(f"{brief(','.join(map(str, pair)))} is no spot; send {cls.accepts}.") from error
        if not (math.isfinite(x) and math.isfinite(y)):
            raise InputError(f"a spot has finite numbers; send {cls.accepts}.")
        return cls(*(int(part) if part.is_integer() else part for part in (x, y)))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a spot that ``save`` wrote."""
        return cls.of(json.loads(data))

    @classmethod
    def words(cls, value: Any) -> list[str]:
        """``12,30``."""
        pair = value.plain() if isinstance(value, cls) else value
        return [pair if isinstance(pair, str) else ",".join(map(str, pair))]

    def plain(self) -> list[float]:
        """``[x, y]``."""
        return [self.x, self.y]

    def encode(self) -> bytes:
        """``[x, y]`` as JSON."""
        return json.dumps(self.plain()).encode()


@dataclass(frozen=True)
class SpotOn(Reference):
    """Says on which picture of the same action a spot lies."""

    about: ClassVar[str] = Image.kind

    def resolve(self, value: Spot, source: Image | None) -> Spot:
        """The spot, where it lies on the picture.

        Raises:
            InputError: it lies outside, or there is no picture.
        """
        if source is None:
            raise InputError(f"there is no picture that it lies on; send {self.source} too.")
        if not (0 <= value.x < source.width and 0 <= value.y < source.height):
            raise InputError(
                f"{value.x:g},{value.y:g} lies outside the picture of {source.width} x {source.height} pixels;"
                f" send x from 0 to {source.width - 1} and y from 0 to {source.height - 1}."
            )
        return value
