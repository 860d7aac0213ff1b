"""``zoo app``: the web app."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo app`` takes."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7860)


def main(options: argparse.Namespace) -> None:
    """Start the app and serve until it is stopped."""
    from zoo.app import launch

    launch(host=options.host, port=options.port)
