"""The web app: a gallery, and a page for every method. The only part of the zoo that imports gradio."""

import os

from zoo.app import gradio_stubs

# Before gradio is imported: nothing may leave the machine unasked, and nothing is written into site-packages.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
gradio_stubs.leave_alone()

from zoo.app.server import build, launch  # noqa: E402 - gradio must find the above done

__all__ = ["build", "launch"]
