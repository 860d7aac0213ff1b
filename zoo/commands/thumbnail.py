"""``zoo thumbnail``: a method's thumbnail from what an example gives."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo thumbnail`` takes."""
    parser.add_argument("slug")
    parser.add_argument("--action", help="which action (default: the first)")
    parser.add_argument("--example", type=int, default=1, metavar="N", help="which example, counted from 1")
    parser.add_argument("--result", metavar="NAME", help="which field (default: the first picture or plot)")


def main(options: argparse.Namespace) -> None:
    """Write the thumbnail and print where it is."""
    from zoo import thumbnail

    print(thumbnail.make(options.slug, options.action, options.example, options.result))
