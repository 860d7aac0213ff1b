"""The real app in a process of its own, started once for the whole run of the tests.

Test modules get at it by ``pytest_plugins = ["app_server"]`` and the fixture ``app``. They also import names
from here, before pytest could rewrite its assertions: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[1]
KINDS = ROOT / "tests" / "third_party" / "app_kinds"
PATIENCE = 300
"""Seconds until a thing that does not come is taken for missing; the machine may be busy."""

for folder in (ROOT, KINDS):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@dataclass(eq=False)
class App:
    """A running app and how to ask it."""

    url: str
    process: subprocess.Popen
    variables: dict[str, str]
    log: Path
    temporary: Path

    def get(self, path: str, **options: Any) -> httpx.Response:
        """What an address of the app answers."""
        return httpx.get(self.url + path, timeout=PATIENCE, **options)

    def config(self, path: str) -> dict[str, Any]:
        """What gradio's client in the browser is told about a page."""
        text = self.get(path).text
        start = text.index("window.gradio_config = ") + len("window.gradio_config = ")
        return json.JSONDecoder().raw_decode(text[start:])[0]

    def client(self, downloads: Path, **options: Any) -> Any:
        """A ``gradio_client`` of the app that saves files into a folder."""
        from gradio_client import Client

        patient = {"timeout": PATIENCE}
        return Client(
            self.url,
            download_files=downloads,
            verbose=False,
            analytics_enabled=False,
            httpx_kwargs=patient,
            **options,
        )

    def command(self, *words: str, folder: Path) -> subprocess.CompletedProcess:
        """Run ``python -m zoo.cli`` with the methods that the app has, in a folder of its own."""
        return subprocess.run(
            [sys.executable, "-m", "zoo.cli", *words],
            capture_output=True, text=True, timeout=PATIENCE, cwd=folder, env=self.variables,
        )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def install(source: Path, target: Path) -> None:
    """Build a distribution and install it into a folder, without asking any index."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def start(folders: list[Path], base: Path, root: Path = ROOT, settings: dict[str, str] | None = None) -> App:
    """Start the app of a checkout, with distributions in further folders and further variables."""
    port = _free_port()
    temporary = base / "tmp"
    temporary.mkdir()
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("ZOO_", "GRADIO_"))}
    variables |= {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(temporary / "gradio"),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(base / "cache"),
        "NO_PROXY": "127.0.0.1,localhost",
        "HF_HUB_OFFLINE": "1",
        **(settings or {}),
    }
    log = base / "app.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(root / "app.py")], cwd=base, env=variables, stdout=out, stderr=out
        )
    commands = {**variables, "PYTHONPATH": os.pathsep.join(map(str, [*folders, root]))}
    return App(f"http://127.0.0.1:{port}/", process, commands, log, temporary)


def _wait(app: App) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert app.process.poll() is None, app.log.read_text()
        try:
            if app.get("zoo/health").text == "ok":
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the app did not start: {app.log.read_text()}")


@pytest.fixture(scope="session")
def app(third_parties: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with the checkout's methods and those of the throw-away distributions."""
    kinds = tmp_path_factory.mktemp("app_kinds")
    install(KINDS, kinds)
    running = start([kinds, *third_parties.values()], tmp_path_factory.mktemp("app"))
    with closing_when_done(running):
        yield running


@contextlib.contextmanager
def closing_when_done(running: App) -> Iterator[None]:
    """Wait until an app answers, and end it afterwards."""
    try:
        _wait(running)
        yield
    finally:
        running.process.terminate()
        try:
            running.process.wait(20)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait(20)
