"""The pre-measured population: networks pruned, encoded, trained and tested.

    python -m plugins.efficiency.multipartite_ge.population --fresh  # writes population.json, half an hour of one core
    python -m plugins.efficiency.multipartite_ge.population --seeds 1 --out some.json

Without --fresh it trains what is missing and measures all graphs anew. A run that was interrupted goes on where it
stopped: every network is a line of the log beside the output.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import zoo.data
from zoo.progress import Progress

from . import data
from .features import features
from .networks import Network, apply, build, prunable
from .pruners import collapsed, prune
from .vocabulary import PRUNERS, SMALL_NETS, VIEWS, Pruner, SmallNet

SPARSITIES = (0.9, 0.95, 0.98)
SEEDS = 3
STEPS, BATCH, RATE, MOMENTUM, DECAY = 200, 64, 0.1, 0.9, 5e-4
TARGET = Path(__file__).parent / "population.json"


def pruned(
    name: SmallNet, pruner: Pruner, sparsity: float, seed: int, progress: Progress = Progress()
) -> tuple[Network, list[str]]:
    """A small network with its initial weights, pruned; and its layers that have none left."""
    network = build(name, seed)
    masks = prune(network, pruner, sparsity, *data.for_pruners(), seed, progress)
    apply(network, masks)
    return network, collapsed(masks)


@lru_cache(maxsize=2)
def samples(split: str) -> tuple[Tensor, Tensor]:
    """Pictures as the networks take them and their classes."""
    clothes = zoo.data.load("fashion-mnist", split=split)
    return data.as_input(data.shrink(clothes.images)), torch.from_numpy(np.array(clothes.labels))


def train(network: Network, seed: int, steps: int = STEPS) -> None:
    """Momentum descent with a rate that rises and falls once; removed weights stay zero."""
    x, y = samples("train")
    kept = {name: layer.weight != 0 for name, layer in prunable(network).items()}
    network.train().to(memory_format=torch.channels_last)
    descent = torch.optim.SGD(
        network.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY, nesterov=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=steps, pct_start=0.2)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = torch.from_numpy(rng.integers(len(x), size=BATCH))
        pixels = x[chosen].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(network(pixels).float(), y[chosen])
        descent.zero_grad(set_to_none=True)
        loss.backward()
        descent.step()
        schedule.step()
        apply(network, kept)


@torch.inference_mode()
def accuracy(network: Network) -> float:
    """Share of the test pictures that get their class."""
    x, y = samples("test")
    with torch.autocast("cpu", torch.bfloat16):
        said = [network.eval()(part.contiguous(memory_format=torch.channels_last)) for part in x.split(500)]
    return (torch.cat(said).argmax(1) == y).double().mean().item()


def settings(seeds: int) -> Iterator[tuple[str, str, float, int]]:
    """Network, pruner, sparsity and seed of every member; dense networks have sparsity 0 and the pruner `dense`."""
    for seed in range(seeds):
        for name in SMALL_NETS:
            yield name, "dense", 0.0, seed
        yield from ((n, p, s, seed) for n, s, p in itertools.product(SMALL_NETS, SPARSITIES, PRUNERS))


def measure(name: str, pruner: str, sparsity: float, seed: int) -> dict[str, Any]:
    """Prune, train and test one member."""
    begin = time.perf_counter()
    network, dead = (build(name, seed), []) if pruner == "dense" else pruned(name, pruner, sparsity, seed)
    train(network, seed)
    row = {"network": name, "pruner": pruner, "sparsity": sparsity, "seed": seed, "collapsed": dead}
    return row | {"accuracy": accuracy(network), "seconds": round(time.perf_counter() - begin, 2)}


def load(path: Path = TARGET) -> list[dict[str, Any]]:
    """The members; features as ``{view: {name: number}}``, None of dense networks."""
    stored = json.loads(path.read_text())
    rows = []
    for row in stored["networks"]:
        numbers = iter(row.pop("features") or ())
        views = {
            view: {name: float("nan") if (value := next(numbers)) is None else value for name in names}
            for view, names in VIEWS.items()
        } if row["pruner"] != "dense" else None  # fmt: skip
        rows.append(row | {"features": views})
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Train and test what is missing, encode all, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m plugins.efficiency.multipartite_ge.population")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument(
        "--fresh", action="store_true", help="train all anew; else accuracies that are there stay"
    )
    given = parser.parse_args(arguments)
    log = given.out.with_suffix(".log.jsonl")
    if given.fresh:
        log.unlink(missing_ok=True)
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if given.out.exists() and not given.fresh:
        rows += load(given.out)
    known = {(row["network"], row["pruner"], row["sparsity"], row["seed"]): row for row in rows}
    wanted = list(settings(given.seeds))
    todo = [member for member in wanted if member not in known]
    with log.open("a") as file:
        for number, member in enumerate(todo):
            known[member] = row = measure(*member)
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(f"{number + 1}/{len(todo)} {member} {row['accuracy']:.4f} {row['seconds']} s", flush=True)
    write(given.out, [known[member] for member in wanted])
    log.unlink()


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Measure the graphs of all members and store them, a line each, numbers to six digits."""
    lines = []
    for row in rows:
        stored = row | {"features": None, "accuracy": round(row["accuracy"], 4)}
        if row["pruner"] != "dense":
            network, _ = pruned(row["network"], row["pruner"], row["sparsity"], row["seed"])
            views = features(network.plan())
            numbers = [views[view][name] for view, names in VIEWS.items() for name in names]
            stored["features"] = [None if np.isnan(value) else float(f"{value:.6g}") for value in numbers]
        lines.append(json.dumps(stored))
    head = {
        "command": "python -m plugins.efficiency.multipartite_ge.population --fresh",
        "data": "fashion-mnist, 16 x 16 pixels, all training pictures, test accuracy",
        "training": {"steps": STEPS, "batch": BATCH, "rate": RATE, "momentum": MOMENTUM, "decay": DECAY},
        "torch": torch.__version__,
        "features": [f"{view}: {name}" for view, names in VIEWS.items() for name in names],
    }
    text = json.dumps(head, indent=1)[:-2]
    path.write_text(f'{text},\n "networks": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
