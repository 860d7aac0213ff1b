"""What a meta-gradient costs: bytes kept for the way back, operations, and seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class Saved:
    """Counts the bytes that autograd holds for later, while the context is open.

    A storage that several nodes hold counts once. Allocator and operating system play no part, so the
    count is the same on every machine.

    Attributes:
        bytes: held now.
        peak: the most that were held at once.
    """

    def __init__(self) -> None:
        self.bytes = self.peak = 0
        self._holders: Counter[int] = Counter()
        self._hooks = torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: _Held(self, tensor), lambda held: held.tensor
        )

    def __enter__(self) -> Saved:
        self._hooks.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hooks.__exit__(kind, error, trace)

    def hold(self, storage: torch.UntypedStorage) -> None:
        """One more node holds this storage."""
        self._holders[storage.data_ptr()] += 1
        if self._holders[storage.data_ptr()] == 1:
            self.bytes += storage.nbytes()
            self.peak = max(self.peak, self.bytes)

    def release(self, storage: torch.UntypedStorage) -> None:
        """One node less holds it."""
        self._holders[storage.data_ptr()] -= 1
        if self._holders[storage.data_ptr()] == 0:
            self.bytes -= storage.nbytes()


class _Held:
    """A saved tensor; autograd drops it together with the node that saved it."""

    def __init__(self, saved: Saved, tensor: Tensor) -> None:
        # without detaching, a saved output would keep alive the node that saved it
        self.saved, self.tensor = saved, tensor.detach()
        saved.hold(tensor.untyped_storage())

    def __del__(self) -> None:
        self.saved.release(self.tensor.untyped_storage())


def measured(work: Callable[[], object]) -> tuple[int, float]:
    """Peak of saved bytes, and seconds, of one run."""
    with Saved() as saved:
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    return saved.peak, seconds


class _Counter(TorchDispatchMode):
    """Adds up operations of this thread; torch's own counter hooks itself into the networks of all."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute, and count as torch counts."""
        result = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.total += int(count(*args, **(kwargs or {}), out_val=result))
        return result


def operations(work: Callable[[], object]) -> int:
    """Multiplications and additions of products and convolutions in some work, as torch counts them."""
    with _Counter() as counter:
        work()
    return counter.total
