"""What is claimed, measured on the shipped towers. Rules were written before the full measurement.

A run is a training: all arms of it began alike and were given the same views of the same emoji in the same order. New
emoji are of groups that training knew, others of groups that it did not; neither was seen, nor used for choosing
settings, which was done on 150 further emoji with a seed that no training has. The rival of every regulariser is L_Con
alone at its best temperature; a regulariser that aligns the two modalities point by point, L_Align, is the control:
if it does as well, structure is not what helps.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

import numpy as np

from zoo import data
from zoo.blocks.probes import PENALTIES, tuned_probe
from zoo.evidence.grid import Runs
from zoo.method import Evidence, Method, Progress, claim

from . import measuring, pairs
from .networks import ARMS, TRAININGS, Networks

TITLES = {
    "plain": "L_Con alone", "cyclip": "CyCLIP's terms", "separation": "Sep", "bridge": "Br", "geometry": "GC",
    "together": "all three", "aligned_half": "L_Align, 1/2", "aligned": "L_Align, 1",
}  # fmt: skip
ARM_OF = {title: arm for arm, title in TITLES.items()}
TUNING = (
    "temperature of L_Con, then the weight of each regulariser at that temperature; mean recall of 150 emoji that no"
    " claim uses, one short training each"
)
PROBED = (1_000, 1_000)
"""Pictures of CIFAR-10 that a linear probe learns from, and that it is asked about."""
TRIALS = dict.fromkeys(TITLES, 7) | {"bridge": 8, "together": 0, "aligned_half": 0, "aligned": 0}
"""Settings that were tried of each; what is said as "all three" has their weights, and L_Align has the paper's."""
REASON = (
    "A thousand emoji and 300 steps, where the paper has three million pictures and 64 epochs; three trainings tell"
    " only large differences."
)


SETTINGS = ("plain", "aligned_half", "aligned")
"""The gap experiment's arms: L_Align with weight 0, 1/2 and 1."""
Function = Callable[..., Evidence]


def compared(
    name: str, does: str, paper: str, unit: str, duels: Sequence[tuple[str, str]]
) -> Callable[[Function], Function]:
    """A claim for each pair of arms: that the first does better than the second.

    Args:
        name: with which the claims' own begin.
        does: what is done better.
        paper: where the paper says so.
        unit: of the numbers.
        duels: ours and the rival's arm of each claim.
    """

    def decorate(function: Function) -> Function:
        for ours, rival in reversed(duels):
            function = claim(
                f"{TITLES[ours]} {does} than {TITLES[rival]}",
                id=f"{name}_{ours}" + ("" if rival == "plain" else f"_over_{rival}"),
                ours=ours, rival=rival, paper=paper, unit=unit, baseline=f"{TITLES[rival]}, trained alike",
                tuning=TUNING, trials=(TRIALS[ours], TRIALS[rival]),
            )(function)  # fmt: skip
        return function

    return decorate


REGULARISED = (("separation", "plain"), ("bridge", "plain"), ("geometry", "plain"), ("together", "plain"))
CONTROLS = (("together", "aligned_half"), ("geometry", "cyclip"))


@compared(
    "zero_shot", "names pictures of groups that were never seen better", "zero-shot classification, table 1",
    "% of groups, balanced", REGULARISED + CONTROLS,
)  # fmt: skip
def zero_shot(method: Method, quick: bool, progress: Progress, ours: str, rival: str) -> Evidence:
    """Emoji of held-out groups by the names of their groups, and stamps by their categories; every class weighs alike.

    Rule: ours is ahead in the mean of both conditions and trainings, and the interval leaves 0 out.
    """
    networks, trainings = method.pretrained(Networks), 1 if quick else TRAININGS
    runs = _named(
        networks, trainings, ("emoji",) if quick else ("emoji", "stamps"), (ours, rival) if quick else ARMS
    )
    curves = {} if quick else {"All arms": runs.curve("named", "% right, balanced", names=ARM_OF)}
    return runs.evidence(ours, rival, curves=curves, reason=REASON)


@functools.lru_cache(maxsize=4)
def _named(networks: Networks, trainings: int, sets: tuple[str, ...], arms: tuple[str, ...]) -> Runs:
    """Balanced accuracies of each arm on each set."""
    asked = {"emoji": _groups, "stamps": _categories}
    values = {arm: np.zeros((len(sets), trainings)) for arm in arms}
    for row, name in enumerate(sets):
        images, labels = asked[name]()
        for arm, training in itertools.product(arms, range(trainings)):
            towers = networks.towers(arm, training)
            seen = measuring.pictures(towers, images)
            values[arm][row, training] = measuring.zero_shot(towers, labels, seen)
    return Runs(tuple(f"{name}" for name in sets), values)


def _groups() -> tuple[np.ndarray, np.ndarray]:
    emoji = pairs.part("other")
    return emoji.images, emoji.groups


def _categories() -> tuple[np.ndarray, np.ndarray]:
    """All stamps: towers have seen none."""
    splits = [data.load("stamps", split=split) for split in ("train", "test")]
    images = np.concatenate([np.asarray(split.images) for split in splits])
    return pairs.on_white(images), np.concatenate([np.asarray(split.categories) for split in splits])


@compared(
    "retrieval", "has the picture that is meant among the first more often", "zero-shot retrieval",
    "% of emoji", REGULARISED + CONTROLS,
)  # fmt: skip
def retrieval(method: Method, quick: bool, progress: Progress, ours: str, rival: str) -> Evidence:
    """Recall at 1, 5 and 10 of pictures by their English names and keywords, of new emoji and of other groups.

    Rule: ours is ahead in the mean of all conditions and trainings, and the interval leaves 0 out.
    """
    networks, trainings = method.pretrained(Networks), 1 if quick else TRAININGS
    runs = _retrieved(
        networks, trainings, ("new",) if quick else ("new", "other"), (ours, rival) if quick else ARMS
    )
    curves = {} if quick else {"All arms": runs.curve("recall", "% of emoji", names=ARM_OF)}
    return runs.evidence(ours, rival, curves=curves, reason=REASON)


@functools.lru_cache(maxsize=4)
def _retrieved(networks: Networks, trainings: int, parts: tuple[str, ...], arms: tuple[str, ...]) -> Runs:
    counts = [f"recall@{count}" for count in measuring.COUNTS]
    names = {"new": "new emoji", "other": "other groups"}
    values = {arm: np.zeros((len(parts) * len(counts), trainings)) for arm in arms}
    for row, (arm, training) in itertools.product(
        range(len(parts)), itertools.product(arms, range(trainings))
    ):
        scores = measuring.retrieval(*_directions(networks, arm, training, parts[row]))
        values[arm][row * len(counts) : (row + 1) * len(counts), training] = [
            scores[count] for count in counts
        ]
    return Runs(tuple(f"{names[part]}, {count}" for part in parts for count in counts), values)


@functools.lru_cache(maxsize=64)
def _directions(networks: Networks, arm: str, training: int, part: str) -> tuple[np.ndarray, np.ndarray]:
    emoji, towers = pairs.part(part), networks.towers(arm, training)
    return measuring.pictures(towers, emoji.images), measuring.texts(towers, emoji.captions())


@compared(
    "probe", "leaves features that a linear probe reads better", "linear probes, mean of 14 data sets, table 2",
    "% accuracy", REGULARISED + CONTROLS,
)  # fmt: skip
def probe(method: Method, quick: bool, progress: Progress, ours: str, rival: str) -> Evidence:
    """Accuracy on CIFAR-10 of a linear probe of what the picture tower has before its projection.

    Rule: ours is ahead in the mean of the trainings, and the interval leaves 0 out.
    """
    counts, arms = ((60, 60), (ours, rival)) if quick else (PROBED, ARMS)
    runs = _probed(method.pretrained(Networks), 1 if quick else TRAININGS, counts, arms)
    curves = {} if quick else {"All arms": runs.curve("", "% accuracy", names=ARM_OF)}
    return runs.evidence(ours, rival, curves=curves, reason=REASON)


@functools.lru_cache(maxsize=4)
def _probed(networks: Networks, trainings: int, counts: tuple[int, int], arms: tuple[str, ...]) -> Runs:
    known, asked = (data.load("cifar10", split=split) for split in ("train", "test"))
    images, labels = np.asarray(known.images[: counts[0]]), np.asarray(known.labels[: counts[0]])
    questions, wanted = np.asarray(asked.images[: counts[1]]), np.asarray(asked.labels[: counts[1]])
    values = {arm: np.zeros((1, trainings)) for arm in arms}
    for arm, training in itertools.product(arms, range(trainings)):
        towers = networks.towers(arm, training)
        read = tuned_probe(measuring.features(towers, images), labels, PENALTIES[1:4])
        values[arm][0, training] = 100 * read.accuracy(measuring.features(towers, questions), wanted)
    return Runs((f"CIFAR-10, {counts[0]} pictures",), values)


@claim(
    "L_Align closes most of the gap between the modalities",
    id="gap_closes", what="gap", rival="plain",
    paper="figure 2: the gap changes a lot with the weight of L_Align",
    unit="% of the gap of L_Con alone", baseline="half of the gap of L_Con alone", tuning="nothing to tune",
    trials=(0, 0),
)  # fmt: skip
@claim(
    "Closing the gap leaves retrieval within two points",
    id="gap_hardly_matters", what="recall", rival="plain",
    paper="figure 2: retrieval hardly changes with the gap",
    unit="% recall, mean of 1, 5 and 10 both ways", baseline="L_Con alone, the same training", tuning=TUNING,
    trials=(0, 7),
)  # fmt: skip
def gap(method: Method, quick: bool, progress: Progress, what: str, rival: str) -> Evidence:
    """L_Align with weight 1/2 and 1 beside 0; new emoji of known groups.

    Rules: the distance of the modalities' means is below half of what it is without L_Align; and recall is at most two
    points lower or higher, which is measured as the distance of recalls, and has to be below 2.
    """
    trainings = 1 if quick else TRAININGS
    both = _gaps(method.pretrained(Networks), trainings)
    names = tuple(f"weight {weight:g}" for weight in (0.5, 1.0))
    if what == "gap":
        share = np.stack([100 * both["gap"][arm] / both["gap"][rival] for arm in SETTINGS[1:]])
        runs = Runs(names, {"ours": share})
        limit = 50.0
    else:
        apart = np.stack([np.abs(both["recall"][arm] - both["recall"][rival]) for arm in SETTINGS[1:]])
        runs, limit = Runs(names, {"ours": apart}), 2.0
    curves = {
        title: {
            "x": [0, 0.5, 1], "series": {title: [float(both[key][arm].mean()) for arm in SETTINGS]},
            "x_title": "weight of L_Align", "y_title": title,
        }
        for key, title in (("gap", "distance of means"), ("recall", "mean recall (%)"))
    }  # fmt: skip
    return runs.evidence("ours", limit, better="lower", curves=curves, reason=REASON)


def _gaps(networks: Networks, trainings: int) -> dict[str, dict[str, np.ndarray]]:
    """The gap and the mean recall of each of the experiment's arms, a number a training."""
    both: dict[str, dict[str, np.ndarray]] = {"gap": {}, "recall": {}}
    for arm in SETTINGS:
        directions = [_directions(networks, arm, training, "new") for training in range(trainings)]
        both["gap"][arm] = np.array([measuring.gap(*each) for each in directions])
        both["recall"][arm] = np.array([measuring.retrieval(*each)["mean"] for each in directions])
    return both
