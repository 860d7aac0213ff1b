"""Repairs of gradio 6.31's MCP server, kept in one place.

Without a progress token its tool call wraps the tuple of an action's results into one list item, so the agent reads
the ``repr`` of that tuple instead of pictures and numbers. Results that are not files reach the agent as Python's
``repr`` instead of JSON. Files in a list stay addresses that nobody fetches.
``tests/test_outlets.py`` fails if a repair is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from anyio.to_thread import run_sync
from gradio.mcp import GradioMCPServer
from gradio_client.utils import is_file_obj_with_meta

_plain_contents = GradioMCPServer.postprocess_output_data


async def _results(self: GradioMCPServer, job: Any) -> list[Any]:
    result = await run_sync(job.result)
    return list(result) if isinstance(result, tuple) else [result]


def _contents(self: GradioMCPServer, data: Any, root_url: str) -> Any:
    return _plain_contents(self, [_as_json(part) for item in data for part in _parts(item)], root_url)


def _parts(item: Any) -> Iterator[Any]:
    """A list of captioned pictures as captions and pictures in turn; anything else as it is."""
    files = isinstance(item, list) and [
        field
        for record in item
        if isinstance(record, dict)
        for field in record.values()
        if is_file_obj_with_meta(field)
    ]
    if not files:
        yield item
        return
    for record in item:
        yield {name: field for name, field in record.items() if not is_file_obj_with_meta(field)}
        yield from (field for field in record.values() if is_file_obj_with_meta(field))


def _as_json(item: Any) -> Any:
    """A result as JSON text, unless it is a file, which becomes a picture or an address."""
    if isinstance(item, dict | list) and not is_file_obj_with_meta(item):
        return json.dumps(item, ensure_ascii=False)
    return item


_plain_schema = GradioMCPServer.get_input_schema


class _Server(GradioMCPServer.Server):
    """Leaves the checking of inputs to the contract, whose sentences say what is accepted."""

    def call_tool(self, *, validate_input: bool = False) -> Any:
        return super().call_tool(validate_input=validate_input)


def _schema(self: GradioMCPServer, *args: Any, **kwargs: Any) -> Any:
    schema, files = _plain_schema(self, *args, **kwargs)
    schema["properties"] = {name: _valid(part) for name, part in schema["properties"].items()}
    return schema, _Places(files)


KEYWORDS = {
    "string": {"enum", "format", "minLength", "maxLength", "pattern"},
    "integer": {"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "number": {"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
}
"""What JSON Schema lets be said of a type, beside what may be said of any."""


def _valid(part: dict[str, Any]) -> dict[str, Any]:
    """A schema with the type of its choices, and without keywords that its type does not have."""
    part = dict(part)
    choices = part.get("enum", [])
    if choices and not all(isinstance(choice, str) for choice in choices):
        part["type"] = "integer" if all(isinstance(choice, int) for choice in choices) else "number"
    kind = part.get("type")
    if "items" in part:
        part["items"] = _valid(part["items"])
    if not isinstance(kind, str):
        return part
    allowed = KEYWORDS.get(kind, set()) | {"type", "title", "description", "default", "examples"}
    return {keyword: value for keyword, value in part.items() if keyword in allowed}


class _Places(list):
    """Where files stand in a tool's inputs; in a list of files every place is meant by ``items``."""

    def __contains__(self, path: object) -> bool:
        named = ["items" if isinstance(part, int) else part for part in path]  # type: ignore[attr-defined]
        return super().__contains__(path) or super().__contains__(named)


def repair() -> None:
    """Let MCP tools return each result by itself, and as JSON."""
    GradioMCPServer._execute_tool_without_progress = _results  # type: ignore[method-assign]
    GradioMCPServer.postprocess_output_data = _contents  # type: ignore[method-assign]
    GradioMCPServer.get_input_schema = _schema  # type: ignore[method-assign]
    GradioMCPServer.Server = _Server  # type: ignore[misc]
