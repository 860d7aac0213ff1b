"""Pictures, drawings, pictures side by side, albums and spots on pictures."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr

from zoo.action import Param, Result
from zoo.app.components.base import (
    QUIET,
    Component,
    caption,
    component,
    filled_by_script,
    uploaded,
    written,
)
from zoo.app.gradio_parts import described, filled_with_files
from zoo.app.scripts import call
from zoo.errors import InputError
from zoo.types import Drawing, Image, Images, Pictures, Spot

BUTTONS: list[Any] = ["download", "fullscreen"]
"""No "share": it would send the picture to another site."""


@component(Image)
class PictureBox(Component):
    """A picture: uploaded, pasted or taken; shown without loss, so that a download is what was computed."""

    arrives = ("filepath", "a PNG picture")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """A box to drop it into."""
        return gr.Image(
            label=label,
            type="filepath",
            image_mode=None,
            height=300,
            sources=["upload", "clipboard", "webcam"],
        )

    def output(self, result: Result) -> gr.components.Component:
        """The picture."""
        return gr.Image(
            label=result.title, format="png", interactive=False, height=300, min_width=240, buttons=BUTTONS
        )


@component(Drawing)
class Canvas(Component):
    """A canvas, which sends a data address."""

    arrives = ("filepath", "a PNG picture of ink on paper")

    side_by_side = True

    def input(self, param: Param, label: str) -> gr.components.Component:
        """What ``zoo.canvas`` in ``assets/zoo.js`` draws on."""
        return filled_by_script(label, "canvas", {"label": label}, min_width=150)

    def receive(self, param: Param, raw: Any) -> Any:
        """The drawing; an empty canvas sends nothing."""
        if raw is None or raw == "":
            return None
        return Drawing.decode(_data_url(raw))

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """A data address of ink on paper."""
        if not isinstance(value, str):
            return value
        return "data:image/png;base64," + base64.b64encode(Drawing.open(value).encode()).decode()

    def setting(self, raw: Any) -> Any:
        """Of a drawing nothing but a name."""
        return Drawing.placeholder if isinstance(raw, str) and raw.startswith("data:") else raw

    def source(self, param: Param, value: Any) -> str:
        """A data address made of the file."""
        return f'"data:image/png;base64," + b64encode(Path({value!r}).read_bytes()).decode()'

    def output(self, result: Result) -> gr.components.Component:
        """The drawing as a picture."""
        return gr.Image(
            label=result.title, format="png", interactive=False, height=280, min_width=240, buttons=BUTTONS
        )


def _data_url(raw: Any) -> bytes:
    if isinstance(raw, str) and len(raw) < 8_000_000 and raw.startswith("data:image/"):
        try:
            return base64.b64decode(raw.partition(",")[2], validate=True)
        except binascii.Error:
            pass
    raise InputError(f"this is no drawing; send {Drawing.accepts} as a data URL.")


@component(Pictures)
class PicturesTogether(Component):
    """Captioned pictures with one zoom and one place for all."""

    arrives = ("list[dict]", "pictures, each with caption, width, height and its file")

    def output(self, result: Result) -> gr.components.Component:
        """What ``zoo.pictures`` in ``assets/zoo.js`` fills."""
        values = {"title": result.title, "caption": caption(result)}
        return filled_by_script(result.title, "pictures", values)

    def show(self, result: Result, value: Pictures, folder: Path) -> Any:
        """Captions, sizes and files."""
        return [_captioned(name, picture, folder) for name, picture in value.items]


def _captioned(caption: str, picture: Image, folder: Path) -> dict[str, Any]:
    """A picture as a file that gradio serves and its clients fetch, lossless, with its caption and size."""
    name = re.sub(r"[^a-z0-9]+", "-", caption.partition("\n")[0].lower()).strip("-")[:60] or "picture"
    path = Path(written(picture, f"{name}.png", folder))
    file = {
        "path": str(path),
        "orig_name": path.name,
        "mime_type": "image/png",
        "meta": {"_type": "gradio.FileData"},
    }
    return {"caption": caption, "width": picture.width, "height": picture.height, "picture": file}


@component(Images)
class Album(Component):
    """Several pictures: a gallery that takes many files at once."""

    arrives = ("list[dict]", "pictures, each with its file")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """The gallery."""
        gallery = gr.Gallery(
            label=label, type="filepath", file_types=["image"], columns=4, height=300, object_fit="contain",
            sources=["upload", "clipboard"], interactive=True,
        )  # fmt: skip
        return filled_with_files(gallery)

    def receive(self, param: Param, raw: Any) -> Any:
        """The pictures; an empty gallery sends nothing."""
        if raw is None or raw == []:
            return None
        if not isinstance(raw, list):
            raise InputError(f"no files were sent; send {param.accepts}.")
        paths = [uploaded(param, _file(part)) for part in raw]
        return Images.of(paths)

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """A copy of each picture."""
        if value is None:
            return None
        return [shutil.copy(path, tempfile.mkdtemp(dir=folder)) for path in Images.words(value)]

    def setting(self, raw: Any) -> Any:
        """The names of the files."""
        if not isinstance(raw, list):
            return None
        names = [_file(part).get("orig_name") or "picture.png" for part in raw]
        return tuple(names) or None

    def source(self, param: Param, value: Any) -> str:
        """A list of files."""
        return f"[{', '.join(f'handle_file({name!r})' for name in Images.words(value))}]"

    def output(self, result: Result) -> gr.components.Component:
        """The gallery."""
        return gr.Gallery(
            label=result.title,
            format="png",
            columns=4,
            object_fit="contain",
            interactive=False,
            buttons=BUTTONS,
        )

    def show(self, result: Result, value: Images, folder: Path) -> Any:
        """A file of each picture."""
        return [
            written(picture, f"{result.name}-{number}.png", folder)
            for number, picture in enumerate(value.items, 1)
        ]


def _file(part: Any) -> dict[str, Any]:
    """The file in an item of a gallery."""
    part = part.get("image", part) if isinstance(part, dict) else part
    return part if isinstance(part, dict) else {}


@component(Spot)
class SpotOnPicture(Component):
    """A view of the picture to click on, and two fields for those who use the keyboard."""

    arrives = ("str", "x and y in pixels")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """What ``zoo.spot`` in ``assets/zoo.js`` fills."""
        box = filled_by_script(
            label, "spot", {"label": label, "help": param.help}, elem_id=f"z-spot-{secrets.token_hex(6)}"
        )
        pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        return described(box, pair)

    def receive(self, param: Param, raw: Any) -> Any:
        """The spot; empty fields send nothing."""
        return param.default if raw in (None, "") and not param.required else Spot.of(raw) if raw else None

    def fill(self, param: Param, value: Any, folder: Path) -> Any:
        """``[x, y]``."""
        return None if value is None else Spot.of(value).plain()

    def setting(self, raw: Any) -> Any:
        """A pair."""
        return tuple(raw) if isinstance(raw, list) else raw

    def source(self, param: Param, value: Any) -> str:
        """``[x, y]``."""
        return repr(Spot.of(value).plain())

    def connect(self, param: Param, own: Any, other: Param, others: Any) -> None:
        """Show the picture that was uploaded, in the browser alone."""
        others.change(None, inputs=others, js=call("spotOn", own.elem_id), **QUIET)

    def output(self, result: Result) -> gr.components.Component:
        """A line."""
        return gr.Textbox(label=result.title, interactive=False)

    def show(self, result: Result, value: Spot, folder: Path) -> Any:
        """``12, 30``."""
        return ", ".join(f"{part:g}" for part in value.plain())
