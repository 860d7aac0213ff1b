"""How to use an action elsewhere: Python, command line, HTTP and MCP, with the current settings.

Each piece of code prints what came out in a few lines: the sentence, the numbers, or where a file was written.
"""

from __future__ import annotations

import json
import keyword
import shlex
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from zoo.action import READ_AS, Action, Param, Result
from zoo.app.components import component_of
from zoo.app.endpoint import api_name
from zoo.app.pages import address

Sent = dict[str, tuple[Param, Any]]

SAVED = ("image", "drawing", "audio", "video", "mesh", "pictures", "points", "graph")
"""Kinds of results that somebody wants as a file."""


def sent_inputs(action: Action, settings: dict[str, Any]) -> Sent:
    """The inputs a call must name: files, and settings that differ from their default."""
    sent: Sent = {}
    for param in action.params:
        value = settings.get(param.name)
        if param.value_type is not None:
            if value is not None or not param.optional:
                sent[param.name] = (param, param.value_type.placeholder if value is None else value)
        elif value not in (None, []) and (param.required or value != param.default):
            sent[param.name] = (param, value)
    return sent


def snippets(slug: str, action: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
    """Python, command line, HTTP client, curl, MCP settings and link, by title.

    Args:
        slug: of the method.
        action: which action.
        settings: current value of every input; a file's is its name.
        root: the app's address, ending in a slash.
    """
    sent = sent_inputs(action, settings)
    arguments = ", ".join(f"{name}={value!r}" for name, (_, value) in sent.items())
    last = "*_, result" if action.streams else "result"
    python = [
        "import zoo\n",
        f'{last} = zoo.load("{slug}").{action.name}({arguments})',
        *_printed(action.results),
    ]
    flags = "".join(
        f" --{name.replace('_', '-')} {shlex.join(param.words(value))}"
        for name, (param, value) in sent.items()
    )
    shell = f"zoo run {slug}.{action.name.replace('_', '-')}{flags} --out out/"
    return {
        "Python": "\n".join(python),
        "Command line": shell,
        **from_afar(slug, action, settings, root),
        "Link to these settings": link(address(slug), sent, root, action=action.name),
    }


def _telling(results: Sequence[Result]) -> list[Result]:
    """The fields that say in a few lines what came out: the sentence and the first numbers, or else the first text."""
    sentences = [field for field in results if field.kind == "summary"][:1]
    numbers = [field for field in results if field.kind in ("metrics", "scores")][:1]
    if sentences or numbers:
        return sentences + numbers
    plain = ("str", "text", "int", "float", "bool", "choice", "spot", "table")
    texts = [field for field in results if field.kind in plain and not field.optional]
    return [field for field in texts if field.name != READ_AS.name][:1]


def _printed(results: Sequence[Result]) -> list[str]:
    """Lines of Python that print what came out, and save what is looked at or listened to."""
    lines = []
    for field in _telling(results):
        value = f"result.{field.name}"
        if field.kind == "metrics":
            lines.append(f"print(*{value}.rows, sep='\\n')")
        else:
            lines.append(f"print({value}.frame.head())" if field.kind == "table" else f"print({value})")
    kept = [field for field in results if field.kind in SAVED and not field.optional][:1]
    if not lines and not kept:
        kept = [field for field in results if field.value_type is not None][:1]
    for field in kept:
        assert field.value_type is not None
        lines.append(f'result.{field.name}.save("{field.name}{field.value_type.suffix}")')
    if kept and len(lines) == len(kept):
        lines.append(f'print("saved {kept[0].name}{kept[0].value_type.suffix}")')  # type: ignore[union-attr]
    return lines


def from_afar(slug: str, action: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
    """HTTP client, curl and MCP settings, by title."""
    sent = sent_inputs(action, settings)
    name = api_name(slug, action.name)
    tool = {"mcpServers": {"latent-zoo": {"url": f"{root}gradio_api/mcp/?tools={name}"}}}
    return {
        "HTTP client": _client(action, sent, root, name),
        "curl": _curl(action, sent, root, name),
        "MCP": json.dumps(tool, indent=2),
    }


def _client(action: Action, sent: Sent, root: str, name: str) -> str:
    """A call by ``gradio_client``, which gives a field by itself, or all of them in a row."""
    remote = "".join(
        f"{key}={component_of(param).source(param, value)}, " for key, (param, value) in sent.items()
    )
    fields = [
        f"{field.name}_" if keyword.iskeyword(field.name) or field.name == "client" else field.name
        for field in action.results
    ]
    lines = ["from base64 import b64encode\nfrom pathlib import Path\n"] if "b64encode(" in remote else []
    lines += [
        f"from gradio_client import Client{', handle_file' if 'handle_file(' in remote else ''}\n",
        f'client = Client("{root}", verbose=False)',
        f'{", ".join(fields)} = client.predict({remote}api_name="/{name}")',
    ]
    names = dict(zip(action.results, fields, strict=True))
    telling = _telling(action.results)
    for field in telling:
        if field.kind == "metrics":
            lines.append(f'for row in {names[field]}:\n    print(row["name"], row["text"], row["unit"])')
        elif field.kind == "table":
            lines.append(f'for row in {names[field]}["data"][:5]:\n    print(*row)')
        elif field.kind == "scores":
            lines.append(f'for row in {names[field]}["rows"]:\n    print(row["name"], row["scores"])')
        else:
            lines.append(f"print({names[field]})")
    if not telling:  # a file, whose path it is
        lines.append(f"print(str({fields[0]})[:200])")
    return "\n".join(lines)


def _curl(action: Action, sent: Sent, root: str, name: str) -> str:
    """The same by curl: files are sent first, then the call, then its result is asked for."""
    lines: list[str] = []
    body: dict[str, Any] = {}
    for key, (param, value) in sent.items():
        if param.kind == "drawing":
            lines.append(f"{key}=$(base64 < {shlex.quote(str(value))} | tr -d '\\n')")
            body[key] = f"data:image/png;base64,<{key}>"
        elif param.is_file:
            names = param.words(value)
            places = [f"{key}{number or ''}" for number in range(len(names))]
            for place, file in zip(places, names, strict=True):
                form = 'files=@"{}"'.format(file.replace("\\", "\\\\").replace('"', '\\"'))
                lines.append(
                    f"{place}=$(curl -s -F {shlex.quote(form)} {root}gradio_api/upload | jq -r '.[0]')"
                )
            files = [{"path": f"<{place}>", "meta": {"_type": "gradio.FileData"}} for place in places]
            body[key] = files if param.several else files[0]
        elif param.value_type is not None:
            body[key] = param.value_type.of(value).plain()
        else:
            body[key] = list(value) if isinstance(value, tuple) else value
    words = shlex.quote(json.dumps(body, ensure_ascii=False))
    for line in lines:  # what a variable holds stands between the quotes
        place = line.partition("=")[0]
        words = words.replace(f"<{place}>", f"'\"${place}\"'")
    call = f"{root}gradio_api/call/v2/{name}"
    send = f"printf %s {words} | curl -s -H 'Content-Type: application/json' -d @- {call}"
    return "\n".join(
        [
            *lines,
            f"id=$({send} | jq -r .event_id)",
            f"curl -sN {call}/$id | sed -n 's/^data: //p' | tail -n 1 | jq -r {shlex.quote(_chosen(action))}",
        ]
    )


def _chosen(action: Action) -> str:
    """What jq prints of a result: its sentence and numbers, or what is wrong."""
    parts = []
    telling = _telling(action.results)
    for number, field in enumerate(action.results):
        if field not in telling:
            continue
        if field.kind == "metrics":
            parts.append(f'(.[{number}][] | "\\(.name): \\(.text) \\(.unit)")')
        elif field.kind == "table":
            parts.append(f"(.[{number}].data[:5][] | @csv)")
        elif field.kind == "scores":
            parts.append(f'(.[{number}].rows[] | "\\(.name): \\(.scores | map_values(.text))")')
        else:
            parts.append(f".[{number}]")
    return f'if type == "array" then {", ".join(parts) or "(.[0] | tostring | .[:200])"} else .error end'


def link(path: str, sent: Sent, root: str, **more: str) -> str:
    """The address that opens a page with settings; files cannot be part of it."""
    plain = {name: value for name, (param, value) in sent.items() if param.value_type is None}
    return f"{root}{path}?{urlencode({**more, **plain}, doseq=True)}"
