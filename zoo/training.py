"""The training loop that every method shares, on `accelerate`.

A method's `train.py` is one function. It opens its data, builds its model, says how a batch is
drawn and what is minimised, and saves:

    def train(run: Run) -> None:
        photos = zoo.data.load("cifar10").images
        model = Autoencoder(width=64)

        def batch(rng: np.random.Generator) -> np.ndarray:
            return photos[rng.integers(len(photos), size=256)]

        def loss(model: Autoencoder, images: Tensor) -> Tensor:
            return model.error(images / 255)

        model = run.fit(model, batch, loss, steps=20_000, lr=2e-3, ema=0.999, bf16=True)
        run.save(model)

`zoo train SLUG` runs it. So does `python -m zoo.training plugins.family.slug.train` on a GPU
machine that has only torch, numpy and safetensors (`zoo.bare_machine`); a method may need what its
own `train.py` imports, such as Pillow (no app, no timm, no pandas: a test holds that).
`accelerate launch --multi_gpu --num_processes 2 -m zoo.training plugins.family.slug.train` runs
it on several processes, also where there is no GPU (each draws batches of its own). A run that was
interrupted goes on from its last checkpoint, exactly: the batch and all noise of a step depend on
nothing but seed, stage, process and step.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import os
import platform
import re
import shutil
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file, save_model
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from zoo import bare_machine, data, paths
from zoo.errors import ZooError
from zoo.evidence import state
from zoo.evidence.origin import commit

try:
    from accelerate import Accelerator
    from accelerate.utils import broadcast, send_to_device
    from tqdm.auto import tqdm
except ModuleNotFoundError:
    from zoo.bare_machine import Accelerator, broadcast, send_to_device, tqdm  # type: ignore[assignment]

CHECKPOINT_SECONDS = 60.0
CURVE_POINTS = 50

Batch = Callable[[np.random.Generator], Any]
"""Draws one batch: arrays or tensors, also in tuples, lists or dicts."""

Loss = Callable[[Any, Any], Tensor]
"""(model, batch on the model's device) -> what is minimised, a scalar."""


class TrainingError(ZooError, RuntimeError):
    """A run that cannot go on; the message says why in one sentence."""


_NO_CONFIG = (
    "{} would lose its configuration: derive the network that run.save gets from nn.Module and"
    " huggingface_hub.PyTorchModelHubMixin"
)


def cosine(progress: float) -> float:
    """Learning-rate factor: up over the first twentieth, then half a cosine to 0."""
    return min(1.0, progress / 0.05 + 1e-3) * 0.5 * (1 + math.cos(math.pi * progress))


def constant(progress: float) -> float:
    """Learning-rate factor 1 throughout."""
    return 1.0


class Run:
    """One training run, given to a script's `train(run)`; `train` below makes it.

    Attributes:
        slug: the method being trained.
        out: the folder that will hold `model.safetensors`, `config.json` and `recipe.json`.
        seed: what all randomness follows from.
        steps: replaces the number of steps that a script asks for, where given.
        minutes: a budget of time, where given; whichever of steps and minutes ends first counts.
        code: the fingerprint of the code that trains, see `zoo.evidence.state`.
        home: the folder of the method's code, where it is known.
    """

    def __init__(
        self,
        slug: str,
        out: Path,
        opened: Mapping[tuple[str, str], Any],
        seed: int = 0,
        steps: int | None = None,
        minutes: float | None = None,
    ) -> None:
        self.slug, self.out, self.seed = slug, Path(out), seed
        self.steps, self.minutes = steps, minutes
        self.recipe: dict[str, Any] | None = None
        self.code = ""
        self.home: Path | None = None
        self._opened = opened
        # without this, two processes on a machine without a GPU do not find each other
        self._accelerator = Accelerator(cpu=not torch.accelerator.is_available())
        self._stages: dict[str, dict[str, Any]] = {}

    @property
    def device(self) -> torch.device:
        """Where the model is trained."""
        return self._accelerator.device

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints, gone once the run has saved its result."""
        return self.out / "checkpoint"

    def fit(
        self,
        model: nn.Module,
        batch: Batch,
        loss: Loss,
        *,
        steps: int,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
        schedule: Callable[[float], float] = cosine,
        clip: float | None = None,
        ema: float | None = None,
        bf16: bool = False,
        workers: int = 0,
        share: float = 1.0,
        stage: str = "model",
    ) -> nn.Module:
        """Minimise a loss, from the stage's last checkpoint where there is one.

        Args:
            model: what is trained; parameters of `loss`, if it is a module, are trained with it.
            batch: draws the batch of one process for one step from the generator it is given.
            loss: of the model and a batch; a scalar. It may call any method of the model.
            steps: updates, unless the run was given its own number.
            lr: peak learning rate.
            optimizer: from parameters and `lr`.
            schedule: part of the run that is over, 0 to 1 -> factor on the learning rate.
            clip: largest norm of the gradient.
            ema: decay of the moving average of the weights, which is then what is returned.
            bf16: whether matrix products run in bfloat16.
            workers: processes that draw batches ahead.
            share: this stage's part of a budget of minutes.
            stage: the name of this call, where a run makes several.

        Returns:
            The trained model in evaluation mode, on the run's device.

        Raises:
            TrainingError: the loss is not finite, or the checkpoint is of another run.
        """
        seconds = math.inf if self.minutes is None else 60 * self.minutes * share
        settings = _Settings(self.steps or steps, seconds, lr, optimizer, schedule, clip, ema, bf16)
        trained = _Stage(self, stage, model, loss, settings)
        trained.train(batch, workers)
        self._stages[stage] = trained.record()
        self._accelerator.wait_for_everyone()
        if trained.average is not None:
            model.load_state_dict(trained.average.module.state_dict())
        return model.eval()

    def save(self, model: nn.Module, **measured: Any) -> None:
        """Write `model.safetensors`, `config.json` and `recipe.json`, and drop the checkpoints.

        Args:
            model: a `PyTorchModelHubMixin`, whose arguments become the configuration, so that
                `type(model).from_pretrained(out)` reads it back.
            measured: numbers worth keeping beside the recipe.

        Raises:
            TrainingError: the model does not know its arguments.
        """
        config = getattr(model, "_hub_mixin_config", None)
        if config is None:
            raise TrainingError(_NO_CONFIG.format(type(model).__name__))
        self.recipe = {
            "slug": self.slug,
            "data": [
                {"name": name, "split": split, "fingerprint": opened.fingerprint}
                for (name, split), opened in sorted(self._opened.items())
            ],
            "seed": self.seed,
            "stages": self._stages,
            "seconds": round(sum(stage["seconds"] for stage in self._stages.values()), 1),
            "device": _device_name(self.device),
            "processes": self._accelerator.num_processes,
            "torch": torch.__version__,
            "commit": commit(self.home) or None,
            "code": self.code,
            "date": datetime.now(UTC).date().isoformat(),
            "measured": measured,
        }
        if self._accelerator.is_main_process:
            self.out.mkdir(parents=True, exist_ok=True)
            save_model(model, str(self.out / "model.safetensors"))
            _write_json(self.out / "config.json", config)
            # safetensors writes a file that only its owner may read
            (self.out / "model.safetensors").chmod((self.out / "config.json").stat().st_mode & 0o777)
            _write_json(self.out / "recipe.json", self.recipe)
            shutil.rmtree(self.checkpoints, ignore_errors=True)
        self._accelerator.wait_for_everyone()

    def _entropy(self, stage: str, *step: int) -> list[int]:
        """What the randomness of a stage, or of one step of it, follows from on this process."""
        return [self.seed, zlib.crc32(stage.encode()), self._accelerator.process_index, *step]

    def _agreed(self, fraction: float) -> float:
        """The main process's view, so that all processes stop at the same step."""
        if self.minutes is None or self._accelerator.num_processes == 1:
            return fraction
        return broadcast(torch.tensor([fraction], device=self.device)).item()

    def _finite(self, recent: deque[Tensor], step: int) -> float:
        mean = torch.stack(list(recent)).float().mean().item()
        if not math.isfinite(mean):
            raise TrainingError(f"the loss of {self.slug} was no longer finite at step {step}")
        return mean


@dataclass(frozen=True)
class _Settings:
    """How a stage is trained, see `Run.fit`; `seconds` is its budget, infinite where there is none."""

    steps: int
    seconds: float
    lr: float
    optimizer: Callable[..., torch.optim.Optimizer]
    schedule: Callable[[float], float]
    clip: float | None
    ema: float | None
    bf16: bool


class _Stage:
    """One call of `Run.fit`: what it trains, and how far it is."""

    def __init__(self, run: Run, name: str, model: nn.Module, loss: Loss, settings: _Settings) -> None:
        self.run, self.name, self.model, self.settings = run, name, model, settings
        self.objective = _Objective(model, loss, settings.bf16).to(run.device)
        self.average = None
        if settings.ema is not None:
            mean = get_ema_multi_avg_fn(settings.ema)
            self.average = AveragedModel(model, multi_avg_fn=mean, use_buffers=True)
        trained = [p for p in self.objective.parameters() if p.requires_grad]
        self.descent = settings.optimizer(trained, lr=settings.lr)
        self.checkpoint = _Checkpoint(
            run.checkpoints / f"{name}.safetensors", run.seed, self.objective, self.descent, self.average
        )
        past = self.checkpoint.load()
        self.step, self.seconds, self.curve = past["step"], past["seconds"], past["curve"]
        self.wrapped = run._accelerator.prepare(self.objective)
        self.recent: deque[Tensor] = deque(maxlen=50)
        self.fraction = self._over()

    def train(self, batch: Batch, workers: int) -> None:
        """Update until the steps or the seconds are over, with a bar, a curve and checkpoints."""
        loader = DataLoader(
            _Batches(batch, self.run._entropy(self.name)),
            batch_size=None,
            sampler=range(self.step, self.settings.steps),
            num_workers=workers,
        )
        main = self.run._accelerator.is_main_process
        resumed = saved = shown = time.monotonic()
        before = self.seconds
        self.objective.train()
        with tqdm(
            total=1.0,
            initial=min(self.fraction, 1.0),
            desc=f"{self.run.slug} {self.name}",
            bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}{postfix}",
            disable=not main,
        ) as bar:
            for values in iter(loader) if self.fraction < 1 else ():
                self._update(values)
                now = time.monotonic()
                self.seconds = before + now - resumed
                self.fraction = self._over()
                due = self.fraction >= 1 or now - saved > CHECKPOINT_SECONDS
                mark = self.fraction * CURVE_POINTS >= len(self.curve)
                if due or mark or now - shown > 0.5:
                    shown, mean = now, self.run._finite(self.recent, self.step)
                    bar.set_postfix_str(f"step {self.step}, loss {mean:.4g}")
                    bar.update(min(self.fraction, 1.0) - bar.n)
                    if mark:
                        self.curve.append([self.step, float(f"{mean:.5g}")])
                if due:
                    saved = now
                    if main:
                        self.checkpoint.save(self.step, self.seconds, self.curve)
                if self.fraction >= 1:
                    break

    def record(self) -> dict[str, Any]:
        """The stage as a recipe tells it."""
        settings = self.settings
        return {
            "steps": self.step,
            "seconds": round(self.seconds, 1),
            "loss": self.curve[-1][1] if self.curve else None,
            "curve": self.curve,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "optimizer": type(self.descent).__name__,
            "lr": settings.lr,
            "schedule": getattr(settings.schedule, "__name__", type(settings.schedule).__name__),
            "clip": settings.clip,
            "ema": settings.ema,
            "bf16": settings.bf16,
        }

    def _update(self, values: Any) -> None:
        """One step of the optimiser on a batch, and of the average."""
        settings, accelerator = self.settings, self.run._accelerator
        torch.manual_seed(_torch_seed(self.run._entropy(self.name, self.step)))
        for group in self.descent.param_groups:
            group["lr"] = settings.lr * settings.schedule(self.fraction)
        self.descent.zero_grad(set_to_none=True)
        value = self.wrapped(send_to_device(values, self.run.device))
        accelerator.backward(value)
        if settings.clip is not None:
            accelerator.clip_grad_norm_(self.objective.parameters(), settings.clip)
        self.descent.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        self.recent.append(value.detach())
        self.step += 1

    def _over(self) -> float:
        """The part of the stage that is over, by steps or by time, as all processes see it."""
        return self.run._agreed(max(self.step / self.settings.steps, self.seconds / self.settings.seconds))


class _Objective(nn.Module):
    """Model and loss as one module, so that whatever the loss calls runs under DDP and autocast."""

    def __init__(self, model: nn.Module, loss: Loss, bf16: bool) -> None:
        super().__init__()
        self.model, self.loss, self.bf16 = model, loss, bf16

    def forward(self, batch: Any) -> Tensor:
        device = next(self.parameters()).device.type
        with torch.autocast(device, torch.bfloat16, enabled=self.bf16):
            return self.loss(self.model, batch)


class _Batches(Dataset):
    """The batch of every step, each from a generator of its own."""

    def __init__(self, batch: Batch, entropy: list[int]) -> None:
        self.batch, self.entropy = batch, entropy

    def __getitem__(self, step: int) -> Any:
        return self.batch(np.random.default_rng([*self.entropy, step]))


class _Checkpoint:
    """One safetensors file: weights, optimiser state and average, with the rest as its metadata."""

    def __init__(
        self,
        path: Path,
        seed: int,
        objective: nn.Module,
        descent: torch.optim.Optimizer,
        average: nn.Module | None,
    ) -> None:
        self.path, self.seed, self.descent = path, seed, descent
        self.modules = {"objective": objective} | ({"average": average} if average else {})

    def save(self, step: int, seconds: float, curve: list[list[float]]) -> None:
        """Write atomically, so that an interruption leaves the previous checkpoint whole."""
        optimiser = self.descent.state_dict()
        tensors = {
            f"{part}/{name}": value
            for part, module in self.modules.items()
            for name, value in module.state_dict().items()
        }
        scalars: dict[str, dict[str, Any]] = {}
        for index, entries in optimiser["state"].items():
            for name, value in entries.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer/{index}/{name}"] = value
                else:
                    scalars.setdefault(str(index), {})[name] = value
        text = {
            "seed": self.seed,
            "step": step,
            "seconds": seconds,
            "curve": curve,
            "scalars": scalars,
            "groups": optimiser["param_groups"],
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        # tied weights share memory, which the format refuses: each gets a copy
        copies = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
        save_file(copies, part, metadata={"run": json.dumps(text)})
        os.replace(part, self.path)

    def load(self) -> dict[str, Any]:
        """Restore everything in place; step 0 where there is no checkpoint.

        Raises:
            TrainingError: the file is broken, or of another model or seed.
        """
        if not self.path.exists():
            return {"step": 0, "seconds": 0.0, "curve": []}
        try:
            with safe_open(self.path, "pt") as file:
                run = json.loads(file.metadata()["run"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if run["seed"] != self.seed:
                raise ValueError("another seed")
            for part, module in self.modules.items():
                prefix = f"{part}/"
                module.load_state_dict(
                    {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
                )
            moments: dict[int, dict[str, Any]] = {int(k): dict(v) for k, v in run["scalars"].items()}
            for name, value in tensors.items():
                if name.startswith("optimizer/"):
                    _, index, entry = name.split("/", 2)
                    moments.setdefault(int(index), {})[entry] = value
            self.descent.load_state_dict({"state": moments, "param_groups": run["groups"]})
        except (SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                "the checkpoint is broken or of another model or seed: start afresh with --fresh"
            ) from error
        return run


def train(
    script: Callable[[Run], None],
    *,
    slug: str,
    out: Path | str,
    seed: int = 0,
    steps: int | None = None,
    minutes: float | None = None,
    fresh: bool = False,
) -> dict[str, Any]:
    """Run a training script to its end, on training splits only.

    Args:
        script: a plugin's `train` function.
        slug: the method.
        out: the folder for weights, configuration and recipe.
        seed: what all randomness follows from.
        steps: instead of the script's own number of steps.
        minutes: at most so long.
        fresh: whether to forget the checkpoint of an interrupted run.

    Returns:
        The recipe, as written to `recipe.json`.

    Raises:
        TrainingError: the script knows no model that could be saved, cannot go on, or ended without saving.
        zoo.data.HeldOutError: the script opened a held-out split.
    """
    if not any(map(_is_savable, _in_sight(script))):
        raise TrainingError(_NO_CONFIG.format(f"what the training script of {slug} trains"))
    devices = range(torch.cuda.device_count())
    with data.training() as opened, torch.random.fork_rng(devices):
        run = Run(slug, Path(out), opened, seed, steps, minutes)
        if fresh:
            if run._accelerator.is_main_process:
                shutil.rmtree(run.checkpoints, ignore_errors=True)
            run._accelerator.wait_for_everyone()
        torch.manual_seed(seed)
        home = Path(inspect.getfile(script))
        run.home = home.parent
        run.code = state.of_code(home.parent if (home.parent / "__init__.py").is_file() else home)
        script(run)
    if run.recipe is None:
        raise TrainingError(f"the training script of {slug} ended without run.save(model)")
    return run.recipe


def _in_sight(script: Callable[[Run], None]) -> Iterator[Any]:
    """What a script can name: the names of its module, and those of the modules among them."""
    names = vars(sys.modules[script.__module__]).values()
    yield from names
    for module in names:
        if inspect.ismodule(module):
            yield from vars(module).values()


def _is_savable(value: Any) -> bool:
    """Whether a class of networks remembers its arguments, by whichever `PyTorchModelHubMixin` is there."""
    return (
        inspect.isclass(value)
        and issubclass(value, nn.Module)
        and any(base.__name__ == "PyTorchModelHubMixin" for base in value.__mro__)
    )


def _torch_seed(entropy: list[int]) -> int:
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0])


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {torch.get_num_threads()} threads"


def _write_json(path: Path, value: Any) -> None:
    """Indented, but with the pairs of a curve on a line each: they are most of a recipe."""
    text = json.dumps(value, indent=2, sort_keys=True)
    text = re.sub(r"\[\n\s+([^\s,\[\]{}]+),\n\s+([^\s,\[\]{}]+)\n\s+\]", r"[\1, \2]", text)
    paths.write_whole(path, text + "\n")


def main(arguments: list[str] | None = None) -> None:
    """What `zoo train` does, on a machine with little installed."""
    parser = argparse.ArgumentParser(prog="python -m zoo.training", description=main.__doc__)
    parser.add_argument("module", help="such as plugins.compression.finola.train")
    parser.add_argument("--out", type=Path, help="default: weights/<slug>")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--fresh", action="store_true", help="forget an interrupted run")
    given = vars(parser.parse_args(arguments))
    module = given.pop("module")
    slug = module.split(".")[-2].replace("_", "-")
    out = given.pop("out") or Path("weights") / slug
    try:
        train(bare_machine.script(module), slug=slug, out=out, **given)
        print(f"weights, config.json and recipe.json are in {out}", file=sys.stderr)
    except ZooError as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        sys.exit(f"{module} needs {error.name}, which is not installed here")


if __name__ == "__main__":
    main()
