"""Ours and the rival's number come from one function over one input.

The rival is put in ours' place: whatever then differs was measured otherwise. ``MIRRORS`` has that for each action
whose result names a baseline, and for each task two contestants of one function stand beside each other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from own_methods import real

from plugins.compression.finola import networks as finola_networks
from plugins.compression.vc_inr import actions as vc_inr
from plugins.interpretability.information_plane import actions as plane
from plugins.kernels.velocity_fields import adapting, imputing
from plugins.kernels.velocity_fields import model as velocity
from plugins.optimization.imaml import actions as imaml
from plugins.optimization.l1l2_interpolation import model as l1l2
from plugins.retrieval.cosine_caution import model as cosine
from plugins.selfsupervised.demi import actions as demi
from plugins.selfsupervised.demi import networks as demi_networks
from zoo.evidence import task as tasks

Patch = pytest.MonkeyPatch
Numbers = dict[str, Any]

PENDING = {
    "dagnn", "densecl", "dselect-k", "fit-sne", "grad-cam", "grf", "h-mds", "heat-geodesic",
    "hyperbolic-diffusion", "i-con", "icl-gradient-descent", "inducing-nc-longtail", "largevis",
    "latent-structures", "level-set-boosting", "looped-transformer", "nash-md", "node2vec",
    "poincare-embeddings", "stn", "topoae", "xor-grokking",
}  # fmt: skip
"""Methods whose mirrors are still to be written; `zoo new` adds its own."""


def last(slug: str, action: str, **changes: Any) -> Any:
    """The last result of an action's first example, with other inputs where they are given."""
    method = real()[slug].method
    given = {**method.example(method.actions()[action], 0), **changes}
    return method().run(action, **given)


def numbers(result: Any, field: str = "metrics") -> Numbers:
    return {name: value for name, value, _ in getattr(result, field).rows}


def columns(result: Any, row: str) -> list[Any]:
    """The cells of a row of the grid."""
    return [value for name, value in numbers(result).items() if name.startswith(f"{row} | ")]


def regrow(patch: Patch) -> list[list[Any]]:
    def at(self: Any, pixels: int) -> tuple[Any, Any]:
        network = self.small

        class Mirror:
            project = staticmethod(network.encode)
            unproject = staticmethod(network.decode)

        return network, Mirror

    patch.setattr(finola_networks.Networks, "at", at)
    result = last("finola", "regrow")
    return [columns(result, row) for row in ("PSNR", "SSIM", "jumps at seams against elsewhere")]


def blend(patch: Patch) -> list[list[Any]]:
    method = real()["finola"].method
    picture = method.example(method.actions()["blend"], 0)["first"]
    return [columns(last("finola", "blend", second=picture), "contrast half-way")]


def pictured(action: str) -> Callable[[Patch], list[list[Any]]]:
    """VC-INR, whose rivals return its own curve."""

    def mirror(patch: Patch) -> list[list[Any]]:
        own, kept = vc_inr.own_curve, {}

        def curve(*given: Any) -> Any:
            kept["curve"] = own(*given)
            return kept["curve"]

        patch.setattr(vc_inr, "own_curve", curve)
        patch.setattr(vc_inr, "rival_curve", lambda name, field, layout: kept["curve"])
        result = last("vc-inr", action)
        assert "are level" in result.summary
        return [[value for name, value in numbers(result).items() if " | " in name]]

    return mirror


def flow(patch: Patch) -> list[list[Any]]:
    ours, kept = velocity.Flow, {}

    def starting(*given: Any) -> Any:
        kept["given"] = given
        return ours(*given)

    patch.setattr(velocity, "Flow", starting)
    patch.setattr(velocity, "SteinFlow", lambda *given: ours(*kept["given"]))
    return [columns(last("velocity-fields", "flow", steps=5), "energy distance")]


def impute(patch: Patch) -> list[list[Any]]:
    filled = last("velocity-fields", "impute").table.frame.to_numpy()
    patch.setattr(imputing, "rivals", lambda table, seed: {"mirror": filled})
    result = last("velocity-fields", "impute")
    return [columns(result, row) for row in ("root mean square error", "energy distance")]


def adapt(patch: Patch) -> list[list[Any]]:
    read, kept = adapting.read, []

    def reading(source: Any, labels: Any, target: Any) -> Any:
        kept.append(read(source, labels, target))
        return kept[-1]

    patch.setattr(adapting, "read", reading)
    last("velocity-fields", "adapt", steps=3, drawing=None)
    seen = kept[-1]
    patch.setattr(adapting, "rivals", lambda *given: {"mirror": seen})
    result = numbers(last("velocity-fields", "adapt", steps=3, drawing=None))
    return [[result["read rightly | trained on moved digits"], result["read rightly | mirror"]]]


def one_learner(patch: Patch) -> None:
    """MAML adapts as iMAML does, from its start."""
    adapt_as = imaml.Learner.adapt
    patch.setattr(imaml.Learner, "adapt", lambda self, arm, rule: adapt_as(self, "imaml", rule))
    for rules in (imaml.AT_TEST, imaml.SINUSOIDS):
        patch.setitem(rules, "maml", dataclasses.replace(rules["imaml"], steps=4))
    pretrained = real()["imaml"].method.pretrained

    def loaded(self: Any, kind: Any, *more: Any) -> Any:
        arms = pretrained(self, kind, *more)

        class Same:
            characters = {**arms.characters, "maml": arms.characters["imaml"]}
            sinusoids = {**arms.sinusoids, "maml": arms.sinusoids["imaml"]}

        return Same

    patch.setattr(real()["imaml"].method, "pretrained", loaded)


def named(action: str) -> Callable[[Patch], list[list[Any]]]:
    def mirror(patch: Patch) -> list[list[Any]]:
        one_learner(patch)
        strength = imaml.AT_TEST["imaml"].strength
        result = last("imaml", action, inner_steps=4, strength=strength)
        answers = numbers(result, "answers")
        return [[answers[f"new {k} | {who}"] for who in ("iMAML", "MAML")] for k in (1, 2, 3)]

    return mirror


def sinusoid(patch: Patch) -> list[list[Any]]:
    one_learner(patch)
    result = last("imaml", "fit_sinusoid", inner_steps=4, strength=imaml.SINUSOIDS["imaml"].strength)
    return [
        [numbers(result)[f"{where} | {who}"] for who in ("iMAML", "MAML")]
        for where in ("on the points", "everywhere")
    ]


def memory(patch: Patch) -> list[list[Any]]:
    cost = imaml.meta_gradient_cost
    patch.setattr(
        imaml, "meta_gradient_cost", lambda arms, arm, tasks, steps: cost(arms, "imaml", tasks, steps)
    )
    result = last("imaml", "cost_of_memory")
    held = {name: value for name, value, unit in result.metrics.rows if unit == "MB"}
    return [[held[f"4 inner steps | {who}"] for who in ("iMAML", "MAML")]]


def descent(action: str, row: str) -> Callable[[Patch], list[list[Any]]]:
    """The descent's own end as that of the least l1 norm."""

    def mirror(patch: Patch) -> list[list[Any]]:
        *_, end = l1l2.descend(*asked(patch, action))
        patch.setattr(l1l2, "min_l1", lambda X, y: end.beta)
        result = numbers(last("l1l2-interpolation", action))
        return [[result[f"{row} | the descent"], result[f"{row} | least l1 norm"]]]

    return mirror


def asked(patch: Patch, action: str) -> tuple[Any, ...]:
    """What an action gives to the descent."""
    descend, kept = l1l2.descend, {}

    def listening(*given: Any, **more: Any) -> Iterator[Any]:
        kept["given"] = given
        return descend(*given, **more)

    with pytest.MonkeyPatch.context() as once:
        once.setattr(l1l2, "descend", listening)
        last("l1l2-interpolation", action)
    return kept["given"]


def sweep(patch: Patch) -> list[list[Any]]:
    patch.setattr(l1l2, "min_l1", lambda X, y: sum(l1l2.flow_limit(X, y, 0.05)))
    limit = l1l2.flow_limit
    patch.setattr(l1l2, "flow_limit", lambda X, y, lam, *more: limit(X, y, 0.05, *more))
    result = last("l1l2-interpolation", "sweep")
    frame = result.measured.frame
    return [[float(frame["descent"].iloc[0]), float(frame["min l1"].iloc[0])]]


def twice(patch: Patch) -> list[list[Any]]:
    both = cosine.train_twice
    patch.setattr(
        cosine, "train_twice", lambda X, seed: dict.fromkeys(("first", "second"), both(X, seed)["second"])
    )
    return [list(numbers(last("cosine-caution", "train_twice")).values())]


def layers(action: str) -> Callable[[Patch], list[list[Any]]]:
    """Both networks are of tanh."""

    def mirror(patch: Patch) -> list[list[Any]]:
        own = plane._settings
        patch.setattr(plane, "_settings", lambda *given: dict.fromkeys(own(*given), own(*given)["tanh"]))
        result = last("information-plane", action, epochs=20)
        rows = dict.fromkeys(name.split(" | ")[0] for name in numbers(result))
        return [columns(result, row) for row in rows]

    return mirror


def one_contrast(patch: Patch) -> list[list[Any]]:
    """InfoNCE's critic of all of x as the first piece, and nothing after it."""
    gaussian = demi.gaussian

    class Whole(gaussian.Decomposed):
        def terms(self, batch: Any, candidates: int, *_: Any, **__: Any) -> Any:
            scores = self.critics[-1](batch.x, batch.y)
            value = demi.bounds.contrast(*gaussian.split(scores, candidates)).mean()
            return torch.stack([value, torch.zeros(())])

    patch.setattr(gaussian, "Decomposed", Whole)
    found = numbers(last("demi", "estimate"))
    return [[found["InfoNCE"], *(found[f"sum, {kind}"] for kind in gaussian.KINDS)]]


def whole_quarter(patch: Patch) -> list[list[Any]]:
    """The rival's encoder in both places, all of the picture as its quarter, and nothing that the rest adds."""
    critic = demi_networks.Networks.critic
    patch.setattr(demi_networks.Networks, "critic", lambda self, arm: critic(self, "infonce"))
    patch.setattr(demi.Question, "quarter", lambda self: self.pixels)
    patch.setattr(demi.encoders.Projections, "together", lambda self, whole, part: 0 * self.alone(whole))
    found = numbers(last("demi", "look"))
    places = [found[f"place of the other view, {who}"] for who in ("quarter", "InfoNCE")]
    return [[found["sum"], found["DEMI"], found["InfoNCE"]], places]


MIRRORS: dict[tuple[str, str], Callable[[Patch], list[list[Any]]]] = {
    ("finola", "regrow"): regrow,
    ("finola", "blend"): blend,
    ("vc-inr", "compress_picture"): pictured("compress_picture"),
    ("vc-inr", "compress_sound"): pictured("compress_sound"),
    ("vc-inr", "compress_video"): pictured("compress_video"),
    ("vc-inr", "compress_shape"): pictured("compress_shape"),
    ("vc-inr", "compress_climate"): pictured("compress_climate"),
    ("velocity-fields", "flow"): flow,
    ("velocity-fields", "impute"): impute,
    ("velocity-fields", "adapt"): adapt,
    ("imaml", "name_drawings"): named("name_drawings"),
    ("imaml", "name_alphabet"): named("name_alphabet"),
    ("imaml", "fit_sinusoid"): sinusoid,
    ("imaml", "cost_of_memory"): memory,
    ("l1l2-interpolation", "watch"): descent("watch", "excess risk"),
    ("l1l2-interpolation", "your_table"): descent("your_table", "held-out error"),
    ("l1l2-interpolation", "sweep"): sweep,
    ("cosine-caution", "train_twice"): twice,
    ("demi", "estimate"): one_contrast,
    ("demi", "look"): whole_quarter,
    ("information-plane", "watch"): layers("watch"),
    ("information-plane", "measure"): layers("measure"),
    ("information-plane", "your_table"): layers("your_table"),
}
"""For each action with a baseline, numbers that have to be the same, row by row, once the rival is ours."""

SEEN_ELSEWHERE = {("finola", "complete")}
"""Both PSNR stand in one line of code there, over one mask and one truth."""


def test_every_action_that_names_a_baseline_has_a_mirror() -> None:
    compared = {
        (slug, name)
        for slug, entry in real().items()
        if slug not in PENDING and not entry.error
        for name, action in entry.method.actions().items()
        if any(field.against for field in action.results)
    }
    known = set(MIRRORS) | SEEN_ELSEWHERE
    assert compared <= known, (
        "an action that names a baseline needs a function in MIRRORS that puts ours in its place"
    )
    assert known <= compared, "MIRRORS holds an action that is no more, or names no baseline"


@pytest.mark.parametrize("which", list(MIRRORS), ids=".".join)
def test_a_rival_that_is_ours_has_our_numbers(which: tuple[str, str], monkeypatch: Patch) -> None:
    rows = MIRRORS[which](monkeypatch)
    assert rows
    for row in rows:
        assert len(row) >= 2
        first, *others = row
        for other in others:
            assert other == (first if isinstance(first, str) else pytest.approx(first, rel=1e-6))


@pytest.mark.parametrize("slug", tasks.names())
def test_contestants_of_a_task_get_one_input_and_are_judged_by_it(slug: str, monkeypatch: Patch) -> None:
    task, given = tasks.load(slug), object()
    seen: list[tuple[str, Any, float]] = []
    judged: list[Any] = []

    def contestant(name: str) -> tasks.Contestant:
        def run(item: Any, dial: float) -> Any:
            seen.append((name, item, dial))
            return tasks.Outcome(name)

        return tasks.Contestant(name, run)

    def judge(item: Any, outcome: Any) -> dict[str, float]:
        judged.append(item)
        return {score.key: 1.0 for score in task.scores}

    monkeypatch.setattr(task, "judge", judge)
    monkeypatch.setattr(type(task), "items", lambda self, quick: iter([tasks.Item("one", given)]))
    monkeypatch.setattr(tasks, "load", lambda slug: task)
    monkeypatch.setattr(
        tasks, "contestants", lambda task: {name: contestant(name) for name in ("one", "two")}
    )
    monkeypatch.setattr(tasks, "_warm", {(slug, "one"), (slug, "two")})
    monkeypatch.setattr(task, "standing", lambda *given: 1.0, raising=False)
    tasks.rank(slug, quick=True)
    assert all(item is given for _, item, _ in seen)
    assert all(item is given for item in judged)
    dials = {name: [dial for who, _, dial in seen if who == name] for name in ("one", "two")}
    assert dials["one"] == dials["two"] == list(task.dial.values)
    assert len(judged) == 2 * len(task.dial.values)
