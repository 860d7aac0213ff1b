"""Numbers, switches, choices, texts and columns of tables."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import gradio as gr

from zoo.action import Param, Result
from zoo.app.components.base import QUIET, Component, component, filled_by_script, read_again
from zoo.app.gradio_parts import described


class Plain(Component):
    """A value that is sent as it is."""

    def receive(self, param: Param, raw: Any) -> Any:
        """As it came; nothing means the default."""
        return param.default if raw is None and not param.required else raw

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """As it is."""
        return value

    def setting(self, raw: Any) -> Any:
        """As it is."""
        return raw

    def source(self, param: Param, value: Any) -> str:
        """Its literal."""
        return repr(list(value) if isinstance(value, tuple) else value)

    def show(self, result: Result, value: Any, folder: Path) -> Any:
        """As it is."""
        return value


@component("int", "float")
class Number(Plain):
    """A slider where both bounds are near, else a field."""

    arrives = ("float", "a number")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """A slider or a field."""
        value = None if param.required else param.default
        whole = param.kind == "int"
        if (
            param.low is None or param.high is None or param.high - param.low > 10_000
        ):  # nobody finds one of two billion seeds on a slider
            return gr.Number(
                value, label=label, info=param.help, minimum=param.low, maximum=param.high,
                precision=0 if whole else None,
            )  # fmt: skip
        step = param.step or (1 if whole else slider_step(param.high - param.low))
        return gr.Slider(param.low, param.high, value, step=step, label=label, info=param.help)

    def output(self, result: Result) -> gr.components.Component:
        """A field."""
        return gr.Number(label=result.title, interactive=False)


def slider_step(span: float) -> float:
    """About a hundredth of the range, rounded to 1, 2 or 5 times a power of ten."""
    raw = span / 100
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= raw * 0.999)


@component("bool")
class Switch(Plain):
    """A box to tick."""

    arrives = ("bool", "true or false")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """The box."""
        return gr.Checkbox(False if param.required else param.default, label=label, info=param.help)

    def output(self, result: Result) -> gr.components.Component:
        """The box."""
        return gr.Checkbox(label=result.title, interactive=False)


@component("choice")
class Choice(Plain):
    """Buttons where the choices are few and short, else a list."""

    arrives = ("str", "one of the choices")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """Buttons or a list."""
        value = None if param.required else param.default
        if len(param.choices) <= 4 and sum(len(str(choice)) for choice in param.choices) < 48:
            return gr.Radio(list(param.choices), value=value, label=label, info=param.help)
        return gr.Dropdown(list(param.choices), value=value, label=label, info=param.help)

    def output(self, result: Result) -> gr.components.Component:
        """A line."""
        return gr.Textbox(label=result.title, interactive=False)


@component("str", "text")
class Words(Plain):
    """A line, or a box of several."""

    arrives = ("str", "a text")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """The line or box."""
        value = "" if param.required or param.default is None else param.default
        return gr.Textbox(
            value, label=label, info=param.help, lines=4 if param.kind == "text" else 1,
            max_length=int(param.high) if param.high else 500,
        )  # fmt: skip

    def output(self, result: Result) -> gr.components.Component:
        """Markdown."""
        return gr.Markdown(label=result.title, elem_classes="z-text")


@component("summary")
class Verdict(Plain):
    """What came out, in a sentence above the rest."""

    arrives = ("str", "what came out, in one sentence")

    def output(self, result: Result) -> gr.components.Component:
        """The sentence as text, whatever stands in it."""
        return filled_by_script(result.title, "verdict", {})


@component("column", "columns")
class Columns(Plain):
    """Columns of a table, picked from those that it has."""

    arrives = ("str", "names of columns")

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """Several as a list; gradio would take a tuple for one name."""
        if param.kind == "columns":
            return [value] if isinstance(value, str) else list(value or ())
        return value

    def input(self, param: Param, label: str) -> gr.components.Component:
        """A list that is filled when the table is there."""
        several = param.kind == "columns"
        value: Any = [] if several else None
        if not param.required and param.default:
            value = list(param.default) if several else param.default
        picker = gr.Dropdown(
            [], value=value, multiselect=several, label=label, info=param.help, allow_custom_value=True
        )
        # Gradio's own would say that none of the texts may be sent, for the list is empty yet.
        text = {"type": "string"}
        return described(picker, {"type": "array", "items": text} if several else text)

    def connect(self, param: Param, own: Any, other: Param, others: Any) -> None:
        """Offer the columns of the table as soon as it is there."""

        def offer(raw: Any, chosen: Any) -> Any:
            table = read_again(other, raw)
            names = [] if table is None else list(table.frame.columns)
            if table is None or not chosen:
                return gr.update(choices=names)
            if param.kind == "columns":
                return gr.update(choices=names, value=[name for name in chosen if name in names])
            return gr.update(choices=names, value=chosen if chosen in names else None)

        others.change(offer, inputs=[others, own], outputs=own, preprocess=False, **QUIET)
