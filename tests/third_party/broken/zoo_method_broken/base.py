"""A method with nothing wrong but what its heirs add."""

from dataclasses import dataclass

from zoo.method import Method, Paper, action


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        words: the words.
    """

    words: str


class Sound(Method):
    """Does nothing wrong."""

    title = "Sound"
    family = "vision"
    paper = Paper("Nothing", ("A. Nobody",), 2024, "nowhere", "https://example.org")

    @action(title="Answer")
    def answer(self) -> Answer:
        """Answer."""
        return Answer("here")
