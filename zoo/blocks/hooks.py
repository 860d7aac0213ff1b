"""Looking inside classifiers: maps of any layer and their gradients, weights scrambled.

For any network of timm or torchvision, or of plain modules: layers are named as `named_modules` names them, nothing of
the network is changed for good, and networks are looked at in evaluation mode, whatever mode they are in. Activations
that are changed in place are handled: a layer's output is kept as it is, and what follows goes on with a copy.

    seen = watch(net, images, ["layer3", "layer4"], classes)
    weights = seen.gradients["layer4"].mean((2, 3))

Users: grad-cam, its claims and its page.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@contextlib.contextmanager
def evaluated(net: nn.Module) -> Iterator[nn.Module]:
    """The network in evaluation mode; every module goes back to its own mode after."""
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        yield net
    finally:
        for module, mode in modes.items():
            module.training = mode


def layer(net: nn.Module, name: str) -> nn.Module:
    """A module by its name.

    Raises:
        ValueError: there is none of that name.
    """
    modules = dict(net.named_modules())
    if name not in modules or not name:
        raise ValueError(f"the network has no layer {name!r}")
    return modules[name]


@dataclass(frozen=True)
class Watched:
    """What a network said, and what it was inside.

    Attributes:
        logits: (n, classes).
        maps: of each layer, (n, channels, h, w).
        gradients: of the chosen logits by those maps, of the same shapes.
        images: of the chosen logits by the pictures, (n, 3, h, w).
    """

    logits: Tensor
    maps: dict[str, Tensor]
    gradients: dict[str, Tensor]
    images: Tensor


def watch(net: nn.Module, images: Tensor, layers: Sequence[str], classes: Tensor) -> Watched:
    """Maps of layers, and the gradients of one logit of each picture by them and by the picture.

    Logits are meant before any softmax; in evaluation mode pictures do not see each other, so all are done at once.

    Args:
        net: from pictures to logits (n, classes); its parameters get no gradient.
        images: (n, 3, h, w).
        layers: names of modules that give tensors; one that is used several times counts the last time.
        classes: whose logit is meant, (n,).

    Raises:
        ValueError: a layer is unknown, gives no tensor, or has no part in the logits.
    """
    maps: dict[str, Tensor] = {}
    pixels = images.detach().clone().requires_grad_()
    own = _same_weights(net).eval()
    for name in layers:
        layer(own, name).register_forward_hook(_keeping(maps, name))
    with torch.enable_grad():
        logits = own(pixels)
    if missing := [name for name in layers if name not in maps]:
        raise ValueError(f"the layer {missing[0]!r} gave no tensor")
    chosen = logits.gather(1, classes.view(-1, 1)).sum()
    kept = [maps[name] for name in layers]
    slopes = torch.autograd.grad(chosen, [*kept, pixels], allow_unused=True)
    for name, slope in zip(layers, slopes, strict=False):
        if slope is None:
            raise ValueError(f"the layer {name!r} has no part in the logits")
    return Watched(
        logits.detach(),
        {name: each.detach() for name, each in zip(layers, kept, strict=True)},
        dict(zip(layers, slopes, strict=False)),  # type: ignore[arg-type]
        torch.zeros_like(pixels) if slopes[-1] is None else slopes[-1],
    )


def _same_weights(net: nn.Module) -> nn.Module:
    """The network with modules of its own and the same tensors: what is hooked to it, others who use it do not meet."""
    tensors = {id(tensor): tensor for tensor in (*net.parameters(), *net.buffers())}
    return copy.deepcopy(net, tensors)


def _keeping(maps: dict[str, Tensor], name: str) -> Callable[..., Tensor | None]:
    def keep(module: nn.Module, given: object, output: object) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        maps[name] = output
        return output.clone()  # which the next layer may change in place

    return keep


def scrambled(net: nn.Module, seed: int, names: Sequence[str] | None = None) -> nn.Module:
    """A copy whose weights are shuffled: the same numbers, in no order that was learned.

    For the check of Adebayo et al., "Sanity Checks for Saliency Maps" (NeurIPS 2018): a map that explains what a
    network learned must change. Shuffling instead of drawing anew keeps the scale of every layer.

    Args:
        net: stays as it is.
        seed: draws the orders.
        names: modules of which all weights are shuffled; the whole network if None.

    Raises:
        ValueError: a name is unknown.
    """
    other = copy.deepcopy(net)
    rng = torch.Generator().manual_seed(seed)
    parts = [other] if names is None else [layer(other, name) for name in names]
    with torch.no_grad():
        for part in parts:
            for weights in part.parameters():
                order = torch.randperm(weights.numel(), generator=rng).to(weights.device)
                weights.copy_(weights.flatten()[order].view(weights.shape))
    return other


class _GuidedStep(torch.autograd.Function):
    """ReLU forwards; backwards a gradient passes only where input and gradient are positive."""

    @staticmethod
    def forward(ctx: Any, given: Tensor) -> Tensor:
        ctx.save_for_backward(given)
        return given.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (given,) = ctx.saved_tensors
        return slope.clamp_min(0) * (given > 0)


class GuidedReLU(nn.Module):
    """A ReLU that passes back only positive gradients, and these only where it was open; never in place."""

    def forward(self, given: Tensor) -> Tensor:
        """max(given, 0)."""
        return _GuidedStep.apply(given)


class _Functional(torch.overrides.TorchFunctionMode):
    """Counts ReLUs that are no modules."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += getattr(function, "__name__", "") in ("relu", "relu_")
        return function(*args, **(kwargs or {}))


def guided(net: nn.Module, images: Tensor) -> nn.Module:
    """A copy for guided backpropagation: every ReLU is replaced by `GuidedReLU`.

    Springenberg et al., "Striving for Simplicity" (arXiv 1412.6806). `watch` of the copy gives the guided gradients.

    Args:
        net: stays as it is.
        images: (n, 3, h, w), one is enough; the copy is tried on it.

    Raises:
        ValueError: it has no ReLUs as modules, or calls some as functions, which a replacement would miss.
    """
    other = copy.deepcopy(net)
    places = [(name, module) for name, module in other.named_modules() if isinstance(module, nn.ReLU)]
    for name, _ in places:
        parent, _, own = name.rpartition(".")
        setattr(other.get_submodule(parent), own, GuidedReLU())
    with evaluated(other), torch.no_grad(), _Functional() as calls:
        other(images[:1])
    if calls.count or not places:
        missed = f"{calls.count} ReLUs as functions" if calls.count else "no ReLU"
        raise ValueError(f"guided backpropagation replaces modules, and this network has {missed}")
    return other
