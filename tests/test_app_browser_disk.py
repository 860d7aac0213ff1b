"""A tree in the Poincaré disk: dragged, found by name, brought to the centre, and played."""

from __future__ import annotations

import re

import pytest
from app_browser import visit
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]

HINT = re.compile("^Drag to move")


@pytest.fixture
def canvas(tab: Page) -> Locator:
    """The disk that the page opens with; nothing on it moves by itself."""
    tab.emulate_media(reduced_motion="reduce")
    visit(tab, "poincare-embeddings")
    shown = tab.locator("canvas.z-disk").first
    expect(shown).to_have_attribute("role", "application")
    expect(shown).to_have_attribute("aria-label", re.compile(r"^Poincaré disk of \d+ nodes"))
    expect(tab.locator(".z-disk-tools output").first).to_have_text(HINT)
    shown.scroll_into_view_if_needed()
    return shown


def drawn(canvas: Locator) -> str:
    """What the canvas shows, after the next frame."""
    script = """c => new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() =>
        tell(c.toDataURL()))))"""
    return canvas.evaluate(script)


def test_a_node_is_found_by_its_name_and_says_its_line(tab: Page, canvas: Locator) -> None:
    word, said = (
        tab.get_by_role("searchbox", name="Find a node by name").first,
        tab.locator(".z-disk-tools output"),
    )
    word.fill("poodle")
    expect(canvas).to_have_attribute("data-centre", "poodle")
    expect(said.first).to_have_text(re.compile(r"dog › poodle$"))
    word.fill("no such beast")
    expect(said.first).to_have_text("No node has this name.")


def test_a_drag_moves_it_and_a_double_click_centres_a_node(tab: Page, canvas: Locator) -> None:
    tab.get_by_role("searchbox", name="Find a node by name").first.fill("poodle")
    expect(canvas).to_have_attribute("data-centre", "poodle")
    box = canvas.bounding_box()
    assert box is not None
    centre = box["x"] + 0.29 * box["width"], box["y"] + box["height"] / 2 + 10
    before = drawn(canvas)
    tab.mouse.move(*centre)
    tab.mouse.down()
    tab.mouse.move(centre[0] + 60, centre[1] - 30, steps=6)
    tab.mouse.up()
    assert drawn(canvas) != before
    expect(canvas).not_to_have_attribute("data-centre", "poodle")
    tab.mouse.dblclick(centre[0] + 60, centre[1] - 30)
    expect(canvas).to_have_attribute("data-centre", "poodle")


def test_keys_and_buttons_move_zoom_and_reset(tab: Page, canvas: Locator) -> None:
    canvas.focus()
    still = drawn(canvas)
    for key in ("ArrowRight", "ArrowUp", "+"):
        before = drawn(canvas)
        canvas.press(key)
        assert drawn(canvas) != before, key
    canvas.press("0")
    assert drawn(canvas) == still
    tab.get_by_role("button", name="Zoom in").first.click()
    assert drawn(canvas) != still
    tab.get_by_role("button", name="Reset the view").first.click()
    assert drawn(canvas) == still


def test_the_slider_goes_back_to_the_dot_that_it_bloomed_from(tab: Page, canvas: Locator) -> None:
    slider = tab.locator(".z-dial input[type=range]").first
    slider.focus()
    shown = []
    for key in ("Home", "End", "Home", "End"):
        slider.press(key)
        shown.append(drawn(canvas))
    assert shown[:2] == shown[2:]
    assert shown[0] != shown[1]


def test_it_fits_a_phone_in_the_dark(tab: Page, canvas: Locator) -> None:
    light = drawn(canvas)
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.evaluate("document.body.classList.toggle('dark')")
    assert drawn(canvas) != light
    box = canvas.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
