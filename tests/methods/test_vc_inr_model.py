"""VC-INR's network, codec and bitstream, with the bundled weights where there are any."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch

from plugins.compression.vc_inr import codec
from plugins.compression.vc_inr.modalities import MODALITIES, Modality
from plugins.compression.vc_inr.model import LEVEL, Components, Representation, VcInr, every
from plugins.compression.vc_inr.train import Coder, as_signals, meta_loss, round_to_half
from zoo import hub, paths
from zoo.blocks.soap import Soap
from zoo.errors import InputError

TINY = Modality("tiny", (8, 8), 3, 12)

WEIGHTS = paths.root() / "weights" / "vc-inr"


@pytest.fixture(scope="module")
def model() -> VcInr:
    """The bundled networks."""
    network = VcInr.from_pretrained(str(WEIGHTS))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def tiny() -> Representation:
    """One that begins with the components of smooth random pictures."""
    torch.manual_seed(0)
    representation = Representation(TINY, (48, 16), start="components")
    representation.begin(smooth(300), seed=0)
    return representation


def evenly() -> Representation:
    """One that begins at random, with four gated sine layers."""
    torch.manual_seed(0)
    representation = Representation(TINY, (16,) * 5, frequency=6.0)
    representation.begin_evenly(0, stride=1)
    return representation


def smooth(count: int, seed: int = 0) -> torch.Tensor:
    """Random signals of the tiny kind, (count, 3, 64), of low frequency."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(size=(count, 3, 3, 3))
    rows = np.cos(np.pi * np.outer(np.arange(3), (np.arange(8) + 0.5) / 8))
    values = np.einsum("ncij,iy,jx->ncyx", rough, rows, rows) * 0.15
    return torch.from_numpy(values.reshape(count, 3, 64).astype(np.float32))


def patches(name: str, count: int, seed: int = 0) -> np.ndarray:
    """Smooth patches of a kind, (count, *patch, channels) in [-1, 1]."""
    kind, rng = MODALITIES[name], np.random.default_rng(seed)
    places = kind.coordinates()
    waves = rng.normal(size=(count, kind.channels, 3, len(kind.patch))) * 1.5
    phases = rng.uniform(0, 6, size=(count, kind.channels, 3, 1))
    values = np.sin(np.einsum("ncwp,xp->ncwx", waves, places) + phases).mean(2) * 0.8
    return values.swapaxes(1, 2).reshape(count, *kind.patch, kind.channels).astype(np.float32)


@pytest.mark.parametrize("name", MODALITIES)
def test_coordinates_are_the_centres_of_cells(name: str) -> None:
    kind = MODALITIES[name]
    places = kind.coordinates()
    assert places.shape == (kind.points, len(kind.patch))
    assert np.abs(places).max() < 1
    assert places.mean(0) == pytest.approx(0, abs=1e-6)
    assert (places[-1] - places[0]) == pytest.approx([2 - 2 / size for size in kind.patch])


def test_the_start_is_a_transform_by_principal_components(tiny: Representation) -> None:
    """With 12 of 27 directions kept, three steps come as close as the components themselves, within a tenth."""
    signals = smooth(64, seed=1)
    with torch.no_grad():
        error = (tiny.decode(tiny.fit(signals)) - signals).square().mean().item()
    flat = smooth(300).flatten(1)
    components = torch.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][: TINY.latent]
    rest = signals.flatten(1) - flat.mean(0)
    best = (rest - rest @ components.T @ components).square().mean().item()
    assert best < error < 1.6 * best + 1e-3


def test_meta_learning_lowers_its_loss(tiny: Representation) -> None:
    torch.manual_seed(0)
    learner = Representation(TINY, (48, 16), start="components")
    learner.load_state_dict(tiny.state_dict())
    descent = torch.optim.Adam(learner.parameters(), lr=1e-4)
    signals = smooth(16, seed=2)
    losses = []
    for _ in range(15):
        descent.zero_grad()
        loss = meta_loss(learner, signals)
        loss.backward()
        descent.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(p.grad is not None for name, p in learner.named_parameters() if "inner" not in name)


def test_parts_of_a_batch_give_the_gradient_of_the_whole(
    tiny: Representation, monkeypatch: pytest.MonkeyPatch
) -> None:
    slopes = []
    for size in (4, 100):
        monkeypatch.setattr("plugins.compression.vc_inr.train.PART", size)
        tiny.zero_grad()
        meta_loss(tiny, smooth(10, seed=3)).backward()
        slopes.append([p.grad.clone() for p in tiny.parameters() if p.grad is not None])
    for one, other in zip(*slopes, strict=True):
        assert torch.allclose(one, other, rtol=1e-2, atol=1e-4 * other.abs().max().item())


def test_a_random_network_begins_at_zero_and_evenly() -> None:
    """At the start the derivative in the latent has equal and orthogonal columns, but for what LayerNorm drops."""
    torch.manual_seed(0)
    before, network = Representation(TINY, (16,) * 5, frequency=6.0), evenly()
    with torch.no_grad():
        random, begin = (model.decode(model.start[None]).square().mean() for model in (before, network))
    assert begin < 0.1 * LEVEL**2 * random
    derivative = torch.func.jacfwd(lambda latent: network.decode(latent[None])[0].flatten())(
        network.start.detach()
    )
    sizes = torch.linalg.svdvals(derivative)[: TINY.latent - 1]
    assert sizes.min() > 0.75 * sizes.max()


def test_nothing_is_known_of_signals_before_training() -> None:
    weights = [evenly().state_dict() for _ in range(2)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_random_network_learns() -> None:
    network = evenly()
    descent = Soap(network.parameters(), lr=3e-3)
    held_out, losses = smooth(32, seed=9), []
    for step in range(40):
        if step % 39 == 0:
            with torch.no_grad():
                losses.append((network.decode(network.fit(held_out)) - held_out).square().mean().item())
        descent.zero_grad()
        meta_loss(network, smooth(16, seed=step)).backward()
        descent.step()
    assert losses[1] < 0.7 * losses[0]


def test_some_places_give_the_loss_of_signals_seen_there() -> None:
    network, signals = evenly(), smooth(3, seed=4)
    seen = every(TINY.patch, 2, (1, 0))
    with torch.no_grad():
        part = network.decode(network.start[None], network.coordinates[seen])
        assert torch.allclose(part, network.decode(network.start[None])[:, :, seen], atol=1e-5)
    fitted = network.fit_with_graph(signals[:, :, seen], network.coordinates[seen])
    assert fitted.shape == (3, TINY.latent)
    assert meta_loss(network, signals[:, :, seen], network.coordinates[seen], inner_steps=1).isfinite()


def test_every_second_point_of_a_grid() -> None:
    assert every((4, 6), 2, (1, 0)).tolist() == [6, 8, 10, 18, 20, 22]
    assert every((5,), 1, (0,)).tolist() == [0, 1, 2, 3, 4]


def test_components_are_uncorrelated_and_come_back() -> None:
    torch.manual_seed(0)
    latents = torch.randn(2000, 6) @ torch.randn(6, 6) + 3
    derivative = torch.randn(40, 6)
    components = Components(6)
    components.measure(latents, derivative)
    standard = components(latents)
    assert torch.allclose(torch.cov(standard.T), torch.eye(6), atol=1e-2)
    assert torch.allclose(components.inverse(standard), latents, atol=1e-2)
    changes = (
        derivative @ torch.linalg.inv(components.into).T
    )  # of the signal, by one deviation of each component
    assert torch.allclose(changes.T @ changes, torch.diag(components.deviation.square()), atol=1e-2 * 40)


def test_training_noise_is_uniform_and_as_wide_as_rounding(model: VcInr) -> None:
    torch.manual_seed(0)
    latent = MODALITIES["climate"].latent
    coder = Coder(model["climate"].compressors[2], torch.ones(latent), 1.0)
    standard = torch.randn(500, latent)
    seen = []
    coder.density.bits = lambda z, side: seen.append((z, side)) or z.sum(1)  # type: ignore[method-assign]
    coder(standard)
    (z, side), compressor = seen[0], coder.compressor
    for noise in (z - compressor.analyse(standard), side - compressor.side(z)):
        assert noise.abs().max() <= 0.5 + 1e-4
        assert noise.var().item() == pytest.approx(1 / 12, rel=0.05)


# ---------------------------------------------------------------------------------------------------------
# Files


@pytest.mark.parametrize("name", MODALITIES)
def test_streams_hold_exactly_what_the_encoder_rounded(model: VcInr, name: str) -> None:
    latent = codec.latents(model, name, patches(name, 3))
    for level in range(codec.levels(name)):
        stream = codec.encode_latents(model, name, latent, level)
        symbols = model[name].symbols(torch.from_numpy(latent), level)
        assert (model[name].tables(level).decode(stream, 3) == symbols).all()
        decoded = codec.decode(model, name, stream, 3, level)
        shown = codec.reconstruct(model, name, model[name].latents(symbols, level).numpy())
        assert decoded.shape == (3, *MODALITIES[name].patch, MODALITIES[name].channels)
        assert (decoded == shown).all()
        assert np.abs(decoded).max() <= 1


@pytest.mark.parametrize("name", MODALITIES)
def test_more_bits_buy_less_error(model: VcInr, name: str) -> None:
    given = patches(name, 6, seed=1)
    streams = codec.encode_levels(model, name, given)
    errors = [
        np.square(codec.decode(model, name, stream, 6, level) - given).mean()
        for level, stream in enumerate(streams)
    ]
    sizes = [len(stream) for stream in streams]
    assert sizes == sorted(sizes)
    assert errors[-1] < errors[0]


def test_rates_are_the_length_of_streams(model: VcInr) -> None:
    given = patches("picture", 8)
    for level in (0, codec.levels("picture") - 1):
        bits = codec.rate(model, "picture", given, level)
        assert bits.shape == (8,)
        assert (
            abs(8 * len(codec.encode(model, "picture", given, level)) - bits.sum()) < 0.01 * bits.sum() + 64
        )


def test_files_are_the_same_with_one_thread_and_two(model: VcInr) -> None:
    """The symbols are what the encoder sent, whatever the threads; so are bytes made of one latent."""
    latent, threads = codec.latents(model, "picture", patches("picture", 20)), torch.get_num_threads()
    symbols, streams = [], []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            streams.append(codec.encode_latents(model, "picture", latent, 2))
            symbols.append(model["picture"].tables(2).decode(streams[0], 20))
    finally:
        torch.set_num_threads(threads)
    assert (symbols[0] == symbols[1]).all()


def test_no_patches_make_an_empty_stream(model: VcInr) -> None:
    nothing = np.zeros((0, 32, 32, 3), np.float32)
    assert codec.encode(model, "picture", nothing, 0) == b""
    assert codec.decode(model, "picture", b"", 0, 0).shape == (0, 32, 32, 3)


@pytest.mark.parametrize(("count", "level"), [(-1, 0), (2**21, 0), (1, 9), (1, -1)])
def test_what_no_stream_can_be_is_refused(model: VcInr, count: int, level: int) -> None:
    with pytest.raises(InputError):
        codec.decode(model, "picture", b"abcd", count, level)


def test_damaged_streams_never_crash(model: VcInr) -> None:
    stream, rng = codec.encode(model, "climate", patches("climate", 4), 2), np.random.default_rng(0)
    for place in rng.integers(len(stream), size=30):
        for broken in (stream[:place], stream[:place] + bytes([stream[place] ^ 1]) + stream[place + 1 :]):
            with contextlib.suppress(InputError):
                assert np.isfinite(codec.decode(model, "climate", broken, 4, 2)).all()


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("name", MODALITIES)
def test_flat_patches_do_not_diverge(model: VcInr, name: str, value: float) -> None:
    kind = MODALITIES[name]
    flat = np.full((1, *kind.patch, kind.channels), value, np.float32)
    decoded = codec.reconstruct(model, name, codec.latents(model, name, flat))
    assert np.square(decoded - flat).mean() < 0.3


def test_progress_is_told_to_the_end(model: VcInr) -> None:
    told: list[float] = []
    codec.latents(model, "climate", patches("climate", 40), told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == 3


# ---------------------------------------------------------------------------------------------------------
# Weights


def test_weights_are_small_and_exact_in_half_precision(model: VcInr) -> None:
    hub.check_bytes(WEIGHTS, hub.read_lock(WEIGHTS), "VC-INR")
    assert (WEIGHTS / "model.safetensors").stat().st_size < 8e6
    for value in model.state_dict().values():
        if value.is_floating_point():
            assert value.dtype == torch.float32
            assert (value == value.half().float()).all()


def test_rounding_to_half_changes_nothing_twice() -> None:
    torch.manual_seed(0)
    representation = Representation(TINY, (16, 8))
    round_to_half(representation)
    before = {name: value.clone() for name, value in representation.state_dict().items()}
    round_to_half(representation)
    assert all((before[name] == value).all() for name, value in representation.state_dict().items())


def test_signals_are_channels_before_points() -> None:
    pixels = np.zeros((2, 4, 5, 3), np.uint8)
    pixels[1, 2, 3, 1] = 255
    signals = as_signals(pixels)
    assert signals.shape == (2, 3, 20)
    assert signals[1, 1, 13] == 1
    assert signals.sum() == 1 - 119
