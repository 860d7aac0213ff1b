"""What clients are told of the endpoints: names of inputs and results as the contract has them, and what each is."""

from __future__ import annotations

from typing import Any

from zoo.action import Action, Param, Result
from zoo.app.components import component_of

ACTIONS: dict[str, Action] = {}
"""The action behind each endpoint, by the endpoint's name."""

TYPES = {"int": "integer", "float": "number", "bool": "boolean"}


def described(info: dict[str, Any]) -> dict[str, Any]:
    """Gradio's description of the endpoints, with the contract's words in place of its own."""
    for name, endpoint in info["named_endpoints"].items():
        action = ACTIONS.get(name.removeprefix("/"))
        if action is None:
            continue
        for param, entry in zip(action.params, endpoint["parameters"], strict=True):
            entry |= _input(param, entry)
        for result, entry in zip(action.results, endpoint["returns"], strict=True):
            entry |= _result(result, entry)
        endpoint.pop("code_snippets", None)  # gradio's, with its own sample values
    return info


def _input(param: Param, gradios: dict[str, Any]) -> dict[str, Any]:
    """An input: its name, its JSON Schema, and what is accepted."""
    kind = "str" if param.kind in ("text", "choice", "column") else param.kind
    python = {"columns": "list[str]"}.get(kind, kind) if param.value_type is None else _python(param)
    return {
        "label": param.name,
        "type": schema_of(param) if param.value_type is None else _plain(gradios["type"]),
        "python_type": {
            "type": python,
            "description": f"{param.help.rstrip('.') or param.title} ({param.accepts})",
        },
        "component": param.kind,
        "example_input": _sample(param),
        **_default(param),
    }


def _default(param: Param) -> dict[str, Any]:
    """What a client sends where an input is left out; gradio takes an empty one for none at all."""
    if param.required:
        return {"parameter_has_default": False, "parameter_default": None}
    plain = None if param.value_type is not None else param.default
    return {
        "parameter_has_default": True,
        "parameter_default": list(plain) if isinstance(plain, tuple) else plain,
    }


def _python(param: Param) -> str:
    assert param.value_type is not None
    if not param.is_file:
        return "list[float]"
    if param.several:
        return "list[filepath]"
    return "str" if param.kind == "drawing" else "filepath"


def _sample(param: Param) -> Any:
    if not param.required and param.default is not None:
        return list(param.default) if isinstance(param.default, tuple) else param.default
    if param.value_type is not None:
        return param.value_type.placeholder
    if param.choices:
        return param.choices[0]
    return param.low if param.low is not None else 0 if param.kind in TYPES else "name"


def schema_of(param: Param) -> dict[str, Any]:
    """A plain input as JSON Schema."""
    if param.kind == "columns":
        return {"type": "array", "items": {"type": "string"}}
    if param.kind == "choice":
        kinds = {type(choice) for choice in param.choices}
        kind = "string" if kinds == {str} else "integer" if kinds == {int} else "number"
        return {"type": kind, "enum": list(param.choices)}
    schema: dict[str, Any] = {"type": TYPES.get(param.kind, "string")}
    if param.kind in ("int", "float"):
        low, high = ("exclusiveMinimum", "exclusiveMaximum") if param.open_ends else ("minimum", "maximum")
        schema |= {word: end for word, end in ((low, param.low), (high, param.high)) if end is not None}
    elif param.high is not None:
        schema["maxLength"] = int(param.high)
    return schema


def _plain(schema: Any) -> Any:
    """A file's schema without the words of gradio's classes."""
    if isinstance(schema, dict):
        words = ("additional_description", "title", "description")
        return {name: _plain(part) for name, part in schema.items() if name not in words or name == "title"}
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def _result(result: Result, gradios: dict[str, Any]) -> dict[str, Any]:
    """A field of a result: its name, and what arrives."""
    python, what = component_of(result).arrives
    text = f"{result.help.rstrip('.')}: {what}" if result.help else what
    return {
        "label": result.name,
        "type": _plain(gradios["type"]),
        "python_type": {"type": python, "description": text},
        "component": result.kind,
    }
