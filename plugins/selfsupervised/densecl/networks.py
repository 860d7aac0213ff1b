"""The encoders that the method ships, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from .model import Encoder

TRAININGS = 3
"""Seeds with which each way of training was done; the page shows the first."""
ARMS = ("densecl", "moco", "random")
"""The paper's loss, the same without its dense term, and with places matched at random."""


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "selfsupervised"],
    paper_url="https://arxiv.org/abs/2011.09157",
):
    """Encoders of every arm and training, and another that was trained on labels.

    Args:
        widths: channels of the stages of each.
        trainings: seeds of every arm.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 80), trainings: int = TRAININGS) -> None:
        super().__init__()
        self.arms = nn.ModuleDict(
            {arm: nn.ModuleList(Encoder(tuple(widths)) for _ in range(trainings)) for arm in ARMS}
        )
        self.supervised = Encoder(tuple(widths))

    def encoder(self, arm: str, training: int = 0) -> Encoder:
        """The encoder of an arm, or the "supervised" one."""
        return self.supervised if arm == "supervised" else self.arms[arm][training]  # type: ignore[index]
