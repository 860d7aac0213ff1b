"""The address of a page follows tab, action, example and settings; it can be reloaded, shared and gone back to."""

from __future__ import annotations

import re

import pytest
from app_browser import EXAMPLES, choose_action, metric, run, upload, visit
from app_server import App
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = pytest.mark.browser


def example(tab: Page, number: int) -> None:
    tab.locator(f"[data-example='{number}']:visible").click()


def name(tab: Page) -> Locator:
    return tab.get_by_role("textbox", name=re.compile("^Name"))


def settled(tab: Page) -> None:
    """Leaving earlier would abort the example that is run."""
    expect(tab.locator(".z-run:visible output")).to_contain_text(re.compile("Done|An example|previous input"))


def quarters(tab: Page, value: str) -> None:
    expect(tab.get_by_label("number input for Quarters")).to_have_value(value)


def test_the_address_follows_what_is_chosen_and_reload_restores_it(tab: Page) -> None:
    visit(tab, "app-kinds")
    example(tab, 1)
    expect(tab).to_have_url(re.compile(r"app-kinds\?example=1$"))
    settled(tab)
    name(tab).fill("mine")
    expect(tab).to_have_url(re.compile(r"app-kinds\?example=1&name=mine$"))
    tab.reload()
    expect(name(tab)).to_have_value("mine")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()  # the example's picture as well
    run(tab)
    expect(metric(tab, "mine")).to_be_visible()


def test_an_example_with_other_settings_waits_for_run_and_is_left_with_an_own_file(tab: Page) -> None:
    visit(tab, "app-kinds?example=1&name=mine")
    expect(tab.locator(".z-run:visible output")).to_contain_text("press Run")
    chosen = tab.locator(".z-examples:visible [aria-current=true]")
    expect(chosen).to_have_count(1)
    run(tab)
    expect(metric(tab, "mine")).to_be_visible()
    upload(tab, EXAMPLES / "picture.png")
    expect(chosen).to_have_count(0)


def test_tab_and_action_are_gone_back_to(tab: Page) -> None:
    visit(tab, "app-kinds")
    choose_action(tab, "Sort a table")
    expect(tab).to_have_url(re.compile(r"action=sort_table"))
    tab.get_by_role("tab", name="Evidence").click()
    expect(tab).to_have_url(re.compile(r"tab=evidence.*action=sort_table"))
    tab.reload()
    expect(tab.get_by_role("tab", name="Evidence")).to_have_attribute("aria-selected", "true")
    tab.go_back()
    expect(tab.get_by_role("tab", name="Sort a table")).to_have_attribute("aria-selected", "true")
    tab.go_back()
    expect(tab.get_by_role("tab", name="Turn a picture")).to_have_attribute("aria-selected", "true")
    tab.go_forward()
    expect(tab.get_by_role("tab", name="Sort a table")).to_have_attribute("aria-selected", "true")


def test_settings_are_those_of_the_place_that_is_gone_back_to(tab: Page) -> None:
    visit(tab, "app-kinds")
    name(tab).fill("first")
    expect(tab).to_have_url(re.compile(r"name=first$"))
    choose_action(tab, "Sort a table")
    choose_action(tab, "Turn a picture")
    name(tab).fill("second")
    expect(tab).to_have_url(re.compile(r"name=second$"))
    tab.go_back()
    expect(tab.get_by_role("tab", name="Sort a table")).to_have_attribute("aria-selected", "true")
    tab.go_back()
    expect(name(tab)).to_have_value("first")


@pytest.mark.parametrize(
    ("settings", "says", "value"),
    [
        ("quarters=99", "Quarters cannot be 99; it is 3.", "3"),
        ("quarters=-1", "Quarters cannot be -1; it is 0.", "0"),
        ("quarters=two", "Quarters cannot be two; it is 0.", "0"),
        ("channel=ultraviolet", "Channel cannot be ultraviolet; it is all.", "0"),
        ("action=fly", "There is no action fly here; this is “Turn a picture”.", "0"),
    ],
)
def test_what_an_address_gets_wrong_is_told_and_set_right(
    app: App, tab: Page, settings: str, says: str, value: str
) -> None:
    visit(tab, f"app-kinds?{settings}")
    expect(tab.locator(".z-set-right")).to_have_text(says)
    quarters(tab, value)


def test_another_action_opens_with_its_own_example(tab: Page) -> None:
    visit(tab, "app-kinds", opens=True)
    settled(tab)
    name(tab).fill("first")
    choose_action(tab, "Read a text")
    settled(tab)
    expect(tab.locator(".z-problem:visible")).to_have_count(0)


def test_an_address_that_nobody_touched_stays_as_it_was_opened(app: App, tab: Page) -> None:
    visit(tab, "app-troubles", opens=True)
    expect(tab.locator(".z-run:visible output")).to_contain_text(re.compile("Done|An example"))
    tab.wait_for_timeout(500)
    assert tab.url == f"{app.url}app-troubles"


def test_an_example_that_is_not_there_is_told_and_the_first_one_opens(tab: Page) -> None:
    visit(tab, "app-kinds?example=4", opens=True)
    expect(tab.locator(".z-set-right")).to_have_text("There is no example 4 here; this is the first one.")
    settled(tab)
    expect(metric(tab, "width")).to_have_text("16")


def contestants(tab: Page, *names: str) -> None:
    """Who is chosen, in their order."""
    chosen = ".z-contestants [aria-pressed=true]"
    expect(tab.locator(chosen)).to_have_count(len(names))
    # The page opens with its own pair, before its script reads the address.
    for place, name in enumerate(names, 1):
        expect(tab.locator(f"{chosen}[data-place='{place}']")).to_have_text(name)


def choose(tab: Page, name: str) -> None:
    tab.locator(f".z-contestants [data-name='{name}']").click()


CODING = "compare-image-coding"


def test_a_comparison_keeps_its_settings_in_the_address(tab: Page) -> None:
    visit(tab, f"{CODING}?first=JPEG&second=WebP")
    contestants(tab, "JPEG", "WebP")
    choose(tab, "AVIF")
    expect(tab).to_have_url(re.compile(r"first=JPEG&second=WebP&third=AVIF"))
    choose(tab, "JPEG")
    expect(tab).to_have_url(re.compile(r"first=WebP&second=AVIF"))
    tab.go_back()
    contestants(tab, "JPEG", "WebP", "AVIF")
    tab.go_back()
    contestants(tab, "JPEG", "WebP")
    tab.go_forward()
    contestants(tab, "JPEG", "WebP", "AVIF")
    tab.reload()
    contestants(tab, "JPEG", "WebP", "AVIF")


def test_a_comparison_keeps_the_example_that_is_its_input(tab: Page) -> None:
    visit(tab, f"{CODING}?first=JPEG&second=WebP")
    tab.locator("[data-example='0']:visible").click()
    expect(tab).to_have_url(re.compile(r"example=0"))
    expect(tab.locator(".z-run:visible output")).to_contain_text("Done", timeout=60_000)
    tab.reload()
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    expect(tab.locator(".z-run:visible output")).to_contain_text("Done", timeout=60_000)
    contestants(tab, "JPEG", "WebP")
    expect(tab.locator(".z-results")).to_contain_text("JPEG")


def test_contestants_that_are_not_there_are_told_and_set_right(tab: Page) -> None:
    visit(tab, f"{CODING}?first=Magic&second=WebP&rate=99")
    told = tab.locator(".z-set-right")
    expect(told).to_contain_text("There is no contestant Magic here. These are WebP and ")
    expect(told).to_contain_text("cannot be 99")
    expect(tab.locator(".z-contestants [aria-pressed=true]")).to_have_count(2)
