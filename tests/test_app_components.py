"""From the contract's kinds to gradio's components and back."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from zoo.app.components import (
    component_of,
    connect,
    extend,
    from_gradio,
    input_component,
    output_component,
    slider_step,
    to_gradio,
    to_gradio_input,
)
from zoo.app.numbers import format_number
from zoo.errors import InputError
from zoo.method import Action, Param, Result, Unit, action
from zoo.testing.samples import CUBE, clip, fading_clip, gradient, tone, wav
from zoo.testing.samples import picture as picture_bytes
from zoo.types import (
    KINDS,
    Audio,
    ColumnOf,
    Drawing,
    Figure,
    File,
    Graph,
    Image,
    Images,
    MarkedText,
    Mesh,
    Metrics,
    Pictures,
    Points,
    Spot,
    SpotOn,
    Table,
    Text,
    Video,
)


@dataclasses.dataclass(frozen=True)
class Nothing:
    """Nothing.

    Attributes:
        words: none.
    """

    words: str


class Wide:
    """Carries one input of every sort that a signature can spell."""

    @action(title="Take everything")
    def take(
        self,
        image: Image,
        sound: Audio,
        clip: Video,
        mesh: Mesh,
        table: Table,
        points: Points,
        drawing: Drawing,
        attachment: File,
        story: Text,
        line: str,
        album: Images,
        network: Graph,
        marks: MarkedText,
        place: Annotated[Spot, SpotOn("image")],
        column: Annotated[str, ColumnOf("table")],
        others: Annotated[tuple[str, ...], ColumnOf("table")] = ("a", "b"),
        mask: Image | None = None,
        label: Annotated[str, Field(max_length=40)] = "a label",
        steps: Annotated[int, Field(ge=1, le=8), Unit("steps")] = 2,
        ratio: Annotated[float, Field(ge=-1, le=1)] = 0.5,
        tenth: Annotated[float, Field(ge=0, le=1, multiple_of=0.1)] = 0.5,
        seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0,
        free: float = 1.5,
        style: Literal["calm", "stormy"] = "calm",
        width: Literal[8, 16] = 8,
        many: Literal["one", "two", "three", "four", "five"] = "three",
        mirror: bool = True,
    ) -> Nothing:
        """Take everything.

        Args:
            image: help for the picture.
            steps: help for the steps.
        """
        return Nothing("")


OWN = {kind: value for kind, value in KINDS.items() if value.__module__.startswith("zoo.types")}
PLAIN = {"int", "float", "bool", "choice", "str", "text"}
WIDE: Action = Wide.take.action
PARAMS: dict[str, Param] = {param.name: param for param in WIDE.params}


# ---------------------------------------------------------------------------------------------------------
# Inputs


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("image", gr.Image), ("sound", gr.Audio), ("clip", gr.Video), ("mesh", gr.File), ("table", gr.File),
        ("points", gr.File), ("drawing", gr.HTML), ("attachment", gr.File), ("story", gr.Textbox),
        ("line", gr.Textbox), ("mask", gr.Image), ("label", gr.Textbox), ("steps", gr.Slider),
        ("ratio", gr.Slider), ("tenth", gr.Slider), ("seed", gr.Number), ("free", gr.Number),
        ("style", gr.Radio), ("width", gr.Radio), ("many", gr.Dropdown), ("mirror", gr.Checkbox),
        ("album", gr.Gallery), ("network", gr.File), ("marks", gr.File), ("place", gr.HTML), ("column", gr.Dropdown),
        ("others", gr.Dropdown),
    ],
)  # fmt: skip
def test_an_input_has_its_component(name: str, component: type) -> None:
    made = input_component(PARAMS[name])
    assert isinstance(made, component)
    assert made.label.startswith(PARAMS[name].title)
    default = PARAMS[name].default
    if PARAMS[name].value_type is None and not PARAMS[name].required:
        assert made.value == (list(default) if isinstance(default, tuple) else default)


def test_every_kind_has_a_component_and_none_is_left_over() -> None:
    inputs = {kind for kind, value in OWN.items() if value.is_input}
    assert {param.kind for param in WIDE.params} == inputs | PLAIN | {"column", "columns"}
    for kind in {*OWN, *PLAIN}:
        assert component_of(Result("x", kind)) is component_of(Result("y", kind))
    with pytest.raises(TypeError, match="no component shows a thing"):
        component_of(Result("x", "thing"))


def test_a_kind_without_a_component_is_a_file(tmp_path: Path) -> None:
    class Token(Points):
        kind = "token"

    try:
        item = Param("the_token", "token", Token, value_type=Token)
        assert isinstance(input_component(item), gr.File)
        value = from_gradio(item, upload(tmp_path, "a.csv", b"1,2\n"))
        shown = to_gradio(Result("the_token", "token", "", Token), value, tmp_path)
        assert Path(shown).read_bytes() == value.encode()
    finally:
        del KINDS["token"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_is_shown_and_may_be_sent(kind: str, tmp_path: Path) -> None:
    value = KINDS[kind].sample()
    field = Result("the_field", kind, "", KINDS[kind])
    with gr.Blocks():
        made = output_component(field)
        extend(field, made, tmp_path)
    assert made.postprocess(to_gradio(field, value, tmp_path)) is not None


def test_labels_tell_units_and_what_may_be_left_out() -> None:
    assert input_component(PARAMS["steps"]).label == "Steps"  # whose unit is steps
    assert input_component(PARAMS["mask"]).label == "Mask, optional"
    assert input_component(PARAMS["steps"]).info == "help for the steps."


@pytest.mark.parametrize(
    ("help", "unit", "label"),
    [
        ("how far it goes.", "metres", "Reach (metres)"),
        ("metres that it goes.", "metres", "Reach"),
        ("how many kilometres it goes.", "metres", "Reach (metres)"),
        ("share of the rows that are kept.", "of the rows", "Reach"),
    ],
)
def test_a_unit_is_not_said_twice(help: str, unit: str, label: str) -> None:
    param = dataclasses.replace(PARAMS["steps"], name="reach", help=help, unit=unit)
    assert input_component(param).label == label


def test_bounds_become_the_sliders() -> None:
    steps, ratio, tenth = (input_component(PARAMS[name]) for name in ("steps", "ratio", "tenth"))
    assert (steps.minimum, steps.maximum, steps.step) == (1, 8, 1)
    assert (ratio.minimum, ratio.maximum, ratio.step) == (-1, 1, pytest.approx(0.02))
    assert tenth.step == pytest.approx(0.1)
    seed = input_component(PARAMS["seed"])
    assert (seed.minimum, seed.maximum, seed.precision) == (0, 2**31 - 1, 0)


def test_choices_keep_their_types() -> None:
    assert input_component(PARAMS["width"]).choices == [("8", 8), ("16", 16)]
    assert [value for _, value in input_component(PARAMS["many"]).choices] == list(PARAMS["many"].choices)


def test_texts_know_their_length_and_lines() -> None:
    assert input_component(PARAMS["label"]).max_length == 40
    story = input_component(PARAMS["story"])
    assert story.max_length == 20_000
    assert story.lines > 1
    assert input_component(PARAMS["line"]).lines == 1


def test_uploads_ask_for_files_that_the_value_opens() -> None:
    for suffix in input_component(PARAMS["mesh"]).file_types:
        assert suffix.lstrip(".").upper() in Mesh.accepts
    for name in ("table", "points"):
        assert {".csv", ".tsv", ".txt"} <= set(input_component(PARAMS[name]).file_types)
    assert ".xlsx" in input_component(PARAMS["table"]).file_types
    assert input_component(PARAMS["attachment"]).file_types is None


@given(st.floats(1e-6, 1e6))
def test_a_slider_has_about_a_hundred_round_steps(span: float) -> None:
    step = slider_step(span)
    assert 35 <= span / step <= 101
    digit = step / 10 ** np.floor(np.log10(step * 1.0001))
    assert np.isclose(digit, [1, 2, 5]).any()


# ---------------------------------------------------------------------------------------------------------
# From gradio


def upload(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """A file as gradio hands it over."""
    path = folder / "stored" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return {"path": str(path), "orig_name": name, "meta": {"_type": "gradio.FileData"}}


FILES: dict[str, tuple[str, bytes, type]] = {
    "image": ("a.png", picture_bytes(), Image),
    "sound": ("a.wav", wav(tone()), Audio),
    "clip": ("a.mp4", clip(fading_clip()), Video),
    "mesh": ("a.obj", CUBE, Mesh),
    "table": ("a.csv", b"a,b\n1,2\n", Table),
    "points": ("a.csv", b"x,y\n1,2\n", Points),
    "attachment": ("a b.bin", b"\x00\x01", File),
}


@pytest.mark.parametrize("name", FILES)
def test_an_upload_becomes_a_value(name: str, tmp_path: Path) -> None:
    file_name, data, kind = FILES[name]
    raw = upload(tmp_path, file_name, data)
    value = from_gradio(PARAMS[name], raw)
    assert type(value) is kind
    assert value.fingerprint() == kind.open(raw["path"]).fingerprint()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "raw", ["/etc/passwd", {}, {"path": None}, [], 3, True, {"url": "file:///etc/passwd"}], ids=str
)
def test_what_is_no_upload_is_refused(name: str, raw: Any) -> None:
    with pytest.raises(InputError, match=rf"^{PARAMS[name].title}: .*; send ") as refusal:
        from_gradio(PARAMS[name], raw)
    assert "/etc" not in str(refusal.value)


def test_the_name_that_a_visitor_gave_is_kept_without_folders(tmp_path: Path) -> None:
    raw = upload(tmp_path, "x.bin", b"x")
    for sent, kept in [("späte Post.txt", "späte Post.txt"), ("../../etc/x", "x"), ("/a/b/c.csv", "c.csv")]:
        assert from_gradio(PARAMS["attachment"], {**raw, "orig_name": sent}).name == kept


def test_a_drawing_comes_as_a_data_address() -> None:
    ink = np.zeros((20, 30), "f4")
    ink[5:9, 5:20] = 1
    data = "data:image/png;base64," + base64.b64encode(Drawing.of(ink).encode()).decode()
    np.testing.assert_array_equal(from_gradio(PARAMS["drawing"], data).ink, ink)


@pytest.mark.parametrize(
    "raw",
    ["/etc/passwd", "data:image/png;base64,@@@", "data:image/png;base64,", "data:text/html;base64,aGk=",
     "data:image/png;base64," + "A" * 9_000_000, {"path": "/etc/passwd"}, 3, []],
    ids=lambda raw: str(raw)[:24],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(raw: Any) -> None:
    with pytest.raises(InputError, match=r"^Drawing: .*; send "):
        from_gradio(PARAMS["drawing"], raw)


def test_an_album_comes_as_the_page_sends_it_and_as_a_list_of_files(tmp_path: Path) -> None:
    files = [upload(tmp_path, name, picture_bytes()) for name in ("a.png", "b.png")]
    for raw in (files, [{"image": file, "caption": None} for file in files]):
        value = from_gradio(PARAMS["album"], raw)
        assert [picture.pixels.shape for picture in value.items] == [(8, 12, 3)] * 2
    assert from_gradio(PARAMS["album"], []) is None
    assert component_of(PARAMS["album"]).setting(raw) == ("a.png", "b.png")
    for bad in (
        "/etc/passwd",
        {"path": "/etc/passwd"},
        ["/etc/passwd"],
        [{"image": "/etc/passwd"}],
        [None],
        3,
    ):
        with pytest.raises(InputError, match=r"^Album: no files? w.*; send ") as refusal:
            from_gradio(PARAMS["album"], bad)
        assert "/etc" not in str(refusal.value)


def test_a_spot_comes_as_a_pair() -> None:
    assert from_gradio(PARAMS["place"], [3, 4.5]).plain() == [3, 4.5]
    assert from_gradio(PARAMS["place"], None) is None
    for bad in ("/etc/passwd", [1], {"x": 1}, [None, 1]):
        with pytest.raises(InputError, match=r"^Place: .*; send a spot on the picture"):
            from_gradio(PARAMS["place"], bad)


def test_columns_are_offered_as_soon_as_there_is_a_table(tmp_path: Path) -> None:
    with gr.Blocks() as page:
        inputs = [input_component(param) for param in WIDE.params]
        connect(WIDE.params, inputs)
    by_name = dict(zip(PARAMS, inputs, strict=True))
    table, offers = upload(tmp_path, "a.csv", b"a,b,c\n1,2,3\n"), {}
    for function in page.fns.values():
        if function.fn is not None:
            (target,) = function.outputs
            offers[next(name for name, one in by_name.items() if one is target)] = function.fn
    assert set(offers) == {"column", "others"}
    assert offers["column"](table, "b")["choices"] == ["a", "b", "c"]
    assert "value" not in offers["column"](table, None), "so that what was typed stays"
    assert offers["column"](table, "b")["value"] == "b"
    assert offers["column"](table, "gone")["value"] is None
    assert offers["others"](table, ["a", "gone"])["value"] == ["a"]
    for broken in (None, upload(tmp_path, "b.csv", b""), {"path": "/etc/passwd-not-here"}):
        assert offers["column"](broken, "b")["choices"] == []


def test_nothing_means_the_default_or_missing() -> None:
    assert from_gradio(PARAMS["mask"], None) is None
    assert from_gradio(PARAMS["image"], None) is None
    assert from_gradio(PARAMS["drawing"], "") is None, "which is what an empty canvas sends"
    assert from_gradio(PARAMS["steps"], None) == 2
    assert from_gradio(PARAMS["label"], None) == "a label"
    assert from_gradio(PARAMS["line"], None) is None, "so that the contract says that it is missing"


def test_plain_values_pass_as_they_are() -> None:
    for name, raw in [("steps", 3), ("ratio", "x"), ("mirror", False), ("line", "/etc/passwd"), ("width", 8)]:
        assert from_gradio(PARAMS[name], raw) == raw


def test_an_example_is_shown_as_its_component_takes_it(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    path = tmp_path / "d.png"
    path.write_bytes(Drawing.of(np.eye(9, dtype="f4")).encode())
    shown = to_gradio_input(PARAMS["drawing"], str(path), tmp_path)
    np.testing.assert_array_equal(from_gradio(PARAMS["drawing"], shown).ink, np.eye(9))
    copy = Path(to_gradio_input(PARAMS["image"], str(path), tmp_path / "served"))
    assert copy.read_bytes() == path.read_bytes()
    assert tmp_path / "served" in copy.parents
    assert copy.name == "d.png"
    assert to_gradio_input(PARAMS["steps"], 4, tmp_path) == 4
    assert to_gradio_input(PARAMS["drawing"], None, tmp_path) is None


# ---------------------------------------------------------------------------------------------------------
# To gradio


def result(kind: type) -> Result:
    return Result("the_field", kind.kind, "", kind)


def test_pictures_and_drawings_are_shown_pixel_by_pixel(tmp_path: Path) -> None:
    shown = to_gradio(result(Image), Image(gradient()), tmp_path)
    np.testing.assert_array_equal(Image.open(shown).pixels, gradient())
    drawing = Drawing.of(np.linspace(0, 1, 256, dtype="f4").reshape(16, 16))
    shown = to_gradio(result(Drawing), drawing, tmp_path)
    np.testing.assert_array_equal(Image.open(shown).pixels, Image.decode(drawing.encode()).pixels)


def test_equal_pictures_never_share_a_file(tmp_path: Path) -> None:
    """One visitor's answer may be on its way while another's equal one is written."""
    first, second = (to_gradio(result(Image), Image(gradient()), tmp_path) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    "value",
    [Audio.of((8000, tone())), Mesh.of((np.eye(3), np.array([[0, 1, 2]]))), Points.of([[1.0, 2.0]]),
     Video.of((fading_clip(), 5.0)), Image(gradient()), Drawing.of(np.eye(8, dtype="f4"))],
    ids=lambda value: value.kind,
)  # fmt: skip
def test_values_with_a_file_format_become_files(value: Any, tmp_path: Path) -> None:
    path = Path(to_gradio(result(type(value)), value, tmp_path))
    assert path.name == f"the_field{value.suffix}"
    assert tmp_path in path.parents
    assert path.read_bytes() == value.encode()


@pytest.mark.parametrize("name", ["a.csv", "späte Post.txt", "../../a.csv", "/etc/a.csv", "", "..", "."])
def test_a_file_stays_in_its_folder_whatever_its_name(name: str, tmp_path: Path) -> None:
    path = Path(to_gradio(result(File), File(name, b"data"), tmp_path)).resolve()
    assert tmp_path in path.parents
    assert path.read_bytes() == b"data"
    assert name.endswith(path.name) or path.name in ("result", "file")


def test_a_table_keeps_every_digit(tmp_path: Path) -> None:
    frame = {"name": ["a", None], "value": [1 / 3, float("nan")], "<b>": ["<i>x</i>", "y"]}
    component = output_component(result(Table))
    sent = json.loads(
        component.postprocess(to_gradio(result(Table), Table.of(frame), tmp_path)).model_dump_json()
    )
    assert sent["headers"] == list(frame)
    assert sent["data"][0] == ["a", 1 / 3, "<i>x</i>"]
    assert sent["data"][1][1] is None
    assert sent["metadata"]["display_value"][0][1] == "0.3333"


def test_a_table_with_two_columns_of_one_name_is_shown(tmp_path: Path) -> None:
    import pandas

    frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    shown = to_gradio(result(Table), Table.of(frame), tmp_path)
    assert output_component(result(Table)).postprocess(shown).data == [[1, 2]]


def test_metrics_carry_a_text_beside_the_number(tmp_path: Path) -> None:
    rows = to_gradio(
        result(Metrics), Metrics([("PSNR", 31.23456, "dB"), ("size", 123456, "bytes")]), tmp_path
    )
    assert rows == [
        {"name": "PSNR", "value": 31.23456, "unit": "dB", "text": "31.23"},
        {"name": "size", "value": 123456, "unit": "bytes", "text": "123\u2009456"},
    ]


def test_pictures_become_lossless_files_with_their_captions(tmp_path: Path) -> None:
    names = ["JPEG 2000\n31 dB", "../../<b>", "é"]
    pictures = [Image(gradient() // (1 + number)) for number in range(3)]
    shown = to_gradio(result(Pictures), Pictures(tuple(zip(names, pictures, strict=True))), tmp_path)
    assert [one["caption"] for one in shown] == names
    assert [(one["width"], one["height"]) for one in shown] == [(12, 8)] * 3
    for one, picture in zip(shown, pictures, strict=True):
        path = Path(one["picture"]["path"])
        assert tmp_path in path.resolve().parents
        np.testing.assert_array_equal(Image.open(path).pixels, picture.pixels)
    assert [Path(one["picture"]["path"]).name for one in shown] == ["jpeg-2000.png", "b.png", "picture.png"]


@pytest.mark.parametrize("kind", ["metrics", "pictures"])
def test_a_template_runs_nothing_that_a_text_holds(kind: str) -> None:
    """Gradio reads a template as Handlebars and then as a JavaScript string."""
    text = "${alert(1)} {{value}} `+alert(1)+` \\ <b>"
    made = output_component(Result("the_field", kind, text, KINDS[kind]))
    for sign in ("${", "{{value}}", "`+", "\\", "<b>"):
        assert sign not in made.html_template


def test_a_graph_carries_itself_in_its_plot(tmp_path: Path) -> None:
    graph = Graph.of({"nodes": ["<b>a</b>", "b"], "edges": [[0, 1]], "values": [1, 2]})
    plot = to_gradio(result(Graph), graph, tmp_path)
    assert (
        Graph.of(json.loads(plot.to_json())["layout"]["meta"]["graph"]).fingerprint() == graph.fingerprint()
    )
    assert "<b>" not in plot.data[1].text[0]
    with gr.Blocks() as page:
        made = output_component(result(Graph))
        extend(result(Graph), made, tmp_path)
    (prepare,) = [function.fn for function in page.fns.values()]
    files = [Path(button["value"]) for button in prepare({"type": "plotly", "plot": plot.to_json()})]
    assert [path.name for path in files] == ["the_field.graphml", "the_field.json"]
    for path in files:
        assert Graph.open(path).fingerprint() == graph.fingerprint()
    assert [button["visible"] for button in prepare({"plot": '{"layout": {"meta": {"graph": {}}}}'})] == [
        False
    ] * 2
    assert [button["visible"] for button in prepare(None)] == [False] * 2


def test_a_figure_is_themed_without_a_change_to_the_original(tmp_path: Path) -> None:
    import plotly.graph_objects as go

    plot = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), layout={"title": "T", "margin": {"l": 99}})
    before = plot.to_json()
    shown = to_gradio(result(Figure), Figure(plot), tmp_path)
    assert plot.to_json() == before
    assert shown.data == plot.data
    assert shown.layout.title.text == "T"
    assert shown.layout.margin.l == 99
    assert shown.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_a_figure_with_frames_keeps_them(tmp_path: Path) -> None:
    import plotly.graph_objects as go

    plot = go.Figure(go.Scatter(y=[1]), frames=[go.Frame(data=[go.Scatter(y=[2])], name="two")])
    assert to_gradio(result(Figure), Figure(plot), tmp_path).frames == plot.frames


@pytest.mark.parametrize("value", [3, 2.5, True, "words", None])
def test_plain_results_pass_as_they_are(value: Any, tmp_path: Path) -> None:
    assert to_gradio(Result("x", "str"), value, tmp_path) is value


def test_every_result_has_a_component_that_nobody_types_into() -> None:
    for kind in {*KINDS, *PLAIN} - {"file"}:  # a button for downloading is there to be pressed
        made = output_component(Result("the_field", kind, "", KINDS.get(kind)))
        assert getattr(made, "interactive", None) in (False, None), kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), (12345, "12\u2009345"), (-12345, "-12\u2009345"), (0, "0"), (0.0, "0"), (1 / 3, "0.3333"),
        (31.23456, "31.23"), (9999.4, "9999"), (12345.6, "12\u2009346"), (1e-7, "1e-07"),
        (float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf"), (True, "True"), ("words", "words"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_reading(value: Any, text: str) -> None:
    assert format_number(value) == text
