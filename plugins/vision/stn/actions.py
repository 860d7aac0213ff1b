"""What the actions do."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.blocks import replay, verdicts
from zoo.blocks.seeded import seeded
from zoo.method import Method, Progress
from zoo.types import Drawing, Metrics

from . import Followed, Trained, data, figures, model
from .model import CNN, MOMENTS, OURS, POOLED

SHOWN, DRAWS, BATCH, FRAMES = 6, 4, 64, 14
BRIEF = {OURS: "the transformer", CNN: "the CNN", POOLED: "the CNN that pools", MOMENTS: "moments"}


def follow(
    method: Method, digit: str, which: int, drawing: Drawing | None, turn: float, size: float, across: float,
    down: float, clutter: int, seed: int,
) -> Followed:  # fmt: skip
    """See ``Stn.follow``."""
    ink: NDArray[Any] = data.unseen().images[10 * int(digit) + which - 1] / np.float32(255)
    if drawing is not None:
        ink, *own = data.digit_in(drawing)
        size, across, down = own[0] * size, own[1] + across, own[2] + down
    picture = data.placed(
        torch.from_numpy(ink)[None], *(np.array([each]) for each in (turn, size, across, down))
    )
    if clutter:
        strewn = data.clutter(np.random.default_rng(seed), data.shipped(), 1, clutter)
        picture = torch.maximum(picture, strewn)
    kept = method.pretrained(model.Trajectories).places()
    with torch.inference_mode():
        chances = {who: [net(picture)[0].softmax(0).numpy() for net in nets] for who, nets in kept.items()}
        thetas = torch.cat([net.look.theta(picture) for net in kept[OURS]])  # type: ignore[union-attr, operator]
        straight = kept[MOMENTS][0].look(picture)[0, 0].numpy()  # type: ignore[operator]
    grids, read = seen(picture.expand(len(thetas), -1, -1, -1), thetas)
    end = {who: each[-1] for who, each in chances.items()}
    says = {who: int(each.argmax()) for who, each in end.items()}
    (a, b, x), (c, d, y) = thetas[-1].numpy()
    sure = {who: f"{says[who]} ({each.max():.0%} sure)" for who, each in end.items()}
    truth = "" if drawing else f"It is a {digit}: "
    text = (
        f"{truth}the spatial transformer says {sure[OURS]}, the CNN without one {sure[CNN]}, one that keeps largest"
        f" values {sure[POOLED]}, and one behind moments {sure[MOMENTS]}."
    )
    rows: list[Any] = [(f"says | {BRIEF[who]}", str(says[who]), "") for who in says]
    rows += [(f"sure | {BRIEF[who]}", 100 * float(end[who].max()), "%") for who in says]
    rows += [
        ("middle of the box, across", float(x), f"1 is the edge; the digit's is at {across:.2g}"),
        ("middle of the box, down", float(y), f"the digit's is at {down:.2g}"),
        ("the box is as wide as", 100 * float(abs(a * d - b * c) ** 0.5), "% of the picture"),
        (
            "the box is turned by",
            float(np.degrees(np.arctan2(c - b, a + d))),
            f"degrees; the digit {turn:+g}",
        ),
    ]
    both = [
        dict(zip((OURS, CNN), pair, strict=True)) for pair in zip(chances[OURS], chances[CNN], strict=True)
    ]
    titles = [f"the transformer says {pair[OURS].argmax()}, the CNN {pair[CNN].argmax()}" for pair in both]
    thirds = {str(after): figures.answers(pair) for after, pair in zip(model.AFTER, both, strict=True)}
    shown = picture[0, 0].numpy()
    views = {
        f"CNNs see this: {says[CNN]} and {says[POOLED]}": shown,
        f"the transformer sees this: {says[OURS]}": read[-1],
        f"moments see this: {says[MOMENTS]}": straight,
    }
    moved = figures.watched(shown[None], grids[:, None], read[:, None], thirds, titles)
    return Followed(text, moved, figures.views(views), Metrics(rows))


@torch.inference_mode()
def seen(pictures: Tensor, thetas: Tensor) -> tuple[NDArray, NDArray]:
    """Where `(n, 28, 28, 2)` and what `(n, 28, 28)` is read of pictures `(n, 1, 42, 42)`."""
    places = model.grid(thetas)
    return places.numpy(), model.sampled(pictures, places)[:, 0].numpy()


def learn(
    method: Method, turn: float, size: str, anywhere: bool, clutter: int, steps: int, rate: float, seed: int,
    progress: Progress,
) -> Trained:  # fmt: skip
    """See ``Stn.learn``."""
    how = data.Distortion(turn, (1.0, 1.0) if size == "all alike" else data.RTS.sizes, anywhere, clutter)
    pictures, labels = data.drawn(np.random.default_rng([seed, 1]), data.unseen(), 100 * DRAWS, how)
    nets, runs = {}, []
    for who in (OURS, CNN):
        with seeded(seed):
            nets[who] = model.BUILT[who]()
        batch = lambda rng: data.drawn(rng, data.shipped(), BATCH, how)  # noqa: E731
        runs.append(model.trained(nets[who], batch, steps, rate, seed))
    wrong: dict[str, list[float]] = {who: [] for who in nets}
    moments, done = replay.kept(steps + 1, FRAMES), 0
    pairs: list[tuple[NDArray, NDArray]] = []
    for moment in moments:
        while done < moment:
            part = min(10, moment - done)
            for run in runs:
                list(islice(run, part))
            done += part
            said = ", ".join(f"{BRIEF[who]} {values[-1]:.0f}%" for who, values in wrong.items())
            progress(done / steps, f"step {done}; wrong at step {moments[len(pairs) - 1]}: {said}")
        for who, net in nets.items():
            wrong[who].append(model.error(net, pictures, labels))
        pairs.append(seen(pictures[:SHOWN], nets[OURS].look.theta(pictures[:SHOWN])))  # type: ignore[union-attr, operator]
    ours, other = (wrong[who][-1] for who in (OURS, CNN))
    text = verdicts.beside(
        "the spatial transformer", ours, "the CNN without one", other, "%", "lower", "wrong answers"
    )
    rows: list[Any] = [(f"wrong | {BRIEF[who]}", values[-1], "%") for who, values in wrong.items()]
    rows += [
        (f"numbers learned | {BRIEF[who]}", sum(each.numel() for each in net.parameters()), "")
        for who, net in nets.items()
    ]
    rows += [
        ("steps", steps, f"of {BATCH} pictures"),
        ("test pictures", len(labels), "of 100 digits in no training"),
    ]
    thirds = {str(at): figures.errors(moments, wrong, place) for place, at in enumerate(moments)}
    grids, read = (np.stack(each) for each in zip(*pairs, strict=True))
    return Trained(text, figures.watched(pictures[:SHOWN, 0].numpy(), grids, read, thirds), Metrics(rows))
