"""Calls into the browser: gradio takes JavaScript as text, and this text only names functions of ``assets/zoo.js``."""

from __future__ import annotations

import json
from typing import Any


def on_load(name: str) -> str:
    """For ``js_on_load`` of a ``gr.HTML``: the function of that name fills the element once the script is there."""
    return f"const go=()=>window.zoo?zoo.fill({json.dumps(name)},element,props,trigger,watch):setTimeout(go,30);go()"


def call(name: str, *given: Any) -> str:
    """For ``js`` of an event: calls the function of that name with ``given`` and the list of the inputs' values.

    An event may come before the script; then the values stay as they are.
    """
    arguments = "".join(json.dumps(value, separators=(",", ":")) + "," for value in given)
    return f"(...v)=>window.zoo?zoo.{name}({arguments}v):v"
