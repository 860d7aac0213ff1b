"""Loaded models: shared between actions and visitors, the least recently used dropped first."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

from zoo.errors import WeightsError
from zoo.hub.weights import folder, part_folder

if TYPE_CHECKING:
    from zoo.method import Method
    from zoo.progress import Progress

Model = TypeVar("Model")

BUDGET_BYTES = int(os.environ.get("ZOO_MODEL_MB", "1024")) * 2**20
"""How much memory loaded models may take together; the least recently used go first."""

_models: OrderedDict[tuple[str, type, str, str], tuple[Any, int]] = OrderedDict()
_lock = threading.Lock()


def pretrained(
    method: type[Method], model: type[Model], progress: Progress | None = None, part: str = ""
) -> Model:
    """A method's network with its weights, in evaluation mode, loaded once a device and shared.

    It is on torch's default device, which ``zoo.device`` sets for an action that runs on a GPU.

    Args:
        method: whose weights.
        model: a ``torch.nn.Module`` with ``from_pretrained(folder)``, as ``PyTorchModelHubMixin`` and diffusers
            give it.
        progress: called with how far a download is.
        part: where the network is somebody else's, the folder with its lock, and after a slash the folder in its
            repository: ``generator/unet``.

    Raises:
        WeightsError: see ``folder`` and ``part_folder``.
    """
    import torch

    from zoo.blocks.seeded import seeded

    device = torch.get_default_device()
    key = (method.slug, model, part, str(device))
    with _lock:  # two visitors who open a method at once load it once
        if key in _models:
            _models.move_to_end(key)
            return _models[key][0]
        name, _, within = part.partition("/")
        source = part_folder(method, name, progress) / within if part else folder(method, progress)
        try:
            # The Hub's client prints where the weights are.
            # What it draws for a start is overwritten.
            with contextlib.redirect_stdout(io.StringIO()), torch.device("cpu"), seeded(0):
                network = model.from_pretrained(str(source))  # type: ignore[attr-defined]
        except Exception as error:  # bytes that are no safetensors, or a network of another shape
            raise WeightsError(
                f"The weights of {method.title}{f' ({part})' if part else ''} do not fit its network; they have"
                " to be made again."
            ) from error
        network.to(device).eval().requires_grad_(False)
        size = sum(tensor.nbytes for tensor in network.state_dict().values())
        _models[key] = (network, size)
        while sum(held for _, held in _models.values()) > BUDGET_BYTES and len(_models) > 1:
            _models.popitem(last=False)
        return network


def forget() -> None:
    """Drop every loaded model; used by tests and by the memory budget of the app."""
    with _lock:
        _models.clear()
