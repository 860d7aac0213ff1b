"""Python, command line, HTTP and MCP give the same answer, and the same sentence where there is none."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import functools
import io
import json
import math
import re
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from app_server import KINDS, PATIENCE, App
from own_methods import KIND, TROUBLE, real

from zoo import cli, registry
from zoo.app.compare import comparisons
from zoo.errors import InputError
from zoo.method import Action, Param, Result
from zoo.registry import Entry
from zoo.testing import battery
from zoo.types import KINDS as VALUES
from zoo.types import Drawing, Figure, Graph, Image, MarkedText, Spot, Value

pytest_plugins = ["app_server"]

EXAMPLES = KINDS / "zoo_method_app_kinds" / "examples"

MEDIA_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".wav": "audio/wav", ".mp3": "audio/mpeg",
    ".mp4": "video/mp4", ".obj": "model/obj", ".stl": "model/stl", ".glb": "model/gltf-binary",
    ".nc": "application/octet-stream", ".vcinr": "application/octet-stream",
    ".csv": "text/csv", ".graphml": "application/graphml+xml",
    ".notes": "text/plain", ".txt": "text/plain", ".safetensors": "application/octet-stream",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""Where a file is sent as a data address, its media type is all that the receiver learns of its name."""


@dataclasses.dataclass(frozen=True)
class Case:
    """An action with the inputs of its first example."""

    entry: Entry
    name: str

    @property
    def action(self) -> Action:
        return self.entry.method.actions()[self.name]

    @property
    def inputs(self) -> dict[str, Any]:
        given = self.entry.method.example(self.action, 0) if self.action.examples else {}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def api_name(self) -> str:
        return f"{self.entry.slug}_{self.name}".replace("-", "_")

    def param(self, name: str) -> Param:
        return next(param for param in self.action.params if param.name == name)

    def __str__(self) -> str:
        return f"{self.entry.slug}.{self.name}"


CASES = [Case(KIND, name) for name in KIND.method.actions()]
"""What an outlet does with each shape of value is tested on the tests' own method, which has them all."""
REAL = [Case(entry, next(iter(entry.method.actions()))) for entry in real().values() if not entry.error]
"""The first action of every real method."""


# ---------------------------------------------------------------------------------------------------------
# Four ways to ask


class Refused(Exception):
    """What an outlet says when it cannot answer."""


def data_address(path: str | Path) -> str:
    """A file's bytes as a ``data:`` address."""
    path = Path(path)
    return f"data:{MEDIA_TYPES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def ask_python(app: App, case: Case, inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    try:
        result = case.entry.method().run(case.name, **inputs)
    except InputError as error:
        raise Refused(str(error)) from error
    return {field.name: plain_value(field, getattr(result, field.name)) for field in case.action.results}


def ask_command(app: App, case: Case, inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """In this process, which saves importing everything for every question."""
    out, err = io.StringIO(), io.StringIO()
    known = {**registry.entries(), **{entry.slug: entry for entry in (KIND, TROUBLE)}}
    with (
        mock.patch.object(registry, "entries", return_value=known),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = cli.main(command_words(case, inputs, folder))
    return read_command(case, code, out.getvalue(), err.getvalue())


def ask_command_itself(app: App, case: Case, inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """``python -m zoo.cli`` in a process of its own."""
    done = app.command(*command_words(case, inputs, folder), folder=folder)
    return read_command(case, done.returncode, done.stdout, done.stderr)


def command_words(case: Case, inputs: dict[str, Any], folder: Path) -> list[str]:
    words = ["run", f"{case.entry.slug}.{case.name.replace('_', '-')}", "--json", "--out", str(folder)]
    for name, value in inputs.items():
        words += [f"--{name.replace('_', '-')}", *case.param(name).words(value)]
    return words


def read_command(case: Case, code: int, out: str, err: str) -> dict[str, Any]:
    if code:
        assert code == 1, err
        assert out == ""
        (line,) = err.splitlines()
        raise Refused(line.removeprefix("zoo: "))
    said = json.loads(out)
    return {field.name: from_command(field, said[field.name]) for field in case.action.results}


def ask_http(app: App, case: Case, inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    sent = {}
    for name, value in inputs.items():
        kind = case.param(name).kind
        if kind == "drawing":
            value = data_address(value)
        elif case.param(name).is_file and value is not None:
            several = isinstance(value, list)
            value = [handle_file(str(one)) for one in value] if several else handle_file(str(value))
        sent[name] = value
    try:
        answer = client(app).predict(api_name=f"/{case.api_name}", **sent)
    except AppError as error:
        raise Refused(str(error)) from error
    fields = case.action.results
    parts = [answer] if len(fields) == 1 else answer
    return {field.name: from_http(field, part) for field, part in zip(fields, parts, strict=True)}


@functools.cache
def client(app: App) -> Any:
    """A client that is kept, since opening one costs a second."""
    return app.client(Path(tempfile.mkdtemp(dir=app.temporary)))


def ask_mcp(app: App, case: Case, inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    sent = {}
    for name, value in inputs.items():
        if case.param(name).is_file:
            value = [data_address(one) for one in value] if isinstance(value, list) else data_address(value)
        sent[name] = value
    contents = call_tool(app, case.api_name, sent)
    return {field.name: from_mcp(app, field, contents) for field in case.action.results}


def call_tool(app: App, tool: str, sent: dict[str, Any], told: list[Any] | None = None) -> list[Any]:
    """The contents that a tool answers with; with ``told``, progress is asked for and collected."""

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)  # type: ignore[union-attr]

    async def ask(session: Any) -> Any:
        return await session.call_tool(tool, sent, progress_callback=None if told is None else hear)

    answer = in_session(app, ask)
    if answer.isError:
        (content,) = answer.content
        raise Refused(content.text)
    return list(answer.content)


def in_session(app: App, ask: Callable[[Any], Any]) -> Any:
    """What ``ask`` makes of an open MCP session."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> Any:
        async with (
            streamable_http_client(app.url + "gradio_api/mcp/") as (read, write, *_),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await ask(session)

    return asyncio.run(asyncio.wait_for(talk(), PATIENCE))


OUTLETS: dict[str, Callable[..., dict[str, Any]]] = {
    "command": ask_command,
    "http": ask_http,
    "mcp": ask_mcp,
}


# ---------------------------------------------------------------------------------------------------------
# One plain form for every answer


def plain_value(field: Result, value: Any) -> Any:
    """A field of a result as plain numbers, texts and bytes; lossy files are read back."""
    if not isinstance(value, Value):
        return value
    if field.kind == "file":
        return Path(value.name).name, value.data  # type: ignore[attr-defined]
    if field.kind == "figure":
        return plain_figure(value.plot.to_plotly_json())  # type: ignore[attr-defined]
    if field.kind == "metrics":
        return plain_metrics(value.records())  # type: ignore[attr-defined]
    if field.kind == "table":
        frame = value.frame  # type: ignore[attr-defined]
        return list(frame.columns), [[plain(cell) for cell in row] for row in frame.to_numpy(object).tolist()]
    if field.kind == "images":
        return [picture.pixels for picture in value.items]  # type: ignore[attr-defined]
    return plain_bytes(field, value.encode())


def plain_bytes(field: Result, data: bytes) -> Any:
    """The arrays in a file of a picture, drawing, sound, clip, mesh or points."""
    if field.kind in ("image", "drawing", "pictures"):
        return Image.decode(data).pixels
    if field.kind == "mesh":
        import trimesh

        mesh = trimesh.load_mesh(io.BytesIO(data), file_type="glb", process=False)
        return np.array(mesh.vertices), np.array(mesh.faces)
    value = field.value_type.decode(data)  # type: ignore[union-attr]
    if field.kind == "images":
        return plain_value(field, value)
    return tuple(getattr(value, one.name) for one in dataclasses.fields(value))


def plain_figure(figure: dict[str, Any]) -> Any:
    """Traces, frames and titles; the app sets the rest of the layout to its own taste."""
    figure = plain(figure)
    layout = figure.get("layout", {})
    titles = {
        name: part.get("title", {}).get("text")
        for name, part in layout.items()
        if name.startswith(("xaxis", "yaxis")) and isinstance(part, dict)
    }
    return {
        "data": figure["data"],
        "frames": figure.get("frames", []),
        "title": layout.get("title", {}).get("text"),
        "titles": titles,
    }


def plain(value: Any) -> Any:
    """Arrays as lists, also those that plotly packs; NaN as None."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        shape = [int(one) for one in str(value.get("shape", "-1")).split(",")]
        return plain(array.reshape(shape))
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str | int | float):
        return value
    return str(value)


def plain_metrics(records: list[dict[str, Any]]) -> Any:
    """Rows, but for those that a clock decides."""
    return [[row["name"], row["value"], row["unit"]] for row in records if row["unit"] not in ("s", "ms")]


def from_command(field: Result, said: Any) -> Any:
    if field.value_type is None or said is None:
        return said
    if field.kind == "metrics":
        return plain_metrics(said)
    if field.kind == "spot":
        return plain_value(field, Spot.of(said))
    path = Path(said["file"])
    if field.kind == "file":
        return path.name, path.read_bytes()
    if field.kind == "figure":
        return plain_figure(Figure.open(path).plot.to_plotly_json())
    if field.kind == "table":
        return path.read_bytes()
    return plain_bytes(field, path.read_bytes())


def from_http(field: Result, said: Any) -> Any:
    if field.value_type is None or said is None:
        return said
    if field.kind == "metrics":
        return plain_metrics(said)
    if field.kind == "figure":
        assert said["type"] == "plotly"
        return plain_figure(json.loads(said["plot"]))
    if field.kind == "table":
        return said["headers"], plain(said["data"])
    if field.kind == "pictures":
        return np.concatenate([Image.open(one["picture"]).pixels for one in said], axis=1)
    if field.kind == "images":
        return [Image.open(one["image"]).pixels for one in said]
    if field.kind == "graph":
        return plain_value(field, Graph.of(json.loads(said["plot"])["layout"]["meta"]["graph"]))
    if field.kind == "marked":
        return plain_value(field, MarkedText.of(said))
    if field.kind in ("spot", "melody"):
        return from_words(field, said)
    path = Path(said)
    return (path.name, path.read_bytes()) if field.kind == "file" else plain_bytes(field, path.read_bytes())


def from_words(field: Result, said: str) -> Any:
    """A value that its component shows as a line."""
    value = Spot.of(said) if field.kind == "spot" else VALUES[field.kind].decode(said.encode())
    return plain_value(field, value)


def from_mcp(app: App, field: Result, contents: list[Any]) -> Any:
    """Take a field's share off the front of a tool's contents."""
    if field.kind == "pictures":
        return np.concatenate([pixels for _, pixels in captioned_pictures(app, contents)], axis=1)
    if field.kind == "images":
        return [pixels for _, pixels in captioned_pictures(app, contents)]
    content = contents.pop(0)
    if content.type == "image":
        note = contents.pop(0)
        assert note.text.startswith("Image URL: " + app.url)
        pixels = Image.decode(base64.b64decode(content.data)).pixels
        kept = fetch(app, note.text.removeprefix("Image URL: "))
        np.testing.assert_array_equal(Image.decode(kept).pixels, pixels)
        return (Path(note.text).name, kept) if field.kind == "file" else pixels
    assert content.type == "text"
    if field.optional and content.text == "None":
        return None
    assert field.kind not in ("image", "drawing"), "a picture came as words"
    if field.value_type is None:
        return {"bool": lambda text: text == "True", "int": int, "float": float}.get(field.kind, str)(
            content.text
        )
    if field.kind in ("spot", "melody"):
        return from_words(field, content.text)
    if field.kind in ("metrics", "figure", "table", "graph", "marked"):
        return from_http(field, json.loads(content.text))
    data = fetch(app, content.text)
    return (Path(content.text).name, data) if field.kind == "file" else plain_bytes(field, data)


def captioned_pictures(app: App, contents: list[Any]) -> list[tuple[str, np.ndarray]]:
    """Take captions and pictures off the front of a tool's contents, until another thing comes."""
    taken = []
    while len(contents) > 1 and contents[1].type == "image":
        said = json.loads(contents.pop(0).text)
        taken.append((said["caption"], from_mcp(app, Result("picture", "image"), contents)))
    return taken


def fetch(app: App, address: str) -> bytes:
    assert address.startswith(app.url)
    answer = app.get(address.removeprefix(app.url))
    assert answer.status_code == 200
    return answer.content


def assert_same(got: Any, wanted: Any, where: str = "result") -> None:
    """Two plain forms agree: texts and whole numbers exactly, others to 1e-6."""
    if isinstance(wanted, np.ndarray):
        assert got.shape == wanted.shape, where
        assert got.dtype == wanted.dtype, where
        np.testing.assert_allclose(got, wanted, rtol=0 if wanted.dtype.kind == "u" else 1e-6, err_msg=where)
    elif isinstance(wanted, dict):
        assert sorted(got) == sorted(wanted), where
        for name in wanted:
            assert_same(got[name], wanted[name], f"{where}.{name}")
    elif isinstance(wanted, list | tuple):
        assert len(got) == len(wanted), where
        for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
            assert_same(one, other, f"{where}[{index}]")
    elif isinstance(wanted, float):
        assert got == pytest.approx(wanted, rel=1e-6, abs=1e-9), where
    else:
        assert got == wanted, where


@functools.cache
def answer_in_python(case: Case) -> dict[str, Any]:
    """The answer that the other outlets are held against; that of a run which other tests share."""
    result = battery.kept(battery.Case(case.entry, case.name)).result
    return {field.name: plain_value(field, getattr(result, field.name)) for field in case.action.results}


@pytest.mark.parametrize("outlet", OUTLETS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_outlet_gives_the_answer_that_python_gives(
    app: App, case: Case, outlet: str, tmp_path: Path
) -> None:
    assert_answer(case, OUTLETS[outlet](app, case, case.inputs, tmp_path), outlet)


@pytest.mark.parametrize("case", REAL, ids=str)
def test_a_real_method_answers_over_http(app: App, case: Case, tmp_path: Path) -> None:
    assert_answer(case, ask_http(app, case, case.inputs, tmp_path), "http")


def test_the_command_in_a_process_of_its_own(app: App, tmp_path: Path) -> None:
    assert_answer(CASES[0], ask_command_itself(app, CASES[0], CASES[0].inputs, tmp_path), "command")


def assert_answer(case: Case, got: dict[str, Any], outlet: str) -> None:
    for field in case.action.results:
        wanted = answer_in_python(case)[field.name]
        if field.kind == "table" and outlet == "command":
            wanted = table_file(case, field)
        elif field.kind == "file" and outlet == "command" and wanted is not None:
            assert got[field.name][0].endswith(wanted[0])  # in one folder, two of one name have to differ
            wanted = got[field.name][0], wanted[1]
        assert_same(got[field.name], wanted, field.name)


def table_file(case: Case, field: Result) -> bytes:
    """The CSV file of a table, which says more than its cells read back."""
    return getattr(battery.kept(battery.Case(case.entry, case.name)).result, field.name).encode()


def input_shape(param: Param) -> tuple[Any, ...]:
    """All of an input that an outlet could treat in a way of its own."""
    bounds = (param.low is not None, param.high is not None, param.open_ends, param.step is not None)
    presence = "required" if param.required else "optional" if param.optional else "with a default"
    return (
        param.kind,
        presence,
        *bounds,
        bool(param.unit),
        *sorted({type(one).__name__ for one in param.choices}),
    )


def result_shapes(action: Action, field: Result) -> set[tuple[Any, ...]]:
    """All of a result that an outlet could treat in a way of its own; none looks at both parts at once."""
    return {(field.kind, "may be missing" if field.optional else "is there")} | {
        (field.kind, "one of many" if action.streams else "alone")
    }


def shapes(entries: Iterable[Entry]) -> dict[str, set[tuple[Any, ...]]]:
    actions = [action for entry in entries for action in entry.method.actions().values()]
    return {
        "inputs": {input_shape(param) for action in actions for param in action.params},
        "results": {
            shape for action in actions for field in action.results for shape in result_shapes(action, field)
        },
    }


@pytest.mark.parametrize("what", ["inputs", "results"])
def test_every_shape_that_a_real_method_has_is_among_the_cases(what: str) -> None:
    """Else an outlet might fail on a method that is tested over HTTP by one example alone."""
    working = [entry for entry in real().values() if not entry.error]
    assert shapes(working)[what] - shapes([KIND])[what] == set()


def test_every_kind_of_value_is_among_the_cases() -> None:
    """What no method uses yet is still tested, on the tests' own."""
    taken = {param.kind for case in CASES for param in case.action.params}
    given = {field.kind for case in CASES for field in case.action.results}
    plain = {"int", "float", "bool", "choice", "str"}
    own = {kind for kind, value in VALUES.items() if value.__module__.startswith("zoo.types")}
    # A marked text is a result; that one can be sent too needs no method of its own.
    assert taken >= {kind for kind in own if VALUES[kind].is_input} - {"marked"} | plain | {
        "text",
        "column",
        "columns",
    }
    assert given >= own | plain
    assert any(case.action.streams for case in CASES)


# ---------------------------------------------------------------------------------------------------------
# The repairs of gradio's MCP server


@pytest.mark.parametrize("with_token", [False, True], ids=["no-token", "token"])
def test_a_tool_returns_pictures_as_pictures_and_numbers_as_json(app: App, with_token: bool) -> None:
    told: list[Any] | None = [] if with_token else None
    sent = {"image": data_address(EXAMPLES / "picture.png"), "quarters": 2}
    contents = call_tool(app, "app_kinds_turn_picture", sent, told)
    assert [content.type for content in contents] == ["image", "text", "text", "text", "text"]
    picture = Image.decode(base64.b64decode(contents[0].data)).pixels
    np.testing.assert_array_equal(picture, Image.open(EXAMPLES / "picture.png").pixels[::-1, ::-1])
    assert json.loads(contents[2].text)["type"] == "plotly"
    assert [row["name"] for row in json.loads(contents[3].text)] == ["width", "mean", "took"]
    assert told is None or told


def test_pictures_keep_their_captions_in_every_outlet(app: App, tmp_path: Path) -> None:
    wanted = [("1/1 <b>level</b>", 0), ("1/2 <b>level</b>", 1)]
    path = EXAMPLES / "picture.png"
    contents = call_tool(app, "app_kinds_compare_levels", {"image": data_address(path)})
    assert contents.pop().text == "", "nothing was to be decided when the picture was read"
    for (caption, pixels), (name, place) in zip(captioned_pictures(app, contents), wanted, strict=True):
        assert caption.splitlines()[0] == name
        np.testing.assert_array_equal(pixels, Image.open(path).pixels // (1 + place))
    from gradio_client import handle_file

    said, read_as = app.client(tmp_path).predict(
        image=handle_file(str(path)), api_name="/app_kinds_compare_levels"
    )
    assert read_as == ""
    assert [one["caption"].splitlines()[0] for one in said] == [name for name, _ in wanted]
    assert all(tmp_path in Path(one["picture"]).parents for one in said), "the client fetches the files"


@pytest.mark.parametrize("with_token", [False, True], ids=["no-token", "token"])
def test_a_streaming_tool_returns_its_last_result(app: App, with_token: bool) -> None:
    contents = call_tool(app, "app_kinds_count", {"steps": 5}, [] if with_token else None)
    assert json.loads(contents[0].text)[0]["value"] == 5
    assert Image.decode(base64.b64decode(contents[1].data)).pixels[0, :, 0].tolist() == [255] * 5 + [0] * 4


def test_tools_tell_inputs_bounds_and_defaults(app: App) -> None:
    async def ask(session: Any) -> Any:
        return (await session.list_tools()).tools

    tools = {tool.name: tool for tool in in_session(app, ask)}
    tool = tools["app_kinds_turn_picture"]
    assert tool.description.startswith("Turn a picture by quarters.")
    said = tool.inputSchema["properties"]
    assert tool.inputSchema["required"] == ["image"]
    assert "the picture to turn" in said["image"]["description"]
    assert "from 0 to 3 quarter turns" in said["quarters"]["description"]
    assert said["channel"]["enum"] == ["all", "red", "green", "blue", "none"]
    assert set(said) == {param.name for param in KIND.method.actions()["turn_picture"].params}


FITTING = {
    "string": {"enum", "format", "minLength", "maxLength", "pattern"},
    "integer": {"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems"},
}
FITTING["number"] = FITTING["integer"]


def assert_fits(schema: dict[str, Any], where: str) -> None:
    """A schema of an input holds only keywords that its type allows, and choices of that type."""
    kind = schema["type"]
    assert set(schema) - {"type", "title", "description", "default"} <= FITTING[kind], (where, schema)
    whole = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}[kind]
    assert all(isinstance(choice, whole) for choice in schema.get("enum", [])), (where, schema)
    if "items" in schema:
        assert_fits(schema["items"], where)


def test_every_tools_schema_is_one_that_strict_clients_take(app: App) -> None:
    from jsonschema import Draft202012Validator

    async def ask(session: Any) -> Any:
        return (await session.list_tools()).tools

    tools = in_session(app, ask)
    assert len(tools) > 40
    for tool in tools:
        Draft202012Validator.check_schema(tool.inputSchema)
        for name, part in tool.inputSchema["properties"].items():
            assert_fits(part, f"{tool.name}.{name}")


def test_results_can_be_handed_from_tool_to_tool(app: App, tmp_path: Path) -> None:
    """By MCP and by HTTP; what a server must not fetch for strangers gets a sentence."""
    from gradio_client import handle_file

    start = Image.open(EXAMPLES / "picture.png").pixels
    contents = call_tool(
        app, "app_kinds_turn_picture", {"image": data_address(EXAMPLES / "picture.png"), "quarters": 1}
    )
    address = contents[1].text.removeprefix("Image URL: ")
    assert address.startswith(app.url)
    again = call_tool(app, "app_kinds_turn_picture", {"image": address, "quarters": 1})
    np.testing.assert_array_equal(Image.decode(base64.b64decode(again[0].data)).pixels, np.rot90(start, 2))
    answer = client(app).predict(image=handle_file(address), quarters=3, api_name="/app_kinds_turn_picture")
    np.testing.assert_array_equal(Image.open(answer[0]).pixels, start)
    foreign = [f"{app.url}gradio_api/file=/etc/passwd", f"{app.url}zoo/health", "http://192.168.0.1/a.png"]
    for closed in foreign:
        with pytest.raises(Refused, match="The file cannot be fetched from its address; send an upload,"):
            call_tool(app, "app_kinds_turn_picture", {"image": closed})


@pytest.mark.parametrize(
    "data", [[], [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}], [{"url": 3}] * 90], ids=str
)
def test_a_request_that_fits_nothing_gets_a_sentence(app: App, data: list[Any]) -> None:
    said = post(app, "app_kinds_copy_file", data)
    assert "event: complete" not in said
    assert '{"error": null}' not in said
    assert re.search(r"[a-z]{3,} [a-z]{2,} .*\.", said), said


def test_results_are_named_and_described_by_the_contract(app: App) -> None:
    endpoints = app.get("gradio_api/info").json()["named_endpoints"]
    methods = {
        KIND.slug: KIND.method,
        **{slug: entry.method for slug, entry in real().items() if not entry.error},
    }
    for slug, method in [*methods.items(), ("compare", comparisons())]:
        for name, action in method.actions().items():
            told = endpoints[f"/{slug}_{name}".replace("-", "_")]
            assert [part["label"] for part in told["returns"]] == [field.name for field in action.results]
            assert [part["label"] for part in told["parameters"]] == [param.name for param in action.params]
            words = json.dumps([told["returns"], told["parameters"]]).replace("gradio.FileData", "")
            assert not re.search(r"gradio|Html\b|<p>", words, re.IGNORECASE), words
            assert all(part["python_type"]["description"] for part in (*told["returns"], *told["parameters"]))


# ---------------------------------------------------------------------------------------------------------
# Bad input


def words(folder: Path) -> Path:
    path = folder / "words.png"
    path.write_text("These are words, and nothing but words.")
    return path


def blank(folder: Path) -> Path:
    path = folder / "blank.csv"
    path.write_text("  \n")
    return path


def table(folder: Path) -> Path:
    return EXAMPLES / "table.csv"


def picture(folder: Path) -> Path:
    return EXAMPLES / "picture.png"


BAD: dict[str, tuple[Entry, str, dict[str, Any]]] = {
    "out of bounds": (KIND, "turn_picture", {"image": picture, "quarters": 7}),
    "no whole number": (KIND, "turn_picture", {"image": picture, "seed": 1.5}),
    "no number": (KIND, "turn_picture", {"image": picture, "gain": "fast"}),
    "no choice": (KIND, "turn_picture", {"image": picture, "channel": "mauve"}),
    "no number among the choices": (KIND, "turn_picture", {"image": picture, "border": 5}),
    "long line": (KIND, "turn_picture", {"image": picture, "name": "n" * 21}),
    "long text": (KIND, "read_text", {"story": "word " * 4001}),
    "words as a picture": (KIND, "turn_picture", {"image": words}),
    "words as an optional picture": (KIND, "turn_picture", {"image": picture, "mask": words}),
    "words as a drawing": (KIND, "mirror_drawing", {"drawing": words}),
    "a blank table": (KIND, "sort_table", {"table": blank}),
    "a blank list of points": (KIND, "move_points", {"points": blank}),
    "a picture as a sound": (KIND, "reverse_sound", {"sound": picture}),
    "a picture as a clip": (KIND, "rewind_clip", {"clip": words}),
    "a picture as a mesh": (KIND, "scale_mesh", {"mesh": picture}),
    "a blank graph": (KIND, "tie_knot", {"graph": blank}),
    "a picture as a melody": (KIND, "turn_melody", {"melody": picture}),
    "outside of the picture": (KIND, "point_at", {"image": picture, "spot": (16, 2)}),
    "no spot": (KIND, "point_at", {"image": picture, "spot": (1, 2, 3)}),
    "no such column": (KIND, "pick_columns", {"table": table, "label": "hight"}),
    "no such column among several": (
        KIND,
        "pick_columns",
        {"table": table, "label": "name", "numbers": ["x"]},
    ),
    "the method's own refusal": (TROUBLE, "fail", {"how": "refuse"}),
}


@pytest.mark.parametrize("outlet", OUTLETS)
@pytest.mark.parametrize("bad", BAD)
def test_bad_input_gets_the_same_sentence_in_every_outlet(
    app: App, bad: str, outlet: str, tmp_path: Path
) -> None:
    entry, name, inputs = BAD[bad]
    case = Case(entry, name)
    inputs = {key: str(value(tmp_path)) if callable(value) else value for key, value in inputs.items()}
    with pytest.raises(Refused) as wanted:
        ask_python(app, case, inputs, tmp_path)
    with pytest.raises(Refused) as got:
        OUTLETS[outlet](app, case, inputs, tmp_path)
    assert str(got.value) == str(wanted.value)
    assert str(tmp_path) not in str(got.value)


@pytest.mark.parametrize(("name", "missing"), [("turn_picture", "image"), ("read_text", "story")])
def test_a_missing_input_is_named_in_every_outlet(app: App, name: str, missing: str, tmp_path: Path) -> None:
    case = Case(KIND, name)
    with pytest.raises(Refused) as wanted:
        ask_python(app, case, {}, tmp_path)
    assert str(wanted.value).startswith(f"{missing.capitalize()} is missing; send ")
    with pytest.raises(Refused) as got:
        ask_command(app, case, {}, tmp_path)
    assert str(got.value) == str(wanted.value)
    with pytest.raises(Refused) as got:
        ask_http(app, case, {missing: None}, tmp_path)  # its client itself asks for required inputs
    assert str(got.value) == str(wanted.value)


# ---------------------------------------------------------------------------------------------------------
# Strangers and crowds


def post(app: App, tool: str, data: list[Any]) -> str:
    """What the HTTP endpoint says to a request that no client library has looked at."""
    import httpx

    begun = httpx.post(f"{app.url}gradio_api/call/{tool}", json={"data": data}, timeout=PATIENCE)
    if begun.status_code != 200:
        return begun.text
    return app.get(f"gradio_api/call/{tool}/{begun.json()['event_id']}").text


@pytest.mark.parametrize(
    "file",
    [
        {"path": "/etc/passwd"},
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": "/etc/passwd", "orig_name": "a.csv", "meta": {"_type": "gradio.FileData"}},
        {"path": "x", "url": "file:///etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": None, "url": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": "../../../../../../etc/passwd", "meta": {"_type": "gradio.FileData"}},
        [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
        {"video": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}},
        "/etc/passwd",
        "file:///etc/passwd",
    ],
    ids=str,
)
def test_a_path_of_the_server_is_never_read(app: App, file: Any) -> None:
    said = post(app, "app_kinds_copy_file", [file])
    assert "event: complete" not in said
    assert "root:" not in said
    assert "/etc" not in said
    assert "Traceback" not in said


def test_a_text_that_looks_like_a_path_stays_a_text(app: App, tmp_path: Path) -> None:
    for outlet in OUTLETS.values():
        answer = outlet(app, Case(KIND, "read_text"), {"story": "/etc/passwd"}, tmp_path)
        assert answer["text"] == "/ETC/PASSWD"


def test_files_of_the_server_cannot_be_fetched(app: App) -> None:
    for path in ("/etc/passwd", "app.py", "pyproject.toml", str(app.log)):
        assert app.get(f"gradio_api/file={path}").status_code in (403, 404)
    assert app.get("zoo/assets/../server.py").status_code == 404
    assert app.get("zoo/assets/%2e%2e/server.py").status_code == 404
    assert app.get("zoo/thumbs/no-such-method.webp").status_code == 404
    assert app.get("zoo/examples/app-kinds/turn_picture/99").status_code == 404
    assert app.get("zoo/examples/app-kinds/no_such_action/0").status_code == 404
    assert app.get("zoo/examples/app-kinds/turn_picture/0").content == (EXAMPLES / "picture.png").read_bytes()


@pytest.mark.parametrize("how", ["crash", "late", "missing"])
def test_a_crash_tells_a_number_and_the_next_request_is_unharmed(app: App, how: str, tmp_path: Path) -> None:
    """What only the host may read is in the log; the visitor gets one sentence."""
    case = Case(TROUBLE, "fail")
    for outlet in (ask_http, ask_mcp):
        with pytest.raises(Refused) as refusal:
            outlet(app, case, {"how": how}, tmp_path)
        said = str(refusal.value)
        assert "secret" not in said
        assert "Traceback" not in said
        assert len(said.splitlines()) == 1
        if how == "missing":
            assert "zoo_method_that_is_not_there" in said
        else:
            number = said.rstrip(".").rpartition(" ")[2]
            assert len(number) == 8
            assert number in app.log.read_text()
        answer = outlet(app, case, {"how": "not at all"}, tmp_path)
        assert answer["metrics"] == [["number", 1, ""]]


def test_refused_input_leaves_nothing_on_disk(app: App, tmp_path: Path) -> None:
    case = Case(KIND, "copy_file")
    ask_http(app, case, case.inputs, tmp_path)

    def results() -> set[Path]:
        """What was answered; uploads lie beside it, and gradio keeps both for a day."""
        return {path for path in (app.temporary / "gradio" / "results").rglob("*") if path.is_file()}

    before = results()
    assert before
    with pytest.raises(Refused):
        ask_http(app, Case(KIND, "reverse_sound"), {"sound": EXAMPLES / "points.csv"}, tmp_path)
    assert results() == before


def test_eight_clients_at_once_get_their_own_answers(app: App, tmp_path: Path) -> None:
    from gradio_client import handle_file

    pixels = Image.open(EXAMPLES / "picture.png").pixels
    everybody = threading.Barrier(8)

    def visit(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        own = app.client(folder)
        everybody.wait(PATIENCE)
        for turn in range(3):
            quarters, mirror = (number + turn) % 4, number >= 4
            inputs = {"quarters": quarters, "mirror": mirror, "name": f"n{number}"}
            answer = own.predict(
                handle_file(str(EXAMPLES / "picture.png")), **inputs, api_name="/app_kinds_turn_picture"
            )
            wanted = np.rot90(pixels, quarters)
            got = Image.open(answer[0]).pixels
            np.testing.assert_array_equal(got, wanted[:, ::-1] if mirror else wanted)
            assert answer[2][1]["name"] == f"n{number}"

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(visit, range(8)))


# ---------------------------------------------------------------------------------------------------------
# Third parties


def listed(app: App, folder: Path) -> dict[str, dict[str, Any]]:
    done = app.command("list", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return {row["slug"]: row for row in json.loads(done.stdout)}


def test_an_installed_distribution_appears_everywhere(app: App, tmp_path: Path) -> None:
    row = listed(app, tmp_path)["app-kinds"]
    assert row["distribution"] == "zoo-method-app-kinds"
    assert row["version"] == "0.3"
    assert "error" not in row
    assert 'href="./app-kinds"' in app.config("")["components"][0]["props"]["value"]
    page = json.dumps(app.config("app-kinds"))
    assert "zoo-method-app-kinds 0.3" in page
    names = set(app.get("gradio_api/info").json()["named_endpoints"])

    async def ask(session: Any) -> Any:
        return {tool.name for tool in (await session.list_tools()).tools}

    tools = in_session(app, ask)
    for slug, method in listed(app, tmp_path).items():
        for action in method["actions"]:
            name = f"{slug}_{action}".replace("-", "_")
            assert f"/{name}" in names
            assert name in tools
    actions = sum(len(row["actions"]) for row in listed(app, tmp_path).values())
    assert len(tools) == len(names) == actions + len(comparisons().actions())


def test_every_broken_method_has_a_page_that_says_so(app: App, tmp_path: Path) -> None:
    from markupsafe import escape

    rows = {slug: row for slug, row in listed(app, tmp_path).items() if "error" in row}
    assert {"raises", "exits", "no-class", "lacks-optional", "no-method", "no-licence"} <= set(rows)
    cards = app.config("")["components"][0]["props"]["value"]
    for slug, row in rows.items():
        (part,) = app.config(slug)["components"]
        assert escape(row["error"]) in part["props"]["value"], slug
        assert f"{row['distribution']} {row['version']}" in part["props"]["value"]
        assert "Traceback" not in row["error"]
        assert str(app.temporary.parent) not in row["error"]
        assert f'href="./{slug}"' in cards


def test_the_log_holds_no_stack_trace_of_a_visitors_mistake(app: App, tmp_path: Path) -> None:
    before = len(app.log.read_text())
    with pytest.raises(Refused):
        ask_http(app, Case(KIND, "turn_picture"), {"image": str(words(tmp_path))}, tmp_path)
    assert "Traceback" not in app.log.read_text()[before:]


def test_a_drawing_means_the_same_as_a_file_and_as_ink() -> None:
    """What the four outlets send as a drawing is one and the same."""
    path = EXAMPLES / "drawing.png"
    encoded = base64.b64decode(data_address(path).partition(",")[2])
    np.testing.assert_array_equal(Drawing.open(path).ink, Drawing.decode(encoded).ink)


def test_the_command_asks_which_of_several_actions(app: App, tmp_path: Path) -> None:
    done = app.command("run", "app-kinds", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("zoo: app-kinds has several actions; name one of ")
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------------------------------------------
# What was decided when a file was read


def test_every_outlet_says_how_a_file_was_read(app: App, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(";x;y\n0;1,5;2,5\n1;3;4\n2;5;6\n3;7;8\n")
    (case,) = [case for case in CASES if str(case) == "app-kinds.move_points"]
    for ask in (ask_python, ask_command, ask_http, ask_mcp):
        (tmp_path / ask.__name__).mkdir()
        answer = ask(app, case, {"points": path}, tmp_path / ask.__name__)
        assert answer["read_as"].startswith(
            "“;” between cells; the first column, without a name, counts the rows"
        )
        assert "decimal comma (as in “1,5”)" in answer["read_as"]
