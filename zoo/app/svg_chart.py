"""Small charts as SVG, drawn on the server: lines with intervals, and dots with whiskers.

A chart is some kilobytes of the page and needs no script. Positions are percentages of the plot's own box, so that
text and marks keep their size at any width; colours are variables of the style sheet and follow light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zoo.app.frame import escape
from zoo.app.numbers import format_number

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
    """A place on a chart, with the ends of its interval where there is one; ``said`` is shown of it."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    said: str = ""


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
        found = [digit * 10.0**power for power in exponents for digit in digits]
        within = [value for value in found if low * 0.95 <= value <= high * 1.05]
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
) -> str:
    """A chart of lines as HTML, with a legend; empty if there is no point.

    Args:
        title: above the chart.
        series: the lines; points that are not finite are left out.
        x_title: what the horizontal axis says, with its unit.
        y_title: what the vertical axis says, with its unit.
        names: of the places on the horizontal axis, if it counts things: then x is a place from 0.
        ticks: what is written along the horizontal axis, if not round numbers.
    """
    kept = [Series(one.name, [p for p in one.points if _finite(p)], one.quiet) for one in series]
    points = [point for one in kept for point in one.points]
    if not points:
        return ""
    numbered = sum(map(len, names)) > ROOM  # then the axis counts them, and a list below tells what they are
    shown = [str(number + 1) for number in range(len(names))] if numbered else names
    across = Axis([point.x for point in points], 6, shown, ticks)
    ends = [value for point in points for value in (point.y, point.low, point.high) if value is not None]
    up = Axis(_without_far_ends(ends, [point.y for point in points]), 5)
    parts = [_grid(across, up)]
    for number, one in enumerate(kept):
        if one.points:
            parts.append(_line(one, number, across, up))
    said = f"{y_title} against {x_title} of {', '.join(one.name for one in kept)}."
    legend = "".join(
        f'<li class="z-c{number % 8}">{_mark(number)}{escape(one.name)}</li>'
        for number, one in enumerate(kept)
        if len(kept) > 1
    )
    listed = "".join(f"<li>{escape(name)}</li>" for name in names if numbered)
    legend = f'<ul class="z-legend">{legend}</ul>' if legend else ""
    listed = f"<ol>{listed}</ol>" if listed else ""
    widest = max(len(up.text(tick)) for tick in up.ticks)
    return (
        f'<figure class="z-chart" style="--left:{widest * 7 + 14}px"><figcaption>{escape(title)}</figcaption>'
        f'<p class="z-axis">{escape(y_title)}</p><div class="z-plane"><svg role="img" aria-label="{escape(title)}">'
        f"<desc>{escape(said)}</desc>{''.join(parts)}</svg></div>"
        f'<p class="z-axis z-across">{escape(x_title)}</p>{legend}{listed}</figure>'
    )


def _finite(point: Point) -> bool:
    return math.isfinite(point.x) and math.isfinite(point.y)


def _without_far_ends(ends: list[float], means: list[float]) -> list[float]:
    """The values that an axis has to hold; of whiskers far longer than all means lie apart, only a part."""
    low, high = min(means), max(means)
    room = 0.15 * (high - low) or max(ends) - min(ends)
    floor = low * 0.5 if low > 0 else low - room
    return [*means, *(min(max(end, max(low - room, floor)), high + room) for end in ends)]


def _grid(across: Axis, up: Axis) -> str:
    parts = []
    for tick in up.ticks:
        y = f"{100 - up.place(tick):.4g}%"
        parts.append(f'<line class="z-rule" x1="0" x2="100%" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="-8" y="{y}" dy="4" text-anchor="end">{escape(up.text(tick))}</text>')
    for tick in across.ticks:
        x = f"{across.place(tick):.4g}%"
        parts.append(
            f'<text x="{x}" y="100%" dy="20" text-anchor="middle">{escape(across.text(tick))}</text>'
        )
    return "".join(parts)


def _line(one: Series, number: int, across: Axis, up: Axis) -> str:
    """A series: its line and whiskers in a drawing that is stretched to the plot, and its marks, which are not."""
    places = [(across.place(point.x), 100 - up.place(point.y)) for point in one.points]
    joined = " ".join(f"{x:.4g},{y:.4g}" for x, y in places)
    whiskers, dots = "", ""
    for (x, y), point in zip(places, one.points, strict=True):
        if point.low is not None and point.high is not None and point.high > point.low:
            bottom, top = (
                min(max(100 - up.place(end), 0), 100) if not up.by_powers or end > 0 else 100
                for end in (point.low, point.high)
            )
            whiskers += f"M{x:.4g} {bottom:.4g}V{top:.4g}"
        said = point.said or f"{across.text(point.x)}: {format_number(point.y)}"
        dots += (
            f'<svg class="z-dot" x="{x:.4g}%" y="{y:.4g}%" data-tip="{escape(said)}">'
            f'<path d="{MARKS[number % 8]}"/></svg>'
        )
    return (
        f'<g class="z-c{number % 8}{" z-quiet" if one.quiet else ""}" data-tip="{escape(one.name)}">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polyline points="{joined}"/>'
        f'<path d="{whiskers}"/></svg>{dots}</g>'
    )


def _mark(number: int) -> str:
    return f'<svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="{MARKS[number % 8]}"/></svg>'


def whisker(
    value: float, interval: tuple[float, ...], reach: tuple[float, float], margin: float = 0.0
) -> str:
    """A dot with its interval beside the line that it has to pass; empty if it is not finite.

    Args:
        value: where the dot is.
        interval: its ends.
        reach: the ends of the scale, the same for all marks that are to be compared.
        margin: where the line stands.
    """
    if not all(map(math.isfinite, (value, *interval, *reach))):
        return ""
    low, high = interval
    start, end = reach
    places = [
        min(max(100 * (one - start) / (end - start or 1), 0), 100) for one in (value, low, high, margin)
    ]
    at, left, right, line = (f"{place:.4g}%" for place in places)
    said = f"{format_number(value)}, interval {format_number(low)} to {format_number(high)}"
    better = " z-passed" if low > margin else " z-failed" if high < margin else ""
    return (
        f'<svg class="z-dash{better}" role="img" aria-label="{said}"><line class="z-goal" x1="{line}" x2="{line}"'
        f' y1="0" y2="100%"/><line x1="{left}" x2="{right}" y1="50%" y2="50%"/><circle cx="{at}" cy="50%" r="4"/></svg>'
    )
