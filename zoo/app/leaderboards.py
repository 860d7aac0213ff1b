"""The Leaderboards page: who does a task best, from the files that ``zoo rank`` wrote and from those alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.app import svg_chart
from zoo.app.frame import LEADERBOARDS, bar, chip, coded, compare_path, escape
from zoo.app.numbers import format_number, format_seconds
from zoo.app.pages import address
from zoo.app.svg_chart import Point, Series
from zoo.evidence import task
from zoo.evidence.task import SECONDS, Score, Task
from zoo.method import Method


def leaderboards() -> str:
    """The page: a section a task, with links to each at the top."""
    tasks = [task.load(slug) for slug in task.names()]
    links = "".join(f'<a class="z-filter" href="#{one.slug}">{escape(one.title)}</a>' for one in tasks)
    return (
        f"{bar([('Leaderboards', '')], LEADERBOARDS)}"
        '<section class="z-hero"><h1>Leaderboards</h1><p>Methods and baselines that do the same work on the same'
        " data, measured in one run. Every number comes from a file that one command writes again.</p></section>"
        f'<nav class="z-filters" aria-label="Tasks">{links}</nav>{"".join(map(_section, tasks))}'
    )


def _section(one: Task) -> str:
    record = task.read(one.slug)
    compare = (
        f'<a class="z-go" href="./{compare_path(one.slug)}">Compare on your own input</a>'
        if one.given
        else ""
    )
    head = (
        f'<section class="z-board" id="{one.slug}"><header><h2>{escape(one.title)}</h2>{compare}</header>'
        f"<p>{coded(one.summary())}</p>"
    )
    if record is None:
        return (
            f'{head}<p class="z-note">On {coded(one.data)}. Not measured yet; to measure:'
            f" <code>zoo rank {one.slug} --write</code></p></section>"
        )
    count = len(record["items"])
    return (
        f'{head}<p class="z-note">On {coded(one.data)}: {count} {"item" if count == 1 else "items"}.</p>'
        f'<div class="z-two">{_table(one, record)}{_chart(one, record)}</div>'
        f'<p class="z-note">Measured {escape(record["date"])} on {escape(record["device"])} at commit'
        f" {escape(str(record['commit'])[:10])}. Again: <code>zoo rank {one.slug} --write</code></p></section>"
    )


def _table(one: Task, record: Any) -> str:
    """Contestants, best first, with what they are ranked by and the time of an item at the dial's default."""
    score = one.overall or one.scores[0]
    middle = record["dial"].index(one.dial.default) if one.dial.default in record["dial"] else 0
    rows = "".join(
        f"<tr><td>{place if entrant['overall'] else '–'}</td>"
        f'<th scope="row">{_name(entrant)}</th><td>{_value(entrant["overall"])}</td>'
        f"<td>{_interval(entrant['overall'])}</td><td>{_time(entrant['points'][middle])}</td></tr>"
        for place, entrant in enumerate(task.ranked(one, record), 1)
    )
    setting = f"{one.dial.title.lower()} {one.dial.default:g} {one.dial.unit}".rstrip()
    return (
        '<div class="z-scroll"><table class="z-metrics z-ranks"><thead><tr><th scope="col">Place</th><th scope="col">'
        f'Contestant</th><th scope="col">{escape(_titled(score))}</th><th scope="col">95 % interval</th>'
        f'<th scope="col">Time an item, {escape(setting)}</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _titled(score: Score) -> str:
    """A score with its unit and which way is better."""
    arrow = "↑" if score.better == "higher" else "↓"
    return f"{score.title} ({score.unit}) {arrow}" if score.unit else f"{score.title} {arrow}"


def _name(entrant: Any) -> str:
    if not entrant["slug"]:
        return f"{escape(entrant['name'])} {chip('baseline', 'z-plain')}"
    return f'<a href="./{address(entrant["slug"])}">{escape(entrant["name"])}</a>'


def _value(found: Mapping[str, Any] | None) -> str:
    return format_number(found["mean"]) if found else "not ranked"


def _interval(found: Mapping[str, Any] | None) -> str:
    return f"{format_number(found['interval'][0])} to {format_number(found['interval'][1])}" if found else ""


def _time(point: Mapping[str, Any] | None) -> str:
    seconds = (point or {}).get(SECONDS.key)
    if not seconds:
        return ""
    return format_seconds(seconds["mean"])


def _chart(one: Task, record: Any) -> str:
    """The main score against the dial, or against another score where the task names one."""
    main = one.scores[0]
    across = next((score for score in one.scores if score.key == one.across), None)
    series = []
    for entrant in task.ranked(one, record):
        points = []
        for setting, found in zip(record["dial"], entrant["points"], strict=True):
            value, place = found.get(main.key), found.get(one.across) if across else None
            if value is None or (across and place is None):
                continue
            x = place["mean"] if place else setting
            told = f"{format_number(value['mean'])} {main.unit} at {format_number(x)}"
            points.append(Point(x, value["mean"], value["interval"][0], value["interval"][1], told))
        series.append(Series(entrant["name"], sorted(points, key=lambda point: point.x), not entrant["slug"]))
    x_title = (
        _plain_title(across.title, across.unit) if across else _plain_title(one.dial.title, one.dial.unit)
    )
    y_title, ticks = _plain_title(main.title, main.unit), () if across else record["dial"]
    return svg_chart.lines(f"{main.title} at every setting", series, x_title, y_title, ticks=ticks)


def _plain_title(title: str, unit: str) -> str:
    return f"{title} ({unit})" if unit else title


def entered(method: type[Method]) -> str:
    """Where a method competes, with its place and links; empty if nowhere."""
    lines = []
    for slug in task.names():
        names = task.entered(method, slug)
        if not names:
            continue
        one, record = task.load(slug), task.read(slug)
        ranked = task.ranked(one, record) if record else []
        places = [
            f"{entrant['name']} is {place} of {len(ranked)}"
            for place, entrant in enumerate(ranked, 1)
            if entrant["slug"] == method.slug and entrant["overall"]
        ]
        told = f": {escape('; '.join(places))}" if places else ""
        links = f'<a href="./{LEADERBOARDS}#{slug}">leaderboard</a>'
        if one.given:
            links += f' · <a href="./{compare_path(slug)}">compare</a>'
        lines.append(f"<li><b>{escape(one.title)}</b>{told} · {links}</li>")
    return f'<ul class="z-enters" aria-label="Where it competes">{"".join(lines)}</ul>' if lines else ""
