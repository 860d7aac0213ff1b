"""What the actions do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import affinities, map_quality, map_rows, verdicts
from zoo.blocks.atlas import atlas
from zoo.blocks.figures import Colouring
from zoo.method import Method, Progress
from zoo.types import Metrics, Table, note

from . import NAME, RIVAL, Mapped, Unfolded, figures, model

Array = NDArray[np.float64]
STORED = Path(__file__).with_name("rivals.npz")
COUNT, TREES, ROUNDS, SAMPLES = 15, 1, 3, 2000
MOST_HANDSHAKES = 15_000_000
"""Of the map of a visitor's table: some six seconds."""
FOLLOWED, POINTS, FRIENDS = 500, 16, 100
"""Points that the replay follows; points whose friends are shown, and how many of them."""


def digits(friends: int) -> tuple[Array, NDArray[np.intp], Array]:
    """1,500 digits of scikit-learn `(1500, 64)`, what they show, and the map of openTSNE's FFT t-SNE, stored."""
    from sklearn.datasets import load_digits

    rows, labels = load_digits(return_X_y=True)
    with np.load(STORED) as stored:
        return rows[:1500], labels[:1500].astype(np.intp), stored[f"{friends}"].astype(float)


def laid(
    rows: Array, friends: int, rounds: int, handshakes: int, moments: int, progress: Callable[[float, str], None],
    **settings: Any,
) -> tuple[Any, Any, dict[int, Array], list[tuple[str, float, str]]]:  # fmt: skip
    """Friends `(n, friends)`, their weights, places by handshakes at some moments, and true friends by round."""
    progress(0.02, "finding friends")
    truth, shares, looks = affinities.nearest(rows, friends)[0], [], []
    ways = model.befriended(rows, friends, TREES, rounds, settings["seed"])
    for number, (near, apart, looked) in enumerate(ways):  # noqa: B007
        name = f"round {number}" if number else "trees alone"
        same = np.mean([np.isin(*pair).mean() for pair in zip(truth, near, strict=True)])
        shares.append((f"true friends | {name}", 100 * float(same), "% of the nearest"))
        part = min(100 * looked / len(rows) / (len(rows) - 1), 100)
        looks.append((f"looked at | {name}", part, "% of all pairs, by the round"))
    joint, kept = model.joint_of(near, apart), dict[int, Array]()
    ends = handshakes * np.linspace(0, 1, moments) ** 2
    for number, (over, places) in enumerate(model.unfold(joint, handshakes, **settings)):
        if number % 20 == 0:
            progress(0.1 + 0.6 * over / handshakes, f"{figures.words(over)} handshakes")
        if over >= ends[len(kept)]:
            kept[over] = places
    return near, joint, kept, shares + looks


def unfold(
    method: Method, friends: int, strangers: int, push: float, samples: int, point: int, rounds: int, seed: int,
    progress: Progress,
) -> Unfolded:  # fmt: skip
    """See ``LargeVis.unfold``."""
    given, labels, rival = digits(friends)
    rows, settings = model.scaled(given), {"strangers": strangers, "push": push, "seed": seed}
    near, joint, moments, rest = laid(rows, friends, rounds, samples * len(rows), 16, progress, **settings)
    progress(0.8, "measuring")
    ways = {NAME: list(moments.values())[-1], RIVAL: rival}
    right = {name: model.accuracy(at, labels) for name, at in {**ways, "the rows themselves": rows}.items()}
    said = [
        f"{model.accuracy(at, labels):.1f} % of labels right, {right[RIVAL]:.1f} % there"
        for at in moments.values()
    ]
    rng = np.random.default_rng(seed)
    followed = np.sort(rng.choice(len(rows), FOLLOWED, replace=False))
    chosen = sorted({point, *followed[:: FOLLOWED // (POINTS - 1)].tolist()})
    noise = model.Drawing.by(np.asarray(joint.sum(axis=1)).ravel() ** model.POWER)
    drawn = noise.draw((len(chosen), strangers), rng)
    followed = followed[labels[followed].argsort(kind="stable")]
    cloud = {figures.words(over): at[followed] for over, at in moments.items()}
    colouring = Colouring("digit", groups=labels[followed].astype(str))
    metrics = [(f"labels right | {name}", value, "%") for name, value in right.items()]
    text = verdicts.beside(NAME, right[NAME], RIVAL, right[RIVAL], "%", what="5-nearest-neighbour accuracy")
    kept = map_quality.metrics(rows, ways, COUNT)
    text += f" Of its {COUNT} nearest a digit keeps {kept[0][1]:.0f} %, there {kept[1][1]:.0f} %."
    text += f" {rest[rounds][1]:.4g} % of a digit's friends are its nearest; by trees alone {rest[0][1]:.0f} % are."
    return Unfolded(
        text, figures.unfolding(cloud, said, rival[followed], colouring),
        figures.friends(ways[NAME], labels, chosen, near[chosen, :FRIENDS], drawn, point),
        Metrics(metrics + kept + rest),
    )  # fmt: skip


def own(
    method: Method, table: Table, colour: str, friends: int, strangers: int, push: float, samples: int, seed: int,
    progress: Progress,
) -> Mapped:  # fmt: skip
    """See ``LargeVis.own``."""
    from sklearn.manifold import TSNE

    given = map_rows.of_table(table, colour)
    rows, count = model.scaled(given.values), len(given.values)
    if friends > count - 1:
        friends = count - 1
        note(f"{count} rows allow {friends} friends at most, which were used.")
    if samples * count > MOST_HANDSHAKES:
        samples = MOST_HANDSHAKES // count
        note(
            f"{count:,} rows are given {samples:,} handshakes each, so that the map is drawn in some seconds."
        )
    settings = {"strangers": strangers, "push": push, "seed": seed}
    _, _, moments, rest = laid(rows, friends, ROUNDS, samples * count, 40, progress, **settings)
    progress(0.75, "drawing the map of t-SNE")
    other = TSNE(perplexity=friends / 3, init="random", random_state=seed).fit_transform(rows)
    ways = {NAME: list(moments.values())[-1], "t-SNE": np.asarray(other, float)}
    kept, plain = (100 * map_quality.recall(rows, at, COUNT) for at in ways.values())
    what = f"the share of the {map_quality.counted(count, COUNT)} nearest neighbours that it keeps"
    slides = {f"{figures.words(over)} handshakes": at for over, at in moments.items()}
    look, places = (given.colouring, given.names), ways[NAME]
    return Mapped(
        verdicts.beside(NAME, kept, "t-SNE", plain, "%", what=what),
        atlas(places, *look, pictures=given.pictures, journey=slides),
        atlas(ways["t-SNE"], *look, pictures=given.pictures),
        Metrics(map_quality.metrics(rows, ways, COUNT) + rest),
        Table.of({"name": given.names, "x": places[:, 0], "y": places[:, 1]}),
    )


def mapped(rows: Array, neighbours: float) -> Array:
    """The map of rows `(n, d)` as the page draws it, with three times as many friends, `(n, 2)`."""
    rows = model.scaled(rows)
    *_, (near, apart, _) = model.befriended(rows, min(int(3 * neighbours), len(rows) - 1), TREES, ROUNDS, 0)
    *_, (_, places) = model.unfold(model.joint_of(near, apart), SAMPLES * len(rows))
    return places
