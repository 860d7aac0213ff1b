"""The contract: a method is a class whose typed actions are its tab, command, endpoint, tool and test.

    class Finola(Method):
        \"\"\"Regrows a picture from one vector.\"\"\"

        title, family = "FINOLA", "compression"
        paper = Paper("Image as First-Order Norm+Linear Autoregression", ...)

        @action(title="Regrow a picture", examples=[{"image": "harbour.webp"}])
        def regrow(self, image: Image, length: Annotated[int, Field(ge=8, le=256)] = 128) -> Regrown:
            \"\"\"Regrow a picture from a short code. ...\"\"\"

The signature is the only place where an input is described: pydantic checks it for every outlet alike,
and the docstring's ``Args:`` are the help of the page, the command line and the MCP schema.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field

from zoo.action import Action, Param, Rare, Result, Summary, Unit, action, humanise
from zoo.claim import Claim, Cost, Evidence, Outcome, claim, contestant, cost
from zoo.errors import InputError
from zoo.progress import Progress

__all__ = [
    "CHANGES", "CONTRACT", "FAMILIES", "Action", "Claim", "Cost", "Evidence", "Field", "InputError", "Method",
    "Outcome", "Paper", "Param", "Progress", "Rare", "Result", "Seed", "Summary", "Unit", "action", "claim",
    "contestant", "cost", "humanise",
]  # fmt: skip

FAMILIES = (
    "compression", "reduction", "selfsupervised", "multimodal", "generative", "geometry", "kernels",
    "optimization", "efficiency", "interpretability", "retrieval", "graphs", "sequences", "robustness",
    "vision",
)  # fmt: skip
"""Every family a method may belong to; the order of the gallery's filters."""

CONTRACT = 2
"""The version of what a method and the zoo promise each other; a method says which it was written for.

Since version 2 a card says the idea in three sentences, draws it and explains its words (``zoo.idea``).
"""

CHANGES: dict[int, str] = {}
"""By version, what a method has to change that was written for an earlier one, where it cannot just go on working."""

Seed = Annotated[
    int,
    Field(
        ge=0, le=2**31 - 1, description="Fixes what is drawn at random; the same seed gives the same result."
    ),
    Rare(),
]
"""An input that fixes everything random; its help is this where ``Args:`` says nothing closer."""

Model = TypeVar("Model")


@dataclass(frozen=True)
class Paper:
    """Where a method comes from."""

    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    url: str


class Method:
    """A runnable paper. The docstring's first sentence is its line in the gallery.

    Attributes:
        title: the method's name as the field writes it.
        family: one of ``FAMILIES``.
        paper: where it comes from.
        contract: the version of the contract that it was written for.
        requires: import names of optional packages; where one is missing the page says so.
        slug: its name in addresses and commands; set by the registry.
    """

    title: ClassVar[str]
    family: ClassVar[str]
    paper: ClassVar[Paper]
    contract: ClassVar[int] = CONTRACT
    requires: ClassVar[tuple[str, ...]] = ()
    slug: ClassVar[str]

    @classmethod
    def actions(cls) -> dict[str, Action]:
        """The actions by name, in the order they are written."""
        return {
            name: member.action
            for owner in reversed(cls.__mro__)
            for name, member in vars(owner).items()
            if hasattr(member, "action")
        }

    @classmethod
    def claims(cls) -> dict[str, Claim]:
        """The claims by name, in the order they are written; imports ``claims.py`` beside the entry module.

        A method that is a single module has them in that module.
        """
        home = sys.modules[cls.__module__]
        if hasattr(home, "__path__") and importlib.util.find_spec(f"{home.__name__}.claims"):
            home = importlib.import_module(f"{home.__name__}.claims")
        members = [member for owner in reversed(cls.__mro__) for member in vars(owner).values()]
        own = [member for member in vars(home).values() if getattr(member, "__module__", "") == home.__name__]
        return {
            claim.id: claim
            for member in (*members, *own)
            if inspect.isfunction(member)
            for claim in getattr(member, "claims", ())
        }

    @classmethod
    def summary(cls) -> str:
        """The gallery's line: the docstring's first sentence."""
        doc = inspect.cleandoc(cls.__doc__ or "")
        return re.split(r"\n\n", doc)[0].replace("\n", " ")

    @classmethod
    def description(cls) -> str:
        """The docstring after its first paragraph, as Markdown."""
        return inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[2]

    @classmethod
    def folder(cls) -> Path:
        """The folder of the plugin's entry module."""
        return Path(sys.modules[cls.__module__].__file__ or ".").resolve().parent

    @classmethod
    def example(cls, action: Action, index: int) -> dict[str, Any]:
        """The inputs of an example, file names completed to paths in ``examples/``."""
        values = dict(action.examples[index])
        for param in action.params:
            value = values.get(param.name)
            if param.is_file and isinstance(value, str):
                values[param.name] = str(cls.folder() / "examples" / value)
            elif param.is_file and isinstance(value, list | tuple):
                values[param.name] = [str(cls.folder() / "examples" / name) for name in value]
        return values

    def pretrained(self, model: type[Model], progress: Progress | None = None) -> Model:
        """The network of this method with its weights, in evaluation mode; see ``zoo.hub.pretrained``."""
        from zoo import hub

        return hub.pretrained(type(self), model, progress)

    def run(self, action: str, progress: Progress | None = None, **inputs: Any) -> Any:
        """Run an action by name to its end; of a streaming action, the last result."""
        outcome = getattr(self, action)(**inputs, **({"progress": progress} if progress else {}))
        return last(outcome) if self.actions()[action].streams else outcome


def last(results: Iterator[Any]) -> Any:
    """The last of a stream of results."""
    result = None
    for result in results:  # noqa: B007
        pass
    return result
