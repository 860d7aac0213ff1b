"""Cards: ``cards/<slug>.md``, a Hugging Face model card whose front matter is checked.

A third party's plugin keeps its card as ``card.md`` beside its entry module.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import paths

if TYPE_CHECKING:
    from zoo.method import Method

_FRONT = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n?", re.DOTALL)
REQUIRED = ("license", "library_name", "tags")


class CardError(ValueError):
    """A card is missing or wrong; the message is a sentence."""


class MissingCard(CardError):
    """There is no card yet: the method is in progress, and can be run and trained, but is not offered."""


@dataclass(frozen=True)
class Card:
    """A model card: its front matter as ``data`` and its prose as ``text`` (Markdown)."""

    path: Path
    data: dict[str, Any]
    text: str

    @property
    def thumbnail(self) -> Path | None:
        """The picture beside the card, made by a real run."""
        picture = self.path.with_suffix(".webp")
        return picture if picture.is_file() else None


def path_of(method: type[Method]) -> Path:
    """Where the card of a method is."""
    folder = method.folder()
    return folder / "card.md" if paths.is_guest(folder) else paths.root() / "cards" / f"{method.slug}.md"


def measured(method: type[Method], what: str) -> Path:
    """Where the numbers of a method are, beside its card: ``evidence`` or ``cost``."""
    return path_of(method).parent / what / f"{method.slug}.json"


def read(method: type[Method]) -> Card:
    """The card of a method.

    Raises:
        MissingCard: there is none yet.
        CardError: it has no readable front matter, or lacks what the Hub needs.
    """
    path = path_of(method)
    try:
        return _read(path, path.stat().st_mtime_ns, method.family)
    except OSError as error:
        raise MissingCard(f"there is no cards/{method.slug}.md, and no card.md beside the plugin.") from error


@functools.lru_cache(maxsize=4096)
def _read(path: Path, changed: int, family: str) -> Card:
    try:
        card = parse(path, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CardError("it is not written in UTF-8.") from error
    missing = [key for key in REQUIRED if not card.data.get(key)]
    if missing:
        raise CardError(f"its front matter lacks {', '.join(missing)}.")
    tags = card.data["tags"]
    if not isinstance(tags, list) or not {"latent-zoo", family} <= set(map(str, tags)):
        raise CardError(f"its tags must be a list that holds latent-zoo and {family}.")
    return card


def parse(path: Path, text: str) -> Card:
    """Split a card into front matter and prose.

    Raises:
        CardError: there is no front matter, or it is not YAML.
    """
    import yaml

    front = _FRONT.match(text.removeprefix("\ufeff"))
    if front is None:
        raise CardError("it does not begin with a front matter between two lines of three hyphens.")
    try:
        data = yaml.load(front[1], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # an impossible date is a ValueError
        raise CardError("its front matter is not YAML.") from error
    if not isinstance(data, dict):
        raise CardError("its front matter is not a mapping.")
    return Card(path, data, text.removeprefix("\ufeff")[front.end() :].strip())


def model_card(card: Card) -> Any:
    """The card as ``huggingface_hub.ModelCard``, which parses ``model-index`` by the Hub's rules.

    Raises:
        CardError: the Hub's client refuses it.
    """
    from huggingface_hub import ModelCard

    try:
        return ModelCard.load(card.path)
    except Exception as error:
        raise CardError("huggingface_hub refuses its front matter, most often its model-index.") from error
