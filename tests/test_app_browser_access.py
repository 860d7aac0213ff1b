"""Pages for keyboards, screen readers and whoever wants nothing to move: axe-core, focus, names, canvases."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from app_browser import EXAMPLES, NARROW, WIDE, choose_action, grave, results, run, upload, visit
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "path", ["", "duels", "leaderboards", "wanted", "compare", "compare-image-coding", "app-kinds", "nothing"]
)
def test_axe_finds_nothing_grave_on_a_page(tab: Page, path: str) -> None:
    if path == "nothing":
        tab.goto("raises")
        tab.locator(".z-bar").wait_for()
    else:
        visit(tab, path)
    assert grave(tab, path) == []


@pytest.mark.parametrize("slug", ["finola", "linear-mda", "node2vec", "icl-gradient-descent"])
def test_axe_finds_nothing_grave_on_a_method_in_any_tab(tab: Page, slug: str) -> None:
    """Tabs beside Try are of the same parts on all pages; `zoo bench access` looks at those of every method."""
    visit(tab, slug)
    expect(tab.locator(".z-run:visible output")).to_contain_text(re.compile("Done|An example"))
    tab.wait_for_timeout(500)
    found = []
    for title, seen in (("Try", NARROW), ("Evidence", WIDE), ("Card", NARROW), ("Use it", WIDE)):
        choose_action(tab, title)
        tab.wait_for_timeout(500)
        found += grave(tab, title, (seen,))
    assert found == []


def outlined(part: Locator) -> bool:
    """Whether something is drawn around a part, or around its label."""
    return part.evaluate(
        "part => [part, part.closest('label')].some(one => one && getComputedStyle(one).outlineStyle === 'solid'"
        " && parseFloat(getComputedStyle(one).outlineWidth) >= 2)"
    )


def test_focus_is_seen_on_sliders_choices_tabs_and_buttons(tab: Page) -> None:
    visit(tab, "velocity-fields?example=none")
    seen = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        kind = tab.evaluate(
            "[document.activeElement].map(one => one.getAttribute('role') || one.type || one.localName)[0]"
        )
        if kind in ("range", "radio", "tab", "button", "number", "checkbox"):
            assert outlined(tab.locator(":focus")), f"nothing shows that a {kind} has the focus"
            seen.add(kind)
    assert {"range", "radio", "tab", "number"} <= seen


def test_arrow_keys_go_from_tab_to_tab(tab: Page) -> None:
    visit(tab, "finola?example=none")
    first = tab.get_by_role("tab", name="Try", exact=True)
    first.focus()
    for key, name in (
        ("ArrowRight", "Evidence"),
        ("ArrowRight", "Card"),
        ("ArrowLeft", "Evidence"),
        ("End", "Use it"),
        ("ArrowRight", "Try"),
        ("ArrowLeft", "Use it"),
        ("Home", "Try"),
    ):
        tab.keyboard.press(key)
        reached = tab.get_by_role("tab", name=name, exact=True)
        expect(reached).to_be_focused()
        expect(reached).to_have_attribute("aria-selected", "true")


def test_pictures_and_plots_have_names_and_completion_is_announced(tab: Page) -> None:
    visit(tab, "finola")
    figure = results(tab).get_by_role("figure", name=re.compile("quality at every code length"))
    expect(figure).to_be_visible()
    expect(results(tab).get_by_alt_text("Feature map")).to_be_visible()
    for picture in results(tab).locator("img").all():
        assert picture.get_attribute("alt")
    said = tab.locator(".z-run:visible output")
    assert said.get_attribute("aria-live") == "polite"
    expect(said).to_have_text("An example, as it was stored.")


def test_whoever_wants_nothing_to_move_sees_nothing_move(tab: Page) -> None:
    tab.emulate_media(reduced_motion="reduce")
    visit(tab, "app-kinds")
    moving = tab.evaluate(
        "[...document.querySelectorAll('.gradio-container *')].filter(one =>"
        " getComputedStyle(one).transitionDuration.split(', ').some(time => parseFloat(time) > 0)"
        " && getComputedStyle(one).transitionProperty !== 'none').length"
    )
    assert moving == 0


def test_a_sound_is_sent_nowhere(tab: Page) -> None:
    visit(tab, "vc-inr?action=compress_sound&example=0")
    expect(
        tab.locator(".z-results:visible [data-testid^=waveform], .z-results:visible audio").first
    ).to_be_attached()
    assert tab.get_by_label(re.compile("^share", re.I)).count() == 0


# ---------------------------------------------------------------------------------------------------------
# Canvases

INK = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let place = 0; place < data.length; place += 4) dark += data[place] < 128;
  return dark;
}"""


def drawing(tab: Page) -> Locator:
    choose_action(tab, "Mirror a drawing")
    return tab.locator(".z-canvas canvas:visible").first


def stroke(tab: Page, board: Locator) -> None:
    box = board.bounding_box()
    assert box
    tab.mouse.move(box["x"] + 20, box["y"] + box["height"] - 20)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 120, box["y"] + box["height"] - 20, steps=4)
    tab.mouse.up()


def ink(board: Locator) -> int:
    return board.evaluate(INK)


def settled(tab: Page, board: Locator) -> int:
    """The ink of a canvas once there is some."""
    tab.wait_for_function(f"canvas => ({INK})(canvas) > 100", arg=board.element_handle())
    return ink(board)


def test_a_loaded_example_stays_under_new_strokes(tab: Page) -> None:
    visit(tab, "app-kinds")
    board = drawing(tab)
    tab.locator("[data-example='0']:visible").click()
    before = settled(tab, board)
    board.scroll_into_view_if_needed()
    stroke(tab, board)
    assert ink(board) > before + 200
    tab.locator(".z-canvas-bar:visible").get_by_text("Undo").click()
    assert abs(ink(board) - before) < 20
    tab.locator(".z-canvas-bar:visible").get_by_text("Clear").click()
    assert ink(board) == 0


def test_a_canvas_takes_a_picture_that_is_opened_or_pasted(tab: Page) -> None:
    visit(tab, "app-kinds")
    board = drawing(tab)
    file = EXAMPLES / "drawing.png"
    with tab.expect_file_chooser() as chooser:
        board.focus()
        tab.keyboard.press("Enter")
    chooser.value.set_files(file)
    opened = settled(tab, board)
    run(tab)
    expect(results(tab).locator("img").first).to_be_visible()
    tab.locator(".z-canvas-bar:visible").get_by_text("Clear").click()
    assert ink(board) == 0
    board.evaluate(
        """(canvas, data) => {
          const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
          const files = new DataTransfer();
          files.items.add(new File([bytes], 'drawing.png', { type: 'image/png' }));
          canvas.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true }));
        }""",
        base64.b64encode(file.read_bytes()).decode(),
    )
    assert settled(tab, board) == opened


# ---------------------------------------------------------------------------------------------------------
# Tables


def test_an_uploaded_table_is_shown_as_it_was_read_and_its_columns_are_picked(
    tab: Page, tmp_path: Path
) -> None:
    lines = ["name;height;width;flat", "ann;1,5;2;7", "bob;;3;7", "cy;1,25;5;7", "dee;4;7;7", "eve;2;9;7"]
    (tmp_path / "people.csv").write_text("\n".join(lines))
    visit(tab, "linear-mda?example=none")
    upload(tab, tmp_path / "people.csv")
    preview = tab.locator(".z-preview:visible")
    expect(preview).to_contain_text("5 rows, 4 columns.")
    expect(preview).to_contain_text("“;” between cells")
    expect(preview.locator("thead th", has_text="height")).to_contain_text("numbers, 1 missing")
    expect(preview.locator("thead th", has_text="name")).to_contain_text("words")
    expect(preview.locator(".z-gap")).to_have_count(1)
    picker = tab.get_by_label("Columns", exact=True)
    picker.click()
    expect(tab.get_by_role("option")).to_have_text(
        [re.compile(name) for name in ("name", "height", "width", "flat")]
    )
    tab.keyboard.press("Escape")
    run(tab)
    verdict = results(tab).locator(".z-verdict")
    expect(verdict).to_contain_text("1 empty cell filled with the mean of the column.")
    expect(verdict).to_contain_text("“flat” has the same value in every row and was left out.")


def test_results_of_a_table_example_are_not_marked_as_of_another_input(tab: Page) -> None:
    visit(tab, "linear-mda")
    expect(results(tab)).to_have_attribute("data-mark", "stored result of this example")
    expect(tab.locator(".z-preview:visible")).to_contain_text("333 rows")
    tab.wait_for_timeout(1500)
    expect(results(tab)).to_have_attribute("data-mark", "stored result of this example")
