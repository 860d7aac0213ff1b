"""The Compare pages: contestants of a task on one input of a visitor's, side by side.

Each comparison is an action like those of methods, so that page, endpoint and tool come from one signature.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

import gradio as gr
from pydantic import Field

import zoo.evidence.tasks
from zoo.action import Action, Unit, action
from zoo.app import components
from zoo.app.endpoint import api_name, endpoint
from zoo.app.frame import COMPARE, LEADERBOARDS, bar, chip, coded, compare_path, escape
from zoo.app.method_page import lead_of, snippet_tab
from zoo.app.pages import address
from zoo.app.scores import Scores
from zoo.app.snippets import from_afar, link, sent_inputs
from zoo.evidence import task
from zoo.evidence.task import SECONDS, Contestant, Task
from zoo.method import Method
from zoo.progress import Progress

PLACES = ("first", "second", "third", "fourth")
"""Names of the inputs that choose contestants."""


class Comparisons(Method):
    """Contestants of a task on one input, side by side."""

    title = "Compare"
    slug = COMPARE
    tasks: ClassVar[dict[str, Task]]
    """The task of each action."""

    @classmethod
    def folder(cls) -> Path:
        """Where the tasks' examples are."""
        return Path(zoo.evidence.tasks.__path__[0])


def comparisons() -> type[Comparisons]:
    """A method with one action for every task that takes a visitor's input and has two contestants."""
    members: dict[str, Any] = {}
    tasks: dict[str, Task] = {}
    for slug in task.names():
        one = task.load(slug)
        entrants = task.contestants(one)
        if one.given is not None and len(entrants) > 1:
            name = slug.replace("-", "_")
            members[name], tasks[name] = _comparison(one, entrants), one
    return type("Comparisons", (Comparisons,), {**members, "tasks": tasks, "__doc__": Comparisons.__doc__})


def _comparison(one: Task, entrants: dict[str, Contestant]) -> Callable[..., Any]:
    """The action that gives a visitor's input to the chosen contestants of a task."""
    given, dial = one.given, one.dial
    assert given is not None
    names: Any = Literal[tuple(entrants)]
    first, second = _opening(entrants)
    number: Any = Annotated[
        int if dial.whole else float, Field(ge=min(dial.values), le=max(dial.values)), Unit(dial.unit)
    ]
    inputs: dict[str, tuple[Any, Any]] = {
        given.kind: (given, inspect.Parameter.empty),
        "first": (names, first),
        "second": (names, second),
        "third": (names | None, None),
        "fourth": (names | None, None),
        dial.name: (number, int(dial.default) if dial.whole else dial.default),
        "progress": (Progress, Progress()),
    }
    result = dataclasses.make_dataclass(
        "Compared",
        [("side_by_side", get_type_hints(type(one).show)["return"]), ("scores", Scores)],
        frozen=True,
    )
    result.__doc__ = (
        "What the contestants made of it.\n\n"
        "Attributes:\n    side_by_side: what each made.\n    scores: what each scored.\n"
    )

    def compare(self: Comparisons, **values: Any) -> Any:
        chosen = [values[place] for place in PLACES if values[place] is not None]
        found = task.compare(one.slug, values[given.kind], chosen, values[dial.name], values.get("progress"))
        rows = tuple(
            (name, address(entrants[name].slug) if entrants[name].slug else "", scores)
            for name, scores in found.scores.items()
        )
        return result(found.shown, Scores((*one.scores, SECONDS), rows))

    compare.__name__ = compare.__qualname__ = one.slug.replace("-", "_")
    compare.__annotations__ = {name: kind for name, (kind, _) in inputs.items()} | {"return": result}
    compare.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
                for name, (_, default) in inputs.items()
            ),
        ]
    )
    compare.__doc__ = (
        f"Give the same input to two to four contestants.\n\n{one.title}: {one.summary()}\n\nArgs:\n"
        f"    {given.kind}: what each of them is given.\n"
        "    first: a method or baseline.\n    second: another.\n    third: another, if wanted.\n"
        f"    fourth: another, if wanted.\n    {dial.name}: the same for all of them.\n"
    )
    examples = [{given.kind: name} for name in one.examples]
    return action(title=one.title, examples=examples)(compare)


def _opening(entrants: dict[str, Contestant]) -> tuple[str, str]:
    """The two that stand side by side at first: a method and a baseline, where there are both."""
    methods = [name for name, one in entrants.items() if one.slug]
    baselines = [name for name, one in entrants.items() if not one.slug]
    first, second, *_ = [*methods[:1], *baselines[:1], *methods[1:], *baselines[1:]]
    return first, second


# ---------------------------------------------------------------------------------------------------------
# Pages


def compare_index(method: type[Comparisons]) -> str:
    """The page that lists what can be compared."""
    cards = "".join(map(_card, method.tasks.values()))
    rest = [task.load(slug) for slug in task.names() if task.load(slug).slug not in _slugs(method)]
    others = ", ".join(f'<a href="./{LEADERBOARDS}#{one.slug}">{escape(one.title)}</a>' for one in rest)
    note = f'<p class="z-note">Measured on data sets alone: {others}.</p>' if rest else ""
    return (
        f"{bar([('Compare', '')], COMPARE)}"
        '<section class="z-hero"><h1>Compare</h1><p>Give methods and baselines the same input of yours, set them'
        " alike, and see side by side what each makes of it and what it costs.</p></section>"
        f'<ul class="z-cards z-tasks">{cards}</ul>{note}'
    )


def _slugs(method: type[Comparisons]) -> set[str]:
    return {one.slug for one in method.tasks.values()}


def _card(one: Task) -> str:
    entrants = task.contestants(one).values()
    methods = sum(bool(entrant.slug) for entrant in entrants)
    counts = f"{methods} of the zoo, " * bool(methods) + f"{len(entrants) - methods} baselines"
    kind = one.given.plural if one.given else ""
    return (
        f'<li><a class="z-card" href="./{compare_path(one.slug)}"><div class="z-about"><h2>{escape(one.title)}</h2>'
        f"<p>{coded(one.summary())}</p><footer>{chip(kind)}<span>{counts}</span></footer></div></a></li>"
    )


def compare_page(method: type[Comparisons], name: str, folder: Path) -> None:
    """The page of one comparison.

    Args:
        method: whose action it is.
        name: of the action.
        folder: where results may be written.
    """
    spec, one = method.actions()[name], method.tasks[name]
    gr.HTML(_head(one), apply_default_css=False, js_on_load=None)
    with gr.Tabs(elem_classes="z-tabs"):
        with gr.Tab("Compare", id="compare"):
            inputs = _form(method, spec, one, folder)
        with gr.Tab("Use it", id="use") as use_tab:

            def write(settings: dict[str, Any], root: str) -> dict[str, str]:
                return _code(one, spec, settings, root)

            snippet_tab(use_tab, spec, inputs, write)


def _head(one: Task) -> str:
    board = f'<a href="./{LEADERBOARDS}#{one.slug}">Leaderboard</a>' if task.read(one.slug) else ""
    return (
        f"{bar([('Compare', f'./{COMPARE}'), (one.title, '')])}"
        f'<section class="z-method"><h1>{escape(one.title)}</h1>{chip("Compare")}'
        f'<p>{coded(one.summary())}</p><p class="z-note">{board}</p></section>'
    )


def _form(method: type[Comparisons], spec: Action, one: Task, folder: Path) -> list[Any]:
    """Contestants, input and dial above, results below in full width; the inputs in the action's order."""
    lead = lead_of(COMPARE, method, spec)
    params = {param.name: param for param in spec.params}
    given, *_, dial = spec.params
    entrants = task.contestants(one)
    with gr.Row(elem_classes="z-try"):
        with gr.Column(scale=5, min_width=320, elem_classes="z-inputs"):
            sent = components.input_component(given)
        with gr.Column(scale=7, min_width=320, elem_classes="z-inputs"):
            chosen = gr.HTML(
                [params["first"].default, params["second"].default],
                label="Contestants",
                html_template=_contestants(entrants),
                apply_default_css=False,
                js_on_load=components.on_load("contestants"),
            )
            places = [
                gr.Dropdown(
                    list(entrants), value=params[place].default, label=params[place].title, visible="hidden"
                )
                for place in PLACES
            ]
            setting = components.input_component(dial)
            run = gr.Button("Run", variant="primary", min_width=80, elem_classes="z-go")
    with gr.Column(elem_classes="z-results"):
        outputs = [components.output_component(result) for result in spec.results]
    inputs = [sent, *places, setting]
    settings: dict[str, Any] = {
        "fn": endpoint(COMPARE, spec, folder, lambda slug: method()),
        "inputs": inputs,
        "outputs": outputs,
        "preprocess": False,
        "concurrency_id": "actions",
        "show_progress_on": outputs[0],
    }
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    run.click(**settings, api_name=api_name(COMPARE, spec.name))
    if spec.examples:

        def fill(event: gr.EventData) -> Any:
            return components.to_gradio_input(
                given, method.example(spec, int(event.index))[given.name], folder
            )

        filled = lead.select(fill, outputs=sent, **quiet)
        filled.then(**settings, api_visibility="private")
    names = json.dumps([*PLACES, dial.name])
    chosen.input(None, chosen, places, js="(v)=>zoo.places(v)", **quiet)
    for event in (chosen.input, setting.change, run.click):  # type: ignore[attr-defined]
        event(None, [chosen, setting], None, js=f"(v,d)=>zoo.toAddress({names},[...v,d])", **quiet)
    gr.context.Context.root_block.load(  # type: ignore[union-attr]
        None, [chosen, *places, setting], [chosen, *places, setting],
        js=f"(...v)=>window.zoo?zoo.fromAddress({names},{json.dumps(list(entrants))},v):v", **quiet,
    )  # fmt: skip
    return inputs


def _contestants(entrants: dict[str, Contestant]) -> str:
    """Buttons to choose from, methods and baselines apart."""

    def group(title: str, members: list[str]) -> str:
        buttons = "".join(
            '<button type="button" class="z-filter" aria-pressed="false"'
            f' data-name="{components.in_template(name)}">{components.in_template(name)}</button>'
            for name in members
        )
        return f'<div class="z-filters" role="group" aria-label="{title}"><h3>{title}</h3>{buttons}</div>'

    methods = [name for name, one in entrants.items() if one.slug]
    baselines = [name for name, one in entrants.items() if not one.slug]
    groups = (group("Methods", methods) if methods else "") + (
        group("Baselines", baselines) if baselines else ""
    )
    return (
        f'<div class="z-contestants"><p class="z-note">Choose two to four. <output aria-live="polite"></output>'
        f'</p>{groups}<button type="button" class="z-link" data-zoo="link">Copy the link to this comparison'
        "</button></div>"
    )


def _code(one: Task, spec: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
    """Python, HTTP client, MCP settings and link, by title; contestants are named even where they are the default."""
    given, *_, dial = spec.params
    sent = sent_inputs(spec, settings)
    always = {
        param.name: (param, settings[param.name])
        for param in spec.params[1:]
        if settings[param.name] is not None
    }
    chosen = [value for name, (_, value) in always.items() if name in PLACES]
    python = (
        "from zoo import task\n\n"
        f'result = task.compare("{one.slug}", {sent[given.name][1]!r}, {chosen!r}, {settings[dial.name]!r})\n'
        "print(result.scores)"
    )
    return {
        "Python": python,
        **from_afar(COMPARE, spec, settings, root),
        "Link to these settings": link(compare_path(one.slug), always, root),
    }
