"""The idea of a method for whoever has not read its paper: three sentences, a drawing, and what its words mean.

A card holds the sentences and the words in sections of these names, and has the drawing beside it as an SVG file:
``cards/<slug>.svg``, or ``card.svg`` beside the module of a third party. A drawing may hold shapes and text alone, in
colours that follow the page; whatever else stands in it is refused, for it becomes part of the page.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from zoo import card
from zoo.card import CardError

if TYPE_CHECKING:
    from zoo.method import Method

SENTENCES, WORDS = "In three sentences", "Words"
"""The two sections of a card."""

MOST_BYTES = 20_000
"""Of a drawing."""

MOST_LETTERS = 750
"""Of the three sentences."""

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = {"g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"}
_LOOKS = {
    "d", "x", "y", "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points",
    "transform", "opacity", "fill", "stroke", "fill-opacity", "fill-rule", "stroke-opacity", "stroke-width",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "font-family", "font-size", "font-weight", "font-style",
    "letter-spacing", "text-anchor", "dominant-baseline",
}  # fmt: skip
_COLOUR = re.compile(r"none|currentColor|var\(--z-[a-z0-9-]+(, ?#[0-9a-fA-F]{3,8})?\)")
_PLAIN = re.compile(r"[\w\s.,+()%-]*")


@dataclass(frozen=True)
class Drawing:
    """A schematic.

    Attributes:
        title: what it shows.
        text: the same in words, for whoever does not see it.
        box: width and height of its own coordinates.
        svg: a file with its shapes and text, and nothing else, in a group called ``idea``.
    """

    title: str
    text: str
    box: tuple[float, float]
    svg: str


@dataclass(frozen=True)
class Idea:
    """What stands above the examples.

    Attributes:
        sentences: three of them.
        words: from symbols and measures of the page to what they mean.
        drawing: a schematic.
    """

    sentences: str
    words: Mapping[str, str]
    drawing: Drawing


def path_of(method: type[Method]) -> Path:
    """Where the drawing of a method is."""
    return card.path_of(method).with_suffix(".svg")


def read(method: type[Method]) -> Idea:
    """The idea of a method.

    Raises:
        CardError: the card does not say it, or the drawing is missing or cannot be shown.
    """
    text = card.read(method).text
    sentences = three_sentences(_section(text, SENTENCES))
    words = explained(_section(text, WORDS))
    path = path_of(method)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise CardError(f"there is no drawing {path.name} beside the card.") from error
    return Idea(sentences, words, _drawn(path, changed))


def _section(text: str, title: str) -> str:
    """What stands under a heading of a card."""
    parts = re.split(r"^## +(.+?) *$", text, flags=re.M)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name == title:
            return body.strip()
    raise CardError(f"it has no section “## {title}”.")


def three_sentences(text: str) -> str:
    """A paragraph of three sentences as one line.

    Raises:
        CardError: there are not three of them, or they are long.
    """
    line = " ".join(text.split())
    count = len(re.findall(r"[.!?][”\"’)]?(?=\s|$)", line))
    if count != 3:
        raise CardError(f"its section “## {SENTENCES}” has {count} sentences.")
    if len(line) > MOST_LETTERS:
        raise CardError(f"its three sentences have {len(line)} letters; {MOST_LETTERS} are enough.")
    return line


def explained(text: str) -> dict[str, str]:
    """What words mean, of a list with lines such as ``- **λ**, **lambda**: how strong the spring is.``

    Raises:
        CardError: a line is written otherwise.
    """
    words = {}
    for line in re.split(r"\n(?=- )", text):
        match = re.fullmatch(r"- ((?:\*\*.+?\*\*(?:, )?)+): (.+)", " ".join(line.split()))
        if match is None:
            raise CardError(f"its section “## {WORDS}” is a list of lines such as “- **λ**: how strong.”.")
        for word in re.findall(r"\*\*(.+?)\*\*", match[1]):
            words[word] = match[2]
    return words


def pattern(word: str) -> str:
    """The regular expression by which a word is found in a text; ``assets/zoo.js`` has the same.

    Symbols are found as they are written, longer words in any case and also in the plural.
    """
    word = re.escape(word)
    return rf"(?<!\w){word}(?!\w)" if len(word) < 4 else rf"(?<!\w)(?i:{word}(?:e?s)?)(?!\w)"


def explains(words: Iterable[str], *texts: str) -> bool:
    """Whether any of the words stands in one of the texts."""
    return any(re.search(pattern(word), text) for word in words for text in texts)


@functools.lru_cache(maxsize=1024)
def _drawn(path: Path, changed: int) -> Drawing:
    return drawing(path.read_bytes())


def drawing(data: bytes) -> Drawing:
    """A drawing that may become part of a page.

    Raises:
        CardError: it is no SVG, or holds something other than shapes and text, or is not made for light and dark.
    """
    if len(data) > MOST_BYTES:
        raise CardError(f"its drawing has {len(data):,} bytes; at most {MOST_BYTES:,} are shown.")
    try:
        text = data.decode("utf-8-sig")
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            raise CardError("its drawing has a document type; leave it out.")
        root = ElementTree.fromstring(text)  # noqa: S314 - entities were refused
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise CardError("its drawing is not an SVG file.") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise CardError("its drawing is not an SVG file.")
    names = (root.find(f"{{{_SVG}}}{name}") for name in ("title", "desc"))
    title, words = (" ".join((part.text or "").split()) if part is not None else "" for part in names)
    if not title or not words:
        raise CardError("its drawing needs a <title>, and a <desc> that says in words what it shows.")
    box = re.fullmatch(r"0 0 (\d+) (\d+)", root.get("viewBox", ""))
    if box is None or int(box[1]) > 640:
        raise CardError(
            "its drawing needs a viewBox such as “0 0 480 180”, at most 640 wide for a telephone."
        )
    group = ElementTree.Element(f"{{{_SVG}}}g", {"id": "idea"})
    group.attrib |= {name: value for name, value in root.attrib.items() if name.startswith("font-")}
    group.extend(part for part in root if part.tag not in (f"{{{_SVG}}}title", f"{{{_SVG}}}desc"))
    for part in group.iter():
        _check(part)
    ElementTree.register_namespace("", _SVG)
    file = ElementTree.Element(f"{{{_SVG}}}svg", {"viewBox": box[0]})
    file.append(group)
    return Drawing(title, words, (float(box[1]), float(box[2])), ElementTree.tostring(file, "unicode"))


def _check(part: Any) -> None:
    """Whether an element is a shape or text, and nothing in it leads elsewhere.

    Raises:
        CardError: it is not; the sentence says what would be.
    """
    space, _, name = str(part.tag).rpartition("}")
    if space != f"{{{_SVG}" or name not in _SHAPES:
        raise CardError(f"its drawing holds {name[:40]!r}; it may hold {', '.join(sorted(_SHAPES))}.")
    for look, value in part.attrib.items():
        if look == "id" and value == "idea" and name == "g":
            continue
        if look not in _LOOKS or not (_PLAIN.fullmatch(value) or _COLOUR.fullmatch(value)):
            raise CardError(
                f"its drawing says {look[-40:]}={value[:40]!r}, which is not shown; leave it out."
            )
        if look in ("fill", "stroke") and not _COLOUR.fullmatch(value):
            raise CardError(
                f"its drawing has the colour {value[:40]!r}; none, currentColor and variables of the page such as"
                " var(--z-accent, #4f46e5) follow light and dark."
            )
