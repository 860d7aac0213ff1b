"""How to use an action elsewhere: Python, command line, HTTP and MCP, with the current settings."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlencode

from zoo.action import Action, Param
from zoo.app.components import component_of
from zoo.app.endpoint import api_name
from zoo.app.pages import address


def sent_inputs(action: Action, settings: dict[str, Any]) -> dict[str, tuple[Param, Any]]:
    """The inputs a call must name: files, and settings that differ from their default."""
    sent: dict[str, tuple[Param, Any]] = {}
    for param in action.params:
        value = settings.get(param.name)
        if param.value_type is not None:
            if value is not None or not param.optional:
                sent[param.name] = (param, param.value_type.placeholder if value is None else value)
        elif value not in (None, []) and (param.required or value != param.default):
            sent[param.name] = (param, value)
    return sent


def snippets(slug: str, action: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
    """Python, command line, HTTP client, MCP settings and link, by title.

    Args:
        slug: of the method.
        action: which action.
        settings: current value of every input; a file's is its name.
        root: the app's address, ending in a slash.
    """
    sent = sent_inputs(action, settings)
    arguments = ", ".join(f"{name}={value!r}" for name, (_, value) in sent.items())
    stream = "for result in " if action.streams else "result = "
    python = f'import zoo\n\n{stream}zoo.load("{slug}").{action.name}({arguments})'
    python += ":\n    print(result)" if action.streams else "\nprint(result)"
    flags = "".join(
        f" --{name.replace('_', '-')} {shlex.join(param.words(value))}"
        for name, (param, value) in sent.items()
    )
    shell = f"zoo run {slug}.{action.name.replace('_', '-')}{flags} --out out/"
    return {
        "Python": python,
        "Command line": shell,
        **from_afar(slug, action, settings, root),
        "Link to these settings": link(address(slug), sent, root, action=action.name),
    }


def from_afar(slug: str, action: Action, settings: dict[str, Any], root: str) -> dict[str, str]:
    """HTTP client and MCP settings, by title."""
    sent = sent_inputs(action, settings)
    remote = ", ".join(
        f"{name}={component_of(param).source(param, value)}" for name, (param, value) in sent.items()
    )
    http = (
        ("from base64 import b64encode\nfrom pathlib import Path\n\n" if "b64encode(" in remote else "")
        + "from gradio_client import Client, handle_file\n\n"
        f'client = Client("{root}")\n'
        f'result = client.predict({remote + ", " if remote else ""}api_name="/{api_name(slug, action.name)}")'
    )
    tool = {
        "mcpServers": {"latent-zoo": {"url": f"{root}gradio_api/mcp/?tools={api_name(slug, action.name)}"}}
    }
    return {"HTTP client": http, "MCP": json.dumps(tool, indent=2)}


def link(path: str, sent: dict[str, tuple[Param, Any]], root: str, **more: str) -> str:
    """The address that opens a page with settings; files cannot be part of it."""
    plain = {name: value for name, (param, value) in sent.items() if param.value_type is None}
    return f"{root}{path}?{urlencode({**more, **plain}, doseq=True)}"
