"""A reader knows where to look in every plugin: its files have one set of names."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_methods import TARGETS, folder
from places import ROOT

from zoo.review.files import instead

STANDARD = {"__init__", "model", "actions", "claims", "figures", "data", "train", "thumbnail"}
"""Entry and signatures, mathematics, what actions do, what is measured, drawn, read, and learned."""

NOT_YET: dict[str, set[str]] = {}
"""Files that still have an old name, because their methods are being rewritten; an entry here that is no longer needed
fails."""


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
