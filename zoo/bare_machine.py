"""Training where there is little more than torch, numpy and safetensors.

`zoo.training` takes `Accelerator`, `broadcast`, `send_to_device` and `tqdm` from here where accelerate or tqdm is
missing: one process, on the machine's accelerator if it has one, and a line of progress now and then. `script` opens a
method's `train.py` by itself, without the module that describes the method to the app.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import time
from types import ModuleType
from typing import Any, Self

import torch
from torch import Tensor, nn

SECONDS_BETWEEN_LINES = 10.0


class Accelerator:
    """The part of accelerate's class of this name that the loop uses, for one process."""

    is_main_process = True
    num_processes = 1
    process_index = 0

    def __init__(self, cpu: bool = False) -> None:
        accelerator = None if cpu else torch.accelerator.current_accelerator()
        self.device = accelerator or torch.device("cpu")

    def prepare(self, module: nn.Module) -> nn.Module:
        """The module on the device."""
        return module.to(self.device)

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss."""
        loss.backward()

    def clip_grad_norm_(self, parameters: Any, most: float) -> Tensor:
        """Shorten the gradient to at most this norm."""
        return nn.utils.clip_grad_norm_(parameters, most)

    def wait_for_everyone(self) -> None:
        """Nothing to do: there is one process."""


def broadcast(tensor: Tensor) -> Tensor:
    """What the main process holds."""
    return tensor


def send_to_device(values: Any, device: torch.device) -> Any:
    """Tensors, also in tuples (named ones too), lists or dicts, on a device."""
    if isinstance(values, dict):
        return {name: send_to_device(value, device) for name, value in values.items()}
    if isinstance(values, tuple | list):
        moved = [send_to_device(value, device) for value in values]
        return type(values)(*moved) if hasattr(values, "_fields") else type(values)(moved)
    return values.to(device) if isinstance(values, Tensor) else values


class tqdm:
    """A bar without a terminal: one line every ten seconds."""

    def __init__(self, desc: str = "", initial: float = 0.0, disable: bool = False, **_: Any) -> None:
        self.n, self._name, self._said, self._quiet = initial, desc, "", disable
        self._begun = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line()

    def set_postfix_str(self, text: str) -> None:
        """What stands at the line's end."""
        self._said = text

    def update(self, more: float) -> None:
        """Go on by a fraction of the whole."""
        self.n += more
        if time.monotonic() - self._shown > SECONDS_BETWEEN_LINES:
            self._shown = time.monotonic()
            self._line()

    def _line(self) -> None:
        if not self._quiet:
            seconds = time.monotonic() - self._begun
            print(f"{self._name} {self.n:4.0%} {seconds:.0f} s, {self._said}", file=sys.stderr, flush=True)


class PyTorchModelHubMixin:
    """Of huggingface_hub's class of this name the record of the arguments that a model was made with."""

    _hub_mixin_config: dict[str, Any]

    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A new model that remembers its arguments, those left out too."""
        model = super().__new__(cls)
        given = inspect.signature(cls.__init__).bind_partial(model, *args, **kwargs)  # copies pass none
        given.apply_defaults()
        model._hub_mixin_config = dict(list(given.arguments.items())[1:])
        return model


def script(module: str) -> Any:
    """A method's `train` function.

    Args:
        module: such as `plugins.compression.finola.train`. The packages above it are known, but not run: they
            import what the app needs.

    Raises:
        ModuleNotFoundError: there is no such module, or it needs a package that is missing.
    """
    try:
        importlib.import_module("huggingface_hub")
    except ModuleNotFoundError:
        hub = ModuleType("huggingface_hub")
        hub.PyTorchModelHubMixin = PyTorchModelHubMixin  # type: ignore[attr-defined]
        sys.modules["huggingface_hub"] = hub
    parents = module.split(".")[:-1]
    for depth in range(len(parents)):
        name = ".".join(parents[: depth + 1])
        if name not in sys.modules and (spec := importlib.util.find_spec(name)):
            sys.modules[name] = importlib.util.module_from_spec(spec)
    return importlib.import_module(module).train
