"""What is claimed. Rules were written before the full measurement.

A seed draws the pairs that critics learn from, and those that they are asked about. All critics are quadratic, see the
same batches of 128 and choose among 128 candidates, for 400 steps; exact and variational candidates, which cost most,
are drawn for 32 pairs of a batch. Each method has a rate of its own, the best of seven by its mean error at 10, 15 and
20 nats on seeds 100 and 101; the curves show them. SMILE's clip is the best of five, tried before on the same seeds.
How many pieces there are and how they share the information was looked at there too, and so was the control.

A run on pictures is a training; all arms of one began alike. Rate and temperature were chosen on pictures that no
claim reports, in short trainings, seven of InfoNCE and seven of DEMI; the control has DEMI's.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from zoo.blocks.probes import PENALTIES
from zoo.evidence.grid import Runs, paired
from zoo.method import Evidence, Method, Progress, claim

from . import encoders, gaussian, probing
from .gaussian import KINDS, RIVALS, UNCONDITIONAL, Problem, Recipe
from .networks import ARMS, TRAININGS, Networks

SEEDS, TRIED, K, STEPS, BATCHES = range(10), (100, 101), 128, 400, 16
RATES = (0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.3)
TUNING = "7 rates of Adam for each method, on seeds 100 and 101"
HALVES, QUARTERS = (0.5, 0.5), (0.25, 0.25, 0.25, 0.25)
ALL_FIRST = (1.0, 0.0)
HIGH, LOW = (10.0, 15.0, 20.0), (2.5, 5.0, 10.0)
CHAINS, OTHERS = (*KINDS, UNCONDITIONAL), ("InfoNCE", *RIVALS)


@functools.lru_cache(maxsize=8)
def _runs(
    nats: tuple[float, ...], shares: tuple[float, ...], kinds: tuple[str, ...], others: tuple[str, ...], quick: bool
) -> Runs:  # fmt: skip
    seeds, steps, count = (range(2), 40, 32) if quick else (SEEDS, STEPS, K)
    rates = gaussian.RATES if quick else chosen_rates()
    recipe = Recipe(count, steps, kinds, others, rates=rates)
    problems = {f"{each:g} nats": Problem(each, 20, shares) for each in nats[: 1 if quick else None]}
    return paired(problems, seeds, functools.partial(_estimated, recipe))


@functools.cache
def chosen_rates() -> dict[str, float]:
    """The rate of each method that is nearest to the truth, on seeds that no claim uses."""
    errors: dict[str, dict[float, float]] = {name: {} for name in (*CHAINS, *OTHERS)}
    for rate in RATES:
        recipe = Recipe(K, STEPS, CHAINS, OTHERS, rates=dict.fromkeys(errors, rate))
        runs = paired(
            {f"{each:g}": Problem(each, 20, HALVES) for each in HIGH},
            TRIED,
            functools.partial(_estimated, recipe),
        )
        for name, by_rate in errors.items():
            mean = float(runs.values[f"error {name}"].mean())
            by_rate[rate] = mean if np.isfinite(mean) else np.inf
    return {name: min(by_rate, key=by_rate.__getitem__) for name, by_rate in errors.items()}


def _estimated(recipe: Recipe, problem: Problem, seed: int) -> dict[str, float]:
    """Of each estimate: errors of its mean and of a batch, deviation between batches, size of its last piece."""
    critics = gaussian.begin(problem, recipe)
    list(gaussian.train(problem, recipe, critics, seed, frozenset()))
    rng = torch.Generator().manual_seed(5000 + seed)
    said: dict[str, list[float]] = {name: [] for name in (*recipe.kinds, *recipe.others)}
    pieces: dict[str, list[float]] = {name: [] for name in recipe.kinds}
    with torch.no_grad():
        for _ in range(BATCHES):
            batch = problem.draw(max(recipe.candidates, gaussian.ROWS), rng)
            for kind, chain in critics.chains.items():
                terms = chain.terms(batch, recipe.candidates, rng)
                said[kind].append(float(terms.sum()))
                pieces[kind].append(float(terms[-1]))
            for name, value in critics.others.values(batch, recipe.candidates).items():
                said[name].append(value)
    numbers = {}
    for name, values in said.items():
        apart = np.array(values) - problem.information
        numbers[f"error {name}"] = abs(apart.mean())
        numbers[f"deviation {name}"] = apart.std(ddof=1)
        numbers[f"batch {name}"] = np.sqrt(np.square(apart).mean())
    last = {f"last {name}": abs(float(np.mean(values))) for name, values in pieces.items()}
    return numbers | last


@claim(
    "The sum of two pieces is closer to 10, 15 and 20 nats than InfoNCE with as many candidates",
    id="closer_than_infonce", kind="importance",
    paper="the synthetic study: more mutual information is captured than by bounds that are not decomposed",
    unit="nats from the truth", baseline="InfoNCE, one critic of all of x", tuning=TUNING, trials=(7, 7),
    data=("synthetic",),
)  # fmt: skip
@claim(
    "So is the sum whose second critic learns by boosting",
    id="boosted_closer_than_infonce", kind="boosted",
    paper="the boosted critic", unit="nats from the truth", baseline="InfoNCE, one critic of all of x",
    tuning=TUNING, trials=(7, 7), data=("synthetic",),
)  # fmt: skip
@claim(
    "So is the sum whose second contrast has candidates of the true p(y | x')",
    id="exact_closer_than_infonce", kind="exact",
    paper="the conditional bound with exact samples", unit="nats from the truth",
    baseline="InfoNCE, one critic of all of x", tuning=TUNING, trials=(7, 7), data=("synthetic",),
)  # fmt: skip
def closer_than_infonce(quick: bool, progress: Progress, kind: str) -> Evidence:
    """Distance of the mean of 16 batches. InfoNCE ends at 4.85 nats: the test is whether the sum goes further."""
    return _compared(f"error {kind}", "error InfoNCE", quick)


def _compared(ours: str, rivals: str | tuple[str, ...], quick: bool, reason: str = "") -> Evidence:
    """Of the runs at high information that all claims share."""
    runs = _runs(HIGH, HALVES, CHAINS, OTHERS, quick)
    curves = {
        title: _curve(runs, what, "nats")
        for title, what in (
            ("Distance from the truth", "error"), ("Deviation from batch to batch", "deviation"),
            ("Root mean squared error of a batch", "batch"),
        )
    }  # fmt: skip
    if not quick:
        rates = chosen_rates()
        curves["Rates that were chosen"] = {
            "x": list(rates), "series": {"rate": list(rates.values())}, "x_title": "", "y_title": "rate of Adam",
        }  # fmt: skip
    return runs.evidence(ours, rivals, better="lower", curves=curves, reason=reason)


def _curve(runs: Runs, what: str, unit: str, kinds: Sequence[str] = (*CHAINS, *OTHERS)) -> dict[str, Any]:
    return runs.curve("true information (nats)", unit, names={kind: f"{what} {kind}" for kind in kinds})


CAPPED = (
    "The sum ends at log K for each piece, 9.7 nats for two pieces of 128 candidates. SMILE and GAN-DIME are no bounds"
    " and have no such end."
)


@claim(
    "The estimate of a batch is closer to the truth than the bounds NWJ and TUBA",
    id="closer_than_bounds", rivals=("NWJ", "TUBA"),
    paper="bias and variance of the sum",
    unit="nats, root mean squared error of a batch", baseline="the better of NWJ and TUBA", tuning=TUNING,
    trials=(7, 14), data=("synthetic",),
)  # fmt: skip
@claim(
    "It is closer to the truth than SMILE and GAN-DIME, too",
    id="closer_than_ratios", rivals=("SMILE", "GAN-DIME"),
    paper="bias and variance of the sum",
    unit="nats, root mean squared error of a batch", baseline="the better of SMILE and GAN-DIME",
    tuning=TUNING + ", and 5 clips of SMILE", trials=(7, 19), data=("synthetic",),
)  # fmt: skip
def beside_others(quick: bool, progress: Progress, rivals: tuple[str, ...]) -> Evidence:
    """Bias and variance together, of the estimates of single batches."""
    return _compared("batch importance", tuple(f"batch {name}" for name in rivals), quick, CAPPED)


@claim(
    "Four pieces come closer than two, with exact candidates",
    paper="progressively more informed subviews",
    unit="nats from the truth", baseline="two pieces, of an x with as much information",
    tuning="the rate of two pieces for both", trials=(0, 7), data=("synthetic",),
)  # fmt: skip
def more_pieces(quick: bool, progress: Progress) -> Evidence:
    """At 10, 15 and 20 nats; pieces share the information alike."""
    four = _runs(HIGH, QUARTERS, ("exact",), (), quick)
    two = _runs(HIGH, HALVES, CHAINS, OTHERS, quick)
    values = {"four pieces": four.values["error exact"], "two pieces": two.values["error exact"]}
    runs = Runs(four.conditions, values)
    curves = {"error": runs.curve("true information", "error (nats)")}
    return runs.evidence("four pieces", "two pieces", better="lower", curves=curves)


@claim(
    "Conditional candidates do the work: added up with ordinary ones, the same critics are farther off",
    paper="the chain rule asks for candidates of p(y | x')",
    unit="nats from the truth", baseline="I_NCE(x'; y) plus I_NCE of the second critic with candidates of p(y)",
    tuning=TUNING, trials=(7, 7), data=("synthetic",),
)  # fmt: skip
def conditional_matters(quick: bool, progress: Progress) -> Evidence:
    """The control, from 2.5 nats, where plain contrasts count twice, to 20, where all of them are at their end."""
    low, high = _runs(LOW[:2], HALVES, CHAINS, (), quick), _runs(HIGH, HALVES, CHAINS, OTHERS, quick)
    names = [f"error {kind}" for kind in CHAINS]
    values = {name: np.concatenate([part.values[name] for part in (low, high)]) for name in names}
    runs = Runs(low.conditions + high.conditions, values)
    return runs.evidence(
        "error importance", f"error {UNCONDITIONAL}", better="lower",
        curves={"error": _curve(runs, "error", "nats", CHAINS)},
        reason="Where each piece has more than log K, both terms are at their end in either sum, and two ends add up to"
        " the same whatever the candidates were.",
    )  # fmt: skip


@claim(
    "Where x' has everything, the importance-sampled term says at most half a nat",
    id="nothing_added", kind="importance",
    paper="proposition 3: a bound as K grows", unit="size of the term, nats", baseline="0.5; the truth is 0",
    tuning="nothing but the term's own rate", trials=(7, 0), data=("synthetic",),
)  # fmt: skip
@claim(
    "Where x' has everything, the term of a critic that learns by boosting says at most half a nat",
    id="nothing_boosted", kind="boosted",
    paper="the boosted critic", unit="size of the term, nats", baseline="0.5; the truth is 0",
    tuning="nothing but the term's own rate", trials=(7, 0), data=("synthetic",),
)  # fmt: skip
def nothing_added(quick: bool, progress: Progress, kind: str) -> Evidence:
    """The second piece is noise; x' has 2.5, 5 or 10 nats. A term that is as far below 0 is as wrong."""
    kinds = ("importance", "boosted", "exact")
    runs = _runs(LOW, ALL_FIRST, kinds, (), quick)
    return runs.evidence(
        f"last {kind}", 0.5, better="lower", curves={"Size of the second term": _curve(runs, "last", "nats", kinds)},
        reason="Of K candidates of p(y) hardly one is like what x' leaves once x' has more than log K nats; a critic"
        " that learns from the weighed ones learns to tell what x' tells already.",
    )  # fmt: skip


SHORT = (
    "Encoders had 2,000 steps of 128 small pictures (2,400 for InfoNCE), six or seven times through CIFAR-10, where the"
    " paper has a hundred or more times through ImageNet."
)


@claim(
    "A linear probe names pictures at most one point worse than after plain InfoNCE",
    id="pictures_not_worse", against="infonce", margin=-1.0,
    paper="linear probes in vision", unit="% accuracy",
    baseline="InfoNCE of the same processor time", tuning="rate and temperature, as for ours", trials=(7, 7),
    data=("cifar10",),
)  # fmt: skip
@claim(
    "A linear probe names pictures better than after plain InfoNCE",
    id="pictures_better", against="infonce", margin=0.0,
    paper="better representations in vision", unit="% accuracy",
    baseline="InfoNCE of the same processor time", tuning="rate and temperature, as for ours", trials=(7, 7),
    data=("cifar10",),
)  # fmt: skip
@claim(
    "Conditional candidates help encoders: with ordinary ones for the same critic they learn less",
    id="pictures_conditional", against="control", margin=0.0,
    paper="ours, the control", unit="% accuracy",
    baseline="the same three terms, all negatives of the third alike", tuning="the same settings as ours",
    trials=(7, 0), data=("cifar10",),
)  # fmt: skip
def named(method: Method, quick: bool, progress: Progress, against: str, margin: float) -> Evidence:
    """Accuracy on test pictures of CIFAR-10; three trainings."""
    runs = _named(method.pretrained(Networks), quick)
    curve = runs.curve("labelled pictures", "accuracy (%)")
    return runs.evidence("demi", against, margin=margin, curves={"CIFAR-10": curve}, reason=SHORT)


@functools.lru_cache(maxsize=2)
def _named(networks: Networks, quick: bool) -> Runs:
    counts, asked, trainings = ((60,), 60, 2) if quick else ((1_000, 5_000), 2_000, TRAININGS)
    penalties = PENALTIES[-1:] if quick else PENALTIES
    names = ARMS if quick else (*ARMS, "untrained")
    values = {name: np.zeros((len(counts), trainings)) for name in names}
    for name, training in itertools.product(names, range(trainings)):
        network = _untrained(training) if name == "untrained" else networks.encoder(name, training)
        values[name][:, training] = probing.accuracies(network, counts, asked, penalties)
    return Runs(tuple(f"{count:,} labelled" for count in counts), values)


def _untrained(training: int) -> encoders.Encoder:
    """An encoder as a training's arms began."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training)
        return encoders.Critic().encoder.eval()
