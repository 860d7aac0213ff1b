"""Parts of gradio 6.31 that it does not document, each behind a function of ours.

Where gradio changes, this file, ``pages.py``, ``mcp.py`` and ``gradio_stubs.py`` are what to look at; the other
modules of the app use what gradio documents, and ``tests/test_app_gradio.py`` holds that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.gallery import GalleryImage
from gradio.context import Context
from gradio.data_classes import FileData, GradioRootModel, ListFiles
from gradio.utils import get_upload_folder


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


def described(made: Any, schema: dict[str, Any]) -> Any:
    """A component of which clients are told another schema than gradio's.

    Set on the object, since gradio writes a file of type stubs beside every class that is made of a component.
    """
    made.api_info = lambda: schema
    return made


class _Uploads(GradioRootModel):
    """What the page sends of a gallery, and the plain list of files that other clients send."""

    root: list[GalleryImage | FileData]


def filled_with_files(gallery: gr.Gallery) -> gr.Gallery:
    """A gallery as an input that clients fill with a plain list of files."""
    gallery.data_model = _Uploads  # type: ignore[misc, assignment]
    return described(gallery, ListFiles.model_json_schema())
