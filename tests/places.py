"""Where tests find things, and the type of the ``zoo_command`` fixture."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
THIRD_PARTY = Path(__file__).resolve().parent / "third_party"

Command = Callable[..., subprocess.CompletedProcess]
