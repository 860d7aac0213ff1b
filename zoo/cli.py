"""The command ``zoo``: the zoo from a terminal.

Nothing heavy is imported until a command needs it, so ``zoo list`` stays quick at any number of methods.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import paths, registry
from zoo.errors import InputError, PluginError, ZooError

if TYPE_CHECKING:
    from zoo.action import Action, Param
    from zoo.method import Method


DELEGATED = {
    "publish": "Publish weights with their cards as model repositories on the Hugging Face Hub.",
    "deploy": "Create or update a Space that runs the app.",
}
"""Commands whose module says what they take; it is imported when the command is given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, 1 for an error that was told, or 2 for a misspelt command."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options, rest = parser.parse_known_args(words)
    if rest and options.command not in ("run", *DELEGATED):
        parser.error(f"unrecognised: {' '.join(rest)}")
    try:
        code = options.function(options, rest) or 0
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zoo", description="Runnable papers on representation learning.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function: Any, help: str, **options: Any) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help, description=help, **options)
        one.set_defaults(function=function)
        return one

    one = command("list", _list, "List every method.")
    one.add_argument("--json", action="store_true", help="print a list of objects")
    one = command("show", _show, "Show a method: what it does, its actions and their inputs.")
    one.add_argument("slug")
    one = command(
        "run",
        _run,
        "Run an action on your input: zoo run SLUG[.ACTION] --NAME VALUE … --out DIR",
        add_help=False,
    )
    one.add_argument("method", nargs="?", help="a slug, or slug.action")
    one = command("train", _train, "Train a method again, as its weights were made.")
    one.add_argument("slug")
    one.add_argument("--out", type=Path, help="where the weights go (default: weights/SLUG)")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--steps", type=int, help="instead of the recipe's number of steps")
    one.add_argument("--minutes", type=float, help="at most so long")
    one.add_argument("--fresh", action="store_true", help="forget the checkpoint of an interrupted run")
    one = command("verify", _verify, "Measure what methods claim, beside their baselines.")
    one.add_argument("slugs", nargs="*", metavar="SLUG", help="all methods if none is named")
    one.add_argument("--quick", action="store_true", help="a smaller version, under a minute a method")
    one.add_argument("--write", action="store_true", help="store the numbers with the method's card")
    one.add_argument(
        "--check", action="store_true", help="compare with the committed numbers; goes with --quick"
    )
    one.add_argument(
        "--judge", action="store_true", help="judge the stored runs again by the present rule, and store it"
    )
    one.add_argument("--fresh", action="store_true", help="measure whatever an earlier run left")
    one.add_argument("--json", action="store_true", help="print the records as a list of objects")
    one = command("cost", _cost, "Measure time and memory of methods against the size of their input.")
    one.add_argument("slugs", nargs="*", metavar="SLUG", help="all methods if none is named")
    one.add_argument("--write", action="store_true", help="store the curves with the method's card")
    one.add_argument("--json", action="store_true", help="print the records as a list of objects")
    one = command("rank", _rank, "Let all who compete in a task do the same work, and rank them.")
    one.add_argument("tasks", nargs="*", metavar="TASK", help="all tasks if none is named")
    one.add_argument("--quick", action="store_true", help="a smaller version, which is not stored")
    one.add_argument("--write", action="store_true", help="store the leaderboard")
    one.add_argument("--json", action="store_true", help="print the records as a list of objects")
    one = command("thumbnail", _thumbnail, "Make a method's thumbnail from what an example gives.")
    one.add_argument("slug")
    one.add_argument("--action", help="which action (default: the first)")
    one.add_argument("--example", type=int, default=1, metavar="N", help="which example, counted from 1")
    one.add_argument("--result", metavar="NAME", help="which field (default: the first picture or plot)")
    one = command("data", _data, "List the data sets, describe one, or fetch one.")
    one.add_argument("what", choices=["list", "show", "fetch"])
    one.add_argument("name", nargs="?")
    one = command("bench", _bench, "Run a benchmark of benchmarks/; all are listed if none is named.")
    one.add_argument("name", nargs="?")
    for name, help in DELEGATED.items():
        command(name, _delegate, help, add_help=False)
    one = command("app", _app, "Start the web app.")
    one.add_argument("--host", default="127.0.0.1")
    one.add_argument("--port", type=int, default=7860)
    return parser


# ---------------------------------------------------------------------------------------------------------
# list and show


def _list(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo import listing

    rows = listing.rows()
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max((len(row["slug"]) for row in rows), default=0)
    for row in rows:
        print(f"{row['slug']:{width}}  {row['family']:16}  {row.get('error') or row['summary']}")


def _show(options: argparse.Namespace, rest: list[str]) -> None:
    entry = registry.find(options.slug)
    method = entry.method
    print(f"{method.title} ({method.family}), from {entry.distribution} {entry.version}")
    print(
        f"{method.paper.title}. {', '.join(method.paper.authors)}. {method.paper.venue}, {method.paper.year}."
    )
    print(f"{method.paper.url}\n\n{method.summary()}\n")
    for name, action in method.actions().items():
        print(f"zoo run {entry.slug}.{name.replace('_', '-')}: {action.summary}")
        for param in action.params:
            print(f"  --{param.name.replace('_', '-'):18} {_help(param)}")
        for result in action.results:
            print(f"  -> {result.name:18} {result.help}")


def _help(param: Param) -> str:
    parts = [param.help.rstrip(".") if param.help else param.title, f"[{param.accepts}]"]
    if not param.required and param.default is not None:
        parts.append(f"(default {param.default})")
    return " ".join(parts)


# ---------------------------------------------------------------------------------------------------------
# run


def find_action(name: str) -> tuple[Method, str, Action]:
    """A method and one of its actions from ``slug`` or ``slug.action`` (hyphens or underscores).

    Raises:
        InputError: no such method or action, or several actions and none named.
    """
    slug, _, wanted = name.partition(".")
    method = registry.load(slug)
    actions = type(method).actions()
    wanted = wanted.replace("-", "_")
    if not wanted and len(actions) == 1:
        wanted = next(iter(actions))
    if wanted not in actions:
        choices = ", ".join(f"{slug}.{one.replace('_', '-')}" for one in actions)
        problem = f"{slug} has no action {wanted!r}" if wanted else f"{slug} has several actions"
        raise InputError(f"{problem}; name one of {choices}.")
    return method, wanted, actions[wanted]


def _run(options: argparse.Namespace, rest: list[str]) -> None:
    if options.method is None or options.method in ("-h", "--help"):
        print("usage: zoo run SLUG[.ACTION] --NAME VALUE … --out DIR [--json]\n\nzoo show SLUG lists inputs.")
        return
    method, name, action = find_action(options.method)
    parser = argparse.ArgumentParser(prog=f"zoo run {options.method}", description=action.description)
    for param in action.params:
        parser.add_argument(
            f"--{param.name.replace('_', '-')}", dest=param.name, default=argparse.SUPPRESS,
            help=_help(param).replace("%", "%%"), metavar=param.kind.upper(),
            nargs="+" if param.several else None,
        )  # fmt: skip
    parser.add_argument(
        "--example", type=int, metavar="N", help="take the inputs of example N, counted from 1"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write every result as a file into this folder"
    )
    parser.add_argument("--json", action="store_true", help="print the results as one JSON object")
    given = vars(parser.parse_args(_joined(rest)))
    out, as_json, example = given.pop("out"), given.pop("json"), given.pop("example")
    if example is not None:
        if not 1 <= example <= len(action.examples):
            raise InputError(
                f"{options.method} has {len(action.examples)} examples; --example counts from 1."
            )
        given = {**type(method).example(action, example - 1), **given}
    try:
        typed = {
            param.name: _typed(param, given[param.name]) for param in action.params if param.name in given
        }
        result = method.run(name, progress=_terminal_progress(), **typed)
    except ZooError:
        raise
    except Exception as error:
        fault = f"{type(error).__name__}: {registry.first_line(error).rstrip('.')}"
        raise PluginError(f"{options.method} failed with {fault}; its authors can mend it.") from error
    try:
        files = write_results(result, out) if out else {}
    except OSError as error:
        raise InputError(f"--out cannot be written: {error.strerror}.") from error
    summary = summarise(result, files)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    for field, value in summary.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{field}:")
            for row in value:
                print(f"  {row['name']}: {_number(row['value'])} {row['unit']}".rstrip())
        else:
            print(f"{field}: {value['file'] if isinstance(value, dict) and 'file' in value else value}")


def _joined(words: Sequence[str]) -> list[str]:
    """``--stops -1e-3`` as one word, for argparse takes the number for an option."""
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"--[\w-]+", joined[-1]) and re.match(r"-\.?\d", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _typed(param: Param, word: Any) -> Any:
    """A word as the number that it spells; the contract tells what is wrong with the others."""
    numeric = param.kind in ("int", "float") or (
        param.kind == "choice" and not isinstance(param.choices[0], str)
    )
    if numeric and isinstance(word, str):
        for number in (int, float):
            with contextlib.suppress(ValueError):
                return number(word)
    return word


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_results(result: Any, out: Path) -> dict[str, str]:
    """Write each value of a result into a folder; the names of the files by field."""
    from zoo.types import Value

    out.mkdir(parents=True, exist_ok=True)
    names = {field.name for field in dataclasses.fields(result)}
    files: dict[str, str] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, Value):
            # The name of a File is chosen by a plugin; ``File`` drops folders, here two of one name part.
            path = out / (getattr(value, "name", "") or f"{field.name}{value.suffix}")
            if str(path) in files.values() or (value.kind == "file" and path.stem in names):
                path = out / f"{field.name}-{path.name}"
            value.save(path)
            files[field.name] = str(path)
    return files


def summarise(result: Any, files: dict[str, str]) -> dict[str, Any]:
    """A result as JSON: plain values and metrics as they are, other values by kind, file and fingerprint."""
    from zoo.types import Value

    summary: dict[str, Any] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if not isinstance(value, Value):
            summary[field.name] = value.item() if hasattr(value, "item") else value
        elif value.plain() is not None:
            summary[field.name] = value.plain()
        else:
            summary[field.name] = {"kind": value.kind, "sha256": value.fingerprint()}
            if field.name in files:
                summary[field.name]["file"] = files[field.name]
    return summary


def _terminal_progress() -> Any:
    """Progress as one line on standard error that is written over."""
    from zoo.progress import Progress

    class TerminalProgress(Progress):
        def __call__(self, fraction: float, text: str = "") -> None:
            if sys.stderr.isatty():
                end = "\n" if fraction >= 1 else ""
                print(f"\r{100 * fraction:3.0f} % {text:60.60}", end=end, file=sys.stderr, flush=True)

    return TerminalProgress()


# ---------------------------------------------------------------------------------------------------------
# train, verify, cost, data, bench, app


def _train(options: argparse.Namespace, rest: list[str]) -> None:
    module = f"{registry.find(options.slug).method.__module__}.train"
    if importlib.util.find_spec(module) is None:
        raise InputError(f"{options.slug} has nothing to train.")
    from zoo import hub, training

    recipe = training.train(
        importlib.import_module(module).train,
        slug=options.slug,
        out=options.out or paths.root() / "weights" / options.slug,
        seed=options.seed,
        steps=options.steps,
        minutes=options.minutes,
        fresh=options.fresh,
    )
    if options.out is None:
        hub.write_lock(paths.root() / "weights" / options.slug)
    print(json.dumps(recipe, indent=2))


def _verify(options: argparse.Namespace, rest: list[str]) -> int:
    from zoo.evidence import verify

    if options.check and (options.write or not options.quick):
        raise InputError("--check goes with --quick and without --write.")
    slugs = options.slugs or list(registry.methods())
    if options.judge:
        for slug in slugs:
            record = verify.judge_again(slug)
            verify.write(record)
            print("\n".join(f"{slug}: {verify.report(claim).splitlines()[0]}" for claim in record.claims))
        return 0
    tell = (lambda text: print(text, file=sys.stderr)) if options.json or options.check else print
    progress, records, faults = _terminal_progress(), [], []
    if options.check and not options.fresh:
        same = [slug for slug in slugs if verify.unchanged(slug)]
        for slug in same:
            tell(f"{slug}: code, weights and packages are those that gave the committed numbers")
        slugs = [slug for slug in slugs if slug not in same]
    if options.check and len(slugs) > 1:
        return _checked_in_turns(slugs, options.fresh)
    for slug in slugs:
        record = verify.verify(slug, options.quick, tell, progress, options.fresh, timed=not options.check)
        if options.write and options.quick:
            verify.write_quick(record)
        elif options.write:
            verify.write(record)
            verify.write_quick(verify.verify(slug, True, lambda text: None, progress, options.fresh))
        if options.check:
            faults += [f"{slug}: {fault}" for fault in verify.differences(record, verify.read(slug))]
        records.append(record)
    if options.json:
        print(json.dumps([record.model_dump() for record in records], ensure_ascii=False, indent=1))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _checked_in_turns(slugs: Sequence[str], fresh: bool) -> int:
    """Check several methods, two at a time, each in a process of its own on one thread."""
    from concurrent.futures import ThreadPoolExecutor

    def check(slug: str) -> tuple[str, subprocess.CompletedProcess[str]]:
        command = [
            sys.executable,
            "-m",
            "zoo",
            "verify",
            slug,
            "--quick",
            "--check",
            *(["--fresh"] if fresh else []),
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return slug, subprocess.run(command, capture_output=True, text=True, env=environment)

    code = 0
    with ThreadPoolExecutor(2) as pool:
        for slug, done in pool.map(check, slugs):
            print(
                f"{slug}: {'as committed' if not done.returncode else done.stderr.strip()}", file=sys.stderr
            )
            code = max(code, done.returncode)
    return code


def _cost(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo.evidence import cost

    records = []
    for slug in options.slugs or [slug for slug, method in registry.methods().items() if cost.costs(method)]:
        if not cost.costs(registry.find(slug).method):
            raise InputError(f"{slug} names no computation to measure.")
        records.append(cost.measure(slug, _terminal_progress()))
        print(cost.report(records[-1]), file=sys.stderr if options.json else sys.stdout)
        if options.write:
            cost.write(records[-1])
    if options.json:
        print(json.dumps([record.model_dump() for record in records], ensure_ascii=False, indent=1))


def _rank(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo.evidence import task

    if options.quick and options.write:
        raise InputError("a quick ranking is not stored; leave out --quick or --write.")
    progress, records = _terminal_progress(), []
    for one in [task.load(slug) for slug in options.tasks or task.names()]:
        records.append(task.rank(one.slug, options.quick, progress))
        progress(1.0, one.title)
        if options.write:
            task.write(records[-1])
        print(task.report(one, records[-1]), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        print(json.dumps([record.model_dump() for record in records], ensure_ascii=False, indent=1))


def _thumbnail(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo import thumbnail

    print(thumbnail.make(options.slug, options.action, options.example, options.result))


def _data(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo import data

    if options.what == "list":
        for name in data.names():
            print(f"{name:26} {data.describe(name).splitlines()[0]}")
    elif options.name is None:
        raise InputError("name a data set; zoo data list shows all.")
    elif options.what == "show":
        print(data.describe(options.name))
    else:
        data.fetch(options.name)


def _bench(options: argparse.Namespace, rest: list[str]) -> None:
    root = paths.checkout()
    if root is None:
        raise InputError("benchmarks run from a checkout of the project, not from an installed package.")
    found = {path.stem: path for path in sorted((root / "benchmarks").glob("*.py"))}
    runnable = {name: path for name, path in found.items() if "def main(" in path.read_text()}
    if options.name == "peers":
        chosen = [name for name in runnable if name.startswith("peers_")]
    elif options.name in runnable:
        chosen = [options.name]
    else:
        raise InputError(f"name one of peers, {', '.join(runnable)}.")
    sys.path.insert(0, str(root))
    for name in chosen:
        sys.argv = [name]  # a benchmark may take options of its own when it is run as a file
        importlib.import_module(f"benchmarks.{name}").main()


def _delegate(options: argparse.Namespace, rest: list[str]) -> None:
    module = importlib.import_module(f"zoo.{options.command}")
    parser = argparse.ArgumentParser(prog=f"zoo {options.command}", description=DELEGATED[options.command])
    module.add_arguments(parser)
    module.main(parser.parse_args(rest))


def _app(options: argparse.Namespace, rest: list[str]) -> None:
    from zoo.app import launch

    launch(host=options.host, port=options.port)


if __name__ == "__main__":
    sys.exit(main())
