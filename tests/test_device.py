"""Actions on another device: what runs there, that chance is the same, and that every method's results are.

CUDA needs a GPU, so those tests are marked; a device of the tests (``far_device``) shows the rest on any machine.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import own_methods
import pytest
import torch
from far_device import Far, far
from places import ROOT

from zoo import device, hub
from zoo.app.endpoint import endpoint
from zoo.errors import InputError
from zoo.method import Method, Paper, action, last
from zoo.testing import battery
from zoo.testing.battery import Case, check_sentence
from zoo.types import Audio, Image, Metrics, Pictures, Points, Video


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    hub.forget()
    yield
    hub.forget()


@contextlib.contextmanager
def cuda() -> Iterator[str]:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    yield "cuda"


@dataclass(frozen=True)
class Where:
    """Where something was computed.

    Attributes:
        device: torch's name of it.
    """

    device: Metrics


devices = pytest.mark.parametrize("place", [far, pytest.param(cuda, marks=pytest.mark.gpu)])


# ---------------------------------------------------------------------------------------------------------
# Wherever an action is called from


class Placed(Method):
    """Says where it computes."""

    title = "Placed"
    family = "vision"
    paper = Paper("On places", ("A. Author",), 1950, "a journal", "https://example.org")

    @action(title="Here")
    def here(self) -> Where:
        """Where it computes."""
        return Where(Metrics([("device", str(torch.zeros(1).device), "")]))

    @action(title="There", gpu_seconds=5)
    def there(self) -> Iterator[Where]:
        """Where each step computes."""
        for _ in range(2):
            yield Where(Metrics([("device", str(torch.zeros(1).device), "")]))


def test_the_environment_decides_for_every_action(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(result: Where) -> str:
        return result.device.rows[0][1]

    assert said(Placed().here()) == "cpu"
    with far() as name:
        monkeypatch.setenv("ZOO_DEVICE", name)
        assert said(Placed().here()) == name
        assert [said(step) for step in Placed().there()] == [name, name]
    monkeypatch.setenv("ZOO_DEVICE", "nonsense")
    with pytest.raises(InputError, match="is no device here; cpu or cuda is accepted"):
        Placed().here()


def test_who_wants_a_gpu_gets_cuda_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(device, "chosen", lambda wants_gpu: asked.append(wants_gpu) or "cpu")
    Placed().here()
    list(Placed().there())
    assert asked == [False, True]


def test_the_command_refuses_a_device_that_is_not_there(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "zoo",
        "run",
        "linear-mda.components",
        "--example",
        "1",
        "--out",
        str(tmp_path),
    ]
    environment = {**os.environ, "ZOO_DEVICE": "nonsense"}
    refused = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert (refused.returncode, refused.stdout) == (1, "")
    check_sentence(refused.stderr.strip())
    assert "ZOO_DEVICE: 'nonsense' is no device here" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_endpoint_refuses_it_with_the_same_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_DEVICE", "nonsense")
    run = endpoint("placed", Placed.actions()["here"], tmp_path, lambda slug: Placed())
    with pytest.raises(gr.Error, match="ZOO_DEVICE: 'nonsense' is no device here"):
        run(None)


# ---------------------------------------------------------------------------------------------------------
# The mode


def numbers() -> list[np.ndarray]:
    """A computation of everything that an action does with tensors, as arrays."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(3)
    x = torch.as_tensor(np.arange(12, dtype="float32").reshape(3, 4))
    layer = torch.nn.Linear(4, 2)
    weight = torch.nn.Parameter(torch.randn(4, 4, generator=generator))
    y = layer(torch.nn.functional.gelu(x @ weight)) + torch.arange(2) + torch.tensor([0.5, 1.5])
    y = torch.cat([y, torch.zeros(1, 2), torch.empty(1, 2).normal_(generator=generator)])
    y = y[torch.randperm(5, generator=generator)]
    y.square().sum().backward()
    draws = torch.multinomial(torch.ones(6), 4, generator=generator)
    return [y.detach().numpy(), np.asarray(weight.grad), draws.numpy(), np.asarray(y.tolist())]


@devices
def test_a_computation_is_the_same_there(place: Callable) -> None:
    here = numbers()
    with place() as name:
        there = device.run(name, numbers)
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_what_is_made_is_there_and_only_during_the_work() -> None:
    with far() as name:
        assert isinstance(device.run(name, lambda: torch.zeros(2)), Far)
        assert not isinstance(torch.zeros(2), Far)


def test_the_far_device_refuses_what_cuda_refuses() -> None:
    near = torch.ones(2)
    with far() as name, pytest.raises(RuntimeError, match="same device"):
        device.run(name, lambda: torch.zeros(2) + near)
    with far() as name:
        there = device.run(name, lambda: torch.zeros(2))
        with pytest.raises((TypeError, RuntimeError)):
            there.numpy()


def test_a_stream_leaves_the_device_between_its_steps() -> None:
    ended = []

    def steps() -> Iterator[torch.Tensor]:
        try:
            while True:
                yield torch.ones(2)
        finally:
            ended.append(True)

    with far() as name:
        stream = device.stream(name, steps())
        for _ in range(3):
            assert isinstance(next(stream), Far)
            assert not isinstance(torch.ones(2), Far)
        stream.close()
    assert ended == [True]
    assert list(device.stream("cpu", iter([1, 2]))) == [1, 2]


def test_networks_are_shared_by_device() -> None:
    method = own_methods.SAMPLER.method
    from zoo_method_sampler.model import Gain

    here = hub.pretrained(method, Gain)
    with far() as name:
        there = device.run(name, lambda: hub.pretrained(method, Gain))
        assert device.run(name, lambda: hub.pretrained(method, Gain)) is there
        assert isinstance(there.gain, Far)
        assert there.gain.tolist() == here.gain.tolist()
    assert hub.pretrained(method, Gain) is here


# ---------------------------------------------------------------------------------------------------------
# The choice


def test_nothing_is_chosen_and_nothing_imported_for_the_cpu() -> None:
    code = "import sys; from zoo import device; print(device.chosen(False), 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == [
        "cpu",
        "False",
    ]


@pytest.mark.parametrize(
    ("wants", "cuda", "asked", "expected"),
    [
        (False, True, "", "cpu"), (True, True, "", "cuda"), (True, False, "", "cpu"), (True, True, "cpu", "cpu"),
        (False, False, "meta", "meta"),
    ],
)  # fmt: skip
def test_who_wants_a_gpu_gets_one_where_there_is_one(monkeypatch, wants, cuda, asked, expected) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setenv("ZOO_DEVICE", asked)
    assert device.chosen(wants) == expected


@pytest.mark.parametrize("asked", ["gpu", "cuda:99", "nonsense:0", "7"])
def test_a_device_that_is_not_there_is_told(monkeypatch, asked: str) -> None:
    monkeypatch.setenv("ZOO_DEVICE", asked)
    with pytest.raises(InputError) as caught:
        device.chosen(False)
    check_sentence(str(caught.value))


# ---------------------------------------------------------------------------------------------------------
# Every method


@functools.singledispatch
def values(result: Any) -> np.ndarray:
    """The numbers that two devices must agree on; of drawn plots and files there are none to compare."""
    return np.zeros(0)


@values.register
def _(result: Image) -> np.ndarray:
    return result.pixels.astype(float).ravel() / 255


@values.register
def _(result: Pictures) -> np.ndarray:
    return np.concatenate([values(picture) for _, picture in result.items])


@values.register
def _(result: Video) -> np.ndarray:
    return result.frames.astype(float).ravel() / 255


@values.register
def _(result: Audio) -> np.ndarray:
    return result.samples.astype(float).ravel()


@values.register
def _(result: Points) -> np.ndarray:
    return result.xy.astype(float).ravel()


@values.register
def _(result: Metrics) -> np.ndarray:
    cells = [
        value for _, value, unit in result.rows if unit not in ("s", "ms", "seconds")
    ]  # clocks may differ
    return np.array([value for value in cells if isinstance(value, int | float)], float)


def first_examples() -> list[Any]:
    """The first example of every method; those that cannot run elsewhere yet say why."""
    cases, seen = [], set()
    for case in battery.examples(own_methods.tested()):
        if case.entry.slug not in seen:
            seen.add(case.entry.slug)
            folder = case.entry.method.folder()
            numpy_only = any("torch.from_numpy(" in path.read_text() for path in folder.rglob("*.py"))
            marks = [pytest.mark.xfail(reason="it makes tensors with torch.from_numpy")] if numpy_only else []
            cases.append(pytest.param(case, id=str(case), marks=marks))
    return cases


def outcome(case: Case, name: str) -> dict[str, np.ndarray]:
    """The numbers of a method's first example on a device."""
    method = case.entry.method()
    inputs = type(method).example(case.spec, 0)
    result = device.run(name, lambda: getattr(method, case.spec.name)(**inputs))
    if case.spec.streams:
        result = last(device.stream(name, result))
    return {field.name: values(getattr(result, field.name)) for field in case.spec.results}


@devices
@pytest.mark.parametrize("case", first_examples())
def test_a_method_gives_the_same_there(case: Case, place: Callable) -> None:
    here = outcome(case, "cpu")
    with place() as name:
        there = outcome(case, name)
    for field, expected in here.items():
        assert there[field].shape == expected.shape, field
        close = np.isclose(there[field], expected, rtol=1e-3, atol=2 / 255, equal_nan=True)
        assert close.mean() > 0.99 if close.size > 1000 else close.all(), field
