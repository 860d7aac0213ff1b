"""The gallery: every method as a card, with search and filters that the address keeps."""

from __future__ import annotations

from collections import Counter

from zoo import card
from zoo.app.frame import bar, chip, escape, family_name
from zoo.app.pages import address
from zoo.method import FAMILIES
from zoo.registry import Entry
from zoo.types import KINDS

ON_LOAD = "const go=()=>window.zoo?zoo.gallery(element):setTimeout(go,30);go()"


def input_kinds(entry: Entry) -> list[str]:
    """The kinds of input that a method takes, for the filter."""
    if entry.error:
        return []
    kinds = {param.kind for action in entry.method.actions().values() for param in action.params}
    return [kind for kind in input_names() if kind in kinds]


def input_names() -> dict[str, str]:
    """What can be given to methods, by kind, as the filter shows it."""
    return {kind: value.plural for kind, value in KINDS.items() if value.is_input} | {"text": "Text"}


def gallery(entries: list[Entry]) -> str:
    """The page that the zoo opens with."""
    families = Counter(entry.family for entry in entries)
    kinds = Counter(kind for entry in entries for kind in input_kinds(entry))
    order = [*FAMILIES, "broken"]
    family_chips = "".join(
        _filter("family", family, family_name(family), families[family])
        for family in order
        if families[family]
    )
    kind_chips = "".join(
        _filter("input", kind, name, kinds[kind]) for kind, name in input_names().items() if kinds[kind]
    )
    cards = "".join(
        _card(entry) for entry in sorted(entries, key=lambda one: (bool(one.error), one.title.lower()))
    )
    number = len(entries)
    methods = "method" if number == 1 else "methods"
    return (
        f"{bar([], '')}"
        '<section class="z-hero"><h1>Latent Zoo</h1>'
        f"<p>{number} runnable {'paper' if number == 1 else 'papers'} on representation learning. Try each on"
        " your own pictures, sounds, tables and drawings, beside the baseline it says it beats.</p></section>"
        '<search class="z-search"><input type="search" id="z-query" autocomplete="off" placeholder="Search'
        f' {number} {methods}…" aria-label="Search methods"><output aria-live="polite"></output></search>'
        f'<div class="z-filters" role="group" aria-label="Family">{family_chips}</div>'
        f'<div class="z-filters" role="group" aria-label="Input">{kind_chips}</div>'
        f'<ul class="z-cards">{cards}</ul>'
        '<p class="z-none" hidden>No method matches. <button type="button" data-zoo="reset">Show all</button></p>'
    )


def _filter(group: str, value: str, name: str, count: int) -> str:
    return (
        f'<button type="button" class="z-filter" aria-pressed="false" data-group="{group}"'
        f' data-value="{escape(value)}">{escape(name)} <b>{count}</b></button>'
    )


def _card(entry: Entry) -> str:
    if entry.error:
        picture, line, year, text = _blank(entry), entry.error, "", entry.slug
    else:
        method = entry.method
        thumbnail = card.read(method).thumbnail
        picture = (
            '<img loading="lazy" decoding="async" width="640" height="360" alt=""'
            f' src="./zoo/thumbs/{entry.slug}.webp">'
            if thumbnail
            else _blank(entry)
        )
        line, year = method.summary(), str(method.paper.year)
        actions = " ".join(action.title for action in method.actions().values())
        authors = " ".join(method.paper.authors)
        text = f"{entry.slug} {method.title} {line} {actions} {method.paper.title} {authors} {year}"
    labels = chip(family_name(entry.family), "z-bad" if entry.error else "")
    if not entry.error and entry.distribution != "latent-zoo":
        labels += chip(entry.distribution, "z-plain")
    return (
        f'<li data-family="{escape(entry.family)}" data-input="{" ".join(input_kinds(entry))}"'
        f' data-text="{escape(text.lower())}"><a class="z-card" href="./{address(entry.slug)}">'
        f'<div class="z-thumb">{picture}</div><div class="z-about"><h2>{escape(entry.title)}</h2>'
        f"<p>{escape(line)}</p><footer>{labels}<span>{escape(year)}</span></footer></div></a></li>"
    )


def _blank(entry: Entry) -> str:
    return f'<span class="z-blank" aria-hidden="true">{escape(entry.title[:1].upper())}</span>'
