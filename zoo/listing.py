"""What ``zoo list`` prints, remembered between runs so that six hundred methods list as fast as six.

A row is remembered under its entry point and the state of the entry module and the card; if either changes, the
module is imported again. Failures are never remembered, for what mends them may lie outside those files.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from zoo import paths, registry
from zoo.imports import importable
from zoo.registry import Entry


def rows() -> list[dict[str, Any]]:
    """Every method as ``zoo list --json`` prints it."""
    remembered = _read()
    listed, current = [], {}
    for entry in registry.entries().values():
        key = _key(entry)
        row = remembered.get(key)
        if not row or any(not importable(name) for name in row.get("requires", ())):
            row = describe(entry)
        listed.append({**row, "rung": _rung(entry)})
        if "error" not in row:
            current[key] = row
    if current.keys() - remembered.keys():
        _write(remembered | current)
    return listed


def describe(entry: Entry) -> dict[str, Any]:
    """A method's slug, title, family, actions, distribution and version; its summary, or its error.

    ``rows`` adds the rung.
    """
    row: dict[str, Any] = {
        "slug": entry.slug,
        "title": entry.title,
        "family": entry.family,
        "actions": [] if entry.error else list(entry.method.actions()),
        "distribution": entry.distribution,
        "version": entry.version,
    }
    if entry.error:
        return {**row, "error": entry.error}
    return {**row, "summary": entry.method.summary(), "requires": list(entry.method.requires)}


def _key(entry: Entry) -> str:
    """What a row is remembered under: the entry point, and when its module and card were last written."""
    if entry.refusal or entry.trouble:
        return ""
    try:
        spec = importlib.util.find_spec(entry.module)
        module = Path(spec.origin) if spec and spec.origin else None
        if module is None:
            return ""
        card = _card(entry, module)
        states = [path.stat() for path in (module, card, Path(registry.__file__))]
    except (Exception, SystemExit):  # finding a module imports the packages around it
        return ""
    marks = [f"{state.st_mtime_ns}:{state.st_size}" for state in states]
    return "|".join(
        [entry.slug, entry.target, entry.distribution, entry.version, sys.version, str(module), *marks]
    )


def _card(entry: Entry, module: Path) -> Path:
    """Where the card of a method is, without importing it."""
    own = paths.root() / "cards" / f"{entry.slug}.md"
    return module.parent / "card.md" if paths.is_guest(module.parent.resolve()) else own


def _rung(entry: Entry) -> str:
    """What ``zoo check --write`` stored: a rung of the quality ladder, ``faulty``, or ``unchecked``."""
    if entry.trouble:
        return "unchecked"
    try:
        spec = importlib.util.find_spec(entry.module)
        card = _card(entry, Path(spec.origin)) if spec and spec.origin else Path()
        stored = json.loads((card.parent / "checks" / f"{entry.slug}.json").read_text(encoding="utf-8"))
        return str(stored["rung"]) or "faulty"
    except (Exception, SystemExit):  # finding a module imports the packages around it
        return "unchecked"


def _file() -> Path:
    return paths.cache() / "methods.json"


def _read() -> dict[str, dict[str, Any]]:
    try:
        remembered = json.loads(_file().read_text(encoding="utf-8"))
        return (
            remembered
            if isinstance(remembered, dict) and all(isinstance(row, dict) for row in remembered.values())
            else {}
        )
    except (OSError, ValueError):
        return {}


def _write(remembered: dict[str, dict[str, Any]]) -> None:
    """Store the rows; a folder that cannot be written only costs time."""
    remembered.pop("", None)
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        paths.write_whole(_file(), json.dumps(dict(list(remembered.items())[-5000:]), ensure_ascii=False))
    except OSError:
        pass
