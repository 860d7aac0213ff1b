"""What a measurement leaves: where, when and by which code it was made, in a JSON file beside the cards."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo import paths

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")
"""What computes most, and therefore is recorded with its version."""


def origin() -> dict[str, Any]:
    """Commit, device, versions and date of numbers that are measured now."""
    return {
        "commit": commit(),
        "device": device(),
        "environment": environment(),
        "date": datetime.date.today().isoformat(),
    }


def commit() -> str:
    """The commit that is checked out, with ``+`` where code differs from it; empty without checkout or git."""
    folder = paths.checkout()

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout.strip()

    if folder is None or not (folder / ".git").exists() or shutil.which("git") is None:
        return ""
    return git("rev-parse", "HEAD") + (
        "+" if git("status", "--porcelain", "-uno", "--", "zoo", "plugins") else ""
    )


def device() -> str:
    """What the numbers were measured on."""
    try:
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    except ImportError:
        pass
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def environment() -> dict[str, str]:
    """Versions of what computes."""
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES if _installed(name)},
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "platform": sys.platform,
    }


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def write(path: Path, record: Mapping[str, Any]) -> Path:
    """Store a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> dict[str, Any] | None:
    """A stored record, or None if nothing was measured."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
