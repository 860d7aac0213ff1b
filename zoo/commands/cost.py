"""``zoo cost``: time and memory of methods against the size of their input."""

from __future__ import annotations

import argparse
import sys

from zoo import registry
from zoo.commands.terminal import TerminalProgress, print_records
from zoo.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo cost`` takes."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="all methods if none is named")
    parser.add_argument("--write", action="store_true", help="store the curves with the method's card")
    parser.add_argument("--json", action="store_true", help="print the records as a list of objects")


def main(options: argparse.Namespace) -> None:
    """Measure, print and, where asked, store each method's curves."""
    from zoo.evidence import cost

    records = []
    for slug in options.slugs or [slug for slug, method in registry.methods().items() if cost.costs(method)]:
        if not cost.costs(registry.find(slug).draft):
            raise InputError(f"{slug} names no computation to measure.")
        records.append(cost.measure(slug, TerminalProgress()))
        print(cost.report(records[-1]), file=sys.stderr if options.json else sys.stdout)
        if options.write:
            print(f"{slug}: written to {cost.write(records[-1])}", file=sys.stderr)
    if options.json:
        print_records(records)
