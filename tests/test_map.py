"""``zoo map``: every item once, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas
import pytest
from app_server import KINDS, install
from places import ROOT, THIRD_PARTY

EXAMPLES = KINDS / "zoo_method_app_kinds" / "examples"


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a process in which the tests' own methods are installed."""
    target = tmp_path_factory.mktemp("map")
    for source in (KINDS, THIRD_PARTY / "stubborn"):
        install(source, target)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ZOO_")}
    path = os.pathsep.join([str(target), str(ROOT)])
    return {**kept, "PYTHONPATH": path, "XDG_CACHE_HOME": str(target), "ZOO_IMPORT_SECONDS": "0"}


def begin(variables: dict[str, str], *words: str | Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "zoo", "map", *map(str, words)]
    return subprocess.Popen(
        command,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def mapped(variables: dict[str, str], *words: str | Path) -> tuple[int, str]:
    out, err = (process := begin(variables, *words)).communicate(timeout=120)
    return process.returncode, out + err


def test_every_file_of_a_folder_becomes_a_row(variables: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    for name in ("a.png", "deeper/b.png"):
        shutil.copy(EXAMPLES / "picture.png", folder / name)
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not asked for")
    output = tmp_path / "out.parquet"
    words = ("--input", folder, "--output", output, "--workers", 1, "--pattern", "*.png")
    code, said = mapped(
        variables, "app-kinds.turn-picture", *words, "--set", "quarters=1", "--set", "name=zz"
    )
    assert code == 0, said
    assert "3 items, 1 failed" in said
    frame = pandas.read_parquet(output).set_index("item")
    assert list(frame.index) == ["a.png", "broken.png", "deeper/b.png"]
    assert frame.loc["broken.png", "error"].startswith("Image:")
    assert frame.loc[["a.png", "deeper/b.png"], "error"].tolist() == ["", ""]
    files = [
        Path(path)
        for column in frame
        for path in frame[column]
        if str(path).startswith(f"{tmp_path}/out.files")
    ]
    assert len(files) >= 2
    assert all(path.is_file() for path in files)
    assert not list(tmp_path.glob("*.journal*"))


def test_rows_of_a_table_are_inputs_and_a_worker_that_dies_costs_its_row_alone(
    variables: dict[str, str], tmp_path: Path
) -> None:
    ways = ["not at all", "leave", "crash", "hang", "refuse", "not at all"]
    pandas.DataFrame({"how": ways, "beside": range(6)}).to_csv(tmp_path / "in.csv", index=False)
    words = (
        "--input",
        tmp_path / "in.csv",
        "--output",
        tmp_path / "out.parquet",
        "--workers",
        2,
        "--seconds",
        6,
    )
    code, said = mapped(variables, "stubborn.misbehave", *words)
    assert code == 0, said
    frame = pandas.read_parquet(tmp_path / "out.parquet")
    assert frame["item"].tolist() == list("012345")
    starts = [
        "",
        "its process ended.",
        "ValueError: a hoof",
        "took more than 6 seconds.",
        "how: the mule",
        "",
    ]
    assert all(error.startswith(start) for error, start in zip(frame["error"], starts, strict=True))
    assert frame["metrics.process"].notna().tolist() == [True, False, False, False, False, True]


def test_a_run_that_was_killed_goes_on_and_does_nothing_twice(
    variables: dict[str, str], tmp_path: Path
) -> None:
    pandas.DataFrame({"steps": [2] * 10}).to_parquet(tmp_path / "in.parquet")
    output, journal = tmp_path / "out.parquet", tmp_path / "out.parquet.journal"
    words = ("stubborn.count", "--input", tmp_path / "in.parquet", "--output", output, "--workers", 2)
    process = begin(variables, *words)
    end = time.monotonic() + 60
    while not journal.is_file() or journal.read_text().count("\n") < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = {row["item"]: row for row in map(json.loads, journal.read_text().split("\n")[1:-1])}
    assert 3 <= len(before) < 10
    with journal.open("a") as file:
        file.write('{"item": "9", "err')  # as a kill in the midst of a line leaves it
    code, said = mapped(variables, *words, "--set", "steps=3")
    assert code == 1
    assert "is of a run with other settings" in said
    assert mapped(variables, *words)[0] == 0
    frame = pandas.read_parquet(output)
    assert frame["item"].tolist() == [str(number) for number in range(10)]
    assert (frame["error"] == "").all()
    kept = frame.set_index("item")["metrics.process"]
    assert all(kept[item] == before[item]["metrics.process"] for item in before)


def test_ray_does_every_item_once_although_a_worker_is_killed(
    variables: dict[str, str], tmp_path: Path
) -> None:
    pandas.DataFrame({"steps": [3] * 16}).to_parquet(tmp_path / "in.parquet")
    output, journal = tmp_path / "out.parquet", tmp_path / "out.parquet.journal"
    words = ("--input", tmp_path / "in.parquet", "--output", output, "--engine", "ray", "--workers", 2)
    process = begin(variables, "stubborn.count", *words)
    end = time.monotonic() + 120
    while not journal.is_file() or journal.read_text().count("\n") < 3:
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    done = [json.loads(line) for line in journal.read_text().split("\n")[1:-1]]
    os.kill(int(done[0]["metrics.process"]), signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    frame = pandas.read_parquet(output)
    assert frame["item"].tolist() == [str(number) for number in range(16)]
    assert (frame["error"] == "").all()
    assert frame["metrics.process"].nunique() >= 2


def test_what_failed_is_tried_again_where_that_is_asked(variables: dict[str, str], tmp_path: Path) -> None:
    folder, output = tmp_path / "pictures", tmp_path / "out.parquet"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"no picture")
    journal = {"map": "app-kinds.turn_picture", "settings": {}}
    rows = [journal, {"item": "a.png", "error": "Image: it was broken."}]
    words = ("app-kinds.turn-picture", "--input", folder, "--output", output, "--workers", 0)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    shutil.copy(EXAMPLES / "picture.png", folder / "a.png")
    for more, error in (((), "Image: it was broken."), (("--again",), "")):
        (tmp_path / "out.parquet.journal").write_text(text)
        assert mapped(variables, *words, *more)[0] == 0
        assert pandas.read_parquet(output)["error"].tolist() == [error]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--input", "nowhere", "--output", "o.parquet"), "--input is no folder"),
        (("--input", ".", "--output", "o.csv"), "ends in .parquet"),
        (
            ("--input", ".", "--output", "o.parquet", "--set", "width=1"),
            "--set takes NAME=VALUE, where NAME is one of",
        ),
        (("--input", ".", "--output", "o.parquet", "--as", "name"), "--as names one of image"),
    ],
)
def test_what_cannot_be_done_is_told(variables: dict[str, str], words: tuple[str, ...], says: str) -> None:
    code, said = mapped(variables, "app-kinds.turn-picture", *words)
    assert code == 1
    assert says in said
    assert "Traceback" not in said
