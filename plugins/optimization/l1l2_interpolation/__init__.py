"""Interpolation between the l1 and the l2 norm: what visitors see."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from zoo.blocks import verdicts
from zoo.method import InputError, Method, Paper, Progress, Rare, Seed, Summary, Unit, action, cost
from zoo.types import ColumnOf, Figure, File, Metrics, Table

if TYPE_CHECKING:
    import pandas

    from .model import Descent, Problem
    from .tables import Split

Samples = Annotated[int, Field(ge=20, le=400), Unit("samples")]
Features = Annotated[int, Field(ge=50, le=4000), Unit("features")]
Nonzero = Annotated[int, Field(ge=1, le=50), Unit("coefficients")]
Noise = Annotated[float, Field(ge=0, le=3), Unit("standard deviations of a feature")]
Start = Annotated[float, Field(ge=-16, le=-1), Unit("power of ten"), Rare()]
Multiple = Annotated[float, Field(ge=0, le=10), Unit("times the formula")]


@dataclass(frozen=True)
class Watched:
    """The descent so far, beside solutions found by exact solvers.

    Attributes:
        summary: the excess risk, beside the least norms.
        descent: training loss and excess risk as time goes by; dashed solutions do not interpolate.
        coefficients: what has been recovered, place by place; click a name to show or hide it.
        metrics: where the descent stands and what the others reach.
        solutions: every solution's coefficients, as they stand.
    """

    summary: Annotated[str, Summary("the least l1 norm")]
    descent: Figure
    coefficients: Figure
    metrics: Metrics
    solutions: File


@dataclass(frozen=True)
class Fitted:
    """The descent on a visitor's table so far.

    Attributes:
        summary: the held-out error, beside the least norms.
        descent: training loss and held-out error as time goes by; 1 is predicting the mean.
        features: the largest coefficients, features and target in standard deviations.
        metrics: where the descent stands and what the others reach.
        solutions: every solution's coefficients by name of feature, as they stand.
    """

    summary: Annotated[str, Summary("the least l1 norm")]
    descent: Figure
    features: Figure
    metrics: Metrics
    solutions: File


@dataclass(frozen=True)
class Swept:
    """Excess risk over a range of problems, as far as they are solved.

    Attributes:
        summary: the risk at the last point, beside the least l1 norm.
        risk: excess risk of every solution, both axes logarithmic; lines are medians over the draws.
        metrics: the slope of every line, and the least risk.
        measured: every draw's numbers.
    """

    summary: Annotated[str, Summary("the least l1 norm")]
    risk: Figure
    metrics: Metrics
    measured: Table


class SparseInterpolation(Method):
    """Fits noisy data exactly and still predicts: gradient descent that blends two ways to interpolate.

    With fewer samples than features there are endlessly many exact fits, and the parametrisation of gradient
    descent decides which one it finds. On the coefficients themselves it finds the least l2 norm, which
    forgets the signal; on `w∘w − u∘u` from a small start it finds nearly the least l1 norm, which pays for
    the noise. On `w∘w − u∘u + λv` the products recover the few large coefficients first, then `λv` takes up
    the noise and spreads it so thinly over all features that predictions hardly suffer.

    `λ` is chosen by a formula: `λ² = 2 μ / (d log(1/α))` with `μ = σ sqrt(2 n log d)`, the universal threshold of
    the lasso; here `n` is the number of samples, `d` of features, `σ` the noise and `α` the initial scale.
    """

    title = "ℓ1-ℓ2 interpolation"
    family = "optimization"
    paper = Paper(
        title="Implicit Regularization Leads to Benign Overfitting for Sparse Linear Regression",
        authors=("Mo Zhou", "Rong Ge"),
        year=2023,
        venue="ICML 2023",
        url="https://arxiv.org/abs/2302.00257",
    )

    @action(
        title="Watch the descent",
        examples={
            "Three of 600 features matter": {"samples": 80, "features": 600, "nonzero": 3},
            "The signal drowns: λ ten times too large": {
                "samples": 80,
                "features": 600,
                "nonzero": 3,
                "lambda_multiple": 10.0,
            },
            "Two features in loud noise": {
                "samples": 80,
                "features": 600,
                "nonzero": 2,
                "noise": 1.0,
                "seed": 1,
            },
        },
    )
    def watch(
        self,
        samples: Samples = 200,
        features: Features = 2000,
        nonzero: Nonzero = 5,
        noise: Noise = 0.5,
        initial_scale: Start = -8.0,
        lambda_multiple: Multiple = 1.0,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Watched]:
        """Watch gradient descent find a sparse signal, then fit the noise without harm.

        Features are independent standard Gaussians and the true coefficients are +1 or -1, so the excess risk
        is half the squared distance of the coefficients from the truth.

        Args:
            samples: rows of the training set, n; must be fewer than the features.
            features: columns, d.
            nonzero: how many true coefficients are not zero, k.
            noise: standard deviation of what is added to the targets, sigma.
            initial_scale: every product starts at ten to this power; larger starts blur the choice.
            lambda_multiple: weight of the dense part; 0 is nearly the least l1 norm, 10 the least l2 norm.
            seed: chooses the draw.
        """
        _check(samples, features, nonzero)
        from . import figures, model

        alpha = 10.0**initial_scale
        problem = model.draw(samples, features, nonzero, noise, seed)
        lam = lambda_multiple * model.default_lambda(samples, features, noise, alpha)
        progress(0.02, "solving for the least norms and the lasso")
        others = {
            "min l1": model.min_l1(problem.X, problem.y),
            "min l2": model.min_l2(problem.X, problem.y),
            "lasso": model.lasso(problem.X, problem.y),
            "oracle": model.oracle(problem.X, problem.y, problem.support),
        }
        limit = model.excess_risk(sum(model.flow_limit(problem.X, problem.y, lam, alpha)), problem.beta_star)
        levels = {name: model.excess_risk(beta, problem.beta_star) for name, beta in others.items()}
        levels["rate"] = model.target_rate(samples, features, nonzero, noise)
        sheet = _Sheet([str(place) for place in range(features)], {"truth": problem.beta_star, **others})
        times, losses, risks = [], [], []
        for state, shown in _frames(model.descend(problem.X, problem.y, lam, alpha)):
            times.append(state.time)
            losses.append(state.loss)
            risks.append(model.excess_risk(state.beta, problem.beta_star))
            if not shown:
                continue
            progress(_done(losses), f"step {state.step:,}, training loss {state.loss:.1e}")
            yield Watched(
                _beside_norms("excess risk", risks[-1], levels),
                figures.descent(times, losses, risks, levels, "excess risk"),
                figures.coefficients(problem.beta_star, state.sparse, state.dense, others),
                Metrics(_recovery(state, problem, levels, limit, lam)),
                sheet.file(state),
            )

    @action(
        title="Your own table",
        examples={
            "Blood cells: a gene from 359 others": {"table": "blood_cells.csv", "target": "NKG7"},
            "Another gene, twice the λ": {
                "table": "blood_cells.csv",
                "target": "FTL",
                "lambda_multiple": 2.0,
            },
        },
    )
    def your_table(
        self,
        table: Table,
        target: Annotated[str, ColumnOf("table")],
        lambda_multiple: Multiple = 1.0,
        held_out: Annotated[float, Field(ge=0.1, le=0.5), Unit("of the rows")] = 0.25,
        initial_scale: Start = -8.0,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Fitted]:
        """Predict a column of your own wide table from all others, and check it on rows held out.

        Columns are brought to mean 0 and variance 1 on the training rows. The noise that `λ` needs is
        estimated from the residual of the cross-validated lasso and the number of features it keeps.

        Args:
            table: more columns of numbers than rows; empty cells are filled with the mean of the training rows.
            target: the column to predict.
            lambda_multiple: weight of the dense part; 0 is nearly the least l1 norm, 10 the least l2 norm.
            held_out: share of the rows that are kept from all methods to test them.
            initial_scale: every product starts at ten to this power.
            seed: chooses the rows held out.
        """
        from . import figures, model, tables

        split = tables.split(table.frame, target, held_out, seed, table.reading.repeated)
        n, d = split.X.shape
        alpha = 10.0**initial_scale
        progress(0.02, "solving for the least norms and the lasso")
        others = {"min l2": model.min_l2(split.X, split.y)}
        if model.relative_loss(split.X, split.y, others["min l2"]) > 1e-10:
            raise InputError(
                "no coefficients fit the training rows exactly, since some rows repeat one another with another"
                " target; remove the repeated rows."
            )
        others["min l1"] = model.min_l1(split.X, split.y)
        others["lasso"] = model.lasso(split.X, split.y)
        sigma = model.noise_level(split.X, split.y, others["lasso"])
        lam = lambda_multiple * model.default_lambda(n, d, sigma, alpha)
        levels = {name: split.held_out_error(beta) for name, beta in others.items()}
        sheet = _Sheet(split.names, others)
        times, losses, errors = [], [], []
        for state, shown in _frames(model.descend(split.X, split.y, lam, alpha, max_steps=100_000)):
            times.append(state.time)
            losses.append(state.loss)
            errors.append(split.held_out_error(state.beta))
            if not shown:
                continue
            progress(_done(losses), f"step {state.step:,}, training loss {state.loss:.1e}")
            solutions = {"descent": state.beta, **others}
            yield Fitted(
                _beside_norms("held-out error", errors[-1], levels),
                figures.descent(times, losses, errors, levels, "held-out error"),
                figures.features(split.names, solutions),
                Metrics(_prediction(state, split, levels, sigma, lam)),
                sheet.file(state),
            )

    @action(
        title="Sweep a setting",
        examples={
            "From too little λ to too much": {
                "vary": "lambda",
                "samples": 60,
                "features": 500,
                "nonzero": 2,
                "draws": 1,
            },
            "From few samples to many": {"vary": "samples", "features": 300, "nonzero": 2, "draws": 1},
        },
    )
    def sweep(
        self,
        vary: Literal["samples", "lambda"] = "samples",
        samples: Samples = 150,
        features: Features = 2000,
        nonzero: Nonzero = 5,
        noise: Noise = 0.5,
        draws: Annotated[int, Field(ge=1, le=10)] = 3,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Swept]:
        """Plot the risk against the number of samples, or against lambda, on logarithmic axes.

        Every point is the exact limit of the descent, found by Newton's method on its dual, so that many
        problems are solved in the time of one descent.

        Args:
            vary: samples goes from a fortieth to a fifth of the features; lambda from a tenth of the formula to
                ten times.
            samples: rows of the training set while lambda varies; must be fewer than the features.
            features: columns, d.
            nonzero: how many true coefficients are not zero, k.
            noise: standard deviation of what is added to the targets, sigma.
            draws: problems drawn at every point.
            seed: chooses the draws.
        """
        _check(samples, features, nonzero)
        if noise == 0:
            raise InputError("the sweep compares how noise is fitted; send a noise above 0.")
        from . import figures, model

        sizes = np.unique(
            np.geomspace(max(features / 40, 2 * nonzero, 12), features / 5, 7).round().astype(int)
        )
        x = sizes.astype(float) if vary == "samples" else np.geomspace(0.1, 10, 13)
        names = ("descent", "min l1", "min l2", "lasso")
        risks = {name: np.full((draws, len(x)), np.nan) for name in names}
        rates = np.array([model.target_rate(int(n), features, nonzero, noise) for n in sizes])
        for place in range(len(x)):
            for draw in range(draws):
                progress((place * draws + draw) / (len(x) * draws), f"{vary} {x[place]:.3g}")
                n = int(x[place]) if vary == "samples" else samples
                problem = model.draw(n, features, nonzero, noise, seed + draw)
                lam = model.default_lambda(n, features, noise, 1e-8) * (1 if vary == "samples" else x[place])
                betas = {"descent": sum(model.flow_limit(problem.X, problem.y, lam))}
                if vary == "samples" or place == 0:
                    betas |= _rivals(problem.X, problem.y)
                for name, beta in betas.items():
                    spread = place if vary == "samples" or name == "descent" else slice(None)
                    risks[name][draw, spread] = model.excess_risk(beta, problem.beta_star)
            figure_risks = dict(risks)
            rate = rates if vary == "samples" else model.target_rate(samples, features, nonzero, noise)
            figure_risks["rate"] = np.broadcast_to(rate, (1, len(x)))
            x_title = "samples n" if vary == "samples" else "λ, in units of the formula"
            yield Swept(
                _beside_at(f"{vary} {x[place]:.3g}", risks, place),
                figures.sweep(x, figure_risks, x_title),
                Metrics(_sweep_rows(vary, x[: place + 1], figure_risks)),
                Table(_draws(vary, x, risks)),
            )

    @cost("The descent to zero training loss", size="columns", start=250)
    def descending(self, size: int) -> Callable[[], object]:
        """A tenth as many rows as columns, five true coefficients."""
        from . import model

        problem = model.draw(size // 10, size, 5, 0.5, 0)
        lam = model.default_lambda(size // 10, size, 0.5, 1e-8)
        return lambda: list(model.descend(problem.X, problem.y, lam))

    @cost("The end of the descent, by Newton's method", size="columns", start=500)
    def solving(self, size: int) -> Callable[[], object]:
        """The same problems."""
        from . import model

        problem = model.draw(size // 10, size, 5, 0.5, 0)
        lam = model.default_lambda(size // 10, size, 0.5, 1e-8)
        return lambda: model.flow_limit(problem.X, problem.y, lam, 1e-8)


def _beside_norms(what: str, ours: float, levels: Mapping[str, float]) -> str:
    """The descent beside both norms that interpolate, and the lasso, which does not."""
    first = verdicts.beside("the descent", ours, "the least l1 norm", levels["min l1"], "", "lower", what)
    return f"{first} The least l2 norm has {levels['min l2']:.4g}, the lasso {levels['lasso']:.4g}."


def _beside_at(where: str, risks: Mapping[str, np.ndarray], place: int) -> str:
    """The descent beside the least l1 norm at a point of a sweep, by the medians of the draws."""
    ours, other = (float(np.median(risks[name][:, place])) for name in ("descent", "min l1"))
    what = f"median excess risk at {where}"
    return verdicts.beside("the descent", ours, "the least l1 norm", other, "", "lower", what)


def _check(samples: int, features: int, nonzero: int) -> None:
    if samples >= features:
        raise InputError(
            f"{samples} samples and {features} features leave no choice between fits;"
            " send fewer samples than features."
        )
    if nonzero > samples:
        raise InputError(
            f"{nonzero} coefficients cannot be found from {samples} samples; send fewer of them."
        )


def _rivals(X: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The solutions that the descent is compared with, by name."""
    from . import model

    return {"min l1": model.min_l1(X, y), "min l2": model.min_l2(X, y), "lasso": model.lasso(X, y)}


def _frames(states: Iterator[Descent]) -> Iterator[tuple[Descent, bool]]:
    """Each state with whether to show it: ever rarer as the steps grow, and the last."""
    due = 0.0
    state = next(states, None)
    while state is not None:
        following = next(states, None)
        shown = state.step >= due or following is None
        if shown:
            due = max(1.25 * state.step, state.step + 1)
        yield state, shown
        state = following


def _done(losses: list[float]) -> float:
    """The share of the twelve decades down to the tolerance that the training loss has fallen."""
    return min(1.0, 0.05 - 0.95 / 12 * math.log10(max(min(losses), 1e-12)))


class _Sheet:
    """A CSV of coefficients; what does not change in the course of a descent is written once."""

    def __init__(self, names: list[str], fixed: dict[str, np.ndarray]) -> None:
        self.header = ",".join(["feature", *fixed, "descent", "sparse part", "dense part"])
        plain = [" ".join(name.split()) for name in names]
        rows = zip(plain, *(values.tolist() for values in fixed.values()), strict=True)
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        self.rows = buffer.getvalue().splitlines()

    def file(self, state: Descent) -> File:
        """The sheet at one moment."""
        parts = zip(self.rows, state.beta.tolist(), state.sparse.tolist(), state.dense.tolist(), strict=True)
        lines = [self.header, *(f"{row},{beta!r},{sparse!r},{dense!r}" for row, beta, sparse, dense in parts)]
        return File("coefficients.csv", "\n".join([*lines, ""]).encode())


def _recovery(
    state: Descent, problem: Problem, levels: dict[str, float], limit: float, lam: float
) -> list[tuple[str, float, str]]:
    """Where a descent on a drawn problem stands, beside what others reach."""
    from . import model

    def risk(beta: np.ndarray) -> float:
        return model.excess_risk(beta, problem.beta_star)

    return [
        ("training loss", state.loss, "of the variance"),
        ("steps", state.step, ""),
        ("excess risk | the descent", risk(state.beta), ""),
        ("excess risk | its exact limit", limit, ""),
        ("excess risk | least l1 norm", levels["min l1"], ""),
        ("excess risk | least l2 norm", levels["min l2"], ""),
        ("excess risk | lasso", levels["lasso"], ""),
        ("excess risk | true support", levels["oracle"], ""),
        ("excess risk | rate", levels["rate"], ""),
        ("risk of w∘w − u∘u alone", risk(state.sparse), ""),
        ("risk of λv alone", 0.5 * float(state.dense @ state.dense), ""),
        ("λ", lam, ""),
    ]


def _prediction(
    state: Descent, split: Split, levels: dict[str, float], sigma: float, lam: float
) -> list[tuple[str, float, str]]:
    """Where a descent on a visitor's table stands, beside what others reach."""
    rows, features = split.X.shape
    return [
        ("training loss", state.loss, "of the variance"),
        ("steps", state.step, ""),
        ("held-out error | the descent", split.held_out_error(state.beta), "of the variance"),
        ("held-out error | least l1 norm", levels["min l1"], "of the variance"),
        ("held-out error | least l2 norm", levels["min l2"], "of the variance"),
        ("held-out error | lasso", levels["lasso"], "of the variance"),
        ("training rows", rows, ""),
        ("held-out rows", len(split.y_held), ""),
        ("features", features, ""),
        ("noise estimated by the lasso", sigma, "standard deviations"),
        ("λ", lam, ""),
    ]


def _draws(vary: str, x: np.ndarray, risks: dict[str, np.ndarray]) -> pandas.DataFrame:
    """Every draw that is solved as a row: the setting, the draw, and the risk of each solution."""
    import pandas

    count = len(next(iter(risks.values())))
    return pandas.DataFrame(
        {
            vary: np.tile(x, count),
            "draw": np.repeat(np.arange(count), len(x)),
            **{name: values.ravel() for name, values in risks.items()},
        }
    ).dropna()


def _sweep_rows(vary: str, x: np.ndarray, risks: dict[str, np.ndarray]) -> list[tuple[str, float, str]]:
    labels = {
        "descent": "the descent",
        "min l1": "least l1 norm",
        "min l2": "least l2 norm",
        "lasso": "lasso",
        "rate": "rate",
    }
    medians = {name: np.median(values[:, : len(x)], axis=0) for name, values in risks.items()}
    if vary == "lambda":
        best = int(np.argmin(medians["descent"]))
        least = [(f"risk | {label}", float(medians[name][0]), "") for name, label in labels.items()][1:]
        return [
            ("at λ of", float(x[best]), "times the formula"),
            ("risk | the descent, least", float(medians["descent"][best]), ""),
            *least,
        ]
    if len(x) < 2:
        return [("sizes solved", 1, "")]
    return [
        (f"slope | {label}", float(np.polyfit(np.log(x), np.log(medians[name]), 1)[0]), "in log n")
        for name, label in labels.items()
    ]
