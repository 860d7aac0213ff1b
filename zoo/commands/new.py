"""``zoo new``: a complete method to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path

from zoo.errors import InputError
from zoo.method import FAMILIES

TAKES = "image, drawing, audio, video, mesh, table, points, images, graph, text and file"
GIVES = "figure, metrics, table, image, pictures, points, text and file"
"""What templates are there for; a test compares."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo new`` takes."""
    parser.add_argument("slug", help="lower-case words joined by hyphens")
    parser.add_argument("--family", help=f"one of {', '.join(FAMILIES)} (default: as the catalogue has it)")
    parser.add_argument(
        "--takes", default="table", metavar="KIND,…", help=f"what visitors give, of {TAKES} (default: table)"
    )
    parser.add_argument(
        "--gives",
        default="figure,metrics",
        metavar="KIND,…",
        help=f"what they get, of {GIVES} (default: figure,metrics)",
    )
    parser.add_argument("--weights", action="store_true", help="with a network, its training and its weights")
    parser.add_argument(
        "--third-party", type=Path, metavar="DIR", help="as a distribution of its own, in a new folder"
    )


def main(options: argparse.Namespace) -> None:
    """Write the method, train and measure it, and say what comes next."""
    from zoo import catalogue, new

    wanted = catalogue.papers().get(options.slug)
    family = options.family or (wanted.family if wanted else None)
    if family is None:
        raise InputError(f"{options.slug} is no paper of the catalogue; name its family with --family.")
    plan = new.Plan(
        options.slug,
        family,
        tuple(options.takes.split(",")),
        tuple(options.gives.split(",")),
        options.weights,
        options.third_party.resolve() if options.third_party else None,
    )
    for path in new.write(plan):
        print(path)
    new.finish(plan)
    if wanted:
        print(
            f"{wanted.title}\n  does: {wanted.does}\n  claims: {wanted.claim}\n  a page would be: {wanted.demo}"
        )
    if plan.folder:
        print(
            f"Next: git init and a first commit in {options.third_party}, whose name evidence will carry;"
            f" pip install -e {options.third_party}, zoo check {plan.slug}, zoo app."
        )
    else:
        print(f"Next: zoo check {plan.slug}, zoo app.")
