"""``zoo run``: an action on your input, with the options that its signature declares."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import registry
from zoo.action import READ_AS
from zoo.commands.show import described
from zoo.commands.terminal import TerminalProgress
from zoo.errors import InputError, PluginError, ZooError

if TYPE_CHECKING:
    from zoo.action import Action, Param
    from zoo.method import Method

USAGE = """usage: zoo run SLUG[.ACTION] --NAME VALUE … --out DIR [--json]

zoo show SLUG lists inputs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo run`` takes before the action is known: its name, and words for its own parser."""
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("method", nargs="?", help="a slug, or slug.action")
    parser.add_argument("words", nargs=argparse.REMAINDER)


def main(options: argparse.Namespace) -> None:
    """Run an action, write its results as files where asked, and print them."""
    if options.method is None or options.help:
        print(USAGE)
        return
    method, name, action = find_action(options.method)
    given = vars(_parser(options.method, action).parse_args(_joined(options.words)))
    out, as_json, example = given.pop("out"), given.pop("json"), given.pop("example")
    if example is not None:
        if not 1 <= example <= len(action.examples):
            raise InputError(
                f"{options.method} has {len(action.examples)} examples; --example counts from 1."
            )
        given = {**type(method).example(action, example - 1), **given}
    try:
        inputs = {
            param.name: typed(param, given[param.name]) for param in action.params if param.name in given
        }
        result = method.run(name, progress=TerminalProgress(), **inputs)
    except ZooError:
        raise
    except Exception as error:
        fault = f"{type(error).__name__}: {registry.first_line(error).rstrip('.')}"
        raise PluginError(f"{options.method} failed with {fault}; its authors can mend it.") from error
    try:
        files = write_results(result, out) if out else {}
    except OSError as error:
        raise InputError(f"--out cannot be written: {error.strerror}.") from error
    _print(summarise(result, files), as_json)


def _parser(words: str, action: Action) -> argparse.ArgumentParser:
    """The options of one action."""
    parser = argparse.ArgumentParser(prog=f"zoo run {words}", description=action.description)
    for param in action.params:
        parser.add_argument(
            f"--{param.name.replace('_', '-')}", dest=param.name, default=argparse.SUPPRESS,
            help=described(param).replace("%", "%%"), metavar=param.kind.upper(),
            nargs="+" if param.several else None,
        )  # fmt: skip
    parser.add_argument(
        "--example", type=int, metavar="N", help="take the inputs of example N, counted from 1"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write every result as a file into this folder"
    )
    parser.add_argument("--json", action="store_true", help="print the results as one JSON object")
    return parser


def _print(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    for field, value in summary.items():
        if field == READ_AS.name and not value:
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{field}:")
            for row in value:
                print(f"  {row['name']}: {_number(row['value'])} {row['unit']}".rstrip())
        else:
            print(f"{field}: {value['file'] if isinstance(value, dict) and 'file' in value else value}")


def find_action(name: str) -> tuple[Method, str, Action]:
    """A method and one of its actions from ``slug`` or ``slug.action`` (hyphens or underscores).

    Raises:
        InputError: no such method or action, or several actions and none named.
    """
    slug, _, wanted = name.partition(".")
    method = registry.load(slug)
    actions = type(method).actions()
    wanted = wanted.replace("-", "_")
    if not wanted and len(actions) == 1:
        wanted = next(iter(actions))
    if wanted not in actions:
        choices = ", ".join(f"{slug}.{name.replace('_', '-')}" for name in actions)
        problem = f"{slug} has no action {wanted!r}" if wanted else f"{slug} has several actions"
        raise InputError(f"{problem}; name one of {choices}.")
    return method, wanted, actions[wanted]


def _joined(words: Sequence[str]) -> list[str]:
    """``--stops -1e-3`` as one word, for argparse takes the number for an option."""
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"--[\w-]+", joined[-1]) and re.match(r"-\.?\d", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def typed(param: Param, word: Any) -> Any:
    """A word as the number that it spells; the contract tells what is wrong with the others."""
    numeric = param.kind in ("int", "float") or (
        param.kind == "choice" and not isinstance(param.choices[0], str)
    )
    if numeric and isinstance(word, str):
        for number in (int, float):
            with contextlib.suppress(ValueError):
                return number(word)
    return word


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_results(result: Any, out: Path) -> dict[str, str]:
    """Write each value of a result into a folder; the names of the files by field."""
    from zoo.types import Value

    out.mkdir(parents=True, exist_ok=True)
    names = {field.name for field in dataclasses.fields(result)}
    files: dict[str, str] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, Value):
            # The name of a File is chosen by a plugin, and may be that of another field's file.
            path = out / (getattr(value, "name", "") or f"{field.name}{value.suffix}")
            others = names - {field.name}
            if str(path) in files.values() or (value.kind == "file" and path.stem in others):
                path = out / f"{field.name}-{path.name}"
            value.save(path)
            files[field.name] = str(path)
    return files


def summarise(result: Any, files: dict[str, str]) -> dict[str, Any]:
    """A result as JSON: plain values and metrics as they are, other values by kind, file and fingerprint."""
    from zoo.types import Value

    summary: dict[str, Any] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if not isinstance(value, Value):
            summary[field.name] = value.item() if hasattr(value, "item") else value
        elif value.plain() is not None:
            summary[field.name] = value.plain()
        else:
            summary[field.name] = {"kind": value.kind, "sha256": value.fingerprint()}
            if field.name in files:
                summary[field.name]["file"] = files[field.name]
    if isinstance(said := getattr(result, READ_AS.name, None), str):
        summary[READ_AS.name] = said
    return summary
