"""The Leaderboards page: who does a task best, from the files that ``zoo rank`` wrote and from those alone."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from zoo.app import svg_chart
from zoo.app.numbers import format_number
from zoo.app.svg_chart import Point, Series
from zoo.app.templates import render
from zoo.evidence import task
from zoo.evidence.records import LeaderboardRecord
from zoo.evidence.task import SECONDS, Score, Task
from zoo.method import Method


def leaderboards() -> str:
    """The page: a section a task, with links to each at the top."""
    return render("leaderboards", boards=[_board(task.load(slug)) for slug in task.names()])


def _board(competition: Task) -> dict[str, Any]:
    """What the page shows of a task: contestants, best first, with the time of an item at the dial's default."""
    record = task.read(competition.slug)
    if record is None:
        return {"task": competition, "record": None}
    dial = competition.dial
    middle = record.dial.index(dial.default) if dial.default in record.dial else 0
    entrants = [
        {
            "name": entrant.name,
            "slug": entrant.slug,
            "overall": entrant.overall,
            "seconds": entrant.points[middle].get(SECONDS.key),
        }
        for entrant in task.ranked(competition, record)
    ]
    return {
        "task": competition,
        "record": record,
        "entrants": entrants,
        "score": _titled(competition.overall or competition.scores[0]),
        "setting": f"{dial.title.lower()} {dial.default:g} {dial.unit}".rstrip(),
        "chart": _chart(competition, record),
    }


def _titled(score: Score) -> str:
    """A score with its unit and which way is better."""
    arrow = "↑" if score.better == "higher" else "↓"
    return f"{score.title} ({score.unit}) {arrow}" if score.unit else f"{score.title} {arrow}"


def _chart(competition: Task, record: LeaderboardRecord) -> Markup:
    """The main score against the dial, or against another score where the task names one."""
    main, dial = competition.scores[0], competition.dial
    across = next((score for score in competition.scores if score.key == competition.across), None)
    series = []
    for entrant in task.ranked(competition, record):
        points = []
        for setting, scores in zip(record.dial, entrant.points, strict=True):
            value, place = scores.get(main.key), scores.get(across.key) if across else None
            if value is None or (across and place is None):
                continue
            x = place.mean if place else setting
            tip = f"{format_number(value.mean)} {main.unit} at {format_number(x)}"
            points.append(Point(x, value.mean, value.interval.low, value.interval.high, tip))
        series.append(Series(entrant.name, sorted(points, key=lambda point: point.x), not entrant.slug))
    x_title = _plain_title(across.title, across.unit) if across else _plain_title(dial.title, dial.unit)
    y_title, ticks = _plain_title(main.title, main.unit), () if across else record.dial
    return svg_chart.lines(f"{main.title} at every setting", series, x_title, y_title, ticks=ticks)


def _plain_title(title: str, unit: str) -> str:
    return f"{title} ({unit})" if unit else title


def entered(method: type[Method]) -> Markup:
    """Where a method competes, with its place and links; empty if nowhere."""
    entries = []
    for slug in task.names():
        if not task.entered(method, slug):
            continue
        competition, record = task.load(slug), task.read(slug)
        ranked = task.ranked(competition, record) if record else []
        places = [
            f"{entrant.name} is {place} of {len(ranked)}"
            for place, entrant in enumerate(ranked, 1)
            if entrant.slug == method.slug and entrant.overall
        ]
        entries.append((competition, places))
    return render("entered", entries=entries)
