"""``zoo train``: a method's weights again, as they were made."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from pathlib import Path

from zoo import paths, registry
from zoo.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo train`` takes."""
    parser.add_argument("slug")
    parser.add_argument(
        "--out", type=Path, help="where the weights go (default: where the method looks for them)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="instead of the recipe's number of steps")
    parser.add_argument("--minutes", type=float, help="at most so long")
    parser.add_argument("--fresh", action="store_true", help="forget the checkpoint of an interrupted run")


def main(options: argparse.Namespace) -> None:
    """Train, pin the weights where they belong to the method, and print the recipe."""
    method = registry.find(options.slug).draft
    module = f"{method.__module__}.train"
    is_package = hasattr(sys.modules[method.__module__], "__path__")
    if not is_package or importlib.util.find_spec(module) is None:
        raise InputError(f"{options.slug} has nothing to train: it has no train.py beside its class.")
    from zoo import hub, training

    out = options.out or paths.may_write(hub.home(method), options.slug)
    recipe = training.train(
        importlib.import_module(module).train,
        slug=options.slug,
        out=out,
        seed=options.seed,
        steps=options.steps,
        minutes=options.minutes,
        fresh=options.fresh,
    )
    if options.out is None:
        hub.write_lock(out)
    print(json.dumps(recipe, indent=2))
    print(f"{options.slug}: weights, config.json, recipe.json and lock.json are in {out}", file=sys.stderr)
