"""Which methods the tests look at: those of the checkout, whatever else is installed beside it, and their own.

``ZOO_TEST_GUESTS`` names slugs of installed distributions that are to be looked at as well, with commas between and
``*`` for any text.
"""

from __future__ import annotations

import fnmatch
import os
import sys
import tomllib

from places import ROOT, THIRD_PARTY

from zoo import registry
from zoo.registry import Entry

for folder in (THIRD_PARTY / "sampler", THIRD_PARTY / "app_kinds"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

SAMPLER_SOURCE = THIRD_PARTY / "sampler"
SAMPLER = Entry("sampler", "zoo_method_sampler:Sampler", "zoo-method-sampler", "1.4.2")
"""A method of the tests that takes and gives every kind of value at once."""
KIND = Entry("app-kinds", "zoo_method_app_kinds:AppKinds", "zoo-method-app-kinds", "0.3")
"""A method of the tests with one action for each kind of value."""
TROUBLE = Entry("app-troubles", "zoo_method_app_kinds.troubles:AppTroubles", "zoo-method-app-kinds", "0.3")
"""A method of the tests that fails in every way."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS: dict[str, str] = PROJECT["entry-points"]["zoo.methods"]
"""``module:Class`` of the checkout's methods by slug; reading it imports none of them."""


def guest(slug: str) -> bool:
    """Whether an installed method was asked to be looked at like the checkout's own."""
    patterns = os.environ.get("ZOO_TEST_GUESTS", "").split(",")
    return any(fnmatch.fnmatch(slug, pattern) for pattern in patterns if pattern)


def real() -> dict[str, Entry]:
    """The checkout's methods by slug, and invited guests."""
    return {slug: entry for slug, entry in registry.entries().items() if slug in TARGETS or guest(slug)}


def tested() -> list[Entry]:
    """Those, and the tests' own method that takes and gives every kind of value."""
    return [*real().values(), SAMPLER]


def folder(slug: str) -> str:
    """The folder of a method of the checkout, relative to it."""
    return TARGETS[slug].partition(":")[0].replace(".", "/")


def family(slug: str) -> str:
    """The family of a method of the checkout, as its folder says."""
    return folder(slug).split("/")[1]
