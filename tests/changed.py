"""``--changed-since REF``: the core's tests, and of the methods those that a change since REF touches.

A method is touched by a change of its plugin, card, evidence, weights, the shared networks that it stands on, tests or
benchmark. A change of the core might break any method, so then a method of each family is tested as well, as a canary.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import suite
from own_methods import TARGETS, family, folder

from zoo.hub.shared import stood_on
from zoo.registry import entries

CORE = ("zoo/", "tests/", "pyproject.toml", "requirements.txt", "requirements-dev.txt")


def files_since(base: str, root: Path) -> set[str]:
    """Files that differ from where a branch left ``base``, committed or not, relative to the repository.

    Raises:
        pytest.UsageError: git does not know ``base``.
    """
    names: set[str] = set()
    for words in (
        ["diff", "--name-only", "--merge-base", base],
        ["ls-files", "--others", "--exclude-standard"],
    ):
        done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=root)
        if done.returncode:
            raise pytest.UsageError(f"--changed-since {base}: {done.stderr.strip() or 'git failed'}")
        names |= set(done.stdout.splitlines())
    return names


def owner(file: str) -> str | None:
    """The method that a file belongs to, if it is one's."""
    parts = Path(file).parts
    for slug in TARGETS:
        if Path(file).is_relative_to(folder(slug)) or parts[:2] == ("weights", slug):
            return slug
        if parts[0] == "cards" and Path(file).stem == slug:  # its text, picture, evidence or cost
            return slug
        if file == f"benchmarks/peers_{slug.replace('-', '_')}.py":
            return slug
    return suite.module_slug(Path(file)) if parts[0] == "tests" else None


def canaries() -> set[str]:
    """One method of each family: the first by name."""
    return {min(slug for slug in TARGETS if family(slug) == name) for name in map(family, TARGETS)}


def methods(files: Iterable[str]) -> set[str]:
    """The methods to be tested after a change of these files."""
    owners = {file: owner(file) for file in files}
    touched = {slug for slug in owners.values() if slug}
    networks = {Path(file).parts[2] for file in owners if file.startswith("weights/shared/")}
    if networks:
        touched |= {slug for slug in TARGETS if networks.intersection(stood_on(entries()[slug].method))}
    if any(slug is None and file.startswith(CORE) for file, slug in owners.items()):
        touched |= canaries()
    return touched


class Selection:
    """Leaves out the tests of methods that a change does not touch."""

    def __init__(self, base: str, root: Path) -> None:
        self.base = base
        self.methods = methods(files_since(base, root))

    def pytest_report_header(self) -> str:
        """Which methods are tested."""
        return f"changed since {self.base}: {', '.join(sorted(self.methods)) or 'no method'}, and the core"

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the core's tests and those of touched methods."""
        unchanged = TARGETS.keys() - self.methods
        left_out = [item for item in items if suite.slug(item) in unchanged]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if suite.slug(item) not in unchanged]
