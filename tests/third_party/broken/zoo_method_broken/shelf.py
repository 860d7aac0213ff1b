"""Classes that break the contract."""

from typing import Any

from zoo.method import Method, action
from zoo_method_broken.base import Answer, Sound


class LacksOptional(Sound):
    """Says what it needs."""

    requires = ("numpy", "package_nobody_has")


class LacksNested(Sound):
    """Says what it needs, down to a part of it."""

    requires = ("package_nobody_has.part",)


class RequiresAString(Sound):
    """Forgot the comma of a tuple."""

    requires = "package_nobody_has"


class NoMethod:
    """Not a method at all."""


class NoAction(Method):
    """Offers nothing."""

    title, family, paper = "No action", "vision", Sound.paper


class NoFamily(Sound):
    """Belongs nowhere."""

    family = "astrology"


class NoPaper(Sound):
    """Cites nothing."""

    paper = "a paper, somewhere"


class StrangeInput(Sound):
    """Takes something no outlet can show."""

    @action(title="Answer")
    def answer(self, anything: dict[str, Any]) -> Answer:
        """Answer."""
        return Answer("here")


class ReservedInput(Sound):
    """Has an input named like an option of the command line."""

    @action(title="Answer")
    def answer(self, out: str = "") -> Answer:
        """Answer."""
        return Answer("here")


class HidesRun(Sound):
    """Has an action named like what every method can do."""

    @action(title="Run")
    def run(self, name: str = "") -> Answer:  # type: ignore[override]
        """Run."""
        return Answer(name)


class NoResult(Sound):
    """Gives something that is no dataclass."""

    @action(title="Answer")
    def answer(self) -> str:
        """Answer."""
        return "here"


class NoCard(Sound):
    """Has no card."""
