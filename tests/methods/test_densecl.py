"""The mathematics of DenseCL: its loss written out, what moves and what does not, and what the page does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from plugins.selfsupervised.densecl import actions, model, places, train
from plugins.selfsupervised.densecl.networks import Networks
from zoo.errors import InputError
from zoo.types import Drawing, Image, Spot, Video


class Tiny(nn.Module):
    """Features of an eighth of the resolution by a single convolution."""

    channels = 6

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Conv2d(3, 6, 8, 8)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        return self.map(views).relu()


def arm(**settings: object) -> model.Contrast:
    torch.manual_seed(0)
    return model.Contrast(Tiny(), queue=8, hidden=10, size=5, **settings)


def views(seed: int, count: int = 4, side: int = 24) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_features_have_an_eighth_of_the_resolution() -> None:
    encoder = model.Encoder()
    assert encoder(torch.zeros(2, 3, 48, 64)).shape == (2, 80, 6, 8)
    assert sum(p.numel() for p in encoder.parameters()) < 200_000


def test_correspondence_is_the_largest_cosine_place_by_place() -> None:
    """Written out; `select_most_similar` of lightly 1.6 picks the same places."""
    ours, theirs = torch.randn(2, 3, 6, 4, 4, generator=torch.Generator().manual_seed(0))
    chosen = model.correspondence(ours, theirs)
    for picture in range(3):
        for place in range(16):
            own = ours[picture].flatten(1)[:, place]
            cosines = F.cosine_similarity(own[:, None], theirs[picture].flatten(1), dim=0)
            assert chosen[picture, place] == cosines.argmax()


def test_loss_is_the_papers_written_out() -> None:
    """Every position and every queue by loops, from the equations."""
    contrast, first, second = arm(share=0.3), views(1), views(2)
    globally, densely = contrast.queue.keys.double().numpy(), contrast.dense_queue.keys.double().numpy()
    with torch.no_grad():
        ours, theirs = contrast.encoder(first), contrast.encoder(second)
        q, k = (contrast.heads.pooled(each).double().numpy() for each in (ours, theirs))
        (r, _), (t, pooled) = (contrast.heads.places(each) for each in (ours, theirs))
    r, t = r.double().numpy(), t.double().numpy()
    chosen = model.correspondence(ours, theirs).numpy()

    def nce(query: np.ndarray, key: np.ndarray, negatives: np.ndarray) -> float:
        return float(
            -query @ key / 0.2 + np.log(np.exp(query @ key / 0.2) + np.exp(negatives @ query / 0.2).sum())
        )

    whole = np.mean([nce(q[n], k[n], globally) for n in range(4)])
    dense = np.mean([nce(r[n, i], t[n, chosen[n, i]], densely) for n in range(4) for i in range(9)])
    assert contrast.loss(first, second).item() == pytest.approx(0.7 * whole + 0.3 * dense, abs=1e-5)
    torch.testing.assert_close(contrast.dense_queue.keys[:4], pooled)


def test_without_its_dense_share_it_is_moco_and_computes_no_dense_term() -> None:
    plain, first, second = arm(share=0.0), views(1), views(2)
    before = plain.dense_queue.keys.clone()
    plain.loss(first, second).backward()
    assert torch.equal(plain.dense_queue.keys, before)
    assert all(p.grad is None for p in plain.heads.dense.parameters())
    assert all(p.grad is not None for p in plain.heads.whole.parameters())


def test_no_gradient_reaches_what_follows_and_it_follows() -> None:
    contrast = arm(momentum=0.9)
    start = [p.clone() for p in contrast.slow_encoder.parameters()]
    with torch.no_grad():
        for parameter in contrast.encoder.parameters():
            parameter.add_(1.0)
    contrast.loss(views(1), views(2)).backward()
    assert all(
        p.grad is None for p in (*contrast.slow_encoder.parameters(), *contrast.slow_heads.parameters())
    )
    for before, after in zip(start, contrast.slow_encoder.parameters(), strict=True):
        torch.testing.assert_close(after, before + 0.1)


def test_random_matches_are_places_and_differ_from_similar_ones() -> None:
    contrast, ours = arm(matching="random"), torch.randn(2, 6, 5, 5)
    chosen = contrast.matched(ours, ours)
    assert chosen.shape == (2, 25)
    assert chosen.max() < 25
    assert (model.correspondence(ours, ours) == torch.arange(25)).all(), (
        "a view is most like itself, place by place"
    )
    assert (chosen == torch.arange(25)).float().mean() < 0.5


def test_arms_begin_alike_and_share_no_gradient() -> None:
    arms = train.Arms(3)
    starts = [list(each.encoder.parameters()) for each in arms.arms.values()]
    for other in starts[1:]:
        assert all(torch.equal(a, b) for a, b in zip(starts[0], other, strict=True))
    drawn = views(1, 2, 48), views(2, 2, 48)
    torch.manual_seed(0)
    alone = train.Arms(3).arms["moco"]
    alone.loss(*drawn).backward()
    arms.loss(*drawn).backward()
    together = arms.arms["moco"].encoder.trunk.layer4[0].conv1.weight.grad
    torch.testing.assert_close(
        together, alone.encoder.trunk.layer4[0].conv1.weight.grad, atol=1e-6, rtol=1e-4
    )


def test_there_and_back_is_nothing_on_the_same_grid() -> None:
    grid = F.normalize(torch.randn(5, 7, 9), dim=2)
    forth = places.everywhere(grid, grid)
    assert not places.there_and_back(forth, forth).any()
    assert (forth[2, 3] == [3, 2]).all()
    mirrored = places.everywhere(grid, grid.flip(1))
    assert (mirrored[2, 1] == [5, 2]).all()


def test_a_crop_says_where_its_places_come_from() -> None:
    sight = places.seen(Image(np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)), 128)
    crop, origin = actions.cropped(sight, np.array([0.5, 0.5]), 0.25, 0)
    assert crop.pixels.shape == sight.pixels.shape
    assert origin[0, 0, 0] > origin[0, -1, 0], "it is mirrored"
    assert np.ptp(origin[..., 1]) == pytest.approx((sight.rows - 1) / 2)
    assert actions.right(origin.round().astype(int), origin, origin) == 1
    assert actions.right(origin + 3, origin, origin) == 0


def test_a_mask_is_carried_as_its_thing_moves() -> None:
    """A patch of features of its own on noise moves a cell a frame."""
    rng = np.random.default_rng(0)
    grids = np.repeat(0.3 * rng.standard_normal((1, 8, 10, 12)) + np.ones(12), 5, 0)
    patch, truth = rng.standard_normal((3, 3, 12)), np.zeros((5, 8, 10), bool)
    for frame in range(5):
        grids[frame, 2:5, frame : frame + 3] = patch
        truth[frame, 2:5, frame : frame + 3] = True
    grid = F.normalize(torch.from_numpy(grids).float(), dim=3)
    labels = places.carried(grid, torch.from_numpy(truth[0]), reach=1, count=1)
    assert places.overlap(labels[-1].numpy() > 0.5, truth[-1]) >= 85


def test_spots_between_centres_are_interpolated() -> None:
    grid = F.normalize(torch.eye(4).view(2, 2, 4), dim=2)
    torch.testing.assert_close(places.at(grid, np.array([[1.0, 0.0]]))[0], grid[0, 1])
    torch.testing.assert_close(places.at(grid, np.array([[0.5, 0.5]]))[0], torch.full((4,), 0.5))


@pytest.mark.parametrize("pixels", [np.full((40, 60, 3), 90, np.uint8), np.zeros((1, 900, 3), np.uint8)])
def test_pictures_of_one_colour_and_slivers_are_answered(pixels: np.ndarray) -> None:
    import zoo

    method = zoo.load("densecl")
    result = method.match(first=Image(pixels), spot=Spot(3, 0), second=Image(pixels))
    assert "MoCo v2" in result.summary
    assert np.isfinite([row[1] for row in result.metrics.rows]).all()
    method.segment(image=Image(pixels), begin=Spot(3, 0), end=Spot(5, 0))


def test_identical_pictures_return_every_place_to_itself() -> None:
    import zoo

    picture = Image(np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8))
    result = zoo.load("densecl").match(first=picture, spot=Spot(40, 30), second=picture)
    numbers = {name: value for name, value, _ in result.metrics.rows}
    assert numbers["places that return to themselves, DenseCL"] == 100


def test_bad_input_gets_its_sentence() -> None:
    import zoo

    method, picture = zoo.load("densecl"), Image(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(InputError, match="outside the picture"):
        method.match(first=picture, spot=Spot(32, 5))
    ink = np.zeros((32, 32), np.float32)
    with pytest.raises(InputError, match="one frame"):
        method.carry(clip=Video(np.zeros((1, 32, 32, 3), np.uint8), 5.0), mask=Drawing(ink))
    with pytest.raises(InputError, match="nothing or everything"):
        method.carry(clip=Video(np.zeros((3, 32, 32, 3), np.uint8), 5.0), mask=Drawing(ink))


def test_an_encoder_is_asked_for_by_its_arm() -> None:
    networks = Networks()
    assert networks.encoder("moco", 2) is networks.arms["moco"][2]
    assert networks.encoder("supervised") is networks.supervised
