"""The encoders and critics that the method ships, as one file of weights."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from .encoders import WIDTHS, Critic, Encoder, Projections

TRAININGS = 3
"""Seeds with which each way of training was done; the page shows the first."""
ARMS = ("demi", "infonce", "control")


class Networks(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="latent-zoo",
    license="apache-2.0",
    tags=["latent-zoo", "selfsupervised"],
    paper_url="https://arxiv.org/abs/2106.13401",
):
    """Encoders of every arm and training, and the projections of each arm's first.

    Args:
        widths: channels of the stages of each encoder.
        trainings: seeds of every arm.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, trainings: int = TRAININGS) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(
            {arm: nn.ModuleList(Encoder(tuple(widths)) for _ in range(trainings)) for arm in ARMS}
        )
        self.projections = nn.ModuleDict({arm: Projections(widths[-1]) for arm in ARMS})

    def encoder(self, arm: str, training: int = 0) -> Encoder:
        """The encoder of an arm."""
        return self.encoders[arm][training]  # type: ignore[index]

    def critic(self, arm: str) -> Critic:
        """The first training of an arm with its projections."""
        critic = Critic.__new__(Critic)
        nn.Module.__init__(critic)
        critic.encoder, critic.projections = self.encoder(arm), self.projections[arm]
        return critic
