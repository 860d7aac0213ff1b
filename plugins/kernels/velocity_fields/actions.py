"""What the three actions read, and what they show after each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas

from zoo.blocks import verdicts
from zoo.blocks.tables import numbers
from zoo.method import InputError, Progress
from zoo.types import Drawing, File, Metrics, Pictures, Points, Table, note

from . import Adapted, Flown, Imputed, adapting, figures, imputing, model, shapes
from .model import Array, Divergence
from .styles import Digits, Style

# Points of a target that is drawn or uploaded; and held out of every target to measure the distance.
MOST_POINTS, HELD_OUT = 10_000, 500
FEWEST = 10

Row = tuple[str, float | int, str]


# ---------------------------------------------------------------------------------------------------------
# Particles that flow


@dataclass(frozen=True)
class Goal:
    """Where particles shall go, in the plane of the flow.

    Attributes:
        samples: what the flow sees of it, `(n, 2)`.
        fresh: what it does not see, to measure the distance, `(m, 2)`.
        score: gradient of the log density, where it is known.
        centre: in the visitor's coordinates, in which `x` is `centre + scale * x`.
        scale: the same.
    """

    samples: Array
    fresh: Array
    score: Callable[[Array], Array] | None = None
    centre: Array = field(default_factory=lambda: np.zeros(2))
    scale: float = 1.0


def goal(
    name: str,
    drawing: Drawing | None,
    points: Points | None,
    digit: int,
    particles: int,
    rng: np.random.Generator,
) -> Goal:
    """The target that points give, else a drawing, else a name.

    Raises:
        InputError: the points or the ink are too few, or the points have no size.
    """
    if points is not None:
        xy = _some(points.xy, rng, "target")
        centre, scale = xy.mean(axis=0), float(xy.std(axis=0).max()) / 1.5
        xy = rng.permutation((xy - centre) / scale)
        kept = max(len(xy) - HELD_OUT, (len(xy) + 1) // 2)
        return Goal(xy[:kept], xy[kept:], None, centre, scale)
    sizes = particles, HELD_OUT
    if drawing is not None:
        return Goal(*(_ink(drawing, n, rng, "target") for n in sizes))
    if name == "digit":
        ink = shapes.handwritten(digit, rng)
        return Goal(*(shapes.ink_samples(ink, n, rng) for n in sizes))
    if name == "checkerboard":
        return Goal(*(shapes.checkerboard(n, rng) for n in sizes))
    mixture = shapes.MIXTURES[name]()
    return Goal(*(mixture.sample(n, rng) for n in sizes), mixture.score)


def beginning(
    name: str,
    drawing: Drawing | None,
    points: Points | None,
    goal: Goal,
    particles: int,
    rng: np.random.Generator,
) -> Array:
    """Where the particles start, `(n, 2)` in the plane of the flow.

    Raises:
        InputError: the points or the ink are too few, or the points are far from the target.
    """
    if points is not None:
        return _some(points.xy, rng, "start", (goal.centre, goal.scale))
    if drawing is not None:
        return _ink(drawing, particles, rng, "start")
    return shapes.start(name, particles, rng)


def width(rule: str, samples: Array, x: Array, rng: np.random.Generator, progress: Progress) -> float:
    """The bandwidth by a part of the median distance, or by the paper's validation criterion."""
    low, high = model.rectangle(samples, x)
    both = np.concatenate([samples, x])
    # A median of zero means that most points coincide; the grid resolves no less than this anyway.
    median = max(model.median_bandwidth(both, rng), float((high - low).max()) / 50)
    if rule == "cross-validated":
        progress(0.0, "validating bandwidths")
        candidates = median * np.logspace(-1, 0.5, 8)
        return model.validated_bandwidth(samples, x, candidates, rng, model.RIDGE, sample=300)
    return median / {"median": 1, "median / 3": 3, "median / 5": 5}[rule]


def flown(
    ours: model.Flow, rival: model.SteinFlow | None, goal: Goal, steps: int, progress: Progress
) -> Iterator[Flown]:
    """What is seen of the flow, and of SVGD beside it, about sixty times."""
    low, high = model.rectangle(goal.samples, ours.x)
    centre, scale = goal.centre, goal.scale
    series: dict[str, list[float]] = {"from samples": []} | ({"SVGD, true score": []} if rival else {})
    seen: list[int] = []
    states: list[dict[str, Array]] = []
    every = max(1, steps // 60)
    estimate = float("nan")
    for step in range(steps + 1):
        if step:
            estimate = ours.advance()
            if rival:
                rival.advance()
        if step % every and step != steps:
            continue
        progress(step / steps, f"step {step} of {steps}")
        panels = {name: flow.x for name, flow in zip(series, (ours, rival), strict=False) if flow}
        for name, xy in panels.items():
            series[name].append(scale * model.energy_distance(xy[:HELD_OUT], goal.fresh))
        seen.append(step)
        rows: list[Row] = [("step", step, ""), ("bandwidth", ours.bandwidth * scale, "")]
        rows += [(f"energy distance | {name}", values[-1], "") for name, values in series.items()]
        if step:
            rows.append((f"estimated {ours.divergence}", estimate, "nats"))
        states.append({name: centre + scale * xy for name, xy in panels.items()})
        frame = [centre + scale * xy for xy in (goal.samples, low, high)]
        drawn = (
            figures.replayed(seen, states, *frame) if step == steps else figures.particles(states[-1], *frame)
        )
        yield Flown(
            _beside_svgd(series),
            drawn,
            figures.curves(seen, series, steps),
            Metrics(rows),
            Points(centre + scale * ours.x),
        )


def _beside_svgd(series: Mapping[str, list[float]]) -> str:
    """The energy distance now, beside that of SVGD, which needs a score."""
    ours = series["from samples"]
    if "SVGD, true score" in series:
        rival = series["SVGD, true score"][-1]
        what = "energy distance to the target"
        return verdicts.beside(
            "the flow from samples", ours[-1], "SVGD with the true score", rival, "", "lower", what
        )
    return (
        f"The energy distance to the target went from {ours[0]:.3g} to {ours[-1]:.3g}; SVGD cannot run here, for the"
        " target has no known score."
    )


def _some(xy: Array, rng: np.random.Generator, role: str, frame: tuple[Array, float] | None = None) -> Array:
    """At most `MOST_POINTS` of the points, moved into the plane of the target."""
    if len(np.unique(xy, axis=0)) < FEWEST:
        raise InputError(f"the {role} has fewer than {FEWEST} different points; send {FEWEST} to 100,000.")
    xy = xy[rng.permutation(len(xy))[:MOST_POINTS]]
    if not np.isfinite(xy.std(axis=0)).all() or not xy.std(axis=0).max() > 1e-9 * np.abs(xy).max():
        raise InputError(
            f"the points of the {role} cannot be told apart at their size; send moderate numbers."
        )
    if frame is None:
        return xy
    xy = (xy - frame[0]) / frame[1]
    if np.abs(xy).max() > 100:
        raise InputError("the start lies over a hundred times the target's size away; bring them closer.")
    return xy


def _ink(drawing: Drawing, n: int, rng: np.random.Generator, role: str) -> Array:
    """Samples of a drawing's ink."""
    return shapes.ink_samples(any_ink(drawing, role), n, rng)


def any_ink(drawing: Drawing, role: str) -> Array:
    """The ink of a drawing; faint paper does not count."""
    ink = np.where(drawing.ink > 0.15, drawing.ink, 0).astype(float)
    if np.count_nonzero(ink) < FEWEST:
        raise InputError(
            f"the drawing of the {role} has no ink; draw a stroke that is darker than the paper."
        )
    return ink


# ---------------------------------------------------------------------------------------------------------
# Gaps that are filled


def imputed(
    table: Table,
    hide: float,
    steps: int,
    bandwidth: float,
    seed: int,
    progress: Progress,
) -> Iterator[Imputed]:
    """See `VelocityFields.impute`."""
    names, truth = _numbers(table)
    rng = np.random.default_rng(seed)
    given = np.where(rng.random(truth.shape) < hide, np.nan, truth)
    known, hidden = np.isfinite(given), np.isfinite(truth) & ~np.isfinite(given)
    if known.all():
        raise InputError("the table has no gaps; send one with empty cells, or hide some of its numbers.")
    _check_columns(given, names, " once some numbers are hidden; hide fewer" if hide else "")
    progress(0.0, "filling by other methods")
    others: list[Row] = []
    if hidden.any():
        for name, filled in imputing.rivals(given, seed).items():
            others += _errors(name, filled, truth, given)
    most = np.sort(np.argsort((~known).sum(axis=0), kind="stable")[-2:])
    both = known[:, most].all(axis=1)
    for step, filled in enumerate(imputing.flow(given, steps, bandwidth, rng), start=1):
        if step % max(1, steps // 20) and step != steps:
            continue
        progress(step / steps, f"step {step} of {steps}")
        rows: list[Row] = [("step", step, ""), ("filled in", int((~known).sum()), "numbers")]
        if hidden.any():
            rows += _errors("flow", filled, truth, given) + others
        yield Imputed(
            _beside_rivals(rows, int((~known).sum())),
            figures.filled(filled, both, tuple(most), tuple(names[i] for i in most)),
            Metrics(rows),
            Table(pandas.DataFrame(filled, columns=names, index=table.frame.index)),
        )


def _beside_rivals(rows: list[Row], filled: int) -> str:
    """The error of the flow beside the best of the others, where numbers were hidden on purpose."""
    start = "root mean square error | "
    errors = {name.removeprefix(start): value for name, value, _ in rows if name.startswith(start)}
    if not errors:
        return (
            f"{filled:,} numbers are filled in; hide some that are known to measure it beside other methods."
        )
    ours = errors.pop("flow")
    best = min(errors, key=errors.__getitem__)
    return verdicts.beside(
        "the flow", ours, f"the best of the other methods, {best},", errors[best],
        "standard deviations", "lower", "root mean square error",
    )  # fmt: skip


def _errors(name: str, filled: Array, truth: Array, given: Array) -> list[Row]:
    """How far a filled table is from the true one where numbers were hidden from `given`, all `(n, d)`."""
    centre, scale = np.nanmean(given, axis=0), np.nanstd(given, axis=0)
    gap = ((filled - truth) / scale)[np.isfinite(truth) & ~np.isfinite(given)]
    rows: list[Row] = [
        (f"root mean square error | {name}", float(np.sqrt((gap**2).mean())), "standard deviations")
    ]
    whole = np.flatnonzero(np.isfinite(truth).all(axis=1))[:1000]
    if len(whole) >= FEWEST:
        a, b = (((values - centre) / scale)[whole] for values in (filled, truth))
        rows.append((f"energy distance | {name}", model.energy_distance(a, b), ""))
    return rows


def _numbers(table: Table) -> tuple[list[str], Array]:
    """Names and numbers of a table, float64 with NaN for gaps."""
    frame = table.frame
    rows, columns = frame.shape
    if not (FEWEST <= rows <= 5000 and 2 <= columns <= 50):
        raise InputError(f"the table is {rows} x {columns}; send 10 to 5,000 rows and 2 to 50 columns.")
    given = numbers(frame, missing="keep")
    for sentence in given.notes:
        note(sentence)
    _check_columns(given.values, given.columns, "")
    return given.columns, given.values


def _check_columns(values: Array, names: list[str], why: str) -> None:
    """Every column needs two different numbers."""
    for name, column in zip(names, values.T, strict=True):
        different = np.unique(column[np.isfinite(column)])
        if not len(different):
            raise InputError(f"column {name!r} has no number{why or '; remove it'}.")
        if len(different) == 1:
            raise InputError(f"column {name!r} holds one number only{why or '; remove it'}.")


# ---------------------------------------------------------------------------------------------------------
# Labels that are carried


def adapted(
    names: Sequence[Style],
    source: Digits,
    target: Digits,
    own: Array | None,
    steps: int,
    bandwidth: float,
    divergence: Divergence,
    progress: Progress,
) -> Iterator[Adapted]:
    """See `VelocityFields.adapt`; `own` is the visitor's digit, `(64,)`."""
    space = adapting.Space.of(source.pictures, target.pictures)
    start, goal = space.of_source(source.pictures), space.of_target(target.pictures)
    progress(0.0, "adapting by other methods")

    def right(read: Array) -> float:
        return 100 * float((read == target.labels).mean())

    others = {name: right(read) for name, read in adapting.rivals(start, source.labels, goal).items()}
    before, wanted = (figures.digit_sheet(style.pictures, style.labels) for style in (source, target))
    series: dict[str, list[float]] = {"trained on moved digits": [], "labels by transport": []}
    states = adapting.flow(start, source.labels, goal, steps, bandwidth, divergence)
    for step, state in enumerate(states):
        progress((step + 1) / (steps + 1), f"step {step} of {steps}")
        series["trained on moved digits"].append(right(adapting.read(state.source, source.labels, goal)))
        series["labels by transport"].append(right(state.guessed))
        rows: list[Row] = [("step", step, "")]
        rows += [(f"read rightly | {name}", values[-1], "%") for name, values in series.items()]
        rows += [(f"read rightly | {name}", value, "%") for name, value in others.items()]
        if own is not None:
            place = space.of_target(own[None])
            rows += [
                (f"your drawing | {when}", int(adapting.read(learned, source.labels, place)[0]), "")
                for when, learned in (("not moved", start), ("trained on moved digits", state.source))
            ]
        moved = space.pictures(state.source)
        sheets = (
            (f"{names[0]}, labelled", before),
            (f"after {step} steps", figures.digit_sheet(moved, source.labels)),
            (f"{names[1]}, labels not used", wanted),
        )
        best = max(others, key=others.__getitem__)
        yield Adapted(
            verdicts.beside(
                "training on moved digits",
                series["trained on moved digits"][-1],
                f"the best of the other methods, {best},",
                others[best],
                "%",
                what="digits read rightly",
            ),
            Pictures(sheets),
            figures.readings(list(range(step + 1)), series, others, steps),
            figures.digit_map(state.source, source.labels, goal),
            Metrics(rows),
            None if step < steps else File("moved_digits.csv", _lines(source.labels, moved)),
        )


def _lines(labels: Array, pictures: Array) -> bytes:
    """A CSV file of labels `(n,)` and ink `(n, 64)`."""
    lines = [",".join(["label", *(f"ink {place}" for place in range(64))])]
    for label, picture in zip(labels, pictures, strict=True):
        lines.append(",".join([str(label), *(f"{ink:.3f}" for ink in picture)]))
    return "\n".join([*lines, ""]).encode()
