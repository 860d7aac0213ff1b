"""``zoo bench``: a benchmark of ``benchmarks/``."""

from __future__ import annotations

import argparse
import importlib
import sys

from zoo import paths
from zoo.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo bench`` takes."""
    parser.add_argument("name", nargs="?")


def main(options: argparse.Namespace) -> None:
    """Run a benchmark, or all comparisons with other implementations."""
    root = paths.checkout()
    if root is None:
        raise InputError("benchmarks run from a checkout of the project, not from an installed package.")
    files = {path.stem: path for path in sorted((root / "benchmarks").glob("*.py"))}
    runnable = {name: path for name, path in files.items() if "def main(" in path.read_text()}
    if options.name == "peers":
        chosen = [name for name in runnable if name.startswith("peers_")]
    elif options.name in runnable:
        chosen = [options.name]
    else:
        raise InputError(f"name one of peers, {', '.join(runnable)}.")
    sys.path.insert(0, str(root))
    for name in chosen:
        sys.argv = [name]  # a benchmark may take options of its own when it is run as a file
        importlib.import_module(f"benchmarks.{name}").main()
