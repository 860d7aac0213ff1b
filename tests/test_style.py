"""Functions are short and names say what a thing is, in the core and in every plugin."""

from __future__ import annotations

import ast
import re

import pytest
from places import ROOT

from zoo.review.files import MOST_LINES, VAGUE, given_names, long_functions

KEPT = {("zoo/claim.py", "made")}
"""`Outcome.made` is part of the contract with tasks."""

NOT_YET_SHORT = {("zoo/blocks/coordinate_network.py", "begin_linear")}


def sources(*folders: str) -> list[str]:
    paths = (
        path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py")
    )
    return sorted(paths)


def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", ["zoo", "plugins", "benchmarks"])
def test_no_function_is_longer_than_a_screen(folder: str) -> None:
    long = {(path, name) for path in sources(folder) for name in long_functions(tree(path))}
    assert long == {entry for entry in NOT_YET_SHORT if entry[0].startswith(f"{folder}/")}


@pytest.mark.parametrize("folder", ["zoo", "plugins", "benchmarks"])
def test_names_are_nouns_of_the_domain(folder: str) -> None:
    vague = {(path, name) for path in sources(folder) for name in VAGUE.intersection(given_names(tree(path)))}
    assert vague == {entry for entry in KEPT if entry[0].startswith(f"{folder}/")}


SHARED_BY_ALL = re.compile(
    r"torch\.manual_seed|fork_rng|set_num_threads|set_default_dtype|FlopCounterMode|register_module_\w*hook"
)
"""What changes torch for everybody who computes at the same time."""
ALONE = {"zoo/blocks/seeded.py", "zoo/training.py", "zoo/blocks/small_resnet.py"}
"""Where that is guarded, or a program computes for itself."""


def test_no_action_changes_what_all_actions_share() -> None:
    paths = [path for path in sources("zoo", "plugins") if not path.endswith(("/claims.py", "/train.py"))]
    used = {path for path in paths if SHARED_BY_ALL.search((ROOT / path).read_text(encoding="utf-8"))}
    assert used == ALONE


def test_what_is_wrong_is_found() -> None:
    lines = "\n".join(["    found = 1"] * MOST_LINES)
    module = ast.parse(
        f"def long(here, *, told=0):\n{lines}\n\ndef short():\n    return [one for one in ()]\n"
    )
    assert list(long_functions(module)) == ["long"]
    assert VAGUE - set(given_names(module)) == {"made"}
