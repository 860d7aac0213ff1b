"""``zoo rank``: all who compete in a task do the same work, and are ranked."""

from __future__ import annotations

import argparse
import sys

from zoo.commands.terminal import TerminalProgress, print_records
from zoo.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo rank`` takes."""
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all tasks if none is named")
    parser.add_argument("--quick", action="store_true", help="a smaller version, which is not stored")
    parser.add_argument("--write", action="store_true", help="store the leaderboard")
    parser.add_argument("--engine", choices=["local", "ray"], default="local", help="who measures")
    parser.add_argument("--workers", type=int, default=2, help="of a Ray cluster that is begun here")
    parser.add_argument("--json", action="store_true", help="print the records as a list of objects")


def main(options: argparse.Namespace) -> None:
    """Rank the contestants of each task."""
    if options.quick and options.write:
        raise InputError("a quick ranking is not stored; leave out --quick or --write.")
    from zoo.evidence.spread import by

    with by(options.engine, options.workers):
        _rank(options)


def _rank(options: argparse.Namespace) -> None:
    from zoo.evidence import task

    progress, records = TerminalProgress(), []
    for work in [task.load(slug) for slug in options.tasks or task.names()]:
        records.append(task.rank(work.slug, options.quick, progress))
        progress(1.0, work.title)
        if options.write:
            task.write(records[-1])
        print(task.report(work, records[-1]), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        print_records(records)
