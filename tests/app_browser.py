"""Chromium for the tests of pages: it can reach this machine only, and nothing may go wrong in it.

Test modules get at the fixtures by ``pytest_plugins = ["app_server", "app_browser"]``, and import the other names from
here, before pytest could rewrite its assertions: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import KINDS, App
from own_methods import real
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.access import findings, look

PATIENCE = int(os.environ.get("ZOO_TEST_PATIENCE", "90000"))
"""Milliseconds until a thing that does not come is taken for missing; the machine may be busy."""

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
EXAMPLES = KINDS / "zoo_method_app_kinds" / "examples"
METHODS = [slug for slug, entry in real().items() if not entry.error]

WIDE, NARROW = (1440, False), (390, True)
"""Looks: pixels across, and whether it is dark. `zoo bench access` asks for every page in all four."""

LEFT = "BodyStreamBuffer was aborted"
"""What gradio's client complains of, with a sentence after it, where a page is left before its run has ended."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        assert not os.environ.get("CI"), "chromium is missing"
        pytest.skip("chromium is missing")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def tab(app: App, browser: Browser) -> Iterator[Page]:
    """An empty tab; afterwards nothing may have gone wrong in it, and nothing may have left the machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=app.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda one: wrong.append(one.url) if foreign(app, one.url) else None)
    page.on("websocket", lambda one: wrong.append(one.url))
    page.on("response", lambda one: wrong.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    yield page
    context.close()
    if any(LEFT in said for said in wrong):
        wrong = [said for said in wrong if LEFT not in said and "Connection errored out" not in said]
    assert not wrong, wrong


def foreign(app: App, url: str) -> bool:
    return not url.startswith((app.url, "data:", "blob:", "about:"))


def visit(tab: Page, path: str = "", opens: bool = False) -> Page:
    """Open a page and wait until gradio has made it usable; a test's own page opens with its first example if asked."""
    if path.startswith("app-") and not opens:
        path += "&example=none" if "?" in path else "?example=none"
    tab.goto(path)
    tab.locator(".z-bar").wait_for()
    if path.partition("?")[0] in METHODS or path.startswith(("app-", "compare-")):
        tab.get_by_role("button", name="Run", exact=True).first.wait_for()
    elif not path.partition("?")[0]:
        expect(tab.locator(".z-search output")).to_contain_text("shown")  # its script has run
    return tab


def grave(tab: Page, state: str, looks: tuple[tuple[int, bool], ...] = (WIDE, NARROW)) -> list[str]:
    """What axe-core finds, by default wide and light, and narrow and dark."""
    tab.emulate_media(
        reduced_motion="reduce"
    )  # colours that are still on their way to dark have no contrast yet
    found = []
    for width, dark in looks:
        look(tab, width, dark)
        found += [f"{state}, {width} px: {line}" for line in findings(tab)]
    look(tab, *WIDE)
    return found


def choose_action(tab: Page, title: str) -> None:
    tab.get_by_role("tab", name=title, exact=True).click()
    expect(tab.get_by_role("tab", name=title, exact=True)).to_have_attribute("aria-selected", "true")


def run(tab: Page) -> None:
    tab.get_by_role("button", name="Run", exact=True).click()


def results(tab: Page) -> Locator:
    return tab.locator(".z-results:visible")


def metric(tab: Page, name: str) -> Locator:
    """The cell of a number in the results."""
    return (
        results(tab)
        .locator(".z-metrics tr", has=tab.locator("th", has_text=re.compile(f"^{name}$")))
        .locator("td")
        .first
    )


def upload(tab: Page, file: Path, which: int = 0) -> None:
    """Give a file to an input; a run that began before it has arrived would be of the input before."""
    with tab.expect_response(lambda answer: "/upload?" in answer.url):
        tab.locator(".z-inputs:visible input[type=file]").nth(which).set_input_files(file)


def problem(tab: Page) -> Locator:
    """The sentence beside Run that says why there is no result."""
    return tab.locator(".z-problem:visible")
