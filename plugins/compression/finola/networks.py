"""The three networks that the method ships, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from .masked import Masked
from .model import Components, Finola


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "compression"],
    paper_url="https://arxiv.org/abs/2305.16319",
):
    """FINOLA for 32 x 32 pixels and for 64 x 64, masked FINOLA, and the principal components that are the rival.

    Args:
        code_length: numbers in the longest code of both sizes.
        channels: channels of a cell of both.
        masked_channels: channels of a cell of masked FINOLA.
    """

    def __init__(self, code_length: int = 128, channels: int = 256, masked_channels: int = 96) -> None:
        super().__init__()
        self.small = Finola(code_length, channels)
        self.large = Finola(code_length, channels, pixels=64)
        self.masked = Masked(masked_channels)
        self.small_rival, self.large_rival = Components(code_length), Components(code_length, pixels=64)

    def at(self, pixels: int) -> tuple[Finola, Components]:
        """The network whose vectors describe so many pixels on a side, 32 or 64, and its rival."""
        return {32: (self.small, self.small_rival), 64: (self.large, self.large_rival)}[pixels]
