"""A visitor's runs of an action: the last one asked for wins, and what stands on the page belongs to what was asked.

The browser numbers the runs of an action (``zoo.runs`` in ``assets/zoo.js``). Here only the newest of a visitor's page
goes on: an older one ends at its next progress or result and changes nothing any more. Each is a job (``jobs.py``),
which a page that is loaded anew asks for again. Outlets other than the page call the endpoint, which knows nothing of
this.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import Response

from zoo import isolation
from zoo.action import Action
from zoo.app import scripts
from zoo.app.answers import Answers
from zoo.app.components.base import QUIET
from zoo.app.endpoint import MANY, api_name, endpoint
from zoo.app.jobs import Job, Jobs, Report, Superseded
from zoo.app.templates import render
from zoo.method import Method

MOST_PAGES = 4096
"""Pages of visitors whose newest run is remembered."""


class _Newest:
    """The number of the newest run of each visitor's page and action."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, page: tuple[str, str], number: int) -> None:
        """A run was asked for, or all up to this number were stopped."""
        with self._lock:
            self._numbers[page] = max(number, self._numbers.get(page, 0))
            self._numbers.move_to_end(page)
            while len(self._numbers) > MOST_PAGES:
                self._numbers.popitem(last=False)

    def is_newest(self, page: tuple[str, str], number: int) -> bool:
        """Whether nothing newer was asked for."""
        with self._lock:
            return self._numbers.get(page, number) <= number


_newest = _Newest()
_jobs = Jobs()


def run_bar(slug: str, action: Action) -> gr.HTML:
    """Run and Stop, and what is said of the run; its value is the number of the run and what became of it."""
    return gr.HTML(
        None,
        html_template=render("run", key=key_of(slug, action)),
        apply_default_css=False,
        js_on_load=scripts.on_load("run"),
        elem_classes="z-run-bar",
    )


def key_of(slug: str, action: Action) -> str:
    """An action's name in the browser and among the stored answers."""
    return f"{slug}/{action.name}"


def connect_runs(
    slug: str,
    method: type[Method],
    action: Action,
    parts: tuple[gr.HTML, gr.HTML, list[Any], list[Any]],
    folder: Path,
    load: Callable[[str], Method] = isolation.load,
    keeps: bool = False,
) -> None:
    """Let Run, Stop and the examples of an action work, and offer it as endpoint and tool.

    Args:
        slug: whose action.
        method: of that slug.
        action: which.
        parts: its examples, its bar, and the components of its inputs and of its results in their order.
        folder: where results may be written.
        load: from the slug to the object that acts.
        keeps: whether an example leaves the inputs alone that it does not name.
    """
    lead, bar, inputs, outputs = parts
    key = key_of(slug, action)
    answers = Answers(key, method, action, inputs, outputs, folder, keeps)
    function = endpoint(slug, action, folder, load)
    # Clients and pages are answered by functions of their own: on a page a sentence is a result, for clients an error.
    queued: dict[str, Any] = {"preprocess": False, "concurrency_id": "actions", "concurrency_limit": MANY}
    gr.on([], function, inputs, outputs, api_name=api_name(slug, action.name), **queued)
    private: dict[str, Any] = {"api_visibility": "private"}
    asked = bar.submit(  # type: ignore[attr-defined]
        _page_function(key, action, function, answers), [bar, *inputs], [*outputs, bar], js=scripts.call("asked", key),
        trigger_mode="multiple", show_progress_on=outputs[0], **queued, **private,
    )  # fmt: skip
    asked.failure(None, js=scripts.call("failed", key), **QUIET)
    bar.stop(None, cancels=[asked], **private)  # type: ignore[attr-defined]
    edited = [bar.input, *(box.change for box in inputs)]  # type: ignore[attr-defined]
    gr.on(edited, None, [bar, *inputs], None, js=scripts.call("edited", key), **QUIET)
    lead.select(  # type: ignore[attr-defined]
        None, None, [*inputs, *outputs, bar], js=scripts.call("example", key, len(inputs), len(outputs)), **QUIET
    )  # fmt: skip


def stopped(request: Request) -> Response:
    """A browser says that nobody waits any more for the runs of an action before a number."""
    asked = request.query_params
    _newest.ask((asked.get("page", "")[:64], asked.get("key", "")[:200]), int(asked.get("run", "0")[:9] or 0))
    return Response(status_code=204)


def _number(state: Any) -> int:
    """The number of a run that a browser sent."""
    number = state.get("run") if isinstance(state, dict) else None
    return number if isinstance(number, int) and 0 <= number < 2**53 else 0


def _page(state: Any) -> str:
    """What a browser calls its page: the same until it is loaded anew."""
    page = state.get("page") if isinstance(state, dict) else None
    return page[:64] if isinstance(page, str) else ""


def _job(
    state: Any,
    key: str,
    action: Action,
    function: Callable[..., Any],
    answers: Answers,
    inputs: Sequence[Any],
    bar: Any,
) -> Job | None:
    """The job that a page asks for: one that it left as it was loaded anew, or a new one."""
    page, number, example = (_page(state), key), _number(state), answers.number(state)
    if isinstance(state, dict) and state.get("resumes"):
        return _jobs.find(page, number)

    def work(report: Report) -> Generator[tuple[Any, ...]]:
        # A lent GPU is used in another process, which a closure does not reach.
        reports = bar if action.gpu_seconds is not None else _Bar(report)
        given = inputs if example is None else answers.inputs(example)
        shown = None
        with contextlib.closing(_shown(action, function, given, reports)) as results:
            for shown in results:
                yield shown
        if example is not None and shown is not None:
            answers.keep(example, shown)

    job = Job(work, lambda: _newest.is_newest(page, number))
    _jobs.begin(page, number, job)
    return job


def _page_function(
    key: str, action: Action, function: Callable[..., Any], answers: Answers
) -> Callable[..., Any]:
    """What a page's Run calls: results, and what became of the run in place of an error."""

    def steps(state: Any, *values: Any) -> Iterator[tuple[Any, ...]]:
        *inputs, bar = values
        page, number = (_page(state), key), _number(state)
        _newest.ask(page, number)
        skipped = tuple(gr.skip() for _ in action.results)
        if not _newest.is_newest(page, number):
            yield *skipped, gr.skip()
            return
        job = _job(state, key, action, function, answers, inputs, bar)
        if job is None:
            yield *skipped, {"run": number, "state": "gone"}
            return
        shown: tuple[Any, ...] | None = None
        try:
            with contextlib.closing(job.follow(lambda fraction, text: bar(fraction, desc=text))) as results:
                for result in results:
                    shown = shown if result is None else result
                    # Something each second, for only then gradio sees that the page has left.
                    state = "waiting" if shown is None else "going"
                    yield *(skipped if shown is None else shown), {"run": number, "state": state}
        except Superseded:
            # By a run that the page knows of, or for want of a page, as one sees that comes too late.
            yield *skipped, {"run": number, "state": "gone"}
            return
        except gr.Error as error:
            yield *(None for _ in action.results), problem(action, number, str(error.message))
            return
        # The same once more, of which gradio sends what differs; leaving results out would empty download buttons.
        yield *(skipped if shown is None else shown), {"run": number, "state": "done"}

    position = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = ["state", *(f"input_{number}" for number in range(len(action.params)))]
    steps.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            *(inspect.Parameter(name, position) for name in names),
            inspect.Parameter("progress", position, default=gr.Progress()),
        ]
    )
    steps.__annotations__ = {}  # of which gradio compiles every text
    return steps


class _Bar:
    """What an action takes for gradio's bar."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, fraction: float, desc: str | None = None) -> None:
        self._report(fraction, desc)


def _shown(
    action: Action, function: Callable[..., Any], inputs: Sequence[Any], bar: Any
) -> Generator[tuple[Any, ...]]:
    """Every result of an endpoint as the values of its components."""
    single = len(action.results) == 1
    if not action.streams:
        result = function(*inputs, bar)
        yield (result,) if single else result
        return
    with contextlib.closing(function(*inputs, bar)) as results:
        for result in results:
            yield (result,) if single else result


def problem(action: Action, number: int, sentence: str) -> dict[str, Any]:
    """What a page is told of a run that failed: the sentence, and the input that it begins with."""
    titles = sorted(action.params, key=lambda param: -len(param.title))
    named = next(
        (param.name for param in titles if sentence.startswith((f"{param.title}:", f"{param.title} "))), ""
    )
    return {"run": number, "state": "failed", "text": sentence, "input": named}
