"""From the contract's types to gradio's components, one row a kind.

Inputs reach us as gradio's raw JSON (``preprocess=False``), so that the contract alone decides what is
accepted and every outlet gives the same sentence. Gradio has already refused any path outside its uploads.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from zoo.action import Param, Result
from zoo.app.gradio_parts import cell_texts
from zoo.app.numbers import format_number
from zoo.app.scores import Scores
from zoo.app.scripts import on_load
from zoo.app.templates import render
from zoo.errors import InputError
from zoo.types import Audio, Drawing, File, Image, Mesh, Metrics, Pictures, Points, Table, Value, Video

SUFFIXES = {
    "table": [".csv", ".tsv", ".txt", ".xlsx"],
    "points": [".csv", ".tsv", ".txt"],
    "mesh": [".obj", ".ply", ".stl", ".off", ".glb"],
}


# ---------------------------------------------------------------------------------------------------------
# Inputs


def input_component(param: Param) -> gr.components.Component:
    """The component a visitor fills in for one input."""
    label = f"{param.title} ({param.unit})" if param.unit else param.title
    if param.optional:
        label += ", optional"
    return _INPUTS[param.kind](param, label)


def _number(param: Param, label: str) -> gr.components.Component:
    value = None if param.required else param.default
    whole = param.kind == "int"
    if (
        param.low is None or param.high is None or param.high - param.low > 10_000
    ):  # nobody finds one of two billion seeds on a slider
        return gr.Number(
            value, label=label, info=param.help, minimum=param.low, maximum=param.high,
            precision=0 if whole else None,
        )  # fmt: skip
    step = param.step or (1 if whole else slider_step(param.high - param.low))
    return gr.Slider(param.low, param.high, value, step=step, label=label, info=param.help)


def slider_step(span: float) -> float:
    """About a hundredth of the range, rounded to 1, 2 or 5 times a power of ten."""
    raw = span / 100
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= raw * 0.999)


def _choice(param: Param, label: str) -> gr.components.Component:
    value = None if param.required else param.default
    if len(param.choices) <= 4 and sum(len(str(one)) for one in param.choices) < 48:
        return gr.Radio(list(param.choices), value=value, label=label, info=param.help)
    return gr.Dropdown(list(param.choices), value=value, label=label, info=param.help)


def _upload(param: Param, label: str) -> gr.components.Component:
    return gr.File(label=label, file_types=SUFFIXES.get(param.kind), height=120)


def _canvas(param: Param, label: str) -> gr.components.Component:
    return gr.HTML(
        None,
        label=label,
        min_width=150,
        html_template=render("canvas", label=label),
        js_on_load=on_load("canvas"),
        apply_default_css=False,
    )


def _text(param: Param, label: str) -> gr.components.Component:
    value = "" if param.required or param.default is None else param.default
    return gr.Textbox(
        value, label=label, info=param.help, lines=4 if param.kind == "text" else 1,
        max_length=int(param.high) if param.high else 500,
    )  # fmt: skip


_INPUTS: dict[str, Callable[[Param, str], gr.components.Component]] = {
    "image": lambda param, label: gr.Image(
        label=label, type="filepath", image_mode=None, height=300, sources=["upload", "clipboard", "webcam"]
    ),
    "audio": lambda param, label: gr.Audio(label=label, type="filepath", sources=["upload", "microphone"]),
    "video": lambda param, label: gr.Video(label=label, height=300, sources=["upload", "webcam"]),
    "mesh": lambda param, label: gr.File(label=label, file_types=SUFFIXES["mesh"], height=120),
    "table": _upload,
    "points": _upload,
    "file": _upload,
    "drawing": _canvas,
    "int": _number,
    "float": _number,
    "bool": lambda param, label: gr.Checkbox(
        False if param.required else param.default, label=label, info=param.help
    ),
    "choice": _choice,
    "str": _text,
    "text": _text,
}


def from_gradio(param: Param, raw: Any) -> Any:
    """What the contract is given for gradio's raw JSON of one input.

    Files become values here, so that an upload's name can never reach a text field's meaning, nor a text a
    file's.

    Raises:
        InputError: the file cannot be used.
    """
    if param.value_type is None:
        return param.default if raw is None and not param.required else raw
    if raw is None or (param.kind == "drawing" and raw == ""):  # what an empty canvas sends
        return None
    try:
        if param.kind == "drawing":
            return Drawing.decode(_data_url(raw))
        path = raw.get("path") if isinstance(raw, dict) else None
        if path is None:
            raise InputError(f"no file was sent; send {param.accepts}.")
        value = param.value_type.open(path)
        if isinstance(value, File) and raw.get("orig_name"):
            value = File(Path(raw["orig_name"]).name, value.data)
        return value
    except InputError as error:
        raise InputError(f"{param.title}: {error}") from None


def _data_url(raw: Any) -> bytes:
    if isinstance(raw, str) and len(raw) < 8_000_000 and raw.startswith("data:image/"):
        try:
            return base64.b64decode(raw.partition(",")[2], validate=True)
        except binascii.Error:
            pass
    raise InputError(f"this is no drawing; send {Drawing.accepts} as a data URL.")


def to_gradio_input(param: Param, value: Any, folder: Path) -> Any:
    """An example's value as the component shows it: drawings as a data URL, other files as a copy in ``folder``.

    Gradio serves files from temporary folders only, and a plugin's own folder is none of a visitor's business.
    """
    if param.value_type is None or not isinstance(value, str):
        return value
    if param.kind == "drawing":
        return "data:image/png;base64," + base64.b64encode(Drawing.open(value).encode()).decode()
    return shutil.copy(value, tempfile.mkdtemp(dir=folder))


# ---------------------------------------------------------------------------------------------------------
# Results

PICTURE_BUTTONS: list[Any] = ["download", "fullscreen"]
"""No "share": it would send the picture to another site."""


def output_component(result: Result) -> gr.components.Component:
    """The component that shows one field of a result."""
    return _OUTPUTS[result.kind](result)


def caption(result: Result) -> str:
    """A result's title with what it shows: ``Scree: share of the inertia along each axis``."""
    return f"{result.title}: {result.help.rstrip('.')}" if result.help else result.title


_OUTPUTS: dict[str, Callable[[Result], gr.components.Component]] = {
    # Lossless, so that what a visitor downloads is what was computed.
    "image": lambda result: gr.Image(
        label=result.title,
        format="png",
        interactive=False,
        height=300,
        min_width=240,
        buttons=PICTURE_BUTTONS,
    ),
    "drawing": lambda result: gr.Image(
        label=result.title,
        format="png",
        interactive=False,
        height=280,
        min_width=240,
        buttons=PICTURE_BUTTONS,
    ),
    "audio": lambda result: gr.Audio(label=result.title, format="wav", interactive=False),
    "video": lambda result: gr.Video(label=result.title, interactive=False, height=300),
    "mesh": lambda result: gr.Model3D(label=result.title, interactive=False, height=360),
    "table": lambda result: gr.Dataframe(
        label=result.title, headers=[""], column_count=1, interactive=False, max_height=360
    ),
    "figure": lambda result: gr.Plot(label=caption(result), elem_classes="z-plot"),
    "metrics": lambda result: gr.HTML(
        None,
        label=result.title,
        html_template=render("metrics", caption=caption(result)),
        apply_default_css=False,
        js_on_load=on_load("metrics"),
    ),
    "pictures": lambda result: gr.HTML(
        None,
        label=result.title,
        html_template=render("pictures", title=result.title, caption=caption(result)),
        apply_default_css=False,
        js_on_load=on_load("pictures"),
    ),
    "scores": lambda result: gr.HTML(
        None,
        label=result.title,
        html_template=render("scores", caption=caption(result)),
        apply_default_css=False,
        js_on_load=on_load("scores"),
    ),
    "points": lambda result: gr.File(label=result.title, interactive=False, height=90),
    "file": lambda result: gr.DownloadButton(f"Download {result.title.lower()}", size="md"),
    "int": lambda result: gr.Number(label=result.title, interactive=False),
    "float": lambda result: gr.Number(label=result.title, interactive=False),
    "bool": lambda result: gr.Checkbox(label=result.title, interactive=False),
    "choice": lambda result: gr.Textbox(label=result.title, interactive=False),
    "str": lambda result: gr.Markdown(label=result.title, elem_classes="z-text"),
    "text": lambda result: gr.Markdown(label=result.title, elem_classes="z-text"),
}


def to_gradio(result: Result, value: Any, folder: Path) -> Any:
    """One field of a result as its component takes it; files are written into ``folder``."""
    if not isinstance(value, Value):
        return value
    if isinstance(value, Scores):
        return value.table()
    if isinstance(value, Metrics):
        return [{**row, "text": format_number(row["value"])} for row in value.records()]
    if isinstance(value, Table):
        return _styled(value.frame) if value.frame.columns.is_unique else value.frame
    if value.kind == "figure":
        return _themed(value.plot)  # type: ignore[attr-defined]
    if isinstance(value, Pictures):
        return [_captioned(name, picture, folder) for name, picture in value.items]
    if isinstance(value, File | Points | Image | Drawing | Audio | Video | Mesh):
        # Pictures too: gradio would write an array in place, where another visitor may be reading the same.
        # A file's name comes from a plugin; only its last part may count.
        name = Path(value.name).name if isinstance(value, File) else result.name + value.suffix
        path = Path(tempfile.mkdtemp(dir=folder)) / (name if name not in ("", "..") else "result")
        value.save(path)
        return str(path)
    raise TypeError(f"no component shows a {value.kind}")


def _styled(frame: Any) -> dict[str, Any]:
    """Cells that read well; what is downloaded or sent over the API keeps every digit.

    Plain data, for the styler itself cannot travel between processes, as results do on ZeroGPU.
    """
    data = frame.to_dict(orient="split")["data"]
    return {"headers": list(frame.columns), "data": data, "metadata": cell_texts(frame)}


def _captioned(caption: str, picture: Image, folder: Path) -> dict[str, Any]:
    """A picture as a file that gradio serves and its clients fetch, lossless, with its caption and size."""
    name = re.sub(r"[^a-z0-9]+", "-", caption.partition("\n")[0].lower()).strip("-")[:60] or "picture"
    path = Path(tempfile.mkdtemp(dir=folder)) / f"{name}.png"
    picture.save(path)
    file = {
        "path": str(path),
        "orig_name": path.name,
        "mime_type": "image/png",
        "meta": {"_type": "gradio.FileData"},
    }
    return {"caption": caption, "width": picture.width, "height": picture.height, "picture": file}


def _themed(plot: Any) -> Any:
    """A figure without a ground of its own; the page's style sheet colours text and grid for either theme."""
    import plotly.graph_objects as go

    plot = go.Figure(plot)
    margin = {"l": 56, "r": 20, "t": 48 if plot.layout.title.text else 28, "b": 52}
    plot.update_layout(
        margin={side: plot.layout.margin[side] or size for side, size in margin.items()},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font_family="Inter, system-ui, sans-serif",
        colorway=["#5b5bd6", "#e5484d", "#12a594", "#f76b15", "#8e4ec6", "#0090ff", "#ad7f58", "#d6409f"],
        hoverlabel_font_family="Inter, system-ui, sans-serif",
    )
    return plot
