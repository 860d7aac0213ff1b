"""A device that is not there: tensors which say that they are far away, and refuse to meet others as CUDA's do.

Their numbers are on the CPU, so results can be compared exactly. It shows that a computation moves everything it
needs to its device and fetches what it wants to see; it says nothing of CUDA's kernels and their rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

DEVICE = "meta"
"""The label, which autograd must know on a build of torch without CUDA; in here it has numbers."""

aten = torch.ops.aten
MAY_MIX = {
    aten.copy_.default,
    aten._to_copy.default,
    aten.index.Tensor,
    aten.index_put_.default,
    aten.index_put.default,
}
"""Copies between devices, and indexing with indices of the CPU, which CUDA allows too."""


class Far(torch.Tensor):
    """A tensor whose numbers are ``near``."""

    near: torch.Tensor

    @staticmethod
    def __new__(cls, near: torch.Tensor) -> Far:
        with torch.inference_mode(False):  # a view of a plain tensor must not become a tensor of that mode
            far = torch.Tensor._make_wrapper_subclass(
                cls, near.shape, strides=near.stride(), storage_offset=near.storage_offset(), dtype=near.dtype,
                device=DEVICE, requires_grad=False,
            )  # fmt: skip
        far.near = near.detach()
        return far

    def __init__(self, near: torch.Tensor) -> None:
        pass

    def __repr__(self) -> str:
        return f"Far({self.near})"

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(function, args, kwargs or {})


class _Space(TorchDispatchMode):
    """Sees also what makes tensors out of nothing."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(function, args, kwargs or {})


class _Data(TorchFunctionMode):
    """Data that become a tensor are never seen by the mode above; they go there by a copy."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor, torch.asarray):
            device = named.pop("device", None) or torch.get_default_device()
            return function(*args, **named, device="cpu").to(device)
        if function is torch.Tensor.tolist and isinstance(
            args[0], Far
        ):  # CUDA's tensors have it, subclasses have not
            return args[0].near.tolist()
        return function(*args, **named)


def computed(function: Any, args: Any, named: dict[str, Any]) -> Any:
    """What a function gives, computed on the CPU and labelled; an error where far and near tensors meet."""
    given, _ = tree_flatten((args, named))
    tensors = [one for one in given if isinstance(one, torch.Tensor)]
    far = [one for one in tensors if isinstance(one, Far)]
    asked = named.get("device")
    if far and function not in MAY_MIX and any(not isinstance(one, Far) and one.dim() for one in tensors):
        raise RuntimeError(f"Expected all tensors to be on the same device ({function})")
    there = bool(far) if asked is None else torch.device(asked).type == DEVICE
    if function in MAY_MIX and asked is None:
        there = isinstance(args[0], Far)
    if not far and not there:
        return function(*args, **named)
    if asked is not None:
        named = {**named, "device": "cpu"}
    owners = {id(one.near): one for one in far}
    inner_args, inner_named = tree_map_only(Far, lambda one: one.near, (args, named))
    result = function(*inner_args, **inner_named)
    if not there:
        return result
    return tree_map_only(torch.Tensor, lambda one: owners[id(one)] if id(one) in owners else Far(one), result)


@contextmanager
def far() -> Iterator[str]:
    """The device's name, while it exists."""
    # A network that moves or changes its precision gets new parameters: the numbers behind a tensor stay with it.
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        with _Space(), _Data():
            yield DEVICE
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
