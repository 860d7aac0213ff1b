"""What examples answer, before anybody runs a method: stored results, as the browser is sent them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr
import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from zoo import answers as stored
from zoo.action import Action
from zoo.app import components
from zoo.app.gradio_parts import as_sent
from zoo.method import Method

FRESH = 6 * 3600
"""Seconds for which files of an answer are served; gradio removes what is a day old."""


class Answers:
    """The examples of an action on a page: their inputs, and their results where these are known."""

    pages: ClassVar[dict[str, Answers]] = {}
    """Those of every action by its key."""

    def __init__(
        self,
        key: str,
        method: type[Method],
        action: Action,
        inputs: list[Any],
        outputs: list[Any],
        folder: Path,
        keeps: bool = False,
    ) -> None:
        self._method = method
        self._action = action
        self._inputs = inputs
        self._outputs = outputs
        self._folder = folder
        self._keeps = keeps
        self._ready: dict[int, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.pages[key] = self

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self._action.examples)

    def number(self, state: Any) -> int | None:
        """The example whose own inputs a browser asks for, if it does."""
        if self._keeps:
            return None
        number = state.get("example") if isinstance(state, dict) else None
        return number if isinstance(number, int) and 0 <= number < self.count else None

    def inputs(self, number: int) -> list[Any]:
        """The inputs of an example, as gradio hands them over."""
        return self.get(number)["inputs"]

    def keep(self, number: int, shown: Sequence[Any]) -> None:
        """Answer from now on with what a run of the example gave."""
        results = [as_sent(box, value) for box, value in zip(self._outputs, shown, strict=True)]
        inputs = self.inputs(number)
        with self._lock:
            self._ready[number] = time.monotonic(), {"inputs": inputs, "results": results}

    def get(self, number: int) -> dict[str, Any]:
        """Inputs and results of an example, the latter None where it was never run."""
        with self._lock:
            since, ready = self._ready.get(number, (-FRESH, {}))
            if time.monotonic() - since < FRESH and ready:
                return ready
            ready = {"inputs": self._filled(number), "results": self._stored(number)}
            self._ready[number] = time.monotonic(), ready
            return ready

    def _filled(self, number: int) -> list[Any]:
        example = self._method.example(self._action, number)
        values = []
        for param, box in zip(self._action.params, self._inputs, strict=True):
            if self._keeps and param.name not in example:
                values.append(dict(gr.skip()))
                continue
            value = example.get(param.name, None if param.required else param.default)
            values.append(as_sent(box, components.to_gradio_input(param, value, self._folder)))
        return values

    def _stored(self, number: int) -> list[Any] | None:
        values = stored.read(self._method, self._action, number)
        if values is None:
            return None
        return [
            as_sent(box, components.to_gradio(field, values[field.name], self._folder))
            for field, box in zip(self._action.results, self._outputs, strict=True)
        ]


def answered(request: Request) -> Response:
    """An example's inputs and results as JSON, ready for the page's components."""
    answers = Answers.pages.get(f"{request.path_params['slug']}/{request.path_params['action']}")
    number = request.path_params["number"]
    if answers is None or number >= answers.count:
        return PlainTextResponse("There is no such example.", 404)
    # Unlike json, orjson writes an empty cell's NaN as null, which browsers can read.
    text = orjson.dumps(answers.get(number), option=orjson.OPT_NON_STR_KEYS)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})
