"""Names of columns: which one is meant, the same rule for every input and method.

The exact name wins; else blanks around it and capitals do not count, as long as only one column can be meant. In a
list, names stand between commas or semicolons, and a name that holds one is quoted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from zoo.errors import InputError

_PART = re.compile(r"""\s*(?:"(?:[^"]|"")*"|“[^”]*”|'[^',;]*'|)[^,;"“]*""")
_QUOTES = {'"': '"', "“": "”", "'": "'"}


def quoted(name: object) -> str:
    """A name of the visitor's as it may stand in a sentence."""
    text = " ".join(str(name).split())
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def several(names: Sequence[str], most: int = 8) -> str:
    """Names in a row, the first few of them."""
    shown = ", ".join(map(quoted, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def unquoted(name: str) -> str:
    """A name without the quotes and blanks around it."""
    name = name.strip()
    if len(name) > 1 and _QUOTES.get(name[0]) == name[-1]:
        return name[1:-1].replace('""', '"') if name[0] == '"' else name[1:-1]
    return name


def parts_of(text: str) -> list[str]:
    """What stands between commas and semicolons that are not inside quotes; blank parts are left out."""
    parts, start = [], 0
    while start <= len(text):
        match = _PART.match(text, start)
        end = match.end() if match else len(text)
        while end < len(text) and text[end] not in ",;":
            end += 1  # a quote inside a name
        parts.append(text[start:end].strip())
        start = end + 1
    return [part for part in parts if part]


def column_of(asked: str, names: Sequence[str], what: str = "column") -> str:
    """The name that a visitor means.

    Args:
        asked: what the visitor wrote.
        names: what there is.
        what: the word for such a thing in the sentence.

    Raises:
        InputError: there is none, or several differ from it in capitals alone; the sentence says which are near.
    """
    plain = unquoted(asked)
    for exact in (asked, asked.strip(), plain):
        if exact in names:
            return exact
    for reduced in (str.strip, lambda name: name.strip().casefold()):
        same = [name for name in names if reduced(name) == reduced(plain)] if plain.strip() else []
        if len(same) == 1:
            return same[0]
        if same:
            raise InputError(
                f"{quoted(plain)} may mean the {what}s {several(same)}; write the one that is meant as the table does."
            )
    known = {name.strip().casefold(): name for name in names}
    near = difflib.get_close_matches(plain.strip().casefold(), list(known), n=3, cutoff=0.7)
    hint = f"the {what}s are {several(names)}"
    if near:
        hint = f"the nearest {'is' if len(near) == 1 else 'are'} {several([known[name] for name in near])}"
    raise InputError(f"there is no {what} {quoted(plain.strip())}; {hint}.")


def columns_of(text: str, names: Sequence[str]) -> list[str]:
    """The columns that a visitor listed, each once; none of an empty text.

    Raises:
        InputError: there is no such column, or several can be meant.
    """
    # A name may hold a comma itself, so the whole text is tried first.
    whole = text.strip().casefold() in {name.strip().casefold() for name in names}
    return list(dict.fromkeys(column_of(part, names) for part in ([text] if whole else parts_of(text))))
