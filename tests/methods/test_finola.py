"""FINOLA: the recursion and its laws, the shipped weights, and what a visitor may send."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image as Pillow

import zoo.data
from plugins.compression.finola import Finola as Method
from plugins.compression.finola import (
    ablations,
    actions,
    claims,
    masked,
    model,
    muon,
    networks,
    tiles,
    train,
)
from zoo import hub
from zoo.errors import InputError
from zoo.method import Progress, last
from zoo.types import Image

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(train.__file__).parent / "examples"
CHANNELS = 12


@pytest.fixture(scope="module")
def shipped() -> networks.Networks:
    """The shipped networks."""
    return networks.Networks.from_pretrained(str(ROOT / "weights" / "finola")).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def network(shipped: networks.Networks) -> model.Finola:
    """The one for 32 x 32 pixels."""
    return shipped.small


@pytest.fixture(scope="module")
def method() -> Method:
    found = Method()
    Method.slug = "finola"
    return found


@pytest.fixture
def matrices() -> torch.Tensor:
    """A+, A-, B+, B- at random."""
    return torch.randn(4, CHANNELS, CHANNELS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def q() -> torch.Tensor:
    return torch.randn(3, CHANNELS, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def squares(across: int = 4, pixels: int = 32) -> torch.Tensor:
    """Every example picture as tiles."""
    found = [tiles.cut(Image.open(path), across, pixels)[0] for path in sorted(EXAMPLES.glob("*.webp"))]
    return torch.cat(found)


# The recursion


def test_normalising_is_layer_norm_without_parameters() -> None:
    z = 3 * torch.randn(5, 7, 64) + 2
    torch.testing.assert_close(model.normalise(z), F.layer_norm(z, (64,)))


def test_a_cell_of_equal_channels_stays_finite() -> None:
    z = torch.full((1, CHANNELS), 5.0)
    assert torch.equal(model.step(z, torch.ones(CHANNELS, CHANNELS)), z)


@pytest.mark.parametrize("size", [1, 2, 7, 8])
def test_the_parallel_schedule_is_the_cell_by_cell_recursion(
    size: int, q: torch.Tensor, matrices: torch.Tensor
) -> None:
    right, left, down, up = matrices.numpy()

    def step(z: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        return z + matrix @ ((z - z.mean()) / np.sqrt(z.var() + 1e-5))

    middle = size // 2
    grown = model.grow(q, *matrices, size).numpy()
    for vector, ours in zip(q.numpy(), grown, strict=True):
        z = np.empty((size, size, CHANNELS))
        z[middle, middle] = vector
        for x in range(middle + 1, size):
            z[middle, x] = step(z[middle, x - 1], right)
        for x in range(middle - 1, -1, -1):
            z[middle, x] = step(z[middle, x + 1], left)
        for x in range(size):
            for y in range(middle + 1, size):
                z[y, x] = step(z[y - 1, x], down)
            for y in range(middle - 1, -1, -1):
                z[y, x] = step(z[y + 1, x], up)
        np.testing.assert_allclose(ours, z, rtol=1e-10, atol=1e-10)


def test_neighbours_of_one_cell_obey_the_wave_equation(q: torch.Tensor, matrices: torch.Tensor) -> None:
    """From one cell, the step right is A B⁻¹ times the step down; on the centre row both start from one cell."""
    right, _, down, _ = matrices
    z = model.grow(q, *matrices, 8)
    across = z[:, 4, 5:] - z[:, 4, 4:-1]
    below = z[:, 5, 4:-1] - z[:, 4, 4:-1]
    torch.testing.assert_close(across, below @ (right @ torch.linalg.inv(down)).T)


def test_wave_coordinates_turn_one_step_into_the_other(q: torch.Tensor, matrices: torch.Tensor) -> None:
    speeds, modes = (found.numpy() for found in actions.wave_speeds(matrices[0], matrices[2]))
    values = np.linalg.eigvals(matrices[0].numpy() @ np.linalg.inv(matrices[2].numpy()))
    np.testing.assert_allclose(np.sort_complex(speeds), np.sort_complex(values), atol=1e-8)
    z = model.grow(q, *matrices, 8).numpy()
    across = np.linalg.solve(modes, (z[:, 4, 5] - z[:, 4, 4]).T)
    below = np.linalg.solve(modes, (z[:, 5, 4] - z[:, 4, 4]).T)
    np.testing.assert_allclose(across, speeds[:, None] * below, atol=1e-8)


def test_growth_is_at_most_linear(q: torch.Tensor, matrices: torch.Tensor) -> None:
    row = model.line(q, matrices[1], matrices[0], 101).norm(dim=2).numpy()
    stretches = [np.linalg.norm(matrix, 2) for matrix in matrices.numpy()]
    assert np.isclose(actions.stretch(matrices[0]), stretches[0])
    for lengths in row:
        bound = actions.growth_bound(lengths[50], stretches[1], stretches[0], (101, CHANNELS))
        assert (lengths <= bound + 1e-9).all()


def test_the_bound_is_reached_by_a_vector_that_is_stretched_most() -> None:
    """With M = 2, z and its own direction: every step adds exactly 2 √C."""
    z = torch.tensor([[1.0, -1.0, 1.0, -1.0]], dtype=torch.float64)
    lengths = model.line(z, 2 * torch.eye(4).double(), 2 * torch.eye(4).double(), 9)[0].norm(dim=1).numpy()
    np.testing.assert_allclose(lengths, actions.growth_bound(2.0, 2.0, 2.0, (9, 4)), rtol=1e-4)


def test_cells_arrive_when_the_recursion_reaches_them(q: torch.Tensor, matrices: torch.Tensor) -> None:
    """A cell that arrives at step n differs from q by n steps of matrix M = m I along q's own direction."""
    z = torch.tensor([[1.0, -1.0, 1.0, -1.0]], dtype=torch.float64)
    grown = model.grow(z, *[torch.eye(4).double()] * 4, 8)[0, ..., 0] - 1
    row_first = model.arrival(8)
    distance = (torch.arange(8) - 4).abs()
    torch.testing.assert_close(grown, (distance[:, None] + distance).double(), rtol=1e-4, atol=1e-4)
    assert torch.equal(row_first[4], distance)
    assert (row_first[5] == 5).all()
    assert row_first.max() == 8


def test_the_map_is_made_of_q_alone(network: model.Finola) -> None:
    images = squares(1)
    maps = network.grow(network.q(network.encode(images)))
    centre = maps[:, 4, 4]
    torch.testing.assert_close(network.grow(centre), maps)


def test_a_prefix_of_a_code_is_a_code(network: model.Finola) -> None:
    code = network.encode(squares(1))
    padded = F.pad(code[:, :40], (0, 88))
    torch.testing.assert_close(network.decode(code[:, :40]), network.decode(padded), atol=1e-4, rtol=1e-4)


# The shipped weights


@pytest.mark.parametrize("pixels", [32, 64])
def test_the_rivals_basis_is_orthonormal(shipped: networks.Networks, pixels: int) -> None:
    _, rival = shipped.at(pixels)
    products = rival.components @ rival.components.T
    torch.testing.assert_close(products, torch.eye(128), atol=2e-3, rtol=0)


def advantage(shipped: networks.Networks, images: torch.Tensor, pixels: int, length: int) -> float:
    """How many dB better than as many principal components."""
    network, rival = shipped.at(pixels)
    ours = claims.quality(network.decode(network.encode(images)[:, :length]), images).mean()
    return (ours - claims.quality(rival.unproject(rival.project(images)[:, :length]), images).mean()).item()


@pytest.mark.parametrize("length", [16, 64, 128])
def test_shipped_weights_beat_principal_components_on_photographs(
    shipped: networks.Networks, length: int
) -> None:
    assert advantage(shipped, squares(2), 32, length) > 0


@pytest.mark.parametrize("length", [16, 64, 128])
def test_shipped_weights_beat_principal_components_on_cifar(shipped: networks.Networks, length: int) -> None:
    try:
        images = claims.test_pictures(500)
    except zoo.data.DataError as error:
        pytest.skip(f"CIFAR-10 is not at hand: {error}")
    assert advantage(shipped, images, 32, length) > 0


def test_the_network_knows_no_principal_components(network: model.Finola) -> None:
    """All that it has are what gradients reach, and it starts at random."""
    assert not list(network.buffers())
    names = {name.split(".")[0] for name, _ in network.named_parameters()}
    assert names == {"encoder", "centre", "right", "left", "down", "up", "decoder"}


def test_normalising_by_one_mean_deviation_ruins_the_picture(network: model.Finola) -> None:
    images = squares(2)
    q = network.q(network.encode(images))
    own = network.grow(q)
    deviation = own.std(-1, unbiased=False).mean().expand(network.size, network.size)
    held = claims.grow_at(network, q, deviation)
    lost = claims.quality(network.decoder(own), images) - claims.quality(network.decoder(held), images)
    assert lost.mean() > 3


def test_growing_at_a_cells_own_deviation_is_growing() -> None:
    network = model.Finola(code_length=8, channels=12, size=5, pixels=40)
    q = torch.randn(1, 12)
    own = network.grow(q)
    deviation = (own[0].var(-1, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(claims.grow_at(network, q, deviation), own, atol=1e-4, rtol=1e-4)


def test_longer_codes_are_better(network: model.Finola) -> None:
    images = squares(2)
    codes = network.encode(images)
    scores = [claims.quality(network.decode(codes[:, :k]), images).mean().item() for k in (8, 32, 64, 128)]
    assert scores == sorted(scores)


def test_weights_survive_saving(shipped: networks.Networks, tmp_path: Path) -> None:
    shipped.save_pretrained(tmp_path)
    again = networks.Networks.from_pretrained(str(tmp_path)).eval()
    for one, other in ((shipped.small, again.small), (shipped.large, again.large)):
        images = squares(1, one.pixels)
        with torch.inference_mode():
            assert torch.equal(one.decode(one.encode(images)), other.decode(other.encode(images)))


def test_the_lock_fits_the_files() -> None:
    folder = ROOT / "weights" / "finola"
    lock = hub.read_lock(folder)
    hub.check(folder, lock, "FINOLA")
    assert {"config.json", "model.safetensors"} <= set(lock.sha256)
    assert (folder / "model.safetensors").stat().st_size < 6e6
    assert json.loads((folder / "recipe.json").read_text())["data"][0]["split"] == "train"


# How they were made


def test_principal_components_are_scikit_learns() -> None:
    from sklearn.decomposition import PCA

    images = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 3), dtype=np.uint8)
    mean, variance, components = train.principal_components(images)
    flat = train.as_input(torch.from_numpy(images)).flatten(1).numpy()
    theirs = PCA().fit(flat)
    np.testing.assert_allclose(mean, theirs.mean_, atol=1e-6)
    np.testing.assert_allclose(variance, theirs.explained_variance_ * 199 / 200, rtol=1e-4)
    leading = np.abs(components[:10].numpy() @ theirs.components_[:10].T)
    np.testing.assert_allclose(leading, np.eye(10), atol=1e-3)


def test_keeping_all_frequencies_changes_nothing() -> None:
    torch.testing.assert_close(model.resampling(32, 32), torch.eye(32, dtype=torch.float64))


def test_low_frequencies_are_kept_exactly_and_high_ones_vanish() -> None:
    from scipy.fft import dct, idct

    resampling = model.resampling(32, 64).numpy()
    np.testing.assert_allclose(resampling @ resampling.T, np.eye(32), atol=1e-12)
    signal = np.random.default_rng(0).normal(size=64)
    spectrum = dct(signal, norm="ortho")
    np.testing.assert_allclose(resampling @ signal, idct(spectrum[:32], norm="ortho"), atol=1e-12)
    spectrum[32:] = 0
    np.testing.assert_allclose(resampling.T @ (resampling @ signal), idct(spectrum, norm="ortho"), atol=1e-12)


def test_squares_of_a_photograph_are_pieces_of_it() -> None:
    """A ramp stays a ramp: its slope tells how large the square was, its mean where it lay."""
    rows = np.linspace(0, 255, 300)[:, None, None]
    ramp = np.broadcast_to(rows, (300, 500, 3)).astype(np.uint8)
    squares = train.photographs([ramp], 50, seed=0).astype(float)
    assert squares.shape == (50, 64, 64, 3)
    slopes = (squares[:, -1] - squares[:, 0]).mean((1, 2)) / 63
    lengths = slopes * 64 / (255 / 299)
    assert lengths.min() > 55
    assert lengths.max() < 310
    assert np.ptp(lengths) > 150
    assert np.abs(np.diff(squares, axis=2)).max() <= 1


@pytest.mark.parametrize("size", [8, 32])
@pytest.mark.parametrize("kind", [ablations.Repeating, ablations.Linear, ablations.Calm])
def test_rivals_have_as_many_parameters(kind: type[model.Finola], size: int) -> None:
    sizes = {"channels": 320, "width": 16, "size": size}
    ours, theirs = (
        sum(p.numel() for p in ablations.Arm(each, **sizes).network(0).parameters())
        for each in (model.Finola, kind)
    )
    assert abs(ours - theirs) <= 0.001 * ours


def test_the_decoder_of_components_has_as_many_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablations, "components", lambda: (model.Components(ablations.SHORT), 1.0))
    ours, theirs = (
        sum(p.numel() for p in ablations.Arm(kind).network(0).parameters())
        for kind in (model.Finola, ablations.FromComponents)
    )
    assert abs(ours - theirs) <= 0.03 * ours


def test_two_matrices_step_back_by_what_they_step_forth() -> None:
    network = ablations.Arm(ablations.Two).network(0)
    q = torch.randn(2, 96)
    z = network.grow(q)
    torch.testing.assert_close(z[:, 4, 5] - q, q - z[:, 4, 3], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(z[:, 5, 4] - q, q - z[:, 3, 4], atol=1e-5, rtol=1e-4)
    assert sum(p.shape == (96, 96) for p in network.parameters()) == 2


def test_without_normalising_growth_runs_away() -> None:
    """Over 32 steps |z| of the linear recursion leaves that of the normalised one behind by orders of magnitude."""
    arms = [ablations.Arm(kind, size=32, channels=64, width=16) for kind in (model.Finola, ablations.Linear)]
    q = torch.randn(4, 64, generator=torch.Generator().manual_seed(0))
    ours, linear = (arm.network(0).grow(q).norm(dim=-1).max() for arm in arms)
    assert ours < 40 * q.norm(dim=-1).max()
    assert linear > 100 * ours


def test_what_all_pictures_have_in_common_can_be_left_out_of_q() -> None:
    network = ablations.Arm(ablations.Centred).network(0).train()
    q = network.q(torch.randn(500, ablations.SHORT) + 3)
    torch.testing.assert_close(q.mean(0), torch.zeros(96), atol=1e-4, rtol=0)


# Muon


def test_orthogonal_matrices_stay_and_others_become_so() -> None:
    draw = torch.Generator().manual_seed(0)
    for shape in ((40, 20), (20, 40), (30, 30)):
        matrix = torch.randn(shape, generator=draw)
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        update = muon.orthogonal(matrix)
        singular = torch.linalg.svdvals(update)
        assert 0.3 < singular.min() <= singular.max() < 1.3
        assert (update * (left @ right)).sum() / (update.norm() * (left @ right).norm()) > 0.97


def test_steps_of_matrices_are_torchs_muon() -> None:
    """But for torch's products in bfloat16; both with Nesterov's momentum, the rate by the shape of the matrix."""
    draw = torch.Generator().manual_seed(1)
    start, gradients = torch.randn(24, 12, generator=draw), torch.randn(5, 24, 12, generator=draw)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = (
        muon.Muon([ours], lr=0.1),
        torch.optim.Muon([theirs], lr=0.1, weight_decay=0.0, momentum=0.95, nesterov=True),
    )
    for gradient in gradients:
        for parameter, optimizer in zip((ours, theirs), optimizers, strict=True):
            parameter.grad = gradient.clone()
            optimizer.step()
    moved = (theirs - start).norm()
    assert (ours - theirs).norm() < 0.03 * moved


def test_steps_of_vectors_are_adams() -> None:
    draw = torch.Generator().manual_seed(2)
    start, gradients = torch.randn(6, generator=draw), torch.randn(5, 6, generator=draw)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = muon.Muon([ours], lr=0.1), torch.optim.Adam([theirs], lr=0.01, betas=(0.9, 0.99))
    for gradient in gradients:
        for parameter, optimizer in zip((ours, theirs), optimizers, strict=True):
            parameter.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_a_large_network_begins_as_the_small_one_between_averaging_and_repeating() -> None:
    sizes = {"code_length": 8, "channels": 12, "width": 8, "encoder_width": 8, "heads": 2}
    small, large = model.Finola(**sizes), model.Finola(**sizes, pixels=64)
    train.enlarge(large, small)
    images = torch.randn(2, 3, 64, 64)
    code = small.encode(F.avg_pool2d(images, 2))
    torch.testing.assert_close(large.encode(images), code, atol=1e-5, rtol=1e-4)
    repeated = small.decode(code).repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(large.decode(code), repeated, atol=1e-5, rtol=1e-4)


def test_errors_are_weighted_by_the_root_of_the_length() -> None:
    network = model.Finola(code_length=16, channels=12, width=8, encoder_width=8, heads=2)
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    codes = network.encode(images)
    errors = [(network.decode(codes[:, :k]) - images).square().mean((1, 2, 3)) for k in (9, 16)]
    expected = (3 * errors[0][0] + 4 * errors[1][1]) / 2
    ours = train.weighted_error(network, images, torch.tensor([9, 16]))
    assert ours.item() == pytest.approx(expected.item(), rel=1e-4)


# Masked FINOLA


@pytest.mark.parametrize("corner", [*masked.CORNERS, (1, 3)])
def test_every_hidden_cell_is_four_steps_from_a_visible_one(
    corner: tuple[int, int], matrices: torch.Tensor
) -> None:
    right, left, down, up = matrices.numpy()
    z = torch.randn(1, 4, 4, CHANNELS, generator=torch.Generator().manual_seed(3), dtype=torch.float64)

    def four(cell: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        for _ in range(4):
            cell = cell + matrix @ ((cell - cell.mean()) / np.sqrt(cell.var() + 1e-5))
        return cell

    expected = np.full((8, 8, CHANNELS), np.nan)
    for row in range(4):
        for column in range(4):
            y, x, cell = corner[0] + row, corner[1] + column, z[0, row, column].numpy()
            across, along = right if x < 4 else left, down if y < 4 else up
            far_y, far_x = y + 4 if y < 4 else y - 4, x + 4 if x < 4 else x - 4
            expected[y, x] = cell
            expected[y, far_x] = four(cell, across)
            expected[far_y, x] = four(cell, along)
            expected[far_y, far_x] = (four(four(cell, across), along) + four(four(cell, along), across)) / 2
    np.testing.assert_allclose(masked.predict(z, *matrices, corner)[0].numpy(), expected, atol=1e-10)


def test_what_is_hidden_cannot_be_seen() -> None:
    network, corner = masked.Masked(channels=16, depth=1).eval(), (2, 4)
    images = torch.randn(2, 3, 32, 32)
    other = torch.randn(2, 3, 32, 32)
    top, left = 4 * corner[0], 4 * corner[1]
    other[:, :, top : top + 16, left : left + 16] = masked.window(images, corner)
    assert torch.equal(network.complete(images, corner), network.complete(other, corner))
    assert masked.hidden(corner).sum() == 48
    assert not masked.hidden(corner)[2:6, 4:].any()


def test_cells_are_pixels_in_another_order() -> None:
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(masked.pixels(masked.cells(images)), images)
    assert masked.cells(images)[1, 3, 5].sum() == pytest.approx(
        images[1, :, 12:16, 20:24].sum().item(), abs=1e-4
    )


def test_the_error_counts_hidden_pixels_alone() -> None:
    network, corner = masked.Masked(channels=16, depth=1), (0, 2)
    images = torch.randn(2, 3, 32, 32)
    wrong = (network.complete(images, corner) - images).square()
    wrong[:, :, 0:16, 8:24] = 0
    assert network.error(images, corner).item() == pytest.approx(wrong.sum().item() / (2 * 3 * 768), rel=1e-4)


def test_normalised_targets_leave_brightness_and_contrast_out() -> None:
    values = masked.cells(torch.randn(4, 3, 32, 32))
    normal = masked.contrast(values)
    torch.testing.assert_close(normal.mean(-1), torch.zeros(4, 8, 8), atol=1e-6, rtol=0)
    torch.testing.assert_close(normal.square().mean(-1), torch.ones(4, 8, 8), atol=0.01, rtol=0)
    torch.testing.assert_close(masked.contrast(3 * values + 0.5), normal, atol=0.01, rtol=0)
    assert masked.contrast(torch.full((2, 48), 0.7)).abs().max() < 1e-4  # a flat cell has no structure
    network, images = masked.Masked(channels=16, depth=1), torch.randn(2, 3, 32, 32)
    torch.nn.init.zeros_(network.decoder.weight)
    torch.nn.init.zeros_(network.decoder.bias)
    assert network.error(images, (2, 2), normalised=True).item() == pytest.approx(1, abs=0.01)


def test_completing_beats_a_plain_colour(method: Method, shipped: networks.Networks) -> None:
    images = squares(3)
    for corner in masked.CORNERS:
        mask = masked.hidden(corner).repeat_interleave(4, 0).repeat_interleave(4, 1)
        flat = masked.window(images, corner).mean((2, 3))[..., None]
        completed = shipped.masked.complete(images, corner)[..., mask]
        truth = images[..., mask]
        assert (completed - truth).square().mean() < (flat - truth).square().mean()


@pytest.mark.parametrize("quadrant", ["top left", "middle", "right"])
def test_the_visible_quadrant_stays_as_it_is(method: Method, quadrant: str) -> None:
    found = method.complete(image=EXAMPLES / "fig.webp", quadrant=quadrant)
    visible, completed, truth = (picture.pixels.astype(int) for _, picture in found.pictures.items)
    same = (visible == completed).all(2)
    row, column = {"top left": (0, 0), "middle": (96, 96), "right": (96, 192)}[quadrant]
    assert completed.shape == (384, 384, 3)
    assert same[row : row + 192, column : column + 192].all()
    assert (completed == truth)[row : row + 192, column : column + 192].all()
    assert not same.all()


def test_both_ways_of_pretraining_share_encoder_matrices_and_decoder() -> None:
    names = [{name for name, _ in kind().named_parameters()} for kind in (masked.Masked, masked.Autoencoder)]
    assert names[1] - names[0] == {"pool.weight", "pool.bias"}


# Pictures


def test_tiles_lie_where_they_were_cut() -> None:
    image = Image(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))
    cut, tiling = tiles.cut(image, 4)
    assert (tiling.rows, tiling.columns) == (3, 4)
    assert np.array_equal(tiles.shown(tiles.lay(cut, tiling), 128).pixels, image.pixels)


def test_what_does_not_fill_a_tile_is_cut_off_again() -> None:
    cut, tiling = tiles.cut(Image(np.zeros((50, 100, 3), np.uint8)), 2)
    assert cut.shape == (2, 3, 32, 32)
    assert tiles.lay(cut, tiling).shape == (3, 32, 64)
    assert tiles.lay(torch.zeros(2, 3, 8, 8), tiling).shape == (3, 8, 16)


def test_a_seam_is_a_jump_of_the_error_between_tiles() -> None:
    original = torch.randn(3, 64, 96, generator=torch.Generator().manual_seed(0))
    smooth = torch.randn(3, 64, 96, generator=torch.Generator().manual_seed(1)) / 10
    assert tiles.seams(original + smooth, original, 32) == pytest.approx(1, abs=0.1)
    stepped = torch.arange(3).repeat_interleave(32).expand(3, 64, 96)
    assert tiles.seams(original + smooth + stepped, original, 32) > 3
    assert tiles.seams(original, original, 32) == 1
    assert tiles.seams(original[:, :20, :20], 0 * original[:, :20, :20], 32) == 1


def test_structural_similarity_is_scikit_images() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(0)
    a = rng.uniform(-1, 1, (40, 50, 3)).cumsum(0) / 10
    b = a + 0.1 * rng.normal(size=a.shape)
    theirs = metrics.structural_similarity(
        a,
        b,
        channel_axis=2,
        data_range=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )[1][5:-5, 5:-5].mean()
    ours = tiles.structural_similarity(*(torch.from_numpy(one).permute(2, 0, 1).float() for one in (a, b)))
    assert abs(ours - theirs) < 1e-4


def test_structural_similarity_of_flat_pictures_has_a_closed_form() -> None:
    a, b = torch.full((3, 16, 16), 0.5), torch.full((3, 16, 16), 0.25)
    expected = (2 * 0.125 + 0.0004) / (0.3125 + 0.0004)
    assert abs(tiles.structural_similarity(a, b) - expected) < 1e-3
    assert tiles.structural_similarity(a, a) == pytest.approx(1)


def test_colours_do_not_depend_on_the_sign_of_an_eigenvector() -> None:
    maps = torch.randn(2, 8, 8, 6, generator=torch.Generator().manual_seed(0))
    first = tiles.principal_colours(maps)
    shuffled = tiles.principal_colours(maps.flip(0)).flip(0)
    torch.testing.assert_close(first, shuffled, atol=1e-4, rtol=1e-4)


# What a visitor sees


@pytest.mark.parametrize("pixels", [32, 64])
def test_growth_streams_from_the_centre_outwards(method: Method, pixels: int) -> None:
    results = list(method.regrow(image=EXAMPLES / "cat.webp", tiles=1, code_length=64, pixels=pixels))
    assert [one.metrics.rows[1][1] for one in results[:-1]] == [1, 5, 8, 40]
    assert all(one.code is None for one in results[:-1])
    final = results[-1]
    assert len({picture.pixels.shape for _, picture in final.pictures.items}) == 1
    code = np.load(io.BytesIO(final.code.data))
    assert code.shape == (1, 1, 64)
    assert final.steps is not None


def test_the_table_agrees_with_the_pictures(method: Method) -> None:
    final = last(method.regrow(image=EXAMPLES / "coffee.webp", tiles=6, code_length=64, pixels=64))
    rows = {name: value for name, value, _ in final.metrics.rows}
    original, *sides = (picture.pixels / 255.0 for _, picture in final.pictures.items)
    for who, shown in zip(("FINOLA", "principal components"), sides, strict=True):
        measured = -10 * np.log10(((shown - original) ** 2).mean())
        assert rows[f"PSNR | {who}"] == pytest.approx(measured, abs=0.05)
    assert rows["code"] == 64 * rows["tiles, each from one vector"]


@pytest.mark.parametrize("example", range(1, 5))
def test_examples_answer_alike_twice(method: Method, example: int) -> None:
    spec = Method.actions()["regrow"]
    inputs = Method.example(spec, example)
    first, second = (last(method.regrow(**inputs)) for _ in range(2))
    for name in ("pictures", "feature_map", "steps", "metrics", "code"):
        assert getattr(first, name).fingerprint() == getattr(second, name).fingerprint()


def test_dynamics_and_blend(method: Method) -> None:
    found = method.dynamics(image=EXAMPLES / "fig.webp", code_length=64)
    bound, lengths = found.growth.plot.data[1].y, found.growth.plot.data[0].y
    assert (np.asarray(lengths) <= np.asarray(bound) + 1e-3).all()
    blend = method.blend(first=EXAMPLES / "fig.webp", second=EXAMPLES / "cat.webp", pictures=5)
    height, width, _ = blend.blend.pixels.shape
    assert (height, width) == (3 * 128, 5 * 128)
    third = height // 3
    ends = blend.blend.pixels[third:, : width // 5]
    assert np.abs(ends[:third].astype(int) - ends[third:]).max() <= 1


def _save(path: Path, picture: Pillow.Image, **options: object) -> Path:
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("kind", ["one pixel", "grey", "cmyk", "16 bit", "alpha", "20 megapixels", "a line"])
def test_any_picture_is_regrown(method: Method, kind: str, tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 90 * 60).reshape(60, 90)
    made = {
        "one pixel": lambda: _save(tmp_path / "a.png", Pillow.new("RGB", (1, 1), (200, 30, 60))),
        "grey": lambda: _save(tmp_path / "a.png", Pillow.fromarray(ramp.astype(np.uint8))),
        "cmyk": lambda: _save(tmp_path / "a.jpg", Pillow.new("CMYK", (90, 60), (10, 200, 30, 0))),
        "16 bit": lambda: _save(tmp_path / "a.png", Pillow.fromarray((ramp * 257).astype(np.uint16))),
        "alpha": lambda: _save(tmp_path / "a.png", Pillow.new("RGBA", (90, 60), (10, 200, 30, 100))),
        "20 megapixels": lambda: _save(tmp_path / "a.jpg", Pillow.new("RGB", (5000, 4000), (90, 120, 40))),
        "a line": lambda: _save(tmp_path / "a.png", Pillow.new("RGB", (3000, 1), (10, 200, 30))),
    }
    final = last(method.regrow(image=made[kind](), tiles=2, code_length=64, progress=Progress()))
    rows = {name: value for name, value, _ in final.metrics.rows}
    assert rows["PSNR | FINOLA"] > 20


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"code_length": 7}, "from 8 to 128"),
        ({"code_length": 129}, "from 8 to 128"),
        ({"tiles": 0}, "from 1 to 12"),
        ({"pixels": 48}, "32, 64"),
        ({"image": EXAMPLES / "no such picture.png"}, "send a PNG"),
    ],
)
def test_bad_input_gets_one_sentence(method: Method, inputs: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        list(method.regrow(**{"image": EXAMPLES / "cat.webp", **inputs}))
