"""iMAML, few-shot learning that a visitor can draw: see `Imaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, Unit, action, contestant, cost
from zoo.types import Drawing, Figure, Image, Metrics, Pictures, Points

Steps = Annotated[int, Field(ge=1, le=64), Unit("steps")]
Strength = Annotated[float, Field(ge=0.1, le=20), Rare()]
Solver = Literal["gradient descent", "Hessian-free"]


@dataclass(frozen=True)
class Named:
    """What each learner calls the new drawings.

    Attributes:
        summary: how often MAML and nearest neighbour say the same.
        drawings: each new drawing, and to its right an example of the character that iMAML takes it for.
        answers: for each new drawing the name with the highest probability, by learner.
        chances: the probability of every name; nearest neighbour just picks one.
        adaptation: how the loss on your examples falls as the learners adapt.
        seen: the drawings as the network sees them, one row a class, and the new ones last.
    """

    summary: Annotated[str, Summary("MAML")]
    drawings: Pictures
    answers: Metrics
    chances: Figure
    adaptation: Figure
    seen: Image


@dataclass(frozen=True)
class Fitted:
    """A sinusoid guessed from a few of its points.

    Attributes:
        summary: the error, beside MAML.
        curves: the points, what each learner makes of them, and the truth where it is known.
        errors: mean squared error on the points as iMAML and MAML adapt.
        metrics: how far each learner is from the points, and from the truth where it is known.
    """

    summary: Annotated[str, Summary("MAML")]
    curves: Figure
    errors: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Cost:
    """What one meta-gradient costs, by number of inner steps.

    Attributes:
        summary: the memory at the most steps, beside MAML.
        memory: most bytes that were held for the way back at once.
        work: multiplications and additions in matrix products and convolutions.
        metrics: the same in numbers, with seconds as measured on this machine just now.
    """

    summary: Annotated[str, Summary("MAML")]
    memory: Figure
    work: Figure
    metrics: Metrics


class Imaml(Method):
    """Learns new characters from one drawing each, by a start from which a few steps are enough.

    Meta-learning looks for a start θ from which a network masters a new task in a few gradient steps.
    MAML finds it by going back through those steps, so it must keep every one of them in memory.
    Implicit MAML ties the adapted parameters φ to the start with a spring of strength λ. Where the
    pull of the examples and that of the spring balance, the derivative of φ in θ follows from the
    curvature at that point alone: it is `(I + H / λ)⁻¹`, applied by a few conjugate-gradient steps with
    Hessian-vector products. How φ was found leaves no trace, so a thousand inner steps take no more
    memory than one.

    Draw a few characters that the network has never seen and let it name new drawings of them, beside
    MAML with the same network, the same tasks and as many training steps, and beside nearest neighbour.
    """

    title = "iMAML"
    family = "optimization"
    paper = Paper(
        title="Meta-Learning with Implicit Gradients",
        authors=("Aravind Rajeswaran", "Chelsea Finn", "Sham Kakade", "Sergey Levine"),
        year=2019,
        venue="NeurIPS 2019",
        url="https://arxiv.org/abs/1909.04630",
    )

    @action(
        by="actions",
        title="Teach it your characters",
        examples={
            "Three characters, one drawing of each": {
                "first": "hook.png",
                "second": "gate.png",
                "third": "wheel.png",
                "query": "new_wheel.png",
                "inner_steps": 8,
            },
            "Two characters, three drawings of each": {
                "first": "hook_thrice.png",
                "second": "gate_thrice.png",
                "query": "new.png",
                "inner_steps": 8,
            },
        },
    )
    def name_drawings(
        self,
        *,
        first: Drawing,
        second: Drawing,
        third: Drawing | None = None,
        fourth: Drawing | None = None,
        fifth: Drawing | None = None,
        query: Drawing,
        inner_steps: Steps = 16,
        strength: Strength = 1.0,
        solver: Solver = "gradient descent",
        progress: Progress = Progress(),
    ) -> Iterator[Named]:
        """Show two to five new characters, one to five drawings of each, and have new drawings named.

        A canvas holds the drawings of one character side by side with wide gaps between them. The
        characters may be anything: letters, runes, your own signs. Photographs of ink on paper will do.

        Args:
            first: one to five drawings of the first character, side by side.
            second: the same for the second character.
            third: the same for a third character, if you like.
            fourth: the same for a fourth.
            fifth: the same for a fifth.
            query: one to five new drawings to be named, each of any of these characters.
            inner_steps: steps that iMAML takes; MAML takes twenty of its own.
            strength: λ, how strongly iMAML's parameters are pulled back to its start; 1 in training.
            solver: iMAML's inner solver; a Hessian-free step costs several of gradient descent, and wants λ of about 5.
        """

    @action(
        by="actions",
        title="Teach it an alphabet",
        examples={
            "An alphabet on a sheet": {"sheet": "sheet.png", "query": "new_wheel.png", "inner_steps": 8},
            "The same, using curvature": {
                "sheet": "sheet.png",
                "query": "new.png",
                "solver": "Hessian-free",
                "inner_steps": 4,
            },
        },
    )
    def name_alphabet(
        self,
        *,
        sheet: Drawing,
        query: Drawing,
        inner_steps: Steps = 16,
        strength: Strength = 1.0,
        solver: Solver = "gradient descent",
        progress: Progress = Progress(),
    ) -> Iterator[Named]:
        """Show two to twenty new characters on one sheet, a row each, and have new drawings named.

        Args:
            sheet: a row for every character, with one to five drawings of it side by side and blank space
                between the rows.
            query: one to five new drawings to be named, side by side.
            inner_steps: steps that iMAML takes; MAML takes twenty of its own.
            strength: λ, how strongly iMAML's parameters are pulled back to its start; 1 in training.
            solver: iMAML's inner solver; a Hessian-free step costs several of gradient descent, and wants λ of about 5.
        """

    @action(
        by="actions",
        title="Fit a sinusoid",
        examples={
            "A whole wave from five points": {"amplitude": 3.0, "phase": 0.8, "shots": 5},
            "Five points of a table": {"points": "five_points.csv", "inner_steps": 32},
        },
    )
    def fit_sinusoid(
        self,
        points: Points | None = None,
        amplitude: Annotated[float, Field(ge=0.1, le=5)] = 2.0,
        phase: Annotated[float, Field(ge=0, le=3.14), Unit("radians")] = 1.0,
        shots: Annotated[int, Field(ge=2, le=20), Unit("points")] = 5,
        inner_steps: Steps = 16,
        strength: Annotated[float, Field(ge=0.05, le=20)] = 5.0,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Fitted]:
        """Guess a whole sinusoid from a few of its points.

        Args:
            points: your own points, x from -5 to 5 and y from -6 to 6; else some are taken from the
                sinusoid below.
            amplitude: of the sinusoid.
            phase: of the sinusoid.
            shots: how many of its points are shown.
            inner_steps: gradient steps that iMAML takes; MAML takes the five it was trained with.
            strength: λ, how strongly iMAML's parameters are pulled back to its start; 5 in training.
            seed: which points are taken, and where the network that learns from scratch begins.
        """

    @action(
        by="actions",
        title="Measure what a meta-gradient costs",
        examples={"Up to four inner steps": {"most_steps": 4}},
    )
    def cost_of_memory(
        self,
        most_steps: Annotated[int, Field(ge=4, le=128), Unit("steps")] = 64,
        shots: Annotated[int, Field(ge=1, le=5), Unit("examples a class")] = 1,
        progress: Progress = Progress(),
    ) -> Iterator[Cost]:
        """Compute one meta-gradient with more and more inner steps, and measure memory and time.

        Args:
            most_steps: the largest number of inner steps.
            shots: examples of each of the five classes.
        """

    @contestant("few-shot", "iMAML")
    @contestant("few-shot-twenty", "iMAML")
    def named_by_imaml(self, draw: tuple[int, int], shots: float) -> Outcome:
        """The questions of an item, named after adapting to its examples."""
        from . import contest, model

        return contest.named(self.pretrained(model.Arms), "imaml", draw, shots)

    @contestant("few-shot", "MAML (imaml)")
    @contestant("few-shot-twenty", "MAML (imaml)")
    def named_by_maml(self, draw: tuple[int, int], shots: float) -> Outcome:
        """The questions of an item, named after adapting to its examples."""
        from . import contest, model

        return contest.named(self.pretrained(model.Arms), "maml", draw, shots)

    @contestant("few-shot", "First-order MAML (imaml)")
    @contestant("few-shot-twenty", "First-order MAML (imaml)")
    def named_by_first_order(self, draw: tuple[int, int], shots: float) -> Outcome:
        """The questions of an item, named after adapting to its examples."""
        from . import contest, model

        return contest.named(self.pretrained(model.Arms), "first_order", draw, shots)

    @contestant("few-shot", "Reptile (imaml)")
    @contestant("few-shot-twenty", "Reptile (imaml)")
    def named_by_reptile(self, draw: tuple[int, int], shots: float) -> Outcome:
        """The questions of an item, named after adapting to its examples."""
        from . import contest, model

        return contest.named(self.pretrained(model.Arms), "reptile", draw, shots)

    @cost("Twenty characters, one example of each, adapted by iMAML", size="tasks", start=1)
    def adapting(self, size: int) -> Callable[[], object]:
        """Sixteen steps from the trained start; pictures of noise."""
        import torch

        from zoo.blocks.inner_loop import Layout

        from . import model

        network = self.pretrained(model.Arms).characters["imaml"]
        ink = torch.rand(size, 20, 1, 28, 28, generator=torch.Generator().manual_seed(0))
        names = torch.arange(20).expand(size, -1)
        tasks = model.Tasks(ink, names, ink, names)
        theta = network.start(20)
        layout = Layout.of(theta)
        start = layout.pack(theta).detach().expand(size, -1)
        support, _ = model.losses(network, layout, tasks)
        return lambda: model.adapted("imaml", model.AT_TEST["imaml"], support, start)
