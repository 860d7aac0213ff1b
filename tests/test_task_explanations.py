"""Explanations: whoever knows where the digits are wins, and whoever guesses does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from zoo.blocks.two_objects import Pieces, Scenes, scenes
from zoo.claim import Outcome
from zoo.evidence.tasks import explanations as task

THINGS = np.zeros((4, 28, 28), np.uint8)
THINGS[:, 6:22, 8:20] = 255
SHOWN = scenes(Pieces(THINGS, np.arange(4), [np.full((100, 100, 3), 60, np.uint8)]), 6, 0)


class Bright(nn.Module):
    """Sees every class in whatever is not grey."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = (images - images.median()).abs().mean((1, 2, 3))
        return (20 * seen - 2)[:, None].expand(-1, 10)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Scenes:
    monkeypatch.setattr(task, "work", lambda training, count: task.Work(Bright(), SHOWN))
    return SHOWN


def test_the_masks_themselves_are_the_best_maps(known: Scenes) -> None:
    judge = task.Explanations().judge
    own, other = (judge(0, Outcome(masks.astype(float))) for masks in (known.masks, known.masks[:, ::-1]))
    assert (own["right"], own["wrong"]) == (100, 0)
    assert (other["right"], other["wrong"]) == (0, 100)
    noise, middle = (judge(0, Outcome(task.guess(name, 6))) for name in ("noise", "the middle"))
    assert noise["right"] < 50
    assert middle["wrong"] == 0
    assert (own["net"], other["net"]) == (100, -100)
    assert abs(middle["net"]) < 10
    assert own["deletion"] < noise["deletion"] - 1


def test_occlusion_finds_what_the_network_sees(known: Scenes) -> None:
    maps = task._occlusion(0, 6).made
    assert maps.shape == (6, 2, 64, 64)
    inside = known.masks.any(1)
    for picture, mask in zip(maps[:, 0], inside, strict=True):
        assert picture[mask].mean() > picture[~mask].mean()


def test_methods_get_the_layer_that_points_best() -> None:
    hit, miss = np.ones((2, 2), bool), np.zeros((2, 2), bool)

    def at(right: np.ndarray) -> dict[float, task.Pointed]:
        return {task.TOLERANCE: task.Pointed(right, miss)}

    given = {("a", "layer1"): at(miss), ("a", "layer2"): at(hit), ("b", ""): at(miss)}
    assert task.best_layers(given) == {"a": "layer2", "b": ""}
