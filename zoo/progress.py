"""How far an action, a measurement or a download has come."""

from __future__ import annotations


class Progress:
    """Tells how far an action has come; this one keeps silent, outlets pass their own."""

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report a ``fraction`` of the work done, from 0 to 1, and what is being done."""
