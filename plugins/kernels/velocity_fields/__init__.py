"""Particles that flow to a target of which only samples are known: see `VelocityFields`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, Unit, action, contestant, cost
from zoo.types import Drawing, Figure, File, Metrics, Pictures, Points, Table

if TYPE_CHECKING:
    import numpy as np

Divergence = Literal["backward KL", "forward KL"]

# Particles that SVGD moves for comparison.
MOST_RIVALS = 2000


@dataclass(frozen=True)
class Flown:
    """Where the particles are.

    Attributes:
        summary: the distance to the target, beside SVGD where that can run.
        particles: the flow learned from samples and, where the target has a known score, SVGD with that
            score, on at most 2,000 particles; grey is the target. A part of the points is drawn.
        distance: energy distance to samples of the target that the flow has not seen; zero is equality.
        metrics: the last values of both.
        positions: every particle.
    """

    summary: Annotated[str, Summary("SVGD")]
    particles: Figure
    distance: Figure
    metrics: Metrics
    positions: Points


@dataclass(frozen=True)
class Imputed:
    """The table with its gaps filled.

    Attributes:
        summary: the error, beside the best of the other methods.
        picture: the rows in the two columns with the most gaps.
        metrics: errors where entries were hidden on purpose, in standard deviations of their columns,
            and the energy distance of whole rows to the true ones; else how much was filled.
        table: every number filled by the flow.
    """

    summary: Annotated[str, Summary("other methods")]
    picture: Figure
    metrics: Metrics
    table: Table


@dataclass(frozen=True)
class Adapted:
    """How far the digits have come.

    Attributes:
        summary: the digits read rightly, beside the best of the other methods.
        digits: labelled digits as they were, where they are now, and digits of the other style, one column a
            digit; the first two sheets hold the same ones in the same places.
        accuracy: digits of the other style that are read rightly; their labels serve to count, nothing else.
        map: where the digits are, by their labels, in the plane of the other style's first two axes.
        metrics: the last values.
        moved: at the end, the moved digits, a row each: the label, then 64 shares of ink.
    """

    summary: Annotated[str, Summary("other methods")]
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
        examples={
            "Into two rings": {"target": "rings", "start": "gaussian", "particles": 600, "steps": 60},
            "From a corner into two moons": {
                "target": "moons",
                "start": "corner",
                "particles": 500,
                "steps": 25,
                "step_size": 0.5,
                "divergence": "forward KL",
                "bandwidth": "median",
            },
            "A circle becomes a leaf": {
                "target_drawing": "leaf.png",
                "start": "circle",
                "particles": 600,
                "steps": 60,
            },
        },
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
        step_size: Annotated[float, Field(ge=0.05, le=1.0), Unit("squared bandwidths"), Rare()] = 0.3,
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

        from . import actions, model

        rng = np.random.default_rng(seed)
        goal = actions.goal(target, target_drawing, target_points, digit, particles, rng)
        x = actions.beginning(start, start_drawing, start_points, goal, particles, rng)
        s = actions.width(bandwidth, goal.samples, x, rng, progress)
        ours = model.Flow(goal.samples, x, divergence, s, step_size)
        rival = model.SteinFlow(goal.score, x[:MOST_RIVALS], 0.05, 0.5, rng) if goal.score else None
        yield from actions.flown(ours, rival, goal, steps, progress)

    @action(
        title="Fill the gaps of a table",
        examples={
            "A curve, a third of it hidden": {"table": "curve.csv", "hide": 0.3, "steps": 20},
            "A curve, most of it hidden": {"table": "curve.csv", "hide": 0.6, "steps": 20},
        },
    )
    def impute(
        self,
        table: Table,
        hide: Annotated[float, Field(ge=0, le=0.8), Unit("of the known numbers")] = 0.0,
        steps: Annotated[int, Field(ge=1, le=200)] = 40,
        bandwidth: Annotated[float, Field(ge=0.3, le=3.0), Unit("times the rule")] = 1.0,
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
            seed: of every random number.
        """
        from . import actions

        yield from actions.imputed(table, hide, steps, bandwidth, seed, progress)

    @action(
        title="Carry labels to another style",
        examples={
            "Print learns to read handwriting": {
                "direction": "typefaces to handwriting",
                "digits": 200,
                "steps": 10,
                "drawing": "four.png",
            },
            "Handwriting learns to read print": {
                "direction": "handwriting to typefaces",
                "digits": 200,
                "steps": 10,
            },
        },
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

        from . import actions, styles

        rng = np.random.default_rng(seed)
        names: list[styles.Style] = ["typefaces", "handwriting"]
        if not direction.startswith("typefaces"):
            names.reverse()
        own = None if drawing is None else styles.small(actions.any_ink(drawing, "digit"))
        source, target = (styles.digits(name).some(digits, rng) for name in names)
        yield from actions.adapted(names, source, target, own, steps, bandwidth, divergence, progress)

    @contestant("imputation")
    def filled(self, given: tuple[np.ndarray, np.ndarray], hidden_percent: float) -> Outcome:
        """A table with its hidden entries filled by forty steps of the flow."""
        import numpy as np

        from zoo.evidence.tasks.imputation import masked

        from . import imputing

        table, hidden = masked(given, hidden_percent)
        *_, filled = imputing.flow(table, 40, 1.0, np.random.default_rng(0))
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
