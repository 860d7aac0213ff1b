"""What the benchmarks share: timing of commands, a running app, and the file their numbers go to."""

from __future__ import annotations

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo import paths

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"

TEXTBOX_APP = """
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
with gr.Blocks() as demo:
    box = gr.Textbox(label="Text")
    run = gr.Button("Run")
    run.click(lambda text: text, box, box, api_name="echo")
demo.launch(server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
"""
"""The smallest gradio app there is to compare with."""


def alternate(tasks: dict[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Run tasks in turn, so that whatever else the machine does falls on all of them alike."""
    values: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            values[name].append(task())
    return values


def seconds_of(command: list[str], env: dict[str, str] | None = None) -> float:
    """Wall-clock seconds of a command that has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={**os.environ, **(env or {})})
    return time.perf_counter() - start


def free_port() -> int:
    """A free port of the loopback interface."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(address: str, timeout: float = 60) -> bytes:
    """The body of a page on this machine."""
    with urllib.request.urlopen(address, timeout=timeout) as reply:
        return reply.read()


@contextmanager
def running(
    command: list[str], env: dict[str, str], log: Path | None = None
) -> Iterator[tuple[str, float, int]]:
    """An app that was started, as (address, seconds to its first page, process id); ended afterwards.

    Args:
        command: what starts it.
        env: what its environment holds beside this program's.
        log: the file that gets what it says.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    start = time.perf_counter()
    with open(log or os.devnull, "wb") as said:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env, "GRADIO_SERVER_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        while True:
            try:
                get(address, timeout=30)
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - start > 180:
                    raise RuntimeError(f"the app did not start: {command}") from None
                time.sleep(0.02)
        yield address, time.perf_counter() - start, process.pid
    finally:
        process.terminate()
        process.wait(30)


def synthetic_env(folder: Path, count: int) -> dict[str, str]:
    """An environment in which ``count`` methods more are installed, from ``folder``."""
    from benchmarks.synthetic import write_distribution

    home = folder / f"methods-{count}"
    if not home.exists():
        write_distribution(home, count)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(home), os.environ.get("PYTHONPATH", "")]))}


def summary(values: list[float]) -> dict[str, Any]:
    """Median, least, greatest and number of some measurements."""
    return {
        "median": round(statistics.median(values), 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
        "runs": len(values),
    }


def write(name: str, record: dict[str, Any]) -> Path:
    """Store what a benchmark measured in ``benchmarks/results/<name>.json``."""
    import datetime

    machine = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load": [round(value, 1) for value in os.getloadavg()],
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    paths.write_whole(path, json.dumps({**machine, **record}, indent=2) + "\n")
    return path


PYTHON = sys.executable
