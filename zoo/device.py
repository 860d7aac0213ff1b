"""Where an action computes: on the CPU, or on a GPU, without a line about it in any plugin.

An action that declares ``gpu_seconds`` wants a GPU and gets CUDA's first where there is one; the others stay on the
CPU, where a small network answers sooner. ``ZOO_DEVICE`` (``cpu``, ``cuda``, ``cuda:1``) decides for all.

On a GPU an action runs under torch's own default device, so ``torch.zeros(3)`` and ``torch.as_tensor(array)`` are
there (``torch.from_numpy(array)`` is not: it always means the CPU). Two things come on top: ``tensor.numpy()`` fetches
its numbers, and chance is drawn on the CPU, so that a seed gives the same numbers on every device.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from zoo.errors import InputError, brief

Result = TypeVar("Result")


def chosen(wants_gpu: bool) -> str:
    """The device of an action; torch is imported only where there is a choice.

    Args:
        wants_gpu: whether the action declares ``gpu_seconds``.

    Raises:
        InputError: ``ZOO_DEVICE`` names a device that torch does not have here.
    """
    asked = os.environ.get("ZOO_DEVICE", "")
    if asked == "cpu" or not (asked or wants_gpu):
        return "cpu"
    import torch

    if not asked:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros((), device=asked)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"ZOO_DEVICE: {brief(asked)} is no device here; cpu or cuda is accepted.") from error
    return asked


def run(device: str, work: Callable[[], Result]) -> Result:
    """Do some work on a device."""
    if device == "cpu":
        return work()
    with _on()(device):
        return work()


def stream(device: str, results: Iterator[Result]) -> Iterator[Result]:
    """Each step of a stream on a device; what the consumer does in between is not."""
    if device == "cpu":
        yield from results
        return
    try:
        while True:
            try:
                yield run(device, functools.partial(next, results))
            except StopIteration:
                return
    finally:
        with contextlib.suppress(AttributeError):  # an iterator that is no generator has nothing to close
            results.close()  # type: ignore[attr-defined]


@functools.cache
def _on() -> type[Any]:
    """The mode under which torch computes on a device; made when it is first needed, since it needs torch."""
    import torch
    from torch.utils._device import DeviceContext
    from torch.utils._pytree import tree_map_only

    tensor = torch.Tensor
    goes_out: set[Any] = {tensor.numpy, tensor.__array__}
    draws: set[Any] = {
        torch.rand, torch.randn, torch.randint, torch.randperm, torch.normal, torch.bernoulli,
        torch.multinomial, torch.poisson, torch.rand_like, torch.randn_like, torch.randint_like, tensor.bernoulli,
        tensor.multinomial,
    }  # fmt: skip
    fills: set[Any] = {
        tensor.normal_, tensor.uniform_, tensor.random_, tensor.bernoulli_, tensor.exponential_, tensor.cauchy_,
        tensor.log_normal_, tensor.geometric_,
    }  # fmt: skip

    def near(values: Any) -> Any:
        return tree_map_only(tensor, lambda value: value.cpu(), values)

    class On(DeviceContext):  # type: ignore[misc]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            named = dict(kwargs or {})
            if function in goes_out:
                return function(args[0].cpu(), *args[1:], **named)
            if function in draws:
                named.pop("device", None)  # without the mode, the CPU is the default
                return function(*near(args), **near(named)).to(self.device)
            if function in fills:
                return args[0].copy_(function(args[0].cpu(), *near(args[1:]), **near(named)))
            return super().__torch_function__(function, types, args, named)

    return On
