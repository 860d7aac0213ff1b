"""From noise to pictures: one loop for every scheduler of diffusers, with hooks, and the denoiser within it.

    network = hub.shared.pretrained("diffusion-digits", PixelUNet)
    scheduler = DDIMScheduler(**NOISE, clip_sample=False)
    pictures = sample(network, scheduler, streams(seed, 100), steps=20)

What says the noise, here and below, is any function of noisy pictures x_t `(n, ...)` and a step t; so an exact oracle
(`best_denoisers`) takes the place of a network. Two scales are in use and turned into one another here: x_t =
sqrt(abar) x_0 + sqrt(1 - abar) e, in which networks are trained, and y = x_0 + sigma e with sigma = sqrt(1/abar - 1),
in which denoisers have their formulas: y = x_t / sqrt(abar).

Everything random comes from a stream a picture, so a picture is the same in whatever batch it is drawn.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.blocks.small_diffusion import SIZE, kept_power

Noise = Callable[[Tensor, Any], Tensor]
"""(x_t, t) -> the noise in it."""

Denoise = Callable[[Tensor, Any], Tensor]
"""(y, sigma) -> the clean picture that is expected, E[x_0 | y]."""

PICTURE = (1, SIZE, SIZE)


@dataclass
class Step:
    """One step of the loop, as hooks and pages see it.

    Attributes:
        number: from 0.
        count: of all steps.
        t: the network's step.
        power: abar at t.
        next_power: abar where the step leads; 1 in the end.
        noisy: what the network is given.
        noise: what it says.
        clean: the clean picture that follows from both.
        state: what the scheduler makes of it, where the step leads.
    """

    number: int
    count: int
    t: Tensor
    power: float
    next_power: float
    noisy: Tensor
    noise: Tensor
    clean: Tensor
    state: Tensor


@dataclass(frozen=True)
class Hooks:
    """What may be changed on the way; each is given tensors of one batch, and the rows of these among all pictures.

    Attributes:
        before: of state, t and rows -> the state that the network is to see.
        clean: of a step and rows -> another clean prediction. The noise then follows from it, which every scheduler
            understands; who wants to keep the noise, as MPGD does, adds sqrt(next_power) times the change afterwards.
        after: of a step and rows -> another state than `step.state`.
        gradients: whether `step.clean` and `step.noise` keep their graph back to `step.noisy`.
    """

    before: Callable[[Tensor, Tensor, slice], Tensor] | None = None
    clean: Callable[[Step, slice], Tensor] | None = None
    after: Callable[[Step, slice], Tensor] | None = None
    gradients: bool = False


CLIPPED = Hooks(clean=lambda step, rows: step.clean.clamp(-1, 1))
"""Clean predictions stay in the range of pictures, and the noise follows. `clip_sample` of diffusers' DDIM keeps the
noise as it was, which leaves a picture grey where it should be black."""


def streams(seed: int, count: int, first: int = 0) -> list[torch.Generator]:
    """A random stream for each of the pictures `first` to `first + count - 1` of a seed."""
    words = [np.random.SeedSequence([seed, row]).generate_state(2) for row in range(first, first + count)]
    return [torch.Generator().manual_seed(int(high) << 31 ^ int(low)) for high, low in words]


def white(noises: Sequence[torch.Generator], shape: tuple[int, ...] = PICTURE) -> Tensor:
    """White noise, a picture from each stream, `(n, *shape)`."""
    return torch.stack([torch.randn(shape, generator=stream) for stream in noises])


def noised(clean: Tensor, t: int, noises: Sequence[torch.Generator]) -> Tensor:
    """Pictures `(n, ...)` with the noise of a step, from a stream each: x_t."""
    power = float(kept_power()[t])
    return power**0.5 * clean + (1 - power) ** 0.5 * white(noises, tuple(clean.shape[1:]))


def sample(
    noise: Noise,
    scheduler: Any,
    noises: Sequence[torch.Generator],
    *,
    steps: int,
    start: Tensor | None = None,
    skip: int = 0,
    shape: tuple[int, ...] = PICTURE,
    hooks: Hooks | None = None,
    batch: int = 64,
    progress: Callable[[float, str], Any] | None = None,
    **options: Any,
) -> Tensor:
    """Draw pictures, in batches.

    Args:
        noise: says the noise.
        scheduler: one of diffusers that takes noise; each batch gets a copy, since schedulers remember.
        noises: a stream for each picture.
        steps: of the scheduler.
        start: `(n, *shape)`, what to begin with instead of white noise.
        skip: how many of the first steps to leave out; `start` is then as noisy as the first that is left.
        shape: of a picture, where there is no `start`.
        hooks: what is changed on the way.
        batch: how many are drawn together.
        progress: told how far it is after every step; what it raises ends the loop.
        options: for the scheduler's `step`, such as `eta`.

    Returns:
        `(n, *shape)`, float32, not clipped.
    """
    drawn: list[Tensor] = []
    for first in range(0, len(noises), batch):
        rows = slice(first, min(first + batch, len(noises)))
        begin = white(noises[rows], shape) * scheduler.init_noise_sigma if start is None else start[rows]
        state = begin
        for step in path(noise, scheduler, noises[rows], begin, steps, skip, hooks, rows, **options):
            if progress is not None:
                share = (step.number + 1) / step.count
                progress((first + share * (rows.stop - first)) / len(noises), f"step {step.number + 1}")
            state = step.state
        drawn.append(state)
    return torch.cat(drawn)


def path(
    noise: Noise,
    scheduler: Any,
    noises: Sequence[torch.Generator],
    state: Tensor,
    steps: int,
    skip: int = 0,
    hooks: Hooks | None = None,
    rows: slice | None = None,
    **options: Any,
) -> Iterator[Step]:
    """Every step of one batch, as it is taken; `state` is the beginning, the rest as for `sample`."""
    hooks, rows = hooks or Hooks(), rows or slice(0, len(state))
    scheduler = copy.deepcopy(scheduler)
    scheduler.set_timesteps(steps)
    times, powers = scheduler.timesteps[skip:], scheduler.alphas_cumprod
    if "generator" in inspect.signature(scheduler.step).parameters:
        options["generator"] = list(noises)
    for number, t in enumerate(times):
        state = hooks.before(state, t, rows) if hooks.before else state
        noisy = scheduler.scale_model_input(state, t)
        power = float(powers[int(t)])
        later = times[number + 1 :]
        with torch.set_grad_enabled(hooks.gradients):
            noisy = noisy.detach().requires_grad_(hooks.gradients)
            said = noise(noisy, t)
            clean = (noisy - (1 - power) ** 0.5 * said) / power**0.5
        next_power = float(powers[int(later[0])]) if len(later) else 1.0
        step = Step(number, len(times), t, power, next_power, noisy, said, clean, state)
        if hooks.clean:
            step.clean = hooks.clean(step, rows)
            step.noise = (noisy - power**0.5 * step.clean) / (1 - power) ** 0.5
        with torch.no_grad():
            step.state = scheduler.step(step.noise.detach(), t, state, **options).prev_sample
        if hooks.after:
            step.state = hooks.after(step, rows)
        state = step.state = step.state.detach()
        yield step


class Denoiser:
    """The clean picture that a network expects behind a noisy one, y = x_0 + sigma e; differentiable.

    Args:
        noise: says the noise in x_t.

    Between the network's steps, sigma is that of a fraction of a step.
    """

    def __init__(self, noise: Noise) -> None:
        self.noise = noise
        self.levels = (1 / kept_power() - 1).sqrt()

    def step(self, sigma: Tensor | float) -> Tensor:
        """The step, not a whole one, at which noise has this standard deviation; by straight lines in its logarithm."""
        asked = torch.as_tensor(sigma, dtype=torch.float64).log()
        known = self.levels.log()
        right = torch.searchsorted(known, asked.contiguous()).clamp(1, len(known) - 1)
        share = (asked - known[right - 1]) / (known[right] - known[right - 1])
        return (right - 1 + share).clamp(0, len(known) - 1)

    def __call__(self, y: Tensor, sigma: Tensor | float) -> Tensor:
        """The clean picture.

        Args:
            y: noisy pictures `(n, 1, 28, 28)`, not clipped.
            sigma: the noise's standard deviation, where pictures reach from -1 to 1; one, or one a picture `(n,)`.
        """
        level = torch.as_tensor(sigma, dtype=y.dtype).reshape(-1, *[1] * (y.dim() - 1))
        t = self.step(torch.as_tensor(sigma)).to(y.dtype).reshape(-1).expand(len(y))
        return y - level * self.noise(y / (1 + level**2).sqrt(), t)

    def along(self, y: Tensor, sigma: Tensor | float, direction: Tensor) -> tuple[Tensor, Tensor]:
        """The clean picture, and how fast it changes along a direction of y: its Jacobian's product, in one pass."""
        return along(lambda moved: self(moved, sigma), y, direction)


def along(function: Callable[[Tensor], Tensor], place: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    """A function and its derivative along a direction, forwards; attention is computed in the way that allows it."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        value, product = torch.func.jvp(function, (place,), (direction,))  # type: ignore[misc]
        return value, product


def noise_of(denoise: Denoise) -> Noise:
    """What says the noise in x_t at whole steps, from a denoiser of y: an oracle in a network's place."""
    levels = (1 / kept_power() - 1).sqrt()

    def noise(noisy: Tensor, t: Any) -> Tensor:
        sigma = levels[torch.as_tensor(t, dtype=torch.long)].to(noisy.dtype)
        sigma = sigma.reshape(-1, *[1] * (noisy.dim() - 1))
        y = noisy * (1 + sigma**2).sqrt()
        return ((y - denoise(y, sigma.flatten())) / sigma).to(noisy.dtype)

    return noise
