"""Which packages are there, and whether a stranger's module comes back when it is imported."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from zoo import paths

SECONDS = float(os.environ.get("ZOO_IMPORT_SECONDS", "120"))
"""How long importing a stranger's module may take; 0 imports it untried."""

_TRIAL = """
import importlib, json, os, sys
sys.path[:] = json.loads(sys.argv[1])
said = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for name in sys.argv[2:]:
    said.write(name + "\\n")
    said.flush()
    try:
        importlib.import_module(name)
    except (Exception, SystemExit):
        pass  # the registry meets the same, and tells it
said.write("\\n")
said.flush()
os._exit(0)
"""
"""Says which module it imports next, and an empty line at the end; the last word is that of the culprit."""


def importable(name: str) -> bool:
    """Whether a package or module can be found, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # a package around it is missing
        return False


@functools.cache
def troubles(modules: tuple[str, ...]) -> dict[str, str]:
    """What a program would suffer from importing modules, by those that end it or do not come back.

    They are imported in a process of its own first. What came out is kept in the cache until a file of the package
    changes. A module that merely fails is no trouble: whoever imports it is told.

    Args:
        modules: of strangers, such as ``zoo_method_sampler.sand``.
    """
    states = {module: _state(module) for module in modules}
    file = paths.cache() / "imports.json"
    known = _read(file)
    left = [module for module in modules if states[module] not in known] if SECONDS else []
    while left:
        culprit, trouble = _try(left)
        done = left if culprit is None else left[: left.index(culprit)]
        known |= {states[module]: "" for module in done}
        if culprit is not None:
            known[states[culprit]] = trouble
        left = left[len(done) + 1 :]
        _write(file, known)
    return {module: known[states[module]] for module in modules if known.get(states[module])}


def _try(modules: Sequence[str]) -> tuple[str | None, str]:
    """The first of several modules that is trouble, and which; None if there is none."""
    command = [sys.executable, "-c", _TRIAL, json.dumps(sys.path), *modules]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
        )
        said, trouble = done.stdout, "ends the whole program"
    except subprocess.TimeoutExpired as error:
        said, trouble = error.stdout or b"", f"is not done after {SECONDS:.0f} seconds"
    words = said.decode().split("\n")
    if len(words) > 1 and words[-2] == "":
        return None, ""
    return next((word for word in reversed(words) if word), modules[0]), trouble


def _state(module: str) -> str:
    """Names a module as its package's files are now, without importing anything."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    folders = [Path(place) for place in (spec and spec.submodule_search_locations) or []]
    files = [Path(spec.origin)] if spec and spec.origin else []
    files += [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    marks = [f"{file}:{file.stat().st_mtime_ns}" for file in files if file.is_file()]
    text = "|".join([module, sys.version, str(SECONDS), *marks])
    return f"{module} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _read(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}


def _write(file: Path, known: dict[str, str]) -> None:
    """Store what is known; a folder that cannot be written only costs time."""
    names = {key.partition(" ")[0]: key for key in known}  # the newest state of each module
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        paths.write_whole(file, json.dumps({key: known[key] for key in names.values()}))
    except OSError:
        pass
