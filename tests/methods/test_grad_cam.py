"""Grad-CAM's page; the maps themselves are in test_block_saliency, the scenes in test_block_two_objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import zoo
from plugins.interpretability.grad_cam import GradCam, actions
from zoo.blocks import scene_pool
from zoo.blocks.hooks import watch
from zoo.blocks.small_resnet import LAYERS, both_right, seen, small_resnet
from zoo.blocks.two_objects import scenes
from zoo.errors import InputError
from zoo.types import Drawing, Image


@pytest.fixture(scope="module")
def method() -> GradCam:
    return zoo.load("grad-cam")


def test_the_network_has_four_maps_and_its_size() -> None:
    net = small_resnet()
    assert sum(p.numel() for p in net.parameters()) == 152_026
    maps = watch(net, torch.zeros(1, 3, 64, 64), LAYERS, torch.zeros(1, dtype=torch.long)).maps
    assert [tuple(maps[name].shape[1:]) for name in LAYERS] == [
        (16, 32, 32),
        (32, 16, 16),
        (64, 8, 8),
        (64, 8, 8),
    ]


def test_the_networks_name_what_is_in_the_pages_scenes(method: GradCam) -> None:
    shown = scenes(scene_pool.pool(), 30, 900)
    for training in range(3):
        assert both_right(method.network(training), shown).mean() > 0.7


def test_a_scene_is_seen_from_left_to_right_and_follows_from_its_seed() -> None:
    for seed in range(5):
        shown = scene_pool.scene(seed)
        assert shown.boxes[0, 0, 1] <= shown.boxes[0, 1, 1]
        np.testing.assert_array_equal(shown.images, scene_pool.scene(seed).images)


def test_both_questions_are_of_one_scene(method: GradCam) -> None:
    left, right = (method.point(seed=2, about=f"the {side} digit") for side in ("left", "right"))
    labels = scene_pool.scene(2).labels[0]
    assert f"about the {labels[0]}" in left.summary
    assert f"about the {labels[1]}" in right.summary


def test_norm_grad_of_the_last_layer_does_not_know_the_class(method: GradCam) -> None:
    """The layer is averaged and read linearly, so that its gradients are the same at every place."""
    shown = scene_pool.scene(3)
    net = method.network(0)
    one, other = (
        actions.mapped(net, shown, shown_class, "layer4") for shown_class in torch.from_numpy(shown.labels).T
    )
    assert actions.likeness(one["NormGrad"], other["NormGrad"]) > 0.999
    assert actions.likeness(one["Grad-CAM"], other["Grad-CAM"]) < 0.9
    np.testing.assert_allclose(one["Smooth Grad-CAM++"], one["Grad-CAM++"], atol=1e-4)


def test_a_drawing_is_named_by_the_network_and_a_photo_lies_behind(method: GradCam) -> None:
    ink = np.zeros((100, 80), np.float32)
    ink[20:80, 36:46] = 1
    shown = scene_pool.scene(5, Drawing(ink), Image(np.full((90, 70, 3), 200, np.uint8)))
    assert scene_pool.UNKNOWN in shown.labels
    assert (shown.images[0][~shown.masks[0].any(0)] == 200).mean() > 0.8
    result = method.point(seed=5, drawing=Drawing(ink))
    assert "your drawing being taken for a" in result.summary


def test_a_scrambled_network_is_compared_with_the_trained_one(method: GradCam) -> None:
    rows = {name: value for name, value, _ in method.point(seed=1, scramble="everything").metrics.rows}
    assert rows["like the trained network's map | guided backprop"] < 0.9
    assert rows["points at | Grad-CAM"] == "nothing, for its map is empty"
    assert "like the trained network's map | Grad-CAM" not in rows
    same = method.network(0)
    assert torch.equal(
        same(seen(scene_pool.scene(1).images)), method.network(0)(seen(scene_pool.scene(1).images))
    )


@pytest.mark.parametrize(
    ("ink", "message"), [(np.zeros((50, 50)), "nothing is drawn"), (np.eye(500) * 1.0, "too faint")]
)
def test_what_cannot_be_seen_is_said(method: GradCam, ink: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        method.point(drawing=Drawing(ink.astype(np.float32)))
