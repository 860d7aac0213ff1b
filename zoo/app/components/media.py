"""Sounds, clips and 3D shapes."""

from __future__ import annotations

import gradio as gr

from zoo.action import Param, Result
from zoo.app.components.base import Component, component
from zoo.types import Audio, Mesh, Video


@component(Audio)
class Sound(Component):
    """A sound: uploaded or recorded."""

    arrives = ("filepath", "a WAV sound")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """A player."""
        return gr.Audio(label=label, type="filepath", sources=["upload", "microphone"], buttons=["download"])

    def output(self, result: Result) -> gr.components.Component:
        """A player."""
        return gr.Audio(label=result.title, format="wav", interactive=False, buttons=["download"])


@component(Video)
class Clip(Component):
    """A clip: uploaded or recorded."""

    arrives = ("filepath", "an MP4 clip")

    def input(self, param: Param, label: str) -> gr.components.Component:
        """A player."""
        return gr.Video(label=label, height=300, sources=["upload", "webcam"], buttons=["download"])

    def output(self, result: Result) -> gr.components.Component:
        """A player."""
        return gr.Video(label=result.title, interactive=False, height=300, buttons=["download"])


@component(Mesh)
class Shape(Component):
    """A shape that can be turned; uploaded as a file."""

    arrives = ("filepath", "a GLB shape")

    def output(self, result: Result) -> gr.components.Component:
        """A view to turn."""
        return gr.Model3D(label=result.title, interactive=False, height=360)
