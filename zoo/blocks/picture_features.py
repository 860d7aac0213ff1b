"""A small classifier of 28 x 28 grey pictures, whose features tell how alike two sets of pictures are.

network = hub.shared.pretrained("digit-features", PictureFeatures)
rows = features(network, pictures)
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from numpy.typing import NDArray
from torch import Tensor, nn


class PictureFeatures(nn.Module, PyTorchModelHubMixin):
    """Three convolutions, each halving the side but the last, 64 features as means over space, one linear layer.

    Args:
        classes: how many there are.
        width: features.
    """

    def __init__(self, classes: int = 10, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, width // 2, 5, padding=2), nn.BatchNorm2d(width // 2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width // 2, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
        )  # fmt: skip
        self.classify = nn.Linear(width, classes)

    def features(self, pictures: Tensor) -> Tensor:
        """Features `(n, 64)` of pictures `(n, 1, 28, 28)` in -1..1; what lies outside is clipped."""
        return self.layers(pictures.clamp(-1, 1)).mean((2, 3))

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits `(n, classes)`."""
        return self.classify(self.features(pictures))

    def error(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Cross-entropy of pictures `(n, 28, 28)`, 0 to 255, and labels `(n,)`."""
        return F.cross_entropy(self(in_range(batch[0])), batch[1])


def in_range(pictures: Tensor) -> Tensor:
    """Pictures of 0 to 255 `(n, 28, 28)` as networks see them: `(n, 1, 28, 28)` in -1..1."""
    return pictures[:, None].float() / 127.5 - 1


@torch.no_grad()
def features(network: PictureFeatures, pictures: Tensor, batch: int = 500) -> NDArray[np.float32]:
    """Features `(n, 64)` of pictures `(n, 1, 28, 28)` in -1..1, batch by batch."""
    return np.concatenate([network.features(part).numpy() for part in pictures.float().split(batch)])


@torch.no_grad()
def classes(network: PictureFeatures, pictures: Tensor, batch: int = 500) -> NDArray[np.int64]:
    """The class of each picture `(n,)`."""
    return np.concatenate([network(part).argmax(1).numpy() for part in pictures.float().split(batch)])
