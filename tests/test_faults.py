"""Sudden ends, full disks and lost folders: what was there before still stands, and work goes on where it was."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import ROOT
from test_access import behind

from zoo import paths
from zoo.app import endpoint
from zoo.app.components import base
from zoo.types import Table

WRITER = """
import json, sys
from pathlib import Path
from zoo import paths
number = 0
while True:
    number += 1
    paths.write_whole(Path(sys.argv[1]), json.dumps({"number": number, "rows": [number] * 50_000}))
"""
"""Writes one version of a large file after the other."""

MEASURED = """
import sys
from pathlib import Path
from zoo.evidence import grid

def measure(condition, seed):
    with open(sys.argv[2], "a") as done:
        done.write(f"{condition} {seed}\\n")
    import time
    time.sleep(0.02)
    return {"ours": condition + seed / 7, "rival": condition}

with grid.kept_in(Path(sys.argv[1])):
    runs = grid.paired({"one": 1.0, "two": 2.0}, range(20), measure)
print(runs.values["ours"].sum())
"""

TRAINING = """
import sys, time
from pathlib import Path
import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from zoo import training

training.CHECKPOINT_SECONDS = 0.05

class Line(nn.Module, PyTorchModelHubMixin):
    def __init__(self, width=3):
        super().__init__()
        self.map = nn.Linear(width, 1)

def batch(rng):
    time.sleep(0.002)
    x = rng.normal(size=(16, 3)).astype(np.float32)
    return x, x.sum(1, keepdims=True)

def script(run):
    loss = lambda model, xy: (model.map(xy[0] + 0.1 * torch.randn_like(xy[0])) - xy[1]).square().mean()
    run.save(run.fit(Line(), batch, loss, steps=300, lr=0.05))

training.train(script, slug="line", out=Path(sys.argv[1]), seed=3)
"""


def begun(script: str, *words: Path) -> subprocess.Popen[str]:
    """A program of ours in a process that can be killed; its file lies beside the first word."""
    file = words[0].with_name("program.py")
    file.write_text(script)
    command = [sys.executable, str(file), *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def waits_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.01)


def test_a_file_is_never_half_written_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    file, seen = tmp_path / "record.json", set()
    for pause in (0.0, 0.003, 0.01, 0.02, 0.03):
        file.unlink(missing_ok=True)
        writer = begun(WRITER, file)
        waits_for(file)
        time.sleep(pause)
        killed(writer)
        whole = json.loads(file.read_text())
        assert whole["rows"] == [whole["number"]] * 50_000
        seen.add(whole["number"])
    assert len(seen) > 1  # they were killed at different moments


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_text("before")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            paths.write_whole(file, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("record.json", "before")]


def test_a_measurement_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    store, done = tmp_path / "cells", tmp_path / "done"
    killed_one = begun(MEASURED, store, done)
    waits_for(done)
    time.sleep(0.15)
    killed(killed_one)
    before = done.read_text().splitlines()
    assert 0 < len(before) < 40
    again = begun(MEASURED, store, done)
    whole, _ = again.communicate(timeout=60)
    apart = begun(MEASURED, tmp_path / "other", tmp_path / "other done")
    assert whole == apart.communicate(timeout=60)[0]
    # at most the cell that the kill interrupted was measured twice
    assert len(done.read_text().splitlines()) <= 41


def test_a_training_goes_on_to_the_same_weights_after_a_kill(tmp_path: Path) -> None:
    killed_one = begun(TRAINING, tmp_path / "killed")
    waits_for(tmp_path / "killed" / "checkpoint")
    time.sleep(0.3)
    killed(killed_one)
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    assert begun(TRAINING, tmp_path / "killed").wait(60) == 0
    assert begun(TRAINING, tmp_path / "whole").wait(60) == 0
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("killed", "whole")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("number", endpoint.FULL)
def test_a_full_disk_is_the_hosts_and_not_the_methods_fault(number: int) -> None:
    told = endpoint._told(OSError(number, os.strerror(number), "/var/results"), "h-mds")
    assert str(told.message) == "The host has no room left for results; try again later."
    assert "went wrong" in str(endpoint._told(OSError(2, "No such file", "x"), "h-mds").message)


def test_results_come_though_their_folder_was_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    for _ in range(2):
        assert Table.open(base.written(Table.sample(), "table.csv", folder)).frame.shape
        subprocess.run(["rm", "-r", str(folder)], check=True)


def test_a_folder_that_cannot_be_written_is_told_before_the_app_starts(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    done = subprocess.run(
        [sys.executable, "app.py"], capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, "GRADIO_TEMP_DIR": str(taken / "below")},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("zoo: Results cannot be kept in")
    assert "Traceback" not in done.stderr


def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = behind(rate="2/minute")
    join = "/gradio_api/queue/join"
    assert [client.post(join).status_code for _ in range(3)] == [200, 200, 429]
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() - 86_400)
    assert [client.post(join).status_code for _ in range(3)] == [200, 200, 429]
    assert int(client.post(join).headers["retry-after"]) <= 61
