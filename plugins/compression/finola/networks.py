"""The three networks that the method ships, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from .masked import Masked
from .model import Finola


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "compression"],
    paper_url="https://arxiv.org/abs/2305.16319",
):
    """FINOLA for 32 x 32 pixels, FINOLA for 64 x 64 pixels that grows by the same matrices, and masked FINOLA.

    Args:
        code_length: numbers in the longest code of both sizes.
        channels: channels of a cell of both.
        masked_channels: channels of a cell of masked FINOLA.
    """

    def __init__(self, code_length: int = 128, channels: int = 384, masked_channels: int = 96) -> None:
        super().__init__()
        self.small = Finola(code_length, channels)
        self.large = Finola(code_length, channels, width=64, pixels=64)
        for direction in ("right", "left", "down", "up"):
            setattr(self.large, direction, getattr(self.small, direction))
        self.masked = Masked(masked_channels)

    def at(self, pixels: int) -> Finola:
        """The network whose vectors describe so many pixels on a side, 32 or 64."""
        return {32: self.small, 64: self.large}[pixels]
