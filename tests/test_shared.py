"""Shared networks: found, checked, loaded once, shown by the methods that stand on them, trained and published."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from own_methods import SAMPLER

from zoo import hub, publish, shared, training
from zoo.blocks import small_diffusion
from zoo.blocks.small_diffusion import PixelUNet
from zoo.commands import show
from zoo.commands import train as command
from zoo.errors import InputError, WeightsError
from zoo.evidence import verify
from zoo.hub import shared as weights

TINY = {
    "sample_size": 14, "in_channels": 4, "out_channels": 4, "layers_per_block": 1, "block_out_channels": (8, 8),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"), "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "norm_num_groups": 4, "attention_head_dim": 8,
}  # fmt: skip
NAME = "diffusion-digits"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a tiny shared network, which takes the place of a real one."""
    monkeypatch.setattr(weights.OWNER, "folder", classmethod(lambda cls: tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "weights" / NAME
    torch.manual_seed(0)
    PixelUNet(TINY).save_as_pipeline(folder)
    recipe = {"data": [{"name": "mnist"}], "stages": {"model": {"steps": 3}}, "seed": 0, "seconds": 60}
    (folder / "recipe.json").write_text(json.dumps(recipe | {"device": "a processor"}))
    (folder / "README.md").write_text(
        shared.model_card(shared.find(NAME), json.loads((folder / "recipe.json").read_text()))
    )
    weights.write_lock(folder)
    hub.forget()
    yield folder
    hub.forget()


@pytest.fixture
def method(monkeypatch: pytest.MonkeyPatch):
    """The sampler, as if it stood on it."""
    monkeypatch.setattr(SAMPLER.method, "shared", (NAME,), raising=False)
    return SAMPLER.method


def test_files_in_folders_are_locked_and_loaded_by_us_and_by_diffusers(folder: Path):
    from diffusers import DDIMScheduler, UNet2DModel

    from zoo.blocks.pixel_pipeline import PixelPipeline

    files = {
        "model_index.json", "recipe.json", "scheduler/scheduler_config.json", "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
    }  # fmt: skip
    assert set(hub.read_lock(folder).sha256) == files
    assert weights.folder(NAME) == folder
    network = weights.pretrained(NAME, PixelUNet)
    assert weights.pretrained(NAME, PixelUNet) is network
    assert not network.training
    unet = weights.pretrained(f"{NAME}/unet", UNet2DModel)
    pictures = torch.randn(2, 1, 28, 28)
    expected = unet(torch.nn.functional.pixel_unshuffle(pictures, 2), 500).sample
    torch.testing.assert_close(network(pictures, 500), torch.nn.functional.pixel_shuffle(expected, 2))
    assert DDIMScheduler.from_pretrained(folder, subfolder="scheduler").config.beta_end == 0.02
    pipeline = PixelPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    drawn = pipeline(batch_size=3, num_inference_steps=2).images
    assert drawn.shape == (3, 28, 28)
    assert 0 <= drawn.min() < drawn.max() <= 1


def test_changed_bytes_and_pickles_are_refused(folder: Path):
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(WeightsError, match="may hold code"):
        weights.folder(NAME)
    (folder / "unet" / "diffusion_pytorch_model.bin").unlink()
    (folder / "unet" / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"sha256 of unet/config\.json"):
        weights.pretrained(NAME, PixelUNet)
    with pytest.raises(WeightsError, match=r"lock\.json is missing"):
        weights.folder("diffusion-print-that-is-not-there")


def test_a_method_that_stands_on_it_says_so_and_is_measured_anew_when_it_changes(
    folder: Path, method, capsys
):
    before = verify.state_of(method)
    assert weights.facts(method) == [(f"Stands on ({NAME})", "bundled")]
    show_sampler()
    assert f"stands on {NAME}: Diffusion model of MNIST" in capsys.readouterr().out
    (folder / "recipe.json").write_text("{}")
    weights.write_lock(folder)
    assert verify.state_of(method) != before


def test_evidence_of_methods_that_stand_on_none_is_as_it_was():
    assert weights.state("0123", SAMPLER.method) == "0123"
    assert weights.facts(SAMPLER.method) == []


def show_sampler() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show.registry, "find", lambda slug: SAMPLER)
        show.main(Namespace(slug="sampler"))


def test_a_review_finds_that_it_is_missing(folder: Path, method):
    from zoo.review import files

    def findings() -> list[str]:
        subject = SimpleNamespace(method=method, slug="sampler", sources=[], card=None)
        return [finding.says for finding in files.weights(subject)]

    before = findings()
    (folder / "unet" / "config.json").unlink()
    assert len(findings()) == len(before) + 1


def test_a_name_that_there_is_not_is_told(method, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(method, "shared", ("diffusion-cats",))
    with pytest.raises(
        InputError, match="there is no shared network diffusion-cats; there are diffusion-digits"
    ):
        shared.of(method)


def test_what_would_be_published(folder: Path):
    plan = publish.prepare(NAME, "org")
    assert plan.repo_id == f"org/{NAME}"
    assert set(plan.files) == {*hub.read_lock(folder).sha256, "README.md"}
    assert "CC-BY-SA-3.0" in plan.files["README.md"].read_text()
    with pytest.raises(InputError, match="without a signature"):
        publish.prepare(NAME, "org", resigned=True)
    (folder / "unet" / "notes.txt").write_text("")
    with pytest.raises(WeightsError, match=r"unet/notes\.txt"):
        publish.prepare(NAME, "org")


def test_training_ends_with_diffusers_layout_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from zoo.shared import diffusion

    monkeypatch.setattr(small_diffusion, "UNET", TINY)
    monkeypatch.setattr(
        diffusion,
        "photographs",
        lambda name: lambda count, rng: rng.integers(0, 256, (count, 28, 28), np.uint8),
    )
    recipe = training.train(diffusion.train, slug=NAME, out=tmp_path, steps=2)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {
        "model_index.json", "recipe.json", "scheduler/scheduler_config.json", "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
    }  # fmt: skip
    assert recipe["stages"]["model"]["ema"] == 0.999
    assert PixelUNet.from_pretrained(tmp_path)(torch.zeros(1, 1, 28, 28), 3).shape == (1, 1, 28, 28)
    assert (tmp_path / "unet" / "diffusion_pytorch_model.safetensors").stat().st_mode & 0o044 == 0o044


def test_zoo_train_trains_it_and_pins_it(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    from test_training import Line, draw

    def train(run) -> None:
        run.save(run.fit(Line(), draw, Line.error, steps=2))

    module = ModuleType("a_line")
    module.Line, module.train = Line, train
    monkeypatch.setitem(sys.modules, "a_line", module)
    monkeypatch.setattr(shared, "NETWORKS", (shared.Network("line", "A line", "a_line"),))
    monkeypatch.setattr(weights, "home", lambda name: folder.parent / name)
    command.main(Namespace(slug="line", out=None, seed=0, steps=None, minutes=None, fresh=False))
    assert json.loads(capsys.readouterr().out)["slug"] == "line"
    assert hub.read_lock(folder.parent / "line").sha256.keys() == {
        "config.json",
        "model.safetensors",
        "recipe.json",
    }
    assert (folder.parent / "line" / "README.md").read_text().splitlines()[8] == "# A line"


def test_a_cut_off_training_is_measured_by_its_moving_average(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from benchmarks import small_diffusion as benchmark

    monkeypatch.setattr(small_diffusion, "UNET", TINY)
    fitted: list[PixelUNet] = []

    def train(run) -> None:
        def batch(rng: np.random.Generator) -> np.ndarray:
            return rng.integers(0, 256, (2, 28, 28), np.uint8)

        fitted.append(run.fit(PixelUNet(), batch, PixelUNet.error, steps=3, ema=0.5))

    with pytest.raises(training.TrainingError, match="ended without"):
        training.train(train, slug=NAME, out=tmp_path)
    model, step = benchmark.network(tmp_path)
    assert step == 3
    for name, value in fitted[0].state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value)


def test_the_gaussian_that_a_network_has_to_beat_has_the_pictures_moments():
    from benchmarks import small_diffusion as benchmark

    stream = torch.Generator().manual_seed(0)
    pictures = torch.randn(500, 6, generator=stream) @ torch.randn(6, 6, generator=stream) + 1
    draws = benchmark.gaussian(pictures.reshape(500, 1, 2, 3), 40_000)
    assert draws.shape == (40_000, 1, 2, 3)
    torch.testing.assert_close(draws.flatten(1).mean(0), pictures.mean(0), atol=0.1, rtol=0)
    torch.testing.assert_close(draws.flatten(1).T.cov(), pictures.T.cov(), atol=0.2, rtol=0.05)
