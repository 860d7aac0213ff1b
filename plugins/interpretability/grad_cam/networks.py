"""The classifiers that are looked into, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from zoo.blocks.small_resnet import small_resnet

TRAININGS = 3
"""Seeds with which the network was trained; the page shows the first."""


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "interpretability"],
    paper_url="https://arxiv.org/abs/1610.02391",
):
    """The same network trained with several seeds.

    Args:
        trainings: how many.
    """

    def __init__(self, trainings: int = TRAININGS) -> None:
        super().__init__()
        self.trained = nn.ModuleList(small_resnet() for _ in range(trainings))
