"""What may go wrong, as sentences a visitor can act on."""

from __future__ import annotations


class InputError(ValueError):
    """The input cannot be used; the message is one sentence saying why and what is accepted.

    Every outlet shows the message as it stands, so it names no path, no host and no code.
    """


class PluginError(RuntimeError):
    """A method cannot be offered; the message says what failed and how to mend it."""


class WeightsError(RuntimeError):
    """Weights are missing, changed or unreadable; the message says which and what to do."""


def brief(value: object, length: int = 40) -> str:
    """A value as it may stand in an error sentence: one line, at most ``length`` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= length else text[: length - 1] + "…"
