"""How the starts in `weights/imaml` were made: all arms on one stream of tasks, step by step together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

import zoo.data
from zoo.training import Run

from .accuracy import accuracy
from .model import CHARACTERS, RIVALS, SINUSOIDS, Arm, Arms, FirstStep, Rule, Tasks, surrogate
from .tasks import Characters, sinusoids


def together(rules: Mapping[Arm, Rule]) -> Callable[[nn.ModuleDict, Tasks], Tensor]:
    """The sum of the arms' losses: they share no parameter, and Adam treats each parameter on its own,
    so each arm learns as if it were alone."""

    def loss(networks: nn.ModuleDict, tasks: Tasks) -> Tensor:
        return torch.stack([surrogate(arm, rule, networks[arm], tasks) for arm, rule in rules.items()]).sum()

    return loss


def train(run: Run) -> None:
    """Bring the features to a common start, then meta-train iMAML, MAML, first-order MAML and Reptile from
    there, on the same tasks and for as many steps; iMAML and MAML a second time on other tasks, and
    Hessian-free iMAML on others again."""
    glyphs, doodles = (zoo.data.load(name, split="train") for name in ("glyphs", "quickdraw"))
    sources = Characters(glyphs.images, glyphs.labels), Characters(doodles.images, doodles.labels)

    def characters(rng: np.random.Generator, tasks: int, classes: int, queries: int) -> Tasks:
        source = sources[int(rng.random() < 0.25)]
        return source.draw(rng, tasks=tasks, classes=classes, shots=1, queries=queries, turn=True)

    def few_or_many(rng: np.random.Generator) -> Tasks:
        """Four tasks of five characters, or one of twenty: as many pictures."""
        tasks, classes = ((4, 5), (1, 20))[int(rng.random() < 0.5)]
        return characters(rng, tasks, classes, 3)

    def waves(rng: np.random.Generator) -> Tasks:
        return sinusoids(rng, tasks=25, shots=10, queries=10)

    arms = Arms(seed=run.seed)
    adam = torch.optim.Adam
    run.fit(
        FirstStep(arms.common), lambda rng: characters(rng, 1, 20, 4), FirstStep.__call__,
        steps=24000, lr=3e-3, optimizer=adam, stage="common", share=0.2,
    )  # fmt: skip
    arms.set_out()
    newton = nn.ModuleDict({"imaml_newton": arms.characters["imaml_newton"]})
    others = nn.ModuleDict({arm: start for arm, start in arms.characters.items() if arm not in newton})
    for stage, starts in (("characters", others), ("again", arms.again), ("hessian-free", newton)):
        run.fit(
            starts, few_or_many, together({arm: CHARACTERS[arm] for arm in starts}),
            steps=600, lr=3e-4, optimizer=adam, stage=stage, share=0.25,
        )  # fmt: skip
    run.fit(
        arms.sinusoids, waves, together(SINUSOIDS),
        steps=1500, lr=2e-3, optimizer=adam, stage="sinusoids", share=0.05,
    )  # fmt: skip
    valid = zoo.data.load("glyphs", split="valid")
    unseen = Characters(valid.images, valid.labels)
    run.save(arms, **measured(arms, unseen))


def measured(arms: Arms, unseen: Characters) -> dict[str, float]:
    """Accuracies on validation scripts, of the common start too, with the inner steps of training (for
    first-order MAML and Reptile those of MAML)."""
    starts = {arm: (start, arm) for arm, start in arms.characters.items()}
    starts |= {f"{arm}_again": (start, arm) for arm, start in arms.again.items()}
    starts |= {f"common_as_{arm}": (arms.common, arm) for arm in RIVALS}
    rules = {arm: CHARACTERS[arm] for arm in ("imaml", "imaml_newton")}
    return {
        f"{name}_valid_{classes}way_1shot": float(
            np.mean([*accuracy(start, arm, rules.get(arm, CHARACTERS["maml"]), unseen, classes, 1, tasks)])
        )
        for name, (start, arm) in starts.items()
        for classes, tasks in ((5, 100), (20, 40))
    }
