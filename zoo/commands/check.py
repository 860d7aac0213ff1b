"""``zoo check``: everything a reviewer would ask, a line for each fault with its cure."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from zoo import registry
from zoo.commands.terminal import TerminalProgress, print_records
from zoo.errors import InputError, PluginError

if TYPE_CHECKING:
    from zoo.evidence.records import CheckRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo check`` takes."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="all of the zoo's own if none is named")
    parser.add_argument(
        "--installed", action="store_true", help="the methods of every installed distribution"
    )
    parser.add_argument("--static", action="store_true", help="only what can be told without running actions")
    parser.add_argument("--write", action="store_true", help="store the outcome, which the card shows")
    parser.add_argument("--json", action="store_true", help="print the records as a list of objects")


def main(options: argparse.Namespace) -> int:
    """Review methods; 1 where one is not even bronze, or cannot be used."""
    from zoo import review

    if options.static and options.write:
        raise InputError("--write stores a whole review; leave out --static.")
    records, code = [], 0
    for slug in options.slugs or _all(options.installed):
        try:
            record = review.review(slug, not options.static, TerminalProgress())
        except PluginError as error:
            print(f"{slug}: cannot be used: {error}", file=sys.stderr)
            code = 1
            continue
        if any(row.findings for row in record.rules if row.rung == review.RUNGS[0]):
            code = 1
        records.append(record)
        if not options.json:
            print("\n".join(report(record)), flush=True)
        if options.write:
            print(f"{slug}: written to {review.write(record)}", file=sys.stderr)
    if options.json:
        print_records(records)
    return code


def _all(installed: bool) -> list[str]:
    """Every slug, or those of the zoo's own distribution."""
    own = "latent-zoo"
    return [slug for slug, entry in registry.entries().items() if installed or entry.distribution == own]


def report(record: CheckRecord) -> list[str]:
    """The lines that are printed of a review: every fault with its cure, from the lowest rung up."""
    from zoo import review

    faults = sum(len(row.findings) for row in record.rules)
    passed = sum(not row.findings for row in record.rules)
    rung, _ = review.step(record)
    kept = f"{passed} of {len(record.rules)} rules"
    if len(record.rules) < len(review.rules()):
        lines = [f"{record.slug}: {kept} kept that need no run; its rung takes zoo check {record.slug}"]
    else:
        lines = [f"{record.slug}: {record.rung or 'below bronze'}, {kept} kept"]
    for row in record.rules:
        for finding in row.findings:
            lines += [f"  {row.rung:6}  {row.name}: {finding.says}", f"          {finding.cure}"]
    if faults and record.rung and rung:
        lines.append(f"  What {rung} asks comes next.")
    return lines
