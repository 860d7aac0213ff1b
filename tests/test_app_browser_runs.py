"""What stands on a page belongs to what was asked: the last click wins, and results of another input say so."""

from __future__ import annotations

import re
from pathlib import Path

import PIL.Image
import pytest
from app_browser import EXAMPLES, choose_action, metric, problem, results, run, upload, visit
from app_server import App
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = pytest.mark.browser


def said(tab: Page) -> Locator:
    """What stands beside Run."""
    return tab.locator(".z-run:visible output")


def example(tab: Page, number: int) -> None:
    tab.locator(f"[data-example='{number}']:visible").click()


@pytest.mark.parametrize("later", [0, 100, 600])
def test_the_example_that_was_clicked_last_wins(tab: Page, later: int) -> None:
    visit(tab, "app-troubles")
    example(tab, 1)  # counts to 200, five a second
    tab.wait_for_timeout(later)
    example(tab, 2)
    expect(said(tab)).to_contain_text(re.compile("Done|An example"))
    expect(tab.get_by_label("number input for Steps")).to_have_value("3")
    expect(metric(tab, "number")).to_have_text("3")
    tab.wait_for_timeout(700)  # time for three numbers of the first one
    expect(metric(tab, "number")).to_have_text("3")
    choose_action(tab, "Tell how the counting ended")
    reached = []
    for _ in range(2):
        run(tab)
        expect(said(tab)).to_contain_text("Done")
        reached.append(metric(tab, "number").inner_text())
        tab.wait_for_timeout(700)
    assert reached[0] == reached[1], "the first one still counts"


def test_run_pressed_again_runs_the_settings_as_they_are_now(tab: Page) -> None:
    visit(tab, "app-troubles")
    run(tab)
    expect(metric(tab, "number")).to_have_text(re.compile(r"\d"))
    tab.get_by_label("number input for Steps").fill("2")
    run(tab)
    run(tab)
    expect(said(tab)).to_contain_text("Done")
    expect(metric(tab, "number")).to_have_text("2")
    tab.wait_for_timeout(700)
    expect(metric(tab, "number")).to_have_text("2")


def test_results_of_another_input_say_so(tab: Page) -> None:
    visit(tab, "app-kinds")
    upload(tab, EXAMPLES / "picture.png")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    run(tab)
    expect(metric(tab, "width")).to_have_text("12")
    expect(results(tab)).not_to_have_attribute("data-mark", re.compile("."))
    quarters = tab.get_by_label("number input for Quarters")
    quarters.fill("1")
    expect(results(tab)).to_have_attribute("data-mark", "of the previous input")
    expect(said(tab)).to_have_text("The results are of the previous input.")
    quarters.fill("0")
    expect(results(tab)).not_to_have_attribute("data-mark", re.compile("."))
    quarters.fill("1")
    run(tab)
    expect(metric(tab, "width")).to_have_text("8")
    expect(results(tab)).not_to_have_attribute("data-mark", re.compile("."))


def test_after_an_error_no_number_is_left_and_the_sentence_stays(tab: Page, tmp_path: Path) -> None:
    words = tmp_path / "words.png"
    words.write_text("These are words, and nothing but words.")
    visit(tab, "app-kinds")
    example(tab, 0)
    expect(metric(tab, "width")).to_have_text("16")
    tab.get_by_label("Remove Image").or_(tab.get_by_role("button", name="Remove Image")).click()
    upload(tab, words)
    run(tab)
    expect(problem(tab)).to_contain_text("Image: the file is not a readable picture")
    assert problem(tab).get_attribute("role") == "alert"
    expect(tab.locator(".z-input-image.z-wrong")).to_be_visible()
    expect(results(tab).locator("td, .js-plotly-plot, img")).to_have_count(0)
    tab.get_by_label("number input for Quarters").fill("1")
    expect(problem(tab)).to_be_visible()
    example(tab, 1)
    expect(metric(tab, "width")).to_have_text("12")
    expect(problem(tab)).to_have_count(0)
    expect(tab.locator(".z-wrong")).to_have_count(0)


def test_a_page_opens_with_its_first_example_answered(app: App, tab: Page) -> None:
    visit(tab, "app-kinds", opens=True)
    expect(metric(tab, "width")).to_have_text("16")  # made on the first visit
    expect(said(tab)).to_contain_text(re.compile("Done|An example"))
    visit(tab, "app-kinds", opens=True)
    expect(metric(tab, "width")).to_have_text("16")  # and kept
    expect(results(tab)).to_have_attribute("data-mark", "stored result of this example")
    expect(tab.get_by_label("number input for Quarters")).to_have_value("1")
    tab.get_by_label("number input for Quarters").fill("2")
    expect(results(tab)).to_have_attribute("data-mark", "of the previous input")
    run(tab)
    expect(metric(tab, "width")).to_have_text("20")
    expect(said(tab)).to_contain_text("Done")


def test_a_visitor_who_is_quicker_than_the_example_keeps_what_was_entered(tab: Page) -> None:
    held: list = []
    tab.route("**/zoo/answers/**", lambda route: held.append(route))
    visit(tab, "app-kinds", opens=True)
    tab.wait_for_timeout(300)
    tab.get_by_label("Name").fill("mine")
    for route in held:
        route.continue_()
    tab.wait_for_timeout(500)
    expect(tab.get_by_label("Name")).to_have_value("mine")
    expect(said(tab)).to_have_text("")


def test_a_run_that_is_asked_for_while_a_file_is_on_its_way_waits_for_it(tab: Page, tmp_path: Path) -> None:
    PIL.Image.new("RGB", (20, 5)).save(tmp_path / "wide.png")
    visit(tab, "app-kinds")
    example(tab, 0)
    expect(metric(tab, "width")).to_have_text("16")
    tab.get_by_label("Remove Image").or_(tab.get_by_role("button", name="Remove Image")).click()
    held: list = []
    tab.route("**/upload?*", lambda route: held.append(route))
    # Of an upload that has not begun gradio does not know how far it is.
    ended = {"content_type": "text/event-stream", "body": 'data: {"msg": "done"}\n\n'}
    tab.route("**/upload_progress?*", lambda route: route.fulfill(**ended))
    with tab.expect_request("**/upload?*"):
        tab.locator(".z-inputs:visible input[type=file]").first.set_input_files(tmp_path / "wide.png")
    run(tab)
    expect(said(tab)).to_have_text("Waits for the file…")
    for route in held:
        route.continue_()
    expect(said(tab)).to_contain_text("Done")
    expect(metric(tab, "width")).to_have_text("13")  # 5, turned, and a border of 4 on both sides
    expect(problem(tab)).to_have_count(0)
