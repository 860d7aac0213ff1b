"""Lets Python read the entry points of a distribution that is damaged, without what is damaged.

Python reads the ``entry_points.txt`` of every distribution whenever any package asks for a group, as torch does when it
is imported. One file that is not UTF-8, or one line of it without ``=``, then ends every program with a traceback.
With ``install`` such lines are left out, in this process alone, and the distribution is named in the log.
"""

from __future__ import annotations

import functools
import importlib.metadata
import logging
from typing import Any

log = logging.getLogger(__name__)

_read_text = importlib.metadata.PathDistribution.read_text


def _read(self: Any, filename: Any) -> str | None:
    """What ``PathDistribution.read_text`` reads, of entry points only the lines that Python understands."""
    if filename != "entry_points.txt":
        return _read_text(self, filename)
    try:
        text = _read_text(self, filename)
    except UnicodeDecodeError:
        text = (self._path / filename).read_bytes().decode("utf-8", "replace")
    return text and _sound(text, str(getattr(self._path, "name", "a distribution")))


@functools.lru_cache(maxsize=1024)
def _sound(text: str, owner: str) -> str:
    """The sections, comments and ``name = value`` of a file; who owns another line is told once."""
    lines, sound, section = text.replace("\0", "").splitlines(), [], False
    for line in lines:
        stripped = line.strip()
        section = section or (stripped.startswith("[") and stripped.endswith("]"))
        name, equals, value = (part.strip() for part in stripped.partition("="))
        entry = section and bool(name and equals and value) and stripped[0] not in "<=>|"
        if not stripped or stripped.startswith(("#", "[")) or entry:
            sound.append(line)
    if len(sound) < len(lines):
        log.warning("%s has entry points that cannot be read; they are left out.", owner)
    return "\n".join(sound)


def install() -> None:
    """From now on, in this process."""
    importlib.metadata.PathDistribution.read_text = _read  # type: ignore[method-assign]
