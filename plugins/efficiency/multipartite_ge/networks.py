"""The networks that are pruned: plain convolutional ones and residual ones, of any width.

Convolutions and linear layers have no bias, which is the paper's biases frozen at zero; weights are drawn by
Kaiming's rule. Each network can write itself down as a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.seeded import seeded

from .encodings import Group, Layer, Plan, padded
from .vocabulary import SmallNet

Masks = Mapping[str, Tensor]
"""Which weights are kept, bool, by the name of the layer."""


class PlainNet(nn.Module):
    """Conv-4, Conv-6 …: pairs of 3 x 3 convolutions, each pair followed by pooling, then three linear layers.

    Args:
        pairs: pairs of convolutions; the width doubles from one to the next.
        width: channels of the first pair; 64 in the paper.
        hidden: neurons of the two hidden linear layers; 256 in the paper.
        channels: of the picture.
        side: of the picture, in pixels.
        classes: outputs.
    """

    def __init__(
        self, pairs: int, width: int, hidden: int, channels: int = 1, side: int = 16, classes: int = 10
    ) -> None:
        super().__init__()
        self.channels, self.side = channels, side
        self.convs, self.conv_norms = nn.ModuleList(), nn.ModuleList()
        for pair in range(pairs):
            for _ in range(2):
                self.convs.append(nn.Conv2d(channels, width << pair, 3, padding=1, bias=False))
                self.conv_norms.append(nn.BatchNorm2d(width << pair))
                channels = width << pair
        sizes = [channels * (side >> pairs) ** 2, hidden, hidden, classes]
        self.linears = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(sizes))
        self.linear_norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(2))

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores (batch, classes) of pictures (batch, channels, side, side)."""
        x = pictures
        for place, (conv, norm) in enumerate(zip(self.convs, self.conv_norms, strict=True)):
            x = F.relu(norm(conv(x)))
            if place % 2:
                x = F.max_pool2d(x, 2)
        x = x.flatten(1)
        for linear, norm in zip(self.linears, self.linear_norms, strict=False):
            x = F.relu(norm(linear(x)))
        return self.linears[-1](x)

    def plan(self) -> Plan:
        """Groups are the picture, then what every layer writes."""
        side = self.side
        groups, layers = [padded(self.channels, side, 1)], []
        for place, conv in enumerate(self.convs):
            pool = 2 if place and place % 2 == 0 else 1
            side //= pool
            layers.append(_layer(f"convs.{place}", conv, place, place + 1, pool=pool, first=place == 0))
            groups.append(Group(conv.out_channels, side))
        for place, linear in enumerate(self.linears, len(self.convs)):
            name = f"linears.{place - len(self.convs)}"
            layers.append(_layer(name, linear, place, place + 1, pool=2 if place == len(self.convs) else 1))
            groups.append(Group(linear.out_features, 1))
        return Plan(tuple(groups), tuple(layers))


class Block(nn.Module):
    """Two convolutions beside a shortcut, which is a 1 x 1 convolution where the shape changes."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        changes = stride != 1 or channels != width
        self.shortcut = nn.Conv2d(channels, width, 1, stride, bias=False) if changes else None
        self.shortcut_norm = nn.BatchNorm2d(width) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, s, s) to (batch, width, s / stride, s / stride)."""
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + (x if self.shortcut is None else self.shortcut_norm(self.shortcut(x))))


class ResidualNet(nn.Module):
    """ResNet-8, -20, -32 and their wide kin: a convolution, stages of blocks, the mean over the map, one linear layer.

    Args:
        blocks: in every stage; 1 makes ResNet-8, 3 ResNet-20, 5 ResNet-32.
        stem: channels of the first convolution.
        widths: channels of the stages; every one but the first halves the map.
        channels: of the picture.
        side: of the picture, in pixels.
        classes: outputs.
    """

    def __init__(
        self,
        blocks: int,
        stem: int,
        widths: tuple[int, ...],
        channels: int = 1,
        side: int = 16,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.channels, self.side = channels, side
        self.conv1 = nn.Conv2d(channels, stem, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(stem)
        self.blocks = nn.ModuleList()
        before = stem
        for stage, width in enumerate(widths):
            for place in range(blocks):
                self.blocks.append(Block(before, width, 2 if stage and not place else 1))
                before = width
        self.linear = nn.Linear(before, classes, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores (batch, classes) of pictures (batch, channels, side, side)."""
        x = F.relu(self.norm1(self.conv1(pictures)))
        for block in self.blocks:
            x = block(x)
        return self.linear(x.mean((2, 3)))

    def plan(self) -> Plan:
        """Groups are the picture, then what every layer writes; a shortcut writes what its block's end writes."""
        groups = [padded(self.channels, self.side, 1), Group(self.conv1.out_channels, self.side)]
        layers = [_layer("conv1", self.conv1, 0, 1, first=True)]
        for place, block in enumerate(self.blocks):
            begin, side = len(groups) - 1, groups[-1].side // block.conv1.stride[0]
            name, width = f"blocks.{place}", block.conv1.out_channels
            layers.append(_layer(f"{name}.conv1", block.conv1, begin, begin + 1))
            layers.append(_layer(f"{name}.conv2", block.conv2, begin + 1, begin + 2))
            if block.shortcut is not None:
                layers.append(_layer(f"{name}.shortcut", block.shortcut, begin, begin + 2))
            groups += [Group(width, side)] * 2
        layers.append(_layer("linear", self.linear, len(groups) - 1, len(groups), pool=groups[-1].side))
        return Plan((*groups, Group(self.linear.out_features, 1)), tuple(layers))


Network = PlainNet | ResidualNet


def _layer(
    name: str, module: nn.Conv2d | nn.Linear, source: int, target: int, pool: int = 1, first: bool = False
) -> Layer:
    """A layer of a plan; the padding of the first one is part of the picture."""
    weight = module.weight.detach().cpu().numpy()
    if isinstance(module, nn.Linear):
        return Layer(name, weight, source, target, pool=pool)
    return Layer(name, weight, source, target, module.stride[0], 0 if first else module.padding[0], pool)


def build(name: SmallNet, seed: int) -> Network:
    """A small network for grey pictures of 16 x 16 pixels, its weights drawn by Kaiming's rule from a seed."""
    with seeded(seed):
        network = {
            "Conv-4": lambda: PlainNet(2, 16, 64),
            "Conv-6": lambda: PlainNet(3, 16, 64),
            "ResNet-8": lambda: ResidualNet(1, 16, (16, 32, 64)),
        }[name]()
        for module in prunable(network).values():
            nn.init.kaiming_normal_(module.weight)
    return network


def prunable(network: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """The layers whose weights may be removed, by name: all convolutions and linear layers."""
    return {
        name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)
    }


@torch.no_grad()
def apply(network: nn.Module, masks: Masks) -> None:
    """Set the weights that are not kept to zero."""
    for name, layer in prunable(network).items():
        layer.weight.mul_(masks[name])
