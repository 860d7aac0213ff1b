"""A method's page: Try, Evidence, Card, Use it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from zoo import card, hub
from zoo.action import Action
from zoo.app import components
from zoo.app.endpoint import api_name, endpoint
from zoo.app.evidence import evidence
from zoo.app.frame import bar, chip, escape, family_name
from zoo.app.pages import address
from zoo.app.snippets import snippets
from zoo.evidence import cost
from zoo.method import Method
from zoo.registry import Entry

EXAMPLES_ON_LOAD = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-example]');
  if (button) trigger('select', {index: Number(button.dataset.example)});
});
"""


def broken_page(entry: Entry) -> None:
    """The page of a method that cannot be offered: what failed and how to mend it."""
    gr.HTML(
        bar([(entry.title, "")])
        + f'<section class="z-hero"><h1>{escape(entry.title)}</h1><p class="z-fault" role="alert">'
        f'{escape(entry.error)}</p><p class="z-note">From {escape(entry.distribution)} {escape(entry.version)}.'
        " Every other method works.</p></section>",
        apply_default_css=False,
        js_on_load=None,
    )


def method_page(entry: Entry, family: list[Entry], folder: Path) -> None:
    """The page of a method that works.

    Args:
        entry: the method.
        family: the methods of its family, for the strip of tabs.
        folder: where results may be written.
    """
    method = entry.method
    gr.HTML(_head(entry, method, family), apply_default_css=False, js_on_load=None)
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
                _action_from_address(strip)
        with gr.Tab("Evidence", id="evidence") as evidence_tab:
            _evidence(evidence_tab, method)
        with gr.Tab("Card", id="card"):
            gr.HTML(_facts(entry, method), apply_default_css=False, js_on_load=None)
            gr.Markdown(
                card.read(method).text, latex_delimiters=[{"left": "$", "right": "$", "display": False}]
            )
        with gr.Tab("Use it", id="use") as use_tab:
            for action, inputs in uses:
                _use(use_tab, entry.slug, action, inputs, titled=len(uses) > 1)


def _head(entry: Entry, method: type[Method], family: list[Entry]) -> str:
    paper = method.paper
    strip = ""
    if len(family) > 1:
        strip = '<nav class="z-strip" aria-label="Methods of this family">' + "".join(
            f'<a href="./{address(one.slug)}"{_current(one is entry)}>{escape(one.title)}</a>'
            for one in family
        )
        strip += "</nav>"
    authors = paper.authors[0] + (" et al." if len(paper.authors) > 2 else "")
    if len(paper.authors) == 2:
        authors = " and ".join(paper.authors)
    return (
        f"{bar([(family_name(method.family), f'./?family={method.family}'), (method.title, '')])}"
        f'<section class="z-method"><h1>{escape(method.title)}</h1>'
        f"{chip(family_name(method.family))}{chip(str(paper.year), 'z-plain')}"
        f"<p>{escape(method.summary())}</p>"
        f'<p class="z-note"><a href="{escape(paper.url)}" target="_blank" rel="noopener">{escape(paper.title)}</a>'
        f" · {escape(authors)} · {escape(paper.venue)}</p></section>{strip}"
    )


def _current(here: bool) -> str:
    return ' aria-current="page"' if here else ""


def _try(slug: str, method: type[Method], action: Action, folder: Path) -> list[Any]:
    """Inputs left, results right; the inputs in the action's order."""
    lead = lead_of(slug, method, action)
    with gr.Row(elem_classes="z-try"):
        with gr.Column(scale=5, min_width=320, elem_classes="z-inputs"):
            inputs = _inputs(action)
            with gr.Row(elem_classes="z-run"):
                stop = gr.Button("Stop", variant="secondary", min_width=80) if action.streams else None
                run = gr.Button("Run", variant="primary", min_width=80)
        with gr.Column(scale=7, min_width=320, elem_classes="z-results"):
            outputs = _outputs(action, folder)
    function = endpoint(slug, action, folder)
    settings: dict[str, Any] = {
        "fn": function,
        "inputs": inputs,
        "outputs": outputs,
        "preprocess": False,
        "concurrency_id": "actions",
        "show_progress_on": outputs[0],
    }
    event = run.click(**settings, api_name=api_name(slug, action.name))
    running = [event]
    if action.examples:
        filled = lead.select(
            _example_filler(method, action, folder),
            outputs=inputs,
            api_visibility="private",
            queue=False,
            show_progress="hidden",
        )
        running.append(filled.then(**settings, api_visibility="private"))
    if stop is not None:
        stop.click(None, cancels=running, api_visibility="private")  # type: ignore[arg-type]
    _settings_from_address(action, inputs)
    return inputs


def _inputs(action: Action) -> list[Any]:
    """The components of the inputs in their order; canvases that follow one another stand side by side."""
    inputs: list[Any] = []
    for canvases, group in itertools.groupby(
        action.params, lambda param: components.component_of(param).side_by_side
    ):
        with gr.Row(elem_classes="z-canvases") if canvases else contextlib.nullcontext():
            inputs += [components.input_component(param) for param in group]
    components.connect(action.params, inputs)
    return inputs


def _outputs(action: Action, folder: Path) -> list[Any]:
    """The components of a result in its order; pictures that follow one another stand side by side."""
    outputs: list[Any] = []
    for pictures, group in itertools.groupby(
        action.results, lambda result: result.value_type is not None and result.value_type.is_picture
    ):
        with gr.Row(elem_classes="z-pictures") if pictures else contextlib.nullcontext():
            for result in group:
                outputs.append(components.output_component(result))
                components.extend(result, outputs[-1], folder)
    return outputs


def lead_of(slug: str, method: type[Method], action: Action) -> gr.HTML:
    """What an action does, and its examples as buttons, with a picture where an input is one."""
    buttons = []
    for number, example in enumerate(action.examples):
        name = next(
            (
                param.name
                for param in action.params
                if param.is_picture and isinstance(example.get(param.name), str)
            ),
            None,
        )
        picture = (
            f'<img loading="lazy" alt="" src="./zoo/examples/{slug}/{action.name}/{number}">' if name else ""
        )
        buttons.append(
            f'<button type="button" data-example="{number}">{picture}<span>{escape(_example_label(action, example))}'
            "</span></button>"
        )
    examples = (
        f'<div class="z-examples" role="group" aria-label="Examples"><h3>Examples</h3>{"".join(buttons)}</div>'
        if buttons
        else ""
    )
    return gr.HTML(
        f'<p class="z-lead">{escape(action.summary)}</p>{examples}',
        apply_default_css=False,
        js_on_load=EXAMPLES_ON_LOAD,
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


def _example_filler(method: type[Method], action: Action, folder: Path) -> Callable[..., Any]:
    def fill(event: gr.EventData) -> Any:
        example = method.example(action, int(event.index))
        values = []
        for param in action.params:
            default = None if param.required else param.default
            values.append(components.to_gradio_input(param, example.get(param.name, default), folder))
        return values[0] if len(values) == 1 else values

    return fill


def _settings_from_address(action: Action, inputs: list[Any]) -> None:
    """Let ``?action=…&rate=2`` fill the inputs in the browser, without a call to the server."""
    plain = [
        (param, component)
        for param, component in zip(action.params, inputs, strict=True)
        if param.value_type is None
    ]
    if not plain:
        return
    names = json.dumps([[param.name, param.kind] for param, _ in plain])
    own = [component for _, component in plain]
    gr.context.Context.root_block.load(  # type: ignore[union-attr]
        None,
        inputs=own,
        outputs=own,
        js=f"(...v)=>{{const r=window.zoo?zoo.settings('{action.name}',{names},v):v;return r.length===1?r[0]:r}}",
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )


def _action_from_address(strip: gr.Tabs) -> None:
    """Let ``?action=…`` open the tab of that action."""
    gr.context.Context.root_block.load(  # type: ignore[union-attr]
        None,
        outputs=strip,
        js="()=>{const selected=new URLSearchParams(location.search).get('action');"
        "return selected?{__type__:'update',selected}:{__type__:'update'}}",
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )


def _use(tab: gr.Tab, slug: str, action: Action, inputs: list[Any], titled: bool) -> None:
    """Snippets with the current settings, written when the tab is opened."""
    title = f"<h3>{escape(action.title)}</h3>" if titled else ""
    snippet_tab(tab, action, inputs, functools.partial(snippets, slug, action), title)


def snippet_tab(
    tab: gr.Tab,
    action: Action,
    inputs: list[Any],
    write: Callable[[dict[str, Any], str], dict[str, str]],
    title: str = "",
) -> None:
    """Code with the current settings, written when the tab is opened.

    Args:
        tab: the tab, in whose context this is called.
        action: whose settings.
        inputs: its components.
        write: from the settings by name and the app's address to code by title.
        title: HTML above the code.
    """
    box = gr.HTML("", apply_default_css=False, js_on_load=None)

    def show(request: gr.Request, *values: Any) -> str:
        settings = {
            param.name: components.component_of(param).setting(raw)
            for param, raw in zip(action.params, values, strict=True)
        }
        return title + "".join(
            f'<section class="z-code"><header><h4>{escape(name)}</h4><button type="button" data-zoo="copy">Copy'
            f"</button></header><pre tabindex='0'><code>{escape(code)}</code></pre></section>"
            for name, code in write(settings, root_of(request)).items()
        )

    # Evaluated here, since gradio looks for the type itself and annotations are strings in this file.
    show.__annotations__["request"] = gr.Request
    tab.select(
        show, inputs=inputs, outputs=box, preprocess=False, api_visibility="private",
        show_progress="hidden", queue=False,
    )  # fmt: skip


def root_of(request: gr.Request) -> str:
    """The address under which the visitor reaches the app, ending in a slash; the page itself says it."""
    page = request.headers.get("referer") or "http://127.0.0.1:7860/"
    return page.split("?")[0].split("#")[0].rpartition("/")[0] + "/"


def _evidence(tab: gr.Tab, method: type[Method]) -> None:
    """What was measured, read when the tab is opened: its charts would be half of the page."""
    box = gr.HTML("", apply_default_css=False, js_on_load=None)
    tab.select(
        lambda: evidence(method), outputs=box, api_visibility="private", show_progress="hidden", queue=False
    )


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
    measured = cost.read(method.slug) or {"costs": []}
    costs = [("Cost", cost.sentence(one)) for one in measured["costs"]]
    lines = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(text)}</td></tr>"
        for name, text in [*rows, *hub.facts(method), *costs]
    )
    return f'<div class="z-scroll"><table class="z-metrics z-facts"><tbody>{lines}</tbody></table></div>'
