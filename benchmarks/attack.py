"""Every action over HTTP with inputs that nobody in good faith sends.

`zoo bench attack` starts the app on loopback and asks each action again and again (20 times, `ZOO_ATTACKS`) for its
first example with one input replaced: a spoilt file under a strange name, an address or a path of the server for it,
a value of another kind, one that is gigantic, deep or holds odd signs, or one input too few or too many. Each has to be
answered, or refused in one sentence without a trace or a path of the server, in time; and afterwards the app has to be
there. Whatever else comes out is printed with the seed that makes it again, and the command fails.
`benchmarks/results/attack.json` keeps the counts, `out/attack/app.log` what the app said.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.hostile import SIGNS, changed, files_of
from benchmarks.load import Question, answer, questions
from benchmarks.running import PYTHON, ROOT, running, write
from zoo import registry
from zoo.action import Action
from zoo.testing import battery

EACH = int(os.environ.get("ZOO_ATTACKS", "20"))
SECONDS = 180.0
"""For an answer, on a busy machine."""
OUT = ROOT / "out" / "attack"

NAMES = (
    "../../evil.png", "a\u202egnp.exe", "x" * 240, ".htaccess", "=1+1.csv", "a;rm -rf.png", "a\nb.png", "%2e%2e%2fa",
    "a.zip", "a.svg", "a.pkl", "con", "",
)  # fmt: skip


def values(draw: random.Random) -> Any:
    """A value that is seldom what was asked for."""
    deep: Any = "x"
    for _ in range(draw.choice((3, 60))):
        deep = [deep] if draw.random() < 0.5 else {"path": deep}
    file = {"meta": {"_type": "gradio.FileData"}}
    return draw.choice(
        (
            None, True, False, -1, 0, 10**18, 10**400, -1e308, 0.1, "", " ", "NaN", "1e999", [], {}, [[]], [None] * 50,
            "A" * 100_000, draw.choice(SIGNS) * draw.choice((1, 300)), deep, list(range(5000)),
            "/etc/passwd", {"path": "/etc/passwd"} | file, {"path": "x", "url": "file:///etc/passwd"} | file,
            {"path": "x", "url": "http://127.0.0.1:1/a.png"} | file, {"path": "http://169.254.169.254/latest"} | file,
            "data:image/png;base64,AAAA", "data:text/html,<script>", "__class__", "${jndi:ldap://x}",
        )
    )  # fmt: skip


def spoilt(http: httpx.Client, action: Action, number: int, draw: random.Random) -> Any:
    """A spoilt file of the kind that an input wants, uploaded."""
    kind = action.params[number].value_type
    assert kind is not None
    suffix, data = draw.choice(files_of(kind))
    name = draw.choice(NAMES) if draw.random() < 0.5 else f"file{suffix}"
    reply = http.post("gradio_api/upload", files={"files": (name, changed(data, draw))})
    if reply.status_code != 200:
        return None
    sent = {"path": reply.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}
    return [sent] * draw.choice((1, 2, 30)) if action.params[number].several else sent


def attacked(http: httpx.Client, question: Question, action: Action, seed: int) -> Question:
    """The question of an example, with something wrong about it."""
    draw = random.Random(f"{question.name} {seed}")
    data = list(question.data)
    number = draw.randrange(len(data)) if data else 0
    if not data or draw.random() < 0.05:
        data = data[:number] if draw.random() < 0.5 else [*data, values(draw)]
    elif action.params[number].is_file and draw.random() < 0.6:
        data[number] = spoilt(http, action, number, draw)
    else:
        data[number] = values(draw)
    return Question(question.name, tuple(data))


def outcome(http: httpx.Client, asked: Question) -> str:
    """``answered`` or ``refused``.

    Raises:
        AssertionError: it is neither, as the message says.
    """
    try:
        answer(http, asked, most=2000)
    except RuntimeError as error:
        said = str(error)
        try:
            sentence = json.loads(said)["error"]
        except (ValueError, TypeError, KeyError):
            sentence = said
        assert isinstance(sentence, str), f"{said[:300]} says nothing"
        assert "went wrong" not in sentence, sentence
        if not said.startswith("4"):  # gradio's own refusal of what is no request
            battery.check_sentence(sentence)
        return "refused"
    return "answered"


def attacks(
    address: str, asked: list[Question], actions: dict[str, Action]
) -> Iterator[tuple[str, str, str]]:
    """Every action's name, what came of an attack, and what was wrong with that."""

    def attack(work: tuple[Question, int]) -> tuple[str, str, str]:
        question, seed = work
        with httpx.Client(base_url=address, timeout=SECONDS) as http:
            try:
                return (
                    question.name,
                    outcome(http, attacked(http, question, actions[question.name], seed)),
                    "",
                )
            except (AssertionError, httpx.HTTPError) as error:
                return question.name, "wrong", f"seed {seed}: {type(error).__name__} {error}"

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(attack, [(question, seed) for seed in range(EACH) for question in asked])


def main() -> None:
    """Attack, print and keep the counts; ends with 1 if anything went wrong."""
    OUT.mkdir(parents=True, exist_ok=True)
    actions = {
        f"{slug}_{name}".replace("-", "_"): action
        for slug, entry in registry.entries().items()
        if not entry.error
        for name, action in entry.method.actions().items()
    }
    counts: Counter[str] = Counter()
    with running([PYTHON, "app.py"], {"ZOO_RATE": "none"}, OUT / "app.log") as (address, _, _):
        with httpx.Client(base_url=address, timeout=SECONDS) as http:
            asked = list(questions(http))
        began = time.monotonic()
        for name, came, why in attacks(address, asked, actions):
            counts[came] += 1
            if why:
                print(f"{name}, {why[:400]}", flush=True)
        seconds = time.monotonic() - began
        alive = httpx.get(f"{address}zoo/health", timeout=SECONDS).status_code == 200
    record = {
        "actions": len(asked),
        "inputs": sum(counts.values()),
        **dict(sorted(counts.items())),
        "there": alive,
    }
    print({**record, "seconds": round(seconds)})
    write("attack", record)
    sys.exit(bool(counts["wrong"]) or not alive)
