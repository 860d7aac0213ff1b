"""Small charts as SVG, drawn on the server: lines with intervals, and dots with whiskers.

A chart is some kilobytes of the page and needs no script. Positions are percentages of the plot's own box, so that
text and marks keep their size at any width; colours are variables of the style sheet and follow light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from zoo.app.numbers import format_number
from zoo.app.templates import render

MARKS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
    "M-4-4H4V4H-4Z",
    "M0-5L5 4H-5Z",
    "M0-5.5L5 0L0 5.5L-5 0Z",
    "M0 5L5-4H-5Z",
    "M-1.5-5h3v3.5H5v3H1.5V5h-3V1.5H-5v-3h3.5Z",
    "M-4.5-2.5l2-2L0-2l2.5-2.5l2 2L2 0l2.5 2.5l-2 2L0 2l-2.5 2.5l-2-2L-2 0Z",
    "M-5-3H5V3H-5Z",
)
"""Outlines of the marks; with the colours they repeat after eight series."""

ROOM = 48
"""Letters that find room along the horizontal axis of a telephone."""

DECADES = 30
"""A positive axis whose ends differ by this factor or more is drawn in powers of ten."""


@dataclass(frozen=True)
class Point:
    """A place on a chart, with the ends of its interval if there is one; ``tip`` is the text at the pointer."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    tip: str = ""


@dataclass(frozen=True)
class Series:
    """Points that a line joins; ``quiet`` ones stand back, as baselines do."""

    name: str
    points: Sequence[Point]
    quiet: bool = False


class Axis:
    """Where values lie on a side of the plot, in percent from its lower end, and which of them are written."""

    def __init__(
        self,
        values: Sequence[float],
        marks: int,
        names: Sequence[str] = (),
        ticks: Sequence[float] = (),
    ) -> None:
        self.names = names
        low, high = min(values), max(values)
        self.by_powers = not names and low > 0 and high / low >= DECADES
        if names:
            self.ticks = [float(place) for place in range(len(names))]
            low, high = -0.3, len(names) - 0.7
        elif self.by_powers:
            self.ticks = list(ticks) or _powers(low, high, marks)
        else:
            self.ticks = list(ticks) or _round_steps(low, high, marks)
            low, high = min(low, self.ticks[0]), max(high, self.ticks[-1])
            low, high = low - (high - low) * 0.015, high + (high - low) * 0.015
            if low == high:
                low, high = low - 1, high + 1
        self._low, self._high = (math.log(low) - 0.1, math.log(high) + 0.1) if self.by_powers else (low, high)

    def place(self, value: float) -> float:
        """A value's percentage."""
        number = math.log(value) if self.by_powers else value
        return 100 * (number - self._low) / (self._high - self._low)

    def text(self, tick: float) -> str:
        """A tick as it is written."""
        if self.names:
            return self.names[int(tick)]
        return format_number(int(tick) if tick == int(tick) and abs(tick) < 1e15 else tick)


def _round_steps(low: float, high: float, marks: int) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten that span a range, about so many."""
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    raw = (high - low) / marks
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * digit for digit in (1, 2, 2.5, 5, 10) if power * digit >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first < 1:
        first, last = math.floor(low / step), math.ceil(high / step)
    return [float(f"{step * number:.12g}") for number in range(first, last + 1)]


def _powers(low: float, high: float, marks: int) -> list[float]:
    """Powers of ten in a range; where they are few, multiples of them too."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    within: list[float] = []
    for digits in ((1, 2, 5), (1, 3), (1,)):
        values = [digit * 10.0**power for power in exponents for digit in digits]
        within = [value for value in values if low * 0.95 <= value <= high * 1.05]
        if len(within) <= marks:
            break
    return within[:: math.ceil(len(within) / marks)]


def lines(
    title: str,
    series: Sequence[Series],
    x_title: str,
    y_title: str,
    names: Sequence[str] = (),
    ticks: Sequence[float] = (),
) -> Markup:
    """A chart of lines as HTML, with a legend; empty if there is no point.

    Args:
        title: above the chart.
        series: the lines; points that are not finite are left out.
        x_title: what the horizontal axis says, with its unit.
        y_title: what the vertical axis says, with its unit.
        names: of the places on the horizontal axis, if it counts things: then x is a place from 0.
        ticks: what is written along the horizontal axis, if not round numbers.
    """
    kept = [Series(line.name, [p for p in line.points if _finite(p)], line.quiet) for line in series]
    points = [point for line in kept for point in line.points]
    if not points:
        return Markup("")
    numbered = sum(map(len, names)) > ROOM  # then the axis counts them, and a list below gives their names
    shown = [str(number + 1) for number in range(len(names))] if numbered else names
    across = Axis([point.x for point in points], 6, shown, ticks)
    ends = [value for point in points for value in (point.y, point.low, point.high) if value is not None]
    up = Axis(_without_far_ends(ends, [point.y for point in points]), 5)
    return render(
        "chart",
        title=title,
        x_title=x_title,
        y_title=y_title,
        left=max(len(up.text(tick)) for tick in up.ticks) * 7 + 14,
        up=[(_percent(100 - up.place(tick)), up.text(tick)) for tick in up.ticks],
        across=[(_percent(across.place(tick)), across.text(tick)) for tick in across.ticks],
        lines=[_line(line, number, across, up) for number, line in enumerate(kept)],
        names=names if numbered else (),
    )


def _percent(place: float) -> str:
    return f"{place:.4g}%"


def _finite(point: Point) -> bool:
    return math.isfinite(point.x) and math.isfinite(point.y)


def _without_far_ends(ends: list[float], means: list[float]) -> list[float]:
    """The values that an axis has to hold; of whiskers far longer than all means lie apart, only a part."""
    low, high = min(means), max(means)
    room = 0.15 * (high - low) or max(ends) - min(ends)
    floor = low * 0.5 if low > 0 else low - room
    return [*means, *(min(max(end, max(low - room, floor)), high + room) for end in ends)]


def _line(series: Series, number: int, across: Axis, up: Axis) -> dict[str, Any]:
    """A series: its line and whiskers in a drawing that is stretched to the plot, and its marks, which are not."""
    places = [(across.place(point.x), 100 - up.place(point.y)) for point in series.points]
    whiskers, dots = "", []
    for (x, y), point in zip(places, series.points, strict=True):
        if point.low is not None and point.high is not None and point.high > point.low:
            bottom, top = (
                min(max(100 - up.place(end), 0), 100) if not up.by_powers or end > 0 else 100
                for end in (point.low, point.high)
            )
            whiskers += f"M{x:.4g} {bottom:.4g}V{top:.4g}"
        tip = point.tip or f"{across.text(point.x)}: {format_number(point.y)}"
        dots.append((_percent(x), _percent(y), tip))
    return {
        "name": series.name,
        "quiet": series.quiet,
        "colour": number % 8,
        "mark": MARKS[number % 8],
        "joined": " ".join(f"{x:.4g},{y:.4g}" for x, y in places),
        "whiskers": whiskers,
        "dots": dots,
    }


def whisker(
    value: float, interval: tuple[float, ...], reach: tuple[float, float], margin: float = 0.0
) -> Markup:
    """A dot with its interval beside the line that it has to pass; empty if it is not finite.

    Args:
        value: where the dot is.
        interval: its ends.
        reach: the ends of the scale, the same for all marks that are to be compared.
        margin: where the line stands.
    """
    if not all(map(math.isfinite, (value, *interval, *reach))):
        return Markup("")
    low, high = interval
    start, end = reach
    places = [
        min(max(100 * (number - start) / (end - start or 1), 0), 100) for number in (value, low, high, margin)
    ]
    place, left, right, line = map(_percent, places)
    return render(
        "whisker",
        place=place,
        left=left,
        right=right,
        line=line,
        kind=" z-passed" if low > margin else " z-failed" if high < margin else "",
        label=f"{format_number(value)}, interval {format_number(low)} to {format_number(high)}",
    )
