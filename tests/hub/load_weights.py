"""Run by the tests in a process of its own: find the sampler's weights and print what became of it as JSON.

    python load_weights.py FOLDER [--no-waits] [--progress]

FOLDER holds ``weights/lock.json``. ``--no-waits`` skips the client's pauses between its retries.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS / "third_party" / "sampler")]

from zoo import hub, registry  # noqa: E402 - the checkout comes first
from zoo.errors import WeightsError  # noqa: E402

if "--no-waits" in sys.argv:
    time.sleep = lambda seconds: None
entry = registry.Entry("sampler", "zoo_method_sampler:Sampler", "zoo-method-sampler", "1.4.2")
method = entry.method
home = Path(sys.argv[1])
method.folder = classmethod(lambda cls: home)  # type: ignore[assignment]
told: list[tuple[float, str]] = []
outcome: dict[str, object] = {"folder": None, "error": None}
try:
    progress = (lambda fraction, text="": told.append((fraction, text))) if "--progress" in sys.argv else None
    folder = hub.folder(method, progress)  # type: ignore[arg-type]
    outcome["folder"] = str(folder)
    outcome["sha256"] = {path.name: hub.file_sha256(path) for path in folder.iterdir() if path.is_file()}
except WeightsError as error:
    outcome["error"] = str(error)
print(json.dumps({**outcome, "told": told}))
