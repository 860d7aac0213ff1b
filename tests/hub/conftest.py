"""A method whose weights are on a Hub: the double of ours, or a real mirror."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SAMPLER = HERE.parent / "third_party" / "sampler" / "zoo_method_sampler"
sys.path.insert(0, str(HERE))

import hub_double  # noqa: E402 - found beside this file
import olah_server  # noqa: E402

FILES = {name: (SAMPLER / "weights" / name).read_bytes() for name in ("config.json", "model.safetensors")}
REPO_ID = "org/sampler"
REVISION = "a1" * 20


@dataclass(frozen=True)
class Outcome:
    """What a process found."""

    folder: Path | None
    error: str | None
    sha256: dict[str, str]
    told: list[tuple[float, str]]
    stderr: str


@dataclass
class Place:
    """A method's folder with a lock, and the environment that its processes run in."""

    home: Path
    variables: dict[str, str]
    hub: hub_double.Hub
    mirror: olah_server.Mirror | None = None
    revision: str = REVISION

    @property
    def weights(self) -> Path:
        return self.home / "weights"

    @property
    def cache(self) -> Path:
        return Path(self.variables["HF_HOME"])

    def offer(self, files: dict[str, bytes], **more: object) -> None:
        """Put files on the Hub, at a commit of their own if it is the real mirror, and lock them."""
        if self.mirror:
            self.revision = self.mirror.commit(REPO_ID, files)
        else:
            self.hub.add(REPO_ID, files, self.revision)
        self.lock(self.revision, files, **more)

    def lock(self, revision: str | None = REVISION, files: dict[str, bytes] = FILES, **more: object) -> None:
        """Write the lock: these bytes, at this revision."""
        self.weights.mkdir(parents=True, exist_ok=True)
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        lock = {"repo_id": REPO_ID, "revision": revision, "sha256": hashes, **more}
        (self.weights / "lock.json").write_text(json.dumps(lock))

    def bundle(self) -> None:
        """Put the weights beside their lock."""
        for name, data in FILES.items():
            (self.weights / name).write_bytes(data)

    def start(self, *options: str, **variables: str) -> subprocess.Popen:
        """A process that finds the weights."""
        return subprocess.Popen(
            [sys.executable, str(HERE / "load_weights.py"), str(self.home), *options],
            env={**self.variables, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def outcome(self, process: subprocess.Popen) -> Outcome:
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        told = json.loads(out.splitlines()[-1])
        folder = Path(told["folder"]) if told["folder"] else None
        return Outcome(folder, told["error"], told.get("sha256", {}), told["told"], err)

    def load(self, *options: str, **variables: str) -> Outcome:
        """Find the weights in a process of its own."""
        return self.outcome(self.start(*options, **variables))

    def at(self, url: str) -> Place:
        """The same place with another Hub."""
        return dataclasses.replace(self, variables={**self.variables, "HF_ENDPOINT": url})


def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a process that knows nothing of this machine's caches and logins."""
    variables = {
        key: value for key, value in os.environ.items() if not key.startswith(("HF_", "ZOO_", "HUGGING"))
    }
    return variables | {
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "xdg"),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "127.0.0.1",
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture
def hub() -> Iterator[hub_double.Hub]:
    with hub_double.serving() as one:
        yield one
        assert one.problems == []


@pytest.fixture
def place(tmp_path: Path, hub: hub_double.Hub) -> Place:
    """A lock without weights, whose repository the double serves."""
    place = Place(tmp_path / "method", environment(tmp_path), hub).at(hub.url)
    place.offer(FILES)
    return place


@pytest.fixture(params=["double", "olah"])
def either(request: pytest.FixtureRequest, place: Place) -> Place:
    """The same, and once more with a real mirror behind the double, which then only counts, delays and cuts."""
    if request.param == "olah":
        place.mirror = request.getfixturevalue("mirror")
        place.hub.upstream = place.mirror.url
        place.offer(FILES)
    return place


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[olah_server.Mirror]:
    with olah_server.serving(tmp_path_factory.mktemp("olah")) as one:
        yield one
