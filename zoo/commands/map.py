"""``zoo map``: an action over many items, which goes on where it was cut off.

Items are the files of a folder, or the rows of a table whose columns are named as the action's inputs. Each ends as a
row of the output: its results, or why there are none. What is done stands in a journal beside the output, a line an
item, so that a run that was killed does nothing twice; pictures, tables and other files lie in a folder beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import paths
from zoo.cluster import cluster
from zoo.commands.run import find_action, summarise, typed, write_results
from zoo.errors import InputError, ZooError
from zoo.isolation import SECONDS

if TYPE_CHECKING:
    import pandas

    from zoo.action import Action, Param

WAITING = 4
"""Items that wait for each worker, so that none idles and few are lost with a kill."""
MOST_BLOCKS = 2500
"""Parts of a Ray data set, of an item each where there are no more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``zoo map`` takes."""
    parser.add_argument("method", help="a slug, or slug.action")
    parser.add_argument(
        "--input", required=True, help="a folder of files, or a table (.parquet, .csv) of inputs"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.parquet")
    parser.add_argument(
        "--pattern", default="*", metavar="GLOB", help='which files of a folder, such as "*.png"'
    )
    parser.add_argument(
        "--as", dest="into", metavar="NAME", help="the input that files go into (default: the first)"
    )
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes; 0 works in this one"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="the most that an item may take in a worker"
    )
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: on a cluster (RAY_ADDRESS)"
    )
    parser.add_argument("--again", action="store_true", help="try once more what failed before")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="an input that all items share"
    )


def main(options: argparse.Namespace) -> None:
    """Do every item that is left, write the table, and say how many failed."""
    _, name, action = find_action(options.method)
    slug = options.method.partition(".")[0]
    if options.output.suffix != ".parquet":
        raise InputError("--output names a file that ends in .parquet.")
    fixed = _settings(action, options.set)
    items = list(_items(action, options, fixed))
    work = Work(slug, name, str(options.output.with_suffix("").absolute()) + ".files")
    journal = Journal(options.output.with_name(f"{options.output.name}.journal"), work, fixed)
    done = journal.read(items, options.again)
    left = [item for item in items if item.key not in done]
    _do(work, left, options, lambda row: journal.add(done, row), len(items))
    _write([done[item.key] for item in items], options.output)
    journal.file.unlink(missing_ok=True)
    failed = sum(row["error"] != "" for row in done.values())
    print(f"{options.output}: {len(items):,} items, {failed:,} failed")


# ---------------------------------------------------------------------------------------------------------
# Items


@dataclass(frozen=True)
class Item:
    """An item.

    Attributes:
        key: its file's path within the folder, or its row's number.
        inputs: of the action, by name.
    """

    key: str
    inputs: dict[str, Any]


def _settings(action: Action, words: list[str]) -> dict[str, Any]:
    """Inputs that are the same for all items.

    Raises:
        InputError: a word is no name and value, or the action has no such input.
    """
    params = {param.name: param for param in action.params}
    fixed: dict[str, Any] = {}
    for word in words:
        name, sign, value = word.partition("=")
        param = params.get(name.replace("-", "_"))
        if param is None or not sign:
            raise InputError(f"--set takes NAME=VALUE, where NAME is one of {', '.join(params)}.")
        fixed[param.name] = [*fixed.get(param.name, []), value] if param.several else typed(param, value)
    return fixed


def _items(action: Action, options: argparse.Namespace, fixed: dict[str, Any]) -> Iterator[Item]:
    """Every item of a folder or a table.

    Raises:
        InputError: the source cannot be read, or the action takes nothing of the kind.
    """
    place = Path(options.input)
    if place.is_dir():
        param = _file_param(action, options.into)
        suffixes = param.value_type.suffixes if param.value_type else ()
        for file in sorted(path for path in place.rglob(options.pattern) if path.is_file()):
            if not suffixes or file.suffix.lower() in suffixes:
                yield Item(str(file.relative_to(place)), {**fixed, param.name: str(file)})
        return
    frame = _table(options.input)
    given = [param for param in action.params if param.name in frame.columns]
    if not given:
        names = ", ".join(param.name for param in action.params)
        raise InputError(f"--input has no column named as an input of {action.name}: {names}.")
    for number, row in enumerate(frame.to_dict("records")):
        inputs = {param.name: _cell(param, row[param.name], place) for param in given}
        yield Item(str(number), {**fixed, **inputs})


def _file_param(action: Action, into: str | None) -> Param:
    files = {param.name: param for param in action.params if param.is_file}
    if not files:
        raise InputError(f"{action.name} takes no file; send a table of its inputs.")
    if into is not None and into not in files:
        raise InputError(f"--as names one of {', '.join(files)}.")
    return files[into] if into else next(iter(files.values()))


def _table(source: str) -> pandas.DataFrame:
    import pandas

    try:
        return pandas.read_csv(source) if source.endswith(".csv") else pandas.read_parquet(source)
    except Exception as error:  # a stranger's file may find a fault in any reader
        raise InputError("--input is no folder, Parquet file or CSV file that can be read.") from error


def _cell(param: Param, value: Any, table: Path) -> Any:
    """A cell as an input; a file's name is looked up beside the table."""
    if param.is_file and isinstance(value, str):
        return str(table.parent / value)
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


# ---------------------------------------------------------------------------------------------------------
# Work


@dataclass(frozen=True)
class Work:
    """What is done with each item; sent to the workers.

    Attributes:
        slug: of the method.
        action: its name.
        folder: where results lie that are files, a folder an item.
    """

    slug: str
    action: str
    folder: str

    def __call__(self, item: Item) -> dict[str, Any]:
        """The row of an item."""
        from zoo import registry

        began = time.perf_counter()
        try:
            result = registry.load(self.slug).run(self.action, **item.inputs)
            files = write_results(result, Path(self.folder) / _name(item.key))
            columns = dict(_columns(summarise(result, files)))
            error = ""
        except ZooError as problem:
            columns, error = {}, str(problem)
        except Exception as problem:  # one item's fault is not the others'
            columns, error = {}, f"{type(problem).__name__}: {registry.first_line(problem)}"
        return {"item": item.key, "error": error, "seconds": round(time.perf_counter() - began, 4), **columns}


def _name(key: str) -> str:
    """A folder's name for an item, whatever its key: the end of it, and a hash of the whole."""
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in key)[-60:]
    return f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _columns(summary: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Plain results and the numbers of metrics, each a column; of files where they lie."""
    for field, value in summary.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and "unit" in value[0]:
            yield from ((f"{field}.{row['name']}", row["value"]) for row in value)
        elif isinstance(value, dict):
            yield field, value.get("file")
        elif isinstance(value, list):
            yield field, json.dumps(value)
        else:
            yield field, value


def _do(
    work: Work,
    items: list[Item],
    options: argparse.Namespace,
    keep: Callable[[dict[str, Any]], None],
    count: int,
) -> None:
    """Do items, by the engine that was asked for, and keep each row as it comes; `count` are all, also those done."""
    from tqdm import tqdm

    if options.engine == "ray":
        rows = _by_ray(work, items, options)
    else:
        rows = _by_workers(work, items, options) if options.workers else (work(item) for item in items)
    with (
        tqdm(total=count, initial=count - len(items), unit="item", disable=None) as bar,
        contextlib.closing(rows),
    ):
        for row in rows:
            keep(row)
            bar.update()


def _by_workers(work: Work, items: list[Item], options: argparse.Namespace) -> Generator[dict[str, Any]]:
    """Rows in the order in which they are done; a worker that dies or takes too long costs its item alone."""
    import multiprocessing

    import pebble

    ahead = iter(items)
    running: dict[Any, Item] = {}
    with pebble.ProcessPool(options.workers, context=multiprocessing.get_context("spawn")) as pool:
        try:
            while True:
                while len(running) < WAITING * options.workers and (item := next(ahead, None)) is not None:
                    running[pool.schedule(work, args=[item], timeout=options.seconds)] = item
                if not running:
                    return
                for task in wait(running, return_when=FIRST_COMPLETED).done:
                    yield _row(task, running.pop(task), options.seconds)
        except BaseException:
            pool.stop()
            raise


def _by_ray(work: Work, items: list[Item], options: argparse.Namespace) -> Generator[dict[str, Any]]:
    """Rows from Ray Data; what a worker had in hand when it died is done again elsewhere, and each row arrives once."""

    def done(row: dict[str, Any]) -> dict[str, Any]:
        # As JSON, since rows of a block would have to have the same columns.
        return {"row": json.dumps(work(Item(row["key"], json.loads(row["inputs"]))), default=str)}

    with cluster(options.workers) as ray:
        ray.data.DataContext.get_current().enable_progress_bars = False
        sent = [{"key": item.key, "inputs": json.dumps(item.inputs)} for item in items]
        if sent:
            data = ray.data.from_items(sent, override_num_blocks=min(len(sent), MOST_BLOCKS))
            for row in data.map(done, num_cpus=1).iter_rows():
                yield json.loads(row["row"])


def _row(task: Any, item: Item, seconds: float) -> dict[str, Any]:
    problem = task.exception()
    if problem is None:
        return task.result()
    late = isinstance(problem, TimeoutError)
    return {
        "item": item.key,
        "error": f"took more than {seconds:g} seconds." if late else "its process ended.",
    }


# ---------------------------------------------------------------------------------------------------------
# What is done


@dataclass
class Journal:
    """Rows of items that are done, a line of JSON each, after one that says which run they are of.

    Attributes:
        file: where.
        work: what is done.
        fixed: inputs that are the same for all.
    """

    file: Path
    work: Work
    fixed: dict[str, Any]

    def read(self, items: list[Item], again: bool) -> dict[str, dict[str, Any]]:
        """Rows by key that an earlier run has left; begins the journal where there is none.

        Raises:
            InputError: it is of another run.
        """
        head = json.dumps(
            {"map": f"{self.work.slug}.{self.work.action}", "settings": self.fixed}, default=str
        )
        lines = self.file.read_bytes().split(b"\n") if self.file.is_file() else []
        if not lines or not lines[0]:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            paths.write_whole(self.file, f"{head}\n")
            return {}
        if json.loads(lines[0]) != json.loads(head):
            raise InputError(
                f"{self.file.name} is of a run with other settings; delete it or name another output."
            )
        keys = {item.key for item in items}
        rows: dict[str, dict[str, Any]] = {}
        whole = [lines[0]]
        for line in lines[1:-1]:  # what follows the last line's end was cut off
            row = json.loads(line)
            if row["item"] in keys and not (again and row["error"]):
                rows[row["item"]] = row
                whole.append(line)
        paths.write_whole(self.file, b"\n".join(whole) + b"\n")
        return rows

    def add(self, rows: dict[str, dict[str, Any]], row: dict[str, Any]) -> None:
        """Keep a row; it is on the disk when this returns."""
        rows[row["item"]] = row
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, default=str) + "\n")
            out.flush()
            os.fsync(out.fileno())


def _write(rows: list[dict[str, Any]], output: Path) -> None:
    """The table, whole or not at all."""
    import pandas

    paths.write_whole(output, pandas.DataFrame(rows).to_parquet(None, index=False))
