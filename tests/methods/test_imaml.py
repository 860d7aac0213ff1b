"""imaml: meta-gradients, memory, drawings from a mouse, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from plugins.optimization.imaml import Imaml, actions, claims, data, model, strokes
from plugins.optimization.imaml.memory import Saved, measured, operations
from plugins.optimization.imaml.model import CHARACTERS, SINUSOIDS, Tasks
from plugins.optimization.imaml.tasks import Characters, redrawn, sinusoids, turned
from zoo.blocks.inner_loop import Layout, gradient, hessian_product
from zoo.method import InputError, Progress
from zoo.types import Drawing, Points


@pytest.fixture(scope="module")
def imaml() -> Imaml:
    if not hasattr(Imaml, "slug"):
        Imaml.slug = "imaml"
    return Imaml()


@pytest.fixture(scope="module")
def arms() -> model.Arms:
    return model.Arms(width=8, hidden=10)


def small_tasks(number=2, classes=3, shots=1, queries=2, seed=0) -> Tasks:
    g = torch.Generator().manual_seed(seed)
    names = torch.arange(classes).expand(number, -1)
    return Tasks(
        torch.rand(number, classes * shots, 1, 28, 28, generator=g),
        names.repeat_interleave(shots, 1),
        torch.rand(number, classes * queries, 1, 28, 28, generator=g),
        names.repeat_interleave(queries, 1),
    )


def canvas(name: str, *which: int) -> Drawing:
    recorded = strokes.recorded()
    return Drawing.of(strokes.painted([recorded[name][k] for k in which]))


def mixed(*pieces: tuple[str, int]) -> Drawing:
    recorded = strokes.recorded()
    return Drawing.of(strokes.painted([recorded[name][k] for name, k in pieces]))


# --- The arms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arm", list(CHARACTERS))
def test_surrogate_carries_the_mean_meta_gradient(arms, arm):
    network, tasks, rule = arms.characters[arm], small_tasks(), replace(CHARACTERS[arm], steps=2)
    network.zero_grad()
    model.surrogate(arm, rule, network, tasks).backward()
    theta = network.start(3)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(2, -1)
    _, meta = model.meta_gradient(arm, rule, network, layout, tasks, start)
    expected = layout.unpack(meta.mean(0, keepdim=True))
    for name, parameter in network.named_parameters():
        assert torch.allclose(parameter.grad, expected[name][0], atol=1e-6), name


def test_first_order_is_maml_without_the_way_back(arms):
    network, tasks = arms.characters["maml"], small_tasks()
    theta = network.start(3)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(2, -1)
    rule = replace(CHARACTERS["maml"], steps=3)
    support, query = model.losses(network, layout, tasks)
    _, ours = model.meta_gradient("first_order", rule, network, layout, tasks, start)
    assert torch.equal(ours, gradient(query, model.adapted("maml", rule, support, start))[1])
    still = replace(rule, rate=1e-6)
    _, there = model.meta_gradient("first_order", still, network, layout, tasks, start)
    _, back = model.meta_gradient("maml", still, network, layout, tasks, start)
    assert torch.allclose(there, back, atol=1e-4), "they agree where steps are tiny"
    _, back = model.meta_gradient("maml", rule, network, layout, tasks, start)
    assert not torch.allclose(ours, back, atol=1e-2), "and differ where they are not"


def test_a_stiff_spring_makes_the_implicit_gradient_first_order(arms):
    network, tasks = arms.characters["imaml"], small_tasks()
    theta = network.start(3)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(2, -1)
    _, query = model.losses(network, layout, tasks)
    stiff = replace(CHARACTERS["imaml"], strength=1e6, rate=1e-6)
    _, meta = model.meta_gradient("imaml", stiff, network, layout, tasks, start)
    assert torch.allclose(meta, gradient(query, start)[1], atol=1e-3)


def test_reptile_points_back_from_parameters_adapted_to_all_examples(arms):
    network, tasks, rule = arms.characters["reptile"], small_tasks(), replace(CHARACTERS["reptile"], steps=2)
    theta = network.start(3)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(2, -1)
    pool, _ = model.losses(network, layout, tasks.pooled())
    _, meta = model.meta_gradient("reptile", rule, network, layout, tasks, start)
    one = start - rule.rate * gradient(pool, start)[1]
    two = one - rule.rate * gradient(pool, one)[1]
    assert torch.allclose(meta, start - two, atol=1e-6)


def test_the_first_step_is_a_gradient_step_of_the_head():
    network = model.FirstStep(model.Recogniser(8))
    tasks = small_tasks(classes=4)
    theta = network.recogniser.start(4)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(2, -1)
    support, query = model.losses(network.recogniser, layout, tasks)
    slope = gradient(support, start)[1]
    slope[:, : -theta["head"].numel()] = 0
    after = start - network.log_rate.exp().detach() * slope
    assert torch.allclose(network(tasks), query(after).mean(), atol=1e-5)


def test_all_arms_set_out_from_the_common_start(arms):
    torch.nn.init.normal_(arms.common.kernels[0])
    arms.set_out()
    for start in arms.characters.values():
        assert torch.equal(start.kernels[0], arms.common.kernels[0])


def test_residuals_fall_to_zero_as_the_inner_problem_is_solved():
    torch.manual_seed(0)  # near zero, residuals of some networks chatter at the kinks of ReLU
    network, stiff = model.Recogniser(8), model.Rule(rate=0.04, steps=60, strength=20.0)
    found = claims.residuals(network, "imaml", stiff, small_tasks())
    assert found[0] > 0.1
    assert found[-1] < 1e-2
    assert found[20] < found[5] < found[0]


def test_maml_meta_gradient_equals_higher():
    higher = pytest.importorskip("higher")
    network = model.Regressor(10).double()
    tasks = Tasks(*(one.double() for one in sinusoids(np.random.default_rng(1), 3, 5, 5)))
    layout = Layout.of(network.start())
    start = layout.pack(network.start()).detach().expand(3, -1)
    rule = SINUSOIDS["maml"]
    _, ours = model.meta_gradient("maml", rule, network, layout, tasks, start)
    for k in range(3):
        descent = torch.optim.SGD(network.parameters(), lr=rule.rate)
        with higher.innerloop_ctx(network, descent) as (inner, stepper):
            for _ in range(rule.steps):
                stepper.step((inner(tasks.support[k]) - tasks.answers[k]).square().mean())
            value = (inner(tasks.query[k]) - tasks.wanted[k]).square().mean()
            theirs = torch.autograd.grad(value, inner.parameters(time=0))
        assert torch.allclose(ours[k], torch.cat([one.flatten() for one in theirs]), atol=1e-10)


def test_the_order_of_classes_does_not_matter(arms):
    tasks = small_tasks(number=1)
    swap = torch.tensor([2, 0, 1])
    other = tasks._replace(support=tasks.support[:, swap])
    said = []
    for one in (tasks, other):
        learner = actions.Learner(arms.characters["imaml"], one, 3)
        *_, (_, phi) = learner.adapt("imaml", CHARACTERS["imaml"])
        said.append(learner.say(phi))
    assert torch.allclose(said[0][..., swap], said[1], atol=1e-4)


def test_queries_do_not_help_each_other(arms):
    tasks = small_tasks(number=1)
    learner = actions.Learner(arms.characters["imaml"], tasks, 3)
    alone = actions.Learner(arms.characters["imaml"], tasks._replace(query=tasks.query[:, :1]), 3)
    assert torch.allclose(learner.say(learner.start)[:, :1], alone.say(learner.start), atol=1e-6)


def test_the_network_is_four_strided_convolutions_normalised_by_the_support():
    network, pictures = model.Recogniser(8), small_tasks(number=1).support
    bias = torch.nn.init.normal_(network.biases[1])
    maps = pictures[0]
    for k, kernel in enumerate(network.kernels):
        weight = kernel.view(3, 3, -1, 8).permute(3, 2, 0, 1)
        maps = torch.nn.functional.conv2d(maps, weight, stride=2, padding=1)
        maps = torch.nn.functional.batch_norm(maps, None, None, training=True)
        maps = (maps + bias[:, None, None] if k == 1 else maps).relu()
    alone = {name: one[None] for name, one in network.start(3).items()}
    ours = network.features(alone, pictures, pictures.shape[1])
    assert torch.allclose(ours[0], maps.permute(0, 2, 3, 1).flatten(1), atol=1e-4)


def test_every_task_has_a_network_of_its_own(arms):
    network, tasks = arms.characters["maml"], small_tasks(number=3)
    theta = network.start(3)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach().expand(3, -1)
    phi = start + 0.1 * torch.randn(start.shape, generator=torch.Generator().manual_seed(0))
    together = model.outputs(network, layout, phi, tasks, query=True)
    for k in range(3):
        one = Tasks(*(part[k : k + 1] for part in tasks))
        assert torch.allclose(
            together[k : k + 1], model.outputs(network, layout, phi[k : k + 1], one, True), atol=1e-4
        )


def test_first_weights_are_those_of_xavier():
    ours = model.Recogniser(64).kernels[1]
    theirs = torch.nn.init.xavier_normal_(torch.empty(64, 64, 3, 3), model.Recogniser.GAIN)
    assert ours.numel() == theirs.numel()
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.02)


# --- Memory -------------------------------------------------------------------------------------------


def test_memory_is_flat_for_imaml_and_linear_for_maml(arms):
    peak = {
        arm: [
            measured(actions.meta_gradient_work(arms, arm, actions.noise_tasks(1), n))[0] for n in (2, 4, 8)
        ]
        for arm in ("imaml", "maml")
    }
    assert peak["imaml"][2] <= 1.1 * peak["imaml"][0]
    steps = [after - before for before, after in pairwise(peak["maml"])]
    assert steps[1] == pytest.approx(2 * steps[0], rel=0.02), "as many bytes for each further step"
    assert peak["maml"][2] > 2 * peak["maml"][0]


def test_saved_bytes_are_counted_and_released():
    x = torch.zeros(1000, requires_grad=True)
    with Saved() as saved:
        y = x.exp()
        assert saved.bytes == 4000, "exp saves its result"
        z = y * y
        assert saved.bytes == 4000, "the same storage counts once"
        del y, z
        assert (saved.bytes, saved.peak) == (0, 4000)


def test_saved_bytes_do_not_leak_through_second_derivatives(arms):
    learner = actions.Learner(arms.characters["imaml"], small_tasks(1), 3)
    with Saved() as saved:
        _, product = hessian_product(learner.support, learner.start)
        product(learner.start)
        del product
    assert saved.bytes == 0
    assert measured(lambda: None)[0] == 0


@pytest.mark.parametrize("arm", ["imaml", "maml"])
def test_operations_are_those_that_torch_counts_and_no_other_network_is_touched(arm, imaml):
    work = actions.meta_gradient_work(imaml.pretrained(model.Arms), arm, actions.noise_tasks(1), 2)
    with FlopCounterMode(display=False) as counter:
        work()
    hooks: list[int] = []

    def watched() -> None:
        work()
        hooks.append(len(torch.nn.modules.module._global_forward_pre_hooks))

    assert operations(watched) == counter.get_total_flops()
    assert hooks == [0]


# --- Tasks --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def characters() -> Characters:
    recorded = strokes.recorded()
    pictures = [data.read(strokes.painted(one[k : k + 4]), "x") for one in recorded.values() for k in (0, 4)]
    return Characters(np.uint8(255 * np.concatenate(pictures)), np.repeat(np.arange(len(recorded)), 8))


def test_tasks_are_the_same_for_the_same_seed_and_hold_new_pictures(characters):
    one, again, other = (
        characters.draw(np.random.default_rng(seed), 3, 4, 2, 3, turn=True) for seed in (1, 1, 2)
    )
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one.support, other.support)
    assert one.support.shape == (3, 8, 1, 28, 28)
    assert one.wanted.tolist()[0] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_support_and_query_share_no_picture(monkeypatch):
    monkeypatch.setattr("plugins.optimization.imaml.tasks.redrawn", lambda ink, generator: ink)
    pictures = np.zeros((40, 28, 28), np.uint8)
    pictures[:, 14, 14] = np.arange(40) + 1
    source = Characters(pictures[::-1], np.repeat(np.arange(4), 10))
    tasks = source.draw(np.random.default_rng(0), 50, 3, 4, 6, turn=False)
    support, query = ((255 * one[:, :, 0, 14, 14]).round().int() for one in (tasks.support, tasks.query))
    for one, other, names in zip(support, query, tasks.answers, strict=True):
        assert len({*one.tolist(), *other.tolist()}) == 30
        assert all(len({(int(v) - 1) // 10 for v in one[names == c]}) == 1 for c in range(3))


def test_small_classes_come_round_again():
    source = Characters(np.zeros((6, 28, 28), np.uint8), np.repeat(np.arange(3), 2))
    assert source.draw(np.random.default_rng(0), 1, 3, 1, 4, turn=False).query.shape == (1, 12, 1, 28, 28)


def test_redrawing_keeps_ink_within_bounds_and_classes_turn_as_one():
    g = torch.Generator().manual_seed(0)
    ink = torch.rand(6, 28, 28, generator=g)
    again = redrawn(ink, g)
    assert again.min() >= 0
    assert again.max() <= 1 + 1e-6
    same = ink[:1].expand(5, -1, -1)[None]
    after = turned(same, g)
    assert (after == after[:, :1]).all()


def test_sinusoids_are_what_they_say():
    tasks = sinusoids(np.random.default_rng(0), 200, 5, 5)
    assert tasks.support.abs().max() <= 5
    assert 4 < tasks.answers.abs().max() <= 5


# --- Canvases -----------------------------------------------------------------------------------------


def test_a_canvas_is_read_whatever_its_size_pen_and_polarity():
    recorded = strokes.recorded()["wheel"][:1]
    pictures = [
        data.read(strokes.painted(recorded, side, pen), "x")[0]
        for side, pen in ((90, 3), (300, 4), (300, 12), (1200, 30))
    ]
    for one in pictures:
        rows, columns = np.flatnonzero(one.max(1) > 0.3), np.flatnonzero(one.max(0) > 0.3)
        assert max(np.ptp(rows), np.ptp(columns)) in (18, 19)
        assert one.max() == 1
    assert min(np.corrcoef(pictures[1].ravel(), one.ravel())[0, 1] for one in pictures) > 0.5
    light = 1 - strokes.painted(recorded)
    rgb = np.repeat(np.uint8(255 * light)[..., None], 3, axis=2)
    assert np.allclose(
        data.read(Drawing.of(rgb).ink, "x"), data.read(Drawing.of(255 - rgb).ink, "x"), atol=0.02
    )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_drawings_side_by_side_are_parted(count):
    pieces = [("bolt", k) for k in range(count)]
    assert data.read(mixed(*pieces).ink, "x").shape == (count, 28, 28)


def photograph(ink: np.ndarray, seed: int = 0) -> np.ndarray:
    """A canvas as a telephone sees it on paper: a shadow, grain and grey ink; uint8 RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : complex(ink.shape[0]), 0 : 1 : complex(ink.shape[1])]
    paper = 0.85 - 0.3 * x - 0.15 * y
    seen = paper * (1 - 0.75 * ink) + rng.normal(0, 0.02, ink.shape)
    return np.repeat(np.uint8(255 * seen.clip(0, 1))[..., None], 3, axis=2)


def test_a_photograph_of_handwriting_is_read_like_the_drawing():
    ink = mixed(("gate", 0), ("snail", 1)).ink
    clean = data.read(ink, "x")
    seen = data.read(Drawing.of(photograph(ink)).ink, "x")
    assert seen.shape == clean.shape
    for one, other in zip(clean, seen, strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.7


BLANK = Drawing.of(np.zeros((60, 60), np.float32))


def test_an_empty_canvas_is_refused_and_an_empty_optional_one_left_out(imaml):
    with pytest.raises(InputError, match="Second shows no ink"):
        imaml.run("name_drawings", first=canvas("hook", 0), second=BLANK, query=canvas("hook", 1))
    with pytest.raises(InputError, match="Query shows no ink"):
        imaml.run("name_drawings", first=canvas("hook", 0), second=canvas("gate", 0), query=BLANK)
    result = imaml.run(
        "name_drawings",
        first=canvas("hook", 0),
        second=canvas("gate", 0),
        third=BLANK,
        query=canvas("hook", 1),
    )
    assert len(set(result.chances.plot.data[0].x[1])) == 2


def test_one_class_alone_is_refused(imaml):
    with pytest.raises(InputError, match="Second is missing"):
        imaml.run("name_drawings", first=canvas("hook", 0), query=canvas("hook", 1))


def test_a_drawing_off_the_edge_is_refused(imaml):
    cut = Drawing.of(np.ascontiguousarray(canvas("gate", 0).ink[:, 100:]))
    with pytest.raises(InputError, match="Query runs off the edge"):
        imaml.run("name_drawings", first=canvas("hook", 0), second=canvas("gate", 0), query=cut)


def test_more_drawings_than_five_are_refused(imaml):
    many = mixed(*[("bolt", k) for k in range(6)])
    with pytest.raises(InputError, match="First holds 6 drawings; at most five"):
        imaml.run("name_drawings", first=many, second=canvas("gate", 0), query=canvas("gate", 1))


def test_a_hundred_classes_are_refused(imaml):
    many = {f"class_{k}": canvas("hook", 0) for k in range(98)}
    with pytest.raises(InputError, match="there is no input"):
        imaml.run(
            "name_drawings",
            first=canvas("hook", 0),
            second=canvas("gate", 0),
            query=canvas("gate", 1),
            **many,
        )


def sheet(*rows: list[tuple[str, int]], photographed: bool = False) -> Drawing:
    """A row of drawings for every character, as many columns as the longest row has."""
    wide = max(map(len, rows))
    painted = [mixed(*row).ink for row in rows]
    ink = np.concatenate([np.pad(one, ((0, 0), (0, 300 * wide - one.shape[1]))) for one in painted])
    return Drawing.of(photograph(ink) if photographed else ink)


@pytest.mark.parametrize("photographed", [False, True])
def test_a_sheet_is_read_row_by_row(photographed):
    rows = [("hook", 0), ("hook", 1)], [("bolt", 0)], [("snail", 0), ("snail", 2), ("snail", 4)]
    found = data.read_rows(sheet(*rows, photographed=photographed).ink, "Sheet")
    assert [len(one) for one in found] == [2, 1, 3]
    for one, row in zip(found, rows, strict=True):
        alone = data.read(mixed(*row).ink, "x")
        correlations = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(one, alone, strict=True)]
        assert min(correlations) > (0.5 if photographed else 0.8)


def test_a_dot_above_its_letter_starts_no_row():
    ink = np.zeros((200, 100), np.float32)
    for top in (20, 120):
        ink[top : top + 6, 45:51] = 1
        ink[top + 14 : top + 54, 45:51] = 1
    assert [len(one) for one in data.read_rows(ink, "Sheet")] == [1, 1]


@pytest.mark.parametrize(
    ("rows", "told"), [(1, "one character"), (21, "21 characters"), (100, "100 characters")]
)
def test_sheets_of_one_and_of_a_hundred_characters_are_refused(imaml, rows, told):
    ink = np.zeros((20 * rows + 20, 60), np.float32)
    for row in range(rows):
        ink[20 * row + 15 : 20 * row + 25, 20:40] = 1
    with pytest.raises(InputError, match=f"Sheet shows {told}; two to 20 are accepted"):
        imaml.run("name_alphabet", sheet=Drawing.of(ink), query=canvas("hook", 0))


def test_a_sheet_with_a_crowded_row_or_over_the_edge_is_refused(imaml):
    crowded = sheet([("bolt", 0)], [("bolt", k) for k in range(6)])
    with pytest.raises(InputError, match="Sheet, row 2, holds 6 drawings; at most five"):
        imaml.run("name_alphabet", sheet=crowded, query=canvas("hook", 0))
    whole = sheet([("gate", 0)], [("hook", 0)]).ink
    with pytest.raises(InputError, match="Sheet runs off the edge"):
        imaml.run(
            "name_alphabet", sheet=Drawing.of(np.ascontiguousarray(whole[:, 100:])), query=canvas("hook", 0)
        )


def test_a_dark_photograph_is_refused():
    scene = np.random.default_rng(0).random((80, 80)).astype(np.float32)
    with pytest.raises(InputError):
        data.read(scene, "First")


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3)])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_pictures_of_any_size_get_a_sentence(shape, level):
    with pytest.raises(InputError, match=r"First .*\.$"):
        data.read(np.full(shape, level, np.float32), "First")


# --- The actions with the shipped weights -------------------------------------------------------------


def chance(result, who: str) -> np.ndarray:
    """Probabilities `(new drawings, classes)` as plotted."""
    bar = next(one for one in result.chances.plot.data if one.name == who)
    return np.array(bar.y).reshape(len(set(bar.x[0])), -1)


def test_recorded_strokes_are_classified(imaml):
    names = ["hook", "gate", "wheel", "bolt", "snail"]
    inputs = dict(zip(("first", "second", "third", "fourth", "fifth"), names, strict=True))
    right = total = 0
    for shot, k in ((0, 3), (1, 5)):
        given = {slot: canvas(name, shot) for slot, name in inputs.items()}
        result = imaml.run("name_drawings", **given, query=mixed(*[(name, k) for name in names]))
        guessed = chance(result, "iMAML").argmax(axis=1)
        right += (guessed == np.arange(5)).sum()
        total += 5
    assert right >= 0.8 * total


def test_an_alphabet_is_learnt_from_one_sheet(imaml):
    names = list(strokes.CHARACTERS)
    page = sheet(*[[(name, k) for k in (0, 1)] for name in names])
    asked = names[1:]
    result = imaml.run("name_alphabet", sheet=page, query=mixed(*[(name, 4) for name in asked]))
    right = (chance(result, "iMAML").argmax(axis=1) == [names.index(name) for name in asked]).sum()
    assert right >= 4


def test_twenty_characters_are_learnt_at_once(imaml):
    names = list(strokes.CHARACTERS)
    rows = [[(names[k % 6], k // 6)] for k in range(20)]
    *_, result = imaml.name_alphabet(sheet=sheet(*rows), query=mixed(("gate", 5), ("bolt", 5)), inner_steps=4)
    table = chance(result, "iMAML")
    assert table.shape == (2, 20)
    assert np.allclose(table.sum(axis=1), 1, atol=1e-5)
    # a character was drawn three or four times as if it were several; the name is any of them
    assert [names[k % 6] for k in table.argmax(axis=1)] == ["gate", "bolt"]


def test_the_hessian_free_solver_names_drawings_too(imaml):
    result = imaml.run(
        "name_drawings",
        first=canvas("hook", 0),
        second=canvas("gate", 0),
        query=mixed(("gate", 4), ("hook", 4)),
        solver="Hessian-free",
        inner_steps=4,
    )
    losses = result.adaptation.plot.data[1].y
    assert chance(result, "iMAML").argmax(axis=1).tolist() == [1, 0]
    assert losses[-1] < losses[0]


def test_more_examples_are_read_and_weigh_alike(imaml):
    result = imaml.run(
        "name_drawings",
        first=canvas("hook", 0, 1, 2),
        second=canvas("gate", 0),
        query=mixed(("gate", 4), ("hook", 4)),
    )
    assert chance(result, "iMAML").argmax(axis=1).tolist() == [1, 0]
    assert result.seen.pixels.shape[0] == 2 + 3 * 86


def test_adaptation_streams_and_the_loss_falls(imaml):
    stream = list(
        imaml.name_drawings(
            first=canvas("hook", 0), second=canvas("gate", 0), query=canvas("gate", 1), inner_steps=8
        )
    )
    assert [len(one.adaptation.plot.data[1].y) for one in stream] == [1, 2, 3, 5, 9]
    losses = stream[-1].adaptation.plot.data[1].y
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("strength", [0.25, 20.0])
def test_any_spring_is_stable_and_a_stiff_one_moves_less(imaml, strength):
    result = imaml.run(
        "name_drawings",
        first=canvas("hook", 0),
        second=canvas("gate", 0),
        query=canvas("gate", 1),
        strength=strength,
        inner_steps=64,
    )
    losses = result.adaptation.plot.data[1].y
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert losses[-1] > 0.1 if strength == 20 else losses[-1] < 0.3


def test_a_sinusoid_is_guessed_better_than_from_scratch(imaml):
    gaps = []
    for seed in range(3):
        rows = dict(
            row[:2] for row in imaml.run("fit_sinusoid", amplitude=3, phase=0.8, seed=seed).metrics.rows
        )
        gaps.append((rows["everywhere | iMAML"], rows["everywhere | from scratch"]))
    ours, scratch = np.median(gaps, axis=0)
    assert ours < scratch


def test_sinusoid_points_out_of_range_are_refused(imaml):
    for xy in ([[0, 0]], [[0, 0], [9, 0]], [[0, 0], [1, 70]], [[0.0, 0]] * 101):
        with pytest.raises(InputError, match="Points: "):
            imaml.run("fit_sinusoid", points=Points.of(np.array(xy, float)))


def test_cost_streams_memory_and_work(imaml):
    results = list(imaml.cost_of_memory(most_steps=6))
    assert [len(one.memory.plot.data[0].y) for one in results] == [1, 2, 3, 4]
    ours, maml = results[-1].memory.plot.data
    assert max(ours.y) <= 1.1 * min(ours.y)
    assert maml.y[-1] > 2 * maml.y[0]


# --- Claims -------------------------------------------------------------------------------------------


def test_the_exact_meta_gradient_is_exact():
    tasks = claims.Logistic.draw(2, size=8)
    support, query = tasks.loss(tasks.x, tasks.y), tasks.loss(tasks.query_x, tasks.query_y)
    exact = claims.exact_meta_gradient(support, query, tasks.theta, 0.5)

    def outcome(theta):
        phi = theta
        for _ in range(600):
            phi = phi - 0.2 * (gradient(support, phi)[1] + 0.5 * (phi - theta))
        return query(phi)

    for index in (0, 5):
        nudge = torch.zeros_like(tasks.theta)
        nudge[:, index] = 1e-4
        change = (outcome(tasks.theta + nudge) - outcome(tasks.theta - nudge)) / 2e-4
        assert torch.allclose(exact[:, index], change, atol=1e-6)


def test_the_error_of_the_meta_gradient_falls_and_is_below_truncated_maml():
    evidence = claims.gradient_error(quick=True, progress=Progress())
    ours, truncated = np.mean(evidence.ours, axis=1), np.mean(evidence.baseline, axis=1)
    assert (np.diff(ours) < 0).all()
    assert (ours < truncated).all()
    assert ours[-1] < 0.02
