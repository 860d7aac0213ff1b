"""A fingerprint of the code that made numbers or weights: a plugin, its weights, and the modules that it really uses.

Only what a file computes counts, not its comments, docstrings or layout. The modules of the zoo that a plugin imports,
directly or through one another, are followed through their import statements; of data sets, those whose names stand in
the plugin. Needs nothing but Python, so that training on a bare machine can call it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from zoo import paths

COMPUTES = ("torch", "numpy", "scipy", "scikit-learn")
"""Packages whose version belongs to the fingerprint."""


def of_code(home: Path) -> str:
    """The fingerprint of a plugin's folder, or of a single file, and of all that it imports of the zoo, 16 digits."""
    digest = hashlib.sha256()
    # By name and meaning: where a third party's plugin lies beside the zoo must not matter.
    for text in sorted(f"{path.name}\0{_meaning(path, path.stat().st_mtime_ns)}\0" for path in _files(home)):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def of_measurement(folder: Path, weights: Path) -> str:
    """The fingerprint of a plugin's code, its weights (by their locks) and the versions of what computes."""
    digest = hashlib.sha256(of_code(folder).encode())
    for lock in sorted(weights.rglob("lock.json")):
        digest.update(lock.read_bytes())
    for package in COMPUTES:
        digest.update(f"{package} {_version(package)}".encode())
    return digest.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""


def _files(home: Path) -> set[Path]:
    """The plugin's Python files and those of the zoo that they lead to."""
    own = list(home.rglob("*.py")) if home.is_dir() else [home]
    waiting = [*own]
    reached: set[Path] = set()
    words: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        tree = _tree(path, path.stat().st_mtime_ns)
        if path in own:
            words |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
        waiting += [target for module in _imports(tree) for target in _in_zoo(module)]
    return reached | _data_files(words)


def _data_files(words: set[str]) -> set[Path]:
    """The modules of the data sets that are named; a name may be put together from its beginning, ``table-``."""
    from zoo.data.dataset import registered

    beginnings = tuple(word for word in words if word.endswith("-") and len(word) > 3)
    named = [data for name, data in registered().items() if name in words or name.startswith(beginnings)]
    return {Path(sys.modules[data.make.__module__].__file__ or "") for data in named}


def _imports(tree: ast.AST) -> Iterator[str]:
    """Absolute names of what a file imports; ``from zoo import data`` may mean the module ``zoo.data``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _in_zoo(module: str) -> Iterable[Path]:
    """The file of a module of the zoo; none for other packages, and none for outlets, which compute nothing."""
    package, *rest = module.split(".")
    if package != "zoo" or rest[:1] in (
        ["app"],
        ["cli"],
        ["commands"],
        ["registry"],
        ["review"],
        ["testing"],
    ):
        return ()
    base = paths.PACKAGE.joinpath(*rest)
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if rest and path.is_file()]


@functools.lru_cache(maxsize=4096)
def _tree(path: Path, changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=4096)
def _meaning(path: Path, changed: int) -> str:
    """What a file computes, as text: its syntax tree without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
