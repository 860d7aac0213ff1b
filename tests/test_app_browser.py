"""What a visitor sees and does, in a real Chromium that can reach this machine only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_browser import (
    EXAMPLES,
    METHODS,
    NARROW,
    PATIENCE,
    choose_action,
    grave,
    metric,
    problem,
    results,
    run,
    upload,
    visit,
)
from app_server import App
from own_methods import KIND, TROUBLE, real
from playwright.sync_api import Browser, Locator, Page, expect

from zoo.app.compare import comparisons

pytest_plugins = ["app_server", "app_browser"]
pytestmark = pytest.mark.browser

COMPARISONS = [f"compare-{one.slug}" for one in comparisons().tasks.values()]
PAGES = ["", "app-kinds", "app-troubles", "raises", "compare", "duels", "leaderboards", *COMPARISONS]


def cards(tab: Page) -> Locator:
    return tab.locator(".z-cards > li:visible")


def robust() -> int:
    """How many methods of the zoo's own and of the tests' are of the family robustness."""
    own = [KIND, TROUBLE]
    return sum(entry.method.family == "robustness" for entry in [*real().values(), *own] if not entry.error)


# ---------------------------------------------------------------------------------------------------------
# The gallery


def test_searching_is_mirrored_in_the_address(tab: Page) -> None:
    visit(tab)
    everything = cards(tab).count()
    assert everything >= 3
    tab.get_by_label("Search methods").fill("app-kinds")
    expect(cards(tab)).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"\?q=app-kinds$"))
    expect(tab.locator(".z-search output")).to_have_text("1 shown")
    tab.reload()
    expect(cards(tab)).to_have_count(1)
    expect(tab.get_by_label("Search methods")).to_have_value("app-kinds")
    tab.get_by_label("Search methods").fill("nothing is called like this")
    expect(tab.get_by_text("No method matches.")).to_be_visible()
    tab.get_by_role("button", name="Show all").click()
    expect(cards(tab)).to_have_count(everything)
    assert "?" not in tab.url


def test_filters_are_mirrored_in_the_address_and_go_back(tab: Page) -> None:
    visit(tab)
    family = tab.get_by_role("group", name="Family").get_by_role("button", name="Robustness")
    family.click()
    expect(family).to_have_attribute("aria-pressed", "true")
    expect(cards(tab)).to_have_count(robust())
    expect(tab).to_have_url(re.compile(r"\?family=robustness$"))
    tab.get_by_role("group", name="Input").get_by_role("button", name="3D shapes").click()
    expect(cards(tab)).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"family=robustness&input=mesh$"))
    tab.reload()
    expect(cards(tab)).to_have_count(1)
    tab.go_back()
    expect(cards(tab)).to_have_count(robust())
    family.click()
    expect(family).to_have_attribute("aria-pressed", "false")
    assert cards(tab).count() > robust()


def test_a_card_opens_its_method_and_the_bar_leads_back(tab: Page) -> None:
    visit(tab)
    tab.locator(".z-card", has_text="Kinds <of> & values").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Kinds <of> & values")
    assert tab.url.endswith("/app-kinds")
    answered = re.compile(
        "Done|An example"
    )  # leaving earlier would abort the example that the page opens with
    expect(tab.locator(".z-run:visible output")).to_contain_text(answered)
    tab.get_by_role("navigation", name="Methods of this family").get_by_text("Troubles").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Troubles")
    expect(tab.locator(".z-run:visible output")).to_contain_text(answered)
    tab.get_by_role("navigation", name="Where you are").get_by_text("Robustness").click()
    expect(cards(tab)).to_have_count(robust())


def test_a_broken_method_says_what_failed(tab: Page) -> None:
    visit(tab, "raises")
    expect(tab.get_by_role("alert")).to_contain_text("failed with RuntimeError")
    expect(tab.get_by_text("Every other method works.")).to_be_visible()


# ---------------------------------------------------------------------------------------------------------
# Trying a method


def expect_result(tab: Page, kind: str) -> None:
    """What a visitor sees of a result of a kind."""
    shown = {
        "figure": ".js-plotly-plot", "metrics": ".z-metrics td", "image": "img", "drawing": "img",
        "pictures": ".z-view img", "table": "table",
    }  # fmt: skip
    if kind in shown:
        expect(results(tab).locator(shown[kind]).first).to_be_visible()


@pytest.mark.parametrize("slug", METHODS)
def test_a_real_method_answers_and_fits_a_telephone_and_axe_finds_nothing_grave(tab: Page, slug: str) -> None:
    """Its page is opened once: each result of its first action is shown, and what is its own there fits."""
    visit(tab, slug)
    expect_a_title(tab)
    action = next(iter(real()[slug].method.actions().values()))
    for field in action.results:  # nobody asked for anything
        expect_result(tab, field.kind)
    expect(problem(tab)).to_have_count(0)
    expect(tab.locator(".z-run:visible output")).to_contain_text(re.compile("Done|An example"))
    assert grave(tab, "Try", (NARROW,)) == []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    for title in ("Evidence", "Card"):
        choose_action(tab, title)
        expect_fit(tab, title)


def test_an_uploaded_picture_is_turned(tab: Page) -> None:
    visit(tab, "app-kinds")
    upload(tab, EXAMPLES / "picture.png")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    tab.get_by_label("number input for Quarters").fill("1")
    tab.get_by_label("Name").fill("<b>level</b>")
    run(tab)
    expect(metric(tab, "width")).to_have_text("8")
    picture = results(tab).locator("img").first
    expect(picture).to_be_visible()
    tab.wait_for_function("image => image.naturalWidth === 8", arg=picture.element_handle())
    expect(results(tab).locator(".js-plotly-plot")).to_be_visible()
    expect(results(tab).locator("th", has_text="<b>level</b>")).to_be_visible()  # as text, not as HTML


def test_an_uploaded_table_is_sorted_and_can_be_downloaded(tab: Page) -> None:
    visit(tab, "app-kinds")
    choose_action(tab, "Sort a table")
    upload(tab, EXAMPLES / "table.csv")
    expect(tab.locator(".z-inputs:visible").get_by_text(".csv")).to_be_visible()
    tab.get_by_label("Column").fill("height")
    button = results(tab).get_by_role("button", name="Download download")
    expect(button).to_be_disabled()
    run(tab)
    expect(results(tab).get_by_role("gridcell", name="<b>bob</b>")).to_be_visible()
    expect(button).to_be_enabled()
    with tab.expect_download() as got:
        results(tab).get_by_text("Download download").click()
    assert got.value.suggested_filename == "sorted.csv"
    assert "1.3333333333333333" in Path(got.value.path()).read_text()


def test_a_bad_file_gets_a_sentence_and_a_good_one_then_works(tab: Page, tmp_path: Path) -> None:
    words = tmp_path / "words.png"
    words.write_text("These are words, and nothing but words.")
    visit(tab, "app-kinds")
    upload(tab, words)
    expect(tab.get_by_role("button", name="Remove Image").or_(tab.get_by_label("Remove"))).to_be_visible()
    run(tab)
    toast = problem(tab)
    expect(toast).to_contain_text("Image: the file is not a readable picture; send a PNG, JPEG,")
    assert "/" not in toast.inner_text().replace("n/a", "")
    tab.locator("[data-example='0']:visible").click()
    expect(metric(tab, "width")).to_have_text("16")


def test_a_slow_action_can_be_stopped(app: App, tab: Page, tmp_path: Path) -> None:
    visit(tab, "app-troubles")
    run(tab)
    expect(metric(tab, "number")).to_have_text(re.compile(r"[2-9]|\d\d"))
    tab.get_by_role("button", name="Stop").click()
    choose_action(tab, "Tell how the counting ended")
    for _ in range(60):
        run(tab)
        expect(metric(tab, "ended")).to_be_visible()
        if metric(tab, "ended").inner_text() == "stopped":
            break
        tab.wait_for_timeout(500)
    assert metric(tab, "ended").inner_text() == "stopped"
    assert int(metric(tab, "number").inner_text()) < 200


def draw(tab: Page) -> None:
    board = tab.locator(".z-canvas canvas:visible")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None
    x, y, side = box["x"], box["y"], box["width"]
    tab.mouse.move(x + side * 0.2, y + side * 0.2)
    tab.mouse.down()
    tab.mouse.move(x + side * 0.3, y + side * 0.8, steps=4)
    tab.mouse.up()


def test_a_drawing_is_made_by_hand_and_mirrored(tab: Page) -> None:
    visit(tab, "app-kinds")
    choose_action(tab, "Mirror a drawing")
    draw(tab)
    run(tab)
    picture = results(tab).locator("img").first
    expect(picture).to_be_visible()
    tab.wait_for_function("image => image.naturalWidth === 280", arg=picture.element_handle())
    dark = picture.evaluate(
        """image => {
          const board = document.createElement('canvas');
          board.width = board.height = 280;
          const pen = board.getContext('2d');
          pen.drawImage(image, 0, 0);
          const at = (x, y) => pen.getImageData(x * 280, y * 280, 1, 1).data[0];
          return [at(0.8, 0.2), at(0.2, 0.2)];
        }"""
    )
    assert dark == [0, 255]
    tab.locator(".z-canvas-bar:visible").get_by_text("Clear").click()
    run(tab)
    expect(problem(tab)).to_contain_text("Drawing is missing; send a drawing on the canvas")


def test_undo_takes_back_one_stroke(tab: Page) -> None:
    visit(tab, "app-kinds")
    choose_action(tab, "Mirror a drawing")
    ink = "board => [...board.getContext('2d').getImageData(0, 0, 280, 280).data].filter(x => x === 0).length"
    board = tab.locator(".z-canvas canvas:visible")
    assert board.evaluate(ink) == 0
    draw(tab)
    assert board.evaluate(ink) > 100
    tab.locator(".z-canvas-bar:visible").get_by_text("Undo").click()
    assert board.evaluate(ink) == 0


def test_an_example_drawing_is_shown_on_the_canvas(tab: Page) -> None:
    visit(tab, "app-kinds")
    choose_action(tab, "Mirror a drawing")
    tab.locator("[data-example='0']:visible").click()
    expect(results(tab).locator("img").first).to_be_visible()
    grey = "board => [...board.getContext('2d').getImageData(0, 0, 280, 280).data].some(x => x < 200)"
    assert tab.locator(".z-canvas canvas:visible").evaluate(grey)


# ---------------------------------------------------------------------------------------------------------
# Inputs that are about another, and kinds with a view of their own


def open_action(tab: Page, name: str) -> None:
    """By the address, for not all of the tabs fit."""
    visit(tab, f"app-kinds?action={name}")
    tab.locator(f".z-inputs:visible .z-run[data-key='app-kinds/{name}']").wait_for()


def test_only_the_panels_of_what_came_are_in_sight(tab: Page) -> None:
    open_action(tab, "leave_out")
    shown = results(tab).locator("label, [data-testid=block-label], .z-pictures-together h3, button")
    button = results(tab).get_by_role("button", name="Download download")
    expect(button).to_be_hidden()  # before a run
    expect(shown.filter(has_text="Picture", visible=True)).to_have_count(0)
    tab.locator("[data-example='1']:visible").click()
    expect(shown.filter(has_text="Sound", visible=True).first).to_be_visible()
    expect(results(tab).locator(".js-plotly-plot")).to_be_visible()
    for absent in ("Picture", "Clip", "Surface", "Drawing"):
        expect(shown.filter(has_text=absent, visible=True)).to_have_count(0)
    expect(button).to_be_hidden()
    tab.locator("[data-example='0']:visible").click()
    for present in ("Picture", "Clip", "Surface", "Drawing"):
        expect(shown.filter(has_text=present, visible=True).first).to_be_visible()
    expect(button).to_be_enabled()
    tab.locator("[data-example='1']:visible").click()
    expect(button).to_be_hidden()
    expect(shown.filter(has_text="Clip", visible=True)).to_have_count(0)


def test_a_click_on_the_picture_sets_the_spot_and_fields_do_too(tab: Page) -> None:
    open_action(tab, "point_at")
    view, marker = tab.locator(".z-spot-view:visible"), tab.locator(".z-spot-view:visible i")
    upload(tab, EXAMPLES / "picture.png")
    expect(view.locator("img")).to_be_visible()
    expect(marker).to_be_hidden()
    box = view.locator("img").bounding_box()
    assert box is not None
    view.click(position={"x": box["width"] * 4.5 / 12, "y": box["height"] * 6.5 / 8})
    expect(marker).to_be_visible()
    x, y = tab.get_by_label("Spot: x in pixels"), tab.get_by_label("Spot: y in pixels")
    expect(x).to_have_value("4")
    expect(y).to_have_value("6")
    run(tab)
    expect(metric(tab, "x")).to_have_text("4")
    expect(metric(tab, "y")).to_have_text("6")
    view.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")  # the last row already
    expect(x).to_have_value("5")
    expect(y).to_have_value("7")
    x.fill("2")
    run(tab)
    expect(metric(tab, "x")).to_have_text("2")
    expect(metric(tab, "y")).to_have_text("7")
    x.fill("99")
    run(tab)
    expect(problem(tab)).to_contain_text("Spot: 99,7 lies outside the picture of 12 x 8 pixels")
    tab.locator("[data-example='0']:visible").click()
    expect(metric(tab, "x")).to_have_text("3")
    expect(x).to_have_value("3")
    expect(view.locator("img")).to_be_visible()


def test_columns_are_picked_from_the_uploaded_table(tab: Page) -> None:
    open_action(tab, "pick_columns")
    upload(tab, EXAMPLES / "table.csv")
    inputs = tab.locator(".z-inputs:visible")
    inputs.get_by_label("Label").click()
    expect(tab.get_by_role("option")).to_contain_text(["name", "height", "width", "born"])
    tab.get_by_role("option", name="born").click()
    inputs.get_by_label("Numbers").click()
    tab.get_by_role("option", name="width").last.click()  # the first list fades away
    tab.keyboard.press("Escape")
    run(tab)
    expect(results(tab).get_by_test_id("markdown").first).to_have_text("born")
    expect(results(tab).get_by_role("columnheader").filter(has_text="width").first).to_be_visible()


def test_several_pictures_are_uploaded_at_once(tab: Page) -> None:
    open_action(tab, "shuffle_pictures")
    files = [EXAMPLES / "picture.png", EXAMPLES / "drawing.png"]
    tab.locator(".z-inputs:visible input[type=file]").first.set_input_files(files)
    expect(
        tab.locator(".z-inputs:visible .gallery-item, .z-inputs:visible .grid-container img").nth(1)
    ).to_be_visible()
    run(tab)
    expect(results(tab).get_by_label("Count")).to_have_value("2")
    expect(results(tab).locator("img").nth(1)).to_be_visible()


def test_a_marked_text_is_shown_as_text(tab: Page) -> None:
    open_action(tab, "mark_word")
    expect(tab.locator(".z-inputs:visible").get_by_label("Story")).to_be_visible()
    tab.locator("[data-example='0']:visible").click()
    words = results(tab).locator(".z-words")
    expect(words).to_have_text("one loom 🦎, two looms")
    expect(words.locator("mark")).to_have_text(["loom", "loom"])
    expect(results(tab).locator(".z-labels mark")).to_have_text(["<b>word</b>"])


def test_a_graph_is_drawn_and_can_be_downloaded(tab: Page) -> None:
    open_action(tab, "tie_knot")
    tab.locator("[data-example='0']:visible").click()
    expect(results(tab).locator(".js-plotly-plot .point").nth(3)).to_be_visible()
    for name, start in (("GraphML", "<?xml"), ("JSON", '{"nodes"')):
        with tab.expect_download() as got:
            results(tab).get_by_text(f"Download graph as {name}").click()
        assert got.value.suggested_filename == f"graph.{name.lower()}"
        assert Path(got.value.path()).read_text().startswith(start)


def test_a_kind_of_a_third_party_has_its_own_component(tab: Page) -> None:
    open_action(tab, "turn_melody")
    upload(tab, EXAMPLES / "scale.notes")
    run(tab)
    expect(results(tab).get_by_label("Melody")).to_have_value("F E D C")
    visit(tab)
    tab.get_by_role("group", name="Input").get_by_role("button", name="Melodies").click()
    expect(cards(tab)).to_have_count(1)


# ---------------------------------------------------------------------------------------------------------
# Pictures looked at together


def look_together(tab: Page) -> Locator:
    """The example with four pictures; its views."""
    visit(tab, "app-kinds?action=compare_levels")
    expect(tab.get_by_role("tab", name="Compare levels")).to_have_attribute("aria-selected", "true")
    tab.locator("[data-example='1']:visible").click()
    views = results(tab).locator(".z-view")
    expect(views).to_have_count(4)
    tab.wait_for_function("document.querySelectorAll('.z-view img')[3].naturalWidth === 12")
    return views


def places(tab: Page) -> list[str]:
    return tab.evaluate(
        "[...document.querySelectorAll('.z-view img')].map((one) => getComputedStyle(one).transform)"
    )


def zoomed(tab: Page) -> float:
    (place,) = set(places(tab))
    return float(re.findall(r"[-\d.]+", place)[0])


def test_zoom_and_place_are_the_same_in_all_pictures(tab: Page) -> None:
    views = look_together(tab)
    assert zoomed(tab) == 1
    third = views.nth(2)
    third.scroll_into_view_if_needed()
    box = third.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4
    tab.mouse.move(x - 5, y)
    tab.mouse.move(x, y)
    tab.mouse.wheel(0, -500)
    tab.wait_for_function("getComputedStyle(document.querySelector('.z-view img')).transform[7] !== '1'")
    scale = zoomed(tab)
    (before,) = set(places(tab))
    tab.mouse.down()
    tab.mouse.move(x - 20, y - 10, steps=3)
    tab.mouse.up()
    (after,) = set(places(tab))
    assert before != after
    assert zoomed(tab) == scale
    expect(results(tab).locator(".z-crisp")).to_have_count(1)
    third.dblclick()
    assert zoomed(tab) == 1
    tab.get_by_role("button", name="Zoom in").click()
    assert zoomed(tab) == pytest.approx(1.4)
    tab.get_by_role("button", name="Zoom out").click()
    expect(tab.get_by_role("button", name="Zoom out")).to_be_disabled()


def test_two_fingers_zoom(app: App, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=app.url, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    views = look_together(tab)
    views.first.scroll_into_view_if_needed()
    box = views.first.bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = tab.context.new_cdp_session(tab)
    for kind, apart in [("touchStart", 20), ("touchMove", 30), ("touchMove", 60), ("touchEnd", 0)]:
        points = [{"x": middle + sign * apart, "y": y, "id": sign + 1} for sign in (-1, 1)] if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    tab.wait_for_function("getComputedStyle(document.querySelector('.z-view img')).transform[7] !== '1'")
    assert zoomed(tab) > 2
    context.close()


def test_pictures_are_looked_at_by_keyboard(tab: Page) -> None:
    views = look_together(tab)
    views.nth(1).focus()
    tab.keyboard.press("+")
    tab.keyboard.press("+")
    assert zoomed(tab) == pytest.approx(1.96)
    (before,) = set(places(tab))
    tab.keyboard.press("ArrowRight")
    (after,) = set(places(tab))
    assert before != after
    tab.keyboard.press("0")
    assert zoomed(tab) == 1
    tab_to(tab, "[data-look=wipe]", backwards=True)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Wipe")).to_have_attribute("aria-pressed", "true")
    slider = tab.get_by_label("Where 1/1 <b>level</b> ends and 1/2 <b>level</b> begins")
    slider.focus()
    tab.keyboard.press("End")
    clip = "getComputedStyle(document.querySelector('.z-over')).clipPath"
    assert tab.evaluate(clip) == "inset(0px 0px 0px 100%)"


def test_one_picture_is_wiped_over_any_other(tab: Page) -> None:
    views = look_together(tab)
    tab.get_by_role("button", name="Wipe").click()
    expect(views).to_have_count(1)
    tab.get_by_label("Left picture").select_option("1/4 <b>level</b>")
    tab.get_by_label("Right picture").select_option("1/3 <b>level</b>")
    expect(results(tab).locator(".z-view img").first).to_have_attribute("alt", re.compile("^1/4"))
    expect(results(tab).locator(".z-over img")).to_have_attribute("alt", re.compile("^1/3"))
    views.first.scroll_into_view_if_needed()
    box = views.first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 4, y, steps=4)
    tab.mouse.up()
    assert zoomed(tab) == 1
    share = float(
        tab.evaluate("getComputedStyle(document.querySelector('.z-over')).clipPath").split()[-1][:-2]
    )
    assert share == pytest.approx(25, abs=1)
    with tab.expect_download() as got:
        results(tab).get_by_role("link", name="Download 1/4").click()
    assert got.value.suggested_filename == "1-4-b-level-b.png"


# ---------------------------------------------------------------------------------------------------------
# Comparisons and leaderboards


def contestant(tab: Page, name: str) -> Locator:
    return tab.locator(f".z-contestants [data-name='{name}']")


def chosen(tab: Page) -> list[str]:
    pressed = tab.locator(".z-contestants [aria-pressed=true]")
    by_place = {one.get_attribute("data-place"): one.inner_text() for one in pressed.all()}
    return [by_place[place] for place in sorted(by_place)]


def test_contestants_are_compared_on_an_example(tab: Page) -> None:
    visit(tab, "compare-dimension-reduction")
    for name in chosen(tab):
        contestant(tab, name).click()
    for name in ("Random projection", "PCA (scikit-learn)", "Isomap (scikit-learn)"):
        contestant(tab, name).click()
    expect(tab.locator(".z-contestants output")).to_have_text("3 chosen.")
    tab.get_by_label("number input for Axes").fill("3")
    tab.get_by_role("button", name="wine").click()
    table = results(tab).locator(".z-scores")
    expect(table.locator("tbody th")).to_have_text(
        ["Random projection", "PCA (scikit-learn)", "Isomap (scikit-learn)"]
    )
    expect(results(tab).locator(".js-plotly-plot")).to_be_visible()
    best = table.locator("tbody tr", has_text="PCA (scikit-learn)").locator("td").nth(1)
    expect(best).to_have_text("66.53best")
    assert chosen(tab) == ["Random projection", "PCA (scikit-learn)", "Isomap (scikit-learn)"], (
        "it keeps them"
    )


def test_the_address_of_a_comparison_opens_it_again(app: App, tab: Page) -> None:
    visit(tab, "compare-dimension-reduction")
    contestant(tab, "Isomap (scikit-learn)").click()
    tab.get_by_label("number input for Axes").fill("3")
    tab.get_by_label("number input for Axes").blur()
    tab.wait_for_function("location.search.includes('third=Isomap') && location.search.includes('axes=3')")
    before, address = chosen(tab), tab.url.removeprefix(app.url)
    visit(tab, address)
    expect(tab.get_by_label("number input for Axes")).to_have_value("3")
    assert chosen(tab) == before
    assert before[2] == "Isomap (scikit-learn)"
    tab.get_by_role("tab", name="Use it").click()
    code = tab.locator(".z-code pre")
    expect(code.first).to_contain_text("task.compare(")
    link = next(one for one in code.all_inner_texts() if one.startswith(f"{app.url}compare-dimension"))
    visit(tab, link.removeprefix(app.url))
    expect(tab.locator(".z-contestants [data-place='3']")).to_have_text("Isomap (scikit-learn)")
    assert chosen(tab) == before


def test_two_different_contestants_are_asked_for(tab: Page) -> None:
    visit(tab, "compare-dimension-reduction")
    expect(tab.locator(".z-contestants output")).to_have_text("2 chosen.")
    contestant(tab, chosen(tab)[0]).click()
    expect(tab.locator(".z-contestants output")).to_contain_text("1 chosen: ")
    expect(tab.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    tab.get_by_role("button", name="wine").click()
    expect(problem(tab)).to_contain_text("choose two to four different contestants.")


def test_no_more_than_four_can_be_chosen(tab: Page) -> None:
    visit(tab, "compare-image-coding?first=JPEG&second=WebP")
    expect(tab.locator(".z-contestants output")).to_have_text("2 chosen.")
    free = tab.locator(".z-contestants [aria-pressed=false]")
    while len(chosen(tab)) < 4:
        free.first.click()
    for one in free.all():
        expect(one).to_be_disabled()
    contestant(tab, "JPEG").click()
    assert chosen(tab)[0] == "WebP"
    expect(contestant(tab, "JPEG")).to_be_enabled()


def test_one_contestant_is_refused_before_the_run(tab: Page) -> None:
    visit(tab, "compare-dimension-reduction")
    button = tab.get_by_role("button", name="Run", exact=True)
    contestant(tab, chosen(tab)[1]).click()
    expect(button).to_be_disabled()
    expect(tab.get_by_text("1 chosen: choose another before you run.")).to_be_visible()
    contestant(tab, "Random projection").click()
    expect(button).to_be_enabled()


def test_pictures_are_compared_side_by_side(tab: Page) -> None:
    visit(tab, "compare-image-coding?first=JPEG&second=JPEG+2000&rate=0.5")
    expect(tab.get_by_label("number input for Rate")).to_have_value("0.5")
    tab.locator("[data-example='0']").click()
    expect(results(tab).locator(".z-view")).to_have_count(3)
    expect(results(tab).locator("figcaption b")).to_have_text(["original", "JPEG", "JPEG 2000"])
    expect(results(tab).locator(".z-scores tbody tr")).to_have_count(2)
    tab.get_by_role("button", name="Zoom in").click()
    assert zoomed(tab) == pytest.approx(1.4)


def test_comparisons_and_leaderboards_are_found_from_everywhere(tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    visit(tab, "app-kinds")
    pages = tab.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Leaderboards").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Leaderboards")
    expect(pages.get_by_role("link", name="Leaderboards")).to_have_attribute("aria-current", "page")
    tab.locator("#dimension-reduction").get_by_role("link", name="Compare on your own input").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Dimension reduction")
    tab.get_by_role("navigation", name="Where you are").get_by_text("Compare").click()
    expect(tab.locator(".z-tasks li")).to_have_count(len(COMPARISONS))
    pages.get_by_role("link", name="Gallery").click()
    expect(tab.locator(".z-search output")).to_contain_text("shown")


def test_a_chart_follows_the_theme_and_tells_its_points(tab: Page) -> None:
    visit(tab, "l1l2-interpolation")
    tab.get_by_role("tab", name="Evidence").click()
    claim = tab.locator(".z-claims details", has=tab.locator(".z-plane")).first
    expect(claim.locator("summary .z-chip")).to_have_text(
        re.compile(r", \d+ of \d+$")
    )  # the verdict, folded or not
    expect(claim.locator(".z-plane").first).to_be_hidden()
    claim.locator("summary").click()
    plane = tab.locator(".z-plane").first
    dot = plane.locator(".z-dot").last  # on which no other lies
    dot.scroll_into_view_if_needed()
    dot.hover()
    series = plane.locator("g").last.get_attribute("data-tip")
    expect(tab.locator(".z-tip")).to_have_text(f"{series}: {dot.get_attribute('data-tip')}")
    line = "getComputedStyle(document.querySelector('.z-plane polyline')).stroke"
    before = tab.evaluate(line)
    tab.get_by_label("Switch between light and dark").click()
    assert tab.evaluate(line) != before


# ---------------------------------------------------------------------------------------------------------
# Settings and snippets

SETTINGS = "quarters=2&gain=1.5&channel=red&border=8&mirror=True&seed=7&name=zz"


def test_a_link_fills_the_settings(tab: Page) -> None:
    visit(tab, f"app-kinds?action=turn_picture&{SETTINGS}")
    expect(tab.get_by_label("number input for Quarters")).to_have_value("2")
    expect(tab.get_by_label("number input for Gain")).to_have_value("1.5")
    expect(tab.get_by_role("combobox", name="Channel")).to_have_value("red")
    expect(tab.get_by_role("radio", name="8")).to_be_checked()
    expect(tab.get_by_label("Mirror")).to_be_checked()
    expect(tab.get_by_label("Seed")).to_have_value("7")
    expect(tab.get_by_label("Name")).to_have_value("zz")
    upload(tab, EXAMPLES / "picture.png")
    run(tab)
    expect(metric(tab, "width")).to_have_text("28")
    expect(metric(tab, "zz")).to_be_visible()


def test_a_link_opens_the_action_that_it_names(tab: Page) -> None:
    visit(tab, "app-kinds?action=sort_table&column=height")
    expect(tab.get_by_role("tab", name="Sort a table")).to_have_attribute("aria-selected", "true")
    expect(tab.get_by_label("Column")).to_have_value("height")


def test_use_it_shows_snippets_with_the_current_settings(app: App, tab: Page) -> None:
    visit(tab, f"app-kinds?{SETTINGS}")
    upload(tab, EXAMPLES / "picture.png")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    expect(tab.get_by_label("number input for Quarters")).to_have_value("2")
    tab.get_by_role("tab", name="Use it").click()
    first = tab.locator(".z-code pre").first
    expect(first).to_contain_text("turn_picture(image='picture.png', quarters=2, gain=1.5, channel='red'")
    code = tab.locator(".z-use").first.locator("pre").all_inner_texts()
    assert any("zoo run app-kinds.turn-picture --image picture.png --quarters 2" in one for one in code)
    assert any(f'Client("{app.url}", ' in one for one in code)
    assert any(f"{app.url}gradio_api/mcp/?tools=app_kinds_turn_picture" in one for one in code)
    link = next(one for one in code if one.startswith(f"{app.url}app-kinds?action=turn_picture"))
    visit(tab, link.removeprefix(app.url))
    expect(tab.get_by_label("Name")).to_have_value("zz")


def test_use_it_opens_with_the_action_in_sight_and_hands_out_the_files_that_it_reads(
    app: App, tab: Page
) -> None:
    visit(tab, "app-kinds?action=sort_table&column=height")
    tab.get_by_role("tab", name="Use it").click()
    parts = tab.locator(".z-use")
    expect(parts.first.locator("summary")).to_have_text("Sort a table")
    expect(parts.first).to_have_attribute("open", "")
    expect(parts.nth(1)).not_to_have_attribute("open", "")
    file = parts.first.get_by_role("link", name="table.csv")
    expect(file).to_have_attribute("download", "table.csv")  # that of the first example, where none is chosen
    answer = app.get(file.get_attribute("href").removeprefix("./"))
    assert answer.content == (EXAMPLES / "table.csv").read_bytes()
    assert app.get("zoo/examples/app-kinds/sort_table/0/__init__.py").status_code == 404


def test_the_light_switch_holds_on_every_page(tab: Page) -> None:
    visit(tab)
    dark = "document.body.classList.contains('dark')"
    before = tab.evaluate(dark)
    tab.get_by_label("Switch between light and dark").click()
    assert tab.evaluate(dark) is not before
    for path in ("app-kinds", "raises", ""):
        visit(tab, path)
        tab.wait_for_function(f"{dark} === {str(not before).lower()}")
    ground = "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    colours = {tab.evaluate(ground)}
    tab.get_by_label("Switch between light and dark").click()
    colours.add(tab.evaluate(ground))
    assert len(colours) == 2


# ---------------------------------------------------------------------------------------------------------
# Every page

UNNAMED = """() => {
  const seen = (one) => one.checkVisibility() && !one.closest('[aria-hidden=true]');
  const texts = (ids) => ids.split(' ').map((id) => document.getElementById(id)?.textContent || '').join('');
  const name = (one) => one.getAttribute('aria-label') || texts(one.getAttribute('aria-labelledby') || '')
    || [...(one.labels || [])].map((label) => label.textContent).join('') || one.title || '';
  const inputs = [...document.querySelectorAll('input, textarea, select, canvas')].filter(seen)
    .filter((one) => one.type !== 'hidden' && !name(one).trim());
  const buttons = [...document.querySelectorAll('button, a[href]')].filter(seen)
    .filter((one) => !(name(one) + one.textContent).trim()
      && ![...one.querySelectorAll('img')].some((image) => image.alt));
  const images = [...document.querySelectorAll('img')].filter((one) => !one.hasAttribute('alt'));
  return [...inputs, ...buttons, ...images].map((one) => one.outerHTML.slice(0, 200));
}"""


def each_tab(tab: Page, look: Callable[[str], Any]) -> None:
    """Look at a page, and if it is a method's at each of its tabs and actions."""
    actions = tab.locator(".z-actions [role=tab]:visible").all_inner_texts()
    titles = tab.locator(".z-tabs [role=tab]:visible").all_inner_texts()
    titles.sort(key=lambda title: title not in actions)  # while the tab that holds them is open
    look("as it opens")
    for title in titles:
        tab.get_by_role("tab", name=title, exact=True).first.click()
        expect(tab.get_by_role("tab", name=title, exact=True).first).to_have_attribute(
            "aria-selected", "true"
        )
        look(title)


WIDE = """() => [...document.querySelectorAll('button, input, h1, h2, p, pre')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > 391
    && !one.closest('.z-scroll, .z-strip, .z-filters, .z-examples, .tab-container, pre, table, [aria-hidden=true]'))
  .map((one) => one.outerHTML.slice(0, 160))"""


def expect_a_title(tab: Page) -> None:
    """A page says its language and what it is, once."""
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.get_by_role("heading", level=1).count() == 1
    assert tab.title()


def expect_fit(tab: Page, where: str) -> None:
    """Nothing is cut off at 390 px, and those who do not see the page are told what each part is."""
    tab.wait_for_function("document.fonts.status === 'loaded'")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390, where
    assert tab.evaluate(WIDE) == [], where
    assert tab.evaluate(UNNAMED) == [], where


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_telephone_and_names_its_parts(tab: Page, path: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    visit(tab, path)
    expect_a_title(tab)
    each_tab(tab, lambda title: expect_fit(tab, title))


def tab_to(tab: Page, wanted: str, most: int = 80, backwards: bool = False) -> None:
    """Press Tab until the element in focus fits a selector."""
    for _ in range(most):
        tab.keyboard.press("Shift+Tab" if backwards else "Tab")
        if tab.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def test_the_keyboard_reaches_everything(tab: Page) -> None:
    visit(tab)
    tab_to(tab, "#z-query")
    tab.keyboard.type("app-kinds")
    expect(cards(tab)).to_have_count(1)
    tab_to(tab, "a.z-card")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Run", exact=True).wait_for()
    tab_to(tab, "[data-example='1']")
    expect(tab.get_by_label("number input for Quarters")).to_have_value("1")  # of the first example
    tab_to(tab, "input[type=range]")
    tab.keyboard.press("ArrowRight")
    expect(tab.get_by_label("number input for Quarters")).to_have_value("2")
    tab_to(tab, ".z-run [data-do=run]")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.evaluate(outline) != "none", "what is in focus must be seen"
    tab.keyboard.press("Enter")
    expect(metric(tab, "width")).to_have_text("20")
