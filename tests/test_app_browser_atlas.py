"""A map of points in the browser: found by name, chosen by lasso, listed with pictures and saved."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from app_browser import visit
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]


@pytest.fixture
def panel(tab: Page) -> Locator:
    """What stands beneath the map of digits that its page opens with."""
    visit(tab, "fit-sne")
    found = tab.locator(".z-atlas").first
    expect(found.locator("output")).to_have_text("Draw a lasso around points, or type a name.")
    return found


def test_points_are_found_by_name_and_saved(tab: Page, panel: Locator, tmp_path: Path) -> None:
    panel.get_by_role("searchbox", name="Find points by name").fill("digit 3")
    said = panel.locator("output")
    expect(said).to_have_text(re.compile(r"^\d+ of 400 chosen$"))
    count = int(said.inner_text().split()[0])
    assert 20 < count < 70
    expect(panel.locator("li")).to_have_count(count)
    expect(panel.locator("li .z-atlas-picture")).to_have_count(count)
    with tab.expect_download() as download:
        panel.get_by_role("button", name="Download as CSV").click()
    download.value.save_as(tmp_path / "chosen.csv")
    rows = list(csv.DictReader((tmp_path / "chosen.csv").open()))
    assert len(rows) == count
    assert {row["group"] for row in rows} == {"digit 3"}
    assert all(float(row["x"]) and float(row["y"]) for row in rows)
    panel.get_by_role("searchbox").fill("")
    expect(panel.locator("ul")).to_be_hidden()


def test_a_lasso_lists_the_points_within(tab: Page, panel: Locator) -> None:
    box = tab.locator(".z-plot .nsewdrag").first.bounding_box()
    assert box is not None
    corners = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.5), (0.02, 0.5), (0.02, 0.02))
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=8)
    tab.mouse.up()
    expect(panel.locator("output")).to_have_text(re.compile(r"^\d+ of 400 chosen$"))
    assert 50 < int(panel.locator("output").inner_text().split()[0]) < 350
    expect(panel.get_by_role("button", name="Download as CSV")).to_be_visible()
