"""The spatial transformer: grid and sampler against scipy, gradients, the start, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

import zoo
from plugins.vision.stn import Stn, claims, data, model
from zoo.errors import InputError
from zoo.types import Drawing, Image

STILL = torch.eye(2, 3)[None]


def noise(*shape: int, seed: int = 0, kind: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=kind)


def test_the_identity_returns_the_picture_and_a_quarter_turn_is_that_of_torch() -> None:
    picture = noise(1, 1, 42, 42).double()
    quarter = torch.tensor([[[0.0, -1, 0], [1, 0, 0]]]).double()
    for theta, wanted in ((STILL.double(), picture), (quarter, torch.rot90(picture, 1, (2, 3)))):
        torch.testing.assert_close(model.sampled(picture, model.grid(theta, 42)), wanted, atol=1e-12, rtol=0)


def test_grid_and_sampler_are_those_of_scipy() -> None:
    """Also beyond the edges, where pictures are black; the grid is written out by hand."""
    picture = noise(1, 1, 42, 42).double()
    theta = (STILL + 0.7 * (noise(5, 2, 3, seed=1) - 0.5)).double()
    middles = (2 * np.arange(28) + 1) / 28 - 1
    x, y = np.meshgrid(middles, middles)
    for map_, read in zip(
        theta, model.sampled(picture.expand(5, -1, -1, -1), model.grid(theta)), strict=True
    ):
        across, down = np.einsum("ij,jhw->ihw", map_.numpy(), np.stack([x, y, np.ones_like(x)]))
        at = [((places + 1) * 42 - 1) / 2 for places in (down, across)]
        padded = np.pad(picture[0, 0].numpy(), 1)  # half a pixel beyond an edge ink fades to black
        wanted = map_coordinates(padded, [each + 1 for each in at], order=1, mode="constant")
        np.testing.assert_allclose(read[0], wanted, atol=1e-5)


def test_the_classs_gradient_reaches_theta_and_is_that_of_differences() -> None:
    picture, theta = noise(1, 1, 9, 9, kind=torch.float64), STILL.double() * 0.83 + 0.031
    picture.requires_grad_(True)
    theta.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda p, t: model.sampled(p, model.grid(t, 6)), (picture, theta))


def test_it_starts_at_the_identity_and_black_stays_black() -> None:
    look = model.Transformer()
    torch.testing.assert_close(look.theta(noise(3, 1, 42, 42)), STILL.expand(3, -1, -1))
    outside = model.sampled(torch.ones(1, 1, 42, 42), model.grid(STILL + torch.tensor([0, 0, 3.0])))
    assert not outside.any()


def test_contestants_are_of_one_size() -> None:
    sizes = [sum(each.numel() for each in build().parameters()) for build in model.BUILT.values()]
    assert min(sizes) == 23_670
    assert max(sizes) == 24_104


def test_controls_keep_their_theta_while_ours_moves() -> None:
    how = data.RTS
    pictures = noise(2, 1, 42, 42)
    for name, moves in ((model.OURS, True), (model.STILL, False), (model.CHANCE, False)):
        net = model.BUILT[name]()
        before = net.look.theta(pictures).detach().clone()
        losses = list(model.trained(net, lambda rng: data.drawn(rng, data.shipped(), 8, how), 3, 4e-3, 0))
        assert len(losses) == 3
        assert bool((net.look.theta(pictures) - before).abs().max() > 1e-5) == moves


def test_moments_undo_turn_size_and_place() -> None:
    """An upright bar, however it is laid, is read as the same picture."""
    ink = torch.zeros(1, 28, 28)
    ink[0, 5:23, 12:16] = 1
    look, zero = model.Moments(), np.zeros(1)
    wanted = look(data.placed(ink, zero, zero + 1, zero, zero))
    moved = data.placed(ink, zero + 30, zero + 0.85, zero + 0.2, zero - 0.3)
    assert float((look(moved) - wanted).abs().mean()) < 0.02
    theta = look.theta(moved)[0]
    assert float(torch.rad2deg(torch.atan2(theta[1, 0], theta[0, 0]))) == pytest.approx(30, abs=1)
    np.testing.assert_allclose(theta[:, 2], [0.2, -0.3], atol=0.01)


def test_distortions_keep_the_digit_on_the_ground_and_follow_from_their_seed() -> None:
    known = data.shipped()
    for how in claims.KINDS.values():
        one, other = (data.drawn(np.random.default_rng(3), known, 40, how) for _ in range(2))
        torch.testing.assert_close(one, other)
        assert one[0].shape == (40, 1, 42, 42)
    pictures, labels = data.drawn(np.random.default_rng(0), known, 200, data.RTS)
    edge = torch.cat([pictures[..., 0, :], pictures[..., -1, :], pictures[..., 0], pictures[..., -1]])
    assert float(edge.mean()) < 1e-3
    assert np.bincount(labels).min() > 5


@pytest.mark.parametrize("side", [28, 700])
@pytest.mark.parametrize("light", [True, False])
def test_a_drawing_is_found_wherever_and_however_large_it_lies(side: int, light: bool) -> None:
    ink = np.full((side, side), 0.05, np.float32)
    low, high = round(0.6 * side), round(0.9 * side)
    ink[low:high, round(0.7 * side) : round(0.75 * side) + 1] = 0.9
    digit, size, across, down = data.digit_in(Drawing._from_picture(Image.of(ink if light else 1 - ink)))
    assert size == pytest.approx(0.7, abs=0.02)  # as small as digits of the training are at least
    assert (across, down) == (pytest.approx(0.45, abs=0.06), pytest.approx(0.5, abs=0.06))
    assert 30 < digit.sum() < 120


def test_nothing_drawn_is_told() -> None:
    for ink in (np.zeros((200, 200)), np.full((50, 90), 0.4)):
        with pytest.raises(InputError, match="nothing is drawn"):
            zoo.load("stn").follow(drawing=Drawing(ink.astype(np.float32)))


def test_the_box_finds_the_digit_and_the_replay_begins_with_the_whole_picture() -> None:
    method = zoo.load("stn")
    assert isinstance(method, Stn)
    result = method.follow(digit="4", turn=40.0, across=0.4, down=-0.35, size=0.8)
    rows = {name: value for name, value, _ in result.metrics.rows}
    assert rows["says | the transformer"] == "4"
    assert rows["the box is as wide as"] < 85
    assert rows["middle of the box, across"] == pytest.approx(0.4, abs=0.15)
    assert rows["middle of the box, down"] == pytest.approx(-0.35, abs=0.15)
    slider = result.replay.plot.layout.sliders[0]
    assert [step.label for step in slider.steps] == [str(after) for after in model.AFTER]


def test_training_live_shows_both() -> None:
    result = zoo.load("stn").learn(steps=5, turn=0.0, size="all alike", anywhere=False)
    assert "the CNN without one" in result.summary
    assert result.replay.plot.layout.sliders[0].steps[-1].label == "5"
