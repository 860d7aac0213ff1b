"""The command ``zoo``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from own_methods import SAMPLER, SAMPLER_SOURCE
from places import ROOT

from zoo import cli, registry
from zoo.commands import run as run_command
from zoo.errors import InputError
from zoo.method import Method, action
from zoo.testing import samples
from zoo.testing.battery import check_sentence
from zoo.types import KINDS, Figure, File, Image, Metrics, Table

EXAMPLES = SAMPLER_SOURCE / "zoo_method_sampler" / "examples"
REMIX = {
    "image": "picture.png", "sound": "tone.wav", "clip": "fading.mp4", "mesh": "cube.obj", "table": "table.csv",
    "points": "points.csv", "drawing": "drawing.png", "attachment": "anything.bin",
}  # fmt: skip


def remix(**changes: object) -> list[str]:
    """The words of a run of ``sampler.remix`` with a full set of inputs."""
    given = {**{name: str(EXAMPLES / file) for name, file in REMIX.items()}, "story": "once", **changes}
    return [
        "run",
        "sampler.remix",
        *(f"--{name}={value}" for name, value in given.items() if value is not None),
    ]


@pytest.fixture(autouse=True)
def only_the_sampler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The commands know the tests' own methods only, and run in an empty folder."""
    _ = SAMPLER.method, FILES.method
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "entries", lambda: {"sampler": SAMPLER, "files": FILES, "lost": LOST})
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@dataclass(frozen=True)
class Given:
    """Two files.

    Attributes:
        one: the first.
        two: the second.
        count: how many threads.
        metrics: a number.
    """

    one: File
    two: File
    count: int
    metrics: Metrics


class Files(Method):
    """Gives files with any name."""

    title, family, paper = "Files", "vision", SAMPLER.method.paper

    @action(title="Give")
    def give(self, first: str = "a.txt", second: str = "b.txt") -> Given:
        """Give two files.

        Args:
            first: a name.
            second: a name.
        """
        return Given(File(first, b"first"), File(second, b"second"), 3, Metrics([("n", 1.23456789, "units")]))

    @action(title="Fail")
    def fail(self) -> Given:
        """Fail as a faulty method would."""
        raise RuntimeError("a fault of the method")


FILES = registry.Entry("files", "test_cli:Files", "tests", "1")
Files.slug = "files"
vars(FILES)["_outcome"] = (Files, "")
LOST = registry.Entry("lost", "no_such_module_anywhere:Lost", "nobody", "1")


def run(capsys: pytest.CaptureFixture, *words: str) -> str:
    """What a command prints; it must succeed."""
    assert cli.main(words) == 0, capsys.readouterr().err
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def fails(capsys: pytest.CaptureFixture, *words: str) -> str:
    """The one line that a failing command prints."""
    assert cli.main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("zoo: ")
    check_sentence(lines[0])
    return lines[0]


# ---------------------------------------------------------------------------------------------------------
# list and show


def test_list(capsys):
    lines = run(capsys, "list").splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["sampler", "interpretability"],
        ["files", "vision"],
        ["lost", "broken"],
    ]
    assert lines[0].endswith("Takes one value of every kind and gives one of every kind.")


def test_list_as_json(capsys):
    rows = json.loads(run(capsys, "list", "--json"))
    expected = {
        "slug": "sampler", "title": "Sampler", "family": "interpretability", "actions": ["remix", "brighten"],
        "distribution": "zoo-method-sampler", "version": "1.4.2",
        "summary": "Takes one value of every kind and gives one of every kind.",
    }  # fmt: skip
    assert rows[0] == {**rows[0], **expected}
    assert "error" not in rows[0]
    assert rows[2]["error"]
    assert rows[2]["actions"] == []
    assert all({"slug", "title", "family", "actions", "distribution", "version"} <= set(row) for row in rows)


_HEAVY = """
import sys
from zoo.cli import main
assert main(["list", "--json"]) == 0
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def test_list_imports_nothing_heavy(third_parties, tmp_path: Path):
    path = f"{third_parties['sampler']}:{ROOT}"
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _HEAVY], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    heavy = {
        "torch",
        "gradio",
        "timm",
        "diffusers",
        "sklearn",
        "scipy",
        "pandas",
        "plotly",
        "PIL",
        "huggingface_hub",
    }
    assert not heavy & set(done.stderr.split())
    assert "sampler" in {row["slug"] for row in json.loads(done.stdout)}


def test_show(capsys):
    text = run(capsys, "show", "sampler")
    assert "Sampler (interpretability), from zoo-method-sampler 1.4.2" in text
    assert "https://example.org/sampler" in text
    assert "zoo run sampler.remix: Remix one value of every kind." in text
    steps = next(line for line in text.splitlines() if "--steps" in line)
    assert "how many results to give [a whole number from 1 to 8 steps] (default 2)" in steps
    assert "-> picture" in text


@pytest.mark.parametrize("command", ["show", "run"])
def test_unknown_and_broken_methods_are_told(capsys, command: str):
    assert "did you mean sampler" in fails(capsys, command, "samplr")
    assert "no_such_module_anywhere" in fails(capsys, command, "lost")


def test_every_example_command_that_show_prints_can_be_asked_for_help(capsys):
    for name in SAMPLER.method.actions():
        with pytest.raises(SystemExit) as caught:
            cli.main(["run", f"sampler.{name}", "--help"])
        assert caught.value.code == 0
        text = capsys.readouterr().out
        assert "--example" in text
        assert "--image" in text


@pytest.mark.parametrize("words", [(), ("fly",), ("list", "--loud"), ("show",)])
def test_misspelt_command_is_two(capsys, words: tuple[str, ...]):
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: zoo")


@pytest.mark.parametrize("words", [("run",), ("run", "--help"), ("run", "-h")])
def test_run_alone_explains_itself(capsys, words: tuple[str, ...]):
    assert "usage: zoo run SLUG[.ACTION]" in run(capsys, *words)


# ---------------------------------------------------------------------------------------------------------
# run


def test_run_writes_every_value_and_prints_json(capsys, tmp_path: Path):
    out = tmp_path / "new" / "out"
    summary = json.loads(run(capsys, *remix(steps=3, label="größe"), "--out", str(out), "--json"))
    fields = [item.name for item in SAMPLER.method.actions()["remix"].results]
    assert list(summary) == fields
    assert summary["count"] == 3
    assert summary["ratio"] == 0.5
    assert summary["calm"] is True
    assert summary["caption"] == "größe: once"
    assert summary["metrics"][0] == {"name": "width", "value": 8, "unit": "threads"}
    files = {name: item for name, item in summary.items() if isinstance(item, dict)}
    assert set(files) == {
        "picture",
        "sound",
        "clip",
        "surface",
        "table",
        "points",
        "drawing",
        "plot",
        "download",
    }
    for item in files.values():
        path = Path(item["file"])
        assert path.parent == out
        opened = KINDS[item["kind"]].open(path)
        if item["kind"] != "video":
            assert opened.fingerprint() == item["sha256"], item
    assert {path.name for path in out.iterdir()} == {Path(item["file"]).name for item in files.values()} | {
        "metrics.json"
    }


def test_command_line_and_python_agree(capsys):
    summary = json.loads(run(capsys, *remix(steps=2, seed=7, style="stormy", mirror="false"), "--json"))
    paths = {name: EXAMPLES / file for name, file in REMIX.items()}
    *_, result = SAMPLER.method().remix(**paths, story="once", steps=2, seed=7, style="stormy", mirror=False)
    for name, item in summary.items():
        value = getattr(result, name)
        if isinstance(item, dict):
            assert item == {"kind": value.kind, "sha256": value.fingerprint()}
        elif name == "metrics":
            assert item == value.records()
        else:
            assert item == value


def test_run_without_json_prints_lines(capsys, tmp_path: Path):
    text = run(capsys, "run", "files.give", "--out", str(tmp_path / "out"))
    assert f"one: {tmp_path / 'out' / 'a.txt'}" in text
    assert "count: 3" in text
    assert "  n: 1.23457 units" in text


def test_run_without_out_leaves_nothing(capsys, tmp_path: Path):
    run(capsys, *remix())
    assert not list((tmp_path / "here").iterdir())


def test_actions_are_named_after_a_dot(capsys):
    assert run_command.find_action("files.give")[1] == "give"
    assert "name one of sampler.remix, sampler.brighten" in fails(capsys, "run", "sampler")
    assert "files.give" in fails(capsys, "run", "files.nothing")


def test_wrong_action_of_a_method_with_one_action_is_told_truly(capsys, monkeypatch):
    monkeypatch.delattr(Files, "fail")
    assert run_command.find_action("files")[1] == "give"
    assert "several" not in fails(capsys, "run", "files.nothing")


def test_example(capsys, tmp_path: Path):
    first = json.loads(run(capsys, "run", "sampler.brighten", "--example", "1", "--json"))
    second = json.loads(run(capsys, "run", "sampler.brighten", "--example", "2", "--json"))
    changed = json.loads(run(capsys, "run", "sampler.brighten", "--example", "1", "--stops", "-1", "--json"))
    assert first != second == changed
    for number in ("0", "3", "-1"):
        assert "2 examples" in fails(capsys, "run", "sampler.brighten", "--example", number)


@pytest.mark.parametrize("value", ["-0.5", "-1", "-1e-3", "1e-3"])
def test_negative_numbers_are_values(capsys, value: str):
    words = ["run", "sampler.brighten", "--image", str(EXAMPLES / "picture.png"), "--stops", value, "--json"]
    assert json.loads(run(capsys, *words))["metrics"]


@pytest.mark.parametrize("width", ["8", "16"])
def test_choice_of_numbers(capsys, width: str):
    assert json.loads(run(capsys, *remix(width=width), "--json"))["metrics"][0]["value"] == int(width)


def test_text_that_looks_like_an_option_or_a_command(capsys):
    for words in ("--out", "list", "-h", "zoo run", "a=b", "größe 🦎"):
        assert json.loads(run(capsys, *remix(label=words), "--json"))["caption"] == f"{words}: once"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 9}, "Steps must be a whole number from 1 to 8 steps; got 9."),
        ({"ratio": "nan"}, "Ratio must be a number from -1 to 1; got nan."),
        ({"style": "wild"}, "Style must be one of calm, stormy; got 'wild'."),
        ({"mirror": "perhaps"}, "Mirror must be true or false"),
        ({"story": None}, "Story is missing"),
        ({"image": "absent.png"}, "Image: the file could not be opened"),
        ({"image": EXAMPLES / "table.csv"}, "Image: the file is not a readable picture"),
        ({"table": EXAMPLES / "picture.png"}, "Table: the file is not a text table"),
        ({"mask": EXAMPLES}, "Mask: this is not a file"),
        ({"image": ""}, "Image: "),
    ],
)
def test_bad_input_is_one_line_and_exit_code_one(capsys, changes: dict[str, object], sentence: str):
    assert sentence in fails(capsys, *remix(**changes))


def test_bad_input_found_by_the_method_itself_is_one_line(capsys, tmp_path: Path):
    Image.of(samples.gradient(3, 3)).save(tmp_path / "mask.png")
    assert "two pictures of one size" in fails(capsys, *remix(mask=tmp_path / "mask.png"))


def test_nothing_is_written_when_the_input_is_bad(capsys, tmp_path: Path):
    fails(capsys, *remix(steps=99), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_large_picture_prints_one_line_in_a_process_of_its_own(third_parties, zoo_command, tmp_path: Path):
    """Pillow warns of pictures over 89 megapixels, with a path of the machine."""
    (tmp_path / "large.png").write_bytes(samples.png_header(10_000, 10_000))
    words = ("run", "sampler.brighten", "--image", str(tmp_path / "large.png"))
    done = zoo_command(*words, path=(third_parties["sampler"],))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "25 megapixels" in done.stderr


def test_fault_of_a_method_is_one_line_naming_it(capsys):
    assert cli.main(["run", "files.fail"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "files" in lines[0]
    assert "RuntimeError: a fault of the method" in lines[0]


def test_out_that_is_a_file_is_told(capsys, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    fails(capsys, "run", "files.give", "--out", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "a/../../x", "..", ".", "", "/", "a/..", "..\\..\\x"])
def test_malicious_file_name_stays_inside(capsys, tmp_path: Path, name: str):
    out = tmp_path / "deep" / "er" / "out"
    before = set(tmp_path.rglob("*"))
    try:
        code = cli.main(["run", "files.give", f"--first={name}", "--second=b.txt", "--out", str(out)])
    except SystemExit as error:  # pragma: no cover
        code = error.code
    captured = capsys.readouterr()
    if code:
        assert len(captured.err.splitlines()) == 1
        check_sentence(captured.err.strip())
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.parent == out for path in written), written
    if not code:
        assert sorted(path.read_bytes() for path in out.glob("*.txt")) or len(written) >= 2


def test_files_of_one_name_do_not_overwrite_each_other(capsys, tmp_path: Path):
    out = tmp_path / "out"
    summary = json.loads(
        run(capsys, "run", "files.give", "--first=x.txt", "--second=x.txt", "--out", str(out), "--json")
    )
    assert Path(summary["one"]["file"]).read_bytes() == b"first"
    assert Path(summary["two"]["file"]).read_bytes() == b"second"


def test_file_named_like_another_result_does_not_overwrite_it(capsys, tmp_path: Path):
    out = tmp_path / "out"
    run(capsys, "run", "files.give", "--first=metrics.json", "--out", str(out))
    contents = {path.read_bytes() for path in out.iterdir()}
    assert b"first" in contents
    assert any(b"units" in data for data in contents)


def test_summaries_are_json_whatever_the_numbers():
    import numpy as np
    import plotly.graph_objects as go

    @dataclass(frozen=True)
    class Numbers:
        whole: int
        real: float
        table: Table
        plot: Figure
        metrics: Metrics

    result = Numbers(
        np.int64(3),
        np.float32(0.5),
        Table.of({"a": [1]}),
        Figure(go.Figure()),
        Metrics([("x", float("nan"), "")]),
    )

    def no_constant(name: str):
        raise AssertionError(f"{name} is not JSON")

    text = json.dumps(run_command.summarise(result, {}))
    assert json.loads(text, parse_constant=no_constant)["whole"] == 3


def test_interrupting_is_silent(capsys, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(Files, "run", interrupt)
    assert cli.main(["run", "files.give"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_closed_pipe_is_silent(third_parties, tmp_path: Path):
    path = f"{third_parties['sampler']}:{ROOT}"
    environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)}
    command = f"{sys.executable} -m zoo.cli show sampler | head -c 5"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_progress_is_drawn_on_a_terminal_only(capsys, monkeypatch):
    run(capsys, "run", "sampler.brighten", "--example", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert cli.main(["run", "sampler.brighten", "--example", "1"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("\r 50 % multiplying")
    assert captured.err.endswith("\n")


@pytest.mark.parametrize("kind", ["image", "drawing", "pictures", "images", "figure", "graph"])
def test_a_thumbnail_is_drawn_of_every_kind_that_can_be_seen(kind):
    from zoo import thumbnail

    picture = thumbnail.draw(KINDS[kind].sample())
    assert picture.size == (640, 360)
    assert len(picture.getcolors(640 * 360)) > 1


def test_a_thumbnails_plot_keeps_gaps_logarithms_bars_and_heat_maps():
    import plotly.graph_objects as go

    from zoo import thumbnail

    traces = {
        "gap": go.Scatter(y=[1, None, 2, 3], mode="lines+markers"),
        "bars": go.Bar(x=["a", "b"], y=[1, 2]),
        "map": go.Heatmap(z=[[0, 1], [2, float("nan")]]),
        "packed": go.Scattergl(x=np.arange(3000.0), y=np.arange(3000.0) ** 2, marker={"color": "red"}),
    }
    for trace in traces.values():
        assert len(thumbnail.plotted(go.Figure(trace)).getcolors(640 * 360)) > 1
    plot = go.Figure(
        go.Scatter(x=[1, 10, 100, 0], y=[0, 1, 2, 3], mode="lines"), layout={"xaxis_type": "log"}
    )
    pixels = np.asarray(thumbnail.plotted(plot), int).sum(axis=2)
    _, columns = np.nonzero(pixels > 200)
    middle = np.nonzero(pixels[:, (columns.min() + columns.max()) // 2] > 200)[0].mean()
    assert abs(middle - 180) < 6, "10 stands in the middle of 1 and 100"
    with pytest.raises(InputError, match="choose another"):
        thumbnail.plotted(go.Figure(go.Pie(values=[1])))


def test_a_thumbnail_leaves_out_lines_without_a_width():
    import plotly.graph_objects as go

    from zoo import thumbnail

    edge = go.Scatter(y=[1, 2, 3], mode="lines", line={"width": 0})
    assert len(thumbnail.plotted(go.Figure(edge)).getcolors(640 * 360)) == 1


def test_a_thumbnail_follows_reversed_axes():
    import plotly.graph_objects as go

    from zoo import thumbnail

    plot = go.Figure(go.Heatmap(z=[[0.0, 0.0], [1.0, 1.0]]))
    up = np.asarray(thumbnail.plotted(plot), int).sum(axis=2)
    plot.update_layout(yaxis_autorange="reversed")
    down = np.asarray(thumbnail.plotted(plot), int).sum(axis=2)
    assert up[90].max() > up[270].max()  # the second row is the brighter one, and lies above the first
    assert down[90].max() < down[270].max()
