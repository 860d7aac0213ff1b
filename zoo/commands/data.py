"""``zoo data``: the data sets, listed, described or fetched."""

from __future__ import annotations

import argparse

from zoo.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo data`` takes."""
    parser.add_argument("what", choices=["list", "show", "fetch"])
    parser.add_argument("name", nargs="?")


def main(options: argparse.Namespace) -> None:
    """List all, or describe or fetch what is named."""
    from zoo import data

    if options.what == "list":
        for name in data.names():
            print(f"{name:26} {data.describe(name).splitlines()[0]}")
    elif options.name is None:
        raise InputError("name a data set; zoo data list shows all.")
    elif options.what == "show":
        print(data.describe(options.name))
    else:
        data.fetch(options.name)
