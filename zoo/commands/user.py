"""``zoo user``: a line for the file of those who may log in."""

from __future__ import annotations

import argparse
import getpass
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo user`` takes."""
    parser.add_argument("name")


def main(options: argparse.Namespace) -> None:
    """Ask for a password and print the line; ``zoo user ann >> users`` adds somebody."""
    from zoo import users

    typed = (
        getpass.getpass("Password: ", sys.stderr) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )
    print(users.line_of(options.name, typed))
