"""A distribution that wants a slug and a class of another one."""

from dataclasses import dataclass

from zoo.method import Method, Paper, action


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        words: the words.
    """

    words: str


class Rival(Method):
    """Takes the slug that somebody else has."""

    title = "Rival"
    family = "vision"
    paper = Paper("Nothing", ("A. Nobody",), 2024, "nowhere", "https://example.org/rival")

    @action(title="Answer")
    def answer(self) -> Answer:
        """Answer."""
        return Answer("rival")
