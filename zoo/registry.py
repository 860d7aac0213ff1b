"""From entry points to methods, lazily; a plugin that fails is an entry with an ``error``, never a crash.

Installed distributions name their methods in the entry-point group ``zoo.methods``. The checkout's own
come from its ``pyproject.toml``, so that a Space runs it uninstalled and an editable install is never
behind the file. ``ZOO_ONLY`` and ``ZOO_EXCLUDE`` take comma-separated slugs, with ``*`` for any text.
"""

from __future__ import annotations

import contextlib
import difflib
import fnmatch
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import logging
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo import paths
from zoo.errors import InputError, PluginError
from zoo.imports import importable, troubles

if TYPE_CHECKING:
    from zoo.method import Method

log = logging.getLogger(__name__)

GROUP = "zoo.methods"
OWN = "latent-zoo"
"""The distribution that this is."""
RESERVED = {"out", "json", "example", "help", "progress", "self"}
"""Names that inputs may not have, since outlets use them."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Entry:
    """A method as the registry knows it before its module is imported.

    Attributes:
        slug: its address; that of a duplicate is lengthened by the distribution's name.
        target: ``module:Class``.
        distribution: the distribution that brings it.
        version: that distribution's version.
        refusal: why it is not offered at all (a duplicate or malformed slug), or empty.
    """

    slug: str
    target: str
    distribution: str
    version: str
    refusal: str = ""

    @property
    def is_strange(self) -> bool:
        """Whether it comes from somebody else's distribution."""
        return self.distribution != OWN

    @functools.cached_property
    def trouble(self) -> str:
        """What importing it would do to this program, such as ending it; empty for what only fails or works."""
        if self.refusal or not self.is_strange:
            return ""
        strange = {entry.module for entry in entries().values() if entry.is_strange}
        return troubles(tuple(sorted(strange | {self.module}))).get(self.module, "")

    @property
    def module(self) -> str:
        """The module that it names."""
        return self.target.partition(":")[0]

    @functools.cached_property
    def _outcome(self) -> tuple[type[Method] | None, str]:
        """The class, and what keeps it from being offered; a class without a card has both."""
        try:
            method = self._load()
            return method, self._card_error(method)
        except PluginError as error:
            return None, str(error)
        except Exception as error:  # a third party's class or card may raise anything
            return (
                None,
                f"{self.distribution} {self.version} cannot be used: {first_line(error).rstrip('.')}.",
            )

    @property
    def error(self) -> str:
        """What failed and how to mend it; empty for a method that works."""
        return self._outcome[1]

    @property
    def method(self) -> type[Method]:
        """The method's class.

        Raises:
            PluginError: it cannot be offered; the message says why and what helps.
        """
        method, error = self._outcome
        if method is None or error:
            raise PluginError(error)
        return method

    @property
    def draft(self) -> type[Method]:
        """The method's class, also of one in progress, which has no card yet.

        Raises:
            PluginError: it cannot be used.
        """
        method, error = self._outcome
        if method is None:
            raise PluginError(error)
        return method

    @functools.cached_property
    def title(self) -> str:
        """The method's title, or its slug where the class cannot be imported."""
        method = self._outcome[0]
        return method.title if method else self.slug

    @property
    def family(self) -> str:
        """The method's family; ``broken`` where the class cannot be imported."""
        method = self._outcome[0]
        return method.family if method else "broken"

    def _load(self) -> type[Method]:
        """Import the entry module and check what it brings."""
        if self.refusal:
            raise PluginError(self.refusal)
        module_name, class_name = self.module, self.target.partition(":")[2]
        if self.trouble:
            raise PluginError(
                f"Importing {module_name} of {self.distribution} {self.version} {self.trouble}, so it is left out. Its"
                " authors can mend it; the rest works."
            )
        try:
            with contextlib.redirect_stdout(sys.stderr):  # ``zoo list --json`` has stdout to itself
                method: Any = functools.reduce(
                    getattr, class_name.split("."), importlib.import_module(module_name)
                )
        except ModuleNotFoundError as error:
            if not error.name or f"{module_name}.".startswith(f"{error.name}."):
                raise PluginError(
                    f"{self.distribution} {self.version} names the module {module_name}, which it does not"
                    " bring; its authors can mend it."
                ) from error
            raise PluginError(
                f"{self.distribution} needs the package {error.name.partition('.')[0]}, which is not"
                f" installed: run pip install {error.name.partition('.')[0]}."
            ) from error
        except (Exception, SystemExit) as error:  # a third party's module may raise anything
            raise PluginError(
                f"Importing {module_name} of {self.distribution} {self.version} failed with"
                f" {type(error).__name__}: {first_line(error)}. Its authors can mend it, and install it"
                " again where an entry point changed; the rest works."
            ) from error
        problem = _check_class(method, class_name)
        if problem:
            raise PluginError(f"{self.target} of {self.distribution} breaks the contract: {problem}.")
        missing = [name for name in method.requires if not importable(name)]
        if missing:
            raise PluginError(
                f"{method.title} needs {' and '.join(missing)}, which"
                f" {'is' if len(missing) == 1 else 'are'} not installed: run pip install {' '.join(missing)}."
            )
        if vars(method).get("slug", self.slug) != self.slug:
            # Two entries may name the same class; each gets its own subclass, since a class has only one slug.
            own = {"__module__": method.__module__, "__doc__": method.__doc__}
            method = type(method.__name__, (method,), own)
        method.slug = self.slug
        return method

    @staticmethod
    def _card_error(method: type[Method]) -> str:
        """What is wrong with the card; empty if nothing.

        Raises:
            PluginError: it is there, but unusable.
        """
        from zoo import card

        try:
            card.read(method)
            return ""
        except card.MissingCard as error:
            return f"{method.title} is in progress: it can be run and trained, but {error}"
        except card.CardError as error:
            raise PluginError(f"The card of {method.title} cannot be used: {error}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error without the folders of this machine."""
    text = (str(error).splitlines() or [""])[0]
    return re.sub(r"(/[\w.@+-]+)+/", "…/", text)[:200]


def _check_class(method: object, name: str) -> str:
    """What is wrong with a class that claims to be a method; empty if nothing."""
    from zoo.method import CHANGES, CONTRACT, FAMILIES, Method, Paper

    if not (inspect.isclass(method) and issubclass(method, Method)):
        return f"{name} is not a subclass of zoo.method.Method"
    for attribute in ("title", "family", "paper"):
        if not hasattr(method, attribute):
            return f"it has no {attribute}"
    if method.contract > CONTRACT:
        return f"it is written for contract {method.contract}, this zoo has {CONTRACT}: pip install -U latent-zoo"
    if later := [CHANGES[version] for version in sorted(CHANGES) if version > method.contract]:
        return f"it is written for contract {method.contract}: {'; '.join(later)}"
    if not isinstance(method.title, str) or not isinstance(method.paper, Paper):
        return "its title must be a text and its paper a zoo.method.Paper"
    if not isinstance(method.requires, tuple | list):
        return "its requires must be a tuple of names"
    if method.family not in FAMILIES:
        return f"its family {method.family!r} is none of {', '.join(FAMILIES)}"
    if not method.summary():
        return "its class has no docstring"
    if not method.actions():
        return "it has no @action"
    if hidden := sorted(method.actions().keys() & vars(Method).keys()):
        return f"its action {hidden[0]} hides Method.{hidden[0]}; give it another name"
    try:
        for action in method.actions().values():
            action.results  # noqa: B018 - reading them is the check
            taken = RESERVED & {param.name for param in action.params}
            if taken:
                return f"{action.name} has an input named {', '.join(sorted(taken))}, as the outlets name their own"
    except Exception as error:
        return first_line(error).rstrip(".")
    return ""


def named(group: str) -> list[tuple[str, str, str, str]]:
    """All entry points of a group as (name, target, distribution, version), the checkout's own first."""
    folder = paths.checkout()
    if folder and str(folder) not in sys.path:
        sys.path.append(str(folder))  # the checkout's plugins, where the zoo runs uninstalled
    return [*_own(group), *_installed(group)]


def _own(group: str) -> list[tuple[str, str, str, str]]:
    """The entry points of the checkout's ``pyproject.toml``."""
    project = paths.pyproject().get("project", {})
    table = project.get("entry-points", {}).get(group, {})
    return [(slug, target, project["name"], project["version"]) for slug, target in table.items()]


def _installed(group: str) -> list[tuple[str, str, str, str]]:
    """The entry points of installed distributions, but for the checkout's own."""
    seen = {paths.pyproject().get("project", {}).get("name")}
    rows = []
    for distribution in importlib.metadata.distributions():
        # Asking for a name parses the distribution's metadata, which is slow, so only those with methods are asked.
        try:
            if f"[{group}]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name, version = str(distribution.metadata["Name"] or ""), str(distribution.version or "")
        except Exception:  # what an interrupted installation left behind
            continue
        if name and name not in seen:  # Python imports the first on the path
            seen.add(name)
            try:
                points = list(distribution.entry_points.select(group=group))
            except Exception as error:  # a stranger's file may find a fault in any parser
                log.warning("%s %s is left out: %s", name, version, first_line(error))
                continue
            rows += [(point.name, point.value.partition("[")[0].strip(), name, version) for point in points]
    return sorted(rows, key=lambda row: (row[2].lower(), row[0]))


@functools.cache
def entries() -> dict[str, Entry]:
    """Every method by slug, the checkout's own first."""
    methods_by_slug: dict[str, Entry] = {}
    for slug, target, distribution, version in named(GROUP):
        refusal = ""
        if not _SLUG.fullmatch(slug):
            refusal = f"The slug {slug!r} of {distribution} must be lower-case words joined by hyphens."
            slug = re.sub(r"[^a-z0-9]+", "-", slug.lower()).strip("-") or "nameless"
        if slug in methods_by_slug:
            refusal = refusal or (
                f"The slug {slug} of {distribution} is already taken by {methods_by_slug[slug].distribution};"
                " one of the two has to be renamed or excluded with ZOO_EXCLUDE."
            )
            slug = _free_slug(f"{slug}-{distribution.lower()}", methods_by_slug)
        methods_by_slug[slug] = Entry(slug, target, distribution, version, refusal)
    return {slug: entry for slug, entry in methods_by_slug.items() if _wanted(slug)}


def add(entry: Entry) -> None:
    """Let this process know a method that is not installed yet, as ``zoo new`` has just written it."""
    entries()[entry.slug] = entry


def _free_slug(slug: str, taken: dict[str, Entry]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", slug)
    number = 2
    free = slug
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    return free


def _wanted(slug: str) -> bool:
    def listed(variable: str) -> list[str]:
        return [part.strip() for part in os.environ.get(variable, "").split(",") if part.strip()]

    only = listed("ZOO_ONLY")
    return (not only or any(fnmatch.fnmatch(slug, pattern) for pattern in only)) and not any(
        fnmatch.fnmatch(slug, pattern) for pattern in listed("ZOO_EXCLUDE")
    )


def methods() -> dict[str, type[Method]]:
    """The classes of all methods that work, by slug."""
    return {slug: entry.method for slug, entry in entries().items() if not entry.error}


def find(slug: str) -> Entry:
    """The entry of a slug.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    try:
        return entries()[slug]
    except KeyError:
        near = difflib.get_close_matches(slug, entries(), n=1)
        hint = f"did you mean {near[0]}?" if near else "zoo list shows all."
        raise InputError(f"there is no method {slug!r}; {hint}") from None


def load(slug: str) -> Method:
    """A method ready to use, also one in progress.

    Raises:
        InputError: there is no such method.
        PluginError: it cannot be offered.
    """
    return find(slug).draft()
