"""The loop against diffusers' own, on exact mixtures, with its hooks; the denoiser against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, PNDMScheduler, UniPCMultistepScheduler
from torch import Tensor

from zoo.blocks.best_denoisers import Memory, Mixture
from zoo.blocks.denoising import (
    CLIPPED,
    Denoiser,
    Hooks,
    Step,
    along,
    noise_of,
    noised,
    path,
    sample,
    streams,
    white,
)
from zoo.blocks.pixel_pipeline import PixelPipeline
from zoo.blocks.sample_quality import energy_distance
from zoo.blocks.small_diffusion import NOISE, UNET, PixelUNet, kept_power

TINY = UNET | {"block_out_channels": (8, 8), "norm_num_groups": 4, "attention_head_dim": 8}
SCHEDULERS = {
    "DDIM": DDIMScheduler(**NOISE, clip_sample=False),
    "PNDM": PNDMScheduler(**NOISE),
    "DPM-Solver++": DPMSolverMultistepScheduler(**NOISE),
    "UniPC": UniPCMultistepScheduler(**NOISE),
}
DDIM = SCHEDULERS["DDIM"]
RING = Mixture.ring()


@pytest.fixture(scope="module")
def network() -> PixelUNet:
    """The U-Net as it is, but narrow and untrained, with an output that is small, as trained ones' are."""
    torch.manual_seed(0)
    network = PixelUNet(TINY).eval().requires_grad_(False)
    network.unet.conv_out.weight *= 0.3
    return network


def test_the_configuration_is_the_one_that_is_said() -> None:
    with torch.device("meta"):
        assert sum(part.numel() for part in PixelUNet().parameters()) == 893_044
    torch.testing.assert_close(kept_power().float(), DDIM.alphas_cumprod, rtol=1e-4, atol=0)


@pytest.mark.parametrize("eta", [0.0, 0.7])
def test_ddim_is_diffusers_own_pipeline_on_the_same_noise(network: PixelUNet, eta: float) -> None:
    pipeline = PixelPipeline(network.unet, DDIM)
    pipeline.set_progress_bar_config(disable=True)
    # the pipeline draws noise of four channels; ours is that noise with its pixels put back
    begin = torch.cat([torch.randn(1, 4, 14, 14, generator=stream) for stream in streams(5, 3)])
    expected = pipeline(batch_size=3, generator=streams(5, 3), eta=0.0, num_inference_steps=10).images
    start = torch.nn.functional.pixel_shuffle(begin, 2)
    mine = sample(network, DDIM, streams(5, 3), steps=10, start=start)
    np.testing.assert_allclose((mine[:, 0] / 2 + 0.5).clamp(0, 1), expected, atol=1e-5)
    if eta:  # with noise on the way: diffusers' step alone, as its documentation loops over it
        noises, state = streams(5, 3), start
        scheduler = DDIMScheduler(**NOISE, clip_sample=False)
        scheduler.set_timesteps(10)
        for t in scheduler.timesteps:
            state = scheduler.step(network(state, t), t, state, eta=eta, generator=noises).prev_sample
        mine = sample(network, DDIM, streams(5, 3), steps=10, start=start, eta=eta)
        torch.testing.assert_close(mine, state, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_finds_the_ring_with_more_steps(name: str) -> None:
    """Energy distance to fresh draws of the exact mixture falls to what two sets of draws have between them."""
    real = RING.draw(1000, seed=1)[0].numpy()
    floor = abs(energy_distance(RING.draw(1000, seed=2)[0].numpy(), real))
    far = []
    for steps in (4, 60):
        drawn = sample(
            noise_of(RING), SCHEDULERS[name], streams(0, 1000), steps=steps, shape=(2,), batch=1000
        )
        far.append(energy_distance(drawn.numpy(), real))
    assert far[1] < 0.2 * far[0]
    assert far[1] < floor + 0.004


def test_a_picture_is_the_same_in_any_batch_and_order(network: PixelUNet) -> None:
    whole = sample(network, DDIM, streams(3, 5), steps=4, eta=1.0)
    parts = sample(network, DDIM, streams(3, 5), steps=4, eta=1.0, batch=2)
    torch.testing.assert_close(parts, whole, atol=1e-4, rtol=0)
    last = sample(network, DDIM, streams(3, 2, first=3), steps=4, eta=1.0)
    torch.testing.assert_close(last, whole[3:], atol=1e-4, rtol=0)
    assert not torch.allclose(white(streams(3, 1)), white(streams(4, 1)))
    assert whole.dtype == torch.float32


def test_noised_pictures_have_the_power_of_their_step() -> None:
    clean = torch.full((3, 1, 28, 28), -0.5)
    for t in (0, 300, 999):
        noisy = noised(clean, t, streams(0, 3))
        power = float(DDIM.alphas_cumprod[t])
        assert float(noisy.mean()) == pytest.approx(-0.5 * power**0.5, abs=0.08)
        assert float(noisy.var()) == pytest.approx(1 - power, rel=0.08)
        torch.testing.assert_close(noisy[1:2], noised(clean[:1], t, streams(0, 1, first=1)))


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[float] = []

    def tell(fraction: float, text: str) -> None:
        told.append(fraction)
        if len(told) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(noise_of(RING), DDIM, streams(0, 4), steps=4, shape=(2,), batch=2, progress=tell)
    assert told == [0.125, 0.25, 0.375, 0.5, 0.625]


def test_skipping_steps_goes_on_from_a_picture_that_is_as_noisy() -> None:
    """All steps are the first ones and, from there, those that are left."""
    noises = streams(1, 3)
    begin = white(noises, (2,))
    steps = list(path(noise_of(RING), DDIM, noises, begin, 10))
    rest = sample(noise_of(RING), DDIM, streams(1, 3), steps=10, start=steps[3].state, skip=4)
    torch.testing.assert_close(rest, steps[-1].state)
    assert [step.next_power for step in steps[:-1]] == [step.power for step in steps[1:]]
    assert steps[-1].next_power == 1


def test_hooks_before_at_and_after_the_clean_prediction() -> None:
    seen: list[str] = []

    def before(state: Tensor, t: Tensor, rows: slice) -> Tensor:
        seen.append(f"before {rows.start}")
        return state + 1

    def clean(step: Step, rows: slice) -> Tensor:
        seen.append("clean")
        torch.testing.assert_close(
            step.noisy, step.power**0.5 * step.clean + (1 - step.power) ** 0.5 * step.noise
        )
        return torch.zeros_like(step.clean)

    def after(step: Step, rows: slice) -> Tensor:
        seen.append("after")
        # DDIM with a clean picture of 0 keeps the noise alone
        torch.testing.assert_close(
            step.state, (1 - step.next_power) ** 0.5 * step.noise, atol=1e-5, rtol=1e-4
        )
        return step.state - 1

    hooks = Hooks(before, clean, after)
    drawn = sample(noise_of(RING), DDIM, streams(0, 2), steps=3, shape=(2,), batch=1, hooks=hooks)
    assert seen == [word for row in "01" for _ in range(3) for word in (f"before {row}", "clean", "after")]
    torch.testing.assert_close(drawn, -torch.ones(2, 2), atol=1e-5, rtol=0)


def test_clipped_predictions_stay_in_range_whatever_the_noise_was() -> None:
    far = Mixture.round(torch.tensor([[3.0, -0.5]], dtype=torch.float64), 0.01)
    drawn = sample(noise_of(far), DDIM, streams(0, 3), steps=20, shape=(2,), hooks=CLIPPED)
    torch.testing.assert_close(drawn, torch.tensor([[1.0, -0.5]]).expand(3, 2), atol=0.05, rtol=0)


def test_a_hook_may_ask_for_the_gradient_of_the_clean_prediction(network: PixelUNet) -> None:
    """As diffusion posterior sampling does, at the price of one backward pass."""
    aim = torch.full((2, 1, 28, 28), 0.5)

    def after(step: Step, rows: slice) -> Tensor:
        (slope,) = torch.autograd.grad((step.clean - aim).square().sum().sqrt(), step.noisy)
        return step.state - 2 * slope

    free = sample(network, DDIM, streams(0, 2), steps=10)
    guided = sample(network, DDIM, streams(0, 2), steps=10, hooks=Hooks(after=after, gradients=True))
    assert (guided - aim).square().mean() < (free - aim).square().mean()
    assert not guided.requires_grad


def test_the_denoiser_and_the_oracle_are_one_anothers_inverse() -> None:
    """Noise from the exact denoiser, and from that noise the denoiser: the same, at steps and between them."""
    denoiser = Denoiser(lambda noisy, t: noise_of(RING)(noisy, t.round()))
    y = RING.draw(4, seed=0)[0] + 0.3
    for t in (0, 10, 500, 999):
        sigma = float(denoiser.levels[t])
        torch.testing.assert_close(denoiser(y, sigma), RING(y, sigma), rtol=1e-6, atol=1e-6)
        assert float(denoiser.step(sigma)) == pytest.approx(t)
    between = math.sqrt(float(denoiser.levels[10] * denoiser.levels[11]))
    assert float(denoiser.step(between)) == pytest.approx(10.5)
    assert denoiser.step(torch.tensor([1e-9, 1e9])).tolist() == [0, 999]


def test_its_forward_derivative_is_that_of_differences(network: PixelUNet) -> None:
    """In float64, through convolutions, group norms and attention; and once more along the same direction."""
    denoiser, sigma = Denoiser(network.double()), 1.1
    stream = torch.Generator().manual_seed(0)
    y, direction = torch.randn(2, 2, 1, 28, 28, generator=stream, dtype=torch.float64)
    clean, product = denoiser.along(y, sigma, direction)
    torch.testing.assert_close(clean, denoiser(y, sigma))
    h = 1e-5
    differences = (denoiser(y + h * direction, sigma) - denoiser(y - h * direction, sigma)) / (2 * h)
    torch.testing.assert_close(product, differences, rtol=1e-6, atol=1e-7)
    twice = along(lambda moved: denoiser.along(moved, sigma, direction)[1], y, direction)[1]
    h = 1e-4
    ends = [denoiser.along(y + sign * h * direction, sigma, direction)[1] for sign in (1, -1)]
    torch.testing.assert_close(twice, (ends[0] - ends[1]) / (2 * h), rtol=1e-4, atol=1e-5)
    network.float()


def test_a_memory_of_pictures_draws_these_pictures() -> None:
    kept = torch.where(torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(1)) < 0.3, 1.0, -1.0)
    drawn = sample(noise_of(Memory(kept)), DDIM, streams(2, 12), steps=20)
    nearest = torch.cdist(drawn.flatten(1), kept.flatten(1)).min(1)
    assert nearest.values.max() < 0.05 * kept[0].norm()
    assert len(nearest.indices.unique()) > 2
