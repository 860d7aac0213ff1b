"""``zoo verify``: what methods claim, measured beside their baselines."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from zoo import paths, registry
from zoo.commands.terminal import TerminalProgress, print_records
from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.evidence.records import EvidenceRecord

Tell = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo verify`` takes."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="all methods if none is named")
    parser.add_argument("--quick", action="store_true", help="a smaller version, under a minute a method")
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="ID",
        help="only this claim; the others stay as they are",
    )
    parser.add_argument("--write", action="store_true", help="store the numbers with the method's card")
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed numbers; goes with --quick"
    )
    parser.add_argument(
        "--judge", action="store_true", help="judge the stored runs again by the present rule, and store it"
    )
    parser.add_argument("--fresh", action="store_true", help="measure whatever an earlier run left")
    parser.add_argument("--engine", choices=["local", "ray"], default="local", help="who measures")
    parser.add_argument("--workers", type=int, default=2, help="of a Ray cluster that is begun here")
    parser.add_argument("--json", action="store_true", help="print the records as a list of objects")


def main(options: argparse.Namespace) -> int:
    """Measure, print and, where asked, store or compare; 1 where something differs or cannot be measured."""
    if options.check and (options.write or not options.quick):
        raise InputError("--check goes with --quick and without --write.")
    if options.claim and (options.quick or len(options.slugs) != 1):
        raise InputError("--claim goes with one method and without --quick.")
    slugs, broken = (options.slugs, []) if options.slugs else _all()
    for slug in broken:
        error = registry.find(slug).error
        print(f"{slug}: skipped, since it cannot be used: {error}", file=sys.stderr)
    if options.judge:
        _judge_again(slugs)
        return 1 if broken else 0
    on_stderr = options.json or options.check

    def tell(text: str) -> None:
        print(text, file=sys.stderr if on_stderr else sys.stdout)

    if options.check and not options.fresh:
        slugs = _changed(slugs, tell)
    if options.check and len(slugs) > 1:
        return max(_checked_in_turns(slugs, options.fresh), 1 if broken else 0)
    from zoo.evidence.spread import by

    records, faults = [], []
    with by(options.engine, options.workers):
        for slug in slugs:
            record, differences = _measured(slug, options, tell)
            records.append(record)
            faults += differences
    if options.json:
        print_records(records)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults or broken else 0


def _all() -> tuple[list[str], list[str]]:
    """The slugs of all methods: those that work, and those that do not."""
    entries = registry.entries()
    broken = [slug for slug, entry in entries.items() if entry.error]
    return [slug for slug in entries if slug not in broken], broken


def _judge_again(slugs: Sequence[str]) -> None:
    from zoo.evidence import verify

    for slug in slugs:
        paths.may_write(verify.path_of(slug), slug)
        record = verify.judge_again(slug)
        verify.write(record)
        print("\n".join(f"{slug}: {verify.report(claim).splitlines()[0]}" for claim in record.claims))


def _changed(slugs: Sequence[str], tell: Tell) -> list[str]:
    """Those whose committed quick numbers came from other code, weights or packages."""
    from zoo.evidence import verify

    same = [slug for slug in slugs if verify.unchanged(slug)]
    for slug in same:
        tell(f"{slug}: code, weights and packages are those that gave the committed numbers")
    return [slug for slug in slugs if slug not in same]


def _measured(slug: str, options: argparse.Namespace, tell: Tell) -> tuple[EvidenceRecord, list[str]]:
    """The record of a method, stored or compared as asked, and how it differs from what is committed."""
    from zoo.evidence import verify

    if options.write:
        paths.may_write(verify.path_of(slug), slug)
    progress = TerminalProgress()
    record = verify.verify(
        slug, options.quick, tell, progress, options.fresh, timed=not options.check, only=options.claim
    )
    if options.write and options.quick:
        tell(f"{slug}: written to {verify.write_quick(record)}")
    elif options.write:
        verify.write(record)
        quick = verify.verify(slug, True, lambda text: None, progress, options.fresh)
        tell(f"{slug}: written to {verify.write_quick(quick)} and to the card")
    if not options.check:
        return record, []
    faults = [f"{slug}: {fault}" for fault in verify.differences(record, verify.read(slug))]
    if not faults:
        tell(f"{slug}: agrees with the committed quick numbers; a quick verdict says nothing by itself.")
    return record, faults


def _checked_in_turns(slugs: Sequence[str], fresh: bool) -> int:
    """Check several methods, two at a time, each in a process of its own on one thread."""

    def check(slug: str) -> tuple[str, subprocess.CompletedProcess[str]]:
        command = [sys.executable, "-m", "zoo", "verify", slug, "--quick", "--check"]
        command += ["--fresh"] if fresh else []
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return slug, subprocess.run(command, capture_output=True, text=True, env=environment)

    code = 0
    with ThreadPoolExecutor(2) as pool:
        for slug, done in pool.map(check, slugs):
            outcome = "as committed" if not done.returncode else done.stderr.strip()
            print(f"{slug}: {outcome}", file=sys.stderr)
            code = max(code, done.returncode)
    return code
