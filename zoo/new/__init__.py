"""``zoo new``: a complete method that passes ``zoo check`` at once, in the tree or as a distribution of its own.

What is written stands in ``templates/``: James and Stein's estimator, small enough to read in one sitting, whose every
file is then changed into the author's own. ``write`` makes the files; ``finish`` trains, measures and draws what the
files alone cannot hold.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from zoo import paths, registry
from zoo.errors import InputError
from zoo.method import CONTRACT, FAMILIES
from zoo.new import examples
from zoo.registry import Entry

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Attributes:
        slug: the method's name in addresses and commands.
        family: one of ``zoo.method.FAMILIES``.
        takes: kinds of values that its action takes.
        gives: kinds of values that it gives.
        weights: whether it has a network that is trained.
        folder: of a distribution of its own, which must not exist yet; in the tree if None.
    """

    slug: str
    family: str
    takes: tuple[str, ...] = ("table",)
    gives: tuple[str, ...] = ("figure", "metrics")
    weights: bool = False
    folder: Path | None = None

    @property
    def name(self) -> str:
        """The slug as Python writes it."""
        return self.slug.replace("-", "_")

    @property
    def title(self) -> str:
        """The slug as a title."""
        return self.slug.replace("-", " ").capitalize()

    @property
    def class_name(self) -> str:
        """The slug as a class."""
        return "".join(word.capitalize() for word in self.slug.split("-"))

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return f"zoo-method-{self.slug}" if self.folder else "latent-zoo"

    @property
    def package(self) -> str:
        """What Python imports."""
        return f"zoo_method_{self.name}" if self.folder else f"plugins.{self.family}.{self.name}"

    @property
    def target(self) -> str:
        """The entry point."""
        return f"{self.package}:{self.class_name}"


def write(plan: Plan) -> list[Path]:
    """Write the files of a new method, and its entry point; their paths.

    Raises:
        InputError: what is asked for cannot be made, or something is there already.
    """
    environment = _environment()
    kinds = environment.get_template("kinds.jinja").module
    _check(plan, kinds)
    root = plan.folder or paths.checkout()
    assert root is not None  # ``_check`` has seen to it
    home = root / plan.package.replace(".", "/")
    known = _names(plan, kinds)
    places = _places(plan, root, home)
    for place, template in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        text = environment.get_template(template).render(known)
        place.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    (home / "examples").mkdir()
    for kind, file in known["examples"].items():
        if kind != "text":
            examples.value(kind).save(home / "examples" / file)
    files = [*places]
    if plan.folder is not None:
        files.append(root / "LICENSE")
        files[-1].write_text(_licence(), encoding="utf-8")
    else:
        family = root / "plugins" / plan.family / "__init__.py"
        if not family.exists():
            family.write_text(f'"""Methods of the family {plan.family}."""\n', encoding="utf-8")
        _enter(root / "pyproject.toml", plan)
        _put_off(root / "tests" / "test_like_for_like.py", plan.slug)
    _format([place for place in places if place.suffix == ".py"])
    return [*files, *sorted((home / "examples").iterdir())]


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - it writes Python and Markdown, no page
    )


def _check(plan: Plan, kinds: Any) -> None:
    """Whether a plan can be carried out.

    Raises:
        InputError: it cannot; the sentence says what can.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", plan.slug):
        raise InputError("a slug is made of lower-case words joined by hyphens, such as sparse-coding.")
    if plan.slug in registry.entries():
        raise InputError(f"there is a method {plan.slug} already; choose another slug.")
    if plan.family not in FAMILIES:
        raise InputError(f"the family is one of {', '.join(FAMILIES)}.")
    for words, known in ((plan.takes, kinds.READ), (plan.gives, kinds.MAKE)):
        unknown = [kind for kind in words if kind not in known]
        if unknown or not words:
            raise InputError(
                f"{', '.join(unknown) or 'nothing'} cannot be started with; name {', '.join(known)}."
            )
    if not set(plan.gives) & set(kinds.DRAWN):
        raise InputError(f"a thumbnail has to be drawn: let it give one of {', '.join(kinds.DRAWN)} as well.")
    if plan.folder is None and paths.checkout() is None:
        raise InputError("the zoo runs from an installed package; name a folder with --third-party DIR.")
    if plan.folder is not None and plan.folder.exists() and any(plan.folder.iterdir()):
        raise InputError(f"{plan.folder.name} is there already and not empty; name a new folder.")


def _names(plan: Plan, kinds: Any) -> dict[str, Any]:
    """What templates may name."""
    drawn = {"figure": "Figure", "image": "Image", "pictures": "Image"}
    results = {kinds.TYPE[kind] for kind in plan.gives if kind != "text"}
    inputs = {kinds.TYPE[kind] for kind in plan.takes}
    return {
        "slug": plan.slug, "family": plan.family, "title": plan.title, "class_name": plan.class_name,
        "package": plan.package, "distribution": plan.distribution, "weights": plan.weights, "contract": CONTRACT,
        "takes": plan.takes, "gives": plan.gives, "examples": {kind: examples.name(kind) for kind in plan.takes},
        "types": sorted(results | inputs | ({"Text"} if "text" in plan.gives else set())),
        "read_types": sorted(inputs), "figure_types": sorted({drawn[kind] for kind in plan.gives if kind in drawn}),
    }  # fmt: skip


def _places(plan: Plan, root: Path, home: Path) -> dict[Path, str]:
    """Every file of a method with its template."""
    modules = ["data", "model", "figures", "claims", *(["train"] if plan.weights else [])]
    places = {home / "__init__.py": "method.py.jinja"}
    places |= {home / f"{module}.py": f"{module}.py.jinja" for module in modules}
    if plan.folder is None:
        places[root / "cards" / f"{plan.slug}.md"] = "card.md.jinja"
        places[root / "cards" / f"{plan.slug}.svg"] = "card.svg.jinja"
        places[root / "tests" / "methods" / f"test_{plan.name}.py"] = "test_model.py.jinja"
    else:
        places |= {
            home / "card.md": "card.md.jinja",
            home / "card.svg": "card.svg.jinja",
            root / "tests" / "test_model.py": "test_model.py.jinja",
            root / "tests" / "test_contract.py": "test_contract.py.jinja",
            root / "pyproject.toml": "pyproject.toml.jinja",
            root / "README.md": "readme.md.jinja",
            root / ".gitignore": "gitignore.jinja",
        }
    return places


def _enter(project: Path, plan: Plan) -> None:
    """Add the entry point to the checkout's ``pyproject.toml``, in the order of slugs."""
    head, header, rest = project.read_text(encoding="utf-8").partition(
        '[project.entry-points."zoo.methods"]\n'
    )
    table = re.match(r"(?:[^\[\n].*\n)*", rest)
    lines = table[0] if table else ""
    entries = sorted([*lines.splitlines(), f'{plan.slug} = "{plan.target}"'])
    text = head + header + "\n".join(entries) + "\n" + rest[len(lines) :]
    tomllib.loads(text)
    paths.write_whole(project, text)


def _put_off(test: Path, slug: str) -> None:
    """Add a slug to those whose mirror is still to be written, where the checkout has its tests."""
    if not test.is_file():
        return
    head, start, rest = test.read_text(encoding="utf-8").partition("\nPENDING = {\n")
    names, end, tail = rest.partition("\n}")
    slugs = sorted({slug, *re.findall(r'"([^"]+)"', names)})
    lines = textwrap.wrap(", ".join(f'"{name}"' for name in slugs) + ",", 106, break_on_hyphens=False)
    if start and end:
        test.write_text(
            head + start + "\n".join(f"    {line}" for line in lines) + end + tail, encoding="utf-8"
        )


def _licence() -> str:
    """The text of Apache-2.0, which the zoo itself is under."""
    own = paths.checkout()
    if own is not None:
        return (own / "LICENSE").read_text(encoding="utf-8")
    shipped = importlib.metadata.files("latent-zoo") or []
    return next(file for file in shipped if file.name == "LICENSE").read_text()


def _format(files: Sequence[Path]) -> None:
    """Lay the files out as the project's formatter does, where it is installed."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        return
    for words in (["format"], ["check", "--fix", "--exit-zero"], ["format"]):
        subprocess.run([ruff, *words, *map(str, files)], check=True, capture_output=True)


def finish(plan: Plan, tell: Callable[[str], None] = print) -> None:
    """Train, measure, draw: what a method has beside its files.

    Args:
        plan: what ``write`` wrote.
        tell: called with a line before each step.
    """
    from zoo import answers, hub, thumbnail, training
    from zoo.evidence import verify

    root = plan.folder or paths.checkout()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    version = "0.1.0" if plan.folder else paths.pyproject()["project"]["version"]
    registry.add(Entry(plan.slug, plan.target, plan.distribution, version))
    method = registry.find(plan.slug).method
    if plan.weights:
        tell(f"zoo train {plan.slug}")
        script = importlib.import_module(f"{plan.package}.train").train
        training.train(script, slug=plan.slug, out=hub.home(method))
        hub.write_lock(hub.home(method))
    tell(f"zoo verify {plan.slug} --write")
    verify.write(verify.verify(plan.slug, tell=lambda text: None))
    verify.write_quick(verify.verify(plan.slug, quick=True, tell=lambda text: None))
    tell(f"zoo thumbnail {plan.slug}")
    thumbnail.make(plan.slug)
    if plan.folder is None:
        tell(f"zoo answers {plan.slug} --write")
        for action in method.actions().values():
            answers.write(registry.load(plan.slug), action)
    if plan.folder is None and (paths.root() / "benchmarks").is_dir():
        tell("python -m benchmarks.tables")
        subprocess.run(
            [sys.executable, "-m", "benchmarks.tables"], cwd=paths.root(), check=True, capture_output=True
        )
