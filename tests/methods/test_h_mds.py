"""The mathematics of h-MDS: a star in closed form, isometries, mpmath as referee, and exact recovery."""

from __future__ import annotations

import math

import numpy as np
import pytest

from plugins.geometry.h_mds import model
from zoo.blocks import tree_quality, trees

SMALL = trees.balanced(3, 3)


def by_mpmath(tree: trees.Tree, tau: float, digits: int) -> np.ndarray:
    """The layout and its distances again, in mpmath's complex numbers; 16 digits are a double's."""
    mp = pytest.importorskip("mpmath").mp.clone()
    mp.dps = digits
    radius, at, order = mp.tanh(mp.mpf(tau) / 2), {tree.centre: mp.mpc(0)}, [(tree.centre, -1)]
    for node, before in order:
        x, near = at[node], np.flatnonzero(tree.distances[node] == 1)
        beyond = [int(other) for other in near if other != before]
        angle = mp.mpf(0) if before < 0 else mp.arg((at[before] - x) / (1 - mp.conj(x) * at[before]))
        for k, other in enumerate(beyond, 1):
            z = radius * mp.expj(angle + 2 * mp.pi * k / (len(beyond) + (before >= 0)))
            at[other] = (z + x) / (1 + mp.conj(x) * z)
            order.append((other, node))
    found = np.zeros((len(tree), len(tree)))
    for i in range(len(tree)):
        for j in range(i):
            u, v = at[i], at[j]
            below = (1 - abs(u) ** 2) * (1 - abs(v) ** 2)
            found[i, j] = found[j, i] = mp.acosh(1 + 2 * abs(u - v) ** 2 / below) if below > 0 else np.nan
    return found


@pytest.mark.parametrize("branches", [3, 5, 12])
def test_a_star_has_the_closed_form(branches: int) -> None:
    tau, found = 2.5, model.lay_out(trees.balanced(branches, 1), 2.5).distances()
    np.testing.assert_allclose(found[0, 1:], tau, atol=1e-12)
    turn = 2 * np.pi * np.arange(1, branches) / branches
    expected = np.arccosh(np.cosh(tau) ** 2 - np.sinh(tau) ** 2 * np.cos(turn))
    np.testing.assert_allclose(np.sort(found[1, 2:]), np.sort(expected), atol=1e-12)


def test_it_is_the_layout_of_mpmath() -> None:
    np.testing.assert_allclose(model.lay_out(SMALL, 12.0).distances(), by_mpmath(SMALL, 12.0, 60), atol=1e-11)


def test_doubles_are_enough_near_the_middle_and_not_at_the_rim() -> None:
    np.testing.assert_allclose(model.lay_out(SMALL, 2.0).distances(), by_mpmath(SMALL, 2.0, 16), atol=1e-9)
    lost = by_mpmath(SMALL, 16.0, 16)
    assert not np.allclose(model.lay_out(SMALL, 16.0).distances(), lost, atol=1)


def test_moving_the_middle_changes_no_distance() -> None:
    bits, places = 300, model.lay_out(SMALL, 4.0)
    to = (round(0.3 * 2**53) << (bits - 53), round(-0.6 * 2**53) << (bits - 53))
    up = bits - places.bits
    ends = [model.moved((x << up, y << up), to, bits) for x, y in zip(places.x, places.y, strict=True)]
    there = model.Places(*(np.array(side, object) for side in zip(*ends, strict=True)), bits)
    np.testing.assert_allclose(there.distances(), places.distances(), atol=1e-10)


@pytest.mark.parametrize("name", ["dogs", "files of a project", "two branches, seven deep"])
@pytest.mark.parametrize("excess", [1.0, 0.1])
def test_every_neighbour_is_kept_and_no_distance_is_off_by_more_than_wanted(name: str, excess: float) -> None:
    tree = trees.built_in(name)
    tau = model.scale_for(model.most_neighbours(tree), excess)
    found = model.lay_out(tree, tau).distances()
    assert tree_quality.neighbours(tree, found) == 1
    assert model.worst(tree.distances, found) <= 1 + excess
    edges = tuple(tree.edges.T)
    np.testing.assert_allclose(found[edges], tau, rtol=1e-9)


def test_the_farthest_node_is_as_near_to_the_rim_as_the_bits_say() -> None:
    path = trees.tree_of([str(node) for node in range(9)], [[], *([node] for node in range(8))])
    # where paths bend, a node is not quite as far out
    for tree, off in ((path, 1e-4), (trees.balanced(2, 6), 3)):
        places = model.lay_out(tree, 3.47)
        sides = zip(places.x, places.y, strict=True)
        least = min((1 << places.bits) - math.isqrt(int(x * x + y * y)) for x, y in sides)
        asked = 1 - model.bits_needed(tree, 3.47)
        assert asked - 1e-4 <= math.log2(least) - places.bits <= asked + off


def test_rounding_keeps_everybody_within_the_disk_and_melts_branches() -> None:
    tree = trees.balanced(2, 6)
    places = model.lay_out(tree, 3.47)
    merged = []
    for bits in (2, 8, 16, 32, 64):
        less = places.rounded(bits)
        assert all(x * x + y * y < 1 << 2 * bits for x, y in zip(less.x, less.y, strict=True))
        merged.append(len(set(zip(less.x, less.y, strict=True))))
    assert merged == sorted(merged)
    assert (merged[0] < 10, merged[-1]) == (True, len(tree))
    assert places.rounded(10_000) is places


@pytest.mark.parametrize("radius", [2.0, 5.0, 8.0])
def test_points_are_recovered_from_their_distances(radius: float) -> None:
    truth = model.between(model.disc(100, radius, 3))
    np.testing.assert_allclose(model.between(model.recover(truth, 2)), truth, atol=1e-8)
    np.testing.assert_allclose(model.between(model.recover(truth / 2, 2, 2.0), 2.0), truth / 2, atol=1e-8)


def test_cosh_of_the_distances_is_the_product_of_the_hyperboloid() -> None:
    x = model.disc(40, 3.0, 1)
    u = np.sqrt(1 + np.square(x).sum(axis=1))
    np.testing.assert_allclose(np.cosh(model.between(x)), np.outer(u, u) - x @ x.T, rtol=1e-9)


def test_distances_whose_cosh_overflows_are_refused() -> None:
    with pytest.raises(OverflowError):
        model.recover(np.array([[0, 800.0], [800.0, 0]]), 2)
