"""Writes the tables of README.md and docs/BENCHMARKS.md from what was measured; no number in them is typed by hand.

A method without a line in the catalogue of papers gets one.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.running import RESULTS, ROOT
from zoo import catalogue, registry, review
from zoo.app.frame import family_name
from zoo.registry import Entry


def read(name: str) -> dict[str, Any]:
    """A results file, or nothing if it was never measured."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


PAGES = (
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("BENCHMARKS", "ladder", "scale", "security")),
)


def own() -> list[Entry]:
    """The checkout's own methods."""
    return [entry for entry in registry.entries().values() if not entry.is_strange]


def methods() -> str:
    """The checkout's own methods, what they do, and how many of their claims hold."""
    rows = []
    for entry in sorted(own(), key=lambda entry: entry.title.lower()):
        method = entry.method
        paper = f"[{method.title}]({method.paper.url})"
        rows.append([paper, family_name(method.family), method.summary(), held(entry.slug)])
    return table(["Method", "Family", "What it does", "Claims"], rows)


def held(slug: str) -> str:
    """How many claims of a method hold: ``2 of 5 hold, 1 in most, 2 partly``."""
    path = ROOT / "cards" / "evidence" / f"{slug}.json"
    if not path.is_file():
        return "not measured yet"
    verdicts = [claim["verdict"] for claim in json.loads(path.read_text())["claims"]]
    text = f"{verdicts.count('holds')} of {len(verdicts)} hold"
    for verdict in ("in most", "partly"):
        if number := verdicts.count(f"holds {verdict}"):
            text += f", {number} {verdict}"
    return text


def budgets() -> str:
    """Start-up and page costs."""
    startup, scale = read("startup"), read("scale")
    rows = [
        [row["what"], f"{row['median']:.2f} s", f"{row['ratio']:.2f} x"] for row in startup.get("rows", [])
    ]
    for row in scale.get("rows", []):
        parts = [f"{row['html_kB']} kB", f"{row['server_ms']} ms on the server"]
        if "usable_s" in row:
            parts.append(f"usable in {row['usable_s']['median']:.2f} s")
        if "rss_MB" in row:
            parts.append(
                f"{row['rss_MB']} MB resident, {row['growth_MB_per_100_calls']} MB more per 100 calls"
            )
        ratio = f"{row['usable_ratio']:.2f} x" if "usable_ratio" in row else ""
        rows.append([row["what"], ", ".join(parts), ratio])
    space = read("space")
    if space:
        cost = f"{space['cold_start_s']:.0f} s to the first page, {space['peak_MB']} MB at most"
        rows.append(["a Space, built and run as Spaces do it", cost, ""])
    return table(["What", "Median", "Against the reference"], rows) if rows else "Not measured yet."


def peers() -> str:
    """Every computation beside other implementations of it, as the result files have them."""
    titles = {slug: method.title for slug, method in registry.methods().items()} | {"blocks": "Shared blocks"}
    rows = []
    for path in sorted(RESULTS.glob("peers-*.json")):
        slug = path.stem.removeprefix("peers-")
        for row in json.loads(path.read_text())["rows"]:
            apart = "" if row["difference"] is None else f"{row['difference']:.1g}"
            ratio = f"{row['ratio']:.3g} x [{row['low']:.3g}, {row['high']:.3g}]"
            times = [f"{row[key]:.3g} s" for key in ("ours_s", "theirs_s")]
            rows.append([titles.get(slug, slug), row["work"], row["peer"], *times, ratio, apart])
    head = ["Method", "Work", "Beside", "Ours", "Theirs", "Theirs / ours", "Difference"]
    return table(head, rows) if rows else "Not measured yet."


def rungs() -> str:
    """Every rule of the quality ladder."""
    return table(
        ["Rung", "Rule", "What is asked"], [[rule.rung, rule.name, rule.asks] for rule in review.rules()]
    )


def measured(name: str) -> str:
    """A results file of rows with the same columns each, and what machine they are of."""
    kept = read(name)
    rows = {title: row for title, row in kept.items() if isinstance(row, dict)}
    if not rows:
        return "Not measured yet."
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [[title, *(str(row.get(column, "")) for column in columns)] for title, row in rows.items()]
    load = ", ".join(map(str, kept["load"]))
    return f"{table(['', *columns], lines)}\n\nOn {kept['machine']}, on {kept['date']}, at a load of {load}."


def load() -> str:
    """What fifty clients met."""
    kept = read("load")
    if not kept:
        return "Not measured yet."
    low, high = kept["memory from the second minute to the last, MB"]
    outcomes = ", ".join(f"{count:,} {name}" for name, count in kept["outcomes"].items())
    return (
        f"{kept['clients']} clients asked {kept['actions']} actions for {kept['minutes']:g} minutes:"
        f" {kept['answers']:,} answers, {outcomes}; half of them within {kept['median, s']} s, 95 % within"
        f" {kept['95 %, s']} s. Memory was between {low} and {high} MB, and {kept['after']['MB']} MB afterwards;"
        f" {kept['after']['threads']} threads and {kept['after']['open files']} open files then,"
        f" {kept['before']['threads']} and {kept['before']['open files']} before. On {kept['machine']}."
    )


def attack() -> str:
    """What came of inputs in bad faith."""
    kept = read("attack")
    if not kept:
        return "Not measured yet."
    return (
        f"{kept['inputs']:,} inputs to {kept['actions']} actions: {kept.get('answered', 0):,} answered,"
        f" {kept.get('refused', 0):,} refused in one sentence, {kept.get('wrong', 0):,} otherwise; the app is there"
        f" afterwards. On {kept['machine']}, on {kept['date']}."
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "methods": methods,
    "budgets": budgets,
    "peers": peers,
    "rungs": rungs,
    "load": load,
    "attack": attack,
    **{name: functools.partial(measured, name) for name in ("many", "isolation", "hostile")},
}


def written(text: str) -> str:
    """A page's text with its tables made anew."""
    for name, make in SECTIONS.items():
        pattern = rf"(<!-- {name}\b[^\n]*-->\n).*?(<!-- /{name} -->)"
        if re.search(pattern, text, flags=re.DOTALL):
            body = make()
            text = re.sub(
                pattern, lambda old, body=body: f"{old[1]}\n{body}\n\n{old[2]}", text, flags=re.DOTALL
            )
    return text


def main() -> None:
    """Write the tables, and a line of the catalogue for each method that has none."""
    for slug in catalogue.enter(entry.method for entry in own()):
        print(f"{catalogue.PATH}: look over the line of {slug}")
    for page in filter(Path.is_file, PAGES):
        page.write_text(written(page.read_text()))
        print(page)


if __name__ == "__main__":
    main()
