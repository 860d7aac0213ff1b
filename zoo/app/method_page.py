"""A method's page: Try, Evidence, Card, Use it."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from zoo import card, hub, idea, review
from zoo.action import Action, Param, Result
from zoo.app import components, scripts
from zoo.app.components.base import QUIET
from zoo.app.evidence import evidence
from zoo.app.gradio_parts import when_page_opens
from zoo.app.runs import connect_runs, key_of, run_bar
from zoo.app.snippets import snippets
from zoo.app.templates import render
from zoo.app.use import Use, use_tab
from zoo.evidence import cost
from zoo.evidence.records import CheckRecord
from zoo.hub import shared
from zoo.method import Method
from zoo.registry import Entry


def still(html: str) -> gr.HTML:
    """HTML that stays as it is."""
    return gr.HTML(html, apply_default_css=False, js_on_load=None)


def broken_page(entry: Entry) -> None:
    """The page of a method that cannot be offered: what failed and how to mend it."""
    still(render("broken", entry=entry))


def method_page(entry: Entry, family: list[Entry], folder: Path) -> None:
    """The page of a method that works.

    Args:
        entry: the method.
        family: the methods of its family, for the strip of tabs.
        folder: where results may be written.
    """
    method = entry.method
    still(_head(entry, method, family))
    with contextlib.suppress(card.CardError):  # cards of the first contract have none
        said = idea.read(method)
        gr.HTML(
            render("idea", slug=entry.slug, idea=said),
            apply_default_css=False,
            js_on_load=scripts.on_load("idea"),
        )
    actions = list(method.actions().values())
    uses: list[tuple[Action, list[Any]]] = []
    with gr.Tabs(elem_classes="z-tabs"):
        with gr.Tab("Try", id="try"):
            if len(actions) == 1:
                uses.append((actions[0], _try(entry.slug, method, actions[0], folder)))
            else:
                with gr.Tabs(elem_classes="z-actions") as strip:
                    for action in actions:
                        with gr.Tab(action.title, id=action.name):
                            uses.append((action, _try(entry.slug, method, action, folder)))
                when_page_opens(scripts.call("askedAction"), [], [strip])
        with gr.Tab("Evidence", id="evidence") as evidence_tab:
            _evidence(evidence_tab, method)
        with gr.Tab("Card", id="card"):
            still(_facts(entry, method))
            gr.Markdown(
                card.read(method).text, latex_delimiters=[{"left": "$", "right": "$", "display": False}]
            )
        with gr.Tab("Use it", id="use") as tab:
            use_tab(
                tab,
                [
                    Use(entry.slug, action, inputs, functools.partial(snippets, entry.slug, action))
                    for action, inputs in uses
                ],
            )


def _head(entry: Entry, method: type[Method], family: list[Entry]) -> str:
    first, *more = method.paper.authors
    authors = f"{first} et al." if len(more) > 1 else " and ".join([first, *more])
    strip = [_link(member.slug, member.title, member is entry) for member in family]
    return render("method", entry=entry, method=method, strip=strip, authors=authors)


@functools.cache
def _link(slug: str, title: str, current: bool) -> Markup:
    """A method in the strip of its family; kept, since every page of a family has it."""
    return render("strip", slug=slug, title=title, current=current)


def _try(slug: str, method: type[Method], action: Action, folder: Path) -> list[Any]:
    """Inputs left, results right; the inputs in the action's order."""
    with gr.Column(elem_classes="z-form"):
        lead = lead_of(slug, action)
        with gr.Row(elem_classes="z-try"):
            with gr.Column(scale=5, min_width=320, elem_classes="z-inputs"):
                inputs = _inputs(action)
                bar = run_bar(slug, action)
            with gr.Column(scale=7, min_width=320, elem_classes="z-results"):
                outputs = _outputs(action, folder)
    connect_runs(slug, method, action, (lead, bar, inputs, outputs), folder)
    _settings_from_address(action, inputs)
    return inputs


def _inputs(action: Action) -> list[Any]:
    """The components of the inputs in the action's order; canvases that follow one another stand side by side.

    Rare inputs are folded away below the others.
    """
    by_name: dict[str, Any] = {}

    def add(params: Iterable[Param]) -> None:
        for param in params:
            box = by_name[param.name] = components.input_component(param)
            box.elem_classes = [*box.elem_classes, f"z-input-{param.name}"]
            components.beneath(param, box)

    often = [param for param in action.params if not param.rare]
    for canvases, group in itertools.groupby(
        often, lambda param: components.component_of(param).side_by_side
    ):
        with gr.Row(elem_classes="z-canvases") if canvases else contextlib.nullcontext():
            add(group)
    if len(often) < len(action.params):
        with gr.Accordion("More", open=False, elem_classes="z-more"):
            add(param for param in action.params if param.rare)
    inputs = [by_name[param.name] for param in action.params]
    components.connect(action.params, inputs)
    return inputs


def _outputs(action: Action, folder: Path) -> list[Any]:
    """The components of a result in its order; the summary stands above, pictures side by side."""
    by_name: dict[str, Any] = {}
    ordered = sorted(action.results, key=lambda result: result.kind != "summary")
    for together, group in itertools.groupby(ordered, _stands_with):
        with gr.Row(elem_classes="z-pictures") if together else contextlib.nullcontext():
            for result in group:
                box = by_name[result.name] = components.output_component(result)
                components.extend(result, box, folder)
                if result.optional and result.kind != "summary":
                    _show_while_filled(box)
    return [by_name[result.name] for result in action.results]


def _show_while_filled(box: Any) -> None:
    """Show a panel that may stay empty only while there is something in it; out of sight it goes on listening."""
    box.visible = "hidden"
    box.change(None, box, box, js=scripts.call("applies"), **QUIET)


def _stands_with(result: Result) -> str:
    """What a result stands beside: pictures beside pictures, clips beside clips; by itself if that is empty."""
    if result.value_type is not None and result.value_type.is_picture:
        return "picture"
    return result.kind if result.kind in ("video", "mesh") else ""


def lead_of(slug: str, action: Action, opens: bool = True) -> gr.HTML:
    """What an action does, and its examples as buttons, with a picture where an input is one.

    Args:
        slug: whose action.
        action: which.
        opens: whether the page opens with the first example.
    """
    examples = []
    for number, example in enumerate(action.examples):
        pictured = any(
            param.is_picture and isinstance(example.get(param.name), str) for param in action.params
        )
        picture = f"./zoo/examples/{slug}/{action.name}/{number}" if pictured else ""
        examples.append((action.example_titles[number] or _example_label(action, example), picture))
    return gr.HTML(
        render("lead", summary=action.summary, examples=examples, key=key_of(slug, action), opens=opens),
        apply_default_css=False,
        js_on_load=scripts.on_load("examples"),
    )


def _example_label(action: Action, example: Any) -> str:
    """Names of files without ending, then settings that are not the default."""
    parts = []
    for param in action.params:
        value = example.get(param.name)
        if value is None:
            continue
        if param.is_file:
            names = value if isinstance(value, list | tuple) else [value]
            parts += [Path(str(name)).stem.replace("-", " ").replace("_", " ") for name in names]
        elif param.required or value != param.default:
            words = ", ".join(param.words(value))
            own = ("choice", "str", "text", "column", "columns")
            parts.append(words if param.kind in own else f"{param.title.lower()} {words}")
    return ", ".join(parts) or "As it stands"


def _settings_from_address(action: Action, inputs: list[Any]) -> None:
    """Let ``?action=…&rate=2`` fill the inputs in the browser, without a call to the server."""
    plain = [
        (param, component)
        for param, component in zip(action.params, inputs, strict=True)
        if param.value_type is None
    ]
    if not plain:
        return
    names = [[param.name, param.kind] for param, _ in plain]
    own = [component for _, component in plain]
    when_page_opens(scripts.call("settings", action.name, names), own, own)


def _evidence(tab: gr.Tab, method: type[Method]) -> None:
    """What was measured, read when the tab is opened: its charts would be half of the page."""
    box = still("")
    tab.select(
        lambda: evidence(method), outputs=box, api_visibility="private", show_progress="hidden", queue=False
    )


def _quality(record: CheckRecord) -> str:
    """The rung that a method stands on, and how many rules of the next it does not keep yet."""
    rung, left = review.step(record)
    count = len(list(left))
    reached = record.rung or "no rung yet"
    return f"{reached}; {rung} asks for {count} more" if rung else reached


def _facts(entry: Entry, method: type[Method]) -> str:
    """Licence, source and weights, above the card's prose."""
    data = card.read(method).data
    rows = [
        ("Licence", data["license"]),
        ("Paper", f"{method.paper.title}. {', '.join(method.paper.authors)}. {method.paper.venue}"),
        ("From", f"{entry.distribution} {entry.version}"),
    ]
    if data.get("datasets"):
        rows.append(("Data", ", ".join(map(str, data["datasets"]))))
    if record := review.read(method):
        rows.append(("Quality", _quality(record)))
    measured = cost.read(method.slug)
    costs = [("Cost", cost.sentence(curve)) for curve in measured.costs] if measured else []
    return render("facts", rows=[*rows, *hub.facts(method), *shared.facts(method), *costs])
