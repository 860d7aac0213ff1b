"""What is typed into the gallery's search: its words, in a real browser, up to 650 methods."""

from __future__ import annotations

import json
import re

import pytest
from app_browser import METHODS, visit
from app_server import App
from own_methods import real
from playwright.sync_api import Locator, Page, expect

from zoo import catalogue
from zoo.app import search
from zoo.app.gallery import CLAIMS, claims_of, gallery

pytest_plugins = ["app_server", "app_browser"]

HITS = {
    "PCA": ["linear-mda", "finola"],
    "lasso": ["l1l2-interpolation"],
    "audio": ["vc-inr"],
    "mesh": ["vc-inr"],
    "imputation": ["velocity-fields"],
    "few-shot": ["imaml"],
    "csv": ["linear-mda", "l1l2-interpolation"],
    "Spreadsheets": ["linear-mda"],
    "imputatoin": ["velocity-fields"],
    "lassso": ["l1l2-interpolation"],
    "compress a sound": ["vc-inr"],
    "Schwarz 2023": ["vc-inr"],
}
"""What people type, and what they then look for."""


def slugs(tab: Page) -> list[str]:
    return tab.locator(".z-cards > li:visible").evaluate_all("all => all.map(item => item.dataset.slug)")


@pytest.fixture
def opened(tab: Page) -> Page:
    """The gallery, once what its search looks through has come."""
    with tab.expect_response(lambda answer: "search.json" in answer.url):
        visit(tab)
    return tab


@pytest.mark.browser
def test_what_people_type_is_there_and_the_best_comes_first(opened: Page) -> None:
    typed = opened.get_by_label("Search methods")
    for words, wanted in HITS.items():
        typed.fill(words)
        expect(opened.locator(".z-search output")).to_have_text(re.compile(r"^[1-9]\d* shown$"))
        shown = [slug for slug in slugs(opened) if slug in METHODS]
        assert set(wanted) <= set(shown), words
        assert shown[0] in wanted, f"{words} finds {shown} in this order"
    typed.fill("xylophone")
    expect(opened.get_by_text("No method matches.")).to_be_visible()


@pytest.mark.browser
def test_a_filter_says_how_many_it_would_leave(opened: Page) -> None:
    def counts(group: str) -> int:
        return sum(map(int, opened.get_by_role("group", name=group).locator("b").all_inner_texts()))

    opened.get_by_label("Search methods").fill("table")
    expect(opened.get_by_role("group", name="Claims")).to_be_visible()
    assert counts("Claims") == len(slugs(opened)) == counts("Family")


@pytest.mark.browser
def test_the_gallery_is_used_by_keys_alone(opened: Page) -> None:
    def focused() -> str:
        return opened.evaluate(
            "document.activeElement.closest('li')?.dataset.slug ?? document.activeElement.id"
        )

    opened.keyboard.press("/")
    assert focused() == "z-query"
    opened.keyboard.type("pca")
    first, second = slugs(opened)[:2]
    opened.keyboard.press("ArrowDown")
    assert focused() == first
    opened.keyboard.press("ArrowRight")
    assert focused() == second
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowUp")
    assert focused() == "z-query"
    opened.keyboard.press("/")  # a letter like any other, where one types
    expect(opened.get_by_label("Search methods")).to_have_value("pca/")
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"**/{first}")


@pytest.mark.browser
def test_surprise_me_opens_a_method_that_is_shown(opened: Page) -> None:
    opened.get_by_label("Search methods").fill("lasso")
    shown = slugs(opened)
    opened.get_by_role("button", name="Surprise me").click()
    opened.wait_for_url(re.compile(f"/({'|'.join(shown)})$"))


@pytest.mark.browser
def test_650_methods_are_searched_while_one_types(opened: Page) -> None:
    things = [
        [[8, paper.title], [5, paper.does], [4, paper.demo], [3, f"{paper.claim} {paper.data}"]]
        for paper in catalogue.papers().values()
    ]
    slowest = opened.evaluate(
        """things => {
          const find = zooSearch.finder(things);
          return Math.max(...["d", "diffusion", "difusion", "sparse autoencoder"].map((words) => {
            const runs = [0, 1, 2].map(() => {
              const start = performance.now();
              find(words);
              return performance.now() - start;
            });
            return Math.min(...runs);
          }));
        }""",
        things,
    )
    assert slowest < 50, "milliseconds, on a machine that does other things as well"


def papers(tab: Page) -> Locator:
    return tab.locator(".z-papers > li:visible")


@pytest.mark.browser
def test_wanted_papers_are_searched_opened_and_link_what_runs(tab: Page) -> None:
    tab.goto("wanted?q=difusion&family=generative")
    expect(tab.locator(".z-search output")).to_contain_text("shown")
    assert 5 < papers(tab).count() < 100
    paper = papers(tab).first
    paper.locator("summary").click()
    expect(paper.get_by_text("A page would be")).to_be_visible()
    expect(paper.locator("code")).to_have_text(re.compile(r"^zoo new [a-z0-9-]+$"))
    tab.get_by_label("Search papers").fill("linear-mda")
    tab.get_by_role("group", name="Family").get_by_role("button", name="Generative").click()
    tab.get_by_role("group", name="State").get_by_role("button", name="Runs").click()
    papers(tab).first.get_by_role("link").click()
    tab.wait_for_url("**/linear-mda")
    tab.go_back()
    expect(papers(tab)).to_have_count(1)


def test_words_are_read_alike_in_python_and_in_the_browser() -> None:
    words = ["few", "shot", "l1", "eclair", "classe", "of", "3d"]
    assert search.words_of("Few-shot, ℓ1 & Éclairs: CLASSES of 3D") == words
    assert "pca" in search.synonyms(["by principal components"]).split()
    assert search.synonyms(["nothing of the sort"]) == ""
    groups = [phrase for group in search.SYNONYMS for phrase in group]
    assert len(groups) == len(set(groups)), "a word in two groups joins what is apart"


def test_what_a_method_is_found_by(app: App) -> None:
    rows = dict(app.get("zoo/search.json").json())
    assert set(real()) <= set(rows)
    texts = " ".join(text for _, text in rows["vc-inr"])
    for action in real()["vc-inr"].method.actions().values():
        assert action.title in texts
    assert "meta-learning" in texts, "a tag of its card"
    assert "JPEG" in texts, "a baseline"
    assert len(json.dumps(rows["vc-inr"])) < 8_000


def test_verdicts_are_counted() -> None:
    entries = list(real().values())
    html = gallery(entries)
    for value, name in CLAIMS.items():
        count = sum(claims_of(entry) == value for entry in entries)
        assert (f'data-value="{value}">{name} <b>{count}</b>' in html) == bool(count)
