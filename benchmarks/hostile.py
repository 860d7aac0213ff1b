"""Thousands of broken, vast and misleading files through the reader of every kind of value.

`zoo bench hostile` takes a good file of every kind, changes it in ways that strangers and accidents do (cut, flipped
bits, zeroed blocks, doubled, another kind's beginning, numbers that are gigantic or none, nested or odd signs), and
reads it. Each must give a value of the canonical form, or one sentence, within seconds and a bound of memory, and leave
no file. Whatever else comes out is printed with the seed that makes it again, and the command fails.
`benchmarks/results/hostile.json` keeps the counts.
"""

from __future__ import annotations

import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.running import write
from zoo import registry
from zoo.errors import InputError
from zoo.testing import battery
from zoo.types import KINDS, Value

EACH = 1200
"""Files of a kind."""
SECONDS = 20
"""For one file, on a busy machine."""
MEGABYTES = 3000
"""Memory that reading may ask for."""

BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"PK\x03\x04", b"BM",
    b"\x00\x00\x00 ftypisom", b"OggS", b"ply\nformat ascii 1.0\n", b"{", b"[", b"<", b"<?xml version='1.0'?>",
    b"%PDF-1.7", b"\x89HDF\r\n\x1a\n", b"\x93NUMPY", b"solid ", b"\xef\xbb\xbf", b"\xff\xfe", b"",
)  # fmt: skip
NUMBERS = (
    b"1e309",
    b"-1e309",
    b"nan",
    b"inf",
    b"9" * 400,
    b"-0",
    b"0x10",
    b"1" + b"0" * 18,
    b"",
    b"1,5",
    b"=1+1",
    b"@SUM(A1)",
)
SIGNS = (
    "\u202e",
    "\u0000",
    "\ufeff",
    "\u2028",
    "\U0001f98e",
    "\ud7ff",
    "\\",
    "'\"><script>",
    "{{7*7}}",
    "../../etc/passwd",
)


def files_of(kind: type[Value]) -> list[tuple[str, bytes]]:
    """Good files of a kind and how their names end: its sample, and the small ones among the examples of methods."""
    good = [(kind.suffix, kind.sample().encode())]
    for entry in registry.entries().values():
        folder = entry.method.folder() / "examples"
        good += [
            (path.suffix, path.read_bytes())
            for path in sorted(folder.glob("*"))
            if path.suffix in kind.suffixes and path.stat().st_size < 100_000
        ]
    return good[:12]


def changed(data: bytes, draw: random.Random) -> bytes:
    """A file after one to three of the ways to spoil it."""
    for _ in range(draw.choice((1, 1, 2, 3))):
        data = draw.choice(WAYS)(data, draw)
    return data


def _cut(data: bytes, draw: random.Random) -> bytes:
    start, end = sorted(draw.choices(range(len(data) + 1), k=2))
    return draw.choice((data[:end], data[start:], data[:start] + data[end:]))


def _flip(data: bytes, draw: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 20)) if spoilt else 0):
        # Half of them near the beginning, where sizes stand.
        end = min(64, len(spoilt)) if draw.random() < 0.5 else len(spoilt)
        spoilt[draw.randrange(end)] ^= 1 << draw.randrange(8)
    return bytes(spoilt)


def _fill(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    length = draw.choice((1, 2, 4, 8, 64))
    return data[:start] + draw.choice((b"\x00", b"\xff", b"\x7f", b"\x80")) * length + data[start + length :]


def _begin(data: bytes, draw: random.Random) -> bytes:
    return draw.choice(BEGINNINGS) + data[draw.choice((0, 4, 8, 12)) :]


def _double(data: bytes, draw: random.Random) -> bytes:
    return data * draw.choice((2, 3, 50)) if len(data) < 10_000 else data + data


def _number(data: bytes, draw: random.Random) -> bytes:
    places = list(re.finditer(rb"\d+(\.\d+)?", data))
    if not places:
        return _flip(data, draw)
    place = draw.choice(places)
    return data[: place.start()] + draw.choice(NUMBERS) + data[place.end() :]


def _sign(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.choice(SIGNS).encode() * draw.choice((1, 1, 500)) + data[place:]


def _nest(data: bytes, draw: random.Random) -> bytes:
    depth = draw.choice((10, 1000, 100_000))
    return draw.choice((b"[" * depth, b'{"nodes":' * depth, b"<a>" * depth, b"((" * depth)) + data


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _cut, _flip, _flip, _flip, _fill, _begin, _double, _number, _number, _sign, _nest,
)  # fmt: skip


def outcome(kind: type[Value], file: Path) -> str:
    """What becomes of a file: ``read`` or ``refused``; whatever else goes wrong is raised."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        value = kind.open(file)
        battery.check_value(value)
        value.encode()
        return "read"
    except InputError as error:
        battery.check_sentence(str(error))
        return "refused"
    finally:
        signal.alarm(0)


def faults(kind: type[Value], count: int, counts: Counter[str]) -> Iterator[str]:
    """Read so many spoilt files of a kind, count, and tell what should not be."""
    good, folder = files_of(kind), Path(tempfile.mkdtemp())
    for seed in range(count):
        draw = random.Random(f"{kind.kind} {seed}")
        suffix, data = draw.choice(good)
        file = folder / f"file{suffix if draw.random() < 0.9 else draw.choice(kind.suffixes or (suffix,))}"
        file.write_bytes(changed(data, draw))
        try:
            with battery.untouched_disk():
                counts[outcome(kind, file)] += 1
        except (Exception, SystemExit) as error:
            counts["wrong"] += 1
            yield f"{kind.kind} {seed}: {type(error).__name__}: {str(error)[:300]}"
        file.unlink()
    folder.rmdir()


def main() -> None:
    """Spoil, read, print and keep the counts; ends with 1 if anything went wrong."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES * 2**20,) * 2)
    rows, wrong = {}, 0
    for name, kind in KINDS.items():
        if not (kind.is_input and kind.is_file):
            continue
        counts: Counter[str] = Counter()
        began = time.process_time()
        for line in faults(kind, EACH, counts):
            print(line, flush=True)
        rows[name] = dict(sorted(counts.items())) | {"CPU seconds": round(time.process_time() - began, 1)}
        wrong += counts["wrong"]
        print(name, rows[name], flush=True)
    write("hostile", rows)
    sys.exit(bool(wrong))
