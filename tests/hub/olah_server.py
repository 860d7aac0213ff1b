"""A real third-party Hub mirror, PyPI's olah, serving git repositories of the tests on loopback.

It wants a newer pydantic than gradio allows, so it lives in a virtual environment of its own, made at the first run
and kept for the next; where no registry can be reached to make it, its tests are skipped.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

OLAH = "olah==0.5.4"
PATIENCE = 180

CONFIG = """
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{folder}/repos"
mirrors-path = ["{folder}/mirrors"]
hf-scheme = "http"
hf-netloc = "127.0.0.1:{dead}"
hf-lfs-netloc = "127.0.0.1:{dead}"

[accessibility]
offline = true
"""


def environment() -> Path:
    """The Python of the environment with olah, made where it is missing."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latent-zoo-tests"
    folder = base / OLAH.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=False, clear=True)
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", OLAH]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            pytest.skip(f"olah cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        (folder / "complete").touch()
    return python


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Mirror:
    """A running olah: its address, the folder with its repositories, what it prints, and its process."""

    url: str
    models: Path
    log: Path
    process: subprocess.Popen

    def commit(self, repo_id: str, files: dict[str, bytes]) -> str:
        """Commit files to a repository's branch main; the commit's hash."""
        repository = self.models / repo_id
        if not repository.exists():
            repository.mkdir(parents=True)
            git(repository, "init", "--quiet", "--initial-branch", "main")
        for name, data in files.items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_bytes(data)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", "weights")
        return git(repository, "rev-parse", "HEAD")


def git(repository: Path, *words: str) -> str:
    """What a git command prints."""
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@contextmanager
def serving(folder: Path) -> Iterator[Mirror]:
    """A running olah with a port and a folder of its own; it is ended by its process id."""
    port = free_port()
    models = folder / "mirrors" / "models"
    models.mkdir(parents=True)
    (folder / "repos").mkdir()
    (folder / "olah.toml").write_text(CONFIG.format(port=port, dead=free_port(), folder=folder))
    log = folder / "olah.log"
    # olah asks for its home and keeps logs there, so it gets a home of its own.
    variables = {**os.environ, "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    variables.pop("PYTHONPATH", None)
    command = [str(environment().with_name("olah-cli")), "-c", str(folder / "olah.toml")]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        yield Mirror(url, models, log, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
