"""A graph in the browser: nodes found by name and by a click, a walk that is replayed, layouts, and the next start."""

from __future__ import annotations

import re

import pytest
from app_browser import choose_action, results, run, visit
from playwright.sync_api import Locator, Page, expect

pytest_plugins = ["app_server", "app_browser"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]

ABOUT = "document.querySelector('.z-plot .js-plotly-plot')"


@pytest.fixture
def panel(tab: Page) -> Locator:
    """What stands beneath the graph that the page of node2vec opens with."""
    visit(tab, "node2vec")
    beneath = tab.locator(".z-network").first
    expect(beneath.locator("output")).to_have_text(
        "Click a node, or type a name; it is written into “start”."
    )
    return beneath


def start(tab: Page) -> Locator:
    return tab.locator(".z-input-start:visible :is(input, textarea)").first


def test_a_node_is_found_by_the_keyboard_and_the_next_walk_starts_there(tab: Page, panel: Locator) -> None:
    word, said = panel.get_by_role("searchbox", name="Find a node by name"), panel.locator("output")
    word.fill("thenard")
    expect(said).to_have_text("2 of 77 nodes.")
    expect(panel.locator("li button")).to_have_text(["MmeThenardier", "Thenardier"])
    word.fill("cosette")
    word.press("Enter")
    expect(said).to_have_text(
        re.compile(r"^Cosette \(community \d\): 11 neighbours\. It is “start” of the next run\.$")
    )
    expect(panel.locator("li button")).to_have_count(11)
    expect(start(tab)).to_have_value("Cosette")
    lit = tab.evaluate(f"{ABOUT}.data[1].x.length")
    assert lit == 33
    panel.get_by_role("button", name="Valjean", exact=True).press("Enter")
    expect(said).to_have_text(re.compile(r"^Valjean .*: 36 neighbours"))
    expect(start(tab)).to_have_value("Valjean")
    panel.get_by_role("button", name="Show all").click()
    expect(panel.locator("ul")).to_be_hidden()
    word.fill("cosette")
    word.press("Enter")
    run(tab)
    expect(results(tab).locator(".z-verdict")).to_contain_text("From Cosette")


def test_a_click_on_a_node_chooses_it(tab: Page, panel: Locator) -> None:
    tab.evaluate(f"{ABOUT}.scrollIntoView({{ block: 'center', behavior: 'instant' }})")
    tab.wait_for_timeout(300)
    place = tab.evaluate(
        f"""(() => {{
            const plot = {ABOUT}, box = plot.getBoundingClientRect(), {{ xaxis, yaxis }} = plot._fullLayout;
            const number = plot.layout.meta.network.nodes.find((one) => plot.data[one].hovertext.includes("Napoleon"));
            const {{ x, y, hovertext }} = plot._fullData[number], at = hovertext.indexOf("Napoleon");
            return [box.left + xaxis._offset + xaxis.l2p(x[at]), box.top + yaxis._offset + yaxis.l2p(y[at])];
        }})()"""
    )
    tab.mouse.move(*place)
    tab.mouse.click(*place)
    expect(panel.locator("output")).to_have_text(re.compile(r"^Napoleon .*: 1 neighbour\."))
    expect(panel.locator("li button")).to_have_text(["Myriel"])


def test_a_walk_leaves_its_footprints_step_by_step(tab: Page, panel: Locator) -> None:
    dial = tab.locator(".z-dial").first
    dial.get_by_role("slider").fill("4")
    expect(dial.locator("output")).to_have_text("step 4")
    lengths = f"{ABOUT}.layout.meta.network.walks.map(({{ line }}) => {ABOUT}.data[line].x.length)"
    assert tab.evaluate(lengths) == [5, 5]
    dial.get_by_role("button", name="Play").click()
    expect(dial.locator("output")).to_have_text("step 79")
    assert tab.evaluate(lengths) == [80, 80]


def test_nodes_move_with_their_edges_to_another_layout(tab: Page, panel: Locator) -> None:
    choose_action(tab, "Draw the map")
    choice = tab.locator(".z-network:visible").get_by_role("combobox", name="Layout")
    expect(choice).to_be_visible()
    plots = "[...document.querySelectorAll('.z-plot .js-plotly-plot')]"
    plot = f"{plots}.find((one) => one.networked && !one.networked.fills)"
    edge = f"Array.from({plot}._fullData[0].x).slice(0, 2)"
    before = tab.evaluate(edge)
    choice.select_option("map of node2vec")
    after = tab.evaluate(edge)
    assert before != after
    ends = tab.evaluate(f"{plot}.layout.meta.network.ends.slice(0, 2)")
    at = tab.evaluate(f"{plot}.layout.meta.network.layouts['map of node2vec'].x")
    assert after == [at[end] for end in ends]
