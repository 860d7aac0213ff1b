"""What the actions do with words, pictures and towers."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from zoo.blocks import verdicts
from zoo.blocks.retrieval import Index, recalls
from zoo.blocks.two_views import as_pictures
from zoo.method import InputError
from zoo.types import Drawing, Image, Metrics, Pictures, Table

from . import (
    Bounded,
    LatentStructures,
    Named,
    Searched,
    Spread,
    data,
    figures,
    measuring,
    model,
    pairs,
    theorem,
)
from .figures import PLAIN
from .networks import Networks

ARMS = {
    PLAIN: "plain", "CyCLIP's terms": "cyclip", "Sep": "separation", "Br": "bridge", "GC": "geometry",
    "all three": "together", "L_Align": "aligned",
}  # fmt: skip
"""How the page calls what was trained."""
FIRST = 12
"""Pictures that are shown."""
NAMES = 10
VIEWS = 16
"""Other views of a picture, by which it is seen whether names stay."""
SHOWN = 150
"""Pairs in the plane."""


def towers(method: LatentStructures, arm: str) -> dict[str, model.Towers]:
    """The rival's and the arm's, of the first training."""
    networks = method.pretrained(Networks)
    return {name: networks.towers(ARMS[name]) for name in (arm, PLAIN)}


@functools.lru_cache(maxsize=8)
def seen(of: model.Towers) -> NDArray[np.float32]:
    """Directions of all emoji, once for each towers."""
    return measuring.pictures(of, data.gallery().pictures)


@functools.lru_cache(maxsize=8)
def read(of: model.Towers) -> NDArray[np.float32]:
    """Directions of the English names and keywords of all emoji, once for each towers."""
    emoji = data.gallery()
    captions = [f"{name}, {more}" for name, more in zip(emoji.names[0], emoji.keywords[0], strict=True)]
    return measuring.texts(of, captions)


def find(method: LatentStructures, words: str, arm: str, among: str) -> Searched:
    """Cosines of the words with every picture, by both."""
    asked, emoji = data.readable(words), data.gallery()
    places, called = emoji.places(among), emoji.called(asked)
    shown, lines, right, order, names = {}, {}, {}, {}, {}
    for name, each in towers(method, arm).items():
        index, said = Index(seen(each)[places]), measuring.texts(each, [words])
        near, cosines = index.top(said, 40)
        order[name] = places[near[0]]
        right[name], names[name] = called[order[name]], [emoji.names[0][place] for place in order[name]]
        lines[name] = cosines[0] - float(index.cosines(said).mean())
        first = order[name][:FIRST]
        shown[name] = figures.sheet([emoji.pictures[place] for place in first], called[first].tolist())
    counts = {name: int(good[:FIRST].sum()) for name, good in right.items()}
    total = int(called[places].sum())
    rows = [
        *[(f"called so among the first {FIRST}, {name}", count, "") for name, count in counts.items()],
        ("called so of all", total, f"of {len(places):,} emoji"),
        (f"called so among {FIRST} drawn at random", FIRST * total / len(places), ""),
        (
            "pictures that both have among the first",
            len(np.intersect1d(*(part[:FIRST] for part in order.values()))),
            "",
        ),
    ]
    ranking = {
        f"{name}, {what}": values[name][:FIRST]
        for name in order
        for what, values in (
            ("emoji", names),
            ("cosine above mean", {k: v.round(3) for k, v in lines.items()}),
        )
    }
    return Searched(
        summary=_searched(arm, counts, total),
        pictures=Pictures(tuple(shown.items())),
        cosines=figures.falling(lines, right, names),
        metrics=Metrics(rows),
        ranking=Table(pd.DataFrame({"place": np.arange(1, len(order[PLAIN][:FIRST]) + 1), **ranking})),
    )


def _searched(arm: str, counts: dict[str, int], total: int) -> str:
    if not total:
        return f"No emoji is called so in any language; you see what {arm} and {PLAIN} take for most alike."
    return verdicts.beside(
        arm, counts[arm], PLAIN, counts[PLAIN], f"of {FIRST}", what="pictures that are called so"
    )


def looked_at(picture: Image | None, drawing: Drawing | None) -> NDArray[np.uint8]:
    """The visitor's picture as a white square of 64 pixels, a drawing cut to its ink.

    Raises:
        InputError: there is no picture, or nothing on it.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    if (picture is None) == (drawing is None):
        raise InputError("send a picture or a drawing, and not both.")
    if drawing is not None:
        rows, columns = np.nonzero(drawing.ink > 0.3)
        if not len(rows):
            raise InputError("there is nothing on the paper; draw something in dark strokes.")
        inked = drawing.ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        pixels = np.repeat(np.round(255 * (1 - inked))[..., None], 3, axis=2).astype(np.uint8)
        square = ImageOps.expand(ImageOps.pad(Pillow.fromarray(pixels), (56, 56), color="white"), 4, "white")
        return np.asarray(square)
    assert picture is not None
    if np.ptp(picture.pixels.reshape(-1, 3), axis=0).max() < 8:
        raise InputError("the picture is of one colour all over, so that there is nothing to name.")
    return np.asarray(ImageOps.pad(picture.pil(), (64, 64), color="white"))


@torch.inference_mode()
def name(
    method: LatentStructures, picture: Image | None, drawing: Drawing | None, language: str, arm: str
) -> Named:
    """Cosines of the picture and of other views of it with all names of a language."""
    pixels, emoji = looked_at(picture, drawing), data.gallery()
    names = emoji.names[data.LANGUAGES.index(language)]
    distinct = list(dict.fromkeys(names))
    kept, cosines, firsts = {}, {}, {}
    rng = np.random.default_rng(0)
    others = pairs.views(as_pictures(np.repeat(pixels[None], VIEWS, 0)), rng)
    for title, each in towers(method, arm).items():
        index = Index(measuring.texts(each, distinct))
        near, values = index.top(measuring.pictures(each, pixels[None]), NAMES)
        again, _ = index.top(each.pictures(others).numpy(), NAMES)
        kept[title] = float(np.mean([len(np.intersect1d(near[0], row)) for row in again]))
        cosines[title], firsts[title] = values[0], [distinct[place] for place in near[0]]
    sheets_of = {
        title: [pixels, *[emoji.pictures[names.index(word)] for word in words[: FIRST - 1]]]
        for title, words in firsts.items()
    }
    rows = [
        *[
            (f"names that stay on other views, {title}", count, f"of {NAMES}")
            for title, count in kept.items()
        ],
        *[
            (f"cosine with the first name, {title}", float(values[0]), "")
            for title, values in cosines.items()
        ],
        ("names that both give", len(set(firsts[arm]) & set(firsts[PLAIN])), f"of {NAMES}"),
        (f"names in {language}", len(distinct), ""),
    ]
    text = verdicts.beside(
        arm,
        kept[arm],
        PLAIN,
        kept[PLAIN],
        f"of {NAMES}",
        what="names that stay when the picture is cut or mirrored",
    )
    return Named(
        summary=f"{text} First of all they say “{firsts[arm][0]}” and “{firsts[PLAIN][0]}”.",
        names=figures.named(firsts, cosines),
        pictures=Pictures(
            tuple(
                (title, figures.sheet(parts, [True] + [False] * (len(parts) - 1)))
                for title, parts in sheets_of.items()
            )
        ),
        metrics=Metrics(rows),
        ranking=Table(pd.DataFrame({"place": np.arange(1, NAMES + 1), **firsts})),
    )


def space(method: LatentStructures, words: str, arm: str) -> Spread:
    """Pairs that no training saw and the visitor's, in the plane of the gap and of the main direction across it."""
    emoji, mine = data.gallery(), _pair(words)
    never = emoji.places("groups never seen")
    drawn = np.random.default_rng(0).choice(never, SHOWN, replace=False)
    shown = np.concatenate([[mine], drawn[drawn != mine]])
    parts, rows, strips, reached, gaps = [], [], {}, {}, {}
    for title, each in towers(method, arm).items():
        pictures = seen(each).astype(float)
        texts = read(each).astype(float)
        held = pictures[never], texts[never]
        reached[title] = recalls(held[1] @ held[0].T, (10,))[0]
        gaps[title] = measuring.gap(*held)
        rows += [
            (f"gap, {title}", gaps[title], "of 2 at most"),
            (f"mean cosine of a pair, {title}", float((held[0] * held[1]).sum(1).mean()), ""),
            (f"cosine of your pair, {title}", float(pictures[mine] @ texts[mine]), ""),
            (f"pictures among the first ten, {title}", reached[title], "%"),
        ]
        parts.append(_plane(pictures[shown], texts[shown], title))
        strips[title] = _crossed(pictures, texts, mine)
    text = verdicts.beside(
        arm,
        reached[arm],
        PLAIN,
        reached[PLAIN],
        "%",
        what="pictures of groups never seen among the first ten",
    )
    return Spread(
        summary=f"{text} The gap is {gaps[arm]:.2f} wide against {gaps[PLAIN]:.2f}.",
        space=figures.planes(parts, [emoji.names[0][place] for place in shown]),
        path=figures.strips(strips),
        metrics=Metrics(rows),
    )


def _pair(words: str) -> int:
    """The emoji of this English name, else the first that has all of these words, else any of them.

    Raises:
        InputError: there is none.
    """
    asked, emoji = data.readable(words), data.gallery()
    exact = [
        place for place, name in enumerate(emoji.names[0]) if name.casefold() == words.strip().casefold()
    ]
    called = np.flatnonzero(emoji.called(asked))
    if not exact and not len(called):
        raise InputError("no emoji is called so; write another name, such as red apple.")
    return exact[0] if exact else int(called[0])


def _plane(pictures: NDArray, texts: NDArray, title: str) -> figures.Plane:
    """Coordinates along the difference of both means, and along the main direction that is orthogonal to it."""
    middle = (pictures.mean(0) + texts.mean(0)) / 2
    along = pictures.mean(0) - texts.mean(0)
    along /= np.linalg.norm(along)
    rest = np.concatenate([pictures, texts]) - middle
    rest -= np.outer(rest @ along, along)
    across = np.linalg.svd(rest, full_matrices=False)[2][0]
    axes = np.stack([along, across], 1)
    bridge = _bridge(pictures[0], texts[0], 21)
    shown = [(rows - middle) @ axes for rows in (pictures, texts, bridge)]
    return figures.Plane(shown[0], shown[1], shown[2], 0, title)


def _bridge(picture: NDArray, text: NDArray, count: int) -> NDArray[np.float64]:
    """Where the bridge is expected, from the words to the picture, (count, d)."""
    parts = [
        model.bridge_mean(torch.from_numpy(picture[None]), torch.from_numpy(text[None]), time)
        for time in np.linspace(0, 1, count).tolist()
    ]
    return torch.cat(parts).numpy()


def _crossed(pictures: NDArray, texts: NDArray, mine: int, count: int = 7) -> list[NDArray[np.uint8]]:
    """The emoji next to the bridge at so many places."""
    near, _ = Index(pictures).top(_bridge(pictures[mine], texts[mine], count), 1)
    return [data.gallery().pictures[place] for place in near[:, 0]]


def bound(method: LatentStructures, shared: float, picture: float, word: float) -> Bounded:
    """The theorem at the dials, and along the picture's."""
    now, strengths = theorem.losses(shared, picture, word), np.linspace(0, 4, 41)
    curve = [theorem.losses(shared, strength, word) for strength in strengths]
    text = verdicts.beside(
        "a perfectly aligned code", now.excess, "separate parts", 0.0, "nats", "lower", "loss above the least"
    )
    rows = [
        ("loss of an aligned code above the least", now.excess, "nats"),
        ("information gap, the theorem's bound", now.gap, "nats"),
        ("what the picture tells of the label", now.picture, "nats"),
        ("what the word tells of the label", now.word, "nats"),
        ("loss of whoever sees both", now.best, "nats"),
        ("loss of an aligned code", now.aligned, "nats"),
    ]
    return Bounded(
        summary=f"{text} The theorem says that it loses {now.gap:.2g} nats at least.",
        losses=figures.bound(
            strengths, np.array([each.excess for each in curve]), np.array([each.gap for each in curve]), picture,
            now.excess,
        ),
        metrics=Metrics(rows),
    )  # fmt: skip
