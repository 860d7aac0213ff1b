"""Many clients at once: every method asked over HTTP, each answer compared with that of a client alone.

`zoo bench load` starts the app, asks every action of every method for its first example twice, by one client, and then
lets fifty clients ask for ten minutes (`ZOO_LOAD_CLIENTS`, `ZOO_LOAD_MINUTES`). Told are wrong answers, refusals for
want of a place, other errors, how long answers take, and what the app holds afterwards: memory, threads, open files and
files in its temporary folder. An answer is right if it is the same but for rounding, which may differ with the place of
numbers in memory; what already differs between the two answers of one client, as times do, is not compared.
The app runs on loopback and ends with the benchmark. `benchmarks/results/load.json` keeps the numbers of ten minutes;
what was wrong and the log of the app are in `out/load/`. The command fails if an answer was wrong or an error was none
of want of a place.
"""

from __future__ import annotations

import base64
import io
import json
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from benchmarks.running import PYTHON, ROOT, running, write
from zoo import registry
from zoo.action import Action

CLIENTS = int(os.environ.get("ZOO_LOAD_CLIENTS", "50"))
MINUTES = float(os.environ.get("ZOO_LOAD_MINUTES", "10"))
MAY_FAIL = float(os.environ.get("ZOO_LOAD_MAY_FAIL", "0"))
"""Share of answers that may be wrong or errors; a short run in CI allows what one rare fault would give."""
PATIENCE = 600
"""Seconds that a client waits for an answer."""
ROUNDING = 0.02
"""By what share of its size a number may differ; hundreds of steps make more of the last digits of their first."""
OUT = ROOT / "out" / "load"
PICTURES = (".png", ".webp", ".jpg")


@dataclass(frozen=True)
class Question:
    """An action with the inputs of its first example, as they are sent."""

    name: str
    data: tuple[Any, ...]


@dataclass
class Tally:
    """What came of the questions; what was wrong as (action, where, alone, among many)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[tuple[str, str, str, str]] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)


def questions(http: httpx.Client) -> Iterator[Question]:
    """Every action that has an example; its files are uploaded once."""
    for slug, entry in registry.entries().items():
        if entry.error:
            continue
        for name, action in entry.method.actions().items():
            if action.examples:
                inputs = entry.method.example(action, 0)
                data = tuple(_sent(http, action, inputs, number) for number in range(len(action.params)))
                yield Question(f"{slug}_{name}".replace("-", "_"), data)


def _sent(http: httpx.Client, action: Action, inputs: dict[str, Any], number: int) -> Any:
    param = action.params[number]
    value = inputs.get(param.name, None if param.required else param.default)
    if not param.is_file or value is None:
        return list(value) if isinstance(value, tuple) else value
    if param.kind == "drawing":
        return "data:image/png;base64," + base64.b64encode(Path(value).read_bytes()).decode()
    if param.several:
        return [
            _uploaded(http, Path(path)) for path in (value if isinstance(value, list | tuple) else [value])
        ]
    return _uploaded(http, Path(value))


def _uploaded(http: httpx.Client, file: Path) -> dict[str, Any]:
    reply = http.post("gradio_api/upload", files={"files": (file.name, file.read_bytes())}).raise_for_status()
    return {"path": reply.json()[0], "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}


def answer(http: httpx.Client, question: Question, most: int = 200) -> Any:
    """What the app answers: numbers, texts, and files as what they hold.

    Args:
        http: on the app.
        question: which action, and with what.
        most: signs of an error that are kept.

    Raises:
        RuntimeError: it does not; the message says why.
    """
    asked = http.post(f"gradio_api/call/{question.name}", json={"data": question.data})
    if asked.status_code != 200:
        raise RuntimeError(f"{asked.status_code} {asked.text[:most]}")
    event = ""
    with http.stream("GET", f"gradio_api/call/{question.name}/{asked.json()['event_id']}") as lines:
        for line in lines.iter_lines():
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:") and event == "complete":
                return _settled(http, json.loads(line[5:]))
            elif line.startswith("data:") and event == "error":
                raise RuntimeError(line[5:].strip()[:most])
    raise RuntimeError("the stream ended without an answer")


def _settled(http: httpx.Client, part: Any) -> Any:
    """A part of an answer in which files, plots and packed numbers are what they hold."""
    if isinstance(part, list):
        return [_settled(http, row) for row in part]
    if isinstance(part, str) and part.startswith(('{"data"', '{"layout"')):
        return _settled(http, json.loads(part))
    if not isinstance(part, dict):
        return part
    if part.keys() >= {"dtype", "bdata"}:
        return np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
    if part.keys() >= {"path", "url"}:
        data = http.get(f"gradio_api/file={part['path']}").raise_for_status().content
        if Path(part["path"]).suffix in PICTURES:
            return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), np.int16)
        return data
    return {key: _settled(http, row) for key, row in part.items()}


NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def unlike(got: Any, alone: Any, other: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Where an answer differs by more than rounding, with both values.

    Args:
        got: an answer among many.
        alone: the first of a single client's two answers.
        other: the second; where it differs from the first, nothing is compared.
        place: of these parts in the whole answer.
    """
    if isinstance(alone, dict | list) and type(got) is type(alone) and len(got) == len(alone):
        keys = alone if isinstance(alone, dict) else range(len(alone))
        for key in keys:
            yield from unlike(got[key], alone[key], other[key], f"{place}/{key}")
    elif _agrees(alone, other, ROUNDING / 1000) and not _agrees(got, alone, ROUNDING):
        yield place, str(alone)[:300], str(got)[:300]


def _agrees(value: Any, other: Any, share: float) -> bool:
    """Whether two values are the same but for a share of their numbers."""
    if type(value) is not type(other):
        return (
            isinstance(value, float | int) and isinstance(other, float | int) and _near(value, other, share)
        )
    if isinstance(value, np.ndarray):
        return value.shape == other.shape and _near(value, other, share)
    if isinstance(value, str):
        numbers = [[float(word.replace(",", "")) for word in NUMBER.findall(text)] for text in (value, other)]
        return NUMBER.sub("#", value) == NUMBER.sub("#", other) and _near(*numbers, share)
    return _near(value, other, share) if isinstance(value, float) else value == other


def _near(values: Any, others: Any, share: float) -> bool:
    """Whether on average numbers differ by no more than a share of their largest."""
    left, right = np.asarray(values, float), np.asarray(others, float)
    if left.size == 0:
        return right.size == 0
    size = np.nanmax(np.abs(right), initial=0.0) or 1.0
    with np.errstate(invalid="ignore"):
        return bool(
            (np.isnan(left) == np.isnan(right)).all()
            and np.nan_to_num(np.abs(left - right)).mean() <= share * size
        )


def held(pid: int, folder: Path) -> dict[str, float]:
    """Memory in MB, threads and open files of a process, and the files in a folder."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return {
        "MB": round(int(status["VmRSS"].split()[0]) / 1024),
        "threads": int(status["Threads"]),
        "open files": len(os.listdir(f"/proc/{pid}/fd")),
        "temporary files": sum(path.is_file() for path in folder.rglob("*")),
    }


def client_of(address: str) -> httpx.Client:
    """A client that opens a connection anew before the server may close an idle one."""
    return httpx.Client(base_url=address, timeout=PATIENCE, limits=httpx.Limits(keepalive_expiry=1))


def asked_by_many(address: str, asked: list[Question], alone: dict[str, Any], tally: Tally) -> None:
    """Let clients ask until the time is over."""
    end, lock = time.monotonic() + 60 * MINUTES, threading.Lock()

    def client(number: int) -> None:
        draw = random.Random(number)
        with client_of(address) as http:
            while time.monotonic() < end:
                question, began = draw.choice(asked), time.monotonic()
                differences = []
                try:
                    differences = list(unlike(answer(http, question), *alone[question.name]))
                    outcome = "wrong" if differences else "right"
                except (RuntimeError, httpx.HTTPError) as error:
                    busy = "full" in str(error) or str(error).startswith("429")
                    outcome = "busy" if busy else f"{question.name}: {error or type(error).__name__}"
                with lock:
                    tally.outcomes[outcome] += 1
                    tally.seconds.append(time.monotonic() - began)
                    tally.wrong += [(question.name, *difference) for difference in differences]

    with ThreadPoolExecutor(CLIENTS) as crowd:
        list(crowd.map(client, range(CLIENTS)))


def main() -> None:
    """Ask, print and keep the numbers; ends with 1 if an answer was wrong or an error was none of want of a place."""
    tally, folder = Tally(), OUT / "temporary"
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"ZOO_RATE": "none", "GRADIO_TEMP_DIR": str(folder)}
    with running([PYTHON, "app.py"], environment, OUT / "app.log") as (address, _, pid):
        with client_of(address) as http:
            asked = list(questions(http))
            alone = {question.name: (answer(http, question), answer(http, question)) for question in asked}
        before, began, over = held(pid, folder), time.monotonic(), threading.Event()

        def watch() -> None:
            while not over.wait(2):
                tally.memory.append((time.monotonic() - began, held(pid, folder)["MB"]))

        watcher = threading.Thread(target=watch)
        watcher.start()
        asked_by_many(address, asked, alone, tally)
        over.set()
        watcher.join()
        time.sleep(8)
        after = held(pid, folder)
    settled = [mb for second, mb in tally.memory if second > min(120, 30 * MINUTES)]
    half, most = np.quantile(tally.seconds, [0.5, 0.95])
    record = {
        "clients": CLIENTS, "minutes": MINUTES, "actions": len(asked), "answers": sum(tally.outcomes.values()),
        "outcomes": dict(tally.outcomes.most_common()), "wrong": sorted({name for name, *_ in tally.wrong}),
        "median, s": round(float(half), 2), "95 %, s": round(float(most), 2), "before": before, "after": after,
        "memory from the second minute to the last, MB": [min(settled, default=0), max(settled, default=0)],
    }  # fmt: skip
    print(json.dumps(record, indent=1))
    (OUT / "wrong.json").write_text(json.dumps(tally.wrong, indent=1))
    if MINUTES >= 10:
        write("load", record)
    bad = tally.outcomes.total() - tally.outcomes["right"] - tally.outcomes["busy"]
    sys.exit(bad > MAY_FAIL * tally.outcomes.total())
