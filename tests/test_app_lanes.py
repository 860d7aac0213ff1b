"""Quick actions do not wait behind slow ones; slow ones wait for each other; none goes on for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import pytest
from app_server import KINDS

from zoo import imports, isolation, registry
from zoo.app import lanes
from zoo.app.endpoint import endpoint
from zoo.app.lanes import Lanes


@contextmanager
def at_work(
    road: Lanes, slug: str, action: str, seconds: float = 30
) -> Iterator[tuple[threading.Event, Callable]]:
    """A run in a thread of its own: when it began, and what lets it end."""
    began, end = threading.Event(), threading.Event()

    def work() -> None:
        with road.turn(slug, action, lambda: None):
            began.set()
            end.wait(seconds)

    thread = threading.Thread(target=work)
    thread.start()

    def finish() -> None:
        end.set()
        thread.join(5)

    yield began, finish
    finish()


def test_a_quick_one_waits_for_a_place_and_takes_that_of_one_that_turns_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "SLOW", 0.6)
    road = Lanes(at_once=1)
    with at_work(road, "a", "hang") as (began, _), at_work(road, "b", "quick") as (second, _):
        assert began.wait(5)
        assert not second.wait(0.3)
        assert second.wait(5)  # although the first has not ended


def test_what_was_slow_waits_for_its_own_method_alone_and_not_for_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "SLOW", 0.2)
    road = Lanes(at_once=2)
    for slug in ("a", "b", "c"):
        with at_work(road, slug, "slow") as (began, finish):
            assert began.wait(5)
            time.sleep(0.3)
            finish()
    monkeypatch.setattr(lanes, "SLOW", 0.25)  # what took longer is remembered as slow
    with (
        at_work(road, "a", "slow") as (first, end),
        at_work(road, "a", "slow") as (again, _),
        at_work(road, "b", "slow") as (other, _),
        at_work(road, "c", "slow") as (third, _),
        at_work(road, "a", "quick") as (quick, leave),
    ):
        assert first.wait(5)
        assert other.wait(5)
        assert quick.wait(5)
        leave()
        assert not again.wait(0.3)  # its method is busy
        assert not third.wait(0.3)  # two slow ones are enough
        end()
        assert again.wait(5)
        assert not third.wait(0.3)


def test_who_waits_longest_begins_first() -> None:
    road, order = Lanes(at_once=1), []
    with at_work(road, "a", "long") as (began, finish):
        assert began.wait(5)

        def work(name: str) -> None:
            with road.turn("b", name, lambda: None):
                order.append(name)

        threads = [threading.Thread(target=work, args=(name,)) for name in "123"]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        finish()
        for thread in threads:
            thread.join(5)
    assert order == ["1", "2", "3"]


def test_who_gives_up_waiting_leaves_no_trace() -> None:
    road = Lanes(at_once=1)

    def leave() -> None:
        raise KeyError

    with at_work(road, "a", "long") as (began, _):
        assert began.wait(5)
        with pytest.raises(KeyError), road.turn("b", "quick", leave):
            raise AssertionError
        assert len(road._turns) == 1
    assert not road._turns


@pytest.mark.parametrize(("seconds", "steps"), [(0.5, 200), (60, 2)])
def test_an_action_in_the_app_that_takes_too_long_ends_at_its_next_word(
    seconds: float, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SECONDS", 0)
    monkeypatch.setattr(isolation, "SECONDS", seconds)
    monkeypatch.syspath_prepend(str(KINDS))
    slow = registry.Entry("slow", "zoo_method_app_kinds.troubles:AppTroubles", registry.OWN, "1")
    monkeypatch.setitem(registry.entries(), "slow", slow)
    method = slow.draft
    run = endpoint("slow", method.actions()["count_slowly"], tmp_path, lambda slug: method())
    counted = run(steps, lambda *said, **more: None)
    if seconds > 1:
        assert len(list(counted)) == steps
        return
    with pytest.raises(gr.Error, match=r"Troubles was stopped after 0.5 seconds.*ask for less"):
        list(counted)
    assert 2 <= method.reached <= 10
