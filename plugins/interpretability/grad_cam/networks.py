"""The classifiers that are looked into, as one file of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from huggingface_hub import PyTorchModelHubMixin
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.blocks.two_objects import CLASSES
from zoo.blocks.two_views import as_pictures, standardised

TRAININGS = 3
"""Seeds with which the network was trained; the page shows the first."""
LAYERS = ("layer1", "layer2", "layer3", "layer4")
"""The ends of its four blocks: maps of 32, 16, 8 and 8 cells a side for scenes of 64 pixels."""


def network() -> nn.Module:
    """timm's ResNet of four basic blocks, with a first convolution of 3 x 3: 152,026 numbers.

    Its last map is averaged over all places and read by one linear layer: a logit a class, present or not.
    """
    from timm.models.resnet import BasicBlock, ResNet

    block: Any = BasicBlock
    net: Any = ResNet(
        block, (1, 1, 1, 1), num_classes=CLASSES, channels=(16, 32, 64, 64), stem_type="deep", stem_width=8,
        output_stride=16,
    )  # fmt: skip
    net.conv1 = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)
    nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    net.maxpool = nn.Identity()
    for convolution in (net.layer4[0].conv1, net.layer4[0].conv2):
        convolution.dilation = convolution.padding = (1, 1)  # timm spreads what it does not shrink
    return net


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
        self.trained = nn.ModuleList(network() for _ in range(trainings))


def seen(images: NDArray[np.uint8]) -> Tensor:
    """Pictures uint8 (n, h, w, 3) as the networks take them, (n, 3, h, w)."""
    return standardised(as_pictures(images))
