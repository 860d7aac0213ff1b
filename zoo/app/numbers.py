"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import Any


def format_seconds(value: float) -> str:
    """A time with its unit and three significant digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 1000 * size else f"{value / size:,.0f} {unit}"
    return f"{value * 1e6:.3g} µs"


def format_number(value: Any) -> str:
    """A number with four significant digits and a thin space between thousands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (abs(value) >= 10_000 and math.isfinite(value)):
        return f"{value:,.0f}".replace(",", "\u2009")
    return f"{value:.4g}"
