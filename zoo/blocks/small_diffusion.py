"""A small diffusion model of 28 x 28 grey pictures: its noise, its U-Net, and the pipeline that diffusers knows it as.

A picture x_0 in -1..1 becomes x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) e with white noise e, t = 0..999, abar the
running product of 1 - beta, beta linear from 1e-4 to 0.02 [1]. The network says e. It is diffusers' own `UNet2DModel`
on pictures whose 2 x 2 squares became four channels: half the side, a third of the price, and white noise stays
white, since pixels only change places.

    network = hub.shared.pretrained("diffusion-digits", PixelUNet)
    noise = network(noisy, steps)

[1] J. Ho, A. Jain and P. Abbeel, Denoising Diffusion Probabilistic Models, NeurIPS 2020, equations 2, 4 and 14.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

SIZE = 28
STEPS = 1000
"""Levels of noise that the network was trained for."""

NOISE: dict[str, Any] = {
    "num_train_timesteps": STEPS,
    "beta_start": 1e-4,
    "beta_end": 0.02,
    "beta_schedule": "linear",
}
"""What every scheduler of diffusers has to be told about this model."""

UNET: dict[str, Any] = {
    "sample_size": SIZE // 2,
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 1,
    "block_out_channels": (48, 64),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "norm_num_groups": 8,
    "attention_head_dim": 16,
}
"""The configuration of the U-Net: 0.9 million parameters, 3.6 MB."""


def kept_power() -> Tensor:
    """abar of every step, float64 `(1000,)`: the share of a noisy picture's power that is picture."""
    betas = torch.linspace(NOISE["beta_start"], NOISE["beta_end"], STEPS, dtype=torch.float64)
    return (1 - betas).cumprod(0)


def _ready_for_forward_mode(unet: Any) -> Any:
    """Hand group norms their input in the order of its axes, without which torch has no forward derivative of them."""
    for part in unet.modules():
        if isinstance(part, nn.GroupNorm):
            part.register_forward_pre_hook(_in_order)
    return unet


def _in_order(part: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (arguments[0].contiguous(),)


class PixelUNet(nn.Module, PyTorchModelHubMixin):
    """Says the noise in a noisy picture.

    Args:
        unet: another configuration of the U-Net than `UNET`.
    """

    def __init__(self, unet: dict[str, Any] | None = None) -> None:
        super().__init__()
        from diffusers import UNet2DModel

        self.unet: Any = _ready_for_forward_mode(UNet2DModel(**(unet or UNET)))

    def forward(self, pictures: Tensor, steps: Tensor | int) -> Tensor:
        """Noise of pictures `(n, 1, 28, 28)` at steps `(n,)` or one step; `(n, 1, 28, 28)`."""
        noise = self.unet(F.pixel_unshuffle(pictures, 2), steps, return_dict=False)[0]
        return F.pixel_shuffle(noise, 2)

    def error(self, pictures: Tensor) -> Tensor:
        """Mean squared error of the noise at random steps, [1] equation 14: what training minimises.

        Args:
            pictures: `(n, 28, 28)`, 0 to 255.
        """
        clean = pictures[:, None].float() / 127.5 - 1
        steps = torch.randint(STEPS, (len(clean),), device=clean.device)
        power = kept_power().to(clean)[steps][:, None, None, None]
        noise = torch.randn_like(clean)
        return F.mse_loss(self(power.sqrt() * clean + (1 - power).sqrt() * noise, steps), noise)

    @classmethod
    def from_pretrained(cls, folder: str | Path, **_: Any) -> Self:  # type: ignore[override]
        """The network in a folder that `save_as_pipeline` wrote."""
        from diffusers import UNet2DModel

        unet = UNet2DModel.from_pretrained(str(folder), subfolder="unet", local_files_only=True)
        network = cls(dict(unet.config))
        network.unet = _ready_for_forward_mode(unet)
        return network.eval()

    def save_as_pipeline(self, folder: Path) -> None:
        """Write `model_index.json`, `unet/` and `scheduler/`, as diffusers lays a `DDIMPipeline` out."""
        from diffusers import DDIMPipeline, DDIMScheduler

        scheduler = DDIMScheduler(**NOISE, clip_sample=False)
        pipeline: Any = DDIMPipeline(self.unet, scheduler)
        pipeline.save_pretrained(folder, safe_serialization=True)
