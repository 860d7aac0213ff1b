"""The command ``zoo``: the zoo from a terminal.

Every command is a module of ``zoo.commands``, imported when it is given, so ``zoo list`` stays quick at any number of
methods and of commands.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from zoo.errors import ZooError

COMMANDS = {
    "list": "List every method.",
    "show": "Show a method: what it does, its actions and their inputs.",
    "run": "Run an action on your input: zoo run SLUG[.ACTION] --NAME VALUE … --out DIR",
    "map": "Run an action over a folder of files or a table of inputs, and go on where it was cut off.",
    "new": "Begin a method: a complete one that passes zoo check, to be changed into yours.",
    "train": "Train a method again, as its weights were made.",
    "check": "Put a reviewer's questions to a method: a line for each fault, with its cure.",
    "verify": "Measure what methods claim, beside their baselines.",
    "cost": "Measure time and memory of methods against the size of their input.",
    "rank": "Let all who compete in a task do the same work, and rank them.",
    "thumbnail": "Make a method's thumbnail from what an example gives.",
    "data": "List the data sets, describe one, or fetch one.",
    "bench": "Run a benchmark of benchmarks/; all are listed if none is named.",
    "publish": "Publish weights with their cards as model repositories on the Hugging Face Hub.",
    "deploy": "Create or update a Space that runs the app.",
    "answers": "Store what first examples give, so that pages open with it.",
    "user": "Write a line for the file of those who may log in (ZOO_USERS).",
    "app": "Start the web app.",
}
"""Every command with its help."""

ELSEWHERE = {"publish": "zoo.publish", "deploy": "zoo.deploy", "answers": "zoo.answers"}
"""Modules of commands that stand outside ``zoo.commands``, since they are more than a command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, 1 for an error that was printed, or 2 for a misspelt command."""
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return code
    except ZooError as error:
        print(f"zoo: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"zoo: the package {error.name} is missing: pip install {error.name}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # ``zoo list | head``: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="zoo", description="Runnable papers on representation learning.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help in COMMANDS.items():
        commands.add_parser(name, help=help, add_help=False)
    name = parser.parse_args(words[:1]).command
    module = importlib.import_module(ELSEWHERE.get(name, f"zoo.commands.{name}"))
    # ``zoo run SLUG --help`` is for the action's own parser.
    own = argparse.ArgumentParser(prog=f"zoo {name}", description=COMMANDS[name], add_help=name != "run")
    module.add_arguments(own)
    return module.main(own.parse_args(words[1:])) or 0


if __name__ == "__main__":
    sys.exit(main())
