"""A small part of `zoo bench hostile`: spoilt files of every kind are read, or refused in one sentence."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import hostile
from zoo.types import KINDS, Table, Value


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.is_input and kind.is_file])
def test_spoilt_files_are_read_or_refused(kind: type[Value]) -> None:
    counts: Counter[str] = Counter()
    assert list(hostile.faults(kind, 60, counts)) == []
    assert counts["read"] + counts["refused"] == 60
    assert counts["refused"]  # the ways to spoil a file do something


def test_numbers_beyond_all_floats_are_infinite() -> None:
    cells = Table.decode(b"a,b\n1,2\n3," + b"9" * 400 + b"\n5,-" + b"9" * 400).frame["b"].tolist()
    assert cells == [2, float("inf"), float("-inf")]
