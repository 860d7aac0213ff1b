"""Graphs to look at: nodes, edges, layouts and walks."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import graph_sets
from zoo.blocks.figures import Colouring
from zoo.blocks.graph_picture import NAME_SIZE, Walk, picture
from zoo.types import Graph

BOOK = graph_sets.les_miserables()
GROUPS = Colouring("circle", groups=np.array(BOOK.classes)[BOOK.labels])
RNG = np.random.default_rng(0)
LAYOUTS = {"springs": BOOK.graph.placed(), "by chance": RNG.standard_normal((77, 2)) * 40 + 9}


def test_each_node_has_its_number_name_and_place_whatever_its_colour() -> None:
    plot = picture(BOOK.graph, GROUPS, layouts=LAYOUTS).plot
    about = plot.layout.meta["network"]
    seen = set()
    for number in about["nodes"]:
        trace = plot.data[number]
        for id_, name, x, size in zip(
            trace.customdata, trace.hovertext, trace.x, trace.marker.size, strict=True
        ):
            seen.add(id_)
            assert name == BOOK.graph.nodes[id_]
            assert x == about["layouts"]["springs"]["x"][id_]
            assert size > 0
    assert seen == set(range(77))
    assert about["ends"] == BOOK.graph.edges.ravel().tolist()
    assert plot.data[0].x.size == 3 * len(BOOK.graph.edges)
    for at in about["layouts"].values():
        assert max(np.abs(at["x"]).max(), np.abs(at["y"]).max()) == 1


def test_a_walk_is_replayed_step_by_step() -> None:
    walks = [Walk("far", [0, 1, 2, 3, 2]), Walk("near", [0, 1, 0])]
    plot = picture(BOOK.graph, GROUPS, walks=walks, fills="start").plot
    about = plot.layout.meta["network"]
    assert about["fills"] == "start"
    assert about["steps"] == [0, 1, 2, 3, 4]
    far, near = about["walks"]
    assert plot.data[far["line"]].name == "far"
    assert len(plot.data[far["line"]].x) == 5
    slides = plot.layout.sliders[0].steps
    assert [slide.label for slide in slides] == ["0", "1", "2", "3", "4"]
    words, _, traces = slides[3].args
    x = about["layouts"]["springs"]["x"]
    assert words["x"][traces.index(far["head"])] == [x[3]]
    assert words["x"][traces.index(near["head"])] == [x[0]], "it stays where its walk ended"


def test_long_walks_have_as_many_moments_as_a_replay_may_have() -> None:
    plot = picture(BOOK.graph, GROUPS, walks=[Walk("long", RNG.integers(77, size=300).tolist())]).plot
    steps = plot.layout.meta["network"]["steps"]
    assert len(steps) == len(plot.layout.sliders[0].steps) <= 80
    assert steps[-1] == 299


def test_values_colour_nodes_and_names_are_no_markup() -> None:
    graph = Graph.of((["<b>a</b>", "b & c", "d"], [(0, 1)]))
    plot = picture(graph, Colouring("much", values=np.arange(3.0)), sizes=[4, 5, 6]).plot
    trace = plot.data[plot.layout.meta["network"]["nodes"][0]]
    assert list(trace.hovertext) == ["&lt;b>a&lt;/b>", "b &amp; c", "d"]
    assert list(trace.marker.size) == [4, 5, 6]


def test_a_large_graph_stays_light() -> None:
    known = graph_sets.digits()
    classes = Colouring("digit", groups=np.array(known.classes)[known.labels])
    places = RNG.standard_normal((1797, 2))
    plot = picture(known.graph, classes, layouts={"by chance": places}).plot
    assert len(plot.to_json()) < 800_000


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="layout of 77 nodes"):
        picture(BOOK.graph, GROUPS, layouts={"short": np.zeros((5, 2))})
    with pytest.raises(ValueError, match="sizes of 77 nodes"):
        picture(BOOK.graph, GROUPS, sizes=[1, 2])
    with pytest.raises(ValueError, match="starts from"):
        picture(BOOK.graph, GROUPS, walks=[Walk("none", [])])


def test_names_that_are_written_do_not_lie_over_one_another() -> None:
    plot = picture(BOOK.graph, GROUPS, layouts=LAYOUTS).plot
    about = plot.layout.meta["network"]
    traces = [plot.data[number] for number in about["nodes"]]
    written = {
        id_: name for trace in traces for id_, name in zip(trace.customdata, trace.text, strict=True) if name
    }
    assert "Valjean" in written.values()
    at = np.column_stack([about["layouts"]["springs"][axis] for axis in "xy"])[list(written)]
    gaps = np.abs(at[:, None] - at[None]) / NAME_SIZE + 9 * np.eye(len(at))[..., None]
    assert (gaps.max(axis=2) > 1).all()
