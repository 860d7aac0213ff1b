"""Who may log in where a host wants that: a file with a line a user, ``name:hash``, as ``htpasswd -B`` writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zoo.errors import InputError

_NOBODY = b"$2b$10$" + b"." * 53
"""The hash of nobody's password, so that a name that is not there takes as long as a wrong password."""


def known() -> dict[str, bytes]:
    """Hashes by name from the file that ``ZOO_USERS`` names; empty without one.

    Raises:
        InputError: the file is not there, or a line is none.
    """
    place = os.environ.get("ZOO_USERS", "")
    return read(Path(place)) if place else {}


def read(file: Path) -> dict[str, bytes]:
    """See ``known``."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError("ZOO_USERS: the file cannot be read; name one with lines name:hash.") from error
    users = {}
    for number, line in enumerate(lines, 1):
        name, _, hashed = line.strip().partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not name or re.fullmatch(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", hashed) is None:
            raise InputError(
                f"ZOO_USERS: line {number} is no name and bcrypt hash; write one with zoo user NAME."
            )
        users[name] = hashed.encode()
    if not users:
        raise InputError("ZOO_USERS: the file names nobody; add somebody with zoo user NAME.")
    return users


def line_of(name: str, password: str) -> str:
    """A line of that file.

    Raises:
        InputError: the name or the password cannot be used.
    """
    import bcrypt

    if not name or re.search(r"[:\s]", name):
        raise InputError("a name has no colon and no spaces.")
    if not 8 <= len(password.encode()) <= 72:
        raise InputError("a password has 8 to 72 bytes.")
    return f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode()}"


def proves(password: str, hashed: bytes | None) -> bool:
    """Whether a password is the one that was hashed."""
    import bcrypt

    given = password.encode()[:72]
    return bcrypt.checkpw(given, hashed or _NOBODY) and hashed is not None
