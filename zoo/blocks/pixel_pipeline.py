"""The pipeline of diffusers for a U-Net on pictures whose 2 x 2 squares became channels (`small_diffusion`).

Imports diffusers, so it is imported where it is used.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DDIMPipeline, ImagePipelineOutput


class PixelPipeline(DDIMPipeline):
    """`DDIMPipeline` that puts the pixels back: `PixelPipeline.from_pretrained(hub.shared.folder(name))(seeds)`."""

    def __call__(self, *arguments: Any, **options: Any) -> ImagePipelineOutput:
        """As `DDIMPipeline`'s, but always float pictures `(n, 28, 28)` in 0..1."""
        squares = super().__call__(*arguments, **options | {"output_type": "np"}).images  # type: ignore[misc]
        pictures = F.pixel_shuffle(torch.from_numpy(squares).permute(0, 3, 1, 2), 2)
        return ImagePipelineOutput(images=pictures[:, 0].numpy())
