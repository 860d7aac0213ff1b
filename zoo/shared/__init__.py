"""Trained networks that belong to no one method: what several stand on, trained once and shipped once.

A method names those that it stands on, ``shared = ("diffusion-digits",)``, and loads them with ``zoo.hub.shared``.
Their weights lie in ``weights/shared/<name>/`` under a lock of their own, and ``zoo train <name>`` makes them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo import data
from zoo.errors import InputError
from zoo.hub import shared as hub

if TYPE_CHECKING:
    from zoo.method import Method


@dataclass(frozen=True)
class Network:
    """A shared network.

    Attributes:
        name: its folder in ``weights/shared/``, and what ``zoo train`` calls it.
        title: what it is, in a line.
        module: where its ``train(run)`` is.
        needs: packages that its training needs besides torch, numpy and safetensors.
    """

    name: str
    title: str
    module: str
    needs: tuple[str, ...] = ()


NETWORKS = (
    Network("diffusion-digits", "Diffusion model of MNIST", "zoo.shared.diffusion", ("diffusers",)),
    Network("diffusion-print", "Diffusion model of printed digits", "zoo.shared.diffusion", ("diffusers",)),
    Network("diffusion-garments", "Diffusion model of Fashion-MNIST", "zoo.shared.diffusion", ("diffusers",)),
    Network("digit-features", "Classifier of written and printed digits", "zoo.shared.features"),
    Network("garment-features", "Classifier of garments", "zoo.shared.features"),
)
"""Every shared network."""


def names() -> tuple[str, ...]:
    """The names of all shared networks."""
    return tuple(network.name for network in NETWORKS)


def find(name: str) -> Network:
    """The shared network of this name.

    Raises:
        InputError: there is none.
    """
    for network in NETWORKS:
        if network.name == name:
            return network
    raise InputError(f"there is no shared network {name}; there are {', '.join(names())}.")


def of(method: type[Method]) -> tuple[Network, ...]:
    """The shared networks that a method stands on.

    Raises:
        InputError: it names one that there is not.
    """
    return tuple(map(find, hub.stood_on(method)))


def model_card(network: Network, recipe: dict[str, Any]) -> str:
    """What stands beside the weights, on the Hub too, as Markdown.

    Args:
        network: whose.
        recipe: what its training wrote.
    """
    sets = [data.find(opened["name"]) for opened in recipe["data"]]
    steps = ", ".join(f"{stage['steps']:,} steps" for stage in recipe["stages"].values())
    return "\n".join([
        "---",
        "license: apache-2.0",
        f"library_name: {network.needs[0] if network.needs else 'latent-zoo'}",
        "tags:",
        "- latent-zoo",
        "datasets:",
        *(f"- {pictures.name}" for pictures in sets),
        "---",
        "",
        f"# {network.title}",
        "",
        f"A network that several methods of Latent Zoo stand on. `zoo train {network.name}` makes it again: {steps},"
        f" seed {recipe['seed']}, {recipe['seconds'] / 60:.0f} minutes on {recipe['device']}; all of it is in"
        " `recipe.json`.",
        "",
        *(f"Trained on {pictures.name} ({pictures.licence})." for pictures in sets),
        "",
    ])  # fmt: skip
