"""Many clients at once: every method asked over HTTP, each answer compared with that of a client alone.

`zoo bench load` starts the app, asks every action of every method for its first example twice, by one client, and then
lets fifty clients ask for ten minutes (`ZOO_LOAD_CLIENTS`, `ZOO_LOAD_MINUTES`). Told are wrong answers, refusals for
want of a place, other errors, how long answers take, and what the app holds afterwards: memory, threads, open files.
What already differs between the two answers of one client, as times do, is not compared. The app runs on loopback, and
ends with the benchmark. `benchmarks/results/load.json` keeps the numbers; the command fails if an answer was wrong.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
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

from benchmarks.running import PYTHON, running, write
from zoo import registry
from zoo.action import Action

CLIENTS = int(os.environ.get("ZOO_LOAD_CLIENTS", "50"))
MINUTES = float(os.environ.get("ZOO_LOAD_MINUTES", "10"))
PATIENCE = 600
"""Seconds that a client waits for an answer."""


@dataclass(frozen=True)
class Question:
    """An action with the inputs of its first example, as they are sent."""

    name: str
    data: tuple[Any, ...]


@dataclass
class Tally:
    """What came of the questions."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
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
    if isinstance(value, list | tuple):
        return [_uploaded(http, Path(path)) for path in value]
    return _uploaded(http, Path(value))


def _uploaded(http: httpx.Client, file: Path) -> dict[str, Any]:
    reply = http.post("gradio_api/upload", files={"files": (file.name, file.read_bytes())}).raise_for_status()
    return {"path": reply.json()[0], "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}


def answer(http: httpx.Client, question: Question) -> Any:
    """What the app answers, files by their sha256.

    Raises:
        RuntimeError: it does not; the message says why.
    """
    asked = http.post(f"gradio_api/call/{question.name}", json={"data": question.data})
    if asked.status_code != 200:
        raise RuntimeError(f"{asked.status_code} {asked.text[:200]}")
    event = ""
    with http.stream("GET", f"gradio_api/call/{question.name}/{asked.json()['event_id']}") as lines:
        for line in lines.iter_lines():
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:") and event == "complete":
                return _settled(http, json.loads(line[5:]))
            elif line.startswith("data:") and event == "error":
                raise RuntimeError(line[5:].strip()[:200])
    raise RuntimeError("the stream ended without an answer")


def _settled(http: httpx.Client, part: Any) -> Any:
    """A part of an answer in which files are what they hold."""
    if isinstance(part, list):
        return [_settled(http, row) for row in part]
    if not isinstance(part, dict):
        return part
    if "path" in part and "url" in part:
        data = http.get(f"gradio_api/file={part['path']}").raise_for_status().content
        return {"name": Path(part["path"]).name, "sha256": hashlib.sha256(data).hexdigest()}
    return {key: _settled(http, row) for key, row in part.items()}


def same(got: Any, other: Any, steady: Any) -> bool:
    """Whether two answers agree wherever those of a single client did; ``steady`` is a pair of these."""
    first, second = steady
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        return (
            isinstance(got, dict)
            and got.keys() == first.keys()
            and all(same(got[key], other[key], (first[key], second[key])) for key in first)
        )
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return (
            isinstance(got, list)
            and len(got) == len(first)
            and all(same(a, b, pair) for a, b, *pair in zip(got, other, first, second, strict=True))
        )
    return first != second or got == other


def held(pid: int) -> dict[str, float]:
    """Memory in MB, threads and open files of a process."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return {
        "MB": round(int(status["VmRSS"].split()[0]) / 1024),
        "threads": int(status["Threads"]),
        "open files": len(os.listdir(f"/proc/{pid}/fd")),
    }


def asked_by_many(address: str, pid: int, asked: list[Question], alone: dict[str, Any], tally: Tally) -> None:
    """Let clients ask until the time is over, and watch the app's memory."""
    end, lock = time.monotonic() + 60 * MINUTES, threading.Lock()

    def client(number: int) -> None:
        draw = random.Random(number)
        with httpx.Client(base_url=address, timeout=PATIENCE) as http:
            while time.monotonic() < end:
                question, began = draw.choice(asked), time.monotonic()
                try:
                    got = answer(http, question)
                    good = same(got, alone[question.name][0], alone[question.name])
                    outcome = "right" if good else "wrong"
                except RuntimeError as error:
                    outcome = (
                        "busy" if "full" in str(error) or str(error).startswith("429") else f"error: {error}"
                    )
                except httpx.HTTPError as error:
                    outcome = f"error: {type(error).__name__}"
                with lock:
                    tally.outcomes[outcome] += 1
                    tally.seconds.append(time.monotonic() - began)
                    if outcome == "wrong":
                        tally.wrong.append(question.name)

    with ThreadPoolExecutor(CLIENTS) as crowd:
        crowd.map(client, range(CLIENTS))
        while time.monotonic() < end:
            tally.memory.append((60 * MINUTES - (end - time.monotonic()), held(pid)["MB"]))
            time.sleep(2)


def main() -> None:
    """Ask, print and keep the numbers; ends with 1 if an answer was wrong or an error was none of want of a place."""
    tally = Tally()
    with running([PYTHON, "app.py"], {"ZOO_RATE": "none"}) as (address, _, pid):
        with httpx.Client(base_url=address, timeout=PATIENCE) as http:
            asked = list(questions(http))
            alone = {question.name: (answer(http, question), answer(http, question)) for question in asked}
        before = held(pid)
        asked_by_many(address, pid, asked, alone, tally)
        time.sleep(8)
        after = held(pid)
    settled = [mb for second, mb in tally.memory if second > min(120, 30 * MINUTES)]
    quantiles = np.quantile(tally.seconds, [0.5, 0.95]) if tally.seconds else (0, 0)
    record = {
        "clients": CLIENTS, "minutes": MINUTES, "actions": len(asked), "answers": sum(tally.outcomes.values()),
        "outcomes": dict(tally.outcomes.most_common()), "wrong": sorted(set(tally.wrong)),
        "median, s": round(float(quantiles[0]), 2), "95 %, s": round(float(quantiles[1]), 2),
        "before": before, "after": after,
        "memory from the second minute to the last, MB": [round(min(settled)), round(max(settled))] if settled else [],
    }  # fmt: skip
    print(json.dumps(record, indent=1))
    write("load", record)
    sys.exit(bool(set(tally.outcomes) - {"right", "busy"}))
