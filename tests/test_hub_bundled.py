"""Bundled weights: found, checked against their lock, loaded once, evicted."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
from pathlib import Path

import pytest
import torch
from own_methods import SAMPLER, SAMPLER_SOURCE

from zoo import hub, paths, shared
from zoo.errors import WeightsError
from zoo.registry import entries
from zoo.testing.battery import check_sentence

SOURCE = SAMPLER_SOURCE / "zoo_method_sampler" / "weights"


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The sampler, whose weights are a copy that may be damaged."""
    method = SAMPLER.method
    shutil.copytree(SOURCE, tmp_path / "weights")
    monkeypatch.setattr(method, "folder", classmethod(lambda cls: tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.forget()
    yield method
    hub.forget()


@pytest.fixture
def weights(method, tmp_path: Path) -> Path:
    return tmp_path / "weights"


def model():
    from zoo_method_sampler.model import Gain

    return Gain


def refused(method, says: str) -> None:
    with pytest.raises(WeightsError) as caught:
        hub.pretrained(method, model())
    sentence = str(caught.value)
    check_sentence(sentence, Path(method.folder()))
    assert says in sentence


def test_bundled_weights_load_in_evaluation_mode(method, weights: Path):
    network = hub.pretrained(method, model())
    assert network.gain.tolist() == [1.25, 0.5, 1.0]
    assert not network.training
    assert not network.gain.requires_grad
    assert hub.folder(method) == weights


def test_loaded_once_also_by_many_at_a_time(method, monkeypatch):
    loads = []
    load = model().from_pretrained
    monkeypatch.setattr(model(), "from_pretrained", lambda folder: loads.append(folder) or load(folder))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(hub.pretrained(method, model()))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len({id(one) for one in found}) == 1
    hub.forget()
    hub.pretrained(method, model())
    assert len(loads) == 2


def test_changed_bytes_are_refused(method, weights: Path):
    path = weights / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    refused(method, "sha256 of model.safetensors")


def test_bytes_changed_after_the_first_load_are_refused(method, weights: Path):
    hub.pretrained(method, model())
    hub.forget()
    path = weights / "model.safetensors"
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(1, 1))
    refused(method, "sha256")


def test_changed_configuration_is_refused(method, weights: Path):
    (weights / "config.json").write_text('{"colours": 3 }')
    refused(method, "sha256 of config.json")


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_missing_file_without_a_repository_is_told(method, weights: Path, file: str):
    (weights / file).unlink()
    refused(method, "not bundled")


def test_missing_lock_is_told(method, weights: Path):
    (weights / "lock.json").unlink()
    refused(method, "lock.json is missing")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"sha256": 3}', '{"sha256": null}', "\xff"])
def test_malformed_lock_is_told(method, weights: Path, text: str):
    (weights / "lock.json").write_bytes(text.encode("latin-1"))
    refused(method, "not a valid lock")


@pytest.mark.parametrize("keep", [[], ["config.json"], ["model.safetensors"]])
def test_a_file_that_the_lock_does_not_name_is_not_loaded(method, weights: Path, keep: list[str]):
    """An empty lock would otherwise vouch for anything."""
    lock = json.loads((weights / "lock.json").read_text())
    lock["sha256"] = {name: lock["sha256"][name] for name in keep}
    (weights / "lock.json").write_text(json.dumps(lock))
    refused(method, "")


@pytest.mark.parametrize("name", ["../card.md", "/etc/hostname", "a/../../b.json"])
def test_a_lock_names_files_of_its_own_folder_only(method, weights: Path, name: str):
    lock = json.loads((weights / "lock.json").read_text())
    lock["sha256"][name] = "0" * 64
    (weights / "lock.json").write_text(json.dumps(lock))
    refused(method, "not a valid lock")


def test_no_pickle_is_ever_opened(method, weights: Path, tmp_path: Path):
    """A pickle beside the weights is not read, not even where the safetensors are gone."""

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    for name in ("pytorch_model.bin", "model.pt"):
        torch.save(Trap(), weights / name)
    assert hub.pretrained(method, model()).gain.tolist() == [1.25, 0.5, 1.0]
    hub.forget()
    (weights / "model.safetensors").unlink()
    refused(method, "")
    assert not (tmp_path / "sprung").exists()


def test_locked_but_unreadable_weights_are_told(method, weights: Path):
    (weights / "model.safetensors").write_bytes(b"not safetensors")
    hub.write_lock(weights)
    refused(method, "")


def test_locked_weights_of_another_shape_are_told(method, weights: Path):
    (weights / "config.json").write_text('{"colours": 4}')
    hub.write_lock(weights)
    refused(method, "")


def test_lock_round_trip(weights: Path):
    (weights / "notes.txt").write_text("not weights")
    lock = hub.write_lock(weights, "org/name", "a" * 40)
    assert hub.read_lock(weights) == lock
    assert set(lock.sha256) == {"config.json", "model.safetensors"}
    assert lock.sha256["config.json"] == hub.file_sha256(weights / "config.json")


def test_a_lock_that_cannot_be_written_leaves_the_old_one_whole(weights: Path, monkeypatch):
    before = {path.name: path.read_bytes() for path in weights.iterdir()}

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        hub.write_lock(weights, "org/name", "a" * 40)
    assert {path.name: path.read_bytes() for path in weights.iterdir()} == before


def test_least_recently_used_goes_first(method, weights: Path, monkeypatch):
    def kin(name: str):
        return type(name, (model(),), {})

    first, second, third = kin("First"), kin("Second"), kin("Third")
    monkeypatch.setattr(hub.memory, "BUDGET_BYTES", 2 * 3 * 4)
    one = hub.pretrained(method, first)
    hub.pretrained(method, second)
    assert hub.pretrained(method, first) is one
    hub.pretrained(method, third)
    assert [key[1] for key in hub.memory._models] == [first, third]
    assert hub.pretrained(method, first) is one


def test_a_model_over_the_budget_is_still_given(method, monkeypatch):
    monkeypatch.setattr(hub.memory, "BUDGET_BYTES", 1)
    assert hub.pretrained(method, model()) is hub.pretrained(method, model())


def test_read_only_folder_is_enough(method, weights: Path):
    weights.chmod(0o555)
    try:
        assert hub.pretrained(method, model()).gain.tolist() == [1.25, 0.5, 1.0]
    finally:
        weights.chmod(0o755)


BUNDLED = sorted(path for path in (paths.root() / "weights").glob("*/") if path.name != "shared")
SHARED = sorted((paths.root() / "weights" / "shared").glob("*/"))


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda folder: folder.name)
def test_our_weights_are_locked_small_and_safe(folder: Path):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".md", ".sig"}
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    lock = hub.read_lock(folder)
    hub.check(folder, lock, folder.name)
    assert {path.name for path in files} - {"lock.json", "README.md"} <= set(lock.sha256)
    assert folder.name in entries(), "weights without a method"


@pytest.mark.parametrize("folder", SHARED, ids=lambda folder: folder.name)
def test_shared_weights_are_locked_small_safe_and_described(folder: Path):
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert {path.suffix for path in files.values()} <= {".safetensors", ".json", ".md"}
    assert sum(path.stat().st_size for path in files.values()) <= 8_000_000
    assert hub.shared.folder(folder.name) == folder
    assert files.keys() - {"lock.json", "README.md"} == set(hub.read_lock(folder).sha256)
    assert {"README.md", "recipe.json"} <= files.keys()
    assert folder.name in shared.names(), "shared weights that nobody trains"


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda folder: folder.name)
def test_the_card_tab_says_where_they_come_from(folder: Path):
    """Bundled or from the Hub, at which revision, with which bytes, signed by whom."""
    from zoo.app.method_page import _facts

    entry, lock = entries()[folder.name], hub.read_lock(folder)
    html = _facts(entry, entry.method)
    shown = dict(re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', html))
    assert shown["Weights"] == "bundled"
    assert shown["Revision"] == (lock.revision or "none")
    assert shown["Signed by"].startswith(lock.signer or "nobody")
    for name, digest in lock.sha256.items():
        assert shown[name] == f"sha256 {digest}"
