"""What can go wrong with data; each message is one sentence for a visitor."""

from __future__ import annotations

from zoo.errors import ZooError


class DataError(ZooError, ValueError):
    """A data set that is unknown, cannot be fetched or cannot be kept."""


class HeldOutError(DataError):
    """A held-out split was asked for while something is being trained."""
