"""Looking inside networks: a timm and a torchvision network of random weights, and small ones written out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import zoo  # noqa: F401 - before torchvision, see zoo.torchvision_guard
from zoo.blocks import hooks

IMAGES = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
CLASSES = torch.tensor([0, 3, 1])


def of_timm() -> nn.Module:
    from timm.models.resnet import BasicBlock, ResNet

    return ResNet(BasicBlock, (1, 1, 1, 1), num_classes=5, channels=(8, 8, 12, 16))


def of_torchvision() -> nn.Module:
    from torchvision.models.resnet import BasicBlock, ResNet

    return ResNet(BasicBlock, [1, 1, 1, 1], num_classes=5)


@pytest.fixture(params=[of_timm, of_torchvision], ids=["timm", "torchvision"])
def net(request: pytest.FixtureRequest) -> Iterator[nn.Module]:
    torch.manual_seed(1)
    made = request.param()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    yield made
    assert not any(module._forward_hooks for module in made.modules()), "a hook was left behind"
    assert all(p.grad is None for p in made.parameters())


def test_watching_sees_what_a_network_without_places_computes(net: nn.Module) -> None:
    """The maps are those of the network taken apart by hand, the gradients those of autograd without any hook."""
    seen = hooks.watch(net, IMAGES, ["bn1", "layer2", "layer3"], CLASSES)
    assert net.training, "its mode is its own"
    net.eval()
    pixels = IMAGES.clone().requires_grad_()
    act = net.act1 if hasattr(net, "act1") else net.relu
    before = net.bn1(net.conv1(pixels))
    second = net.layer2(net.layer1(net.maxpool(act(before.clone()))))
    third = net.layer3(second)
    rest = net.layer4(third).mean((2, 3))
    logits = net.fc(rest)
    slopes = torch.autograd.grad(logits[range(3), CLASSES].sum(), [before, second, third, pixels])
    torch.testing.assert_close(seen.logits, logits)
    assert (before < 0).any()
    for name, value, slope in zip(("bn1", "layer2", "layer3"), (before, second, third), slopes, strict=False):
        torch.testing.assert_close(seen.maps[name], value)
        torch.testing.assert_close(seen.gradients[name], slope)
    torch.testing.assert_close(seen.images, slopes[-1])
    net.train()


def test_pictures_do_not_see_each_other(net: nn.Module) -> None:
    together = hooks.watch(net, IMAGES, ["layer3"], CLASSES)
    alone = hooks.watch(net, IMAGES[1:2], ["layer3"], CLASSES[1:2])
    torch.testing.assert_close(together.gradients["layer3"][1:2], alone.gradients["layer3"])


def test_scrambling_keeps_the_numbers_and_the_network(net: nn.Module) -> None:
    before = {name: p.clone() for name, p in net.named_parameters()}
    other = hooks.scrambled(net, 3, ["layer4", "fc"])
    for name, weights in other.named_parameters():
        assert torch.equal(net.get_parameter(name), before[name])
        torch.testing.assert_close(weights.flatten().sort().values, before[name].flatten().sort().values)
        moved = not torch.equal(weights, before[name])
        assert moved == name.startswith(("layer4", "fc")) or weights.unique().numel() == 1
    whole, again = (hooks.scrambled(net, 5).state_dict() for _ in range(2))
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert not torch.equal(whole["conv1.weight"], before["conv1.weight"])


def test_guided_backpropagation_is_its_rule_written_out() -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)
    net = nn.Sequential(first, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), second)
    seen = hooks.watch(hooks.guided(net, IMAGES), IMAGES, ["0"], torch.tensor([1, 0, 1]))
    given = first(IMAGES)
    slope = second.weight[[1, 0, 1]][..., None, None].expand_as(given) / given[0, 0].numel()
    torch.testing.assert_close(seen.gradients["0"], slope.clamp_min(0) * (given > 0))
    assert isinstance(net[1], nn.ReLU), "the network itself stays"


def test_guided_copies_say_the_same_and_pass_less(net: nn.Module) -> None:
    other = hooks.guided(net, IMAGES)
    plain, less = (hooks.watch(each, IMAGES, ["layer2"], CLASSES) for each in (net, other))
    torch.testing.assert_close(plain.logits, less.logits)
    assert not torch.allclose(plain.images, less.images)
    assert not any(isinstance(module, nn.ReLU) for module in other.modules())


class Calls(nn.Module):
    """A ReLU as a module and one as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act, self.apart = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(3, 2, 1)

    def forward(self, images: Tensor) -> Tensor:
        self.apart(images)
        return F.relu(self.act(self.first(images)) - 1).mean((2, 3))


def test_what_cannot_be_looked_at_is_said() -> None:
    with pytest.raises(ValueError, match="1 ReLUs as functions"):
        hooks.guided(Calls(), IMAGES)
    with pytest.raises(ValueError, match="no ReLU"):
        hooks.guided(nn.Conv2d(3, 2, 1), IMAGES)
    with pytest.raises(ValueError, match="no part in the logits"):
        hooks.watch(Calls(), IMAGES, ["apart"], CLASSES)
    with pytest.raises(ValueError, match="no layer 'third'"):
        hooks.watch(Calls(), IMAGES, ["third"], CLASSES)
