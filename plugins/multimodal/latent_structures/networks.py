"""The towers that the method ships, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from .model import Towers

TRAININGS = 3
"""Seeds with which each arm was trained; the page shows the first."""
GAP_ARMS = ("sharp", "aligned_half", "aligned")
"""The gap experiment's: L_Con alone at a low temperature, and there with L_Align at weight 1/2 and 1."""
ARMS = ("plain", "cyclip", "separation", "bridge", "geometry", "together", *GAP_ARMS)
"""L_Con alone; with CyCLIP's terms, each regulariser, all of them; and those of the gap experiment."""


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "multimodal"],
    paper_url="https://arxiv.org/abs/2303.05952",
):
    """Towers of every arm and training.

    Args:
        size: numbers of a direction.
        trainings: seeds of every arm.
    """

    def __init__(self, size: int = 64, trainings: int = TRAININGS) -> None:
        super().__init__()
        self.arms = nn.ModuleDict(
            {arm: nn.ModuleList(Towers(size) for _ in range(trainings)) for arm in ARMS}
        )

    def towers(self, arm: str, training: int = 0) -> Towers:
        """The towers of an arm."""
        return self.arms[arm][training]  # type: ignore[index]
