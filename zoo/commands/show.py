"""``zoo show``: what a method does, its actions and their inputs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from zoo import registry, shared

if TYPE_CHECKING:
    from zoo.action import Param


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo show`` takes."""
    parser.add_argument("slug")


def main(options: argparse.Namespace) -> None:
    """Print a method's paper, summary and actions."""
    entry = registry.find(options.slug)
    method = entry.draft
    paper = method.paper
    print(f"{method.title} ({method.family}), from {entry.distribution} {entry.version}")
    print(f"{paper.title}. {', '.join(paper.authors)}. {paper.venue}, {paper.year}.")
    print(f"{paper.url}\n\n{method.summary()}\n")
    for network in shared.of(method):
        print(f"stands on {network.name}: {network.title}")
    for name, action in method.actions().items():
        print(f"zoo run {entry.slug}.{name.replace('_', '-')}: {action.summary}")
        for param in action.params:
            print(f"  --{param.name.replace('_', '-'):18} {described(param)}")
        for result in action.results:
            print(f"  -> {result.name:18} {result.help}")


def described(param: Param) -> str:
    """What an input is, what is accepted, and its default."""
    parts = [param.help.rstrip(".") if param.help else param.title, f"[{param.accepts}]"]
    if not param.required and param.default is not None:
        parts.append(f"(default {param.default})")
    return " ".join(parts)
