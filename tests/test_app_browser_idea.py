"""The idea above the examples, and the hints that tell what words mean."""

from __future__ import annotations

import re

import pytest
from app_browser import results, visit
from app_server import App
from playwright.sync_api import Browser, Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = pytest.mark.browser


def tip(tab: Page) -> Locator:
    return tab.locator(".z-tip")


def colours(tab: Page) -> set[tuple[int, int, int]]:
    """The colours of the drawing as it stands on the screen."""
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(tab.locator(".z-idea svg").screenshot())).convert("RGB")
    return {colour for count, colour in picture.getcolors(1 << 20) if count > 20}


def test_the_idea_is_drawn_follows_the_light_and_says_what_it_shows(tab: Page) -> None:
    visit(tab, "l1l2-interpolation?example=none")
    expect(tab.locator(".z-idea p")).to_contain_text("gradient descent")
    drawing = tab.get_by_role("img", name="Three ways to fit noisy data exactly")
    expect(drawing).to_be_visible()
    assert tab.locator(".z-idea svg").evaluate(
        "svg => svg.getAttribute('aria-labelledby').split(' ')"
        ".every(id => document.getElementById(id).textContent)"
    )
    tab.wait_for_timeout(300)
    light = colours(tab)
    assert (79, 70, 229) in light, "the shapes come from a file of their own"
    tab.get_by_role("button", name="Switch between light and dark").click()
    tab.wait_for_timeout(300)
    assert (143, 139, 255) in colours(tab)
    assert (79, 70, 229) not in colours(tab)


def test_it_stays_as_the_visitor_left_it(tab: Page) -> None:
    visit(tab, "cosine-caution?example=none")
    sentences = tab.locator(".z-idea p")
    expect(sentences).to_be_visible()
    tab.get_by_text("The idea", exact=True).click()
    expect(sentences).to_be_hidden()
    visit(tab, "finola?example=none")
    expect(tab.locator(".z-idea")).to_be_visible()
    expect(tab.locator(".z-idea p")).to_be_hidden()
    tab.get_by_text("The idea", exact=True).click()
    expect(tab.locator(".z-idea p")).to_be_visible()
    visit(tab, "cosine-caution?example=none")
    expect(tab.locator(".z-idea p")).to_be_visible()


def test_on_a_telephone_it_is_folded_and_the_drawing_fits(app: App, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=app.url)
    tab = context.new_page()
    visit(tab, "cosine-caution?example=none")
    expect(tab.locator(".z-idea p")).to_be_hidden()
    tab.get_by_text("The idea", exact=True).click()
    expect(tab.locator(".z-idea svg")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_words_and_numbers_have_hints_by_pointer_and_by_keyboard(tab: Page) -> None:
    visit(tab, "l1l2-interpolation")
    answered = tab.locator(".z-run:visible output")
    expect(answered).to_contain_text("example")  # until then the rows are drawn anew beneath the pointer
    row = results(tab).locator(".z-metrics th", has_text="risk of λv alone")
    hint = row.get_by_role("button", name="λv", exact=True)
    expect(hint).to_be_visible()
    for _ in range(20):  # a page that still moves takes the hint from beneath a resting pointer
        tab.mouse.move(0, 0)
        hint.hover()
        tab.wait_for_timeout(500)
        if tip(tab).count():
            break
    expect(tip(tab)).to_contain_text("the dense part")
    expect(hint).to_have_accessible_description(re.compile("the dense part"))
    tab.keyboard.press("Escape")
    expect(tip(tab)).to_have_count(0)
    norm = results(tab).locator(".z-verdict").get_by_role("button", name="least l1 norm")
    norm.focus()
    expect(tip(tab)).to_contain_text("basis pursuit")
    caption = results(tab).locator(".z-plot", has_text="Descent").locator(".z-hint", has_text="training loss")
    expect(caption).to_be_visible()


def test_every_number_of_the_first_example_has_a_hint(tab: Page) -> None:
    visit(tab, "vc-inr")
    rows = results(tab).locator(".z-metrics tr")
    expect(rows.nth(3)).to_be_visible()
    for row in rows.all():
        assert row.locator(".z-hint").count(), row.inner_text()
    level = rows.filter(has_text="level").get_by_role("button", name="level")
    level.focus()  # a pointer would lose it where the page still moves
    expect(tip(tab)).to_contain_text("spends more bits")
