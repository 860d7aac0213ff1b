"""Saliency maps: closed forms of a network that ends in a mean and a linear layer, autograd, NumPy, and packages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import zoo  # noqa: F401 - before torchvision, see zoo.torchvision_guard
from zoo.blocks import saliency
from zoo.blocks.hooks import Watched, watch
from zoo.blocks.small_resnet import LAYERS, small_resnet

IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
CLASSES = torch.tensor([3, 7])
LAST = "layer4"


@pytest.fixture(scope="module")
def net() -> nn.Module:
    torch.manual_seed(0)
    made = small_resnet().eval()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_var.uniform_(0.5, 2)
    return made


@pytest.fixture(scope="module")
def seen(net: nn.Module) -> Watched:
    return watch(net, IMAGES, LAYERS, CLASSES)


def of_last(seen: Watched) -> tuple[Tensor, Tensor]:
    return seen.maps[LAST].double(), seen.gradients[LAST].double()


def test_before_relu_grad_cam_of_the_last_layer_adds_up_to_the_logit(net: nn.Module, seen: Watched) -> None:
    maps, slopes = of_last(seen)
    total = (slopes.mean((2, 3), keepdim=True) * maps).sum((1, 2, 3))
    logits = seen.logits.gather(1, CLASSES[:, None])[:, 0] - net.fc.bias[CLASSES]
    torch.testing.assert_close(total, logits.double(), atol=1e-5, rtol=1e-5)


def test_there_grad_cam_is_cam_and_hires_cam(net: nn.Module, seen: Watched) -> None:
    maps, slopes = of_last(seen)
    cam = (net.fc.weight[CLASSES][..., None, None] * maps).sum(1).relu() / maps[0, 0].numel()
    torch.testing.assert_close(saliency.grad_cam(maps, slopes), cam, atol=1e-7, rtol=1e-5)
    torch.testing.assert_close(saliency.hires_cam(maps, slopes), cam, atol=1e-7, rtol=1e-5)


def test_there_grad_cam_pp_has_weights_in_closed_form_and_noise_changes_nothing(
    net: nn.Module, seen: Watched
) -> None:
    """g = w / Z everywhere, so that sum_u a ReLU(g) = ReLU(w) / (2 + w mean A)."""
    maps, slopes = of_last(seen)
    own = net.fc.weight[CLASSES].double()
    weights = own.relu() / (2 + own * maps.mean((2, 3)))
    expected = (weights[..., None, None] * maps).sum(1).relu()
    torch.testing.assert_close(saliency.grad_cam_pp(maps, slopes), expected, atol=1e-7, rtol=1e-5)
    noisy = saliency.smooth_grad_cam_pp(net, IMAGES, [LAST], CLASSES, copies=3, noise=0.3)[LAST]
    torch.testing.assert_close(noisy.double(), expected, atol=1e-5, rtol=1e-4)


def test_there_norm_grad_says_the_same_of_every_class(net: nn.Module, seen: Watched) -> None:
    ours = saliency.scaled(saliency.norm_grad(*of_last(seen)))
    other = watch(net, IMAGES, [LAST], (CLASSES + 1) % 10)
    theirs = saliency.scaled(saliency.norm_grad(*of_last(other)))
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    middle, same = (
        saliency.selective(each.maps["layer3"], each.gradients["layer3"])
        for each in (seen, watch(net, IMAGES, ["layer3"], (CLASSES + 1) % 10))
    )
    assert not torch.allclose(saliency.scaled(middle), saliency.scaled(same), atol=0.05)


def test_norm_grad_is_the_norm_of_what_a_place_adds_to_the_gradient_of_a_convolution(
    net: nn.Module, seen: Watched
) -> None:
    """An identity 1 x 1 convolution is inserted; its weights' gradient, place by place."""
    maps, slopes = (part["layer2"][:1].double() for part in (seen.maps, seen.gradients))
    places = torch.einsum("nkhw,nlhw->nhwkl", slopes, maps)
    torch.testing.assert_close(places.flatten(3).norm(dim=3), saliency.norm_grad(maps, slopes))
    weight = torch.eye(32)[..., None, None].requires_grad_()
    handle = net.layer2.register_forward_hook(lambda module, given, done: torch.conv2d(done, weight))
    logit = net(IMAGES[:1])[0, CLASSES[0]]
    handle.remove()
    (gradient,) = torch.autograd.grad(logit, weight)
    torch.testing.assert_close(gradient[..., 0, 0].double(), places.sum((0, 1, 2)), atol=1e-5, rtol=1e-4)


def test_without_noise_smooth_grad_cam_pp_is_grad_cam_pp(net: nn.Module, seen: Watched) -> None:
    smooth = saliency.smooth_grad_cam_pp(net, IMAGES, LAYERS[:2], CLASSES, copies=2, noise=0.0)
    for name in LAYERS[:2]:
        plain = saliency.grad_cam_pp(seen.maps[name], seen.gradients[name])
        torch.testing.assert_close(smooth[name], plain, atol=1e-6, rtol=1e-5)


def test_smooth_grad_cam_pp_is_its_formula_in_numpy() -> None:
    rng = np.random.default_rng(0)
    maps = rng.random((1, 4, 3, 3))
    g = rng.normal(size=(5, 4, 3, 3))
    first, second, third = (np.mean(g**power, 0) for power in (1, 2, 3))
    expected = np.zeros((3, 3))
    for k in range(4):
        a = second[k] / (2 * second[k] + maps[0, k].sum() * third[k])
        expected += (a * np.maximum(first[k], 0)).sum() * maps[0, k]
    given = (torch.from_numpy(part)[None] for part in (first, second, third))
    np.testing.assert_allclose(
        saliency.smooth(torch.from_numpy(maps), *given)[0], np.maximum(expected, 0), rtol=1e-10
    )


def test_maps_of_both_things_are_those_of_each(net: nn.Module) -> None:
    labels = torch.tensor([[3, 1], [7, 2]])
    every = saliency.about_both(net, IMAGES, labels, ["layer3"], smoothed=False)
    alone = saliency.explained(net, IMAGES, labels[:, 1], ["layer3"], smoothed=False)
    assert set(every) == {*saliency.LAYERED, *saliency.PLAIN, "Guided Grad-CAM"}
    for title, row in alone.items():
        for name, each in row.items():
            assert each.shape == (2, 32, 32)
            torch.testing.assert_close(every[title][name][:, 1], each, atol=1e-6, rtol=1e-4)


def test_controls_have_the_maps_but_not_the_weights(net: nn.Module, seen: Watched) -> None:
    every = saliency.controls(net, net, IMAGES, torch.stack([CLASSES, CLASSES], 1), ["layer3"])
    maps, slopes = seen.maps["layer3"], seen.gradients["layer3"]
    means = slopes.mean((2, 3), keepdim=True)
    wanted = [(part * maps).sum(1).relu() for part in (means.sign(), means.clamp_min(0), means)]
    for title, each in zip(every, (*wanted, slopes.norm(dim=1)), strict=True):
        torch.testing.assert_close(
            every[title]["layer3"][:, 0], saliency.full(each, 32), atol=1e-6, rtol=1e-4
        )


def test_flat_maps_are_like_nothing() -> None:
    ramp = np.arange(16.0).reshape(4, 4)
    assert saliency.likeness(ramp, ramp**3) == pytest.approx(1)
    assert saliency.likeness(ramp, np.ones((4, 4))) == 0
    assert not saliency.scaled(torch.ones(1, 4, 4)).any()


def test_captum_says_the_same(net: nn.Module, seen: Watched) -> None:
    """Captum's hooks want ReLUs out of place."""
    attr = pytest.importorskip("captum.attr")
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    theirs = attr.LayerGradCam(net, net.layer3).attribute(IMAGES, CLASSES, relu_attributions=True)
    ours = saliency.grad_cam(seen.maps["layer3"], seen.gradients["layer3"])
    torch.testing.assert_close(ours, theirs[:, 0], atol=1e-5, rtol=1e-4)
    plain = saliency.plain(net, IMAGES, CLASSES)
    gradient = attr.Saliency(net).attribute(IMAGES, CLASSES)
    torch.testing.assert_close(plain["gradient"], gradient.amax(1), atol=1e-5, rtol=1e-4)
    guided = attr.GuidedBackprop(net).attribute(IMAGES, CLASSES)
    torch.testing.assert_close(plain["guided backprop"], guided.abs().amax(1), atol=1e-5, rtol=1e-4)


def test_pytorch_grad_cam_says_the_same(net: nn.Module, seen: Watched) -> None:
    """Compared before it scales and resizes."""
    package = pytest.importorskip("pytorch_grad_cam")
    steep = (
        1000  # the package adds 1e-6 below fractions of squared gradients, which in this network are as small
    )
    targets = [lambda logits, each=each: steep * logits[each] for each in CLASSES]
    pairs = {
        "GradCAM": saliency.grad_cam,
        "GradCAMPlusPlus": saliency.grad_cam_pp,
        "HiResCAM": saliency.hires_cam,
    }
    for name, formula in pairs.items():
        with getattr(package, name)(net, [net.layer3]) as other:
            other(IMAGES, targets)
            held = other.activations_and_grads
            given = (part[0].numpy() for part in (held.activations, held.gradients))
            theirs = other.get_cam_image(IMAGES, net.layer3, targets, *given, False)
        ours = formula(seen.maps["layer3"], steep * seen.gradients["layer3"])
        np.testing.assert_allclose(ours, np.maximum(theirs, 0), atol=1e-5, rtol=1e-3)
