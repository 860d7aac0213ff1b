"""``zoo list``: every method."""

from __future__ import annotations

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo list`` takes."""
    parser.add_argument("--json", action="store_true", help="print a list of objects")


def main(options: argparse.Namespace) -> None:
    """Print a line for each method: slug, family, rung of the quality ladder, summary or fault."""
    from zoo import listing

    rows = listing.rows()
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max((len(row["slug"]) for row in rows), default=0)
    for row in rows:
        rung = "broken" if "error" in row else row["rung"]
        print(f"{row['slug']:{width}}  {row['family']:16}  {rung:9}  {row.get('error') or row['summary']}")
