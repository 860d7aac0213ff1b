"""Where, when and by which code something was measured or trained; needs nothing but Python."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
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
    return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", "zoo", "plugins") else "")


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
