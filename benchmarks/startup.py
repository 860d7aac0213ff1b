"""What starting costs: ``zoo list`` beside importing three libraries, and the app beside a one-textbox app."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.running import (
    PYTHON,
    TEXTBOX_APP,
    alternate,
    running,
    seconds_of,
    summary,
    synthetic_env,
    write,
)

LIST_REPEATS = 9
APP_REPEATS = 3
SIZES = (300, 650)


def first_page(command: list[str], env: dict[str, str]) -> float:
    """Seconds from starting an app to its first page."""
    with running(command, env) as (_, seconds, _):
        return seconds


def main() -> None:
    """Measure and store; ``docs/BENCHMARKS.md`` shows it."""
    with tempfile.TemporaryDirectory() as name:
        envs = {size: synthetic_env(Path(name), size) for size in SIZES}
        listing = [PYTHON, "-m", "zoo.cli", "list", "--json"]
        lists = {
            "importing pydantic, yaml and numpy": lambda: seconds_of(
                [PYTHON, "-c", "import pydantic, yaml, numpy"]
            ),
            "zoo list": lambda: seconds_of(listing),
            **{
                f"zoo list, {size} methods more": (lambda env=envs[size]: seconds_of(listing, env))
                for size in SIZES
            },
        }
        apps = {
            "one-textbox app": lambda: first_page([PYTHON, "-c", TEXTBOX_APP], {}),
            "app": lambda: first_page([PYTHON, "app.py"], {}),
            **{
                f"app, {size} methods more": (lambda env=envs[size]: first_page([PYTHON, "app.py"], env))
                for size in SIZES
            },
        }
        for task in (*lists.values(), *apps.values()):
            task()  # once for the file cache and Python's compiled files
        timed_lists = alternate(lists, LIST_REPEATS)
        timed_apps = alternate(apps, APP_REPEATS)
    rows = []
    for values, reference in ((timed_lists, next(iter(lists))), (timed_apps, next(iter(apps)))):
        base = summary(values[reference])["median"]
        for what, seconds in values.items():
            rows.append(
                {"what": what, **summary(seconds), "ratio": round(summary(seconds)["median"] / base, 2)}
            )
    for row in rows:
        print(f"{row['what']:40} {row['median']:7.2f} s   x {row['ratio']}")
    print(write("startup", {"unit": "s", "rows": rows}))


if __name__ == "__main__":
    main()
