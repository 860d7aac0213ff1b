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
from plugins.compression.finola import claims, masked, model, networks, pictures, reports, train
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
def large(shipped: networks.Networks) -> model.Finola:
    """The one for 64 x 64 pixels."""
    return shipped.large


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


def tiles(across: int = 4, pixels: int = 32) -> torch.Tensor:
    """Every example picture as tiles."""
    found = [pictures.cut(Image.open(path), across, pixels)[0] for path in sorted(EXAMPLES.glob("*.webp"))]
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
    speeds, modes = (found.numpy() for found in reports.wave_speeds(matrices[0], matrices[2]))
    values = np.linalg.eigvals(matrices[0].numpy() @ np.linalg.inv(matrices[2].numpy()))
    np.testing.assert_allclose(np.sort_complex(speeds), np.sort_complex(values), atol=1e-8)
    z = model.grow(q, *matrices, 8).numpy()
    across = np.linalg.solve(modes, (z[:, 4, 5] - z[:, 4, 4]).T)
    below = np.linalg.solve(modes, (z[:, 5, 4] - z[:, 4, 4]).T)
    np.testing.assert_allclose(across, speeds[:, None] * below, atol=1e-8)


def test_both_sizes_grow_by_the_same_matrices(shipped: networks.Networks) -> None:
    for direction in ("right", "left", "down", "up"):
        assert getattr(shipped.large, direction) is getattr(shipped.small, direction)


def test_the_slope_of_growth_is_that_of_automatic_differentiation() -> None:
    small = model.Finola(code_length=8, channels=12, size=4, width=12, encoder_widths=(4, 4, 4))
    matrices = [matrix.detach().double() for matrix in (small.right, small.left, small.down, small.up)]
    torch.nn.init.normal_(small.centre.bias)
    with torch.no_grad():
        ours = train.slope(small)
    exact = torch.autograd.functional.jacobian(
        lambda q: model.grow(q[None], *matrices, 4).flatten(0, 2), small.centre.bias.detach().double()
    )
    torch.testing.assert_close(ours, exact, atol=1e-5, rtol=1e-4)


def test_cells_are_cut_where_the_decoder_puts_them() -> None:
    """A decoder that only passes on gives back what was cut, whatever the size of a cell."""
    for pixels in (32, 64):
        images = torch.randn(2, 3, pixels, pixels, generator=torch.Generator().manual_seed(0))
        cut = train.by_cell(images.flatten(1), 8)
        numbers = cut.shape[1]
        network = model.Finola(channels=numbers, width=64, pixels=pixels)
        with torch.no_grad():
            train.start_decoder(network, torch.eye(numbers), torch.zeros(numbers))
            passed = network.decoder(cut.permute(2, 0, 1).unflatten(1, (8, 8)))
        torch.testing.assert_close(passed, images, atol=1e-5, rtol=1e-5)


def test_growth_is_at_most_linear(q: torch.Tensor, matrices: torch.Tensor) -> None:
    row = model.line(q, matrices[1], matrices[0], 101).norm(dim=2).numpy()
    stretches = [np.linalg.norm(matrix, 2) for matrix in matrices.numpy()]
    assert np.isclose(reports.stretch(matrices[0]), stretches[0])
    for lengths in row:
        bound = reports.growth_bound(lengths[50], stretches[1], stretches[0], (101, CHANNELS))
        assert (lengths <= bound + 1e-9).all()


def test_the_bound_is_reached_by_a_vector_that_is_stretched_most() -> None:
    """With M = 2, z and its own direction: every step adds exactly 2 √C."""
    z = torch.tensor([[1.0, -1.0, 1.0, -1.0]], dtype=torch.float64)
    lengths = model.line(z, 2 * torch.eye(4).double(), 2 * torch.eye(4).double(), 9)[0].norm(dim=1).numpy()
    np.testing.assert_allclose(lengths, reports.growth_bound(2.0, 2.0, 2.0, (9, 4)), rtol=1e-4)


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
    images = tiles(1)
    maps = network.grow(network.q(network.encode(images)))
    centre = maps[:, 4, 4]
    torch.testing.assert_close(network.grow(centre), maps)


def test_a_prefix_of_a_code_is_a_code(network: model.Finola) -> None:
    code = network.encode(tiles(1))
    padded = F.pad(code[:, :40], (0, 88))
    torch.testing.assert_close(network.decode(code[:, :40]), network.decode(padded), atol=1e-4, rtol=1e-4)


# The shipped weights


def test_the_basis_is_orthonormal(network: model.Finola) -> None:
    products = network.components @ network.components.T
    torch.testing.assert_close(products, torch.eye(128), atol=2e-3, rtol=0)


@pytest.mark.parametrize("length", [16, 64])
def test_shipped_weights_beat_principal_components_on_photographs(network: model.Finola, length: int) -> None:
    images = tiles(2)
    ours = claims.quality(network.decode(network.encode(images)[:, :length]), images).mean()
    theirs = claims.quality(network.unproject(network.project(images)[:, :length]), images).mean()
    assert ours > theirs


def test_shipped_weights_beat_principal_components_on_cifar(network: model.Finola) -> None:
    try:
        images = claims.test_pictures(500)
    except zoo.data.DataError as error:
        pytest.skip(f"CIFAR-10 is not at hand: {error}")
    codes, components = network.encode(images), network.project(images)
    for length in (16, 32, 64):
        ours = claims.quality(network.decode(codes[:, :length]), images).mean()
        theirs = claims.quality(network.unproject(components[:, :length]), images).mean()
        assert ours > theirs, length


def test_longer_codes_are_better(network: model.Finola) -> None:
    images = tiles(2)
    codes = network.encode(images)
    scores = [claims.quality(network.decode(codes[:, :k]), images).mean().item() for k in (8, 32, 64, 128)]
    assert scores == sorted(scores)


@pytest.mark.parametrize("length", [16, 64])
def test_shipped_weights_beat_principal_components_at_64_pixels(large: model.Finola, length: int) -> None:
    """On the example pictures that come from photographs kept for testing."""
    names = ("coffee", "fig", "mountain")
    images = torch.cat([pictures.cut(Image.open(EXAMPLES / f"{name}.webp"), 3, 64)[0] for name in names])
    ours = claims.quality(large.decode(large.encode(images)[:, :length]), images).mean()
    theirs = claims.quality(large.unproject(large.project(images)[:, :length]), images).mean()
    assert ours > theirs


def test_weights_survive_saving(shipped: networks.Networks, tmp_path: Path) -> None:
    shipped.save_pretrained(tmp_path)
    again = networks.Networks.from_pretrained(str(tmp_path)).eval()
    for one, other in ((shipped.small, again.small), (shipped.large, again.large)):
        images = tiles(1, one.pixels)
        with torch.inference_mode():
            assert torch.equal(one.decode(one.encode(images)), other.decode(other.encode(images)))


def test_the_lock_fits_the_files() -> None:
    folder = ROOT / "weights" / "finola"
    lock = hub.read_lock(folder)
    hub.check(folder, lock, "FINOLA")
    assert {"config.json", "model.safetensors"} <= set(lock.sha256)
    assert (folder / "model.safetensors").stat().st_size < 8e6
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


def test_frequencies_are_the_lowest_of_half_a_plane() -> None:
    found = train.frequencies(5, 0.5).T / 0.5
    assert sorted(map(tuple, found)) == [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    many = train.frequencies(160, 1.0)
    assert len({tuple(one) for one in many.T}) == 160
    assert not {tuple(one) for one in many.T} & {tuple(-one) for one in many.T if one.any()}


def test_untrained_waves_come_close_to_the_principal_components(network: model.Finola) -> None:
    images = tiles(4)
    variance = network.project(images).double().square().mean(0)
    small = model.Finola(code_length=32, channels=192, width=16, encoder_widths=(8, 8, 8))
    train.start_code(small, network.mean.double(), variance, network.components.double())
    train.start_waves(small, variance, seed=0)
    with torch.inference_mode():
        ours = claims.quality(small.decode(small.encode(images)), images).mean()
        theirs = claims.quality(small.unproject(small.project(images)), images).mean()
    assert abs(ours - theirs) < 0.2


def test_plane_waves_keep_the_carriers_mean_at_zero() -> None:
    matrices, carrier = train.plane_waves(192, 8, seed=3)
    z = torch.zeros(1, 192, dtype=torch.float64)
    z[:, -train.CARRIERS :] = carrier
    assert model.grow(z, *matrices, 8).mean(-1).abs().max() < 1e-9


def test_the_rival_has_as_many_parameters() -> None:
    sizes = {"code_length": 64, "channels": 192, "width": 32, "encoder_widths": (16, 32, 32)}
    ours, rival = (
        sum(p.numel() for p in kind(**sizes).parameters()) for kind in (model.Finola, claims.Repeating)
    )
    assert abs(ours - rival) <= 0.001 * ours


@pytest.mark.parametrize(
    ("forward", "backward"),
    [(claims.cosines, claims.from_cosines), (claims.wavelets, claims.from_wavelets)],
)
def test_rival_transforms_are_orthonormal(forward, backward) -> None:
    images = tiles(1)
    coefficients = forward(images)
    np.testing.assert_allclose((coefficients**2).sum(1), images.square().sum((1, 2, 3)), rtol=1e-5)
    torch.testing.assert_close(backward(coefficients), images, atol=1e-5, rtol=0)


def test_wavelets_ignore_ramps() -> None:
    """Daubechies' wavelets of four taps have two vanishing moments; only where the circle closes is there a jump."""
    matrix = claims.wavelet_matrix(32)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(32), atol=1e-12)
    details = (matrix @ np.arange(32.0))[16:]
    assert np.abs(details[:-1]).max() < 1e-10
    np.testing.assert_allclose((matrix @ np.ones(32))[2:], 0, atol=1e-12)


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
    images = tiles(3)
    for corner in masked.CORNERS:
        mask = masked.hidden(corner).repeat_interleave(4, 0).repeat_interleave(4, 1)
        flat = masked.window(images, corner).mean((2, 3))[..., None]
        completed = shipped.masked.complete(images, corner)[..., mask]
        truth = images[..., mask]
        assert (completed - truth).square().mean() < (flat - truth).square().mean()


@pytest.mark.parametrize("quadrant", ["top left", "middle", "right"])
def test_the_visible_quadrant_stays_as_it_is(method: Method, quadrant: str) -> None:
    found = method.complete(image=EXAMPLES / "fig.webp", quadrant=quadrant)
    visible, completed = found.visible.pixels.astype(int), found.completed.pixels.astype(int)
    same = (visible == completed).all(2)
    row, column = {"top left": (0, 0), "middle": (96, 96), "right": (96, 192)}[quadrant]
    assert completed.shape == (384, 384, 3)
    assert same[row : row + 192, column : column + 192].all()
    assert (completed == found.truth.pixels)[row : row + 192, column : column + 192].all()
    assert not same.all()


def test_both_ways_of_pretraining_share_encoder_matrices_and_decoder() -> None:
    names = [{name for name, _ in kind().named_parameters()} for kind in (masked.Masked, masked.Autoencoder)]
    assert names[1] - names[0] == {"pool.weight", "pool.bias"}


# Pictures


def test_tiles_lie_where_they_were_cut() -> None:
    image = Image(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))
    cut, tiling = pictures.cut(image, 4)
    assert (tiling.rows, tiling.columns) == (3, 4)
    assert np.array_equal(pictures.shown(pictures.lay(cut, tiling), 128).pixels, image.pixels)


def test_what_does_not_fill_a_tile_is_cut_off_again() -> None:
    cut, tiling = pictures.cut(Image(np.zeros((50, 100, 3), np.uint8)), 2)
    assert cut.shape == (2, 3, 32, 32)
    assert pictures.lay(cut, tiling).shape == (3, 32, 64)
    assert pictures.lay(torch.zeros(2, 3, 8, 8), tiling).shape == (3, 8, 16)


def test_a_seam_is_a_jump_of_the_error_between_tiles() -> None:
    original = torch.randn(3, 64, 96, generator=torch.Generator().manual_seed(0))
    smooth = torch.randn(3, 64, 96, generator=torch.Generator().manual_seed(1)) / 10
    assert pictures.seams(original + smooth, original, 32) == pytest.approx(1, abs=0.1)
    stepped = torch.arange(3).repeat_interleave(32).expand(3, 64, 96)
    assert pictures.seams(original + smooth + stepped, original, 32) > 3
    assert pictures.seams(original, original, 32) == 1
    assert pictures.seams(original[:, :20, :20], 0 * original[:, :20, :20], 32) == 1


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
    ours = pictures.structural_similarity(*(torch.from_numpy(one).permute(2, 0, 1).float() for one in (a, b)))
    assert abs(ours - theirs) < 1e-4


def test_structural_similarity_of_flat_pictures_has_a_closed_form() -> None:
    a, b = torch.full((3, 16, 16), 0.5), torch.full((3, 16, 16), 0.25)
    expected = (2 * 0.125 + 0.0004) / (0.3125 + 0.0004)
    assert abs(pictures.structural_similarity(a, b) - expected) < 1e-3
    assert pictures.structural_similarity(a, a) == pytest.approx(1)


def test_colours_do_not_depend_on_the_sign_of_an_eigenvector() -> None:
    maps = torch.randn(2, 8, 8, 6, generator=torch.Generator().manual_seed(0))
    first = pictures.principal_colours(maps)
    shuffled = pictures.principal_colours(maps.flip(0)).flip(0)
    torch.testing.assert_close(first, shuffled, atol=1e-4, rtol=1e-4)


# What a visitor sees


@pytest.mark.parametrize("pixels", [32, 64])
def test_growth_streams_from_the_centre_outwards(method: Method, pixels: int) -> None:
    results = list(method.regrow(image=EXAMPLES / "cat.webp", tiles=1, code_length=64, pixels=pixels))
    assert [one.metrics.rows[1][1] for one in results[:-1]] == [1, 5, 8, 40]
    assert all(one.code is None for one in results[:-1])
    final = results[-1]
    assert final.original.pixels.shape == final.reconstruction.pixels.shape
    code = np.load(io.BytesIO(final.code.data))
    assert code.shape == (1, 1, 64)
    assert final.steps is not None


def test_the_table_agrees_with_the_pictures(method: Method) -> None:
    final = last(method.regrow(image=EXAMPLES / "coffee.webp", tiles=6, code_length=64, pixels=64))
    rows = {name: value for name, value, _ in final.metrics.rows}
    shown, original = final.reconstruction.pixels / 255.0, final.original.pixels / 255.0
    measured = -10 * np.log10(((shown - original) ** 2).mean())
    assert rows["PSNR"] == pytest.approx(measured, abs=0.05)
    assert rows["code"] == 64 * rows["tiles, each from one vector"]


@pytest.mark.parametrize("example", range(1, 5))
def test_examples_answer_alike_twice(method: Method, example: int) -> None:
    spec = Method.actions()["regrow"]
    inputs = Method.example(spec, example)
    first, second = (last(method.regrow(**inputs)) for _ in range(2))
    for name in ("reconstruction", "feature_map", "steps", "metrics", "code"):
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
    assert rows["PSNR"] > 20


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
