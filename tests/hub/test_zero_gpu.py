"""ZeroGPU: an action that wants a GPU is wrapped where the package ``spaces`` is, and nowhere else.

The real package is tried too, which does nothing off a Space; what it does on ZeroGPU needs a CUDA build and a GPU.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from conformance import SAMPLER

from zoo.app.endpoint import endpoint

HERE = Path(__file__).resolve().parents[1]


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """A stand-in for ``spaces`` that notes what it lends to whom."""
    notes: list[tuple[int, str]] = []

    def lend(duration: int):
        def wrap(function):
            notes.append((duration, function.__name__))
            return function

        return wrap

    spaces = ModuleType("spaces")
    spaces.GPU = lend  # type: ignore[attr-defined]
    spaces.__spec__ = ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    return notes


@pytest.mark.parametrize("name", SAMPLER.method.actions())
def test_only_who_wants_a_gpu_borrows_one(lent, tmp_path: Path, name: str) -> None:
    action = copy.copy(SAMPLER.method.actions()[name])
    plain = endpoint("sampler", action, tmp_path)
    assert lent == []
    action.gpu_seconds = 30
    wrapped = endpoint("sampler", action, tmp_path)
    assert lent == [(30, f"sampler_{name}")]
    assert (wrapped.__name__, wrapped.__doc__) == (plain.__name__, plain.__doc__)


def test_without_the_package_nothing_is_wrapped(tmp_path: Path) -> None:
    action = copy.copy(next(iter(SAMPLER.method.actions().values())))
    action.gpu_seconds = 30
    assert "spaces" not in sys.modules
    assert callable(endpoint("sampler", action, tmp_path))


REAL = """
import sys, tempfile
from pathlib import Path
import spaces
from zoo import registry
from zoo.app.endpoint import endpoint

def plain(): pass
assert spaces.GPU(plain) is plain
assert spaces.GPU(duration=30)(plain) is plain
lent, real = [], spaces.GPU
def watched(**options):
    def wrap(function):
        lent.append((options["duration"], function.__name__))
        wrapped = real(**options)(function)
        assert wrapped is function
        return wrapped
    return wrap
spaces.GPU = watched
entry = registry.Entry("sampler", "zoo_method_sampler:Sampler", "zoo-method-sampler", "1.4.2")
first = next(iter(entry.method.actions().values()))
first.gpu_seconds = 30
wanted = []
for one in [*registry.entries().values(), entry]:
    for name, action in one.method.actions().items():
        function = endpoint(one.slug, action, Path(tempfile.gettempdir()))
        if action.gpu_seconds:
            wanted.append((action.gpu_seconds, function.__name__))
assert lent == wanted, (lent, wanted)
assert wanted[-1] == (30, f"sampler_{first.name}")
print("as it should be")
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real ``spaces``, in a folder of its own: installed beside gradio, it would be imported by it everywhere."""
    folder = tmp_path_factory.mktemp("spaces")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*command, "spaces==0.51.3"], capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"spaces cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    return folder


def test_the_real_package_wraps_exactly_who_wants_a_gpu(package: Path) -> None:
    paths = [package, HERE.parent, HERE / "third_party" / "sampler"]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    done = subprocess.run(
        [sys.executable, "-c", REAL], capture_output=True, text=True, env=variables, timeout=300
    )
    assert done.stdout.strip() == "as it should be", done.stderr
