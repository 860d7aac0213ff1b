"""torchvision, timm and diffusers import beside a CPU torch; where torchvision works, nothing is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zoo import torchvision_guard


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    "use",
    [
        "from torchvision.transforms import v2; import torch; print(v2.Resize(4)(torch.zeros(3, 8, 8)).shape)",
        "import timm, torch; print(timm.create_model('resnet18').eval()(torch.zeros(1, 3, 32, 32)).shape)",
        "from diffusers import DDIMScheduler, UNet2DModel; print(DDIMScheduler().config.num_train_timesteps)",
    ],
    ids=["torchvision", "timm", "diffusers"],
)
def test_it_imports_and_works_after_the_zoo(use: str) -> None:
    assert run(f"import zoo\n{use}").strip()


def test_importing_the_zoo_imports_no_torch() -> None:
    assert run("import sys, zoo; print('torch' in sys.modules)").strip() == "False"


def test_it_steps_aside_where_the_operators_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    (tmp_path / "_C.so").touch()
    loaded = []
    monkeypatch.setattr(torch.ops, "load_library", loaded.append)
    before = list(torchvision_guard._declared)
    assert torchvision_guard.declare_missing_operators(tmp_path) is False
    assert loaded == [tmp_path / "_C.so"]
    assert torchvision_guard._declared == before


def test_a_missing_torchvision_stays_missing() -> None:
    code = (
        "import sys, zoo\n"
        "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
        "try:\n    import torchvision\nexcept ModuleNotFoundError as error: print(error.name)"
    )
    assert run(code).strip() == "torchvision"
