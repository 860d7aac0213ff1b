"""How a melody stands on a page: uploaded as a file, shown as a line of notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from zoo.app.components import Component, component
from zoo.method import Result

from .melody import Melody


@component(Melody)
class Notes(Component):
    """A line of notes."""

    def output(self, result: Result) -> Any:
        """The line."""
        return gr.Textbox(label=result.title, interactive=False)

    def show(self, result: Result, value: Melody, folder: Path) -> Any:
        """Notes with spaces between them."""
        return " ".join(value.notes)
