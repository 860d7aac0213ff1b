"""Jobs go on while a page is loaded anew, and are found again by that page alone."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Generator
from types import SimpleNamespace

import pytest
from app_browser import EXAMPLES, choose_action, metric, results, run, upload, visit
from app_server import App
from playwright.sync_api import Browser, Page, expect

from zoo.app import jobs, runs
from zoo.app.jobs import Job, Jobs, Superseded

pytest_plugins = ["app_server", "app_browser"]


# ---------------------------------------------------------------------------------------------------------
# Without a page


def counting(upto: int, go: threading.Event, ended: list[str]) -> Callable[..., Generator[int]]:
    """Work that gives numbers, one each time that it may go on."""

    def work(report: jobs.Report) -> Generator[int]:
        try:
            for number in range(1, upto + 1):
                assert go.wait(10)
                report(number / upto, f"at {number}")
                yield number
        finally:
            ended.append("ended")

    return work


def test_every_result_and_how_far_it_is_reach_the_page():
    go, told = threading.Event(), []
    go.set()
    job = Job(counting(3, go, []), lambda: True)
    job.begin()
    got = [one for one in job.follow(lambda *said: told.append(said)) if one is not None]
    assert got[-1] == 3
    assert told[-1] == (1.0, "at 3")


def test_a_page_that_left_finds_the_job_further_on():
    go = threading.Event()
    job = Job(counting(3, go, []), lambda: True)
    job.begin()
    first = job.follow(lambda *said: None)
    go.set()
    assert next(first) >= 1
    first.close()
    again = [one for one in job.follow(lambda *said: None) if one is not None]
    assert again[-1] == 3


def test_what_nobody_waits_for_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "ALONE", 0.0)
    go, ended = threading.Event(), []
    job = Job(counting(10**6, go, ended), lambda: True)
    job.begin()
    go.set()
    until(lambda: ended == ["ended"])
    with pytest.raises(Superseded):
        list(job.follow(lambda *said: None))


def test_a_job_that_was_stopped_ends_at_its_next_word():
    go, ended, wanted = threading.Event(), [], [True]
    job = Job(counting(10**6, go, ended), lambda: bool(wanted))
    job.begin()
    go.set()
    followed = job.follow(lambda *said: wanted.clear())
    with pytest.raises(Superseded):
        list(followed)
    assert ended == ["ended"]


def test_what_goes_wrong_is_told_whoever_follows():
    def work(report: jobs.Report) -> Generator[int]:
        yield 1
        raise ValueError("half-way")

    job = Job(work, lambda: True)
    job.begin()
    for _ in range(2):
        with pytest.raises(ValueError, match="half-way"):
            list(job.follow(lambda *said: None))


def test_a_job_is_found_by_its_page_and_number_alone(monkeypatch: pytest.MonkeyPatch):
    kept, job = Jobs(), Job(counting(0, threading.Event(), []), lambda: True)
    kept.begin(("secret", "method/action"), 3, job)
    assert kept.find(("secret", "method/action"), 3) is job
    assert kept.find(("secret", "method/action"), 2) is None
    assert kept.find(("other", "method/action"), 3) is None
    until(lambda: job.ended is not None)
    monkeypatch.setattr(jobs, "KEPT", 0.0)
    assert kept.find(("secret", "method/action"), 3) is None
    nobodys = Job(counting(0, threading.Event(), []), lambda: True)
    kept.begin(("", "method/action"), 1, nobodys)
    assert kept.find(("", "method/action"), 1) is None


def test_a_page_that_comes_too_late_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "ALONE", 0.0)
    go, ended = threading.Event(), []
    job = Job(counting(10**6, go, ended), lambda: True)
    runs._jobs.begin(("secret", "method/action"), 1, job)
    go.set()
    until(lambda: job.ended is not None)
    action = SimpleNamespace(params=[], results=["a result"])
    answers = SimpleNamespace(number=lambda state: None)
    steps = runs._page_function("method/action", action, None, answers)  # type: ignore[arg-type]
    for number in (1, 2):  # what was given up, and what was never there
        *_, last = steps({"page": "secret", "run": number, "resumes": True}, None)
        assert last[-1] == {"run": number, "state": "gone"}


def until(what: Callable[[], bool]) -> None:
    for _ in range(200):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


# ---------------------------------------------------------------------------------------------------------
# In a browser


def number(tab: Page) -> int:
    expect(metric(tab, "number")).to_have_text(re.compile(r"^\d+$"))
    return int(metric(tab, "number").inner_text())


@pytest.mark.browser
def test_a_running_job_survives_that_its_page_is_loaded_anew(app: App, browser: Browser) -> None:
    tab = browser.new_context(base_url=app.url).new_page()  # gradio's client complains as it is left at work
    visit(tab, "app-troubles")
    tab.get_by_label("number input for Steps").fill("60")
    run(tab)
    before = number(tab)
    tab.reload()
    expect(tab.locator(".z-run:visible output")).to_have_text("Runs…")
    after = number(tab)
    assert after > before  # a run from the beginning would count from 1
    expect(tab.get_by_label("number input for Steps")).to_have_value("60")
    expect(metric(tab, "number")).not_to_have_text(str(after))
    tab.get_by_role("button", name="Stop").click()
    choose_action(tab, "Tell how the counting ended")
    tab.wait_for_timeout(600)
    run(tab)
    expect(metric(tab, "ended")).to_have_text("stopped")
    tab.context.close()


@pytest.mark.browser
def test_a_result_is_there_again_with_the_file_that_it_belongs_to(tab: Page) -> None:
    visit(tab, "app-kinds")
    upload(tab, EXAMPLES / "picture.png")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    tab.get_by_label("number input for Quarters").fill("1")
    run(tab)
    expect(metric(tab, "width")).to_have_text("8")
    expect(tab.locator(".z-run:visible output")).to_contain_text(
        "Done"
    )  # gradio complains when it is left at work
    tab.reload()
    expect(metric(tab, "width")).to_have_text("8")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    expect(tab.get_by_label("number input for Quarters")).to_have_value("1")
    expect(tab.locator(".z-run:visible output")).to_contain_text("Done")
    expect(results(tab)).not_to_have_attribute("data-mark", re.compile("."))
    tab.get_by_label("number input for Quarters").fill("2")
    expect(results(tab)).to_have_attribute("data-mark", "of the previous input")
    run(tab)
    expect(metric(tab, "width")).to_have_text("12")


@pytest.mark.browser
def test_the_address_opens_nobody_elses_data(app: App, browser: Browser, tab: Page) -> None:
    visit(tab, "app-kinds")
    upload(tab, EXAMPLES / "picture.png")
    expect(tab.locator(".z-inputs:visible img").first).to_be_visible()
    run(tab)
    expect(metric(tab, "width")).to_have_text("12")
    address = tab.url
    other = browser.new_context(base_url=app.url).new_page()
    other.goto(address)
    expect(metric(other, "width")).to_have_text("16")  # of the example that every page opens with
    expect(other.locator(".z-run:visible output")).to_contain_text(re.compile("Done|An example"))
    other.reload()
    expect(metric(other, "width")).to_have_text("16")
    other.context.close()
