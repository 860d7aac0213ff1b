"""Parts of somebody else: timm's and diffusers' own ``pretrained`` paths, from repositories that our layer checks.

The repositories are tiny and made here by timm and diffusers themselves; a double or a real mirror serves them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hub_double import Hub
from load_part import digest
from own_methods import SAMPLER

import zoo  # noqa: F401 - before timm and diffusers, which import torchvision
from zoo import hub as weights_hub
from zoo.errors import WeightsError
from zoo.testing.battery import check_sentence

HERE = Path(__file__).resolve().parent
LOADER = HERE / "load_part.py"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], str]:
    """A timm network of 30 kB as timm saves it for the Hub, and a name for its numbers."""
    import timm
    from timm.models import save_for_hf

    torch.manual_seed(7)
    network = timm.create_model("test_resnet", num_classes=3).eval()
    for buffer in network.buffers():  # running statistics that no fresh network has
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    folder = tmp_path_factory.mktemp("backbone")
    save_for_hf(network, folder, safe_serialization=True)
    return contents(folder), digest(network.state_dict())


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, str]]:
    """A diffusers repository: scheduler, U-Net and autoencoder; names for the numbers of the two networks."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DModel

    torch.manual_seed(8)
    unet = UNet2DModel(
        sample_size=8, in_channels=1, out_channels=1, block_out_channels=(8, 8), norm_num_groups=4,
        layers_per_block=1, down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
    )  # fmt: skip
    autoencoder = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=2)
    folder = tmp_path_factory.mktemp("generator")
    unet.save_pretrained(folder / "unet")
    autoencoder.save_pretrained(folder / "vae")
    DDIMScheduler(num_train_timesteps=77).save_pretrained(folder / "scheduler")
    return contents(folder), {"unet": digest(unet.state_dict()), "vae": digest(autoencoder.state_dict())}


def offer(place, part: str, files: dict[str, bytes]) -> None:
    """Put a repository on the Hub and pin it as a part of the sampler."""
    home = place.home
    place.home = home / "offered"  # the lock that comes with it is the sampler's own, not the part's
    place.offer(files)
    place.home = home
    locked = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    (place.weights / part).mkdir(parents=True, exist_ok=True)
    lock = {"repo_id": "org/sampler", "revision": place.revision, "sha256": locked}
    (place.weights / part / "lock.json").write_text(json.dumps(lock))


def load(place, *words: str, **variables: str) -> dict:
    """Load a part in a process of its own; what it found."""
    done = subprocess.run(
        [sys.executable, str(LOADER), str(place.home), *words],
        env={**place.variables, **variables}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def refused(found: dict, *words: str) -> None:
    check_sentence(found["error"])
    for word in words:
        assert word in found["error"]


def test_timm_loads_a_pinned_backbone(hub: Hub, either, backbone) -> None:
    files, numbers = backbone
    offer(either, "backbone", files)
    found = load(either, "timm")
    assert found["numbers"] == numbers
    assert found["classes"] == 3
    asked = [one.rpartition("/")[2] for one in hub.requests("GET .*resolve")]
    assert set(asked) == {"config.json", "model.safetensors"}
    hub.log.clear()
    assert load(either, "timm", HF_HUB_OFFLINE="1")["numbers"] == numbers
    assert hub.log == [], "the cache is enough"


def test_it_is_what_timm_itself_loads_from_the_hub(place, backbone) -> None:
    files, numbers = backbone
    offer(place, "backbone", files)
    found = load(place, "timm-itself", f"hf-hub:org/sampler@{place.revision}")
    assert found["numbers"] == numbers


def test_diffusers_loads_scheduler_network_and_autoencoder(hub: Hub, either, generator) -> None:
    files, numbers = generator
    offer(either, "generator", files)
    found = load(either, "diffusers")
    assert {name: found[name] for name in numbers} == numbers
    assert found["steps"] == 77
    hub.log.clear()
    assert load(either, "diffusers", HF_HUB_OFFLINE="1") == found
    assert hub.log == []


@pytest.mark.parametrize(
    ("part", "name"), [("backbone", "model.safetensors"), ("generator", "unet/config.json")]
)
def test_changed_bytes_are_refused(place, backbone, generator, part: str, name: str) -> None:
    files = (backbone if part == "backbone" else generator)[0]
    offer(place, part, {**files, name: files[name] + b" "})
    lock = place.weights / part / "lock.json"
    data = json.loads(lock.read_text())
    data["sha256"][name] = hashlib.sha256(files[name]).hexdigest()
    lock.write_text(json.dumps(data))
    refused(load(place, "timm" if part == "backbone" else "diffusers"), f"sha256 of {name}")


def test_a_pickle_is_neither_fetched_nor_preferred(hub: Hub, place, generator, tmp_path: Path) -> None:
    """Where the lock names no safetensors of the U-Net, diffusers would look for a pickle."""
    files, _ = generator
    name = "unet/diffusion_pytorch_model.safetensors"
    fewer = {one: data for one, data in files.items() if one != name}

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    torch.save(Trap(), tmp_path / "trap.bin")
    pickle = {"unet/diffusion_pytorch_model.bin": (tmp_path / "trap.bin").read_bytes()}
    offer(place, "generator", fewer)
    hub.add("org/sampler", fewer | pickle, place.revision)
    refused(load(place, "diffusers"), "do not fit")
    assert not hub.requests(r"\.bin")
    (snapshot,) = place.cache.glob("hub/models--org--sampler/snapshots/*")
    (snapshot / "unet" / "diffusion_pytorch_model.bin").write_bytes(*pickle.values())
    refused(load(place, "diffusers"), "may hold code")
    assert not (tmp_path / "sprung").exists()


def test_a_part_is_pinned_with_one_call(hub: Hub, place, backbone) -> None:
    files, numbers = backbone
    place.offer(files)
    hub.branches["org/sampler"] = place.revision
    assert load(place, "pin", "main")["revision"] == place.revision
    assert load(place, "timm")["numbers"] == numbers
    refused(load(place, "pin", "main", "model.bin"), "Only safetensors and JSON")
    refused(load(place, "pin", "other"), "no such revision")


def test_the_card_names_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "backbone").mkdir()
    (tmp_path / "config.json").write_text("{}")
    weights_hub.write_lock(tmp_path)
    lock = {"repo_id": "org/tiny", "revision": "b" * 40, "sha256": {"config.json": "0" * 64}}
    (tmp_path / "backbone" / "lock.json").write_text(json.dumps(lock))
    monkeypatch.setattr(weights_hub.weights, "home", lambda method, part="": tmp_path / part)
    assert ("Stands on (backbone)", f"org/tiny at {'b' * 40}") in weights_hub.facts(SAMPLER.method)
    (tmp_path / "backbone" / "lock.json").write_text("{")
    assert "not a valid lock" in dict(weights_hub.facts(SAMPLER.method))["Stands on (backbone)"]


@pytest.mark.parametrize(
    "name", ["../x.json", "/x.json", "unet/../x.json", "./x.json", "x.bin", "unet", "a//b.json"]
)
def test_a_lock_names_safetensors_and_json_below_it(tmp_path: Path, name: str) -> None:
    lock = {"repo_id": "org/tiny", "revision": "b" * 40, "sha256": {name: "0" * 64}}
    (tmp_path / "lock.json").write_text(json.dumps(lock))
    with pytest.raises(WeightsError, match="not a valid lock"):
        weights_hub.read_lock(tmp_path)
