"""What the actions of DEMI do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import replay, verdicts
from zoo.blocks.two_views import as_pictures, coloured, cut, drawn_crops, standardised
from zoo.method import InputError, Progress
from zoo.types import Image, Metrics, Spot

from . import Demi, Estimated, Looked, bounds, encoders, figures, gaussian
from .encoders import QUARTER, SIDE
from .gaussian import Moment, Problem, Recipe
from .networks import Networks

MOMENTS = 20
TOO_MUCH = 0.5
"""Nats above the truth from which it is said that a term passes it."""
VIEWS = 16
"""Other views of a picture that numbers are a mean over."""
AREA = (0.5, 1.0)
"""Of crops; in training they were smaller, too, and half of them blurred."""


def estimate(
    method: Demi, information: float, candidates: int, pieces: int, first: float, dimensions: int, steps: int,
    samples: int, seed: int, progress: Progress,
) -> Estimated:  # fmt: skip
    """See ``Demi.estimate``."""
    if candidates > samples:
        raise InputError(
            f"{candidates} candidates cannot be drawn from {samples} samples; take more samples."
        )
    shares = (first, *[(1 - first) / (pieces - 1)] * (pieces - 1))
    problem, recipe = Problem(information, dimensions, shares), Recipe(candidates, steps, samples=samples)
    critics, moments = gaussian.begin(problem, recipe), []
    for moment in gaussian.train(problem, recipe, critics, seed, frozenset(replay.kept(steps + 1, MOMENTS))):
        progress(moment.step / steps, f"step {moment.step} of {steps}")
        moments.append(moment)
    end = moments[-1]
    ours, rival = sum(end.terms["importance"]), end.others["InfoNCE"]
    gaps = [abs(value - information) for value in (ours, rival)]
    text = verdicts.beside(
        "DEMI's sum", gaps[0], "InfoNCE", gaps[1], "nats", "lower", "distance from the truth"
    )
    text += (
        f" Of {information:g} nats it says {ours:.2f} by importance sampling, which may go beyond the truth,"
        f" {sum(end.terms['exact']):.2f} with exact candidates, which go beyond it by chance alone, and InfoNCE"
        f" {rival:.2f}; one contrast of {candidates} ends at {math.log(candidates):.2f}."
    )
    said, there = sum(end.terms["importance"][1:]), (1 - first) * information
    if said > there + TOO_MUCH:
        text += (
            f" After its first piece importance sampling finds {said:.2f} nats where there are {there:.2f}."
        )
    shown = figures.learning(moments, information, candidates)
    return Estimated(text, shown, Metrics(_rows(problem, recipe, end)))


def _rows(problem: Problem, recipe: Recipe, end: Moment) -> list[tuple[str, float, str]]:
    """What was estimated, piece by piece, and what perfect critics say."""
    known = np.diff([0.5 * problem.dimensions * math.log(each) for each in problem.precisions])
    rows: list[tuple[str, float, str]] = [
        ("truth", problem.information, f"nats, {_added(known)}"),
        ("log K", math.log(recipe.candidates), "nats, where one contrast ends"),
        ("InfoNCE", end.others["InfoNCE"], "nats"),
    ]
    for kind, terms in end.terms.items():
        rows.append((f"sum, {kind}", sum(terms), f"nats, {_added(terms)}"))
    for name, value in gaussian.perfect(problem, recipe.candidates).items():
        rows.append((f"{name}, perfect critics", value, "nats"))
    return rows


def _added(terms: Iterable[float]) -> str:
    """Terms as a sum."""
    return "".join(f" {'−' if term < 0 else '+'} {abs(term):.2f}" for term in terms).removeprefix(" + ")


class Question(NamedTuple):
    """What critics are asked: a picture, a quarter of it, and views of which one is of the same picture.

    Attributes:
        pixels: the picture, uint8 (SIDE, SIDE, 3).
        corner: left and upper edge of the quarter.
        own: its other views, (v, 3, SIDE, SIDE).
        strangers: views of other pictures, (K - 1, 3, SIDE, SIDE).
    """

    pixels: NDArray[np.uint8]
    corner: tuple[int, int]
    own: Tensor
    strangers: Tensor

    def quarter(self) -> NDArray[np.uint8]:
        """Its pixels."""
        left, top = self.corner
        return self.pixels[top : top + QUARTER, left : left + QUARTER]


def gallery() -> NDArray[np.uint8]:
    """256 things on photographs, uint8 (256, SIDE, SIDE, 3): a background each row of sixteen."""
    from PIL import Image as Pillow

    with Pillow.open(Path(__file__).with_name("gallery.webp")) as file:
        sheet = np.asarray(file.convert("RGB"))
    cells = sheet.reshape(16, SIDE, 16, SIDE, 3).swapaxes(1, 2)
    return cells.reshape(256, SIDE, SIDE, 3)


def _small(image: Image) -> NDArray[np.uint8]:
    from PIL import Image as Pillow

    return np.asarray(image.pil().convert("RGB").resize((SIDE, SIDE), Pillow.Resampling.BOX))


def _views(pixels: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
    """A crop of each of pictures (n, SIDE, SIDE, 3), with other colours."""
    crops = drawn_crops(rng, len(pixels), AREA)
    return standardised(coloured(cut(as_pictures(pixels), crops, SIDE, SIDE), rng))


def _question(image: Image, spot: Spot, other: Image | None, candidates: int, seed: int) -> Question:
    rng, pixels = np.random.default_rng(seed), _small(image)
    strangers = rng.permutation(gallery())[: candidates - 1]
    views, own = _views(strangers, rng), _views(np.repeat(pixels[None], VIEWS, 0), rng)
    if other is not None:
        own = standardised(as_pictures(_small(other)[None]))
    middle = np.array([spot.x / image.width, spot.y / image.height]) * SIDE
    left, top = (middle - QUARTER / 2).round().clip(0, SIDE - QUARTER).astype(int).tolist()
    return Question(pixels, (left, top), own, views)


@torch.inference_mode()
def look(method: Demi, image: Image, spot: Spot, other: Image | None, candidates: int, seed: int) -> Looked:
    """See ``Demi.look``."""
    asked, networks = _question(image, spot, other, candidates, seed), method.pretrained(Networks)
    ours, plain = networks.critic("demi"), networks.critic("infonce")
    x, part = (standardised(as_pictures(pixels[None])) for pixels in (asked.pixels, asked.quarter()))
    own, others = ours.keys(asked.own), ours.keys(asked.strangers)
    whole, quarter = ours.encoder.pooled(x), ours.encoder.pooled(part)
    first = _scored(ours.projections.alone(quarter), own, others)
    rest = _scored(ours.projections.together(whole, quarter), own, others)
    theirs = plain.keys(asked.own), plain.keys(asked.strangers)
    rival = _scored(plain.projections.alone(plain.encoder.pooled(x)), *theirs)
    of_quarter = float(bounds.contrast(*first).mean())
    of_rest = float(bounds.importance(*rest, bounds.weights(first[1])).mean())
    of_rival = float(bounds.contrast(*rival).mean())
    both = (first[0] + rest[0], first[1] + rest[1])
    of_both = float(bounds.contrast(*both).mean())
    text = verdicts.beside(
        "DEMI", of_both, "InfoNCE", of_rival, "nats", "higher", "telling the other view by one contrast"
    )
    text += f" The quarter alone tells {of_quarter:.2f}, the rest of the picture {of_rest:.2f} more."
    rows = [
        ("the quarter tells", of_quarter, "nats"), ("the rest adds", of_rest, "nats"),
        ("sum", of_quarter + of_rest, "nats, of two contrasts"), ("DEMI", of_both, "nats, of one contrast"),
        ("InfoNCE", of_rival, "nats, of one contrast"),
        ("log K", math.log(candidates), "nats, where one contrast ends"),
    ]  # fmt: skip
    for name, scores in (("quarter", first), ("DEMI", both), ("InfoNCE", rival)):
        place = 1 + float((scores[1] >= scores[0][:, None]).sum(1).float().mean())
        rows.append((f"place of the other view, {name}", place, f"of {candidates}"))
    chances = bounds.weights(first[1])[0].exp()
    rows.append(
        ("candidates that the quarter leaves", float(1 / chances.square().sum()), f"of {candidates - 1}")
    )
    said = {"the quarter alone": first, "the whole picture, DEMI": both, "the whole picture, InfoNCE": rival}
    return Looked(
        text,
        figures.sheet(asked.pixels, asked.corner, asked.own[0], asked.strangers, said),
        figures.nats(of_quarter, of_rest, of_rival, candidates),
        Metrics(rows),
    )


def _scored(query: Tensor, own: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Scores of the own views (v,), and of the strangers beside each, (v, K - 1)."""
    return encoders.scores(query, own)[0], encoders.scores(query, others).expand(len(own), -1)
