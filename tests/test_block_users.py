"""No shared part without two users."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from zoo.evidence import task
from zoo.registry import entries

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = ("figures", "sheets", "tables", "baselines")
COMING: set[str] = set()
"""Methods that are built next; an entry leaves when the method is there."""


def public(block: str) -> list[ast.FunctionDef]:
    tree = ast.parse((ROOT / "zoo" / "blocks" / f"{block}.py").read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_function_names_two_users_that_exist(block: str) -> None:
    known = {*entries(), *task.names(), *COMING}
    for function in public(block):
        line = re.search(r"Users: (.+?)\.$", ast.get_docstring(function) or "", re.MULTILINE)
        assert line, f"{block}.{function.name} names no users"
        users = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+|finola|imaml", line[1])
        assert len(set(users)) >= 2, f"{block}.{function.name} has one user"
        assert set(users) <= known, f"{block}.{function.name}: {set(users) - known} do not exist"


def test_what_was_to_come_and_is_there_is_no_longer_to_come() -> None:
    assert not COMING & set(entries())
