"""What may go wrong, as sentences a visitor can act on."""

from __future__ import annotations


class ZooError(Exception):
    """An error whose message is one sentence for the person in front of it, whatever the outlet."""


class InputError(ZooError, ValueError):
    """The input cannot be used; the message is one sentence saying why and what is accepted.

    It names no path, no host and no code.
    """


class PluginError(ZooError, RuntimeError):
    """A method cannot be offered; the message says what failed and how to mend it."""


class MethodError(ZooError, RuntimeError):
    """A method did what no method may, such as ending the program; the message says what, and names it."""


class WeightsError(ZooError, RuntimeError):
    """Weights are missing, changed or unreadable; the message says which and what to do."""


def brief(value: object, length: int = 40) -> str:
    """A value as it may stand in an error sentence: one line, at most ``length`` characters."""
    text = " ".join(repr(value).split())
    if len(text) <= length:
        return text
    quote = text[-1] if isinstance(value, str) else ""
    return text[: length - 1 - len(quote)] + "…" + quote
