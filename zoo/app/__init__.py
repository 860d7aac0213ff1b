"""The web app: a gallery, and a page for every method. The only part of the zoo that imports gradio."""

from zoo.app.server import build, launch

__all__ = ["build", "launch"]
