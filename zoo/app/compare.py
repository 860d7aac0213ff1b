"""The Compare pages: contestants of a task on one input of a visitor's, side by side.

Each comparison is an action like those of methods, so that page, endpoint and tool come from one signature.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

import gradio as gr
from pydantic import Field

import zoo.evidence.tasks
from zoo.action import Action, Unit, action
from zoo.app import components, scripts
from zoo.app.components.base import QUIET
from zoo.app.frame import COMPARE, compare_path
from zoo.app.gradio_parts import when_page_opens
from zoo.app.method_page import lead_of, still
from zoo.app.pages import address
from zoo.app.runs import connect_runs, key_of, run_bar
from zoo.app.scores import Scores
from zoo.app.snippets import from_afar, link, sent_inputs
from zoo.app.templates import render
from zoo.app.use import Use, use_tab
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
        competition = task.load(slug)
        entrants = task.contestants(competition)
        if competition.given is not None and len(entrants) > 1:
            name = slug.replace("-", "_")
            members[name], tasks[name] = _comparison(competition, entrants), competition
    return type("Comparisons", (Comparisons,), {**members, "tasks": tasks, "__doc__": Comparisons.__doc__})


def _comparison(competition: Task, entrants: dict[str, Contestant]) -> Callable[..., Any]:
    """The action that gives a visitor's input to the chosen contestants of a task."""
    given, dial = competition.given, competition.dial
    assert given is not None
    names: Any = Literal[tuple(entrants)]
    first, second = _opening(entrants, competition.beside)
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
        [("side_by_side", get_type_hints(type(competition).show)["return"]), ("scores", Scores)],
        frozen=True,
    )
    result.__doc__ = (
        "What contestants made of an input.\n\n"
        "Attributes:\n    side_by_side: what each made.\n    scores: what each scored; time is that of this input"
        " alone, without loading and what is fitted once.\n"
    )

    def compare(self: Comparisons, **values: Any) -> Any:
        chosen = [values[place] for place in PLACES if values[place] is not None]
        compared = task.compare(
            competition.slug, values[given.kind], chosen, values[dial.name], values.get("progress")
        )
        rows = tuple(
            (name, address(entrants[name].slug) if entrants[name].slug else "", scores)
            for name, scores in compared.scores.items()
        )
        return result(compared.shown, Scores((*competition.scores, SECONDS), rows))

    compare.__name__ = compare.__qualname__ = competition.slug.replace("-", "_")
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
        f"Give the same input to two to four contestants.\n\n{competition.title}: {competition.summary()}\n\nArgs:\n"
        f"    {given.kind}: what each of them is given.\n"
        "    first: a method or baseline.\n    second: another.\n    third: another, if wanted.\n"
        f"    fourth: another, if wanted.\n    {dial.name}: the same for all of them.\n"
    )
    examples = [{given.kind: name} for name in competition.examples]
    return action(title=competition.title, examples=examples)(compare)


def _opening(entrants: dict[str, Contestant], beside: str) -> tuple[str, str]:
    """The two that stand side by side at first: a method and the baseline that the task names, where there are both."""
    (_, methods), (_, baselines) = _groups(entrants)
    baselines.sort(key=lambda name: name != beside)
    first, second, *_ = [*methods[:1], *baselines[:1], *methods[1:], *baselines[1:]]
    return first, second


# ---------------------------------------------------------------------------------------------------------
# Pages


def compare_index(method: type[Comparisons]) -> str:
    """The page that lists what can be compared."""
    compared = {competition.slug for competition in method.tasks.values()}
    return render(
        "compare_index",
        cards=[_card(competition) for competition in method.tasks.values()],
        others=[task.load(slug) for slug in task.names() if slug not in compared],
    )


def _card(competition: Task) -> dict[str, Any]:
    entrants = task.contestants(competition).values()
    methods = sum(bool(entrant.slug) for entrant in entrants)
    kind = competition.given.plural if competition.given else ""
    return {"task": competition, "kind": kind, "methods": methods, "baselines": len(entrants) - methods}


def compare_page(method: type[Comparisons], name: str, folder: Path) -> None:
    """The page of one comparison.

    Args:
        method: whose action it is.
        name: of the action.
        folder: where results may be written.
    """
    spec, competition = method.actions()[name], method.tasks[name]
    ranked = task.read(competition.slug) is not None
    still(render("comparison", task=competition, ranked=ranked))
    with gr.Tabs(elem_classes="z-tabs"):
        with gr.Tab("Compare", id="compare"):
            inputs = _form(method, spec, competition, folder)
        with gr.Tab("Use it", id="use") as tab:

            def write(settings: dict[str, Any], root: str) -> dict[str, str]:
                return _code(competition, spec, settings, root)

            use_tab(tab, [Use(COMPARE, spec, inputs, write)])


def _form(method: type[Comparisons], spec: Action, competition: Task, folder: Path) -> list[Any]:
    """Contestants, input and dial above, results below in full width; the inputs in the action's order."""
    params = {param.name: param for param in spec.params}
    given, *_, dial = spec.params
    entrants = task.contestants(competition)
    with gr.Column(elem_classes="z-form"):
        lead = lead_of(COMPARE, spec, opens=False)
        with gr.Row(elem_classes="z-try"):
            with gr.Column(scale=5, min_width=320, elem_classes="z-inputs"):
                sent = components.input_component(given)
            with gr.Column(scale=7, min_width=320, elem_classes="z-inputs"):
                chosen = gr.HTML(
                    [params["first"].default, params["second"].default],
                    label="Contestants",
                    html_template=render("contestants", groups=_groups(entrants)),
                    apply_default_css=False,
                    js_on_load=scripts.on_load("contestants"),
                )
                places = [
                    gr.Dropdown(
                        list(entrants),
                        value=params[place].default,
                        label=params[place].title,
                        visible="hidden",
                    )
                    for place in PLACES
                ]
                setting = components.input_component(dial)
                bar = run_bar(COMPARE, spec)
        with gr.Column(elem_classes="z-results"):
            outputs = [components.output_component(result) for result in spec.results]
    inputs = [sent, *places, setting]
    connect_runs(
        COMPARE, method, spec, (lead, bar, inputs, outputs), folder, lambda slug: method(), keeps=True
    )
    names = [*PLACES, dial.name]
    key, settable = key_of(COMPARE, spec), [chosen, *places, setting]
    chosen.input(None, [chosen, setting], [*places, setting], js=scripts.call("places", key), **QUIET)
    for event in (chosen.input, setting.change, sent.change, bar.submit):  # type: ignore[attr-defined]
        event(None, [chosen, setting, sent], None, js=scripts.call("toAddress", key, names), **QUIET)
    bounds = {name: getattr(dial, name) for name in ("name", "title", "kind", "low", "high", "open_ends")}
    when_page_opens(scripts.call("fromAddress", key, names, list(entrants), bounds), settable, settable)
    return inputs


def _groups(entrants: dict[str, Contestant]) -> list[tuple[str, list[str]]]:
    """Names to choose from, methods and baselines apart."""
    methods = [name for name, entrant in entrants.items() if entrant.slug]
    baselines = [name for name, entrant in entrants.items() if not entrant.slug]
    return [("Methods", methods), ("Baselines", baselines)]


def _code(competition: Task, spec: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
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
        "from zoo.evidence import task\n\n"
        f'result = task.compare("{competition.slug}", {sent[given.name][1]!r}, {chosen!r}, {settings[dial.name]!r})\n'
        "for name, scores in result.scores.items():\n    print(name, scores)"
    )
    return {
        "Python": python,
        **from_afar(COMPARE, spec, settings, root),
        "Link to these settings": link(compare_path(competition.slug), always, root),
    }
