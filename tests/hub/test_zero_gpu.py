"""ZeroGPU: an action that wants a GPU is wrapped where the package ``spaces`` is, and nowhere else.

The real package is tried too: off a Space, where it does nothing, and as if on ZeroGPU, where it asks a scheduler (a
double of ours), forks a worker for the call and brings results and errors back. Only its moving of tensors to CUDA is
left out, which needs a CUDA build and a GPU.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit

import pytest
from own_methods import SAMPLER

from zoo.app.endpoint import endpoint
from zoo.testing.battery import check_sentence

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
for one in [*(one for one in registry.entries().values() if not one.error), entry]:
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


ON_ZERO = """
import json, os, sys, tempfile
from pathlib import Path
import torch

torch.version.cuda, torch._C._cuda_init, torch.cuda._is_in_bad_fork = "12.8", int, bool  # as a CUDA build has them
import spaces
from spaces.zero import torch as moving

for name in ("init", "unpatch", "move"):
    setattr(moving, name, lambda *arguments, **options: None)
moving.size = int

import gradio as gr
from zoo import registry
from zoo.app.components import to_gradio_input
from zoo.app.endpoint import endpoint

entry = registry.Entry("sampler", "zoo_method_sampler:Sampler", "zoo-method-sampler", "1.4.2")
method, folder = entry.method, Path(tempfile.mkdtemp())


class Witness(method):
    def __getattribute__(self, name):
        if name in method.actions():
            (folder / name).write_text(str(os.getpid()))
        return super().__getattribute__(name)


told = {}
for name, action in method.actions().items():
    given, raw = method.example(action, 0), []
    for param in action.params:
        value = param.default
        if param.name in given:
            value = to_gradio_input(param, given[param.name], folder)
        is_file = param.value_type is not None and param.kind != "drawing" and value is not None
        raw.append({"path": value} if is_file else value)
    plain = endpoint("sampler", action, folder, lambda slug: method())
    action.gpu_seconds = 30
    lent = endpoint("sampler", action, folder, lambda slug: Witness())
    results = []
    for function in (plain, lent):
        answer = function(*raw, gr.Progress())
        results.append(len(list(answer)) if action.streams else type(answer).__name__)
    try:
        answer = lent(*[None] * len(raw), gr.Progress())
        list(answer)
        refused = ""
    except gr.Error as error:
        refused = error.message
    apart = int((folder / name).read_text()) != os.getpid()
    told[name] = {"plain": results[0], "lent": results[1], "refused": refused, "apart": apart}
print(json.dumps(told))
"""


@pytest.fixture
def scheduler() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A double of what lends GPUs on ZeroGPU: its address, and what it was asked."""
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_POST(self) -> None:
            address = urlsplit(self.path)
            asked.append((address.path, dict(parse_qsl(address.query))))
            lent = {"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "token"}
            body = json.dumps(lent if address.path == "/schedule" else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_on_zero_gpu_calls_run_in_a_worker_and_come_back(package: Path, scheduler, tmp_path: Path) -> None:
    url, asked = scheduler
    (tmp_path / "cgroup").write_text("0::/space\n")
    paths = [package, HERE.parent, HERE / "third_party" / "sampler"]
    variables = {
        **os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": url, "ZEROGPU_PROC_SELF_CGROUP_PATH": str(tmp_path / "cgroup"),
        "NO_PROXY": "127.0.0.1", "HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ON_ZERO],
        capture_output=True, text=True, env=variables, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == set(SAMPLER.method.actions())
    for one in told.values():
        assert one["lent"] == one["plain"]
        assert one["apart"], "the call did not run in a worker"
        check_sentence(one["refused"])
    calls = [options for path, options in asked if path == "/schedule"]
    assert len(calls) == 2 * len(told)
    assert {options["durationSeconds"] for options in calls} == {"30"}
    assert [options["fail"] for path, options in asked if path == "/release"] == ["false", "true"] * len(told)
