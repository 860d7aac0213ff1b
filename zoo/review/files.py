"""What lies in a method's folders: names, weights, data, tests, documentation of its functions."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from zoo import catalogue, data, hub
from zoo.errors import WeightsError
from zoo.hub import shared
from zoo.review.ladder import Finding, Subject, rule

OTHER_WORDS = {
    "figures": {"plot", "plots", "plotting", "chart", "charts", "draw", "drawing", "drawings", "picture", "pictures",
                "graphics", "visual", "visuals", "visualisation", "visualization", "viz", "figure"},
    "actions": {"action", "report", "reports", "reporting", "results", "app", "ui", "view", "views", "demo", "main"},
    "data": {"dataset", "datasets", "inputs", "loader", "loaders", "loading", "io"},
    "model": {"models", "method", "core", "algorithm", "maths", "math"},
    "claims": {"claim", "evidence", "evaluate", "evaluation", "experiments"},
    "train": {"training", "trainer", "fit"},
    "the word for what is in it": {"util", "utils", "helper", "helpers", "misc", "common", "tools", "stuff", "base",
                                   "shared", "lib", "support", "extra", "extras", "various"},
}  # fmt: skip
"""What a file must not be called, by what it must be called instead."""

MOST_BUNDLED = 32 * 2**20
"""Bytes of weights that may lie in the repository; larger ones belong on the Hub."""

MOST_UNEXPLAINED = 4 * 2**20
"""Bytes of weights above which the card says why they are so large: “the weights are 6 MB: …”."""

SHAPE = re.compile(r"\([\w\s.*+/-]*,[^()]*\)|\bscalar\b")
"""A shape as docstrings write it: ``(batch, 3)``, ``(n,)``."""

ARRAYS = re.compile(r"\b(NDArray|ndarray|Array|Tensor)\b")
SOURCE = re.compile(
    r"https?://|arXiv|equation|eq\.|section|theorem|algorithm|\bpaper\b|\bet al\b|[12]\d{3}", re.I
)


def instead(name: str) -> str:
    """The name that a file should have; empty if its own is right."""
    return next((right for right, wrong in OTHER_WORDS.items() if name in wrong), "")


@rule("bronze", "Its files have the names that files have in every method, or that of their mathematics.")
def file_names(subject: Subject) -> Iterator[Finding]:
    """Compare with the words that are in use elsewhere."""
    for path in subject.sources:
        if right := instead(path.stem):
            yield Finding(f"{path.name} is not what such a file is called.", f"Call it {right}.")


@rule(
    "bronze", "Its weights are safetensors, locked, of moderate size, and a recipe says how they were made."
)
def weights(subject: Subject) -> Iterator[Finding]:
    """Look at the folder of weights, where there are any or a script that makes them."""
    for name in shared.stood_on(subject.method):
        try:
            shared.folder(name)
        except WeightsError as error:
            yield Finding(str(error), f"Run zoo train {name}.")
    home = hub.home(subject.method)
    again = f"Run zoo train {subject.slug}."
    if not (home / "lock.json").is_file():
        if any(path.name == "train.py" for path in subject.sources):
            yield Finding("there is a train.py, but no weights.", again)
        return
    try:
        lock = hub.read_lock(home)
        if hub.weights.bundled(home, lock):
            hub.weights.check(home, lock, subject.slug)
        elif not lock.repo_id:
            yield Finding("the locked files are neither there nor on the Hub.", again)
    except WeightsError as error:
        yield Finding(str(error), f"{again} It writes the lock, too.")
        return
    if any(path.name == "train.py" for path in subject.sources) and not (home / "recipe.json").is_file():
        yield Finding("the weights have no recipe.json.", again)
    loose = sorted(path.name for path in home.iterdir() if path.suffix in hub.weights.PICKLES)
    if loose:
        yield Finding(f"{', '.join(loose)} may hold code.", "Save safetensors alone.")
    size = sum(path.stat().st_size for path in home.rglob("*.safetensors"))
    if size > MOST_BUNDLED:
        yield Finding(
            f"the weights have {size / 2**20:.0f} MB.",
            f"Publish them: zoo publish {subject.slug} --namespace ORG.",
        )
    elif size > MOST_UNEXPLAINED and not re.search(
        r"weights (are|have) [\d.]+ MB", subject.card.text if subject.card else "", re.I
    ):
        yield Finding(
            f"the weights have {size / 2**20:.0f} MB, and the card does not say why.",
            "Store them in half precision, or say on the card: the weights are … MB, and what for.",
        )


@rule("bronze", "The card names its data, and under which terms they may be used.")
def data_licences(subject: Subject) -> Iterator[Finding]:
    """A data set is either of the zoo, which knows its licence, or the card's text speaks of it."""
    page = subject.card
    for name in map(str, (page.data.get("datasets") or []) if page else []):
        if name not in data.names() and not (
            page and re.search(r"licen[cs]e|CC BY|CC0|public domain", page.text)
        ):
            yield Finding(
                f"nothing says under which terms {name} may be used.",
                "Add it to zoo/data/sets with its licence, or name the licence in the card.",
            )


@rule("silver", "Its mathematics has tests of its own.")
def tests(subject: Subject) -> Iterator[Finding]:
    """Look for test functions beside those of the contract."""
    count = sum(
        len(re.findall(r"^def test_", path.read_text(encoding="utf-8"), re.M)) for path in subject.tests
    )
    if count == 0 and subject.project is not None:
        name = subject.slug.replace("-", "_")
        where = "tests/" if subject.is_guest else "tests/methods/"
        yield Finding(
            "nothing tests its mathematics.",
            f"Write {where}test_{name}.py: closed forms, known values, an independent implementation.",
        )


@rule("silver", "The README lists it.")
def readme(subject: Subject) -> Iterator[Finding]:
    """Look for its row, which a command writes."""
    if subject.is_guest or subject.project is None:
        return
    if f"[{subject.method.title}]" not in (subject.project / "README.md").read_text(encoding="utf-8"):
        yield Finding("the README does not list it.", "Run python -m benchmarks.tables.")


@rule("silver", "The catalogue of papers has its line, under its title and family.")
def catalogue_line(subject: Subject) -> Iterator[Finding]:
    """Asked of the zoo's own methods, which the page of wanted papers links."""
    if subject.is_guest or subject.project is None:
        return
    agrees = catalogue.agrees(subject.method)
    if catalogue.is_begun(subject.method):
        return
    if agrees is None:
        yield Finding(
            "zoo/catalogue/papers.jsonl has no line of it.",
            "Run python -m benchmarks.tables, which drafts one, and look it over.",
        )
    elif not agrees:
        yield Finding(
            "its line in zoo/catalogue/papers.jsonl has another title or family than its class.",
            "Mend whichever is wrong.",
        )


@rule(
    "silver", "Each action that names a baseline has a mirror: the baseline in ours' place gives its numbers."
)
def like_for_like(subject: Subject) -> Iterator[Finding]:
    """Read what ``tests/test_like_for_like.py`` of the checkout holds, or puts off."""
    if subject.is_guest or subject.project is None:
        return
    test = subject.project / MIRRORS_TEST
    if not test.is_file():  # zoo check of a checkout without tests
        return
    mirrored, pending = mirrors(test)
    if subject.slug in pending:
        return
    for name, action in subject.method.actions().items():
        if any(field.against for field in action.results) and (subject.slug, name) not in mirrored:
            yield Finding(
                f"nothing holds that {name} measures its baseline as it measures ours.",
                f"Write a function into MIRRORS of {MIRRORS_TEST} that puts ours in the baseline's place; "
                "until then put the slug into PENDING.",
            )


MIRRORS_TEST = "tests/test_like_for_like.py"


def mirrors(test: Path) -> tuple[set[tuple[str, ...]], set[str]]:
    """What a module of tests names: the actions in ``MIRRORS`` or ``SEEN_ELSEWHERE``, and slugs in ``PENDING``."""
    mirrored: set[tuple[str, ...]] = set()
    pending: set[str] = set()
    for node in ast.parse(test.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for name in (target.id for target in targets if isinstance(target, ast.Name)):
            if name == "PENDING" and isinstance(value, ast.Set | ast.Call):
                pending |= _texts(value)
            elif name in ("MIRRORS", "SEEN_ELSEWHERE"):
                keys = value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", [])
                mirrored |= {ast.literal_eval(key) for key in keys if key is not None}
    return mirrored, pending


def _texts(value: ast.AST) -> set[str]:
    """Every text that stands in a value."""
    return {
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@rule("silver", "ruff finds nothing in it.")
def lint(subject: Subject) -> Iterator[Finding]:
    """Run ruff, where it is installed, with the settings of the project it lies in; in the tree also house style."""
    if not subject.is_guest:
        yield from _house_style(subject)
    if subject.project is None or not (importlib.util.find_spec("ruff") or shutil.which("ruff")):
        return
    files = [str(path) for path in [*subject.sources, *subject.tests]]
    ruff = [sys.executable, "-m", "ruff"] if importlib.util.find_spec("ruff") else ["ruff"]
    for words, cure in (
        (["check"], "ruff check --fix mends most."),
        (["format", "--check"], "Run ruff format."),
    ):
        done = subprocess.run([*ruff, *words, "--quiet", *files], capture_output=True, text=True)
        if done.returncode:
            first = next((line for line in done.stdout.splitlines() if line.strip()), "see ruff's output")
            yield Finding(f"ruff {words[0]}: {first.strip()}", cure)


MOST_LINES = 60
"""Lines of a function, its signature and docstring included."""

VAGUE = {"one", "found", "told", "made", "here"}
"""Words that say nothing of what a variable holds."""


def _house_style(subject: Subject) -> Iterator[Finding]:
    """What all plugins of the tree share: functions of a screen, and names that say what a thing is."""
    for path in subject.sources:
        module = ast.parse(path.read_text(encoding="utf-8"))
        for name in long_functions(module):
            yield Finding(
                f"{path.name}: {name} has over {MOST_LINES} lines.",
                'Take a part out, or let an action\'s work stand in actions.py: @action(..., by="actions").',
            )
        for name in sorted(VAGUE.intersection(given_names(module))):
            yield Finding(
                f"{path.name}: the name {name} says nothing.",
                f"Name what the variable holds; nor do {', '.join(sorted(VAGUE - {name}))} say anything.",
            )


def long_functions(module: ast.Module) -> Iterator[str]:
    """The functions of more than a screen."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_LINES:
                yield node.name


def given_names(module: ast.Module) -> Iterator[str]:
    """Every name that is assigned, taken as an argument, imported or defined."""
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            yield node.name or ""


@rule(
    "gold",
    "Functions that take arrays say their shapes, those that raise say when, and model.py names its source.",
)
def docstrings(subject: Subject) -> Iterator[Finding]:
    """Read public functions and the docstring of the model."""
    for path in subject.sources:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name == "model.py" and not SOURCE.search(ast.get_docstring(tree) or ""):
            yield Finding(
                "model.py does not say where its mathematics comes from.", "Name the paper and its sections."
            )
        bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
        for node in (node for body in bodies for node in body):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield from _undocumented(path, node)


def _undocumented(path: Path, node: ast.FunctionDef) -> Iterator[Finding]:
    text = ast.get_docstring(node) or ""
    where = f"{path.name}, line {node.lineno}: {node.name}"
    annotations = " ".join(ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation)
    if path.name == "model.py" and ARRAYS.search(annotations) and not SHAPE.search(text):
        yield Finding(
            f"{where} takes arrays of unknown shape.", "Write shapes such as (batch, width) and units."
        )
    raises = {
        part.exc.func.id
        for part in ast.walk(node)
        if isinstance(part, ast.Raise)
        and isinstance(part.exc, ast.Call)
        and isinstance(part.exc.func, ast.Name)
    }
    if raises and text and "Raises:" not in text and "InputError" not in raises:
        yield Finding(
            f"{where} raises {', '.join(sorted(raises))} and does not say when.", "Add Raises: to it."
        )
