"""A reader knows where to look in every plugin: its files have one set of names."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_methods import TARGETS, folder
from places import ROOT

STANDARD = {"__init__", "model", "actions", "claims", "figures", "data", "train", "thumbnail"}
"""Entry and signatures, mathematics, what actions do, what is measured, drawn, read, and learned."""

OTHER_WORDS = {
    "figures": {"plot", "plots", "plotting", "chart", "charts", "draw", "drawing", "drawings", "picture", "pictures",
                "graphics", "visual", "visuals", "visualisation", "visualization", "viz", "figure"},
    "actions": {"action", "report", "reports", "reporting", "results", "app", "ui", "view", "views", "demo", "main"},
    "data": {"dataset", "datasets", "inputs", "loader", "loaders", "loading", "io"},
    "model": {"models", "method", "core", "algorithm", "maths", "math"},
    "claims": {"claim", "evidence", "evaluate", "evaluation", "experiments"},
    "train": {"training", "trainer", "fit"},
    "the word for what is in it": {"util", "utils", "helper", "helpers", "misc", "common", "tools", "stuff", "base",
                                   "shared", "lib", "support", "extra", "extras", "various"},
}  # fmt: skip
"""What a file must not be called, by what it must be called instead."""

NOT_YET = {"vc-inr": {"plots", "reports"}}
"""Files that still have an old name, because their methods are being rewritten; an entry here that is no longer needed
fails."""


def instead(name: str) -> str:
    """The name that a file should have; empty if its own is right."""
    return next((right for right, wrong in OTHER_WORDS.items() if name in wrong), "")


def misnamed(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.py") if instead(path.stem)}


@pytest.mark.parametrize("slug", TARGETS)
def test_files_have_their_standard_names_or_that_of_their_mathematics(slug: str) -> None:
    assert misnamed(ROOT / folder(slug)) == NOT_YET.get(slug, set())


def test_a_wrong_name_is_found_and_the_right_one_told(tmp_path: Path) -> None:
    for name in ("model", "plots", "helpers", "ramanujan", "figures"):
        (tmp_path / f"{name}.py").touch()
    assert misnamed(tmp_path) == {"plots", "helpers"}
    assert instead("plots") == "figures"
    assert not any(map(instead, STANDARD))
