"""No shared part without two users."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict

import pytest
from own_methods import TARGETS, folder
from places import ROOT

BLOCKS = ("figures", "sent_rows", "sheets", "tables", "traces")
SINGLE = {
    "tables.numbers_rows", "tables.other_than_numbers", "tables.is_text", "tables.as_numbers",
    "tables.row_names", "tables.aligned", "tables.colour_column", "tables.colouring",
}  # fmt: skip
"""Functions with a single user so far, which methods to come have the same need of; one that has two leaves."""


def public(block: str) -> list[ast.FunctionDef]:
    tree = ast.parse((ROOT / "zoo" / "blocks" / f"{block}.py").read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def used(source: str) -> set[str]:
    """Functions of blocks that a module calls by name, as ``block.function``."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    blocks = {
        alias.asname or alias.name: alias.name
        for node in imports
        if node.module == "zoo.blocks"
        for alias in node.names
    }
    direct = {
        f"{node.module.rpartition('.')[2]}.{alias.name}"
        for node in imports
        if node.module and node.module.startswith("zoo.blocks.")
        for alias in node.names
    }
    return direct | {
        f"{blocks[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in blocks
    }


@functools.cache
def users() -> dict[str, set[str]]:
    """The methods of the zoo that use each function of a block."""
    by_function: dict[str, set[str]] = defaultdict(set)
    for slug in TARGETS:
        for path in (ROOT / folder(slug)).rglob("*.py"):
            for name in used(path.read_text("utf-8")):
                by_function[name].add(slug)
    return by_function


@pytest.mark.parametrize("block", BLOCKS)
def test_every_function_names_users_that_it_has(block: str) -> None:
    """Two are enough where there are more, so that a new method need not touch what it uses."""
    for function in public(block):
        name = f"{block}.{function.name}"
        line = re.search(r"Users: (.*?)\.$", ast.get_docstring(function) or "", re.MULTILINE | re.DOTALL)
        named = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+|finola|imaml", line[1])) if line else set()
        real = users()[name]
        assert named <= real, f"{name} is not used by {', '.join(sorted(named - real))}"
        assert len(named) >= min(2, len(real)), (
            f"{name} names {len(named)} of its users, {', '.join(sorted(real))}"
        )


@pytest.mark.parametrize("block", BLOCKS)
def test_no_function_is_shared_by_fewer_than_two(block: str) -> None:
    names = {f"{block}.{function.name}" for function in public(block)}
    alone = {name for name in names if len(users()[name]) < 2}
    assert alone == {name for name in SINGLE if name in names}


def test_uses_are_seen_however_they_are_imported() -> None:
    source = "from zoo.blocks import sheets as s, tables\nfrom zoo.blocks.figures import line\ns.grid([])\nx.heat()"
    assert used(source) == {"sheets.grid", "figures.line"}
