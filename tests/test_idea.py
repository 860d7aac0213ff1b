"""The idea of a method: three sentences, words and a drawing that may become part of a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from own_methods import SAMPLER, real
from places import ROOT

from zoo import card, idea, testing
from zoo.card import CardError
from zoo.testing.battery import check_sentence

ACCENT = "var(--z-accent, #4f46e5)"


def svg(
    inside: str = "", root: str = 'viewBox="0 0 480 180"', says: str = "<title>t</title><desc>d</desc>"
) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {root}>{says}{inside}</svg>'.encode()


def test_shapes_and_text_in_the_colours_of_the_page_are_kept() -> None:
    drawn = idea.drawing(
        svg(f'<g stroke="currentColor"><path d="M0 0L9-9" fill="{ACCENT}"/></g><text x="1">λ</text>')
    )
    assert (drawn.title, drawn.text, drawn.box) == ("t", "d", (480.0, 180.0))
    assert f'fill="{ACCENT}"' in drawn.svg
    assert 'id="idea"' in drawn.svg
    assert ">λ</text>" in drawn.svg
    assert "<title" not in drawn.svg, "the page has title and desc of its own"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)" d="M0 0"/>',
        '<image href="https://example.org/x.png" width="9"/>',
        '<use href="#x"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        "<style>body { display: none }</style>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">p</p></foreignObject>',
        '<p xmlns="http://www.w3.org/1999/xhtml">p</p>',
        '<animate attributeName="x" values="javascript:alert(1)"/>',
        '<path d="M0 0" style="fill: url(https://example.org)"/>',
        '<path d="M0 0" fill="url(#x)"/>',
        '<path d="M0 0" fill="#000"/>',
        '<path d="M0 0" stroke="black"/>',
        '<path d="M0 0" fill="var(--other, red)"/>',
        '<path d="M0 0" id="z-idea-title"/>',
        '<path d="M0 0" class="z-fault"/>',
        '<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#x" d="M0 0"/>',
        '<text font-family="x; } body { color: red">t</text>',
    ],
)
def test_whatever_else_a_drawing_holds_is_refused_in_a_sentence(inside: str, tmp_path: Path) -> None:
    with pytest.raises(CardError) as caught:
        idea.drawing(svg(inside))
    check_sentence(str(caught.value), tmp_path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"no svg", "not an SVG"),
        (b"<svg/>", "not an SVG"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "not an SVG"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>"), "document type"),
        (svg().decode().encode("utf-16"), "not an SVG"),
        (svg(says="<title>t</title>"), "<desc>"),
        (svg(root=""), "viewBox"),
        (svg(root='viewBox="0 0 900 200"'), "viewBox"),
        (svg(f"<desc>{'x' * idea.MOST_BYTES}</desc>"), "bytes"),
        (svg(root='viewBox="0 0 480 180" onload="alert(1)"'), ""),
    ],
)
def test_a_file_that_is_no_such_drawing_is_refused(data: bytes, says: str, tmp_path: Path) -> None:
    if not says:  # what stands at the root is left behind, not refused: only its shapes are taken
        assert "onload" not in idea.drawing(data).svg
        return
    with pytest.raises(CardError, match=says) as caught:
        idea.drawing(data)
    check_sentence(str(caught.value), tmp_path)


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two.", 2), ("", 0), ("One. Two? Three! Four.", 4), ("x" * 800 + ". Two. Three.", 3)],
)
def test_there_are_three_sentences(text: str, count: int) -> None:
    with pytest.raises(CardError, match=f"{count} sentences|letters"):
        idea.three_sentences(text)


def test_a_number_with_a_point_ends_no_sentence() -> None:
    assert idea.three_sentences("One is 1.5\nlong. “Two.” Three!") == "One is 1.5 long. “Two.” Three!"


def test_words_are_lines_of_a_list() -> None:
    assert idea.explained("- **λ**, **lambda**: how\n  strong.\n- **PSNR**: how close: dB.") == {
        "λ": "how strong.", "lambda": "how strong.", "PSNR": "how close: dB.",
    }  # fmt: skip
    with pytest.raises(CardError, match="list of lines"):
        idea.explained("- λ: how strong.")


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("z", "length of z", True),
        ("z", "size Z", False),
        ("z", "zero", False),
        ("inertia", "Inertia of negative eigenvalues", True),
        ("seam", "jumps at seams", True),
        ("axis", "both axes", False),
        ("w∘w − u∘u", "risk of w∘w − u∘u alone", True),
        ("λ", "risk of λv alone", False),
    ],
)
def test_words_are_found(word: str, text: str, found: bool) -> None:
    assert idea.explains([word], text) is found


def test_every_method_draws_its_idea_with_legible_letters() -> None:
    for slug, entry in real().items():
        drawn = idea.read(entry.method).drawing
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', drawn.svg)]
        assert sizes, slug
        assert min(sizes) >= 11, slug


def test_the_check_finds_a_card_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = card.path_of(SAMPLER.draft)
    for path in source.parent.glob("card.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(idea.card, "path_of", lambda method: tmp_path / "card.md")
    checks = {check.name: check for check in testing.checks(SAMPLER)}
    checks["says its idea"]()
    text = (tmp_path / "card.md").read_text()
    (tmp_path / "card.md").write_text(text.replace("- **gain**: what the picture is multiplied by.\n", ""))
    with pytest.raises(AssertionError, match="gain"):
        checks["explains its numbers"]()
    (tmp_path / "card.md").write_text(text.replace("## In three sentences", "## In brief"))
    with pytest.raises(CardError, match="In three sentences"):
        checks["says its idea"]()
    (tmp_path / "card.md").write_text(text)
    (tmp_path / "card.svg").unlink()
    with pytest.raises(CardError, match=r"card\.svg"):
        checks["says its idea"]()


def test_methods_of_the_first_contract_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SAMPLER.draft, "contract", 1)
    assert not {"says its idea", "explains its numbers"} & {check.name for check in testing.checks(SAMPLER)}


def test_the_browser_finds_words_by_the_same_rules() -> None:
    script = (ROOT / "zoo" / "app" / "assets" / "zoo.js").read_text()
    assert 'word.length < 4 ? "" : "(?:e?s)?"' in script
    assert "(?:e?s)?" in idea.pattern("seam")
    assert "(?:e?s)?" not in idea.pattern("psi")
