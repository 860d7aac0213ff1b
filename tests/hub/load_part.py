"""Run by the tests in a process of its own: load a part of the sampler, and print what it holds as JSON.

    python load_part.py FOLDER timm | timm-itself NAME | diffusers | pin REVISION [FILE]

FOLDER holds ``weights/<part>/lock.json``. This is what a plugin would write.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS / "third_party" / "sampler")]

from zoo import hub, registry  # noqa: E402 - the checkout comes first
from zoo.errors import WeightsError  # noqa: E402
from zoo.method import Method  # noqa: E402


def digest(tensors: dict) -> str:
    """A name for the numbers of a network."""
    whole = hashlib.sha256()
    for name in sorted(tensors):
        whole.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return whole.hexdigest()


def with_timm(method: type[Method]) -> dict[str, object]:
    """timm's own loading of a folder."""
    import timm

    return about(timm.create_model(f"local-dir:{hub.part_folder(method, 'backbone')}", pretrained=True))


def timm_itself(method: type[Method], name: str) -> dict[str, object]:
    """timm's own loading from the Hub, without us."""
    import timm

    return about(timm.create_model(name, pretrained=True))


def about(network) -> dict[str, object]:
    """The numbers of a timm network."""
    return {"numbers": digest(network.state_dict()), "classes": network.num_classes}


def with_diffusers(method: type[Method]) -> dict[str, object]:
    """Networks shared as the method's own are, and a scheduler, which has a state, of one's own."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DModel

    unet = hub.pretrained(method, UNet2DModel, part="generator/unet")
    assert hub.pretrained(method, UNet2DModel, part="generator/unet") is unet
    assert not unet.training
    vae = hub.pretrained(method, AutoencoderKL, part="generator/vae")
    scheduler = DDIMScheduler.from_pretrained(hub.part_folder(method, "generator"), subfolder="scheduler")
    numbers = {"unet": digest(unet.state_dict()), "vae": digest(vae.state_dict())}
    return {**numbers, "steps": scheduler.config.num_train_timesteps}


def pin(method: type[Method], revision: str, *files: str) -> dict[str, object]:
    """What a plugin's author does once."""
    names = list(files) or ["config.json", "model.safetensors"]
    return {
        "revision": hub.pin(method.folder() / "weights" / "backbone", "org/sampler", names, revision).revision
    }


def main(folder: str, what: str, *words: str) -> None:
    """Do one of the four and print what was found."""
    time.sleep = lambda seconds: None  # the client's pauses between its retries
    method = registry.Entry("sampler", "zoo_method_sampler:Sampler", "zoo-method-sampler", "1.4.2").method
    method.folder = classmethod(lambda cls: Path(folder))  # type: ignore[assignment]
    work = {"timm": with_timm, "timm-itself": timm_itself, "diffusers": with_diffusers, "pin": pin}[what]
    try:
        print(json.dumps(work(method, *words)))
    except WeightsError as error:
        print(json.dumps({"error": str(error)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
