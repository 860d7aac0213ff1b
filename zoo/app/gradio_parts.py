"""Parts of gradio 6.31 that it does not document, each behind a function of ours.

Where gradio changes, this file, ``pages.py``, ``mcp.py``, ``gradio_stubs.py`` and ``gradio_start.py`` are what to look
at; the other modules of the app use what gradio documents, and ``tests/test_app_gradio.py`` holds that.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import gradio as gr
import gradio.queueing
import gradio.routes
import gradio.utils
import jinja2
from gradio import processing_utils
from gradio.components.gallery import GalleryImage
from gradio.context import Context
from gradio.data_classes import FileData, GradioRootModel, ListFiles
from gradio.utils import get_upload_folder
from pydantic import BaseModel

from zoo.app import addresses

log = logging.getLogger("zoo.app")


def results_folder() -> Path:
    """Where result files are written: in the folder that gradio serves, and empties of what is a day old."""
    return Path(get_upload_folder()) / "results"


def when_page_opens(script: str, inputs: list[Any], outputs: list[Any]) -> None:
    """Run a function of the browser's when the page that is being filled opens, without a call to the server."""
    app = Context.root_block
    assert app is not None, "there is no gr.Blocks to fill"
    app.load(  # type: ignore[attr-defined]
        None,
        inputs=inputs,
        outputs=outputs,
        js=script,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )


def cell_texts(frame: Any) -> dict[str, Any] | None:
    """What a ``gr.Dataframe`` shows of each cell, for a pandas styler has to say it and cannot itself be sent."""
    return gr.Dataframe.get_metadata(frame.style.format(precision=4, na_rep=""))


def as_sent(box: Any, value: Any) -> Any:
    """What the browser is sent of a component's value; files get addresses that are relative to a page's."""
    sent = processing_utils.move_files_to_cache(box.postprocess(value), box, postprocess=True)
    return _relative(sent.model_dump() if isinstance(sent, BaseModel) else sent)


def _relative(part: Any) -> Any:
    if isinstance(part, dict):
        own = {name: _relative(inner) for name, inner in part.items()}
        if isinstance(address := own.get("url"), str) and address.startswith("/gradio_api/"):
            own["url"] = f".{address}"
        return own
    return [_relative(inner) for inner in part] if isinstance(part, list | tuple) else part


def described(box: Any, schema: dict[str, Any]) -> Any:
    """A component of which clients are told another schema than gradio's.

    Set on the object, since gradio writes a file of type stubs beside every class that is made of a component.
    """
    box.api_info = lambda: schema
    return box


class _Uploads(GradioRootModel):
    """What the page sends of a gallery, and the plain list of files that other clients send."""

    root: list[GalleryImage | FileData]


def filled_with_files(gallery: gr.Gallery) -> gr.Gallery:
    """A gallery as an input that clients fill with a plain list of files."""
    gallery.data_model = _Uploads  # type: ignore[misc, assignment]
    return described(gallery, ListFiles.model_json_schema())


def own_heads(write: Callable[[str, str], str]) -> None:
    """Let each page's HTML say of itself what ``write`` gives, where gradio says of every page that it is Gradio.

    Args:
        write: from a page's path and the app's address to HTML.
    """
    env = gradio.routes.templates.env
    env.filters["own_head"] = lambda config: write(config["current_page"], config.get("root") or "")
    if not isinstance(env.loader, _OwnHeads):
        env.loader = _OwnHeads(env.loader)
        if env.cache is not None:
            env.cache.clear()


GRADIOS = re.compile(r"\s*\x3cmeta\s+(?:property|name)=\"(?:og|twitter):[^>]*>")
CHARSET = re.compile(r"\x3cmeta charset=[^>]*>")


class _OwnHeads(jinja2.BaseLoader):
    """Gradio's templates, in whose heads what it says of itself is replaced."""

    def __init__(self, plain: Any) -> None:
        self.plain = plain

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        """The source of a template, its file, and whether that is still the same."""
        source, *rest = self.plain.get_source(environment, template)
        source = GRADIOS.sub("", source)
        return CHARSET.sub(r"\g<0>{{ config | own_head }}", source, count=1), *rest


def answer_every_request() -> None:
    """Let a result of this server be sent back to it, and say a sentence where a request cannot be used.

    Gradio fetches files of any size, asks another service for names, fetches none from its own address, and hides what
    goes wrong before an endpoint is called: clients read ``{"error": null}``.
    """
    processing_utils.async_ssrf_protected_download = _fetched
    processing_utils.async_ssrf_protected_get = _nobody
    gradio.utils.error_payload = gradio.queueing.error_payload = _said


_plain_payload = gradio.utils.error_payload


async def _fetched(url: str, cache_dir: str) -> str:
    """The file behind an address; one that this server serves already is taken from where it lies."""
    if (own := _served(url)) is not None:
        return own
    try:
        return await addresses.fetched(url, cache_dir)
    except Exception as error:
        log.info("not fetched: %s", error)
        text = "The file cannot be fetched from its address; send an upload, a public address or a result of this app."
        raise gr.Error(text, title="This cannot be used", print_exception=False) from error


async def _nobody(url: str) -> Any:
    raise gr.Error("No address is asked for this.", title="This cannot be used", print_exception=False)


def _served(url: str) -> str | None:
    """The path of a file that the address names, if it is one that gradio made and would give to anybody who asks."""
    _, mark, name = urlsplit(url).path.partition("/gradio_api/file=")
    path = Path(unquote(name)).resolve()
    inside = path.is_relative_to(Path(get_upload_folder()).resolve())
    return str(path) if mark and inside and path.is_file() else None


def _said(error: BaseException | None, show_error: bool) -> dict[str, Any]:
    payload = _plain_payload(error, show_error)
    if payload["error"] is None:
        payload |= {"error": UNUSABLE, "title": "This cannot be used", "visible": True}
    return payload


UNUSABLE = (
    "The request does not fit the endpoint; /gradio_api/info lists its inputs and what each of them accepts."
)
