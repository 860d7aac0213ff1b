"""What the actions do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo.method import Method, Progress
from zoo.types import Metrics, Table

from . import Played, Watched, data, figures, model
from .data import Preferences

DISHES = ["curry", "noodles", "pizza"]


def dishes(
    method: Method, curry_over_noodles: float, noodles_over_pizza: float, pizza_over_curry: float, habit: float,
    tau: float, steps: int, progress: Progress,
) -> Watched:  # fmt: skip
    """See ``NashLearning.dishes``."""
    P = np.full((3, 3), 0.5)
    for row, share in enumerate((curry_over_noodles, noodles_over_pizza, pizza_over_curry)):
        next_one = (row + 1) % 3
        P[row, next_one], P[next_one, row] = share, 1 - share
    rest = (1 - habit) / 2
    return _watched(Preferences(DISHES, P, np.array([habit, rest, rest])), tau, steps, progress)


def preferences(method: Method, table: Table, tau: float, steps: int, progress: Progress) -> Watched:
    """See ``NashLearning.preferences``."""
    return _watched(data.preferences(table), tau, steps, progress)


def _watched(given: Preferences, tau: float, steps: int, progress: Progress) -> Watched:
    """Every learner's way, and where it ends."""
    game = model.Game(given.P, np.log(given.habit), tau)
    star, fair = model.equilibrium(game), model.fair_mix(given.P)
    progress(0.1, "learning")
    ways = model.trails(game, steps)
    progress(0.7, "drawing")
    scene = figures.Scene(given.names, star, fair, given.habit, ways)
    last = {name: way[-1] for name, way in ways.items()}
    exploited = {name: float(model.exploitability(given.P, log)) for name, log in last.items()}
    away = {name: float(model.divergence(star, log)) for name, log in last.items()}
    rows = [("exploitability of the star", float(model.exploitability(given.P, star)), "where Nash-MD goes")]
    rows += [(f"exploitability, {name}", value, "") for name, value in exploited.items()]
    rows += [(f"KL from the star, {name}", away[name], "") for name in ("Nash-MD", "self-play")]
    rows += [("bound of the theorem", float(model.bound(tau, np.array(steps))), "on Nash-MD's KL")]
    return Watched(
        _said(given, game, exploited, away),
        figures.watch(scene, tau),
        _policies(given, game, last | {"the star": star, "fair mix": np.log(np.maximum(fair, 1e-300))}, star),
        Metrics(rows),
    )


def _said(given: Preferences, game: model.Game, exploited: dict[str, float], away: dict[str, float]) -> str:
    """What came out, beside RLHF and self-play."""
    ours, theirs, circling = (0.5 + exploited[name] for name in ("Nash-MD", "RLHF", "self-play"))
    text = (
        f"The best reply wins {ours:.1%} of the time against Nash-MD, {theirs:.1%} against RLHF with a reward model"
        f" and {circling:.1%} against self-play; Nash-MD is {away['Nash-MD']:.1g} from the star (KL), self-play"
        f" {away['self-play']:.1g}."
    )
    if (best := model.winner(given.P)) is not None:
        first = int(model.rewards(game).argmax())
        ranked = "ranks it first" if first == best else f"misses it and ranks {given.names[first]} first"
        text += f" Here {given.names[best]} beats every other choice, so no mix is needed; the reward model {ranked}."
    return text


def _policies(given: Preferences, game: model.Game, ends: dict[str, NDArray], star: NDArray) -> Table:
    """Policies as rows, with how exploitable they are and how far from the star."""
    import pandas as pd

    cells = [
        [name, *np.exp(log).round(6), model.exploitability(given.P, log), model.divergence(star, log)]
        for name, log in ends.items()
    ]
    return Table.of(
        pd.DataFrame(cells, columns=["policy", *given.names, "exploitability", "KL from the star"])
    )


def play(method: Method, table: Table, pick: str, tau: float, steps: int, progress: Progress) -> Played:
    """See ``NashLearning.play``."""
    given = data.preferences(table)
    mix = data.picked(pick, given.names)
    game = model.Game(given.P, np.log(given.habit), tau)
    progress(0.1, "the machine learns")
    won = {name: model.wins(given.P, way[-1]) for name, way in model.trails(game, steps).items()}
    yours = {name: float(mix @ shares) for name, shares in won.items()}
    best = {name: float(shares.max()) for name, shares in won.items()}
    replies = {name: given.names[int(shares.argmax())] for name, shares in won.items()}
    text = (
        f"Your mix wins {yours['Nash-MD']:.1%} of the time against Nash-MD and {yours['RLHF']:.1%} against RLHF with a"
        f" reward model; the best you could do is {best['Nash-MD']:.1%} and {best['RLHF']:.1%}."
    )
    rows = [(f"you win against {name}", value, "") for name, value in yours.items()]
    rows += [(f"the best reply wins against {name}", value, replies[name]) for name, value in best.items()]
    return Played(text, figures.rates(yours, best, replies), Metrics(rows))
