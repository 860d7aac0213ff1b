"""A small ResNet that names the two things of a scene, and how it is trained: minutes of a core.

Whoever looks inside classifiers looks inside the same one; see `zoo.blocks.two_objects` for its scenes and
`zoo.blocks.hooks` for its inside. Labels are of whole pictures, never of places; but the pieces that a training begins
with are cut around a thing, whose place is known.

Users: grad-cam, its training, its claims and its page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.blocks.two_objects import CLASSES, SIDE, Scenes
from zoo.blocks.two_views import as_pictures, standardised

if TYPE_CHECKING:
    from zoo.training import Run

LAYERS = ("layer1", "layer2", "layer3", "layer4")
"""The ends of its four blocks: maps of 32, 16, 8 and 8 cells a side for scenes of 64 pixels."""
SMALL = 32
"""Pixels of the pieces of scenes that a training begins with; two things on one picture teach too slowly at first."""
BATCHES = {"pieces": 64, "scenes": 32}
STEPS = {"pieces": 700, "scenes": 1_000}
RATES = {"pieces": 0.006, "scenes": 0.003}


def small_resnet() -> nn.Module:
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


def seen(images: NDArray[np.uint8]) -> Tensor:
    """Pictures uint8 (n, h, w, 3) as the network takes them, (n, 3, h, w)."""
    return standardised(as_pictures(images))


def named(run: Run, known: Scenes, seed: int, share: float = 1.0) -> nn.Module:
    """A network after so many steps of telling which classes are in a picture: first small pieces, then scenes.

    Args:
        run: of the training.
        known: what it learns from.
        seed: of its start.
        share: its part of the run's minutes.
    """

    def pieces_of(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.integers(len(known.images), size=BATCHES["pieces"])
        which = rng.integers(2, size=len(rows))
        middles = known.boxes[rows, which].reshape(-1, 2, 2).mean(1)
        corners = (middles - SMALL / 2 + rng.integers(-3, 4, size=(len(rows), 2))).clip(0, SIDE - SMALL)
        cut = [
            known.images[row, top : top + SMALL, left : left + SMALL]
            for row, (top, left) in zip(rows, corners.astype(int), strict=True)
        ]
        return _given(np.stack(cut), known.labels[rows, which][:, None], rng)

    def scenes_of(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.integers(len(known.images), size=BATCHES["scenes"])
        return _given(known.images[rows], known.labels[rows], rng)

    def loss(net: nn.Module, given: tuple[Tensor, Tensor]) -> Tensor:
        images, wanted = given
        return F.binary_cross_entropy_with_logits(
            net(images.contiguous(memory_format=torch.channels_last)), wanted
        )

    torch.manual_seed(seed)
    net: nn.Module = small_resnet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for stage, batch, part in (("pieces", pieces_of, 0.3), ("scenes", scenes_of, 0.7)):
        steps, rate = STEPS[stage], RATES[stage]
        net = run.fit(net, batch, loss, steps=steps, lr=rate, stage=f"{stage}-{seed}", share=part * share)
    return net


def _given(images: NDArray, labels: NDArray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pictures and which classes are in them; red, green and blue in any order, so that tints differ every time."""
    present = F.one_hot(torch.from_numpy(labels), CLASSES).amax(1).float()
    return seen(images[..., rng.permutation(3)]), present


@torch.inference_mode()
def both_right(net: nn.Module, shown: Scenes) -> NDArray[np.bool_]:
    """Of which scenes the two largest logits are those of what is in them, (n,)."""
    logits = torch.cat(
        [net(seen(part)) for part in np.array_split(shown.images, max(1, len(shown.images) // 50))]
    )
    top = logits.topk(2, dim=1).indices.sort(1).values.numpy()
    return (top == np.sort(shown.labels, 1)).all(1)
