"""Weights of networks as safetensors files hold them: pruned, normalised and tied ones are multiplied out.

PyTorch saves a pruned weight as ``weight_orig`` and ``weight_mask``, a normalised one as ``weight_g`` and ``weight_v``,
and what ``parametrize`` registers under ``parametrizations``. What a file does not tell, because it is part of a
network or has lost the function of its parameters, is refused with the cure.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from zoo.errors import InputError
from zoo.types.base import note

if TYPE_CHECKING:
    from torch import Tensor

_SHARD = re.compile(r"-(\d+)-of-(\d+)\.")
_LORA = re.compile(r"(^|[._])lora[._]?(A|B|E|up|down|magnitude)|(^|\.)lora[._]", re.I)
_PARAMETRISED = re.compile(r"(.*?)parametrizations\.([^.]+)\.(.+)")


def read_network(data: bytes, file_name: str = "") -> dict[str, Tensor]:
    """The tensors of a safetensors file by the names that they have in the network.

    Raises:
        InputError: it is another format, a part of a network, or holds weights that cannot be multiplied out.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    shard = _SHARD.search(file_name)
    if shard and int(shard[2]) > 1:
        raise InputError(
            f"this is part {int(shard[1])} of {int(shard[2])} of a network; load all parts and save them as one file."
        )
    if data[:1] == b"{" and b'"weight_map"' in data:
        raise InputError("this is the index of a network in parts; load all parts and save them as one file.")
    try:
        tensors = dict(load(data))
        names = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise InputError("the file is not in the safetensors format; send a .safetensors file.") from error
    if any(_LORA.search(name) for name in tensors):
        raise InputError(
            "these are low-rank updates (LoRA) of a network; merge them into it, as merge_and_unload does, and save"
            " that."
        )
    tied = {name: kept for name, kept in names.items() if kept in tensors and name not in tensors}
    if tied:
        tensors |= {name: tensors[kept] for name, kept in tied.items()}
        note(f"{len(tied)} tied weight{'s have' if len(tied) > 1 else ' has'} the numbers of another.")
    return _multiplied_out(tensors)


def _multiplied_out(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    whole = dict(tensors)
    counts: dict[str, int] = {}

    def put(name: str, value: Tensor, parts: list[str], what: str) -> None:
        for part in parts:
            whole.pop(part, None)
        whole[name] = value
        counts[what] = counts.get(what, 0) + 1

    for name in tensors:
        if name.endswith("_orig"):
            own, parts = _original(tensors, name.removesuffix("_orig"))
            put(name.removesuffix("_orig"), own, parts, "pruned or normalised")
        elif name.endswith("_g") and f"{name[:-2]}_v" in tensors:
            parts = [name, f"{name[:-2]}_v"]
            put(name[:-2], _weight_norm(*(tensors[part] for part in parts)), parts, "pruned or normalised")
    for (place, name), known in _parametrised(tensors).items():
        put(place + name, _parametrisation(tensors, place, name, known), list(known.values()), "parametrised")
    for name in tensors:
        match = re.fullmatch(r"(.*?)(?:\.weight)?[._]masks?", name)
        weight = f"{match[1].removesuffix('.weight_').removesuffix('_weight')}.weight" if match else ""
        if match and name in whole and weight in whole and whole[weight].shape == tensors[name].shape:
            put(
                weight,
                whole[weight] * tensors[name].to(whole[weight].dtype),
                [name, weight],
                "pruned or normalised",
            )
    for what, count in counts.items():
        note(f"{count} {what} tensor{'s were' if count > 1 else ' was'} multiplied out.")
    return whole


def _original(tensors: dict[str, Tensor], name: str) -> tuple[Tensor, list[str]]:
    """A tensor that pruning or spectral normalisation keeps as ``_orig``, and the names of its parts."""
    original, mask, left = (tensors.get(f"{name}_{end}") for end in ("orig", "mask", "u"))
    parts = [f"{name}_{end}" for end in ("orig", "mask", "u", "v")]
    assert original is not None
    if mask is not None and mask.shape == original.shape:
        return original * mask.to(original.dtype), parts
    if left is not None:
        return _spectral_norm(original, left, tensors.get(f"{name}_v")), parts
    raise InputError(
        "a weight ends in _orig, but what it was multiplied with is missing; save the whole state_dict."
    )


def _spectral_norm(original: Tensor, left: Tensor, right: Tensor | None) -> Tensor:
    """A weight over its largest singular value, by the vectors that training kept."""
    matrix = original.flatten(1)
    right = matrix.T @ left if right is None else right
    return original / (left @ matrix @ right / right.norm().clamp_min(1e-12))


def _weight_norm(length: Tensor, direction: Tensor) -> Tensor:
    """Directions of the lengths; a length stands for the axes along which it has size 1."""
    axes = [axis for axis in range(direction.ndim) if length.ndim <= axis or length.shape[axis] == 1]
    return direction * (length / direction.square().sum(dim=axes, keepdim=True).sqrt())


def _parametrised(tensors: dict[str, Tensor]) -> dict[tuple[str, str], dict[str, str]]:
    """The parts of every parametrised tensor: names in the file by their names in the parametrisation."""
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for name in tensors:
        if match := _PARAMETRISED.fullmatch(name):
            parts.setdefault((match[1], match[2]), {})[match[3]] = name
    return parts


def _parametrisation(tensors: dict[str, Tensor], place: str, name: str, parts: dict[str, str]) -> Tensor:
    """A parametrised tensor, where the file tells its function: masks, and the two normalisations of PyTorch.

    Raises:
        InputError: it does not.
    """
    own = {part: tensors[full] for part, full in parts.items()}
    if set(own) == {"original0", "original1"}:
        return _weight_norm(own["original0"], own["original1"])
    steps = sorted({part.partition(".")[0] for part in own if part[:1].isdigit()}, key=int)
    states = [
        {part.partition(".")[2]: tensor for part, tensor in own.items() if part.startswith(f"{step}.")}
        for step in steps
    ]
    if states and "original" in own and len(own) == 1 + sum(map(len, states)):
        value = own["original"]
        for state in states:
            if set(state) == {"_u", "_v"}:
                value = _spectral_norm(value, state["_u"], state["_v"])
            elif len(state) == 1 and _is_mask(mask := next(iter(state.values())), value):
                value = value * mask.to(value.dtype)
            else:
                break
        else:
            return value
    shown = re.sub(r"[^\w.]", "?", place + name)[:60]
    raise InputError(
        f"the file does not tell how {shown} is made of its parameters; call"
        " torch.nn.utils.parametrize.remove_parametrizations before saving."
    )


def _is_mask(tensor: Tensor, weight: Tensor) -> bool:
    return tensor.shape == weight.shape and bool(((tensor == 0) | (tensor == 1)).all())
