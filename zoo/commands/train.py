"""``zoo train``: the weights of a method or of a shared network again, as they were made."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import paths, registry, shared
from zoo.errors import InputError

if TYPE_CHECKING:
    from zoo.training import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo train`` takes."""
    parser.add_argument("slug", help="a method, or a shared network")
    parser.add_argument(
        "--out", type=Path, help="where the weights go (default: where the method looks for them)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="instead of the recipe's number of steps")
    parser.add_argument("--minutes", type=float, help="at most so long")
    parser.add_argument("--fresh", action="store_true", help="forget the checkpoint of an interrupted run")


def main(options: argparse.Namespace) -> None:
    """Train, pin the weights where they belong to the method, and print the recipe."""
    script = _shared if options.slug in shared.names() else _own
    from zoo import hub, training
    from zoo.hub import shared as shared_weights

    train, home = script(options.slug)
    out = options.out or paths.may_write(home, options.slug)
    recipe = training.train(
        train,
        slug=options.slug,
        out=out,
        seed=options.seed,
        steps=options.steps,
        minutes=options.minutes,
        fresh=options.fresh,
    )
    if options.out is None:
        if script is _shared:
            (out / "README.md").write_text(shared.model_card(shared.find(options.slug), recipe))
        (shared_weights.write_lock if script is _shared else hub.write_lock)(out)
    print(json.dumps(recipe, indent=2))
    print(f"{options.slug}: weights, config.json, recipe.json and lock.json are in {out}", file=sys.stderr)


def _own(slug: str) -> tuple[Callable[[Run], None], Path]:
    """A method's training, and the folder of its weights."""
    from zoo import hub

    method = registry.find(slug).draft
    module = f"{method.__module__}.train"
    is_package = hasattr(sys.modules[method.__module__], "__path__")
    if not is_package or importlib.util.find_spec(module) is None:
        raise InputError(f"{slug} has nothing to train: it has no train.py beside its class.")
    return importlib.import_module(module).train, hub.home(method)


def _shared(name: str) -> tuple[Callable[[Run], None], Path]:
    """A shared network's training, and the folder of its weights."""
    from zoo.hub import shared as shared_weights

    return importlib.import_module(shared.find(name).module).train, shared_weights.home(name)
