"""Particles that flow to a target known by samples alone: see `VelocityFields`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from zoo.method import InputError, Method, Outcome, Paper, Progress, Unit, action, contestant, cost
from zoo.types import Drawing, Figure, File, Metrics, Pictures, Points, Table

if TYPE_CHECKING:
    import numpy as np

Divergence = Literal["backward KL", "forward KL"]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]

# Points of a target that is drawn or uploaded; and held out of every target to measure the distance.
MOST_POINTS, HELD_OUT = 10_000, 500
FEWEST = 10
# Particles that SVGD moves for comparison.
MOST_RIVALS = 2000


@dataclass(frozen=True)
class Flown:
    """Where the particles are.

    Attributes:
        particles: the flow learned from samples and, where the target has a known score, SVGD with that
            score, on at most 2,000 particles; grey is the target. A part of the points is drawn.
        distance: energy distance to samples of the target that the flow has not seen; zero is equality.
        metrics: the last values of both.
        positions: every particle.
    """

    particles: Figure
    distance: Figure
    metrics: Metrics
    positions: Points


@dataclass(frozen=True)
class Imputed:
    """The table with its gaps filled.

    Attributes:
        picture: the rows in the two columns with the most gaps.
        metrics: errors where entries were hidden on purpose, in standard deviations of their columns,
            and the energy distance of whole rows to the true ones; else how much was filled.
        table: every number filled by the flow.
    """

    picture: Figure
    metrics: Metrics
    table: Table


@dataclass(frozen=True)
class Adapted:
    """How far the digits have come.

    Attributes:
        digits: labelled digits as they were, where they are now, and digits of the other style, one column a
            digit; the first two sheets hold the same ones in the same places.
        accuracy: digits of the other style that are read rightly; their labels serve to count, nothing else.
        map: where the digits are, by their labels, in the plane of the other style's first two axes.
        metrics: the last values.
        moved: at the end, the moved digits, a row each: the label, then 64 shares of ink.
    """

    digits: Pictures
    accuracy: Figure
    map: Figure
    metrics: Metrics
    moved: File | None = None


class VelocityFields(Method):
    """Moves particles onto any target by velocities fitted to samples alone, live.

    A gradient flow of an f-divergence pushes particles along the gradient of a density ratio. The ratio
    is never modelled: at every particle a line is fitted to it through a kernel, in closed form or a few
    Newton steps, and the slope is the velocity. Draw where particles start and where they shall go.

    The same fit fills the gaps of a table: what was invented moves until knowing which numbers were
    missing tells nothing about the numbers. And it carries labelled digits over to a style of which no
    labels are known, so that a classifier learns to read it.
    """

    title = "Interpolated velocity fields"
    family = "kernels"
    paper = Paper(
        title="Minimizing f-Divergences by Interpolating Velocity Fields",
        authors=("Song Liu", "Jiahao Yu", "Jack Simons", "Mingxuan Yi", "Mark Beaumont"),
        year=2024,
        venue="ICML 2024, arXiv 2305.15577",
        url="https://arxiv.org/abs/2305.15577",
    )

    @action(
        title="Let particles flow",
        examples=[
            {"target": "rings", "start": "gaussian", "particles": 600, "steps": 20},
            {
                "target": "moons",
                "start": "corner",
                "particles": 500,
                "steps": 25,
                "step_size": 0.5,
                "divergence": "forward KL",
                "bandwidth": "median",
            },
            {"target_drawing": "leaf.png", "start": "circle", "particles": 600, "steps": 20},
        ],
    )
    def flow(
        self,
        target: Literal["rings", "moons", "mixture", "digit", "checkerboard"] = "rings",
        start: Literal["gaussian", "corner", "square", "circle"] = "gaussian",
        target_drawing: Drawing | None = None,
        start_drawing: Drawing | None = None,
        target_points: Points | None = None,
        start_points: Points | None = None,
        particles: Annotated[int, Field(ge=100, le=10_000)] = 2000,
        steps: Annotated[int, Field(ge=5, le=300)] = 60,
        step_size: Annotated[float, Field(ge=0.05, le=1.0), Unit("squared bandwidths")] = 0.3,
        divergence: Divergence = "backward KL",
        bandwidth: Literal["median", "median / 3", "median / 5", "cross-validated"] = "median / 3",
        digit: Annotated[int, Field(ge=0, le=9)] = 3,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Flown]:
        """Watch particles flow to a target of which only samples are known, beside SVGD that knows its score.

        Args:
            target: where the particles shall go, unless a drawing or points are given.
            start: where they begin, unless a drawing or points are given.
            target_drawing: a drawing whose ink is the target.
            start_drawing: a drawing whose ink is the start, on the same sheet.
            target_points: points of the target, at least 10; beyond 10,000 a random part is used.
            start_points: points to start from, in the coordinates of the target.
            particles: how many flow, and how many samples of a named or drawn target they see.
            steps: steps of the flow.
            step_size: time of a step; no particle moves farther than a bandwidth.
            divergence: backward KL moves along the gradient of log p/q, forward KL along that of p/q.
            bandwidth: of the kernel, by the median distance or by the paper's validation criterion.
            digit: which digit, if the target is one.
            seed: of every random number.
        """
        import numpy as np

        from . import figures, model, shapes

        rng = np.random.default_rng(seed)
        score = None
        centre, scale = np.zeros(2), 1.0
        if target_points is not None:
            goal = _some(target_points.xy, rng, "target")
            centre, scale = goal.mean(axis=0), float(goal.std(axis=0).max()) / 1.5
            goal = rng.permutation((goal - centre) / scale)
            kept = max(len(goal) - HELD_OUT, (len(goal) + 1) // 2)
            goal, fresh = goal[:kept], goal[kept:]
        elif target_drawing is not None:
            goal, fresh = (_ink(target_drawing, n, rng, "target") for n in (particles, HELD_OUT))
        elif target == "digit":
            ink = shapes.handwritten(digit, rng)
            goal, fresh = (shapes.ink_samples(ink, n, rng) for n in (particles, HELD_OUT))
        elif target == "checkerboard":
            goal, fresh = (shapes.checkerboard(n, rng) for n in (particles, HELD_OUT))
        else:
            mixture = shapes.MIXTURES[target]()
            goal, fresh = (mixture.sample(n, rng) for n in (particles, HELD_OUT))
            score = mixture.score
        if start_points is not None:
            x = _some(start_points.xy, rng, "start", (centre, scale))
        elif start_drawing is not None:
            x = _ink(start_drawing, particles, rng, "start")
        else:
            x = shapes.start(start, particles, rng)

        low, high = model.rectangle(goal, x)
        both = np.concatenate([goal, x])
        # A median of zero means that most points coincide; the grid resolves no less than this anyway.
        median = max(model.median_bandwidth(both, rng), float((high - low).max()) / 50)
        if bandwidth == "cross-validated":
            progress(0.0, "validating bandwidths")
            candidates = median * np.logspace(-1, 0.5, 8)
            s = model.validated_bandwidth(goal, x, candidates, rng, model.RIDGE, sample=300)
        else:
            s = median / {"median": 1, "median / 3": 3, "median / 5": 5}[bandwidth]
        ours = model.Flow(goal, x, divergence, s, step_size)
        rival = model.SteinFlow(score, x[:MOST_RIVALS], 0.05, 0.5, rng) if score else None

        series: dict[str, list[float]] = {"from samples": []} | ({"SVGD, true score": []} if rival else {})
        seen: list[int] = []
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
            panels = {name: one.x for name, one in zip(series, (ours, rival), strict=False) if one}
            for name, xy in panels.items():
                series[name].append(scale * model.energy_distance(xy[:HELD_OUT], fresh))
            seen.append(step)
            rows: list[tuple[str, float | int, str]] = [("step", step, ""), ("bandwidth", s * scale, "")]
            rows += [(f"energy distance, {name}", values[-1], "") for name, values in series.items()]
            if step:
                rows.append((f"estimated {divergence}", estimate, "nats"))
            yield Flown(
                figures.particles(
                        {name: centre + scale * xy for name, xy in panels.items()},
                        centre + scale * goal, centre + scale * low, centre + scale * high,
                    ),
                figures.curves(seen, series, steps),
                Metrics(rows),
                Points(centre + scale * ours.x),
            )  # fmt: skip

    @action(
        title="Fill the gaps of a table",
        examples=[
            {"table": "curve.csv", "hide": 0.3, "steps": 20},
            {"table": "curve.csv", "hide": 0.6, "steps": 20, "divergence": "backward KL"},
        ],
    )
    def impute(
        self,
        table: Table,
        hide: Annotated[float, Field(ge=0, le=0.8), Unit("of the known numbers")] = 0.0,
        steps: Annotated[int, Field(ge=1, le=200)] = 40,
        bandwidth: Annotated[float, Field(ge=0.3, le=3.0), Unit("times the rule")] = 1.0,
        divergence: Divergence = "forward KL",
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Imputed]:
        """Fill missing numbers so that a row does not tell which of its numbers were missing.

        Hide some of the known numbers to see the error, beside filling by column means, by nearest
        neighbours and by iterated regressions.

        Args:
            table: columns of numbers with gaps; at least 10 rows and 2 columns, at most 5,000 and 50.
            hide: share of the known numbers that is hidden first, to measure the error on them.
            steps: steps of the flow.
            bandwidth: of the kernel; the rule is the median distance times n^(-1 / (d + 4)) for n rows of d.
            divergence: backward or forward KL; the paper fills tables with the latter.
            seed: of every random number.
        """
        import numpy as np
        import pandas

        from . import figures, imputing, model

        names, truth = _numbers(table)
        rng = np.random.default_rng(seed)
        given = np.where(rng.random(truth.shape) < hide, np.nan, truth)
        known, hidden = np.isfinite(given), np.isfinite(truth) & ~np.isfinite(given)
        if known.all():
            raise InputError("the table has no gaps; send one with empty cells, or hide some of its numbers.")
        _check_columns(given, names, " once some numbers are hidden; hide fewer" if hide else "")
        progress(0.0, "filling by other methods")
        centre, scale = np.nanmean(given, axis=0), np.nanstd(given, axis=0)
        whole = np.flatnonzero(np.isfinite(truth).all(axis=1))[:1000]

        def judge(name: str, filled: np.ndarray) -> list[tuple[str, float, str]]:
            gap = ((filled - truth) / scale)[hidden]
            rows = [
                (f"root mean square error, {name}", float(np.sqrt((gap**2).mean())), "standard deviations")
            ]
            if len(whole) >= FEWEST:
                a, b = (((filling - centre) / scale)[whole] for filling in (filled, truth))
                rows.append((f"energy distance, {name}", model.energy_distance(a, b), ""))
            return rows

        others = []
        if hidden.any():
            for name, filled in imputing.rivals(given, seed).items():
                others += judge(name, filled)
        most = np.sort(np.argsort((~known).sum(axis=0), kind="stable")[-2:])
        both = known[:, most].all(axis=1)
        for step, filled in enumerate(imputing.flow(given, steps, bandwidth, divergence, rng), start=1):
            if step % max(1, steps // 20) and step != steps:
                continue
            progress(step / steps, f"step {step} of {steps}")
            rows: list[tuple[str, Any, str]] = [
                ("step", step, ""),
                ("filled in", int((~known).sum()), "numbers"),
            ]
            if hidden.any():
                rows += judge("flow", filled) + others
            yield Imputed(
                figures.filled(filled, both, tuple(most), tuple(names[i] for i in most)),
                Metrics(rows),
                Table(pandas.DataFrame(filled, columns=names)),
            )

    @action(
        title="Carry labels to another style",
        examples=[
            {"direction": "typefaces to handwriting", "digits": 300, "steps": 12},
            {"direction": "handwriting to typefaces", "digits": 300, "steps": 12},
            {"direction": "typefaces to handwriting", "digits": 200, "steps": 12, "drawing": "four.png"},
        ],
    )
    def adapt(
        self,
        direction: Literal[
            "typefaces to handwriting", "handwriting to typefaces"
        ] = "typefaces to handwriting",
        drawing: Drawing | None = None,
        digits: Annotated[int, Field(ge=100, le=800), Unit("digits of each style")] = 500,
        steps: Annotated[int, Field(ge=1, le=60)] = 25,
        bandwidth: Annotated[float, Field(ge=0.2, le=2.0), Unit("times the median rule")] = 0.5,
        divergence: Divergence = "forward KL",
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Adapted]:
        """Move labelled digits into a style without labels, and read that style with what they become.

        Beside it the same classifier without moving, and with three other ways to adapt: matched
        covariances (CORAL), optimal transport, and joint distribution optimal transport.

        Args:
            direction: from the style with labels to the one without.
            drawing: a digit of your own, read by the classifier before and after.
            digits: how many of each style take part.
            steps: steps of the flow.
            bandwidth: of the Gaussian part of the kernel.
            divergence: backward or forward KL; the paper adapts with the latter.
            seed: chooses the digits.
        """
        import numpy as np

        from . import adapting, figures, styles

        rng = np.random.default_rng(seed)
        names: list[styles.Style] = (
            ["typefaces", "handwriting"]
            if direction.startswith("typefaces")
            else ["handwriting", "typefaces"]
        )
        own = None if drawing is None else styles.small(_any_ink(drawing, "digit"))
        source, target = (styles.digits(name).some(digits, rng) for name in names)
        space = adapting.Space.of(source.pictures, target.pictures)
        start, goal = space.of_source(source.pictures), space.of_target(target.pictures)
        progress(0.0, "adapting by other methods")

        def right(read: np.ndarray) -> float:
            return 100 * float((read == target.labels).mean())

        others = {name: right(read) for name, read in adapting.rivals(start, source.labels, goal).items()}
        before = figures.digit_sheet(source.pictures, source.labels)
        there = figures.digit_sheet(target.pictures, target.labels)
        series: dict[str, list[float]] = {"trained on moved digits": [], "labels by transport": []}
        states = adapting.flow(start, source.labels, goal, steps, bandwidth, divergence)
        for step, state in enumerate(states):
            progress((step + 1) / (steps + 1), f"step {step} of {steps}")
            series["trained on moved digits"].append(right(adapting.read(state.source, source.labels, goal)))
            series["labels by transport"].append(right(state.guessed))
            rows: list[tuple[str, float | int, str]] = [("step", step, "")]
            rows += [(f"read rightly, {name}", values[-1], "%") for name, values in series.items()]
            rows += [(f"read rightly, {name}", value, "%") for name, value in others.items()]
            if own is not None:
                place = space.of_target(own[None])
                rows += [
                    (f"your drawing, {when}", int(adapting.read(learned, source.labels, place)[0]), "")
                    for when, learned in (("not moved", start), ("trained on moved digits", state.source))
                ]
            moved = space.pictures(state.source)
            yield Adapted(
                Pictures(
                    (
                        (f"{names[0]}, labelled", before),
                        (f"after {step} steps", figures.digit_sheet(moved, source.labels)),
                        (f"{names[1]}, labels not used", there),
                    )
                ),
                figures.readings(list(range(step + 1)), series, others, steps),
                figures.digit_map(state.source, source.labels, goal),
                Metrics(rows),
                None if step < steps else File("moved_digits.csv", _lines(source.labels, moved)),
            )

    @contestant("imputation")
    def filled(self, given: tuple[np.ndarray, np.ndarray], hidden_percent: float) -> Outcome:
        """A table with its hidden entries filled by sixty steps of the forward-KL flow."""
        import numpy as np

        from zoo.evidence.tasks.imputation import masked

        from . import imputing

        table, hidden = masked(given, hidden_percent)
        *_, filled = imputing.flow(table, 60, 1.0, "forward KL", np.random.default_rng(0))
        return Outcome((filled, hidden))

    @cost("One step of the flow in the plane", size="particles", start=1000, most=10_000 * 2**8)
    def flow_step(self, size: int) -> Callable[[], object]:
        """As many samples of four clouds as there are particles."""
        import numpy as np

        from . import model, shapes

        rng = np.random.default_rng(0)
        flow = model.Flow(
            shapes.clouds().sample(size, rng), rng.standard_normal((size, 2)), "backward KL", 0.6, 0.3
        )
        return flow.advance


def _some(
    xy: np.ndarray, rng: np.random.Generator, role: str, frame: tuple[np.ndarray, float] | None = None
) -> np.ndarray:
    """At most `MOST_POINTS` of the points, moved into the plane of the target."""
    import numpy as np

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


def _ink(drawing: Drawing, n: int, rng: np.random.Generator, role: str) -> np.ndarray:
    """Samples of a drawing's ink."""
    from . import shapes

    return shapes.ink_samples(_any_ink(drawing, role), n, rng)


def _any_ink(drawing: Drawing, role: str) -> np.ndarray:
    """The ink of a drawing; faint paper does not count."""
    import numpy as np

    ink = np.where(drawing.ink > 0.15, drawing.ink, 0).astype(float)
    if np.count_nonzero(ink) < FEWEST:
        raise InputError(
            f"the drawing of the {role} has no ink; draw a stroke that is darker than the paper."
        )
    return ink


def _lines(labels: np.ndarray, pictures: np.ndarray) -> bytes:
    """A CSV file of labels `(n,)` and ink `(n, 64)`."""
    lines = [",".join(["label", *(f"ink {place}" for place in range(64))])]
    for label, picture in zip(labels, pictures, strict=True):
        lines.append(",".join([str(label), *(f"{ink:.3f}" for ink in picture)]))
    return "\n".join([*lines, ""]).encode()


def _numbers(table: Table) -> tuple[list[str], np.ndarray]:
    """Names and numbers of a table, float64 with NaN for gaps."""
    from zoo.blocks.tables import distinct, numbers

    frame = distinct(table.frame)
    rows, columns = frame.shape
    if not (FEWEST <= rows <= 5000 and 2 <= columns <= 50):
        raise InputError(f"the table is {rows} x {columns}; send 10 to 5,000 rows and 2 to 50 columns.")
    given = numbers(frame, list(frame.columns), missing="keep")
    _check_columns(given.values, given.columns, "")
    return given.columns, given.values


def _check_columns(numbers: np.ndarray, names: list[str], why: str) -> None:
    """Every column needs two different numbers."""
    import numpy as np

    for name, column in zip(names, numbers.T, strict=True):
        different = np.unique(column[np.isfinite(column)])
        if not len(different):
            raise InputError(f"column {name!r} has no number{why or '; remove it'}.")
        if len(different) == 1:
            raise InputError(f"column {name!r} holds one number only{why or '; remove it'}.")
