"""How the suite grows: copies of a real method, as a throw-away distribution, are tested like the checkout's own.

    python -m benchmarks.suite [COPIES [SLUG]]

takes a copy of the checkout, runs in it the tests that look at methods, first without and then with the copies, and
says what 100 methods would cost: what the core costs now, what it costs more for each further method, and a method's
own mean, which ``out/cpu/*.json`` have of the last whole run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.running import ROOT

sys.path.insert(0, str(ROOT / "tests"))

import budget
from own_methods import PROJECT, TARGETS, folder

MODULES = ("conformance", "outlets", "app_pages", "app_browser")
"""Test modules that look at every method, or at pages that show all of them."""
MANY = 100


def write_copies(base: Path, slug: str, count: int) -> Path:
    """Write a distribution with copies of a method as it lies after ``pip install --target``, and their tests.

    Args:
        base: a copy of the checkout; the copies' tests go into its ``tests/methods``.
        slug: the method to copy; one without weights, since a distribution's lie elsewhere.
        count: how many copies.

    Returns:
        A folder for ``PYTHONPATH``.
    """
    module, _, name = TARGETS[slug].partition(":")
    target = base / "copies"
    points = ["[zoo.methods]"]
    for number in range(count):
        home = target / f"zoo_copy_{number}"
        shutil.copytree(base / folder(slug), home)
        for suffix in (".md", ".webp"):
            shutil.copy(base / "cards" / f"{slug}{suffix}", home / f"card{suffix}")
        points.append(f"{slug}-{number} = {home.name}:{name}")
        tests = base / "tests" / "methods" / f"test_{slug.replace('-', '_')}"
        text = tests.with_suffix(".py").read_text().replace(module, home.name)
        tests.with_name(f"{tests.name}_{number}.py").write_text(text)
    info = target / "zoo_copies-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-copies\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(points) + "\n")
    return target


def copy_checkout(base: Path) -> None:
    """Copy what git knows into a folder, as a repository of its own that has it committed."""
    names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True)
    for name in filter(None, names.stdout.split("\0")):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, base / name)
    author = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "copied"]):
        subprocess.run(["git", *words], cwd=base, check=True)


def measure(base: Path, slug: str, copies: Path | None) -> list[budget.Row]:
    """The CPU seconds of the tests that look at methods, where none of the checkout's own has changed."""
    file = base / "out" / "cpu.json"
    modules = [f"tests/test_{name}.py" for name in MODULES]
    if copies:
        modules += [str(path) for path in base.glob(f"tests/methods/test_{slug.replace('-', '_')}_[0-9]*.py")]
    path = [str(part) for part in (copies, base) if part]
    variables = {"PYTHONPATH": os.pathsep.join(path), "ZOO_TEST_GUESTS": f"{slug}-*" if copies else ""}
    command = ["-m", "pytest", "-n", "2", "--changed-since", "HEAD", "--cpu", str(file), *modules]
    subprocess.run([sys.executable, *command], cwd=base, env={**os.environ, **variables}, check=False)
    return budget.read([file])


def core(rows: list[budget.Row]) -> float:
    """The core's share."""
    return sum(seconds for slug, _, seconds in rows if slug == "core")


def main() -> None:
    """Measure and print."""
    count, slug = int((sys.argv[1:] or ["10"])[0]), (sys.argv[2:] or ["linear-mda"])[0]
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        copy_checkout(base)
        before = measure(base, slug, None)
        rows = measure(base, slug, write_copies(base, slug, count))
    print("\n".join(budget.table(rows)))
    each = (sum(seconds for _, _, seconds in rows) - core(rows)) / count
    further = (core(rows) - core(before)) / count
    print(
        f"a copy of {slug}: {each:.1f} CPU s; the core: {further:.1f} CPU s more for each ({core(before):.0f} at 0)"
    )
    whole = budget.read(sorted((ROOT / "out" / "cpu").glob("*.json")))
    if whole:
        own = (sum(seconds for _, _, seconds in whole) - core(whole)) / len(TARGETS)
        total = core(whole) + MANY * own + (MANY - len(TARGETS)) * further
        print(f"{PROJECT['name']} with {MANY} methods: {total:.0f} CPU s, of which a method {own:.1f} s")


if __name__ == "__main__":
    main()
