"""The Poincaré disk as a figure: its edges are geodesics, its journey ends where the map is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zoo.blocks import disk as block
from zoo.blocks import trees
from zoo.blocks.disk import Flat, disk, geodesic, moved
from zoo.blocks.figures import Colouring

TREE = trees.balanced(2, 4)
PLACES = np.random.default_rng(0).uniform(-0.7, 0.7, (len(TREE), 2))
GROUPS = Colouring("branch", groups=np.array([TREE.names[node] for node in TREE.branch]))


def apart(z: complex, w: complex) -> float:
    return float(2 * np.arctanh(abs((z - w) / (1 - np.conj(z) * w))))


def test_moves_keep_distances_and_geodesics_are_shortest() -> None:
    z, w, a = 0.3 + 0.5j, -0.6 + 0.1j, 0.2 - 0.7j
    assert apart(complex(moved(z, a)), complex(moved(w, a))) == pytest.approx(apart(z, w), abs=1e-12)
    assert moved(0, a) == a
    line = geodesic(z, w)
    assert (line[0], line[-1]) == (pytest.approx(z), pytest.approx(w))
    steps = [apart(*pair) for pair in itertools.pairwise(line)]
    assert sum(steps) == pytest.approx(apart(z, w), abs=1e-9)
    assert np.ptp(steps) < 1e-9
    assert np.all(geodesic(z, z) == z)


def test_every_node_and_edge_is_there_on_both_maps() -> None:
    steps = {f"epoch {k}": PLACES * k / 100 for k in range(101)}
    flat = Flat("flat", 9 * PLACES + 4, {name: 9 * at + 4 for name, at in steps.items()})
    plot = disk(PLACES, TREE.edges, TREE.names, GROUPS, journey=steps, twin=flat, title="disk").plot
    about = plot.layout.meta["disk"]
    assert np.reshape(about["edges"], (-1, 2)).tolist() == TREE.edges.tolist()
    assert list(about["titles"]) == ["disk", "flat"]
    assert len(plot.data) == 2 * about["traces"]
    for half in (plot.data[: about["traces"]], plot.data[about["traces"] :]):
        ids = [node for trace in half if trace.customdata is not None for node in trace.customdata]
        assert sorted(ids) == list(range(len(TREE)))
        assert all(np.hypot(trace.x, trace.y).max() <= 1 for trace in half if trace.customdata is not None)
    slides = plot.layout.sliders[0].steps
    assert (slides[0].label, slides[-1].label) == ("epoch 0", "epoch 100")
    assert len(slides) * 4 * len(TREE) <= block.MOST_NUMBERS
    words, _, order = slides[-1].args
    for x, place in zip(words["x"], order, strict=True):
        np.testing.assert_allclose(np.array(x, float), np.array(plot.data[place].x, float))


def test_what_is_no_disk_is_refused() -> None:
    with pytest.raises(ValueError, match="within"):
        disk(PLACES * 3, TREE.edges, TREE.names, GROUPS)
    with pytest.raises(ValueError, match="groups"):
        disk(PLACES, TREE.edges, TREE.names, Colouring("depth", values=TREE.depth))
