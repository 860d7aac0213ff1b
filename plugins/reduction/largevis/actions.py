"""What the actions do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import affinities, map_quality, map_rows, verdicts
from zoo.blocks.atlas import atlas
from zoo.blocks.figures import Colouring
from zoo.method import Method, Progress
from zoo.types import Metrics, Table, note

from . import NAME, RIVAL, Mapped, Unfolded, data, figures, model

Array = NDArray[np.float64]
COUNT, TREES, ROUNDS, SAMPLES = 15, 1, 3, 2000
MOST_HANDSHAKES = 15_000_000
"""Of the map of a visitor's table: some six seconds."""
FOLLOWED, POINTS, FRIENDS = 500, 16, 100
"""Points that the replay follows; points whose friends are shown, and how many of them."""


def graph(rows: Array, friends: int, trees: int, rounds: int, seed: int) -> tuple[Any, Any, list[Any]]:
    """Friends and their distances, both `(n, friends)`, and rows of a table of metrics about each round."""
    truth, recalls = affinities.nearest(rows, friends)[0], []
    for number, (near, apart, looked) in enumerate(model.befriended(rows, friends, trees, rounds, seed)):  # noqa: B007
        share = min(100 * looked / (len(rows) * (len(rows) - 1)), 100)
        same = np.mean([np.isin(*pair).mean() for pair in zip(truth, near, strict=True)])
        name = f"true friends | round {number}" if number else "true friends | trees alone"
        recalls.append((name, 100 * float(same), f"%, having looked at {share:.0f} % of all pairs"))
    return near, apart, recalls


def journey(
    joint: Any, handshakes: int, moments: int, progress: Callable[[float, str], None], **settings: Any
) -> dict[int, Array]:  # fmt: skip
    """Places by handshakes at some moments, closer together at the beginning, the last at the end."""
    kept, ends = dict[int, Array](), handshakes * np.linspace(0, 1, moments) ** 2
    for number, (over, places) in enumerate(model.unfold(joint, handshakes, **settings)):
        if number % 20 == 0:
            progress(0.1 + 0.6 * over / handshakes, f"{figures.words(over)} handshakes")
        if over >= ends[len(kept)]:
            kept[over] = places
    return kept


def unfold(
    method: Method, friends: int, strangers: int, push: float, samples: int, point: int, trees: int, rounds: int,
    seed: int, progress: Progress,
) -> Unfolded:  # fmt: skip
    """See ``LargeVis.unfold``."""
    given, labels = data.digits()
    rows = model.scaled(given)
    progress(0.02, "finding friends")
    near, apart, recalls = graph(rows, friends, trees, rounds, seed)
    joint, settings = model.joint_of(near, apart), {"strangers": strangers, "push": push, "seed": seed}
    moments = journey(joint, samples * len(rows), 16, progress, **settings)
    progress(0.8, "measuring")
    ways = {NAME: list(moments.values())[-1], RIVAL: data.rival(friends)}
    right = {name: model.accuracy(at, labels) for name, at in {**ways, "the rows themselves": rows}.items()}
    said = [
        f"{figures.words(over)} handshakes: {model.accuracy(at, labels):.1f} % of labels are right,"
        f" {right[RIVAL]:.1f} % there; the cloud is {np.ptp(at):.2g} wide"
        for over, at in moments.items()
    ]
    rng = np.random.default_rng(seed)
    followed = np.sort(rng.choice(len(rows), FOLLOWED, replace=False))
    chosen = sorted({point, *followed[:: FOLLOWED // (POINTS - 1)].tolist()})
    noise = model.Drawing.by(np.asarray(joint.sum(axis=1)).ravel() ** model.POWER)
    metrics = [(f"labels right | {name}", value, "%") for name, value in right.items()]
    text = verdicts.beside(NAME, right[NAME], RIVAL, right[RIVAL], "%", what="5-nearest-neighbour accuracy")
    text += f" {recalls[-1][1]:.0f} % of a digit's friends are its nearest; by trees alone {recalls[0][1]:.0f} % are."
    return Unfolded(
        text,
        figures.unfolding(
            {figures.words(over): at[followed] for over, at in moments.items()}, said, ways[RIVAL][followed],
            Colouring("digit", groups=labels[followed].astype(str)),
        ),
        figures.friends(
            ways[NAME], labels, chosen, near[chosen, :FRIENDS], noise.draw((len(chosen), strangers), rng), point
        ),
        Metrics(metrics + map_quality.metrics(rows, ways, COUNT) + recalls),
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
    progress(0.02, "finding friends")
    near, apart, recalls = graph(rows, friends, TREES, ROUNDS, seed)
    settings = {"strangers": strangers, "push": push, "seed": seed}
    moments = journey(model.joint_of(near, apart), samples * count, 40, progress, **settings)
    progress(0.75, "drawing the map of t-SNE")
    places = list(moments.values())[-1]
    other = TSNE(perplexity=friends / 3, init="random", random_state=seed).fit_transform(rows)
    ways = {NAME: places, "t-SNE": np.asarray(other, float)}
    kept, plain = (100 * map_quality.recall(rows, at, COUNT) for at in ways.values())
    what = f"the share of the {min(COUNT, count - 1)} nearest neighbours that it keeps"
    slides = {f"{figures.words(over)} handshakes": at for over, at in moments.items()}
    look = (given.colouring, given.names)
    return Mapped(
        verdicts.beside(NAME, kept, "t-SNE", plain, "%", what=what),
        atlas(places, *look, pictures=given.pictures, journey=slides),
        atlas(ways["t-SNE"], *look, pictures=given.pictures),
        Metrics(map_quality.metrics(rows, ways, COUNT) + recalls),
        Table.of({"name": given.names, "x": places[:, 0], "y": places[:, 1]}),
    )


def mapped(rows: Array, neighbours: float) -> Array:
    """The map of rows `(n, d)` as the page draws it, with three times as many friends, `(n, 2)`."""
    rows = model.scaled(rows)
    *_, (near, apart, _) = model.befriended(rows, min(int(3 * neighbours), len(rows) - 1), TREES, ROUNDS, 0)
    *_, (_, places) = model.unfold(model.joint_of(near, apart), SAMPLES * len(rows))
    return places
