"""Where, when and by which code something was measured or trained; needs nothing but Python."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from zoo import paths

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")
"""What computes most, and therefore is recorded with its version."""


def origin(plugin: Path | None = None) -> dict[str, Any]:
    """Commit, device, versions and date of numbers that are measured now.

    Args:
        plugin: the folder of the method that they are of, which may have a repository of its own.
    """
    return {
        "commit": commit(plugin),
        "device": device(),
        "environment": environment(),
        "date": datetime.date.today().isoformat(),
    }


def commit(plugin: Path | None = None) -> str:
    """The commit that is checked out, with ``+`` where code differs from it; empty without checkout or git.

    Args:
        plugin: a method's folder; a third party's is asked for in the repository that it lies in.
    """
    folder, code = paths.checkout(), ["zoo", "plugins"]
    if plugin is not None and paths.is_guest(plugin):
        folder, code = plugin, ["."]

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout.strip()

    if folder is None or shutil.which("git") is None:
        return ""
    # A checkout of the zoo that is a folder in somebody's repository has no commit of its own.
    if folder is not plugin and not (folder / ".git").exists():
        return ""
    return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", *code) else "")


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
