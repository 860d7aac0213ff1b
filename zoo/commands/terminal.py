"""What commands share: progress as a line of the terminal, and records as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.progress import Progress

if TYPE_CHECKING:
    from pydantic import BaseModel


class TerminalProgress(Progress):
    """Progress as one line on standard error that is written over."""

    def __call__(self, fraction: float, text: str = "") -> None:
        """Show a ``fraction`` of the work done, from 0 to 1, and what is being done."""
        if sys.stderr.isatty():
            end = "\n" if fraction >= 1 else ""
            print(f"\r{100 * fraction:3.0f} % {text:60.60}", end=end, file=sys.stderr, flush=True)


def print_records(records: Iterable[BaseModel]) -> None:
    """Records as a JSON list of objects."""
    print(json.dumps([record.model_dump() for record in records], ensure_ascii=False, indent=1))
