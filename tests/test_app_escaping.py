"""Whatever a stranger's plugin, task or record says is shown as text, wherever it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import gradio
import pytest

from zoo import card, hub, registry
from zoo.app import components, method_page, templates
from zoo.app.compare import compare_index, comparisons
from zoo.app.evidence import evidence
from zoo.app.gallery import gallery
from zoo.app.leaderboards import leaderboards
from zoo.evidence import cost, records, task
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.method import Evidence, Method, Outcome, Paper, action, claim, contestant
from zoo.registry import Entry
from zoo.types import Drawing, Image, Metrics, Pictures

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;${alert(1)}{{alert}}`x`"
"""Closes attributes and elements, opens scripts, and calls each of the template engines."""
ALLOWED = {
    "accept", "action", "alt", "autocomplete", "class", "cx", "cy", "d", "decoding", "disabled", "download", "dy",
    "height",
    "hidden", "href", "id", "loading", "open", "placeholder", "points", "preserveaspectratio", "r", "rel", "role",
    "scope", "src", "style", "tabindex", "target", "text-anchor", "title", "type", "viewbox", "width", "x", "x1", "x2",
    "y", "y1", "y2",
}  # fmt: skip
"""Attributes that the pages use, beside those of ``aria-`` and ``data-``."""


class Page(HTMLParser):
    """What a browser would make of HTML: elements, attributes, and all that is said in either."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        for name, value in attrs:
            assert name in ALLOWED or name.startswith(("aria-", "data-")), f"<{tag} {name}>"
            assert name != "src" or (value or "").startswith("./zoo/")
            self.words.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def times(self, text: str) -> int:
        """How many texts and attributes hold this text, letter for letter."""
        return sum(text in " ".join(word.split()) for word in self.words)


@dataclass(frozen=True)
class Result:
    __doc__ = f"What came out.\n\nAttributes:\n    numbers: {EVIL}\n    pictures: {EVIL}\n"

    numbers: Metrics
    pictures: Pictures


def act(self: Method, image: Image | None = None, way: Literal["plain", EVIL] = "plain") -> Result:  # type: ignore[valid-type]
    raise NotImplementedError


act.__doc__ = f"Summary {EVIL}.\n\nArgs:\n    image: {EVIL}\n    way: {EVIL}\n"


class Hostile(Method):
    __doc__ = f"{EVIL}.\n\nNothing else.\n"
    title = f"Method {EVIL}"
    family = "robustness"
    paper = Paper(
        f"Paper {EVIL}", (f"Author {EVIL}", "B. Second"), 2020, f"Venue {EVIL}", f"https://x/{EVIL}"
    )

    act = action(title=f"Action {EVIL}", examples=[{"image": "a.png", "way": EVIL}, {"way": EVIL}])(act)

    @claim(f"Statement {EVIL}", paper=f"Place {EVIL}", unit=f"Unit {EVIL}", baseline=f"Rival {EVIL}")
    def better(self, quick: bool) -> Evidence:
        return Evidence(((1.0, 2.0),), ((0.0, 1.0),))

    @contestant("hostile", f"Entrant {EVIL}")
    def entrant(self, given: Any, dial: float) -> Outcome:
        return Outcome(0)


Hostile.slug = "hostile"


class HostileTask(Task):
    __doc__ = f"Work {EVIL}"
    title = f"Task {EVIL}"
    family = "robustness"
    data = f"Data {EVIL}"
    dial = Dial("rate", f"Dial {EVIL}", f"Bits {EVIL}", (1.0, 2.0), 1.0)
    scores = (Score("up", f"Score {EVIL}", f"Points {EVIL}", "higher"),)
    given = Image

    def baselines(self) -> Mapping[str, Run]:
        return {f"Baseline {EVIL}": lambda given, dial: Outcome(1), "Other": lambda given, dial: Outcome(2)}

    def items(self, quick: bool) -> Iterator[Item]:
        yield Item("numbers", 1.0)

    def judge(self, given: Any, outcome: Outcome) -> dict[str, float]:
        return {"up": 1.0}

    def show(self, given: Any, outcomes: Mapping[str, Outcome]) -> Pictures:
        raise NotImplementedError


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A method all of whose texts are hostile, with records that are no better, and its task."""
    entry = Entry("hostile", f"{__name__}:Hostile", f"dist {EVIL}", f"1 {EVIL}")
    vars(entry)["_outcome"] = (Hostile, "")
    data = {"license": f"Licence {EVIL}", "datasets": [f"Set {EVIL}"]}
    monkeypatch.setattr(card, "read", lambda method: card.Card(Path("none.md"), data, ""))
    monkeypatch.setattr(hub, "facts", lambda method: [(f"Fact {EVIL}", f"Weights {EVIL}")])
    monkeypatch.setattr(task, "targets", lambda: {"hostile": f"{__name__}:HostileTask"})
    monkeypatch.setattr(registry, "entries", lambda: {"hostile": entry})
    interval = {"mean": 1.0, "interval": [0.5, 1.5], "values": [1.0]}
    origin = {"commit": "abc<b>", "device": f"Device {EVIL}", "date": f"Date {EVIL}"}
    names = [(f"Entrant {EVIL}", "hostile"), (f"Baseline {EVIL}", "")]
    board = {
        **origin, "task": "hostile", "seconds": 1.0, "quick": False, "items": ["a"], "dial": [1.0, 2.0],
        "contestants": [
            {"name": name, "slug": slug, "overall": interval, "points": [{"up": interval}] * 2}
            for name, slug in names
        ],
    }  # fmt: skip
    stored = records.LeaderboardRecord.model_validate(board)
    monkeypatch.setattr(task, "read", lambda slug: stored)
    condition = {
        "name": f"Condition {EVIL}", "ours": 1.0, "baseline": 0.0, "advantage": 1.0, "interval": [0.5, 1.5], "seeds": 2,
        "holds": True, "ours_runs": [1.0, 1.0], "baseline_runs": [0.0, 0.0],
    }  # fmt: skip
    curve = {
        "x": [EVIL, "b"], "x_title": f"Across {EVIL}", "y_title": f"Up {EVIL}",
        "series": {f"Line {EVIL}": [1.0, 2.0], "other": [2.0, 3.0]},
    }  # fmt: skip
    row = {
        "id": "better", "statement": f"Statement {EVIL}", "paper": f"Place {EVIL}", "unit": f"Unit {EVIL}",
        "against": f"Rival {EVIL}", "tuning": f"Tuning {EVIL}", "better": "higher", "ours": 1.0, "baseline": 0.0,
        "interval": [0.5, 1.5], "seeds": 2, "seconds": 1.0, "verdict": f"Verdict {EVIL}", "margin": 0.0,
        "conditions": [condition, condition], "curves": {f"Curve {EVIL}": curve}, "reason": f"Reason {EVIL}",
    }  # fmt: skip
    measured = records.EvidenceRecord.model_validate({**origin, "slug": "hostile", "claims": [row]})
    review = records.CheckRecord(slug="hostile", rung="bronze", rules=())
    stored_records = {records.EvidenceRecord: measured, records.CheckRecord: review}
    monkeypatch.setattr(records, "read", lambda path, form: stored_records[form])
    points = [{"size": 2**power, "seconds": 1.0, "megabytes": 1.0} for power in range(6)]
    curve = {
        "id": "fit", "title": f"Cost {EVIL}", "size": f"Size {EVIL}", "points": points, "time_exponent": None,
        "memory_exponent": None, "largest": None, "ended_by": "time",
    }  # fmt: skip
    curves = records.CostRecord.model_validate({**origin, "slug": "hostile", "costs": [curve]})
    monkeypatch.setattr(cost, "read", lambda slug: curves)
    monkeypatch.setattr(cost, "sentence", lambda curve: f"Sentence {EVIL}")
    return entry


def shows(html: str, *words: str) -> None:
    """Fail unless these words, each followed by the hostile text, are there as text and nothing came to life."""
    assert "<script" not in html
    page = Page(html)
    for word in words:
        assert page.times(f"{word} {EVIL}".strip()), word


def test_the_gallery_shows_a_hostile_method_as_text(entry: Entry) -> None:
    html = gallery([entry])
    shows(html, "Method", "", "dist")


def test_a_broken_methods_page_shows_what_it_says_as_text() -> None:
    broken = Entry("broken", "no_such_module:X", f"dist {EVIL}", f"1 {EVIL}", refusal=f"Error {EVIL}")
    shows(templates.render("broken", entry=broken), "Error", "dist", "1")
    shows(gallery([broken]), "Error")


def test_the_head_of_a_page_and_its_card_show_hostile_texts_as_text(entry: Entry) -> None:
    family = [entry, Entry("other", "x:Y", "d", "1", refusal="No.")]
    head = method_page._head(entry, Hostile, family)
    shows(head, "Method", "", "Paper", "Author", "Venue")
    assert Page(head).times(f"https://x/{EVIL}")
    facts = method_page._facts(entry, Hostile)
    shows(facts, "Licence", "Paper", "Author", "dist", "1", "Set", "Fact", "Weights", "Sentence")


HOSTILE_CODE = {
    "title": f"Action {EVIL}",
    "codes": {f"Name {EVIL}": f"code {EVIL}"},
    "files": [(f"File {EVIL}", "./x")],
}


def test_an_actions_lead_its_examples_and_its_snippets_show_hostile_texts_as_text(entry: Entry) -> None:
    lead = method_page.lead_of("hostile", Hostile.actions()["act"])
    shows(lead.value, "Summary", "")
    shows(
        templates.render("snippets", parts=2 * [HOSTILE_CODE]),
        "Action",
        "code",
        "File",
    )


def test_evidence_shows_hostile_claims_and_records_as_text(entry: Entry) -> None:
    shows(
        evidence(Hostile),
        "Statement", "Place", "Unit", "Rival", "Tuning", "Verdict", "Condition", "Reason", "Curve", "Across", "Up",
        "Line", "Device", "Date", "Cost", "Size", "Sentence", "Task", "Entrant",
    )  # fmt: skip


def test_claims_that_were_never_measured_are_shown_as_text(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "read", lambda path, form: None)
    shows(evidence(Hostile), "Statement", "Place", "Unit", "Rival")


def test_leaderboards_show_hostile_tasks_and_records_as_text(entry: Entry) -> None:
    html = leaderboards()
    shows(html.replace("<code>x</code>", "`x`"), "Work", "Data")  # the only markup a task may write
    shows(html, "Task", "Score", "Points", "Bits", "Entrant", "Baseline", "Device", "Date")


def test_comparisons_show_hostile_tasks_as_text(entry: Entry) -> None:
    compared = comparisons()
    html = compare_index(compared)
    shows(html, "Task")
    (competition,) = compared.tasks.values()
    shows(templates.render("comparison", task=competition, ranked=True), "Task")


def test_metrics_pictures_and_canvases_show_hostile_names_as_text_and_run_none_of_it(entry: Entry) -> None:
    """Templates of ``gr.HTML`` are read by two engines more; values reach them as values, never as HTML."""
    outputs = [components.output_component(result) for result in Hostile.actions()["act"].results]
    canvas = templates.render("canvas", label=f"Canvas {EVIL}")
    names = templates.render("contestants", groups=[("Methods", [f"Entrant {EVIL}"])])
    for html in (*(part.html_template for part in outputs if isinstance(part, gradio.HTML)), canvas, names):
        shows(html)
        assert Page(html).times(EVIL)
        assert not re.search(r"\$\{|\{\{|`|@children", html)
    assert Drawing.kind == "drawing"
    value = components.to_gradio(Hostile.actions()["act"].results[0], Metrics([(EVIL, 1.0, EVIL)]), Path("."))
    assert value[0]["name"] == EVIL, "zoo.metrics sets it as the text of a cell"
