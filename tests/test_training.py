from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

import zoo.data
from zoo import shared, training
from zoo.training import Run, TrainingError, train

ROOT = Path(__file__).parents[1]
SLOPE = np.array([[2.0], [-1.0], [0.5]], np.float32)


class Line(nn.Module, PyTorchModelHubMixin):
    """A linear map with a batch norm, for its buffers, and dropout, for its noise."""

    def __init__(self, width: int = 3):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.map = nn.Linear(width, 1)

    def error(self, xy: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        x = nn.functional.dropout(self.norm(xy[0]), 0.1, self.training)
        return (self.map(x) - xy[1]).square().mean()


def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=(64, 3)).astype(np.float32)
    return x, x @ SLOPE


def script(run: Run, **options) -> None:
    settings = {"steps": 150, "lr": 0.05} | options
    run.save(run.fit(Line(), draw, Line.error, **settings), slope=2.0)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def assert_same(one: Path, other: Path) -> None:
    for name, value in weights(one).items():
        torch.testing.assert_close(value, weights(other)[name], rtol=0, atol=0)


def test_learns_and_writes_weights_config_and_recipe(tmp_path):
    recipe = train(script, slug="line", out=tmp_path, seed=3)
    model = Line.from_pretrained(tmp_path).eval()
    x, y = (torch.from_numpy(part) for part in draw(np.random.default_rng(0)))
    assert model.error((x, y)) < 0.2 * y.var()
    assert json.loads((tmp_path / "config.json").read_text()) == {"width": 3}
    assert json.loads((tmp_path / "recipe.json").read_text()) == recipe
    assert recipe["seed"] == 3
    assert recipe["stages"]["model"]["steps"] == 150
    assert recipe["measured"] == {"slope": 2.0}
    assert recipe["stages"]["model"]["curve"][0][1] > 3 * recipe["stages"]["model"]["loss"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "config.json",
        "model.safetensors",
        "recipe.json",
    ]


def test_weights_may_be_read_by_whom_other_files_may(tmp_path):
    train(script, slug="line", out=tmp_path, steps=1)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes["model.safetensors"] == modes["config.json"]


def test_a_model_that_does_not_know_its_arguments_is_told_before_any_step(tmp_path):
    """Its configuration would be empty, and nobody could load its weights."""
    module = ModuleType("without_mixin")
    exec(
        "from torch import nn\ndrawn = []\n"
        "def train(run):\n    run.fit(nn.Linear(3, 1), drawn.append, None, steps=1)\n",
        vars(module),
    )
    sys.modules["without_mixin"] = module
    with pytest.raises(TrainingError, match="PyTorchModelHubMixin"):
        train(module.train, slug="line", out=tmp_path)
    assert not module.drawn
    with pytest.raises(TrainingError, match="Linear would lose its configuration"):
        train(lambda run: run.save(nn.Linear(3, 1)), slug="line", out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_same_seed_same_weights_other_seed_other_weights(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(script, slug="line", out=tmp_path / name, seed=seed, steps=5)
    assert_same(tmp_path / "a", tmp_path / "b")
    with pytest.raises(AssertionError):
        assert_same(tmp_path / "a", tmp_path / "c")


def test_training_leaves_the_global_generator_alone(tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(script, slug="line", out=tmp_path, steps=2)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("options", [{"ema": 0.9}, {"optimizer": torch.optim.SGD, "clip": 1.0}])
def test_interrupted_run_goes_on_exactly(tmp_path, monkeypatch, options):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)

    def interrupted(run: Run) -> None:
        def stop(rng: np.random.Generator, calls=[]) -> tuple:  # noqa: B006
            calls.append(None)
            if len(calls) > 7:
                raise KeyboardInterrupt
            return draw(rng)

        run.fit(Line(), stop, Line.error, steps=20, **options)

    with pytest.raises(KeyboardInterrupt):
        train(interrupted, slug="line", out=tmp_path / "cut")
    assert (tmp_path / "cut/checkpoint/model.safetensors").exists()
    resumed = []

    def rest(run: Run) -> None:
        def count(rng: np.random.Generator) -> tuple:
            resumed.append(None)
            return draw(rng)

        run.save(run.fit(Line(), count, Line.error, steps=20, **options))

    train(rest, slug="line", out=tmp_path / "cut")
    assert len(resumed) == 13
    train(
        lambda run: script(run, **options | {"lr": 1e-3}),
        slug="line",
        out=tmp_path / "whole",
        steps=20,
    )
    assert_same(tmp_path / "cut", tmp_path / "whole")


def test_a_stage_that_is_done_is_not_trained_again(tmp_path):
    drawn = []

    def two_stages(run: Run) -> None:
        def counted(rng: np.random.Generator) -> tuple:
            drawn.append(None)
            return draw(rng)

        run.fit(Line(), counted, Line.error, steps=4, stage="first")
        if len(drawn) == 4 and not again:
            raise KeyboardInterrupt
        run.save(run.fit(Line(), counted, Line.error, steps=3, stage="second"))

    again = False
    with pytest.raises(KeyboardInterrupt):
        train(two_stages, slug="line", out=tmp_path)
    again = True
    recipe = train(two_stages, slug="line", out=tmp_path)
    assert len(drawn) == 7
    assert [stage["steps"] for stage in recipe["stages"].values()] == [4, 3]


def test_checkpoint_of_another_seed_or_broken_is_refused_and_fresh_starts_anew(tmp_path):
    def unsaved(run: Run) -> None:
        run.fit(Line(), draw, Line.error, steps=2)

    for _ in range(2):
        with pytest.raises(TrainingError, match="ended without"):
            train(unsaved, slug="line", out=tmp_path)
    with pytest.raises(TrainingError, match="--fresh"):
        train(script, slug="line", out=tmp_path, seed=1, steps=2)
    (tmp_path / "checkpoint/model.safetensors").write_bytes(b"torn")
    with pytest.raises(TrainingError, match="--fresh"):
        train(script, slug="line", out=tmp_path, steps=2)
    train(script, slug="line", out=tmp_path, steps=2, fresh=True)


def test_average_is_what_is_returned(tmp_path):
    def averaged(run: Run) -> None:
        run.save(run.fit(Line(), draw, Line.error, steps=30, lr=0.1, ema=1.0))

    train(averaged, slug="line", out=tmp_path / "average")
    train(lambda run: script(run, lr=0.1, ema=1.0), slug="line", out=tmp_path / "one", steps=1)
    # a decay of 1 keeps the average where its first update put it
    assert_same(tmp_path / "average", tmp_path / "one")


def test_time_budget_ends_a_run_and_anneals_the_learning_rate(tmp_path, monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(training.time, "monotonic", lambda: float(next(clock)))
    rates = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    recipe = train(lambda run: script(run, optimizer=Watched), slug="line", out=tmp_path, minutes=1.0)
    assert recipe["stages"]["model"]["steps"] == len(rates) == 60
    assert rates[-1] < 0.01 * max(rates)


def test_bfloat16_is_used_in_the_loss_only(tmp_path):
    seen = []

    def loss(model: Line, xy: tuple) -> torch.Tensor:
        seen.append(model.map(xy[0]).dtype)
        return model.error(xy)

    train(
        lambda run: run.save(run.fit(Line(), draw, loss, steps=1, bf16=True)),
        slug="line",
        out=tmp_path,
    )
    assert seen == [torch.bfloat16]
    assert weights(tmp_path)["map.weight"].dtype == torch.float32


def test_a_loss_that_diverges_stops_the_run_and_is_not_checkpointed(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)

    def diverge(model: Line, xy: tuple) -> torch.Tensor:
        return model.error(xy) / 0

    with pytest.raises(TrainingError, match="no longer finite at step 1"):
        train(lambda run: run.fit(Line(), draw, diverge, steps=9), slug="line", out=tmp_path)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_checkpoint_has_no_pickle_in_it(tmp_path):
    train_to_checkpoint = lambda run: run.fit(Line(), draw, Line.error, steps=2)  # noqa: E731
    with pytest.raises(TrainingError):
        train(train_to_checkpoint, slug="line", out=tmp_path)
    (checkpoint,) = (tmp_path / "checkpoint").iterdir()
    with safe_open(checkpoint, "pt") as file:
        names = set(file.keys())
        assert json.loads(file.metadata()["run"])["step"] == 2
    assert {"objective/model.map.weight", "optimizer/0/exp_avg"} <= names


def test_two_processes_share_the_work_and_one_writes(tmp_path):
    package = tmp_path / "plugins_of_test" / "line"
    package.mkdir(parents=True)
    (package / "train.py").write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from test_training import Line, draw\n"
        "def train(run):\n"
        "    run.save(run.fit(Line(), draw, Line.error, steps=200, lr=0.05))\n"
    )
    out = tmp_path / "out"
    launch = ["accelerate.commands.launch", "--multi_gpu", "--num_processes=2"]
    launch += ["--num_machines=1", "--main_process_port=0"]
    command = [sys.executable, "-m", *launch, "-m", "zoo.training"]
    paths = os.pathsep.join([str(ROOT), str(tmp_path)])
    done = subprocess.run(
        [*command, "plugins_of_test.line.train", f"--out={out}", "--minutes=1"],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    recipe = json.loads((out / "recipe.json").read_text())
    assert recipe["processes"] == 2
    assert recipe["slug"] == "line"
    model = Line.from_pretrained(out).eval()
    x, y = (torch.from_numpy(part) for part in draw(np.random.default_rng(0)))
    assert model.error((x, y)) < 0.2 * y.var()


def test_the_test_split_cannot_be_opened_while_training(tmp_path, tiny_data):
    def cheat(run: Run) -> None:
        zoo.data.load("shells", split="test")

    def honest(run: Run) -> None:
        zoo.data.load("shells")
        script(run)

    with pytest.raises(zoo.data.HeldOutError, match="held out"):
        train(cheat, slug="line", out=tmp_path, steps=2)
    recipe = train(honest, slug="line", out=tmp_path, steps=2)
    assert [(d["name"], d["split"]) for d in recipe["data"]] == [("shells", "train")]


@pytest.fixture
def tiny_data(tmp_path, monkeypatch):
    """A data set `shells` that is made on the spot, in a cache of its own."""
    from zoo.data import dataset

    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(dataset, "_registry", {})
    monkeypatch.setattr(dataset, "_import_sets", lambda: None)

    @dataset.dataset(
        "shells",
        splits={"train": 3, "test": 2},
        fields={"sizes": "float32 (n,)"},
        licence="CC0-1.0",
    )
    def shells() -> dict:
        return {"train": {"sizes": np.ones(3, "f4")}, "test": {"sizes": np.zeros(2, "f4")}}


SCRIPTS = sorted((ROOT / "plugins").glob("*/*/train.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.parent.name)
def test_every_training_script_goes_through_the_loop(path):
    """`train(run)` is the only way in, so the loader's rule holds; nothing is opened at import."""
    tree = ast.parse(path.read_text())
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    assert "train" in functions, "a training script defines train(run)"
    assert [a.arg for a in functions["train"].args.args] == ["run"]
    outside = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    calls = [call for node in outside for call in ast.walk(node) if isinstance(call, ast.Call)]
    assert not any("load" in ast.unparse(call.func) for call in calls), "data is opened in train(run)"
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "save" in attributes
    assert not {"zero_grad", "save_pretrained"} & attributes, "the loop is run.fit, the end run.save"
    for forbidden in ("gradio", "_opened", "zoo.data.store", "zoo.data.guard"):
        assert forbidden not in path.read_text()


BARE = """
import sys

class Lacking:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in LACKING else self.finder.find_spec(name, path, target)

LACKING = set(sys.argv.pop(1).split(","))
sys.meta_path[:] = map(Lacking, sys.meta_path)
from zoo import bare_machine, training
"""
"""A Python without the packages that its first argument lists."""

APP = "gradio,timm,diffusers,transformers,torchvision,sklearn,pandas,openpyxl,plotly"
"""What no training needs."""

ALL_BUT_THREE = (
    APP + ",accelerate,tqdm,huggingface_hub,pydantic,PIL,scipy,constriction,trimesh,yaml,psutil,requests"
)
"""What a machine lacks that has nothing but torch, numpy and safetensors."""


def bare(
    lacking: str, program: str, *arguments: str, path: Path = ROOT, code: int = 0
) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, "-c", BARE + program, lacking, *arguments],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{path}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.parent.name)
def test_training_code_imports_nothing_of_the_app(path):
    """What a bare GPU machine lacks is not asked for."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    bare(APP + ",accelerate,tqdm,huggingface_hub", "bare_machine.script(sys.argv[1])", module)


@pytest.mark.parametrize(
    "network",
    {network.module: network for network in shared.NETWORKS}.values(),
    ids=lambda network: network.module,
)
def test_training_of_a_shared_network_needs_what_it_says_and_nothing_more_of_the_app(network):
    """Its packages are imported where its `train` begins, so they are imported here as well."""
    lacking = {*APP.split(","), "accelerate"} - set(network.needs)
    if not network.needs:  # what diffusers itself stands on
        lacking |= {"tqdm", "huggingface_hub"}
    program = "bare_machine.script(sys.argv[1])\nfor name in sys.argv[2:]: __import__(name)"
    bare(",".join(lacking), program, network.module, *network.needs)


def test_a_method_can_be_trained_with_torch_numpy_and_safetensors_alone():
    bare(ALL_BUT_THREE, "bare_machine.script(sys.argv[1])", "plugins.optimization.imaml.train")


def test_a_bare_machine_trains_the_very_same_weights(tmp_path):
    """The loop's stand-ins change nothing: not the weights, the configuration or the curve."""
    package = tmp_path / "straight" / "line"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import gradio\n")
    (package / "train.py").write_text(
        """
import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn

class Line(nn.Module, PyTorchModelHubMixin, license="apache-2.0"):
    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        self.map = nn.Linear(width, 1, bias)

def batch(rng: np.random.Generator) -> dict:
    return {"x": rng.normal(size=(8, 3)).astype(np.float32)}

def loss(model: Line, batch: dict) -> torch.Tensor:
    x = nn.functional.dropout(batch["x"], 0.1)
    return (model.map(x)[:, 0] - x.sum(1)).square().mean()

def train(run) -> None:
    run.save(run.fit(Line(3), batch, loss, steps=30, clip=1.0, ema=0.9, bf16=True))
"""
    )
    for name, lacking in (("bare", ALL_BUT_THREE), ("whole", "nothing")):
        out = str(tmp_path / name)
        program = "training.main([sys.argv[1], '--out', sys.argv[2], '--seed', '5'])"
        bare(lacking, program, "straight.line.train", out, path=tmp_path)
    assert_same(tmp_path / "bare", tmp_path / "whole")
    one, other = ((tmp_path / name / "config.json").read_text() for name in ("bare", "whole"))
    assert json.loads(one) == json.loads(other) == {"width": 3, "bias": True}
    one, other = (json.loads((tmp_path / name / "recipe.json").read_text()) for name in ("bare", "whole"))
    assert one["stages"]["model"]["loss"] == other["stages"]["model"]["loss"]


def test_a_bare_machine_is_told_what_it_lacks():
    module = "plugins.compression.vc_inr.train"
    done = bare(ALL_BUT_THREE, "training.main(sys.argv[1:])", module, "--out", "nowhere", code=1)
    assert done.stderr == f"{module} needs scipy, which is not installed here\n"
