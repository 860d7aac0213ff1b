"""Nine ways to choose, before training, which weights of a network to keep.

Every one keeps the same number of weights to within none: `round((1 - sparsity) * all)`. Those that draw at
random choose layer by layer; magnitude does so too or over all layers at once; those that look at gradients
(SNIP, GraSP, SynFlow, ProsPr) rank the weights of all layers together.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import grad
from torch.func import functional_call

from zoo.progress import Progress

from .networks import Masks, prunable
from .vocabulary import Pruner

BATCH = 100
"""Pictures that SNIP and GraSP take their gradient from; ProsPr takes as many for each step."""

SYNFLOW_ROUNDS = 100
GRASP_TEMPERATURE = 200.0
PROSPR_STEPS, PROSPR_RATE, PROSPR_MOMENTUM = 3, 0.5, 0.9
"""As in the released code of the paper."""

Scores = Mapping[str, Tensor]
"""How much each weight is worth keeping, by the name of its layer."""


def prune(
    network: nn.Module,
    pruner: Pruner,
    sparsity: float,
    pictures: Tensor,
    labels: Tensor,
    seed: int,
    progress: Progress = Progress(),
) -> Masks:
    """Choose the weights to keep; the network itself stays as it is.

    Args:
        network: freshly initialised.
        pruner: how to choose.
        sparsity: share of the weights to remove, 0 to 1.
        pictures: (400, channels, side, side), of which SNIP, GraSP and ProsPr take gradients; the classes in
            turn, so that every hundred is balanced.
        labels: (400,) their classes.
        seed: of what is drawn at random.
        progress: is told of the rounds, where there are some.

    Returns:
        bool tensors of the shapes of the weights, by the names of the layers.
    """
    network = copy.deepcopy(network).train()
    sizes = {name: layer.weight.numel() for name, layer in prunable(network).items()}
    keep = round((1 - sparsity) * sum(sizes.values()))
    if pruner in ("uniform", "ER", "ERK"):
        return _random(network, SHARES[pruner](network), keep, seed)
    if pruner == "layer magnitude":
        return _layerwise(_magnitude(network), allot(uniform(network), sizes, keep))
    if pruner == "SynFlow":
        return synflow(network, keep, tuple(pictures.shape[1:]), progress=progress)
    scores = {
        "global magnitude": lambda: _magnitude(network),
        "SNIP": lambda: snip(network, pictures[:BATCH], labels[:BATCH]),
        "GraSP": lambda: grasp(network, pictures[:BATCH], labels[:BATCH]),
        "ProsPr": lambda: prospr(network, pictures, labels),
    }[pruner]()
    return best(scores, keep)


def collapsed(masks: Masks) -> list[str]:
    """The layers that keep no weight at all, so that nothing passes (layer collapse)."""
    return [name for name, mask in masks.items() if not mask.any()]


# ---------------------------------------------------------------------------------------------------------
# How many to keep in each layer


def uniform(network: nn.Module) -> dict[str, float]:
    """The same share of every layer."""
    return dict.fromkeys(prunable(network), 1.0)


def erdos_renyi(network: nn.Module) -> dict[str, float]:
    """ER: shares in proportion to (in + out) / (in * out) channels (Mocanu et al., 2018)."""
    shapes = {name: layer.weight.shape[:2] for name, layer in prunable(network).items()}
    return {name: sum(shape) / np.prod(shape) for name, shape in shapes.items()}


def erdos_renyi_kernel(network: nn.Module) -> dict[str, float]:
    """ERK: the same with the sides of the kernel among the dimensions (Evci et al., 2020)."""
    shapes = {name: layer.weight.shape for name, layer in prunable(network).items()}
    return {name: sum(shape) / np.prod(shape) for name, shape in shapes.items()}


SHARES: dict[str, Callable[[nn.Module], dict[str, float]]] = {
    "uniform": uniform,
    "ER": erdos_renyi,
    "ERK": erdos_renyi_kernel,
}


def allot(shares: Mapping[str, float], sizes: Mapping[str, int], keep: int) -> dict[str, int]:
    """Whole numbers of weights for every layer, in proportion to its share, that add up to ``keep``.

    A layer that would get more than it has stays dense, and the others get the rest in proportion.
    """
    share = np.array(list(shares.values()))
    size = np.array(list(sizes.values()))
    dense = np.zeros(len(size), dtype=bool)
    while True:
        free = ~dense
        wanted = np.where(dense, size, 0.0)
        if free.any():
            wanted[free] = (keep - size[dense].sum()) * (share * size)[free] / (share * size)[free].sum()
        over = free & (wanted > size)
        if not over.any():
            break
        dense |= over
    counts = np.floor(wanted).astype(int)
    most_cut = np.argsort(-(wanted - counts), kind="stable")
    for place in most_cut[: keep - counts.sum()]:
        counts[place] += 1
    return dict(zip(sizes, counts.tolist(), strict=True))


def _random(network: nn.Module, shares: Mapping[str, float], keep: int, seed: int) -> Masks:
    generator = torch.Generator().manual_seed(seed)
    draws = {
        name: torch.rand(layer.weight.shape, generator=generator) for name, layer in prunable(network).items()
    }
    return _layerwise(draws, allot(shares, {name: draw.numel() for name, draw in draws.items()}, keep))


def _layerwise(scores: Scores, counts: Mapping[str, int]) -> Masks:
    return {name: best({name: score}, counts[name])[name] for name, score in scores.items()}


def best(scores: Scores, keep: int) -> Masks:
    """Keep the ``keep`` best weights of all layers together."""
    flat = torch.cat([score.reshape(-1) for score in scores.values()])
    kept = torch.zeros(len(flat), dtype=torch.bool)
    kept[torch.topk(flat, keep, sorted=False).indices] = True
    parts = kept.split([score.numel() for score in scores.values()])
    return {name: part.view(score.shape) for (name, score), part in zip(scores.items(), parts, strict=True)}


# ---------------------------------------------------------------------------------------------------------
# What a weight is worth


def _magnitude(network: nn.Module) -> Scores:
    return {name: layer.weight.detach().abs() for name, layer in prunable(network).items()}


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: layer.weight for name, layer in prunable(network).items()}


def snip(network: nn.Module, pictures: Tensor, labels: Tensor) -> Scores:
    """|w dL/dw|: how much the loss depends on the weight's presence (Lee et al., 2019)."""
    weights = _weights(network)
    slopes = grad(F.cross_entropy(network(pictures), labels), tuple(weights.values()))
    return {name: (w * g).detach().abs() for (name, w), g in zip(weights.items(), slopes, strict=True)}


def grasp(network: nn.Module, pictures: Tensor, labels: Tensor) -> Scores:
    """w H g: removing the weight would lower the flow of gradient by so much (Wang et al., 2020).

    H is the Hessian of the loss and g its gradient, softened by a temperature.
    """
    weights = _weights(network)
    loss = F.cross_entropy(network(pictures) / GRASP_TEMPERATURE, labels)
    slopes = grad(loss, tuple(weights.values()), create_graph=True)
    flow = sum((g.detach() * g).sum() for g in slopes)
    bends = grad(flow, tuple(weights.values()))
    return {name: (w * hg).detach() for (name, w), hg in zip(weights.items(), bends, strict=True)}


def synflow(
    network: nn.Module,
    keep: int,
    shape: tuple[int, ...],
    rounds: int = SYNFLOW_ROUNDS,
    progress: Progress = Progress(),
) -> Masks:
    """Iterative synaptic flow (Tanaka et al., 2020), which sees no data.

    R is the sum of the outputs for a picture of ones, with |w| for the weights and batch normalisation as it is
    in evaluation. In ``rounds`` steps the share that is kept shrinks exponentially to the target, each time by
    |w dR/dw| of what is left. In double precision, since R spans many powers of ten.
    """
    network = network.double().eval()
    weights = _weights(network)
    with torch.no_grad():
        for w in weights.values():
            w.abs_()
    total = sum(w.numel() for w in weights.values())
    masks = {name: torch.ones_like(w, dtype=torch.bool) for name, w in weights.items()}
    ones = torch.ones(1, *shape, dtype=torch.float64)
    for step in range(1, rounds + 1):
        progress((step - 1) / rounds, f"SynFlow, round {step} of {rounds}")
        slopes = grad(network(ones).sum(), tuple(weights.values()))
        # a weight that was removed scores lowest, so that it is never chosen again
        scores = {
            name: torch.where(masks[name], w.detach() * g, -1.0)
            for (name, w), g in zip(weights.items(), slopes, strict=True)
        }
        masks = best(scores, round(total * (keep / total) ** (step / rounds)) if keep else 0)
        with torch.no_grad():
            for name, w in weights.items():
                w.mul_(masks[name])
    return masks


def prospr(network: nn.Module, pictures: Tensor, labels: Tensor, steps: int = PROSPR_STEPS) -> Scores:
    """|dL(after training) / dmask|: the meta-gradient through a few steps of training (Alizadeh et al., 2022).

    Masks of ones multiply the initial weights; momentum descent takes ``steps`` steps, each on pictures of its
    own; the loss on the last part of the pictures is differentiated all the way back to the masks.
    """
    start = {name: tensor.detach().clone() for name, tensor in network.named_parameters()}
    state = {name: tensor.detach().clone() for name, tensor in network.named_buffers()}
    masks = {name: torch.ones_like(w, requires_grad=True) for name, w in _weights(network).items()}
    params = {name: tensor.requires_grad_() for name, tensor in start.items()}
    for name, mask in masks.items():
        params[f"{name}.weight"] = params[f"{name}.weight"] * mask
    velocity: dict[str, Tensor] = {}
    parts = list(zip(pictures.split(BATCH), labels.split(BATCH), strict=True))[: steps + 1]
    for x, y in parts[:-1]:
        loss = F.cross_entropy(functional_call(network, (params, state), (x,)), y)
        slopes = grad(loss, tuple(params.values()), create_graph=True)
        for (name, p), g in zip(list(params.items()), slopes, strict=True):
            velocity[name] = g + PROSPR_MOMENTUM * velocity[name] if name in velocity else g
            params[name] = p - PROSPR_RATE * velocity[name]
    x, y = parts[-1]
    loss = F.cross_entropy(functional_call(network, (params, state), (x,)), y)
    return {name: g.abs().detach() for name, g in zip(masks, grad(loss, tuple(masks.values())), strict=True)}
