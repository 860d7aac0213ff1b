"""A network that learns where to look: theta from the picture, a grid from theta, bilinear sampling at the grid.

A localisation network says from a picture what theta is; every place (x, y) of the output in [-1, 1]² is read at
T_theta(x, y) of the picture, bilinearly and black beyond its edges; a classifier sees only what was read. All of it is
differentiable, so the class alone teaches theta. Source: Jaderberg, Simonyan, Zisserman and Kavukcuoglu 2015,
arXiv 1506.02025.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional

SIDE, CROP = 42, 28
"""Pixels of the side of a picture, and of what is read from it."""
MEAN, SPREAD = 0.0655, 0.21
"""Of pixels, about; they are normalised after sampling, so that what lies beyond an edge is black."""
GENTLE = 1 / 3
"""The localisation network's learning rate, as a share of the classifier's."""


def grid(theta: Tensor, side: int = CROP) -> Tensor:
    """Where each pixel of a square is read, x before y, `(n, side, side, 2)`, by affine maps `(n, 2, 3)`.

    The edges of pictures, not the middles of their outer pixels, are at -1 and 1, here and in ``sampled``.
    """
    return functional.affine_grid(theta, [len(theta), 1, side, side], align_corners=False)


def sampled(pictures: Tensor, places: Tensor) -> Tensor:
    """Pictures `(n, c, h, w)` read bilinearly at places `(n, H, W, 2)`; black beyond [-1, 1]."""
    return functional.grid_sample(
        pictures, places, mode="bilinear", padding_mode="zeros", align_corners=False
    )


class Look(nn.Module):
    """Reads `(n, 1, 28, 28)` from pictures `(n, 1, 42, 42)`, through the affine maps that `theta` says."""

    def theta(self, pictures: Tensor) -> Tensor:
        """`(n, 2, 3)`."""
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> Tensor:
        """What is read, `(n, 1, 28, 28)`, of pictures `(n, 1, 42, 42)`."""
        return sampled(pictures, grid(self.theta(pictures)))


class Transformer(Look):
    """The localisation network, which starts at the identity; `taught` is False for controls.

    Args:
        taught: whether theta is learned.
        chance: spread of the weights of its last layer at the start, 0 as the paper has it.
    """

    def __init__(self, taught: bool = True, chance: float = 0.0) -> None:
        super().__init__()
        last = nn.Linear(32, 6)
        nn.init.normal_(last.weight, std=chance)
        last.bias.data.copy_(torch.eye(2, 3).flatten())
        self.localise = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(1, 8, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 16, 5), nn.ReLU(),
            nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), last,
        ).requires_grad_(taught)  # fmt: skip

    def theta(self, pictures: Tensor) -> Tensor:
        """As pictures `(n, 1, 42, 42)` ask for, `(n, 2, 3)`."""
        return self.localise((pictures - MEAN) / SPREAD).unflatten(1, (2, 3))


class Moments(Look):
    """The obvious simple thing: centre of mass to the middle, longest axis upright, spread to that of a usual digit."""

    usual = 0.43
    """Root of the summed variances of x and y, 0.48 for most digits of 28 pixels; 0.43 leaves them a margin."""

    def theta(self, pictures: Tensor) -> Tensor:
        """By moments of the ink of pictures `(n, 1, 42, 42)`, `(n, 2, 3)`."""
        at = grid(torch.eye(2, 3)[None], SIDE).reshape(-1, 2)
        share = pictures.flatten(1) + 1e-9
        share = share / share.sum(1, keepdim=True)
        middle = share @ at
        apart = at - middle[:, None]
        spread = torch.einsum("np,npi,npj->nij", share, apart, apart)
        size = spread.diagonal(dim1=1, dim2=2).sum(1).sqrt() / self.usual
        axis = torch.linalg.eigh(spread)[1][:, :, 1]
        x, y = (axis * torch.where(axis[:, 1:] < 0, -1, 1) * size[:, None]).unbind(1)
        return torch.stack([y, x, middle[:, 0], -x, y, middle[:, 1]], 1).unflatten(1, (2, 3))


class Network(nn.Module):
    """What `look` reads of a picture, normalised and classified; the whole picture where it is the identity."""

    def __init__(self, look: nn.Module, classify: nn.Module) -> None:
        super().__init__()
        self.look, self.classify = look, classify

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits `(n, 10)` of pictures from 0 to 1, `(n, 1, 42, 42)`."""
        return self.classify((self.look(pictures) - MEAN) / SPREAD)


def plain(side: int, first: int, second: int, hidden: int) -> nn.Module:
    """Two convolutions with pooling and two linear layers, for pictures of that side."""
    left = ((side - 4) // 2 - 4) // 2
    return nn.Sequential(
        nn.Conv2d(1, first, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(first, second, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(second * left**2, hidden), nn.ReLU(), nn.Linear(hidden, 10),
    )  # fmt: skip


def pooled() -> nn.Module:
    """Three convolutions, and the largest value of each map: what is seen counts, and not where."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(16, 24, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(24, 60, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(60, 10),
    )  # fmt: skip


OURS, CNN, POOLED, MOMENTS = "spatial transformer", "CNN", "CNN, global maximum", "moments, then CNN"
STILL, CHANCE = "theta stays the identity", "theta at random"
BUILT: dict[str, Callable[[], Network]] = {
    OURS: lambda: Network(Transformer(), plain(CROP, 8, 16, 32)),
    CNN: lambda: Network(nn.Identity(), plain(SIDE, 8, 16, 26)),
    POOLED: lambda: Network(nn.Identity(), pooled()),
    MOMENTS: lambda: Network(Moments(), plain(CROP, 12, 24, 41)),
    STILL: lambda: Network(Transformer(taught=False), plain(CROP, 8, 16, 32)),
    CHANCE: lambda: Network(Transformer(taught=False, chance=0.5), plain(CROP, 8, 16, 32)),
}
"""Contestants; each has 23,670 to 24,104 numbers, those of the localisation network counted."""
RATE = 4e-3
"""Adam's rate at the start, of classifiers."""

AFTER = (0, 40, 80, 140, 220, 360, 600, 1000, 2000)
"""Steps after which both networks that are watched were kept; of the others only the end is."""
KEPT = {OURS: len(AFTER), CNN: len(AFTER), POOLED: 1, MOMENTS: 1}


class Trajectories(
    nn.Module, PyTorchModelHubMixin, library_name="latent-zoo", license="apache-2.0", tags=["latent-zoo", "vision"],
    paper_url="https://arxiv.org/abs/1506.02025",
):  # fmt: skip
    """Networks at the last `moments` of these, at most, by the order of ``KEPT``."""

    def __init__(self, moments: int = len(AFTER)) -> None:
        super().__init__()
        self.kept = nn.ModuleList(
            nn.ModuleList(BUILT[name]() for _ in range(min(count, moments))) for name, count in KEPT.items()
        )

    def places(self) -> dict[str, nn.ModuleList]:
        """Each network's moments by its name, the last of them the end."""
        return dict(zip(KEPT, self.kept, strict=True))  # type: ignore[arg-type]


def trained(
    net: Network, batch: Callable[[np.random.Generator], tuple[Tensor, Tensor]], steps: int, rate: float, seed: int
) -> Iterator[float]:  # fmt: skip
    """Adam on the cross entropy of pictures `(n, 1, 42, 42)`, at a falling rate; gives the loss of each step."""
    groups = [{"params": net.classify.parameters(), "lr": rate}]
    if moving := [part for part in net.look.parameters() if part.requires_grad]:
        groups.append({"params": moving, "lr": GENTLE * rate})
    adam, rng = torch.optim.Adam(groups), np.random.default_rng(seed)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        pictures, labels = batch(rng)
        loss = functional.cross_entropy(net(pictures), labels)
        adam.zero_grad()
        loss.backward()
        adam.step()
        falling.step()
        yield float(loss.detach())


@torch.inference_mode()
def error(net: Network, pictures: Tensor, labels: Tensor) -> float:
    """Percent of pictures `(n, 1, 42, 42)` that are not called by their labels `(n,)`."""
    said = torch.cat([net(part).argmax(1) for part in pictures.split(500)])
    return 100 * float((said != labels).float().mean())
