"""What all tests share: the checkout on the path, third-party distributions built and installed for real, and options.

``--changed-since REF`` leaves out methods that a change does not touch (``changed.py``); ``--cpu FILE`` writes what
each method costs (``budget.py``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from places import ROOT, THIRD_PARTY, Command

for folder in (ROOT, THIRD_PARTY / "sampler"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

pytest.register_assert_rewrite("zoo.testing.battery")

os.environ.setdefault("OMP_NUM_THREADS", "1")
# A busy machine is no fault: no test asserts a time.
hypothesis.settings.register_profile(
    "zoo", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("zoo")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--changed-since", metavar="REF", help="leave out methods that did not change since a commit"
    )
    parser.addoption("--cpu", metavar="FILE", type=Path, help="write the CPU seconds of each method")


def pytest_configure(config: pytest.Config) -> None:
    if path := config.getoption("--cpu"):
        from budget import Meter

        config.pluginmanager.register(Meter(config, config.rootpath / path))
    if base := config.getoption("--changed-since"):
        from changed import Selection

        config.pluginmanager.register(Selection(base, ROOT))


def pytest_itemcollected(item: pytest.Item) -> None:
    """All tests of a method run in one process."""
    import suite

    item.add_marker(pytest.mark.xdist_group(suite.group(item)))


@pytest.fixture(scope="session")
def third_parties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Throw-away distributions, each built by its back end and installed by pip into a folder of its own."""
    folders = {}
    for name in ("sampler", "rival", "broken"):
        folders[name] = tmp_path_factory.mktemp(name)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        command += ["--no-build-isolation", "--target", str(folders[name]), str(THIRD_PARTY / name)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folders[name])
        assert done.returncode == 0, done.stderr
    return folders


@pytest.fixture
def zoo_command(tmp_path: Path) -> Command:
    """Runs ``zoo`` in a process and an empty folder of its own; ``path`` comes before the checkout."""

    def run(*words: str, path: tuple[Path, ...] = (), root: Path = ROOT, **environment: str):
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        variables = {key: value for key, value in os.environ.items() if not key.startswith("ZOO_")}
        variables["PYTHONPATH"] = os.pathsep.join(map(str, (*path, root)))
        variables["XDG_CACHE_HOME"] = str(tmp_path / "cache")
        return subprocess.run(
            [sys.executable, "-m", "zoo.cli", *words],
            capture_output=True, text=True, cwd=folder, timeout=120, env={**variables, **environment},
        )  # fmt: skip

    return run
