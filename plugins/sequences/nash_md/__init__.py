"""Nash learning from human feedback: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Summary, action, contestant, cost
from zoo.types import Figure, Metrics, Table

Share = Annotated[float, Field(ge=0.02, le=0.98)]
Tau = Annotated[float, Field(ge=0.02, le=1)]
Steps = Annotated[int, Field(ge=20, le=5000)]


@dataclass(frozen=True)
class Watched:
    """Six ways to learn a policy from the same preferences.

    Attributes:
        summary: how often the best reply wins against Nash-MD's policy and against that of RLHF.
        watch: policies as learning goes on, in the triangle of all mixes of three choices, or as bars of more; beside
            them how far each is from the regularised equilibrium, the star.
        policies: what each learner ends with, the equilibria, how exploitable they are, and their distances.
        metrics: the same in a few numbers.
    """

    summary: Annotated[str, Summary("RLHF with a reward model")]
    watch: Figure
    policies: Table
    metrics: Metrics


@dataclass(frozen=True)
class Played:
    """Your mix against every policy.

    Attributes:
        summary: how often your mix wins against Nash-MD's policy and against that of RLHF.
        rates: how often yours is preferred to what each policy serves, beside the best reply to it.
        metrics: the same as numbers.
    """

    summary: Annotated[str, Summary("RLHF with a reward model")]
    rates: Figure
    metrics: Metrics


class NashLearning(Method):
    """Learns which mix of answers nobody can beat, where taste goes round in circles.

    Curry beats noodles, noodles beat pizza, and pizza beats curry: no reward can say so, and whoever learns one ends
    with a favourite that loses to something. Nash-MD takes preferences as a game in which both players learn. Playing
    against itself, a policy would run round the fair mix for ever; Nash-MD first steps back towards the old habit and
    plays against that mixture, and comes to rest on the star, the fairest mix that stays close to the habit.
    """

    title = "Nash learning from preferences"
    family = "sequences"
    contract = 2
    paper = Paper(
        "Nash Learning from Human Feedback",
        (
            "Rémi Munos", "Michal Valko", "Daniele Calandriello", "Mohammad Gheshlaghi Azar", "Mark Rowland",
            "Daniel Guo", "Yunhao Tang", "Matthieu Geist", "Thomas Mesnard", "Côme Fiegel", "Andrea Michi",
            "Marco Selvi", "Sertan Girgin", "Nikola Momchev", "Olivier Bachem", "Daniel J. Mankowitz",
            "Doina Precup", "Bilal Piot",
        ),
        2024,
        "ICML 2024",
        "https://arxiv.org/abs/2312.00886",
    )  # fmt: skip

    @action(
        by="actions",
        title="Three dishes",
        examples={
            "Each dish beats the next": {"tau": 0.1},
            "The same, closer to the habit": {"tau": 0.5},
            "Curry beats both others": {"curry_over_noodles": 0.8, "pizza_over_curry": 0.35, "tau": 0.1},
        },
    )
    def dishes(
        self,
        curry_over_noodles: Share = 0.9,
        noodles_over_pizza: Share = 0.8,
        pizza_over_curry: Share = 0.8,
        habit: Share = 0.6,
        tau: Tau = 0.1,
        steps: Steps = 1000,
        progress: Progress = Progress(),
    ) -> Watched:
        """Set who is preferred to whom among three dishes, and watch policies learn what to serve.

        Args:
            curry_over_noodles: how often curry is preferred to noodles.
            noodles_over_pizza: how often noodles are preferred to pizza.
            pizza_over_curry: how often pizza is preferred to curry; below a half, curry beats both.
            habit: how often curry was served so far; noodles and pizza share the rest.
            tau: how much it costs to leave the habit; the star moves with it.
            steps: of learning.
        """

    @action(
        by="actions",
        title="Your own preferences",
        examples={
            "Rock, paper, scissors, lizard, Spock": {"table": "five_hands.csv", "tau": 0.05},
            "Four ways to answer a question": {"table": "four_answers.csv", "tau": 0.1},
            "Three films, for 3,000 steps": {"table": "three_films.csv", "tau": 0.05, "steps": 3000},
        },
    )
    def preferences(
        self, table: Table, tau: Tau = 0.1, steps: Steps = 1000, progress: Progress = Progress()
    ) -> Watched:
        """Send who is preferred to whom, and watch policies learn it.

        Args:
            table: choices as rows and as columns, 2 to 12; cells say how often the row is preferred to the column, 0 to
                1, and half of them are enough. A column called habit holds how often each was served so far.
            tau: how much it costs to leave the habit.
            steps: of learning.
        """

    @action(
        by="actions",
        title="You against the machine",
        examples={
            "Mostly musicals against the machine": {
                "table": "three_films.csv",
                "pick": "musical 2, western 1",
            },
            "Three of five hands": {"table": "five_hands.csv", "pick": "paper, rock, scissors"},
        },
    )
    def play(
        self,
        table: Table,
        pick: str = "",
        tau: Tau = 0.05,
        steps: Steps = 1000,
        progress: Progress = Progress(),
    ) -> Played:
        """Pick a mix of your own, and see how often it wins against what each learner serves.

        Args:
            table: who is preferred to whom, as above.
            pick: your choices with their weights, such as `paper 2, rock 1`; without weights all alike, and without
                choices all of them.
            tau: how much it costs the machine to leave its habit.
            steps: of its learning.
        """

    @contestant("theory-met", "Nash-MD: how exploitable its end is")
    def exploitability_met(self, seed: int, draws: float) -> Outcome:
        """The mean exploitability after 5,000 steps in games of five choices at τ = 0.1, and that of their stars."""
        import numpy as np

        from . import model

        game = model.draw(int(draws), 5, 0.1, np.random.default_rng(seed))
        stars = [model.equilibrium(model.single(game, number)) for number in range(int(draws))]
        end = model.learn(model.NASH_MD, game, [5000])[-1]
        met, predicted = (model.exploitability(game.P, log).mean() for log in (end, np.stack(stars)))
        return Outcome((met, predicted))

    @cost("A thousand steps of Nash-MD", size="choices", start=32, most=1024)
    def learning(self, size: int) -> Callable[[], object]:
        """One game of random preferences."""
        import numpy as np

        from . import model

        game = model.single(model.draw(1, size, 0.1, np.random.default_rng(0)), 0)
        return lambda: model.learn(model.NASH_MD, game, [1000])
