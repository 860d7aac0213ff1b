"""Networks as PyTorch, safetensors and peft save them."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import save
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

from plugins.efficiency.multipartite_ge import reading
from zoo.errors import InputError, WeightsError
from zoo.hub import memory
from zoo.types import File
from zoo.types.base import hearing
from zoo.types.networks import read_network


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.Flatten(), nn.Linear(8, 10))


def pruned() -> nn.Sequential:
    net = network()
    for layer in (net[0], net[2], net[4]):
        prune.l1_unstructured(layer, "weight", 0.5)
    return net


def made_plain(net: nn.Sequential) -> dict[str, torch.Tensor]:
    state = {
        f"{place}.weight": layer.weight.detach().clone()
        for place, layer in enumerate(net)
        if hasattr(layer, "weight")
    }
    return state | {f"{place}.bias": net[place].bias.detach().clone() for place in (0, 2, 4)}


class Mask(nn.Module):
    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight * self.mask


class Halved(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight / 2


def masked(net: nn.Sequential) -> nn.Sequential:
    parametrize.register_parametrization(net[2], "weight", Mask((net[2].weight > 0).float()))
    return net


MAKERS = {
    "pruned": pruned,
    "a mask as a parametrisation": lambda: masked(network()),
    "weight norm": lambda: _on_second(network(), weight_norm),
    "weight norm as a parametrisation": lambda: _on_second(network(), parametrizations.weight_norm),
    "spectral norm": lambda: _on_second(network(), spectral_norm),
    "spectral norm as a parametrisation": lambda: _on_second(network(), parametrizations.spectral_norm),
}


def _on_second(net: nn.Sequential, wrap) -> nn.Sequential:
    net[2] = wrap(net[2])
    net.train()
    net[2](torch.randn(1, 4, 5, 5))
    return net.eval()


@pytest.mark.parametrize("made", MAKERS)
def test_weights_are_multiplied_out(made: str) -> None:
    net = MAKERS[made]()
    net(torch.randn(1, 1, 5, 5))
    notes: list[str] = []
    with hearing(notes):
        read = read_network(save({name: tensor.contiguous() for name, tensor in net.state_dict().items()}))
    expected = made_plain(net)
    assert read.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(read[name], tensor, rtol=1e-5, atol=1e-6)
    assert "multiplied out" in notes[0]


def test_a_pruned_network_as_saved_and_made_permanent_give_one_graph() -> None:
    plans = [
        reading.read(File("a.safetensors", save(state)), 8)
        for state in (pruned().state_dict(), made_plain(pruned()))
    ]
    assert plans[0].edges == plans[1].edges
    for first, second in zip(plans[0].layers, plans[1].layers, strict=True):
        assert first.name == second.name
        assert (first.weight == second.weight).all()


def test_masks_beside_weights_count() -> None:
    state = made_plain(network())
    state["2.mask"] = (state["2.weight"] > 0).float()
    assert (read_network(save(state))["2.weight"] == state["2.weight"] * state["2.mask"]).all()
    assert "2.mask" not in read_network(save(state))


def test_half_precision_and_tied_weights() -> None:
    state = {name: tensor.bfloat16() for name, tensor in made_plain(pruned()).items()}
    plan = reading.read(File("a.safetensors", save(state)), 8)
    assert plan.layers[0].weight.dtype == "float32"
    tied = made_plain(pruned())
    tied["4.weight"] = torch.zeros(10, 8)
    tied["4.weight"][0] = 1
    kept = {name: tensor for name, tensor in tied.items() if name != "0.bias"}
    read = read_network(save(kept, {"head.weight": "4.weight", "format": "pt"}))
    assert (read["head.weight"] == read["4.weight"]).all()


def test_a_tensor_of_four_dimensions_is_never_left_out() -> None:
    state = made_plain(pruned())
    state["2.kernel"] = state.pop("2.weight")
    plan = reading.read(File("a.safetensors", save(state)), 8)
    assert {layer.name for layer in plan.layers} == {"0", "2.kernel", "4"}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("model-00001-of-00003.safetensors", save(made_plain(network())), "part 1 of 3"),
        ("model.safetensors.index.json", b'{"metadata": {}, "weight_map": {}}', "the index of a network in parts"),
        ("a.safetensors", save({"base_model.model.conv.lora_A.weight": torch.ones(2, 4)}), "merge them"),
        ("a.safetensors", save({"unet.conv.lora.down.weight": torch.ones(2, 4, 1, 1)}), "merge them"),
        ("a.safetensors", save({"conv.weight_orig": torch.ones(2, 4, 1, 1)}), "save the whole state_dict"),
        ("a.safetensors", b"words", "not in the safetensors format"),
    ],
)  # fmt: skip
def test_what_is_no_network_gets_the_cure(name: str, data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        reading.read(File(name, data), 8)


def test_a_parametrisation_of_unknown_function_gets_the_cure() -> None:
    net = network()
    parametrize.register_parametrization(net[2], "weight", Halved())
    with pytest.raises(InputError, match="remove_parametrizations"):
        read_network(save(net.state_dict()))


def with_header(header: bytes, data: bytes = bytes(64), length: int | None = None) -> bytes:
    """A safetensors file with this header, which says that it is so long."""
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(**changes: object) -> bytes:
    """A header of one tensor of 16 numbers, changed."""
    return json.dumps(
        {"map.weight": {"dtype": "F32", "shape": [1, 16], "data_offsets": [0, 64]} | changes}
    ).encode()


MALFORMED = {
    "nothing": b"",
    "a length alone": struct.pack("<Q", 40),
    "a header of 2^63 bytes": with_header(tensor(), length=2**63),
    "a header longer than the file": with_header(tensor(), length=10_000),
    "a header that is no JSON": with_header(b"{" * 40),
    "nested a thousand times": with_header(b"[" * 1000 + b"]" * 1000),
    "a list": with_header(b"[]"),
    "offsets beyond the file": with_header(tensor(data_offsets=[0, 2**40])),
    "offsets backwards": with_header(tensor(data_offsets=[64, 0])),
    "a hole before the numbers": with_header(tensor(data_offsets=[8, 72]), bytes(72)),
    "a shape of 2^60 numbers": with_header(tensor(shape=[2**30, 2**30])),
    "a shape whose product overflows": with_header(tensor(shape=[2**33, 2**33])),
    "a negative shape": with_header(tensor(shape=[-1, -16])),
    "a shape of another size": with_header(tensor(shape=[1, 17])),
    "numbers of an unknown kind": with_header(tensor(dtype="F99")),
    "the same place twice": with_header(
        json.dumps(
            {name: {"dtype": "F32", "shape": [1, 16], "data_offsets": [0, 64]} for name in "ab"}
        ).encode()
    ),
    "more bytes than it says": with_header(tensor(), bytes(128)),
    "a pickle": pickle.dumps({"map.weight": [0.0] * 16}),
}


OWN: Any = SimpleNamespace(slug="malformed", title="Malformed")
"""All of a method that is asked for here."""


class Map(nn.Module, PyTorchModelHubMixin):
    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.map = nn.Linear(width, 1, bias=False)


@pytest.mark.parametrize("file", MALFORMED)
def test_a_malformed_file_is_refused_as_weights_and_as_an_upload(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text('{"width": 16}')
    (tmp_path / "model.safetensors").write_bytes(MALFORMED[file])
    monkeypatch.setattr(memory, "folder", lambda method, progress: tmp_path)
    with pytest.raises(WeightsError, match="do not fit its network"):
        memory.pretrained(OWN, Map)
    with pytest.raises(InputError):
        read_network(MALFORMED[file])
    assert ("malformed", Map, "", "cpu") not in memory._models


def test_the_same_file_as_it_should_be_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text('{"width": 16}')
    (tmp_path / "model.safetensors").write_bytes(with_header(tensor()))
    monkeypatch.setattr(memory, "folder", lambda method, progress: tmp_path)
    assert memory.pretrained(OWN, Map).map.weight.shape == (1, 16)
    memory.forget()
