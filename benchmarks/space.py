"""What a Space costs: a build as Spaces do it, a start as another user with a read-only home, every method once.

A fresh virtual environment gets ``requirements.txt`` while nothing else of the checkout is there; then come the
files that ``zoo deploy`` uploads. ``tests/test_space.py`` holds that this works; this stores what it costs.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.running import ROOT, free_port, write
from zoo import deploy, registry
from zoo.types import Drawing

NOBODY = 65534
CORES = 2
PATIENCE = 240
"""Seconds until an app that does not answer is taken for dead; the machine may be busy."""


@dataclass
class Space:
    """A built Space.

    Attributes:
        base: its folder; ``app``, ``home``, ``hf`` and ``tmp`` are in it.
        python: the interpreter of its virtual environment.
        user: who runs it; None where we may not become somebody else.
        install_s: seconds that installing took.
        megabytes: what is installed weighs.
    """

    base: Path
    python: Path
    user: int | None
    install_s: float = 0.0
    megabytes: int = 0


@dataclass
class Run:
    """A running Space: its address, the seconds to its first answer, and what was asked since."""

    url: str
    start_s: float
    process: subprocess.Popen
    log: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def peak_MB(self) -> int:
        """The most memory that the app ever held."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def interpreter() -> Path:
    """A Python of this version that any user may run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = Path(sys._base_executable).resolve()
    for path in (own, *(Path(folder) / version for folder in ("/usr/local/bin", "/usr/bin"))):
        if path.is_file() and all(place.stat().st_mode & 0o001 for place in (path, *path.parents)):
            return path
    return own


def build(base: Path, compiled: bool = True) -> Space:
    """Build a Space in an empty folder that every user may enter.

    Args:
        base: the folder.
        compiled: whether packages are compiled while they are installed, as Spaces do; it makes a start quicker
            and the installation slower.
    """
    base.chmod(0o755)
    source = interpreter()
    open_to_all = all(folder.stat().st_mode & 0o001 for folder in source.parents)
    user = NOBODY if os.geteuid() == 0 and open_to_all else None
    venv = base / "venv"
    subprocess.run([source, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    alone = base / "build"
    alone.mkdir()
    shutil.copy(ROOT / "requirements.txt", alone)
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    command += [] if compiled else ["--no-compile"]
    start = time.perf_counter()
    subprocess.run([*command, "-r", "requirements.txt"], cwd=alone, check=True)
    space = Space(base, python, user, time.perf_counter() - start, size_MB(venv))
    arrive(space)
    return space


def arrive(space: Space) -> None:
    """Put the uploaded files in place, and the three folders that the app's user may write to."""
    for name, source in deploy.files(ROOT).items():
        target = space.base / "app" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for name, mode in (("home", 0o555), ("hf", 0o755), ("tmp", 0o755)):
        folder = space.base / name
        folder.mkdir()
        folder.chmod(mode)
        if space.user is not None and mode == 0o755:
            os.chown(folder, space.user, space.user)


def size_MB(folder: Path) -> int:
    """What a folder weighs."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) // 2**20


def environment(space: Space, port: int) -> dict[str, str]:
    """What a Space's process finds in its environment, and nothing of ours."""
    return {
        "PATH": f"{space.python.parent}:/usr/bin:/bin",
        "HOME": str(space.base / "home"),
        "HF_HOME": str(space.base / "hf"),
        "TMPDIR": str(space.base / "tmp"),
        "LANG": "C.UTF-8",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1,localhost,0.0.0.0",
    }


@contextlib.contextmanager
def running(space: Space, port: int | None = None, **variables: str) -> Iterator[Run]:
    """Start a Space on two cores as its user, and end it afterwards; ``variables`` join its environment."""
    port = port or free_port()
    log = space.base / "app.log"
    cores = set(sorted(os.sched_getaffinity(0))[:CORES])
    start = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [space.python, "app.py"], cwd=space.base / "app", env=environment(space, port) | variables, stdout=out,
            stderr=out, user=space.user, group=space.user, extra_groups=[] if space.user else None,
        )  # fmt: skip
    os.sched_setaffinity(process.pid, cores)
    url = f"http://127.0.0.1:{port}/"
    try:
        while not _answers(url):
            late = time.perf_counter() - start > PATIENCE
            if process.poll() is not None or late:
                raise RuntimeError(f"the app did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Run(url, time.perf_counter() - start, process, log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            return reply.status == 200
    except OSError:
        return False


def first_example(run: Run, slug: str) -> Any:
    """Run a method's first example over HTTP, as the Use it tab says; its answer."""
    from gradio_client import Client, handle_file

    method = registry.find(slug).method
    action = next(candidate for candidate in method.actions().values() if candidate.examples)
    sent = {}
    for param in action.params:
        value = method.example(action, 0).get(param.name)
        if value is None:
            continue
        if param.kind == "drawing":
            value = "data:image/png;base64," + base64.b64encode(Drawing.open(value).encode()).decode()
        elif param.value_type is not None and isinstance(value, str) and Path(value).is_file():
            value = handle_file(value)
        sent[param.name] = value
    with tempfile.TemporaryDirectory() as folder:
        client = Client(run.url, download_files=folder, verbose=False, analytics_enabled=False)
        start = time.perf_counter()
        answer = client.predict(**sent, api_name=f"/{slug}_{action.name}".replace("-", "_"))
        run.seconds[slug] = time.perf_counter() - start
    return answer


def written(text: str, record: dict[str, Any]) -> str:
    """The text of ``docs/hosting.md`` with its table made anew."""
    slowest = max(record["first_example_s"].values())
    rows = {
        "installed packages": f"{record['installed_MB'] / 1000:.1f} GB of disk",
        "first start, to the first page": f"{record['cold_start_s']:.0f} s",
        "second start": f"{record['second_start_s']:.0f} s",
        "memory before the first visitor": f"{record['idle_MB']} MB",
        f"memory at most, {len(record['first_example_s'])} methods used": f"{record['peak_MB']} MB",
        "slowest first example, with loading": f"{slowest:.0f} s",
        "written to HF_HOME": f"{record['hf_home_MB']} MB",
    }
    lines = ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows.items())]
    load = f"On {record['machine']}, while the load average of the machine was {record['load'][1]}."
    body = "\n".join(["", *lines, "", load, ""])
    pattern = r"(<!-- space: [^\n]*-->\n).*?(<!-- /space -->)"
    return re.sub(pattern, lambda block: f"{block[1]}{body}\n{block[2]}", text, flags=re.DOTALL)


def measured(space: Space) -> dict[str, Any]:
    """What a Space that was never started yet costs: two starts, then every method's first example."""
    with running(space) as cold:
        idle = cold.peak_MB()
    with running(space) as run:
        for slug in registry.methods():
            first_example(run, slug)
        return {
            "installed_MB": space.megabytes,
            "install_s": round(space.install_s, 1),
            "cold_start_s": round(cold.start_s, 2),
            "second_start_s": round(run.start_s, 2),
            "idle_MB": idle,
            "peak_MB": run.peak_MB(),
            "hf_home_MB": size_MB(space.base / "hf"),
            "first_example_s": {slug: round(seconds, 2) for slug, seconds in run.seconds.items()},
            "user": "another, without rights" if space.user else "the one that measures",
            "system": platform.platform(),
        }


def main() -> None:
    """Measure, store, and write the tables of ``docs/hosting.md`` and ``docs/BENCHMARKS.md``."""
    base = Path(tempfile.mkdtemp(prefix="latent-zoo-space-"))
    try:
        stored = write("space", measured(build(base)))
        page = ROOT / "docs" / "hosting.md"
        page.write_text(written(page.read_text(), json.loads(stored.read_text())))
        print(stored)
        tables.main()
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
