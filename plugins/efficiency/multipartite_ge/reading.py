"""Reads a convolutional network from a safetensors file: weights only, so the wiring is inferred.

Names tell the order (in natural order, convolutions before linear layers) and which 1 x 1 convolutions are
shortcuts; shapes tell channels. Convolutions are padded to keep the map's size. Where the map is halved is not
in a file: it is taken to happen before convolutions that widen, as often as the first linear layer needs.
"""

from __future__ import annotations

import itertools
import re

import numpy as np

from zoo.errors import InputError
from zoo.types import File, note
from zoo.types.networks import read_network

from .encodings import Group, Layer, Plan, padded

ACCEPTS = "a safetensors file with the weights of a pruned convolutional network"
MOST_EDGES = 3_000_000
SHORTCUT = re.compile(r"(^|[._])(shortcut|downsample|skip)([._]|$)")


def read(file: File, side: int, halved_before: str = "") -> Plan:
    """The plan of the network in a file.

    Args:
        file: safetensors.
        side: of the pictures it takes, in pixels.
        halved_before: numbers of the convolutions before which the map is halved, such as ``3, 5``, counted
            from 1 without shortcuts; empty to infer it.

    Raises:
        InputError: the file is not safetensors, is not such a network, or has no zeros or nothing else.
    """
    weights = _weights(file)
    convs = [name for name, weight in weights.items() if weight.ndim == 4]
    linears = [name for name, weight in weights.items() if weight.ndim == 2]
    if not convs:
        raise InputError(
            f"the file holds no convolution, which is a tensor of four dimensions; send {ACCEPTS}."
        )
    for name in convs:
        _, _, height, width = weights[name].shape
        if height != width or height % 2 == 0:
            raise InputError(
                f"the kernel of {_short(name)} has {height} x {width} cells; send a network with square kernels"
                " of odd size."
            )
    plan = _wire(weights, convs, linears, side, _numbers(halved_before))
    kept = sum(np.count_nonzero(layer.weight) for layer in plan.layers)
    if kept == 0:
        raise InputError(f"all weights are zero, so there is no graph; send {ACCEPTS}.")
    if kept == sum(layer.weight.size for layer in plan.layers):
        raise InputError("none of the weights is zero, so nothing was pruned; send a network with zeros.")
    if plan.edges > MOST_EDGES:
        raise InputError(
            f"the graph would have {plan.edges:,} edges; at most {MOST_EDGES:,} are drawn up, so send a sparser"
            " network or a smaller side."
        )
    return plan


def _weights(file: File) -> dict[str, np.ndarray]:
    """Linear weights and all tensors of four dimensions, in natural order of their names, as float32."""
    import torch

    tensors = read_network(file.data, file.name)
    kernels = {}
    for name in sorted(tensors, key=_natural):
        tensor = tensors[name]
        named = name.rpartition(".")[2] == "weight"
        if tensor.ndim != 4 and not (named and tensor.ndim == 2):
            if named and tensor.ndim > 2:
                note(f"{_short(name)} has {tensor.ndim} dimensions and is left out of the graph.")
            continue
        if 0 in tensor.shape:
            note(f"{_short(name)} is empty and is left out of the graph.")
            continue
        if not tensor.is_floating_point():
            raise InputError(f"{_short(name)} does not hold floating-point numbers; send {ACCEPTS}.")
        if not torch.isfinite(tensor.float()).all():
            raise InputError(f"{_short(name)} holds NaN or infinity; send finite weights.")
        kernels[name.removesuffix(".weight")] = tensor.float().numpy()
    return kernels


def _natural(name: str) -> list[tuple[int, str]]:
    """``layer10`` after ``layer2``."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", name)]


def _short(name: str) -> str:
    """A name from the visitor's file, fit to stand in a message."""
    name = re.sub(r"[^\w.\-]", "?", name)
    return name if len(name) <= 60 else name[:59] + "…"


def _numbers(text: str) -> list[int] | None:
    if not text.strip():
        return None
    if not re.fullmatch(r"\s*\d{1,4}(\s*,\s*\d{1,4})*\s*", text):
        raise InputError("the places where the map is halved must be numbers and commas, such as 3, 5.")
    return [int(number) for number in text.split(",")]


def _wire(
    weights: dict[str, np.ndarray], convs: list[str], linears: list[str], side: int, halved: list[int] | None
) -> Plan:
    shortcuts = [name for name in convs if SHORTCUT.search(name)]
    chain = _chain(weights, [name for name in convs if name not in shortcuts])
    spans = {_block(name): name for name in shortcuts}
    blocks = {
        block: [k for k, convolution in enumerate(chain) if convolution.startswith(block)] for block in spans
    }
    for block, places in blocks.items():
        if not places:
            raise InputError(
                f"there is no convolution beside the shortcut {_short(spans[block])}; send {ACCEPTS}."
            )
    flat = _flat_side(weights, chain, linears)
    halves = _infer(weights, chain, blocks, flat, side) if halved is None else _stated(halved, len(chain))

    first = weights[chain[0]]
    groups = [padded(first.shape[1], side, first.shape[-1] // 2)]
    layers: list[Layer] = []
    for place, name in enumerate(chain):
        weight, before = weights[name], side
        side //= 2 if place in halves else 1
        if side < 1:
            raise InputError(f"the map is halved to nothing before {_short(name)}; send a larger side.")
        # blocks with shortcuts halve by their stride, plain networks by pooling
        options = {"stride" if blocks else "pool": before // side}
        padding = weight.shape[-1] // 2 if place else 0
        layers.append(Layer(name, weight, place, place + 1, padding=padding, **options))
        groups.append(Group(len(weight), side))
    for block, places in blocks.items():
        begin, end = groups[places[0]], groups[places[-1] + 1]
        weight = weights[spans[block]]
        if weight.shape[:2] != (end.channels, begin.channels) or places[0] == 0:
            raise InputError(
                f"the shortcut {_short(spans[block])} does not lead from the input of its block to its output;"
                f" send {ACCEPTS}."
            )
        stride = begin.side // end.side
        padding = weight.shape[-1] // 2
        layers.append(Layer(spans[block], weight, places[0], places[-1] + 1, stride, padding))
    pool = side // flat if flat else 1
    if flat and (flat > side or (flat > 1 and side % flat)):
        raise InputError(
            f"the first linear layer reads maps of {flat} x {flat} cells, but the last ones have {side} x {side};"
            " send the side of the pictures and where the map is halved."
        )
    for number, name in enumerate(linears):
        weight, place = weights[name], len(chain) + number
        if number and weight.shape[1] != groups[-1].channels:
            raise InputError(
                f"{_short(name)} takes {weight.shape[1]} numbers, but the layer before it gives"
                f" {groups[-1].channels}; send {ACCEPTS}."
            )
        layers.append(Layer(name, weight, place, place + 1, pool=1 if number else pool))
        groups.append(Group(len(weight), 1))
    return Plan(tuple(groups), tuple(layers))


def _block(name: str) -> str:
    """The names in the block of a shortcut begin with this."""
    return name[: SHORTCUT.search(name).start(2)]


def _chain(weights: dict[str, np.ndarray], names: list[str]) -> list[str]:
    """The order in which every convolution takes as many channels as the one before it gives."""
    stem = min(names, key=lambda name: name.count("."), default=None)
    orders = [names, [stem, *(name for name in names if name != stem)]]
    broken = ""
    for order in orders:
        for before, name in itertools.pairwise(order):
            taken, given = weights[name].shape[1], len(weights[before])
            # one channel taken by as many kernels as there are channels: a depth-wise convolution
            if taken != given and not (taken == 1 and len(weights[name]) == given):
                broken = (
                    broken or f"{_short(name)} takes {taken} channels, but {_short(before)} gives {given}"
                )
                break
        else:
            return order
    raise InputError(f"{broken}; send a network whose layers follow one another in the order of their names.")


def _flat_side(weights: dict[str, np.ndarray], chain: list[str], linears: list[str]) -> int:
    """Side of the map that the first linear layer reads; 0 without linear layers."""
    if not linears:
        return 0
    taken, channels = weights[linears[0]].shape[1], len(weights[chain[-1]])
    flat = round((taken / channels) ** 0.5)
    if flat**2 * channels != taken:
        raise InputError(
            f"{_short(linears[0])} takes {taken} numbers, which {channels} square maps cannot give; send {ACCEPTS}."
        )
    return flat


def _infer(
    weights: dict[str, np.ndarray], chain: list[str], blocks: dict[str, list[int]], flat: int, side: int
) -> set[int]:
    """Places of the convolutions before which the map is halved."""
    if blocks:  # a block right after the first convolution widens without halving
        return {places[0] for places in blocks.values() if places[0] > 1}
    widening = [k for k in range(1, len(chain)) if len(weights[chain[k]]) > len(weights[chain[k - 1]])]
    if flat > 1:
        return set(widening[: max(0, int(np.log2(max(side // flat, 1))))])
    return set(widening)


def _stated(halved: list[int], convolutions: int) -> set[int]:
    """The same places as the visitor counts them, from 1."""
    wrong = [number for number in halved if not 2 <= number <= convolutions]
    if wrong:
        raise InputError(
            f"the map cannot be halved before convolution {wrong[0]}; send numbers from 2 to {convolutions}."
        )
    return {number - 1 for number in halved}
